"""One contender on a block of sizes: seconds, and why not where there is no answer."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration, circuit_forms, paper_forms
from plait.estimator.contender import Contender
from plait.estimator.draws import ON_QUANTUM, Draws, Values, as_seen_by, machine_values
from plait.estimator.fault_tolerant import best_design, is_design_model
from plait.estimator.log_space import LogFunction, compile_log
from plait.estimator.overrides import cost_factor, override_values
from plait.estimator.own_figures import own_values
from plait.models import Closure, CostModel, PlaitError, Question, Side, find_model

Array = NDArray[np.float64]

REASONS = ("", "closure", "odd strands", "qubits", "signal", "memory", "time")
"""Why there is no answer; the first that holds is given. "" means there is one."""
BASES = ("measured", "fitted", "cited", "assumed")
"""From the strongest to the weakest."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """log10 seconds and log10 cost (of the question's metric; +inf: no answer), and index into REASONS.

    All of shape (strands, layers, draw).
    """

    log_seconds: Array
    log_cost: Array
    reason: NDArray[np.int8]


@lru_cache(maxsize=256)
def compiled(
    model: CostModel | str, closure: Closure, quantity: str, variant: tuple[tuple[str, str], ...] = ()
) -> LogFunction:
    """One quantity of a model (`limit:NAME` for a limit), compiled once per process for models that are equal."""
    found = find_model(model) if isinstance(model, str) else model
    if quantity.startswith("limit:"):
        return compile_log(found.limits(closure, **dict(variant))[quantity.removeprefix("limit:")])
    costs = found.costs(closure, **dict(variant))
    if quantity not in costs:
        raise PlaitError(f"model {found.name} has no quantity {quantity!r}; known: {', '.join(costs)}")
    return compile_log(costs[quantity])


@lru_cache(maxsize=256)
def limit_names(model: CostModel, closure: Closure, variant: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Names of a model's limits, once per process: to ask the model builds its formulas."""
    return tuple(model.limits(closure, **dict(variant)))


def variant_of(contender: Contender, question: Question) -> tuple[tuple[str, str], ...]:
    """The variant of the contender's model: the question's mitigation, the machine's native gates, what was asked."""
    wanted = {"mitigation": question.mitigation}
    if contender.machine:
        wanted |= {"gate_set": contender.machine.gate_set, "connectivity": contender.machine.connectivity}
        if contender.machine.hardware:
            wanted["hardware"] = contender.machine.hardware
    wanted |= dict(contender.variant)
    return tuple((option, wanted[option]) for option in contender.model.variants if option in wanted)


def circuit_values(values: Values, model: CostModel, variant: Mapping[str, str]) -> Values:
    """`values` with the counts of the circuits of this variant under the names its formulas use."""
    if "layout" not in model.variants:
        return values
    chosen = {"gate_set": "rzz", "connectivity": "all"}  # of models that have no other
    chosen |= {option: variant.get(option, known[0]) for option, known in model.variants.items()}
    if chosen["layout"] == "published":
        return values
    named = circuit_forms.keys(chosen["layout"], chosen["gate_set"], chosen["connectivity"])
    if is_design_model(model):  # hard powers are counted with fixed entanglers only, unless the braid is given
        named |= {name: f"{name}:reduced-fixed" for name in ("r_hard", "r_half") if name not in values}
    return values | {symbol: values[feature] for symbol, feature in named.items()}


PER_CROSSING = ("m", "D", "r", "D_r", "r_full", "r_hard", "r_one", "r_half", "D_b")
"""Symbols of a braid and its circuits that shrink with its crossings."""


def word_values(values: Values, variant: Mapping[str, str]) -> Values:
    """`values`, or with word = "minimised" those of the minimised word: what grows with crossings, in proportion."""
    if variant.get("word") != "minimised":
        return values
    left = np.minimum(0.0, values["m_s"] - values["m"])
    names = [name for name in values if name.partition(":")[0] in PER_CROSSING and not name.endswith(ON_QUANTUM)]
    return values | {name: values[name] + left for name in names}


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
        never = np.full(shape, np.inf)
        return Outcome(log_seconds=never, log_cost=never, reason=np.full(shape, REASONS.index("closure"), np.int8))
    variant = variant_of(contender, question)
    here = all_values(contender, question, values, draws, closure)
    if closure is Closure.PLAT:
        _mark(reason, np.broadcast_to(np.rint(10.0 ** here["n"]) % 2 == 1, shape), "odd strands")
    for name in limit_names(contender.model, closure, variant):
        ratio = compiled(contender.model, closure, f"limit:{name}", variant)(here)
        _mark(reason, np.broadcast_to(~(ratio <= 0), shape), name)
    seconds = compiled(contender.model, closure, "seconds", variant)(here)
    seconds = np.broadcast_to(seconds + cost_factor(contender, draws.uniform), shape)
    _mark(reason, ~(seconds <= np.log10(question.time_limit)), "time")
    answered = np.where(reason == 0, seconds, np.inf)
    return Outcome(log_seconds=answered, log_cost=answered + _per_second(question.metric, here), reason=reason)


def _per_second(metric: str, values: Values) -> Array | float:
    """log10 of what a second costs: nothing for a contender without a machine, whose seconds are none either."""
    if metric == "joules":
        return values.get("power", 0.0)
    if metric == "money":
        return values["price"] - math.log10(3600) if "price" in values else 0.0
    return 0.0


def matched(
    contenders: Sequence[Contender], closure: Closure, question: Question, values: Values, draws: Draws
) -> Values:
    """Values with the error that is allowed: eps, or with accuracy = "match-quantum" that of the noisy answer, b + eps.

    The quantum contender then samples to within eps of its biased answer, and everybody else has to be no better.

    Raises:
        PlaitError: its model states no bias.
    """
    if question.accuracy == "additive":
        return values
    quantum = next(contender for contender in contenders if contender.model.side is Side.QUANTUM)
    if closure not in quantum.model.closures:
        return values
    variant = variant_of(quantum, question)
    here = all_values(quantum, question, values, draws, closure)
    bias = compiled(quantum.model, closure, "bias", variant)(here)
    return values | {"eps": np.log10(10.0 ** values["eps"] + 10.0**bias)}


def all_values(
    contender: Contender, question: Question, values: Values, draws: Draws, closure: Closure = Closure.PLAT
) -> Values:
    """`values`, the counts of the contender's circuits, the figures of its machine, and a design if its model has one.

    The design is the best for `closure`.
    """
    variant = dict(variant_of(contender, question))
    values = as_seen_by(contender.model.side, word_values(values, variant))
    values = circuit_values(values, contender.model, variant)
    if any(contender.model.info(name).kind == "published" for name in contender.model.constants):
        values = values | paper_forms.features(values["m"], values["D"], values["n"])
    if contender.machine:
        values = values | machine_values(contender.machine, values, draws)
    values = values | own_values(contender.model, draws)
    values = override_values(values, contender, draws.uniform) if contender.overrides else values
    if is_design_model(contender.model):
        values = best_design(contender.model, variant["hardware"], values, closure) | values
    return values


def _mark(reason: NDArray[np.int8], where: NDArray[np.bool_], name: str) -> None:
    reason[(reason == 0) & where] = REASONS.index(name)


def basis(contender: Contender, calibration: Calibration, closure: Closure, factor: float = 1.0) -> str:
    """The weakest basis among the numbers behind a contender, and how far it is extrapolated."""
    found = weakest(_bases(contender, calibration, closure))
    return f"{found}, extrapolated x {factor:.2g}" if factor > 1 else found


def weakest(bases: Iterable[str]) -> str:
    """The weakest of some bases; "measured" of none."""
    return max(bases, key=BASES.index, default="measured")


def symbol_basis(name: str, contender: Contender, calibration: Calibration, closure: Closure) -> str | None:
    """Basis of one symbol of a contender; None for what is given, such as strands and eps."""
    if any(entry.target.symbol == name for entry in contender.overrides):
        return "assumed"
    kind = contender.model.info(name).kind
    if kind == "own":
        return contender.model.figures[name].basis
    machine = contender.machine
    if machine and kind == "machine" and name in machine.figures:
        return machine.figures[name].basis
    if machine and name in machine.constants:
        return machine.constants[name].basis
    if kind == "calibrated" or name == "z":
        return calibration.constant(name, closure).basis
    known = {"braid": "fitted", "network": "fitted", "train": "fitted", "published": "cited"}
    return "assumed" if name == "v" else known.get(kind)


def _bases(contender: Contender, calibration: Calibration, closure: Closure) -> list[str]:
    """Of every symbol behind the seconds: power is behind none of them."""
    names = [name for name in contender.model.constants if name != "power"]
    found = [symbol_basis(name, contender, calibration, closure) for name in names]
    return [*("assumed" for entry in contender.overrides), *(basis for basis in found if basis)]
