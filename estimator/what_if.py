"""The inverse question: what one figure must be for a side to win at a place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.contender import Contender
from plait.estimator.evaluate import all_values, symbol_basis, weakest
from plait.estimator.frontier import winners
from plait.estimator.one_figure import ASKED, OneFigure, unit_of
from plait.estimator.outcomes import Outcomes
from plait.estimator.overrides import COSTS, PROBABILITIES, check_target, uses
from plait.estimator.place import check_place
from plait.estimator.study import Study
from plait.models import Closure, PlaitError, Side

Array = NDArray[np.float64]
REACH, STEPS = 8.0, 97
"""Decades searched on either side of what the figure is now, and values tried."""
HALVINGS = 24
RESAMPLED = 400
"""Bootstrap samples of the draws behind an interval."""


@dataclass(frozen=True, kw_only=True)
class Flip:
    """A value at which the verdict changes: `below` it, and `above` it."""

    value: float
    below: str
    above: str


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """The answer to an inverse question.

    Args:
        key, unit: of the figure; for a factor the unit is "1".
        basis: the weakest of the contenders meant; "question" for a part of it, "factor" for one of seconds.
        now: its median today; None where the contenders meant have different ones.
        p_now: probability today that `side` wins.
        contender: the quantum contender it is about.
        side: who is to win, with probability `p`.
        value: the value nearest to today's at which it does, or None if none within the range searched does.
        interval: 5 and 95 % of that value over resampled draws; an end is None where in so many of them there is none.
        needed: "at most", "at least", or "" (today's value does already).
        flips: every value in the range at which the verdict changes.
        searched: range of values tried.
        p_best: largest probability within it.
        extrapolation: as of every estimate at the place.
    """

    key: str
    unit: str
    basis: str
    now: float | None
    p_now: float
    contender: str
    side: str
    p: float
    value: float | None
    interval: tuple[float | None, float | None]
    needed: str
    flips: tuple[Flip, ...]
    searched: tuple[float, float]
    p_best: float


def what_if(
    study: Study,
    calibration: Calibration,
    *,
    solve: str,
    strands: int,
    layers: int,
    closure: Closure | str = Closure.MARKOV,
    p: float = 0.9,
    side: str = "quantum",
    contender: str | None = None,
) -> WhatIf:
    """What must one figure be for a side to win with probability p at one place, all else as it is?

    Args:
        study: question, contenders, overrides; its first family.
        solve: a symbol, as overrides name it ("qpu-1e-4.e_2q", "eta", "classical.seconds": a factor there), or one of
            eps, delta, signal, time_limit.
        strands, layers, closure: the place.
        p: probability wanted, above 0.5.
        side: "quantum" or "classical".
        contender: name of the quantum one; by default, of those the figure is about, the one with the best chance.

    Raises:
        PlaitError: an unknown figure, contender or side, or an impossible place or probability.
    """
    strands, layers, closure = check_place(strands, layers, closure)
    if not 0.5 < p < 1:
        raise PlaitError(f"p = {p!r} must be a probability above 0.5 and below 1")
    if side not in tuple(map(str, Side)):
        raise PlaitError(f"side = {side!r} is unknown; known: {', '.join(map(str, Side))}")
    meant = None if solve in ASKED else check_target(solve, study.contenders)
    place = OneFigure(study, closure, calibration, strands, [layers])
    which = _contender(study, place.today, contender, lambda each: meant is not None and uses(each, meant))
    base, least, most = _range(study, solve, place)

    def costs(log_value: float) -> tuple[Array, Array]:
        return place.split(place.costs(solve, float(10.0**log_value))[:, 0], which)

    def wins(log_value: float) -> NDArray[np.bool_]:
        return _won(*costs(log_value), side)

    def verdict(log_value: float) -> str:
        mine, best = costs(log_value)
        return str(winners(mine[None], best[None])[0])

    tried = np.linspace(least, most, STEPS)
    table = np.stack([wins(x) for x in tried])
    start = tried[len(tried) // 2] if base is None else base
    now_wins = _won(*place.split(place.today.costs()[:, 0, 0], which), side)
    value: float | None
    ends: tuple[float | None, float | None]
    if now_wins.mean() >= p and base is not None:
        value, needed, ends = base, "", (base, base)
    else:
        value, needed, ends = _nearest(tried, table, p, start, lambda x: float(wins(x).mean()))
    linear = [None if x is None else float(10.0**x) for x in (value, *ends)]
    return WhatIf(
        key=solve,
        unit=unit_of(solve, study.contenders),
        basis=_basis(solve, study, calibration, closure),
        now=None if base is None else float(10.0**base),
        p_now=float(now_wins.mean()),
        contender=study.contenders[which].name,
        side=side,
        p=p,
        value=linear[0],
        interval=(linear[1], linear[2]),
        needed=needed,
        flips=_flips(tried, verdict),
        searched=(float(10.0**least), float(10.0**most)),
        p_best=float(table.mean(axis=1).max()),
    )


def _basis(key: str, study: Study, calibration: Calibration, closure: Closure) -> str:
    symbol = key.rpartition(".")[2]
    if key in ASKED or symbol in COSTS:
        return "question" if key in ASKED else "factor"
    meant = [each for each in study.contenders if uses(each, check_target(key, study.contenders))]
    found = [symbol_basis(symbol, each, calibration, closure) for each in meant]
    return weakest(basis for basis in found if basis)


def _won(mine: Array, best: Array, side: str) -> NDArray[np.bool_]:
    return np.asarray((mine < best) if side == "quantum" else ((best <= mine) & (best < np.inf)))


def _range(study: Study, key: str, place: OneFigure) -> tuple[float | None, float, float]:
    """log10 of the figure now, and of the ends of the range searched."""
    symbol = key.rpartition(".")[2]
    base: float | None = None
    if key in ASKED:
        base = float(np.log10(np.mean(getattr(study.question, key))))
    elif symbol in COSTS:
        base = 0.0
    else:
        wanted = [each for each in study.contenders if uses(each, check_target(key, study.contenders))]
        values = [all_values(each, study.question, place.today.values, place.draws)[symbol] for each in wanted]
        seen = {round(float(np.median(value)), 9) for value in values}
        base = seen.pop() if len(seen) == 1 else None
    if base is not None and not np.isfinite(base):
        base = None
    middle = base if base is not None else -4.0 if symbol in PROBABILITIES else 0.0
    least, most = middle - REACH, middle + REACH
    if symbol in PROBABILITIES or key == "delta":
        most = min(most, float(np.log10(0.5)))
    if key == "signal":
        most = 0.0
    return base, least, most


def _contender(study: Study, today: Outcomes, name: str | None, meant: Callable[[Contender], bool]) -> int:
    quantum = [k for k, each in enumerate(study.contenders) if each.model.side is Side.QUANTUM]
    names = [study.contenders[k].name for k in quantum]
    if name is not None:
        if name not in names:
            raise PlaitError(f"contender {name!r} is no quantum one of this study; known: {', '.join(names)}")
        return quantum[names.index(name)]
    about = [k for k in quantum if meant(study.contenders[k])] or quantum
    return max(about, key=lambda k: (float((today.gap(k) > 0).mean()), float(np.median(today.gap(k)))))


def _nearest(
    tried: Array, table: NDArray[np.bool_], p: float, start: float, share: Callable[[float], float]
) -> tuple[float | None, str, tuple[float | None, float | None]]:
    """The value nearest to `start` at which p is reached, whether it is a most or a least, and its interval."""
    shares = table.mean(axis=1)
    reached = np.flatnonzero(shares >= p)
    if not reached.size:
        return None, "", (None, None)
    k = int(reached[np.abs(tried[reached] - start).argmin()])
    below = tried[k] < start
    neighbour = k + 1 if below else k - 1
    good, bad = float(tried[k]), float(tried[min(max(neighbour, 0), len(tried) - 1)])
    for _ in range(HALVINGS):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if share(middle) >= p else (good, middle)
    rng = np.random.default_rng(0)
    places = []
    for _ in range(RESAMPLED):
        some = table[:, rng.integers(0, table.shape[1], table.shape[1])].mean(axis=1)
        places.append(_crossed(tried, some, p, start, below))
    low, high = np.quantile(places, (0.05, 0.95), method="inverted_cdf")
    ends = tuple(float(x) if np.isfinite(x) else None for x in (min(low, good), max(high, good)))
    return good, "at most" if below else "at least", (ends[0], ends[1])


def _crossed(tried: Array, shares: Array, p: float, start: float, below: bool) -> float:
    """Where the share first reaches p on the way from `start`, linear between values; infinite if nowhere."""
    order = np.flatnonzero(tried < start)[::-1] if below else np.flatnonzero(tried > start)
    hits = np.flatnonzero(shares[order] >= p)
    if not hits.size:
        return -np.inf if below else np.inf
    j = int(hits[0])
    if j == 0:
        return float(tried[order[0]])
    x0, x1 = tried[order[j - 1]], tried[order[j]]
    y0, y1 = shares[order[j - 1]], shares[order[j]]
    return float(x0 + (x1 - x0) * (p - y0) / (y1 - y0))


def _flips(tried: Sequence[float] | Array, verdict: Callable[[float], str]) -> tuple[Flip, ...]:
    """Every change of the verdict between neighbouring values, halved down."""
    said = [verdict(float(x)) for x in tried]
    found = []
    for k in range(len(said) - 1):
        if said[k] == said[k + 1]:
            continue
        low, high = float(tried[k]), float(tried[k + 1])
        for _ in range(12):
            middle = (low + high) / 2
            low, high = (middle, high) if verdict(middle) == said[k] else (low, middle)
        found.append(Flip(value=float(10.0**high), below=said[k], above=said[k + 1]))
    return tuple(found)
