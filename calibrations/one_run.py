"""Performing one task: which function makes its result, and what must be compiled before anything is timed."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from plait.calibrations.braid_run import braid_run
from plait.calibrations.design import braid_task
from plait.calibrations.noise_run import CHANNELS, noise_point
from plait.calibrations.run_file import Record
from plait.calibrations.state_run import states
from plait.calibrations.task import Task, task_id
from plait.calibrations.timing import timed
from plait.models import Braid, Closure, face_network
from plait.models.noise import NoiseModel


def run(task: Task, here: Mapping[str, str]) -> Record:
    """Perform one task with every thread pool pinned to one thread.

    Args:
        task: what is asked.
        here: `plait.calibrations.environment.environment()`.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        result = _RUNS[task["kind"]](task)
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"id": task_id(task), "asked": task, "result": result, "environment": dict(here), "date": when}


def warm_up() -> None:
    """Compile every kernel before anything is timed."""
    for closure in Closure:
        braid_run(braid_task(8, 10, 0, closure, also=("circuits", "cut", "single", "train")))
        for strands in (18, 28):  # states narrow, and wide enough to be evolved in windows
            states(strands, Braid.brickwall(strands, 4).runs(closure), closure)
    plan = face_network(Braid.brickwall(26, 60), Closure.MARKOV).search()
    plan.contract(constrained=True)  # wide enough for steps that are planned ..
    plan.contract(constrained=True, threads=2)  # .. and, with two threads, parted


def _probe(task: Task) -> dict[str, Any]:
    """Matrix-product rate (complex128, 8 real FLOP per multiply-add) and copy bandwidth (bytes read plus written)."""
    import numpy as np

    rng = np.random.default_rng(task["repeat"])
    a, b = rng.random((2, 768, 768)) + 1j * rng.random((2, 768, 768))
    _, product = timed(lambda: a @ b, least=0.3, most=15)
    source = np.zeros(2**26)  # 512 MiB: far beyond the caches of one core
    target = np.ones_like(source)
    _, copy = timed(lambda: np.copyto(target, source), least=0.5, most=5)
    return {
        "flops_per_second": 8 * 768**3 / statistics.median(product),
        "bytes_per_second": 2 * source.nbytes / statistics.median(copy),
    }


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


_RUNS: Mapping[str, Callable[[Task], dict[str, Any]]] = {"probe": _probe, "braid": braid_run, "noise": _noise}
