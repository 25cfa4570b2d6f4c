"""Compiled circuits on hardware where only some pairs of qubits can meet: grids, heavy-hex lattices, any graph.

Two ways lead there. Routing places the qubits and brings pairs together with SWAPs (pytket's LexiRoute). Embedding
needs no SWAP: a circuit in which only neighbours meet is laid along a path of the coupling, and the echo circuits of
connectivity "line" are of that kind. `route` returns the one with fewer two-qubit gates.

Measured for reduced echo circuits of brickwall braids, as a multiple of the two-qubit gates with all-to-all coupling
(means; RZZ and CX; ten seeds of (10,10), four of (16,16), two of (30,30)): embedded 1.22, 1.14, 1.06; routed on a
grid 1.33, 1.60, 1.83; routed on a heavy-hex patch 2.1, 2.5, 3.0. On heavy-hex embedding always had fewer gates, on
grids always but for one in five on 3 by 3 nodes. There, pytket's DefaultMappingPass was never better in twelve cases.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from plait.models.circuit_counts import CircuitCounts
from plait.models.coupling import Edges, read_coupling
from plait.models.echo_plan import GATE_SETS
from plait.models.errors import PlaitError, shown
from plait.models.gates import Gates

if TYPE_CHECKING:
    from pytket import Bit, Circuit, Qubit
    from pytket.architecture import Architecture

MAX_ROUTED_WORK = 50_000_000
"""Guard on what is routed, two-qubit gates times qubits squared: about two minutes. Embedding has no such limit."""
MAX_COMPARED_WORK = 500_000
"""Above this, about a second, a circuit is not routed if its line form fits: there routing never won, by far."""
MAX_TRIES = 300
CLIMB_WORK = 2_000_000
"""Changes of a placement that are tried: this over the work of routing once, so that it takes about a second."""
CLIMB_WITHIN = 1.5
"""No changes are tried if routing has more than this many times the gates of a circuit already embedded."""
PLACEMENT_MS = 60_000
"""Far more than pytket's placement takes at PATTERN_GATES, so that the clock does not decide what comes out."""
PATTERN_GATES = 30
"""Gates that pytket's graph placement looks at: with the usual 100 it may search for many seconds."""


@dataclass(frozen=True, kw_only=True)
class Routed(CircuitCounts):
    """A compiled circuit in which every entangler is on an edge of the coupling.

    Args:
        circuit: native gates only; its qubit j is nodes[j]. The classical bits mean what they meant before.
        gate_set: "rzz", "cx", "cz" or "zzmax".
        coupling: "grid", "heavy-hex" or "edges".
        nodes: physical nodes used, ascending.
        edges: the whole coupling, as pairs of nodes.
        swaps: SWAPs put in, three two-qubit gates each.
        bridges: CX gates over a middle qubit put in, four CX gates instead of one (set "cx" only).
        source: which circuit this is: "circuit" or "line". An echo's rule for detecting errors is that of its source.
    """

    circuit: "Circuit"
    gate_set: str
    coupling: str
    nodes: tuple[int, ...]
    edges: Edges
    swaps: int
    bridges: int
    source: str


class _Laid(NamedTuple):
    """A circuit on nodes, SWAPs and BRIDGEs not yet written out, without its measurements; bit -> node measured."""

    circuit: "Circuit"
    measured: Mapping[int, int]
    source: str

    def counts(self) -> tuple[int, int, int]:
        """Two-qubit gates once written out, SWAPs, BRIDGEs."""
        from pytket import OpType

        swaps, bridges = map(self.circuit.n_gates_of_type, (OpType.SWAP, OpType.BRIDGE))
        return self.circuit.n_2qb_gates() + 2 * swaps + 4 * bridges, swaps, bridges


def route(
    circuit: "Circuit", gate_set: str, coupling: str | Sequence[tuple[int, int]], line: "Circuit | None" = None
) -> Routed:
    """Put a compiled circuit on a coupling; the same input gives the same output.

    The circuit is routed from three placements (pytket's graph and line placement, and along a path), the best of them
    improved by trial; if only neighbours meet in it, it is embedded instead. The result has no more two-qubit gates
    than any of these and `line`.

    Args:
        circuit: PhasedX, Rz, the entangler of the gate set, and at the end a measurement into each bit; any pair may
            meet.
        gate_set: "rzz", "cx", "cz" or "zzmax".
        coupling: "grid" (`grid`), "heavy-hex" (`heavy_hex`), each as small as holds the circuit, or pairs of nodes.
        line: a circuit that does the same with q[j] meeting only q[j-1] and q[j+1]; its bits mean the same.

    Raises:
        PlaitError: an unknown gate set or coupling, a coupling that is not connected or too small, a gate of another
            kind, or a circuit above MAX_ROUTED_WORK where routing is the only way.

    >>> from pytket import Circuit
    >>> routed = route(Circuit(3, 1).CZ(0, 1).CZ(1, 2).CZ(0, 2).Measure(0, 0), "cz", "grid")
    >>> routed.two_qubit_gates, routed.swaps, routed.edges
    (6, 1, ((0, 1), (0, 2), (1, 3), (2, 3)))
    """
    if gate_set not in GATE_SETS:
        raise PlaitError(f"gate_set = {shown(gate_set)} is not available; known: {', '.join(GATE_SETS)}")
    sources = {"circuit": circuit} | ({} if line is None else {"line": line})
    for name, source in sources.items():
        _check(source, gate_set, name)
    if line is not None and not _only_neighbours(line):
        raise PlaitError("line: qubits that are not neighbours meet; expected a circuit of connectivity line")
    qubits = max(1, *(source.n_qubits for source in sources.values()))
    label, edges, path = read_coupling(coupling, qubits)
    laid = [
        _placed(source, path, name) for name, source in sources.items() if path is not None and _only_neighbours(source)
    ]
    least = min((candidate.counts()[0] for candidate in laid), default=None)
    for name, source in sources.items():
        gates, work = source.n_2qb_gates(), _work(source)
        if least is None and work > MAX_ROUTED_WORK:
            raise PlaitError(
                f"{name}: {gates} two-qubit gates on {source.n_qubits} qubits are too many to route; gates times "
                f"qubits squared may be {MAX_ROUTED_WORK} at most: shorten the word, or give a line circuit too"
            )
        if least is None or (gates < least and work <= MAX_COMPARED_WORK):
            laid.append(_routed(source, edges, path, name, least))
    best = min(laid, key=_Laid.counts)
    _, swaps, bridges = best.counts()
    written, nodes = _written(best, gate_set)
    return Routed(
        circuit=written,
        gate_set=gate_set,
        coupling=label,
        nodes=nodes,
        edges=edges,
        swaps=swaps,
        bridges=bridges,
        source=best.source,
    )


def _check(circuit: "Circuit", gate_set: str, name: str) -> None:
    """Only native gates, and every bit measured once, at the end of its qubit."""
    from pytket import OpType

    entangler = {"rzz": OpType.ZZPhase, "cx": OpType.CX, "cz": OpType.CZ, "zzmax": OpType.ZZMax}[gate_set]
    native = {OpType.PhasedX, OpType.Rz, entangler}
    done: set[Qubit] = set()
    bits: set[Bit] = set()
    for command in circuit:
        if not done.isdisjoint(command.qubits):
            raise PlaitError(f"{name}: {command.qubits[0]} is used after its measurement; measure at the end")
        if command.op.type == OpType.Measure:
            done.add(command.qubits[0])
            bits.add(command.bits[0])
        elif command.op.type not in native:
            raise PlaitError(f"{name}: gate {command.op.type.name} is not of the gate set {gate_set}; compile for it")
    if len(bits) != circuit.n_bits or len(done) != circuit.n_bits or len(circuit.c_registers) > 1:
        raise PlaitError(f"{name}: expected each bit of one register to be measured once")


def _only_neighbours(circuit: "Circuit") -> bool:
    place = {qubit: j for j, qubit in enumerate(circuit.qubits)}
    ends = ([place[qubit] for qubit in command.qubits] for command in circuit)
    return all(abs(on[0] - on[-1]) <= 1 for on in ends)


def _placed(circuit: "Circuit", nodes: Sequence[int], source: str) -> _Laid:
    """The circuit with its qubit j called nodes[j], and without its measurements."""
    from pytket import Circuit, OpType
    from pytket.circuit import Node

    node_of = dict(zip(circuit.qubits, nodes, strict=False))
    laid, measured = Circuit(), {}
    for qubit in circuit.qubits:
        laid.add_qubit(Node(node_of[qubit]))
    for command in circuit:
        if command.op.type == OpType.Measure:
            measured[command.bits[0].index[0]] = node_of[command.qubits[0]]
        else:
            laid.add_gate(command.op, [Node(node_of[qubit]) for qubit in command.qubits])
    return _Laid(laid, measured, source)


def _routed(circuit: "Circuit", edges: Edges, path: Sequence[int] | None, source: str, least: int | None) -> _Laid:
    """The circuit routed from the best placement found: of those of `_placements`, changed where that helps.

    Each try exchanges what is on two nodes, drawn with a fixed seed, and stays if routing is no worse for it. `least`:
    two-qubit gates to beat.
    """
    from pytket.architecture import Architecture
    from pytket.circuit import Node
    from pytket.passes import RoutingPass
    from pytket.predicates import CompilationUnit

    architecture = Architecture(list(edges))

    def routed(nodes: Sequence[int]) -> _Laid:
        placed = _placed(circuit, nodes, source)
        unit = CompilationUnit(placed.circuit)
        RoutingPass(architecture).apply(unit)
        final = {before: after.index[0] for before, after in unit.final_map.items()}
        return _Laid(unit.circuit, {bit: final[Node(node)] for bit, node in placed.measured.items()}, source)

    found = [(routed(nodes), nodes) for nodes in _placements(circuit, architecture, path)]
    best, nodes = min(found, key=lambda pair: pair[0].counts())
    everywhere = [*nodes, *sorted({node.index[0] for node in architecture.nodes} - set(nodes))]
    rng = random.Random(0)
    hopeless = least is not None and best.counts()[0] > CLIMB_WITHIN * least
    for _ in range(0 if hopeless else min(MAX_TRIES, CLIMB_WORK // max(1, _work(circuit)))):
        i, j = rng.randrange(circuit.n_qubits), rng.randrange(len(everywhere))
        changed = list(everywhere)
        changed[i], changed[j] = changed[j], changed[i]
        candidate = routed(changed)
        if candidate.counts() <= best.counts():
            best, everywhere = candidate, changed
    return best


def _work(circuit: "Circuit") -> int:
    """Two-qubit gates times qubits squared; routing takes about half a microsecond for each."""
    return circuit.n_2qb_gates() * circuit.n_qubits**2


def _placements(
    circuit: "Circuit", architecture: "Architecture", path: Sequence[int] | None
) -> Iterator[tuple[int, ...]]:
    """Node of each qubit, one tuple a placement."""
    from pytket.placement import GraphPlacement, LinePlacement

    if path is not None:
        yield tuple(path[: circuit.n_qubits])
    graph = GraphPlacement(architecture, maximum_matches=1, timeout=PLACEMENT_MS, maximum_pattern_gates=PATTERN_GATES)
    for placement in (graph, LinePlacement(architecture)):
        try:
            found = placement.get_placement_map(circuit)
        except RuntimeError:  # out of time
            continue
        nodes = {qubit: node.index[0] for qubit, node in found.items() if node in architecture.nodes}
        free = sorted({node.index[0] for node in architecture.nodes} - set(nodes.values()))
        yield tuple(nodes[qubit] if qubit in nodes else free.pop(0) for qubit in circuit.qubits)


def _written(laid: _Laid, gate_set: str) -> tuple["Circuit", tuple[int, ...]]:
    """Native gates only, on qubits 0, 1, ..., and the node that each is."""
    from pytket import OpType

    commands = [(command.op, [qubit.index[0] for qubit in command.qubits]) for command in laid.circuit]
    nodes = tuple(sorted({*laid.measured.values(), *(node for _, on in commands for node in on)}))
    gates = Gates(gate_set, nodes)
    for op, on in commands:
        if op.type == OpType.Rz:
            gates.rz(op.params[0], on[0])
        elif op.type == OpType.PhasedX:
            gates.phased_x(op.params[0], op.params[1], on[0])
        elif op.type == OpType.SWAP:
            for control, target in (on, on[::-1], on):
                gates.cx(control, target)
        elif op.type == OpType.BRIDGE:
            for control, target in (on[:2], on[1:]) * 2:
                gates.cx(control, target)
        else:
            gates.entangle(op.params[0] if op.params else 0.5, *on)
            if gate_set == "cz":  # entangle makes an RZZ of it
                gates.rz(-0.5, on[0])
                gates.rz(-0.5, on[1])
    gates.measure([laid.measured[bit] for bit in sorted(laid.measured)])
    return gates.circuit, nodes
