"""OpenQASM 2 and 3 read back by other people's readers: the same unitary up to a global phase, the same wiring."""

import random

import numpy as np
import openqasm3 as reference
import pytest
from numpy.typing import NDArray
from pytket import Circuit, OpType
from pytket.qasm.qasm import circuit_from_qasm_str
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit import IfElseOp
from qiskit.quantum_info import Operator
from test_echo import paths, random_word

from plait.models import Braid, PlaitError, cfev_circuit
from plait.models.conditional import conditional_circuit
from plait.models.hadamard import hadamard_circuit
from plait.models.openqasm import openqasm2, openqasm3
from plait.models.routing import route

SETS = ("rzz", "cx", "cz", "zzmax")


def circuits(gate_set: str) -> list[Circuit]:
    """Echo circuits in both layouts, a Hadamard test and a routed circuit, all small."""
    rng = random.Random(gate_set)
    braid = Braid(strands=4, word=random_word(rng, 4, 14))
    parts = [
        cfev_circuit(braid, "markov", (0, 1, 1, 1, 1), part, layout=layout, gate_set=gate_set).circuit
        for layout in ("paper", "reduced")
        for part in (False, True)
    ]
    test = hadamard_circuit(Braid(strands=3, word=(1, -2)), "markov", (0, 1, 0, 1), gate_set=gate_set)
    return [*parts, test.circuit, route(test.circuit, gate_set, "grid").circuit]


def pytket_parts(circuit: Circuit) -> tuple[NDArray[np.complex128], dict[int, int]]:
    """Unitary, first qubit most significant, and qubit -> bit."""
    plain, wiring = Circuit(circuit.n_qubits), {}
    for command in circuit:
        if command.op.type == OpType.Measure:
            wiring[command.qubits[0].index[0]] = command.bits[0].index[0]
        else:
            plain.add_gate(command.op, [qubit.index[0] for qubit in command.qubits])
    return plain.get_unitary(), wiring


def qiskit_parts(circuit: QuantumCircuit, held: tuple[int, ...] = ()) -> tuple[NDArray[np.complex128], dict[int, int]]:
    """The same of a qiskit circuit; `held` is what the register of input bits holds."""
    plain, wiring = QuantumCircuit(circuit.num_qubits), {}

    def add(part: QuantumCircuit, places: list[int]) -> None:
        for step in part.data:
            on = [places[part.find_bit(qubit).index] for qubit in step.qubits]
            if step.operation.name == "measure":
                wiring[on[0]] = circuit.find_bit(step.clbits[0]).registers[0][1]
            elif isinstance(step.operation, IfElseOp):
                bit, value = step.operation.condition
                if held[circuit.find_bit(bit).registers[0][1]] == value:
                    add(step.operation.blocks[0], on)
            else:
                plain.append(step.operation, on)

    add(circuit, list(range(circuit.num_qubits)))
    return Operator(plain.reverse_bits()).data, wiring


def assert_same(found: tuple[NDArray[np.complex128], dict], wanted: tuple[NDArray[np.complex128], dict]) -> None:
    """Same wiring; unitaries equal to 1e-11 but for a global phase."""
    assert found[1] == wanted[1]
    phase = np.vdot(wanted[0], found[0]) / len(wanted[0])
    assert abs(phase) == pytest.approx(1, abs=1e-11)
    assert np.abs(found[0] - phase * wanted[0]).max() < 1e-11


@pytest.mark.parametrize("gate_set", SETS)
def test_openqasm3_is_read_back(gate_set: str) -> None:
    """By qiskit's importer; every native gate keeps its name."""
    for circuit in circuits(gate_set):
        text = openqasm3(circuit)
        read = qasm3.loads(text)
        assert_same(qiskit_parts(read), pytket_parts(circuit))
        name = {"rzz": "rzz", "cx": "cx", "cz": "cz", "zzmax": "zzmax"}[gate_set]
        assert read.count_ops().get(name, 0) == circuit.n_2qb_gates()
        assert ("gate zzmax" in text) == (gate_set == "zzmax" and circuit.n_2qb_gates() > 0)


@pytest.mark.parametrize("gate_set", SETS)
def test_openqasm2_is_read_back(gate_set: str) -> None:
    """By qiskit's importer and by pytket's."""
    for circuit in circuits(gate_set):
        text = openqasm2(circuit)
        read = qasm2.loads(text)
        assert_same(qiskit_parts(read), pytket_parts(circuit))
        again = circuit_from_qasm_str(text)
        assert again.n_2qb_gates() == circuit.n_2qb_gates()
        assert_same(pytket_parts(again), pytket_parts(circuit))


@pytest.mark.parametrize("gate_set", SETS)
def test_input_bits_in_openqasm3(gate_set: str) -> None:
    """Every path and part of the one conditional circuit, with conditions decided as they stand in the program."""
    echo = conditional_circuit(Braid(strands=4, word=(1, 3, -2, -2, 3, 1, 2)), gate_set)
    text = openqasm3(echo.circuit)
    declared = [s for s in reference.parse(text).statements if isinstance(s, reference.ast.IODeclaration)]
    assert [s.identifier.name for s in declared] == ["s_in"]
    assert "input bit[4] s_in;\n" in text
    # qiskit knows no input bits; as ordinary bits they are read.
    read = qasm3.loads(text.replace("input bit", "bit"))
    for s in paths(4):
        for imaginary in (False, True):
            wanted = pytket_parts(echo.resolved(s, imaginary))
            assert_same(qiskit_parts(read, echo.inputs(s, imaginary)), wanted)


def test_angles_keep_their_digits() -> None:
    """To the last place or two of a double, also near a whole number of turns."""
    angle = 3.9 + 1e-15
    read = qasm3.loads(openqasm3(Circuit(1).Rz(angle, 0)))
    assert read.data[0].operation.params[0] == pytest.approx((angle - 4) * np.pi, abs=1e-15)


def test_bits_and_empty_circuits() -> None:
    """A circuit without gates is a program too; two bits may be crossed."""
    assert openqasm3(Circuit(1)) == 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[1] q;\n'
    crossed = Circuit(2, 2).PhasedX(1, 0, 0).Measure(0, 1).Measure(1, 0)
    for read in (qasm3.loads(openqasm3(crossed)), qasm2.loads(openqasm2(crossed))):
        assert qiskit_parts(read)[1] == {0: 1, 1: 0}


def test_mistakes() -> None:
    """Gates that are not native, conditions on several bits, conditions in OpenQASM 2."""
    for write in (openqasm2, openqasm3):
        with pytest.raises(PlaitError, match="gate H is not native; expected PhasedX, Rz, ZZPhase, ZZMax, CX, CZ"):
            write(Circuit(1).H(0))
    with pytest.raises(PlaitError, match="a gate is conditional on 2 bits; expected one"):
        openqasm3(Circuit(1, 2).Rz(0.1, 0, condition_bits=[0, 1], condition_value=3))
    with pytest.raises(PlaitError, match="OpenQASM 2 has no input bits"):
        openqasm2(conditional_circuit(Braid(strands=3, word=(1,))).circuit)
