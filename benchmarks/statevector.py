"""Evolution of single-precision states beside a plain kernel and beside copying (row F of the design).

    python benchmarks/statevector.py [--strands 26 28 30 32 34] [--layers 20] [--seed 0] [--repeats 5] [--threads 1]
        [--memory 4e9]

One random brickwall per width, crossing by crossing (nothing merged), complex64. In turn, medians over the repeats:

- ours: `plait.models.statevector.Evolution`, with the time to prepare it;
- planes: one pass over the state per crossing, real and imaginary planes, one compiled call per crossing;
- complex: the same with interleaved complex numbers;
- copy: numpy copies the same planes to others; bytes count as read and as written. Before the table, once, 512 MiB.

Times are per amplitude of the state and per crossing. "Share of copy" is what one pass per crossing must move (each
amplitude that a crossing changes, about 66 %, is read and written: 16 bytes) over the time and over the bandwidth of
the faster of the two copies. It can exceed 100 %: ours handles several crossings per pass ("per pass"), so it moves
fewer bytes than that. Pin to one core (taskset -c 1) for one-core figures.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import numba
import numpy as np

from plait.models import Braid
from plait.models.fibonacci import A, crossing_matrix
from plait.models.path_basis import PathBasis
from plait.models.runs import Run
from plait.models.statevector import Evolution

STATES = 6
"""States in memory at once: the start, ours, planes, interleaved, the copy, one to spare."""


@numba.njit(fastmath=True)
def cross_planes(re, im, zeros, ones, n0, n1, phase, first, mix, second):  # type: ignore[no-untyped-def]
    """One crossing on planes: phase on 010, the matrix (first, mix; mix, second) on 101 and 111; as (re, im) pairs."""
    p, q = phase
    for start in zeros:
        for k in range(start, start + n0):
            x, y = re[k], im[k]
            re[k] = p * x - q * y
            im[k] = p * y + q * x
    ar, ai = first
    br, bi = mix
    cr, ci = second
    for low in ones:
        high = low + n0 + n1
        for k in range(n1):
            a, b, c, d = re[low + k], im[low + k], re[high + k], im[high + k]
            re[low + k] = ar * a - ai * b + br * c - bi * d
            im[low + k] = ar * b + ai * a + br * d + bi * c
            re[high + k] = br * a - bi * b + cr * c - ci * d
            im[high + k] = br * b + bi * a + cr * d + ci * c


@numba.njit(fastmath=True)
def cross_complex(state, zeros, ones, n0, n1, phase, first, mix, second):  # type: ignore[no-untyped-def]
    """The same on interleaved complex numbers."""
    for start in zeros:
        for k in range(start, start + n0):
            state[k] *= phase
    for low in ones:
        high = low + n0 + n1
        for k in range(n1):
            x, y = state[low + k], state[high + k]
            state[low + k] = first * x + mix * y
            state[high + k] = mix * x + second * y


class Plain:
    """One pass per crossing."""

    def __init__(self, basis: PathBasis, runs: list[Run]) -> None:
        self.calls = []
        for i, power in runs:
            n0, n1 = basis.ways[basis.strands - i - 1].tolist()
            weight = crossing_matrix(power) / A**power
            entries = weight[0, 1, 1, 0], weight[1, 0, 0, 1], weight[1, 0, 1, 1], weight[1, 1, 1, 1]
            blocks = basis.starts(i - 1, 0), basis.starts(i - 1, 1), n0, n1
            self.calls.append((blocks, [np.complex64(entry) for entry in entries]))

    def planes(self, re: np.ndarray, im: np.ndarray) -> None:
        """In place."""
        for blocks, entries in self.calls:
            cross_planes(re, im, *blocks, *((entry.real, entry.imag) for entry in entries))

    def complex(self, state: np.ndarray) -> None:
        """In place."""
        for blocks, entries in self.calls:
            cross_complex(state, *blocks, *entries)

    def changed(self) -> int:
        """Amplitudes changed, over all crossings."""
        return sum(zeros.size * n0 + 2 * ones.size * n1 for (zeros, ones, n0, n1), _ in self.calls)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def large_copy() -> float:
    """Bytes per second, read and written, of copying 512 MiB."""
    source = np.ones(1 << 27, np.float32)
    target = np.zeros_like(source)
    return 2 * source.nbytes / median(seconds(lambda: np.copyto(target, source)) for _ in range(5))


def compare(strands: int, layers: int, seed: int, repeats: int, threads: int, large: float) -> None:
    """One row of the table."""
    word = Braid.brickwall(strands, layers, seed=seed).word
    runs = [Run(abs(x), 1 if x > 0 else 9) for x in word]
    basis = PathBasis(strands)
    size, plain = basis.dimension, Plain(basis, runs)
    rng = np.random.default_rng(seed)
    start = rng.standard_normal((2, size), np.float32)
    ours, planes = start.copy(), start.copy()
    interleaved = (start[0] + 1j * start[1]).astype(np.complex64)
    other = np.empty_like(start)

    def evolve() -> Evolution:
        evolution = Evolution(basis, runs, dtype="complex64")
        evolution.apply(ours[0], ours[1], threads=threads)
        return evolution

    evolution = evolve()
    plain.planes(*planes)
    plain.complex(interleaved)
    scale = float(np.abs(start).max())
    different = max(np.abs(ours - planes).max(), np.abs(ours[0] + 1j * ours[1] - interleaved).max()) / scale
    times: dict[str, list[float]] = {"ours": [], "planes": [], "complex": [], "copy": []}
    for _ in range(repeats):
        times["ours"].append(seconds(evolve))
        times["planes"].append(seconds(lambda: plain.planes(*planes)))
        times["complex"].append(seconds(lambda: plain.complex(interleaved)))
        times["copy"] += [seconds(lambda: np.copyto(other, start)) for _ in range(3)]
    found = {name: median(values) for name, values in times.items()}
    bandwidth = 16 * size / found["copy"]
    share = {name: 16 * plain.changed() / found[name] / max(bandwidth, large) for name in ("ours", "planes")}
    each = {name: 1e9 * found[name] / (size * len(runs)) for name in ("ours", "planes", "complex")}
    print(
        f"{strands:>3} {size:>9} {len(runs):>5} {each['ours']:>7.3f} {each['planes']:>7.3f} {each['complex']:>7.3f} "
        f"{each['planes'] / each['ours']:>7.2f} {each['complex'] / each['ours']:>7.2f} {bandwidth / 1e9:>8.1f} "
        f"{share['planes']:>7.0%} {share['ours']:>7.0%} {len(runs) / evolution.passes:>8.1f} {different:>9.1e}",
        flush=True,
    )


def main(strands: list[int], layers: int, seed: int, repeats: int, threads: int, memory: float) -> None:
    """Print the table."""
    large = large_copy()
    print(f"copy of 512 MiB: {large / 1e9:.1f} GB/s, read and written; threads for ours: {threads}")
    print("ns per amplitude and crossing; speed against both; GB/s of the copy; share of copy; crossings a pass")
    print("  n amplitudes cross.    ours  planes complex /planes /complex  GB/s  planes    ours per pass different")
    for n in strands:
        need = STATES * 8 * PathBasis(n).dimension
        if need > memory:
            print(f"{n:>3} left out: {need:.2g} bytes; raise --memory")
            continue
        compare(n, layers, seed, repeats, threads, large)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strands", type=int, nargs="+", default=[26, 28, 30, 32, 34])
    parser.add_argument("--layers", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--memory", type=float, default=4e9, help="bytes")
    main(**vars(parser.parse_args()))
