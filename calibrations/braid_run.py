"""One run of a braid: circuits, contractions, evolutions and tensor trains of it, and whether their values agree."""

import time
from collections.abc import Sequence
from typing import Any

from plait.calibrations.circuit_run import circuits
from plait.calibrations.contraction_run import COUNTS, contractions
from plait.calibrations.state_run import states
from plait.calibrations.task import Task, title
from plait.calibrations.train_run import trains
from plait.models import Braid, Closure, PlaitError
from plait.models.echo import run_depth
from plait.models.minimise import minimise
from plait.models.planted import planted
from plait.models.runs import closed_runs

AGREEMENT = 1e-9
"""Largest difference between two exact methods that is still rounding."""
SINGLE_AGREEMENT = 1e-4
"""The same where one of them computes in complex64."""
DIGITS, VALUE_DIGITS = 5, 13
"""Significant digits kept of measured numbers, and of values."""
MINIMISE_EFFORT = 1

Values = dict[str, complex]


def braid_run(task: Task) -> dict[str, Any]:
    """Perform the run of one braid.

    Always: size, path search, counts of the tree, contractions and evolutions where they are affordable, the same for
    the minimised braid. task["also"] names what else: "circuits", "train", "cut" and what
    `plait.calibrations.contraction_run.contractions` knows. With "counts" nothing is evolved or contracted, and no
    seconds are kept: counts do not depend on what else the machine does, so such runs may be made on a busy one.

    Raises:
        PlaitError: two exact methods disagree; that would be a bug, not a run.
    """
    closure, wanted = Closure.parse(task["closure"]), frozenset(task["also"])
    braid, values = _braid(task, closure)
    closed = closed_runs(braid, closure)
    result: dict[str, Any] = {
        "m": braid.crossings,
        "D": braid.depth,
        "r": len(closed.runs),
        "D_r": run_depth(closed.runs),
    }
    if "circuits" in wanted:
        result |= circuits(braid, closure, task["seed"])
    search = {"effort": task["effort"], "seed": task["seed"]}
    found, more = contractions(braid, closure, **search, wanted=wanted | {"dense"})
    result, values = result | found, values | more
    if COUNTS not in wanted:
        found, value = states(braid.strands, closed.runs, closure)
        result |= found
        if value is not None:
            values["state"] = closed.phase * value
    if "train" in wanted:
        found, value = trains(braid.strands, closed.runs, closure, wanted)
        result |= found
        if value is not None:
            values["train"] = closed.phase * value
    found, more = _minimised(braid, closure, search, wanted)
    result, values = result | found, values | more
    result |= _agreement(task, values)
    if COUNTS in wanted:
        result = {key: value for key, value in result.items() if not key.endswith("_seconds")}
    return {key: _short(value, VALUE_DIGITS if key == "value" else DIGITS) for key, value in result.items()}


def _braid(task: Task, closure: Closure) -> tuple[Braid, Values]:
    """The braid asked for, and its value if that is known by construction."""
    if task["family"] == "planted":
        made = planted(task["strands"], task["layers"], task["seed"])
        return made.braid, {"known": made.normalised(closure)}
    return Braid.brickwall(task["strands"], task["layers"], task["density"], task["seed"]), {}


def _minimised(
    braid: Braid, closure: Closure, search: dict[str, int], wanted: frozenset[str]
) -> tuple[dict[str, Any], Values]:
    """Seconds of the minimisation, and what is left: features and contraction, keys with min_ before them."""
    begin = time.perf_counter()
    made = minimise(braid, closure, MINIMISE_EFFORT)
    result: dict[str, Any] = {
        "min_seconds": time.perf_counter() - begin,
        "min_m": made.braid.crossings,
        "min_r": len(closed_runs(made.braid, closure).runs),
    }
    found, values = contractions(made.braid, closure, **search, wanted=wanted & {"large", COUNTS})
    result |= {f"min_{key}": value for key, value in found.items() if not key.startswith("dense")}
    return result, {f"min_{key}": made.factor * value for key, value in values.items()}


def _agreement(task: Task, values: Values) -> dict[str, Any]:
    """The value, how many methods gave it, their largest difference, and that of the contractions relative to it."""
    exact = {key: value for key, value in values.items() if key != "single"}
    if not exact:
        return {"methods": 0, "methods_agree_to": 0.0}
    value, spread = next(iter(exact.values())), _spread(list(exact.values()))
    single = abs(values["single"] - value) if "single" in values else 0.0
    if spread > AGREEMENT or single > SINGLE_AGREEMENT:
        raise PlaitError(f"methods differ by {max(spread, single):.2g} on {title(task)}: {values}; please report this")
    found = {"value": [value.real, value.imag], "methods": len(exact), "methods_agree_to": spread}
    contracted = [exact[key] for key in exact if key not in ("known", "state", "train")]
    if len(contracted) > 1 and value:  # the others are right to so much of 1, and E may be far smaller
        found["contractions_agree_to"] = _spread(contracted) / abs(value)
    return found | ({"single_error": single} if "single" in values else {})


def _spread(values: Sequence[complex]) -> float:
    return max(abs(x - y) for x in values for y in values)


def _short(value: Any, digits: int) -> Any:
    """Numbers with as many significant digits as matter; None where there is none."""
    if isinstance(value, list | tuple):
        return [_short(x, digits) for x in value]
    if isinstance(value, int) and abs(value) < 10**digits:
        return value
    return None if value is None else float(f"{value:.{digits}g}")
