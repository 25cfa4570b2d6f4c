"""What every contender costs along the layers, as a study is and with one figure changed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.contender import Contender
from plait.estimator.draws import Draws
from plait.estimator.evaluate import evaluate
from plait.estimator.outcomes import Outcomes, outcomes
from plait.estimator.overrides import COSTS, Override
from plait.estimator.study import Study
from plait.models import Closure
from plait.models.symbols import SYMBOLS

Array = NDArray[np.float64]
ASKED = ("eps", "delta", "signal", "time_limit")
"""Parts of the question that can be solved for."""


def unit_of(key: str, contenders: Sequence[Contender] = ()) -> str:
    """Unit of a figure that can be solved for, a figure of a contender's own model among them."""
    if key in ASKED:
        return {"time_limit": "s"}.get(key, "1")
    symbol = key.rpartition(".")[2]
    own = next((x.model.figures[symbol].unit for x in contenders if symbol in x.model.figures), "1")
    return own if symbol in COSTS or symbol not in SYMBOLS else SYMBOLS[symbol].unit


def with_figure(study: Study, key: str, value: float) -> Study:
    """The study with one figure set; seconds are multiplied."""
    if key in ASKED:
        given: Any = (value, value) if key == "signal" else value
        return replace(study, question=replace(study.question, **{key: given}))
    factor = key.rpartition(".")[2] in COSTS
    entry = Override(key=key, low=value, high=value, factor=factor)
    contenders = tuple(
        replace(each, overrides=(*each.overrides, entry)) if entry.applies(each) else each for each in study.contenders
    )
    return replace(study, contenders=contenders)


class OneFigure:
    """Costs at some numbers of layers; of a changed figure only what it touches is evaluated again.

    Args:
        study: question, contenders, draws and seed.
        closure, calibration: as in a sweep.
        strands, layers: the places.
    """

    def __init__(
        self, study: Study, closure: Closure, calibration: Calibration, strands: int, layers: Sequence[float] | Array
    ) -> None:
        self.study, self.closure, self.calibration = study, closure, calibration
        self.axes = np.full((1, 1, 1), float(strands)), np.asarray(layers, float)[None, :, None]
        self.draws = Draws.make(study.draws, study.seed)
        self.today = self._all(study)
        self._known: dict[tuple[str, float], Array] = {}

    def _all(self, study: Study) -> Outcomes:
        return outcomes(study, self.closure, self.calibration, self.draws, *self.axes)

    def split(self, costs: Array, which: int) -> tuple[Array, Array]:
        """log10 costs of one quantum contender, and of the best classical one."""
        return costs[which], costs[~self.today.quantum].min(axis=0)

    def costs(self, key: str, value: float) -> Array:
        """log10 costs with a figure set (`with_figure`), shape (contender, layers, draw)."""
        if (key, value) not in self._known:
            self._known[key, value] = self._changed(key, value)
        return self._known[key, value]

    def _changed(self, key: str, value: float) -> Array:
        changed = with_figure(self.study, key, value)
        if key in ASKED or self.study.question.accuracy != "additive":
            return self._all(changed).costs()[:, 0]
        found = self.today.costs()[:, 0]
        shape = (1, *found.shape[1:])
        for k, each in enumerate(changed.contenders):
            if each is not self.study.contenders[k]:
                seen = evaluate(each, self.closure, changed.question, self.today.values, self.draws, shape)
                found[k] = seen.log_cost[0]
        return found
