"""Costs in words and on an axis, in whichever metric the question has."""

import math
from collections.abc import Mapping

from plait.estimator import cells as words
from plait.models.question import UNITS

CLOCK = {
    "1 µs": 1e-6,
    "1 ms": 1e-3,
    "1 s": 1.0,
    "1 min": 60.0,
    "1 h": 3600.0,
    "1 day": 86400.0,
    "30 days": 2.592e6,
    "1 year": 3.15576e7,
    "1,000 years": 3.15576e10,
    "10⁶ years": 3.15576e13,
    "10⁹ years": 3.15576e16,
}
MOST_TICKS = 12


def cost(log10_cost: float | None, metric: str) -> str:
    """One cost; None stands for no answer, minus infinity for an answer that is free.

    >>> cost(3.5563, "seconds"), cost(2.0, "joules"), cost(None, "seconds")
    ('1.0 h', '100 J', 'no answer')
    """
    if log10_cost is None or log10_cost == math.inf or math.isnan(log10_cost):
        return "no answer"
    if log10_cost == -math.inf:
        return "nothing"
    if metric == "seconds":
        return words.duration(log10_cost)
    return f"{10**log10_cost:.3g} {UNITS[metric]}" if abs(log10_cost) < 6 else f"10^{log10_cost:.1f} {UNITS[metric]}"


def cost_interval(at: Mapping[str, float | None], metric: str) -> str:
    """Median and 5-95 % interval (quantile -> log10 cost); no median although there is an answer: it is free.

    >>> cost_interval({"p05": 0.0, "p50": 1.0, "p95": None}, "joules")
    '10 J (5–95 %: 1 J to no answer)'
    """
    low, middle, high = (at[name] for name in words.QUANTILES)
    if middle is None:
        return "nothing"
    return f"{cost(middle, metric)} (5–95 %: {cost(low, metric)} to {cost(high, metric)})"


def ticks(metric: str, low: float, high: float) -> dict[float, str]:
    """log10 of the cost -> label, for an axis from low to high (log10)."""
    if metric == "seconds":
        return {math.log10(at): name for name, at in CLOCK.items() if low <= math.log10(at) <= high}
    step = max(1, math.ceil((high - low) / MOST_TICKS))
    unit = UNITS[metric]
    return {float(k): f"10^{k} {unit}" for k in range(math.ceil(low), math.floor(high) + 1, step)}
