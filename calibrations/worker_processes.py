"""Worker processes of this machine: a pool that outlives the death of its workers, whose workers do not outlive it."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

from plait.calibrations.core_slot import cores
from plait.models import PlaitError
from plait.models.braid import check_int

P = ParamSpec("P")
T = TypeVar("T")


@contextlib.contextmanager
def worker_processes(count: int) -> Iterator[Executor]:
    """An executor of so many fresh processes, each with one thread, for `plait.calibrations.measure`.

    Raises:
        PlaitError: more than there are cores; timed runs want one each.
    """
    check_int("workers", count, 1, 100_000)
    if count > cores():
        raise PlaitError(f"workers = {count}, but {cores()} cores may be used here; a timed run wants one of its own")
    pool = _Pool(count)
    try:
        yield pool
    finally:
        pool.shutdown()


class _Pool(Executor):
    """A process pool that is begun anew when the death of a worker has broken it."""

    def __init__(self, count: int) -> None:
        self._count = count
        # Workers end when this end is closed: by us, or by the system if we are killed. Spawned, they inherit no copy.
        self._context = multiprocessing.get_context("spawn")
        self._far, self._near = self._context.Pipe(duplex=False)
        self._pool = self._begin()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        try:
            return self._pool.submit(fn, *args, **kwargs)
        except BrokenExecutor:
            self._pool.shutdown()
            self._pool = self._begin()
            return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers at once, in the middle of a run if need be: `measure` has taken what is finished."""
        self._near.close()
        self._pool.shutdown(wait, cancel_futures=True)
        self._far.close()

    def _begin(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._count, self._context, initializer=_begin_worker, initargs=(self._far,))


def _begin_worker(far: Connection) -> None:
    """Ctrl-C ends a worker at once; so does the end of the process that began it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_watch, args=(far,), daemon=True).start()


def _watch(far: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        far.poll(None)  # nothing is ever sent: readable means closed
    os._exit(0)
