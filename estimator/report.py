"""The report: everything a study says and rests on, in one page that opens offline."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.calibrations import Calibration
from plait.estimator.study import Study
from plait.estimator.whole_file import write_whole
from plait.models import PlaitError

if TYPE_CHECKING:
    import xarray as xr

    from plait.estimator.best_place import Place
    from plait.estimator.error_steps import ErrorSteps
    from plait.estimator.provenance import BackTest
    from plait.estimator.tornado import Tornado
    from plait.estimator.what_if import WhatIf

Progress = Callable[[int, int, str], None]
STAGES = (
    "sweeping",
    "moving every range",
    "variance shares",
    "inverse queries",
    "two-qubit errors",
    "back-test",
    "page",
)
PARTS = 100
"""Steps each stage is counted in."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All numbers of a report, before any is put into words.

    Args:
        study, calibration: what was asked.
        frontiers: one for each family; boundary: their entries.
        place: where quantum's chances are best.
        grid: the sweep of that place's family.
        tornado, flips: of that place; shares: of the variance, at its strands, over (1, layers of the grid).
        steps: maps at several two-qubit errors; None without a machine that states one.
        backtest: of the calibration.
    """

    study: Study
    calibration: Calibration
    frontiers: "Sequence[xr.Dataset]"
    boundary: Sequence[dict[str, Any]]
    place: "Place"
    grid: "xr.Dataset"
    tornado: "Tornado"
    shares: dict[str, dict[str, Any]]
    flips: "Sequence[WhatIf]"
    steps: "ErrorSteps | None"
    backtest: "BackTest"


def report(
    study: Study,
    calibration: Calibration,
    path: str | Path,
    *,
    text: str = "",
    command: str = "",
    runs: Path | None = None,
    backtest: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the report of a study: maps, envelope, curves, tornado, formulas, assumptions, provenance.

    The file appears whole or not at all, holds all it needs, and forbids itself the network. The same study,
    calibration and versions give the same bytes.

    Args:
        study: question, grid or line, contenders.
        calibration: constants.
        path: file to write, .html; one already there is replaced.
        text: the study file as it stands: printed with its digest.
        command: command line that makes this file again.
        runs: run file of the calibration; None: the shipped one.
        backtest: whether to fit and predict those runs (up to a minute); if not, the report says so.
        progress: called with (done, total, what is being done).

    Returns:
        dict: `question`, `questions` by family, `path`, `boundary`, `verdict` and `calibration`, as of a map; `place`.

    Raises:
        PlaitError: another ending, a place that cannot be written to, or runs that are not the calibration's.

    >>> from plait.calibrations import load_calibration
    >>> from plait.estimator import load_study
    >>> report(load_study("default"), load_calibration(), "report.pdf")
    Traceback (most recent call last):
    plait.models.errors.PlaitError: report.pdf: a report is written as .html, not '.pdf'; rename it
    """
    path = Path(path)
    check_suffix(path)
    tell = progress or (lambda done, total, what: None)
    if study.line is not None:
        from plait.estimator.report_line import line_report

        return line_report(
            study, calibration, path, text=text, command=command, runs=runs, backtest=backtest, progress=tell
        )
    found = findings(study, calibration, runs=runs, backtest=backtest, progress=tell)
    from plait.estimator.report_page import grid_page

    _tell(tell, "page", 0, 1)
    page, verdict = grid_page(found, text=text, command=command)
    write_whole(path, page.encode())
    _tell(tell, "page", 1, 1)
    first = found.frontiers[0].attrs
    return {
        "question": first["question"],
        "questions": {str(one.attrs["family"]): one.attrs["question"] for one in found.frontiers},
        "path": str(path),
        "boundary": list(found.boundary),
        "verdict": verdict,
        "calibration": first["calibration"],
        "place": {
            "family": found.place.family,
            "closure": found.place.closure,
            "strands": found.place.strands,
            "layers": found.place.layers,
            "contender": found.place.contender,
            "p": found.place.p,
        },
    }


def check_suffix(path: Path) -> None:
    """Refuse a name that no report can be written to, before work is spent on it.

    Raises:
        PlaitError: it does not end in .html.
    """
    if path.suffix.lower() != ".html":
        raise PlaitError(f"{path}: a report is written as .html, not {path.suffix!r}; rename it")


def findings(
    study: Study,
    calibration: Calibration,
    *,
    runs: Path | None = None,
    backtest: bool = True,
    progress: Progress = lambda done, total, what: None,
) -> Findings:
    """Compute everything a report says.

    Args: as `report`.

    Raises:
        PlaitError: as `report`; or a study with a line.
    """
    from plait.estimator.best_place import best_place
    from plait.estimator.error_steps import error_steps
    from plait.estimator.flips import flips
    from plait.estimator.frontier import frontier
    from plait.estimator.provenance import back_test, runs_of
    from plait.estimator.shares import variance_shares, with_shares
    from plait.estimator.sweep import sweep
    from plait.estimator.tornado import tornado
    from plait.models import Closure

    if study.line is not None:
        raise PlaitError(f"study {study.title!r} has a line; findings are of a grid of strands and layers")

    records, why = runs_of(calibration, runs, wanted=backtest)

    def stage(name: str) -> Callable[[int, int], None]:
        _tell(progress, name, 0, 1)
        return lambda done, total: _tell(progress, name, done, total)

    families = study.instances()
    inner = stage("sweeping")
    grids = []
    for number, one in enumerate(families):
        inner(number, len(families))
        grids.append(sweep(one, calibration))
    frontiers = [with_shares(frontier(grid), one, calibration) for one, grid in zip(families, grids, strict=True)]
    place = best_place(frontiers)
    here = families[place.number]
    closure = Closure.parse(place.closure)
    stage("moving every range")
    moved = tornado(
        here,
        calibration,
        strands=place.strands,
        layers=place.layers,
        closure=closure,
        contender=place.contender,
    )
    stage("variance shares")
    shares = variance_shares(here, closure, calibration, [place.strands], here.layers)
    answers = flips(here, calibration, place, moved, progress=stage("inverse queries"))
    steps = error_steps(here, calibration, progress=stage("two-qubit errors"))
    stage("back-test")
    return Findings(
        study=study,
        calibration=calibration,
        frontiers=frontiers,
        boundary=[edge for one in frontiers for edge in json.loads(one.attrs["boundary"])],
        place=place,
        grid=grids[place.number],
        tornado=moved,
        shares=shares,
        flips=answers,
        steps=steps,
        backtest=back_test(study, calibration, records, why),
    )


def _tell(progress: Progress, name: str, done: int, total: int) -> None:
    number = STAGES.index(name)
    progress(PARTS * number + PARTS * done // max(1, total), PARTS * len(STAGES), name)
