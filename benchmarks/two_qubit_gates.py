"""Two-qubit gates of the echo circuit against the rule of the paper's compiler (row G of the design: ratio 0.62).

    python benchmarks/two_qubit_gates.py [paths per braid]

Both sides compile the same minimised word (Markov, effort 1) for the same paths s; only counts are made.

paper    3 for each run of equal consecutive letters, 2 for each one in s_2..s_n
known    reduced layout with RZZ, the word as it is: what is known of the bits
shared   the same on one word for all paths, searched for once
path     the same on a word searched for each path (the default of cfev_circuit)
cx       as path, with CX: against the paper's rule all the same, each of whose RZZ would take two CX

Counts are means over s, drawn with weight phi^{s_n} and a fixed seed for each braid; the standard error is printed.
"""

import random
import sys
from itertools import groupby
from math import sqrt
from statistics import mean, median, stdev

from plait.models import Braid
from plait.models.paths import sample_path
from plait.models.rewrite import echo_gates, shortened

STRANDS, LAYERS, SEEDS = 15, 20, range(100)
TARGET = 0.62


def paper_rule(word: tuple[int, ...], s: tuple[int, ...]) -> int:
    """Three gates a run of equal letters and two CX for every one in s_2..s_n."""
    return 3 * sum(1 for _ in groupby(word)) + 2 * sum(s[2:])


def ours(braid: Braid, s: tuple[int, ...], kind: str) -> int:
    """Two-qubit gates of the reduced layout, all-to-all, as compiled."""
    gate_set = "cx" if kind == "cx" else "rzz"
    runs = braid.runs("markov")
    if kind != "known":
        path = None if kind == "shared" else s
        runs = shortened(runs, braid.strands, path, "reduced", gate_set, "all", True, 1)
    return echo_gates(runs, s, gate_set)


def main(paths: int) -> None:
    """Print the table and the median ratios."""
    kinds = ("known", "shared", "path", "cx")
    print(
        "seed  letters  minimised  paper   " + "  ".join(f"{kind:>6}" for kind in kinds) + "   s.e.  ratio known  path"
    )
    ratios: dict[str, list[float]] = {kind: [] for kind in kinds}
    for seed in SEEDS:
        raw = Braid.brickwall(STRANDS, LAYERS, seed=seed)
        braid = raw.minimised("markov", 1)
        rng = random.Random(f"paths of brickwall {seed}")
        drawn = [sample_path(STRANDS, rng) for _ in range(paths)]
        paper = mean(paper_rule(braid.word, s) for s in drawn)
        counts = {kind: [ours(braid, s, kind) for s in drawn] for kind in kinds}
        for kind, found in counts.items():
            ratios[kind].append(mean(found) / paper)
        print(
            f"{seed:4} {raw.crossings:8} {braid.crossings:10} {paper:6.1f}   "
            + "  ".join(f"{mean(counts[kind]):6.1f}" for kind in kinds)
            + f" {stdev(counts['path']) / sqrt(paths):6.2f} {ratios['known'][-1]:12.3f} {ratios['path'][-1]:5.3f}"
        )
    for kind, found in ratios.items():
        print(
            f"{kind}: median ratio {median(found):.3f}, from {min(found):.3f} to {max(found):.3f} "
            f"over {len(found)} braids, {paths} paths each (to reach: at most {TARGET})"
        )


if __name__ == "__main__":
    main(max(2, int(sys.argv[1])) if len(sys.argv) > 1 else 20)
