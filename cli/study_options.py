"""Options that name a study's question, machines and calibration; shared by estimate, sweep and map."""

import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

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


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line says about a study: parts of its question, machines, figures; and the calibration.

    Its fields are the options that `asks` gives a command.
    """

    eps: Eps = None
    delta: Delta = None
    signal: Signal = None
    machine: Machines = None
    calibration: CalibrationFile = None
    time_limit: TimeLimit = None
    settings: Settings = None

    def study(self, name: str) -> "Study":
        """The study of that name with all that replaced.

        Raises:
            PlaitError: any of it is impossible.
        """
        from plait.estimator.settings import number_or_range
        from plait.estimator.study import load_study, override

        return override(
            load_study(name),
            eps=self.eps,
            delta=self.delta,
            signal=None if self.signal is None else number_or_range("signal", self.signal),
            machines=self.machine or (),
            time_limit=None if self.time_limit is None else check_seconds("time-limit", self.time_limit),
            settings=self.settings or (),
        )

    def constants(self) -> "Calibration":
        """The calibration named, or the shipped one."""
        return chosen_calibration(self.calibration)

    def words(self) -> list[str]:
        """The options that were given, as they are written on a command line."""
        found = []
        for field in fields(self):
            value = getattr(self, field.name)
            option = "set" if field.name == "settings" else field.name.replace("_", "-")
            for item in value if isinstance(value, list) else [value]:
                found += [f"--{option}", str(item)] if item is not None else []
        return found


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Asked` in place of its parameter `asked`."""
    hints = get_type_hints(Asked, include_extras=True)
    options = [
        inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hints[field.name])
        for field in fields(Asked)
    ]
    own = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        parameters += options if parameter.name == "asked" else [parameter]
    names = [field.name for field in fields(Asked)]

    @functools.wraps(command)
    def asked_for(*args: Any, **given: Any) -> None:
        command(*args, asked=Asked(**{name: given.pop(name) for name in names if name in given}), **given)

    # what typer reads a command's options from
    asked_for.__dict__["__signature__"] = own.replace(parameters=parameters)
    asked_for.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del asked_for.__dict__["__wrapped__"]
    return asked_for


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
