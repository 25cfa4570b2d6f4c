"""Intervals that hold beyond the measured range: split-conformal quantiles of back-test deviations.

A deviation is measured in units of the scatter at its size, z = deviation / sigma(n, L). Within the measured range
|z| <= q, the conformal quantile of what the fit leaves of its own braids. At d decades beyond, |z| <= q (1 + k d): k is
what nested back-tests needed: the conformal quantile, over edges, of each edge's conformal quantile of the scores
(|z| / q - 1)+ / d. Braids beyond one edge share the error of one fit, so edges are what is exchangeable. Coverage is as
stated if what is asked lies beyond the runs as what was held out lay beyond what was fitted; intervals never narrow
with distance, whatever the scores are.
Source: Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World (2005); Lei et al., JASA 113 (2018) 1094.
"""

import math

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.robust import linear

Array = NDArray[np.float64]

LEVEL = 0.9
"""Of the interval by which the widening is set."""
NEAR = 0.02
"""Decades below which a distance says nothing of how errors grow with it."""
LEAST_PART = 0.1
"""Of the root mean square: smaller deviations are hits, and say little of the scatter."""
LEAST_ROWS = 12
MOST_POWER = 1.0
"""Scatter changes no faster than the size."""
TINY = 1e-6
"""Scatter is at least this."""
MEAN_LOG = 0.2758
"""-E log10 |z| of a standard normal z: makes sigma a standard deviation where deviations are normal."""


def conformal_quantile(scores: Array, level: float) -> float:
    """The ceil((N + 1) level)-th smallest of N scores, the largest if there are too few.

    >>> conformal_quantile(np.arange(1.0, 10.0), 0.5)
    5.0
    """
    rank = min(math.ceil((scores.size + 1) * level), scores.size)
    return float(np.sort(scores)[rank - 1])


def scatter_law(deviation: Array, n: Array, layers: Array) -> tuple[float, float, float]:
    """a, b, c of sigma = 10^(a + b log10 n + c log10 L), by a robust fit to log10 |deviation|."""
    least = max(TINY, LEAST_PART * float(np.sqrt(np.mean(deviation**2))))
    telling = np.abs(deviation) > least
    if telling.sum() >= LEAST_ROWS:
        deviation, n, layers = deviation[telling], n[telling], layers[telling]
    size = np.log10(np.maximum(np.abs(deviation), least))
    flat = len(np.unique(n)) < 3 or len(np.unique(layers)) < 3
    columns: dict[str, Array | float] = {"a": 1.0}
    if not flat:
        columns |= {"b": np.log10(n), "c": np.log10(layers)}
    found = linear(columns, size)
    b, c = (min(MOST_POWER, max(-MOST_POWER, found.get(name, 0.0))) for name in "bc")
    a = float(np.mean(size - b * np.log10(n) - c * np.log10(layers)))
    return a + MEAN_LOG, b, c


def sigma(law: tuple[float, float, float], n: Array, layers: Array) -> Array:
    """Scatter at a size, in the units of the deviations."""
    return np.asarray(10.0 ** (law[0] + law[1] * np.log10(n) + law[2] * np.log10(layers)))


def widening(z: Array, distance: Array, within: float, edge: Array | None = None) -> float:
    """k: how much wider per decade of distance, at least 0.

    Args:
        z: back-test deviations over their scatter, distance: decades beyond what was fitted, alike in shape.
        within: q, half-width that holds within the range.
        edge: number of the edge that each was held out by. Defaults to None: one for all.

    >>> widening(np.array([1.0, 2.0, 4.0] * 9), np.ones(27), 1.0)
    3.0
    """
    if not z.size or within <= 0:
        return 0.0
    scores = np.maximum(0.0, np.abs(z) / within - 1) / np.maximum(distance, NEAR)
    edge = np.zeros(z.size) if edge is None else edge
    return conformal_quantile(np.array([conformal_quantile(scores[edge == k], LEVEL) for k in np.unique(edge)]), LEVEL)
