"""From one circuit's counts to an answer: damping, shots, seconds. The same for every test of a quantum computer."""

from typing import Any

from plait.models.cost_model import Formulas
from plait.models.symbols import symbol, symbols


def answer(
    *,
    qubits: Any,
    two_qubit_gates: Any,
    one_qubit_gates: Any,
    two_qubit_depth: Any,
    measurements: Any,
    variance: Any,
    circuits: Any,
    preparing: Any,
    mitigation: str,
    detects: bool,
) -> Formulas:
    """Formulas of a quantum answer (sympy expressions in, sympy expressions out).

    N = ln(1/delta) sigma^2 / (kappa d^2 (eps - b)^2), see the question: kappa the keep rate, d the damping, b the bias.

    Args:
        qubits, two_qubit_gates, one_qubit_gates, two_qubit_depth, measurements: of one circuit.
        variance: sigma^2, the mean squared complex error of one sample.
        circuits: how many are written, two for an experiment or None for one a shot.
        preparing: seconds once for the braid, before the first shot.
        mitigation: "rescaled" divides by a damping that benchmark braids fix; "raw" does not.
        detects: whether the test recognises some errors, whose shots are then thrown away.
    """
    from sympy import Integer, ceiling, exp, log, sqrt

    eps, delta, v = symbols("eps delta v")
    k_2q, k_idle, k_spam, u_2q, u_idle = symbols("k_2q k_idle k_spam u_2q u_idle")
    keep_2q, keep_idle, keep_spam = symbols("K_2q K_idle K_spam")
    gate_errors = symbol("e_2q") * two_qubit_gates + symbol("e_1q") * one_qubit_gates
    idle_errors = symbol("e_idle") * qubits * two_qubit_depth
    read_errors = symbol("e_spam") * measurements
    if detects:
        damping = exp(-k_2q * gate_errors - k_idle * idle_errors - k_spam * read_errors)
        keep_rate = exp(-keep_2q * gate_errors - keep_idle * idle_errors - keep_spam * read_errors)
    else:  # an error that would have been recognised damps as well
        lost = (k_2q + keep_2q) * gate_errors + (k_idle + keep_idle) * idle_errors
        # The one bit that is read turns the sign of v if it flips.
        damping, keep_rate = exp(-lost - 2 * read_errors), Integer(1)
    if mitigation == "raw":
        bias, shrink, charged = v * (1 - damping), Integer(1), Integer(1)
    else:
        benchmark = symbol("x_ref")
        bias = v * sqrt((u_2q * gate_errors) ** 2 + (u_idle * idle_errors) ** 2)
        shrink, charged = damping, 1 + benchmark
        variance *= 1 + v**2 / benchmark  # dividing by a damping that was itself measured, on braids with |E| = 1
    shots = charged * ceiling(log(1 / delta) * variance / (keep_rate * shrink**2 * (eps - bias) ** 2))
    writing = (shots if circuits is None else circuits) * symbol("t_build") * two_qubit_gates
    seconds = shots * (symbol("t_layer") * two_qubit_depth + symbol("t_shot")) + writing + preparing
    return Formulas(
        costs={
            "qubits": qubits,
            "two_qubit_gates": two_qubit_gates,
            "two_qubit_depth": two_qubit_depth,
            "one_qubit_gates": one_qubit_gates,
            "measurements": measurements,
            "damping": damping,
            "keep_rate": keep_rate,
            "bias": bias,
            "shots": shots,
            "seconds": seconds,
            "joules": symbol("power") * seconds,
        },
        limits={"qubits": qubits / symbol("Q"), "signal": bias / eps},
    )
