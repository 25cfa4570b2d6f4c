"""A study along a line as a picture: the cost of every contender against crossings, with the boundary marked.

Imports altair, so import this module only where a chart is made. Quantum contenders are drawn in ink, classical ones in
a lightness and a dash of their own, so that a grey print tells them apart.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from plait.estimator.cells import INSTANCES
from plait.estimator.chart import configuration
from plait.estimator.legend import FAINT, PAPER
from plait.estimator.small_print import small_print
from plait.models import PlaitError
from plait.models.question import UNITS

if TYPE_CHECKING:
    import xarray as xr

WIDTH, HEIGHT, WRAP = 640, 380, 112
QUANTUM = ("#16181d", "#6b7280", "#a8adb5")
CLASSICAL = ("#1f3d78", "#b45309", "#4f8fca", "#e9a24c", "#0f766e", "#86b8b1")
DASHES = ([1, 0], [7, 3], [2, 3], [10, 3, 2, 3])
MARK = "#c2410c"
WINDOW = 8
"""Decades shown beyond the dearest and the cheapest quantum answer."""
TIMES = {"1 ms": 1e-3, "1 s": 1.0, "1 min": 60.0, "1 h": 3600.0, "1 d": 86400.0, "1 y": 3.156e7, "1,000 y": 3.156e10}
TIMES |= {"a million y": 3.156e13}


def line_chart(found: "Sequence[xr.Dataset]") -> alt.VConcatChart:
    """Draw studies along a line: a panel for each family and closure.

    Args:
        found: from `plait.estimator.line.along_line`, one a family.

    Raises:
        PlaitError: a dataset of another kind.
    """
    for one in found:
        if "log10_cost" not in one or "crossings" not in one.dims:
            raise PlaitError("not a study along a line: make one with plait.estimator.line.along_line")
    panels = [_panel(one, str(closure)) for one in found for closure in one["closure"].values]
    first = found[0].attrs
    notes = [
        f"Question: {first['question']}.",
        "Lines: medians; bands: 5 to 95 % of the draws, where there is a spread. A line ends where half of the draws "
        "have no answer (memory, time, signal, qubits); a band is open above where 5 % have none. Cut off far above "
        "and below the quantum answers.",
        *(f"{INSTANCES[str(one.attrs['family'])][0]}." for one in found),
        *(f"Overrides: {one.attrs['overrides']}." for one in found[:1] if one.attrs["overrides"]),
        f"Constants: {first['calibration']}.",
    ]
    title = alt.Title(str(first["title"]), anchor="start", fontSize=20, offset=14)
    return alt.vconcat(
        *panels,
        small_print(notes, wrap=WRAP, left=46),
        title=title,
        config=configuration(),
        spacing=20,
        padding=18,
        background=PAPER,
    )


def _panel(found: "xr.Dataset", closure: str) -> alt.LayerChart:
    names = [str(name) for name in found["contender"].values]
    side = found["side"].values.astype(str)
    costs = found["log10_cost"].sel(closure=closure).values
    crossings = found["crossings"].values
    low, high = _window(costs[side == "quantum"], costs)
    colours, dashes = _strokes(side)
    rows: list[dict[str, Any]] = []
    for k, name in enumerate(names):
        for m, (bottom, middle, top) in zip(crossings.tolist(), costs[k].tolist(), strict=True):
            if np.isfinite(middle):
                ends = (bottom if np.isfinite(bottom) else middle, top if np.isfinite(top) else high)
                rows.append({"of": name, "m": m, "value": middle, "low": ends[0], "high": ends[1], "fill": colours[k]})
    x = _across(crossings, "m:Q")
    scale = alt.Scale(domain=[low, high], nice=False)
    axis = _cost_axis(str(found.attrs["metric"]), low, high)
    legend = alt.Legend(title="contender", symbolType="stroke", symbolStrokeWidth=2.4, labelLimit=260, symbolSize=300)
    colour = alt.Scale(domain=names, range=colours)
    data = alt.Chart(alt.InlineData(values=rows))
    band = data.mark_area(opacity=0.18, clip=True).encode(
        x=x,
        y=alt.Y("low:Q", scale=scale, axis=axis),
        y2="high:Q",
        fill=alt.Fill("fill:N", scale=None),
        detail="of:N",
    )
    line = data.mark_line(strokeWidth=2.2, clip=True).encode(
        x=x,
        y=alt.Y("value:Q", scale=scale, axis=axis),
        stroke=alt.Stroke("of:N", scale=colour, legend=legend, sort=names),
        strokeDash=alt.StrokeDash("of:N", scale=alt.Scale(domain=names, range=dashes), legend=legend, sort=names),
    )
    heading = f"{str(found.attrs['family']).capitalize()} braids, {closure} closure"
    return alt.LayerChart(
        layer=[*_boundary(found, closure), band, line],
        width=WIDTH,
        height=HEIGHT,
        title=alt.Title(heading, anchor="start", offset=8),
    )


def _across(crossings: Any, field: str) -> alt.X:
    """The axis of crossings."""
    return alt.X(
        field,
        axis=alt.Axis(title="crossings m along the line", format=",d", grid=True, gridColor="#eeeeee"),
        scale=alt.Scale(domain=[float(crossings[0]), float(crossings[-1])], nice=False),
    )


def _window(quantum: Any, costs: Any) -> tuple[float, float]:
    """log10 costs to show: all of the quantum answers and as much of the others as tells who is ahead."""
    centre = quantum[np.isfinite(quantum)] if np.isfinite(quantum).any() else costs[np.isfinite(costs)]
    seen = costs[np.isfinite(costs)]
    if not seen.size:
        return 0.0, 1.0
    low, high = max(seen.min(), centre.min() - WINDOW), min(seen.max(), centre.max() + WINDOW)
    return float(low) - 0.3, float(max(high, centre.max() + 1)) + 0.3


def _strokes(side: Any) -> tuple[list[str], list[list[int]]]:
    """Colour and dash of every contender."""
    count = {"quantum": 0, "classical": 0}
    colours, dashes = [], []
    for one in side:
        k = count[one]
        count[one] += 1
        palette = QUANTUM if one == "quantum" else CLASSICAL
        colours.append(palette[k % len(palette)])
        dashes.append(DASHES[0] if one == "quantum" else DASHES[k % len(DASHES)])
    return colours, dashes


def _cost_axis(metric: str, low: float, high: float) -> alt.Axis:
    """Seconds in the units of a clock, other costs in powers of ten."""
    if metric == "seconds":
        known = {name: float(np.log10(value)) for name, value in TIMES.items() if low <= np.log10(value) <= high}
        words = "".join(f"abs(datum.value - {at:.6f}) < 0.01 ? '{name}' : " for name, at in known.items()) + "''"
        return alt.Axis(title="time to the answer", values=list(known.values()), labelExpr=words, labelOverlap=False)
    step = max(1, round((high - low) / 8))
    values = [float(k) for k in range(int(np.ceil(low)), int(high) + 1, step)]
    return alt.Axis(title=f"{metric} of the answer, {UNITS[metric]}", values=values, labelExpr="'1e' + datum.value")


def _boundary(found: "xr.Dataset", closure: str) -> list[alt.Chart]:
    """Where quantum begins to be ahead: the median as a line, its 5 to 95 % as a band."""
    crossings = found["crossings"].values
    last = float(crossings[-1])
    rows = []
    for entry in json.loads(found.attrs["boundary"]):
        if entry["closure"] != closure or entry["kind"] != "enter" or entry["crossings_p50"] is None:
            continue
        low, middle, top = (entry[f"crossings_{mark}"] for mark in ("p05", "p50", "p95"))
        rows.append(
            {
                "m": middle,
                "from": middle if low is None else low,
                "to": last if top is None else top,
                "text": f"{middle:,.0f}",
                "left": middle > 0.85 * last,
            }
        )
    if not rows:
        none = alt.Chart(alt.InlineData(values=[{"text": "no boundary on this line"}]))
        face: dict[str, Any] = {"align": "right", "baseline": "top", "color": MARK, "fontSize": 12}
        return [none.mark_text(dx=-5, dy=4, **face).encode(x=alt.value(WIDTH), y=alt.value(0), text="text:N")]
    data = alt.Chart(alt.InlineData(values=rows))
    x = _across(crossings, "m:Q")
    layers = [
        data.mark_rect(fill=FAINT, opacity=0.25).encode(x=_across(crossings, "from:Q"), x2="to:Q"),
        data.mark_rule(color=MARK, strokeWidth=1.6).encode(x=x),
    ]
    for left in (True, False):
        layers.append(
            data.transform_filter(alt.datum.left == left)
            .mark_text(
                align="right" if left else "left", dx=-5 if left else 5, dy=4, baseline="top", color=MARK, fontSize=12
            )
            .encode(x=x, y=alt.value(0), text="text:N")
        )
    return layers
