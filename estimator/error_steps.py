"""What the two-qubit error of one machine does to the map: the frontier at several values of it, all else as it is."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from plait.calibrations import Calibration
from plait.estimator.contender import Contender
from plait.estimator.evaluate import variant_of
from plait.estimator.frontier import frontier
from plait.estimator.study import Study, override
from plait.estimator.sweep import sweep
from plait.estimator.verdict import entered_first, interval
from plait.models import Side

if TYPE_CHECKING:
    import xarray as xr

VALUES = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3)
"""Tried, and beside them the study's own."""
SYMBOL = "e_2q"
MOST_VALUES = 6_000_000
"""Cells x contenders x draws of one step; more, and fewer draws are taken."""
LEAST_DRAWS = 20


@dataclass(frozen=True, kw_only=True)
class Step:
    """The map at one value.

    Args:
        value: of the two-qubit error; own: whether it is the study's.
        frontier: of the one contender.
        boundary: its entries.
    """

    value: float
    own: bool
    frontier: "xr.Dataset"
    boundary: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class ErrorSteps:
    """The maps, in order of the value.

    Args:
        contender: whose machine's error it is; key: of the override that sets it.
        draws: taken for each.
        steps: one a value.
    """

    contender: str
    key: str
    draws: int
    steps: tuple[Step, ...]

    def start(self) -> int:
        """Index of the study's own value; the middle one if it states none."""
        own = [k for k, step in enumerate(self.steps) if step.own]
        return own[0] if own else len(self.steps) // 2


def base_contender(study: Study) -> Contender | None:
    """The first quantum contender on a machine whose two-qubit error its formulas read."""
    for contender in study.side(Side.QUANTUM):
        if contender.machine and SYMBOL in contender.machine.figures and reads_error(contender, study):
            return contender
    return None


def reads_error(contender: Contender, study: Study) -> bool:
    """Whether the two-qubit error is in the formulas of a contender's time or limits, in the variant it is used in."""
    variant = dict(variant_of(contender, study.question))
    for closure in study.closures:
        if closure in contender.model.closures:
            limits = contender.model.limits(closure, **variant).values()
            for formula in (contender.model.costs(closure, **variant)["seconds"], *limits):
                if any(symbol.name == SYMBOL for symbol in getattr(formula, "free_symbols", ())):
                    return True
    return False


def error_steps(
    study: Study,
    calibration: Calibration,
    *,
    values: Sequence[float] = VALUES,
    progress: Callable[[int, int], None] | None = None,
) -> ErrorSteps | None:
    """The frontier of the base contender against the study's classical ones, at each value of its two-qubit error.

    Args:
        study: one family of it, with a grid.
        calibration: constants.
        values: of the error; the study's own (of a range, its middle) is put among them.
        progress: called with (maps done, maps in all).

    Returns:
        ErrorSteps, or None if no quantum machine of the study has a two-qubit error.
    """
    base = base_contender(study)
    if base is None or base.machine is None:
        return None
    key = f"{base.machine.slug}.{SYMBOL}"
    settled = [entry for entry in base.overrides if entry.target.symbol == SYMBOL and not entry.factor]
    own = math.sqrt(settled[-1].low * settled[-1].high) if settled else base.machine.figures[SYMBOL].value
    others = [value for value in values if not own or not math.isclose(value, own, rel_tol=1e-6)]
    every = sorted([*others, *([own] if own else [])])
    alone = replace(study, contenders=(base, *study.side(Side.CLASSICAL)))
    cells = len(study.closures) * len(study.strands) * len(study.layers) * len(alone.contenders)
    draws = max(min(study.draws, LEAST_DRAWS), min(study.draws, MOST_VALUES // cells))
    steps = []
    for number, value in enumerate(every):
        if progress:
            progress(number, len(every))
        # "draws" is not an override of the model, so its range is that of a study
        changed = replace(override(alone, settings=[f"{key}={value!r}"]), draws=draws)
        found = frontier(sweep(changed, calibration))
        steps.append(Step(value=value, own=value == own, frontier=found, boundary=json.loads(found.attrs["boundary"])))
    return ErrorSteps(contender=base.name, key=key, draws=draws, steps=tuple(steps))


def short(value: float) -> str:
    """A small number as people write error rates.

    >>> short(1e-4), short(7.9e-4), short(0.02)
    ('1e-4', '7.9e-4', '2e-2')
    """
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def step_words(step: Step) -> list[dict[str, str]]:
    """One map in words, a line for each closure: cells won by either side, the best chance, where quantum enters."""
    lines = []
    for k, closure in enumerate(step.frontier["closure"].values.astype(str)):
        cells = step.frontier.isel(closure=k, contender=0)
        winner, p = cells["winner"].values.astype(str), cells["p_advantage"].values
        i, j = np.unravel_index(int(p.argmax()), p.shape)
        first = entered_first([dict(entry) for entry in step.boundary if entry["closure"] == closure])
        place = f"{cells['strands'].values[i]} strands, {cells['layers'].values[j]} layers"
        lines.append(
            {
                "closure": str(closure),
                **{side: str(int((winner == side).sum())) for side in ("quantum", "undecided", "classical")},
                "cells": str(winner.size),
                "best": f"p = {p[i, j]:.2f} ({place})" if p.any() else "in no draw",
                "enters": f"{interval(first)}, {first['strands']} strands" if first else "nowhere in half of the draws",
            }
        )
    return lines


def step_sentence(found: ErrorSteps, number: int) -> str:
    """One map in a sentence, to be read out when the value changes."""
    step = found.steps[number]
    own = ", as in this study" if step.own else ""
    parts = [
        f"{line['closure']}: quantum wins in {line['quantum']} of {line['cells']} cells, undecided in "
        f"{line['undecided']}; best chance {line['best']}; boundary: {line['enters']}"
        for line in step_words(step)
    ]
    return f"Two-qubit error {short(step.value)}{own}. " + ". ".join(part[0].upper() + part[1:] for part in parts) + "."
