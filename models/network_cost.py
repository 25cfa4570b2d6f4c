"""What contracting the face network costs: dense, or over Fibonacci configurations only."""

from typing import Any

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.symbols import symbol, symbols, units

DENSE_COPIES = 3
"""Largest-intermediate copies alive at once in a dense contraction (two operands, one result)."""


def search_seconds(tensors: Any) -> Any:
    """Seconds of path search: on one core, whatever runs the contraction."""
    return symbol("x_search") * (symbol("t_search") * tensors + symbol("t_search2") * tensors**2)


def sliced(need: Any, memory: Any) -> Any:
    """Factor on the operations when a contraction that needs more than the memory is sliced."""
    from sympy import Max, log

    excess = Max(1, need / memory)
    return excess ** (symbol("g_slice") + symbol("h_slice") * log(excess))


def _dense(closure: Closure) -> Formulas:
    tensors, width, operations, writes = symbols("T w C W")
    f_dense, b_write, rate, bandwidth, memory, eta = symbols("f_dense b_write F B M eta")
    flops = 8 * operations
    need = 16 * DENSE_COPIES * 2**width
    arithmetic = flops / (f_dense * rate) + b_write * writes / bandwidth
    contracted = symbol("x_dense") * (tensors * symbol("t_tensor") + sliced(need, memory) * arithmetic / eta)
    return network_formulas(tensors, flops, need, writes, search_seconds(tensors) + contracted)


def constrained_seconds(tensors: Any, planned: Any, operations: Any, need: Any) -> Any:
    """Seconds of a contraction over Fibonacci configurations.

    A planned step of v multiply-adds is a matrix product of volume v, whose rows, lists and tiles grow as its surface
    v^(2/3). With all steps alike, v = operations / planned, the surfaces add up to planned^(1/3) operations^(2/3).
    """
    from sympy import Rational

    bandwidth, memory, eta = symbols("B M eta")
    fixed = tensors * symbol("t_step") + planned * symbol("t_plan")
    surface = planned ** Rational(1, 3) * operations ** Rational(2, 3)
    moved = (surface * symbol("b_surface") + operations * symbol("b_op")) / bandwidth
    return symbol("x_fib") * (fixed + sliced(need, memory) * moved / eta)


def _constrained(closure: Closure) -> Formulas:
    tensors, planned, operations, peak = symbols("T T_p C_f P_f")
    need = 16 * peak
    contracted = constrained_seconds(tensors, planned, operations, need)
    seconds = search_seconds(tensors) + contracted
    return network_formulas(tensors, 8 * operations, need, symbol("W_f"), seconds)


def network_formulas(tensors: Any, flops: Any, need: Any, writes: Any, seconds: Any) -> Formulas:
    """What every contraction reports."""
    return Formulas(
        costs={
            "tensors": tensors,
            "flops": flops,
            "bytes": need,
            "writes": writes,
            "seconds": seconds,
            "joules": symbol("power") * seconds,
        },
        limits={},
    )


_ASSUMES = (
    "runs merged (cyclically for Markov), fixed heights propagated, no braid minimisation",
    "tree found by the search effort the calibration states; complex128",
    "beyond the memory the contraction is sliced: operations grow as x^(g_slice + h_slice ln x), x = bytes / memory",
    "an exact value: independent of eps, delta and v",
)

FACE_TN = CostModel(
    name="face-tn",
    side=Side.CLASSICAL,
    closures=frozenset(Closure),
    summary="exact contraction of the face network, dense",
    formulas=_dense,
    constants=units(
        "T w C W t_search t_search2 x_search t_tensor f_dense b_write x_dense g_slice h_slice F B M eta power"
    ),
    source="plait.models.face and plait.models.search; three-term time model fitted to real contractions",
    assumes=_ASSUMES,
)

FACE_TN_FIB = CostModel(
    name="face-tn-fib",
    side=Side.CLASSICAL,
    closures=frozenset(Closure),
    summary="exact contraction of the face network over height configurations without adjacent zeros",
    formulas=_constrained,
    constants=units(
        "T T_p C_f P_f W_f t_search t_search2 x_search t_step t_plan b_surface b_op x_fib g_slice h_slice B M eta power"
    ),
    source="plait.models.constrained; seconds per operation and per step fitted to real contractions",
    assumes=_ASSUMES,
)
