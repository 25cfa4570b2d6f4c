"""The run file: one JSON object per line and finished run, appended and never rewritten; read gzipped as well (.gz)."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from plait.calibrations.reading import read_bytes
from plait.calibrations.task import task_id
from plait.models import PlaitError

Record = dict[str, Any]
MAX_BYTES = 200 * 2**20
MAX_NUMBER = 1e300


def append(path: Path, record: Record) -> None:
    """Add one finished run. The line goes out in one write, is flushed to disk, and mends a torn line before it."""
    line = json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            file.seek(0, os.SEEK_END)
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    line = "\n" + line  # a killed run left half a line; keep ours whole
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise PlaitError(f"{path}: cannot append a run ({error.strerror}); give a writable file") from error


def load(paths: Iterable[Path]) -> tuple[list[Record], list[str]]:
    """All runs of some files, one per id, and remarks on what was dropped.

    A line that is not complete JSON is a torn write: dropped, and said. Anything else that is not a run is an error.

    Raises:
        PlaitError: unreadable file, or a complete line that is not a run, with file and line number.
    """
    records: dict[str, Record] = {}
    remarks: list[str] = []
    for path in paths:
        data = read_bytes(path, MAX_BYTES)
        if len(data) > MAX_BYTES:
            raise PlaitError(f"{path}: larger than {MAX_BYTES >> 20} MiB; split the file")
        text, found = data.decode("utf-8", errors="replace"), False
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line, parse_constant=_refuse)
            except RecursionError as error:
                raise PlaitError(f"{path}, line {number}: nested too deeply to be a run") from error
            except ValueError:
                remarks.append(f"{path}, line {number}: dropped, a write that did not finish")
                continue
            _check(record, f"{path}, line {number}")
            records.setdefault(record["id"], record)
            found = True
        if text.count("\n") > 1 and not found:
            raise PlaitError(f"{path}: holds no run at all; this is not a run file of plait")
    return list(records.values()), remarks


def _refuse(name: str) -> float:
    raise ValueError(name)


def _check(record: object, where: str) -> None:
    if not isinstance(record, dict):
        raise PlaitError(f"{where}: expected a run (a JSON object), got {type(record).__name__}")
    for key, kind in (("id", str), ("asked", dict), ("result", dict), ("environment", dict)):
        if not isinstance(record.get(key), kind):
            raise PlaitError(f"{where}: a run needs {key!r} as {kind.__name__}; this is not a run file of plait")
    if record["id"] != task_id(record["asked"]):
        raise PlaitError(f"{where}: id {record['id']!r} does not belong to what was asked; the line was altered")
    for key, value in record["result"].items():
        numbers = value if isinstance(value, list) else [value]
        for x in numbers:
            if (
                not isinstance(x, int | float | type(None))
                or isinstance(x, bool)
                or (x is not None and abs(x) > MAX_NUMBER)
            ):
                raise PlaitError(f"{where}: result.{key} = {str(value)[:40]!r} is not a finite number")
