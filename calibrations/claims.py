"""Who makes which run: processes of one machine that fill one run file share the work instead of doubling it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plait.calibrations.locks import drop_mark, marks, try_mark


class Claims:
    """Runs of one file that this process is making.

    Claims are places in a file of locks, so a killed process leaves none. On another machine they are not seen: there a
    run may be made twice, and is kept once.
    """

    def __init__(self, path: Path, places: int | None) -> None:
        self._file, self._places = str(path.resolve()), places

    def take(self, key: str) -> bool:
        """Claim a run by its id; False if another process of this machine is making it."""
        return self._places is None or try_mark(self._places, self._place(key))

    def drop(self, key: str) -> None:
        """The run is made, or will not be."""
        if self._places is not None:
            drop_mark(self._places, self._place(key))

    def _place(self, key: str) -> int:
        return int(hashlib.sha256(f"{self._file}\n{key}".encode()).hexdigest()[:15], 16)


@contextmanager
def claims(path: Path) -> Iterator[Claims]:
    """Claims on the runs of a file; all are dropped at the end."""
    with marks("claims") as places:
        yield Claims(path, places)
