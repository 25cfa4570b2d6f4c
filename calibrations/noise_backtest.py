"""Back-test of the noise law: fitted to noisy runs of fewer strands, it predicts keep rate and signal of more."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.conformal import LEVEL, conformal_quantile
from plait.calibrations.noise_fit import LEAST_POINTS, MODEL_ERROR, Point, fit_noise
from plait.calibrations.robust import linear

Array = NDArray[np.float64]
Predictor = Callable[[Sequence[Point]], tuple[Array, Array]]
"""Keep rates and signals of some points."""

QUANTITIES = ("keep_rate", "signal")
HELD_OUT = 0.3
"""Share of the noisy runs with more strands than any that is fitted, at least."""
VISIBLE = 5.0
"""Standard errors by which a value must stand out to have a logarithm."""
LEAST_SIGNAL = 1e-3
DAMPED = 0.05
"""Scatter of single braids about a law, as a share of its exponent, in units of which deviations are counted."""
CHOSEN = "by kind"


def by_kind(points: Sequence[Point]) -> Predictor:
    """Exponential, an exponent for each kind of error."""
    fit = fit_noise(points)

    def predict(some: Sequence[Point]) -> tuple[Array, Array]:
        return np.array([fit.keep_rate(x) for _, x in some]), np.array([fit.signal(x) for _, x in some])

    return predict


def _merged(points: Sequence[Point], kinds: Mapping[str, str]) -> list[Point]:
    """Kinds of errors counted as others."""
    merged = []
    for point, expected in points:
        sums: dict[str, float] = {}
        for kind, count in expected.items():
            sums[kinds.get(kind, kind)] = sums.get(kinds.get(kind, kind), 0.0) + count
        merged.append((point, sums))
    return merged


def merging(kinds: Mapping[str, str]) -> Callable[[Sequence[Point]], Predictor]:
    """Exponential, fewer exponents."""

    def fit(points: Sequence[Point]) -> Predictor:
        inner = by_kind(_merged(points, kinds))
        return lambda some: inner(_merged(some, kinds))

    return fit


def power_law(points: Sequence[Point]) -> Predictor:
    """The published one: what is lost is alpha x^beta, x the expected errors of all kinds."""
    lost = []
    for name in QUANTITIES:
        x, y = _total(points), 1 - np.array([getattr(point, name) for point, _ in points])
        seen = (x > 0) & (y > 0)
        lost.append(linear({"alpha": 1.0, "beta": np.log10(x[seen])}, np.log10(y[seen])))

    def predict(some: Sequence[Point]) -> tuple[Array, Array]:
        log_x = np.log10(np.maximum(_total(some), 1e-12))
        keep, signal = (np.maximum(LEAST_SIGNAL, 1 - 10.0 ** (c["alpha"] + c["beta"] * log_x)) for c in lost)
        return keep, signal

    return predict


def _total(points: Sequence[Point]) -> Array:
    return np.array([sum(expected.values()) for _, expected in points])


FITS: Mapping[str, Callable[[Sequence[Point]], Predictor]] = {
    CHOSEN: by_kind,
    "one idle": merging({"idle_z": "idle"}),
    "one rate": merging({"idle": "2q", "idle_z": "2q", "spam": "2q"}),
    "paper": power_law,
}
"""Name -> fit; "paper" is the published form."""


@dataclass(frozen=True, kw_only=True)
class NoiseTest:
    """Held-out points of one quantity and form.

    Args:
        predicted, observed: log10; half: half-widths of the 50 and 90 % intervals, decades.
        strands, layers: of the braids.
    """

    quantity: str
    form: str
    predicted: Array
    observed: Array
    half: tuple[Array, Array]
    strands: Array
    layers: Array


def noise_tests(points: Sequence[Point]) -> Iterator[NoiseTest]:
    """Every form on the braids of most strands; nothing if there are too few."""
    strands = np.array([point.strands for point, _ in points])
    edges = [edge for edge in np.unique(strands) if (strands > edge).mean() >= HELD_OUT]
    if len(edges) < 2:
        return
    small, large = [p for p in points if p[0].strands <= edges[-1]], [p for p in points if p[0].strands > edges[-1]]
    inner = [p for p in small if p[0].strands <= edges[-2]]
    outer = [p for p in small if p[0].strands > edges[-2]]
    if min(len(inner), len(outer)) < LEAST_POINTS:
        return
    for form, fit in FITS.items():
        for number, quantity in enumerate(QUANTITIES):
            miss, scale, *_ = _deviations(outer, fit(inner)(outer)[number], quantity)
            z = np.abs(miss) / scale
            found, unit, predicted, seen = _deviations(large, fit(small)(large)[number], quantity)
            if z.size and found.size:
                yield NoiseTest(
                    quantity=quantity,
                    form=form,
                    predicted=predicted,
                    observed=predicted + found,
                    half=(unit * conformal_quantile(z, 0.5), unit * conformal_quantile(z, LEVEL)),
                    strands=np.array([p.strands for (p, _), s in zip(large, seen, strict=True) if s], float),
                    layers=np.array([p.layers for (p, _), s in zip(large, seen, strict=True) if s], float),
                )


def _deviations(
    points: Sequence[Point], predicted: Array, quantity: str
) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """log10 observed - predicted, its unit, log10 predicted, of the points whose value is visible; and which are."""
    name = "keep_error" if quantity == "keep_rate" else "signal_error"
    value, error = (np.array([getattr(point, key) for point, _ in points]) for key in (quantity, name))
    seen = value > VISIBLE * error
    value, error, log = value[seen], error[seen], np.log10(predicted[seen])
    unit = np.hypot(np.hypot(error / value, MODEL_ERROR / 10) / np.log(10), DAMPED * log)
    return np.log10(value) - log, unit, log, seen
