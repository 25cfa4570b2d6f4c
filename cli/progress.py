"""Progress of long work: a bar with time left on a terminal, a line now and then elsewhere; always on stderr."""

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
def progress(title: str) -> Iterator[Report]:
    """Show how far something is; call the yielded function with (done, total, what is next)."""
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[what]}"), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, what="")

        def report(done: int, total: int, what: str = "") -> None:
            bar.update(task, completed=done, total=total, what=what or f"{done} of {total}")

        yield report


def _lines(title: str) -> Report:
    start = last = time.monotonic()

    def report(done: int, total: int, what: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        first_word = last == start and now - start > QUIET_SECONDS
        if first_word or now - last > EVERY_SECONDS:
            left = f", about {(now - start) / done * (total - done):.0f} s left" if done else ""
            print(f"{title}: {done} of {total}{left}{f' ({what})' if what else ''}", file=sys.stderr, flush=True)
            last = now

    return report
