"""A cost model: symbols, formulas and where they come from. One type for both sides, so that they compare."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from plait.models.closure import Closure
from plait.models.errors import PlaitError
from plait.models.figure import Figure
from plait.models.symbols import SYMBOLS, SymbolInfo

if TYPE_CHECKING:
    from sympy import Expr

QUANTITIES: Mapping[str, str] = {
    "qubits": "1",
    "two_qubit_gates": "1",
    "two_qubit_depth": "layers",
    "one_qubit_gates": "1",
    "measurements": "1",
    "rotations": "1",
    "rotation_depth": "layers",
    "t_states": "1",
    "logical_qubits": "1",
    "logical_cycles": "1",
    "code_distance": "1",
    "factories": "1",
    "physical_qubits": "1",
    "logical_error": "1",
    "t_error": "1",
    "synthesis_error": "1",
    "damping": "1",
    "keep_rate": "1",
    "bias": "1",
    "shots": "1",
    "samples": "1",
    "flops": "FLOP",
    "bytes": "bytes",
    "writes": "elements",
    "tensors": "1",
    "shot_seconds": "s",
    "seconds": "s",
    "joules": "J",
}
"""Quantity -> unit. `flops` counts real operations: a complex multiply-add is 8."""

LIMIT_REASONS = ("qubits", "signal", "memory", "time")
"""Names a limit may have: what a map says where the ratio exceeds 1."""


class Side(StrEnum):
    """Which computer a model is about."""

    QUANTUM = "quantum"
    CLASSICAL = "classical"


class Formulas(NamedTuple):
    """What a method costs, and the ratios that must not exceed 1 for it to work at all (reason -> ratio)."""

    costs: "Mapping[str, Expr]"
    limits: "Mapping[str, Expr]"


@dataclass(frozen=True, kw_only=True)
class CostModel:
    """Formulas for the cost of one method.

    Args:
        name: as users write it.
        side: QUANTUM or CLASSICAL.
        closures: closures it can do.
        summary: what the method is, in one line.
        formulas: (closure, variant...) -> Formulas.
        variants: option -> values it may take, the default first.
        constants: free symbol -> unit, all of them.
        figures: values of those that plait does not know (`plait.models.symbols`).
        source: where the formulas come from.
        assumes: what must hold for them.
    """

    name: str
    side: Side
    closures: frozenset[Closure]
    summary: str
    formulas: Callable[..., Formulas] = field(repr=False)
    constants: Mapping[str, str]
    source: str
    assumes: tuple[str, ...]
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Of the name: equality looks at everything."""
        return hash(self.name)

    def info(self, name: str) -> SymbolInfo:
        """Kind, unit and meaning of one of its symbols; the kind of one of its own is "own"."""
        own = self.figures.get(name)
        return SymbolInfo("own", own.unit, own.meaning) if own else SYMBOLS[name]

    def costs(self, closure: Closure, **variant: str) -> "Mapping[str, Expr]":
        """Quantity -> expression in the symbols of `constants` (units: QUANTITIES).

        Raises:
            PlaitError: a closure or variant the model does not have.
        """
        return self._formulas(closure, variant).costs

    def limits(self, closure: Closure, **variant: str) -> "Mapping[str, Expr]":
        """Reason -> dimensionless ratio; the method is infeasible, for that reason, where the ratio exceeds 1."""
        return self._formulas(closure, variant).limits

    def _formulas(self, closure: Closure, variant: Mapping[str, str]) -> Formulas:
        if closure not in self.closures:
            raise PlaitError(f"model {self.name} is for the {', '.join(sorted(self.closures))} closure, got {closure}")
        self.check_variant(variant)
        return self.formulas(closure, **{option: values[0] for option, values in self.variants.items()} | dict(variant))

    def check_variant(self, variant: Mapping[str, str]) -> None:
        """PlaitError if the model has no such variant."""
        for option, value in variant.items():
            if value not in self.variants.get(option, ()):
                known = "; ".join(f"{k}: {', '.join(v)}" for k, v in self.variants.items()) or "none"
                raise PlaitError(f"model {self.name} has no variant {option} = {value!r}; known: {known}")

    def latex(self, closure: Closure, **variant: str) -> dict[str, str]:
        """The formulas as LaTeX."""
        import sympy

        return {quantity: sympy.latex(expr) for quantity, expr in self.costs(closure, **variant).items()}
