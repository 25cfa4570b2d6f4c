"""The contender that answers 0: free, and right whenever the signal is no larger than the error allowed."""

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.symbols import symbols, units


def _formulas(closure: Closure) -> Formulas:
    from sympy import Integer

    v, eps = symbols("v eps")
    return Formulas(
        costs={"flops": Integer(0), "seconds": Integer(0), "joules": Integer(0)}, limits={"signal": v / eps}
    )


ZERO = CostModel(
    name="zero",
    side=Side.CLASSICAL,
    closures=frozenset(Closure),
    summary="answer 0 without looking; valid where |E| <= eps",
    formulas=_formulas,
    constants=units("v eps"),
    source="definition of additive error",
    assumes=("|E| is known not to exceed eps",),
)
