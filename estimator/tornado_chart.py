"""The tornado as bars: how far each range moves the boundary, and the gap at the place, in decades.

Imports altair, so import this module only where a chart is made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from plait.estimator.legend import FAINT, INK, PAPER, SOFT
from plait.estimator.tornado import Bar, End, Tornado

PITCH, FOOT = 30, 10
LOW, HIGH = "#88ccee", "#332288"
NEVER = "never"


def bar_words(found: Tornado) -> list[dict[str, str]]:
    """Every bar in words, for a table: what it is, its ends, and what they make of boundary, gap and verdict."""
    return [
        {
            "key": bar.key,
            "basis": bar.basis,
            "range": f"{bar.low.value:.3g} .. {bar.high.value:.3g}{_unit(bar)}",
            "boundary": f"{crossings(bar.low)} .. {crossings(bar.high)}",
            "decades": _decades(bar),
            "gap": f"{gap(bar.low)} .. {gap(bar.high)}",
            "verdict": bar.low.verdict
            if bar.low.verdict == bar.high.verdict
            else f"{bar.low.verdict} .. {bar.high.verdict}",
            "flips": "flips" if bar.flips else "",
        }
        for bar in found.bars
    ]


def _unit(bar: Bar) -> str:
    """Unit of a figure, after a blank; "" for a plain number."""
    return "" if bar.unit == "1" else f" {bar.unit}"


def _decades(bar: Bar) -> str:
    """Width of the bar of the boundary."""
    if bar.boundary is not None:
        return f"{bar.boundary:+.2f}"
    if bar.low.crossings is None and bar.high.crossings is None:
        return "never at either end"
    return f"never at the {'low' if bar.low.crossings is None else 'high'} end"


def crossings(end: End) -> str:
    """Where quantum begins to win at one end of a range, in words."""
    return NEVER if end.crossings is None else f"{end.crossings:,.0f}"


def gap(end: End) -> str:
    """Median decades by which quantum is ahead at one end, in words."""
    return "none" if end.gap is None else f"{end.gap:+.2f}"


def boundary_chart(found: Tornado) -> alt.LayerChart:
    """Bars from the crossings at which quantum begins to win at the low end of each range to those at its high end.

    An end without a boundary is drawn to the edge of the chart with an arrow and the word "never".
    """
    places = [_log(end) for bar in found.bars for end in (bar.low, bar.high)]
    finite = [x for x in [*places, _log(found.now)] if x is not None]
    low, high = (min(finite) - 0.15, max(finite) + 0.15) if finite else (3.0, 4.0)
    edge = high + 0.25 * max(high - low, 0.4)
    marks = {"low": low, "high": high, "edge": edge}
    now = _log(found.now)
    return _chart(
        found.bars,
        {bar.key: (_log(bar.low), _log(bar.high)) for bar in found.bars},
        marks,
        now,
        _crossing_axis(low, high),
        NEVER,
    )


def gap_chart(found: Tornado) -> alt.LayerChart:
    """Bars of the median gap at the place, log10 of best classical over quantum cost: right of 0 quantum is ahead."""
    values = {bar.key: (bar.low.gap, bar.high.gap) for bar in found.bars}
    finite = [x for pair in values.values() for x in pair if x is not None] + [0.0]
    finite += [] if found.now.gap is None else [found.now.gap]
    low, high = min(finite) - 0.3, max(finite) + 0.3
    marks = {"low": low, "high": high, "edge": high + 0.25 * (high - low)}
    axis = alt.Axis(
        title="gap at the place, decades (right of 0: quantum ahead)", tickCount=7, grid=True, gridColor="#eceef1"
    )
    return _chart(found.bars, values, marks, found.now.gap, axis, "no answer")


def _chart(
    bars: Sequence[Bar],
    values: Mapping[str, tuple[float | None, float | None]],
    marks: Mapping[str, float],
    now: float | None,
    axis: alt.Axis,
    missing: str,
) -> alt.LayerChart:
    rows, dots = [], []
    for bar in bars:
        ends = [marks["edge"] if x is None else x for x in values[bar.key]]
        says = f"{bar.key} ({bar.basis}): {bar.low.value:.3g} .. {bar.high.value:.3g}"
        both = all(x is None for x in values[bar.key])
        rows.append({"key": bar.key, "from": min(ends), "to": max(ends), "says": says, "both": both})
        for which, end, value, at in zip(("low", "high"), (bar.low, bar.high), values[bar.key], ends, strict=True):
            dots.append(
                {
                    "key": bar.key,
                    "x": at,
                    "which": which,
                    "value": f"{end.value:.3g}" + (f": {missing}" if value is None else ""),
                    "left": value is None or (at < max(ends)) or (at == max(ends) == min(ends) and which == "low"),
                    "never": value is None,
                    "skip": both and which == "high",
                    "both": f"{missing} at either end" if both else "",
                }
            )
    y = alt.Y(
        "key:N", sort=[bar.key for bar in bars], axis=alt.Axis(title=None, labelLimit=190, ticks=False, domain=False)
    )
    scale = alt.Scale(domain=[marks["low"] - 0.12 * (marks["edge"] - marks["low"]), marks["edge"]], nice=False)

    def x(field: str) -> alt.X:
        return alt.X(field, scale=scale, axis=axis)

    spans = alt.Chart(alt.InlineData(values=rows))
    points = alt.Chart(alt.InlineData(values=dots))
    finite = points.transform_filter(~alt.datum.never)
    face: dict[str, Any] = {"fontSize": 11, "color": INK, "aria": False, "baseline": "middle"}
    layers = [
        spans.transform_filter(~alt.datum.both)
        .mark_bar(height=11, color="#c9d3e3")
        .encode(x=x("from:Q"), x2="to:Q", y=y, tooltip=alt.Tooltip("says:N", title="Range")),
        finite.transform_filter(alt.datum.which == "low")
        .mark_point(shape="circle", size=55, filled=True, fill=PAPER, stroke=INK, opacity=1)
        .encode(x=x("x:Q"), y=y),
        finite.transform_filter(alt.datum.which == "high")
        .mark_point(shape="circle", size=55, filled=True, fill=INK, stroke=INK, opacity=1)
        .encode(x=x("x:Q"), y=y),
        points.transform_filter(alt.datum.never & (alt.datum.both == ""))
        .mark_point(shape="triangle-right", size=70, filled=True, fill=INK, opacity=1, xOffset=-5)
        .encode(x=x("x:Q"), y=y),
        finite.transform_filter(alt.datum.left)
        .mark_text(**face, align="right", dx=-8)
        .encode(x=x("x:Q"), y=y, text="value:N"),
        finite.transform_filter(~alt.datum.left)
        .mark_text(**face, align="left", dx=8)
        .encode(x=x("x:Q"), y=y, text="value:N"),
        points.transform_filter(alt.datum.never & (alt.datum.both == ""))
        .mark_text(**face, align="right", dx=-12, dy=-11)
        .encode(x=x("x:Q"), y=y, text="value:N"),
        points.transform_filter((alt.datum.both != "") & ~alt.datum.skip)
        .mark_text(**{**face, "color": SOFT}, align="right", fontStyle="italic", dx=-4)
        .encode(x=x("x:Q"), y=y, text="both:N"),
    ]
    if now is not None:
        today = alt.Chart(alt.InlineData(values=[{"x": now}])).mark_rule(color=FAINT, strokeDash=[4, 3])
        layers.insert(0, today.encode(x=x("x:Q")))
    return alt.LayerChart(layer=layers, width="container", height=PITCH * max(1, len(bars)) + FOOT)


def _log(end: End) -> float | None:
    return None if end.crossings is None else float(np.log10(end.crossings))


def _crossing_axis(low: float, high: float) -> alt.Axis:
    """Crossings on a logarithmic axis whose values are log10."""
    decades = range(int(np.floor(low)) - 1, int(np.ceil(high)) + 1)
    steps = (1, 2, 3, 5, 7) if high - low < 2.5 else (1,)
    values = [float(np.log10(step * 10.0**d)) for d in decades for step in steps]
    values = [x for x in values if low <= x <= high]
    return alt.Axis(
        title="crossings at which quantum begins to win (half of the draws)",
        values=values,
        labelExpr="format(round(pow(10, datum.value)), ',')",
        grid=True,
        gridColor="#eceef1",
    )
