"""Mitigation: from a shot table to estimates of E, each with an interval and the bias that remains."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from plait.calibrations.bootstrap import (
    DRAWS,
    PLAIN,
    Candidate,
    Estimate,
    Resampled,
    candidates_of,
    resample,
)
from plait.calibrations.conjugate import DAMPED, SIGMAS, Reference, all_kept, conjugate, interleaved, shot_level
from plait.calibrations.shots import Shots
from plait.models import PlaitError

__all__ = [
    "Candidate",
    "Estimate",
    "Reference",
    "conjugate",
    "detected",
    "fit_damping",
    "mitigate",
    "preferred",
    "raw",
    "resample",
    "rescaled",
    "shot_level",
]


def raw(table: Resampled) -> Estimate:
    """The mean of v over all shots of the braid; shots with v = 0 count.

    Raises:
        PlaitError: no shots of a part.

    >>> flags = np.arange(200) % 2 == 0
    >>> shots = Shots(v=np.ones(200, np.int8), kept=flags | True, imaginary=flags, mirror=flags & False,
    ...     group=np.arange(200))
    >>> raw(resample(shots)).value
    (1+1j)
    """
    return _mean(table, kept=False)


def detected(table: Resampled) -> Estimate:
    """The mean of v over the shots that error detection keeps, each part over its own kept shots.

    Raises:
        PlaitError: no shots of a part, or all of them rejected.
    """
    return _mean(table, kept=True)


def _mean(table: Resampled, *, kept: bool) -> Estimate:
    z = table.values(kept=kept, mirror=False)
    bias: tuple[str, ...] = (
        DAMPED,
        "phase errors remain" + ("; detection makes a wrongly rotated value larger" if kept else ""),
    )
    if table.one_draw:
        bias += ("the shots of a part share one s: this is z_s of that s (for the plat closure, E itself)",)
    return Estimate(
        method="detected" if kept else "raw",
        candidates=candidates_of(z[0], z[1:])[:1],
        discard_rate=table.discard_rate(PLAIN) if kept else 0.0,
        shots=table.counts(kept, PLAIN),
        bias=bias,
        sign_source="raw",
        draws=z[1:],
    )


def rescaled(estimate: Estimate, damping: float, error: float, *, seed: int = 0) -> Estimate:
    """Divide by a damping d that was measured elsewhere, on braids of known value (`fit_damping`).

    Args:
        estimate: any.
        damping: d, above 3 times its error.
        error: u_d, standard error of d; its spread becomes part of the intervals.
        seed: of the draws of d.

    Raises:
        PlaitError: d or u_d is no such number.
    """
    if not (math.isfinite(damping) and math.isfinite(error) and error >= 0):
        raise PlaitError(f"damping = {damping:g} with error {error:g}: expected finite numbers, the error not below 0")
    if damping <= SIGMAS * error or damping <= 0:
        raise PlaitError(
            f"damping = {damping:g} with error {error:g}: not told from 0 by {SIGMAS:g} sigma, so nothing can be "
            "divided by it; measure it better"
        )
    drawn = damping + error * np.random.default_rng(seed).standard_normal(len(estimate.draws))
    divided = estimate.draws / np.maximum(drawn, 1e-3 * damping)
    others = tuple(one for one in estimate.bias if one != DAMPED)
    return estimate.with_draws(
        estimate.candidates[0].value / damping,
        divided,
        method=f"{estimate.method}+rescaled",
        bias=(*others, f"wrong in proportion if this braid is not damped by d = {damping:.4g} +- {error:.2g}"),
    )


def fit_damping(measured: Sequence[Estimate], exact: Sequence[complex]) -> tuple[float, float]:
    """The damping d and its standard error u_d, from braids of known value (planted) run on the same machine.

    Least squares of the estimates against d E. u_d is the larger of what the shots explain and what the scatter
    between the braids shows.

    Args:
        measured: estimates with one value each, all by the method that is to be rescaled.
        exact: the values E they should have.

    Raises:
        PlaitError: nothing to fit.

    >>> one = Estimate(method="raw", candidates=candidates_of(0.4, np.array([0.3, 0.4, 0.5]) + 0j)[:1],
    ...     discard_rate=0.0, shots={}, bias=(), sign_source="raw", draws=np.array([0.3, 0.4, 0.5]) + 0j)
    >>> [round(x, 3) for x in fit_damping([one], [0.5])]
    [0.8, 0.163]
    """
    if len(measured) != len(exact) or not measured:
        raise PlaitError(
            f"expected as many exact values as measured ones, and at least one; got {len(exact)} and {len(measured)}"
        )
    values = [one.value for one in measured]
    weight = sum(abs(e) ** 2 for e in exact)
    if any(value is None for value in values):
        raise PlaitError("a measured braid has two candidates; give its estimate a reference, or use raw or detected")
    if not weight or not math.isfinite(weight):
        raise PlaitError("the exact values are all 0 or not finite: they cannot show a damping")
    damping = sum((e.conjugate() * z).real for e, z in zip(exact, values, strict=True) if z is not None) / weight
    noise, scatter = 0.0, 0.0
    for e, z, one in zip(exact, values, measured, strict=True):
        if z is not None:
            noise += float(np.var((np.conj(e) * one.draws).real)) / weight**2
            scatter += (np.conj(e) * (z - damping * e)).real ** 2 / weight**2
    if len(measured) > 1:
        scatter *= len(measured) / (len(measured) - 1)
    return float(damping), math.sqrt(max(noise, scatter))


def mitigate(
    shots: Shots,
    *,
    damping: tuple[float, float] | None = None,
    reference: Reference | str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Mapping[str, Estimate]:
    """Every estimate that the shots allow, by method, on one bootstrap.

    Args:
        shots: with both parts of the braid; mirror shots allow the conjugate trick, and if all four parts of a draw
            of s are there, one shot each, the shot-level trick.
        damping: (d, u_d) of the "detected" estimates; adds "rescaled" to each of them.
        reference: decides between z and -z (see `conjugate`).
        draws, seed: of the bootstrap.

    Raises:
        PlaitError: a part has no shots, or error detection rejects all of them.

    >>> flags = np.arange(200) % 2 == 0
    >>> shots = Shots(v=np.ones(200, np.int8), kept=flags | True, imaginary=flags, mirror=flags & False,
    ...     group=np.arange(200))
    >>> list(mitigate(shots, damping=(0.9, 0.01)))
    ['raw', 'detected', 'detected+rescaled']
    """
    table = resample(shots, draws=draws, seed=seed)
    found = [raw(table), detected(table)]
    if shots.mirror.any():
        found += [conjugate(table, kept=kept, reference=reference, seed=seed) for kept in (False, True)]
        if interleaved(shots):
            levels = (False, True) if all_kept(shots).any() else (False,)
            found += [shot_level(table, shots, kept=kept, reference=reference, seed=seed) for kept in levels]
    elif reference is not None:
        raise PlaitError(
            "a reference decides the sign of the conjugate trick, which needs mirror shots; there are none"
        )
    if damping is not None:
        found += [rescaled(one, *damping, seed=seed + 1) for one in found if one.method.startswith("detected")]
    return {one.method: one for one in found}


def preferred(estimates: Mapping[str, Estimate]) -> Estimate:
    """The estimate with the fewest known errors: detected, with the conjugate trick and rescaled where possible."""
    names = ("detected+conjugate", "detected")
    ordered = [f"{name}{end}" for name in names for end in ("+rescaled", "")]
    return next(estimates[name] for name in ordered if name in estimates)
