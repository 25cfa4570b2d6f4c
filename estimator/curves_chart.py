"""Cost of every contender along the layers at one number of strands, with 5-95 % bands.

Imports altair, so import this module only where a chart is made. Every contender that answers anywhere has a line; of
those named by the parameter `shown` it is thick, with its band and its letter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from plait.estimator.best_place import Place
from plait.estimator.contender_marks import INK, Mark
from plait.estimator.cost_words import cost_interval, ticks
from plait.estimator.evaluate import REASONS
from plait.estimator.frontier import QUANTILES, quantiles
from plait.estimator.legend import PAPER, SOFT
from plait.models.question import UNITS

if TYPE_CHECKING:
    import xarray as xr

ROOM = 0.3
"""Decades left free above and below."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One contender.

    Args:
        name, side, mark: who.
        low, middle, high: log10 costs at the layers; nan: no answer, -inf: free.
        leads: whether its median is the lowest of its side somewhere, or it is quantum.
        why: why it has no answer in most draws, where it has none anywhere ("" otherwise).
    """

    name: str
    side: str
    mark: Mark
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]
    leads: bool
    why: str

    @property
    def answers(self) -> bool:
        """Whether it has a finite cost anywhere in 5 % of the draws."""
        return bool(np.isfinite(self.low).any())


def cost_curves(grid: "xr.Dataset", place: Place, marks: Mapping[str, Mark]) -> list[Curve]:
    """Costs along the layers at the strands and closure of a place.

    Args:
        grid: a sweep of the place's family.
        place: strands and closure.
        marks: of all contenders.
    """
    part = grid.sel(closure=place.closure, strands=place.strands).transpose("contender", "layers", "draw")
    costs = quantiles(part["log10_cost"].values.astype(float))
    side = part["side"].values.astype(str)
    medians = np.where(np.isnan(costs[..., 1]), np.inf, costs[..., 1])
    rivals = np.where((side == "classical")[:, None], medians, np.inf)
    lead = {int(k) for k in rivals.argmin(axis=0)[np.isfinite(rivals.min(axis=0))]}
    found = []
    for k, name in enumerate(part["contender"].values.astype(str)):
        codes = part["reason"].values[k]
        counts = np.bincount(codes.ravel(), minlength=len(REASONS))
        never = bool((codes > 0).all())
        low, middle, high = (tuple(float(x) for x in costs[k, :, q]) for q in range(len(QUANTILES)))
        found.append(
            Curve(
                name=str(name),
                side=str(side[k]),
                mark=marks[str(name)],
                low=low,
                middle=middle,
                high=high,
                leads=k in lead or bool(side[k] == "quantum" and np.isfinite(costs[k, :, 1]).any()),
                why=REASONS[int(counts[1:].argmax()) + 1] if never else "",
            )
        )
    return found


def curves_chart(
    curves: Sequence[Curve], layers: Sequence[int], place: Place, metric: str, *, height: int = 430
) -> alt.LayerChart:
    """Draw them, as wide as the page element it is put in.

    Args:
        curves: from `cost_curves`.
        layers: of the grid.
        place: whose layers are marked by an upright line.
        metric: of the question.
        height: pixels.
    """
    drawn = [curve for curve in curves if curve.answers]
    bottom = min((x for curve in drawn for x in curve.low if np.isfinite(x)), default=0.0) - ROOM
    tops = [x for curve in drawn for values in (curve.middle, curve.high) for x in values if np.isfinite(x)]
    top = max(tops, default=bottom + 1) + ROOM
    rows: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for curve in drawn:
        about = {"of": curve.name, "colour": curve.mark.colour, "letter": curve.mark.letter, "side": curve.side}
        for count, low, middle, high in zip(layers, curve.low, curve.middle, curve.high, strict=True):
            if np.isfinite(low):
                at = {"p05": low, "p50": _or_none(middle), "p95": _or_none(high)}
                said = cost_interval(at, metric) if np.isfinite(middle) else "no answer in half of the draws"
                row = {"layers": count, "low": low, "middle": at["p50"], "high": high if np.isfinite(high) else top}
                rows.append(about | row | {"says": f"{curve.mark.letter}: {curve.name}, {said}"})
        last = [(count, x) for count, x in zip(layers, curve.middle, strict=True) if np.isfinite(x)][-1:]
        ends += [about | {"layers": count, "middle": x} for count, x in last]
    x = alt.X(
        "layers:Q",
        scale=alt.Scale(type="log", domain=[layers[0], layers[-1] * 1.12], nice=False),
        axis=alt.Axis(title=f"brick layers L asked for, at {place.strands} strands", values=_steps(layers), format="d"),
    )
    data = alt.Chart(alt.InlineData(values=rows))
    known = [curve.name for curve in drawn]
    shown = alt.param(name="shown", value=[curve.name for curve in drawn if curve.leads])
    picked = alt.expr.indexof(shown, alt.datum.of) >= 0
    y = _y("middle:Q", metric, bottom, top)
    dash = alt.StrokeDash(
        "of:N", scale=alt.Scale(domain=known, range=[list(c.mark.dash) for c in drawn]), legend=None, sort=known
    )
    colour = alt.Stroke("colour:N", scale=None)
    thin = data.transform_filter(~picked).mark_line(strokeWidth=0.8, opacity=0.55, aria=False)
    thick = data.transform_filter(picked).mark_line(strokeWidth=2.4, aria=False)
    bands = [
        data.transform_filter(which).mark_area(opacity=opacity, aria=False, clip=True)
        for which, opacity in ((~picked, 0.05), (picked, 0.15))
    ]
    tip = [alt.Tooltip("says:N", title="Needs"), alt.Tooltip("layers:Q", title="Layers")]
    spot = alt.Chart(alt.InlineData(values=[{"layers": place.layers, "text": f"{place.layers} layers"}]))
    label = alt.Chart(alt.InlineData(values=ends)).transform_filter(picked)
    return alt.LayerChart(
        layer=[
            spot.mark_rule(color=SOFT, strokeDash=[2, 3]).encode(x=x),
            *(
                band.encode(
                    x=x,
                    y=_y("low:Q", metric, bottom, top),
                    y2="high:Q",
                    fill=alt.Fill("colour:N", scale=None),
                    detail="of:N",
                )
                for band in bands
            ),
            thin.encode(x=x, y=y, detail="of:N", stroke=colour, strokeDash=dash),
            thick.encode(x=x, y=y, detail="of:N", stroke=colour, strokeDash=dash),
            data.transform_filter(picked)
            .mark_point(filled=True, size=14, opacity=1, aria=False)
            .encode(x=x, y=y, fill=alt.Fill("colour:N", scale=None)),
            *_letters(label, x, y),
            data.mark_point(size=140, opacity=0).encode(x=x, y=y, tooltip=tip, description=alt.Description("says:N")),
        ],
        width="container",
        height=height,
    ).add_params(shown)


def _letters(label: alt.Chart, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Letters at the ends of the lines, beside those of classical contenders and above those of quantum ones."""
    places: dict[str, dict[str, Any]] = {
        "classical": {"align": "left", "dx": 6},
        "quantum": {"align": "center", "dy": -11},
    }
    faces: list[dict[str, Any]] = [{"stroke": PAPER, "strokeWidth": 3}, {"color": INK}]
    drawn = []
    for side, place in places.items():
        own = label.transform_filter(alt.datum.side == side).encode(x=x, y=y, text="letter:N")
        drawn += [own.mark_text(fontSize=12, fontWeight="bold", aria=False, **place, **face) for face in faces]
    return drawn


def _y(field: str, metric: str, low: float, high: float) -> alt.Y:
    labels = ticks(metric, low, high)
    cases = "".join(f"abs(datum.value - {at:.6f}) < 0.001 ? '{text}' : " for at, text in labels.items()) + "''"
    title = "time to the answer" if metric == "seconds" else f"{metric} of the answer, {UNITS[metric]}"
    axis = alt.Axis(title=title, values=list(labels), labelExpr=cases, grid=True, gridColor="#eceef1")
    return alt.Y(field, scale=alt.Scale(domain=[low, high], nice=False), axis=axis)


def _steps(layers: Sequence[int]) -> list[int]:
    return [step * 10**d for d in range(6) for step in (1, 2, 3, 5, 7) if layers[0] <= step * 10**d <= layers[-1]]


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
