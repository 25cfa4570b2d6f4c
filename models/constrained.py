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

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.models.constrained_checkpoint import Checkpoint, State, contraction_key
from plait.models.constrained_count import Pairs, Tree, places
from plait.models.constrained_lattice import Packed
from plait.models.constrained_packing import Dense, Packing, valid
from plait.models.constrained_plan import NO_SLICES, Plan, make_plan
from plait.models.errors import PlaitError, shown
from plait.models.gpu import check_gpu
from plait.models.slicing import Loop, Program, Slices

CHECKPOINT_SECONDS = 300.0
REALS = {"complex128": np.float64, "complex64": np.float32}


def contract_constrained(
    inputs: Sequence[tuple[int, ...]],
    arrays: Sequence[NDArray[Any]],
    edges: Pairs,
    path: Pairs,
    order_key: Sequence[int],
    *,
    slices: Slices = NO_SLICES,
    dtype: str = "complex128",
    threads: int = 1,
    device: str = "cpu",
    progress: Callable[[int, int], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> complex:
    """Sum over all valid configurations of the product of all tensors.

    Memory: `plait.models.constrained_count.constrained_bytes`; check it first. An interrupt (Ctrl-C) is served within
    about a second, plus the time to save.

    Args:
        inputs: index ids of every tensor; all indices have size 2 and none is open.
        arrays: entries, one axis of length 2 per index; those on forbidden configurations count as 0.
        edges: pairs of indices that must not both be 0; each pair must share a tensor.
        path: pairs of nodes; N tensors, step k makes node N + k.
        order_key: rank of every index, all distinct: the order of legs whose next use is the same.
        slices: indices to loop over (`plait.models.slicing`): less memory, more operations, the same value.
        dtype: complex128, or complex64 for the large steps: half the memory, relative error about 1e-5.
        threads: for the large steps; the value does not depend on it.
        device: "cpu", or "gpu" for the large steps (`plait.models.constrained_gpu`), which knows no checkpoint.
        progress: called after every step with the operations done and all operations.
        checkpoint: file to go on from if it exists, and to save to between steps and when interrupted (not amid a step
            that adds to earlier passes: then the last save stands); it keeps the value in the end.
        checkpoint_seconds: from one save to the next.

    Raises:
        PlaitError: network, arrays, path, order, heights or dtype are malformed, a step has more than 62 legs, or the
            checkpoint is unusable.

    >>> flip = np.array([[0, 1], [1, 1]], complex)
    >>> contract_constrained([(0, 1), (1, 0)], [flip, 2 * flip], [(0, 1)], [(0, 1)], [0, 1])
    (6+0j)
    """
    if threads < 1:
        raise PlaitError(f"threads = {threads} must be at least 1")
    if dtype not in REALS:
        raise PlaitError(f"dtype = {shown(dtype)} is not a number type; known: {', '.join(REALS)}")
    if device == "gpu" and checkpoint is not None:
        raise PlaitError("checkpoint: a contraction on the GPU cannot save its state; leave it out, or run on the CPU")
    plan = make_plan(inputs, edges, path, order_key, slices)
    if len(arrays) != plan.tree.leaves:
        raise PlaitError(f"{len(arrays)} arrays came for {plan.tree.leaves} tensors")
    saved, state = None, State()
    if checkpoint is not None:
        key = contraction_key(arrays, inputs, edges, path, order_key, slices, dtype)
        saved = Checkpoint(path=Path(checkpoint), key=key, every=checkpoint_seconds)
        state = saved.load()
        if state.value is not None:
            return state.value
    pool = ThreadPoolExecutor(threads)
    try:
        packing = _packing(device).of(plan, pool, threads, REALS[dtype])
        value = _Run(plan, inputs, arrays, packing, progress, saved, state).value()
    finally:
        pool.shutdown(cancel_futures=True)
    if saved is not None:
        saved.save(State(value=value))
    return value


def _packing(device: str) -> type[Packing]:
    if device == "cpu":
        return Packing
    check_gpu(device)
    from plait.models.constrained_gpu import GpuPacking

    return GpuPacking


class _Run:
    """The program of a plan, step by step."""

    def __init__(
        self,
        plan: Plan,
        inputs: Sequence[tuple[int, ...]],
        arrays: Sequence[NDArray[Any]],
        packing: "Packing",
        progress: Callable[[int, int], object] | None,
        checkpoint: Checkpoint | None,
        state: State,
    ) -> None:
        self.plan, self.inputs, self.arrays, self.packing = plan, inputs, arrays, packing
        self.progress, self.checkpoint = progress, checkpoint
        self.fixed: dict[int, int] = {}
        self.tensors: dict[int, Dense | Packed] = {}
        self.saved, self.position, self.resume = state.tensors, list[int](), list(state.position)
        self.runs = dict(state.runs)
        looped = plan.looped
        self.operations = looped.operations() if progress else {}
        self.total = sum(self.operations.values())
        passes = looped.passes() if progress else {}
        self.passes = {node: passes.get(looped.level(node), 1) for node in self.operations}
        self.done = sum(self._share(node, number) for node, number in self.runs.items()) if progress else 0

    def value(self) -> complex:
        """Run everything."""
        self._items(self.plan.program)
        tree = self.plan.tree
        value = self._operand(tree.leaves + len(tree.path) - 1, -1)
        if isinstance(value, Packed):
            return complex(*self.packing.host(value).planes[:, 0].tolist())
        return complex(value)

    def _items(self, items: Program) -> None:
        depth = len(self.position)
        first = self.resume.pop(0) if self.resume else 0
        if not self.resume:
            self._restore()
        self.position.append(first)
        for index in range(first, len(items)):
            self.position[depth] = index
            item = items[index]
            if isinstance(item, Loop):
                self._loop(item)
            else:
                self._step(item)
                self.position[depth] = index + 1
                self._after(item)
        del self.position[depth:]

    def _loop(self, loop: Loop) -> None:
        depth = len(self.position)
        first = self.resume.pop(0) if self.resume else 0
        self.position.append(first)
        allowed = list(self._configurations(loop.heights))
        for number in range(first, len(allowed)):
            self.position[depth] = number
            before = self.fixed
            self.fixed = {**before, **allowed[number]}
            for i, value in allowed[number].items():
                if value == 0:
                    for k in places(self.plan.looped.forced[i]):
                        self.fixed.setdefault(k, 1)
            self._items(loop.body)
            self.fixed = before
        del self.position[depth:]
        for node in loop.kept:
            self.tensors.pop(node)

    def _configurations(self, heights: Sequence[int]) -> Iterator[dict[int, int]]:
        """Allowed values of a loop's heights in the present pass of the loops around it; all 1 comes first."""
        adjacent = self.plan.tree.adjacent
        for values in product(*((1,) if i in self.fixed else (1, 0) for i in heights)):
            zeros = sum(1 << i for i, value in zip(heights, values, strict=True) if value == 0)
            if not any(zeros & adjacent[i] for i in places(zeros)):
                yield dict(zip(heights, values, strict=True))

    def _step(self, node: int) -> None:
        plan = self.plan
        a, b = plan.tree.path[node - plan.tree.leaves]
        level = plan.looped.level(node)
        adds = self.tensors.get(node)  # of an earlier pass
        before = dict(self.tensors)
        first, second = self._operand(a, level), self._operand(b, level)
        try:
            if node in plan.separators:
                x, y = self.packing.packed(a, first, self.fixed), self.packing.packed(b, second, self.fixed)
                into = adds if isinstance(adds, Packed) else None
                result: Dense | Packed = self.packing.step(node, x, y, self.fixed, into)
            else:
                result = _dense_step(plan.tree, node, first, second, self.fixed)
                result = result if adds is None else adds + result
        except KeyboardInterrupt:
            if not isinstance(adds, Packed):  # else half of this pass may have been added
                self.tensors = before
                self._save()
            raise
        self.tensors[node] = result

    def _after(self, node: int) -> None:
        """Count a step that is done, tell, and save when it is time."""
        self.runs[node] = self.runs.get(node, 0) + 1
        try:
            if self.progress:
                self.done += self._share(node, self.runs[node]) - self._share(node, self.runs[node] - 1)
                self.progress(self.done, self.total)
        except KeyboardInterrupt:
            self._save()
            raise
        if self.checkpoint and self.checkpoint.due():
            self._save()

    def _share(self, node: int, runs: int) -> int:
        """Operations of so many runs of a step, all taken to be alike."""
        return self.operations[node] * runs // self.passes[node]

    def _operand(self, node: int, level: int) -> Dense | Packed:
        tree = self.plan.tree
        if node < tree.leaves:
            return _leaf(tree, node, self.inputs[node], self.arrays[node], self.fixed)
        if self.plan.looped.home.get(node, -1) == level:
            return self.tensors.pop(node)
        return self.tensors[node]  # further passes want it too

    def _save(self) -> None:
        if self.checkpoint:
            tensors = {k: t.planes if isinstance(t, Packed) else t for k, t in self.tensors.items()}
            self.checkpoint.save(State(position=self.position, runs=self.runs, tensors=tensors))

    def _restore(self) -> None:
        """Take over the tensors saved, within the pass in which they were."""
        for node, array in self.saved.items():
            dense = node not in self.plan.separators
            self.tensors[node] = array if dense else self.packing.restored(node, array, self.fixed)
        self.saved = {}


def _leaf(
    tree: Tree, node: int, tensor: tuple[int, ...], array: NDArray[Any], fixed: Mapping[int, int] = MappingProxyType({})
) -> Dense:
    """An input tensor without its forbidden entries, summed over the indices that only it has; fixed ones are taken."""
    entries = np.asarray(array, np.complex128)
    if entries.shape != (2,) * len(tensor):
        raise PlaitError(f"arrays[{node}] has shape {entries.shape}; expected {(2,) * len(tensor)}, one axis per index")
    entries = np.where(valid(tensor, tree.adjacent), entries, 0)
    legs = tree.legs[node]
    if len(legs) < len(tensor):
        entries = np.sum(entries, axis=tuple(axis for axis, leg in enumerate(tensor) if leg not in legs))
    if fixed:
        entries = entries[tuple(fixed.get(leg, slice(None)) for leg in legs)]
    return np.asarray(entries)


def _dense_step(tree: Tree, node: int, a: Any, b: Any, fixed: Mapping[int, int]) -> Dense:
    """One step over all configurations."""
    first, second = tree.path[node - tree.leaves]
    labels: dict[int, int] = {}
    a_legs, b_legs, c_legs = (
        [labels.setdefault(leg, len(labels)) for leg in tree.legs[k] if leg not in fixed] for k in (first, second, node)
    )
    return np.asarray(np.einsum(a, a_legs, b, b_legs, c_legs))
