"""How far single braids lie off a form: scatter by size, widened with the distance from the measured range."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from plait.calibrations.backtest import Score, beyond
from plait.calibrations.conformal import LEVEL, conformal_quantile, scatter_law, sigma, widening

Array = NDArray[np.float64]
Finite = Annotated[float, Field(allow_inf_nan=False)]


UNTESTED = 9.0
"""Widening per decade where there were too few runs for a back-test: tenfold at a decade."""


class Spread(BaseModel):
    """Of one feature of one closure and family.

    Fields:
        scatter: a, b, c of sigma = 10^(a + b log10 n + c log10 L), decades (widths: legs), held constant beyond reach.
        half: half-widths over sigma of the 50 and 90 % intervals within the range.
        widening: k: at d decades beyond the range intervals are 1 + k d times as wide.
        reach: sizes (n, L) measured that no other measured size exceeds in both; the range is what lies below one.
        least: smallest n and L.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scatter: tuple[Finite, Finite, Finite]
    half: tuple[Finite, Finite]
    widening: Finite
    reach: tuple[tuple[float, float], ...]
    least: tuple[float, float]

    def distance(self, n: Array, layers: Array) -> Array:
        """Decades beyond the measured range: factor by which the nearest measured size would have to grow."""
        return np.asarray(np.min([beyond(n, layers, *corner) for corner in self.reach], axis=0))

    def sigma(self, n: Array, layers: Array) -> Array:
        """Scatter of single braids at a size within the range."""
        most = np.max(self.reach, axis=0)
        return sigma(self.scatter, np.clip(n, self.least[0], most[0]), np.clip(layers, self.least[1], most[1]))

    def factor(self, n: Array, layers: Array) -> Array:
        """1 + k d."""
        return np.asarray(1 + self.widening * self.distance(n, layers))


def spread_of(deviation: Array, n: Array, layers: Array, score: Score | None) -> Spread:
    """From what a form leaves of its own braids, and from its deviations in back-tests.

    Args:
        deviation, n, layers: of the braids fitted, those in which the feature was seen.
        score: None where there was nothing to test.
    """
    law = scatter_law(deviation, n, layers)
    z = np.abs(deviation) / sigma(law, n, layers)
    half = conformal_quantile(z, 0.5), conformal_quantile(z, LEVEL)
    k = UNTESTED
    if score is not None:
        k = widening(score.deviation / sigma(law, score.strands, score.layers), score.distance, half[1], score.edge)
    return Spread(
        scatter=(digits(law[0]), digits(law[1]), digits(law[2])),
        half=(digits(half[0]), digits(half[1])),
        widening=digits(k),
        reach=frontier(n, layers),
        least=(float(n.min()), float(layers.min())),
    )


class LawSpread(BaseModel):
    """Of the seconds of one law.

    Fields:
        form: rival used, "" for the whole law.
        half: half-widths of the 50 and 90 % intervals within the range, decades.
        widening: k: intervals are 1 + k d times as wide d decades of size beyond `most`, as far as was tested.
        most: largest size timed; farthest: decades beyond which back-tests did not reach.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: str
    half: tuple[Finite, Finite]
    widening: Finite
    most: Finite
    farthest: Finite

    def factor(self, log_size: Array) -> Array:
        """1 + k d at log10 of a size."""
        distance = np.clip(log_size - np.log10(max(1.0, self.most)), 0.0, self.farthest)
        return np.asarray(1 + self.widening * distance)


def frontier(n: Array, layers: Array) -> tuple[tuple[float, float], ...]:
    """The sizes that no other exceeds in both.

    >>> frontier(np.array([4.0, 9.0, 9.0, 6.0]), np.array([8.0, 2.0, 3.0, 1.0]))
    ((4.0, 8.0), (9.0, 3.0))
    """
    sizes = sorted({(float(x), float(y)) for x, y in zip(n, layers, strict=True)})
    kept: list[tuple[float, float]] = []
    for size in reversed(sizes):
        if not kept or size[1] > kept[-1][1]:
            kept.append(size)
    return tuple(reversed(kept))


def digits(x: float) -> float:
    """Twelve significant digits, as all that is stored: what is stored is what is used."""
    return float(f"{float(x):.12g}")
