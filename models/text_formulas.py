"""The formulas of a cost model that was written as text: what `CostModel.formulas` calls, and nothing but data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from plait.models.closure import Closure
from plait.models.cost_model import Formulas
from plait.models.formula import parse_formula

if TYPE_CHECKING:
    from sympy import Expr

Texts = tuple[tuple[str, str], ...]
"""(quantity or reason, formula), ..."""


@dataclass(frozen=True, kw_only=True)
class TextFormulas:
    """Costs and limits of each closure, read when they are asked for; can be compared, pickled and kept in a cache.

    Args:
        costs, limits: (closure, texts) of the closures the model has.
        symbols: names the texts may use.
    """

    costs: tuple[tuple[Closure, Texts], ...]
    limits: tuple[tuple[Closure, Texts], ...]
    symbols: frozenset[str]

    def __call__(self, closure: Closure, **variant: str) -> Formulas:
        """The formulas of one closure; variants change what the symbols stand for, not them."""
        costs, limits = dict(self.costs)[closure], dict(self.limits)[closure]
        return Formulas(costs=_read(costs, self.symbols), limits=_read(limits, self.symbols))


@lru_cache(maxsize=256)
def _read(texts: Texts, symbols: frozenset[str]) -> "Mapping[str, Expr]":
    return {name: parse_formula(text, symbols, name) for name, text in texts}
