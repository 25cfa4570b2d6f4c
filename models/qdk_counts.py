"""What a compiled circuit counts on a fault-tolerant machine: Clifford gates free, T gates and other rotations not.

The circuit is merged first, qubit by qubit, exactly: PhasedX(theta, phi) is Rz(-phi) Rx(theta) Rz(phi), and each Rz
waits until a gate does not commute with it, so that neighbours add up; one on a fresh |0> or before a measurement does
nothing. An angle of k/2 half-turns is Clifford, an odd multiple of 1/4 a T gate, any other a rotation, whose synthesis
into T gates is the estimator's. Layers are scheduled as the estimator's own counter does it: every rotation and T gate
takes one layer of its qubits, two-qubit gates bring their qubits to the same layer, and rotation depth is the number of
layers that hold a rotation. Names of the counts: `qdk.estimator.LogicalCounts` (qdk 1.33.1).
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from plait.models.errors import PlaitError

if TYPE_CHECKING:
    from pytket import Circuit

DIAGONAL = ("ZZPhase", "ZZMax", "CZ")
"""Two-qubit gates that every Rz commutes with."""
CLIFFORD_ANGLE = 1e-11
"""Half-turns within which an angle counts as a multiple of 1/4."""


class Step(NamedTuple):
    """One gate of the merged circuit.

    Args:
        gate: Rz, Rx, ZZPhase, ZZMax, CZ, CX or Measure.
        angle: in half-turns, within -1..1; 0 for a gate without one.
        qubits: indices.
    """

    gate: str
    angle: float
    qubits: tuple[int, ...]


def merged_steps(circuit: "Circuit") -> Iterator[Step]:
    """The circuit with its Rz's merged; the same outcomes with the same probabilities.

    Args:
        circuit: native gates of any gate set, without conditions; measurements only at the end of a qubit.

    Raises:
        PlaitError: another gate.
    """
    waiting = [0.0] * circuit.n_qubits
    fresh = [True] * circuit.n_qubits

    def turn(qubit: int, angle: float) -> None:
        waiting[qubit] = math.remainder(waiting[qubit] + angle, 2)

    def flush(qubit: int) -> Iterator[Step]:
        if waiting[qubit] and not fresh[qubit]:
            yield Step("Rz", waiting[qubit], (qubit,))
        waiting[qubit] = 0.0

    for command in circuit:
        gate, on = command.op.type.name, tuple(qubit.index[0] for qubit in command.qubits)
        if gate == "Rz":
            turn(on[0], float(command.op.params[0]))
        elif gate == "PhasedX":
            theta, phi = map(float, command.op.params)
            turn(on[0], -phi)
            yield from flush(on[0])
            yield Step("Rx", math.remainder(theta, 2), on)
            fresh[on[0]] = False
            turn(on[0], phi)
        elif gate in DIAGONAL:
            angle = math.remainder(float(command.op.params[0]), 2) if gate == "ZZPhase" else 0.0
            yield Step(gate, angle, on)
        elif gate == "CX":
            yield from flush(on[1])
            yield Step(gate, 0.0, on)
            fresh[on[1]] = False
        elif gate == "Measure":
            waiting[on[0]] = 0.0
            yield Step(gate, 0.0, on)
        else:
            raise PlaitError(f"gate {gate} is not native; expected Rz, PhasedX, {', '.join(DIAGONAL)} or CX")


def qdk_counts(circuit: "Circuit") -> dict[str, int]:
    """Logical counts of a compiled circuit, by the names of qdk's `LogicalCounts`.

    Raises:
        PlaitError: a gate that is not native.

    >>> from plait.models import Braid, cfev_circuit
    >>> qdk_counts(cfev_circuit(Braid.parse("1 -2 1 -2"), "markov", (0, 1, 1, 1)).circuit)["measurementCount"]
    2
    """
    layer = [0] * circuit.n_qubits
    rotated: set[int] = set()
    rotations = ts = measured = 0
    for step in merged_steps(circuit):
        top = max(layer[qubit] for qubit in step.qubits)
        quarters = 4 * step.angle
        whole = round(quarters)
        takes = False
        if step.gate == "Measure":
            measured += 1
        elif abs(quarters - whole) > 4 * CLIFFORD_ANGLE:
            rotations, takes = rotations + 1, True
            rotated.add(top)
        elif whole % 2:
            ts, takes = ts + 1, True
        # A rotation about ZZ is a CX, an Rz of the second qubit and the CX again: both end in one layer.
        for qubit in step.qubits:
            layer[qubit] = top + takes
    return {
        "numQubits": circuit.n_qubits,
        "tCount": ts,
        "rotationCount": rotations,
        "rotationDepth": len(rotated),
        "cczCount": 0,
        "ccixCount": 0,
        "measurementCount": measured,
    }


def merged_circuit(circuit: "Circuit") -> "Circuit":
    """The merged circuit in native gates: what is counted, for other tools to count as well."""
    from pytket import Circuit, OpType

    found = Circuit(circuit.n_qubits, circuit.n_bits)
    bits = {command.qubits[0].index[0]: command.bits[0].index[0] for command in circuit if command.bits}
    for gate, angle, on in merged_steps(circuit):
        if gate == "Measure":
            found.Measure(on[0], bits[on[0]])
        elif gate == "Rz":
            found.Rz(angle, on[0])
        elif gate == "Rx":
            found.PhasedX(angle, 0, on[0])
        elif gate == "ZZPhase":
            found.ZZPhase(angle, *on)
        else:
            found.add_gate(OpType.from_name(gate), on)
    return found
