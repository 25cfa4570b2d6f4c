"""How far exact evaluation reaches on one machine: the largest braids that an allowance of time and memory permits.

`largest` finds the layers for a number of strands by bisection over the predicted seconds: the state evolution's, or
those of a contraction tree that was really searched, loops over heights counted. `reach` evaluates braids for real, the
word as it stands (unminimised), and checks the values: planted braids against theirs, others along a second tree.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plait.calibrations.environment import environment
from plait.calibrations.run_file import Record, append, load
from plait.calibrations.task import Task, task_id, title
from plait.calibrations.timing import peak_bytes
from plait.models import Braid, Closure, JonesValue, PlaitError, jones_exact
from plait.models.braid import check_int
from plait.models.exact import runs_of
from plait.models.exact_methods import METHODS, Limits, predictions
from plait.models.fibonacci import PHI
from plait.models.planted import planted
from plait.models.rates import Rates

FAMILIES = ("brickwall", "planted")
LEAST_LAYERS = 4
MOST_CROSSINGS = 200_000
"""Longer braids are not looked at: what is narrow enough for a state has no limit worth a name."""
STEP = 1.04
"""Layers are found to 4 %."""
AGREEMENT = 1e-9
"""Largest difference that is rounding: from a planted value, or of two trees relative to the value."""
CONTRACTED = "face-tn-fib"
"""How a value that is not known beforehand is computed again, along the tree of another search; that of a state
evolution by evolving the mirror image, whose value is the conjugate."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What one evaluation may take.

    Args:
        seconds: predicted for the run, search not included.
        memory: bytes.
        threads: of search and run.
        rates: seconds per unit of work, for the predictions.
    """

    seconds: float = 3600.0
    memory: float = 20 * 2.0**30
    threads: int = 2
    rates: Rates = field(default_factory=Rates)

    def __post_init__(self) -> None:
        if not 0 < self.seconds < math.inf or not 0 < self.memory < math.inf:
            raise PlaitError(f"allowance of {self.seconds} s and {self.memory} bytes: expected numbers above 0")
        check_int("threads", self.threads, 1, 1024)

    def limits(self, seed: int) -> Limits:
        """As predictions take them: trees of effort 1, to keep the bisection short."""
        return Limits(
            memory=self.memory,
            time_limit=self.seconds,
            threads=self.threads,
            seed=seed,
            rates=self.rates,
            max_effort=1,
        )


def reach_task(
    family: str, closure: Closure, strands: int, layers: int, seed: int, allowance: Allowance, method: str | None = None
) -> Task:
    """One evaluation to be made.

    Raises:
        PlaitError: unknown family or method.
    """
    for name, value, known in (("family", family, FAMILIES), ("method", method or METHODS[0], METHODS)):
        if value not in known:
            raise PlaitError(f"{name} = {value!r} is unknown; known: {', '.join(known)}")
    return {
        "kind": "reach",
        "family": family,
        "closure": str(closure),
        "strands": strands,
        "layers": layers,
        "seed": seed,
        "method": method or "auto",
        "threads": allowance.threads,
        "memory": allowance.memory,
        "seconds": allowance.seconds,
    }


def braid_of(task: Task) -> Braid:
    """The braid of a task."""
    strands, layers, seed = task["strands"], task["layers"], task["seed"]
    if task["family"] == "planted":
        return planted(strands, layers, seed=seed).braid
    return Braid.brickwall(strands, layers, seed=seed)


def predicted(task: Task, allowance: Allowance) -> tuple[str, float]:
    """Method and predicted seconds of one evaluation, tensor trains left out; inf where nothing fits the memory."""
    closure, braid = Closure.parse(task["closure"]), braid_of(task)
    methods = METHODS if task["method"] == "auto" else (task["method"],)
    found = predictions(braid.strands, runs_of(braid, closure)[1], closure, methods, allowance.limits(task["seed"]))
    fitting = [(one.seconds, one.method) for one in found if one.bytes <= allowance.memory]
    seconds, method = min(fitting, default=(math.inf, ""))
    return method, seconds


def largest(
    family: str,
    closure: Closure,
    strands: int,
    seed: int,
    allowance: Allowance,
    *,
    method: str | None = None,
    progress: Progress | None = None,
) -> int:
    """Most brick layers whose evaluation is predicted to stay within the allowance, to 4 %; 0 if not even four do.

    >>> largest("brickwall", Closure.PLAT, 6, 0, Allowance(seconds=1e-3)) > 20
    True
    """

    def fits(layers: int) -> bool:
        task = reach_task(family, closure, strands, layers, seed, allowance, method)
        seconds = predicted(task, allowance)[1]
        if progress:
            progress(0, 1, f"{family} {closure}, {strands} strands, {layers} layers: {seconds:.2g} s predicted")
        return seconds <= allowance.seconds

    low, high = 0, LEAST_LAYERS
    most = max(LEAST_LAYERS, 6 * MOST_CROSSINGS // (2 * strands))
    while high <= most and fits(high):
        low, high = high, 2 * high
    high = min(high, most + 1)
    while low and high > STEP * low + 1:
        middle = round(math.sqrt(low * high))
        middle = min(max(middle, low + 1), high - 1)
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def frontier(
    tasks: Sequence[Task], path: Path, allowance: Allowance, *, progress: Progress | None = None
) -> list[Record]:
    """The largest braids predicted to stay within the allowance, one line per task of `frontier_task`; resumes.

    Args:
        tasks: of `frontier_task`.
        path: run file; it need not exist.
        allowance: as the tasks were made for.
        progress: called before every prediction.
    """

    def find(task: Task) -> Record:
        closure = Closure.parse(task["closure"])
        family, strands, seed = task["family"], task["strands"], task["seed"]
        layers = largest(family, closure, strands, seed, allowance, progress=progress)
        one = reach_task(family, closure, strands, max(1, layers), seed, allowance)
        method, seconds = predicted(one, allowance)
        result = {"layers": layers, "crossings": braid_of(one).crossings, "predicted_seconds": seconds}
        return _record(task, result, method)

    return _resumed(tasks, path, find)


def load_reach(path: Path | None = None) -> tuple[list[Record], list[str]]:
    """Runs and frontiers of a file (None: the shipped one), and remarks on what was dropped.

    Raises:
        PlaitError: unusable run file.
    """
    shipped = Path(__file__).parent / "data" / "reach.jsonl"
    return load([path or shipped])


def frontier_task(family: str, closure: Closure, strands: int, seed: int, allowance: Allowance) -> Task:
    """One number of strands whose largest braid is to be found."""
    one = reach_task(family, closure, strands, LEAST_LAYERS, seed, allowance)
    return {key: value for key, value in one.items() if key not in ("layers", "method")} | {"kind": "frontier"}


def reach(
    tasks: Sequence[Task],
    path: Path,
    allowance: Allowance,
    *,
    progress: Progress | None = None,
    parts: Callable[[int, int], object] | None = None,
) -> list[Record]:
    """Evaluate what `path` does not hold yet, one line per finished run.

    Args:
        tasks: of `reach_task`.
        path: run file; it need not exist.
        allowance: as the tasks were made for.
        progress: called before each evaluation with what it is.
        parts: called with work done and all work within one.

    Returns:
        The runs of `path` that were asked for.

    Raises:
        PlaitError: unusable run file; an evaluation beyond the allowance; a value that is not the planted one, or
            second trees that differ (a defect of plait).
    """

    def run(task: Task) -> Record:
        if progress:
            progress(0, 1, title(task))
        return _evaluated(task, allowance, parts)

    return _resumed(tasks, path, run)


def _resumed(tasks: Sequence[Task], path: Path, perform: Callable[[Task], Record]) -> list[Record]:
    done = {record["id"]: record for record in (load([path])[0] if path.exists() else [])}
    for task in tasks:
        if task_id(task) not in done:
            record = perform(task)
            append(path, record)
            done[record["id"]] = record
    return [done[task_id(task)] for task in tasks]


def _record(task: Task, result: dict[str, Any], method: str, why: str = "") -> Record:
    return {
        "id": task_id(task),
        "asked": task,
        "result": result,
        "environment": {**environment(), "method": method, "why": why},
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def _evaluated(task: Task, allowance: Allowance, parts: Callable[[int, int], object] | None) -> Record:
    closure, braid, seed = Closure.parse(task["closure"]), braid_of(task), task["seed"]
    method = None if task["method"] == "auto" else task["method"]

    def value(method: str | None, seed: int, of: Braid = braid) -> JonesValue:
        return jones_exact(
            of,
            closure,
            method,
            memory=allowance.memory,
            time_limit=allowance.seconds,
            seed=seed,
            threads=allowance.threads,
            minimise=False,
            rates=allowance.rates,
            progress=parts,
        )

    warm_up()
    start = time.perf_counter()
    found, peak = peak_bytes(lambda: value(method, seed))
    seconds = time.perf_counter() - start
    e = found.normalised
    result: dict[str, Any] = {
        "crossings": braid.crossings,
        "depth": braid.depth,
        "seconds": seconds,
        "peak_bytes": peak,
    }
    result |= {"value": [e.real, e.imag]}
    if task["family"] == "planted":
        known = planted(braid.strands, task["layers"], seed=seed).normalised(closure)
        result["error"] = abs(e - known)
        agree = result["error"] <= AGREEMENT
    else:
        used = found.method
        mirrored = used.startswith("fib-") and "+" not in used
        second = value(used, seed, braid.mirror()) if mirrored else value(CONTRACTED, seed + 1)
        known = second.normalised.conjugate() if mirrored else second.normalised
        result["difference"] = abs(e - known) / max(abs(e), abs(known), PHI**-braid.strands / 100)
        agree = result["difference"] <= AGREEMENT
    if not agree:
        raise PlaitError(f"{title(task)}: {e} by {found.method} should be {known}: please report this")
    return _record(task, result, found.method, "; ".join(found.why))


def warm_up() -> None:
    """Compile the kernels on small braids, so that what is timed is the work itself."""
    for closure in Closure:
        braid = Braid.brickwall(20, 20)
        for method in ("face-tn-fib", "mpo"):
            jones_exact(braid, closure, method)
    jones_exact(Braid.brickwall(10, 8), Closure.MARKOV, "fib-trace")
    jones_exact(Braid.brickwall(20, 8), Closure.PLAT, "fib-amplitude")
