"""The map in words."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from plait.estimator.cells import listed

if TYPE_CHECKING:
    import xarray as xr

Edge = dict[str, Any]


def verdict(frontiers: "xr.Dataset | Sequence[xr.Dataset]") -> list[str]:
    """A summary, then one sentence per quantum contender: where it wins, or how close it comes. Of every family.

    Args:
        frontiers: from `plait.estimator.frontier`, one for each family.
    """
    several = listed(frontiers)
    said = [_verdict(one) for one in several]
    if len(said) == 1:
        return said[0]
    return [
        f"{str(one.attrs['family']).capitalize()} braids. {sentence}" if number == 0 else sentence
        for one, sentences in zip(several, said, strict=True)
        for number, sentence in enumerate(sentences)
    ]


def _verdict(frontier: "xr.Dataset") -> list[str]:
    edges: list[Edge] = json.loads(frontier.attrs["boundary"])
    names = [str(name) for name in frontier["contender"].values]
    winner = frontier["winner"].values.astype(str)
    winning = [name for k, name in enumerate(names) if (winner[:, k] == "quantum").any()]
    summary = (
        f"Quantum wins (p >= 0.9) somewhere on this grid with {', '.join(winning)}."
        if winning
        else f"Quantum wins (p >= 0.9) in no cell of this grid, with none of its {len(names)} contenders."
    )
    return [summary, *(_sentence(frontier.sel(contender=name), name, edges) for name in names)]


def _sentence(cells: "xr.Dataset", name: str, edges: list[Edge]) -> str:
    winner = cells["winner"].values.astype(str)
    won = int((winner == "quantum").sum())
    if won:
        first = entered_first([edge for edge in edges if edge["contender"] == name])
        if not first:
            return f"{name}: wins in {won} of {winner.size} cells."
        where = f"{first['closure']}, {first['strands']} strands"
        return f"{name}: wins in {won} of {winner.size} cells; first entered ({where}) at {interval(first)}."
    p = cells["p_advantage"].values
    if not p.any():
        return f"{name}: wins in no draw of any cell; {_why(cells)}."
    k, i, j = np.unravel_index(int(p.argmax()), p.shape)
    place = f"{cells['closure'].values[k]}, {cells['strands'].values[i]} strands, {cells['layers'].values[j]} layers"
    floors: list[float] = [
        edge["crossings_not_below"]
        for edge in edges
        if edge["contender"] == name and edge.get("crossings_not_below") is not None
    ]
    floor = f"; advantage, if any, only above {min(floors):,.0f} crossings (95 %)" if floors else ""
    return f"{name}: undecided at best, p = {p[k, i, j]:.2f} ({place}){floor}; {_why(cells)}."


def _why(cells: "xr.Dataset") -> str:
    """What keeps a contender from answering at all, as shares of the cells."""
    reasons = cells["reason"].values.astype(str).ravel()
    count = {word: sum(f"quantum: {word}" in text for text in reasons) for word in ("qubits", "signal", "time")}
    parts = [f"{100 * n / reasons.size:.0f} % by {word}" for word, n in count.items() if n >= 0.005 * reasons.size]
    slower = sum("quantum:" not in text for text in reasons)
    text = f"slower in {100 * slower / reasons.size:.0f} % of the cells"
    return f"{text}, out {', '.join(parts)}" if parts else text


def entered_first(edges: list[Edge]) -> Edge | None:
    """The entry along layers with the fewest crossings, if any has a median."""
    entries = [e for e in edges if e["kind"] == "enter" and e["axis"] == "layers" and e["crossings_p50"] is not None]
    return min(entries, key=lambda edge: float(edge["crossings_p50"]), default=None)


def interval(edge: Edge) -> str:
    """Crossings at a boundary with their 5 to 95 % interval; an open end is said in words."""
    low, middle, high = (edge[f"crossings_{q}"] for q in ("p05", "p50", "p95"))
    if middle is None:
        return f"off the grid ({edge.get('censored', 'above')})"
    left = "below the grid" if low is None else f"{low:,.0f}"
    right = "above the grid or never" if high is None else f"{high:,.0f}"
    return f"{middle:,.0f} crossings [{left} .. {right}]"
