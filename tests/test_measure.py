"""Making runs: in this process, in others, by any executor; whatever is killed, no finished run is lost or repeated."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from making_runs import quick_tasks

from plait.calibrations import core_slot
from plait.calibrations.measure import measure
from plait.calibrations.one_processor import in_company, of_one_processor
from plait.calibrations.run_file import load
from plait.calibrations.task import task_id
from plait.calibrations.worker_processes import worker_processes
from plait.models import PlaitError

CHILD = Path(__file__).with_name("making_runs.py")


def child(path: Path, tasks: int, workers: int = 0) -> "subprocess.Popen[str]":
    words = [sys.executable, str(CHILD), str(path), str(tasks), str(workers)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def ids(path: Path) -> list[str]:
    """Of the whole lines of a file, as they are there."""
    lines = path.read_text().split("\n")[:-1]
    return [json.loads(line)["id"] for line in lines if line.endswith("}")]


def soak(path: Path, kills: int, tasks: int, seed: int, workers: int = 0) -> None:
    """SIGKILL a process that fills a file, again and again, then let it finish."""
    rng = random.Random(seed)
    held: list[str] = []
    for number in range(kills):
        process = child(path, tasks, workers)
        assert process.stdout
        told = ["0"]
        if number % 5 == 4:  # now and then while it begins
            time.sleep(rng.uniform(0, 2))
        else:
            told += [process.stdout.readline() for _ in range(rng.randint(1, 15))]
            time.sleep(rng.uniform(0, 0.02))  # a run takes about 10 ms
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout.read().split()
        process.wait()
        runs = load([path])[0] if path.exists() else []
        now = ids(path) if path.exists() else []
        assert now[: len(held)] == held  # nothing is lost ..
        assert len(set(now)) == len(now) == len(runs) >= max(map(int, told))  # .. or made twice
        held = now
    assert len(held) > 3 * kills
    process = child(path, tasks, workers)
    process.communicate()
    assert process.returncode == 0
    assert ids(path)[: len(held)] == held
    assert sorted(ids(path)) == sorted(map(task_id, quick_tasks(tasks)))


def test_killed_five_times(tmp_path: Path) -> None:
    """The short form of the soak."""
    soak(tmp_path / "runs.jsonl", kills=5, tasks=150, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_killed_fifty_times(tmp_path: Path, workers: int) -> None:
    """kill -9 at 50 random moments, alone and with worker processes: no finished run lost, none repeated."""
    soak(tmp_path / "runs.jsonl", kills=50, tasks=1_500, seed=2, workers=min(workers, core_slot.cores()))


def test_two_processes_share_the_runs_of_one_file(tmp_path: Path) -> None:
    """Together they make every run once."""
    path = tmp_path / "runs.jsonl"
    both = [child(path, 120), child(path, 120)]
    begun = [process.communicate()[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(ids(path)) == sorted(map(task_id, quick_tasks(120)))
    assert sum(map(len, begun)) == 120


def test_workers_of_a_killed_process_end(tmp_path: Path) -> None:
    """They do not stay behind; what they finished is there, and the rest is made."""
    path = tmp_path / "runs.jsonl"
    process = child(path, 60, workers=1)
    assert process.stdout
    process.stdout.readline()
    process.stdout.readline()  # the first run is done: there is a worker
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.fail("this test reads the children of a process from /proc, which this system lacks")
    workers = [int(word) for word in children.read_text().split()]
    process.kill()
    process.communicate()
    assert workers
    for _ in range(600):
        if not any(alive(pid) for pid in workers):
            break
        time.sleep(0.1)
    assert not any(alive(pid) for pid in workers)
    with worker_processes(1) as pool:
        runs = measure(quick_tasks(60), path, executor=pool)
    assert [run["id"] for run in runs] == [task_id(task) for task in quick_tasks(60)]
    assert sorted(ids(path)) == sorted(run["id"] for run in runs)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_killed_worker_costs_nothing(tmp_path: Path) -> None:
    """Its run is made again by another, the others go on; every run says who made it."""
    path = tmp_path / "runs.jsonl"
    count = min(2, core_slot.cores())
    killed: list[int] = []

    def kill_one(done: int, total: int, what: str) -> None:
        if len(killed) < 2 and done >= (5, 20)[len(killed)]:
            # whichever thread began them; one that is dying has no command line any more
            pids = [pid for of in Path("/proc/self/task").glob("*/children") for pid in of.read_text().split()]
            workers = [int(pid) for pid in pids if b"spawn_main" in command(pid)]
            if workers:
                killed.append(workers[-1])
                os.kill(workers[-1], signal.SIGKILL)

    with worker_processes(count) as pool:
        runs = measure(quick_tasks(40), path, executor=pool, workers=count, progress=kill_one)
    assert killed
    assert sorted(ids(path)) == sorted(run["id"] for run in runs) == sorted(map(task_id, quick_tasks(40)))
    assert all(1 <= int(run["environment"]["together"]) <= core_slot.cores() for run in runs)


class Here(Executor):
    """An executor that makes runs at once, except where told otherwise."""

    def __init__(self, fate: Callable[[dict[str, Any]], Exception | None]) -> None:
        self.fate, self.asked = fate, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked += 1
        future: Future[Any] = Future()
        error = self.fate(args[0])
        if error:
            future.set_exception(error)
        else:
            future.set_result(fn(*args))
        return future


def test_a_run_that_always_kills_its_worker_is_left_out(tmp_path: Path) -> None:
    """Only that one, whatever was going on beside it; and it is said."""
    tasks, said = quick_tasks(9), list[str]()
    deadly = Here(lambda task: BrokenExecutor("killed") if task == tasks[3] else None)
    runs = measure(tasks, tmp_path / "runs.jsonl", executor=deadly, workers=4, remark=said.append)
    assert [run["id"] for run in runs] == [task_id(task) for task in tasks if task != tasks[3]]
    assert len(said) == 1
    assert said[0].startswith("left out markov 3 strands, 2 layers, seed 0: ")
    assert "killed" in said[0]


def test_an_executor_that_makes_no_runs_is_an_error(tmp_path: Path) -> None:
    """After a few attempts, not after trying every run; a closed one at once."""
    dead = Here(lambda task: BrokenExecutor("no more memory"))
    with pytest.raises(PlaitError, match=r"workers die at every run.*no more memory"):
        measure(quick_tasks(50), tmp_path / "runs.jsonl", executor=dead, workers=3)
    assert dead.asked < 12
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with pytest.raises(PlaitError, match="takes no more runs"):
        measure(quick_tasks(2), tmp_path / "runs.jsonl", executor=closed)


def test_any_executor(tmp_path: Path) -> None:
    """Threads: runs take turns in one process; values and counts are those made here."""
    tasks = quick_tasks(12)
    with ThreadPoolExecutor(3) as threads:
        there = measure(tasks, tmp_path / "there.jsonl", executor=threads, workers=3)
    here = measure(tasks, tmp_path / "here.jsonl")
    for one, other in zip(there, here, strict=True):
        assert one["id"] == other["id"]
        for key, value in one["result"].items():
            assert "seconds" in key or "agree" in key or value == other["result"][key]
    assert in_company(here) == 0


def test_ctrl_c_keeps_what_finished(tmp_path: Path) -> None:
    """With an executor too: what is done is in the file, nothing new is begun."""
    path = tmp_path / "runs.jsonl"
    prompt = Here(lambda task: None)

    def stop(done: int, total: int, what: str) -> None:
        if prompt.asked == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(quick_tasks(9), path, executor=prompt, workers=4, progress=stop)
    assert len(load([path])[0]) == prompt.asked == 3


@pytest.mark.parametrize("executor", [None, Here(lambda task: None)])
def test_a_budget_of_nothing_starts_nothing(tmp_path: Path, executor: Executor | None) -> None:
    """0 seconds: what the file holds, no more."""
    path = tmp_path / "runs.jsonl"
    assert measure(quick_tasks(2), path, budget=0, executor=executor) == []
    assert not path.exists()


def test_workers_of_another_version_are_refused(tmp_path: Path) -> None:
    """An answer to something else is not a run of what was asked."""

    class Other(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return super().submit(fn, {**args[0], "seed": 10**6})

    with pytest.raises(PlaitError, match="same version of plait"):
        measure(quick_tasks(2), tmp_path / "runs.jsonl", executor=Other(lambda task: None))


def test_more_workers_than_cores_are_refused() -> None:
    """A timed run has a core of its own."""
    with pytest.raises(PlaitError, match="cores may be used here"), worker_processes(10_000):
        pass


def test_timed_runs_hold_a_core_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """One core: a second process waits for its turn."""
    program = (
        "from plait.calibrations import core_slot as c; c.cores = lambda: 1; print(flush=True)\n"
        "with c.core_slot() as count: print(count(), flush=True)"
    )
    monkeypatch.setattr(core_slot, "cores", lambda: 1)
    with core_slot.core_slot() as going_on:
        other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert other.stdout
        assert other.stdout.readline() == "\n"
        time.sleep(0.3)
        assert other.poll() is None
        assert going_on() == 1
    assert other.communicate()[0] == "1\n"


def test_one_processor_of_several() -> None:
    """Named by a part of its name; noise is of none; without a name there must be one."""

    def made(number: int, processor: str, kind: str = "braid") -> dict[str, Any]:
        return {"id": str(number), "asked": {"kind": kind}, "environment": {"processor": processor}}

    here, there, both = made(1, "EPYC 9"), made(1, "Xeon"), [made(2, "EPYC 9", "noise"), made(2, "Xeon", "noise")]
    assert of_one_processor([here, *both]) == [here, both[0]]
    assert of_one_processor([here, there, *both], "xeon") == [there, both[0]]
    assert of_one_processor([made(1, "EPYC 9"), made(1, "EPYC 95")], "EPYC 9") == [here]
    for name in (None, "i7", "e"):
        with pytest.raises(PlaitError, match="EPYC 9: 1; Xeon: 1"):
            of_one_processor([here, there, *both], name)
