"""The run file: nothing finished is lost, nothing torn is believed, nothing foreign is a number."""

import gzip
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plait.calibrations.design import default_tasks, spread
from plait.calibrations.reading import read_text
from plait.calibrations.run_file import append, appending, load
from plait.calibrations.run_log import RunLog, merge
from plait.calibrations.task import SCHEMAS, task_id
from plait.models import Closure, PlaitError


def record(repeat: int) -> dict:
    asked = {"kind": "probe", "repeat": repeat}
    return {
        "id": task_id(asked),
        "asked": asked,
        "result": {"x": 1.5, "value": [1, 2]},
        "environment": {"processor": "p"},
    }


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


def test_every_cut_of_a_file_loads(tmp_path: Path) -> None:
    """Wherever a write stopped: the runs before it, and a remark unless only the line's end is missing."""
    path = tmp_path / "runs.jsonl"
    append(path, *map(record, range(3)))
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        runs, remarks = load([path])
        ends = whole[cut - 1 : cut + 1] in (b"}\n", b"") or whole[cut - 1 : cut] == b"\n"
        assert runs == [record(k) for k in range(len(runs))]
        assert [f"line {len(runs) + 1}: dropped" in remark for remark in remarks] == ([] if ends else [True])


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


def _append_one(path: str, about_to: Any) -> None:
    about_to.set()
    append(Path(path), record(1))


def test_a_line_being_written_is_not_mended(tmp_path: Path) -> None:
    """Half a line of a living writer is left alone: the next one waits for the lock."""
    path = tmp_path / "runs.jsonl"
    append(path, record(0))
    line = path.read_bytes()
    path.unlink()
    context = multiprocessing.get_context("spawn")
    about_to = context.Event()
    other = context.Process(target=_append_one, args=(str(path), about_to))
    with appending(path) as file:
        os.write(file, line[:50])
        other.start()
        assert about_to.wait(60)
        other.join(0.5)
        assert other.is_alive()
        os.write(file, line[50:])
    other.join(60)
    assert load([path]) == ([record(0), record(1)], [])


def test_a_log_reads_only_what_is_new(tmp_path: Path) -> None:
    """What others append is seen; a run another process has made meanwhile is not written again; nothing is lost."""
    path = tmp_path / "runs.jsonl"
    said: list[str] = []
    first, second = RunLog(path, said.append), RunLog(path, said.append)
    for repeat in range(4):
        (first, second)[repeat % 2].add(record(repeat))
    second.add(record(2))
    first.refresh()
    keys = [record(repeat)["id"] for repeat in range(5)]
    assert first.of(keys) == [record(repeat) for repeat in range(4)]
    assert path.read_bytes().count(b"\n") == 4
    with path.open("ab") as file:
        file.write(b'{"asked":{"ki')  # killed
    first.refresh()
    assert said == []  # it may be one that is being written
    second.add(record(4))
    first.refresh()
    assert first.of(keys) == [record(repeat) for repeat in range(5)]
    assert said == [f"{path}, line 5: dropped, a write that did not finish"] * 2  # both saw it
    path.unlink()
    append(path, record(7))  # another file
    first.refresh()
    assert first.of([*keys, record(7)["id"]]) == [record(7)]


def elsewhere(repeat: int, x: float = 9.5) -> dict:
    return {**record(repeat), "environment": {"processor": "q"}, "result": {"x": x}}


def test_merging_files(tmp_path: Path) -> None:
    """Runs by id and processor, each once, also when it is done again; what is dropped is said."""
    here, there, packed = (tmp_path / name for name in ("here.jsonl", "there.jsonl", "packed.jsonl.gz"))
    append(here, record(0), record(1))
    append(there, record(1), elsewhere(1), {**record(0), "result": {"x": 7}}, record(2))
    with there.open("a") as file:
        file.write('{"asked"')
    packed.write_bytes(gzip.compress(there.read_bytes()))
    for source in (there, there, packed):
        said: list[str] = []
        merge([source], here, said.append)
        assert load([here]) == ([record(0), record(1), elsewhere(1), record(2)], [])
        assert said == [
            f"{source}, line 5: dropped, a write that did not finish",
            f"dropped another result of run {record(0)['id']}; the one in {here} stays",
        ]
    assert load([here, there])[0] == load([here])[0]
    assert "line 3: dropped, another result" in load([here, there])[1][0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"x": NaN}', "not a number of JSON"),
        ('{"id": 1, "id": 1}', "a key comes twice"),
        ("title = 1", "no run, or a damaged one"),
        (json.dumps(record(0)) + json.dumps(record(1)), "no run, or a damaged one"),
        (json.dumps({**record(0), "sum": "0" * 16}), "does not add up"),
        (json.dumps({**record(0), "surprise": 1}), "surprise"),
        (json.dumps({**record(0), "date": 1}), "date"),
        (json.dumps({**record(0), "environment": {"cores": 2}}), "environment.cores"),
        (json.dumps({**record(0), "result": {"x": [[1]]}}), "result.x"),
        (json.dumps(record(0)).replace("1.5", "1e400"), "result.x"),
        (json.dumps(record(0)).replace("1.5", "1" * 5000), "limit"),
        (json.dumps({**record(0), "result": {"x": [1]}}), "result.x = [1] must be one number"),
        (json.dumps({**record(0), "result": {"value": [1]}}), "must be 2 numbers"),
        (json.dumps({**record(0), "result": {"m": None}}), "must be known"),
        (json.dumps({**record(0), "result": {"m": -1}}), "must not be negative"),
        (json.dumps({**record(0), "result": {"min_seconds": 0.0}}), "must be above 0"),
        (json.dumps({**record(0), "asked": {"kind": "braid", "strands": "6"}}), "asked.strands"),
        (json.dumps({**record(0), "asked": {"kind": "braid", "closure": "round"}}), "asked.closure"),
        (json.dumps({**record(0), "asked": {"repeat": 77}}).replace("77", "1e400"), "asked"),
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
    """Runs and remarks; None and the message where there is an error."""
    try:
        return load([path])
    except PlaitError as error:
        return None, [str(error)]


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_load_or_fail_cleanly(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Fuzz: arbitrary bytes never raise anything but PlaitError, and never become a run."""
    path = tmp_path_factory.mktemp("fuzz") / "runs.jsonl"
    path.write_bytes(data)
    runs, _ = _load_or_error(path)
    assert not runs


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("three") / "runs.jsonl"
    append(path, *map(record, range(3)))
    return path.read_bytes()


def _believed(path: Path, data: bytes) -> list[dict] | None:
    """What is read, every run of it as it was written; None for an error, which names file and line."""
    path.write_bytes(data)
    runs, said = _load_or_error(path)
    assert all(text.startswith(f"{path}, line ") and "\n" not in text for text in said)
    assert all(run in [record(0), record(1), record(2)] for run in runs or [])
    return runs


@settings(max_examples=500)
@given(place=st.integers(0, 10**9), flipped=st.integers(1, 255))
def test_a_changed_byte_is_never_a_number(
    three: bytes, tmp_path_factory: pytest.TempPathFactory, place: int, flipped: int
) -> None:
    """Any byte to any other one: an error, or a line dropped and said; no run is read that was not written."""
    place %= len(three)
    data = three[:place] + bytes([three[place] ^ flipped]) + three[place + 1 :]
    path = tmp_path_factory.getbasetemp() / "changed.jsonl"
    runs = _believed(path, data)
    blank = place == len(three) - 1 and data[-1:].isspace()  # the last line's end only
    assert runs is None or len(runs) < 3 or blank
    if runs is not None and not blank:
        assert load([path])[1]


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 60), st.binary(max_size=20)), min_size=1, max_size=4))
def test_pieces_cut_and_pasted_are_never_numbers(
    three: bytes, tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, int, bytes]]
) -> None:
    """Bytes removed and others put there, anywhere."""
    data = three
    for place, length, new in cuts:
        place %= len(data) + 1
        data = data[:place] + new + data[place + length :]
    _believed(tmp_path_factory.getbasetemp() / "cut.jsonl", data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.sampled_from(["", "id", "asked", "result", "environment", "date", "sum", "more"]), JSON)
def test_hostile_json(tmp_path_factory: pytest.TempPathFactory, key: str, value: Any) -> None:
    """Any JSON as a line, or within a run whose id is right: refused with file and line, or finite numbers."""
    path = tmp_path_factory.getbasetemp() / "hostile.jsonl"
    made = {**record(0), key: value} if key else value
    if key == "asked" and isinstance(value, dict):
        try:
            made["id"] = task_id(value)
        except ValueError:
            made["id"] = "0" * 16
    path.write_text(json.dumps(made) + "\n")
    runs, said = _load_or_error(path)
    assert runs is not None or said[0].startswith(f"{path}, line 1: ")
    for run in runs or []:
        numbers = [x for x in run["result"].values() for x in (x if isinstance(x, list) else [x])]
        assert all(x is None or abs(x) <= 1e150 for x in numbers)
        json.dumps(run, allow_nan=False)


def test_what_is_no_run_is_not_appended(tmp_path: Path) -> None:
    """A file that would not load again is never made; gzipped files are only read."""
    path = tmp_path / "runs.jsonl"
    for made in ({**record(0), "id": "0" * 16}, {**record(0), "result": {"x": float("nan")}}, {"id": "1"}):
        with pytest.raises(PlaitError, match="a run for"):
            append(path, made)
    assert path.read_bytes() == b""
    with pytest.raises(PlaitError, match="gunzip"):
        append(tmp_path / "runs.jsonl.gz", record(0))
    with pytest.raises(PlaitError, match="plain file"):
        RunLog(tmp_path, print)


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


@pytest.mark.parametrize("name", ["shipped.jsonl.gz", "reach.jsonl", "h100.jsonl"])
def test_every_shipped_run_carries_its_checksum(name: str) -> None:
    """No line of what ships could change unseen."""
    path = Path(__file__).parents[1] / "calibrations" / "data" / name
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = data.decode().splitlines()
    assert len(lines) >= 15
    assert all("sum" in json.loads(line) for line in lines)
    assert load([path])[1] == []


def test_a_limit_below_a_mebibyte_is_told_in_kibibytes(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_bytes(b" " * (2**18 + 1))
    with pytest.raises(PlaitError, match="larger than 256 KiB; not a cost model"):
        read_text(path, 2**18, "a cost model")
