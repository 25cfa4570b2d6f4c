"""What the boundary hangs on: each declared range at its ends, all else as drawn, in decades."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.boundary import edges
from plait.estimator.draws import Draws
from plait.estimator.frontier import winners
from plait.estimator.outcomes import gap, outcomes
from plait.estimator.study import Study
from plait.estimator.what_if import with_figure
from plait.models import Closure, PlaitError, Side
from plait.models.braid import check_strands

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
        key: as `plait whatif --solve` and overrides name it.
        basis: of the figure: "assumed", "cited", .., or "question".
        low, high: its ends.
        boundary: decades by which the boundary moves from one end to the other; None where it is nowhere at an end.
        gap: decades by which the gap at the place moves; None where it has none at an end.
        flips: whether the verdict at the place differs between its ends, or from today's.
    """

    key: str
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
    closure = Closure.parse(closure)
    check_strands(strands)
    if closure is Closure.PLAT and strands % 2:
        raise PlaitError(f"closure = plat needs an even number of strands, got strands = {strands}")
    most = BEYOND * max((*study.layers, layers))
    line = np.unique(np.rint(np.geomspace(2, most, LINE)))
    line = np.unique(np.append(line, layers))
    draws = Draws.make(study.draws, study.seed)
    n, count = np.full((1, 1, 1), float(strands)), line[None, :, None]
    place = int(np.searchsorted(line, layers))

    def along(changed: Study, name: str | None) -> tuple[str, Array, Array]:
        """Name, and costs along the line, of a quantum contender; costs of the best classical one."""
        found = outcomes(changed, closure, calibration, draws, n, count)
        costs = found.costs()[:, 0]
        best = costs[~found.quantum].min(axis=0)
        names = [each.name for each in changed.contenders]
        quantum = [k for k, each in enumerate(changed.contenders) if each.model.side is Side.QUANTUM]
        if name is None:
            chosen = max(quantum, key=lambda k: float((costs[k, place] < best[place]).mean()))
        elif name in [names[k] for k in quantum]:
            chosen = names.index(name)
        else:
            raise PlaitError(
                f"contender {name!r} is no quantum one of this study; known: {', '.join(names[k] for k in quantum)}"
            )
        return names[chosen], costs[chosen], best

    name, mine, best = along(study, contender)
    rivals = [each for each in study.contenders if each.model.side is Side.CLASSICAL]
    own = replace(study, contenders=(next(x for x in study.contenders if x.name == name), *rivals))

    def end(changed: Study, value: float) -> End:
        _, mine, best = along(changed, name)
        return _end(line, mine, best, place, value, strands, study.question.density)

    now = _end(line, mine, best, place, 0.0, strands, study.question.density)
    bars = []
    for key, basis, low, high in figures(own):
        ends = end(with_figure(own, key, low), low), end(with_figure(own, key, high), high)
        bars.append(_bar(key, basis, *ends, now))
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


def _bar(key: str, basis: str, low: End, high: End, now: End) -> Bar:
    moved = None if None in (low.crossings, high.crossings) else float(np.log10(high.crossings / low.crossings))  # type: ignore[operator]
    shifted = None if None in (low.gap, high.gap) else high.gap - low.gap  # type: ignore[operator]
    return Bar(
        key=key,
        basis=basis,
        low=low,
        high=high,
        boundary=moved,
        gap=shifted,
        flips=len({low.verdict, high.verdict, now.verdict}) > 1,
    )
