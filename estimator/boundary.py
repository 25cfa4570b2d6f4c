"""Where advantage is entered and left along one axis, with the spread over the draws."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]


def boundaries(grid: "xr.Dataset", contender: str, gap: Floats) -> list[dict[str, Any]]:
    """Every entering and leaving edge of one quantum contender, along both axes.

    Args:
        grid: a sweep, for its coordinates.
        contender: name of the quantum contender.
        gap: log10 of best classical over quantum seconds, shape (closure, strands, layers, draw); above 0 quantum wins;
            +inf classical has no answer, -inf quantum has none.

    Returns:
        list: entries {family, closure, contender, eps, kind, axis, ...}. axis "layers": strands fixed, and
        `layers_p05/p25/p50/p75/p95` with the crossings there; axis "strands": layers fixed, and `strands_p05/..`. null
        with `censored` above or below means off the grid (or, above, never); `p_entered`: share of draws that win
        somewhere along the line; `crossings_not_below`: with probability 0.95 advantage is entered above this, or never
        (null: always never).
    """
    strands = grid["strands"].values.astype(float)
    out: list[dict[str, Any]] = []
    for k in range(grid.sizes["closure"]):
        out += _layer_entries(grid, contender, k, gap[k])
        lines = (edges(strands, gap[k, :, j]) for j in range(grid.sizes["layers"]))
        out += strand_entries(grid, contender, k, lines)
    return out


def _common(grid: "xr.Dataset", contender: str, closure: int) -> dict[str, Any]:
    found = {"closure": str(grid["closure"].values[closure]), "contender": contender, "eps": float(grid.attrs["eps"])}
    return found | {"family": str(grid.attrs.get("family", "brickwall"))}


def _layer_entries(grid: "xr.Dataset", contender: str, closure: int, gap: Floats) -> list[dict[str, Any]]:
    """Along the layers, strands fixed; gap of shape (strands, layers, draw)."""
    density = float(grid.attrs["density"])
    out: list[dict[str, Any]] = []
    for i, n in enumerate(grid["strands"].values.astype(float)):
        for kind, places, entered in edges(grid["layers"].values.astype(float), gap[i]):
            crossings = places * density * (n - 1) / 2
            line = _common(grid, contender, closure)
            line |= {"kind": kind, "axis": "layers", "strands": int(n), "p_entered": entered}
            if kind == "enter":
                floor = max(0.0, float(np.quantile(crossings, 0.05, method="inverted_cdf")))
                line["crossings_not_below"] = _finite(floor)
            out.append(line | summary("layers", places) | summary("crossings", crossings))
    return out


def strand_entries(
    grid: "xr.Dataset", contender: str, closure: int, lines: Iterable[list[tuple[str, Floats, float]]]
) -> list[dict[str, Any]]:
    """Along the strands, layers fixed: one list of edges for each number of layers."""
    return [
        {**_common(grid, contender, closure), "kind": kind, "axis": "strands", "layers": int(count)}
        | {"p_entered": entered}
        | summary("strands", places)
        for count, line in zip(grid["layers"].values, lines, strict=True)
        for kind, places, entered in line
    ]


def edges(axis: Floats, gap: Floats) -> list[tuple[str, Floats, float]]:
    """(kind, place per draw, share of draws that win somewhere) of the first entry and of the exit after it.

    A place is -inf if advantage already holds at the low end, +inf if it is never entered, or never left.
    """
    wins = gap > 0
    ever = wins.any(axis=0)
    if not ever.any():
        return []
    draws = np.arange(gap.shape[1])
    first = wins.argmax(axis=0)
    enter = np.where(ever, np.where(first == 0, -np.inf, between(axis, gap, first, draws)), np.inf)
    after = ~wins & (np.arange(axis.size)[:, None] > first)
    left = after.any(axis=0)
    leave = np.where(left & ever, between(axis, gap, after.argmax(axis=0), draws), np.inf)
    share = float(ever.mean())
    return [("enter", enter, share), ("leave", leave, share)]


def between(axis: Floats, gap: Floats, index: NDArray[np.int64], draws: NDArray[np.int64]) -> Floats:
    """Where the gap crosses 0 before grid point `index`, log-linearly; half-way where a side has no answer."""
    low, high = np.maximum(index - 1, 0), index
    x0, x1 = np.log(axis[low]), np.log(axis[high])
    g0, g1 = gap[low, draws], gap[high, draws]
    finite = np.isfinite(g0) & np.isfinite(g1) & (g0 != g1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(finite, g0 / (g0 - g1), 0.5)
    return np.asarray(np.exp(x0 + (x1 - x0) * np.clip(share, 0, 1)))


def summary(name: str, places: Floats) -> dict[str, Any]:
    """5, 25, 50, 75, 95 % of a place; off the grid is null, and a null median makes all null."""
    values = [float(x) for x in np.quantile(places, (0.05, 0.25, 0.5, 0.75, 0.95), method="inverted_cdf")]
    shown = [_finite(x) for x in values]
    out: dict[str, Any] = {}
    if shown[2] is None:
        out["censored"] = "above" if values[2] > 0 else "below"
        shown = [None] * len(shown)
    elif None in shown:
        out["censored"] = "above" if shown[-1] is None else "below"
    return dict(zip((f"{name}_{q}" for q in ("p05", "p25", "p50", "p75", "p95")), shown, strict=True)) | out


def _finite(x: float) -> float | None:
    return round(float(x), 2) if np.isfinite(x) else None
