"""The controlled Hadamard test of a braid: the textbook one-clean-qubit circuit, as a baseline for the echo.

An ancilla x in (|0> + |1>)/sqrt 2 controls every run on the path s, and only x is measured:
E[(-1)^m] = Re z_s, or Im z_s with Sdg on x. With b = q_i between a and c, and Vc the turn of b, controlled by c, that
carries v = (1/phi, phi^{-1/2}) to |1>, a controlled run is Vc^-1 D Vc and a phase on x:

    D = exp(i eta (1 - Zx)/2 f),   f = (1 - Zb + Za Zb + Za + 2 Za Zc)/4,   eta = 3 pi k/5.

f is 1 where sigma has the eigenvalue with e^{i eta} and 0 elsewhere on paths. CX from x to a turns Za into Zx Za, so
D is seven gates and the run nine: seven RZZ and two CX. No proof that it is the least. Source: own derivation.
"""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.models.blocks import Block, steered_block
from plait.models.braid import Braid
from plait.models.circuit_counts import CircuitCounts
from plait.models.closure import Closure
from plait.models.echo import MAX_TWO_QUBIT_GATES, choose_path
from plait.models.echo_plan import GATE_SETS
from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI
from plait.models.gates import Gates, final_state
from plait.models.known_bits import eta
from plait.models.link import check_closable
from plait.models.runs import Run, closed_runs

if TYPE_CHECKING:
    from pytket import Circuit

X = -1
"""Place of the ancilla, before q_0."""


@dataclass(frozen=True, kw_only=True)
class HadamardCircuit(CircuitCounts):
    """A compiled Hadamard test.

    n+2 qubits, one measured; 9 two-qubit gates per run with RZZ, 16 with an entangler of fixed angle.

    Args:
        circuit: native gates only; qubit 0 is the ancilla, qubit i + 1 is q_i. Its one bit is the ancilla's.
        s: the path, n+1 bits from s_0 = 0.
        gate_set: "rzz", "cx", "cz" or "zzmax".
        imaginary: True if E[(-1)^m] = Im z_s, False if Re z_s.
        closure: of the braid.
    """

    circuit: "Circuit"
    s: tuple[int, ...]
    gate_set: str
    imaginary: bool
    closure: Closure


def hadamard_circuit(
    braid: Braid,
    closure: Closure | str,
    s: Sequence[int] | None = None,
    imaginary: bool = False,
    *,
    gate_set: str = "rzz",
    seed: int = 0,
) -> HadamardCircuit:
    """Compile the controlled Hadamard test for one path s and one part of z_s; any pair of qubits can meet.

    Args:
        braid: what to run; its runs are merged first, and plat end kinks become a phase.
        closure: Markov or plat.
        s: the path, n+1 bits from s_0 = 0. None: drawn with `seed` (Markov), 0101..10 (plat, which allows no other).
        imaginary: measure Im z_s instead of Re z_s.
        gate_set: "rzz", "cx", "cz" or "zzmax".
        seed: of the draw of s, used only if s is None and the closure Markov.

    Raises:
        PlaitError: an unknown gate set, an s that is no path of this closure, a closure that does not fit the braid,
            or more than MAX_TWO_QUBIT_GATES two-qubit gates.

    >>> test = hadamard_circuit(Braid(strands=3, word=(1, -2, 1, -2)), "markov", s=(0, 1, 1, 1))
    >>> test.qubits, test.two_qubit_gates, test.measurements
    (5, 36, 1)
    """
    closure = Closure.parse(closure)
    if gate_set not in GATE_SETS:
        raise PlaitError(f"gate_set = {gate_set!r} is not available; known: {', '.join(GATE_SETS)}")
    check_closable(braid, closure)
    path = choose_path(braid.strands, closure, s, seed)
    closed = closed_runs(braid, closure)
    two_qubit = (9 if gate_set == "rzz" else 16) * len(closed.runs)
    if two_qubit > MAX_TWO_QUBIT_GATES:
        raise PlaitError(
            f"this circuit has {two_qubit} two-qubit gates; the limit is {MAX_TWO_QUBIT_GATES}: shorten the word"
        )
    gates = Gates(gate_set, (X, *range(braid.strands + 1)))
    for place, bit in enumerate(path):
        if bit:
            gates.phased_x(1, 0, place)
    gates.h(X)
    gates.rz(cmath.phase(closed.phase) / math.pi - (0.5 if imaginary else 0), X)
    for run in closed.runs:
        _emit_run(gates, run)
    gates.h(X)
    gates.measure([X])
    return HadamardCircuit(circuit=gates.circuit, s=path, gate_set=gate_set, imaginary=bool(imaginary), closure=closure)


def hadamard_value(test: HadamardCircuit) -> float:
    """Exact E[(-1)^m] of the compiled circuit without noise: Re z_s, or Im z_s if `test.imaginary`.

    Raises:
        PlaitError: more than 16 qubits.

    >>> round(hadamard_value(hadamard_circuit(Braid(strands=2, word=(1,)), "markov", s=(0, 1, 0))), 6)
    -0.809017
    """
    weights = abs(final_state(test.circuit)) ** 2
    return float(weights[0].sum() - weights[1].sum())


def _emit_run(gates: Gates, run: Run) -> None:
    a, b, c = run.position - 1, run.position, run.position + 1
    e = eta(run.power)
    # exp(i pi e t/8 Z..) is an Rz or RZZ of -e t/4 half-turns.
    gates.blocks([(b, (c,), _carry(gates.gate_set, 1))])
    gates.rz(e / 4 + 3 * run.power % 10 / 5, X)
    gates.rz(e / 4, b)
    gates.rz(-e / 4, a)
    _rzz(gates, -e / 4, X, b)
    _rzz(gates, -e / 4, a, b)
    _rzz(gates, -e / 2, a, c)
    gates.cx(X, a)
    gates.rz(e / 4, a)
    _rzz(gates, e / 4, a, b)
    _rzz(gates, e / 2, a, c)
    gates.cx(X, a)
    gates.blocks([(b, (c,), _carry(gates.gate_set, -1))])


def _carry(gate_set: str, sign: int) -> Block:
    """Controlled by c: v to |1> (sign 1) or |1> to v (sign -1)."""
    import numpy as np

    half = sign * (math.pi / 2 - math.acos(1 / PHI))
    turn = np.array([[math.cos(half), -math.sin(half)], [math.sin(half), math.cos(half)]], complex)
    return steered_block(gate_set, np.eye(2, dtype=complex), turn)


def _rzz(gates: Gates, angle: float, control: int, target: int) -> None:
    """RZZ of any angle: itself, or two entanglers of fixed angle."""
    import numpy as np

    if gates.gate_set == "rzz":
        gates.entangle(angle, control, target)
        return
    turn = np.diag(np.exp(0.5j * math.pi * angle * np.array([-1, 1])))
    gates.blocks([(target, (control,), steered_block(gates.gate_set, turn, turn.conj()))])
