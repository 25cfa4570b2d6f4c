"""The contender that minimises the braid first: what it leaves is what the contraction costs."""

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.network_cost import constrained_seconds, search_seconds
from plait.models.symbols import symbol, symbols, units


def _formulas(closure: Closure) -> Formulas:
    n, m, tensors, planned, operations, peak = symbols("n m T_s p_s C_s P_s")
    need = 16 * peak
    minimised = symbol("x_min") * (symbol("t_min") * m + symbol("t_min2") * m * n)
    contracted = constrained_seconds(tensors, planned, operations, need)
    seconds = minimised + search_seconds(tensors) + contracted
    return Formulas(
        costs={
            "tensors": tensors,
            "flops": 8 * operations,
            "bytes": need,
            "seconds": seconds,
            "joules": symbol("power") * seconds,
        },
        limits={},
    )


SIMPLIFY = CostModel(
    name="simplify",
    side=Side.CLASSICAL,
    closures=frozenset(Closure),
    summary="the braid minimised (effort 1), then contracted over height configurations without adjacent zeros",
    formulas=_formulas,
    constants=units(
        "n m T_s p_s C_s P_s t_min t_min2 x_min t_search t_search2 x_search t_step t_plan b_surface b_op x_fib "
        "g_slice h_slice B M eta power"
    ),
    source="plait.models.minimise and plait.models.constrained; what is left of a braid, and the seconds, fitted to "
    "real runs",
    assumes=(
        "the same oriented link: an exact value, independent of eps, delta and v",
        "minimised and searched on one core, whatever runs the contraction; tree found by the search effort the "
        "calibration states; complex128",
        "beyond the memory it is sliced: operations grow as x^(g_slice + h_slice ln x), x = bytes / memory",
    ),
)
