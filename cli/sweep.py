"""`plait sweep`: evaluate a study over its grid and keep every draw."""

import time
from pathlib import Path
from typing import Annotated

import typer

from plait.cli.options import AsJson
from plait.cli.study_options import (
    CalibrationFile,
    Delta,
    Eps,
    Machines,
    Signal,
    StudyName,
    TimeLimit,
    chosen_calibration,
    chosen_study,
    duration,
)


def sweep(
    study: StudyName = "default",
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.nc", help="NetCDF file to write.")],
    eps: Eps = None,
    delta: Delta = None,
    signal: Signal = None,
    machine: Machines = None,
    calibration: CalibrationFile = None,
    time_limit: TimeLimit = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a study over its whole grid, all draws kept, and write it as NetCDF (read it with xarray).

    Example:
      plait sweep near-term -o grid.nc
    """
    from plait.cli.files import check_folder
    from plait.cli.output import print_json, print_rows
    from plait.cli.progress import progress
    from plait.models import PlaitError

    if output.suffix != ".nc":
        raise PlaitError(f"output = {str(output)!r} must end in .nc (NetCDF)")
    check_folder(output)
    chosen = chosen_study(study, eps=eps, delta=delta, signal=signal, machines=machine, time_limit=time_limit)
    fitted = chosen_calibration(calibration)
    start = time.perf_counter()
    from plait.estimator.sweep import save_grid
    from plait.estimator.sweep import sweep as run

    with progress("sweep") as report:
        grid = run(chosen, fitted, progress=report)
    save_grid(grid, output)
    seconds = time.perf_counter() - start
    cells = len(chosen.closures) * len(chosen.strands) * len(chosen.layers)
    if as_json:
        print_json(
            {
                "cells": cells,
                "seconds": seconds,
                "path": str(output),
                "question": chosen.question.sentence(),
                "contenders": len(chosen.contenders),
                "draws": chosen.draws,
            }
        )
        return
    rows = [
        ("cells", f"{cells:,}", f"{len(chosen.contenders)} contenders, {chosen.draws} draws each"),
        ("time", duration(seconds), ""),
        ("written to", str(output), "NetCDF"),
    ]
    print_rows(f"Question: {chosen.question.sentence()}", rows)
