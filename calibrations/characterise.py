"""What a machine does to echo circuits of any size: planted braids are run on it, and one law is fitted to them all.

With g two-qubit gates, l qubit-layers (qubits times two-qubit layers) and q qubits, the share of shots that error
detection keeps, and the damping of the value that it leaves, are

    kappa = exp(-A g - B l - C q)        d = exp(-a g - b l - c q)

with no exponent below 0. Pulses count towards the gates they belong to. An error that the machine does not have gets
no exponent. Kappa and d of one braid come from the same shots and yet have uncorrelated errors: two fits are enough.
Each is to kappa or d itself, not to its logarithm: a value lost in the sampling noise then says that it is small, no
more.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.noise_fit import LEAST_POINTS, expected_errors
from plait.calibrations.noise_run import NoisePoint, noise_point
from plait.calibrations.noisy_circuit import check_qubits
from plait.models import Braid, Closure, PlaitError
from plait.models.braid import check_int
from plait.models.link import check_closable
from plait.models.noise import NoiseModel
from plait.models.shot_plan import MAX_SHOTS

Array = NDArray[np.float64]
STRANDS, LAYERS = (6, 8, 10), (6, 10, 16, 24)
SHOTS = 20_000
"""Per braid: its relative error is then known to about 0.01."""
MAX_BRAIDS = 1_000
SCATTER = 0.1
"""Spread of the exponents of single braids about the law, as a share: keeps precise points from ruling the fit."""
ROUNDS = 4
DRAWS = 200
NOTHING = 1e-6
"""An exponent of all braids on average that the fit leaves at its bound of 0, up to rounding."""


class Exponent(NamedTuple):
    """A fitted number and its standard error."""

    value: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Exponents:
    """What one of each costs, in powers of e.

    Args:
        two_qubit_gate, qubit_layer, qubit: of a gate with its pulses; of one qubit for one two-qubit layer; of
            preparing and measuring a qubit.
        together: all three divided by the two-qubit gates, for the mix of these braids. It is known better than its
            parts, which partly stand in for each other.
    """

    two_qubit_gate: Exponent
    qubit_layer: Exponent
    qubit: Exponent
    together: Exponent

    def left(self, gates: float, qubit_layers: float, qubits: float) -> float:
        """exp(-exponents): the share that a circuit of this size leaves."""
        total = self.two_qubit_gate.value * gates + self.qubit_layer.value * qubit_layers + self.qubit.value * qubits
        return float(np.exp(-total))


@dataclass(frozen=True, kw_only=True)
class Law:
    """Exponents of the damping d and of the rejection (keep rate kappa)."""

    damping: Exponents
    rejection: Exponents


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One braid.

    Args:
        point: what was counted and measured.
        expected: expected errors in one shot, by kind of error.
        relative_error: 1 - d, of the value that error detection leaves; below 0 by sampling only.
        standard_error: of the relative error.
    """

    point: NoisePoint
    expected: Mapping[str, float]
    relative_error: float
    standard_error: float


@dataclass(frozen=True, kw_only=True)
class Characterisation:
    """A machine's measured points, one a braid, and the law that goes through them."""

    closure: Closure
    points: tuple[Measured, ...]
    law: Law


def characterise(
    noise: NoiseModel,
    *,
    closure: Closure | str,
    strands: Sequence[int] = STRANDS,
    layers: Sequence[int] = LAYERS,
    shots: int = SHOTS,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> Characterisation:
    """Run a planted braid of every size on a simulated machine, and fit the law.

    The same seed takes the same braids for every machine. Circuits have the reduced layout, RZZ gates and all-to-all
    coupling.

    Args:
        noise: of the machine.
        closure: Markov or plat.
        strands, layers: of the braids, as of `plait.models.planted`; one braid of each pair.
        shots: of each braid, both parts together.
        seed: of the braids and of all draws.
        progress: called with (braids done, braids in all, what is next).

    Raises:
        PlaitError: fewer than LEAST_POINTS sizes or more than MAX_BRAIDS, an odd number of strands for the plat
            closure, or as `plait.calibrations.noise_run.noise_point`.

    >>> found = characterise(NoiseModel(), closure="plat", strands=(4, 6), layers=(2, 4), shots=200)
    >>> found.law.damping.two_qubit_gate, [measured.point.keep_rate for measured in found.points]
    (Exponent(value=0.0, error=0.0), [1.0, 1.0, 1.0, 1.0])
    """
    points = run_points(
        noise, closure=closure, strands=strands, layers=layers, shots=shots, seed=seed, progress=progress
    )
    return summarise(list(points), noise, closure, seed=seed)


def run_points(
    noise: NoiseModel,
    *,
    closure: Closure | str,
    strands: Sequence[int] = STRANDS,
    layers: Sequence[int] = LAYERS,
    shots: int = SHOTS,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> Iterator[NoisePoint]:
    """The braids of `characterise`, one by one: whoever stops early keeps what was run.

    Raises:
        PlaitError: at once or on the way, as `characterise`.
    """
    sizes = [(n, count) for n in dict.fromkeys(strands) for count in dict.fromkeys(layers)]
    if not LEAST_POINTS <= len(sizes) <= MAX_BRAIDS:
        raise PlaitError(
            f"{len(sizes)} sizes of braids; a law needs {LEAST_POINTS} to {MAX_BRAIDS}: "
            "give more, or fewer, strands or layers"
        )
    check_int("seed", seed, 0, 2**31)
    check_int("shots", shots, 2, MAX_SHOTS)
    closed = Closure.parse(closure)
    for n in dict.fromkeys(strands):
        check_closable(Braid(strands=n, word=()), closed)
        check_qubits(n - 1)
    for done, (n, count) in enumerate(sizes):
        if progress is not None:
            progress(done, len(sizes), f"{n} strands, {count} layers")
        yield noise_point(n, count, seed * MAX_BRAIDS + done, closed, noise, shots)
    if progress is not None:
        progress(len(sizes), len(sizes), "")


def summarise(
    points: Sequence[NoisePoint], noise: NoiseModel, closure: Closure | str, *, seed: int = 0
) -> Characterisation:
    """Relative errors of the points, and the law.

    Raises:
        PlaitError: fewer than LEAST_POINTS points.
    """
    if len(points) < LEAST_POINTS:
        raise PlaitError(f"{len(points)} braids were run; a law needs {LEAST_POINTS}")
    measured = tuple(_measured(point, noise) for point in points)
    counts = np.array([[point.two_qubit_gates, point.qubit_layers, point.qubits] for point in points])
    present = [noise.e_2q > 0 or noise.e_1q > 0, noise.e_idle > 0, noise.e_spam > 0]
    kept = [(point.keep_rate, point.keep_error) for point in points]
    left = [(1 - one.relative_error, one.standard_error) for one in measured]
    return Characterisation(
        closure=Closure.parse(closure),
        points=measured,
        law=Law(
            damping=_exponents(counts, present, *np.array(left).T, seed=seed),
            rejection=_exponents(counts, present, *np.array(kept).T, seed=seed),
        ),
    )


def in_words(law: Law) -> list[str]:
    """The law in sentences, in percent of the value that detection leaves and of the shots.

    >>> nothing = Exponent(0.0, 0.0)
    >>> gate = Exponents(two_qubit_gate=Exponent(2e-3, 1e-4), qubit_layer=nothing, qubit=nothing, together=nothing)
    >>> in_words(Law(damping=gate, rejection=gate))[0]
    'A two-qubit gate takes 0.200 +- 0.010 % of the value and 0.200 +- 0.010 % of the shots.'
    """
    named = {
        "A two-qubit gate takes": "two_qubit_gate",
        "A qubit-layer takes": "qubit_layer",
        "A qubit, prepared and measured, takes": "qubit",
        "Together, in the mix of these braids, they take for each two-qubit gate": "together",
    }
    sentences = []
    for subject, field in named.items():
        value, shots = (percent(getattr(part, field)) for part in (law.damping, law.rejection))
        sentences.append(f"{subject} {value} of the value and {shots} of the shots.")
    return sentences


def percent(exponent: Exponent) -> str:
    """In percent, to two digits of the error.

    >>> percent(Exponent(1.234e-3, 2.5e-4)), percent(Exponent(0.0, 0.0))
    ('0.123 +- 0.025 %', '0 %')
    """
    value, error = 100 * exponent.value, 100 * exponent.error
    if not error:
        return f"{value:.3g} %"
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{digits}f} +- {error:.{digits}f} %"


def _measured(point: NoisePoint, noise: NoiseModel) -> Measured:
    """With d = signal / kappa: cov(signal, kappa) = d var(kappa), since a shot with v = +-1 is never rejected."""
    d, error = 0.0, 1.0  # with every shot rejected nothing is known of d
    if point.keep_rate:
        d = point.signal / point.keep_rate
        own = point.signal_error**2 - (d * point.keep_error) ** 2
        error = max(own, 1e-3 * point.signal_error**2) ** 0.5 / point.keep_rate
    return Measured(point=point, expected=expected_errors(point, noise), relative_error=1 - d, standard_error=error)


def _exponents(counts: Array, present: Sequence[bool], share: Array, error: Array, *, seed: int) -> Exponents:
    """Fit share = exp(-counts @ k), k >= 0; k of what is not present is 0.

    Errors are from a bootstrap over the points, with no bound on its draws: one would narrow them near 0. They are no
    less than what the sampling errors of the points make them, which shows when all points happen to be alike.
    """
    means = counts.mean(axis=0)
    columns = [number for number, here in enumerate(present) if here and means[number] > 0]
    k, draws, covariance = np.zeros(3), np.zeros((DRAWS, 3)), np.zeros((3, 3))
    if columns:
        x = counts[:, columns] / means[columns]  # so that the exponents are of one magnitude
        found, width = np.full(len(columns), 0.1), error
        for _ in range(ROUNDS):
            found = _fit(x, share, width, found, least=0.0)
            total = x @ found
            width = np.hypot(error, SCATTER * total * np.exp(-total))
        k[columns] = np.where(found < NOTHING, 0, found) / means[columns]
        steep = counts[:, columns] * (np.exp(-total) / width)[:, None]
        inverse = np.linalg.pinv(steep.T @ steep, hermitian=True) @ steep.T * (error / width)
        covariance[np.ix_(columns, columns)] = inverse @ inverse.T
        rng = np.random.default_rng(seed)
        for draw in draws:
            rows = rng.integers(0, len(x), len(x))
            draw[columns] = _fit(x[rows], share[rows], width[rows], found) / means[columns]
    freedom = math.sqrt(len(counts) / max(1, len(counts) - len(columns)))

    def spread(weights: Array) -> float:
        # Half of the central 68 %: a draw of few different braids may lie anywhere.
        low, high = np.quantile(draws @ weights, (0.16, 0.84))
        return float(max(freedom * (high - low) / 2, math.sqrt(weights @ covariance @ weights)))

    mix = means / means[0] if means[0] else np.zeros(3)
    gate, layer, qubit = (Exponent(float(value), spread(unit)) for value, unit in zip(k, np.eye(3), strict=True))
    return Exponents(
        two_qubit_gate=gate,
        qubit_layer=layer,
        qubit=qubit,
        together=Exponent(float(k @ mix), spread(mix)),
    )


def _fit(x: Array, share: Array, width: Array, start: Array, *, least: float = -np.inf) -> Array:
    """Weighted least squares."""
    from scipy.optimize import least_squares

    def left(k: Array) -> Array:
        found: Array = np.exp(np.minimum(-x @ k, 50))  # no overflow on a wild step
        return found

    def residual(k: Array) -> Array:
        return (share - left(k)) / width

    def slope(k: Array) -> Array:
        return x * (left(k) / width)[:, None]

    found: Array = least_squares(residual, np.maximum(start, 1e-6), jac=slope, bounds=(least, np.inf)).x
    return found
