"""Row A of the design: path search at effort 0 on random brickwalls, against cotengra's own greedy in the same run.

python benchmarks/search_effort0.py [SEEDS]

Prints medians over seeds: seconds (network and search), log10 dense multiply-adds, log10 constrained multiply-adds. The
anchor searches the same network with cotengra's pure-Python random greedy, for the same seconds.
"""

import math
import statistics
import sys
import time
import warnings
from typing import Any

from plait.models import Braid, Closure, face_network
from plait.models.constrained_count import constrained_costs

SIZES = ((20, 20), (29, 50))


def main(seeds: int) -> None:
    """Print one row per size and method."""
    warnings.simplefilter("ignore")
    print(f"{'braid':>8} {'method':<24} {'s, median':>10} {'s, max':>8} {'dense':>7} {'constrained':>12}")
    for strands, layers in SIZES:
        rows: dict[str, list[tuple[float, float, float]]] = {"plait effort 0": [], "cotengra greedy": []}
        for seed in range(seeds):
            braid = Braid.brickwall(strands, layers, seed=seed)
            begin = time.perf_counter()
            network = face_network(braid, Closure.MARKOV)
            plan = network.search(effort=0)
            seconds = time.perf_counter() - begin
            costs = plan.costs()
            rows["plait effort 0"].append((seconds, math.log10(costs.dense_operations), math.log10(costs.operations)))
            rows["cotengra greedy"].append(anchor(network, seconds))
        for name, found in rows.items():
            columns = list(zip(*found, strict=True))
            medians = [statistics.median(column) for column in columns]
            print(
                f"{strands:>4},{layers:<3} {name:<24} {medians[0]:>10.3f} {max(columns[0]):>8.3f} "
                f"{medians[1]:>7.2f} {medians[2]:>12.2f}"
            )


def anchor(network: Any, seconds: float) -> tuple[float, float, float]:
    """cotengra's random greedy for as long as plait took."""
    import cotengra

    inputs = [tuple(chr(192 + i) for i in t) for t in network.inputs]
    sizes = {chr(192 + i): 2 for i in network.sizes}
    begin = time.perf_counter()
    optimizer = cotengra.HyperOptimizer(
        methods=["greedy"], optlib="random", parallel=False, max_repeats=10**6, max_time=seconds, progbar=False
    )
    tree = optimizer.search(inputs, (), sizes)
    took = time.perf_counter() - begin
    path = [(int(a), int(b)) for a, b in tree.get_ssa_path()]
    costs = constrained_costs(network.inputs, network.constraints, path)
    return took, math.log10(costs.dense_operations), math.log10(costs.operations)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
