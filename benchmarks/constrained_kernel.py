"""Time per operation of the constrained contraction, beside what one core can do at all (row D of the design).

    python benchmarks/constrained_kernel.py [--strands 60] [--layers 80] [--seed 0] [--effort 1] [--repeats 5]

The face network of one random brickwall is contracted over valid configurations, planning included, on one and on two
threads in turn; medians over the repeats. The anchor is the plainest loop with the same arithmetic, sum += x * y over
complex vectors kept as real and imaginary parts, on vectors that fit the first two caches and on vectors that do not.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import numba
import numpy as np

from plait.models import Braid, Closure
from plait.models.constrained import contract_constrained
from plait.models.constrained_count import constrained_bytes
from plait.models.face import face_network

ANCHORS = {"first-level cache": 1 << 10, "second-level cache": 1 << 14, "memory": 1 << 23}
"""Complex entries of each of the two vectors: 16 bytes each."""
ANCHOR_OPERATIONS = 1 << 26


@numba.njit(fastmath={"contract"})
def add_multiples(sums: np.ndarray, y: np.ndarray, times: int) -> None:
    """Add multiples of y to sums; both of shape (2, n)."""
    re, im, y_re, y_im = sums[0], sums[1], y[0], y[1]
    for k in range(times):
        x_re, x_im = 1 / (k + 2), 1 / (k + 3)
        for q in range(len(re)):
            re[q] += y_re[q] * x_re - y_im[q] * x_im
            im[q] += y_re[q] * x_im + y_im[q] * x_re


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def anchor(entries: int, repeats: int) -> float:
    """Median seconds of one complex multiply-add on vectors of so many entries."""
    sums, y = np.zeros((2, entries)), np.ones((2, entries))
    times = ANCHOR_OPERATIONS // entries
    add_multiples(sums, y, 1)
    return median(seconds(lambda: add_multiples(sums, y, times)) for _ in range(repeats)) / (times * entries)


def main(strands: int, layers: int, seed: int, effort: int, repeats: int) -> None:
    """Search, contract, compare, print."""
    small = face_network(Braid.brickwall(20, 20, seed=0), Closure.MARKOV)
    small.search().contract(constrained=True)  # compiles
    braid = Braid.brickwall(strands, layers, seed=seed)
    network = face_network(braid, Closure.MARKOV)
    plan = network.search(effort=effort, seed=seed)
    costs = plan.costs()
    print(f"brickwall ({strands}, {layers}) seed {seed}: {braid.crossings} crossings, {len(network.inputs)} tensors")
    print(f"operations {costs.operations:.4e}, memory {constrained_bytes(costs) / 2**30:.2f} GiB")
    times: dict[int, list[float]] = {1: [], 2: []}
    values = set()
    for _ in range(repeats):
        for threads, found in times.items():
            start = time.perf_counter()
            values.add(
                contract_constrained(
                    network.inputs, network.arrays, network.constraints, plan.path, network.order_key, threads=threads
                )
            )
            found.append(time.perf_counter() - start)
    (value,) = values  # the same bits every time
    print(f"value {value}")
    for threads, found in times.items():
        print(
            f"{threads} thread{'s' * (threads > 1)}: median {median(found):.3f} s, least {min(found):.3f} s, "
            f"{1e9 * median(found) / costs.operations:.3f} ns per operation"
        )
    for name, entries in ANCHORS.items():
        print(f"anchor, {name}: {1e9 * anchor(entries, repeats):.3f} ns per complex multiply-add")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strands", type=int, default=60)
    parser.add_argument("--layers", type=int, default=80)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--effort", type=int, default=1, choices=(0, 1, 2), help="of the path search")
    parser.add_argument("--repeats", type=int, default=5)
    main(**vars(parser.parse_args()))
