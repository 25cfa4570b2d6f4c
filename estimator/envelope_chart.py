"""Which classical contender is best where: a map of letters and colours, one for each closure.

Imports altair, so import this module only where a chart is made.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt

from plait.estimator import cells as words
from plait.estimator.chart import Frame
from plait.estimator.contender_marks import Mark
from plait.estimator.cost_words import cost_interval
from plait.estimator.legend import HATCH
from plait.estimator.map_rows import edges

if TYPE_CHECKING:
    import xarray as xr

NONE = "none can answer"
MOST_LETTERS = 26
"""Letters along an axis."""


class Share(NamedTuple):
    """One line of the legend: a contender, its mark, and the share of the cells it is best in."""

    name: str
    mark: Mark
    share: float


def leaders(frontiers: "Sequence[xr.Dataset]") -> list[str]:
    """Classical contenders that are best in some cell, by number of cells."""
    counts: dict[str, int] = {}
    for frontier in frontiers:
        for name in frontier["classical_best"].isel(contender=0).values.astype(str).flat:
            counts[name] = counts.get(name, 0) + 1
    return sorted((name for name in counts if name), key=lambda name: (-counts[name], name))


def shares(frontier: "xr.Dataset", closure: str, marks: Mapping[str, Mark]) -> list[Share]:
    """The legend of one map, the commonest first."""
    best = frontier["classical_best"].sel(closure=closure).isel(contender=0).values.astype(str).ravel()
    found = [Share(name, marks[name], float((best == name).mean())) for name in marks if (best == name).any()]
    return sorted(found, key=lambda one: -one.share)


def envelope(frontier: "xr.Dataset", closure: str, marks: Mapping[str, Mark], *, height: int = 360) -> alt.LayerChart:
    """The map of the best classical contender, fastest in most draws, as wide as the page element it is put in.

    Args:
        frontier: of one family.
        closure: whose cells are drawn.
        marks: of all contenders.
        height: pixels.
    """
    part = frontier.sel(closure=[closure]).isel(contender=[0])
    xs, ys = edges(part["strands"].values), edges(part["layers"].values)
    frame = Frame(xs, ys)
    metric = str(frontier.attrs.get("metric", "seconds"))
    rows = [_row(cell, xs, ys, part, marks, metric) for cell in words.cell_records(part)]
    cells = alt.Chart(alt.InlineData(values=rows))
    span = {"x": frame.x("x"), "x2": "x2", "y": frame.y("y"), "y2": "y2"}
    tips = [
        alt.Tooltip("where:N", title="Braid"),
        alt.Tooltip("best:N", title="Best"),
        alt.Tooltip("cost:N", title="It needs"),
    ]
    middle = {"x": frame.x("cx"), "y": frame.y("cy")}
    blank = cells.transform_filter(alt.datum.letter == "")
    return alt.LayerChart(
        layer=[
            cells.mark_rect(clip=True, strokeWidth=0.7, aria=False).encode(
                **span, fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("fill:N", scale=None)
            ),
            blank.mark_rule(color=HATCH, strokeWidth=0.8, aria=False).encode(**span),
            cells.mark_text(fontSize=9, aria=False).encode(
                **middle, text="label:N", color=alt.Color("ink:N", scale=None)
            ),
            cells.mark_rect(opacity=0).encode(**span, tooltip=tips, description=alt.Description("best:N")),
        ],
        width="container",
        height=height,
    )


def _apart(borders: Sequence[float]) -> int:
    """Cells from one letter to the next: small cells have no room for one each."""
    return -(-(len(borders) - 1) // MOST_LETTERS)


def _row(
    cell: Mapping[str, Any],
    xs: Sequence[float],
    ys: Sequence[float],
    part: "xr.Dataset",
    marks: Mapping[str, Mark],
    metric: str,
) -> dict[str, Any]:
    i = part["strands"].values.tolist().index(cell["strands"])
    j = part["layers"].values.tolist().index(cell["layers"])
    best = cell["classical_best"]
    mark = marks.get(best, Mark("", "#ffffff", "#16181d", (1, 0)))
    return {
        "x": xs[i],
        "x2": xs[i + 1],
        "cx": math.sqrt(xs[i] * xs[i + 1]),
        "y": ys[j],
        "y2": ys[j + 1],
        "cy": math.sqrt(ys[j] * ys[j + 1]),
        "letter": mark.letter,
        "label": "" if i % _apart(xs) or j % _apart(ys) else mark.letter,
        "fill": mark.colour,
        "ink": mark.on_it,
        "where": f"{cell['strands']} strands, {cell['layers']} layers",
        "best": f"{mark.letter}: {best}" if best else NONE,
        "cost": cost_interval(cell["classical_log10_cost"], metric) if best else NONE,
    }
