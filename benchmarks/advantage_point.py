"""Row E of the design: the published advantage point and beyond, exactly, beside the second prototype.

python benchmarks/advantage_point.py [--threads 2] [--effort 1] [--seeds 1] [--beyond] [--prototypes FOLDER]

Random brickwalls of 85 strands and 100 layers (about 2,780 crossings) and planted braids of 85 strands and 80 layers,
unminimised: seconds of tree search and run, log10 constrained operations, bytes at the peak, and the check: the planted
value, or a second tree. --beyond adds the planted braid of 100 strands and 95 layers. --prototypes evaluates the same
braids by the second prototype that the folder holds (exact_run.py and what it imports), in the same process. Kernels
are compiled before anything is timed.
"""

import argparse
import importlib
import math
import sys
import time
from typing import Any

from plait.models import Braid, Closure, face_network
from plait.models.planted import planted

ROW = "{:<22} {:>6} {:<22} {:>9} {:>8} {:>8} {:>7} {:>9}"


def main() -> None:
    """Print one row per braid and implementation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--effort", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--beyond", action="store_true")
    parser.add_argument("--prototypes")
    asked = parser.parse_args()
    whole: Any = None
    if asked.prototypes:
        sys.path.insert(0, asked.prototypes)
        whole = importlib.import_module("exact_run")
        whole.value(10, [(letter % 9, 1) for letter in range(40)], moves=1e4)  # compile
    braids = []
    for seed in range(asked.seeds):
        braids.append((f"brickwall (85,100) s{seed}", Braid.brickwall(85, 100, seed=seed), None))
        known = planted(85, 80, seed=seed)
        braids.append((f"planted (85,80) s{seed}", known.braid, known.normalised(Closure.MARKOV)))
    if asked.beyond:
        known = planted(100, 95, seed=0)
        braids.append(("planted (100,95) s0", known.braid, known.normalised(Closure.MARKOV)))
    warm = face_network(Braid.brickwall(20, 20), Closure.MARKOV)
    warm.search(1, threads=asked.threads).contract(constrained=True, threads=asked.threads)
    print(ROW.format("braid", "m", "implementation", "search s", "run s", "lg ops", "GiB", "error"))
    for name, braid, value in braids:
        network = face_network(braid, Closure.MARKOV)
        begin = time.perf_counter()
        plan = network.search(asked.effort, threads=asked.threads)
        searched = time.perf_counter()
        found = plan.contract(constrained=True, memory=20 * 2**30, threads=asked.threads)
        ran = time.perf_counter()
        if value is None:
            second = network.search(asked.effort, seed=1000, threads=asked.threads)
            value = second.contract(constrained=True, memory=20 * 2**30, threads=asked.threads)
        size = f"{plan.peak_bytes() / 2**30:.2f}"
        operations = f"{math.log10(plan.costs().operations):.2f}"
        error = f"{abs(found - value) / abs(value):.1e}"
        times = f"{searched - begin:.1f}", f"{ran - searched:.1f}"
        print(ROW.format(name, braid.crossings, "plait", *times, operations, size, error), flush=True)
        if whole is not None:
            prototype(whole, braid, name, value, asked.threads)


def prototype(whole: Any, braid: Braid, name: str, value: complex, threads: int) -> None:
    """The second prototype end to end: its own network, tree and kernel."""
    word = [(abs(letter) - 1, 1 if letter > 0 else -1) for letter in braid.word]
    found, told = whole.value(braid.strands, word, threads=threads)
    error = f"{abs(complex(found) - value) / abs(value):.1e}"
    columns = "second prototype", f"{told['search_s']:.1f}", f"{told['run_s']:.1f}", f"{told['ff']:.2f}", "-", error
    print(ROW.format(name, braid.crossings, *columns), flush=True)


if __name__ == "__main__":
    main()
