"""What control-free echo verification costs: gates from the circuit, shots from the question, time from the layers."""

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.symbols import symbol, symbols, units


def _formulas(closure: Closure, mitigation: str) -> Formulas:
    from sympy import Integer, ceiling, exp, log, sqrt

    n, r, layers_of_runs, eps, delta, v, z = symbols("n r D_r eps delta v z")
    k_2q, k_idle, k_spam, keep_2q, keep_idle, u_2q, u_idle = symbols("k_2q k_idle k_spam K_2q K_idle u_2q u_idle")
    e_2q, e_1q, e_idle, e_spam, t_layer, t_shot = symbols("e_2q e_1q e_idle e_spam t_layer t_shot")
    ones = symbol("h") if closure is Closure.MARKOV else n / 2 - 1
    qubits = n + 1
    gates = 3 * r + 2 * ones
    pulses = 4 * r + 4 * ones + 2
    depth = 3 * layers_of_runs + 2 * ceiling(log(ones + 1, 2))
    gate_errors = e_2q * gates + e_1q * pulses
    idle_errors = e_idle * qubits * depth
    damping = exp(-k_2q * gate_errors - k_idle * idle_errors - k_spam * e_spam * qubits)
    keep_rate = exp(-keep_2q * gate_errors - keep_idle * idle_errors)
    variance = 2 * (1 + z * (1 - v**2)) if closure is Closure.MARKOV else Integer(2)
    if mitigation == "raw":
        bias, shrink, charged = v * (1 - damping), Integer(1), Integer(1)
    else:
        benchmark = symbol("x_ref")
        bias = v * sqrt((u_2q * gate_errors) ** 2 + (u_idle * idle_errors) ** 2)
        shrink, charged = damping, 1 + benchmark
        variance *= 1 + v**2 / benchmark  # dividing by a damping that was itself measured, on braids with |E| = 1
    shots = charged * ceiling(log(1 / delta) * variance / (keep_rate * shrink**2 * (eps - bias) ** 2))
    seconds = shots * (t_layer * depth + t_shot) + 2 * symbol("t_build") * gates
    return Formulas(
        costs={
            "qubits": qubits,
            "two_qubit_gates": gates,
            "two_qubit_depth": depth,
            "one_qubit_gates": pulses,
            "measurements": qubits,
            "damping": damping,
            "keep_rate": keep_rate,
            "bias": bias,
            "shots": shots,
            "seconds": seconds,
            "joules": symbol("power") * seconds,
        },
        limits={"qubits": qubits / symbol("Q"), "signal": bias / eps},
    )


CFEV = CostModel(
    name="cfev",
    side=Side.QUANTUM,
    closures=frozenset(Closure),
    summary="control-free echo verification (Markov: the DQC1 problem; plat: the BQP one), n+1 qubits, three RZZ a run",
    formulas=_formulas,
    constants=units(
        "n r D_r h eps delta v z k_2q k_idle k_spam K_2q K_idle u_2q u_idle x_ref t_build "
        "e_2q e_1q e_idle e_spam t_layer t_shot power Q"
    ),
    source="counts: the circuit of plait.models.echo; protocol and variances: arXiv:2503.05625 and our own derivation",
    assumes=(
        "all-to-all connectivity, RZZ of any angle as the native gate, virtual Rz",
        "the answer is damped by exp(-sum of k times expected errors); error detection rejects in the same form",
        "rescaled: the damping is measured on benchmark braids of the same size, |E| = 1: shots and noise charged",
        "one circuit with classical input bits serves every s; two circuits in all (real, imaginary)",
        "one machine, shots one after another, idle and calibrated; no queue",
        "k_2q was fitted to runs that had one-qubit and SPAM errors too, so those are counted about 5 % too much",
    ),
    variants={"mitigation": ("rescaled", "raw")},
)
