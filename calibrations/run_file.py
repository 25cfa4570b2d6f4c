"""The run file: one JSON object per line and finished run, appended and never rewritten; read gzipped as well (.gz).

Every line ends in the checksum of its content ("sum"): a digit that changed on disk is an error and never a number.
Older lines, without one, are read too.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from plait.calibrations.locks import lock_whole
from plait.calibrations.reading import read_bytes
from plait.calibrations.run_form import problem
from plait.calibrations.task import task_id
from plait.models import PlaitError
from plait.models.errors import shown

Record = dict[str, Any]
MAX_BYTES = 200 * 2**20
KEYS = {"id": str, "asked": dict, "result": dict, "environment": dict}
"""What every line holds."""
MORE_KEYS = {"date": str, "sum": str}
WHOLE = re.compile(r'("sum":"[0-9a-f]{16}"\}|\}\})\s*\Z')
"""How a line ends whose write was finished; lines without a checksum end in the brackets of two objects."""


def append(path: Path, *records: Record) -> None:
    """Add finished runs, whole lines on disk when it returns, also while other processes append.

    Raises:
        PlaitError: the file cannot be written to, or a record is no run.
    """
    with appending(path) as file:
        write(file, path, records)


@contextmanager
def appending(path: Path) -> Iterator[int]:
    """A run file, open for reading and appending, and locked against other writers until the end of the block.

    The lock (flock on the file itself) makes looking at its last byte and writing one step. Where a file system has no
    locks, one process at a time may append: see `plait.calibrations.locks`.

    Raises:
        PlaitError: the file cannot be written to.
    """
    if path.suffix == ".gz":
        raise PlaitError(f"{path}: gzipped run files are only read; unpack it (gunzip) to append runs")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            lock_whole(file)
            yield file
        finally:
            os.close(file)
    except OSError as error:
        raise PlaitError(f"{path}: cannot append a run ({error.strerror}); give a writable file") from error


def write(file: int, path: Path, records: Iterable[Record]) -> None:
    """Append lines to a file of `appending`, flushed to disk; mends a torn line before them."""
    lines = "".join(_line(record, path) for record in records).encode()
    if not lines:
        return
    end = os.lseek(file, 0, os.SEEK_END)
    if end and os.pread(file, 1, end - 1) != b"\n":
        lines = b"\n" + lines  # a killed process left half a line; keep ours whole
    while lines:
        lines = lines[os.write(file, lines) :]
    os.fsync(file)


def load(paths: Iterable[Path]) -> tuple[list[Record], list[str]]:
    """All runs of some files, one per id and processor (the first), and remarks on what was dropped.

    A line whose write did not finish is dropped, and said; so is a second, different result of the same run. Anything
    else that is not a run is an error.

    Raises:
        PlaitError: unreadable file, or a line that is no run or was damaged, with file and line number.
    """
    runs, remarks = Runs(), []
    for path in paths:
        data = read_bytes(path, MAX_BYTES)
        if len(data) > MAX_BYTES:
            raise PlaitError(f"{path}: larger than {MAX_BYTES >> 20} MiB; split the file")
        remarks += runs.read(data, path, 1)
    return runs.all(), remarks


class Runs:
    """Runs by id and processor; the first of each stays."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Record] = {}
        self._ids: set[str] = set()

    def __contains__(self, key: object) -> bool:
        return key in self._ids

    def all(self) -> list[Record]:
        """In the order they came."""
        return list(self._held.values())

    def like(self, record: Record) -> Record | None:
        """The run held with this one's id and processor."""
        return self._held.get((record["id"], processor_of(record)))

    def add(self, record: Record) -> Record:
        """Hold a run unless one like it is held; returns the one that is."""
        self._ids.add(record["id"])
        return self._held.setdefault((record["id"], processor_of(record)), record)

    def read(self, data: bytes, path: Path, first: int) -> list[str]:
        """Add the runs of some lines; returns remarks.

        Args:
            data: lines of the file.
            path: for messages.
            first: number of the first of these lines in its file.
        """
        remarks: list[str] = []
        for number, line in enumerate(data.decode("utf-8", errors="replace").split("\n"), first):
            if line.strip():
                where = f"{path}, line {number}"
                record = parse(line, where)
                if record is None:
                    remarks.append(f"{where}: dropped, a write that did not finish")
                elif (kept := self.add(record))["result"] != record["result"]:
                    remarks.append(f"{where}: dropped, another result of run {kept['id']}; the first one stays")
        return remarks


def processor_of(record: Record) -> str:
    """Where a run was made, as far as its seconds depend on it."""
    return str(record["environment"].get("processor", "an unnamed processor"))


def parse(line: str, where: str) -> Record | None:
    """The run that a line holds, without its checksum; None if its write did not finish.

    Raises:
        PlaitError: it is no run, or damaged.
    """
    try:
        record = json.loads(line, parse_constant=_refuse, object_pairs_hook=_unique)
    except RecursionError as error:
        raise PlaitError(f"{where}: nested too deeply to be a run") from error
    except json.JSONDecodeError as error:
        text = line.strip(" \t\r\n\0")  # a crashed system may leave zeros
        if not text or (text.startswith("{") and not WHOLE.search(text)):
            return None
        raise PlaitError(f"{where}: no run, or a damaged one ({error.msg}); {_ADVICE}") from error
    except ValueError as error:
        raise PlaitError(f"{where}: no run, or a damaged one ({error}); {_ADVICE}") from error
    return check(record, where)


_ADVICE = "delete the line, and the run will be made again"


def check(record: object, where: str) -> Record:
    """A run as it is held: what came, without its checksum.

    Raises:
        PlaitError: it is no run, or was altered.
    """
    if not isinstance(record, dict):
        raise PlaitError(f"{where}: expected a run (a JSON object), got {type(record).__name__}")
    for key, kind in KEYS.items():
        if not isinstance(record.get(key), kind):
            raise PlaitError(f"{where}: a run needs {key!r} as {kind.__name__}; this is not a run file of plait")
    for key, value in record.items():
        if key not in KEYS and not isinstance(value, MORE_KEYS.get(key, ())):
            raise PlaitError(f"{where}: {shown(key)} = {shown(value)} is nothing that a run holds; {_ADVICE}")
    for key, value in record["environment"].items():
        if not isinstance(value, str):
            raise PlaitError(f"{where}: environment.{key} = {shown(value)} is not text; {_ADVICE}")
    if (wrong := problem(record["asked"], record["result"])) is not None:
        raise PlaitError(f"{where}: {wrong}; {_ADVICE}")
    held = {key: value for key, value in record.items() if key != "sum"}
    try:
        own, total = task_id(record["asked"]), _checksum(held)
    except (ValueError, RecursionError) as error:
        raise PlaitError(f"{where}: what was asked holds something that is no number or text; {_ADVICE}") from error
    if record["id"] != own:
        raise PlaitError(f"{where}: id {shown(record['id'])} does not belong to what was asked; the line was altered")
    if record.get("sum", total) != total:
        raise PlaitError(f"{where}: the line does not add up to its checksum, it was altered or damaged; {_ADVICE}")
    return held


def _line(record: Record, path: Path) -> str:
    held = check(record, f"a run for {path}")
    return _text({**held, "sum": _checksum(held)}) + "\n"  # "sum" sorts last


def _checksum(record: Record) -> str:
    return hashlib.sha256(_text(record).encode()).hexdigest()[:16]


def _text(record: Record) -> str:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key comes twice")
    return found
