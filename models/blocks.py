"""Gate sequences of one run in every gate set: full blocks (two neighbours steer) and controlled gates (one does).

A block is pulse, entangler, pulse, ..., pulse, all pulses on the target q_i; entanglers join it to a neighbour and are
RZZ, exactly +-1/2 where the gate set has one entangler of fixed angle (CX, CZ and ZZMax differ from RZZ(1/2) by
one-qubit gates). So a block is diagonal in its neighbours gate by gate, and blocks that share one can be interleaved.
All angles are in half-turns. Full blocks with RZZ: `plait.models.rzz_block`; with RZZ(1/2): the table below, found
numerically and polished to 1e-15 (k = 1 and 5 look closed: only tenths and the angles of the RZZ block occur).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI
from plait.models.known_bits import eta
from plait.models.rzz_block import AB, rzz_block

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.complex128]

LOWER, UPPER = 0, 1
"""Which control an entangler joins to the target; a controlled gate has control 0 only."""

# k -> (theta, phi) of the pulses, Rz of (lower neighbour, target, upper neighbour), phase of |000> relative to sigma^k.
# Entanglers: RZZ(1/2) on upper, lower, upper and, for k = 2, 3, 4, lower. sigma^(10-k) is the complex conjugate.
_FIXED: dict[int, tuple[tuple[tuple[float, float], ...], tuple[float, float, float], float]] = {
    1: (
        (
            (0.3560352989639229, -0.1),
            (0.6439647010360771, 0.4),
            (0.6439647010360771, -0.1),
            (0.3560352989639229, 0.4),
        ),
        (0.9, -0.3, 0.4),
        0.0,
    ),
    2: (
        (
            (0.7605314718595023, 0.6620349297612611),
            (0.26882958897553955, -0.01778997294284279),
            (0.2688295889755396, -0.5177899729428428),
            (0.7311704110244606, -0.017789972942842347),
            (-0.4830205661986696, -0.6371825636460628),
        ),
        (0.8, 0.8305015329604184, -0.2),
        0.0,
    ),
    3: (
        (
            (0.5554651706792298, -0.1420166699976284),
            (0.16666666666666666, -0.24063978112477247),
            (0.8333333333333333, 0.25936021887522737),
            (-0.13807398465162707, 0.5366460349537462),
            (-0.5, -0.3280128300488716),
        ),
        (-0.08508020260755184, -0.6570673725586804, 0.2),
        -0.4298395947848963,
    ),
    4: (
        (
            (0.5, 0.4672474516249079),
            (0.21877813622621226, -0.833139462473195),
            (-0.3123764311071712, -0.20402922076070593),
            (-0.3123764311071711, -0.7040292207607061),
            (0.671741567899347, -0.5728842275231262),
        ),
        (0.6, -0.7514834255835217, 0.7327525483750923),
        -0.2655050967501855,
    ),
    5: (
        (
            (0.2120705979278458, 0.5),
            (-0.21207059792784583, -1.0),
            (-0.21207059792784583, 0.5),
            (0.2120705979278458, 1.0),
        ),
        (-0.5, 0.5, 0.0),
        0.0,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """Gates of one run, in order: pulse, entangler, pulse, ..., pulse, then the Rz of target and controls.

    Args:
        joins: which control each entangler joins to the target.
        angles: RZZ angle each entangler stands for.
        pulses: (theta, phi, z): PhasedX(theta, phi) and then Rz(z) on the target; one more than entanglers. In the set
            "cx" the entangler between them is the bare CX, elsewhere the RZZ itself.
        rz_target: closing Rz of the target.
        rz_controls: closing Rz of the controls.
        phase0: phase of |0..0> relative to the phase of sigma^k.
    """

    joins: tuple[int, ...]
    angles: tuple[float, ...]
    pulses: tuple[tuple[float, float, float], ...]
    rz_target: float
    rz_controls: tuple[float, ...]
    phase0: float


@cache
def full_block(gate_set: str, power: int, tail: int | None = None, turn: float = 0.0) -> Block:
    """The block of sigma^power with both neighbours as controls.

    Args:
        gate_set: "rzz", or "cx", "cz", "zzmax" (fixed angle).
        power: any integer that is no multiple of 10; only power mod 10 matters.
        tail: LOWER or UPPER: a CX from that control to the target follows and is included; "rzz" only.
        turn: Rz on the target between the block and that CX.

    Raises:
        PlaitError: power is a multiple of 10, or a tail is asked for where it is not free.

    >>> [len(full_block(gate_set, 2).angles) for gate_set in ("rzz", "cx")], len(full_block("cx", 9).angles)
    ([3, 4], 3)
    """
    if tail is not None and gate_set != "rzz":
        raise PlaitError(f"gate_set = {gate_set!r}: a full block takes over a CX with 'rzz' only")
    if gate_set != "rzz":
        return _fixed_block(gate_set, power)
    block = rzz_block(power)
    joins = tuple(LOWER if pair == AB else UPPER for pair in block.pairs)
    rz_lower, rz_target, rz_upper = block.rz
    slots = [_pulse(*pulse) for pulse in block.pulses]
    slots[-1] = _rz(rz_target) @ slots[-1]
    angles = list(block.angles)
    controls = [rz_lower, rz_upper]
    if tail is not None:
        if tail == LOWER:  # sigma is symmetric in its neighbours
            joins = tuple(1 - join for join in joins)
            controls.reverse()
        # The last three steps are steered by the tail's control alone, and so is the CX: one controlled gate.
        last, middle = _rz(turn) @ slots.pop(), slots.pop()
        angle = angles.pop()
        ends = [last @ _rz(sign * angle) @ middle for sign in (1, -1)]
        more, more_angles, rz = _controlled(ends[0], _x() @ ends[1], entanglers=1)
        slots += more
        angles += more_angles
        controls[tail] += rz
    return _assemble(gate_set, slots, joins, angles, controls, block.phase0)


@cache
def controlled_block(
    gate_set: str,
    power: int,
    head: bool = False,
    tail: bool = False,
    turn: float = 0.0,
    earlier: tuple[tuple[int, float], ...] = (),
) -> Block:
    """sigma^power where one neighbour is known to be 1: a gate on the target controlled by the other.

    Args:
        gate_set: "rzz", "cx", "cz" or "zzmax".
        power: any integer that is no multiple of 10.
        head: a CX from the control to the target comes before and is included.
        tail: the same after.
        turn: Rz on the target between the gate and the tail.
        earlier: (power, Rz on the target after it) of runs between the head and sigma^power that are included,
            up to their A^k.

    >>> [len(controlled_block(gate_set, 1).angles) for gate_set in ("rzz", "cz")], len(controlled_block("cz", 5).angles)
    ([1, 2], 1)
    """
    import numpy as np

    if power % 10 == 0:
        raise PlaitError(f"power = {power} is a multiple of 10: sigma^10 = 1 needs no block; drop the run")
    v = np.array([1 / PHI, PHI**-0.5])
    first: Matrix = np.eye(2, dtype=complex)
    second = _x() if head else first
    for k, angle in (*earlier, (power, turn)):
        run = np.eye(2) + (np.exp(1j * math.pi * eta(k)) - 1) * np.outer(v, v)
        first, second = _rz(angle) @ first, _rz(angle) @ run @ second
    if tail:
        second = _x() @ second
    # With a fixed angle, two entanglers turn by anything, and one by half a turn, which sigma^5 is.
    single = power % 10 == 5 and head == tail and not turn and not earlier
    slots, angles, rz = _controlled(first, second, 1 if gate_set == "rzz" or single else 2)
    return _assemble(gate_set, slots, (0,) * len(angles), angles, [rz], 3 * power % 10 / 5)


def steered_block(gate_set: str, first: "Matrix", second: "Matrix") -> Block:
    """`first` on the target if the control is 0, `second` if it is 1: one RZZ, or two entanglers of fixed angle."""
    slots, angles, rz = _controlled(first, second, 1 if gate_set == "rzz" else 2)
    return _assemble(gate_set, slots, (0,) * len(angles), angles, [rz], 0.0)


def _fixed_block(gate_set: str, power: int) -> Block:
    if power % 10 == 0:
        raise PlaitError(f"power = {power} is a multiple of 10: sigma^10 = 1 needs no block; drop the run")
    k = power % 10
    sign = 1 if k <= 5 else -1
    pulses, (rz_lower, rz_target, rz_upper), phase0 = _FIXED[min(k, 10 - k)]
    slots = [_pulse(sign * theta, sign * phi) for theta, phi in pulses]
    slots[-1] = _rz(sign * rz_target) @ slots[-1]
    joins = (UPPER, LOWER, UPPER, LOWER)[: len(slots) - 1]
    return _assemble(
        gate_set, slots, joins, [sign * 0.5] * len(joins), [sign * rz_lower, sign * rz_upper], sign * phase0
    )


def _controlled(first: "Matrix", second: "Matrix", entanglers: int) -> "tuple[list[Matrix], list[float], float]":
    """Slots, RZZ angles and the control's Rz of: `first` on the target if the control is 0, `second` if it is 1.

    second first^-1 is a phase and a turn about some axis. The axis is carried to z (one RZZ, of half the turn)
    or to y, where RZZ(1/2) Ry RZZ(1/2) turns one way or the other.
    """
    import numpy as np

    ratio = second @ first.conj().T
    phase = np.angle(np.linalg.det(ratio)) / 2
    unit = ratio * np.exp(-1j * phase)
    if unit[0, 0].real + unit[1, 1].real < 0:
        unit, phase = -unit, phase + math.pi
    x, y, z = -(unit[0, 1] + unit[1, 0]).imag / 2, (unit[1, 0] - unit[0, 1]).real / 2, -unit[0, 0].imag
    sine = math.sqrt(x * x + y * y + z * z)
    turn = 2 * math.atan2(sine, (unit[0, 0] + unit[1, 1]).real / 2) / math.pi
    to_axis = _pulse(math.atan2(math.hypot(x, y), z) / math.pi, math.atan2(y, x) / math.pi + 0.5)
    rz = float(phase) / math.pi
    if entanglers == 1:
        return [to_axis.conj().T @ first, to_axis @ _rz(turn / 2)], [-turn / 2], rz
    to_axis = to_axis @ _pulse(0.5, 0)  # x-turn that carries y to z
    before = _rz(-1) @ _pulse(turn / 2, 0.5) @ to_axis.conj().T @ first
    return [before, _pulse(-turn / 2, 0), to_axis], [0.5, 0.5], rz + 1


def _assemble(
    gate_set: str,
    slots: "Sequence[Matrix]",
    joins: tuple[int, ...],
    angles: Sequence[float],
    rz_controls: Sequence[float],
    phase0: float,
) -> Block:
    """One pulse for each slot. RZZ lets an Rz of the target pass to the end; a CX is H, RZZ, H, and does not."""
    pulses = []
    controls = list(rz_controls)
    waiting = 0.0
    for place, slot in enumerate(slots):
        if gate_set == "cx":
            if place:
                # RZZ(+-1/2) = H CX H with Rz(+-1/2) on both qubits.
                slot = slot @ _rz(angles[place - 1]) @ _hadamard()
                controls[joins[place - 1]] += angles[place - 1]
            if place < len(angles):
                slot = _hadamard() @ slot
            theta, phi, z = _split(slot)
            pulses.append((theta, phi, z))
        else:
            theta, phi, waiting = _split(slot @ _rz(waiting))
            pulses.append((theta, phi, 0.0))
    if gate_set == "cx":
        waiting = pulses[-1][2]
        pulses[-1] = (*pulses[-1][:2], 0.0)
    return Block(
        joins=joins,
        angles=tuple(angles),
        pulses=tuple(pulses),
        rz_target=waiting,
        rz_controls=tuple(controls),
        phase0=phase0,
    )


def _split(unitary: "Matrix") -> tuple[float, float, float]:
    """(theta, phi, z) with unitary = Rz(z) PhasedX(theta, phi) up to a phase."""
    import numpy as np

    (p, _), (q, r) = unitary
    theta = 2 * math.atan2(abs(q), abs(p)) / math.pi
    if abs(q) < 1e-12:
        return theta, 0.0, float(np.angle(r * p.conj())) / math.pi
    if abs(p) < 1e-12:
        # A half-turn: -i e^{-i phi} above, -i e^{i phi} below.
        return theta, float(np.angle(q * unitary[0, 1].conj())) / 2 / math.pi, 0.0
    return theta, float(np.angle(q * r.conj())) / math.pi + 0.5, float(np.angle(r * p.conj())) / math.pi


def _pulse(theta: float, phi: float) -> "Matrix":
    import numpy as np

    cosine, sine = math.cos(math.pi * theta / 2), math.sin(math.pi * theta / 2)
    turn = np.exp(1j * math.pi * phi)
    return np.array([[cosine, -1j * sine / turn], [-1j * sine * turn, cosine]])


def _rz(angle: float) -> "Matrix":
    import numpy as np

    return np.diag(np.exp(0.5j * math.pi * angle * np.array([-1, 1])))


def _x() -> "Matrix":
    import numpy as np

    return np.array([[0, 1], [1, 0]], complex)


def _hadamard() -> "Matrix":
    import numpy as np

    return np.array([[1, 1], [1, -1]], complex) * complex(math.sqrt(0.5))
