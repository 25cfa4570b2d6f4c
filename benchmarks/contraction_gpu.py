"""Contractions on a GPU beside the same ones on its host's processor.

    python benchmarks/contraction_gpu.py [--braids markov:29:50 markov:85:80 plat:84:140 markov:85:100 ...] [--effort 1]
        [--threads 1 8] [--dtype complex128] [--dense-up-to 9] [--limit 300]

Random brickwalls, seed 0; one tree each. Per braid: log10 of the constrained and dense operations; seconds of the
constrained contraction on the processor, for every number of threads, and on the GPU; of the dense one on the GPU
through cotengra, if its log10 operations allow; and the relative difference of all values from the processor's. The GPU
runs twice, and the second counts: the first loads the vendor's libraries. Processor runs predicted to take longer than
the limit are left out (-): the GPU's value then stands for itself, by a second tree.
"""

import argparse
import math
import time
from collections.abc import Callable

from plait.models import Braid, Closure, face_network
from plait.models.rates import Rates, contraction_seconds

ROW = "{:<14} {:>6} {:>6} {:>7} {:>7} {:>8} {}"


def timed(action: Callable[[], complex]) -> tuple[complex, float]:
    """Value and seconds."""
    begin = time.perf_counter()
    value = action()
    return value, time.perf_counter() - begin


def main() -> None:
    """Print one row per braid."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--braids", nargs="*", default=["markov:29:50", "plat:84:100", "markov:85:80", "markov:85:100"])
    parser.add_argument("--effort", type=int, default=1)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 8])
    parser.add_argument("--dtype", default="complex128")
    parser.add_argument("--dense-up-to", type=float, default=11.5)
    parser.add_argument("--limit", type=float, default=120)
    asked = parser.parse_args()
    threads = "".join(f"{f'cpu {k}':>9}" for k in asked.threads)
    print(
        ROW.format("braid", "m", "GiB", "lg ops", "passes", "gpu s", threads + f"{'dense gpu':>10}{'difference':>12}")
    )
    for name in asked.braids:
        closure, strands, layers = name.split(":")
        braid = Braid.brickwall(int(strands), int(layers), seed=0)
        network = face_network(braid, Closure.parse(closure))
        plan = network.search(asked.effort, threads=8)
        gpu = [timed(lambda: plan.contract(constrained=True, device="gpu", dtype=asked.dtype)) for _ in "12"]  # noqa: B023
        values, shown = [gpu[1][0]], ""
        for count in asked.threads:
            if contraction_seconds(plan, True, Rates(), count) > asked.limit:
                shown += f"{'-':>9}"
                continue
            value, took = timed(
                lambda: plan.contract(constrained=True, threads=count, dtype=asked.dtype, memory=2.0**37)  # noqa: B023
            )
            values.append(value)
            shown += f"{took:>9.2f}"
        if len(values) == 1:
            other = network.search(asked.effort, seed=1000, threads=8)
            values.append(other.contract(constrained=True, device="gpu", dtype=asked.dtype))
        if math.log10(plan.costs().dense_operations) <= asked.dense_up_to:
            value, took = timed(lambda: plan.contract(constrained=False, device="gpu", dtype=asked.dtype))  # noqa: B023
            values.append(value)
            shown += f"{took:>10.2f}"
        else:
            shown += f"{'-':>10}"
        worst = max(abs(value - values[0]) for value in values) / abs(values[0])
        costs = plan.costs()
        print(
            ROW.format(
                name,
                braid.crossings,
                f"{plan.peak_bytes(asked.dtype) / 2**30:.2f}",
                f"{math.log10(costs.operations):.2f}",
                costs.passes,
                f"{gpu[1][1]:.2f}",
                shown + f"{worst:>12.1e}",
            ),
            flush=True,
        )
        if not worst < (1e-9 if asked.dtype == "complex128" else 1e-3):
            raise SystemExit("values differ")


if __name__ == "__main__":
    main()
