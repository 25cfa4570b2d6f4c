"""How far exact evaluation reaches: frontiers predicted, braids really run and checked, resumed, drawn."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from plait.calibrations import reach as module
from plait.calibrations.reach import (
    STEP,
    Allowance,
    frontier,
    frontier_task,
    largest,
    load_reach,
    predicted,
    reach,
    reach_task,
)
from plait.cli.app import app
from plait.estimator.reach_rows import frontier_rows, run_rows
from plait.models import Braid, Closure, PlaitError, jones_exact
from plait.models.rates import Rates

MARKOV, PLAT = Closure.MARKOV, Closure.PLAT
QUICK = Allowance(seconds=0.02, memory=2.0**28, threads=1)
RUNNER = CliRunner()


@settings(derandomize=True, deadline=None, max_examples=10)
@given(st.sampled_from(module.FAMILIES), st.sampled_from(list(Closure)), st.integers(4, 9), st.integers(0, 9))
def test_the_largest_fits_and_the_next_does_not(family: str, closure: Closure, half: int, seed: int) -> None:
    """What is found is predicted to stay within the allowance; a twelfth more layers are not, or are not looked at."""
    strands = 2 * half
    layers = largest(family, closure, strands, seed, QUICK)
    assert layers >= module.LEAST_LAYERS

    def seconds(layers: int) -> float:
        return predicted(reach_task(family, closure, strands, layers, seed, QUICK), QUICK)[1]

    assert seconds(layers) <= QUICK.seconds
    more = math.ceil(STEP**2 * layers) + 2
    assert more * strands > module.MOST_CROSSINGS or max(seconds(more), seconds(more + 1)) > 0.8 * QUICK.seconds


def test_more_allowed_is_never_less() -> None:
    """More seconds or memory reach at least as far."""
    found = [largest("brickwall", PLAT, 12, 0, replace(QUICK, seconds=seconds)) for seconds in (1e-3, 1e-2, 1e-1)]
    assert found == sorted(found)
    assert found[0] < found[-1]
    assert largest("brickwall", MARKOV, 40, 0, replace(QUICK, memory=300.0, rates=Rates(work=1.0))) == 0


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize("family", module.FAMILIES)
def test_runs_are_real_and_checked(family: str, closure: Closure, tmp_path: Path) -> None:
    """The value in the file is the braid's; the check is in the file too; a second call repeats nothing."""
    task = reach_task(family, closure, 12, 10, 3, QUICK)
    path = tmp_path / "runs.jsonl"
    allowed = replace(QUICK, seconds=60.0)
    (record,) = reach([task], path, allowed)
    braid = module.braid_of(task)
    assert complex(*record["result"]["value"]) == pytest.approx(jones_exact(braid, closure).normalised)
    assert record["result"]["error" if family == "planted" else "difference"] < 1e-12
    before = path.read_bytes()
    assert reach([task], path, allowed) == [record]
    assert path.read_bytes() == before
    (row,) = run_rows(load_reach(path)[0])
    assert (row["crossings"], row["basis"], row["strands"]) == (braid.crossings, "measured", 12)
    assert row["seconds"] > 0


def test_a_wrong_value_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is not the planted one, or not that of a second evaluation, ends the run and leaves no line."""
    honest = module.jones_exact

    def off(*given: Any, **more: Any) -> Any:
        found = honest(*given, **more)
        return replace(found, normalised=found.normalised * (1 + 1e-6 * (more.get("seed", 0) == 3)))

    monkeypatch.setattr(module, "jones_exact", off)
    for family, closure in (("planted", MARKOV), ("brickwall", MARKOV), ("brickwall", PLAT)):
        path = tmp_path / f"{family}{closure}.jsonl"
        task = reach_task(family, closure, 14, 12, 3, QUICK, "face-tn-fib")
        with pytest.raises(PlaitError, match="please report this"):
            reach([task], path, replace(QUICK, seconds=60.0))
        assert not path.exists()


def test_frontiers_are_kept_and_belong_to_their_allowance(tmp_path: Path) -> None:
    """One line for each number of strands; those of another allowance are not mixed in."""
    path = tmp_path / "runs.jsonl"
    other = replace(QUICK, seconds=0.001)
    for allowance in (QUICK, other):
        frontier([frontier_task("brickwall", PLAT, n, 0, allowance) for n in (6, 8)], path, allowance)
    records, _ = load_reach(path)
    assert len(records) == 4
    rows = frontier_rows(records, (QUICK.seconds, QUICK.memory, QUICK.threads))
    assert [row["strands"] for row in rows] == [6, 8]
    assert all(row["predicted_seconds"] <= QUICK.seconds for row in rows)
    assert frontier_rows(records, (1.0, 1.0, 1)) == []


def test_the_shipped_runs_reach_past_the_published_point() -> None:
    """They are sound, hold both closures and families, and braids larger than 85 strands and 2,800 crossings."""
    records, remarks = load_reach()
    rows = run_rows(records)
    assert remarks == []
    assert {(row["family"], row["closure"]) for row in rows} == {
        (family, str(closure)) for family in module.FAMILIES for closure in Closure
    }
    for row in rows:
        assert row["error"] < 1e-9
    for closure in Closure:
        past = [row for row in rows if row["closure"] == closure and row["strands"] >= 84 and row["crossings"] > 3800]
        assert past
        assert min(row["seconds"] for row in past) < 3600
    small = min(rows, key=lambda row: row["seconds"])
    task = reach_task(
        small["family"], Closure(small["closure"]), small["strands"], small["layers"], small["seed"], QUICK
    )
    value = jones_exact(module.braid_of(task), Closure(small["closure"])).normalised
    assert complex(*small["value"]) == pytest.approx(value, rel=1e-9)


def test_command(tmp_path: Path) -> None:
    """Runs, frontiers, table, picture, JSON."""
    runs, picture = str(tmp_path / "mine.jsonl"), tmp_path / "reach.svg"
    made = RUNNER.invoke(
        app, ["reach", "--run", "--strands", "8,9", "--layers", "6,7", "--runs", runs, "--json", "--family", "planted"]
    )
    assert made.exit_code == 0, made.output
    items = json.loads(made.stdout)["items"]
    assert {(item["closure"], item["strands"]) for item in items} == {("markov", 8), ("markov", 9), ("plat", 8)}
    allowance = ["--time", "1s", "--memory", "100MB", "--threads", "1"]
    found = RUNNER.invoke(
        app, ["reach", "--frontier", "--strands", "6", "--closure", "plat", "--runs", runs, *allowance]
    )
    assert found.exit_code == 0, found.output
    drawn = RUNNER.invoke(app, ["reach", "--runs", runs, "-o", str(picture), *allowance])
    assert drawn.exit_code == 0
    assert all(len(line) <= 80 for line in drawn.stdout.splitlines() if "picture" not in line)
    assert "published advantage point" in picture.read_text()
    assert RUNNER.invoke(app, ["reach"]).stdout.startswith("braid")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--run",), "need --strands, and --runs"),
        (("--run", "--strands", "x", "--runs", "r.jsonl"), "expected integers separated by commas"),
        (("--run", "--strands", "4,5", "--layers", "3", "--runs", "r.jsonl"), "--layers has 1 numbers for 2"),
        (("--run", "--strands", "5", "--closure", "plat", "--runs", "r.jsonl"), "needs an even number of strands"),
        (("--run", "--strands", "4", "--family", "knots", "--runs", "r.jsonl"), "family = 'knots' is unknown"),
        (("--closure", "spiral"), "closure"),
        (("--threads", "0"), "threads = 0 is out of range"),
        (("-o", "chart.gif"), "written as .html, .png, .svg or .pdf"),
        (("--runs", "nowhere.jsonl"), "nowhere.jsonl: cannot be read"),
        (("--time", "soon"), "is not a time"),
    ],
)
def test_mistakes(args: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line on stderr, exit code 2."""
    monkeypatch.chdir(tmp_path)
    result = RUNNER.invoke(app, ["reach", *args])
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_interrupted_runs_leave_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the second evaluation keeps the first."""
    tasks = [reach_task("planted", MARKOV, 8, layers, 0, QUICK) for layers in (5, 6)]
    honest, path = module.jones_exact, tmp_path / "runs.jsonl"

    def stopped(braid: Braid, *given: Any, **more: Any) -> Any:
        if braid == module.braid_of(tasks[1]):
            raise KeyboardInterrupt
        return honest(braid, *given, **more)

    monkeypatch.setattr(module, "jones_exact", stopped)
    with pytest.raises(KeyboardInterrupt):
        reach(tasks, path, QUICK)
    assert [record["asked"] for record in load_reach(path)[0]] == [tasks[0]]
