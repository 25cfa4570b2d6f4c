"""The map in words."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


def verdict(frontier: "xr.Dataset") -> list[str]:
    """One sentence per closure and quantum contender: how often it wins, where it first does, or why it does not.

    Args:
        frontier: from `plait.estimator.frontier`.
    """
    edges: list[dict[str, Any]] = json.loads(frontier.attrs["boundary"])
    return [
        _sentence(frontier.sel(closure=closure, contender=contender), str(closure), str(contender), edges)
        for contender in frontier["contender"].values
        for closure in frontier["closure"].values
    ]


def _sentence(cells: "xr.Dataset", closure: str, contender: str, edges: list[dict[str, Any]]) -> str:
    winner = cells["winner"].values.astype(str)
    counts = {name: int((winner == name).sum()) for name in ("quantum", "undecided", "classical", "infeasible")}
    if not counts["quantum"]:
        best = cells["p_advantage"].values
        i, j = np.unravel_index(int(best.argmax()), best.shape)
        where = f"{cells['strands'].values[i]} strands, {cells['layers'].values[j]} layers"
        at_best = f"; its best chance is p = {best[i, j]:.2f} at {where}" if best[i, j] > 0 else ""
        return f"{closure}, {contender}: wins nowhere on this grid{at_best}."
    found = [
        edge
        for edge in edges
        if (edge["closure"], edge["contender"], edge["kind"], edge["axis"]) == (closure, contender, "enter", "layers")
        and edge["crossings_p50"] is not None
    ]
    text = f"{closure}, {contender}: wins (p >= 0.9) in {counts['quantum']} of {winner.size} cells"
    if found:
        first = min(found, key=lambda edge: float(edge["crossings_p50"]))
        text += f"; entered at the fewest crossings with {first['strands']} strands: {interval(first, 'crossings')}"
    return text + "."


def interval(edge: dict[str, Any], name: str) -> str:
    """A boundary value with its 5 to 95 % interval; an open end is said in words."""
    low, middle, high = (edge[f"{name}_{q}"] for q in ("p05", "p50", "p95"))
    if middle is None:
        return f"off the grid ({edge.get('censored', 'above')})"
    left = "below the grid" if low is None else f"{low:,.0f}"
    right = "above the grid or never" if high is None else f"{high:,.0f}"
    return f"{middle:,.0f} {name} [{left} .. {right}]"
