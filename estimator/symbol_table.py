"""Every symbol of a study's formulas: unit, meaning, and what it is at one place, with its spread over the draws."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.best_place import Place
from plait.estimator.draws import Draws
from plait.estimator.evaluate import all_values
from plait.estimator.outcomes import outcomes
from plait.estimator.study import Study
from plait.models import Closure, PlaitError

KINDS = {
    "braid": "of the braid",
    "network": "of its network",
    "train": "of its tensor train",
    "published": "of the published forms",
    "question": "of the question",
    "calibrated": "calibrated",
    "own": "of the model itself",
    "design": "of the design, found by a search",
    "machine": "of the machine",
}
"""Kind of a symbol -> in words, in the order of the table; any other comes last."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One symbol.

    Args:
        name, kind, unit, meaning: as the models declare it.
        value: at the place: median, and 5 and 95 % of the draws where they differ; of machines' figures, where to look.
        source: basis and source, where the symbol is a constant.
    """

    name: str
    kind: str
    unit: str
    meaning: str
    value: str
    source: str


def symbol_table(study: Study, calibration: Calibration, place: Place | None) -> list[Entry]:
    """Symbols of all models of a study, by kind.

    Args:
        study: one family of it.
        calibration: constants.
        place: where symbols have their values; None leaves those out that depend on it.
    """
    known: dict[str, Entry] = {}
    closure = Closure.parse(place.closure) if place else study.closures[0]
    shared = None
    if place:
        draws = Draws.make(study.draws, study.seed)
        axes = np.full((1, 1, 1), float(place.strands)), np.full((1, 1, 1), float(place.layers))
        shared = outcomes(study, closure, calibration, draws, *axes).values
    fitting = sorted(study.contenders, key=lambda each: closure not in each.model.closures)  # those of the place first
    for contender in fitting:
        values = {}
        if shared is not None and closure in contender.model.closures:
            values = all_values(contender, study.question, shared, draws)
        for name in contender.model.constants:
            if name in known:
                continue
            info = contender.model.info(name)
            value = "by machine, see the machines" if info.kind == "machine" else ""
            if name in values and info.kind != "machine":
                value = spread_words(values[name])
            source = ""
            if info.kind == "own":
                figure = contender.model.figures[name]
                source = f"{figure.basis}: {figure.source}"
            elif info.kind == "calibrated" or name == "z":
                value, source = _constant(calibration, name, closure, study.question.family, value)
            known[name] = Entry(
                name=name, kind=info.kind, unit=info.unit, meaning=info.meaning, value=value, source=source
            )
    place_of = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(
        known.values(), key=lambda entry: (place_of.get(entry.kind, len(KINDS)), entry.name.lower(), entry.name)
    )


def _constant(calibration: Calibration, name: str, closure: Closure, family: str, value: str) -> tuple[str, str]:
    """Value and source of a calibrated constant."""
    try:
        constant = calibration.constant(name, closure, family)
    except PlaitError:
        return value, "not in this calibration: set by the study or measured on the machine"
    return value or f"{constant.value:.4g}", f"{constant.basis}: {constant.source}"


def spread_words(logs: NDArray[np.float64]) -> str:
    """Median, and the 5 and 95 % quantiles in brackets if they differ, of log10 values.

    >>> spread_words(np.log10([2.0, 2.0])), spread_words(np.array([0.0, 1.0, 2.0, 60.0]))
    ('2', '10 [1 .. 10^60.0]')
    """
    low, middle, high = np.quantile(np.asarray(logs, float), (0.05, 0.5, 0.95), method="inverted_cdf")
    if math.isclose(low, high, rel_tol=0, abs_tol=1e-9) or low == high:
        return number(float(middle))
    return f"{number(float(middle))} [{number(float(low))} .. {number(float(high))}]"


def number(log10_value: float) -> str:
    """A number from its logarithm; very large and small ones as a power of ten."""
    if log10_value == -math.inf:
        return "0"
    return f"{10**log10_value:.4g}" if abs(log10_value) < 9 else f"10^{log10_value:.1f}"
