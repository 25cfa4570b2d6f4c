"""What control-free echo verification costs: gates from the circuit, shots from the question, time from the layers."""

from typing import TYPE_CHECKING, Any, NamedTuple

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.echo_plan import GATE_SETS
from plait.models.shot_cost import answer
from plait.models.symbols import symbol, symbols, units

if TYPE_CHECKING:
    from sympy import Expr


class EchoGates(NamedTuple):
    """Counts of one echo circuit as expressions.

    Args:
        qubits: all measured.
        two_qubit: gates.
        pulses: PhasedX; Rz is virtual.
        depth: two-qubit layers, never less than the circuit has.
    """

    qubits: "Expr"
    two_qubit: "Expr"
    pulses: "Expr"
    depth: "Expr"


def echo_gates(closure: Closure, layout: str, gate_set: str, connectivity: str) -> EchoGates:
    """Exact counts of the compiled circuit: closed forms in n, r, h, D_r for the paper layout with RZZ and all-to-all
    coupling; elsewhere also in counts that depend on the word (r_full, r_hard, r_one, r_half, f, D_b, d_f).

    >>> echo_gates(Closure.PLAT, "paper", "rzz", "all").two_qubit
    n + 3*r - 2
    """
    from sympy import Integer, Max, ceiling, log

    n, r, layers_of_runs = symbols("n r D_r")
    full: Any = symbol("r_full")
    one: Any = symbol("r_one")
    half: Any = symbol("r_half")
    fan: Any = symbol("f")
    fan_layers: Any = symbol("d_f")
    block_layers: Any = symbol("D_b")
    qubits: Any = Max(1, n - 1)
    if layout == "paper":
        full, one, half, qubits = r, Integer(0), Integer(0), n + 1
        if connectivity == "all":
            ones = symbol("h") if closure is Closure.MARKOV else n / 2 - 1
            fan, fan_layers = 2 * ones, 2 * ceiling(log(ones + 1, 2))
        if gate_set == "rzz":
            block_layers = 3 * layers_of_runs
    runs = 3 * full + one if gate_set == "rzz" else 3 * full + symbol("r_hard") + 2 * one - half
    pulses = runs + full + one + 2 + (0 if gate_set == "cx" else 2 * fan)
    return EchoGates(qubits, runs + fan, pulses, block_layers + fan_layers)


def _formulas(closure: Closure, layout: str, gate_set: str, connectivity: str, mitigation: str) -> Formulas:
    from sympy import Integer

    gates = echo_gates(closure, layout, gate_set, connectivity)
    v, z = symbols("v z")
    variance = 2 * (1 + z * (1 - v**2)) if closure is Closure.MARKOV else Integer(2)
    return answer(
        qubits=gates.qubits,
        two_qubit_gates=gates.two_qubit,
        one_qubit_gates=gates.pulses,
        two_qubit_depth=gates.depth,
        measurements=gates.qubits,
        variance=variance,
        circuits=None if closure is Closure.MARKOV else Integer(2),
        preparing=Integer(0) if layout == "paper" else symbol("t_word") * symbol("r"),
        mitigation=mitigation,
        detects=True,
    )


CFEV = CostModel(
    name="cfev",
    side=Side.QUANTUM,
    closures=frozenset(Closure),
    summary="control-free echo verification (Markov: the DQC1 problem; plat: the BQP one); reduced: n-1 qubits",
    formulas=_formulas,
    constants=units(
        "n r D_r h r_full r_hard r_one r_half f D_b d_f eps delta v z k_2q k_idle k_spam K_2q K_idle K_spam u_2q "
        "u_idle x_ref t_build t_word e_2q e_1q e_idle e_spam t_layer t_shot power Q"
    ),
    source="counts: the circuit of plait.models.echo; protocol and variances: arXiv:2503.05625 and our own derivation",
    assumes=(
        "virtual Rz; entangler and connectivity of the variant native to the machine",
        "Markov: a path s drawn for every shot, and a circuit written for it; the formulas hold its expected counts",
        "reduced layout: one word, searched for once, serves all paths",
        "the answer is damped by exp(-sum of k times expected errors); error detection rejects in the same form",
        "rescaled: the damping is measured on benchmark braids of the same size, |E| = 1: shots and noise charged",
        "one machine, shots one after another, idle and calibrated; no queue; loading circuits is free",
    ),
    variants={
        "layout": ("reduced", "paper"),
        "gate_set": GATE_SETS,
        "connectivity": ("all", "line"),
        "mitigation": ("rescaled", "raw"),
    },
)
