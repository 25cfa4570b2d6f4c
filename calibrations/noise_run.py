"""One measurement of a noisy machine: a planted braid of known value is run, and what is left of the value counted.

Raw, the mean of v is kappa d E: kappa the share of shots that error detection keeps, d the damping of what it keeps,
for a shot with v = +-1 is never rejected.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.shots import Shots
from plait.models import Closure, PlaitError
from plait.models.circuit_census import census, one_qubit_gates
from plait.models.noise import DEPOLARISING, Channel, NoiseModel
from plait.models.planted import Planted, planted

SIGNAL = 0.6
"""Least |E| of the braid that is run: a weaker one would drown in the sampling noise."""
TRIES = 1_000
PATHS = 64
CHANNELS: Mapping[str, Channel] = {"depolarising": DEPOLARISING, "dephasing": {"Z": 1.0}}
"""Names of the idle channels of a run."""


@dataclass(frozen=True, kw_only=True)
class NoisePoint:
    """What one braid says about a machine.

    Args:
        two_qubit_gates, one_qubit_gates, qubits, qubit_layers: of its circuits, means over s; qubit_layers is qubits
            times the bound of the two-qubit depth that the cost model has.
        keep_rate: share of shots kept by error detection, with its standard error.
        signal: kappa d, what is left of E without correction, with its standard error.
    """

    strands: int
    layers: int
    two_qubit_gates: float
    one_qubit_gates: float
    qubits: int
    qubit_layers: float
    keep_rate: float
    keep_error: float
    signal: float
    signal_error: float
    shots: int


def noise_point(
    strands: int,
    layers: int,
    seed: int,
    closure: Closure,
    noise: NoiseModel,
    shots: int,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> NoisePoint:
    """Run one planted braid, its word as it is, in the reduced layout with RZZ.

    Args:
        strands, layers: of `plait.models.planted`.
        seed: of the braid (the first one from it on with |E| of SIGNAL or more) and of the shots.
        closure: Markov or plat.
        noise: of the machine.
        shots: both parts together.
        progress: called with (circuits done, circuits in all).

    Raises:
        PlaitError: as `plait.calibrations.noisy.simulate_shots`.
    """
    from plait.calibrations.noisy import simulate_shots

    made = strong(strands, layers, seed, closure)
    table = simulate_shots(made.braid, closure, noise, shots, seed=seed, effort=0, progress=progress)
    signal, signal_error = remaining(table, made.normalised(closure))
    counted = census(made.braid, closure, paths=PATHS, effort=0, seed=seed)
    kept = float(table.kept.mean())
    qubits = max(1, strands - 1)
    return NoisePoint(
        strands=strands,
        layers=layers,
        two_qubit_gates=counted.two_qubit_gates,
        one_qubit_gates=one_qubit_gates(counted.mean, "rzz"),
        qubits=qubits,
        qubit_layers=qubits * (counted.mean["D_b"] + counted.mean["d_f"]),
        keep_rate=kept,
        keep_error=float(np.sqrt((kept * (1 - kept) + 1 / shots) / shots)),
        signal=signal,
        signal_error=signal_error,
        shots=shots,
    )


def strong(strands: int, layers: int, seed: int, closure: Closure) -> Planted:
    """The planted braid of the first seed from `seed * 1000` on with |E| of at least SIGNAL."""
    for number in range(TRIES):
        made = planted(strands, layers, seed * TRIES + number)
        if abs(made.normalised(closure)) >= SIGNAL and made.centre.word:
            return made
    raise PlaitError(f"no planted braid with |E| >= {SIGNAL} and a centre on {strands} strands; take more strands")


def remaining(table: Shots, exact: complex) -> tuple[float, float]:
    """What share of the exact value the raw shots show, and its standard error."""
    parts: list[NDArray[Any]] = [table.select(imaginary=part, mirror=False).astype(float) for part in (False, True)]
    weights = np.array([exact.real, exact.imag]) / abs(exact) ** 2
    means = np.array([part.mean() for part in parts])
    spreads = np.array([(part.var() + 1 / part.size) / part.size for part in parts])
    return float(weights @ means), float(np.sqrt(weights**2 @ spreads))
