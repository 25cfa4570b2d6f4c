"""Tensor trains against the exact alternatives: bond needed, error against bond, seconds against work.

    python benchmarks/truncated_tensor_train.py [SEEDS]

Medians over seeds (2 by default; one to two minutes on one idle core); seconds are of the processor. "exact" is the
largest bond of a run that discards nothing but rounding.

First table: what is left when the bond is limited to a share of that; `fid` is the fidelity, `error` is |value - E|.
Planted braids have |E| of order 0.1..1; random brickwalls have next to none, so for them only the fidelity tells how an
instance with a signal would fare.

Second table: least bond that gives E to within EPS, by |value - E| (planted) or by SIGNAL * (1 - fidelity) <= EPS
(brickwall, |E| = SIGNAL assumed), and the work it takes over that of the exact train; then seconds of the exact train,
of the face network (search of effort 0 and 1, then constrained contraction), and of a state vector where it is small:
one random vector (Markov), the exact amplitude (plat).

Last: errors against the fidelity lost, and a fit of seconds to runs and work.
"""

import math
import sys
import time
from statistics import median
from typing import NamedTuple

import numpy as np

from plait.models import Braid, Closure, face_network
from plait.models.fibonacci import dimension
from plait.models.planted import planted
from plait.models.runs import closed_runs, merge_cyclically
from plait.models.statevector import plat_amplitude, typical_trace
from plait.models.tensor_train import TrainValue, mpo_trace, mps_amplitude

EPS, SIGNAL = 0.1, 0.5
SHARES = (1.25, 1.618, 2.0, 2.618, 4.236)
"""Exact bond over the limit."""
LIMITED = (("planted", 10, 20), ("planted", 16, 16), ("planted", 16, 40), ("planted", 20, 50), ("planted", 24, 24))
LIMITED += (("brickwall", 10, 40), ("brickwall", 16, 50), ("brickwall", 20, 50), ("brickwall", 24, 50))
WIDE = (("planted", 40, 40), ("planted", 60, 60), ("brickwall", 28, 50), ("brickwall", 40, 40), ("brickwall", 50, 50))
WIDE_BOND = 700
"""Limit in the wide rows; where it cuts, the exact bond is larger and the row says so."""
MAX_PATHS = 1_000_000
"""State vectors up to here."""


class Instance(NamedTuple):
    """One closed braid."""

    family: str
    braid: Braid
    closure: Closure
    known: complex | None

    def train(self, max_bond: int | None = None) -> tuple[TrainValue, complex, float]:
        """What the trains give, E by them, and seconds."""
        closed = closed_runs(self.braid, self.closure)
        runs = merge_cyclically(closed.runs) if self.closure is Closure.MARKOV else closed.runs
        method = mpo_trace if self.closure is Closure.MARKOV else mps_amplitude
        start = time.process_time()
        found = method(self.braid.strands, runs, max_bond=max_bond)
        return found, closed.phase * found.value, time.process_time() - start

    def face(self, effort: int) -> tuple[complex, float]:
        """E by the face network, and seconds of search and contraction."""
        start = time.process_time()
        plan = face_network(self.braid, self.closure).search(effort=effort)
        return plan.contract(constrained=True), time.process_time() - start

    def state(self) -> float:
        """Seconds of one random vector (Markov) or of the amplitude (plat); nan if too large."""
        strands = self.braid.strands
        if dimension(strands) > MAX_PATHS:
            return math.nan
        runs = self.braid.runs(self.closure)
        start = time.process_time()
        if self.closure is Closure.MARKOV:
            typical_trace(strands, runs, vectors=1, seed=0)
        else:
            plat_amplitude(strands, runs)
        return time.process_time() - start


def instances(family: str, strands: int, layers: int, closure: Closure, seeds: int) -> list[Instance]:
    """Closed braids of one family and size."""
    if family == "brickwall":
        return [Instance(family, Braid.brickwall(strands, layers, seed=seed), closure, None) for seed in range(seeds)]
    made = [planted(strands, layers, seed) for seed in range(seeds)]
    return [Instance(family, one.braid, closure, one.normalised(closure)) for one in made]


def needed(instance: Instance, full: TrainValue, exact: complex) -> tuple[int, float]:
    """Least bond, on a grid of steps of 10 %, that meets EPS, going down from the exact one; its share of the work."""
    bond, share = full.max_bond, 1.0
    while bond > 1:
        smaller = min(bond - 1, int(bond / 1.1))
        found, value, _ = instance.train(smaller)
        error = abs(value - exact) if instance.known is not None else SIGNAL * (1 - found.fidelity)
        if error > EPS:
            break
        bond, share = smaller, found.work / full.work
    return bond, share


def shown(numbers: list[float]) -> str:
    """The median, in a column."""
    return f"{median(numbers):>9.3g}"


def main(seeds: int) -> None:
    """Run everything, print three tables."""
    warm = Instance("brickwall", Braid.brickwall(8, 8), Closure.MARKOV, None)
    for compile_first in (warm.train, lambda: warm.face(1), warm.state, warm._replace(closure=Closure.PLAT).state):
        compile_first()
    samples: list[tuple[int, int, float]] = []
    ratios: list[float] = []
    seconds_rows: list[str] = []
    print(f"{'family':<10}{'n,L':>6} {'closure':<7}{'|E|':>8}{'exact':>6}", end="")
    print("".join(f"{f'fid /{share:g}':>11}{'error':>8}" for share in SHARES))
    for family, strands, layers in LIMITED + WIDE:
        for closure in sorted(Closure, reverse=True):
            wide = (family, strands, layers) in WIDE
            several = instances(family, strands, layers, closure, seeds)
            table: dict[str, list[float]] = {}

            def put(column: str, number: float, table: dict[str, list[float]] = table) -> None:
                table.setdefault(column, []).append(number)

            for one in several:
                found, value, spent = one.train(WIDE_BOND if wide else None)
                samples.append((found.updates, found.work, spent))
                exact = value if one.known is None else one.known
                put("E", abs(exact))
                put("exact", found.max_bond)
                put("fidelity", found.fidelity)
                put("train", spent)
                put("face 0", one.face(0)[1])
                put("face 1", one.face(1)[1])
                put("state", one.state())
                if not wide:
                    for share in SHARES:
                        limited, estimate, spent = one.train(max(1, int(found.max_bond / share)))
                        samples.append((limited.updates, limited.work, spent))
                        put(f"fid {share}", limited.fidelity)
                        put(f"error {share}", abs(estimate - exact))
                        if limited.fidelity < 1 - 1e-9:
                            ratios.append(abs(estimate - exact) / (1 - limited.fidelity))
                    bond, part = needed(one, found, exact)
                    put("needed", bond)
                    put("share", part)
            name = f"{family:<10}{strands:>3},{layers:<3}{closure:<7}"
            if not wide:
                print(f"{name}{median(table['E']):>8.1e}{median(table['exact']):>6.0f}", end="")
                pairs = ((median(table[f"fid {share}"]), median(table[f"error {share}"])) for share in SHARES)
                print("".join(f"{fid:>11.3f}{error:>8.1e}" for fid, error in pairs), flush=True)
            cut = " (cut)" if min(table["fidelity"]) < 1 - 1e-9 else ""
            columns = ("exact", "needed", "share", "train", "face 0", "face 1", "state")
            seconds_rows.append(name + "".join(shown(table.get(column, [math.nan])) for column in columns) + cut)
    print(f"\n{'family':<10}{'n,L':>6} {'closure':<7}", end="")
    print(
        "".join(f"{column:>9}" for column in ("exact", "needed", "of work", "s train", "s face0", "s face1", "s state"))
    )
    print("\n".join(seconds_rows))
    above = sum(ratio > 1 for ratio in ratios) / len(ratios)
    print(f"\nerror / (1 - fidelity): at most {max(ratios):.2f}, above 1 in {above:.1%} of {len(ratios)} limited runs")
    report_fit(samples)


def report_fit(samples: list[tuple[int, int, float]]) -> None:
    """Seconds = a runs + b work, fitted in relative terms."""
    updates, work, seconds = np.array(samples, float).T
    design = np.stack([updates, work], 1) / seconds[:, None]
    (a, b), *_ = np.linalg.lstsq(design, np.ones(len(seconds)), rcond=None)
    scatter = np.std(np.log10(seconds / (a * updates + b * work)))
    print(f"seconds = {1e6 * a:.0f} us * runs + {1e9 * b:.2f} ns * work, scatter {scatter:.2f} decades, ", end="")
    print(f"{len(seconds)} runs; work = sum of rows * columns * min(rows, columns) over the decompositions")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
