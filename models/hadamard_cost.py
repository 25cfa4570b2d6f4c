"""What the controlled Hadamard test costs: the textbook form of DQC1, the baseline of control-free verification."""

from typing import Any

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.echo_plan import GATE_SETS
from plait.models.shot_cost import answer
from plait.models.symbols import symbol, symbols, units

PULSES = {"rzz": 8, "cx": 21, "cz": 25, "zzmax": 25}
"""PhasedX of one controlled run."""


def _formulas(closure: Closure, gate_set: str, mitigation: str) -> Formulas:
    from sympy import Integer

    n, r, v = symbols("n r v")
    # s_1..s_n are set by one pulse each where they are 1; s_1 always is.
    ones: Any = (symbol("h") if closure is Closure.MARKOV else n / 2 - 1) + 1
    gates = (9 if gate_set == "rzz" else 16) * r
    return answer(
        qubits=n + 2,
        two_qubit_gates=gates,
        one_qubit_gates=PULSES[gate_set] * r + ones + 2,
        two_qubit_depth=gates,
        measurements=Integer(1),
        variance=2 * (2 - v**2),
        circuits=None if closure is Closure.MARKOV else Integer(2),
        preparing=Integer(0),
        mitigation=mitigation,
        detects=False,
    )


HADAMARD = CostModel(
    name="hadamard",
    side=Side.QUANTUM,
    closures=frozenset(Closure),
    summary="controlled Hadamard test (the textbook DQC1 form): n+2 qubits, nine RZZ a run, one qubit measured",
    formulas=_formulas,
    constants=units(
        "n r h eps delta v k_2q k_idle k_spam K_2q K_idle u_2q u_idle x_ref t_build "
        "e_2q e_1q e_idle e_spam t_layer t_shot power Q"
    ),
    source="counts: the circuit of plait.models.hadamard, an upper bound not proved least; variance 2 (2 - |E|^2)",
    assumes=(
        "all-to-all coupling; virtual Rz; entangler of the variant native to the machine",
        "every run waits for the ancilla: the two-qubit depth is bounded by the number of gates",
        "damping in the form of the echo, an error that the echo would have recognised damping too; not yet measured",
        "one machine, shots one after another, idle and calibrated; no queue; loading circuits is free",
    ),
    variants={"gate_set": GATE_SETS, "mitigation": ("rescaled", "raw")},
)
