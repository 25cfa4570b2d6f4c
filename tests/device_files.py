"""Synthetic device runs: the paper's circuit as plain linear algebra on 2^(n+1) amplitudes, its shots, its files.

Nothing of plait's circuits is used: the local matrix of a crossing on eight states is all that is shared with them.
Qubit q_0 is the most significant. Errors: `phase` turns q_1 before the last H (a common phase), with probability `lost`
a shot is replaced by random bits.
"""

import cmath
import json
import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytket.backends.backendresult import BackendResult
from pytket.circuit import Bit
from pytket.utils.outcomearray import OutcomeArray

from plait.models.fibonacci import crossing_matrix
from plait.models.paths import sample_path

ZEROS = 0.7
"""Phase that a crossing puts on the branch of zeros, undone by the last Rz."""


def _apply(state: NDArray[Any], matrix: NDArray[Any], qubits: Sequence[int]) -> NDArray[Any]:
    k = len(qubits)
    tensor = matrix.reshape((2,) * 2 * k)
    moved = np.tensordot(tensor, state, (range(k, 2 * k), qubits))
    return np.moveaxis(moved, range(k), qubits)


def _block(letter: int) -> NDArray[Any]:
    """8x8: the crossing on the allowed strings, ZEROS on 000, random-looking phases where no shot ever is."""
    weight = crossing_matrix(1 if letter > 0 else -1)
    block = np.zeros((2,) * 6, complex)
    for a in (0, 1):
        for c in (0, 1):
            block[a, :, c, a, :, c] = weight[a, :, :, c]
    for bits in ((0, 0, 0), (0, 0, 1), (1, 0, 0)):
        block[bits + bits] = cmath.exp(1j * ZEROS)
    return block.reshape(8, 8)


@lru_cache(maxsize=4096)
def outcomes(word: tuple[int, ...], s: tuple[int, ...], imaginary: bool, phase: float = 0.0) -> NDArray[np.float64]:
    """Probabilities of the 2^(n+1) outcomes of one circuit."""
    n = len(s) - 1
    h = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    cx = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    state = np.zeros((2,) * (n + 1), complex)
    state[(0,) * (n + 1)] = 1
    state = _apply(state, h, [1])
    if imaginary:
        state = _apply(state, np.diag([1, -1j]), [1])
    star = [i for i in range(2, n + 1) if s[i]]
    for i in star:
        state = _apply(state, cx, [1, i])
    for letter in word:
        i = abs(letter)
        state = _apply(state, _block(letter), [i - 1, i, i + 1])
    for i in star:
        state = _apply(state, cx, [1, i])
    state = _apply(state, np.diag([1, cmath.exp(1j * (ZEROS * len(word) + phase))]), [1])
    state = _apply(state, h, [1])
    found = np.abs(state.reshape(-1)) ** 2
    return np.asarray(found / found.sum())


class Run:
    """A device that runs the circuits of one Markov-closed braid."""

    def __init__(
        self, word: tuple[int, ...], strands: int, *, phase: float = 0.0, lost: float = 0.0, seed: int = 0
    ) -> None:
        self.word, self.n, self.phase, self.lost = word, strands, phase, lost
        self.rng, self.paths = np.random.default_rng(seed), random.Random(seed)

    def measure(self, s: tuple[int, ...], imaginary: bool, mirror: bool) -> list[int]:
        """q_0..q_n of one shot."""
        if self.rng.random() < self.lost:
            return [int(bit) for bit in self.rng.integers(0, 2, self.n + 1)]
        word = tuple(-letter for letter in self.word) if mirror else self.word
        index = int(self.rng.choice(2 ** (self.n + 1), p=outcomes(word, s, imaginary, self.phase)))
        return [index >> (self.n - place) & 1 for place in range(self.n + 1)]

    def _shots(self, count: int, flag: int, read: Callable[[tuple[int, ...]], list[int]]) -> list[list[int]]:
        rows = []
        for _ in range(count):
            s = sample_path(self.n, self.paths)
            entropy = [int(bit) for bit in self.rng.integers(0, 2, self.n + 1)]
            rows.append([flag, *s[2:], *entropy, *read(s)])
        return rows

    def h1(self, count: int, *, imaginary: bool, mirror: bool = False) -> list[list[int]]:
        """Shots of layout h1: each with a path of its own."""
        return self._shots(count, int(imaginary), lambda s: self.measure(s, imaginary, mirror))

    def h2(self, count: int) -> list[list[int]]:
        """Shots of layout h2: bi, br, ci, cr on one path."""
        order = ((True, False), (False, False), (True, True), (False, True))
        return self._shots(count, 1, lambda s: [bit for part in order for bit in self.measure(s, *part)])


def save(path: Path, rows: Sequence[Sequence[int]], registers: dict[str, int], *, counts: bool = False) -> Path:
    """Write rows of bits as pytket writes a BackendResult."""
    bits = [Bit(name, index) for name, size in registers.items() for index in range(size)]
    packed = OutcomeArray.from_readouts(rows)
    kind: dict[str, Any] = {"counts": packed.counts()} if counts else {"shots": packed}
    found = BackendResult(c_bits=bits, **kind).to_dict()
    path.write_text(json.dumps(found, default=int), encoding="utf-8")
    return path


def h1_registers(n: int) -> dict[str, int]:
    """Registers of layout h1."""
    return {"c": n, "e": n + 1, "r": n + 1}


def h2_registers(n: int) -> dict[str, int]:
    """Registers of layout h2."""
    return {"c": n, "e": n + 1, "r_bi": n + 1, "r_br": n + 1, "r_ci": n + 1, "r_cr": n + 1}
