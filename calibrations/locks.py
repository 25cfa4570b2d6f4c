"""Locks between processes, let go by the system when their holder ends, however it ends.

They are advisory, of POSIX systems (fcntl). Where a system or file system has none, everything counts as free: then let
one process at a time write to a run file; a run made twice by two of them is still read once.
"""

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NONE = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
"""What a file system without locks answers."""

if sys.platform == "win32":

    def lock_whole(descriptor: int) -> bool:
        """Wait until no other process holds the file, then hold it until it is closed. False: no locks here."""
        return False

    def try_mark(descriptor: int, place: int) -> bool:
        """Hold one place of a file if no other process does; True as well where there are no locks."""
        return True

    def drop_mark(descriptor: int, place: int) -> None:
        """Let a place go."""

else:
    import fcntl

    def lock_whole(descriptor: int) -> bool:
        """Wait until no other process holds the file, then hold it until it is closed. False: no locks here."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno in _NONE:
                return False
            raise
        return True

    def try_mark(descriptor: int, place: int) -> bool:
        """Hold one place of a file if no other process does; True as well where there are no locks.

        Closing the file anywhere in this process lets all its places go: open it once.
        """
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError as error:
            return error.errno in _NONE
        return True

    def drop_mark(descriptor: int, place: int) -> None:
        """Let a place go."""
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, place)
        except OSError as error:
            if error.errno not in _NONE:
                raise


@contextmanager
def marks(name: str) -> Iterator[int | None]:
    """An empty file of this machine and user whose places are marked, as a descriptor; None where there can be none."""
    user = str(os.getuid()) if sys.platform != "win32" else "user"
    folder = Path(tempfile.gettempdir()) / f"plait-locks-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # Never through a link that somebody else may have put there.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(folder / name, flags, 0o600)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
