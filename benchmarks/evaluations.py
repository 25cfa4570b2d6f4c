"""Cost evaluations per second on one core: plait's log-space kernel against bartiq's `evaluate`, the same formula.

    python benchmarks/evaluations.py [--environment DIR] [--points N]

The seconds formula of a model over strands x layers x draws of the shipped calibration (40 x 40 x 200), median of 5
repeats; bartiq evaluates the same formula, written as a QREF routine, at N of the same points, one by one, in an
environment of its own that pip makes in DIR (a temporary folder if none is given). Processor seconds of one thread on
both sides, so that a busy machine does not tell; compilation is charged to neither. Values must agree to 1e-9 in log10.

Exit status: 1 if they do not, or if a threshold of row L is missed (10^7 evaluations per second, 1000 times bartiq's).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from plait.calibrations import load_calibration
from plait.estimator.draws import Draws, braid_values, question_values
from plait.estimator.evaluate import all_values, compiled, variant_of
from plait.estimator.study import load_study
from plait.models import Closure

PACKAGES = ("bartiq==0.17.0", "qref==0.11.0")
CONTENDERS = ("cfev@qpu-1e-4", "face-tn-fib@core")
REPEATS = 5
FASTEST, RATIO = 1e7, 1e3
AGREE = 1e-9


def environment(folder: Path) -> Path:
    """The Python of an environment with bartiq in `folder`, made with pip if need be."""
    python, ready = folder / "bin" / "python", folder / "bartiq-ready"
    if not ready.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        ready.write_text("\n".join(PACKAGES))
    return python


def through_bartiq(python: Path, formula: str, points: list[dict[str, float]]) -> dict[str, Any]:
    """Values and processor seconds of bartiq at some points."""
    resource = {"name": "seconds", "type": "other", "value": formula}
    program = {"name": "answer", "input_params": sorted(points[0]), "resources": [resource]}
    asked = {"routine": {"version": "v1", "program": program}, "points": points}
    worker = Path(__file__).with_name("evaluations_bartiq.py")
    done = subprocess.run(
        [str(python), str(worker)], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compare(name: str, python: Path, count: int) -> bool:
    """Print one line; whether values agree and both thresholds are reached."""
    study, calibration, closure = load_study("default"), load_calibration(), Closure.MARKOV
    contender = next(each for each in study.contenders if each.name == name)
    draws = Draws.make(200, 0)
    strands, layers = np.arange(6.0, 46.0)[:, None, None], np.linspace(4, 121, 40).round()[None, :, None]
    shared = braid_values(strands, layers, closure, study.question, calibration, draws)
    values = all_values(contender, study.question, shared | question_values(study.question, draws), draws)
    variant = variant_of(contender, study.question)
    kernel = compiled(contender.model.name, closure, "seconds", variant)
    logs = kernel(values)
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        kernel(values)
        seconds.append(time.process_time() - start)
    rate = logs.size / median(seconds)

    rng = np.random.default_rng(0)
    places = [tuple(rng.integers(0, size) for size in logs.shape) for _ in range(4 * count)]
    places = [place for place in places if logs[place] < 300][:count]  # bartiq has doubles only
    points = [
        {symbol: float(10.0 ** np.broadcast_to(values[symbol], logs.shape)[place]) for symbol in kernel.names}
        for place in places
    ]
    formula = str(contender.model.costs(closure, **dict(variant))["seconds"])
    theirs = through_bartiq(python, formula, points)
    apart = max(abs(np.log10(value) - logs[place]) for value, place in zip(theirs["values"], places, strict=True))
    slow = 1 / median(theirs["evaluate"])
    print(f"{name:<20}{logs.size:>9,} values {rate:>10.3g} /s   bartiq {slow:>8.3g} /s at {len(points)} points", end="")
    print(f"   {rate / slow:>9,.0f} times   apart {apart:.1e}")
    return bool(apart < AGREE and rate >= FASTEST and rate >= RATIO * slow)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environment", type=Path)
    parser.add_argument("--points", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        python = environment(options.environment or Path(temporary) / "bartiq")
        reached = [compare(name, python, options.points) for name in CONTENDERS]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
