"""The corrections of the published analysis as a picture: where the boundary goes, and the gap at the published point.

Imports altair, so import this module only where a chart is made. Rings tell a correction alone, diamonds and bars the
corrections one after another; bars are light where they favour quantum and dark where they favour classical.
"""

from collections.abc import Callable
from typing import Any, Literal

import altair as alt

from plait.estimator.chart import configuration
from plait.estimator.corrections import POINT, Corrected, Step, Waterfall
from plait.estimator.legend import FAINT, INK, PAPER, SOFT
from plait.estimator.small_print import small_print

LIGHT, DARK = "#f6b76b", "#1f3d78"
"""In favour of quantum; of classical."""
ROW, WRAP = 30, 150
BOUNDARY_WIDTH, GAP_WIDTH, LABELS = 330, 330, 180
ALONE: dict[str, Any] = {
    "shape": "circle",
    "size": 75,
    "filled": True,
    "fill": PAPER,
    "stroke": INK,
    "strokeWidth": 1.6,
}
TOGETHER: dict[str, Any] = {"shape": "diamond", "size": 110, "filled": True, "fill": INK, "stroke": INK}
PUBLISHED = "as published"
SHIFT = 6
"""Pixels between the mark of a correction alone (above the middle of its row) and together (below)."""


def corrections_chart(found: Waterfall) -> alt.VConcatChart:
    """Draw a waterfall: boundary left, gap right.

    Args:
        found: of `plait.estimator.corrections.waterfall`.
    """
    names = [PUBLISHED, *(_label(one) for one in found.corrected)]
    notes = [
        "Rings: the correction alone, against the publication (some against what they need: named below). "
        "Diamonds and bars: one after another, from the top. Light bars favour quantum, dark ones classical.",
        f"never: quantum is not ahead in half of the draws up to {found.line[1]:,} crossings. Gap: log10 of the best "
        f"classical over the quantum seconds at {POINT:,} crossings, limits of memory set aside: above 0, quantum is "
        "ahead.",
        "Whiskers: 5 to 95 % of the draws, once uncertainty is counted; before, every contender has one best guess.",
        *(f"{one.correction.name}: {one.correction.note}." for one in found.corrected if one.correction.needs),
    ]
    title = alt.Title("The published boundary, corrected", anchor="start", fontSize=20, offset=14)
    return alt.vconcat(
        alt.hconcat(_boundary(found, names), _gap(found, names), spacing=26),
        small_print(notes, wrap=WRAP, left=LABELS),
        title=title,
        config=configuration(),
        spacing=20,
        padding=18,
        background=PAPER,
    )


def _label(one: Corrected) -> str:
    return one.correction.name + ("" if one.together else " (alone only)")


def _steps(found: Waterfall, names: list[str]) -> list[tuple[str, str, Step]]:
    """(row, kind, step) of every mark."""
    rows = [(PUBLISHED, "together", found.published)]
    for name, one in zip(names[1:], found.corrected, strict=True):
        rows.append((name, "alone", one.alone))
        if one.together:
            rows.append((name, "together", one.together))
    return rows


def _y(names: list[str], axis: bool) -> alt.Y:
    # the rules that part the rows lie between them
    shown = alt.Axis(title=None, labelLimit=220, grid=False, ticks=False, domain=False) if axis else None
    return alt.Y("row:N", sort=names, scale=alt.Scale(domain=names), axis=shown)


def _shifted(kind: str) -> dict[str, Any]:
    return {"yOffset": -SHIFT if kind == "alone" else SHIFT}


def _marks(data: alt.Chart, x: Callable[[str], alt.X], y: alt.Y, align: Literal["left", "right"]) -> list[alt.Chart]:
    """Whiskers, marks and numbers of both kinds; rows hold kind, at, low, high, text and text_at."""
    layers: list[alt.Chart] = []
    for kind, face in (("alone", ALONE), ("together", TOGETHER)):
        shift = _shifted(kind)
        part = data.transform_filter(alt.datum.kind == kind)
        spread = part.transform_filter("datum.low != null && datum.high != null && datum.low != datum.high")
        words = part.mark_text(align=align, dx=-10 if align == "right" else 9, fontSize=11, color=SOFT, **shift)
        layers += [
            spread.mark_rule(color=INK, strokeWidth=1.4, **shift).encode(x=x("low"), x2="high:Q", y=y),
            part.mark_point(opacity=1, **face, **shift).encode(x=x("at"), y=y),
            words.encode(x=x("text_at"), y=y, text="text:N"),
        ]
    return layers


def _boundary(found: Waterfall, names: list[str]) -> alt.LayerChart:
    last = found.line[1]
    placed = [x for _, _, step in _steps(found, names) for x in step.crossings if x is not None]
    low = 500 * int(min([*placed, last]) / 500 - 0.2)
    never = last + 0.07 * (last - low)
    rows = []
    for row, kind, step in _steps(found, names):
        bottom, middle, top = step.crossings
        text = "never" if step.never else "from the start" if middle is None else f"{middle:,.0f}"
        at = (never if step.never else low) if middle is None else middle
        ends = (low if bottom is None and middle is not None else bottom, never if top is None and middle else top)
        rows.append({"row": row, "kind": kind, "at": at, "low": ends[0], "high": ends[1], "text": text})
        rows[-1]["text_at"] = at if ends[0] is None else min(at, ends[0])
    data = alt.Chart(alt.InlineData(values=rows))
    values = [x for x in range(low, last + 1, 500) if x % 1000 == 0]
    scale = alt.Scale(domain=[low, never + 0.06 * (last - low)], nice=False, zero=False)
    title = "boundary, crossings along the published line"
    axis = alt.Axis(title=title, values=values, format=",d", grid=True, gridColor="#eeeeee")

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    y = _y(names, axis=True)
    layers: list[alt.Chart] = [
        alt.Chart(alt.InlineData(values=[{"at": last}])).mark_rule(color=FAINT, strokeDash=[3, 3]).encode(x=x("at")),
    ]
    layers += _marks(data, x, y, align="right")
    heading = alt.Title("Boundary", anchor="start", offset=8)
    return alt.LayerChart(layer=layers, width=BOUNDARY_WIDTH, height=ROW * len(names), title=heading)


def _gap(found: Waterfall, names: list[str]) -> alt.LayerChart:
    marks: list[dict[str, Any]] = []
    bars: list[dict[str, Any]] = []
    before = found.published.gap[1]
    for row, kind, step in _steps(found, names):
        bottom, middle, top = step.gap
        if middle is None:
            text = f"{step.silent}: no answer"
            marks.append({"row": row, "kind": "none", "at": 0, "low": None, "high": None, "text": text})
            continue
        text = f"{middle:+.2f}".replace("-", "−")
        marks.append({"row": row, "kind": kind, "at": middle, "low": bottom, "high": top, "text": text})
        marks[-1]["text_at"] = max(middle, top or middle, (before or middle) if kind == "together" else middle)
        if kind == "together" and before is not None:
            bars.append({"row": row, "from": before, "to": middle, "fill": LIGHT if middle > before else DARK})
            before = middle
    values = [mark[end] for mark in marks for end in ("at", "low", "high") if mark[end] is not None]
    low, high = min([*values, 0.0]) - 0.9, max([*values, 0.0]) + 0.9
    scale = alt.Scale(domain=[low, high], nice=False)
    title = f"gap at {POINT:,} crossings, decades"
    axis = alt.Axis(title=title, format="d", tickMinStep=1, grid=True, gridColor="#eeeeee")

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    y = _y(names, axis=False)
    data = alt.Chart(alt.InlineData(values=marks))
    layers: list[alt.Chart] = [
        alt.Chart(alt.InlineData(values=bars))
        .mark_bar(height=9, yOffset=SHIFT, stroke=INK, strokeWidth=0.6)
        .encode(x=x("from"), x2="to:Q", y=y, fill=alt.Fill("fill:N", scale=None)),
        alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=INK, strokeWidth=1).encode(x=x("at")),
    ]
    layers += _marks(data, x, y, align="left")
    silent = data.transform_filter(alt.datum.kind == "none")
    layers.append(silent.mark_text(align="right", dx=-8, fontSize=11, color=SOFT).encode(x=x("at"), y=y, text="text:N"))
    heading = alt.Title("Gap: quantum ahead to the right of 0", anchor="start", offset=8)
    return alt.LayerChart(layer=layers, width=GAP_WIDTH, height=ROW * len(names), title=heading)
