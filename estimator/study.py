"""A study: the question, the grid and the contenders, in one TOML file."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationError, model_validator

from plait.calibrations.reading import read_text
from plait.estimator.contender import Contender, ContenderGroup, needs_machine, runs_on
from plait.estimator.grid import Grid, Line, Number, Steps, Strict, shape
from plait.estimator.machine import load_machines
from plait.estimator.overrides import Override, Setting, overrides
from plait.estimator.problems import lines_of
from plait.estimator.settings import number_or_range, one_number, read_setting, split_setting, whole_number
from plait.models import Closure, CostModel, PlaitError, Question, Side
from plait.models.braid import check_int

__all__ = ["Contender", "Steps", "Study", "load_study", "override", "study_names", "study_text"]

MAX_BYTES = 2**20
LIMITS = {"draws": (10, 10_000), "seed": (0, 2**31)}

Family = Literal["brickwall", "planted"]


class _QuestionFile(Strict):
    eps: Number = 0.1
    delta: Number = 0.05
    signal: Annotated[
        Annotated[tuple[Number, Number], Tag("many")] | Annotated[Number, Tag("one")] | Annotated[Number, Tag("range")],
        Discriminator(shape),
    ] = 0.5
    family: Annotated[
        Annotated[list[Family], Field(min_length=1), Tag("many")]
        | Annotated[Family, Tag("one")]
        | Annotated[Family, Tag("range")],
        Discriminator(shape),
    ] = "brickwall"
    density: Number = 2 / 3
    mitigation: str = "rescaled"
    accuracy: Literal["additive", "match-quantum"] = "additive"
    metric: Literal["seconds", "joules", "money"] = "seconds"
    time_limit_days: Number = 30

    @model_validator(mode="after")
    def _valid(self) -> "_QuestionFile":
        self.questions()
        return self

    def questions(self) -> list[Question]:
        """One for each family."""
        signal = self.signal if isinstance(self.signal, tuple) else (self.signal, self.signal)
        families = self.family if isinstance(self.family, list) else [self.family]
        return [
            Question(
                eps=self.eps,
                delta=self.delta,
                signal=signal,
                family=family,
                density=self.density,
                mitigation=self.mitigation,
                accuracy=self.accuracy,
                metric=self.metric,
                time_limit=self.time_limit_days * 86400,
            )
            for family in dict.fromkeys(families)
        ]


class _StudyFile(Strict):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    question: _QuestionFile = _QuestionFile()
    grid: Grid
    quantum: Annotated[list[ContenderGroup], Field(min_length=1)]
    classical: Annotated[list[ContenderGroup], Field(min_length=1)]
    overrides: Mapping[str, Setting] = {}
    draws: Annotated[int, Field(ge=LIMITS["draws"][0], le=LIMITS["draws"][1], strict=True)] = 200
    seed: Annotated[int, Field(ge=0, le=LIMITS["seed"][1], strict=True)] = 0

    @model_validator(mode="after")
    def _sides(self) -> "_StudyFile":
        known: dict[str, CostModel] = {}
        for side, groups in ((Side.QUANTUM, self.quantum), (Side.CLASSICAL, self.classical)):
            for contender in (x for group in groups for x in group.contenders()):
                if contender.model.side is not side:
                    raise ValueError(f"{side}: {contender.model.name} is a {contender.model.side} model")
                if known.setdefault(contender.model.name, contender.model) != contender.model:
                    raise ValueError(f"{side}: two models are called {contender.model.name!r}; rename one of them")
        return self


@dataclass(frozen=True, kw_only=True)
class Study:
    """What to sweep.

    Args:
        title: for people.
        question: that every contender answers; of the first family, if there are several.
        closures, strands, layers: the grid, increasing; no strands and layers on a line.
        contenders: both sides, with the overrides that are for them.
        families: of braids; each is a map of its own.
        line: instead of strands and layers.
        overrides: as the study states them.
        draws: joint draws of braid, calibration and declared ranges.
        seed: of the draws.
    """

    title: str
    question: Question
    closures: tuple[Closure, ...]
    strands: tuple[int, ...]
    layers: tuple[int, ...]
    contenders: tuple[Contender, ...]
    families: tuple[str, ...] = ()
    line: Line | None = None
    overrides: tuple[Override, ...] = ()
    draws: int = 200
    seed: int = 0

    def side(self, side: Side) -> list[Contender]:
        """Contenders of one side."""
        return [contender for contender in self.contenders if contender.model.side is side]

    def instances(self) -> "list[Study]":
        """One study for each family."""
        families = self.families or (self.question.family,)
        return [replace(self, question=replace(self.question, family=one), families=(one,)) for one in families]


def load_study(name: str | Path) -> Study:
    """A study from a TOML file, or a shipped one by name.

    Raises:
        PlaitError: unknown name, unreadable file, or a malformed one: all problems at once, each with its key path.

    >>> load_study("default").question.eps
    0.1
    """
    return _parse(study_text(name), str(name))


def study_text(name: str | Path) -> str:
    """The text of a TOML file, or of a shipped study by name.

    Raises:
        PlaitError: unknown name or unreadable file.
    """
    text = str(name)
    if text.endswith(".toml"):
        return read_text(Path(text), MAX_BYTES, "a study")
    known = study_names()
    if text not in known:
        raise PlaitError(f"study {text!r} is neither a .toml file nor a shipped study; known: {', '.join(known)}")
    return (resources.files("plait.estimator") / "studies" / f"{text}.toml").read_text(encoding="utf-8")


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
    questions = file.question.questions()
    strands, layers = file.grid.axes()
    try:
        return _checked(
            Study(
                title=file.title,
                question=questions[0],
                families=tuple(question.family for question in questions),
                closures=tuple(dict.fromkeys(file.grid.closures)),
                strands=tuple(strands),
                layers=tuple(layers),
                line=file.grid.line,
                contenders=tuple(
                    {x.name: x for group in (*file.quantum, *file.classical) for x in group.contenders()}.values()
                ),
                draws=file.draws,
                seed=file.seed,
            ),
            file.overrides,
        )
    except PlaitError as error:
        raise PlaitError(f"{where}: {error}") from error


def _checked(study: Study, given: Mapping[str, Setting]) -> Study:
    """The study with the overrides given to its contenders.

    Raises:
        PlaitError: an override that is for none of them; a metric that a machine has no figure for; a rule of accuracy
            that is about one quantum contender while there are several.
    """
    found = (*study.overrides, *overrides(given, study.contenders))
    contenders = tuple(
        replace(contender, overrides=tuple(entry for entry in found if entry.applies(contender)))
        for contender in study.contenders
    )
    figure = {"joules": "power", "money": "price"}.get(study.question.metric)
    for contender in contenders:
        settled = {entry.target.symbol for entry in contender.overrides if not entry.factor}
        if figure and contender.machine and figure not in {*contender.machine.figures, *settled}:
            raise PlaitError(
                f"question.metric = {study.question.metric!r}, but machine {contender.machine.slug} has no "
                f"figures.{figure}; state one in its file, or as overrides.{contender.machine.slug}.{figure}"
            )
    quantum = study.side(Side.QUANTUM)
    if study.question.accuracy == "match-quantum" and len(quantum) != 1:
        raise PlaitError(
            f"question.accuracy = 'match-quantum' is about the error of one quantum contender, got {len(quantum)}: "
            f"{', '.join(contender.name for contender in quantum)}; write a study for each"
        )
    return replace(study, contenders=contenders, overrides=found)


def schema() -> dict[str, Any]:
    """JSON schema of a study file (draft 2020-12); what only a look at the catalogue can tell is not in it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_StudyFile.model_json_schema(),
        "title": "plait study",
    }


def override(
    study: Study,
    *,
    eps: float | None = None,
    delta: float | None = None,
    signal: tuple[float, float] | None = None,
    time_limit: float | None = None,
    machines: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> Study:
    """The study with parts of its question, its machines or any figure replaced.

    Args:
        time_limit: seconds.
        machines: slugs, globs or files; every model of the study then runs on those of its side, and on no other.
        settings: KEY=VALUE each: a part of the question (metric, accuracy, mitigation, family, density, eps, delta,
            signal, time_limit in seconds), draws, seed, or an override, where VALUE is a number, a range 0.1..0.5, or a
            factor x2 or x0.5..2.

    Raises:
        PlaitError: an impossible value, or machines that leave a side empty.
    """
    changes: dict[str, Any] = {"eps": eps, "delta": delta, "signal": signal, "time_limit": time_limit}
    changes = {name: value for name, value in changes.items() if value is not None}
    entries: dict[str, Setting] = {}
    counts: dict[str, Any] = {}
    families = study.families
    for text in settings:
        key, value = split_setting(text)
        if key == "family":
            families = tuple(dict.fromkeys(value.split(",")))
            changes["family"] = families[0]
        elif key in ("metric", "accuracy", "mitigation"):
            changes[key] = value
        elif key in ("eps", "delta", "density", "time_limit"):
            changes[key] = one_number(key, value)
        elif key == "signal":
            changes[key] = number_or_range(key, value)
        elif key in ("draws", "seed"):
            counts[key] = check_int(key, whole_number(key, value), *LIMITS[key])
        else:
            entries[key] = read_setting(key, value)
    question = replace(study.question, **changes)
    for family in families[1:]:
        replace(question, family=family)  # refuses one that is unknown
    contenders = _on(study.contenders, machines) if machines else study.contenders
    bare = tuple(replace(contender, overrides=()) for contender in contenders)
    kept = tuple(entry for entry in study.overrides if any(entry.applies(contender) for contender in bare))
    changed = replace(study, question=question, families=families, contenders=bare, overrides=kept, **counts)
    return _checked(changed, entries)


def _on(contenders: Sequence[Contender], machines: Sequence[str]) -> tuple[Contender, ...]:
    """Every model on the machines named, of its side."""
    chosen = load_machines(machines)
    models = {(contender.model.name, contender.variant): contender.model for contender in contenders}
    found = tuple(
        Contender(model=model, machine=machine, variant=variant)
        for (_, variant), model in models.items()
        for machine in ([machine for machine in chosen if runs_on(model, machine)] if needs_machine(model) else [None])
    )
    given = f"machine = {', '.join(machines)}"
    for machine in chosen:
        if machine.side == "quantum" and not any(runs_on(model, machine) for model in models.values()):
            kind = "error-corrected" if machine.hardware else "bare"
            raise PlaitError(
                f"{given}: {machine.slug} is {kind}, and no model of this study runs on it; the study fault-tolerant "
                "has models for both kinds"
            )
    if not any(contender.model.side is Side.QUANTUM for contender in found):
        raise PlaitError(f"{given}: none is quantum; name one of each side, e.g. qpu-1e-4 and core")
    if not any(contender.machine and contender.machine.side == "classical" for contender in found):
        raise PlaitError(f"{given}: none is classical; name one of each side, e.g. qpu-1e-4 and core")
    return found
