"""The legend of an advantage map, as values and as a chart, and the strokes that map and legend share.

Imports altair, so import this module only where a chart is made.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt

from plait.estimator import cells as words
from plait.estimator.map_rows import machine_outlines, shows_published

if TYPE_CHECKING:
    import xarray as xr

INK, SOFT, FAINT, PAPER, HATCH = "#16181d", "#4a4f58", "#8b919a", "#ffffff", "#9aa0a8"
THICK, THIN = 2.4, 0.9
DASHES = {"enter": [1, 0], "leave": [7, 4], "band": [1, 0], "measured": [2, 3], "machine": [6, 2, 1, 2]}
DIAMOND: dict[str, Any] = {
    "shape": "diamond",
    "size": 130,
    "filled": True,
    "fill": PAPER,
    "stroke": INK,
    "strokeWidth": 2,
    "opacity": 1,
}
LEFT = -46  # pixels from a panel's frame to where its axis title begins: legend and notes start there
TITLES = ("Winner", "No winner", "Out of the race, because", "Lines and marks")


class Key(NamedTuple):
    """One line of the legend.

    Args:
        kind: shade, letter, line or point.
        sample: the shade's name, the letter, or which line.
        meaning: in words.
    """

    kind: str
    sample: str
    meaning: str


def legend(frontiers: "Sequence[xr.Dataset]", boundary: Iterable[Mapping[str, Any]]) -> list[list[Key]]:
    """The legend in four groups: who wins, undecided or nobody, letters, lines. Only what the maps can show."""
    shades = [Key("shade", name, meaning) for name, (_, meaning) in words.SHADES.items()]
    wins, rest = [k for k in shades if "wins" in k.meaning], [k for k in shades if "wins" not in k.meaning]
    used = {letter: meaning for frontier in frontiers for letter, meaning in words.letters_used(frontier).items()}
    letters = [Key("letter", letter, meaning) for letter, meaning in used.items()]
    texts = [text for frontier in frontiers for text in words.distinct(frontier["reason"])]
    if any(len({side for side, _ in words.reasons(text)}) > 1 for text in texts):
        letters.append(Key("letter", "S/T", "quantum by S, classical by T"))
    lines = []
    found = [entry for entry in boundary if words.has_place(entry)]
    if found:
        lines.append(Key("line", "enter", "quantum starts to win (median)"))
        lines.append(Key("line", "leave", "quantum stops winning (median)"))
    if any(entry["axis"] == "layers" for entry in found):
        lines.append(Key("line", "band", "5–95 % of either, in layers"))
    if any((beyond := frontier["extrapolation"].values > 1).any() and not beyond.all() for frontier in frontiers):
        lines.append(Key("line", "measured", "edge of the measured range"))
    if any(machine_outlines(one, closure) for one in frontiers for closure in words.names(one, "closure")):
        lines.append(Key("line", "machine", "edge of what that machine can answer"))
    if any(shows_published(frontier) for frontier in frontiers):
        lines.append(Key("point", "published", "published: 85 strands, 2,800 crossings"))
    return [wins, rest, letters, lines]


def stroke_width(line: str) -> float:
    """Pixels of a line of the legend."""
    return {"band": THIN, "machine": 1.2}.get(line, THICK)


def legend_chart(groups: Sequence[Sequence[Key]], *, columns: int, pitch: int = 232) -> alt.LayerChart:
    """The legend in pixels: a column for each group, folded to `columns` of them."""
    line, head = 19, 26
    tall = max(len(group) for group in groups) * line + head + 14
    marks: list[dict[str, Any]] = []
    for number, (title, group) in enumerate(zip(TITLES, groups, strict=True)):
        left, top = LEFT + (number % columns) * pitch, (number // columns) * tall
        if group:
            marks.append({"kind": "title", "left": left, "y": top + 8, "text": title})
        for place, key in enumerate(group):
            y = top + head + place * line + 7
            mark: dict[str, Any] = {"kind": key.kind, "sample": key.sample, "text": key.meaning}
            mark |= {"left": left, "middle": left + 13, "right": left + 26, "start": left + 34}
            mark |= {"top": y - 7, "y": y, "bottom": y + 7}
            marks.append(mark | {"fill": words.SHADES[key.sample][0] if key.kind == "shade" else INK})
    rows = alt.Chart(alt.InlineData(values=marks))

    def at(x: str, y: str = "y", **where: str) -> alt.Chart:
        """The rows where every named field has its value, placed in pixels."""
        part = rows
        for field, value in where.items():
            part = part.transform_filter(alt.datum[field] == value)
        return part.encode(x=alt.X(f"{x}:Q", scale=None, axis=None), y=alt.Y(f"{y}:Q", scale=None, axis=None))

    words_face: dict[str, Any] = {"align": "left", "baseline": "middle", "color": INK, "fontSize": 12}
    strokes = [
        at("left", kind="line", sample=name)
        .mark_rule(color=INK, strokeWidth=stroke_width(name), strokeDash=dash)
        .encode(x2="right")
        for name, dash in DASHES.items()
    ]
    hatching = [
        at(left, "bottom", sample="infeasible").mark_rule(color=HATCH, strokeWidth=0.8).encode(x2=right, y2="top")
        for left, right in (("left", "middle"), ("middle", "right"))
    ]
    swatch = at("left", "top", kind="shade").mark_rect(stroke=FAINT, strokeWidth=0.6)
    layers = [
        swatch.encode(x2="right", y2="bottom", fill=alt.Fill("fill:N", scale=None)),
        *hatching,
        *strokes,
        at("middle", kind="point").mark_point(**DIAMOND),
        at("middle", kind="letter").mark_text(fontSize=11, fontWeight="bold", color=INK).encode(text="sample:N"),
        at("left", kind="title").mark_text(**words_face, fontWeight="bold").encode(text="text:N"),
        at("start").transform_filter(alt.datum.kind != "title").mark_text(**words_face).encode(text="text:N"),
    ]
    folds = -(-len(groups) // columns)
    return alt.LayerChart(layer=layers, width=LEFT + columns * pitch, height=folds * tall - 10)
