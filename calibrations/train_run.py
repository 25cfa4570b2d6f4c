"""Tensor trains of one closed braid: exact, and what is left of the value when their bonds are limited."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from plait.models import Closure
from plait.models.runs import Run, merge_cyclically

if TYPE_CHECKING:
    from plait.models.tensor_train import TrainValue

WORK_LIMIT = 4e8
"""`TrainValue.work` at which an exact train is given up (about a second)."""
CUT_LIMIT = 1e8
"""Work of the exact train up to which it is run again with limited bonds."""
SHARES = (1.25, 1.618, 2.618, 4.236)
"""Exact bond over the limit."""
AGAIN = 0.3
"""Seconds below which a train is run a second time and the first is a warm-up."""


def trains(
    strands: int, runs: tuple[Run, ...], closure: Closure, wanted: frozenset[str]
) -> tuple[dict[str, Any], complex | None]:
    """Bond, work, seconds and bytes of the exact train where it is affordable, and its value without the phase.

    Args:
        strands, runs, closure: of the closed braid.
        wanted: "cut" asks for trains with limited bonds too: fidelity, error and share of the work for each of SHARES.
    """
    from plait.models.mps import Outgrown
    from plait.models.tensor_train import mpo_trace, mps_amplitude

    if closure is Closure.MARKOV:
        runs = merge_cyclically(runs)
    method = mpo_trace if closure is Closure.MARKOV else mps_amplitude

    def run(max_bond: int | None = None) -> "TrainValue":
        return method(strands, runs, max_bond=max_bond, max_work=WORK_LIMIT)

    result: dict[str, Any] = {"train_updates": len(runs)}
    try:
        found, seconds = _seconds(run)
    except Outgrown:
        return result, None
    result |= {
        "train_bond": found.max_bond,
        "train_work": found.work,
        "train_bytes": found.bytes,
        "train_seconds": seconds,
    }
    if "cut" in wanted and found.work <= CUT_LIMIT and found.max_bond >= 2 * max(SHARES):
        limited = [run(max(1, int(found.max_bond / share))) for share in SHARES]
        result["cut_fidelity"] = [one.fidelity for one in limited]
        result["cut_error"] = [abs(one.value - found.value) for one in limited]
        result["cut_work"] = [one.work / max(1, found.work) for one in limited]
    return result, found.value


def _seconds(run: Callable[[], "TrainValue"]) -> tuple["TrainValue", float]:
    begin = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - begin
    if seconds < AGAIN:
        begin = time.perf_counter()
        found = run()
        seconds = time.perf_counter() - begin
    return found, seconds
