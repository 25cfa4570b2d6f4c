"""The fastest fault-tolerant design at each size: code distance, T factory and T states for each rotation.

A design fixes three errors (logical, T states, synthesis), and what they leave of the allowed error is the sampling's.
So the search is one over splits of the error: each part is tried from half of what is allowed down to a thousandth.
It is made once for a size, at the median of the draws, as somebody would who builds the circuit before running it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.t_factories import t_factories
from plait.estimator.log_space import compile_log
from plait.models import Closure, PlaitError
from plait.models.fault_tolerant_cost import DESIGN, HARDWARE, SYNTHESIS

if TYPE_CHECKING:
    from plait.models import CostModel

Array = NDArray[np.float64]
SHARE = 0.5
"""Of the allowed error: the most that one of the three parts may take."""
MORE_T_STATES = 6
"""A T state more for each rotation lessens its error by a factor 3.7: six of them, to a two-thousandth."""
MORE_DISTANCE = (0, 2, 4, 6, 8)
MOST_DISTANCE = 49
"""The estimator's largest."""


class FrontierPoint(NamedTuple):
    """One machine size and the fastest shot on it: physical qubits used, seconds, factories, code distance."""

    physical_qubits: float
    shot_seconds: float
    factories: float
    code_distance: float


def is_design_model(model: "CostModel") -> bool:
    """Whether a search has to choose some of its symbols."""
    return any(model.info(name).kind == "design" for name in model.constants)


def best_design(
    model: "CostModel", hardware: str, values: Mapping[str, Any], closure: Closure = Closure.PLAT
) -> dict[str, Array]:
    """log10 of the DESIGN symbols that give an answer in the least seconds: a smaller error saves shots.

    Designs that need more qubits than there are, or leave nothing to the sampling, are taken only where no other is
    left: the limits of the model then say so. Of equally fast ones, the one with the fewest physical qubits.

    Args:
        model: with the symbols of DESIGN.
        hardware: named qubit model.
        values: log10 of the other symbols, of shapes that broadcast to (strands, layers, draw).
        closure: of the braid; Markov writes a circuit for each shot.

    Returns:
        dict: arrays of shape (strands, layers, 1).
    """
    variant = {"hardware": hardware}
    costs, limits = model.costs(closure, **variant), model.limits(closure, **variant)
    middle = {name: _middle(values[name]) for name in model.constants if name in values and name not in DESIGN}
    here = _tried(costs, hardware, middle)
    time = compile_log(costs["seconds"])(here)
    over = compile_log(limits["qubits"])(here), compile_log(limits["signal"])(here)
    excess = np.maximum(*(np.where(np.isnan(x), np.inf, x) for x in over))
    # An impossible design is worse than any possible one, and the more so the farther it is from being one.
    rank = np.where(
        excess < 0, time + 1e-9 * compile_log(costs["physical_qubits"])(here), 1e6 + np.minimum(excess, 1e6)
    )
    best = np.argmin(np.where(np.isnan(rank), np.inf, rank), axis=-1)[..., None]
    return {name: np.take_along_axis(np.broadcast_to(here[name], rank.shape), best, axis=-1) for name in DESIGN}


def qubit_frontier(
    model: "CostModel", hardware: str, values: Mapping[str, Any], sizes: Array, closure: Closure = Closure.PLAT
) -> list[FrontierPoint]:
    """Physical qubits against seconds of a shot at one size: only machines that are faster than all smaller ones.

    Args:
        values: log10 of one value each, Q left out.
        sizes: physical qubits to try, increasing.
        closure: of the circuit.

    Raises:
        PlaitError: no size is large enough.
    """
    found: list[FrontierPoint] = []
    costs, limits = (part(closure, hardware=hardware) for part in (model.costs, model.limits))
    wanted = {name: compile_log(costs[name]) for name in FrontierPoint._fields}
    limit = [compile_log(ratio) for ratio in limits.values()]
    for size in sizes:
        here = {**values, "Q": np.log10(float(size))}
        here |= best_design(model, hardware, here, closure)
        if any(np.max(one(here)) > 0 for one in limit):
            continue
        point = FrontierPoint(*(float(10.0 ** np.max(wanted[name](here))) for name in FrontierPoint._fields))
        if not found or point.shot_seconds < found[-1].shot_seconds * (1 - 1e-9):
            found.append(point)
    if not found:
        raise PlaitError(f"no machine of up to {max(sizes):g} physical qubits runs this circuit; allow more qubits")
    return found


def _middle(log: Any) -> Array:
    """Median over the draws, kept as an axis."""
    array = np.asarray(log, float)
    return np.median(array, axis=-1, keepdims=True) if array.ndim else array


def _quotient(text: str) -> float:
    """The value of a fraction of whole numbers, written as one."""
    over, under = text.split("/")
    return float(over) / float(under)


def _tried(costs: Mapping[str, Any], hardware: str, middle: Mapping[str, Array]) -> dict[str, Array]:
    """All designs that are tried, along the last axis, beside the values."""
    slope, offset = map(_quotient, SYNTHESIS)
    code = HARDWARE[hardware]
    error, threshold, prefactor = map(_quotient, (code.error, code.threshold, code.prefactor))
    allowed = SHARE * 10.0 ** middle["eps"]
    rotations = 10.0 ** compile_log(costs["rotations"])(middle)
    least = np.ceil(slope * np.log2(np.maximum(2.0, 2 * np.sqrt(2) * rotations / allowed)) + offset)
    factories = t_factories(hardware)
    more, steps, places = (
        x.ravel() for x in np.meshgrid(np.arange(MORE_T_STATES + 1), MORE_DISTANCE, np.arange(len(factories)))
    )
    here: dict[str, Array] = dict(middle)
    here["N_t"] = np.log10(least + more)
    for place, (name, field) in enumerate((("q_T", "qubits"), ("t_T", "cycles"), ("e_T", "error"))):
        here[DESIGN[2 + place]] = np.log10(np.array([getattr(one, field) for one in factories], float))[places]
        assert DESIGN[2 + place] == name
    # The distance at which the algorithm alone, never waiting for T states, has used up its share.
    patches = 10.0 ** compile_log(costs["logical_qubits"])(middle)
    depth = 10.0 ** middle_depth(costs, here)
    per_cycle = allowed / (np.sqrt(2) + 1) / (patches * depth)
    power = np.log(np.minimum(1.0, per_cycle / prefactor)) / np.log(error / threshold)
    inside = np.array([one.distance for one in factories])[places]
    distance = np.maximum(2 * np.ceil(power) - 1, np.maximum(3, inside)) + steps
    here["d_c"] = np.log10(np.minimum(distance, MOST_DISTANCE))
    return here


def middle_depth(costs: Mapping[str, Any], here: Mapping[str, Array]) -> Array:
    """log10 of the logical cycles of a circuit that never waits for T states."""
    from plait.models.symbols import symbol

    depth = costs["qubits"] + costs["rotations"] + symbol("N_t") * costs["rotation_depth"]
    return compile_log(depth)(here)
