"""What a tensor train costs: exact, or truncated until its error is eps."""

from typing import Any

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.symbols import symbol, symbols, units

FLOP_PER_WORK = 88
"""Real FLOP of a singular value decomposition with vectors, complex, per rows * columns * min(rows, columns): 4 times
the 22 n^3 of a square real matrix (Golub and Van Loan, section 8.6)."""
COPIES = 6
"""As of `plait.models.mps`: matrices of the size of an updated pair alive at once."""


def _train(closure: Closure, accuracy: str) -> Formulas:
    from sympy import Max, sqrt

    r, work, bond, held, bandwidth, memory, eta = symbols("r K chi P_t B M eta")
    eps, v = symbols("eps v")
    share: Any = Max(0, 1 - eps / v) ** symbol("x_cut") if accuracy == "eps" else 1
    ways = 2 if closure is Closure.MARKOV else 1  # over one site, which holds a strand and its partner
    need = held + 16 * COPIES * (ways * bond) ** 2
    work = share * work
    moved = sqrt(r * work) * symbol("b_factor") + work * symbol("b_work")
    seconds = symbol("x_train") * (symbol("t_update") * r + moved / (bandwidth * eta))
    return Formulas(
        costs={
            "flops": FLOP_PER_WORK * work,
            "bytes": need,
            "seconds": seconds,
            "joules": symbol("power") * seconds,
        },
        limits={"memory": need / memory},
    )


MPO = CostModel(
    name="mpo",
    side=Side.CLASSICAL,
    closures=frozenset(Closure),
    summary="tensor trains from both ends of the braid (Markov: folded, two strands a site), overlapped in between",
    formulas=_train,
    variants={"accuracy": ("exact", "eps")},
    constants=units("r K chi P_t t_update b_factor b_work x_train x_cut eps v B M eta power"),
    source="plait.models.tensor_train; seconds per update and per unit of work, and work left by truncation, fitted to "
    "real trains",
    assumes=(
        "accuracy = exact: nothing is discarded but rounding; an exact value, independent of eps, delta and v",
        "accuracy = eps: bonds limited until the fidelity is 1 - eps / v, whose error was v (1 - fidelity) or so",
        "no braid minimisation; runs merged (cyclically for Markov)",
    ),
)
