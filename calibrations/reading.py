"""Reading files users name, never more than a limit: a device or a growing file has no honest size."""

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
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise PlaitError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(data) > limit:
        raise PlaitError(f"{path}: larger than {limit >> 20} MiB; not {what}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlaitError(f"{path}: cannot be read (not UTF-8 text at byte {error.start}); not {what}") from error
