"""Two-qubit gates of the echo circuit against the rule of the paper's compiler (row G of the design: ratio 0.62).

    python benchmarks/two_qubit_gates.py [paths per braid]

Both sides compile the same word for the same paths s; only counts are made, no circuit is built.

paper    3 for each run of equal consecutive letters, 2 for each one in s_2..s_n
merged   the same rule on runs merged through commuting letters (what merging alone gives)
plain    reduced layout with RZZ: what is known of the bits on the way in
zeros    also blocks skipped because the path ends in a zero beside them (output_zeros)

Counts are means over s, drawn with weight phi^{s_n} and a fixed seed for each braid; the standard error is printed.
"""

import random
import sys
from itertools import groupby
from math import sqrt
from statistics import mean, median, stdev

from plait.models import Braid
from plait.models.echo_plan import block_costs, plan_echo
from plait.models.paths import sample_path

STRANDS, LAYERS, SEEDS = 15, 20, range(100)
TARGET = 0.62


def paper_rule(runs: int, s: tuple[int, ...]) -> int:
    """Three gates a run and two CX for every one in s_2..s_n."""
    return 3 * runs + 2 * sum(s[2:])


def ours(braid: Braid, s: tuple[int, ...], output_zeros: bool) -> int:
    """Two-qubit gates of the reduced layout with RZZ, all-to-all, as compiled."""
    runs = braid.runs("markov")
    plan = plan_echo(runs, s, "reduced", "rzz", "all", output_zeros)
    fan = len(plan.fan_in) + len(plan.fan_out) - plan.absorbed
    return block_costs(runs, s, "reduced", output_zeros).two_qubit_gates("rzz") + fan


def main(paths: int) -> None:
    """Print the table and the median ratios."""
    print(
        "seed  letters  runs: paper merged  two-qubit gates: paper  merged  plain  zeros   s.e.  ratios: plain  zeros"
    )
    ratios: dict[bool, list[float]] = {False: [], True: []}
    for seed in SEEDS:
        braid = Braid.brickwall(STRANDS, LAYERS, seed=seed)
        equal = sum(1 for _ in groupby(braid.word))
        merged = len(braid.runs("markov"))
        rng = random.Random(f"paths of brickwall {seed}")
        drawn = [sample_path(STRANDS, rng) for _ in range(paths)]
        paper = mean(paper_rule(equal, s) for s in drawn)
        counts = {zeros: [ours(braid, s, zeros) for s in drawn] for zeros in (False, True)}
        error = stdev(counts[True]) / sqrt(paths)
        for zeros, found in counts.items():
            ratios[zeros].append(mean(found) / paper)
        print(
            f"{seed:4} {braid.crossings:8} {equal:12} {merged:6} {paper:23.1f} "
            f"{mean(paper_rule(merged, s) for s in drawn):7.1f} {mean(counts[False]):6.1f} {mean(counts[True]):6.1f} "
            f"{error:6.2f} {ratios[False][-1]:14.3f} {ratios[True][-1]:6.3f}"
        )
    for name, zeros in (("plain", False), ("zeros", True)):
        found = ratios[zeros]
        print(
            f"{name}: median ratio {median(found):.3f}, from {min(found):.3f} to {max(found):.3f} "
            f"over {len(found)} braids, {paths} paths each (to reach: at most {TARGET})"
        )


if __name__ == "__main__":
    main(max(2, int(sys.argv[1])) if len(sys.argv) > 1 else 100)
