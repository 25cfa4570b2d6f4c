"""The characterisation of a machine as a chart: relative error and keep rate against the size of the circuit.

Imports altair, so import this module only where a chart is made. Shapes tell the strands and a lightness, which is
enough on a grey print, the qubit-layers.
"""

import textwrap
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np

from plait.calibrations.characterise import Characterisation, Exponents, in_words
from plait.estimator.chart import configuration
from plait.estimator.chart_file import check_suffix, write_chart_file
from plait.estimator.legend import FAINT, INK, PAPER, SOFT

LIGHT_TO_DARK = ["#eaf2fa", "#7fb2dd", "#2c6fad", "#0d2544"]
BAND = "#d9dce1"
WIDTH, HEIGHT, WRAP = 400, 330, 150
STEPS = 60
TWO_SIDED_95 = 1.96
SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left"]
X_TITLE = "two-qubit gates of a circuit (mean over s)"


def device_chart(found: Characterisation, device: str) -> alt.VConcatChart:
    """Draw the points of a characterisation and its law, relative error left and keep rate right.

    Args:
        found: what was measured.
        device: its name, for the title.

    >>> from plait.calibrations.characterise import characterise
    >>> from plait.models.noise import NoiseModel
    >>> quiet = characterise(NoiseModel(), closure="plat", strands=(4, 6), layers=(2, 4), shots=200)
    >>> len(device_chart(quiet, "quiet").vconcat)
    2
    """
    shots = sorted({one.point.shots for one in found.points})
    subtitle = (
        f"Simulated: a planted braid a point, {found.closure} closure, "
        f"{' or '.join(f'{count:,}' for count in shots)} shots each; reduced layout, RZZ gates, all-to-all coupling"
    )
    notes = [
        "Bars: 95 % of sampling. Line and band: the fitted law and its 95 % at the mean qubit-layers and qubits a "
        "gate of these braids. Dash: the law at the braid's own counts.",
        *(sentence.replace("+-", "±") for sentence in in_words(found.law)),
    ]
    title = alt.Title(
        f"What noise does to a value on {device}", subtitle=subtitle, anchor="start", fontSize=20, offset=18
    )
    return alt.vconcat(
        alt.hconcat(_panel(found, kept=False), _panel(found, kept=True), spacing=96, bounds="flush"),
        _caption([line for note in notes for line in textwrap.wrap(note, WRAP)]),
        title=title,
        config=configuration(),
        spacing=20,
        padding=18,
        background=PAPER,
    )


def write_chart(found: Characterisation, device: str, path: str | Path) -> None:
    """Write the chart; the ending of the name chooses what: .html (opens offline), .png, .svg or .pdf.

    The file appears whole or not at all.

    Raises:
        PlaitError: another ending, or a place that cannot be written to.
    """
    check_suffix(Path(path))
    write_chart_file(device_chart(found, device), path)


def _panel(found: Characterisation, *, kept: bool) -> alt.LayerChart:
    """One panel: the keep rate or the relative error."""
    law = found.law.rejection if kept else found.law.damping
    points, line = _points(found, law, kept), _line(found, law, kept)
    name = "shots that error detection keeps" if kept else "relative error of the value it leaves, 1 - d"
    # Room for what is drawn, and the bound of a perfect machine always in sight.
    values = [value for row in points + line for value in (row["low"], row["high"])] + [1.0 if kept else 0.0]
    low, high = min(values), max(values)
    margin = 0.02 * (high - low)
    y_scale = alt.Scale(domain=[low - margin, high + margin], nice=False)
    x = alt.X("gates:Q", axis=alt.Axis(title=X_TITLE, grid=False), scale=alt.Scale(zero=True))

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=alt.Axis(title=name, format="~%"), scale=y_scale)

    dots, curve = (alt.Chart(alt.InlineData(values=rows)) for rows in (points, line))
    strands = list(dict.fromkeys(row["strands"] for row in points))
    colour = alt.Fill(
        "qubit_layers:Q",
        scale=alt.Scale(range=LIGHT_TO_DARK),
        legend=alt.Legend(title="qubit-layers"),
    )
    shape = alt.Shape(
        "strands:N",
        sort=strands,
        scale=alt.Scale(domain=strands, range=[SHAPES[k % len(SHAPES)] for k in range(len(strands))]),
        legend=alt.Legend(title="strands", symbolFillColor=PAPER, symbolStrokeColor=INK),
    )
    tips = [
        alt.Tooltip(field, title=title, format=form)
        for field, title, form in (
            ("strands:N", "strands", ""),
            ("layers:Q", "brick layers", "d"),
            ("gates:Q", "two-qubit gates", ".1f"),
            ("qubit_layers:Q", "qubit-layers", ".0f"),
            ("value:Q", name, ".2%"),
            ("error:Q", "standard error", ".2%"),
            ("law:Q", "law", ".2%"),
        )
    ]
    heading = "Keep rate" if kept else "Relative error"
    layers = [
        curve.mark_area(color=BAND).encode(x=x, y=y("low"), y2="high"),
        curve.mark_line(color=SOFT, strokeWidth=1.6).encode(x=x, y=y("value")),
        dots.mark_rule(color=FAINT, strokeWidth=1.4).encode(x=x, y=y("low"), y2="high"),
        dots.mark_point(filled=True, size=75, stroke=INK, strokeWidth=1.1, opacity=1).encode(
            x=x, y=y("value"), fill=colour, shape=shape, tooltip=tips
        ),
        dots.mark_tick(orient="horizontal", color="#c2410c", size=13, thickness=2).encode(x=x, y=y("law")),
    ]
    return alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT, title=alt.Title(heading, anchor="start", offset=8))


def _points(found: Characterisation, law: Exponents, kept: bool) -> list[dict[str, Any]]:
    """A row for each braid: what was measured, its 95 % interval, and the law at its own counts."""
    rows = []
    for one in found.points:
        point = one.point
        left = law.left(point.two_qubit_gates, point.qubit_layers, point.qubits)
        value, error = (point.keep_rate, point.keep_error) if kept else (one.relative_error, one.standard_error)
        rows.append(
            {
                "strands": str(point.strands),
                "layers": point.layers,
                "gates": point.two_qubit_gates,
                "qubit_layers": point.qubit_layers,
                "value": value,
                "error": error,
                "low": value - TWO_SIDED_95 * error,
                "high": min(value + TWO_SIDED_95 * error, 1.0),
                "law": left if kept else 1 - left,
            }
        )
    return rows


def _line(found: Characterisation, law: Exponents, kept: bool) -> list[dict[str, float]]:
    """The law with the mean mix of the braids, from no gate to the most."""
    most = max(one.point.two_qubit_gates for one in found.points)
    rows = []
    for gates in np.linspace(0, most, STEPS).tolist():
        centre, least, largest = (
            float(np.exp(-max(0.0, law.together.value + side * TWO_SIDED_95 * law.together.error) * gates))
            for side in (0, -1, 1)
        )
        shares = (centre, largest, least) if kept else (1 - centre, 1 - least, 1 - largest)
        rows.append(dict(zip(("gates", "value", "low", "high"), (gates, *shares), strict=True)))
    return rows


def _caption(lines: list[str]) -> alt.Chart:
    """Lines of small print."""
    pitch = 17
    rows = [{"y": pitch * number + 8, "text": line} for number, line in enumerate(lines)]
    text: alt.Chart = alt.Chart(alt.InlineData(values=rows), width=60, height=pitch * len(lines)).mark_text(
        align="left", baseline="middle", color=SOFT, fontSize=12
    )
    return text.encode(x=alt.value(-46), y=alt.Y("y:Q", scale=None, axis=None), text="text:N")
