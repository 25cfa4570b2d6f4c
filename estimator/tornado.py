"""What the boundary hangs on: each declared range at its ends, all else as drawn, in decades."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.boundary import edges
from plait.estimator.frontier import winners
from plait.estimator.one_figure import OneFigure, unit_of
from plait.estimator.outcomes import gap
from plait.estimator.place import check_place
from plait.estimator.study import Study
from plait.models import Closure, PlaitError, Side

Array = NDArray[np.float64]
BEYOND = 30.0
"""How many times the study's largest number of layers is looked at: a boundary off the map still has a place."""
LINE = 60
"""Numbers of layers tried."""
QUESTIONS = {"eps": (0.5, 2.0), "signal": (0.5, 2.0), "time_limit": (0.1, 10.0)}
"""Parts of the question that are a choice, and the factors they are tried at."""
LEAST_BAR = 1e-3
"""Decades below which a bar is none."""


@dataclass(frozen=True, kw_only=True)
class End:
    """One end of a range.

    Args:
        value: in the figure's unit.
        crossings: where quantum begins to win in half of the draws; None: nowhere on the line.
        gap: median log10 of classical over quantum cost at the place; None where a side has no answer in half of them.
        verdict: at the place.
    """

    value: float
    crossings: float | None
    gap: float | None
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One figure of the tornado.

    Args:
        key: as `plait whatif --solve` and overrides name it; unit: of it.
        basis: of the figure: "assumed", "cited", .., or "question".
        low, high: its ends.
        boundary: decades by which the boundary moves from one end to the other; None where it is nowhere at an end.
        gap: decades by which the gap at the place moves; None where it has none at an end.
        flips: whether the verdict at the place differs between its ends, or from today's.
    """

    key: str
    unit: str
    basis: str
    low: End
    high: End
    boundary: float | None
    gap: float | None
    flips: bool


@dataclass(frozen=True, kw_only=True)
class Tornado:
    """Bars, the widest first, about one contender.

    Args:
        contender: quantum; closure, strands, layers: the place.
        now: with nothing changed.
        bars: one a figure that matters.
        without: figures whose ends change nothing.
    """

    contender: str
    closure: Closure
    strands: int
    layers: int
    now: End
    bars: tuple[Bar, ...]
    without: tuple[str, ...]


def tornado(
    study: Study,
    calibration: Calibration,
    *,
    strands: int,
    layers: int,
    closure: Closure | str = Closure.MARKOV,
    contender: str | None = None,
) -> Tornado:
    """Move each declared range of the study's machines, and each choice of its question, to its ends.

    Args:
        study: question, contenders, draws; its first family.
        calibration: constants.
        strands: at which the boundary along the layers is followed; layers: the place of the gap and verdict.
        closure: of the braids.
        contender: quantum; the one with the best chance at the place if not given.

    Raises:
        PlaitError: an unknown contender or impossible place.
    """
    strands, layers, closure = check_place(strands, layers, closure)
    most = BEYOND * max((*study.layers, layers))
    line = np.unique(np.rint(np.geomspace(2, most, LINE)))
    line = np.unique(np.append(line, layers))
    place = int(np.searchsorted(line, layers))
    along = OneFigure(study, closure, calibration, strands, line)
    which = _contender(study, along, place, contender)
    name = study.contenders[which].name

    def end(costs: Array, value: float) -> End:
        mine, best = along.split(costs, which)
        return _end(line, mine, best, place, value, strands, study.question.density)

    now = end(along.today.costs()[:, 0], 0.0)
    rivals = [each for each in study.contenders if each.model.side is Side.CLASSICAL]
    bars = []
    for key, basis, low, high in figures(replace(study, contenders=(study.contenders[which], *rivals))):
        ends = end(along.costs(key, low), low), end(along.costs(key, high), high)
        bars.append(_bar(key, unit_of(key, study.contenders), basis, *ends, now))
    bars.sort(
        key=lambda bar: (
            -_width(bar.boundary, bar.low.crossings, bar.high.crossings),
            -_width(bar.gap, bar.low.gap, bar.high.gap),
        )
    )
    matter = [bar for bar in bars if _matters(bar)]
    return Tornado(
        contender=name,
        closure=closure,
        strands=strands,
        layers=layers,
        now=now,
        bars=tuple(matter),
        without=tuple(bar.key for bar in bars if not _matters(bar)),
    )


def _contender(study: Study, along: OneFigure, place: int, name: str | None) -> int:
    """Number of the quantum contender of that name, or of the one with the best chance at the place."""
    quantum = [k for k, each in enumerate(study.contenders) if each.model.side is Side.QUANTUM]
    names = {study.contenders[k].name: k for k in quantum}
    if name is None:
        costs = along.today.costs()[:, 0, place]
        return max(quantum, key=lambda k: float((costs[k] < along.split(costs, k)[1]).mean()))
    if name not in names:
        raise PlaitError(f"contender {name!r} is no quantum one of this study; known: {', '.join(names)}")
    return names[name]


def figures(study: Study) -> Iterator[tuple[str, str, float, float]]:
    """(key, basis, low, high) of every figure with a range that a contender reads, and of the question's choices."""
    seen: set[str] = set()
    for contender in study.contenders:
        settled = {entry.target.symbol for entry in contender.overrides if not entry.factor}
        for entry in contender.overrides:
            if entry.low < entry.high and not entry.factor and entry.key not in seen:
                seen.add(entry.key)
                yield entry.key, "assumed", entry.low, entry.high
        if contender.machine is None:
            continue
        read = {*contender.model.constants, {"joules": "power", "money": "price"}.get(study.question.metric, "")}
        if study.question.metric == "seconds":
            read.discard("power")
        for symbol, figure in {**contender.machine.figures, **contender.machine.constants}.items():
            key = f"{contender.machine.slug}.{symbol}"
            if figure.low and figure.high and symbol in read - settled and key not in seen:
                seen.add(key)
                yield key, figure.basis, figure.low, figure.high
    for key, (least, most) in QUESTIONS.items():
        if key == "signal" and study.question.family == "planted":
            continue
        now = float(np.mean(getattr(study.question, key)))
        yield key, "question", least * now, min(most * now, 1.0) if key == "signal" else most * now


def _end(line: Array, mine: Array, best: Array, place: int, value: float, strands: int, density: float) -> End:
    difference = gap(mine, best)
    entered = [where for kind, where, _ in edges(line, difference) if kind == "enter"]
    middle = float(np.quantile(entered[0], 0.5, method="inverted_cdf")) if entered else np.inf
    middle = float(line[0]) if middle == -np.inf else middle
    here = float(np.quantile(difference[place], 0.5, method="inverted_cdf"))
    return End(
        value=value,
        crossings=middle * density * (strands - 1) / 2 if np.isfinite(middle) else None,
        gap=here if np.isfinite(here) else None,
        verdict=str(winners(mine[place][None], best[place][None])[0]),
    )


def _width(decades: float | None, low: float | None, high: float | None) -> float:
    """Of a bar; one that begins or ends nowhere is wider than any, one that is nowhere at both ends has none."""
    return abs(decades) if decades is not None else 0.0 if low is None and high is None else np.inf


def _matters(bar: Bar) -> bool:
    boundary = _width(bar.boundary, bar.low.crossings, bar.high.crossings)
    return bar.flips or max(boundary, _width(bar.gap, bar.low.gap, bar.high.gap)) > LEAST_BAR


def _between(low: float | None, high: float | None) -> float | None:
    """From one end to the other; None where one of them is nowhere."""
    return None if low is None or high is None else high - low


def _decades(crossings: float | None) -> float | None:
    return None if crossings is None else float(np.log10(crossings))


def _bar(key: str, unit: str, basis: str, low: End, high: End, now: End) -> Bar:
    return Bar(
        key=key,
        unit=unit,
        basis=basis,
        low=low,
        high=high,
        boundary=_between(_decades(low.crossings), _decades(high.crossings)),
        gap=_between(low.gap, high.gap),
        flips=len({low.verdict, high.verdict, now.verdict}) > 1,
    )
