"""Progress of long work: a bar with time left on a terminal, a line now and then elsewhere; always on stderr."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

QUIET_SECONDS = 1.0
"""Work shorter than this shows nothing where there is no terminal."""
EVERY_SECONDS = 10.0

Report = Callable[..., None]
"""report(done, total, what="")"""


def per_cent(report: Report) -> Callable[[int, int], None]:
    """`report` for work counted in units that nobody wants to read."""
    return lambda done, total: report(100 * done // max(total, 1), 100, "per cent of the operations")


@contextmanager
def progress(title: str, most: float = math.inf) -> Iterator[Report]:
    """Show how far something is; call the yielded function with (done, total, what is next).

    Args:
        title: of the work.
        most: seconds it may take from the first call on, where the time left is bounded by a budget.
    """
    if not sys.stderr.isatty():
        yield _lines(title, most)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    parts = "{task.description}", "{task.fields[what]}", "{task.fields[left]}"
    description, what, left = (TextColumn(part) for part in parts)
    with Progress(description, BarColumn(), what, left, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, what="", left="")
        clock = _Clock(most)

        def report(done: int, total: int, what: str = "") -> None:
            bar.update(
                task, completed=done, total=total, what=what or f"{done} of {total}", left=clock.left(done, total)
            )

        yield report


class _Clock:
    """Time left, by what was done since the first look: what an earlier call had done tells nothing of the speed."""

    def __init__(self, most: float) -> None:
        self._most, self._start, self._first = most, time.monotonic(), -1

    def left(self, done: int, total: int) -> str:
        """In words; empty where there is nothing to tell it by."""
        if self._first < 0:
            self._first, self._start = done, time.monotonic()
        gone = time.monotonic() - self._start
        new = done - self._first
        seconds = min(gone / new * (total - done) if new > 0 else math.inf, max(0.0, self._most - gone))
        return "" if seconds == math.inf else f"about {in_words(seconds)} left"


def in_words(seconds: float) -> str:
    """A time in one unit or two.

    >>> in_words(42.3), in_words(303), in_words(8000)
    ('42 s', '5 min', '2 h 13 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _lines(title: str, most: float) -> Report:
    start = last = time.monotonic()
    clock = _Clock(most)

    def report(done: int, total: int, what: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        left = clock.left(done, total)
        first_word = last == start and now - start > QUIET_SECONDS
        if first_word or now - last > EVERY_SECONDS:
            words = f"{title}: {done} of {total}{f', {left}' if left else ''}{f' ({what})' if what else ''}"
            print(words, file=sys.stderr, flush=True)
            last = now

    return report
