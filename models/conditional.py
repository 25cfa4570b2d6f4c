"""One echo circuit for all paths s: classical input bits say which CX gates, and which ends of the braid, are run.

Qubits q_1..q_{n-1}, as in the reduced layout, but only what holds for every s makes runs cheaper: q_0 = 0, q_1 = 1
and q_n = s_n. The machine reads s_2..s_n and the part to measure from its input bits, so one compiled circuit
serves a whole experiment. Source: own derivation; the idea of input bits is that of the paper's device runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.models.blocks import Block, controlled_block, full_block
from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.echo import MAX_TWO_QUBIT_GATES, choose_path, layers
from plait.models.echo_plan import GATE_SETS, echo_qubits
from plait.models.errors import PlaitError
from plait.models.gates import Gates
from plait.models.known_bits import PlannedRun, eta, plan_any_path
from plait.models.runs import Run, closed_runs

if TYPE_CHECKING:
    from pytket import Bit, Circuit


@dataclass(frozen=True, kw_only=True)
class ConditionalEcho:
    """An echo circuit with classical input bits, for the Markov closure.

    Args:
        circuit: native gates, some conditional on the register "s". Bit 0 of "s" asks for the imaginary part; bit i - 1
            is s_i, i = 2..n. Qubit j is q_{j+1}, measured into bit j of the register "c".
        strands: n.
        gate_set: "rzz", "cx", "cz" or "zzmax".
    """

    circuit: "Circuit"
    strands: int
    gate_set: str

    @property
    def qubits(self) -> int:
        """Number of qubits: n-1 (one for a single strand)."""
        return self.circuit.n_qubits

    def inputs(self, s: Sequence[int], imaginary: bool) -> tuple[int, ...]:
        """What the register "s" must hold.

        Raises:
            PlaitError: s is no path.
        """
        return (int(imaginary), *choose_path(self.strands, Closure.MARKOV, s, 0)[2:])

    def fan_out(self, s: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """CX gates that a run on s makes, for error detection as with `EchoCircuit.fan_out`: a star."""
        return tuple((1, i) for i in echo_qubits(self.strands, "reduced")[1:] if s[i])

    def resolved(self, s: Sequence[int], imaginary: bool = False) -> "Circuit":
        """The circuit that is run on these inputs, without conditions."""
        from pytket import Circuit, OpType
        from pytket.circuit import Conditional

        held = self.inputs(s, imaginary)
        plain = Circuit(self.circuit.n_qubits)
        plain.add_c_register("c", self.circuit.n_qubits)
        for command in self.circuit:
            if isinstance(command.op, Conditional):
                if held[command.args[0].index[0]] == command.op.value:
                    plain.add_gate(command.op.op, command.qubits)
            elif command.op.type == OpType.Measure:
                plain.Measure(command.qubits[0], command.bits[0])
            else:
                plain.add_gate(command.op, command.qubits)
        return plain


def conditional_circuit(braid: Braid, gate_set: str = "rzz") -> ConditionalEcho:
    """Compile one circuit for all paths and both parts; Markov closure, all-to-all coupling.

    The plat closure has a single path, so `cfev_circuit` serves it.

    Raises:
        PlaitError: an unknown gate set, or more than MAX_TWO_QUBIT_GATES two-qubit gates.

    >>> echo = conditional_circuit(Braid(strands=4, word=(1, 2, 3)))
    >>> echo.qubits, echo.circuit.n_bits, echo.inputs((0, 1, 1, 0, 1), imaginary=True)
    (3, 7, (1, 1, 0, 1))
    """
    if gate_set not in GATE_SETS:
        raise PlaitError(f"gate_set = {gate_set!r} is not available; known: {', '.join(GATE_SETS)}")
    n = braid.strands
    runs = closed_runs(braid, Closure.MARKOV).runs
    if 4 * len(runs) + 2 * n > MAX_TWO_QUBIT_GATES:
        raise PlaitError(
            f"this circuit may have {4 * len(runs) + 2 * n} two-qubit gates; "
            f"the limit is {MAX_TWO_QUBIT_GATES}: shorten the word"
        )
    gates = Gates(gate_set, echo_qubits(n, "reduced"))
    bits: list[Bit] = list(gates.circuit.add_c_register("s", n))
    gates.h(1)
    with gates.when(bits[0], 1):
        gates.rz(-0.5, 1)  # Sdg
    for i in gates.places[1:]:
        with gates.when(bits[i - 1], 1):
            gates.cx(1, i)
    phases = _emit_runs(gates, layers(runs), n, bits)
    for i in reversed(gates.places[1:]):
        with gates.when(bits[i - 1], 1):
            gates.cx(1, i)
    for last in (0, 1) if n > 1 else ():
        with gates.when(bits[n - 1], last):
            gates.rz(phases[last], 1)
    gates.h(1)
    gates.measure(gates.places)
    return ConditionalEcho(circuit=gates.circuit, strands=n, gate_set=gate_set)


def _emit_runs(gates: Gates, cut: Sequence[Sequence[Run]], n: int, bits: "Sequence[Bit]") -> tuple[float, float]:
    """Write the runs, layer by layer; the phase of the branch of zeros, in half-turns, for s_n = 0 and s_n = 1.

    Where s_n matters, both ways of doing a run are written, each conditional on s_n.
    """
    ordered = [run for layer in cut for run in layer]
    plans = [plan_any_path(ordered, n, last) for last in (0, 1)]
    phases = [0.0, 0.0]
    start = 0
    for layer in cut:
        same = []
        for place in range(start, start + len(layer)):
            ways = [plan[place] for plan in plans]
            blocks = [_block(gates.gate_set, way) for way in ways]
            for last, way in enumerate(ways):
                block = blocks[last]
                k = way.run.power
                phases[last] += 3 * k % 10 / 5 + way.eta_count * eta(k) if block is None else block.phase0
            if ways[0] == ways[1] and blocks[0] is not None:
                same.append((ways[0].run.position, ways[0].controls, blocks[0]))
            elif ways[0] == ways[1]:
                _turn(gates, ways[0])
            else:
                for last, (way, block) in enumerate(zip(ways, blocks, strict=True)):
                    with gates.when(bits[n - 1], last):
                        if block is None:
                            _turn(gates, way)
                        else:
                            gates.blocks([(way.run.position, way.controls, block)])
        gates.blocks(same)
        start += len(layer)
    return phases[0], phases[1]


def _block(gate_set: str, way: PlannedRun) -> Block | None:
    if not way.controls:
        return None
    return (full_block if len(way.controls) == 2 else controlled_block)(gate_set, way.run.power)


def _turn(gates: Gates, way: PlannedRun) -> None:
    if way.turned is not None:
        gates.rz(-eta(way.run.power), way.turned)
