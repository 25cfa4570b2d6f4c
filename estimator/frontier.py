"""The frontier: per quantum contender and cell, who answers first, with what probability, and where that changes."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plait.estimator.boundary import boundaries
from plait.estimator.evaluate import REASONS
from plait.estimator.outcomes import gap as gap_of
from plait.estimator.reduced_file import decoded

if TYPE_CHECKING:
    import xarray as xr

QUANTILES = (0.05, 0.5, 0.95)
WIN = 0.9
"""Probability a winner needs; short of it, either way, a cell is undecided."""

Floats = NDArray[np.float64]


def frontier(grid: "xr.Dataset") -> "xr.Dataset":
    """Reduce a sweep to its verdicts.

    Args:
        grid: from `sweep` or `load_grid`; of a large one the verdicts are there already.

    Returns:
        xr.Dataset: over (closure, contender, strands, layers), the quantum contenders only: `p_advantage` (probability
        that it is feasible and faster than every classical contender on the same draw), `winner` (quantum, classical,
        undecided, infeasible), `reason`, `classical_best`, and `quantum_log10_cost`, `classical_log10_cost` with
        a `quantile` dimension (nan: no answer at that quantile); `gap`, log10 of best classical over quantum, likewise
        (nan: one side has no answer there). Over (closure, strands, layers): `first` and `second`, the contenders of
        either side with the lowest and second lowest median ("" where none answers in half of the draws). Attribute
        `boundary`: JSON list.
    """
    import xarray as xr

    if "p_advantage" in grid:
        return decoded(grid)
    side = grid["side"].values.astype(str)
    names = grid["contender"].values.astype(str)
    rows = np.flatnonzero(side == "classical")
    classical = grid["log10_cost"].values[:, rows].astype(float)
    best = classical.min(axis=1)
    best_name = most_often(classical, names[rows])
    quantum = [k for k in range(names.size) if side[k] == "quantum"]
    shape = (grid.sizes["closure"], len(quantum), grid.sizes["strands"], grid.sizes["layers"])
    p = np.zeros(shape)
    winner = np.empty(shape, dtype=object)
    reason = np.empty(shape, dtype=object)
    own = np.full((*shape, len(QUANTILES)), np.nan)
    other = np.full((*shape, len(QUANTILES)), np.nan)
    gaps = np.full((*shape, len(QUANTILES)), np.nan)
    edges: list[dict[str, Any]] = []
    for q, row in enumerate(quantum):
        mine = grid["log10_cost"].values[:, row].astype(float)
        codes = grid["reason"].values[:, row]
        p[:, q] = (mine < best).mean(axis=-1)
        winner[:, q] = winners(mine, best)
        reason[:, q] = reasons_of(mine, codes, best)
        own[:, q] = quantiles(mine)
        other[:, q] = quantiles(best)
        difference = gap_of(mine, best)
        gaps[:, q] = np.where(np.isfinite(middle := quantiles(difference)), middle, np.nan)
        edges += boundaries(grid, str(names[row]), difference)
    unit = str(grid["log10_cost"].attrs.get("units", ""))
    first, second = _leaders(grid["log10_cost"].values, names)
    dims = ("closure", "contender", "strands", "layers")
    return xr.Dataset(
        {
            "p_advantage": (dims, p, {"units": "1"}),
            "winner": (dims, winner.astype(str)),
            "reason": (dims, reason.astype(str)),
            "classical_best": (dims, np.broadcast_to(best_name[:, None], shape).astype(str)),
            "quantum_log10_cost": ((*dims, "quantile"), own, {"units": unit}),
            "classical_log10_cost": ((*dims, "quantile"), other, {"units": unit}),
            "gap": ((*dims, "quantile"), gaps, {"units": "decades", "long_name": "log10 classical / quantum"}),
            "first": (("closure", "strands", "layers"), first),
            "second": (("closure", "strands", "layers"), second),
            **{name: grid[name] for name in ("crossings", "depth", "runs", "log10_fib_operations", "extrapolation")},
        },
        coords={
            "closure": grid["closure"].values.astype(str),
            "contender": names[quantum],
            "strands": grid["strands"].values,
            "layers": grid["layers"].values,
            "quantile": list(QUANTILES),
            "basis": ("contender", grid["basis"].values.astype(str)[quantum]),
        },
        attrs={**grid.attrs, "boundary": json.dumps(edges)},
    )


def _leaders(log_costs: NDArray[np.float32], names: NDArray[np.str_]) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Names of the contenders (axis 1) with the lowest and second lowest median over the draws; "" for no answer."""
    medians = np.quantile(log_costs, 0.5, axis=-1, method="inverted_cdf")
    order = np.argsort(medians, axis=1, kind="stable")
    found = []
    for place in range(2):
        if place >= names.size:
            found.append(np.full(medians[:, 0].shape, ""))
            continue
        which = order[:, place]
        median = np.take_along_axis(medians, which[:, None], axis=1)[:, 0]
        found.append(np.where(median < np.inf, names[which], ""))
    return found[0], found[1]


def most_often(classical: Floats, names: NDArray[np.str_]) -> NDArray[np.object_]:
    """Name of the contender that is fastest in most draws; "" where none has an answer in half of them."""
    first = classical.argmin(axis=1)
    counts = np.stack([(first == k).sum(axis=-1) for k in range(len(names))])
    found: NDArray[np.object_] = names[counts.argmax(axis=0)].astype(object)
    found[(classical.min(axis=1) == np.inf).mean(axis=-1) > 0.5] = ""
    return found


def winners(mine: Floats, best: Floats) -> NDArray[np.object_]:
    """Who answers first in at least 90 % of the draws (last axis); "infeasible" if in as many nobody does."""
    quantum = (mine < best).mean(axis=-1)
    classical = ((best <= mine) & (best < np.inf)).mean(axis=-1)  # -inf: free, as `zero` is
    neither = ((mine == np.inf) & (best == np.inf)).mean(axis=-1)
    out = np.full(quantum.shape, "undecided", dtype=object)
    out[classical >= WIN] = "classical"
    out[neither >= WIN] = "infeasible"
    out[quantum >= WIN] = "quantum"
    return out


def reasons_of(mine: Floats, codes: NDArray[np.int8], best: Floats) -> NDArray[np.object_]:
    """Why a side has no answer, where it has none in at least half of the draws."""
    stuck = (mine == np.inf).mean(axis=-1) >= 0.5
    counts = np.stack([(codes == k).sum(axis=-1) for k in range(1, len(REASONS))])
    why = np.array(REASONS[1:], dtype=object)[counts.argmax(axis=0)]
    text = np.where(stuck, "quantum: " + why, "").astype(object)
    no_classical = (best == np.inf).mean(axis=-1) >= 0.5
    joined = np.where(stuck, text + "; classical: time", "classical: time")
    return np.asarray(np.where(no_classical, joined, text), dtype=object)


def quantiles(log_costs: Floats) -> Floats:
    """5, 50, 95 % over the draws; infinite quantiles become nan (no answer)."""
    values = np.quantile(log_costs, QUANTILES, axis=-1, method="inverted_cdf")
    return np.moveaxis(np.where(np.isfinite(values) | np.isneginf(values), values, np.nan), 0, -1)
