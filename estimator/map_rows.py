"""The rows that the chart of an advantage map draws: cells with their borders, the boundary, the measured range."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from plait.estimator import cells as words
from plait.estimator.cost_words import cost_interval

if TYPE_CHECKING:
    import xarray as xr

LABEL_CELLS = 4
"""Cells that the name of a machine may be as wide as."""


def edges(values: Sequence[float] | np.ndarray[Any, Any]) -> list[float]:
    """Borders between grid values at their geometric means: cells then tile a logarithmic axis without gaps.

    >>> edges([10, 40])
    [5.0, 20.0, 80.0]
    """
    logs = np.log(np.asarray(values, dtype=float))
    half = np.diff(logs) / 2 if len(logs) > 1 else np.array([0.1])
    inner = (logs[:-1] + logs[1:]) / 2
    borders = np.exp(np.concatenate([[logs[0] - half[0]], inner, [logs[-1] + half[-1]]]))
    return [float(f"{border:.9g}") for border in borders]


def drawn_cells(part: "xr.Dataset") -> list[dict[str, Any]]:
    """Cells with their borders, shade and letters, and what the pointer shows, in words."""
    xs, ys = edges(part["strands"].values), edges(part["layers"].values)
    column = {int(n): i for i, n in enumerate(part["strands"].values)}
    row = {int(count): j for j, count in enumerate(part["layers"].values)}
    drawn = []
    metric = str(part.attrs.get("metric", "seconds"))
    for cell in words.cell_records(part):
        i, j = column[cell["strands"]], row[cell["layers"]]
        letters = dict.fromkeys(words.letter_of(word) for _, word in words.reasons(cell["reason"]))
        drawn.append(
            {
                "contender": cell["contender"],
                "x": xs[i],
                "x2": xs[i + 1],
                "cx": math.sqrt(xs[i] * xs[i + 1]),
                "y": ys[j],
                "y2": ys[j + 1],
                "cy": math.sqrt(ys[j] * ys[j + 1]),
                "shade": words.shade_of(cell["winner"], cell["p_advantage"]),
                "code": "" if _close(xs[i : i + 2], ys[j : j + 2]) else "/".join(letters),
                "where": f"{cell['strands']} strands, {cell['layers']} layers "
                f"({words.count(cell['crossings'])} crossings, depth {words.count(cell['depth'])})",
                "says": words.SAYS.get(cell["winner"], cell["winner"]),
                "p": words.probability(cell["p_advantage"]),
                "out": cell["reason"] or "neither side",
                "quantum": f"{cell['contender']}: {_cost(cell['quantum_log10_cost'], metric)}",
                "classical": _classical(cell, metric),
                "spread": words.spread_of(cell.get("variance_shares")),
                "basis": words.basis(cell["extrapolation"]),
            }
        )
    return drawn


def _cost(seconds: Mapping[str, float | None], metric: str, *, answered: bool = False) -> str:
    """Median and interval of a cost in the question's metric."""
    return words.interval(seconds, answered=answered) if metric == "seconds" else cost_interval(seconds, metric)


def _classical(cell: Mapping[str, Any], metric: str) -> str:
    """The best classical contender and its cost; `zero` has an answer and log10 seconds of minus infinity."""
    best = cell["classical_best"]
    return f"{best}: {_cost(cell['classical_log10_cost'], metric, answered=True)}" if best else "none can answer"


def shows_published(part: "xr.Dataset") -> bool:
    """Whether the published point lies on the map."""
    borders = (edges(part["strands"].values), edges(part["layers"].values))
    return all(line[0] <= at <= line[-1] for at, line in zip(words.PUBLISHED, borders, strict=True))


def _close(x: Sequence[float], y: Sequence[float]) -> bool:
    """Whether the mark of the published point would touch the letters of this cell (borders x, y)."""
    return all(
        abs(math.log(at / math.sqrt(low * high))) < 0.85 * math.log(high / low)
        for at, (low, high) in zip(words.PUBLISHED, (x, y), strict=True)
    )


def measured_outline(part: "xr.Dataset") -> list[dict[str, float]]:
    """Border of the measured range (extrapolation <= 1) inside one closure's map, as straight pieces."""
    return _outline(part, words.braid_values(part, "extrapolation")[0] <= 1)


def machine_outlines(frontier: "xr.Dataset", closure: str) -> list[dict[str, Any]]:
    """Border of what each existing quantum computer can answer (in half of the draws), as straight pieces.

    `name` of the machine is on every piece, and as `label` on the one that is farthest to the right.
    """
    found: list[dict[str, Any]] = []
    for contender in words.names(frontier, "contender"):
        machine = contender.rpartition("@")[2]
        if machine not in words.EXISTING:
            continue
        part = frontier.sel(closure=closure, contender=contender)
        reasons = part["reason"].transpose("strands", "layers").values.astype(str)
        answered = np.array(
            [[not any(side == "quantum" for side, _ in words.reasons(text)) for text in row] for row in reasons]
        )
        pieces: list[dict[str, Any]] = [dict(piece, name=machine, label="") for piece in _outline(part, answered)]
        if pieces:
            max(pieces, key=lambda piece: (piece["x2"], piece["y"]))["label"] = machine
        found += pieces
    return found


def beside_labels(cells: list[dict[str, Any]], pieces: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The cells without their letters where the name of a machine is written: left of its piece, above it."""
    xs, ys = (sorted({cell[side] for cell in cells}) for side in ("x", "y"))
    taken: set[tuple[float, float]] = set()
    for piece in pieces:
        if piece["label"]:
            left = [x for x in xs if x < piece["x2"]][-LABEL_CELLS:]
            above = [y for y in ys if y >= piece["y"]][:1]
            taken |= {(x, y) for x in left for y in above}
    return [cell | {"code": ""} if (cell["x"], cell["y"]) in taken else cell for cell in cells]


def _outline(part: "xr.Dataset", inside: np.ndarray[Any, Any]) -> list[dict[str, float]]:
    """Border of a set of cells, strands by layers, inside the map."""
    xs, ys = edges(part["strands"].values), edges(part["layers"].values)
    pieces = []
    for i in range(len(xs) - 2):  # upright pieces, then level ones
        for start, stop in _runs(inside[i] != inside[i + 1]):
            pieces.append({"x": xs[i + 1], "x2": xs[i + 1], "y": ys[start], "y2": ys[stop]})
    for j in range(len(ys) - 2):
        for start, stop in _runs(inside[:, j] != inside[:, j + 1]):
            pieces.append({"x": xs[start], "x2": xs[stop], "y": ys[j + 1], "y2": ys[j + 1]})
    return pieces


def _runs(flags: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """(start, stop) of each stretch of true values."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True)]


def curves(part: "xr.Dataset", boundary: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Points of the boundary of one closure: `at` on its own axis, quantiles on the other, pieces numbered by `run`.

    A quantile off the grid is drawn to the edge of the map; a line of the grid without a boundary ends the piece.
    """
    points: list[dict[str, Any]] = []
    for entry in words.on_map(part, boundary):
        fixed = "strands" if entry["axis"] == "layers" else "layers"
        if not words.has_place(entry) or entry["eps"] != part.attrs.get("eps", entry["eps"]):
            continue
        limits = edges(part[entry["axis"]].values)
        low, high = (words.finite(entry.get(f"{entry['axis']}_{q}")) for q in ("p05", "p95"))
        points.append(
            {
                **{name: str(entry[name]) for name in ("contender", "kind", "axis")},
                "at": float(entry[fixed]),
                "p05": limits[0] if low is None else low,
                "p50": float(entry[f"{entry['axis']}_p50"]),
                "p95": limits[-1] if high is None else high,
            }
        )
    points.sort(key=lambda point: (point["contender"], point["axis"], point["kind"], point["at"]))
    lines = {"layers": part["strands"].values.tolist(), "strands": part["layers"].values.tolist()}
    run, expected = 0, None
    for point in points:
        curve, line = (point["contender"], point["axis"], point["kind"]), lines[point["axis"]]
        place = line.index(point["at"]) if point["at"] in line else -1
        run += (curve, place) != expected
        expected = (curve, place + 1)
        point["run"] = run
    return points
