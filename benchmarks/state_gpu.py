"""Evolution of states on a GPU beside what the GPU can do at most: its roofline, measured in the same run.

    python benchmarks/state_gpu.py [--strands 36 40 44] [--layers 40] [--seed 0] [--repeats 5] [--dtype complex64]
        [--largest 48] [--largest-layers 40]

First the values: random vectors and plat amplitudes equal to the CPU's, complex64 to 1e-5 and complex128 to 1e-12.
Then, per width, medians over the repeats: seconds of the evolution of one random brickwall, and of copying half the
state onto the other half. "moved": bytes that the passes read and write, over the time and the copy's bandwidth.
"share": the same for one pass per crossing, which must read and write the 66 % of the amplitudes that a crossing
changes (as row F counts on a core): above 100 %, since a pass applies dozens of crossings. They are applied in shared
memory: "shared" is that traffic over what a loop of reads and writes there reaches. TFLOP/s: 5.1 real FLOP per
amplitude and crossing, beside the ceiling of fused multiply-adds in registers.
Last, one planted braid of the largest width: its value against the known one, in units of the error of one vector.
"""

import argparse
import math
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from plait.models import Braid, Closure
from plait.models.path_basis import PathBasis
from plait.models.planted import planted
from plait.models.state_cost import FLOP_PER_AMPLITUDE
from plait.models.state_gpu import GpuEvolution, gpu_estimates, gpu_exact_trace, gpu_plat_amplitude
from plait.models.statevector import TypicalTrace, exact_trace, plat_amplitude, typical_trace

FMA = r"""
extern "C" __global__ void fma_loop(REAL *out, int count) {
    REAL x[8];
    for (int k = 0; k < 8; ++k) x[k] = threadIdx.x + k;
    const REAL a = (REAL)1.000001, b = (REAL)1e-9;
    for (int i = 0; i < count; ++i)
        for (int k = 0; k < 8; ++k) x[k] = fma(x[k], a, b);
    REAL sum = 0;
    for (int k = 0; k < 8; ++k) sum += x[k];
    out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}
"""
SHARED = r"""
extern "C" __global__ void shared_loop(REAL *out, int count) {
    __shared__ REAL x[4096];
    for (int k = threadIdx.x; k < 4096; k += blockDim.x) x[k] = k;
    __syncthreads();
    for (int i = 0; i < count; ++i) {
        for (int k = threadIdx.x; k < 4096; k += blockDim.x) x[k] += (REAL)1;
        __threadfence_block();
    }
    out[blockIdx.x * blockDim.x + threadIdx.x] = x[threadIdx.x];
}
"""


CHANGED = 0.66
"""Share of the amplitudes that a crossing changes."""


def seconds(action: Callable[[], Any], repeats: int) -> float:
    """Median of the GPU's own clock, after one call that is not counted."""
    import cupy

    found = []
    for _ in range(repeats + 1):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        action()
        end.record()
        end.synchronize()
        found.append(cupy.cuda.get_elapsed_time(begin, end) / 1e3)
    return median(found[1:])


def flop_ceiling(dtype: str, repeats: int) -> float:
    """Real FLOP per second of multiply-adds in registers."""
    import cupy

    real = "float" if dtype == "complex64" else "double"
    kernel = cupy.RawModule(code=FMA, options=(f"-DREAL={real}",)).get_function("fma_loop")
    blocks, threads, count = 132 * 16, 256, 4096
    out = cupy.empty(blocks * threads, "float32" if real == "float" else "float64")
    return 2 * 8 * count * blocks * threads / seconds(lambda: kernel((blocks,), (threads,), (out, count)), repeats)


def shared_ceiling(dtype: str, repeats: int) -> float:
    """Bytes per second read from and written to shared memory."""
    import cupy

    real = "float" if dtype == "complex64" else "double"
    kernel = cupy.RawModule(code=SHARED, options=(f"-DREAL={real}",)).get_function("shared_loop")
    blocks, threads, count = 132 * 16, 256, 512
    out = cupy.empty(blocks * threads, "float32" if real == "float" else "float64")
    took = seconds(lambda: kernel((blocks,), (threads,), (out, count)), repeats)
    return 2 * 4096 * count * blocks * out.itemsize / took


def check() -> None:
    """Same values as the CPU; raises if not."""
    for dtype, most in (("complex64", 1e-5), ("complex128", 1e-12)):
        worst = 0.0
        for n in (2, 3, 7, 12, 18, 19, 20, 21, 22, 24, 26):
            runs = Braid.brickwall(n, 30, seed=n).runs(Closure.MARKOV)
            ours = gpu_estimates(n, runs, vectors=2, seed=n, dtype=dtype)
            theirs = typical_trace(n, runs, vectors=2, seed=n).estimates
            worst = max(worst, float(abs(ours - theirs).max() / max(1e-3, abs(theirs).max())))
        for n in (1, 2, 3, 6, 11, 12, 13, 16):
            runs = Braid.brickwall(n, 20, seed=n).runs(Closure.MARKOV)
            ours_exact, exact = gpu_exact_trace(n, runs, dtype=dtype), exact_trace(n, runs)
            worst = max(worst, abs(ours_exact - exact) / max(1e-3, abs(exact)))
        for n in (2, 4, 8, 18, 20, 22, 26, 28):
            known = planted(n, 30, seed=n).braid if n > 2 else Braid.brickwall(n, 30, seed=n)
            runs = known.runs(Closure.PLAT)
            ours_exact, exact = gpu_plat_amplitude(n, runs, dtype=dtype), plat_amplitude(n, runs)
            worst = max(worst, abs(ours_exact - exact) / max(1e-3, abs(exact)))
        print(f"{dtype}: largest relative difference from the CPU {worst:.1e} (allowed {most:g})")
        if not worst <= most:
            raise SystemExit("values differ")


def main() -> None:
    """Print the checks, the table and the largest run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strands", type=int, nargs="*", default=[36, 40, 44])
    parser.add_argument("--layers", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--dtype", default="complex64")
    parser.add_argument("--largest", type=int, default=48)
    parser.add_argument("--largest-layers", type=int, default=40)
    asked = parser.parse_args()
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(0)
    print(properties["name"].decode(), "driver", cupy.cuda.runtime.driverGetVersion(), "cupy", cupy.__version__)
    check()
    ceiling = flop_ceiling(asked.dtype, asked.repeats)
    shared = shared_ceiling(asked.dtype, asked.repeats)
    print(f"multiply-adds in registers: {ceiling / 1e12:.1f} TFLOP/s; shared memory: {shared / 1e12:.1f} TB/s")
    form = "{:>3} {:>10} {:>5} {:>6} {:>8} {:>9} {:>9} {:>7} {:>7} {:>7} {:>8} {:>8}"
    names = "n amplitudes runs passes s ps/amp/r copy_GB/s GB/s moved% share% shared% TFLOP/s"
    print(form.format(*names.split()))
    for n in asked.strands:
        basis, runs = PathBasis(n), Braid.brickwall(n, asked.layers, seed=asked.seed).runs(Closure.MARKOV)
        evolution = GpuEvolution(basis, runs, dtype=asked.dtype)
        state: Any = cupy.zeros(basis.dimension, asked.dtype)
        state[0] = 1
        took = seconds(partial(evolution.apply, state), asked.repeats)
        half = basis.dimension // 2
        copying = seconds(partial(cupy.copyto, state[:half], state[half : 2 * half]), asked.repeats)
        copied = 2 * half * state.itemsize / copying
        updates = len(runs) * basis.dimension
        moved = evolution.traffic()
        changed = 2 * CHANGED * state.itemsize * updates
        row = (
            *(n, f"{basis.dimension:.2e}", len(runs), evolution.passes, f"{took:.4f}", f"{took / updates * 1e12:.2f}"),
            *(f"{copied / 1e9:.0f}", f"{moved / took / 1e9:.0f}", f"{100 * moved / took / copied:.0f}"),
            *(f"{100 * changed / took / copied:.0f}", f"{100 * changed / took / shared:.0f}"),
            f"{FLOP_PER_AMPLITUDE * updates / took / 1e12:.1f}",
        )
        print(form.format(*row))
        state = None  # frees it before the next is made
    if asked.largest:
        n = asked.largest
        known = planted(n, asked.largest_layers, seed=asked.seed)
        runs = known.braid.runs(Closure.MARKOV)
        begin = time.perf_counter()
        found = TypicalTrace(strands=n, estimates=gpu_estimates(n, runs, vectors=1, seed=1, dtype=asked.dtype))
        took = time.perf_counter() - begin
        error = abs(found.value - known.normalised(Closure.MARKOV))
        print(
            f"planted, {n} strands, {known.braid.crossings} crossings, {len(runs)} runs, depth {known.braid.depth}: "
            f"{took:.1f} s end to end; error {error:.2e}, of one vector {found.standard_error:.2e} "
            f"({error / found.standard_error:.2f}); |E| = {abs(known.normalised(Closure.MARKOV)):.3f}"
        )
        if not error <= 3 * found.standard_error or not math.isfinite(error):
            raise SystemExit("value differs")


if __name__ == "__main__":
    main()
