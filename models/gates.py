"""Writing the native gates of a gate set into a pytket circuit."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from plait.models.errors import PlaitError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pytket import Bit, Circuit

    from plait.models.blocks import Block

MAX_VALUE_QUBITS = 16
"""Guard on `final_state`: 2^16 amplitudes."""


class Gates:
    """Writes PhasedX, Rz and the one entangler of a gate set; virtual Rz's wait until they stop commuting.

    Angles are in half-turns; qubits go by the i of q_i.

    Args:
        gate_set: "rzz" (ZZPhase), "cx", "cz" or "zzmax".
        places: the i of the circuit's qubits, in order.
    """

    def __init__(self, gate_set: str, places: Sequence[int]) -> None:
        from pytket import Circuit

        self.gate_set = gate_set
        self.places = tuple(places)
        self.circuit: Circuit = Circuit(len(places))
        self._qubit = {place: qubit for qubit, place in enumerate(places)}
        self._waiting = dict.fromkeys(places, 0.0)
        self._condition: dict[str, Any] = {}

    @contextmanager
    def when(self, bit: "Bit", value: int) -> Iterator[None]:
        """Within it, gates are conditional on a classical bit, and Rz's do not wait."""
        self._condition = {"condition_bits": [bit], "condition_value": value}
        try:
            yield
        finally:
            self._condition = {}

    def rz(self, angle: float, place: int) -> None:
        """Rz, which waits."""
        if self._condition:
            self.circuit.Rz(math.remainder(angle, 2), self._qubit[place], **self._condition)
            return
        # Two half-turns are a global phase.
        self._waiting[place] = math.remainder(self._waiting[place] + angle, 2)

    def phased_x(self, theta: float, phi: float, place: int) -> None:
        """PhasedX(theta, phi)."""
        self.flush(place)
        self.circuit.PhasedX(theta, math.remainder(phi, 2), self._qubit[place], **self._condition)

    def entangle(self, angle: float, control: int, target: int) -> None:
        """RZZ(angle); one of fixed angle takes +-1/2 only. In the set "cx" the bare CX from control to target."""
        pair = self._qubit[control], self._qubit[target]
        if self.gate_set == "rzz":
            self.circuit.ZZPhase(angle, *pair, **self._condition)
        elif self.gate_set == "cx":
            self.flush(target)
            self.circuit.CX(*pair, **self._condition)
        elif self.gate_set == "cz":
            self.circuit.CZ(*pair, **self._condition)
            self.rz(angle, control)
            self.rz(angle, target)
        else:
            self.circuit.ZZMax(*pair, **self._condition)
            self.rz(angle - 0.5, control)  # RZZ(-1/2) is RZZ(1/2) and a Z on either qubit
            self.rz(angle - 0.5, target)

    def h(self, place: int) -> None:
        """Hadamard gate, one pulse."""
        self.rz(1, place)
        self.phased_x(0.5, 0.5, place)

    def cx(self, control: int, target: int) -> None:
        """CX gate: two pulses, none in the set "cx"."""
        if self.gate_set == "cx":
            self.entangle(0.5, control, target)
            return
        self.h(target)
        self.entangle(0.5, control, target)
        self.rz(-0.5, control)
        self.rz(-0.5, target)
        self.h(target)

    def blocks(self, layer: "Sequence[tuple[int, tuple[int, ...], Block]]") -> None:
        """(target, controls, block) of one layer side by side, so that it is no deeper than its longest block.

        Gate by gate across the layer, not block by block: neighbouring blocks share their outer qubits, and one after
        the other they would form a staircase. Even stages join upper neighbours, odd ones lower neighbours.
        """
        steps = [
            (stage, number, step)
            for number, (target, controls, block) in enumerate(layer)
            for step, stage in enumerate(stages(target, controls, block))
        ]
        for _, number, step in sorted(steps):
            target, controls, block = layer[number]
            self._pulse(block, step, target)
            self.entangle(block.angles[step], controls[block.joins[step]], target)
        for target, controls, block in layer:
            self._pulse(block, -1, target)
            self.rz(block.rz_target, target)
            for control, angle in zip(controls, block.rz_controls, strict=True):
                self.rz(angle, control)

    def measure(self, places: Sequence[int]) -> None:
        """Measure: the qubit of places[j] into bit j."""
        self.circuit.add_c_register("c", len(places))
        for bit, place in enumerate(places):
            self.flush(place)
            self.circuit.Measure(self._qubit[place], bit)

    def flush(self, place: int) -> None:
        """Write the Rz that waits."""
        if self._waiting[place]:
            self.circuit.Rz(self._waiting[place], self._qubit[place])
        self._waiting[place] = 0.0

    def _pulse(self, block: "Block", step: int, target: int) -> None:
        theta, phi, z = block.pulses[step]
        self.phased_x(theta, phi, target)
        self.rz(z, target)


def stages(target: int, controls: Sequence[int], block: "Block") -> tuple[int, ...]:
    """When, within its layer, each entangler of a block is written: even stages join upper neighbours, odd ones lower.

    Within one stage no two blocks of a layer share a qubit, so a layer is no deeper than its number of stages.
    """
    found, stage = [], -1
    for join in block.joins:
        stage += 1
        stage += (stage % 2 == 0) != (controls[join] > target)
        found.append(stage)
    return tuple(found)


def measured_qubits(circuit: "Circuit") -> tuple[int, ...]:
    """Bit j -> the qubit measured into it."""
    from pytket import OpType

    found = {
        command.bits[0].index[0]: command.qubits[0].index[0] for command in circuit if command.op.type == OpType.Measure
    }
    return tuple(found[bit] for bit in sorted(found))


def final_state(circuit: "Circuit") -> "NDArray[np.complex128]":
    """The state before the measurements, one axis of length 2 a qubit; for checks on small circuits.

    Every gate is applied to a vector of 2^qubits amplitudes; nothing is assumed about what the circuit is for.

    Raises:
        PlaitError: more than MAX_VALUE_QUBITS qubits.
    """
    import numpy as np
    from pytket import OpType

    n = circuit.n_qubits
    if n > MAX_VALUE_QUBITS:
        raise PlaitError(
            f"the state has 2^{n} amplitudes; the limit is {MAX_VALUE_QUBITS} qubits: use jones_exact instead"
        )
    state = np.zeros((2,) * n, complex)
    state[(0,) * n] = 1
    for command in circuit:
        if command.op.type == OpType.Measure:
            continue
        on = [qubit.index[0] for qubit in command.qubits]
        matrix = command.op.get_unitary().reshape((2,) * (2 * len(on)))
        state = np.tensordot(matrix, state, axes=(range(len(on), 2 * len(on)), on))
        state = np.moveaxis(state, range(len(on)), on)
    return state
