"""Reading files users name, never more than a limit: a device or a growing file has no honest size."""

import gzip
import zlib
from pathlib import Path

from plait.models import PlaitError


def read_text(path: Path, limit: int, what: str) -> str:
    """The text of a UTF-8 file.

    Args:
        path: any path, special files included.
        limit: bytes; a larger file is refused after that many.
        what: the kind of file, for the message.

    Raises:
        PlaitError: unreadable, larger than the limit, or not UTF-8.
    """
    data = read_bytes(path, limit)
    if len(data) > limit:
        most = f"{limit >> 20} MiB" if limit >= 2**20 else f"{limit >> 10} KiB"
        raise PlaitError(f"{path}: larger than {most}; not {what}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PlaitError(
            f"{path}, line {line}: cannot be read (not UTF-8 text at byte {error.start}); not {what}"
        ) from error


def read_bytes(path: Path, limit: int) -> bytes:
    """At most one byte more than `limit` of a file; of a gzipped one (.gz), so many once unpacked.

    Raises:
        PlaitError: unreadable.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise PlaitError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
