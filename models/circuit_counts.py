"""Counts of a compiled circuit, the same for every kind of test."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytket import Circuit


class CircuitCounts:
    """What a compiled circuit counts, read off the circuit itself; a base of the circuit dataclasses."""

    circuit: "Circuit"

    @property
    def qubits(self) -> int:
        """Number of qubits."""
        return self.circuit.n_qubits

    @property
    def two_qubit_gates(self) -> int:
        """Number of two-qubit gates."""
        return self.circuit.n_2qb_gates()

    @property
    def two_qubit_depth(self) -> int:
        """Layers of two-qubit gates."""
        return self.circuit.depth_2q()

    @property
    def one_qubit_gates(self) -> int:
        """Number of PhasedX pulses; Rz is virtual and not counted."""
        from pytket import OpType

        return self.circuit.n_gates_of_type(OpType.PhasedX)

    @property
    def measurements(self) -> int:
        """Number of measurements."""
        from pytket import OpType

        return self.circuit.n_gates_of_type(OpType.Measure)
