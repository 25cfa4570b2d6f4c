"""A process that makes quick real runs, told what to do by its arguments: FILE TASKS [WORKERS]. Tests kill it.

Before every run it prints how many are done.
"""

import sys
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from plait.calibrations.design import braid_task
from plait.calibrations.measure import measure
from plait.calibrations.task import Task
from plait.calibrations.worker_processes import worker_processes
from plait.models import Closure


def quick_tasks(count: int) -> list[Task]:
    """Braids of a few strands; each takes milliseconds."""
    sizes = product(range(1_000), (2, 3, 4, 5), (2, 3, 4))
    every = (braid_task(strands, layers, seed, Closure.MARKOV) for seed, strands, layers in sizes)
    return [task for _, task in zip(range(count), every, strict=False)]


def main(path: str, count: str, workers: str = "0") -> None:
    """Make the runs."""

    def say(done: int, total: int, what: str) -> None:
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()

    with ExitStack() as stack:
        executor = stack.enter_context(worker_processes(int(workers))) if int(workers) else None
        measure(
            quick_tasks(int(count)),
            Path(path),
            progress=say,
            executor=executor,
            workers=int(workers) or 1,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
