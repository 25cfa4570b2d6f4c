"""The machine catalogue: one TOML file per machine, every number with a source and a basis."""

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from plait.calibrations.reading import read_text
from plait.estimator.problems import lines_of
from plait.models import PlaitError
from plait.models.symbols import SYMBOLS

Positive = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Basis = Literal["measured", "fitted", "cited", "assumed"]
MAX_BYTES = 2**20

QUANTUM_SYMBOLS = ("Q", "e_2q", "e_1q", "e_idle", "e_spam", "t_layer", "t_shot", "power")
CLASSICAL_SYMBOLS = ("F", "B", "M", "eta", "power")


class MachineFigure(BaseModel):
    """A number of a machine, or the name of the calibration constant that gives it.

    Fields:
        value: in SI units (`plait.models.symbols`); `low`, `high` its range, drawn log-uniformly.
        calibration: instead of value, a constant of the calibration (the machine the runs were made on).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Positive | None = None
    low: Positive | None = None
    high: Positive | None = None
    calibration: str | None = None
    basis: Basis
    source: Annotated[str, Field(min_length=3)]
    date: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "MachineFigure":
        if (self.value is None) == (self.calibration is None):
            raise ValueError("give either value or calibration")
        if (self.low is None) != (self.high is None):
            raise ValueError("give both low and high, or neither")
        if self.low == 0:
            raise ValueError("low must be above 0: ranges are drawn in the logarithm")
        if self.value is not None and self.low is not None and not self.low <= self.value <= (self.high or 0):
            raise ValueError(f"value {self.value} must lie within low {self.low} .. high {self.high}")
        return self


class Machine(BaseModel):
    """A quantum processor or a classical machine.

    Fields:
        slug: name in studies; side; name: for people; figures: symbol -> MachineFigure; notes.
        gate_set, connectivity: native ones of a quantum processor (one without all-to-all coupling: a line in it).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    side: Literal["quantum", "classical"]
    notes: str = ""
    gate_set: Literal["rzz", "cx", "cz", "zzmax"] = "rzz"
    connectivity: Literal["all", "line"] = "all"
    figures: Mapping[str, MachineFigure]

    @model_validator(mode="after")
    def _all_symbols(self) -> "Machine":
        needed = QUANTUM_SYMBOLS if self.side == "quantum" else CLASSICAL_SYMBOLS
        missing = [name for name in needed if name not in self.figures]
        extra = [name for name in self.figures if name not in needed]
        if self.side == "classical" and {"gate_set", "connectivity"} & self.model_fields_set:
            raise ValueError("gate_set and connectivity are for quantum machines; leave them out")
        if missing:
            raise ValueError(f"figures lacks {', '.join(missing)} ({'; '.join(SYMBOLS[x].meaning for x in missing)})")
        for name in ("e_2q", "e_1q", "e_idle", "e_spam"):
            figure = self.figures.get(name)
            if figure and max(figure.value or 0, figure.high or 0) >= 1:
                raise ValueError(f"figures.{name} must be a probability below 1")
        for name in ("Q", "F", "B", "M", "eta"):
            figure = self.figures.get(name)
            if figure and figure.value is not None and not 0 < figure.value < 1e100:
                raise ValueError(f"figures.{name} = {figure.value:g} must be above 0 and not astronomical")
        if extra:
            raise ValueError(f"figures has unknown {', '.join(extra)}; a {self.side} machine has {', '.join(needed)}")
        return self


def load_machine(name: str | Path) -> Machine:
    """A machine by its slug, or from a TOML file (a name that ends in .toml).

    Raises:
        PlaitError: unknown slug, unreadable or malformed file; all problems at once.
    """
    text = str(name)
    if not text.endswith(".toml"):
        known = machine_slugs()
        if text not in known:
            raise PlaitError(f"machine {text!r} is unknown; known: {', '.join(known)}, or a file ending in .toml")
        return _parse((_folder() / f"{text}.toml").read_text(encoding="utf-8"), text)
    path = Path(text)
    return _parse(read_text(path, MAX_BYTES, "a machine file"), str(path))


def machine_slugs() -> list[str]:
    """Slugs of the shipped machines."""
    return sorted(entry.name[: -len(".toml")] for entry in _folder().iterdir() if entry.name.endswith(".toml"))


def load_machines(names: Sequence[str]) -> list[Machine]:
    """Several machines; a shell glob such as qpu-* stands for the shipped slugs that match.

    Raises:
        PlaitError: a name that is unknown, or a glob that matches nothing.
    """
    from fnmatch import fnmatchcase

    found: dict[str, Machine] = {}
    for name in names:
        matches = [slug for slug in machine_slugs() if fnmatchcase(slug, name)] if "*" in name else [name]
        if not matches:
            raise PlaitError(f"machine {name!r} matches nothing; known: {', '.join(machine_slugs())}")
        for match in matches:
            machine = load_machine(match)
            found[machine.slug] = machine
    return list(found.values())


def _folder() -> Traversable:
    return resources.files("plait.estimator") / "machines"


def _parse(text: str, where: str) -> Machine:
    try:
        return Machine.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise PlaitError(f"{where}: {lines_of(error)}") from error
    except (ValueError, RecursionError) as error:  # a malformed file, or a number of thousands of digits
        raise PlaitError(f"{where}: not TOML ({error})") from error
