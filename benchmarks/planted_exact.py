"""Row C of the design and the corners: planted braids exactly, unminimised, against their known values.

python benchmarks/planted_exact.py [--seeds 20] [--threads 1]

For every corner of {10, 29} strands x {5, 50} layers (plat: one strand less where they are odd), both closures: seconds
end to end (tree search and run, kernels compiled before), largest of the seeds and median, memory really taken at the
peak, and the largest distance from the planted value. Anchor, in the same run: what the paper's own network of the same
braid costs along a tree of cotengra's random greedy with as many seconds as plait took in all: log10 multiply-adds and
log2 of the largest intermediate, beside those of plait's tree.
"""

import argparse
import math
import time
from statistics import median

import cotengrust

from plait.calibrations.timing import peak_bytes
from plait.models import Braid, Closure, JonesValue, face_network, jones_exact
from plait.models.paper_network import projector_network
from plait.models.planted import planted

CORNERS = ((10, 5), (10, 50), (29, 5), (29, 50))
ROW = "{:>7} {:<7} {:>5} {:>9} {:>9} {:>9} {:>9} {:>6} {:>13} {:>13}"


def paper_tree(braid: Braid, seconds: float) -> tuple[float, float]:
    """log10 multiply-adds and log2 largest intermediate of the published network along the best greedy tree."""
    network = projector_network(braid)
    labels = [[chr(192 + index) for index in tensor] for tensor in network.inputs]
    sizes = {label: 2.0 for tensor in labels for label in tensor}
    best, trials, begin = (math.inf, 0.0), 0, time.perf_counter()
    while not trials or time.perf_counter() - begin < seconds:
        path, _ = cotengrust.optimize_random_greedy_track_flops(
            labels, [], sizes, ntrials=1, seed=trials, simplify=True, use_ssa=True
        )
        trials += 1
        best = min(best, cost(network.inputs, path))
    return best


def cost(inputs: tuple[tuple[int, ...], ...], path: list[list[int]]) -> tuple[float, float]:
    """log10 of the sum of 2^legs over steps, and legs of the largest result; an index is on two tensors."""
    legs: list[set[int]] = [set(tensor) for tensor in inputs]
    work, largest = 0, 0
    for group in path:
        now = legs[group[0]]
        for other in group[1:]:
            work += 1 << len(now | legs[other])
            now = now ^ legs[other]
            largest = max(largest, len(now))
        legs.append(now)
    return math.log10(max(1, work)), float(largest)


def main() -> None:
    """Print one row per corner and closure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    for closure in Closure:
        jones_exact(Braid.brickwall(20, 20), closure, "face-tn-fib", threads=asked.threads)
    print(ROW.format("n,L", "closure", "m", "s median", "s most", "MiB most", "error", "", "plait lf/w", "paper lf/w"))
    for strands, layers in CORNERS:
        for closure in Closure:
            width = strands - (strands % 2 if closure is Closure.PLAT else 0)
            seconds, peaks, errors, crossings = [], [], [], []
            for seed in range(asked.seeds):
                known = planted(width, layers, seed=seed)

                def value(braid: Braid = known.braid, closure: Closure = closure) -> JonesValue:
                    return jones_exact(braid, closure, minimise=False, threads=asked.threads)

                begin = time.perf_counter()
                found, peak = peak_bytes(value)
                seconds.append(time.perf_counter() - begin)
                peaks.append((peak or 0) / 2**20)
                errors.append(abs(found.normalised - known.normalised(closure)))
                crossings.append(known.braid.crossings)
            braid = planted(width, layers, seed=0).braid
            costs = face_network(braid, closure).search(1).costs()
            ours = f"{math.log10(max(1, costs.dense_operations)):.2f}/{costs.dense_width}"
            theirs = "-"
            if closure is Closure.MARKOV:
                work, largest = paper_tree(braid, sum(seconds))
                theirs = f"{work:.2f}/{largest:.0f}"
            print(
                ROW.format(
                    f"{width},{layers}",
                    str(closure),
                    f"{median(crossings):.0f}",
                    f"{median(seconds):.3f}",
                    f"{max(seconds):.3f}",
                    f"{max(peaks):.1f}",
                    f"{max(errors):.1e}",
                    "",
                    ours,
                    theirs,
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
