"""One point: every contender, its seconds with an interval, and the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration, circuit_forms
from plait.calibrations.forms import ones
from plait.estimator.contender import Contender
from plait.estimator.draws import Draws, Values, braid_values, extrapolation, question_values
from plait.estimator.evaluate import REASONS, all_values, basis, compiled, evaluate, matched, variant_of
from plait.estimator.fault_tolerant import is_design_model
from plait.estimator.frontier import QUANTILES, winners
from plait.estimator.machine import Machine
from plait.estimator.place import check_place
from plait.models import Braid, Closure, PlaitError, Question, Side, face_network, find_model
from plait.models.circuit_census import census
from plait.models.constrained_steps import step_counts
from plait.models.echo import run_depth
from plait.models.minimise import minimise
from plait.models.runs import closed_runs

Floats = NDArray[np.float64]

DETAILS = (
    *("two_qubit_gates", "two_qubit_depth", "shots", "damping", "keep_rate", "samples", "flops", "bytes"),
    *("rotations", "t_states", "logical_qubits", "logical_cycles", "code_distance", "factories"),
    *("physical_qubits", "shot_seconds", "bias"),
)
"""Quantities reported beside the seconds, where a model has them."""


PATHS = 200
"""Paths over which the circuits of a given braid are counted."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One contender at one point.

    Args:
        contender: model and machine.
        seconds: quantile (0.05, 0.5, 0.95) -> seconds, None where no answer.
        cost: the same of the question's metric: seconds, joules or USD.
        feasible: share of draws with an answer.
        reason: why not, where less than half of the draws have one.
        basis: weakest basis of its numbers.
        p_fastest: share of draws in which it beats the whole other side, in the metric.
        details: quantity -> median over the draws.
    """

    contender: Contender
    seconds: dict[float, float | None]
    cost: dict[float, float | None]
    feasible: float
    reason: str
    basis: str
    p_fastest: float
    details: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The verdict at one point.

    `winner` (quantum, classical, undecided, infeasible) and `p_advantage` are those of `contender`, the quantum one
    with the best chance.
    """

    question: Question
    closure: Closure
    strands: int
    crossings: float
    depth: float
    lines: tuple[Line, ...]
    winner: str
    contender: str
    p_advantage: float
    extrapolation: float


def estimate(
    contenders: Sequence[Contender],
    question: Question,
    calibration: Calibration,
    closure: Closure,
    *,
    strands: int | None = None,
    layers: int | None = None,
    braid: Braid | None = None,
    draws: int = 200,
    seed: int = 0,
) -> Estimate:
    """Estimate one point, either a size (a fresh braid of the family) or a given braid (its own circuit and tree).

    Args:
        contenders: both sides.
        strands, layers: of the family; or
        braid: whose runs, circuit and contraction tree are taken as they are.

    Raises:
        PlaitError: neither or both of a size and a braid; a size out of range; no contender of a side.
    """
    for side in Side:
        if not any(contender.model.side is side for contender in contenders):
            raise PlaitError(f"no {side} contender; name at least one of each side")
    shared = Draws.make(draws, seed)
    if braid is not None:
        if strands is not None or layers is not None:
            raise PlaitError("give either a braid or --strands and --layers, not both")
        values, factor = _given(braid, closure, contenders, question, calibration, shared), 1.0
        factors = [1.0 for _ in contenders]
    else:
        n, count, closure = check_place(strands, layers, closure)
        axes = np.full((1, 1, 1), float(n)), np.full((1, 1, 1), float(count))
        values = braid_values(*axes, closure, question, calibration, shared)
        factor = float(extrapolation(*axes, calibration).item())
        factors = [extrapolated(contender, closure, calibration, *axes, question.family) for contender in contenders]
    values |= question_values(question, shared)
    values = matched(contenders, closure, question, values, shared)
    shape = (1, 1, draws)
    outcomes = [evaluate(contender, closure, question, values, shared, shape) for contender in contenders]
    costs = np.array([outcome.log_cost[0, 0] for outcome in outcomes])
    quantum = np.array([contender.model.side is Side.QUANTUM for contender in contenders])
    lines = []
    for k, contender in enumerate(contenders):
        codes = outcomes[k].reason[0, 0]
        why = REASONS[int(np.bincount(codes[codes > 0]).argmax())] if (codes > 0).mean() > 0.5 else ""
        rivals = costs[quantum != quantum[k]].min(axis=0)
        lines.append(
            Line(
                contender=contender,
                seconds=_quantiles(outcomes[k].log_seconds[0, 0]),
                cost=_quantiles(costs[k]),
                feasible=float((codes == 0).mean()),
                reason=why,
                basis="" if why == "closure" else basis(contender, calibration, closure, factors[k]),
                p_fastest=float((costs[k] < rivals).mean()),
                details={} if why == "closure" else _details(contender, closure, question, values, shared),
            )
        )
    # one machine answers, not the luckiest of several: the quantum contender with the best chance
    best = max(np.flatnonzero(quantum), key=lambda k: (lines[k].p_fastest, lines[k].feasible))
    rival = costs[~quantum].min(axis=0)
    winner = str(winners(costs[best][None], rival[None])[0])
    return Estimate(
        question=question,
        closure=closure,
        strands=round(10 ** float(np.max(values["n"]))),
        crossings=float(np.median(10 ** values["m"])),
        depth=float(np.median(10 ** values["D"])),
        lines=tuple(lines),
        winner=winner,
        contender=lines[best].contender.name,
        p_advantage=lines[best].p_fastest,
        extrapolation=factor,
    )


def extrapolated(
    contender: Contender,
    closure: Closure,
    calibration: Calibration,
    n: Floats,
    layers: Floats,
    family: str = "brickwall",
) -> float:
    """Factor by which the features behind one contender are extrapolated at a size, at least 1."""
    names = set(contender.model.constants)
    if "layout" in contender.model.variants:
        names |= {"r_full:reduced-rzz"}
    return float(extrapolation(n, layers, calibration, closure, sorted(names), family).item())


def on_device(
    braid: Braid,
    closure: Closure,
    question: Question,
    machine: Machine,
    calibration: Calibration,
    *,
    test: str = "cfev",
    variant: Mapping[str, str] | None = None,
    draws: int = 200,
) -> tuple[dict[str, float], str]:
    """What one braid's own circuits need on one quantum machine.

    Args:
        test: "cfev" or "hadamard".
        variant: layout, gate set, connectivity; the machine's native ones where it is silent.

    Returns:
        Medians of shots, seconds, damping and keep rate, and the reason why there is no answer ("" if there is one).

    Raises:
        PlaitError: the machine is not quantum.
    """
    if machine.side != "quantum":
        raise PlaitError(f"machine {machine.slug} is {machine.side}; a circuit needs a quantum one, e.g. h2-2")
    if machine.hardware:
        raise PlaitError(f"machine {machine.slug} is error-corrected; a circuit of native gates needs a bare one")
    asked = tuple((variant or {}).items())
    contender, shared = Contender(model=find_model(test), machine=machine, variant=asked), Draws.make(draws, 0)
    values = _values(_circuit_counts(braid, closure, [contender], question), closure, calibration, shared)
    values |= question_values(question, shared)
    outcome = evaluate(contender, closure, question, values, shared, (1, 1, draws))
    codes = outcome.reason[0, 0]
    if (codes > 0).mean() > 0.5:
        return {}, REASONS[int(np.bincount(codes[codes > 0]).argmax())]
    found = _details(contender, closure, question, values, shared)
    found["seconds"] = float(10 ** np.median(outcome.log_seconds))
    return {name: found[name] for name in ("shots", "seconds", "damping", "keep_rate")}, ""


def _given(
    braid: Braid,
    closure: Closure,
    contenders: Sequence[Contender],
    question: Question,
    calibration: Calibration,
    draws: Draws,
) -> Values:
    """log10 of what one braid's own circuits and searched trees are; braid-to-braid scatter in tensor trains only."""
    counts = _circuit_counts(braid, closure, contenders, question) | _tree_counts(braid, closure)
    wanted = {name for contender in contenders for name in contender.model.constants}
    if "C_s" in wanted:
        left = _tree_counts(minimise(braid, closure).braid, closure)
        counts |= {"T_s": left["T"], "p_s": left["T_p"], "C_s": left["C_f"], "P_s": left["P_f"]}
    values = _values(counts, closure, calibration, draws)
    if "K" in wanted:  # only a run could tell: as of a brickwall of as many crossings
        layers = 2 * braid.crossings / (calibration.density * max(1, braid.strands - 1))
        axes = np.full((1, 1, 1), float(braid.strands)), np.full((1, 1, 1), max(1.0, layers))
        alike = braid_values(*axes, closure, question, calibration, draws)
        values |= {name: alike[name] for name in ("chi", "K", "P_t")}
    return values


def _tree_counts(braid: Braid, closure: Closure) -> dict[str, Any]:
    """Counts of the tree that a search of effort 1 finds."""
    network = face_network(braid, closure)
    plan = network.search(effort=1)
    costs, steps = plan.costs(), step_counts(network.inputs, network.constraints, plan.path)
    return {
        "T": len(network.inputs),
        "T_p": steps.packed,
        "w": costs.dense_width,
        "C": costs.dense_operations,
        "W": costs.dense_writes,
        "C_f": costs.operations,
        "P_f": costs.peak_entries,
        "W_f": steps.writes,
    }


def _circuit_counts(
    braid: Braid, closure: Closure, contenders: Sequence[Contender], question: Question
) -> dict[str, Any]:
    """Counts of the braid and of the echo circuits that the contenders run, means over drawn paths."""
    closed = closed_runs(braid, closure)
    found: dict[str, Any] = {
        "n": braid.strands,
        "m": braid.crossings,
        "D": braid.depth,
        "r": len(closed.runs),
        "D_r": run_depth(closed.runs),
        "h": ones(np.asarray(float(braid.strands)), closure),
    }
    for contender in contenders:
        if "layout" in contender.model.variants:
            chosen = {option: known[0] for option, known in contender.model.variants.items()}
            chosen |= dict(variant_of(contender, question))
            kind = (chosen["layout"], chosen["gate_set"], chosen["connectivity"])
            features = circuit_forms.keys(*kind)
            if is_design_model(contender.model):
                features |= {"r_hard": "r_hard", "r_half": "r_half"}
            if not set(features.values()) <= set(found):
                counted = census(braid, closure, layout=kind[0], gate_set=kind[1], connectivity=kind[2], paths=PATHS)
                found |= {feature: counted.mean[symbol] for symbol, feature in features.items()}
    return found


def _values(counts: dict[str, Any], closure: Closure, calibration: Calibration, draws: Draws) -> Values:
    """log10 of counts (0 becomes small: a braid without runs still has a circuit) and of the calibrated constants."""
    with np.errstate(divide="ignore"):
        values = {name: np.full((1, 1, 1), np.log10(float(max(count, 1e-3)))) for name, count in counts.items()}
        constants = calibration.values(closure, draws.calibration)
        return values | {name: np.log10(value) for name, value in constants.items() if np.all(value >= 0)}


def _quantiles(log_seconds: Floats) -> dict[float, float | None]:
    values = np.quantile(log_seconds, QUANTILES, method="inverted_cdf")
    return {q: float(10.0**x) if x < 300 else None for q, x in zip(QUANTILES, values, strict=True)}


def _details(
    contender: Contender, closure: Closure, question: Question, values: Values, draws: Draws
) -> dict[str, float]:
    variant = variant_of(contender, question)
    here = all_values(contender, question, values, draws, closure)
    found = {}
    for quantity in contender.model.costs(closure, **dict(variant)):
        if quantity in DETAILS:
            median = float(np.median(compiled(contender.model, closure, quantity, variant)(here)))
            if -300 < median < 300:
                found[quantity] = 10.0**median
    return found
