"""Echo verification on error-corrected qubits: rotations from the circuit, physical qubits and seconds from the code.

The formulas are those of Microsoft's resource estimator (Beverland et al., arXiv:2211.07629; package qdk, its named
qubit models, codes and layout), written for one *design*: a code distance, a T factory and a number of T states for
each rotation. A design fixes how likely a logical error, a faulty T state and a synthesis error are; what is left of
the allowed error is the sampling's. Which design is fastest is searched for at each size, so the split is optimal and
not guessed (`plait.estimator.fault_tolerant`).
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.figure import Figure
from plait.models.symbols import symbol, symbols, units

if TYPE_CHECKING:
    from sympy import Expr


class Hardware(NamedTuple):
    """A named qubit model of the estimator with its code; numbers are strings, so that formulas hold them exactly.

    Args:
        qubit_model, code: names in the estimator.
        error: the larger of gate and measurement error.
        threshold, prefactor: of the code: p_L(d) = prefactor (error/threshold)^((d+1)/2) a qubit and logical cycle.
        cycle: seconds of one code cycle; a logical cycle is d of them.
    """

    qubit_model: str
    code: str
    error: str
    threshold: str
    prefactor: str
    cycle: float


HARDWARE: dict[str, Hardware] = {
    "gate-ns-e3": Hardware("qubit_gate_ns_e3", "surface_code", "1/1000", "1/100", "3/100", 400e-9),
    "gate-ns-e4": Hardware("qubit_gate_ns_e4", "surface_code", "1/10000", "1/100", "3/100", 400e-9),
    "gate-us-e3": Hardware("qubit_gate_us_e3", "surface_code", "1/1000", "1/100", "3/100", 600e-6),
    "gate-us-e4": Hardware("qubit_gate_us_e4", "surface_code", "1/10000", "1/100", "3/100", 600e-6),
    "maj-ns-e4": Hardware("qubit_maj_ns_e4", "floquet_code", "1/10000", "1/100", "7/100", 300e-9),
    "maj-ns-e6": Hardware("qubit_maj_ns_e6", "floquet_code", "1/1000000", "1/100", "7/100", 300e-9),
}
"""Named qubit models, with the estimator's default code for each."""

SYNTHESIS = ("53/100", "53/10")
"""T states of a rotation to within e: 0.53 log2(1/e) + 5.3 (arXiv:2211.07629, mixed fallback synthesis)."""
DESIGN = ("d_c", "N_t", "q_T", "t_T", "e_T")
"""Symbols that a search chooses."""

ROTATION_LAYERS = Figure(
    unit="layers/layers",
    meaning="layers of rotations per two-qubit layer of the blocks",
    value=1.52,
    low=1.37,
    high=1.88,
    basis="measured",
    source="counted in 64 compiled circuits of 6 to 80 strands, 6 to 80 layers: median, and 5 % to 95 % "
    "(tests/test_fault_tolerant.py counts some again)",
)


def rotation_count() -> "Expr":
    """Rotations of an echo circuit by angles that are no multiple of a quarter-turn, at most.

    A full block turns its target three times and joins it twice more (hard powers: a third time, and one turn more); a
    controlled gate is two pulses, two turns and one join, for power 5 two turns fewer. Turns that meet are one; a CX of
    the fan-out keeps one from meeting the next, and the last phase is one.
    """
    full, hard, one, half, fan = symbols("r_full r_hard r_one r_half f")
    return 5 * full + 2 * hard + 5 * one - 2 * half + fan + 1


def _floor(numerator: Any, denominator: Any) -> Any:
    """Whole times that a whole number goes into another."""
    from sympy import ceiling

    return ceiling((numerator + 1) / denominator) - 1


def _formulas(closure: Closure, hardware: str, layout: str, gate_set: str, connectivity: str) -> Formulas:
    from sympy import Integer, Max, Min, Rational, ceiling, exp, log, sqrt

    n, v, z, eps, delta = symbols("n v z eps delta")
    d, per_rotation, factory_qubits, factory_cycles, factory_error = symbols(" ".join(DESIGN))
    code = HARDWARE[hardware]
    slope, offset = (Rational(x) for x in SYNTHESIS)

    qubits: Any = Max(1, n - 1)
    rotations = ceiling(rotation_count())
    rotation_depth = ceiling(symbol("x_R") * symbol("D_b"))
    t_states = rotations * per_rotation
    # Every measurement and rotation is a logical cycle; T states of a layer are consumed one after the other.
    depth = qubits + rotations + per_rotation * rotation_depth

    logical_qubits = 2 * qubits + ceiling(sqrt(8 * qubits)) + 1
    patch = 2 * d**2 if code.code == "surface_code" else 4 * d**2 + 8 * (d - 1)
    for_algorithm = logical_qubits * patch
    room = Max(1, _floor(symbol("Q") - for_algorithm, factory_qubits))
    enough = ceiling(t_states / Max(1, _floor(depth * d, factory_cycles)))
    factories = Min(room, enough)
    # The algorithm waits where fewer factories fit than would keep up with it.
    cycles = Max(depth, ceiling(ceiling(t_states / room) * factory_cycles / d))

    ratio = Rational(code.error) / Rational(code.threshold)
    logical = logical_qubits * cycles * Rational(code.prefactor) * ratio ** ((d + 1) / 2)
    faulty = t_states * factory_error
    synthesis = rotations * exp(-log(2) * (per_rotation - offset) / slope)
    # A failed shot may say anything of modulus sqrt 2; a turn off by e moves each part of the answer by up to 2 e.
    bias = (sqrt(2) + v) * (logical + faulty) + 2 * sqrt(2) * synthesis

    variance = 2 * (1 + z * (1 - v**2)) if closure is Closure.MARKOV else Integer(2)
    shots = ceiling(log(1 / delta) * variance / (eps - bias) ** 2)
    two_qubit_gates = 3 * symbol("r_full") + symbol("r_one") + symbol("f")
    shot_seconds = cycles * d * symbol("t_cycle")
    written = shots if closure is Closure.MARKOV else Integer(2)
    seconds = shots * shot_seconds + written * symbol("t_build") * two_qubit_gates + symbol("t_word") * symbol("r")
    return Formulas(
        costs={
            "qubits": qubits,
            "two_qubit_gates": two_qubit_gates,
            "rotations": rotations,
            "rotation_depth": rotation_depth,
            "t_states": t_states,
            "logical_qubits": logical_qubits,
            "logical_cycles": cycles,
            "code_distance": d,
            "factories": factories,
            "physical_qubits": for_algorithm + factories * factory_qubits,
            "logical_error": logical,
            "t_error": faulty,
            "synthesis_error": synthesis,
            "bias": bias,
            "shots": shots,
            "shot_seconds": shot_seconds,
            "seconds": seconds,
            "joules": symbol("power") * seconds,
        },
        limits={"qubits": (for_algorithm + factory_qubits) / symbol("Q"), "signal": bias / eps},
    )


FT_CFEV = CostModel(
    name="ft-cfev",
    side=Side.QUANTUM,
    closures=frozenset(Closure),
    summary="control-free echo verification on error-corrected qubits; reduced layout, n-1 logical qubits",
    formulas=_formulas,
    constants=units(
        "n r r_full r_hard r_one r_half f D_b x_R eps delta v z d_c N_t q_T t_T e_T t_build t_word t_cycle power Q"
    ),
    figures={"x_R": ROTATION_LAYERS},
    source="arXiv:2211.07629 and package qdk, whose estimator gives the same physical qubits and runtimes; rotations: "
    "the circuit of plait.models.echo; protocol: arXiv:2503.05625",
    assumes=(
        "qubit model, code, layout and T factories of the estimator: hypothetical machines, not measured ones",
        "decoding keeps up, and classical control is free",
        "the blocks of the RZZ gate set, no rotation saved by other means; counts of hard powers: of fixed entanglers",
        "code distance, T factory and T states per rotation minimise the seconds of the answer at the median draw",
        "logical errors, faulty T states and synthesis errors add up, and each does the worst it can to the answer",
        "code cycles scale with t_cycle, those of the T factories as well; physical error as in the qubit model",
        "one machine, shots one after another on all its qubits; no queue; loading circuits is free",
    ),
    variants={
        "hardware": tuple(HARDWARE),
        "layout": ("reduced",),
        "gate_set": ("rzz",),
        "connectivity": ("all",),
    },
)
