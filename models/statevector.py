"""Exact evolution in the Fibonacci path basis: weighted trace, random vectors, plat amplitude.

Paths are sorted as integers (q_0 most significant), so every prefix q_0..q_{i-1} owns one contiguous block, and a
crossing at position i only rescales and mixes sub-blocks of it: no index tables beyond the prefix offsets. States are
split into real and imaginary planes; the loop over crossings runs inside one compiled call. The global phase A^k of
each run is pulled out, which leaves 011 and 110 untouched.

Imported lazily (numba). One state takes 2 * itemsize bytes per path, the offsets about 21 more.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.models.fibonacci import PHI, A, crossing_matrix, fibonacci
from plait.models.jit import compiled
from plait.models.runs import Run

Plane = NDArray[Any]
Ints = NDArray[np.int64]


class PathBasis:
    """Offsets of the prefix blocks of the path basis on `strands` strands.

    Args:
        strands: n.
        tail: last bits of every path, kept by every braid and so left out of the basis: () for all F_{n+1} paths,
            (1,) for the F_n that end in 1, (1, 0) for the F_{n-1} that end in 0.

    `zeros`/`ones` hold, for every level i, the start of each block whose prefix q_0..q_i ends in 0/1; level i occupies
    `zeros[zero_start[i]:zero_start[i + 1]]`.
    """

    def __init__(self, strands: int, tail: tuple[int, ...] = ()) -> None:
        self.strands = strands
        self.tail = tail
        self.free = strands - len(tail)
        self.dimension = continuations(0, self.free)
        zeros, ones = [np.zeros(1, np.int64)], [np.zeros(0, np.int64)]
        for i in range(1, self.free + 1):
            before, rest = ones[-1], self.free - i
            ones.append(
                np.sort(np.concatenate([zeros[-1], before + continuations(0, rest)]))
            )  # after a 1, 0 comes first
            zeros.append(before)
        self.zeros, self.zero_start = _flat(zeros)
        self.ones, self.one_start = _flat(ones)
        self.last_is_one = np.zeros(self.dimension, bool)
        self.last_is_one[ones[-1]] = True

    def block(self, i: int, bit: int) -> int:
        """Size of the block of paths after q_i = bit."""
        if i <= self.free:
            return continuations(bit, self.free - i)
        return int(self.tail[i - self.free - 1] == bit)


def continuations(bit: int, length: int) -> int:
    """Number of ways to continue a path by `length` bits after `bit`."""
    return fibonacci(length + 2) if bit else fibonacci(length + 1)


def _flat(levels: list[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    start = np.zeros(len(levels) + 1, np.int64)
    start[1:] = np.cumsum([level.size for level in levels])
    return np.concatenate(levels), start


@compiled(fastmath=True)
def _evolve(
    re: Plane,
    im: Plane,
    zeros: Ints,
    zero_start: Ints,
    ones: Ints,
    one_start: Ints,
    position: Ints,
    f0: Ints,
    f1: Ints,
    phase: Plane,
    mix: Plane,
) -> None:
    """Apply runs in place. f0, f1: block sizes after bit 0, 1; phase (r, 2) of 010; mix (r, 3, 2) of 101, 111."""
    for r in range(position.size):
        level = position[r] - 1
        n0, n1 = f0[r], f1[r]
        pr, pi = phase[r, 0], phase[r, 1]
        for t in range(zero_start[level], zero_start[level + 1]):
            start = zeros[t]
            for k in range(start, start + n0):
                x, y = re[k], im[k]
                re[k] = pr * x - pi * y
                im[k] = pr * y + pi * x
        ar, ai = mix[r, 0, 0], mix[r, 0, 1]
        br, bi = mix[r, 1, 0], mix[r, 1, 1]
        cr, ci = mix[r, 2, 0], mix[r, 2, 1]
        for t in range(one_start[level], one_start[level + 1]):
            low = ones[t]
            high = low + n0 + n1
            xr, xi = re[low : low + n1], im[low : low + n1]
            yr, yi = re[high : high + n1], im[high : high + n1]
            for k in range(n1):
                a, b, c, d = xr[k], xi[k], yr[k], yi[k]
                xr[k] = ar * a - ai * b + br * c - bi * d
                xi[k] = ar * b + ai * a + br * d + bi * c
                yr[k] = br * a - bi * b + cr * c - ci * d
                yi[k] = br * b + bi * a + cr * d + ci * c


def evolve(basis: PathBasis, re: Plane, im: Plane, runs: Sequence[Run]) -> complex:
    """Apply `runs` to a batch of states in place; returns the global phase left out.

    Args:
        basis: of the same number of strands.
        re, im: C-contiguous planes of shape (F_{n+1}, batch), float32 or float64.
        runs: in order of application.

    Returns:
        The unit complex number that multiplies every state.
    """
    batch = re.shape[1]
    position = np.array([run.position for run in runs], np.int64)
    f0 = np.array([basis.block(i + 1, 0) * batch for i, _ in runs], np.int64)
    f1 = np.array([basis.block(i + 1, 1) * batch for i, _ in runs], np.int64)
    phase = np.zeros((len(runs), 2), re.dtype)
    mix = np.zeros((len(runs), 3, 2), re.dtype)
    for r, (_, power) in enumerate(runs):
        weight = crossing_matrix(power) / A**power
        phase[r] = _pair(weight[0, 1, 1, 0])
        mix[r] = [_pair(weight[1, a, b, 1]) for a, b in ((0, 0), (0, 1), (1, 1))]
    zeros, ones = (basis.zeros, basis.ones) if batch == 1 else (basis.zeros * batch, basis.ones * batch)
    blocks = zeros, basis.zero_start, ones, basis.one_start
    _evolve(re.reshape(-1), im.reshape(-1), *blocks, position, f0, f1, phase, mix)
    return complex(A ** (sum(power for _, power in runs) % 10))


def _pair(z: complex) -> tuple[float, float]:
    return z.real, z.imag


def exact_trace(strands: int, runs: Sequence[Run], batch: int = 64) -> complex:
    """The weighted trace E = sum_s phi^{s_n} <s|U|s> / phi^n, exactly, column by column.

    The last bit is conserved, so its two sectors are traced apart: time grows as runs * (F_n^2 + F_{n-1}^2), about half
    of F_{n+1}^2; memory as F_n * batch.
    """
    if strands == 1:
        return 1 + 0j
    ones = _plain_trace(PathBasis(strands, (1,)), runs, batch)
    return (PHI * ones + _plain_trace(PathBasis(strands, (1, 0)), runs, batch)) / PHI**strands


def _plain_trace(basis: PathBasis, runs: Sequence[Run], batch: int) -> complex:
    total, size = 0j, basis.dimension
    for start in range(0, size, batch):
        columns = np.arange(start, min(size, start + batch))
        re, im = np.zeros((size, columns.size)), np.zeros((size, columns.size))
        re[columns, columns - start] = 1
        phase = evolve(basis, re, im, runs)
        total += phase * complex(re[columns, columns - start].sum(), im[columns, columns - start].sum())
    return total


def typical_trace(
    strands: int, runs: Sequence[Run], *, vectors: int, seed: int, single: bool = False
) -> NDArray[np.complex128]:
    """Unbiased estimates of the weighted trace from random-phase vectors; shape (vectors,).

    Each has root-mean-square complex error of about 1.05 / sqrt(F_{n+1}) at most (measured, n = 10..16).

    Args:
        strands: n.
        runs: in order of application.
        vectors: number of estimates.
        seed: of numpy's default generator.
        single: evolve in float32 planes.
    """
    basis = PathBasis(strands)
    rng = np.random.default_rng(seed)
    root = np.sqrt(np.where(basis.last_is_one, PHI, 1.0) / PHI**strands)
    dtype = np.float32 if single else np.float64
    estimates = np.empty(vectors, complex)
    for k in range(vectors):
        angle = rng.random(basis.dimension) * (2 * np.pi)
        re: Plane = (root * np.cos(angle)).astype(dtype)[:, None]
        im: Plane = (root * np.sin(angle)).astype(dtype)[:, None]
        old_re, old_im = re.copy(), im.copy()
        phase = evolve(basis, re, im, runs)
        estimates[k] = phase * complex(_dot(old_re, re) + _dot(old_im, im), _dot(old_re, im) - _dot(old_im, re))
    return estimates


def _dot(x: Plane, y: Plane) -> float:
    return float(np.vdot(x, y))


def plat_amplitude(strands: int, runs: Sequence[Run], *, single: bool = False) -> complex:
    """The amplitude <0101..10|U|0101..10> of an even number of strands, in the F_{n-1} paths that end in 10."""
    basis = PathBasis(strands, (1, 0))
    dtype = np.float32 if single else np.float64
    re, im = np.zeros((basis.dimension, 1), dtype), np.zeros((basis.dimension, 1), dtype)
    re[0] = 1  # 0101..10 is the smallest path
    phase = evolve(basis, re, im, runs)
    return phase * complex(re[0, 0], im[0, 0])
