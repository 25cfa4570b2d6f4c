"""The conjugate trick: a braid and its mirror measured alike give z up to its overall sign, whatever the common phase.

If both runs suffer the same phase and damping, z_m = d e^{i theta} z and c_m = d e^{i theta} conj(z). Then
|z_m + c_m|/2 = d |Re z|, |z_m - c_m|/2 = d |Im z|, and z_m conj(c_m) = d^2 z^2 has the sign of Re z Im z. Whether it is
z or -z nothing in these numbers says: that takes a reference from elsewhere. Source: the trick is that of Laakkonen
et al., arXiv:2503.05625; the shot-level form is theirs too, its bias and the rule for signs are our own.
"""

import cmath
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.bootstrap import ADDED, ALL, PARTS, Draws, Estimate, Resampled, candidates_of, weighted
from plait.calibrations.shots import Shots
from plait.models import PlaitError

SIGMAS = 3.0
"""How far a reference must separate two candidates, in standard errors."""
DAMPED = "damping remains"
"""The bias that `rescaled` removes."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A value known from elsewhere that may decide between z and -z.

    Args:
        value: of E.
        error: standard error of its real part, and of its imaginary part; above 0.
    """

    value: complex
    error: float

    def __post_init__(self) -> None:
        if not cmath.isfinite(self.value):
            raise PlaitError(f"reference = {self.value} must be a finite complex number")
        if not 0 < self.error < math.inf:
            raise PlaitError(
                f"reference error = {self.error:g} must be above 0: the standard error of each part of the reference"
            )


def conjugate(
    table: Resampled, *, kept: bool = True, reference: "Reference | str | None" = None, seed: int = 0
) -> Estimate:
    """The conjugate trick on all shots, or on those that error detection keeps.

    Args:
        table: with shots of the braid and of its mirror.
        kept: drop the shots that error detection rejects.
        reference: None: both signs are returned. "raw": the sign of the estimate without the trick. A Reference: its
            sign. Either decides only where it separates z from -z by SIGMAS standard errors.
        seed: of the reference's error, and of signs where nothing is resolved.

    Raises:
        PlaitError: a part has no shots, none that are kept, or an unknown reference.

    >>> from plait.calibrations.bootstrap import resample
    >>> rows = np.arange(400)
    >>> imaginary, mirror = rows % 2 == 1, rows % 4 > 1
    >>> v = np.where(imaginary & mirror, -1, 1).astype(np.int8)  # z = 1 + i, the mirror 1 - i
    >>> found = conjugate(
    ...     resample(Shots(v=v, kept=rows >= 0, imaginary=imaginary, mirror=mirror, group=rows)), reference="raw"
    ... )
    >>> found.value, found.sign_source
    ((1+1j), 'raw')
    """
    z, c = (table.values(kept=kept, mirror=mirror) for mirror in (False, True))
    plus, minus = (z[0] + c[0]) / 2, (z[0] - c[0]) / 2
    turn = z * c.conj()
    value = complex(abs(plus), math.copysign(abs(minus), turn[0].imag))
    (long_z, noise_z), (long_c, noise_c) = _lengths(z), _lengths(c)
    rng = np.random.default_rng(seed)
    if abs(z[0]) > SIGMAS * noise_z and abs(c[0]) > SIGMAS * noise_c:
        # The angle between the two runs is a smooth function of the data, unlike |z_m - c_m|: no fold at 0.
        angle = (np.angle(turn[0]) + np.angle(turn[1:] / turn[0])) / 2
        draws = (long_z + long_c) / 2 * np.exp(1j * angle)
        phase = cmath.phase(z[0] / value)
        back = phase - math.copysign(math.pi, phase)
        noted = f"the common phase is {phase:+.2f} rad if the first candidate is right, {back:+.2f} if the second is"
    else:
        signs = rng.choice([-1.0, 1.0], (2, len(z) - 1))
        draws = signs[0] * abs(z + c)[1:] / 2 + 1j * signs[1] * abs(z - c)[1:] / 2
        noted = (
            "no signal at 3 sigma: not even the relative sign of the parts is known, and both sizes are biased upward"
        )
    fold = [float(np.var(u.real) + np.var(u.imag)) for u in ((z + c)[1:] / 2, (z - c)[1:] / 2)]
    bias = (
        DAMPED,
        "assumes that both runs have the same phase and damping",
        "the fold at 0 adds about "
        f"{_fold(abs(plus), fold[0]):.1g} to |Re| and {_fold(abs(minus), fold[1]):.1g} to |Im|",
        noted,
    )
    return _signed(
        Estimate(
            method="detected+conjugate" if kept else "conjugate",
            candidates=candidates_of(value, draws),
            discard_rate=table.discard_rate(ALL) if kept else 0.0,
            shots=table.counts(kept, ALL),
            bias=bias,
            sign_source="none",
            draws=draws,
        ),
        reference,
        z,
        rng,
    )


def shot_level(
    table: Resampled,
    shots: Shots,
    *,
    kept: bool = True,
    reference: "Reference | str | None" = None,
    seed: int = 0,
) -> Estimate:
    """The shot-level trick, for runs whose four parts share one s: it measures sqrt(E_s x_s^2), not |E_s x_s|.

    Without noise the mean of (br + cr)^2 + (bi + ci)^2 over s is 2 + 4 E_s[x_s^2], with differences 2 + 4 E_s[y_s^2]
    (b braid, c mirror, r real, i imaginary; z_s = x_s + i y_s). A mean below 2 gives 0 with an upper limit.

    Args:
        table: of `shots`: gives the relative sign, and the reference "raw".
        shots: with one shot of every part in each group.
        kept: drop every group in which error detection rejects a shot.
        reference, seed: as for `conjugate`.

    Raises:
        PlaitError: groups are not such, or none is kept whole.

    >>> from plait.calibrations.bootstrap import resample
    >>> rows = np.arange(400)
    >>> one = Shots(
    ...     v=np.ones(400, np.int8), kept=rows >= 0, imaginary=rows % 2 == 1, mirror=rows % 4 > 1, group=rows // 4
    ... )
    >>> shot_level(resample(one), one).candidates[0].value  # the mean of (1 + 1)^2 + (1 + 1)^2 is 8 = 2 + 4 x^2
    (1.224744871391589+0j)
    """
    if not interleaved(shots):
        raise PlaitError(
            f"the shot-level trick needs one shot of each of {', '.join(PARTS)} for every draw of s; "
            f"got {shots.count} shots in {len(np.unique(shots.group))} draws"
        )
    v = shots.v[np.lexsort((_part(shots), shots.group))].reshape(-1, 4)
    if kept:
        v = v[all_kept(shots)]
        if not len(v):
            raise PlaitError("error detection rejects a shot of every draw of s: nothing is left; use the raw shots")
    pairs = (v[:, (0, 1)] + v[:, (2, 3)], v[:, (0, 1)] - v[:, (2, 3)])
    squares = np.stack([(pair.astype(np.int64) ** 2).sum(axis=1) for pair in pairs], axis=1)
    seen, times = np.unique(squares, axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    columns = np.hstack([seen, np.ones((len(seen), 1))]).astype(float)
    sums = weighted(columns, times, len(table.cells) - 1, rng)
    # A little of the extremes, so that groups that are all alike do not give a width of 0.
    ends = rng.standard_gamma(ADDED, (len(sums), 2))
    drawn = (sums[:, :2] + 8 * ends) / (sums[:, 2:] + 2 * ends)
    means = squares.mean(axis=0)
    excess = drawn - 2 + np.maximum(0, 2 - means)  # below 2 the width alone makes the upper limit
    sizes = np.sqrt(np.maximum(0, excess) / 4)
    x, y = np.sqrt(np.maximum(0, means - 2) / 4)
    z, c = (table.values(kept=kept, mirror=mirror) for mirror in (False, True))
    relative = math.copysign(1, (z[0] * c[0].conjugate()).imag)
    draws = sizes[:, 0] + 1j * relative * sizes[:, 1]
    low = [name for name, mean in zip(("|Re|", "|Im|"), means, strict=True) if mean <= 2]
    bias: tuple[str, ...] = (
        DAMPED,
        "estimates sqrt(E_s x_s^2) and sqrt(E_s y_s^2), which are at least |Re E| and |Im E|",
        "noise that turns v into 0 lowers both",
    )
    if low:
        bias += (f"the mean is not above 2 for {' and '.join(low)}: 0 with an upper limit",)
    groups = len(squares)
    return _signed(
        Estimate(
            method="detected+shot-level" if kept else "shot-level",
            candidates=candidates_of(complex(x, relative * y), draws),
            discard_rate=1 - 4 * groups / shots.count if kept else 0.0,
            shots=dict.fromkeys(PARTS, groups),
            bias=bias,
            sign_source="none",
            draws=draws,
        ),
        reference,
        z,
        rng,
    )


def interleaved(shots: Shots) -> bool:
    """Whether every draw of s has exactly one shot of each of the four parts."""
    names, number = np.unique(shots.group, return_inverse=True)
    if shots.count != 4 * len(names):
        return False
    return bool((np.bincount(number * 4 + _part(shots), minlength=shots.count) == 1).all())


def all_kept(shots: Shots) -> NDArray[np.bool_]:
    """(groups,) whether error detection keeps every shot of a draw of s."""
    _, number = np.unique(shots.group, return_inverse=True)
    return np.asarray(np.bincount(number, weights=~shots.kept) == 0)


def _part(shots: Shots) -> NDArray[np.int64]:
    return shots.imaginary + 2 * shots.mirror.astype(np.int64)


def _lengths(z: Draws) -> tuple[NDArray[np.float64], float]:
    """|z| of the draws, less what noise across z adds to it, and the standard deviation of that noise."""
    across = (z[1:] * z[0].conjugate()).imag / max(abs(z[0]), 1e-300)
    noise = float(np.std(across))
    # Twice: once in the data, once more in the draws about it.
    return np.sqrt(np.maximum(0, np.abs(z[1:]) ** 2 - 2 * noise**2)), noise


def _fold(size: float, variance: float) -> float:
    """What the modulus of an average gains from noise: E|u|^2 = |E u|^2 + variance."""
    return size - math.sqrt(max(0.0, size**2 - variance))


def _signed(found: Estimate, reference: "Reference | str | None", raw: Draws, rng: np.random.Generator) -> Estimate:
    """`found` with one candidate if the reference tells z from -z, else as it is."""
    if reference is None:
        return found
    if isinstance(reference, Reference):
        source = "user"
        noise = rng.standard_normal((2, len(found.draws))) * reference.error
        known = np.concatenate([[reference.value], reference.value + noise[0] + 1j * noise[1]])
    elif reference == "raw":
        source, known = "raw", raw
    else:
        raise PlaitError(f"reference = {reference!r} is not known; expected none, raw, or a value with its error")
    both = np.concatenate([[found.candidates[0].value], found.draws])
    along = (known * both.conj()).real / np.maximum(np.abs(both), 1e-300)
    spread = float(np.std(along[1:]))
    if abs(along[0]) <= SIGMAS * spread:
        remark = f"the reference ({source}) does not separate the two signs by {SIGMAS:g} sigma"
        return found.with_draws(found.candidates[0].value, found.draws, bias=(*found.bias, remark))
    sign = math.copysign(1, along[0])
    remark = f"sign from {source} at {abs(along[0]) / spread:.1f} sigma" if spread else f"sign from {source}"
    if source == "raw":
        remark += ", wrong if the common phase exceeds 90 degrees"
    chosen = found.with_draws(
        sign * found.candidates[0].value, sign * found.draws, bias=(*found.bias, remark), sign_source=source
    )
    return replace(chosen, candidates=chosen.candidates[:1])
