"""Every contender of a study on one block of places: what the grid, the line and single points share."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.draws import Draws, Values, braid_values, question_values
from plait.estimator.evaluate import Outcome, evaluate, matched
from plait.estimator.study import Study
from plait.models import Closure, Side

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What every contender needs.

    Args:
        values: log10 of the symbols all contenders share.
        found: one outcome a contender, in the study's order; arrays of shape (strands, layers, draw).
        quantum: whether each is a quantum contender.
    """

    values: Values
    found: tuple[Outcome, ...]
    quantum: NDArray[np.bool_]

    def costs(self) -> Array:
        """log10 costs, shape (contender, strands, layers, draw)."""
        return np.stack([outcome.log_cost for outcome in self.found])

    def gap(self, contender: int) -> Array:
        """log10 of the best classical over this quantum contender's cost: above 0 quantum wins, -inf nobody answers."""
        costs = self.costs()
        return gap(costs[contender], costs[~self.quantum].min(axis=0))


def gap(mine: Array, best: Array) -> Array:
    """log10 of the other side's cost over mine; -inf where neither has an answer."""
    with np.errstate(invalid="ignore"):
        return np.where((mine == np.inf) & (best == np.inf), -np.inf, best - mine)


def outcomes(
    study: Study,
    closure: Closure,
    calibration: Calibration,
    draws: Draws,
    strands: Array,
    layers: Array,
    fixed: dict[str, Any] | None = None,
) -> Outcomes:
    """Evaluate a block.

    Args:
        study: question and contenders.
        closure: of the block.
        calibration, draws: constants and shared draws.
        strands: shape (n, 1, 1) or, on a line, (1, k, 1); layers: shape (1, L, 1).
        fixed: log10 of symbols that are given, in place of what the family has at that size.
    """
    values = braid_values(strands, layers, closure, study.question, calibration, draws)
    values |= question_values(study.question, draws) | (fixed or {})
    values = matched(study.contenders, closure, study.question, values, draws)
    block = (*np.broadcast_shapes(strands.shape, layers.shape)[:2], draws.count)
    found = tuple(evaluate(each, closure, study.question, values, draws, block) for each in study.contenders)
    quantum = np.array([each.model.side is Side.QUANTUM for each in study.contenders])
    return Outcomes(values=values, found=found, quantum=quantum)
