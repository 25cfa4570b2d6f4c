"""Where a study looks: closures and a grid of strands and layers, or a line through strands, depth and crossings."""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from plait.models import Closure
from plait.models.braid import MAX_STRANDS

MAX_CELLS = 4_000_000
MAX_LAYERS = 100_000
MAX_ON_LINE = 1_000_000
"""Crossings a line may reach."""

Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Size = Annotated[int, Field(ge=1, le=MAX_LAYERS, strict=True)]


class Strict(BaseModel):
    """A table of a study file: no key it does not know, nothing converted in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Steps(Strict):
    """A range of an axis: `steps` whole numbers from `start` to `stop`, evenly or logarithmically spaced."""

    start: Annotated[int, Field(ge=1, le=MAX_ON_LINE, strict=True)]
    stop: Annotated[int, Field(ge=1, le=MAX_ON_LINE, strict=True)]
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


def shape(value: object) -> str:
    """Which alternative of a field is meant, so that only its problems are told."""
    return "many" if isinstance(value, list | tuple) else "range" if isinstance(value, dict | BaseModel) else "one"


Axis = Annotated[
    Annotated[list[Size], Tag("many")] | Annotated[Steps, Tag("range")] | Annotated[list[Size], Tag("one")],
    Discriminator(shape),
]
Straight = Annotated[tuple[Number, Number], Field(description="value at no crossings, and what each crossing adds")]


class Line(Strict):
    """A line: strands and depth as straight functions of the crossings. Neither has to be whole: it is a fit.

    strands = a + b m and depth = c + d m of the published analysis, say (`plait.calibrations.paper_forms`).
    """

    crossings: Annotated[
        Annotated[list[Annotated[int, Field(ge=1, le=MAX_ON_LINE, strict=True)]], Tag("many")]
        | Annotated[Steps, Tag("range")]
        | Annotated[list[Size], Tag("one")],
        Discriminator(shape),
    ]
    strands: Straight
    depth: Straight

    @field_validator("crossings")
    @classmethod
    def _values(cls, axis: list[int] | Steps) -> list[int]:
        values = axis.values() if isinstance(axis, Steps) else sorted(set(axis))
        if not values:
            raise ValueError("give at least one value")
        return values

    @model_validator(mode="after")
    def _real(self) -> "Line":
        for end in (self.places()[0], self.places()[-1]):
            strands, depth = self.at(end)
            if not 2 <= strands <= MAX_STRANDS:
                raise ValueError(f"strands = {strands:g} at {end} crossings must lie within 2..{MAX_STRANDS}")
            if not 1 <= depth <= MAX_LAYERS:
                raise ValueError(f"depth = {depth:g} at {end} crossings must lie within 1..{MAX_LAYERS}")
        return self

    def places(self) -> list[int]:
        """Crossings, increasing."""
        assert isinstance(self.crossings, list)
        return list(self.crossings)

    def at(self, crossings: float) -> tuple[float, float]:
        """Strands and depth at so many crossings.

        >>> Line(crossings=[100], strands=(10, 0.1), depth=(5, 0.2)).at(100)
        (20.0, 25.0)
        """
        return self.strands[0] + self.strands[1] * crossings, self.depth[0] + self.depth[1] * crossings


class Grid(Strict):
    """Where to look: closures, and strands and layers, or a line."""

    closures: Annotated[list[Closure], Field(min_length=1)] = [Closure.MARKOV, Closure.PLAT]
    strands: Axis | None = None
    layers: Axis | None = None
    line: Line | None = None

    @field_validator("strands", "layers")
    @classmethod
    def _values(cls, axis: list[int] | Steps | None) -> list[int] | None:
        if axis is None:
            return None
        values = axis.values() if isinstance(axis, Steps) else sorted(set(axis))
        if not values:
            raise ValueError("give at least one value")
        return values

    @model_validator(mode="after")
    def _bounded(self) -> "Grid":
        if self.line is not None:
            if self.strands is not None or self.layers is not None:
                raise ValueError("give either line, or strands and layers, not both")
            return self
        if self.strands is None or self.layers is None:
            raise ValueError("give strands and layers, or a line")
        strands, layers = self.axes()
        if strands[-1] > MAX_STRANDS or strands[0] < 2:
            raise ValueError(f"strands must lie within 2..{MAX_STRANDS}")
        if layers[-1] > MAX_LAYERS:
            raise ValueError(f"layers must lie within 1..{MAX_LAYERS}")
        if len(strands) * len(layers) * len(self.closures) > MAX_CELLS:
            raise ValueError(f"{len(strands)} x {len(layers)} x {len(self.closures)} cells; the limit is {MAX_CELLS}")
        return self

    def axes(self) -> tuple[list[int], list[int]]:
        """Strands and layers, increasing; none on a line."""
        strands, layers = self.strands, self.layers
        assert strands is None or isinstance(strands, list)
        assert layers is None or isinstance(layers, list)
        return list(strands or ()), list(layers or ())
