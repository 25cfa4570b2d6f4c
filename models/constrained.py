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

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.models.constrained_count import Pairs, Tree, places
from plait.models.constrained_kernel import block, multiply, run, valid_values
from plait.models.constrained_lattice import Edges, Packed, Planes, Step, lattice, step_of
from plait.models.constrained_plan import Plan, make_plan
from plait.models.errors import PlaitError

Dense = NDArray[np.complex128]

THREAD_ENTRIES = 1 << 18
"""Steps whose tensors are all smaller stay on one thread: handing out parts costs more than it saves (measured)."""
PARTS = 2
"""Parts of a matrix product per thread: they do not take equally long."""


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

    Memory: `plait.models.constrained_count.constrained_bytes`; check it first.

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
    operations = tree.operations() if progress else []
    total, done = sum(operations), 0
    tensors: dict[int, Dense | Packed] = {}

    def operand(node: int) -> Dense | Packed:
        return tensors.pop(node) if node >= tree.leaves else _leaf(tree, node, inputs[node], arrays[node])

    with ThreadPoolExecutor(threads) as pool:
        packing = _Packing.of(plan, pool, threads)
        for node in plan.schedule:
            a, b = tree.path[node - tree.leaves]
            if node in plan.separators:
                tensors[node] = packing.step(node, packing.packed(a, operand(a)), packing.packed(b, operand(b)))
            else:
                tensors[node] = _dense_step(tree, node, operand(a), operand(b))
            if progress:
                done += operations[node - tree.leaves]
                progress(done, total)
    value = operand(tree.leaves + len(tree.path) - 1)
    return complex(*value.planes[:, 0]) if isinstance(value, Packed) else complex(value)


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


def _dense_step(tree: Tree, node: int, a: Any, b: Any) -> Dense:
    """One step over all configurations."""
    first, second = tree.path[node - tree.leaves]
    labels: dict[int, int] = {}
    a_legs, b_legs, c_legs = (
        [labels.setdefault(leg, len(labels)) for leg in tree.legs[k]] for k in (first, second, node)
    )
    return np.asarray(np.einsum(a, a_legs, b, b_legs, c_legs))


def _valid(legs: Sequence[int], adjacent: Sequence[int]) -> NDArray[np.bool_]:
    """Which configurations are valid, one axis per leg."""
    pairs = combinations(range(len(legs)), 2)
    return _without(len(legs), tuple((i, k) for i, k in pairs if adjacent[legs[i]] >> legs[k] & 1))


@lru_cache(maxsize=1024)
def _without(axes: int, pairs: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """True where no pair of axes is at 0 together. Few patterns occur; callers must not write to it."""
    valid = np.ones((2,) * axes, np.bool_)
    for pair in pairs:
        valid[tuple(0 if axis in pair else slice(None) for axis in range(axes))] = False
    return valid


@dataclass(frozen=True, kw_only=True)
class _Packing:
    """Runs the steps over valid configurations."""

    plan: Plan
    edges: Edges
    arena: Planes
    pool: ThreadPoolExecutor
    threads: int

    @classmethod
    def of(cls, plan: Plan, pool: ThreadPoolExecutor, threads: int) -> "_Packing":
        adjacent = plan.tree.adjacent
        first = np.cumsum([0, *(mask.bit_count() for mask in adjacent)], dtype=np.int64)
        other = np.array([k for mask in adjacent for k in places(mask)], np.int64)
        arena = np.empty(2 * plan.arena)
        return cls(plan=plan, edges=Edges(first, other), arena=arena, pool=pool, threads=threads)

    def packed(self, node: int, tensor: Dense | Packed) -> Packed:
        """A tensor over its valid configurations, in the order of its next use."""
        if isinstance(tensor, Packed):
            return tensor
        legs, order = self.plan.tree.legs[node], self.plan.order[node]
        turned = np.transpose(tensor, [legs.index(leg) for leg in order])
        entries = turned[_valid(order.tolist(), self.plan.tree.adjacent)]
        return Packed(np.stack([entries.real, entries.imag]), lattice(order, self.edges))

    def step(self, node: int, a: Packed, b: Packed) -> Packed:
        """One step."""
        plan = self.plan
        first, second = plan.tree.path[node - plan.tree.leaves]
        step = step_of(plan.separators[node], plan.order[first], plan.order[second], plan.order[node], self.edges)
        of = lattice(plan.order[node], self.edges)
        entries = int(of.ways[0])
        if node in plan.offsets:
            start = 2 * plan.offsets[node]
            planes = self.arena[start : start + 2 * entries].reshape(2, entries)
        else:
            planes = np.empty((2, entries))
        if step.adds:
            planes[:] = 0
        c = Packed(planes, of)
        if self.threads == 1 or max(x.planes.shape[1] for x in (a, b, c)) < THREAD_ENTRIES:
            run(step, a, b, c)
        else:
            self._run_in_parts(step, a, b, c)
        return c

    def _run_in_parts(self, step: Step, a: Packed, b: Packed, c: Packed) -> None:
        """As `run`, heads shared out: all write to places of their own, but values of a step that adds take turns."""
        parts = PARTS * self.threads
        jobs: list[Future[None]] = []
        for value in valid_values(step.x_near):
            product = block(step, value, a.lattice, b.lattice, c.lattice)
            if step.adds:
                wait(jobs)
            wide, other = (b, a) if product.swapped else (a, b)
            work = np.cumsum((product.tile_width * product.tile_rows)[product.head_state])
            cuts = np.searchsorted(work, work[-1] * np.arange(parts + 1) // parts)
            cuts[-1] = len(work)
            jobs += [
                self.pool.submit(multiply, wide.planes, other.planes, c.planes, product, low, high)
                for low, high in pairwise(cuts.tolist())
                if low < high
            ]
        for job in jobs:
            job.result()
