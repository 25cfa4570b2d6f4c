"""A study along a line through strands, depth and crossings: costs, winners and where they change."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.attributes import attributes
from plait.estimator.boundary import edges, summary
from plait.estimator.draws import Draws, extrapolation
from plait.estimator.frontier import QUANTILES, most_often, quantiles, reasons_of, winners
from plait.estimator.grid import Line
from plait.estimator.outcomes import Outcomes, gap, outcomes
from plait.estimator.study import Study
from plait.models import Closure, PlaitError, Side

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


def along_line(study: Study, calibration: Calibration) -> "xr.Dataset":
    """Evaluate a study with a line.

    Crossings and depth are those of the line; what else a braid has (its tree, its circuits) is that of the family at
    as many strands and crossings.

    Args:
        study: with `line`; its first family is taken.
        calibration: constants and their draws.

    Returns:
        xr.Dataset: over (closure, contender, crossings): `log10_cost` with a `quantile` dimension, `side`; and, for
        quantum contenders, `p_advantage`, `winner`, `reason`, `classical_best`. Coordinates strands and depth belong to
        crossings. Attribute `boundary`: JSON list of entries with axis "line": crossings_p05, _p50, _p95 and
        strands_p50, as on a grid.

    Raises:
        PlaitError: the study has a grid instead.
    """
    import xarray as xr

    line = _line(study)
    places = np.array(line.places(), float)
    strands, depth = (np.array(x) for x in zip(*(line.at(m) for m in places), strict=True))
    n, count = _sizes(study, places, strands)
    draws = Draws.make(study.draws, study.seed)
    names = [contender.name for contender in study.contenders]
    quantum = [k for k, contender in enumerate(study.contenders) if contender.model.side is Side.QUANTUM]
    shape = (len(study.closures), len(names), places.size)
    costs = np.full((*shape, len(QUANTILES)), np.nan)
    p = np.full(shape, np.nan)
    winner, reason, best_name = (np.full(shape, "", dtype=object) for _ in range(3))
    found: list[dict[str, Any]] = []
    for c, closure in enumerate(study.closures):
        seen = line_outcomes(study, closure, calibration, draws)
        log_costs = seen.costs()[:, 0]
        codes = np.stack([outcome.reason[0] for outcome in seen.found])
        best = log_costs[~seen.quantum].min(axis=0)
        rivals = np.array(names)[~seen.quantum]
        costs[c] = quantiles(log_costs)
        for k in range(len(names)):
            reason[c, k] = reasons_of(log_costs[k], codes[k], best if k in quantum else log_costs[k])
        for k in quantum:
            p[c, k] = (log_costs[k] < best).mean(axis=-1)
            winner[c, k] = winners(log_costs[k], best)
            best_name[c, k] = most_often(log_costs[~seen.quantum][None], rivals)[0]
            for kind, where, entered in edges(places, gap(log_costs[k], best)):
                entry: dict[str, Any] = {
                    "family": study.question.family,
                    "closure": str(closure),
                    "contender": names[k],
                    "eps": study.question.eps,
                    "kind": kind,
                    "axis": "line",
                    "p_entered": entered,
                } | summary("crossings", where)
                middle: Any = entry["crossings_p50"]
                entry["strands_p50"] = None if middle is None else round(line.at(middle)[0], 2)
                found.append(entry)
    dims = ("closure", "contender", "crossings")
    return xr.Dataset(
        {
            "log10_cost": ((*dims, "quantile"), costs, {"units": f"log10({study.question.metric})"}),
            "p_advantage": (dims, p, {"units": "1"}),
            "winner": (dims, winner.astype(str)),
            "reason": (dims, reason.astype(str)),
            "classical_best": (dims, best_name.astype(str)),
        },
        coords={
            "closure": [str(closure) for closure in study.closures],
            "contender": names,
            "crossings": places,
            "quantile": list(QUANTILES),
            "side": ("contender", [str(contender.model.side) for contender in study.contenders]),
            "strands": ("crossings", strands),
            "depth": ("crossings", depth),
            "extrapolation": ("crossings", extrapolation(n, count, calibration)[0, :, 0]),
        },
        attrs={**attributes(study, calibration), "boundary": json.dumps(found)},
    )


def line_outcomes(study: Study, closure: Closure, calibration: Calibration, draws: Draws) -> Outcomes:
    """Every contender along the line; strands of length 1, layers the places of the line.

    Raises:
        PlaitError: the study has a grid instead.
    """
    line = _line(study)
    places = np.array(line.places(), float)
    strands, depth = (np.array(x) for x in zip(*(line.at(m) for m in places), strict=True))
    given = {"n": strands, "m": places, "D": depth}
    fixed = {name: np.log10(value)[None, :, None] for name, value in given.items()}
    return outcomes(study, closure, calibration, draws, *_sizes(study, places, strands), fixed)


def _line(study: Study) -> Line:
    if study.line is None:
        raise PlaitError(f"study {study.title!r} has a grid of strands and layers; a line is asked for as [grid.line]")
    return study.line


def _sizes(study: Study, places: Array, strands: Array) -> tuple[Array, Array]:
    """Strands and layers of the family at as many crossings; its forms know whole strands only."""
    layers = np.maximum(1.0, 2 * places / (study.question.density * np.maximum(1.0, strands - 1)))
    return np.rint(strands)[None, :, None], layers[None, :, None]
