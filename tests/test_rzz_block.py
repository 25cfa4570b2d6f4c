"""The three-RZZ block against sigma^k, built here from its definition alone."""

import cmath
import math

import numpy as np
import pytest

from plait.models import PlaitError
from plait.models.rzz_block import rzz_block

PHI = (1 + math.sqrt(5)) / 2
A = cmath.exp(3j * math.pi / 5)
ALLOWED = [0b010, 0b011, 0b101, 0b110, 0b111]
POWERS = range(1, 10)
# |RZZ angle| in half-turns, outer and middle, found by a numerical search over the free phase.
LEAST_ANGLES = {
    1: (0.35604, 0.5),
    2: (0.28793, 0.4),
    3: (0.40292, 0.17563),
    4: (0.38837, 0.34593),
    5: (0.21207, 0.5),
}


def sigma() -> np.ndarray:
    """A + E/A on (a, b, c), a the most significant bit."""
    root = PHI**-0.5
    e = np.zeros((8, 8))
    e[0b010, 0b010] = PHI
    e[0b101, 0b101], e[0b111, 0b111] = 1 / PHI, 1
    e[0b101, 0b111] = e[0b111, 0b101] = root
    return A * np.eye(8) + e / A


def rz(angle: float) -> np.ndarray:
    return np.diag(np.exp(-0.5j * math.pi * angle * np.array([1, -1])))


def phased_x(theta: float, phi: float) -> np.ndarray:
    c, s = math.cos(math.pi * theta / 2), math.sin(math.pi * theta / 2)
    return rz(phi) @ np.array([[c, -1j * s], [-1j * s, c]]) @ rz(-phi)


def block_matrix(power: int) -> np.ndarray:
    """What the gates of rzz_block(power) do, in the order its docstring states."""
    block = rzz_block(power)
    z = [[1 - 2 * (x >> (2 - q) & 1) for x in range(8)] for q in range(3)]
    matrix = np.eye(8, dtype=complex)
    for stage in range(4):
        matrix = np.kron(np.kron(np.eye(2), phased_x(*block.pulses[stage])), np.eye(2)) @ matrix
        if stage < 3:
            x, y = block.pairs[stage]
            zz = np.array(z[x]) * np.array(z[y])
            matrix = np.diag(np.exp(-0.5j * math.pi * block.angles[stage] * zz)) @ matrix
    a, b, c = map(rz, block.rz)
    return np.kron(np.kron(a, b), c) @ matrix


@pytest.mark.parametrize("power", POWERS)
def test_block_is_sigma_to_the_power(power: int) -> None:
    """Up to one global phase, sigma^k where the Fibonacci rule allows and exp(i pi phase0) on |000>."""
    matrix = block_matrix(power)
    want = np.linalg.matrix_power(sigma(), power)[:, ALLOWED]
    overlap = np.vdot(want, matrix[:, ALLOWED])
    matrix = matrix * (abs(overlap) / overlap)
    assert np.abs(matrix[:, ALLOWED] - want).max() < 1e-14
    zeros = np.zeros(8, complex)
    zeros[0] = cmath.exp(1j * math.pi * rzz_block(power).phase0)
    assert np.abs(matrix[:, 0] - zeros).max() < 1e-14
    assert np.abs(matrix.conj().T @ matrix - np.eye(8)).max() < 1e-14


@pytest.mark.parametrize("power", POWERS)
def test_shape_of_the_block(power: int) -> None:
    """Three RZZ on bc, ab, bc and four quarter-turn pulses."""
    block = rzz_block(power)
    assert block.pairs == ((1, 2), (0, 1), (1, 2))
    assert [abs(theta) for theta, _ in block.pulses] == [0.5] * 4
    assert len(block.angles) == len(block.rz) == 3


@pytest.mark.parametrize("power", POWERS)
def test_angles_are_the_least(power: int) -> None:
    """The closed form gives the minimum that a numerical search found."""
    outer, middle = LEAST_ANGLES[min(power, 10 - power)]
    assert np.abs(rzz_block(power).angles) == pytest.approx([outer, middle, outer], abs=6e-6)


def test_power_counts_mod_ten() -> None:
    """Any integer names a block, each made once."""
    assert rzz_block(-3) is rzz_block(7) is rzz_block(17)


@pytest.mark.parametrize("power", [0, 10, -20])
def test_tenth_powers_have_no_block(power: int) -> None:
    """sigma^10 = 1: asking for its gates is an error that says so."""
    with pytest.raises(PlaitError, match=r"sigma\^10 = 1"):
        rzz_block(power)
