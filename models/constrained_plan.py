"""How every step of a constrained contraction runs: separators, orders of legs, working order and memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from plait.models.constrained_count import Pairs, Tree, ValidCounter, places
from plait.models.errors import PlaitError
from plait.models.slicing import Looped, Program, Shape, Slices

Ints = NDArray[np.int64]

NO_SLICES = Slices()
MAX_LEGS = 62
"""Legs of one step: frontier states are bit masks in an int64."""
DENSE_LEGS = 12
"""Steps of at most as many legs run densely: 2^12 multiply-adds take 30 us, about what planning a step costs."""
ARENA_ENTRIES = 1 << 16
"""Results from here on (1 MiB) share one allocation: fresh memory from the system costs as much as the arithmetic."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How every step runs.

    Heights that loops fix (`plait.models.slicing`) are left out of separators and orders. In a pass that fixes others
    too these are to be left out as well; what is left still separates, and still comes first.

    Args:
        tree: the checked network and path.
        looped: the loops.
        program: step nodes and loops in working order.
        separators: step node -> ordered separator, for the steps that do not run densely.
        order: node -> ordered legs, for operands and results of those steps.
        offsets: node -> first entry in the arena, for the large results.
        arena: entries of the arena.
    """

    tree: Tree
    looped: Looped
    program: Program
    separators: dict[int, Ints]
    order: dict[int, Ints]
    offsets: dict[int, int]
    arena: int


def make_plan(
    inputs: Sequence[Sequence[int]], edges: Pairs, path: Pairs, order_key: Sequence[int], slices: Slices = NO_SLICES
) -> Plan:
    """Decide how every step runs; arguments as of `plait.models.constrained.contract_constrained`.

    Raises:
        PlaitError: network, path, order or heights are malformed, or a step has more than 62 legs.
    """
    tree = Tree.of(inputs, edges, path)
    looped = Looped(Shape(tree), slices)
    leaves, masks = tree.leaves, [mask & ~looped.mask for mask in tree.masks()]
    # With a tie the order of two legs could differ between tensors, and the value would silently be wrong.
    if len(order_key) < len(tree.adjacent) or len(set(order_key)) != len(order_key):
        raise PlaitError(f"order_key must rank all {len(tree.adjacent)} indices, each differently")
    together = {pair for tensor in inputs for pair in combinations(sorted(tensor), 2)}
    for i, k in edges:
        if (min(i, k), max(i, k)) not in together:
            raise PlaitError(f"edge ({i}, {k}) joins indices without a common tensor; add one that is 0 where both are")
    dense = [True] * leaves
    for step, (a, b) in enumerate(path):
        legs = (masks[a] | masks[b]).bit_count()
        if legs > MAX_LEGS:
            raise PlaitError(f"path[{step}] has {legs} legs; at most {MAX_LEGS} can run: search for a better path")
        dense.append(dense[a] and dense[b] and legs <= DENSE_LEGS)
    separators, order = dict[int, Ints](), dict[int, Ints]()
    next_use: dict[int, dict[int, tuple[int, bool, int]]] = {len(masks) - 1: {}}
    for node in range(len(masks) - 1, leaves - 1, -1):
        if dense[node]:
            continue
        a, b = path[node - leaves]
        x = separator(masks[a], masks[b], masks[node], tree.adjacent)
        separators[node] = np.array(sorted(places(x), key=order_key.__getitem__), np.int64)
        order[node] = np.array(sorted(places(masks[node]), key=next_use[node].__getitem__), np.int64)
        used_here = x | ~masks[node]
        for k in (a, b):
            # Nodes are numbered upwards along every way to the root: the sooner used, the smaller.
            next_use[k] = {
                leg: (node, not x >> leg & 1, order_key[leg]) if used_here >> leg & 1 else next_use[node][leg]
                for leg in places(masks[k])
            }
            order[k] = np.array(sorted(places(masks[k]), key=next_use[k].__getitem__), np.int64)
    offsets, arena = _arena(looped, masks, separators)
    return Plan(
        tree=tree,
        looped=looped,
        program=looped.program,
        separators=separators,
        order=order,
        offsets=offsets,
        arena=arena,
    )


def separator(a: int, b: int, c: int, adjacent: Sequence[int]) -> int:
    """Legs (as a mask) without which no edge joins the summed legs J, the rest of A and the rest of B.

    Of an edge that meets J its end in J is taken, as both operands have it; of one between A and B both ends.
    """
    summed, x = a & b & ~c, a & b & c
    a, b = a & ~b, b & ~a
    for i in places(summed):
        if adjacent[i] & (a | b):
            x |= 1 << i
    for i in places(a):
        if adjacent[i] & b:
            x |= 1 << i | adjacent[i] & b
    return x


def _arena(looped: Looped, masks: Sequence[int], nodes: Iterable[int]) -> tuple[dict[int, int], int]:
    """A place for every large result, none over another that is alive then: largest first, lowest gap."""
    counter = ValidCounter(looped.shape.tree.adjacent)
    sizes = {node: counter.count(masks[node]) for node in nodes if 1 << masks[node].bit_count() >= ARENA_ENTRIES}
    birth, death, _, _ = looped.lifetimes()
    offsets: dict[int, int] = {}
    for node in sorted((n for n in sizes if sizes[n] >= ARENA_ENTRIES), key=lambda n: -sizes[n]):
        start = 0
        for low, high in sorted(
            (offset, offset + sizes[k])
            for k, offset in offsets.items()
            if birth[k] <= death[node] and birth[node] <= death[k]
        ):
            if low - start >= sizes[node]:
                break
            start = max(start, high)
        offsets[node] = start
    return offsets, max((offset + sizes[node] for node, offset in offsets.items()), default=0)
