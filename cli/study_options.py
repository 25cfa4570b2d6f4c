"""Options that name a study's question, machines and calibration; shared by estimate, sweep and map."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plait.cli.options import check_seconds

if TYPE_CHECKING:
    from plait.calibrations import Calibration
    from plait.estimator.study import Study

StudyName = Annotated[
    str, typer.Argument(metavar="[STUDY]", help="A study file (.toml) or a shipped study: default, near-term, plat.")
]
Eps = Annotated[
    float | None, typer.Option(metavar="X", help="Allowed error of E (complex modulus).", show_default=False)
]
Delta = Annotated[
    float | None, typer.Option(metavar="P", help="Allowed probability of a larger error.", show_default=False)
]
Signal = Annotated[
    str | None,
    typer.Option(
        metavar="V|LOW..HIGH", help="|E| assumed: one value, or a range such as 0.3..0.8.", show_default=False
    ),
]
Machines = Annotated[
    list[str] | None,
    typer.Option(
        "--machine", metavar="NAME", help="Slug, glob or .toml file; repeat for several, at least one of each side."
    ),
]
CalibrationFile = Annotated[
    Path | None,
    typer.Option("--calibration", metavar="FILE", help="Fitted constants; the shipped ones if not given."),
]
TimeLimit = Annotated[
    float | None,
    typer.Option("--time-limit", metavar="S", help="Seconds after which no answer counts.", show_default=False),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Part of the question (metric=joules, family=planted, ..) or a figure of a machine or model: "
        "frontier.eta=0.1..0.5, qpu-1e-4.e_2q=5e-4, classical.seconds=x0.1; repeat for several.",
    ),
]


def chosen_study(
    name: str,
    *,
    eps: float | None,
    delta: float | None,
    signal: str | None,
    machines: list[str] | None,
    time_limit: float | None,
    settings: list[str] | None = None,
) -> "Study":
    """The study of that name with the question and machines given on the command line.

    Raises:
        PlaitError: any of them is impossible.
    """
    from plait.estimator.settings import number_or_range
    from plait.estimator.study import load_study, override

    return override(
        load_study(name),
        eps=eps,
        delta=delta,
        signal=None if signal is None else number_or_range("signal", signal),
        machines=machines or (),
        time_limit=None if time_limit is None else check_seconds("time-limit", time_limit),
        settings=settings or (),
    )


def chosen_calibration(path: Path | None) -> "Calibration":
    """The calibration of that file, or the shipped one."""
    from plait.calibrations import load_calibration

    return load_calibration(path)


def duration(seconds: float | None) -> str:
    """Seconds in the unit a person would use; "-" for none.

    >>> duration(0.0023), duration(7200), duration(0.0), duration(None)
    ('2.3 ms', '2.0 h', '0 s', '-')
    """
    from plait.estimator.cells import duration as in_words

    if seconds is None:
        return "-"
    return in_words(math.log10(seconds)) if seconds > 0 else "0 s"
