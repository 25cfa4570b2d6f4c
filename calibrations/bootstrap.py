"""Resampling a shot table: joint draws of the four parts, and the intervals that follow from draws.

Each draw of s (group) gets a random weight of Gamma(1), the Bayesian bootstrap; groups that look alike are drawn
together, which is exact. A third of a shot of each outcome is added, so that a part whose shots all agree does not
get an interval of width 0; a tenth of the draws add none, so that such an interval contains the bound itself.
Source: Rubin, Ann. Statist. 9 (1981) 130; the added shots are our choice, for coverage at few shots (tests).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.shots import Shots
from plait.models import PlaitError
from plait.models.braid import check_int

LEVEL = 0.95
"""Probability that each interval is to contain its value."""
DRAWS = 2000
"""Draws of a bootstrap unless the caller says otherwise."""
ADDED = 1 / 3
"""Shots added per part and outcome."""
BARE = 0.1
"""Share of the draws without them."""
PARTS = ("real", "imaginary", "mirror real", "mirror imaginary")
PLAIN, ALL = (0, 1), (0, 1, 2, 3)
MAX_BLOCK = 4_000_000
"""Weights drawn at a time: 32 megabytes."""

Draws = NDArray[np.complex128]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One value the shots allow.

    Args:
        value: of E, dimensionless.
        re, im: (low, high), each contains its part with probability LEVEL.
        radius: of the disc about `value` that contains E with probability LEVEL.
    """

    value: complex
    re: tuple[float, float]
    im: tuple[float, float]
    radius: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What one method makes of the shots.

    Args:
        method: how, such as "detected+conjugate+rescaled".
        candidates: one, or z and -z where the overall sign is not known; intervals with each.
        discard_rate: share of the shots that the method threw away.
        shots: shots it used, by part.
        bias: what it does not remove, a sentence each.
        sign_source: where the sign of `value` comes from: "raw" (the shots), "user" (a reference), "none" (unknown).
        draws: (draws,) bootstrap values of the first candidate.
    """

    method: str
    candidates: tuple[Candidate, ...]
    discard_rate: float
    shots: Mapping[str, int]
    bias: tuple[str, ...]
    sign_source: str
    draws: Draws = field(repr=False, compare=False)

    @property
    def value(self) -> complex | None:
        """The estimate of E, or None if two candidates are left."""
        return self.candidates[0].value if len(self.candidates) == 1 else None

    @property
    def standard_error(self) -> tuple[float, float]:
        """Standard deviation of the draws, of the real and of the imaginary part."""
        return float(np.std(self.draws.real)), float(np.std(self.draws.imag))

    def with_draws(self, value: complex, draws: Draws, **changes: Any) -> "Estimate":
        """The same estimate, its first candidate now `value` with these draws; the second one is its negative."""
        candidates = candidates_of(value, draws)[: len(self.candidates)]
        return replace(self, candidates=candidates, draws=draws, **changes)


def candidates_of(value: complex, draws: Draws) -> tuple[Candidate, Candidate]:
    """`value` and -`value` with the intervals that the draws of `value` give, stretched to `value` where it is outside.

    >>> candidates_of(0.5 + 0.1j, np.array([0.4, 0.5, 0.6]) + 0.1j)[1].value
    (-0.5-0.1j)
    """
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    re, im = (
        (min(low, part), max(high, part))
        for (low, high), part in (
            (np.quantile(draws.real, tails), value.real),
            (np.quantile(draws.imag, tails), value.imag),
        )
    )
    radius = float(np.quantile(np.abs(draws - value), LEVEL))
    one = Candidate(
        value=complex(value), re=(float(re[0]), float(re[1])), im=(float(im[0]), float(im[1])), radius=radius
    )
    other = Candidate(value=-one.value, re=(-one.re[1], -one.re[0]), im=(-one.im[1], -one.im[0]), radius=radius)
    return one, other


@dataclass(frozen=True, kw_only=True)
class Resampled:
    """A shot table and bootstrap draws of it.

    Args:
        cells: (1 + draws, 4 parts, 3 values of v from -1, 2: rejected or kept) weights; row 0 is the table itself.
        widening: (4,) factor on deviations from row 0, above 1 where a few draws of s share many shots.
        one_draw: the shots of a part share one s, so that only its z_s is measured.
    """

    cells: NDArray[np.float64]
    widening: NDArray[np.float64]
    one_draw: bool

    def counts(self, kept: bool, parts: tuple[int, ...]) -> dict[str, int]:
        """Shots of each part, all or only the kept ones."""
        table = self.cells[0].sum(axis=1)
        return {PARTS[part]: round(float(table[part, 1] if kept else table[part].sum())) for part in parts}

    def discard_rate(self, parts: tuple[int, ...]) -> float:
        """Share of the shots of these parts that error detection rejects."""
        table = self.cells[0].sum(axis=1)[list(parts)]
        return float(table[:, 0].sum() / table.sum())

    def values(self, *, kept: bool, mirror: bool) -> Draws:
        """(1 + draws,) means of v as a complex number, of the braid or of its mirror.

        Raises:
            PlaitError: a part has no shots, or none that are kept.
        """
        parts = (2, 3) if mirror else PLAIN
        for part in parts:
            self._check(part, kept)
        means = self._means(kept, parts)
        return np.asarray(means[:, 0] + 1j * means[:, 1])

    def _check(self, part: int, kept: bool) -> None:
        table = self.cells[0, part].sum(axis=0)
        if not table.sum():
            raise PlaitError(f"no {PARTS[part]} shots: expected shots of the {' and '.join(_partners(part))} part")
        if kept and not table[1]:
            raise PlaitError(
                f"error detection rejects all {round(float(table[0]))} {PARTS[part]} shots: nothing is left; "
                "check strands, closure and bit order, or use the raw shots"
            )

    def _means(self, kept: bool, parts: tuple[int, ...]) -> NDArray[np.float64]:
        cells = self.cells[:, list(parts)]
        outcomes = cells[..., 1] if kept else cells.sum(axis=-1)
        means = (outcomes[..., 2] - outcomes[..., 0]) / outcomes.sum(axis=-1)
        return np.asarray(np.clip(means[0] + self.widening[list(parts)] * (means - means[0]), -1, 1))


def _partners(part: int) -> tuple[str, str]:
    return (PARTS[2], PARTS[3]) if part > 1 else (PARTS[0], PARTS[1])


def resample(shots: Shots, *, draws: int = DRAWS, seed: int = 0) -> Resampled:
    """Draw the bootstrap once for all methods, so that they can be combined and compared.

    Args:
        shots: any table.
        draws: at least 100.
        seed: of `numpy.random.default_rng`.

    Raises:
        PlaitError: draws or seed out of range.

    >>> flags = np.zeros(4, bool)
    >>> table = Shots(v=np.ones(4, np.int8), kept=~flags, imaginary=flags, mirror=flags, group=np.arange(4))
    >>> resample(table, draws=100).cells.shape
    (101, 4, 3, 2)
    """
    check_int("draws", draws, 100, 1_000_000)
    rng = np.random.default_rng(check_int("seed", seed, 0, 2**63 - 1))
    part = shots.imaginary + 2 * shots.mirror.astype(np.int64)
    cell = (part * 3 + shots.v + 1) * 2 + shots.kept
    patterns, times, widening, one_draw = _patterns(part, cell, shots.group)
    cells = np.empty((1 + draws, 24))
    cells[0] = times @ patterns
    cells[1:] = weighted(patterns, times, draws, rng)
    extra = rng.standard_gamma(ADDED, (draws, 24)) * (np.arange(24) % 2)  # kept ones only: they serve all methods
    extra[rng.random(draws) < BARE] = 0
    cells[1:] += extra * np.repeat(np.bincount(part, minlength=4) > 0, 6)
    return Resampled(cells=cells.reshape(-1, 4, 3, 2), widening=widening, one_draw=one_draw)


def weighted(
    patterns: NDArray[np.float64], times: NDArray[np.int64], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(draws, columns) sums of patterns (patterns, columns), each seen `times` with a weight of Gamma(1) a time."""
    block = max(1, MAX_BLOCK // len(times))
    sums = np.empty((draws, patterns.shape[1]))
    for start in range(0, draws, block):
        stop = min(draws, start + block)
        sums[start:stop] = rng.standard_gamma(times, (stop - start, len(times))) @ patterns
    return sums


def _patterns(
    part: NDArray[np.int64], cell: NDArray[np.int64], group: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], bool]:
    """Distinct rows of shots per cell, one row a group, how often each occurs, the widening, and `one_draw`."""
    _, number = np.unique(group, return_inverse=True)
    groups = int(number.max()) + 1
    sizes = np.bincount(number * 4 + part, minlength=4 * groups).reshape(groups, 4) if groups < len(cell) else None
    present = np.unique(part)
    shared = None if sizes is None else (sizes > 0).sum(axis=0)
    if sizes is None or shared is None or shared[present].min() == 1:
        seen, times = np.unique(cell, return_counts=True)
        one_draw = shared is not None and len(cell) > len(present)
        return np.eye(24)[seen], times, np.ones(4), one_draw
    widening = np.ones(4)
    if sizes.max() > 1:
        from scipy.special import stdtrit

        # Few draws of s: the weights vary less than a mean over as many, and its error is Student's.
        for k in present:
            wider = stdtrit(shared[k] - 1, (1 + LEVEL) / 2) / stdtrit(math.inf, (1 + LEVEL) / 2)
            widening[k] = wider * math.sqrt((shared[k] + 1) / (shared[k] - 1))
    table = np.bincount(number * 24 + cell, minlength=24 * groups).reshape(groups, 24)
    rows, times = np.unique(table, axis=0, return_counts=True)
    return rows.astype(float), times, widening, False
