"""One timed run per core: whoever times something on this machine holds a core's place while it does."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plait.calibrations.locks import drop_mark, marks, try_mark

POLL_SECONDS = 0.05
_TURN = threading.Lock()
"""Threads of one process take turns: they share the interpreter, the thread pools and the peak of memory."""


def cores() -> int:
    """Cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


@contextmanager
def core_slot() -> Iterator[Callable[[], int | None]]:
    """Wait until a core has no timed run of this user, and hold its place; never more of them than cores.

    Yields:
        Counts the runs going on now on this machine, this one included; None where the system has no such locks.
    """
    with _TURN, marks("cores") as places:
        if places is None:
            yield lambda: None
            return
        every = range(cores())
        while (mine := next((core for core in every if try_mark(places, core)), None)) is None:
            time.sleep(POLL_SECONDS)

        def going_on() -> int:
            count = 1
            for core in every:
                if core != mine:
                    if try_mark(places, core):
                        drop_mark(places, core)
                    else:
                        count += 1
            return count

        yield going_on
