"""Exact evolution in the Fibonacci path basis: weighted trace, random vectors, plat amplitude.

The basis is sorted as integers, states are real and imaginary planes, and the global phase A^k of each run is pulled
out (see `plait.models.statevector_kernel`). States that fit the cache are evolved in one compiled call over all runs;
larger ones window by window, several crossings per pass over memory (see `plait.models.state_windows`).

Imported lazily (numba). A state takes 16 bytes per path (complex64: 8); little else grows with it.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI, A, dimension
from plait.models.path_basis import Ints, PathBasis
from plait.models.runs import Run
from plait.models.state_windows import Part, parts, position_blocks, windows
from plait.models.statevector_kernel import Plane, cross, overlap, schedule, start_vector, sweep

TYPICAL_ERROR = 1.05
"""Times 1 / sqrt(F_{n+1}): most that the root-mean-square error of one random vector can be, with 2.6 % to spare
(the bound is sqrt((phi^3 + 1) / 5) = 1.0233 for large n)."""
IN_PLACE_BYTES = 1 << 20
"""Largest batch of states that is evolved in place: fits the second-level cache."""
WIDE = 8
"""Least batch whose rows are long enough at every position."""
NARROW_STRANDS = 22
"""Fewest strands for windows of a single state: two of them must cover the positions."""


class Evolution:
    """Runs prepared for batches of states of one width and precision; makes no state itself.

    Args:
        basis: of the paths.
        runs: in order of application.
        batch: states side by side; planes have shape (basis.dimension, batch).
        dtype: "complex128" or "complex64".
    """

    def __init__(self, basis: PathBasis, runs: Sequence[Run], *, batch: int = 1, dtype: str = "complex128") -> None:
        self.real = _real(dtype)
        self.phase = complex(A ** (sum(power for _, power in runs) % 10))
        self.batch = batch
        self._factors = run_factors(runs, self.real)
        position = np.array([run.position for run in runs], np.int64)
        itemsize = np.dtype(self.real).itemsize
        n = basis.strands
        small = 2 * itemsize * basis.dimension * batch <= IN_PLACE_BYTES
        if (batch == 1 and n < NARROW_STRANDS) or (1 < batch < WIDE) or n < 16 or (batch > 1 and small):
            starts, blocks = position_blocks(0, n, basis.last)
            self._in_place: tuple[Ints, Ints] | None = starts, blocks[position - 1]
            self.passes = len(runs)
            return
        self._in_place = None
        ranges = windows(basis, batch)
        lows, highs = np.array(ranges, np.int64).T.copy()
        order, ends, chosen = schedule(position, lows, highs, n)
        self.passes = ends.size  # over memory
        made: dict[int, list[Part]] = {}
        self._steps: list[tuple[Part, Ints, Plane]] = []
        for group, window in enumerate(chosen.tolist()):
            low, high = ranges[window]
            if window not in made:
                made[window] = list(parts(basis, batch, low, high, itemsize))
            some = order[ends[group - 1] if group else 0 : ends[group]]
            for part in made[window]:
                self._steps.append((part, part.blocks[position[some] - low - 1], self._factors[some]))

    def apply(self, re: Plane, im: Plane, *, threads: int = 1) -> None:
        """Evolve in place, up to the factor `self.phase`.

        Args:
            re, im: C-contiguous planes of shape (dimension, batch).
            threads: for large states; the values do not depend on it.
        """
        re, im = re.reshape(-1), im.reshape(-1)
        if self._in_place is not None:
            cross(re, im, self.batch, *self._in_place, self._factors)
            return
        if threads == 1:
            for step in self._steps:
                self._sweep(re, im, step, 0, step[0].units)
            return
        with ThreadPoolExecutor(threads) as pool:
            for step in self._steps:
                cuts = [step[0].units * k // threads for k in range(threads + 1)]
                jobs = [pool.submit(self._sweep, re, im, step, *ends) for ends in pairwise(cuts)]
                for job in jobs:
                    job.result()

    @staticmethod
    def _sweep(re: Plane, im: Plane, step: tuple[Part, Ints, Plane], begin: int, end: int) -> None:
        part, table, factors = step
        shape = part.prefixes, part.rows, part.columns, part.lanes, part.across, part.starts
        sweep(re, im, *shape, table, factors, begin, end)


def _real(dtype: str) -> type[np.float32] | type[np.float64]:
    if dtype == "complex128":
        return np.float64
    if dtype == "complex64":
        return np.float32
    raise PlaitError(f"dtype = {dtype!r} is not available; known: complex128, complex64")


def _at_least_one(**given: int) -> None:
    for name, value in given.items():
        if value < 1:
            raise PlaitError(f"{name} = {value} must be at least 1")


def run_factors(runs: Sequence[Run], real: type[np.float32] | type[np.float64]) -> Plane:
    """sigma^k / A^k = 1 + turn P: turn + 1 on 010; on (101, 111), P = (1, c)(1, c)^T / phi^2 with c = sqrt(phi)."""
    factors = np.zeros((len(runs), 5))
    for r, (_, power) in enumerate(runs):
        turn = complex(A**power) - 1
        factors[r] = (1 + turn).real, turn.imag, turn.real / PHI**2, turn.imag / PHI**2, math.sqrt(PHI)
    return factors if real is np.float64 else _rounded(runs, factors)


def _rounded(runs: Sequence[Run], factors: Plane) -> Plane:
    """In single precision, what one run's rounding leaves made good by the next of the same power.

    Rounded alike in every run, the factors alone would drift the value by 4e-9 of itself a run: more than the rounding
    of the arithmetic, which has no preferred sign.
    """
    found, left = np.empty(factors.shape, np.float32), np.zeros((10, factors.shape[1]))
    for r, (_, power) in enumerate(runs):
        wanted = factors[r] + left[power]
        found[r] = wanted
        left[power] = wanted - found[r]
    return found


def exact_trace(
    strands: int, runs: Sequence[Run], batch: int = 64, *, dtype: str = "complex128", threads: int = 1
) -> complex:
    """The weighted trace E = sum_s phi^{s_n} <s|U|s> / phi^n, exactly, column by column.

    The last bit is conserved, so its two sectors are traced apart: time grows as runs * (F_n^2 + F_{n-1}^2), about half
    of F_{n+1}^2; memory as F_n * batch * threads.

    Args:
        strands: n.
        runs: in order of application.
        batch: most columns at a time.
        dtype: of the states; complex64 gives about 6 digits.
        threads: each takes columns of its own.

    >>> round(abs(exact_trace(4, (Run(1, 1), Run(2, 9), Run(3, 1)))), 6)
    0.236068
    """
    _real(dtype)
    _at_least_one(batch=batch, threads=threads)
    if strands == 1:
        return 1 + 0j
    ones = _plain_trace(PathBasis(strands, (1,)), runs, batch, dtype, threads)
    return (PHI * ones + _plain_trace(PathBasis(strands, (1, 0)), runs, batch, dtype, threads)) / PHI**strands


def _plain_trace(basis: PathBasis, runs: Sequence[Run], batch: int, dtype: str, threads: int) -> complex:
    size, real = basis.dimension, _real(dtype)
    fit = IN_PLACE_BYTES // (2 * np.dtype(real).itemsize * size) // WIDE * WIDE
    batch = min(batch, size, fit) if fit >= 2 * WIDE else min(batch, size)
    whole = Evolution(basis, runs, batch=batch, dtype=dtype)

    def columns(start: int) -> complex:
        some = np.arange(start, min(size, start + batch))
        evolution = whole if some.size == batch else Evolution(basis, runs, batch=some.size, dtype=dtype)
        re, im = np.zeros((size, some.size), real), np.zeros((size, some.size), real)
        re[some, some - start] = 1
        evolution.apply(re, im)
        return complex(re[some, some - start].sum(dtype=float), im[some, some - start].sum(dtype=float))

    starts = range(0, size, batch)
    if threads == 1:
        return whole.phase * sum(map(columns, starts))
    with ThreadPoolExecutor(threads) as pool:
        return whole.phase * sum(pool.map(columns, starts))


@dataclass(frozen=True, kw_only=True)
class TypicalTrace:
    """Weighted trace from random vectors.

    Args:
        strands: n.
        estimates: one per vector, unbiased and independent; shape (vectors,).
    """

    strands: int
    estimates: NDArray[np.complex128]

    @cached_property
    def value(self) -> complex:
        """Mean of the estimates."""
        return complex(self.estimates.mean())

    @property
    def standard_error(self) -> float:
        """Most that the root-mean-square complex error of `value` can be, by the law 1.05 / sqrt(S F_{n+1})."""
        return TYPICAL_ERROR / math.sqrt(self.estimates.size * dimension(self.strands))

    @property
    def spread_error(self) -> float | None:
        """The same estimated from the estimates' own spread; None for a single one."""
        size = self.estimates.size
        if size == 1:
            return None
        return math.sqrt(float((np.abs(self.estimates - self.value) ** 2).sum()) / (size * (size - 1)))

    def radius(self, delta: float = 0.05) -> float:
        """Radius around `value` that misses the trace with probability delta at most, by the law.

        For errors that are normal, of whatever shape in the plane: along one line is the worst (delta below 0.3).
        """
        return self.standard_error * NormalDist().inv_cdf(1 - delta / 2)


def vector_keys(vectors: int, seed: int) -> NDArray[np.uint64]:
    """What the turns of every vector are made from (`plait.models.statevector_kernel.turn`); shape (vectors,)."""
    return np.random.default_rng(seed).integers(0, 2**64, vectors, np.uint64)


def roots(strands: int) -> tuple[float, float]:
    """sqrt(w_s) of the paths that end in 0 and in 1."""
    return math.sqrt(1 / PHI**strands), math.sqrt(PHI / PHI**strands)


def typical_trace(
    strands: int,
    runs: Sequence[Run],
    *,
    vectors: int,
    seed: int,
    dtype: str = "complex128",
    threads: int = 1,
) -> TypicalTrace:
    """Unbiased estimates of the weighted trace from vectors of random quarter turns.

    v_s = sqrt(w_s) i^{random}, w_s = phi^{s_n} / phi^n. The variance of <v|U|v> is the sum of w_s w_t |U_st|^2 over
    s != t, as for evenly random phases, since the mean of (i^random)^2 is 0. It can be the sum of w_s^2 at most, about
    1.047 / F_{n+1}, since s_n is kept.

    Args:
        strands: n.
        runs: in order of application.
        vectors: number of estimates.
        seed: of the vectors; the estimates do not depend on dtype or threads beyond rounding.
        dtype: of the states; complex64 gives about 6 digits.
        threads: for large states.

    >>> found = typical_trace(12, (Run(1, 1), Run(2, 1)), vectors=4, seed=0)
    >>> abs(found.value - exact_trace(12, (Run(1, 1), Run(2, 1)))) < found.radius(0.001)
    True
    """
    basis, real = PathBasis(strands), _real(dtype)
    _at_least_one(vectors=vectors, threads=threads)
    size, ones, keys = basis.dimension, basis.last_bits(), vector_keys(vectors, seed)
    low, high = roots(strands)
    fit = IN_PLACE_BYTES // (2 * np.dtype(real).itemsize * size)
    batch = max(1, min(vectors, fit, 64))
    estimates = np.empty(vectors, complex)
    evolution: Evolution | None = None
    for start in range(0, vectors, batch):
        width = min(batch, vectors - start)
        if evolution is None or evolution.batch != width:
            evolution = Evolution(basis, runs, batch=width, dtype=dtype)
        re, im = np.empty((size, width), real), np.empty((size, width), real)
        for k in range(width):
            start_vector(re[:, k], im[:, k], keys[start + k], ones, low, high)
        evolution.apply(re, im, threads=threads)
        for k in range(width):
            found = complex(*overlap(re[:, k], im[:, k], keys[start + k], ones, low, high))
            estimates[start + k] = evolution.phase * found
    return TypicalTrace(strands=strands, estimates=estimates)


def sampled_trace(strands: int, runs: Sequence[Run], *, samples: int, seed: int, threads: int = 1) -> complex:
    """Mean of z_s = <s|U|s> over paths s drawn with weight phi^{s_n}: an unbiased estimate of the weighted trace.

    As a quantum computer samples it, one evolution a path. Its variance is that of z_s over s, so it takes more
    evolutions than `typical_trace` by a factor of about F_{n+1}: for comparison only.

    Args:
        strands: n.
        runs: in order of application.
        samples: number of paths.
        seed: of numpy's default generator.
        threads: for large states.

    >>> abs(sampled_trace(4, (), samples=3, seed=0) - 1) < 1e-12
    True
    """
    basis = PathBasis(strands)
    _at_least_one(samples=samples, threads=threads)
    weight = np.where(basis.last_bits(), PHI, 1.0) / PHI**strands
    drawn = np.random.default_rng(seed).choice(basis.dimension, samples, p=weight / weight.sum())
    evolution, total = Evolution(basis, runs), 0j
    for place in drawn:
        re, im = np.zeros((basis.dimension, 1)), np.zeros((basis.dimension, 1))
        re[place] = 1
        evolution.apply(re, im, threads=threads)
        total += complex(re[place, 0], im[place, 0])
    return evolution.phase * total / samples


def plat_amplitude(strands: int, runs: Sequence[Run], *, dtype: str = "complex128", threads: int = 1) -> complex:
    """The amplitude <0101..10|U|0101..10> of an even number of strands, in the F_{n-1} paths that end in 10.

    Args:
        strands: n.
        runs: in order of application.
        dtype: of the state; complex64 gives about 6 digits.
        threads: for large states.

    >>> round(abs(plat_amplitude(4, (Run(2, 1),))), 6)  # the unknot: 1 / phi
    0.618034
    """
    basis, real = PathBasis(strands, (1, 0)), _real(dtype)
    _at_least_one(threads=threads)
    re, im = np.zeros((basis.dimension, 1), real), np.zeros((basis.dimension, 1), real)
    re[0] = 1  # 0101..10 is the smallest path
    evolution = Evolution(basis, runs, dtype=dtype)
    evolution.apply(re, im, threads=threads)
    return evolution.phase * complex(re[0, 0], im[0, 0])
