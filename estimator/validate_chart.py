"""Held-out runs as a picture: observed over predicted, with the intervals that were stated beforehand.

Imports altair, so import this module only where a chart is made.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np

from plait.calibrations.validate import Tested
from plait.estimator.chart import configuration
from plait.estimator.legend import INK, PAPER, SOFT

SHOWN = ("C_f", "W_f", "K", "C_s", "r", "r_full:reduced-rzz", "seconds:fib", "seconds:trace", "signal")
"""One panel each, those that there are."""
MOST = 150
"""Runs drawn in a panel, evenly chosen by prediction."""
SIDE, ACROSS = 210, 3
IN, OUT = "#2c6fad", "#c2410c"


def validate_chart(tests: Sequence[Tested], family: str) -> alt.VConcatChart:
    """Panels of observed - predicted (decades) over predicted, thick and thin bars for the 50 and 90 % intervals.

    Args:
        tests: of the forms in use, see `plait.calibrations.validate.held_out`.
        family: of the braids, for the title.
    """
    panels = []
    for quantity in SHOWN:
        rows = _rows([test for test in tests if test.quantity == quantity])
        if rows:
            panels.append(_panel(quantity, rows))
    lines = [alt.hconcat(*panels[k : k + ACROSS], spacing=26) for k in range(0, len(panels), ACROSS)]
    title = alt.Title(
        f"Back-test, {family}: fitted to the smaller runs, these are the larger ones",
        subtitle=[
            "Dots: observed minus predicted, decades. Bars about zero: stated 90 % (thin) and 50 % (thick) intervals.",
            "Orange: outside the 90 % interval.",
        ],
        subtitleColor=SOFT,
        anchor="start",
        fontSize=18,
        offset=14,
    )
    return alt.vconcat(*lines, title=title, config=configuration(), spacing=22, padding=18, background=PAPER)


def _rows(tests: Sequence[Tested]) -> list[dict[str, float | str]]:
    rows: list[dict[str, float | str]] = []
    for test in tests:
        order = np.argsort(test.predicted, kind="stable")
        share = max(1, MOST // len(tests))
        picked = order[np.unique(np.linspace(0, order.size - 1, min(share, order.size)).astype(int))]
        for k in picked:
            miss, half = float(test.observed[k] - test.predicted[k]), float(test.half90[k])
            rows.append(
                {
                    "predicted": float(test.predicted[k]),
                    "miss": miss,
                    "low": -half,
                    "high": half,
                    "low50": -float(test.half50[k]),
                    "high50": float(test.half50[k]),
                    "inside": "yes" if abs(miss) <= half else "no",
                    "strands": float(test.strands[k]),
                    "layers": float(test.layers[k]),
                }
            )
    return rows


def _panel(quantity: str, rows: list[dict[str, float | str]]) -> alt.LayerChart:
    base = alt.Chart(alt.InlineData(values=rows))
    x = alt.X("predicted:Q", axis=alt.Axis(title="log10 predicted", tickCount=5), scale=alt.Scale(zero=False))
    thin = base.mark_rule(strokeWidth=1, color="#b8c4d0").encode(
        x=x, y=alt.Y("low:Q", axis=alt.Axis(title="decades", tickCount=5)), y2="high:Q"
    )
    thick = base.mark_rule(strokeWidth=3, color="#d5dee7").encode(x=x, y="low50:Q", y2="high50:Q")
    fill = alt.Fill("inside:N", scale=alt.Scale(domain=["yes", "no"], range=[IN, OUT]), legend=None)
    names = (("strands:Q", "strands", "d"), ("layers:Q", "layers", "d"), ("miss:Q", "decades off", "+.2f"))
    dots = base.mark_point(size=22, filled=True, strokeWidth=0, opacity=0.9).encode(
        x=x, y="miss:Q", fill=fill, tooltip=[alt.Tooltip(field, title=name, format=form) for field, name, form in names]
    )
    title = alt.Title(quantity, anchor="start", fontSize=13, color=INK)
    return alt.LayerChart(layer=[thin, thick, dots], width=SIDE, height=SIDE * 0.7, title=title)
