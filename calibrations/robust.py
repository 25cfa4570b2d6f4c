"""Robust least squares: few lines, many repeats, so iteratively reweighted and without a general optimiser."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDS = 20
"""Reweightings; the weights of soft_l1 settle in fewer."""
ROUNDING = 1e-12
"""Share of the target below which what a coefficient adds is rounding, and the coefficient 0."""


def soft(deviation: Array) -> Array:
    """Weights of the squared deviations under which they are those of a soft_l1 loss: 1 near 0, falling as 1 / |d|."""
    return np.asarray(1 / np.sqrt(1 + deviation**2))


def linear(columns: Mapping[str, Array | float], target: Array, scale: float | None = None) -> dict[str, float]:
    """Robust linear fit with named coefficients.

    Args:
        columns: name -> regressor, or a constant.
        target: what they add up to.
        scale: deviation from which a row counts as an outlier. Defaults to None: the spread about a plain fit.

    >>> linear({"slope": np.arange(4.0), "offset": 1.0}, np.array([1.0, 3.0, 5.0, 7.0]))["slope"].__round__(6)
    2.0
    """
    matrix = np.column_stack([np.broadcast_to(column, target.shape) for column in columns.values()]).astype(float)
    found = np.linalg.lstsq(matrix, target, rcond=None)[0]
    scale = scale or float(np.std(matrix @ found - target)) or 1.0
    for _ in range(ROUNDS):
        weight = np.sqrt(soft((matrix @ found - target) / scale))
        found = np.linalg.lstsq(matrix * weight[:, None], target * weight, rcond=None)[0]
    adds = np.abs(found) * np.abs(matrix).max(axis=0, initial=0.0)
    found = np.where(adds > ROUNDING * np.abs(target).max(initial=0.0), found, 0.0)
    return dict(zip(columns, map(float, found), strict=True))


def positive_ratio(
    matrix: Array, least: Sequence[float] | None, scale: float, counts_for: Array | None = None
) -> Array:
    """x, no less than `least`, such that log10(matrix @ x) is near 0 in every row: robust in these decades.

    Args:
        matrix: shape (rows, unknowns), not negative: counts over what they should add up to.
        least: bounds from below. Defaults to None: 0.
        scale: decades from which a row counts as an outlier.
        counts_for: weight of every row, shape (rows,). Defaults to None: all alike.
    """
    from scipy.optimize import nnls

    size = matrix.max(axis=0)
    size[size == 0] = 1.0
    matrix = matrix / size
    low = np.zeros(len(size)) if least is None else np.asarray(least, float) * size
    own = np.ones(len(matrix)) if counts_for is None else counts_for
    weight, found = np.sqrt(own), low
    for _ in range(ROUNDS):
        q, r = np.linalg.qr(matrix * weight[:, None])
        found = nnls(r, q.T @ (weight * (1 - matrix @ low)))[0] + low
        ratio = np.maximum(matrix @ found, 1e-12)
        log = np.log1p(ratio - 1)
        # (ratio - 1) weighted so is the logarithm: the fixed point is the fit in decades
        straight = np.where(ratio == 1, 1.0, log / np.where(ratio == 1, 1.0, ratio - 1))
        weight = np.sqrt(own * np.abs(straight / ratio) * soft(log / np.log(10) / scale))
    return np.asarray(found / size)
