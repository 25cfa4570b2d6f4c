"""Where the work of a command is done: in this process, in others, or on a Dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor


@contextmanager
def chosen_executor(scheduler: str | None, workers: int | None) -> Iterator[tuple["Executor | None", int]]:
    """What does the work, and how much at a time; None is this process.

    Args:
        scheduler: address of a Dask cluster, or
        workers: number of processes.
    """
    if scheduler is not None:
        from plait.calibrations.dask_executor import dask_executor

        with dask_executor(scheduler) as found:
            yield found
    elif workers is not None:
        from plait.calibrations.worker_processes import worker_processes

        with worker_processes(workers) as pool:
            yield pool, workers
    else:
        yield None, 1
