"""Row B of the design: annealed trees of random brickwalls at effort 1 and 2, against another annealer in the same run.

python benchmarks/search_annealed.py [--seeds 5] [--threads 2] [--size 29,50 ...] [--prototype FOLDER]

Prints, for every size and method, medians over the seeds: seconds of the search, log10 dense and constrained
multiply-adds of the tree, and its constrained operations over the anchor's on the same network. The anchor is the
second prototype, whose folder holds annealer.py and what it imports (one thread, 3e7 moves, as its own runs were); or
cotengra's simulated annealing from the same greedy tree. Every method has compiled before it is timed.
"""

import argparse
import importlib
import math
import statistics
import sys
import time
import warnings
from typing import Any

from plait.models import Braid, Closure, FaceNetwork, face_network
from plait.models.constrained_count import constrained_costs
from plait.models.search import GREEDY_TRIALS, Path, search

SIZES = ("29,50", "85,100")
ROW = "{:>9} {:<18} {:>8} {:>7} {:>12} {:>12}"
PROTOTYPE_MOVES, PROTOTYPE_CAP = 30_000_000, 28.0


def main() -> None:
    """Print one row per size and method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", action="append", help="strands,layers")
    parser.add_argument("--prototype", help="folder of the second prototype's annealer.py")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    anchor = "second prototype" if asked.prototype else "cotengra annealing"
    if asked.prototype:
        sys.path.insert(0, asked.prototype)
    methods = {
        anchor: prototype if asked.prototype else cotengra_annealing,
        "plait effort 1": lambda network, seed: search(network, effort=1, seed=seed, threads=asked.threads).path,
        "plait effort 2": lambda network, seed: search(network, effort=2, seed=seed, threads=asked.threads).path,
    }
    small = face_network(Braid.brickwall(6, 6), Closure.MARKOV)
    methods[anchor](small, 0)
    search(small, effort=1, repeats=1)
    print(ROW.format("braid", "method", "seconds", "dense", "constrained", "over anchor"))
    for size in asked.size or SIZES:
        strands, layers = map(int, size.split(","))
        found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in methods}
        for seed in range(asked.seeds):
            network = face_network(Braid.brickwall(strands, layers, seed=seed), Closure.MARKOV)
            for name, method in methods.items():
                begin = time.perf_counter()
                path = method(network, seed)
                seconds = time.perf_counter() - begin
                costs = constrained_costs(network.inputs, network.constraints, path)
                found[name].append((seconds, math.log10(costs.dense_operations), math.log10(costs.operations)))
        for name, rows in found.items():
            seconds, dense, constrained = (statistics.median(column) for column in zip(*rows, strict=True))
            ratios = [10 ** (own[2] - other[2]) for own, other in zip(rows, found[anchor], strict=True)]
            figures = (f"{seconds:.2f}", f"{dense:.2f}", f"{constrained:.3f}", f"{statistics.median(ratios):.3f}")
            print(ROW.format(size, name, *figures), flush=True)


def greedy(network: FaceNetwork, seed: int) -> Path:
    """The tree both anchors start from: Rust random greedy."""
    from plait.models.search import _greedy

    return _greedy(network, seed, GREEDY_TRIALS)


def prototype(network: FaceNetwork, seed: int) -> Path:
    """The second prototype's annealer, with the settings of its own runs."""
    annealer: Any = importlib.import_module("annealer")
    net = annealer.Net(network.inputs, network.constraints)
    number = net.id  # it sorts the names of the indices, so the places of the tensors stay
    assert all(tuple(number[i] for i in t) == own for t, own in zip(network.inputs, net.inputs, strict=True))
    path, _ = net.run(greedy(network, seed), PROTOTYPE_MOVES, 0.4, 0.05, seed=seed + 1, cap=PROTOTYPE_CAP)
    return tuple((int(a), int(b)) for a, b in path)


def cotengra_annealing(network: FaceNetwork, seed: int) -> Path:
    """cotengra's simulated annealing of the greedy tree."""
    import cotengra

    tree = cotengra.ContractionTree.from_path(
        [tuple(chr(192 + i) for i in t) for t in network.inputs],
        (),
        {chr(192 + i): 2 for i in network.sizes},
        ssa_path=greedy(network, seed),
    )
    tree.simulated_anneal_(minimize="flops", tsteps=50, numiter=8, seed=seed)
    return tuple((int(a), int(b)) for a, b in tree.get_ssa_path())


if __name__ == "__main__":
    main()
