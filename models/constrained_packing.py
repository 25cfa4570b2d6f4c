"""Tensors over valid configurations and the steps between them, shared out to threads. Imports numba: import lazily."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.models.constrained_count import places
from plait.models.constrained_kernel import block, multiply, run, valid_values
from plait.models.constrained_lattice import Edges, Ints, Packed, Step, lattice, step_of
from plait.models.constrained_plan import Plan

Dense = NDArray[np.complex128]

THREAD_ENTRIES = 1 << 18
"""Steps whose tensors are all smaller stay on one thread: handing out parts costs more than it saves (measured)."""
ALONE_ENTRIES = 1 << 22
"""The same with one thread, where parts serve to notice an interrupt: smaller steps take well under a second."""
PARTS = 2
"""Parts of a matrix product per thread, at least: they do not take equally long."""
PART_OPERATIONS = 3e8
"""Operations of a part, at most: a fraction of a second."""


def valid(legs: Sequence[int], adjacent: Sequence[int]) -> NDArray[np.bool_]:
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
class Packing:
    """Runs the steps over valid configurations.

    Args:
        plan: how every step runs.
        edges: pairs that must not both be 0.
        arena: one allocation for the large results; its type is that of all entries.
        pool: of the threads.
        threads: how many these are.
    """

    plan: Plan
    edges: Edges
    arena: NDArray[Any]
    pool: ThreadPoolExecutor
    threads: int

    @classmethod
    def of(cls, plan: Plan, pool: ThreadPoolExecutor, threads: int, real: Any) -> "Packing":
        """For entries whose parts are of a real number type."""
        adjacent = plan.tree.adjacent
        first = np.cumsum([0, *(mask.bit_count() for mask in adjacent)], dtype=np.int64)
        other = np.array([k for mask in adjacent for k in places(mask)], np.int64)
        arena = np.empty(2 * plan.arena, real)
        return cls(plan=plan, edges=Edges(first, other), arena=arena, pool=pool, threads=threads)

    def packed(self, node: int, tensor: Dense | Packed, fixed: Mapping[int, int]) -> Packed:
        """A tensor over its valid configurations, in the order of its next use."""
        if isinstance(tensor, Packed):
            return tensor
        legs = [leg for leg in self.plan.tree.legs[node] if leg not in fixed]
        order = left(self.plan.order[node], fixed)
        turned = np.transpose(tensor, [legs.index(leg) for leg in order])
        entries = turned[valid(order.tolist(), self.plan.tree.adjacent)]
        planes = np.stack([entries.real, entries.imag]).astype(self.arena.dtype, copy=False)
        return Packed(planes, lattice(order, self.edges))

    def empty(self, node: int, fixed: Mapping[int, int]) -> Packed:
        """Room for the result of a step."""
        of = lattice(left(self.plan.order[node], fixed), self.edges)
        entries = int(of.ways[0])
        if node not in self.plan.offsets:
            return Packed(np.empty((2, entries), self.arena.dtype), of)
        start = 2 * self.plan.offsets[node]
        return Packed(self.arena[start : start + 2 * entries].reshape(2, entries), of)

    def restored(self, node: int, planes: NDArray[Any], fixed: Mapping[int, int]) -> Packed:
        """The result of a step in an earlier process."""
        result = self.empty(node, fixed)
        result.planes[:] = planes
        return result

    def prepared(self, node: int, fixed: Mapping[int, int]) -> tuple[Step, tuple[Ints, Ints, Ints]]:
        """A step, and the legs of A, B and C that are not fixed, in their order."""
        plan = self.plan
        first, second = plan.tree.path[node - plan.tree.leaves]
        a, b, c = (left(plan.order[k], fixed) for k in (first, second, node))
        return step_of(left(plan.separators[node], fixed), a, b, c, self.edges), (a, b, c)

    def step(self, node: int, a: Packed, b: Packed, fixed: Mapping[int, int], adds: Packed | None) -> Packed:
        """One step, added to the result of earlier passes if there is one."""
        step, _ = self.prepared(node, fixed)
        c = self.empty(node, fixed) if adds is None else adds
        if adds is not None:
            step = step._replace(adds=True)
        elif step.adds:
            c.planes[:] = 0
        most = max(x.planes.shape[1] for x in (a, b, c))
        if most < (ALONE_ENTRIES if self.threads == 1 else THREAD_ENTRIES):
            run(step, a, b, c)
        else:
            self._run_in_parts(step, a, b, c)
        return c

    def host(self, tensor: Packed) -> Packed:
        """A tensor in the computer's memory: here they all are."""
        return tensor

    def _run_in_parts(self, step: Step, a: Packed, b: Packed, c: Packed) -> None:
        """As `run`, heads shared out: all write to places of their own, but values of a step that adds take turns."""
        jobs: list[Future[None]] = []
        for value in valid_values(step.x_near):
            matrices = block(step, value, a.lattice, b.lattice, c.lattice)
            if step.adds:
                wait(jobs)
            wide, other = (b, a) if matrices.swapped else (a, b)
            work = np.cumsum((matrices.tile_width * matrices.tile_rows)[matrices.head_state])
            parts = max(PARTS * self.threads, math.ceil(int(work[-1]) * int(matrices.depth) / PART_OPERATIONS))
            cuts = np.searchsorted(work, work[-1] * (np.arange(parts + 1) / parts))
            cuts[-1] = len(work)
            jobs += [
                self.pool.submit(multiply, wide.planes, other.planes, c.planes, matrices, low, high)
                for low, high in pairwise(cuts.tolist())
                if low < high
            ]
        for job in jobs:
            job.result()


def left(legs: Ints, fixed: Mapping[int, int]) -> Ints:
    """Legs that are not fixed, in their order."""
    return np.array([leg for leg in legs.tolist() if leg not in fixed], np.int64) if fixed else legs
