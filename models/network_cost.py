"""What contracting the face network costs: dense, or over Fibonacci configurations only."""

from typing import Any

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.symbols import symbol, symbols, units

DENSE_COPIES = 3
"""Largest-intermediate copies alive at once in a dense contraction (two operands, one result)."""


def _search(tensors: Any) -> Any:
    """Seconds of path search: on one core, whatever runs the contraction."""
    return symbol("t_search") * tensors + symbol("t_search2") * tensors**2


def _sliced(need: Any, memory: Any) -> Any:
    """Factor on the operations when a contraction that needs more than the memory is sliced."""
    from sympy import Max

    return Max(1, need / memory) ** symbol("g_slice")


def _dense(closure: Closure) -> Formulas:
    tensors, width, operations, writes = symbols("T w C W")
    f_dense, b_write, rate, bandwidth, memory, eta = symbols("f_dense b_write F B M eta")
    flops = 8 * operations
    need = 16 * DENSE_COPIES * 2**width
    arithmetic = flops / (f_dense * rate) + b_write * writes / bandwidth
    seconds = _search(tensors) + tensors * symbol("t_tensor") + _sliced(need, memory) * arithmetic / eta
    return _network(tensors, flops, need, writes, seconds)


def _constrained(closure: Closure) -> Formulas:
    tensors, operations, peak, bandwidth, memory, eta = symbols("T C_f P_f B M eta")
    need = 16 * peak
    arithmetic = operations * symbol("b_op") / bandwidth
    seconds = _search(tensors) + tensors * symbol("t_step") + _sliced(need, memory) * arithmetic / eta
    return _network(tensors, 8 * operations, need, peak, seconds)


def _network(tensors: Any, flops: Any, need: Any, writes: Any, seconds: Any) -> Formulas:
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
    "beyond the memory the contraction is sliced and its operations grow as (bytes / memory)^g_slice",
    "an exact value: independent of eps, delta and v",
)

FACE_TN = CostModel(
    name="face-tn",
    side=Side.CLASSICAL,
    closures=frozenset(Closure),
    summary="exact contraction of the face network, dense",
    formulas=_dense,
    constants=units("T w C W t_search t_search2 t_tensor f_dense b_write g_slice F B M eta power"),
    source="plait.models.face and plait.models.search; three-term time model fitted to real contractions",
    assumes=_ASSUMES,
)

FACE_TN_FIB = CostModel(
    name="face-tn-fib",
    side=Side.CLASSICAL,
    closures=frozenset(Closure),
    summary="exact contraction of the face network over height configurations without adjacent zeros",
    formulas=_constrained,
    constants=units("T C_f P_f t_search t_search2 t_step b_op g_slice B M eta power"),
    source="plait.models.constrained; seconds per operation and per step fitted to real contractions",
    assumes=_ASSUMES,
)
