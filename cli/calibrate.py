"""`plait calibrate`: small real runs on this machine, then a fit."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from plait.cli.options import AsJson, Seed


def calibrate(
    *,
    budget: Annotated[
        str, typer.Option(metavar="TIME", help="Time for runs, e.g. 90s, 5m, 1h; no run is started after it.")
    ] = "5m",
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on with the run file if it exists; --fresh refuses to.")
    ] = True,
    runs: Annotated[Path, typer.Option(metavar="FILE", help="Run file, one line per finished run.")] = Path(
        "plait-runs.jsonl"
    ),
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Fitted constants, for --calibration.")
    ] = Path("plait-calibration.json"),
    executor: Annotated[
        str, typer.Option(metavar="NAME", help="How runs are spread: process (one, timed alone).")
    ] = "process",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Make small real runs (circuits, path searches, contractions, evolutions) on this machine and fit the constants.

    Every finished run is kept at once: interrupt it, run it again, and it goes on where it was.

    Example:
      plait calibrate --budget 2m
      plait map --calibration plait-calibration.json
    """
    from plait.cli.files import check_folder
    from plait.cli.output import print_json, print_table
    from plait.cli.progress import progress
    from plait.models import PlaitError
    from plait.models.braid import check_int

    seconds = read_duration(budget)
    check_folder(output)
    check_int("seed", seed, 0, 2**63 - 1)
    if executor != "process":
        raise PlaitError(f"executor = {executor!r} is not in this version; known: process")
    if not resume and runs.exists():
        raise PlaitError(f"{runs} exists; drop --fresh to go on with it, or name another file with --runs")
    from plait.calibrations.design import calibration_tasks
    from plait.calibrations.fit import fit
    from plait.calibrations.measure import measure

    noisy = find_spec("qulacs") is not None
    if not noisy:
        typer.echo("noisy runs left out: pip install 'plait[noise]' to fit the noise law as well", err=True)
    tasks = calibration_tasks(seed, noisy)
    with progress("calibrating") as report:
        records = measure(tasks, runs, budget=seconds, progress=report)
    typer.echo(f"{len(records)} of {len(tasks)} runs in {runs}; fitting", err=True)
    fitted = fit(records, seed=seed, profile=output.stem)
    fitted.save(output)
    if as_json:
        print_json(
            {
                "profile": fitted.profile,
                "runs_done": len(records),
                "runs_asked": len(tasks),
                "path": str(output),
                "origin": fitted.origin(),
                "constants": {name: constant.model_dump() for name, constant in fitted.constants.items()},
            }
        )
        return
    print_table(
        ("constant", "value", "unit", "basis"),
        [(name, f"{c.value:.4g}", c.unit, c.basis) for name, c in fitted.constants.items()],
    )
    typer.echo(f"\n{fitted.origin()}\nconstants written to {output}")


def read_duration(text: str) -> float:
    """Seconds from text such as "90s", "5m" or "1.5h".

    Raises:
        PlaitError: it is none, or not above 0.

    >>> read_duration("90s"), read_duration("5m"), read_duration("1.5h")
    (90.0, 300.0, 5400.0)
    """
    from plait.models import PlaitError

    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smh]?)\s*", text)
    if not match or not float(match[1]) > 0:
        raise PlaitError(f"budget = {text!r} is not a time; write e.g. 90s, 5m or 1h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "": 1}[match[2]]
