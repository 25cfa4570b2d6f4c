"""Where the uncertainty of a verdict comes from: braid to braid, the calibration, or what is assumed."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.draws import SOURCES, Draws
from plait.estimator.outcomes import outcomes
from plait.estimator.study import Study
from plait.models import Closure, Side

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
SHARE_DRAWS = 50
"""Draws behind the shares of every cell of a map."""
MOST_CELLS = 5_000
"""Strands times layers for which the shares are told: four evaluations of every cell at once."""
LEAST_FINITE = 0.5
"""Share of the draws in which both sides must have an answer for shares to be told."""


def variance_shares(
    study: Study, closure: Closure, calibration: Calibration, strands: Any, layers: Any
) -> dict[str, dict[str, Array]]:
    """Share of the variance of the gap (log10 classical over quantum cost) that each source brings, with all it joins.

    Total effects by pick and freeze: half the mean squared change of the gap when one source alone is drawn anew, over
    its variance. They add up to 1 if the sources add up, and to more if they act together.
    Source: Jansen, Comput. Phys. Commun. 117 (1999) 35.

    Args:
        study: question, contenders, draws and seed.
        closure, calibration: as in a sweep.
        strands, layers: whole numbers, the axes of a block of places.

    Returns:
        dict: quantum contender -> source ("braid", "calibration", "assumption") -> shares of shape (strands, layers);
        nan where one side has no answer in half of the draws, 0 where nothing varies.
    """
    n = np.asarray(strands, float).reshape(-1, 1, 1)
    count = np.asarray(layers, float).reshape(1, -1, 1)
    draws = Draws.make(study.draws, study.seed)
    base = outcomes(study, closure, calibration, draws, n, count)
    quantum = [k for k, each in enumerate(study.contenders) if each.model.side is Side.QUANTUM]
    gaps = {k: base.gap(k) for k in quantum}
    found: dict[str, dict[str, Array]] = {study.contenders[k].name: {} for k in quantum}
    for source in SOURCES:
        other = outcomes(study, closure, calibration, draws.redrawn(source), n, count)
        for k in quantum:
            found[study.contenders[k].name][source] = _share(gaps[k], other.gap(k))
    return found


def share_table(study: Study, calibration: Calibration, draws: int = SHARE_DRAWS) -> "xr.DataArray":
    """The shares over the whole grid of a study, from fewer draws than the sweep has.

    Returns:
        xr.DataArray: over (closure, contender, strands, layers, source), quantum contenders only.
    """
    import xarray as xr

    fewer = replace(study, draws=min(study.draws, draws))
    names = [each.name for each in study.side(Side.QUANTUM)]
    values = np.full((len(study.closures), len(names), len(study.strands), len(study.layers), len(SOURCES)), np.nan)
    for k, closure in enumerate(study.closures):
        found = variance_shares(fewer, closure, calibration, study.strands, study.layers)
        for c, name in enumerate(names):
            for s, source in enumerate(SOURCES):
                values[k, c, ..., s] = found[name][source]
    return xr.DataArray(
        values,
        dims=("closure", "contender", "strands", "layers", "source"),
        coords={
            "closure": [str(closure) for closure in study.closures],
            "contender": names,
            "strands": list(study.strands),
            "layers": list(study.layers),
            "source": list(SOURCES),
        },
        attrs={"units": "1", "long_name": "share of the variance of the gap, with all it joins"},
    )


def with_shares(found: "xr.Dataset", study: Study, calibration: Calibration) -> "xr.Dataset":
    """A frontier of the study with the shares of every cell as `variance_share`, if it has no more than MOST_CELLS."""
    cells = len(study.strands) * len(study.layers)
    return found if cells > MOST_CELLS else found.assign(variance_share=share_table(study, calibration))


def _share(gap: Array, redrawn: Array) -> Array:
    """Half the mean squared change over the variance, of the draws in which both are finite (last axis)."""
    both = np.isfinite(gap) & np.isfinite(redrawn)
    kept = both.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(both, gap, 0).sum(axis=-1) / kept
        variance = np.where(both, (gap - mean[..., None]) ** 2, 0).sum(axis=-1) / kept
        change = np.where(both, (gap - redrawn) ** 2, 0).sum(axis=-1) / kept / 2
        share = np.where(variance > 0, change / variance, 0.0)
    return np.where(kept >= LEAST_FINITE * gap.shape[-1], share, np.nan)
