"""Contractions of one closed braid: the tree searched and counted, then run and timed where that is affordable."""

import time
from typing import Any

from plait.calibrations.timing import peak_bytes, timed
from plait.models import Braid, Closure, PlaitError, face_network
from plait.models.constrained_count import constrained_bytes
from plait.models.constrained_steps import step_counts
from plait.models.search import ContractionPlan

DENSE_LIMIT = 3e8
"""Dense multiply-adds up to which the contraction is run and timed (about a second)."""
FIB_LIMIT = 6e8
"""Constrained multiply-adds, likewise."""
LARGE_LIMIT = 8e10
"""The same, for the few contractions that are asked to be large (about a minute)."""
DENSE_BYTES = 48
"""Bytes per entry of the largest dense intermediate: three of them, complex128."""
BYTES_LIMIT = 3 * 2**30
SEEN_BYTES = 16 * 2**20
"""Predicted bytes from which the memory really taken is looked at: less drowns in what the process holds anyway."""
PARTS = (2, 4, 8)
"""Memory of looped contractions, as parts of what the tree takes."""
SLICED_PEAK = 20_000
"""Entries held from which loops are sought: below, no memory asks for them."""
SLICED_TENSORS = 2_000
"""Tensors up to which loops are sought: seconds of the choice grow faster than with their square."""

COUNTS = "counts"
"""Asks for counts alone, see `plait.calibrations.braid_run.braid_run`."""

Values = dict[str, complex]


def contractions(
    braid: Braid, closure: Closure, effort: int, seed: int, wanted: frozenset[str]
) -> tuple[dict[str, Any], Values]:
    """Features of the tree found, seconds and memory of contractions; and the values they gave.

    Args:
        braid, closure: the closed braid.
        effort, seed: of the path search.
        wanted: what is looked at beyond that: "dense", "large" (contract whatever takes up to a minute), "slices",
            "sliced" (one of the looped contractions is run), "single" (complex64); "counts": the tree alone.
    """
    network = face_network(braid, closure)
    begin = time.perf_counter()
    plan = network.search(effort=effort, seed=seed)
    result: dict[str, Any] = {"search_seconds": time.perf_counter() - begin, **tree_features(plan)}
    values: Values = {}
    if COUNTS in wanted:
        return result, values
    costs = plan.costs()
    dense_bytes = DENSE_BYTES << costs.dense_width
    if "dense" in wanted and costs.dense_operations <= DENSE_LIMIT and dense_bytes <= BYTES_LIMIT:
        found, seen = peak_bytes(lambda: timed(lambda: plan.contract(constrained=False)))
        values["dense"], result["dense_seconds"] = found
        if dense_bytes >= SEEN_BYTES:
            result["dense_bytes"] = seen
    if affordable(plan, wanted):
        found, seen = peak_bytes(lambda: timed(lambda: plan.contract(constrained=True)))
        values["fib"], result["fib_seconds"] = found
        if constrained_bytes(costs, 1.0) >= SEEN_BYTES:
            result["fib_bytes"] = seen
        if "single" in wanted:
            values["single"], result["single_seconds"] = timed(
                lambda: plan.contract(constrained=True, dtype="complex64")
            )
    if "slices" in wanted and costs.peak_entries >= SLICED_PEAK and result["tensors"] <= SLICED_TENSORS:
        counted, value = _slices(plan, wanted)
        result |= counted
        if value is not None:
            values["sliced"] = value
    return result, values


def affordable(plan: ContractionPlan, wanted: frozenset[str]) -> bool:
    """Whether a constrained contraction is run."""
    costs, most = plan.costs(), LARGE_LIMIT if "large" in wanted else FIB_LIMIT
    return costs.operations <= most and constrained_bytes(costs) <= BYTES_LIMIT


def tree_features(plan: ContractionPlan) -> dict[str, Any]:
    """Exact counts of a tree, with its loops if it has any."""
    costs, net = plan.costs(), plan.network
    steps = step_counts(net.inputs, net.constraints, plan.path)
    return {
        "tensors": len(net.inputs),
        "width": costs.dense_width,
        "dense_operations": costs.dense_operations,
        "dense_writes": costs.dense_writes,
        "fib_operations": costs.operations,
        "fib_peak": costs.peak_entries,
        "fib_writes": steps.writes,
        "packed_steps": steps.packed,
        "products": steps.products,
    }


def _slices(plan: ContractionPlan, wanted: frozenset[str]) -> tuple[dict[str, Any], complex | None]:
    """Operations over those without loops, and entries held over those allowed, at parts of the tree's memory."""
    overheads: list[float | None] = []
    shares: list[float | None] = []
    result: dict[str, Any] = {}
    value = None
    for part in PARTS:
        try:
            looped = plan.sliced(plan.peak_bytes() / part)
        except PlaitError:  # no loops that bring it down to that
            break
        costs = looped.costs()
        overheads.append(costs.overhead)
        shares.append(costs.peak_entries / plan.costs().peak_entries)
        if part == PARTS[0] and "sliced" in wanted and affordable(looped, wanted):
            value, result["sliced_seconds"] = timed(lambda looped=looped: looped.contract(constrained=True))  # type: ignore[misc]  # bound now
    missing: list[float | None] = [None] * (len(PARTS) - len(overheads))
    return {**result, "slice_overheads": overheads + missing, "slice_peaks": shares + missing}, value
