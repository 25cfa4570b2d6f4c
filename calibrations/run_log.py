"""A run file in use: what it holds, kept up to date while other processes append to it."""

from collections.abc import Callable
from pathlib import Path

from plait.calibrations.run_file import MAX_BYTES, Record, Runs, appending, load, write
from plait.models import PlaitError


class RunLog:
    """The runs of a file that need not exist yet.

    Only what was appended since the last look is read again. Every writer holds the file's lock.
    """

    def __init__(self, path: Path, remark: Callable[[str], None]) -> None:
        """Read the file.

        Args:
            path: run file.
            remark: called with what was dropped, in words, once for each line.

        Raises:
            PlaitError: unusable run file.
        """
        if path.suffix == ".gz" or (path.exists() and not path.is_file()):
            raise PlaitError(f"{path}: runs are appended to a plain file; name another one (a .gz: gunzip it first)")
        self.path, self._remark = path, remark
        self._said: set[str] = set()
        self._begin_again()
        self.refresh(last=True)

    def __contains__(self, key: str) -> bool:
        return key in self._runs

    def of(self, keys: list[str]) -> list[Record]:
        """Runs with these ids, in that order; one for each processor that made it."""
        found: dict[str, list[Record]] = {}
        for record in self._runs.all():
            found.setdefault(record["id"], []).append(record)
        return [record for key in keys for record in found.get(key, ())]

    def add(self, record: Record) -> None:
        """Append a finished run, on disk when it returns, unless another process has appended it by now."""
        with appending(self.path) as file:
            self.refresh(last=True)
            if record["id"] not in self:
                write(file, self.path, [record])
                self.refresh(last=True)

    def extend(self, records: list[Record]) -> None:
        """Append runs made elsewhere that are not held yet, by id and processor."""
        with appending(self.path) as file:
            self.refresh(last=True)
            write(file, self.path, [record for record in records if self._is_new(record)])
            self.refresh(last=True)

    def _is_new(self, record: Record) -> bool:
        held = self._runs.like(record)
        if held is not None and held["result"] != record["result"]:
            self._remark(f"dropped another result of run {held['id']}; the one in {self.path} stays")
        return held is None

    def refresh(self, *, last: bool = False) -> None:
        """Read what was appended since.

        Args:
            last: whether a last line without its end is looked at: it may be one that is being written.

        Raises:
            PlaitError: unusable run file.
        """
        try:
            size = self.path.stat().st_size
        except OSError:
            size = 0
        if size < self._offset:  # replaced by another file
            self._begin_again()
        if size == self._offset:
            return
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise PlaitError(f"{self.path}: cannot be read ({error.strerror})") from error
        if self._offset + len(data) > MAX_BYTES:
            raise PlaitError(f"{self.path}: larger than {MAX_BYTES >> 20} MiB; split the file")
        whole = data.rfind(b"\n") + 1
        self._take(data[:whole])
        self._offset += whole
        self._line += data.count(b"\n", 0, whole)
        if last:
            self._take(data[whole:])  # and again once its end is there

    def _take(self, data: bytes) -> None:
        for text in self._runs.read(data, self.path, self._line):
            if text not in self._said:
                self._said.add(text)
                self._remark(text)

    def _begin_again(self) -> None:
        self._runs, self._offset, self._line = Runs(), 0, 1


def merge(paths: list[Path], into: Path, remark: Callable[[str], None]) -> None:
    """Append to a run file what some others hold and it does not.

    Args:
        paths: run files, gzipped ones as well, made on any machine.
        into: run file; it need not exist.
        remark: called with what was dropped, in words.

    Raises:
        PlaitError: unusable run file.
    """
    records, remarks = load(paths)
    log = RunLog(into, remark)
    for text in remarks:
        remark(text)
    log.extend(records)
