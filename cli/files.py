"""Reading and writing the files users name."""

import os
from pathlib import Path

from plait.cli.errors import about_file


def read_text(path: Path, limit: int) -> str:
    """The text of a UTF-8 file of at most `limit` bytes.

    Raises:
        PlaitError: it cannot be read, is larger, or is not UTF-8.
    """
    from plait.models.errors import PlaitError

    with about_file(path), open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise PlaitError(f"{path}: larger than {limit / 1e6:g} MB, the limit for such a file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlaitError(f"{path}: not a text file (byte {error.start} is not UTF-8)") from None


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file in one step: readers see the old file or the whole new one.

    Raises:
        PlaitError: it cannot be written.
    """
    from plait.models.errors import PlaitError

    if not path.name:
        raise PlaitError(f"{path}: expected the name of a file")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with about_file(path):
        try:
            part.write_text(text, encoding="utf-8")
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def check_folder(path: Path) -> None:
    """Refuse early a file whose folder does not exist: before work is spent on what cannot be saved.

    Raises:
        PlaitError: it does not.
    """
    from plait.models.errors import PlaitError

    if not path.absolute().parent.is_dir():
        raise PlaitError(f"{path}: there is no folder {path.parent}; make it, or name another file")
