"""Small real runs: circuits built and counted, trees searched, contractions and evolutions timed."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from plait.calibrations.circuit_forms import VARIANTS, keys
from plait.calibrations.environment import environment
from plait.calibrations.noise_run import CHANNELS, noise_point
from plait.calibrations.run_file import Record, append, load
from plait.calibrations.task import Task, task_id
from plait.models import Braid, Closure, PlaitError, cfev_circuit, face_network
from plait.models.circuit_census import census
from plait.models.constrained_count import constrained_bytes
from plait.models.echo import run_depth
from plait.models.fibonacci import fibonacci
from plait.models.noise import NoiseModel
from plait.models.runs import closed_runs

T = TypeVar("T")
Progress = Callable[[int, int, str], None]
"""Called with (runs done, runs asked, what is next)."""

DENSE_LIMIT = 3e8
"""Dense multiply-adds up to which the contraction is run and timed (about a second)."""
FIB_LIMIT = 2e9
"""Constrained multiply-adds, likewise."""
STATE_LIMIT = 1e9
"""Amplitude updates, likewise."""
BYTES_LIMIT = 2 * 2**30
AGREEMENT = 1e-9
"""Largest difference between two exact methods that is still rounding."""


def measure(
    tasks: Sequence[Task],
    path: Path,
    *,
    budget: float | None = None,
    progress: Progress | None = None,
) -> list[Record]:
    """Run what `path` does not hold yet, appending one line per finished run.

    Args:
        tasks: from `plait.calibrations.task`.
        path: run file; finished runs in it are not repeated.
        budget: seconds after which no further run is started.
        progress: called before each run.

    Returns:
        The runs of `path` that were asked for, old and new.

    Raises:
        PlaitError: unusable run file, or two exact methods that disagree (that would be a bug, not a run).
    """
    done = {record["id"]: record for record in (load([path])[0] if path.exists() else [])}
    start = time.monotonic()
    here: dict[str, str] | None = None
    for number, task in enumerate(tasks):
        if task_id(task) in done:
            continue
        if budget is not None and time.monotonic() - start > budget:
            break
        if progress:
            progress(number, len(tasks), _title(task))
        if here is None:
            here = environment()
            _warm_up()
            start = time.monotonic()  # compiling kernels is not charged to the budget
        record = run(task, here)
        append(path, record)
        done[record["id"]] = record
    wanted = [task_id(task) for task in tasks]
    return [done[key] for key in wanted if key in done]


def run(task: Task, here: dict[str, str]) -> Record:
    """Perform one task with every thread pool pinned to one thread."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        result = {"probe": lambda _: _probe(), "braid": _braid, "noise": _noise}[task["kind"]](task)
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"id": task_id(task), "asked": task, "result": result, "environment": here, "date": when}


def timed(action: Callable[[], T], *, least: float = 0.05, most: int = 7) -> tuple[T, list[float]]:
    """Result and seconds of repeated calls; the first is a warm-up and discarded unless it alone took over a second."""
    seconds: list[float] = []
    begin = time.perf_counter()
    result = action()
    first = time.perf_counter() - begin
    if first > 1:
        return result, [first]
    while len(seconds) < 3 or (sum(seconds) < least and len(seconds) < most):
        begin = time.perf_counter()
        result = action()
        seconds.append(time.perf_counter() - begin)
    return result, seconds


def _title(task: Task) -> str:
    if task["kind"] == "probe":
        return "machine probe"
    kind = "noisy " if task["kind"] == "noise" else ""
    return f"{kind}{task['closure']} {task['strands']} strands, {task['layers']} layers, seed {task['seed']}"


def _warm_up() -> None:
    """Compile every kernel before anything is timed."""
    from plait.models.statevector import exact_trace, plat_amplitude, typical_trace

    # wide enough for steps beyond those that run densely
    plan = face_network(Braid.brickwall(20, 40), Closure.MARKOV).search(effort=1)
    for constrained in (False, True):
        plan.contract(constrained=constrained)
    for gate_set in ("rzz", "cx"):
        census(Braid.brickwall(8, 12), Closure.MARKOV, gate_set=gate_set, paths=1)
    runs = Braid.brickwall(8, 12).runs(Closure.PLAT)
    exact_trace(8, runs)
    plat_amplitude(8, runs)
    typical_trace(8, runs, vectors=1, seed=0)


def _probe() -> dict[str, Any]:
    """Matrix-product rate (complex128, 8 real FLOP per multiply-add) and copy bandwidth (bytes read plus written)."""
    import numpy as np

    rng = np.random.default_rng(0)
    a, b = rng.random((2, 768, 768)) + 1j * rng.random((2, 768, 768))
    _, product = timed(lambda: a @ b, least=0.3, most=15)
    source = np.zeros(2**26)  # 512 MiB: far beyond the caches of one core
    target = np.ones_like(source)
    _, copy = timed(lambda: np.copyto(target, source), least=0.5, most=5)
    return {
        "flops_per_second": 8 * 768**3 / statistics.median(product),
        "bytes_per_second": 2 * source.nbytes / statistics.median(copy),
    }


def _braid(task: Task) -> dict[str, Any]:
    closure = Closure.parse(task["closure"])
    braid = Braid.brickwall(task["strands"], task["layers"], task["density"], task["seed"])
    closed = closed_runs(braid, closure)
    result: dict[str, Any] = {
        "m": braid.crossings,
        "D": braid.depth,
        "r": len(closed.runs),
        "D_r": run_depth(closed.runs),
    }
    result |= _circuit(braid, closure, task["seed"])
    network = face_network(braid, closure)
    begin = time.perf_counter()
    plan = network.search(effort=task["effort"], seed=task["seed"])
    result["search_seconds"] = time.perf_counter() - begin
    costs = plan.costs()
    result |= {
        "tensors": len(network.inputs),
        "width": costs.dense_width,
        "dense_operations": costs.dense_operations,
        "dense_writes": costs.dense_writes,
        "fib_operations": costs.operations,
        "fib_peak": costs.peak_entries,
    }
    result |= _contractions(plan)
    result |= _states(braid, closure)
    _check_values(task, result)
    return {key: float(x) if isinstance(x, int) and abs(x) > 2**53 else x for key, x in result.items()}


def _noise(task: Task) -> dict[str, Any]:
    """What a simulated noisy machine leaves of a known value, and the counts of the circuits it ran."""
    noise = NoiseModel(
        e_2q=task["e_2q"],
        e_1q=task["e_1q"],
        e_idle=task["e_idle"],
        e_meas=(task["e_spam"], task["e_spam"]),
        idle=CHANNELS[task["idle"]],
    )
    sizes = task["strands"], task["layers"], task["seed"]
    return asdict(noise_point(*sizes, Closure.parse(task["closure"]), noise, task["shots"]))


def _circuit(braid: Braid, closure: Closure, seed: int) -> dict[str, Any]:
    """Counts of echo circuits; processor seconds of the search for one word for all paths, and of one circuit."""
    runs = closed_runs(braid, closure).runs
    begin = time.process_time()
    counted = _census(braid, closure, len(runs), seed)
    searched = time.process_time()
    echo = cfev_circuit(braid, closure, seed=seed, shared_word=True)
    return {
        "ones": sum(echo.s[2:]),
        "two_qubit_gates": echo.two_qubit_gates,
        "two_qubit_depth": echo.two_qubit_depth,
        "one_qubit_gates": echo.one_qubit_gates,
        "word_seconds": searched - begin,
        "build_seconds": time.process_time() - searched,
        **counted,
    }


def _census(braid: Braid, closure: Closure, runs: int, seed: int) -> dict[str, Any]:
    """Counts of the variants, averaged over drawn paths: fewer for long braids, whose counts differ less."""
    paths = max(4, min(64, 20_000 // max(1, runs)))
    found: dict[str, float] = {}
    for layout, gate_set, connectivity in VARIANTS:
        counted = census(
            braid, closure, layout=layout, gate_set=gate_set, connectivity=connectivity, paths=paths, seed=seed
        )
        for symbol, feature in keys(layout, gate_set, connectivity).items():
            found.setdefault(feature, round(counted.mean[symbol], 3))
        if (layout, gate_set, connectivity) == VARIANTS[0]:
            spread = counted.two_qubit_spread
    return {**found, "paths": paths, "spread_over_s": round(spread, 3)}


def _contractions(plan: Any) -> dict[str, Any]:
    costs, result = plan.costs(), {}
    for name, constrained, operations, need, limit in (
        ("dense", False, costs.dense_operations, 48 * 2.0**costs.dense_width, DENSE_LIMIT),
        ("fib", True, costs.operations, constrained_bytes(costs), FIB_LIMIT),
    ):
        if operations <= limit and need <= BYTES_LIMIT:
            value, seconds = timed(lambda constrained=constrained: plan.contract(constrained=constrained))  # type: ignore[misc]
            result[f"{name}_seconds"] = seconds
            result[f"{name}_value"] = [value.real, value.imag]
    return result


def _states(braid: Braid, closure: Closure) -> dict[str, Any]:
    """One evolution (random vector or plat amplitude) and, where it is affordable, the exact trace."""
    from plait.models.statevector import exact_trace, plat_amplitude, typical_trace

    n, closed = braid.strands, closed_runs(braid, closure)
    result: dict[str, Any] = {}
    if closure is Closure.PLAT:
        if fibonacci(n - 1) * max(1, len(closed.runs)) > STATE_LIMIT:
            return result
        value, seconds = timed(lambda: plat_amplitude(n, closed.runs))
        value *= closed.phase
        return {
            "state_seconds": seconds,
            "state_amplitudes": fibonacci(n - 1),
            "state_value": [value.real, value.imag],
        }
    if fibonacci(n + 1) * max(1, len(closed.runs)) <= STATE_LIMIT:
        _, seconds = timed(lambda: typical_trace(n, closed.runs, vectors=1, seed=0))
        result |= {"typical_seconds": seconds, "typical_amplitudes": fibonacci(n + 1)}
    amplitudes = fibonacci(2 * n - 1)
    if amplitudes * max(1, len(closed.runs)) <= STATE_LIMIT:
        value, seconds = timed(lambda: exact_trace(n, closed.runs))
        result |= {
            "state_seconds": seconds,
            "state_amplitudes": amplitudes,
            "state_value": [value.real, value.imag],
        }
    return result


def _check_values(task: Task, result: dict[str, Any]) -> None:
    values = [complex(*result[key]) for key in ("dense_value", "fib_value", "state_value") if key in result]
    spread = max((abs(x - y) for x in values for y in values), default=0.0)
    if spread > AGREEMENT:
        raise PlaitError(f"exact methods differ by {spread:.2g} on {_title(task)}: {values}; please report this")
    result["methods_agree_to"] = spread
    result["methods"] = len(values)
