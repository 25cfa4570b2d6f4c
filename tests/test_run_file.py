"""The run file: nothing finished is lost, nothing torn is believed, nothing foreign is a number."""

import gzip
import json
import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plait.calibrations.design import default_tasks, spread
from plait.calibrations.run_file import append, load
from plait.calibrations.task import SCHEMAS, task_id
from plait.models import Closure, PlaitError


def record(repeat: int) -> dict:
    asked = {"kind": "probe", "repeat": repeat}
    return {"id": task_id(asked), "asked": asked, "result": {"x": 1.5, "y": [1, 2]}, "environment": {"processor": "p"}}


def test_append_and_load(tmp_path: Path) -> None:
    """What is appended comes back, one per id, in order."""
    path = tmp_path / "deep" / "runs.jsonl"
    for repeat in (0, 1, 0):
        append(path, record(repeat))
    assert load([path]) == ([record(0), record(1)], [])


def test_torn_last_line_is_dropped_and_said(tmp_path: Path) -> None:
    """A killed write costs only itself, also for the run appended after it."""
    path = tmp_path / "runs.jsonl"
    append(path, record(0))
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole + whole[: len(whole) - cut])
        runs, remarks = load([path])
        assert runs == [record(0)]
        complete = cut == 1  # only the newline is missing: the object itself is whole
        assert len(remarks) == (0 if complete else 1)
        assert all("line 2" in remark for remark in remarks)
        append(path, record(1))
        assert load([path])[0] == [record(0), record(1)]


def _append_many(path: str, start: int) -> None:
    for repeat in range(start, start + 50):
        append(Path(path), record(repeat))


def test_two_processes_append_to_one_file(tmp_path: Path) -> None:
    """Neither loses a run."""
    path = tmp_path / "runs.jsonl"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(str(path), 50 * k)) for k in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    runs, remarks = load([path])
    assert (len(runs), remarks) == (100, [])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[1, 2]", "expected a run"),
        ('"text"', "expected a run"),
        ('{"id": 5}', "a run needs 'id'"),
        (json.dumps({**record(0), "id": "0" * 16}), "does not belong"),
        (json.dumps({**record(0), "result": {"x": "1"}}), "result.x"),
        (json.dumps({**record(0), "result": {"x": True}}), "result.x"),
        (json.dumps({**record(0), "result": {"x": [1, "a"]}}), "result.x"),
        (json.dumps({**record(0), "result": {"x": 10**400}}), "result.x"),
        ("[" * 100_000, "deep"),
    ],
)
def test_foreign_lines_are_errors_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    """A complete line that is no run is never skipped silently."""
    path = tmp_path / "runs.jsonl"
    append(path, record(0))
    with path.open("a") as file:
        file.write(line + "\n")
    if message == "deep":
        runs, remarks = _load_or_error(path)
        assert remarks or runs is None
        return
    with pytest.raises(PlaitError, match="line 2") as caught:
        load([path])
    assert message in str(caught.value)


def _load_or_error(path: Path) -> tuple[list | None, list]:
    try:
        return load([path])
    except PlaitError:
        return None, []


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_load_or_fail_cleanly(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Fuzz: arbitrary bytes never raise anything but PlaitError, and never become a run."""
    path = tmp_path_factory.mktemp("fuzz") / "runs.jsonl"
    path.write_bytes(data)
    runs, _ = _load_or_error(path)
    assert not runs


def test_unreadable_files_are_errors(tmp_path: Path) -> None:
    """Missing files and folders are said by name."""
    for path in (tmp_path / "absent.jsonl", tmp_path):
        with pytest.raises(PlaitError, match="cannot be read"):
            load([path])
    with pytest.raises(PlaitError, match="cannot append"):
        append(tmp_path, record(0))


def test_gzipped_files_load_and_are_bounded_once_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .gz file is the same runs; what unpacks to too much, or is torn or no gzip at all, is an error."""
    plain, packed = tmp_path / "runs.jsonl", tmp_path / "runs.jsonl.gz"
    for number in range(3):
        append(plain, record(number))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert load([packed]) == load([plain])
    packed.write_bytes(packed.read_bytes()[:-12])
    with pytest.raises(PlaitError, match="cannot be read"):
        load([packed])
    packed.write_bytes(b"not gzip")
    with pytest.raises(PlaitError, match="cannot be read"):
        load([packed])
    monkeypatch.setattr("plait.calibrations.run_file.MAX_BYTES", 2**20)
    packed.write_bytes(gzip.compress(b" " * 2**24))  # 16 kB
    with pytest.raises(PlaitError, match="larger than 1 MiB"):
        load([packed])


def test_ids_depend_on_what_is_asked_only() -> None:
    """Key order does not matter; any value does; the schema number is part of it."""
    asked = {"kind": "braid", "strands": 6, "layers": 4}
    assert task_id(asked) == task_id(dict(reversed(asked.items())))
    assert len({task_id({**asked, "layers": layers}) for layers in range(50)}) == 50
    assert SCHEMAS == {"probe": 3, "braid": 3, "noise": 2}


def test_default_design_is_large_enough() -> None:
    """2,000 different braids, narrow and wide, both closures and families; any beginning of the list mixes them."""
    tasks = default_tasks()
    assert len({task_id(task) for task in tasks}) == len(tasks) > 2000
    for some in (tasks, tasks[:200]):
        braids = [task for task in some if task["kind"] == "braid"]
        assert {task["closure"] for task in braids} == set(Closure)
        assert {task["family"] for task in braids} == {"brickwall", "planted"}
        assert min(task["strands"] for task in braids) <= 6
        assert max(task["strands"] for task in braids) >= 84


def test_spread_keeps_every_task() -> None:
    """Shuffling for a budget loses nothing and puts the probes first."""
    tasks = default_tasks()
    shuffled = spread(tasks, 3)
    assert sorted(map(task_id, shuffled)) == sorted(map(task_id, tasks))
    assert [task["kind"] for task in shuffled[:3]] == ["probe"] * 3
    assert shuffled == spread(tasks, 3) != spread(tasks, 4)
