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
from plait.models.fault_tolerant_cost import HARDWARE
from plait.models.plugins import provided
from plait.models.symbols import SYMBOLS

Positive = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Basis = Literal["measured", "fitted", "cited", "assumed"]
MAX_BYTES = 2**20

QUANTUM_SYMBOLS = ("Q", "e_2q", "e_1q", "e_idle", "e_spam", "t_layer", "t_shot", "power")
FAULT_TOLERANT_SYMBOLS = ("Q", "t_cycle", "power")
"""Of a quantum machine with `hardware`: its error rates are those of the named qubit model."""
CLASSICAL_SYMBOLS = ("F", "B", "M", "eta", "power")
OPTIONAL_SYMBOLS = ("price",)
"""Needed by studies that ask for money only."""


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
        constants: calibrated symbols measured on this machine, in place of the calibration's; classical machines only.
        derived_from: slug of the machine whose constants hold for this one as well, where it has none of its own.
        hardware: named qubit model of an error-corrected machine (`plait.models.fault_tolerant_cost`); else None.
        gate_set, connectivity: native ones of a quantum processor (one without all-to-all coupling: a line in it).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    side: Literal["quantum", "classical"]
    notes: str = ""
    hardware: str | None = None
    gate_set: Literal["rzz", "cx", "cz", "zzmax"] = "rzz"
    connectivity: Literal["all", "line"] = "all"
    figures: Mapping[str, MachineFigure]
    constants: Mapping[str, MachineFigure] = {}
    derived_from: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)] | None = None

    @model_validator(mode="after")
    def _all_symbols(self) -> "Machine":
        needed: tuple[str, ...] = QUANTUM_SYMBOLS if self.side == "quantum" else CLASSICAL_SYMBOLS
        if self.hardware is not None:
            if self.side != "quantum" or self.hardware not in HARDWARE:
                raise ValueError(f"hardware must be one of {', '.join(HARDWARE)}, of a quantum machine")
            if {"gate_set", "connectivity"} & self.model_fields_set:
                raise ValueError("gate_set and connectivity are for bare machines; leave them out with hardware")
            needed = FAULT_TOLERANT_SYMBOLS
        if self.side == "quantum" and {"constants", "derived_from"} & self.model_fields_set:
            raise ValueError("constants and derived_from are for classical machines; leave them out")
        for name in self.constants:
            if name not in SYMBOLS or SYMBOLS[name].kind != "calibrated":
                raise ValueError(f"constants.{name} is no calibrated constant; those of a model: plait models NAME")
        missing = [name for name in needed if name not in self.figures]
        extra = [name for name in self.figures if name not in (*needed, *OPTIONAL_SYMBOLS)]
        if self.side == "classical" and {"gate_set", "connectivity"} & self.model_fields_set:
            raise ValueError("gate_set and connectivity are for quantum machines; leave them out")
        if missing:
            raise ValueError(f"figures lacks {', '.join(missing)} ({'; '.join(SYMBOLS[x].meaning for x in missing)})")
        for name in ("e_2q", "e_1q", "e_idle", "e_spam"):
            figure = self.figures.get(name)
            if figure and max(figure.value or 0, figure.high or 0) >= 1:
                raise ValueError(f"figures.{name} must be a probability below 1")
        for name in ("Q", "F", "B", "M", "eta", "t_cycle"):
            figure = self.figures.get(name)
            if figure and figure.value is not None and not 0 < figure.value < 1e100:
                raise ValueError(f"figures.{name} = {figure.value:g} must be above 0 and not astronomical")
        if extra:
            raise ValueError(
                f"figures has unknown {', '.join(extra)}; a {self.side} machine has "
                f"{', '.join((*needed, *OPTIONAL_SYMBOLS))}"
            )
        return self


def load_machine(name: str | Path) -> Machine:
    """A machine by its slug, shipped or of an installed package, or from a TOML file (a name that ends in .toml).

    Raises:
        PlaitError: unknown slug, unreadable or malformed file; all problems at once.
    """
    text = str(name)
    if not text.endswith(".toml"):
        if text not in shipped_slugs():
            known = machine_slugs()
            if text not in known:
                raise PlaitError(f"machine {text!r} is unknown; known: {', '.join(known)}, or a file ending in .toml")
            return _provided()[text]
        return _inherited(_parse((_folder() / f"{text}.toml").read_text(encoding="utf-8"), text))
    path = Path(text)
    return _inherited(_parse(read_text(path, MAX_BYTES, "a machine file"), str(path)))


def _inherited(machine: Machine) -> Machine:
    """With the constants of the machine it derives from, which is a shipped one: no more than assumed here."""
    if machine.derived_from is None:
        return machine
    base = load_machine(machine.derived_from) if machine.derived_from in shipped_slugs() else None
    if base is None or base.derived_from:
        raise PlaitError(
            f"machine {machine.slug}: derived_from = {machine.derived_from!r} must be a shipped machine with constants "
            "of its own"
        )
    taken = {
        name: figure.model_copy(update={"basis": "assumed", "source": f"as on {base.name}: {figure.source}"})
        for name, figure in base.constants.items()
    }
    return machine.model_copy(update={"constants": {**taken, **machine.constants}})


def machine_slugs() -> list[str]:
    """Slugs of the machines, shipped or of installed packages (entry points `plait.machines`)."""
    return sorted([*shipped_slugs(), *_provided()])


def _provided() -> Mapping[str, Machine]:
    return provided("plait.machines", Machine, taken=shipped_slugs())


def shipped_slugs() -> list[str]:
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
        matches = [slug for slug in shipped_slugs() if fnmatchcase(slug, name)] if "*" in name else [name]
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
