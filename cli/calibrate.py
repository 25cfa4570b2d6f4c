"""`plait calibrate`: small real runs on this machine, then a fit."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from plait.cli.executor import chosen_executor
from plait.cli.options import AsJson, Seed, integer

EXECUTORS = ("process", "dask")


def calibrate(
    *,
    budget: Annotated[
        str,
        typer.Option(metavar="TIME", help="Time for runs, e.g. 90s, 5m, 1h; no run is begun after it, with 0 none."),
    ] = "5m",
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on with the run file if it exists; --fresh refuses to.")
    ] = True,
    runs: Annotated[Path, typer.Option(metavar="FILE", help="Run file, one line per finished run.")] = Path(
        "plait-runs.jsonl"
    ),
    merge: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Take the runs of this file into the run file first; repeatable.",
            show_default=False,
        ),
    ] = None,
    processor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Fit the runs of this one, if there are several; part of its name.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Fitted constants, for --calibration.")
    ] = Path("plait-calibration.json"),
    executor: Annotated[
        str, typer.Option(metavar="process|dask", help="What makes the runs: processes here, or a Dask cluster.")
    ] = "process",
    workers: Annotated[
        int | None,
        typer.Option(
            parser=integer,
            metavar="N",
            help="Processes; if not given, this one. Runs beside each other take longer, and say so.",
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDR", help="Of the Dask cluster, e.g. tcp://host:8786.", show_default=False),
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="cpu|gpu", help="gpu: runs on the GPU at hand, and -o FILE.toml for --machine.")
    ] = "cpu",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Make small real runs (circuits, path searches, contractions, evolutions) on this machine and fit the constants.

    Minutes give this machine's seconds; what no machine changes (how braids' networks and circuits grow, what loops
    cost, noise) is then taken from the shipped calibration, and said to be. Hours of runs are fitted by themselves.
    Every finished run is kept at once: interrupt it, run it again, and it goes on where it was. Several may fill one
    file at the same time.

    Example:
      plait calibrate --budget 2m
      plait map --calibration plait-calibration.json
      plait calibrate --executor dask --scheduler tcp://host:8786
      plait calibrate --budget 0 --merge there.jsonl --processor EPYC
      plait calibrate --device gpu --runs gpu.jsonl -o my-gpu.toml
    """
    from plait.cli.files import check_folder
    from plait.cli.output import print_json, print_table
    from plait.cli.progress import progress
    from plait.models import PlaitError
    from plait.models.braid import check_int

    seconds = read_duration(budget, zero=True)
    check_folder(output)
    check_int("seed", seed, 0, 2**63 - 1)
    if executor not in EXECUTORS:
        raise PlaitError(f"executor = {executor!r} is unknown; known: {', '.join(EXECUTORS)}")
    if (executor == "dask") != (scheduler is not None):
        raise PlaitError("--executor dask and --scheduler ADDR go together; give both or neither")
    if executor == "dask" and workers is not None:
        raise PlaitError("--workers is for --executor process; a Dask cluster has the workers it was begun with")
    if not resume and runs.exists():
        raise PlaitError(f"{runs} exists; drop --fresh to go on with it, or name another file with --runs")
    if device != "cpu":
        from plait.cli.calibrate_gpu import calibrate_gpu
        from plait.models.gpu import check_gpu

        check_gpu(device)
        calibrate_gpu(runs, output, seconds, as_json)
        return
    from plait.calibrations import load_calibration
    from plait.calibrations.design import calibration_tasks
    from plait.calibrations.measure import measure
    from plait.calibrations.one_processor import in_company, of_one_processor
    from plait.calibrations.run_log import merge as merge_files
    from plait.calibrations.transfer import fit_here

    noisy = find_spec("qulacs") is not None
    if not noisy:
        typer.echo("noisy runs left out: pip install 'plait[noise]' to fit the noise law as well", err=True)
    tasks = calibration_tasks(seed, noisy)
    if merge:
        merge_files(merge, runs, _say)
    with chosen_executor(scheduler, workers) as (chosen, at_a_time), progress("calibrating", seconds) as report:
        records = measure(
            tasks,
            runs,
            budget=seconds,
            progress=report,
            remark=_say,
            executor=chosen,
            workers=at_a_time,
        )
    records = of_one_processor(records, processor)
    if company := in_company(records):
        _say(f"{company} of these runs were timed beside others on one machine; their seconds are those of a busy one")
    _say(f"{len(records)} of {len(tasks)} runs in {runs}; fitting")
    fitted = fit_here(records, load_calibration(), seed=seed, profile=output.stem)
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


def _say(text: str) -> None:
    typer.echo(text, err=True)


def read_duration(text: str, *, zero: bool = False) -> float:
    """Seconds from text such as "90s", "5m" or "1.5h".

    Args:
        text: what the user wrote.
        zero: whether none at all is a time, too.

    Raises:
        PlaitError: it is none, or not above 0.

    >>> read_duration("90s"), read_duration("5m"), read_duration("1.5h")
    (90.0, 300.0, 5400.0)
    """
    from plait.models import PlaitError

    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smh]?)\s*", text)
    if not match or not (zero or float(match[1]) > 0):
        raise PlaitError(f"budget = {text!r} is not a time; write e.g. 90s, 5m or 1h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "": 1}[match[2]]
