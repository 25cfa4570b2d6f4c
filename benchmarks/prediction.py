"""Row J: forms fitted to at most 40 layers predict braids of 41 to 80 layers, of the same strands.

    python benchmarks/prediction.py [RUNS]

RUNS is a run file (default: the shipped one). Held out with it are 714 braids that the shipped runs lack, all of more
than 40 layers (prediction_runs.jsonl.gz, made by the same `measure`): 374 random brickwalls of 6 to 24 strands, 294 of
them with tensor trains, and 340 planted braids of 8 to 60 strands. No seconds of theirs are used. Both
sides see the same runs: the forms of plait, chosen and with intervals from the smaller runs alone, and the published
form fitted anew to each closure. The published form is given the true crossings and depth of every braid, plait's only
its strands and layers. Scatter: standard deviation among braids of the same size about their mean, which no form of the
size can beat. Both closures together; 90 % intervals, and the 95 % range of what their coverage may be.
"""

import sys
from pathlib import Path

from scipy.stats import binomtest

from plait.calibrations.backtest import layered
from plait.calibrations.validate import COSTS, Row, features_tested, load_runs, pooled

MORE = Path(__file__).parent / "prediction_runs.jsonl.gz"
FITTED, PREDICTED = 40, 80
"""Most layers."""
BOUND, TIMES_SCATTER = 0.4, 1.25
"""To reach: rms below the larger of BOUND decades and so many times the scatter of replicates."""
COVERAGE = (0.85, 0.95)
"""To reach: the 95 % range of the coverage meets this."""
LEAST_BRAIDS = 200


def verdict(row: Row) -> str:
    """Which parts of the threshold hold."""
    bound = max(BOUND, TIMES_SCATTER * (row.scatter or 0.0))
    low, high = interval(row)
    parts = [
        f"rms {'ok' if row.rmse <= bound else 'MISSED'} ({bound:.2f})",
        f"coverage {'ok' if low <= COVERAGE[1] and high >= COVERAGE[0] else 'MISSED'}",
    ]
    if row.n < LEAST_BRAIDS:
        parts.append(f"{row.n} braids, not {LEAST_BRAIDS}")
    return ", ".join(parts)


def interval(row: Row) -> tuple[float, float]:
    """95 % range of the coverage."""
    found = binomtest(round(row.coverage * row.n), row.n).proportion_ci(0.95)
    return float(found.low), float(found.high)


def main(path: Path | None) -> None:
    """Print one line for each cost and family."""
    (records, remarks), (more, _) = load_runs(path), load_runs(MORE)
    print("\n".join(remarks))
    records += more
    rows = pooled(features_tested(records, lambda table: layered(table, FITTED, PREDICTED)))
    for family in ("brickwall", "planted"):
        print(f"\n{family}: fitted to at most {FITTED} layers, predicted {FITTED + 1}..{PREDICTED}")
        print(
            f"{'':>5} {'form':>15} {'n':>4} {'bias':>6} {'rms':>5} {'scatter':>7} {'cover':>6} {'95 % of it':>10}"
            f" {'paper':>6} {'cover':>6} {'ratio':>6}"
        )
        for quantity in COSTS:
            some = [row for row in rows if row.quantity == quantity and row.family == family]
            ours = next((row for row in some if row.used), None)
            paper = next((row for row in some if row.model == "paper"), None)
            if ours is None or paper is None:
                continue
            low, high = interval(ours)
            scatter = "-" if ours.scatter is None else f"{ours.scatter:.2f}"
            print(
                f"{quantity:>5} {ours.model:>15} {ours.n:>4} {ours.bias:>+6.2f} {ours.rmse:>5.2f} {scatter:>7}"
                f" {ours.coverage:>6.0%} {f'{low:.0%}..{high:.0%}':>10} {paper.rmse:>6.2f} {paper.coverage:>6.0%}"
                f" {ours.rmse / paper.rmse:>6.2f}  {verdict(ours)}"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
