"""The map that a slider moves: one chart for each closure, and the rows it is fed with at each value.

Imports altair, so import this module only where a chart is made.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from plait.estimator import cells as words
from plait.estimator.chart import Frame, boundary_layers
from plait.estimator.error_steps import ErrorSteps, short, step_sentence, step_words
from plait.estimator.legend import HATCH
from plait.estimator.map_rows import curves, drawn_cells, edges
from plait.estimator.page import for_the_eye

if TYPE_CHECKING:
    import xarray as xr

KEPT = ("x", "x2", "cx", "y", "y2", "cy", "where")
"""Of a cell, what no value changes."""
DIGITS = 5


def slider_data(found: ErrorSteps) -> dict[str, Any]:
    """What the page's script puts into the charts: cells without a verdict once, and for each value the verdicts.

    Returns:
        dict: `shades` and `says` in a fixed order; by closure, the `cells`; `steps`, each with its `value`, its
        `sentence` and, by closure, `shade` (index of each cell), `p` (in words) and `curves`.
    """
    closures = words.names(found.steps[0].frontier, "closure")
    shades = list(words.SHADES)
    steps: list[dict[str, Any]] = []
    for number, step in enumerate(found.steps):
        maps = {}
        (whole,), boundary = for_the_eye([step.frontier], step.boundary)
        for closure in closures:
            part = whole.sel(closure=[closure])
            drawn = drawn_cells(part)
            maps[closure] = {
                "shade": [shades.index(cell["shade"]) for cell in drawn],
                "p": [cell["p"] for cell in drawn],
                "curves": [_rounded(row) for row in curves(part, boundary)],
            }
        steps.append(
            {"value": short(step.value), "sentence": step_sentence(found, number), "own": step.own, "maps": maps}
        )
    first = words.thinned(found.steps[0].frontier)
    return {
        "shades": shades,
        "says": [words.SHADES[name][1] for name in shades],
        "start": found.start(),
        "cells": {
            closure: [
                _rounded({name: cell[name] for name in KEPT}) for cell in drawn_cells(first.sel(closure=[closure]))
            ]
            for closure in closures
        },
        "steps": steps,
    }


def slider_chart(frontier: "xr.Dataset", closure: str, *, height: int = 380) -> alt.LayerChart:
    """The chart of one closure, without rows: datasets `cells` and `curves` are the script's to fill."""
    part = frontier.sel(closure=[closure])
    frame = Frame(edges(part["strands"].values), edges(part["layers"].values))
    cells, lines = alt.Chart(alt.NamedData(name="cells")), alt.Chart(alt.NamedData(name="curves"))
    colours = alt.Scale(domain=list(words.SHADES), range=[colour for colour, _ in words.SHADES.values()])
    span = {"x": frame.x("x"), "x2": "x2", "y": frame.y("y"), "y2": "y2"}
    tips = [alt.Tooltip(f"{name}:N", title=title) for name, title in _TIPS.items()]
    shade = {
        "color": alt.Color("shade:N", scale=colours, legend=None),
        "stroke": alt.Stroke("shade:N", scale=colours, legend=None),
    }
    blank = cells.transform_filter(alt.datum.shade == "infeasible")
    return alt.LayerChart(
        layer=[
            cells.mark_rect(clip=True, strokeWidth=0.7, aria=False).encode(**span, **shade),
            blank.mark_rule(color=HATCH, strokeWidth=0.8, aria=False).encode(**span),
            *boundary_layers(lines, frame),
            cells.mark_rect(opacity=0).encode(**span, tooltip=tips, description=alt.Description("says:N")),
        ],
        width="container",
        height=height,
        datasets={"cells": [], "curves": []},
    )


_TIPS = {"where": "Braid", "says": "Verdict", "p": "P(quantum feasible and faster)"}


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """A row with shorter numbers: a pixel is coarser."""
    return {name: float(f"{x:.{DIGITS}g}") if isinstance(x, float) else x for name, x in row.items()}


def table(found: ErrorSteps) -> Sequence[dict[str, str]]:
    """Every value and closure in words, for those who cannot move the slider, and for prints."""
    return [
        {"value": short(step.value) + (" (this study)" if step.own else ""), **line}
        for step in found.steps
        for line in step_words(step)
    ]
