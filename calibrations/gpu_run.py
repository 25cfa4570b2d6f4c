"""Runs on the GPU at hand: what it can do at most, states, contractions; what they found has the keys of other runs.

All braids are planted and stand as they are, so that every value is checked against the known one.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plait.calibrations.contraction_run import tree_features
from plait.calibrations.environment import processor
from plait.calibrations.run_file import Record
from plait.calibrations.run_log import RunLog
from plait.calibrations.task import Task, task_id
from plait.calibrations.timing import timed
from plait.models import Braid, Closure, PlaitError, face_network
from plait.models.fibonacci import fibonacci
from plait.models.gpu import gpu_room
from plait.models.planted import planted
from plait.models.runs import closed_runs
from plait.models.search import ContractionPlan
from plait.models.statevector import TYPICAL_ERROR

PRODUCT = 6144
"""Rows of the square matrices whose product is timed."""
COPIED = 1 << 30
"""Bytes that are copied."""
AGREEMENT = {"complex128": 1e-9, "complex64": 1e-3}
"""Largest error that is rounding."""
SIGMAS = 5
"""Errors of one random vector that an estimate may be off."""
DENSE_MOST = 3e12
"""Dense multiply-adds up to which a contraction is run."""
EFFORT = 1

STATES = ((24, 30), (28, 30), (32, 30), (36, 30), (40, 30), (44, 30), (30, 100), (36, 100))
TRACES = ((8, 20), (12, 20), (15, 20), (18, 20), (20, 20), (22, 20))
CONTRACTIONS = {
    Closure.MARKOV: (
        *((14, 9), (20, 30), (29, 30), (40, 40), (60, 50), (60, 65), (85, 65), (85, 75), (85, 80), (99, 80)),
        *((85, 90), (85, 100), (85, 110), (85, 115)),
    ),
    Closure.PLAT: (
        *((20, 30), (40, 40), (60, 60), (60, 80), (84, 80), (84, 100), (100, 100), (100, 110)),
        *((100, 120), (100, 130), (100, 138)),
    ),
}
DENSE = {
    Closure.MARKOV: ((12, 12), (16, 20), (20, 20), (20, 30), (29, 30), (24, 40)),
    Closure.PLAT: ((16, 20), (24, 30), (40, 40), (50, 50)),
}
LARGEST = ((46, 40), (48, 40))
"""Random vectors in complex64 that fill 40 and 80 GB."""


def gpu_tasks() -> list[Task]:
    """From probes and small runs to the largest that 80 GB hold; what does not fit is left out when it is its turn."""
    rounds = [iter(some) for some in (_states(), _contractions())]
    found: list[Task] = [{"kind": "gpu-probe", "repeat": repeat} for repeat in range(3)]
    while rounds:
        for some in list(rounds):
            task = next(some, None)
            if task is None:
                rounds.remove(some)
            else:
                found.append(task)
    return [*found, *(_task("typical", Closure.MARKOV, size, "complex64") for size in LARGEST)]


def _task(what: str, closure: Closure, size: tuple[int, int], dtype: str = "complex128") -> Task:
    return {
        "kind": "gpu",
        "what": what,
        "family": "planted",
        "closure": str(closure),
        "strands": size[0],
        "layers": size[1],
        "seed": 0,
        "dtype": dtype,
    }


def _states() -> Iterator[Task]:
    for size in STATES:
        yield _task("typical", Closure.MARKOV, size)
        yield _task("amplitude", Closure.PLAT, size)
        yield _task("typical", Closure.MARKOV, size, "complex64")
        yield _task("amplitude", Closure.PLAT, size, "complex64")
    for size in TRACES:
        yield _task("trace", Closure.MARKOV, size)


def _contractions() -> Iterator[Task]:
    for closure in Closure:
        for size in DENSE[closure]:
            yield _task("dense", closure, size)
        for size in CONTRACTIONS[closure]:
            yield _task("constrained", closure, size)


def gpu_title(task: Task) -> str:
    """What a task is, for people."""
    if task["kind"] == "gpu-probe":
        return "GPU probe"
    return f"GPU, {task['what']} {task['closure']} {task['strands']} strands, {task['layers']} layers, {task['dtype']}"


def measure_gpu(
    tasks: Sequence[Task],
    path: Path,
    *,
    budget: float | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    remark: Callable[[str], None] | None = None,
) -> list[Record]:
    """Run what `path` does not hold yet, one after another, appending one line per finished run.

    Args:
        tasks: of `gpu_tasks`.
        path: run file; it need not exist.
        budget: seconds after which no further run is started.
        progress: called before each run with (runs done, runs asked, what is next).
        remark: called with what was left out, in words.

    Returns:
        The runs of `path` that were asked for.

    Raises:
        PlaitError: unusable run file, or a value that is not the planted one (a defect of plait).
    """
    say = remark or (lambda text: None)
    log, here = RunLog(path, say), gpu_environment()
    if any(task_id(task) not in log for task in tasks):
        warm_up()
    begin = time.monotonic()
    for number, task in enumerate(tasks):
        if task_id(task) in log:
            continue
        if budget is not None and time.monotonic() - begin > budget:
            break
        if progress:
            progress(number, len(tasks), gpu_title(task))
        result = gpu_run(task)
        if result is None:
            say(f"{gpu_title(task)}: left out, beyond the memory of this GPU or {DENSE_MOST:g} multiply-adds")
            continue
        date = datetime.now(UTC).strftime("%Y-%m-%d")
        log.add({"id": task_id(task), "asked": task, "result": result, "environment": here, "date": date})
    return log.of([task_id(task) for task in tasks])


def warm_up() -> None:
    """Compile every kernel, and load the vendor's libraries, before anything is timed."""
    for what, closure, size in (
        ("typical", Closure.MARKOV, (20, 8)),
        ("amplitude", Closure.PLAT, (20, 8)),
        ("trace", Closure.MARKOV, (8, 8)),
        ("constrained", Closure.MARKOV, (60, 65)),  # large enough for products on the GPU
        ("dense", Closure.MARKOV, (12, 8)),
    ):
        for dtype in AGREEMENT:
            gpu_run(_task(what, closure, size, dtype))


def gpu_environment() -> dict[str, str]:
    """The GPU, its driver, and the versions that matter; nothing that names a person or a host."""
    from importlib import metadata

    import cupy

    runtime = cupy.cuda.runtime
    about = runtime.getDeviceProperties(runtime.getDevice())
    return {
        "gpu": about["name"].decode(),
        "memory": str(about["totalGlobalMem"]),
        "multiprocessors": str(about["multiProcessorCount"]),
        "driver": str(runtime.driverGetVersion()),
        "cuda": str(runtime.runtimeGetVersion()),
        "cupy": cupy.__version__,
        "plait": metadata.version("plait"),
        "processor": processor(),
        "cores": str(os.cpu_count()),
    }


def gpu_run(task: Task) -> dict[str, Any] | None:
    """Perform one task; None if this GPU cannot.

    Raises:
        PlaitError: a value that is not the planted one.
    """
    import cupy

    cupy.get_default_memory_pool().free_all_blocks()
    found = _probe() if task["kind"] == "gpu-probe" else _RUNS[task["what"]](task)
    return found and {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def _probe() -> dict[str, Any]:
    """Matrix-product rate (complex128) and copy bandwidth (bytes read plus written)."""
    import cupy

    def finished(action: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            action()
            cupy.cuda.Device().synchronize()

        return run

    a = cupy.random.default_rng(0).random((PRODUCT, PRODUCT)) + 0j
    _, product = timed(finished(lambda: a @ a), least=0.5, most=15)
    source, target = cupy.zeros(COPIED, "uint8"), cupy.ones(COPIED, "uint8")
    _, copy = timed(finished(lambda: cupy.copyto(target, source)), least=0.5, most=50)
    return {
        "flops_per_second": 8 * PRODUCT**3 / statistics.median(product),
        "bytes_per_second": 2 * COPIED / statistics.median(copy),
    }


def _known(task: Task) -> tuple[Braid, Closure, complex]:
    closure = Closure.parse(task["closure"])
    made = planted(task["strands"], task["layers"], seed=task["seed"])
    return made.braid, closure, made.normalised(closure)


def _checked(task: Task, found: complex, known: complex, most: float) -> dict[str, Any]:
    error = abs(found - known)
    if not error <= most:
        raise PlaitError(f"{gpu_title(task)}: {found} should be {known}: please report this")
    return {"value": [found.real, found.imag], "error": error}


def _typical(task: Task) -> dict[str, Any] | None:
    from plait.models.state_gpu import gpu_estimates

    braid, closure, known = _known(task)
    n, runs, paths = braid.strands, closed_runs(braid, closure).runs, fibonacci(braid.strands + 1)
    if not _fits(task, paths):
        return None
    found, seconds = timed(lambda: gpu_estimates(n, runs, vectors=1, seed=1, dtype=task["dtype"])[0])
    checked = _checked(task, complex(found), known, SIGMAS * TYPICAL_ERROR / paths**0.5 + AGREEMENT[task["dtype"]])
    return {"r": len(runs), "typical_seconds": seconds, "typical_amplitudes": paths, **checked}


def _amplitude(task: Task) -> dict[str, Any] | None:
    from plait.models.state_gpu import gpu_plat_amplitude

    braid, closure, known = _known(task)
    closed, paths = closed_runs(braid, closure), fibonacci(braid.strands - 1)
    if not _fits(task, paths):
        return None
    found, seconds = timed(lambda: gpu_plat_amplitude(braid.strands, closed.runs, dtype=task["dtype"]))
    checked = _checked(task, closed.phase * found, known, AGREEMENT[task["dtype"]])
    return {"r": len(closed.runs), "state_seconds": seconds, "state_amplitudes": paths, **checked}


def _trace(task: Task) -> dict[str, Any] | None:
    from plait.models.state_gpu import gpu_exact_trace

    braid, closure, known = _known(task)
    runs = closed_runs(braid, closure).runs
    found, seconds = timed(lambda: gpu_exact_trace(braid.strands, runs, dtype=task["dtype"]))
    amplitudes = fibonacci(2 * braid.strands - 1)
    checked = _checked(task, found, known, AGREEMENT[task["dtype"]])
    return {"r": len(runs), "state_seconds": seconds, "state_amplitudes": amplitudes, **checked}


def _fits(task: Task, paths: int) -> bool:
    from plait.models.gpu import free_bytes

    return paths * (8 if task["dtype"] == "complex64" else 16) < free_bytes()


def _plan(task: Task) -> tuple[ContractionPlan, complex]:
    braid, closure, known = _known(task)
    return face_network(braid, closure).search(EFFORT, seed=task["seed"], threads=os.cpu_count() or 1), known


def _constrained(task: Task) -> dict[str, Any] | None:
    plan, known = _plan(task)
    try:
        plan = plan.sliced(gpu_room(), task["dtype"])
    except PlaitError:  # no loops bring it down to that
        return None
    found, seconds = timed(lambda: plan.contract(constrained=True, device="gpu", dtype=task["dtype"]))
    checked = _checked(task, found, known, AGREEMENT[task["dtype"]])
    return {**tree_features(plan), "passes": plan.costs().passes, "fib_seconds": seconds, **checked}


def _dense(task: Task) -> dict[str, Any] | None:
    plan, known = _plan(task)
    if plan.costs().dense_operations > DENSE_MOST:
        return None
    found, seconds = timed(lambda: plan.contract(constrained=False, device="gpu", dtype=task["dtype"]))
    checked = _checked(task, found, known, AGREEMENT[task["dtype"]])
    return {**tree_features(plan), "dense_seconds": seconds, **checked}


_RUNS: dict[str, Callable[[Task], dict[str, Any] | None]] = {
    "typical": _typical,
    "amplitude": _amplitude,
    "trace": _trace,
    "constrained": _constrained,
    "dense": _dense,
}
