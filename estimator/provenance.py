"""Where the numbers of a report come from: machines, calibration, back-test, versions, digests."""

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from plait.calibrations import Calibration
from plait.estimator.evaluate import BASES, basis
from plait.estimator.machine import Machine, MachineFigure
from plait.estimator.study import Study
from plait.models import PlaitError
from plait.models.symbols import SYMBOLS

if TYPE_CHECKING:
    from plait.calibrations.run_file import Record
    from plait.calibrations.validate import Row

PACKAGES = ("plait", "numpy", "sympy", "scipy", "xarray", "altair", "vl-convert-python")
SPLITS = {
    "layers": "larger by layers",
    "strands": "larger by strands",
    "both": "larger by both",
    "size": "larger work",
    "noise": "more strands",
}
"""How the runs that were held out differ from those fitted, in words."""


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One figure of a machine: symbol, unit, meaning; value, range, basis, source and date as the file states them."""

    name: str
    unit: str
    meaning: str
    value: str
    range: str
    basis: str
    source: str
    date: str


@dataclass(frozen=True, kw_only=True)
class BackTest:
    """What is known of the calibration's errors where it was not fitted.

    Args:
        rows: of the forms in use, on runs held out; empty if there are none.
        why: why there are none.
        stored: what the calibration itself stores: law or feature, half-widths of its 50 and 90 % intervals, widening.
    """

    rows: "Sequence[Row]"
    why: str
    stored: Sequence[tuple[str, str, str, str]]


def machines(study: Study) -> list[Machine]:
    """The machines of a study, in its order."""
    found = {each.machine.slug: each.machine for each in study.contenders if each.machine}
    return list(found.values())


def figure_rows(machine: Machine, calibration: Calibration) -> list[FigureRow]:
    """Every figure of a machine, and the constants measured on it."""
    return [_row(name, figure, calibration) for name, figure in {**machine.figures, **machine.constants}.items()]


def _row(name: str, figure: MachineFigure, calibration: Calibration) -> FigureRow:
    if figure.calibration is not None:
        constant = calibration.constants.get(figure.calibration)
        value = "unknown" if constant is None else f"{constant.value:.4g}"
        value += f" (calibration: {figure.calibration})"
    else:
        value = f"{figure.value:.6g}"
    return FigureRow(
        name=name,
        unit=SYMBOLS[name].unit,
        meaning=SYMBOLS[name].meaning,
        value=value,
        range="" if figure.low is None else f"{figure.low:.4g} .. {figure.high:.4g}",
        basis=figure.basis,
        source=figure.source,
        date=figure.date,
    )


def weakest_basis(study: Study, calibration: Calibration) -> str:
    """The weakest basis among all numbers behind all contenders, as `plait.estimator.evaluate.basis` tells it."""
    found = [
        basis(contender, calibration, closure)
        for contender in study.contenders
        for closure in study.closures
        if closure in contender.model.closures
    ]
    return max(found, key=BASES.index)


def versions() -> list[tuple[str, str]]:
    """Python and the packages that numbers and pictures come from."""
    return [("python", platform.python_version()), *((name, metadata.version(name)) for name in PACKAGES)]


def digest_of(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_calibration(calibration: Calibration) -> str:
    """SHA-256 of all constants, draws and remarks of a calibration, whatever file they came in."""
    return digest_of(calibration.model_dump_json())


def runs_of(
    calibration: Calibration, path: Path | None = None, *, wanted: bool = True
) -> "tuple[list[Record] | None, str]":
    """The runs a calibration was fitted to; if they are not at hand or not wanted, None and why.

    Args:
        path: run file; None: the shipped one.
        wanted: whether they are to be looked at.

    Raises:
        PlaitError: an unusable run file, or one named that holds other runs.
    """
    from plait.calibrations.validate import load_runs

    if not wanted:
        return None, "The back-test was left out when this report was made."
    records, _ = load_runs(path)
    digest = runs_digest([str(record["id"]) for record in records])
    if digest == calibration.digest:
        return records, ""
    if path is not None:
        raise PlaitError(
            f"{path}: holds runs {digest}, but the calibration was fitted to runs {calibration.digest}; name the run "
            "file it was made from"
        )
    return None, f"The runs of this calibration ({calibration.digest}) are not those shipped: --runs names their file."


def back_test(study: Study, calibration: Calibration, records: "Sequence[Record] | None", why: str = "") -> BackTest:
    """The forms of a calibration on runs larger than those they are fitted to; with all shipped runs it takes a minute.

    Args:
        study: whose families are looked at.
        calibration: for what it stores about itself.
        records, why: from `runs_of`.
    """
    from plait.calibrations.validate import held_out, pooled

    stored = _stored(calibration)
    if records is None:
        return BackTest(rows=(), why=why, stored=stored)
    families = study.families or (study.question.family,)
    here = [one for one in held_out(records) if one.family in (*families, "all") or one.split in ("noise", "size")]
    return BackTest(rows=[row for row in pooled(here) if row.used], why="", stored=stored)


def runs_digest(ids: Sequence[str]) -> str:
    """What a calibration calls its runs: SHA-256 over their sorted ids, first 16 digits."""
    return hashlib.sha256("".join(sorted(ids)).encode()).hexdigest()[:16]


def _stored(calibration: Calibration) -> list[tuple[str, str, str, str]]:
    """Law of seconds or feature, 50 and 90 % half-widths in decades, and by how much they widen a decade beyond."""
    rows = [(f"seconds: {name}", law) for name, law in calibration.laws.items()]
    return [(name, f"{law.half[0]:.3f}", f"{law.half[1]:.3f}", f"{law.widening:.2f}") for name, law in rows]
