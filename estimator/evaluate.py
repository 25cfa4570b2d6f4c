"""One contender on a block of sizes: seconds, and why not where there is no answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration, circuit_forms, paper_forms
from plait.estimator.draws import Draws, Values, machine_values
from plait.estimator.log_space import LogFunction, compile_log
from plait.estimator.study import Contender
from plait.models import Closure, CostModel, PlaitError, Question, find_model
from plait.models.symbols import SYMBOLS

Array = NDArray[np.float64]

REASONS = ("", "closure", "odd strands", "qubits", "signal", "memory", "time")
"""Why there is no answer; the first that holds is given. "" means there is one."""
BASES = ("measured", "fitted", "cited", "assumed")
"""From the strongest to the weakest."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """log10 seconds (+inf: no answer) and index into REASONS; both of shape (strands, layers, draw)."""

    log_seconds: Array
    reason: NDArray[np.int8]


@lru_cache(maxsize=256)
def compiled(model: str, closure: Closure, quantity: str, variant: tuple[tuple[str, str], ...] = ()) -> LogFunction:
    """One quantity of a model (`limit:NAME` for a limit), compiled once per process."""
    found = find_model(model)
    if quantity.startswith("limit:"):
        return compile_log(found.limits(closure, **dict(variant))[quantity.removeprefix("limit:")])
    costs = found.costs(closure, **dict(variant))
    if quantity not in costs:
        raise PlaitError(f"model {model} has no quantity {quantity!r}; known: {', '.join(costs)}")
    return compile_log(costs[quantity])


def variant_of(contender: Contender, question: Question) -> tuple[tuple[str, str], ...]:
    """The variant of the contender's model: the question's mitigation, the machine's native gates, what was asked."""
    wanted = {"mitigation": question.mitigation}
    if contender.machine:
        wanted |= {"gate_set": contender.machine.gate_set, "connectivity": contender.machine.connectivity}
    wanted |= dict(contender.variant)
    return tuple((option, wanted[option]) for option in contender.model.variants if option in wanted)


def circuit_values(values: Values, model: CostModel, variant: Mapping[str, str]) -> Values:
    """`values` with the counts of the circuits of this variant under the names its formulas use."""
    if "layout" not in model.variants:
        return values
    chosen = {option: variant.get(option, known[0]) for option, known in model.variants.items()}
    named = circuit_forms.keys(chosen["layout"], chosen["gate_set"], chosen["connectivity"])
    return values | {symbol: values[feature] for symbol, feature in named.items()}


def evaluate(
    contender: Contender, closure: Closure, question: Question, values: Values, draws: Draws, shape: tuple[int, ...]
) -> Outcome:
    """Seconds of one answer and its feasibility.

    Args:
        contender: model and machine.
        closure: of the block.
        question: whose time limit and mitigation apply.
        values: log10 of the braid, network, question and calibrated symbols.
        draws: shared draws, for the machine's ranges.
        shape: (strands, layers, draw) of the block.
    """
    reason = np.zeros(shape, np.int8)
    if closure not in contender.model.closures:
        return Outcome(log_seconds=np.full(shape, np.inf), reason=np.full(shape, REASONS.index("closure"), np.int8))
    variant = variant_of(contender, question)
    here = all_values(contender, question, values, draws)
    if closure is Closure.PLAT:
        _mark(reason, np.broadcast_to(np.rint(10.0 ** here["n"]) % 2 == 1, shape), "odd strands")
    for name in contender.model.limits(closure, **dict(variant)):
        ratio = compiled(contender.model.name, closure, f"limit:{name}", variant)(here)
        _mark(reason, np.broadcast_to(~(ratio <= 0), shape), name)
    seconds = np.broadcast_to(compiled(contender.model.name, closure, "seconds", variant)(here), shape)
    _mark(reason, ~(seconds <= np.log10(question.time_limit)), "time")
    return Outcome(log_seconds=np.where(reason == 0, seconds, np.inf), reason=reason)


def all_values(contender: Contender, question: Question, values: Values, draws: Draws) -> Values:
    """`values`, the counts of the contender's circuits, and the figures of its machine."""
    values = circuit_values(values, contender.model, dict(variant_of(contender, question)))
    if any(SYMBOLS[name].kind == "published" for name in contender.model.constants):
        values = values | paper_forms.features(values["m"], values["D"], values["n"])
    return values | (machine_values(contender.machine, values, draws) if contender.machine else {})


def _mark(reason: NDArray[np.int8], where: NDArray[np.bool_], name: str) -> None:
    reason[(reason == 0) & where] = REASONS.index(name)


def basis(contender: Contender, calibration: Calibration, closure: Closure, factor: float = 1.0) -> str:
    """The weakest basis among the numbers behind a contender, and how far it is extrapolated."""
    found: Mapping[str, None] = dict.fromkeys(_bases(contender, calibration, closure))
    weakest = max(found, key=BASES.index, default="measured")
    return f"{weakest}, extrapolated x {factor:.2g}" if factor > 1 else weakest


def _bases(contender: Contender, calibration: Calibration, closure: Closure) -> list[str]:
    out: list[str] = []
    for name in contender.model.constants:
        kind = SYMBOLS[name].kind
        if kind == "machine" and contender.machine and name in contender.machine.figures:
            out.append(contender.machine.figures[name].basis if name != "power" else "measured")
        elif contender.machine and name in contender.machine.constants:
            out.append(contender.machine.constants[name].basis)
        elif kind == "calibrated" or name == "z":
            out.append(calibration.constant(name, closure).basis)
        elif kind in ("braid", "network", "train"):
            out.append("fitted")
        elif kind == "published":
            out.append("cited")
        elif name == "v":
            out.append("assumed")
    return out
