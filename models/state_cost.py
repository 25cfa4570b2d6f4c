"""What evolving states in the Fibonacci path basis costs: exact trace, random vectors, plat amplitude."""

from typing import Any

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.symbols import fibonacci_number, symbol, symbols, units

FLOP_PER_AMPLITUDE = 5.1
"""Real FLOP per amplitude and run: 6 on the 10.6 % of paths through 010, 16 on the 27.6 % of pairs 101/111."""
TYPICAL_VARIANCE = 1.05
"""Mean squared error of one random vector times F_{n+1} (measured, n = 10..16; bound 1.047)."""


def _evolved(amplitudes: Any, need: Any, of: str = "x_state t_state t_run b_amp b_start", **extra: Any) -> Formulas:
    r, bandwidth, eta = symbols("r B eta")
    deviation, fixed, per_run, per_update, per_start = symbols(of)
    moved = amplitudes * (r * per_update + per_start)
    seconds = deviation * (fixed + per_run * r + moved / (bandwidth * eta))
    return Formulas(
        costs={
            **extra,
            "flops": FLOP_PER_AMPLITUDE * r * amplitudes,
            "bytes": need,
            "seconds": seconds,
            "joules": symbol("power") * seconds,
        },
        limits={"memory": need / symbol("M")},
    )


_TRACE = "x_trace t_trace t_pass b_cell b_column"


def _trace(closure: Closure) -> Formulas:
    n = symbol("n")
    return _evolved(fibonacci_number(2 * n - 1), symbol("b_path") * fibonacci_number(n), _TRACE)


def _typical(closure: Closure) -> Formulas:
    from sympy import Max, ceiling, log

    n, eps, delta = symbols("n eps delta")
    paths = fibonacci_number(n + 1)
    samples = Max(1, ceiling(log(1 / delta) * TYPICAL_VARIANCE / (eps**2 * paths)))
    return _evolved(samples * paths, symbol("b_path") * paths, samples=samples)


def _amplitude(closure: Closure) -> Formulas:
    paths = fibonacci_number(symbol("n") - 1)
    return _evolved(paths, symbol("b_path") * paths)


_CONSTANTS = "n r x_state t_state t_run b_amp b_start b_path B M eta power"
_SOURCE = "plait.models.statevector; seconds per amplitude and per run fitted to real evolutions"

FIB_TRACE = CostModel(
    name="fib-trace",
    side=Side.CLASSICAL,
    closures=frozenset({Closure.MARKOV}),
    summary="exact weighted trace, column by column, in the two sectors of the last bit",
    formulas=_trace,
    constants=units(f"n r {_TRACE} b_path B M eta power"),
    source=_SOURCE,
    assumes=("F_n^2 + F_{n-1}^2 = F_{2n-1} amplitudes a run", "complex128; an exact value"),
)

FIB_TYPICAL = CostModel(
    name="fib-typical",
    side=Side.CLASSICAL,
    closures=frozenset({Closure.MARKOV}),
    summary="weighted trace to additive error eps from random vectors",
    formulas=_typical,
    constants=units(_CONSTANTS + " eps delta"),
    source=_SOURCE + "; error law 1.05 / sqrt(S F_{n+1})",
    assumes=(
        "samples by the same rule as the shots of the quantum side",
        "the start vector is made again, not kept: one state in memory",
    ),
)

FIB_AMPLITUDE = CostModel(
    name="fib-amplitude",
    side=Side.CLASSICAL,
    closures=frozenset({Closure.PLAT}),
    summary="exact plat amplitude: one evolution of F_{n-1} amplitudes",
    formulas=_amplitude,
    constants=units(_CONSTANTS),
    source=_SOURCE,
    assumes=("the last two bits are kept by every braid and left out of the basis", "complex128; an exact value"),
)
