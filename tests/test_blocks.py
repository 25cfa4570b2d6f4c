"""Blocks of every gate set against sigma^k, gate by gate with pytket's matrices."""

import cmath
import itertools
import math

import numpy as np
import pytest
from pytket import OpType

from plait.models import PlaitError
from plait.models.blocks import LOWER, UPPER, Block, controlled_block, full_block
from plait.models.gates import Gates
from plait.models.known_bits import eta

PHI = (1 + math.sqrt(5)) / 2
V = np.array([1 / PHI, PHI**-0.5])
X = np.array([[0, 1], [1, 0]])
SETS = ("rzz", "cx", "cz", "zzmax")
FIXED = SETS[1:]
NATIVE = {"rzz": OpType.ZZPhase, "cx": OpType.CX, "cz": OpType.CZ, "zzmax": OpType.ZZMax}


def turned(k: int) -> np.ndarray:
    """sigma^k / A^k between neighbours 1 and 1."""
    return np.eye(2) + (cmath.exp(3j * math.pi * k / 5) - 1) * np.outer(V, V)


def matrix(gate_set: str, block: Block, controls: tuple[int, ...]) -> np.ndarray:
    """Unitary of a block on places 0, 1, 2 (target 1), with all Rz's written out."""
    gates = Gates(gate_set, (0, 1, 2))
    gates.blocks([(1, controls, block)])
    for place in range(3):
        gates.flush(place)
    kinds = {command.op.type for command in gates.circuit}
    assert kinds <= {OpType.PhasedX, OpType.Rz, NATIVE[gate_set]}
    assert gates.circuit.n_2qb_gates() == len(block.angles) == len(block.pulses) - 1
    assert gates.circuit.n_gates_of_type(OpType.PhasedX) == len(block.pulses)
    return np.asarray(gates.circuit.get_unitary())


def seen_by_target(unitary: np.ndarray, a: int, c: int) -> np.ndarray:
    """The 2 x 2 matrix between neighbours a and c; the neighbours come back as they were."""
    rows = [4 * a + 2 * b + c for b in (0, 1)]
    others = [row for row in range(8) if row not in rows]
    assert np.abs(unitary[np.ix_(others, rows)]).max() < 1e-14
    return unitary[np.ix_(rows, rows)]


@pytest.mark.parametrize("gate_set", SETS)
@pytest.mark.parametrize("k", range(1, 10))
def test_full_block(gate_set: str, k: int) -> None:
    """sigma^k wherever the path rule allows, and |000> comes back with the phase stated, to 1e-14."""
    unitary = matrix(gate_set, full_block(gate_set, k), (0, 2))
    scale = seen_by_target(unitary, 0, 1)[1, 1]
    assert abs(scale) == pytest.approx(1, abs=1e-14)
    got = {(a, c): seen_by_target(unitary, a, c) / scale for a, c in itertools.product((0, 1), repeat=2)}
    assert np.abs(got[1, 1] - turned(k)).max() < 5e-14
    for a, c, value in ((0, 0, cmath.exp(3j * math.pi * k / 5)), (0, 1, 1), (1, 0, 1)):
        assert abs(got[a, c][1, 1] - value) < 5e-14
    # phase0 is relative to sigma^k itself, so it includes A^k.
    assert abs(got[0, 0][0, 0] - cmath.exp(1j * math.pi * (full_block(gate_set, k).phase0 - 3 * k / 5))) < 5e-14


@pytest.mark.parametrize("k", range(1, 10))
@pytest.mark.parametrize("turn", [0.0, -0.6, 1.2])
@pytest.mark.parametrize("tail", [LOWER, UPPER])
def test_full_block_takes_over_a_cx(k: int, turn: float, tail: int) -> None:
    """Block, Rz, CX in the three RZZ of the block alone."""
    plain = matrix("rzz", full_block("rzz", k), (0, 2))
    taken = full_block("rzz", k, tail, turn)
    assert len(taken.angles) == 3
    got = matrix("rzz", taken, (0, 2))
    rz = np.diag(np.exp(0.5j * math.pi * turn * np.array([-1, 1])))
    phases = []
    for a, c in itertools.product((0, 1), repeat=2):
        u, w = seen_by_target(plain, a, c), seen_by_target(got, a, c)
        flip = X if (a, c)[tail] else np.eye(2)
        # (a block may be mirrored: then only what the path rule allows has to agree, and |000>)
        keep = slice(0, 2) if a == c == 1 else slice(1, 2)
        expected = (flip @ rz @ u)[:, keep]
        phases.append(np.vdot(expected, w[:, keep]) / np.vdot(expected, expected))
        assert np.abs(w[:, keep] - phases[-1] * expected).max() < 1e-13
    assert np.abs(np.array(phases) - phases[0]).max() < 1e-13
    zero = (rz @ seen_by_target(plain, 0, 0))[0, 0]
    assert abs(seen_by_target(got, 0, 0)[0, 0] - phases[0] * zero) < 1e-13


@pytest.mark.parametrize("gate_set", SETS)
@pytest.mark.parametrize("k", range(1, 10))
@pytest.mark.parametrize(("head", "tail", "turn"), [(0, 0, 0.0), (1, 0, 0.0), (0, 1, 0.0), (1, 1, 0.0), (0, 1, 0.8)])
@pytest.mark.parametrize("control", [0, 2])
def test_controlled_block(gate_set: str, k: int, head: int, tail: int, turn: float, control: int) -> None:
    """Nothing (or the Rz between) at control 0; CX, sigma^k / A^k, Rz, CX at control 1, with no phase between them."""
    block = controlled_block(gate_set, k, bool(head), bool(tail), turn)
    alone = k == 5 and head == tail and not turn
    assert len(block.angles) == (1 if gate_set == "rzz" or alone else 2)
    unitary = matrix(gate_set, block, (control,))
    rz = np.diag(np.exp(0.5j * math.pi * turn * np.array([-1, 1])))
    idle = (0, 0)
    busy = (1, 0) if control == 0 else (0, 1)
    scale = np.vdot(rz, seen_by_target(unitary, *idle)) / 2
    assert np.abs(seen_by_target(unitary, *idle) - scale * rz).max() < 1e-13
    expected = np.linalg.matrix_power(X, tail) @ rz @ turned(k) @ np.linalg.matrix_power(X, head)
    assert np.abs(seen_by_target(unitary, *busy) - scale * expected).max() < 1e-13
    assert cmath.exp(1j * math.pi * block.phase0) == pytest.approx(cmath.exp(3j * math.pi * k / 5), abs=1e-14)


@pytest.mark.parametrize("gate_set", SETS)
@pytest.mark.parametrize(("head", "tail"), [(False, False), (True, False), (True, True)])
def test_controlled_gates_in_a_row(gate_set: str, head: bool, tail: bool) -> None:
    """CX, sigma^3, Rz, sigma^5, Rz, sigma^5, Rz, CX with one control, as one controlled gate."""
    block = controlled_block(gate_set, 5, head, tail, 1.4, ((3, 0.6), (5, 0.2)))
    assert len(block.angles) == (1 if gate_set == "rzz" else 2)
    unitary = matrix(gate_set, block, (0,))
    rz = {angle: np.diag(np.exp(0.5j * math.pi * angle * np.array([-1, 1]))) for angle in (0.6, 0.2, 1.4)}
    idle = rz[1.4] @ rz[0.2] @ rz[0.6]
    busy = rz[1.4] @ turned(5) @ rz[0.2] @ turned(5) @ rz[0.6] @ turned(3)
    busy = np.linalg.matrix_power(X, tail) @ busy @ np.linalg.matrix_power(X, head)
    scale = np.vdot(idle, seen_by_target(unitary, 0, 0)) / 2
    assert np.abs(seen_by_target(unitary, 0, 0) - scale * idle).max() < 1e-13
    assert np.abs(seen_by_target(unitary, 1, 0) - scale * busy).max() < 1e-13


@pytest.mark.parametrize("gate_set", FIXED)
def test_entanglers_of_fixed_angle(gate_set: str) -> None:
    """Three for k = 1, 5, 9, four for the rest; the same for k and -k and for k + 10."""
    assert [len(full_block(gate_set, k).angles) for k in range(1, 10)] == [3, 4, 4, 4, 3, 4, 4, 4, 3]
    assert full_block(gate_set, -9) == full_block(gate_set, 1) == full_block(gate_set, 11)


@pytest.mark.parametrize("gate_set", SETS)
def test_neighbouring_blocks_can_be_interleaved(gate_set: str) -> None:
    """Two blocks that share a neighbour, side by side, are the product of the two, and no deeper than one."""
    together, apart = Gates(gate_set, range(5)), Gates(gate_set, range(5))
    layer = [(1, (0, 2), full_block(gate_set, 2)), (3, (2, 4), full_block(gate_set, 3))]
    together.blocks(layer)
    for entry in layer:
        apart.blocks([entry])
    for gates in (together, apart):
        for place in range(5):
            gates.flush(place)
    overlap = np.trace(apart.circuit.get_unitary().conj().T @ together.circuit.get_unitary()) / 32
    assert abs(overlap) == pytest.approx(1, abs=1e-12)
    assert together.circuit.depth_2q() == len(layer[0][2].angles)


def test_eta() -> None:
    """3 k/5 half-turns, modulo whole turns."""
    for k in range(-20, 20):
        assert cmath.exp(1j * math.pi * eta(k)) == pytest.approx(cmath.exp(3j * math.pi * k / 5), abs=1e-13)
        assert -1 <= eta(k) <= 1


@pytest.mark.parametrize("gate_set", SETS)
def test_tenth_powers_are_refused(gate_set: str) -> None:
    """sigma^10 = 1 needs no block, in any set."""
    for block in (full_block, controlled_block):
        with pytest.raises(PlaitError, match="power = 20 is a multiple of 10"):
            block(gate_set, 20)


def test_full_blocks_of_fixed_angle_take_over_nothing() -> None:
    """A tail there is refused, not ignored."""
    with pytest.raises(PlaitError, match="takes over a CX with 'rzz' only"):
        full_block("cx", 1, UPPER)
