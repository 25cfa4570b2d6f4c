"""The advantage map as a chart: one panel of cells for each closure and quantum contender.

Imports altair, so import this module only where a chart is made. A cell says its verdict by colour, whose lightness
alone is enough on a grey print, and by letters for what put a side out of the race.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import altair as alt

from plait.estimator import cells as words
from plait.estimator import map_rows
from plait.estimator.legend import (
    DASHES,
    DIAMOND,
    FAINT,
    HATCH,
    INK,
    LEFT,
    PAPER,
    SOFT,
    THICK,
    THIN,
    legend,
    legend_chart,
)

if TYPE_CHECKING:
    import xarray as xr

X_TITLE, Y_TITLE = "strands n", "brick layers L asked for"
_FONT = "Helvetica Neue, Arial, Liberation Sans, sans-serif"
_TIPS = {
    "where": "Braid",
    "says": "Verdict",
    "p": "P(quantum feasible and faster)",
    "out": "Out of the race",
    "quantum": "Quantum",
    "classical": "Classical, best",
    "spread": "Spread of the gap from",
    "basis": "Costs rest on",
}


def advantage_map(
    frontiers: "xr.Dataset | Sequence[xr.Dataset]", boundary: Iterable[Mapping[str, Any]] = ()
) -> alt.TopLevelMixin:
    """Draw the advantage map: families and closures side by side, a row for each quantum contender, legend below.

    Args:
        frontiers: winners and costs over (closure, contender, strands, layers), from `frontier`; one for each family.
        boundary: their boundary entries (axis layers or strands), drawn as median and 5-95 % band.

    Raises:
        PlaitError: a frontier lacks a variable or an attribute.

    >>> import xarray as xr
    >>> advantage_map(xr.Dataset())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    plait.models.errors.PlaitError: not a frontier: it lacks p_advantage, ...
    """
    several = words.listed(frontiers)
    for frontier in several:
        words.check_frontier(frontier)
    boundary = list(boundary)
    first = several[0]
    columns = [(frontier, closure) for frontier in several for closure in words.names(frontier, "closure")]
    width, height = (430, 350) if len(columns) <= 2 else (310, 270)
    rows: list[alt.HConcatChart] = []
    datasets: dict[str, list[dict[str, Any]]] = {}
    for contender in words.names(first, "contender"):
        charts = []
        for frontier, closure in columns:
            family = f"{words.family_of(frontier).capitalize()}, " if len(several) > 1 else ""
            heading = f"{family}{closure} closure"
            title = alt.Title(heading[0].upper() + heading[1:], subtitle=contender, anchor="start", offset=8)
            chart, data = panel(
                frontier, words.on_map(frontier, boundary), closure, [contender], width=width, height=height
            )
            charts.append(chart.properties(title=title))
            datasets |= data
        rows.append(alt.hconcat(*charts, spacing=34))
    wide = len(columns) > 1
    wrap = 78 * min(len(columns), 2) if len(columns) <= 2 else 220
    notes = [words.P_MEANS]
    for frontier in several:
        heading, meaning = words.INSTANCES[words.family_of(frontier)]
        notes.append(f"{heading}. {meaning} Question: {frontier.attrs['question']}.")
    if len(several) > 1:
        notes.append(words.DIFFERENCE)
    notes += words.origin(first)
    title = alt.Title(
        textwrap.wrap(str(first.attrs["title"]), wrap * 3 // 5),
        subtitle=textwrap.wrap(str(first.attrs["question"]), wrap),
        anchor="start",
        fontSize=20,
        offset=18,
    )
    key = legend_chart(legend(several, boundary), columns=4 if wide else 2)
    foot = _text_chart([line for note in notes for line in textwrap.wrap(note, wrap)])
    return alt.vconcat(
        *rows,
        key,
        foot,
        title=title,
        datasets=datasets,
        config=configuration(),
        spacing=24,
        padding=18,
        background=PAPER,
    )


class Panel(NamedTuple):
    """A chart and the rows it draws, by the names it knows them by."""

    chart: alt.LayerChart
    datasets: dict[str, list[dict[str, Any]]]


def panel(
    frontier: "xr.Dataset",
    boundary: Iterable[Mapping[str, Any]],
    closure: str,
    contenders: Sequence[str],
    *,
    width: int | Literal["container"] = "container",
    height: int = 400,
) -> Panel:
    """One closure's map; of several contenders it shows the one that its parameter `contender` names.

    Args:
        width: pixels, or "container" to fill the page element it is put in.
        height: pixels.
    """
    part = frontier.sel(closure=[closure], contender=list(contenders))
    frame = Frame(map_rows.edges(part["strands"].values), map_rows.edges(part["layers"].values))
    machines_at = map_rows.machine_outlines(frontier, closure)
    rows = {
        "cells": map_rows.beside_labels(map_rows.drawn_cells(part), machines_at),
        "curves": map_rows.curves(part, boundary),
        "outline": map_rows.measured_outline(part),
        "machines": machines_at,
        "published": [dict(zip("xy", words.PUBLISHED, strict=True))] if map_rows.shows_published(part) else [],
    }
    # Rows are named, not inlined: altair would check and copy them once for every layer.
    number = words.names(frontier, "contender").index(contenders[0])
    family = words.family_of(frontier)
    datasets = {f"{name} {family} {closure} {number}": values for name, values in rows.items()}
    cells, curves, outline, machines, spot = (alt.Chart(alt.NamedData(name=name)) for name in datasets)
    chosen = alt.param(name="contender", value=contenders[0])
    if len(contenders) > 1:
        cells, curves = (data.transform_filter(alt.datum.contender == chosen) for data in (cells, curves))
    colours = alt.Scale(domain=list(words.SHADES), range=[colour for colour, _ in words.SHADES.values()])
    span = {"x": frame.x("x"), "x2": "x2", "y": frame.y("y"), "y2": "y2"}
    tips = [alt.Tooltip(f"{field}:N", title=name) for field, name in _TIPS.items()]
    own = alt.Stroke("shade:N", scale=colours, legend=None)
    blank = cells.transform_filter(alt.datum.shade == "infeasible")
    hatch = blank.mark_rule(color=HATCH, strokeWidth=0.8, aria=False)
    layers = [
        # A stroke of the cell's own colour closes the hairlines that anti-aliasing leaves between neighbours.
        cells.mark_rect(clip=True, strokeWidth=0.7, aria=False).encode(
            **span, color=alt.Color("shade:N", scale=colours, legend=None), stroke=own
        ),
        hatch.encode(x=frame.x("x"), x2="cx", y=frame.y("cy"), y2="y2"),
        hatch.encode(x=frame.x("x"), x2="x2", y=frame.y("y"), y2="y2"),
        hatch.encode(x=frame.x("cx"), x2="x2", y=frame.y("y"), y2="cy"),
        *boundary_layers(curves, frame),
        outline.mark_rule(color=PAPER, strokeWidth=4, opacity=0.85, aria=False).encode(**span),
        outline.mark_rule(color=INK, strokeWidth=1.8, strokeDash=DASHES["measured"], aria=False).encode(**span),
        *_letters(cells, frame, own, 9 if width == "container" or width > 400 else 7),
        *_machine_layers(machines, frame, span),
        spot.mark_point(**DIAMOND).encode(x=frame.x("x"), y=frame.y("y")),
        # On top and unseen: the whole cell answers the pointer, and tells its verdict to a screen reader.
        cells.mark_rect(opacity=0).encode(**span, tooltip=tips, description=alt.Description("says:N")),
    ]
    chart = alt.LayerChart(layer=layers, width=width, height=height)
    return Panel(chart.add_params(chosen) if len(contenders) > 1 else chart, datasets)


class Frame:
    """The two logarithmic axes that all layers of a panel share."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        self._borders = {"x": xs, "y": ys}

    def x(self, field: str) -> alt.X:
        return alt.X(f"{field}:Q", **self._parts("x", X_TITLE))

    def y(self, field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", **self._parts("y", Y_TITLE))

    def _parts(self, direction: str, title: str) -> dict[str, Any]:
        low, high = self._borders[direction][0], self._borders[direction][-1]
        ticks = [step * 10**d for d in range(7) for step in (1, 2, 3, 5, 7) if low <= step * 10**d <= high]
        scale = alt.Scale(type="log", domain=[low, high], nice=False, padding=0)
        return {"scale": scale, "axis": alt.Axis(title=title, values=ticks, format="d")}


def _letters(cells: alt.Chart, frame: Frame, halo: alt.Stroke, size: int) -> list[alt.Chart]:
    """Reason letters, pale on the dark cells; a halo of the cell's own colour keeps lines and hatching off them."""
    text = cells.transform_filter(alt.datum.code != "").encode(x=frame.x("cx"), y=frame.y("cy"), text="code:N")
    dark = alt.expr.indexof(alt.datum.shade, "classical") == 0
    face: dict[str, Any] = {"fontSize": size, "aria": False}
    return [
        text.mark_text(**face, fontWeight="bold", strokeWidth=3.5, strokeJoin="round").encode(stroke=halo),
        text.transform_filter(~dark).mark_text(**face, fontWeight="bold", color=INK),
        text.transform_filter(dark).mark_text(**face, color=PAPER, opacity=0.85),
    ]


def _machine_layers(machines: alt.Chart, frame: Frame, span: Mapping[str, Any]) -> list[alt.Chart]:
    """What existing machines can answer at all: a dashed outline each, named at its right end."""
    named = machines.transform_filter(alt.datum.label != "").encode(x=frame.x("x2"), y=frame.y("y"), text="label:N")
    face: dict[str, Any] = {"align": "right", "baseline": "bottom", "dx": -3, "dy": -2, "fontSize": 10, "aria": False}
    return [
        machines.mark_rule(color=PAPER, strokeWidth=3.2, opacity=0.9, aria=False).encode(**span),
        machines.mark_rule(color=INK, strokeWidth=1.2, strokeDash=DASHES["machine"], aria=False).encode(**span),
        named.mark_text(**face, stroke=PAPER, strokeWidth=3, strokeJoin="round"),
        named.mark_text(**face, color=INK),
    ]


def boundary_layers(curves: alt.Chart, frame: Frame) -> list[alt.Chart]:
    """Median of the boundary along either axis, and the borders of its 5-95 % band along the layers.

    Lines only: a filled band would change the colours that name the winner. The median along the strands closes the
    upright sides; bands of both axes would cross each other (the page's table has them all).
    """
    halos, lines = [], []
    for axis in ("layers", "strands"):
        face: dict[str, Any] = {"clip": True, "aria": False}
        face["orient"] = "vertical" if axis == "layers" else "horizontal"
        along = curves.transform_filter(alt.datum.axis == axis).encode(detail="run:N", order="at:Q")
        band = (("p05", THIN), ("p95", THIN)) if axis == "layers" else ()
        for quantile, width in (*band, ("p50", THICK)):
            places = (frame.x("at"), frame.y(quantile)) if axis == "layers" else (frame.x(quantile), frame.y("at"))
            line = along.encode(*places)
            halos.append(line.mark_line(**face, color=PAPER, strokeWidth=width + 2, opacity=0.85))
            for kind in ("enter", "leave"):
                dash = DASHES[kind if quantile == "p50" else "band"]
                drawn = line.transform_filter(alt.datum.kind == kind)
                lines.append(drawn.mark_line(**face, color=INK, strokeWidth=width, strokeDash=dash))
    return halos + lines


def _text_chart(lines: Sequence[str]) -> alt.Chart:
    """Lines of small print."""
    pitch = 17
    rows = [{"x": LEFT, "y": pitch * number + 8, "text": line} for number, line in enumerate(lines)]
    text: alt.Chart = alt.Chart(alt.InlineData(values=rows), width=60, height=pitch * len(lines)).mark_text(
        align="left", baseline="middle", color=SOFT, fontSize=12
    )
    return text.encode(x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None), text="text:N")


def configuration() -> alt.Config:
    """The plain look that all charts share: one font, quiet axes."""
    return alt.Config(
        font=_FONT,
        axis=alt.AxisConfig(
            labelColor=INK,
            labelFontSize=12,
            labelOverlap=True,
            titleColor=INK,
            titleFontSize=13,
            titleFontWeight="normal",
            titlePadding=8,
            tickColor=FAINT,
            domainColor=FAINT,
            grid=False,
        ),
        title=alt.TitleConfig(color=INK, subtitleColor=SOFT, fontSize=15, subtitleFontSize=13, subtitlePadding=4),
        view=alt.ViewConfig(stroke=None),
    )
