"""`plait sweep`: evaluate a study over its grid, on one core, several, or a cluster."""

import time
from pathlib import Path
from typing import Annotated

import typer

from plait.cli.executor import chosen_executor
from plait.cli.options import AsJson, integer
from plait.cli.study_options import Asked, StudyName, asks, duration


@asks
def sweep(
    study: StudyName = "default",
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.nc", help="NetCDF file to write.")],
    asked: Asked,
    workers: Annotated[
        int | None,
        typer.Option(
            parser=integer, metavar="N", help="Processes; if not given, this one. Same numbers.", show_default=False
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDR", help="Of a Dask cluster, e.g. tcp://host:8786. Same numbers.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a study over its whole grid and write it as NetCDF (read it with xarray, or with plait map).

    Every draw is kept up to 100 million values (cells x contenders x draws), beyond that what a map needs of them. A
    large sweep that was interrupted goes on where it was. Of several families each has a file of its own.

    Example:
      plait sweep near-term -o grid.nc
      plait sweep large.toml -o large.nc --workers 2
      plait sweep large.toml -o large.nc --scheduler tcp://host:8786
    """
    from plait.cli.files import check_folder
    from plait.cli.output import print_json, print_rows
    from plait.cli.progress import progress
    from plait.models import PlaitError

    if output.suffix != ".nc":
        raise PlaitError(f"output = {str(output)!r} must end in .nc (NetCDF)")
    if scheduler is not None and workers is not None:
        raise PlaitError("--workers and --scheduler exclude each other; a Dask cluster has the workers it began with")
    check_folder(output)
    chosen = asked.study(study)
    fitted = asked.constants()
    start = time.perf_counter()
    from plait.estimator.sweep import keeps_draws, save_grid
    from plait.estimator.sweep import sweep as run

    instances = chosen.instances()
    paths = [output, *(output.with_stem(f"{output.stem}-{each.question.family}") for each in instances[1:])]
    with chosen_executor(scheduler, workers) as (executor, at_a_time):
        for each, path in zip(instances, paths, strict=True):
            title = "sweep" if len(instances) == 1 else f"sweep, {each.question.family}"
            parts = path.with_name(f"{path.name}.parts")
            with progress(title) as report:
                grid = run(each, fitted, progress=report, executor=executor, at_a_time=at_a_time, parts=parts)
            save_grid(grid, path)
    seconds = time.perf_counter() - start
    cells = len(chosen.closures) * len(chosen.strands) * len(chosen.layers)
    kept = keeps_draws(chosen)
    if as_json:
        print_json(
            {
                "cells": cells,
                "seconds": seconds,
                "path": str(output),
                "paths": [str(path) for path in paths],
                "question": chosen.question.sentence(),
                "contenders": len(chosen.contenders),
                "draws": chosen.draws,
                "draws_kept": kept,
            }
        )
        return
    rows = [
        ("cells", f"{cells:,}", f"{len(chosen.contenders)} contenders, {chosen.draws} draws each"),
        ("time", duration(seconds), ""),
        ("kept", "every draw" if kept else "verdicts", "" if kept else "too many draws to keep: what a map needs is"),
        *(("written to", str(path), "NetCDF") for path in paths),
    ]
    print_rows(f"Question: {chosen.question.sentence()}", rows)
