"""A Dask cluster as what makes the runs: workers that are processes of their own, one of them killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from making_runs import quick_tasks
from typer.testing import CliRunner

from plait.calibrations.dask_executor import dask_executor
from plait.calibrations.measure import measure
from plait.calibrations.task import task_id
from plait.cli.app import app
from plait.models import PlaitError


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = CliRunner().invoke(app, ["calibrate", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:1"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pip install 'plait[distributed]'" in result.stderr.splitlines()[-1]


def needs_dask() -> None:
    if find_spec("distributed") is None:
        pytest.fail("this test needs dask.distributed: pip install -e '.[test,noise,distributed]'", pytrace=False)


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A scheduler and workers, each a process of its own under a nanny; yields the scheduler's address."""
    from distributed import LocalCluster

    options: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "processes": True}
    with LocalCluster(**options, dashboard_address=None, worker_dashboard_address=None) as made:
        yield made.scheduler_address


def worker_pids(address: str) -> list[int]:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


@pytest.mark.slow
def test_a_cluster_makes_the_runs_and_a_killed_worker_costs_nothing(tmp_path: Path) -> None:
    """SIGKILL for one worker in the middle: no finished run lost, none repeated, none missing."""
    needs_dask()
    path, tasks, killed, lines = tmp_path / "runs.jsonl", quick_tasks(400), [], []

    def kill_one(done: int, total: int, what: str) -> None:
        if done >= 100 and not killed:
            killed.append(pids[0])
            lines.extend(path.read_text().splitlines())
            os.kill(pids[0], signal.SIGKILL)

    with cluster(2) as address:
        pids = worker_pids(address)
        assert len(set(pids)) == 2
        with dask_executor(address) as (executor, workers):
            assert workers == 2
            runs = measure(tasks, path, executor=executor, workers=workers, progress=kill_one)
    assert killed
    assert path.read_text().splitlines()[: len(lines)] == lines
    held = [json.loads(line)["id"] for line in path.read_text().splitlines()]
    assert sorted(held) == sorted(map(task_id, tasks)) == sorted(run["id"] for run in runs)
    assert all(int(run["environment"]["together"]) >= 1 for run in runs)


@pytest.mark.slow
def test_calibrate_on_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command, in a process of its own: runs, constants, one JSON object."""
    needs_dask()
    monkeypatch.chdir(tmp_path)
    words = [sys.executable, "-c", "from plait.cli import main; main()", "calibrate", "--budget", "60s", "--json"]
    with cluster(1) as address:
        words += ["--executor", "dask", "--scheduler", address]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["runs_done"] == len(Path("plait-runs.jsonl").read_text().splitlines())
    assert answer["constants"]["t_step"]["unit"] == "s"
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_no_scheduler_or_no_workers() -> None:
    """One line that says where, and what to start."""
    needs_dask()
    with pytest.raises(PlaitError, match="no Dask scheduler answers there"), dask_executor("tcp://127.0.0.1:1"):
        pass
    with pytest.raises(PlaitError, match="no Dask scheduler answers there"), dask_executor("nonsense://x"):
        pass
    with cluster(0) as address, pytest.raises(PlaitError, match="has no workers"), dask_executor(address):
        pass
