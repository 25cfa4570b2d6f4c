"""Contenders: models on machines, by name or glob."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator, model_validator

from plait.estimator.grid import Strict
from plait.estimator.machine import Machine, load_machines, machine_slugs
from plait.estimator.model_file import load_model
from plait.models import MODELS, CostModel, PlaitError, find_model

if TYPE_CHECKING:
    from plait.estimator.overrides import Override


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A model on a machine (None for a model that needs none).

    Args:
        variant: (option, value) of the model that were asked for; a quantum machine's native gate set and connectivity
            are taken where they were not.
        overrides: of the study, those that are for this contender.
    """

    model: CostModel
    machine: Machine | None
    variant: tuple[tuple[str, str], ...] = ()
    overrides: "tuple[Override, ...]" = ()

    @property
    def name(self) -> str:
        """model@machine, as in every table and coordinate; what was asked of the model in brackets."""
        asked = f"[{', '.join(value for _, value in self.variant)}]" if self.variant else ""
        return f"{self.model.name}{asked}@{self.machine.slug}" if self.machine else f"{self.model.name}{asked}"


def needs_machine(model: CostModel) -> bool:
    """Whether any symbol of the model is a machine's."""
    return any(model.info(name).kind == "machine" for name in model.constants)


def runs_on(model: CostModel, machine: Machine) -> bool:
    """Whether the machine is of the model's side, and error-corrected if and only if the model's formulas are."""
    return machine.side == model.side and ("hardware" in model.variants) == (machine.hardware is not None)


def find_or_load(name: str) -> CostModel:
    """The model of that name, or of that file if the name ends in .toml.

    Raises:
        PlaitError: unknown, unreadable or malformed.
    """
    return load_model(name) if name.endswith(".toml") else find_model(name)


class ContenderGroup(Strict):
    """Models and the machines they run on; globs are allowed in both. A model that needs no machine ignores them.

    A model is a name or a file that ends in .toml (docs/own-model.md); a glob stands for models of plait alone.
    `variant` asks for a variant of the models, such as layout = "paper".
    """

    models: Annotated[list[str], Field(min_length=1)]
    machines: Sequence[str] = ()
    variant: Mapping[str, str] = {}

    @field_validator("models")
    @classmethod
    def _known_models(cls, names: list[str]) -> list[str]:
        found: list[str] = []
        for name in names:
            if "*" in name:
                matches = [model for model in MODELS if fnmatchcase(model, name)]
            elif name.endswith(".toml"):
                load_model(name)
                matches = [name]
            else:
                matches = [find_model(name).name]
            if not matches:
                raise ValueError(f"{name!r} matches no model; known: {', '.join(MODELS)}")
            found += matches
        return list(dict.fromkeys(found))

    @field_validator("machines")
    @classmethod
    def _known_machines(cls, names: Sequence[str]) -> Sequence[str]:
        load_machines(names)
        return names

    @model_validator(mode="after")
    def _known_variant(self) -> "ContenderGroup":
        for model in map(find_or_load, self.models):
            model.check_variant(self.variant)
            if "mitigation" in self.variant:
                raise ValueError("variant.mitigation: the mitigation is part of the question; set question.mitigation")
        return self

    def contenders(self) -> list[Contender]:
        """Every model on every machine of its side.

        Raises:
            PlaitError: a model without a machine, or on a machine of the other side.
        """
        out: list[Contender] = []
        variant = tuple(self.variant.items())
        for model in map(find_or_load, self.models):
            if not needs_machine(model):
                out.append(Contender(model=model, machine=None, variant=variant))
                continue
            machines = load_machines(self.machines)
            if not machines:
                raise PlaitError(f"model {model.name} needs machines; known: {', '.join(machine_slugs())}")
            for machine in machines:
                if machine.side != model.side:
                    raise PlaitError(f"{model.name} is a {model.side} model, but {machine.slug} is {machine.side}")
                if not runs_on(model, machine):
                    raise PlaitError(
                        f"{machine.slug} is {'error-corrected' if machine.hardware else 'bare'}, which {model.name} is "
                        "not for; ft-cfev runs on machines with a qubit model (ft-*), other models on bare ones"
                    )
                out.append(Contender(model=model, machine=machine, variant=variant))
        return out
