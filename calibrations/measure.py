"""Small real runs: what a file does not hold yet is made, here or by the workers of an executor, and appended to it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from plait.calibrations.campaign import Campaign
from plait.calibrations.claims import claims
from plait.calibrations.run_file import Record
from plait.calibrations.run_log import RunLog
from plait.calibrations.task import Task, task_id
from plait.models.braid import check_int

Progress = Callable[[int, int, str], None]
"""Called with (runs done, runs asked, what is next)."""


def measure(
    tasks: Sequence[Task],
    path: Path,
    *,
    budget: float | None = None,
    progress: Progress | None = None,
    remark: Callable[[str], None] | None = None,
    executor: Executor | None = None,
    workers: int = 1,
) -> list[Record]:
    """Run what `path` does not hold yet, appending one line per finished run.

    Several processes may fill one file: they share the runs (see `plait.calibrations.claims`). A run whose worker died
    is made again; one that kills its worker every time is left out, with a remark.

    Args:
        tasks: from `plait.calibrations.task` and `plait.calibrations.design`.
        path: run file; finished runs in it are not repeated.
        budget: seconds after which no further run is started; 0 starts none. Compiling kernels is not charged.
        progress: called before each run.
        remark: called with what was dropped or left out, in words.
        executor: any of concurrent.futures; without one the runs are made in this process, one after another. Workers
            need this version of plait. Timed runs beside each other are slower, and say so ("together").
        workers: runs handed to the executor at a time: as many as it has processes.

    Returns:
        The runs of `path` that were asked for, old and new; more than one of an id if several processors made it.

    Raises:
        PlaitError: unusable run file; an executor that makes no runs; two exact methods that disagree (that would be a
            bug, not a run). What is finished by then is in the file; Ctrl-C keeps it too.
    """
    check_int("workers", workers, 1, 100_000)
    say = remark or (lambda text: None)
    log = RunLog(path, say)
    with claims(path) as claimed:
        Campaign(tasks, log, claimed, budget=budget, progress=progress, remark=say).go(executor, workers)
    return log.of([task_id(task) for task in tasks])
