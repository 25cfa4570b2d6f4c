"""The published networks and their search beside plait's face network, on the same braids in one run.

    python benchmarks/paper_settings.py [--cap 12] [--repeats 128] [--seed 0] [--then] [--sizes 10,10 15,15 20,20]

Per braid: paper-tn-proj and paper-bracket, searched by cotengra's hyper-optimiser as published (kahypar and greedy,
optuna, 128 trials, one process) but for a cap on the seconds, and the face network at effort 0 and 1. Every trial is
refined, as that call does since cotengra 0.8; --then switches this off, as in the versions of the publication.
`pip install kahypar optuna` for the published methods; without them cotengra's own partitioner and sampler stand in,
and the table says so. Columns: seconds of building and searching, trials, log10 complex multiply-adds, log2 of the
largest intermediate, how many times fewer multiply-adds than paper-tn-proj, seconds to contract and the distance from
the exact value (where it fits in 1 GiB). Multiply by 2 for the published unit of tn-proj, by 8 for real operations.
"""

import argparse
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from plait.models import Braid, Closure, face_network, jones_exact
from plait.models.paper_network import PaperNetwork, bracket_network, projector_network, published_search_installed

MEMORY = 2**30
MAX_MULTIPLY_ADDS = 1e10
"""Contractions beyond this are not run: a minute."""


class Row(NamedTuple):
    """One method on one braid."""

    name: str
    search_seconds: float
    trials: str
    multiply_adds: float
    width: float
    contract: Callable[[], complex]


def paper(name: str, build: Callable[[Braid], PaperNetwork], braid: Braid, **search: Any) -> Row:
    """Build and search one published network."""
    begin = time.perf_counter()
    plan = build(braid).search(**search)
    seconds = time.perf_counter() - begin
    costs = plan.costs()
    return Row(
        name,
        seconds,
        f"{plan.trials} of {search['repeats']}",
        costs.multiply_adds,
        costs.width,
        lambda: plan.contract(memory=MEMORY),
    )


def ours(effort: int, seed: int, braid: Braid) -> tuple[Row, Row]:
    """Build and search the face network: dense, and over Fibonacci configurations (the same tree)."""
    begin = time.perf_counter()
    plan = face_network(braid, Closure.MARKOV).search(effort=effort, seed=seed)
    seconds = time.perf_counter() - begin
    costs = plan.costs()
    return (
        Row(
            f"face, effort {effort}",
            seconds,
            "",
            costs.dense_operations,
            costs.dense_width,
            lambda: plan.contract(constrained=False, memory=MEMORY),
        ),
        Row(
            f"  Fibonacci, effort {effort}",
            seconds,
            "",
            costs.operations,
            math.log2(costs.largest),
            lambda: plan.contract(constrained=True, memory=MEMORY),
        ),
    )


def shown(row: Row, anchor: float, exact: complex) -> str:
    """One line of the table; the contraction is run here."""
    fits = 48 * 2.0**row.width <= MEMORY and row.multiply_adds <= MAX_MULTIPLY_ADDS
    if fits:
        begin = time.perf_counter()
        value = row.contract()
        run = f"{time.perf_counter() - begin:>9.3f} {abs(value - exact):>9.0e}"
    else:
        run = f"{'too large':>19}"
    ratio = anchor / max(1, row.multiply_adds)
    return (
        f"  {row.name:<22} {row.search_seconds:>9.3f} {row.trials:>11} {math.log10(max(1, row.multiply_adds)):>8.2f} "
        f"{row.width:>6.1f} {ratio:>10.3g} {run}"
    )


def main(sizes: list[tuple[int, int]], seed: int, repeats: int, cap: float, then: bool) -> None:
    """One block per braid."""
    warm = Braid.brickwall(8, 8, seed=1)
    for row in ours(1, 0, warm):  # compiles
        row.contract()
    projector_network(warm).search(repeats=1)
    kind = "as published" if published_search_installed() else "kahypar and optuna absent: labels, greedy and random"
    print(f"search methods of the published networks: {kind}; at most {cap:g} s and {repeats} trials each")
    heads = ("search s", "trials", "log10", "log2", "fewer x", "run s", "error")
    wide = " ".join(f"{head:>{size}}" for head, size in zip(heads, (9, 11, 8, 6, 10, 9, 9), strict=True))
    print(f"  {'':<22} {wide}")
    for strands, layers in sizes:
        braid = Braid.brickwall(strands, layers, seed=seed)
        print(f"brickwall ({strands}, {layers}) seed {seed}: {braid.crossings} crossings, depth {braid.depth}")
        exact = jones_exact(braid, Closure.MARKOV).normalised
        options = {"repeats": repeats, "max_seconds": cap, "seed": seed, "refine": not then}
        rows = [
            paper("paper-tn-proj", projector_network, braid, **options),
            paper("paper-bracket", bracket_network, braid, **options),
            *ours(0, seed, braid),
            *ours(1, seed, braid),
        ]
        for row in rows:
            print(shown(row, rows[0].multiply_adds, exact))


def pair(text: str) -> tuple[int, int]:
    """`strands,layers`."""
    strands, layers = text.split(",")
    return int(strands), int(layers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=pair, nargs="+", default=[(10, 10), (15, 15), (20, 20)])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=128, help="trials of each published search")
    parser.add_argument("--cap", type=float, default=12.0, help="seconds after which no new trial starts")
    parser.add_argument("--then", action="store_true", help="no refinement of the published searches")
    main(**vars(parser.parse_args()))
