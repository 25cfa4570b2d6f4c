"""Seconds and peak memory of one action, measured from within this process."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LEAST_SECONDS = 0.05
MOST_REPEATS = 7
LONG_SECONDS = 0.3
"""A first call that took longer is repeated once only."""


def timed(
    action: Callable[[], T], *, least: float = LEAST_SECONDS, most: int = MOST_REPEATS
) -> tuple[T, tuple[float, float, float]]:
    """Result, and the least, median and most seconds of repeated calls.

    The first call is a warm-up and discarded, unless it alone took over a second: then it is the only one.

    Args:
        action: what to time.
        least: seconds of repeats together, unless `most` come first; three repeats at least.
        most: repeats.
    """
    seconds: list[float] = []
    begin = time.perf_counter()
    result = action()
    first = time.perf_counter() - begin
    if first > 1:
        return result, (first, first, first)
    fewest = 1 if first > LONG_SECONDS else 3
    while len(seconds) < fewest or (sum(seconds) < least and len(seconds) < most):
        begin = time.perf_counter()
        result = action()
        seconds.append(time.perf_counter() - begin)
    return result, (min(seconds), statistics.median(seconds), max(seconds))


def peak_bytes(action: Callable[[], T]) -> tuple[T, int | None]:
    """Result, and most memory that an action had resident above what was before; None where the system does not tell.

    Linux: writing 5 to /proc/self/clear_refs sets the high-water mark VmHWM back to what is resident now.
    """
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before = _status("VmHWM")
    except OSError:
        return action(), None
    result = action()
    after = _status("VmHWM")
    return result, None if before is None or after is None else max(0, after - before)


def _status(field: str) -> int | None:
    """Bytes of one field of /proc/self/status."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition(":")
        if name == field:
            return 1024 * int(rest.split()[0])
    return None
