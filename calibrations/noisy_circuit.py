"""Noisy shots of one circuit, by Pauli trajectories: exact for Pauli channels, and cheap when errors are rare.

Every place where an error can happen (`error_slots`) is drawn for every shot. Shots without an error share one run of
the circuit; every other set of errors that was drawn gets a run of its own, from its first error on. The state vectors
are qulacs'.
"""

import math
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.models import PlaitError
from plait.models.noise import RIGHT_ANGLE, NoiseModel

if TYPE_CHECKING:
    from pytket import Circuit

MAX_QUBITS = 24
"""Guard on the size of a state: 2^24 amplitudes, about 1 GB with what is needed beside it."""
BLOCK = 2**18
"""Shots done at a time, which bounds the memory."""
LETTERS = "IXYZ"
Errors = tuple[tuple[int, str], ...]
"""(number of the slot, Pauli string) in the order of time."""


class ErrorSlot(NamedTuple):
    """A place in a circuit where an error can happen.

    Args:
        gates: how many gates come before it.
        qubits: the Pauli string's letters act on these.
        error: probability.
        channel: (Pauli string, probability given an error).
    """

    gates: int
    qubits: tuple[int, ...]
    error: float
    channel: tuple[tuple[str, float], ...]


class Gate(NamedTuple):
    """A gate of a circuit.

    Args:
        qubits: in the order of its matrix, the first one the most significant.
        matrix: shape (2^k, 2^k); of a diagonal gate the diagonal only, shape (2^k,).
    """

    qubits: tuple[int, ...]
    matrix: NDArray[np.complex128]


class NoisyCircuit(NamedTuple):
    """A circuit taken apart: gates, the places between them where errors happen, and the qubit of each bit."""

    qubits: int
    gates: tuple[Gate, ...]
    slots: tuple[ErrorSlot, ...]
    measured: tuple[int, ...]


def take_apart(circuit: "Circuit", noise: NoiseModel) -> NoisyCircuit:
    """Gates of a compiled circuit and its error slots, in order of time; slots of probability 0 are left out.

    Two-qubit gates fall into layers, each as early as it can be, as the two-qubit depth counts them. In every layer
    every qubit has one idle slot: after its gate of that layer or, when it waits, after the pulses that follow its last
    gate. Measurements must come last.

    Args:
        circuit: of PhasedX, Rz and two-qubit gates; measured bit by bit.
        noise: what happens.

    Raises:
        PlaitError: more than MAX_QUBITS qubits.

    >>> from plait.models import Braid, cfev_circuit
    >>> echo = cfev_circuit(Braid(strands=4, word=(1, -2, 3, 2)), "plat")
    >>> len(take_apart(echo.circuit, NoiseModel(e_idle=0.1)).slots) == echo.qubits * echo.two_qubit_depth
    True
    """
    from pytket import OpType

    qubits = circuit.n_qubits
    check_qubits(qubits)
    pulse, pair, idle = (noise.channel(which) for which in ("one_qubit", "two_qubit", "idle"))
    gates: list[Gate] = []
    slots = [ErrorSlot(0, (qubit,), noise.e_prep, (("X", 1.0),)) for qubit in range(qubits)]
    layer = [0] * qubits  # layers each qubit has been through
    measured: dict[int, int] = {}

    def pass_layers(qubit: int, until: int) -> None:
        if noise.e_idle and until > layer[qubit]:
            slots.extend([ErrorSlot(len(gates), (qubit,), noise.e_idle, idle)] * (until - layer[qubit]))
        layer[qubit] = until

    for command in circuit.get_commands():
        kind, on = command.op.type, tuple(qubit.index[0] for qubit in command.qubits)
        if kind == OpType.Measure:
            measured[command.bits[0].index[0]] = on[0]
            continue
        if len(on) == 2:
            start = max(layer[qubit] for qubit in on)
            for qubit in on:
                pass_layers(qubit, start)
        params = tuple(command.op.params)
        gates.append(Gate(on, _matrix(kind, params)))
        if len(on) == 2:
            theta = params[0] * math.pi if kind == OpType.ZZPhase else RIGHT_ANGLE
            slots.append(ErrorSlot(len(gates), on, noise.two_qubit_error(theta), pair))
            for qubit in on:
                pass_layers(qubit, start + 1)
        elif kind != OpType.Rz:
            slots.append(ErrorSlot(len(gates), on, noise.e_1q, pulse))
    for qubit in range(qubits):
        pass_layers(qubit, max(layer))
    return NoisyCircuit(
        qubits=qubits,
        gates=tuple(gates),
        slots=tuple(slot for slot in slots if slot.error),
        measured=tuple(measured[bit] for bit in sorted(measured)),
    )


def check_qubits(qubits: int) -> None:
    """PlaitError if a state of so many qubits is too large."""
    if qubits > MAX_QUBITS:
        raise PlaitError(
            f"{qubits} qubits are too many for the noisy simulation, which keeps 2^qubits amplitudes; "
            f"the limit is {MAX_QUBITS}: take fewer strands"
        )


def noisy_bits(circuit: "Circuit", noise: NoiseModel, shots: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Measured bits of noisy shots.

    Args:
        circuit: as for `take_apart`.
        noise: what happens.
        shots: rows of the answer.
        rng: source of randomness.

    Returns:
        Bits, shape (shots, bits).

    Raises:
        PlaitError: too many qubits, or no simulator is installed.
    """
    apart = take_apart(circuit, noise)
    read = np.empty((shots, len(apart.measured)), dtype=np.uint8)
    for start in range(0, shots, BLOCK):
        rows = read[start : start + BLOCK]
        outcomes = _outcomes(apart, draw_errors(apart.slots, len(rows), rng), len(rows), rng)
        bits = (outcomes[:, None] >> np.array(apart.measured, dtype=np.int64)) & 1
        rows[:] = bits ^ (rng.random(bits.shape) < np.array(noise.e_meas)[bits])
    return read


def draw_errors(slots: tuple[ErrorSlot, ...], shots: int, rng: np.random.Generator) -> dict[Errors, list[int]]:
    """Which shots have which errors, all slots and shots independent; shots without an error are left out.

    Slot by slot, first how many shots have an error there, then which: the same law as one draw for each shot and slot,
    for the price of the errors that do happen.
    """
    counts = rng.binomial(shots, np.array([slot.error for slot in slots]))
    happened: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for number in np.flatnonzero(counts).tolist():
        paulis, weights = zip(*slots[number].channel, strict=True)
        which = rng.choice(shots, size=counts[number], replace=False)
        kinds = rng.choice(len(paulis), size=counts[number], p=weights)
        for shot, kind in zip(which.tolist(), kinds.tolist(), strict=True):
            happened[shot].append((number, paulis[kind]))
    grouped: defaultdict[Errors, list[int]] = defaultdict(list)
    for shot, errors in happened.items():
        grouped[tuple(errors)].append(shot)
    return dict(grouped)


def _outcomes(
    apart: NoisyCircuit, errors: dict[Errors, list[int]], shots: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Measured basis state of every shot; bit q of the number belongs to qubit q."""
    qulacs = _simulator()
    circuit = qulacs.QuantumCircuit(apart.qubits)
    for qubits, matrix in apart.gates:
        backwards = qubits[::-1]  # qulacs has the least significant first
        if matrix.ndim == 1:
            circuit.add_gate(qulacs.gate.DiagonalMatrix(backwards, matrix))
        else:
            circuit.add_dense_matrix_gate(backwards, matrix)
    clean, state = qulacs.QuantumState(apart.qubits), qulacs.QuantumState(apart.qubits)
    reached, end = 0, len(apart.gates)
    found = np.full(shots, -1, dtype=np.int64)
    for happened in sorted(errors):  # by the number of the first slot, so by time
        first = apart.slots[happened[0][0]].gates
        circuit.update_quantum_state(clean, reached, first)
        state.load(clean)
        at = reached = first
        for number, pauli in happened:
            slot = apart.slots[number]
            circuit.update_quantum_state(state, at, slot.gates)
            at = slot.gates
            qulacs.gate.Pauli(list(slot.qubits), [LETTERS.index(letter) for letter in pauli]).update_quantum_state(
                state
            )
        circuit.update_quantum_state(state, at, end)
        found[errors[happened]] = _sample(state, len(errors[happened]), rng)
    circuit.update_quantum_state(clean, reached, end)
    free = found < 0
    found[free] = _sample(clean, int(np.count_nonzero(free)), rng)
    return found


def _sample(state: Any, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    cumulative = np.cumsum(np.abs(state.get_vector()) ** 2)
    drawn: NDArray[np.int64] = np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right")
    # Rounding up to the whole must not give a state of probability 0.
    drawn[drawn == len(cumulative)] = np.searchsorted(cumulative, cumulative[-1])
    return drawn


def _simulator() -> Any:
    try:
        import qulacs
    except ImportError as error:
        raise PlaitError("noisy simulation needs qulacs; install it with: pip install 'plait[noise]'") from error
    return qulacs


@lru_cache(maxsize=4096)
def _matrix(kind: Any, params: tuple[float, ...]) -> NDArray[np.complex128]:
    from pytket.circuit import Op

    matrix: NDArray[np.complex128] = Op.create(kind, list(params)).get_unitary()
    diagonal = np.diagonal(matrix).copy()
    return diagonal if np.array_equal(matrix, np.diag(diagonal)) else matrix
