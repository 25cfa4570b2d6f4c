"""Overrides: a study's own value, range or factor for any symbol of its models and machines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator, Field, GetJsonSchemaHandler, Tag, model_validator

from plait.estimator.contender import Contender
from plait.estimator.grid import Strict, shape
from plait.models import PlaitError
from plait.models.symbols import SYMBOLS

Array = NDArray[np.float64]
COSTS = ("seconds",)
"""Results that may be multiplied by a factor, as if they were symbols."""
PROBABILITIES = ("e_2q", "e_1q", "e_idle", "e_spam")
SIDES = ("quantum", "classical")
LEAST, MOST = 1e-100, 1e100
Positive = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False, strict=True)]


Range = Annotated[
    Annotated[tuple[Positive, Positive], Tag("many")]
    | Annotated[Positive, Tag("one")]
    | Annotated[Positive, Tag("range")],
    Discriminator(shape),
]


class Setting(Strict):
    """A value or a factor; one number, or a range (low, high), drawn log-uniformly."""

    value: Range | None = None
    factor: Range | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A number or a range alone will do, so the schema says so."""
        number = {"type": "number", "minimum": 0}
        range_ = {"type": "array", "prefixItems": [number, number], "minItems": 2, "maxItems": 2}
        return {"anyOf": [number, range_, handler.resolve_ref_schema(handler(core_schema))]}

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: object) -> object:
        """A number or a range alone is a value."""
        return given if isinstance(given, dict) else {"value": given}

    @model_validator(mode="after")
    def _one_of_them(self) -> "Setting":
        if (self.value is None) == (self.factor is None):
            raise ValueError("give either value or factor")
        for name, given in (("value", self.value), ("factor", self.factor)):
            if isinstance(given, tuple) and not LEAST <= given[0] <= given[1]:
                raise ValueError(f"{name} = {list(given)} must be a range low..high of numbers above 0")
        if self.factor == 0:
            raise ValueError("factor must be above 0")
        return self

    def ends(self) -> tuple[float, float]:
        """Low and high; equal for one number."""
        given = self.value if self.value is not None else self.factor
        assert given is not None
        return given if isinstance(given, tuple) else (given, given)


class Target(NamedTuple):
    """Who is meant (a model, machine, model@machine or side, or a glob of them; "*" everybody) and which symbol."""

    who: str
    symbol: str


@dataclass(frozen=True, kw_only=True)
class Override:
    """One entry.

    Args:
        key: as written: SYMBOL, or WHO.SYMBOL.
        low, high: ends of the range, in the symbol's unit, or factors.
        factor: whether they multiply what is there.
    """

    key: str
    low: float
    high: float
    factor: bool = False

    @property
    def target(self) -> Target:
        """Whom and what it is about."""
        return target(self.key)

    def applies(self, contender: Contender) -> bool:
        """Whether this contender has such a symbol and is meant."""
        return uses(contender, self.target)

    def drawn(self, uniform: Array) -> Array:
        """log10 of its value or factor for uniforms in 0..1."""
        with np.errstate(divide="ignore"):
            low, high = np.log10([self.low, self.high])
        return np.full_like(uniform, low) if low == high else low + (high - low) * uniform

    def text(self) -> str:
        """As a person would write it.

        >>> Override(key="frontier.eta", low=0.1, high=0.5).text()
        'frontier.eta = 0.1..0.5'
        """
        size = f"{self.low:g}" if self.low == self.high else f"{self.low:g}..{self.high:g}"
        return f"{self.key} {'x' if self.factor else '='} {size}"


def target(key: str) -> Target:
    """Whom and what a key is about.

    >>> target("qpu-1e-4.e_2q"), target("eta")
    (Target(who='qpu-1e-4', symbol='e_2q'), Target(who='*', symbol='eta'))
    """
    who, dot, symbol = key.rpartition(".")
    return Target(who if dot else "*", symbol)


def uses(contender: Contender, wanted: Target) -> bool:
    """Whether a contender is meant and its formulas have the symbol."""
    names = [contender.model.name, str(contender.model.side), contender.name]
    if contender.machine:
        names += [contender.machine.slug, f"{contender.model.name}@{contender.machine.slug}"]
    # the metric, not the formulas of seconds, reads these
    known = set(contender.model.constants) | set(COSTS) | ({"power", "price"} if contender.machine else set())
    return wanted.symbol in known and any(fnmatchcase(name, wanted.who) for name in names)


def overrides(given: Mapping[str, Setting], contenders: Sequence[Contender]) -> tuple[Override, ...]:
    """Check what a study says against its contenders.

    Raises:
        PlaitError: a symbol that is unknown, a part of the question, or of none of the contenders meant; an impossible
            value.
    """
    found = []
    for key, setting in given.items():
        wanted = check_target(key, contenders)
        low, high = setting.ends()
        if wanted.symbol in COSTS and setting.value is not None:
            raise PlaitError(f"overrides.{key}: {wanted.symbol} is a result; give a factor, not a value")
        if setting.value is not None:
            check_value(key, wanted.symbol, low, high)
        found.append(Override(key=key, low=low, high=high, factor=setting.factor is not None))
    return tuple(found)


def check_target(key: str, contenders: Sequence[Contender]) -> Target:
    """The target of a key, if some contender has it.

    Raises:
        PlaitError: unknown, a part of the question, or of none of them.
    """
    wanted = target(key)
    own = {name for contender in contenders for name in contender.model.figures}
    if wanted.symbol not in SYMBOLS and wanted.symbol not in COSTS and wanted.symbol not in own:
        raise PlaitError(f"overrides.{key}: {wanted.symbol!r} is no symbol; plait models NAME lists those of a model")
    if wanted.symbol in SYMBOLS and SYMBOLS[wanted.symbol].kind == "question" and wanted.symbol != "z":
        raise PlaitError(f"overrides.{key}: {wanted.symbol} is part of the question; set it in [question]")
    if wanted.symbol == "n":
        raise PlaitError(f"overrides.{key}: strands are an axis of the grid; set them in [grid]")
    if not any(uses(contender, wanted) for contender in contenders):
        names = ", ".join(contender.name for contender in contenders)
        raise PlaitError(f"overrides.{key}: no contender meant has {wanted.symbol}; contenders: {names}")
    return wanted


def check_value(key: str, symbol: str, low: float, high: float) -> None:
    """Refuse what no machine or model can have.

    Raises:
        PlaitError: a probability of 1 or more, or a 0 where only errors may be 0.
    """
    if symbol in PROBABILITIES and high >= 1:
        raise PlaitError(f"overrides.{key} = {high:g} must be a probability below 1")
    calibrated = symbol in SYMBOLS and SYMBOLS[symbol].kind == "calibrated"
    if low == 0 and symbol not in PROBABILITIES and not calibrated:
        raise PlaitError(f"overrides.{key} = 0 must be above 0")


def override_values(values: Mapping[str, Any], contender: Contender, uniform: Callable[[str], Array]) -> dict[str, Any]:
    """log10 values with the contender's overrides, later ones over earlier ones.

    Args:
        values: symbol -> log10 value.
        uniform: label -> uniforms in 0..1, one a draw (`Draws.uniform`).
    """
    found = dict(values)
    for entry in contender.overrides:
        symbol = entry.target.symbol
        if symbol not in COSTS:
            drawn = entry.drawn(uniform(f"override {entry.key}"))
            found[symbol] = found[symbol] + drawn if entry.factor else drawn
    return found


def cost_factor(contender: Contender, uniform: Callable[[str], Array]) -> Array | float:
    """log10 of what the seconds of a contender are multiplied by."""
    total: Array | float = 0.0
    for entry in contender.overrides:
        if entry.target.symbol in COSTS:
            total = total + entry.drawn(uniform(f"override {entry.key}"))
    return total
