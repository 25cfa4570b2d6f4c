"""What can be evaluated exactly, as a picture: braids really evaluated, and what an allowance is predicted to permit.

Imports altair, so import this module only where a chart is made. Shape tells the closure, fill the family, and the size
of a mark its time; lines are predictions. All of it can be told apart on a grey print.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt

from plait.estimator.chart import configuration
from plait.estimator.legend import FAINT, INK, PAPER, SOFT

PUBLISHED = {"strands": 85, "crossings": 2800, "label": "published advantage point"}
"""arXiv:2503.05625: 73 hours on a quantum computer, 94 on Frontier."""
FILLS = {"brickwall": "#2c6fad", "planted": "#f6b76b"}
SHAPES = {"markov": "circle", "plat": "square"}
LINES = ["#1f3d78", "#1f3d78", "#b45309", "#b45309"]
DASHES = [[1, 0], [6, 3], [1, 0], [6, 3]]
"""Of the lines, in the order of families and then closures."""
WIDTH, HEIGHT, WRAP = 640, 430, 112


def reach_chart(
    runs: Sequence[dict[str, Any]], frontier: Sequence[dict[str, Any]], machine: str, allowance: str
) -> alt.VConcatChart:
    """Draw runs and predicted frontiers over strands and crossings, the published advantage point marked.

    Args:
        runs: of `plait.estimator.reach_rows.run_rows`.
        frontier: of `plait.estimator.reach_rows.frontier_rows`; may be empty.
        machine: that made the runs, in words.
        allowance: of the frontiers, in words.

    >>> one = {"strands": 30, "crossings": 400, "family": "brickwall", "closure": "plat", "seconds": 2.0}
    >>> one |= {"method": "face-tn-fib", "layers": 40, "error": 4e-14, "error_of": "relative", "gib": 0.1}
    >>> len(reach_chart([one], [], "one core", "an hour").vconcat)
    2
    """
    strands = [row["strands"] for row in (*runs, *frontier, PUBLISHED)]
    crossings = [row["crossings"] for row in (*runs, *frontier, PUBLISHED)]
    x = alt.X(
        "strands:Q",
        axis=alt.Axis(title="strands n", grid=True, gridColor="#eeeeee"),
        scale=alt.Scale(type="log", domain=[0.85 * min(strands), 1.15 * max(strands)], nice=False),
    )
    y = alt.Y(
        "crossings:Q",
        axis=alt.Axis(title="crossings m of the word, unminimised", format="~s", grid=True, gridColor="#eeeeee"),
        scale=alt.Scale(type="log", domain=[0.7 * min(crossings), 1.5 * max(crossings)], nice=False),
    )
    fill = alt.Fill(
        "family:N",
        scale=alt.Scale(domain=list(FILLS), range=list(FILLS.values())),
        legend=alt.Legend(title="family", symbolStrokeColor=INK),
    )
    shape = alt.Shape(
        "closure:N",
        scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())),
        legend=alt.Legend(title="closure", symbolFillColor=PAPER, symbolStrokeColor=INK),
    )
    size = alt.Size(
        "seconds:Q",
        scale=alt.Scale(type="log", domain=[1, 3600], range=[30, 330], clamp=True),
        legend=alt.Legend(title="seconds, measured", values=[1, 60, 3600], symbolFillColor=FAINT),
    )
    tips = [
        alt.Tooltip(field, title=name, format=form)
        for field, name, form in (
            ("family:N", "family", ""),
            ("closure:N", "closure", ""),
            ("strands:Q", "strands", "d"),
            ("layers:Q", "brick layers asked for", "d"),
            ("crossings:Q", "crossings", ",d"),
            ("method:N", "method", ""),
            ("seconds:Q", "seconds, search included", ".3g"),
            ("gib:Q", "GiB at the peak", ".3g"),
            ("error:Q", "error found", ".0e"),
            ("error_of:N", "the error is", ""),
        )
    ]
    layers: list[alt.Chart] = []
    if frontier:
        named = [{**row, "of": f"{row['family']}, {row['closure']}"} for row in frontier]
        domain = [f"{family}, {closure}" for family in FILLS for closure in SHAPES]
        legend = alt.Legend(title="predicted to fit", symbolType="stroke", symbolStrokeWidth=2)
        line = alt.Chart(alt.InlineData(values=named)).mark_line(strokeWidth=1.8)
        layers.append(
            line.encode(
                x=x,
                y=y,
                stroke=alt.Stroke("of:N", scale=alt.Scale(domain=domain, range=LINES), legend=legend),
                strokeDash=alt.StrokeDash("of:N", scale=alt.Scale(domain=domain, range=DASHES), legend=legend),
            )
        )
    star = alt.Chart(alt.InlineData(values=[PUBLISHED]))
    layers.append(
        star.mark_point(shape="cross", size=900, color="#c2410c", filled=False, strokeWidth=2, opacity=1).encode(
            x=x, y=y
        )
    )
    layers.append(
        star.mark_text(align="right", dx=-20, dy=4, color="#c2410c", fontSize=12).encode(x=x, y=y, text="label:N")
    )
    dots = alt.Chart(alt.InlineData(values=list(runs))).mark_point(strokeWidth=1.1, opacity=1, stroke=INK)
    layers.append(dots.encode(x=x, y=y, fill=fill, shape=shape, size=size, tooltip=tips))
    lines = (
        f"Lines: the most crossings predicted to stay within {allowance}, by state evolution or by the counts of a "
        "searched contraction tree, loops over heights included; good to a factor of two in seconds. Tensor trains "
        "are not predicted: marks beyond their line are theirs."
    )
    notes = [
        f"Marks: braids evaluated exactly on {machine}; the value is that of the planted braid, or was computed twice.",
        *([lines] if frontier else []),
        "Cross: 85 strands and 2,800 crossings, where arXiv:2503.05625 puts the advantage (73 hours on a quantum "
        "computer, 94 on Frontier).",
    ]
    title = alt.Title("Exact evaluation: how far it reaches", anchor="start", fontSize=20, offset=14)
    return alt.vconcat(
        alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT),
        _caption([line for note in notes for line in textwrap.wrap(note, WRAP)]),
        title=title,
        config=configuration(),
        spacing=20,
        padding=18,
        background=PAPER,
    )


def _caption(lines: list[str]) -> alt.Chart:
    """Lines of small print."""
    pitch = 17
    rows = [{"y": pitch * number + 8, "text": line} for number, line in enumerate(lines)]
    text: alt.Chart = alt.Chart(alt.InlineData(values=rows), width=60, height=pitch * len(lines)).mark_text(
        align="left", baseline="middle", color=SOFT, fontSize=12
    )
    return text.encode(x=alt.value(-46), y=alt.Y("y:Q", scale=None, axis=None), text="text:N")
