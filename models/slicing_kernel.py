"""Numba kernel of the choice of loops: what a tree with loops holds at every moment and costs, in phi^legs.

The same rules as `plait.models.slicing.Looped`, which counts exactly, a hundred times faster: a choice looks at
thousands of sets of heights. Importing compiles nothing, the first call does.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.models.fibonacci import PHI
from plait.models.jit import compiled
from plait.models.slicing import Shape

Ints = NDArray[np.int64]
Uints = NDArray[np.uint64]
Floats = NDArray[np.float64]

LAST = 1474
"""Legs up to which phi^legs is a float."""
POWERS = PHI ** np.arange(LAST + 1.0)

_compiled = compiled()


class Tables(NamedTuple):
    """A tree as arrays; V nodes, leaves first, I indices.

    Args:
        children: operands of every node, shape (V, 2); -1 for leaves.
        parent: of every node, shape (V,); -1 for the root.
        schedule: steps in working order, shape (V - leaves,).
        place: of every step in the schedule, shape (V,).
        below: steps at or below a node, shape (V,).
        legs, unions, inside: bit sets of every node: legs, legs of both operands, indices of the tensors below;
            shape (V, words).
        widths, works: ones of legs and unions, shape (V,).
        sums_at: the step that sums an index, or -1, shape (I,).
        near_from, near: neighbours of index i are near[near_from[i] : near_from[i + 1]].
    """

    children: Ints
    parent: Ints
    schedule: Ints
    place: Ints
    below: Ints
    legs: Uints
    unions: Uints
    inside: Uints
    widths: Ints
    works: Ints
    sums_at: Ints
    near_from: Ints
    near: Ints


def tables(shape: Shape) -> Tables:
    """The arrays of a tree."""
    nodes, leaves, indices = len(shape.masks), shape.leaves, len(shape.tree.adjacent)
    words = max(1, -(-indices // 64))
    children = np.full((nodes, 2), -1, np.int64)
    if shape.tree.path:
        children[leaves:] = shape.tree.path
    place = np.full(nodes, -1, np.int64)
    place[shape.schedule] = np.arange(len(shape.schedule))
    sums_at = np.full(indices, -1, np.int64)
    for i, node in shape.sums_at.items():
        sums_at[i] = node
    unions = [shape.union.get(node, 0) for node in range(nodes)]
    near = [[k for k in range(indices) if mask >> k & 1] if mask else [] for mask in shape.tree.adjacent]

    def bits(masks: list[int]) -> Uints:
        return np.frombuffer(b"".join(mask.to_bytes(8 * words, "little") for mask in masks), "<u8").reshape(-1, words)

    return Tables(
        children=children,
        parent=np.array(shape.parent, np.int64),
        schedule=np.array(shape.schedule, np.int64),
        place=place,
        below=np.array(shape.steps_below, np.int64),
        legs=bits(shape.masks),
        unions=bits(unions),
        inside=bits(shape.inside),
        widths=np.array([mask.bit_count() for mask in shape.masks], np.int64),
        works=np.array([mask.bit_count() for mask in unions], np.int64),
        sums_at=sums_at,
        near_from=np.cumsum([0, *map(len, near)]),
        near=np.array([k for some in near for k in some], np.int64),
    )


@_compiled
def _has(sets: Uints, node: int, i: int) -> bool:
    return bool((sets[node, i >> 6] >> np.uint64(i & 63)) & np.uint64(1))


@_compiled
def _add(bits: Uints, i: int) -> None:
    bits[i >> 6] |= np.uint64(1) << np.uint64(i & 63)


@_compiled
def _homes(t: Tables, heights: Ints, keep: float, ends: Ints, home: Ints) -> Ints:
    """Set the step that ends every height's loop and every node's home; returns the loops, outer ones last."""
    for k in range(len(heights)):
        top = t.sums_at[heights[k]]
        while t.widths[top] > keep and t.parent[top] >= 0:
            top = t.parent[top]
        ends[k] = top
    loops = np.unique(ends)
    loops = loops[np.argsort(t.place[loops])]
    home[:] = -1
    repeated = np.full(len(home), -1, np.int64)
    touched = np.zeros(t.inside.shape[1], np.uint64)
    words = np.empty(len(touched), np.int64)
    for number in range(len(loops)):
        top = loops[number]
        begin = t.place[top] - t.below[top]
        touched[:] = 0
        for k in range(len(heights)):
            if ends[k] != top:
                continue
            _add(touched, heights[k])
            for e in range(t.near_from[heights[k]], t.near_from[heights[k] + 1]):
                sums = t.sums_at[t.near[e]]
                if sums >= 0 and begin < t.place[sums] <= t.place[top]:
                    _add(touched, t.near[e])
        count = 0
        for w in range(len(touched)):
            if touched[w]:
                words[count] = w
                count += 1
        repeated[top] = number
        for p in range(t.place[top] - 1, begin, -1):
            node = t.schedule[p]
            again = t.widths[node] > keep and repeated[t.parent[node]] == number
            for k in range(count):
                if again:
                    break
                again = (t.inside[node, words[k]] & touched[words[k]]) != 0
            if again:
                repeated[node] = number
                if home[node] < 0:
                    home[node] = top
    return loops


@_compiled
def _moments(t: Tables, is_loop: NDArray[np.bool_], home: Ints, birth: Ints, death: Ints, runs: Ints) -> int:
    """Set when every step runs, first and last moment of its result (`Looped.lifetimes`); returns how many moments."""
    nodes = len(home)
    first, last = np.full(nodes + 1, -1, np.int64), np.full(nodes + 1, -1, np.int64)  # place -1: outside all loops
    after = np.full(2 * nodes, -1, np.int64)  # item nodes + v is the loop of step v
    for node in t.schedule:
        for turn in range(2 if is_loop[node] else 1):
            item = nodes + node if turn else node
            level = node if is_loop[node] and not turn else home[node]
            if last[level] < 0:
                first[level] = item
            else:
                after[last[level]] = item
            last[level] = item
    begins, ends = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    item, now, level = first[-1], 0, -1
    while True:
        if item < 0:
            if level < 0:
                break
            ends[level] = now
            item, level = after[nodes + level], home[level]
        elif item >= nodes:
            level = item - nodes
            begins[level] = now
            item = first[level]
        else:
            runs[item] = now
            item = after[item]
        now += 1
    for node in t.schedule:
        birth[node] = begins[node] if is_loop[node] else runs[node]
        parent = t.parent[node]
        death[node] = runs[parent] if parent >= 0 else now
        used = -1 if parent < 0 else parent if is_loop[parent] else home[parent]
        while used != home[node]:
            death[node] = ends[used]
            used = home[used]
    return now


@_compiled
def look(t: Tables, heights: Ints, keep: float, birth: Ints, death: Ints, held: Floats) -> tuple[float, int]:
    """Operations of all steps and passes, and the number of moments; sets lifetimes and what every moment holds.

    Args:
        t: the tree.
        heights: distinct indices that steps sum.
        keep: as of `plait.models.slicing.Slices`.
        birth, death: to be set for every step, shape (V,).
        held: entries at every moment, to be set, shape (3 V,) or longer.
    """
    nodes, leaves = len(t.parent), len(t.parent) - len(t.schedule)
    home, ends = np.full(nodes, -1, np.int64), np.empty(len(heights), np.int64)
    loops = _homes(t, heights, keep, ends, home)
    is_loop = np.zeros(nodes, np.bool_)
    is_loop[loops] = True
    runs = np.zeros(nodes, np.int64)
    moments = _moments(t, is_loop, home, birth, death, runs)
    fixed = np.zeros((len(loops), len(heights)), np.int64)  # heights fixed within a loop: its own and outer ones
    count = np.zeros(len(loops), np.int64)
    number = np.full(nodes, -1, np.int64)
    for k in range(len(loops) - 1, -1, -1):  # outer loops first
        number[loops[k]] = k
        if home[loops[k]] >= 0:
            outer = number[home[loops[k]]]
            count[k] = count[outer]
            fixed[k, : count[k]] = fixed[outer, : count[k]]
        for j in range(len(heights)):
            if ends[j] == loops[k]:
                fixed[k, count[k]] = heights[j]
                count[k] += 1
    operations = 0.0
    for node in t.schedule:
        legs, level = t.works[node], node if is_loop[node] else home[node]
        if level >= 0:
            k = number[level]
            for j in range(count[k]):
                if not _has(t.unions, node, fixed[k, j]):
                    legs += 1
        operations += POWERS[min(legs, LAST)]
    held[: moments + 2] = 0.0
    for node in t.schedule:
        entries = _entries(t, heights, node)
        held[birth[node]] += entries
        held[death[node] + 1] -= entries
        for side in range(2):
            child = t.children[node, side]
            if child < leaves:
                entries = _entries(t, heights, child)
                held[runs[node]] += entries
                held[runs[node] + 1] -= entries
    now = 0.0
    for moment in range(moments + 1):
        now += held[moment]
        held[moment] = now
    return operations, moments


@_compiled
def _entries(t: Tables, heights: Ints, node: int) -> float:
    legs = t.widths[node]
    for i in heights:
        if _has(t.legs, node, i):
            legs -= 1
    return float(POWERS[legs])
