"""Contraction of a hypergraph network over valid configurations only. Imports numba: import this module lazily.

No two indices joined by an edge are ever both 0, so a tensor is kept as the vector of its valid configurations and a
step A, B -> C runs as a few plain matrix products:

- The *separator* X of a step holds the legs that A, B and C share, and ends of the edges between the summed legs J, the
  rest of A and the rest of B. Once X has a value these three are independent: C[a, b] = sum_j A[j, a] B[j, b] over all
  valid j, a and b.
- The legs of a tensor are ordered by their next use: first the separator of the step that consumes it, then that
  step's J, then what later steps use. Entries follow lexicographically, so every such matrix lies in one piece.
- Only the result is put into the order of its own next use. Its leading legs make heads, its trailing ones tiles; a
  tile is multiplied within the cache, then written through a list that all heads of one frontier state share.

Steps of few legs run densely: there, planning costs more than the forbidden configurations do.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.models.constrained_count import Pairs, Tree, ValidCounter, places
from plait.models.constrained_kernel import Planes, block, multiply, run, step_of
from plait.models.constrained_lattice import Edges, Ints, Lattice, lattice, valid_values
from plait.models.errors import PlaitError

Dense = NDArray[np.complex128]

MAX_LEGS = 62
"""Legs of one step: frontier states are bit masks in an int64."""
DENSE_LEGS = 12
"""Steps of at most as many legs run densely: 2^12 multiply-adds take 30 us, about what planning a step costs."""
ARENA_ENTRIES = 1 << 16
"""Tensors from here on (1 MiB) share one allocation: fresh memory from the system costs as much as the arithmetic."""
THREAD_ENTRIES = 1 << 16
"""Steps whose tensors are all smaller stay on one thread: handing out parts costs about 0.1 ms."""


class Packed(NamedTuple):
    """A tensor over its valid configurations."""

    planes: Planes
    lattice: Lattice


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How every step runs.

    Args:
        tree: the checked network and path.
        schedule: step nodes in working order.
        separators: step node -> ordered separator, for the steps that do not run densely.
        order: node -> ordered legs, for operands and results of those steps.
        offsets: node -> first entry in the arena, for the large results.
        arena: entries of the arena.
        edges: forbidden pairs in the kernel's form.
    """

    tree: Tree
    schedule: list[int]
    separators: dict[int, Ints]
    order: dict[int, Ints]
    offsets: dict[int, int]
    arena: int
    edges: Edges


def contract_constrained(
    inputs: Sequence[tuple[int, ...]],
    arrays: Sequence[NDArray[Any]],
    edges: Pairs,
    path: Pairs,
    order_key: Sequence[int],
    *,
    threads: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> complex:
    """Sum over all valid configurations of the product of all tensors.

    Args:
        inputs: index ids of every tensor; all indices have size 2 and none is open.
        arrays: entries, one axis of length 2 per index; those on forbidden configurations count as 0.
        edges: pairs of indices that must not both be 0; each pair must share a tensor.
        path: pairs of nodes; N tensors, step k makes node N + k.
        order_key: rank of every index, all distinct: the order of legs whose next use is the same.
        threads: for the large steps; the value does not depend on it.
        progress: called after every step with the operations done and all operations.

    Raises:
        PlaitError: network, arrays, path or order are malformed, or a step has more than 62 legs.

    >>> flip = np.array([[0, 1], [1, 1]], complex)
    >>> contract_constrained([(0, 1), (1, 0)], [flip, 2 * flip], [(0, 1)], [(0, 1)], [0, 1])
    (6+0j)
    """
    if threads < 1:
        raise PlaitError(f"threads = {threads} must be at least 1")
    plan = make_plan(inputs, edges, path, order_key)
    tree = plan.tree
    if len(arrays) != tree.leaves:
        raise PlaitError(f"{len(arrays)} arrays came for {tree.leaves} tensors")
    operations = tree.operations() if progress else ()
    total, done = sum(operations), 0
    arena = np.empty(2 * plan.arena)
    tensors: dict[int, Dense | Packed] = {}

    def operand(node: int) -> Dense | Packed:
        return tensors.pop(node) if node >= tree.leaves else _leaf(tree, node, inputs[node], arrays[node])

    with ThreadPoolExecutor(threads) as pool:
        for node in plan.schedule:
            a, b = tree.path[node - tree.leaves]
            if node in plan.separators:
                first, second = _packed(plan, a, operand(a)), _packed(plan, b, operand(b))
                tensors[node] = _packed_step(plan, node, first, second, arena, pool if threads > 1 else None, threads)
            else:
                tensors[node] = _dense_step(tree, node, operand(a), operand(b))
            if progress:
                done += operations[node - tree.leaves]
                progress(done, total)
    value = operand(tree.leaves + len(tree.path) - 1)
    return complex(*value.planes[:, 0]) if isinstance(value, Packed) else complex(value)


def make_plan(inputs: Sequence[tuple[int, ...]], edges: Pairs, path: Pairs, order_key: Sequence[int]) -> Plan:
    """Decide how every step runs; see `contract_constrained` for arguments and errors."""
    tree = Tree.of(inputs, edges, path)
    leaves, masks = tree.leaves, tree.masks()
    # With a tie the order of two legs could differ between tensors, and the value would silently be wrong.
    if len(order_key) < len(tree.adjacent) or len(set(order_key)) != len(order_key):
        raise PlaitError(f"order_key must rank all {len(tree.adjacent)} indices, each differently")
    together = {pair for tensor in inputs for pair in combinations(sorted(tensor), 2)}
    for i, k in edges:
        if (min(i, k), max(i, k)) not in together:
            raise PlaitError(f"edge ({i}, {k}) joins indices without a common tensor; add a tensor of 0 and 1 on both")
    dense = [True] * leaves
    for step, (a, b) in enumerate(path):
        legs = (masks[a] | masks[b]).bit_count()
        if legs > MAX_LEGS:
            raise PlaitError(
                f"step {step} of the path has {legs} legs; at most {MAX_LEGS} can run: search a better path"
            )
        dense.append(dense[a] and dense[b] and legs <= DENSE_LEGS)
    separators, order = dict[int, Ints](), dict[int, Ints]()
    next_use: dict[int, dict[int, tuple[int, bool, int]]] = {len(masks) - 1: {}}
    for node in range(len(masks) - 1, leaves - 1, -1):
        if dense[node]:
            continue
        a, b = path[node - leaves]
        x = separator(masks[a], masks[b], masks[node], tree.adjacent)
        separators[node] = np.array(sorted(places(x), key=order_key.__getitem__), np.int64)
        order[node] = np.array(sorted(tree.legs[node], key=next_use[node].__getitem__), np.int64)
        for k in (a, b):
            # Nodes are numbered upwards along every path to the root: sooner is smaller.
            next_use[k] = {
                leg: (node, not x >> leg & 1, order_key[leg]) if (x | ~masks[node]) >> leg & 1 else next_use[node][leg]
                for leg in tree.legs[k]
            }
            order[k] = np.array(sorted(tree.legs[k], key=next_use[k].__getitem__), np.int64)
    schedule = tree.schedule()
    offsets, arena = _arena(tree, schedule, separators)
    first = np.cumsum([0, *(mask.bit_count() for mask in tree.adjacent)], dtype=np.int64)
    other = np.array([k for mask in tree.adjacent for k in places(mask)], np.int64)
    return Plan(
        tree=tree,
        schedule=schedule,
        separators=separators,
        order=order,
        offsets=offsets,
        arena=arena,
        edges=Edges(first, other),
    )


def separator(a: int, b: int, c: int, adjacent: Sequence[int]) -> int:
    """Legs (as a mask) without which J, the rest of A and the rest of B have no edge between them.

    For an edge that meets J its end in J does, as both operands have it; for one between A and B both ends are needed.
    """
    shared, summed = a & b & c, a & b & ~c
    a, b = a & ~b, b & ~a
    x = shared
    for i in places(summed):
        if adjacent[i] & (a | b):
            x |= 1 << i
    for i in places(a):
        if adjacent[i] & b:
            x |= 1 << i | adjacent[i] & b
    return x


def _arena(tree: Tree, schedule: Sequence[int], nodes: Iterable[int]) -> tuple[dict[int, int], int]:
    """A place for every large result such that those alive together do not overlap: largest first, lowest gap."""
    counter, masks = ValidCounter(tree.adjacent), tree.masks()
    sizes = {node: counter.count(masks[node]) for node in nodes if 1 << len(tree.legs[node]) >= ARENA_ENTRIES}
    birth = {node: time for time, node in enumerate(schedule)}
    death = {k: birth[node] for node in schedule for k in tree.path[node - tree.leaves]}
    offsets: dict[int, int] = {}
    for node in sorted((n for n in sizes if sizes[n] >= ARENA_ENTRIES), key=lambda n: -sizes[n]):
        until = death.get(node, len(schedule))
        start = 0
        for low, high in sorted(
            (offset, offset + sizes[k])
            for k, offset in offsets.items()
            if birth[k] <= until and birth[node] <= death.get(k, len(schedule))
        ):
            if low - start >= sizes[node]:
                break
            start = max(start, high)
        offsets[node] = start
    return offsets, max((offset + sizes[node] for node, offset in offsets.items()), default=0)


def _leaf(tree: Tree, node: int, tensor: tuple[int, ...], array: NDArray[Any]) -> Dense:
    """An input tensor without its forbidden entries, summed over the indices that only it has."""
    entries = np.asarray(array, np.complex128)
    if entries.shape != (2,) * len(tensor):
        raise PlaitError(f"arrays[{node}] has shape {entries.shape}; expected {(2,) * len(tensor)}, one axis per index")
    entries = np.where(_valid(tensor, tree.adjacent), entries, 0)
    legs = tree.legs[node]
    if len(legs) < len(tensor):
        entries = np.sum(entries, axis=tuple(axis for axis, leg in enumerate(tensor) if leg not in legs))
    return np.asarray(entries)


def _valid(legs: Sequence[int], adjacent: Sequence[int]) -> NDArray[np.bool_]:
    """Which configurations are valid, one axis per leg."""
    return _without(
        len(legs),
        tuple(pair for pair in combinations(range(len(legs)), 2) if adjacent[legs[pair[0]]] >> legs[pair[1]] & 1),
    )


@lru_cache(maxsize=1024)
def _without(axes: int, pairs: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """True where no pair of axes is at 0 together. Few patterns occur; callers must not write to it."""
    valid = np.ones((2,) * axes, np.bool_)
    for pair in pairs:
        valid[tuple(0 if axis in pair else slice(None) for axis in range(axes))] = False
    return valid


def _packed(plan: Plan, node: int, tensor: Dense | Packed) -> Packed:
    """A tensor over its valid configurations, in the order of its next use."""
    if isinstance(tensor, Packed):
        return tensor
    legs, order = plan.tree.legs[node], plan.order[node]
    entries = np.transpose(tensor, [legs.index(leg) for leg in order])[_valid(order.tolist(), plan.tree.adjacent)]
    return Packed(np.stack([entries.real, entries.imag]), lattice(order, plan.edges))


def _dense_step(tree: Tree, node: int, a: Any, b: Any) -> Dense:
    """One step over all configurations."""
    first, second = tree.path[node - tree.leaves]
    labels: dict[int, int] = {}
    a_legs, b_legs, c_legs = (
        [labels.setdefault(leg, len(labels)) for leg in tree.legs[k]] for k in (first, second, node)
    )
    return np.asarray(np.einsum(a, a_legs, b, b_legs, c_legs))


def _packed_step(
    plan: Plan, node: int, a: Packed, b: Packed, arena: Planes, pool: ThreadPoolExecutor | None, threads: int
) -> Packed:
    """One step over valid configurations."""
    first, second = plan.tree.path[node - plan.tree.leaves]
    legs = plan.order[node]
    step = step_of(plan.separators[node], plan.order[first], plan.order[second], legs, plan.edges)
    of = lattice(legs, plan.edges)
    entries = int(of.count[0])
    if node in plan.offsets:
        start = 2 * plan.offsets[node]
        planes = arena[start : start + 2 * entries].reshape(2, entries)
    else:
        planes = np.empty((2, entries))
    if step.adds:
        planes[:] = 0
    if pool is None or max(x.planes.size for x in (a, b, Packed(planes, of))) < THREAD_ENTRIES:
        run(step, a.planes, b.planes, planes, a.lattice, b.lattice, of)
        return Packed(planes, of)
    for value in valid_values(step.x_near):
        product = block(step, value, a.lattice, b.lattice, of)
        wide, other = (b, a) if product.swapped else (a, b)
        # Every head writes to places of its own. More parts than threads, as they do not take equally long.
        work = np.cumsum((product.tile_width * product.tile_rows)[product.head_state])
        cuts = np.searchsorted(work, work[-1] * np.arange(4 * threads + 1) // (4 * threads))
        cuts[-1] = len(work)
        jobs = [
            pool.submit(multiply, wide.planes, other.planes, planes, product, low, high, step.adds)
            for low, high in pairwise(cuts.tolist())
            if low < high
        ]
        for job in jobs:
            job.result()
    return Packed(planes, of)
