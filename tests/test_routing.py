"""Circuits on grids, heavy-hex patches and given edges: same outcomes, native gates on edges, few SWAPs."""

import hashlib
import itertools
import random
import subprocess
import sys
from collections import Counter

import pytest
from pytket import Circuit, OpType
from pytket.architecture import Architecture
from pytket.passes import DefaultMappingPass
from test_echo import random_word

from plait.models import Braid, Closure, PlaitError, cfev_circuit, routing
from plait.models.conditional import conditional_circuit
from plait.models.coupling import grid, heavy_hex
from plait.models.gates import final_state
from plait.models.hadamard import hadamard_circuit
from plait.models.routing import Routed, route

NATIVE = {"rzz": OpType.ZZPhase, "cx": OpType.CX, "cz": OpType.CZ, "zzmax": OpType.ZZMax}
RING = [(i, (i + 1) % 7) for i in range(7)]
STAR = [(3, 10), (3, 20), (3, 30), (3, 40), (40, 50), (50, 3), (10, 60)]


def outcomes(circuit: Circuit) -> dict[tuple[int, ...], float]:
    """Measured bits -> probability, read through the measurements."""
    bit_of = {c.qubits[0].index[0]: c.bits[0].index[0] for c in circuit if c.op.type == OpType.Measure}
    seen: Counter[tuple[int, ...]] = Counter()
    state = abs(final_state(circuit)) ** 2
    for index in zip(*state.nonzero(), strict=True):
        bits = [0] * len(bit_of)
        for qubit, bit in bit_of.items():
            bits[bit] = int(index[qubit])
        seen[tuple(bits)] += float(state[index])
    return seen


def same(first: Circuit, second: Circuit) -> bool:
    """Whether two circuits have the same distribution of measured bits to 1e-10."""
    one, other = outcomes(first), outcomes(second)
    return all(abs(one.get(bits, 0) - other.get(bits, 0)) < 1e-10 for bits in {*one, *other})


def check(routed: Routed, gate_set: str) -> None:
    """Native gates, entanglers on edges, default qubit and bit names."""
    edges = {*routed.edges, *((b, a) for a, b in routed.edges)}
    assert {command.op.type for command in routed.circuit} <= {
        OpType.PhasedX,
        OpType.Rz,
        OpType.Measure,
        NATIVE[gate_set],
    }
    assert [str(qubit) for qubit in routed.circuit.qubits] == [f"q[{i}]" for i in range(len(routed.nodes))]
    assert {bit.reg_name for bit in routed.circuit.bits} == {"c"}
    assert list(routed.nodes) == sorted(set(routed.nodes))
    for command in routed.circuit:
        if len(command.qubits) == 2:
            assert tuple(routed.nodes[qubit.index[0]] for qubit in command.qubits) in edges


def cases(seed: str) -> list[dict]:
    """Arguments of echo circuits: random words, both closures, both layouts, both parts."""
    rng = random.Random(seed)
    found = []
    for number in range(8):
        closure = Closure.PLAT if number % 2 else Closure.MARKOV
        strands = rng.choice((2, 4, 6)) if number % 2 else rng.randint(1, 7)
        braid = Braid(strands=strands, word=random_word(rng, strands, rng.choice((0, 3, 12, 25))))
        layout = "paper" if number in (2, 5) else "reduced"
        found.append({"braid": braid, "closure": closure, "imaginary": number > 4, "layout": layout, "seed": number})
    return found


@pytest.mark.parametrize("gate_set", NATIVE)
@pytest.mark.parametrize("coupling", ["grid", "heavy-hex", RING, STAR], ids=["grid", "heavy-hex", "ring", "star"])
def test_the_outcomes_stay_the_same(
    gate_set: str, coupling: str | list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Routed, or with the line circuit at hand: the distribution of the source, on edges, the same each time."""
    monkeypatch.setattr(routing, "MAX_TRIES", 5)
    for case in cases(f"{gate_set}{coupling}"):
        if not isinstance(coupling, str) and case["braid"].strands > 5:
            continue
        circuit = cfev_circuit(**case, gate_set=gate_set).circuit
        line = cfev_circuit(**case, gate_set=gate_set, connectivity="line").circuit
        for given in (None, line):
            routed = route(circuit, gate_set, coupling, line=given)
            check(routed, gate_set)
            assert same(routed.circuit, circuit if routed.source == "circuit" else line)
            source = circuit if routed.source == "circuit" else line
            assert routed.two_qubit_gates == source.n_2qb_gates() + 3 * routed.swaps + 3 * routed.bridges
            assert route(circuit, gate_set, coupling, line=given) == routed
        alone = route(circuit, gate_set, coupling)
        assert alone.source == "circuit"
        assert routed.two_qubit_gates <= alone.two_qubit_gates


@pytest.mark.parametrize("gate_set", NATIVE)
@pytest.mark.parametrize("coupling", ["grid", "heavy-hex"])
def test_a_test_that_measures_one_qubit(gate_set: str, coupling: str) -> None:
    """The Hadamard test needs many SWAPs; its one bit is that of the ancilla wherever that ends up."""
    test = hadamard_circuit(Braid(strands=4, word=(1, -2, 3, 2, -1)), "markov", (0, 1, 1, 0, 1), gate_set=gate_set)
    routed = route(test.circuit, gate_set, coupling)
    check(routed, gate_set)
    assert routed.swaps + routed.bridges > 0
    assert same(routed.circuit, test.circuit)
    assert max(outcomes(routed.circuit).values()) < 0.99


def test_bridges_are_written_out() -> None:
    """Where pytket prefers a CX over a middle qubit to a SWAP, it is four CX gates on edges."""
    circuit = Circuit(3, 3).PhasedX(0.3, 0.1, 0).CX(0, 1).CX(1, 2).CX(0, 2).CX(0, 1)
    for qubit in range(3):
        circuit.Measure(qubit, 2 - qubit)
    routed = route(circuit, "cx", [(0, 1), (1, 2)])
    check(routed, "cx")
    assert (routed.bridges, routed.swaps, routed.two_qubit_gates) == (1, 0, 7)
    assert same(routed.circuit, circuit)


@pytest.mark.parametrize("gate_set", ["rzz", "cx"])
@pytest.mark.parametrize("coupling", ["grid", "heavy-hex"])
def test_no_more_gates_than_the_default_pass(gate_set: str, coupling: str) -> None:
    """With the line circuit at hand never more than pytket's DefaultMappingPass needs; on heavy-hex without a SWAP."""
    for seed in range(2):
        braid = Braid.brickwall(10, 10, seed=seed)
        circuit = cfev_circuit(braid, "markov", gate_set=gate_set, seed=seed).circuit
        line = cfev_circuit(braid, "markov", gate_set=gate_set, connectivity="line", seed=seed).circuit
        routed = route(circuit, gate_set, coupling, line=line)
        check(routed, gate_set)
        assert routed.two_qubit_gates <= line.n_2qb_gates()
        if coupling == "heavy-hex":
            assert (routed.source, routed.swaps, routed.qubits) == ("line", 0, 9)
            assert routed.two_qubit_depth == line.depth_2q()
        mapped = circuit.copy()
        DefaultMappingPass(Architecture(list(routed.edges))).apply(mapped)
        extra = 2 * mapped.n_gates_of_type(OpType.SWAP) + 4 * mapped.n_gates_of_type(OpType.BRIDGE)
        assert routed.two_qubit_gates <= mapped.n_2qb_gates() + extra


def test_the_same_in_another_process() -> None:
    """Neither hashes nor the clock decide."""
    program = (
        "from plait.models import Braid; from plait.models.hadamard import hadamard_circuit as h\n"
        "from plait.models.routing import route; import hashlib\n"
        "r = route(h(Braid.brickwall(4, 4, seed=1), 'markov', gate_set='cx').circuit, 'cx', 'heavy-hex')\n"
        "print(hashlib.sha256(str(r.circuit.get_commands()).encode()).hexdigest())"
    )
    seen = set()
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": hash_seed},
        )
        seen.add(done.stdout.strip())
    here = route(hadamard_circuit(Braid.brickwall(4, 4, seed=1), "markov", gate_set="cx").circuit, "cx", "heavy-hex")
    seen.add(hashlib.sha256(str(here.circuit.get_commands()).encode()).hexdigest())
    assert len(seen) == 1


@pytest.mark.parametrize("lattice", [grid, heavy_hex])
def test_lattices(lattice: type) -> None:
    """Connected along a path that holds the circuit; a grid row, or a heavy-hex row, less would not do."""
    for qubits in range(1, 200):
        edges, path = lattice(qubits)
        both = {*edges, *((b, a) for a, b in edges)}
        assert len(path) == len(set(path)) >= qubits
        assert all(pair in both for pair in itertools.pairwise(path))
        nodes = {node for edge in edges for node in edge} or {0}
        degree = Counter(end for edge in edges for end in edge)
        assert nodes == set(range(len(nodes)))
        if lattice is grid:
            assert set(path) == nodes
            assert len(nodes) - qubits < len(nodes) ** 0.5
        else:
            assert max(degree.values()) == 3
            # Every edge of a heavy-hex lattice is next to a qubit with two neighbours.
            assert all(min(degree[a], degree[b]) <= 2 for a, b in edges)


@pytest.mark.parametrize(("c", "qubits"), [(2, 65), (3, 127), (6, 433), (10, 1121)])
def test_full_patches_are_the_known_processors(c: int, qubits: int) -> None:
    """2 c + 1 rows of 4 c + 3 nodes: the sizes of IBM's processors."""
    path = (2 * c + 1) * (4 * c + 4) - 3
    edges, found = heavy_hex(path)
    assert len(found) == path
    assert len({node for edge in edges for node in edge}) == qubits


def test_a_patch_is_no_larger_than_it_must_be() -> None:
    """One qubit more than a patch's path holds gives a larger patch."""
    for qubits in (13, 21, 33, 45, 57):
        assert len(heavy_hex(qubits)[1]) == qubits
        assert len(heavy_hex(qubits + 1)[1]) > qubits + 1


def test_placements_are_improved(monkeypatch: pytest.MonkeyPatch) -> None:
    """More tries never end worse, and here better; none are made where the line circuit is far ahead."""
    braid = Braid.brickwall(9, 8, seed=2)
    circuit = hadamard_circuit(braid, "markov").circuit
    gates = []
    for tries in (0, 10, 60):
        monkeypatch.setattr(routing, "MAX_TRIES", tries)
        gates.append(route(circuit, "rzz", "grid").two_qubit_gates)
    assert gates[0] >= gates[1] >= gates[2]
    assert gates[0] > gates[2]
    placed = []
    inner = routing._placed
    monkeypatch.setattr(routing, "_placed", lambda *given: placed.append(given) or inner(*given))
    echo = {part: cfev_circuit(braid, "markov", (0, *[1] * 9), connectivity=part).circuit for part in ("all", "line")}
    monkeypatch.setattr(routing, "CLIMB_WITHIN", 0)
    route(echo["all"], "rzz", "heavy-hex", line=echo["line"])
    assert len(placed) == 4  # the line, and three placements to start from


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too large to compare: the line is taken as it is. Too large to route: only a line helps."""
    braid = Braid.brickwall(6, 12, seed=0)
    circuit = cfev_circuit(braid, "markov", (0, 1, 1, 1, 1, 1, 1)).circuit
    line = cfev_circuit(braid, "markov", (0, 1, 1, 1, 1, 1, 1), connectivity="line").circuit
    monkeypatch.setattr(routing, "MAX_COMPARED_WORK", 0)
    monkeypatch.setattr(routing, "_routed", lambda *_: pytest.fail("routed"))
    assert route(circuit, "rzz", "grid", line=line).source == "line"
    monkeypatch.setattr(routing, "MAX_ROUTED_WORK", 10)
    assert route(circuit, "rzz", "grid", line=line).source == "line"
    with pytest.raises(PlaitError, match="two-qubit gates on 5 qubits are too many to route"):
        route(circuit, "rzz", "grid")


def chain(*extra: str) -> Circuit:
    """Three qubits, q[0] meets both others; then what `extra` asks for."""
    circuit = Circuit(3, 3).ZZPhase(0.3, 0, 1).ZZPhase(0.2, 0, 2)
    if "swap" in extra:
        circuit.SWAP(0, 1)
    for qubit in range(3):
        circuit.Measure(qubit, 0 if "twice" in extra else qubit)
    if "after" in extra:
        circuit.Rz(0.1, 0)
    return circuit


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((chain(), "iswap", "grid"), "gate_set = 'iswap' is not available; known: rzz, cx, cz, zzmax"),
        ((chain(), "rzz", "torus"), "coupling = 'torus' is not available; known: grid, heavy-hex, or pairs of nodes"),
        ((chain(), "rzz", 7), "coupling = 7 is not available"),
        ((chain(), "rzz", []), "coupling has 0 edges; expected 1"),
        ((chain(), "rzz", [(0, 1), (1, 1)]), r"coupling\[1\] = \(1, 1\) is no edge; expected two different nodes"),
        ((chain(), "rzz", [(0, 1), "ab"]), r"coupling\[1\] = 'ab' is no edge"),
        ((chain(), "rzz", [(0, 1, 2)]), r"coupling\[0\] = \(0, 1, 2\) is no edge"),
        ((chain(), "rzz", [(-1, 2)]), "is no edge"),
        ((chain(), "rzz", [(True, 2)]), "is no edge"),
        ((chain(), "rzz", [(0, 1), (2, 3)]), "coupling is not connected: node 2 is not reached from 0"),
        ((chain(), "rzz", [(4, 5)]), "coupling has 2 nodes, but the circuit needs 3 qubits"),
        ((chain(), "cx", "grid"), "circuit: gate ZZPhase is not of the gate set cx; compile for it"),
        ((chain("swap"), "rzz", "grid"), "gate SWAP is not of the gate set rzz"),
        ((chain("twice"), "rzz", "grid"), "expected each bit of one register to be measured once"),
        ((chain("after"), "rzz", "grid"), r"q\[0\] is used after its measurement"),
        ((chain(), "rzz", "grid", chain()), "line: qubits that are not neighbours meet"),
        ((conditional_circuit(Braid(strands=3, word=(1,))).circuit, "rzz", "grid"), "gate Conditional is not of"),
    ],
    ids=range(17),
)
def test_mistakes(arguments: tuple, message: str) -> None:
    """Each says what was expected."""
    with pytest.raises(PlaitError, match=message):
        route(*arguments)
