"""The published form, a min(D, b n) + c D + d n + e m + f of a braid's own depth, strands and crossings, fitted anew.

For comparison on the same runs. For given b the form is linear, so b is searched on a grid and the rest solved for:
the best fit, from no start. The interval is that of ordinary least squares for a new observation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

KINKS = tuple(float(b) for b in np.geomspace(0.05, 20, 61))
MOST_CONDITION = 1e12
"""Of the columns; a kink beyond the data makes two of them alike."""


@dataclass(frozen=True, kw_only=True)
class PublishedFit:
    """A fit.

    Args:
        kink: b; coefficients: of min(D, b n), D, n, m and 1.
        inverse: of X'X; sigma: standard deviation of the residuals.
    """

    kink: float
    coefficients: Array
    inverse: Array
    sigma: float

    def predict(self, m: Array, depth: Array, n: Array) -> Array:
        """log10 of the quantity."""
        return np.asarray(_columns(self.kink, m, depth, n) @ self.coefficients)

    def error(self, m: Array, depth: Array, n: Array) -> Array:
        """Standard deviation of a new observation about the prediction."""
        x = _columns(self.kink, m, depth, n)
        return np.asarray(self.sigma * np.sqrt(1 + np.einsum("ij,jk,ik->i", x, self.inverse, x)))


def fit_published(m: Array, depth: Array, n: Array, target: Array) -> PublishedFit:
    """Least squares over the grid of kinks.

    >>> m, depth, n = np.arange(9.0) ** 2, np.arange(9.0), np.ones(9)
    >>> fit_published(m, depth, n, 2 * m + 1).predict(m, depth, n).round(6)[3].item()
    19.0
    """
    best: tuple[float, float, Array] | None = None
    for kink in KINKS:
        x = _columns(kink, m, depth, n)
        found: Array = np.asarray(np.linalg.lstsq(x, target, rcond=None)[0], float)
        miss = float(np.sum((x @ found - target) ** 2))
        if best is None or miss < best[0]:
            best = miss, kink, found
    assert best is not None
    x = _columns(best[1], m, depth, n)
    freedom = max(1, target.size - x.shape[1] - 1)
    inverse: Array = np.asarray(np.linalg.pinv(x.T @ x, rcond=1 / MOST_CONDITION), float)
    return PublishedFit(kink=best[1], coefficients=best[2], inverse=inverse, sigma=float(np.sqrt(best[0] / freedom)))


def _columns(kink: float, m: Array, depth: Array, n: Array) -> Array:
    return np.stack([np.minimum(depth, kink * n), depth, n, m, np.ones_like(m)], axis=1)
