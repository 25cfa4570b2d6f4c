"""Small real runs, one after another: what a file does not hold yet is made and appended to it."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from plait.calibrations.environment import environment
from plait.calibrations.one_run import run, warm_up
from plait.calibrations.run_file import Record, append, load
from plait.calibrations.task import Task, task_id, title

Progress = Callable[[int, int, str], None]
"""Called with (runs done, runs asked, what is next)."""


def measure(
    tasks: Sequence[Task],
    path: Path,
    *,
    budget: float | None = None,
    progress: Progress | None = None,
) -> list[Record]:
    """Run what `path` does not hold yet, appending one line per finished run.

    Args:
        tasks: from `plait.calibrations.task` and `plait.calibrations.design`.
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
            progress(number, len(tasks), title(task))
        if here is None:
            here = environment()
            warm_up()
            start = time.monotonic()  # compiling kernels is not charged to the budget
        record = run(task, here)
        append(path, record)
        done[record["id"]] = record
    wanted = [task_id(task) for task in tasks]
    return [done[key] for key in wanted if key in done]
