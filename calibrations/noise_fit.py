"""Damping and keep rate of a machine from its error rates: exponents, their spread, and what they predict.

With expected numbers of errors x_gate = e_2q gates + e_1q pulses, x_idle = e_idle qubit_layers and
x_spam = e_spam qubits:

    kappa = exp(-K_2q x_gate - K_idle x_idle - K_spam x_spam)
    kappa d = exp(-(K_2q + k_2q) x_gate - (K_idle + k_idle) x_idle - (K_spam + k_spam) x_spam)

Idle errors that only dephase are a kind of their own. The fit is to kappa and kappa d themselves, not to their
logarithms, each weighed by its standard error: a value lost in the sampling noise then says that it is small, no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.newton import soft_fit
from plait.calibrations.noise_run import CHANNELS, NoisePoint
from plait.calibrations.run_file import Record
from plait.models import PlaitError
from plait.models.noise import DEPOLARISING, NoiseModel

Array = NDArray[np.float64]
Point = tuple[NoisePoint, dict[str, float]]
"""A run and its expected errors by kind."""
KINDS = ("2q", "idle", "idle_z", "spam")
"""Kinds of error: of gates, of idling (depolarising; dephasing), of preparation and measurement."""
LEAST_POINTS = 4
ENOUGH_POINTS = 8
MODEL_ERROR = 0.02
"""Relative error that the exponential form itself is granted: keeps very precise points from ruling the fit."""


@dataclass(frozen=True, kw_only=True)
class NoiseFit:
    """Exponents per expected error; a kind of error that no run had is left out.

    Args:
        damping: kind (of KINDS) -> k.
        rejection: kind -> K.
        scatter: standard deviation of log(kappa d) of single braids about the fit, beyond sampling, as a share of it.
    """

    damping: dict[str, float]
    rejection: dict[str, float]
    scatter: float

    def keep_rate(self, expected: dict[str, float]) -> float:
        """kappa for expected numbers of errors."""
        return float(np.exp(-sum(self.rejection[kind] * count for kind, count in expected.items())))

    def signal(self, expected: dict[str, float]) -> float:
        """kappa d for expected numbers of errors."""
        total = sum((self.rejection[kind] + self.damping[kind]) * count for kind, count in expected.items())
        return float(np.exp(-total))


def expected_errors(point: NoisePoint, noise: NoiseModel) -> dict[str, float]:
    """Expected numbers of errors in one shot, by kind."""
    idle = "idle" if noise.idle == DEPOLARISING else "idle_z"
    return {
        "2q": noise.e_2q * point.two_qubit_gates + noise.e_1q * point.one_qubit_gates,
        idle: noise.e_idle * point.qubit_layers,
        "spam": noise.e_spam * point.qubits,
    }


def point_of(record: Record) -> Point:
    """What one run on a noisy machine found, and the errors that were expected."""
    asked = record["asked"]
    noise = NoiseModel(
        e_2q=asked["e_2q"],
        e_1q=asked["e_1q"],
        e_idle=asked["e_idle"],
        e_meas=(asked["e_spam"], asked["e_spam"]),
        idle=CHANNELS[asked["idle"]],
    )
    point = NoisePoint(**record["result"])
    return point, expected_errors(point, noise)


def _scatter(signal: Array, error: Array, total: Array) -> float:
    """Relative spread s of the exponents of single braids: with it, residuals have a mean square of 1.

    Only where the signal stands out of the sampling noise.
    """
    from scipy.optimize import brentq

    strong = signal > 5 * error
    if strong.sum() < LEAST_POINTS:
        return 0.0
    miss, own = (np.log(signal[strong]) + total[strong]) ** 2, (error[strong] / signal[strong]) ** 2

    def excess(s: float) -> float:
        return float(np.mean(miss / (own + s**2 * total[strong] ** 2)) - 1)

    return float(brentq(excess, 0.0, 10.0, xtol=1e-15, rtol=1e-15)) if excess(0.0) > 0 > excess(10.0) else 0.0


def fit_noise(points: Sequence[Point], near: NoiseFit | None = None) -> NoiseFit:
    """Fit the exponents to (point, expected errors by kind).

    Args:
        near: fit to much the same points, which shortens the search.

    Raises:
        PlaitError: fewer than LEAST_POINTS points, or no errors in any.
    """
    if len(points) < LEAST_POINTS:
        raise PlaitError(f"{len(points)} noisy runs; a fit needs {LEAST_POINTS}: run more sizes")
    kinds = [kind for kind in KINDS if any(expected.get(kind, 0) > 0 for _, expected in points)]
    if not kinds:
        raise PlaitError("none of the noisy runs had an error to measure; give the machine error rates above 0")
    x = np.array([[expected.get(kind, 0.0) for kind in kinds] for _, expected in points])
    columns = ("keep_rate", "keep_error", "signal", "signal_error")
    keep, keep_error, signal, signal_error = np.array(
        [[getattr(point, name) for name in columns] for point, _ in points]
    ).T

    def residual(k: Array) -> Array:
        rejected = np.exp(-sum(k[i] * x[:, i] for i in range(len(kinds))))
        lost = rejected * np.exp(-sum(k[len(kinds) + i] * x[:, i] for i in range(len(kinds))))
        return np.concatenate(
            [
                (keep - rejected) / np.sqrt(keep_error**2 + (MODEL_ERROR * rejected) ** 2),
                (signal - lost) / np.sqrt(signal_error**2 + (MODEL_ERROR * lost) ** 2),
            ],
            axis=-1,
        )

    begin: Sequence[float] = ()
    if near is not None and set(kinds) <= set(near.damping):
        begin = [table[kind] for table in (near.rejection, near.damping) for kind in kinds]
    k = soft_fit(residual, [0.5] * (2 * len(kinds)), near=begin, low=0.0, high=5.0)
    return NoiseFit(
        damping=dict(zip(kinds, map(float, k[len(kinds) :]), strict=True)),
        rejection=dict(zip(kinds, map(float, k[: len(kinds)]), strict=True)),
        scatter=_scatter(signal, signal_error, x @ (k[: len(kinds)] + k[len(kinds) :])),
    )


def covers(points: Sequence[Point]) -> bool:
    """Whether the points are enough for `noise_constants`: ENOUGH_POINTS of every kind of error."""
    return all(sum(expected.get(kind, 0.0) > 0 for _, expected in points) >= ENOUGH_POINTS for kind in KINDS)


def noise_constants(points: Sequence[Point], *, draws: int, seed: int) -> tuple[dict[str, float], dict[str, Array]]:
    """Central values and joint draws of the noise constants of the cost models.

    Draws are a bootstrap over runs. Which channel idling has is not known of a machine: every draw lies somewhere
    between depolarising and dephasing, evenly. u_2q and u_idle are the scatter of single braids about the fit: what a
    damping known from other braids of the same size leaves open.

    Raises:
        PlaitError: a kind of error that no run had.
    """
    central = fit_noise(points)
    missing = [kind for kind in KINDS if kind not in central.damping]
    if missing:
        raise PlaitError(f"no noisy run had errors of kind {', '.join(missing)}; give more --budget")
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        sample = [points[k] for k in rng.integers(0, len(points), len(points))]
        found = fit_noise(sample, central)
        whole = found if set(found.damping) == set(KINDS) else central
        for name, value in _named(whole, float(rng.random())).items():
            drawn.setdefault(name, []).append(value)
    return _named(central, 0.5), {name: np.array(values) for name, values in drawn.items()}


def _named(fit: NoiseFit, dephasing: float) -> dict[str, float]:
    """The constants under the names of the cost models; `dephasing` is the share of that in the idle errors."""
    mixed = {
        letter: (1 - dephasing) * table["idle"] + dephasing * table["idle_z"]
        for letter, table in (("k", fit.damping), ("K", fit.rejection))
    }
    return {
        "k_2q": fit.damping["2q"],
        "K_2q": fit.rejection["2q"],
        "k_idle": mixed["k"],
        "K_idle": mixed["K"],
        "k_spam": fit.damping["spam"],
        "K_spam": fit.rejection["spam"],
        "u_2q": fit.scatter * fit.damping["2q"],
        "u_idle": fit.scatter * mixed["k"],
    }
