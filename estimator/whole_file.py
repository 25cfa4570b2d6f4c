"""Writing a file whole: a reader never sees half of it."""

import os
from pathlib import Path

from plait.models.errors import PlaitError


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the target, then rename.

    Raises:
        PlaitError: a place that cannot be written to.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise PlaitError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder you can write to"
        ) from error
