"""Rivals of the time laws: fewer of the same terms, and the published rule, operations over the peak rate.

A rival is a law of the cost models with some constants at 0, so that whichever is chosen, the formulas stay.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.backtest import CLEARLY, TOLD
from plait.calibrations.conformal import LEVEL, conformal_quantile, widening
from plait.calibrations.spread import UNTESTED, LawSpread, digits
from plait.calibrations.time_laws import LAWS, TINY, Law, Timings

Array = NDArray[np.float64]

LAW_RIVALS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "search": {"linear": ("t_search",), "quadratic": ("t_search2",)},
    "dense": {"writes": ("t_tensor", "per_write"), "arithmetic": ("t_tensor", "per_flop")},
    "fib": {
        "volume": ("t_step", "t_plan", "per_operation"),
        "surface": ("t_step", "t_plan", "per_surface"),
        "no plans": ("t_step", "per_operation"),
    },
    "state": {"updates": ("t_state", "per_update"), "no start": ("t_state", "t_run", "per_update")},
    "trace": {"updates": ("t_trace", "per_cell"), "no columns": ("t_trace", "t_pass", "per_cell")},
    "train": {"work": ("t_update", "per_work"), "factors": ("t_update", "per_factor")},
    "min": {"linear": ("t_min",), "area": ("t_min2",)},
}
"""Law -> rival -> the constants it keeps."""
FLOPS: Mapping[str, float] = {"fib": 8.0, "dense": 8.0, "train": 88.0, "state": 5.1, "trace": 5.1}
"""Law -> real floating-point operations per unit of size, for the published rule."""
TOP = 0.3
"""Part of the decades of size that is held out."""
NESTED = (0.75, 0.6, 0.45)
"""Parts of the decades of what is fitted that stay below nested edges."""
LEAST_ROWS = 12
MOST_DECADES = 3.0
"""Distance to which intervals widen where nothing was tested."""


def edge_of(size: Array, part: float) -> float:
    """The size below which so much of the decades lies."""
    low, high = np.log10(np.maximum(1.0, [size.min(), size.max()]))
    return float(10.0 ** (low + part * (high - low)))


def fitted_law(law: Law, timings: Timings, rival: str, rivals: Mapping[str, Sequence[str]], peak: float) -> Array:
    """Seconds per count of all terms, or of a rival's: the others are as small as they may be."""
    least = law.least(peak)
    keep = [k for k, name in enumerate(law.constants) if not rival or name in rivals[rival]]
    some = Timings(seconds=timings.seconds, counts=timings.counts[:, keep], size=timings.size, run=timings.run)
    found = np.maximum(TINY, least) if least else np.full(len(law.constants), TINY)
    found[keep] = some.fitted([least[k] for k in keep] if least else None)
    return found


def edges_within(timings: Timings) -> list[tuple[Timings, Timings]]:
    """Below and beyond nested edges of size."""
    found = []
    for part in NESTED:
        edge = edge_of(timings.size, part)
        small = timings.size <= edge
        if small.sum() >= LEAST_ROWS and (~small).sum() >= LEAST_ROWS:
            found.append((timings.where(small), timings.where(~small)))
    return found


def choose_law(name: str, timings: Timings, peak: float) -> str:
    """The rival that is clearly better beyond every nested edge; "" for the whole law."""
    parts, law, rivals = edges_within(timings), LAWS[name], LAW_RIVALS[name]
    if not parts:
        return ""

    def errors(rival: str) -> Array:
        per = [fitted_law(law, small, rival, rivals, peak) for small, _ in parts]
        return np.array([np.sqrt(np.mean(large.deviations(x) ** 2)) for x, (_, large) in zip(per, parts, strict=True)])

    whole = errors("")
    worst = {rival: round(float(np.max(errors(rival) / np.maximum(whole, TINY))), TOLD) for rival in rivals}
    best = min(worst, key=lambda rival: worst[rival])
    return best if worst[best] < CLEARLY else ""


def law_spread(name: str, timings: Timings, rival: str, peak: float) -> LawSpread:
    """Intervals of a law fitted to these timings, from its own deviations and from nested edges."""
    law, rivals = LAWS[name], LAW_RIVALS[name]
    larger = timings.size >= np.median(timings.size)
    own = np.abs(timings.deviations(fitted_law(law, timings, rival, rivals, peak)))[larger]
    half = conformal_quantile(own, 0.5), conformal_quantile(own, LEVEL)
    miss, distance, edge = [], [], []
    for number, (small, large) in enumerate(edges_within(timings)):
        miss.append(large.deviations(fitted_law(law, small, rival, rivals, peak)))
        distance.append(np.log10(large.size / small.size.max()))
        edge.append(np.full(large.size.size, float(number)))
    k, farthest = UNTESTED, float("inf")
    if miss:
        k = widening(np.concatenate(miss), np.concatenate(distance), half[1], np.concatenate(edge))
        farthest = float(np.max(np.concatenate(distance)))
    return LawSpread(
        form=rival,
        half=(digits(half[0]), digits(half[1])),
        widening=digits(k),
        most=digits(timings.size.max()),
        farthest=digits(min(farthest, MOST_DECADES)),
    )
