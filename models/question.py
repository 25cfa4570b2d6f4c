"""The question both sides answer, written down once and printed with every answer."""

import math
from dataclasses import dataclass

from plait.models.errors import PlaitError

FAMILIES = ("brickwall", "planted")
ACCURACIES = ("additive", "match-quantum")
METRICS = ("seconds", "joules", "money")
UNITS = {"seconds": "s", "joules": "J", "money": "USD"}
"""Unit of each metric."""
MITIGATIONS = ("rescaled", "raw")
TINY, HUGE = 1e-300, 1e300


@dataclass(frozen=True, kw_only=True)
class Question:
    """Return E^ with P(|E^ - E| <= eps) >= 1 - delta for one fresh braid of a family and one closure.

    Args:
        eps: allowed error of the complex normalised value E, above 0.
        delta: allowed probability of a larger error, in (0, 1).
        signal: |E| assumed, as (low, high) within (0, 1]; equal ends mean one value. An assumption, printed everywhere.
            Not used for planted braids, whose |E| is known and spread evenly over 0 to 1.
        family: braid family; "brickwall" with an assumed signal is a hypothetical instance, "planted" braids are words
            of known value, and both sides may minimise them first.
        density: chance p of each crossing of the brickwall.
        mitigation: "rescaled" divides by the damping known from benchmark braids; "raw" does not.
        accuracy: "additive": both sides answer to within eps. "match-quantum": the quantum side samples to within eps
            of its own, biased, answer, and the classical side has to be no better than that.
        metric: what winning means: fewer "seconds", "joules" or "money" (USD).
        time_limit: seconds after which no answer counts, whatever the metric.

    Raises:
        PlaitError: a value out of range.

    >>> print(Question(eps=0.05).sentence())
    E to within 0.05 (complex modulus) with probability 0.95, |E| = 0.5 assumed, brickwall braids of density 0.667
    """

    eps: float = 0.1
    delta: float = 0.05
    signal: tuple[float, float] = (0.5, 0.5)
    family: str = "brickwall"
    density: float = 2 / 3
    mitigation: str = "rescaled"
    time_limit: float = 30 * 86400.0
    accuracy: str = "additive"
    metric: str = "seconds"

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise PlaitError("; ".join(problems))

    def _problems(self) -> "list[str]":
        out = []
        low, high = self.signal if isinstance(self.signal, tuple) and len(self.signal) == 2 else (math.nan, math.nan)
        pair = "|E| within (0, 1], or a pair (low, high) of such"
        for name, value, least, most, wanted in (
            ("eps", self.eps, TINY, HUGE, "a number above 0"),
            ("delta", self.delta, TINY, 1 - 1e-12, "a probability strictly between 0 and 1"),
            ("signal", low, TINY, 1.0, pair),
            ("signal", high, low if isinstance(low, int | float) else math.nan, 1.0, pair),
            ("density", self.density, TINY, 1.0, "a probability above 0"),
            ("time_limit", self.time_limit, TINY, HUGE, "seconds above 0"),
        ):
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                out.append(f"{name} = {getattr(self, name)!r} must be {wanted}")
        for name, known in (
            ("family", FAMILIES),
            ("mitigation", MITIGATIONS),
            ("accuracy", ACCURACIES),
            ("metric", METRICS),
        ):
            if getattr(self, name) not in known:
                out.append(f"{name} = {getattr(self, name)!r} is unknown; known: {', '.join(known)}")
        return list(dict.fromkeys(out))

    def sentence(self) -> str:
        """The question in one line."""
        low, high = self.signal
        size = f"{low:g}" if low == high else f"{low:g}..{high:g}"
        known = self.family == "planted"
        parts = [
            f"E to within {self.eps:g} (complex modulus) with probability {1 - self.delta:g}",
            "|E| known by construction, spread over 0..1" if known else f"|E| = {size} assumed",
            f"{self.family} braids of density {self.density:.3g}",
        ]
        if self.accuracy == "match-quantum":
            parts.append("the classical answer as wrong as the quantum one")
        if self.metric != "seconds":
            parts.append(f"least {self.metric}")
        return ", ".join(parts)
