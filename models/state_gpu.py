"""States of the Fibonacci path basis evolved on a GPU: trace, random vectors, plat amplitude. Imports cupy lazily.

As on the CPU (`plait.models.state_windows`) several crossings are applied per pass over the state, here in the shared
memory of the GPU's multiprocessors. A state takes 8 bytes per path in complex64, 16 in complex128; little else is kept.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI, A
from plait.models.gpu import check_gpu, free_bytes
from plait.models.path_basis import Ints, PathBasis
from plait.models.runs import Run
from plait.models.state_windows import position_blocks, sides

SPAN = 12
"""Bits from one end to the other of a window with columns behind it: up to 233 configurations."""
COLUMN_BITS = 10
"""Least bits behind it, for single states: at least 89 columns."""
END_SPAN = 16
"""Bits of the window at the end of the paths: up to 1,597 configurations."""
LANE_BYTES = 128
"""Of the columns that a block takes: a line of the cache."""
THREADS = 256
SUMS = 4096
"""Blocks of a summation: fixed, so that its rounding is."""
TRAFFIC = 2
"""Times over memory of one pass over the state: read and write."""
TRACE_BYTES = 1 << 31
"""Of the columns that a trace evolves together: far more than fills a GPU."""


class GpuEvolution:
    """Runs prepared for batches of states of one width and precision; makes no state itself.

    Args:
        basis: of the paths.
        runs: in order of application.
        batch: states side by side.
        dtype: "complex64" or "complex128".

    Attributes:
        passes: over the state.
        phase: factor that `apply` leaves out.

    Raises:
        PlaitError: no GPU, or an unknown dtype.
    """

    def __init__(self, basis: PathBasis, runs: Sequence[Run], *, batch: int = 1, dtype: str = "complex64") -> None:
        from plait.models.statevector import run_factors
        from plait.models.statevector_kernel import schedule

        self._kernels = _kernels(dtype)
        self.phase = complex(A ** (sum(power for _, power in runs) % 10))
        self.batch = batch
        self._itemsize = np.dtype(dtype).itemsize
        self._lanes = LANE_BYTES // self._itemsize
        self._basis = basis
        ranges = state_ranges(basis.strands, batch)
        position = np.array([run.position for run in runs], np.int64)
        lows, highs = np.array(ranges, np.int64).T.copy()
        order, ends, chosen = schedule(position, lows, highs, basis.strands)
        self.passes = int(ends.size)
        factors = run_factors(runs, np.float32 if dtype == "complex64" else np.float64)
        made: dict[tuple[int, int], list[_Part]] = {}
        self._steps: list[tuple[_Part, Any, Any, int]] = []
        for group, window in enumerate(chosen.tolist()):
            some = order[ends[group - 1] if group else 0 : ends[group]]
            low, high = ranges[window]
            if (low, high) not in made:
                made[low, high] = list(_parts(basis, batch, low, high))
            for part in made[low, high]:
                self._steps.append((part, *part.of(position[some] - low - 1, factors[some]), some.size))

    def apply(self, state: Any) -> None:
        """Evolve in place, up to the factor `self.phase`.

        Args:
            state: C-contiguous cupy array of shape (dimension, batch), or (dimension,) for one state.
        """
        columns, ends = self._kernels["columns"], self._kernels["ends"]
        for part, table, factors, count in self._steps:
            lists = table, factors, np.int32(count), part.singles, part.pairs
            rows, prefixes = np.int32(part.row_count), part.prefixes
            if part.columns:
                chunks = -(-part.columns // self._lanes)
                some = state, prefixes, part.rows, rows, np.int64(part.columns), np.int32(chunks)
                shared = part.row_count * LANE_BYTES
                columns((prefixes.size * chunks,), (THREADS,), (*some, *lists), shared_mem=shared)
            else:
                shared = part.row_count * self._itemsize
                ends((prefixes.size,), (THREADS,), (state, prefixes, rows, *lists), shared_mem=shared)

    def traffic(self) -> int:
        """Bytes that `apply` reads and writes in the GPU's memory."""
        return TRAFFIC * self.passes * self._itemsize * self._basis.dimension * self.batch


class _Part:
    """The paths with given bits at both ends of a window, with what a kernel needs, on the GPU.

    `columns` is 0 for the window at the end of the paths of a single state.
    """

    def __init__(self, prefixes: Ints, rows: Ints, columns: int, first: int, length: int, last: int | None) -> None:
        import cupy

        self.columns, self.row_count = columns, int(rows.size)
        self.prefixes, self.rows = cupy.asarray(prefixes), cupy.asarray(rows)
        singles, pairs, self._table = touched(first, length, last)
        self.singles, self.pairs = cupy.asarray(singles), cupy.asarray(pairs)

    def of(self, positions: Ints, factors: NDArray[Any]) -> tuple[Any, Any]:
        """What a kernel reads of some runs."""
        import cupy

        return cupy.asarray(self._table[positions]), cupy.asarray(factors)


def _parts(basis: PathBasis, batch: int, low: int, high: int) -> Iterator[_Part]:
    """The parts of a window that hold any path."""
    at_end = high == basis.strands and batch == 1
    for first, last, prefixes, rows, columns in sides(basis, batch, low, high):
        yield _Part(prefixes, rows, 0 if at_end else columns, first, high - low, last)


def state_ranges(strands: int, batch: int) -> list[tuple[int, int]]:
    """The windows (low, high) from which a schedule chooses; every position lies inside one of them."""
    if batch > 1:
        return [(low, min(low + SPAN, strands)) for low in range(max(1, strands - SPAN + 1))]
    if strands <= END_SPAN:
        return [(0, strands)]
    inner = max(1, strands - COLUMN_BITS - SPAN + 1)
    return [*((low, low + SPAN) for low in range(inner)), (strands - END_SPAN, strands)]


@cache
def touched(first: int, length: int, last: int | None) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Which configurations crossings act on.

    Args:
        first, length, last: as of `plait.models.state_windows.position_blocks`.

    Returns:
        Configurations that are rescaled (010), shape (singles,); pairs that are mixed (101 and 111), shape (pairs, 2);
        per position 1..length-1 the ranges of both, shape (length - 1, 4). Kept: not to be changed.

    >>> singles, pairs, table = touched(0, 3, None)  # paths 0101, 0110 and 0111
    >>> singles.tolist(), pairs.tolist(), table.tolist()
    ([0], [[0, 2]], [[0, 1, 0, 0], [1, 1, 0, 1]])
    """
    starts, blocks = position_blocks(first, length, last)
    singles, pairs, table = [np.zeros(0, np.int64)], [np.zeros((0, 2), np.int64)], np.zeros((length - 1, 4), np.int32)
    single = pair = 0
    for position, (zeros, zeros_end, ones, ones_end, n0, n1) in enumerate(blocks.tolist()):
        here = (starts[zeros:zeros_end, None] + np.arange(n0)).ravel()
        lower = (starts[ones:ones_end, None] + np.arange(n1)).ravel()
        singles.append(here)
        pairs.append(np.stack([lower, lower + n0 + n1], axis=1))
        table[position] = single, single + here.size, pair, pair + lower.size
        single, pair = single + here.size, pair + lower.size
    return np.concatenate(singles).astype(np.uint16), np.concatenate(pairs).astype(np.uint16), table


@cache
def _kernels(dtype: str) -> dict[str, Any]:
    """Compiled for the current GPU."""
    reals = {"complex64": "float", "complex128": "double"}
    if dtype not in reals:
        raise PlaitError(f"dtype = {dtype!r} is not available; known: {', '.join(reals)}")
    check_gpu("gpu")
    import cupy

    real, lanes = reals[dtype], LANE_BYTES // np.dtype(dtype).itemsize
    module = cupy.RawModule(
        code=(Path(__file__).parent / "state_gpu.cu").read_text(encoding="utf-8"),
        options=(f"-DREAL={real}", f"-DCOMPLEX={real}2", f"-DLANES={lanes}", "--std=c++17"),
    )
    kernels = {name: module.get_function(name) for name in ("columns", "ends", "start", "overlap")}
    for name in ("columns", "ends"):
        kernels[name].max_dynamic_shared_size_bytes = cupy.cuda.Device().attributes["MaxSharedMemoryPerBlockOptin"]
    return kernels


def _check_room(basis: PathBasis, dtype: str) -> None:
    need, free = np.dtype(dtype).itemsize * basis.dimension, free_bytes()
    if need > free:
        raise PlaitError(
            f"a state of {basis.strands} strands takes {need / 2**30:.3g} GiB in {dtype}, and the GPU has "
            f"{free / 2**30:.3g} GiB free; take complex64, fewer strands or another GPU"
        )


def gpu_plat_amplitude(strands: int, runs: Sequence[Run], *, dtype: str = "complex128") -> complex:
    """`plait.models.statevector.plat_amplitude` on the GPU.

    Raises:
        PlaitError: no GPU, unknown dtype, or a state beyond the memory of the GPU.
    """
    basis = PathBasis(strands, (1, 0))
    evolution = GpuEvolution(basis, runs, dtype=dtype)
    _check_room(basis, dtype)
    import cupy

    state = cupy.zeros(basis.dimension, dtype)
    state[0] = 1
    evolution.apply(state)
    return evolution.phase * complex(state[0])


def gpu_exact_trace(strands: int, runs: Sequence[Run], *, dtype: str = "complex128") -> complex:
    """`plait.models.statevector.exact_trace` on the GPU.

    Raises:
        PlaitError: no GPU, unknown dtype, or two columns beyond the memory of the GPU.
    """
    if strands == 1:
        return 1 + 0j
    ones = _plain_trace(PathBasis(strands, (1,)), runs, dtype)
    return (PHI * ones + _plain_trace(PathBasis(strands, (1, 0)), runs, dtype)) / PHI**strands


def _plain_trace(basis: PathBasis, runs: Sequence[Run], dtype: str) -> complex:
    size, item = basis.dimension, np.dtype(dtype).itemsize
    batch = min(size, max(2, TRACE_BYTES // (item * size)))
    evolution = GpuEvolution(basis, runs, batch=batch, dtype=dtype)
    if batch * item * size > free_bytes():
        raise PlaitError(f"columns of {basis.strands} strands are beyond the memory of the GPU; take random vectors")
    import cupy

    state, total = cupy.empty((size, batch), dtype), 0j
    for start in range(0, size, batch):
        some = cupy.arange(start, min(size, start + batch))  # columns beyond the last stay 0
        state.fill(0)
        state[some, some - start] = 1
        evolution.apply(state)
        total += complex(state[some, some - start].astype("complex128").sum())
    return evolution.phase * total


def gpu_estimates(
    strands: int, runs: Sequence[Run], *, vectors: int, seed: int, dtype: str = "complex64"
) -> NDArray[np.complex128]:
    """The estimates of `plait.models.statevector.typical_trace`, from the same vectors, on the GPU.

    Returns:
        Shape (vectors,).

    Raises:
        PlaitError: no GPU, unknown dtype, or a state beyond the memory of the GPU.
    """
    from plait.models.statevector import roots, vector_keys

    basis = PathBasis(strands)
    evolution, kernels = GpuEvolution(basis, runs, dtype=dtype), _kernels(dtype)
    _check_room(basis, dtype)
    import cupy

    state, sums = cupy.empty(basis.dimension, dtype), cupy.empty(SUMS, "complex128")
    low, high = map(np.float64, roots(strands))
    about = cupy.asarray(basis.ways), np.int32(strands), low, high
    estimates = np.empty(vectors, complex)
    for k, key in enumerate(vector_keys(vectors, seed)):
        some = state, np.int64(basis.dimension), key
        kernels["start"]((SUMS,), (THREADS,), (*some, *about))
        evolution.apply(state)
        kernels["overlap"]((SUMS,), (THREADS,), (*some, *about, sums))
        estimates[k] = evolution.phase * complex(sums.sum())
    return estimates
