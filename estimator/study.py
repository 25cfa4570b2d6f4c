"""A study: the question, the grid and the contenders, in one TOML file."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, field_validator, model_validator

from plait.calibrations.reading import read_text
from plait.estimator.machine import Machine, load_machines, machine_slugs
from plait.estimator.problems import lines_of
from plait.models import MODELS, Closure, CostModel, PlaitError, Question, Side, find_model
from plait.models.braid import MAX_STRANDS
from plait.models.symbols import SYMBOLS

MAX_BYTES = 2**20
MAX_CELLS = 1_000_000
MAX_LAYERS = 100_000
MAX_DRAWS = 10_000
MAX_VALUES = 400_000_000
"""Guard on cells x contenders x draws: what a sweep may hold (4 bytes each, and a byte for the reason)."""

Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Size = Annotated[int, Field(ge=1, le=MAX_LAYERS, strict=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Steps(_Strict):
    """A range of an axis: `steps` whole numbers from `start` to `stop`, evenly or logarithmically spaced."""

    start: Size
    stop: Size
    steps: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    spacing: Literal["linear", "log"] = "linear"
    multiple_of: Annotated[int, Field(ge=1, le=100, strict=True)] = 1

    @model_validator(mode="after")
    def _ordered(self) -> "Steps":
        if self.stop < self.start:
            raise ValueError(f"stop = {self.stop} must not be below start = {self.start}")
        return self

    def values(self) -> list[int]:
        """The distinct whole numbers of the range, increasing."""
        low, high = (math.log(self.start), math.log(self.stop)) if self.spacing == "log" else (self.start, self.stop)
        points = [low + (high - low) * k / max(1, self.steps - 1) for k in range(self.steps)]
        unit = self.multiple_of
        whole = [unit * round((math.exp(x) if self.spacing == "log" else x) / unit) for x in points]
        return sorted({x for x in whole if x >= 1})


def _shape(value: object) -> str:
    """Which alternative of a field is meant, so that only its problems are told."""
    return "many" if isinstance(value, list | tuple) else "range" if isinstance(value, dict | Steps) else "one"


Axis = Annotated[
    Annotated[list[Size], Tag("many")] | Annotated[Steps, Tag("range")] | Annotated[list[Size], Tag("one")],
    Discriminator(_shape),
]


class Grid(_Strict):
    """Where to look: closures, strands, layers."""

    closures: Annotated[list[Closure], Field(min_length=1)] = [Closure.MARKOV, Closure.PLAT]
    strands: Axis
    layers: Axis

    @field_validator("strands", "layers")
    @classmethod
    def _values(cls, axis: Axis) -> list[int]:
        values = axis.values() if isinstance(axis, Steps) else sorted(set(axis))
        if not values:
            raise ValueError("give at least one value")
        return values

    @model_validator(mode="after")
    def _bounded(self) -> "Grid":
        strands, layers = self.axes()
        if strands[-1] > MAX_STRANDS or strands[0] < 2:
            raise ValueError(f"strands must lie within 2..{MAX_STRANDS}")
        if len(strands) * len(layers) * len(self.closures) > MAX_CELLS:
            raise ValueError(f"{len(strands)} x {len(layers)} x {len(self.closures)} cells; the limit is {MAX_CELLS}")
        return self

    def axes(self) -> tuple[list[int], list[int]]:
        """Strands and layers, increasing."""
        assert isinstance(self.strands, list)
        assert isinstance(self.layers, list)
        return list(self.strands), list(self.layers)


class ContenderGroup(_Strict):
    """Models and the machines they run on; globs are allowed in both. A model that needs no machine ignores them.

    `variant` asks for a variant of the models, such as layout = "paper".
    """

    models: Annotated[list[str], Field(min_length=1)]
    machines: list[str] = []
    variant: dict[str, str] = {}

    @field_validator("models")
    @classmethod
    def _known_models(cls, names: list[str]) -> list[str]:
        found: list[str] = []
        for name in names:
            matches = (
                [model for model in MODELS if fnmatchcase(model, name)] if "*" in name else [find_model(name).name]
            )
            if not matches:
                raise ValueError(f"{name!r} matches no model; known: {', '.join(MODELS)}")
            found += matches
        return list(dict.fromkeys(found))

    @field_validator("machines")
    @classmethod
    def _known_machines(cls, names: list[str]) -> list[str]:
        load_machines(names)
        return names

    @model_validator(mode="after")
    def _known_variant(self) -> "ContenderGroup":
        for model in map(find_model, self.models):
            model.check_variant(self.variant)
            if "mitigation" in self.variant:
                raise ValueError("variant.mitigation: the mitigation is part of the question; set question.mitigation")
        return self

    def contenders(self) -> list["Contender"]:
        """Every model on every machine of its side.

        Raises:
            PlaitError: a model without a machine, or on a machine of the other side.
        """
        out: list[Contender] = []
        variant = tuple(self.variant.items())
        for model in map(find_model, self.models):
            if not needs_machine(model):
                out.append(Contender(model=model, machine=None, variant=variant))
                continue
            machines = load_machines(self.machines)
            if not machines:
                raise PlaitError(f"model {model.name} needs machines; known: {', '.join(machine_slugs())}")
            for machine in machines:
                if machine.side != model.side:
                    raise PlaitError(f"{model.name} is a {model.side} model, but {machine.slug} is {machine.side}")
                out.append(Contender(model=model, machine=machine, variant=variant))
        return out


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A model on a machine (None for a model that needs none).

    Args:
        variant: (option, value) of the model that were asked for; a quantum machine's native gate set and connectivity
            are taken where they were not.
    """

    model: CostModel
    machine: Machine | None
    variant: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """model@machine, as in every table and coordinate; what was asked of the model in brackets."""
        asked = f"[{', '.join(value for _, value in self.variant)}]" if self.variant else ""
        return f"{self.model.name}{asked}@{self.machine.slug}" if self.machine else f"{self.model.name}{asked}"


def needs_machine(model: CostModel) -> bool:
    """Whether any symbol of the model is a machine's."""
    return any(SYMBOLS[name].kind == "machine" for name in model.constants)


class _QuestionFile(_Strict):
    eps: Number = 0.1
    delta: Number = 0.05
    signal: Annotated[
        Annotated[tuple[Number, Number], Tag("many")] | Annotated[Number, Tag("one")] | Annotated[Number, Tag("range")],
        Discriminator(_shape),
    ] = 0.5
    family: str = "brickwall"
    density: Number = 2 / 3
    mitigation: str = "rescaled"
    time_limit_days: Number = 30

    @model_validator(mode="after")
    def _valid(self) -> "_QuestionFile":
        self.question()
        return self

    def question(self) -> Question:
        signal = self.signal if isinstance(self.signal, tuple) else (self.signal, self.signal)
        return Question(
            eps=self.eps,
            delta=self.delta,
            signal=signal,
            family=self.family,
            density=self.density,
            mitigation=self.mitigation,
            time_limit=self.time_limit_days * 86400,
        )


class _StudyFile(_Strict):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    question: _QuestionFile = _QuestionFile()
    grid: Grid
    quantum: Annotated[list[ContenderGroup], Field(min_length=1)]
    classical: Annotated[list[ContenderGroup], Field(min_length=1)]
    draws: Annotated[int, Field(ge=10, le=MAX_DRAWS, strict=True)] = 200
    seed: Annotated[int, Field(ge=0, le=2**31, strict=True)] = 0

    @model_validator(mode="after")
    def _sides(self) -> "_StudyFile":
        for side, groups in ((Side.QUANTUM, self.quantum), (Side.CLASSICAL, self.classical)):
            for contender in (x for group in groups for x in group.contenders()):
                if contender.model.side is not side:
                    raise ValueError(f"{side}: {contender.model.name} is a {contender.model.side} model")
        return self


@dataclass(frozen=True, kw_only=True)
class Study:
    """What to sweep.

    Args:
        title: for people.
        question: that every contender answers.
        closures, strands, layers: the grid, increasing.
        contenders: both sides.
        draws: joint draws of braid, calibration and declared ranges.
        seed: of the draws.
    """

    title: str
    question: Question
    closures: tuple[Closure, ...]
    strands: tuple[int, ...]
    layers: tuple[int, ...]
    contenders: tuple[Contender, ...]
    draws: int = 200
    seed: int = 0

    def side(self, side: Side) -> list[Contender]:
        """Contenders of one side."""
        return [contender for contender in self.contenders if contender.model.side is side]


def load_study(name: str | Path) -> Study:
    """A study from a TOML file, or a shipped one by name.

    Raises:
        PlaitError: unknown name, unreadable file, or a malformed one: all problems at once, each with its key path.

    >>> load_study("default").question.eps
    0.1
    """
    text = str(name)
    folder = resources.files("plait.estimator") / "studies"
    if not text.endswith(".toml"):
        known = study_names()
        if text not in known:
            raise PlaitError(f"study {text!r} is neither a .toml file nor a shipped study; known: {', '.join(known)}")
        return _parse((folder / f"{text}.toml").read_text(encoding="utf-8"), text)
    path = Path(text)
    return _parse(read_text(path, MAX_BYTES, "a study"), text)


def study_names() -> list[str]:
    """Names of the shipped studies."""
    folder = resources.files("plait.estimator") / "studies"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def _parse(text: str, where: str) -> Study:
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlaitError(f"{where}: not TOML ({error})") from error
    try:
        file = _StudyFile.model_validate(raw)
    except ValidationError as error:
        raise PlaitError(f"{where}: {lines_of(error)}") from error
    contenders = {x.name: x for group in (*file.quantum, *file.classical) for x in group.contenders()}
    strands, layers = file.grid.axes()
    values = len(strands) * len(layers) * len(file.grid.closures) * len(contenders) * file.draws
    if values > MAX_VALUES:
        raise PlaitError(f"{where}: {values:.3g} values (cells x contenders x draws); the limit is {MAX_VALUES:.3g}")
    return Study(
        title=file.title,
        question=file.question.question(),
        closures=tuple(dict.fromkeys(file.grid.closures)),
        strands=tuple(strands),
        layers=tuple(layers),
        contenders=tuple(contenders.values()),
        draws=file.draws,
        seed=file.seed,
    )


def override(
    study: Study,
    *,
    eps: float | None = None,
    delta: float | None = None,
    signal: tuple[float, float] | None = None,
    time_limit: float | None = None,
    machines: Sequence[str] = (),
) -> Study:
    """The study with parts of its question, or its machines, replaced.

    Args:
        time_limit: seconds.
        machines: slugs, globs or files; every model of the study then runs on those of its side, and on no other.

    Raises:
        PlaitError: an impossible value, or machines that leave a side empty.
    """
    changes: dict[str, Any] = {"eps": eps, "delta": delta, "signal": signal, "time_limit": time_limit}
    question = replace(study.question, **{name: value for name, value in changes.items() if value is not None})
    contenders = study.contenders
    if machines:
        chosen = load_machines(machines)
        models = {(contender.model.name, contender.variant): contender.model for contender in contenders}
        contenders = tuple(
            Contender(model=model, machine=machine, variant=variant)
            for (_, variant), model in models.items()
            for machine in (
                [machine for machine in chosen if machine.side == model.side] if needs_machine(model) else [None]
            )
        )
        if not any(contender.model.side is Side.QUANTUM for contender in contenders):
            raise PlaitError(
                f"machine = {', '.join(machines)}: none is quantum; name one of each side, e.g. qpu-1e-4 and core"
            )
        if not any(contender.machine and contender.machine.side == "classical" for contender in contenders):
            raise PlaitError(
                f"machine = {', '.join(machines)}: none is classical; name one of each side, e.g. qpu-1e-4 and core"
            )
    return replace(study, question=question, contenders=contenders)
