"""Large sweeps: the same verdicts as from every draw, whatever makes the blocks, however often it is interrupted."""

import json
import multiprocessing
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from plait.calibrations import Calibration, load_calibration
from plait.cli.app import app
from plait.estimator.blocks import row_values
from plait.estimator.boundary import edges
from plait.estimator.frontier import frontier
from plait.estimator.reduced import EDGES, edges_of, joined, reduce_block
from plait.estimator.study import Study, load_study, override
from plait.estimator.sweep import load_grid, save_grid, sweep
from plait.models import PlaitError

SWEEPING = sys.modules["plait.estimator.sweep"]
"""The module, which the function of the same name hides."""


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration()


@pytest.fixture(scope="module")
def study() -> Study:
    """Small, and with a boundary: gates and memories far better than any that there are."""
    settings = ["quantum.e_2q=1e-7", "quantum.e_idle=1e-8", "classical.seconds=x1e3", "draws=40"]
    chosen = override(load_study("default"), machines=["qpu-1e-4", "h2-2", "core", "h100"], settings=settings)
    return replace(chosen, strands=(6, 14, 15, 22, 30, 42, 62, 102), layers=(4, 20, 66, 147, 268, 500))


@pytest.fixture(scope="module")
def kept(study: Study, calibration: Calibration) -> xr.Dataset:
    return frontier(sweep(study, calibration))


@pytest.fixture
def large(study: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    """The study, taken for a large one, in 6 blocks."""
    monkeypatch.setattr(SWEEPING, "KEPT_VALUES", 0)
    monkeypatch.setattr(SWEEPING, "BLOCK", 3 * row_values(study))
    return study


def same(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Equal names, values and attributes, texts as texts."""
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        texts = one[name].dtype.kind in "UO"
        left, right = (x[name].values.astype(str) if texts else x[name].values for x in (one, other))
        if not np.array_equal(left, right, equal_nan=not texts):
            return False
    return one.attrs == other.attrs


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_verdicts_without_draws_equal_those_from_every_draw(
    study: Study, calibration: Calibration, kept: xr.Dataset, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """p, winners, reasons, quantiles, gaps, and the boundary along both axes, to the last bit."""
    monkeypatch.setattr(SWEEPING, "KEPT_VALUES", 0)
    monkeypatch.setattr(SWEEPING, "BLOCK", rows * row_values(study))
    found = sweep(study, calibration)
    assert "log10_cost" not in found
    assert same(frontier(found), kept)
    axes = {edge["axis"] for edge in json.loads(kept.attrs["boundary"]) if edge.get(f"{edge['axis']}_p50")}
    assert axes == {"layers", "strands"}  # so the test is about something


@given(st.data(), st.integers(1, 9))
def test_edges_of_blocks_join_to_those_of_the_whole(data: st.DataObject, rows: int) -> None:
    """Any gaps, cut anywhere: as `plait.estimator.boundary.edges` finds them."""
    values = st.sampled_from([-np.inf, -2.0, -0.5, 0.0, 0.5, 3.0, np.inf])
    gaps = np.array(data.draw(st.lists(st.lists(values, min_size=4, max_size=4), min_size=rows, max_size=rows)))
    axis = np.arange(2.0, 2 + rows)
    cuts = sorted(data.draw(st.sets(st.integers(1, rows - 1)))) if rows > 1 else []
    whole: dict[str, Any] | None = None
    for start, stop in zip([0, *cuts], [*cuts, rows], strict=True):
        before = 1 if start else 0
        part = edges_of(axis[start - before : stop], gaps[start - before : stop, None], before)
        assert set(part) == set(EDGES)
        whole = part if whole is None else joined(whole, part)
    assert whole is not None
    expected = edges(axis, gaps)
    if not expected:
        assert np.isnan(whole["enter"]).all()
        return
    for (kind, places, _), found in zip(expected, (whole["enter"], whole["leave"]), strict=True):
        assert np.array_equal(places, np.where(np.isnan(found[0]), np.inf, found[0])), kind


class Dying(Executor):
    """Breaks at its second block, once."""

    def __init__(self) -> None:
        self.begun = 0
        context = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(1, context)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.begun += 1
        if self.begun == 2:
            broken: Future[Any] = Future()
            from concurrent.futures.process import BrokenProcessPool

            broken.set_exception(BrokenProcessPool("killed"))
            return broken
        return self.pool.submit(fn, *args, **kwargs)


def test_a_process_that_dies_costs_nothing(large: Study, calibration: Calibration, kept: xr.Dataset) -> None:
    """Blocks made by another process, one of them begun again: the same verdicts."""
    executor = Dying()
    with executor.pool:
        found = sweep(large, calibration, executor=executor)
    assert executor.begun > 6
    assert same(frontier(found), kept)


class Dead(Executor):
    """Every process dies."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        from concurrent.futures.process import BrokenProcessPool

        broken: Future[Any] = Future()
        broken.set_exception(BrokenProcessPool("killed"))
        return broken


def test_processes_that_always_die_are_told(large: Study, calibration: Calibration) -> None:
    """One line, no endless loop."""
    with pytest.raises(PlaitError, match="a worker died 3 times"):
        sweep(large, calibration, executor=Dead())


def test_an_interrupted_sweep_goes_on(
    large: Study, calibration: Calibration, kept: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks that were finished are read, not made again; a damaged one is made again; another study shares nothing."""
    parts, made = tmp_path / "grid.nc.parts", []

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(large, calibration, progress=stop, parts=parts)
    assert {path.name for path in parts.iterdir()} == {"sweep", "0.npz", "1.npz", "2.npz", "3.npz"}
    (parts / "1.npz").write_bytes((parts / "1.npz").read_bytes()[:-200])
    reduced = sys.modules["plait.estimator.reduced"]
    monkeypatch.setattr(reduced, "reduce_block", lambda s, c, block: made.append(block) or reduce_block(s, c, block))
    with pytest.raises(KeyboardInterrupt):
        sweep(replace(large, seed=1), calibration, progress=lambda done, total: stop(done + 2, total), parts=parts)
    assert len(made) == 2
    assert len(list(parts.iterdir())) == 3
    made.clear()
    with pytest.raises(KeyboardInterrupt):
        sweep(large, calibration, progress=stop, parts=parts)
    (parts / "1.npz").write_bytes((parts / "1.npz").read_bytes()[:-200])
    made.clear()
    assert same(frontier(sweep(large, calibration, parts=parts)), kept)
    assert [(block.closure, block.start) for block in made] == [(0, 3), (1, 3), (1, 6)]
    assert not parts.exists()


def test_a_foreign_folder_is_left_alone(large: Study, calibration: Calibration, tmp_path: Path) -> None:
    """What is in the way of finished blocks is told, not removed."""
    (tmp_path / "grid.nc.parts").mkdir()
    (tmp_path / "grid.nc.parts" / "thesis.tex").write_text("mine")
    with pytest.raises(PlaitError, match="not what an interrupted sweep left"):
        sweep(large, calibration, parts=tmp_path / "grid.nc.parts")
    assert (tmp_path / "grid.nc.parts" / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("draws", ["kept", "reduced"])
def test_same_study_same_bytes(
    study: Study, calibration: Calibration, tmp_path: Path, draws: str, request: Any
) -> None:
    """Two files of two sweeps, in blocks of different sizes, are the same, byte for byte; so is what is read back."""
    monkeypatch = request.getfixturevalue("monkeypatch")
    if draws == "reduced":
        monkeypatch.setattr(SWEEPING, "KEPT_VALUES", 0)
    for name, rows in (("a.nc", 100), ("b.nc", 3)):
        monkeypatch.setattr(SWEEPING, "BLOCK", rows * row_values(study))
        found = sweep(study, calibration)
        save_grid(found, tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    assert same(frontier(load_grid(tmp_path / "a.nc")), frontier(found))


def test_what_cannot_be_swept(study: Study, calibration: Calibration) -> None:
    """A row too large to hold, and a line."""
    with pytest.raises(PlaitError, match="fewer layers or draws"):
        sweep(replace(study, layers=tuple(range(1, 10_001)), draws=10_000), calibration)
    with pytest.raises(PlaitError, match="a line, not a grid"):
        sweep(load_study("paper"), calibration)


SMALL = """
title = "small"
draws = 30
[question]
family = ["brickwall", "planted"]
[grid]
strands = [6, 30, 86]
layers = [4, 40, 200]
[[quantum]]
models = ["cfev"]
machines = ["qpu-1e-4"]
[[classical]]
models = ["face-tn-fib", "zero"]
machines = ["core"]
"""


def command(*words: str) -> Any:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_workers_make_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """plait sweep --workers: a file a family, equal to those of one process; nothing else is left."""
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SMALL)
    one = command("sweep", "small.toml", "-o", "one.nc", "--json")
    monkeypatch.setattr(SWEEPING, "BLOCK", 1)
    two = command("sweep", "small.toml", "-o", "two.nc", "--workers", "1", "--json")
    assert one["paths"] == ["one.nc", "one-planted.nc"]
    assert one["draws_kept"] is True
    for mine, yours in zip(one["paths"], two["paths"], strict=True):
        assert Path(mine).read_bytes() == Path(yours).read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"small.toml", *one["paths"], *two["paths"]}


def test_workers_and_a_scheduler_exclude_each_other(tmp_path: Path) -> None:
    """One line."""
    words = ["sweep", "-o", str(tmp_path / "g.nc"), "--workers", "1", "--scheduler", "tcp://127.0.0.1:1"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


LARGE = (
    "import sys; m = __import__('plait.estimator.sweep', fromlist=['x']); m = sys.modules['plait.estimator.sweep']; "
)
LARGE += "m.KEPT_VALUES, m.BLOCK = 0, 1; "
RUN = "from plait.cli import main; main()"
SLOWED = (
    "import time; import plait.estimator.reduced as r; f = r.reduce_block; "
    "r.reduce_block = lambda *given: (time.sleep(0.1), f(*given))[1]; "
)
"""So that there is a middle to interrupt, however fast the machine."""


def heed_interrupts() -> None:
    """A shell starts what runs in its background deaf to SIGINT, and so is what that starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_keeps_blocks_and_leaves_no_half_file(tmp_path: Path) -> None:
    """SIGINT in the middle: exit 130, no file of that name, finished blocks there; the same command then finishes."""
    text = SMALL.replace("[6, 30, 86]", "{ start = 6, stop = 65, steps = 60 }").replace(
        '["brickwall", "planted"]', '"planted"'
    )
    (tmp_path / "s.toml").write_text(text)
    words = [sys.executable, "-c", LARGE + RUN, "sweep", "s.toml", "-o", "g.nc", "--json"]
    slowed = [*words[:2], LARGE + SLOWED + RUN, *words[3:]]
    process = subprocess.Popen(
        slowed,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    parts = tmp_path / "g.nc.parts"
    while process.poll() is None and len(list(parts.glob("*.npz"))) < 5:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert len(list(parts.glob("*.npz"))) >= 5
    assert not (tmp_path / "g.nc").exists()
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["draws_kept"] is False
    assert {path.name for path in tmp_path.iterdir()} == {"s.toml", "g.nc"}
    assert frontier(load_grid(tmp_path / "g.nc")).sizes["strands"] == 60


@pytest.mark.slow
def test_a_dask_cluster_makes_the_same_bytes(large: Study, calibration: Calibration, tmp_path: Path) -> None:
    """Two worker processes of a LocalCluster."""
    if find_spec("distributed") is None:
        pytest.fail("this test needs dask.distributed: pip install -e '.[test,noise,distributed]'", pytrace=False)
    from distributed import LocalCluster

    from plait.calibrations.dask_executor import dask_executor

    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        LocalCluster(**options, dashboard_address=None, worker_dashboard_address=None) as cluster,
        dask_executor(cluster.scheduler_address) as (executor, workers),
    ):
        save_grid(sweep(large, calibration, executor=executor, at_a_time=workers), tmp_path / "cluster.nc")
    save_grid(sweep(large, calibration), tmp_path / "here.nc")
    assert (tmp_path / "cluster.nc").read_bytes() == (tmp_path / "here.nc").read_bytes()
