"""`plait calibrate` on runs of several files, machines and workers."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plait.calibrations.run_file import append, load
from plait.cli.app import app

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.jsonl.gz"


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[dict], list[dict]]:
    """Two files, a.jsonl and b.jsonl, of some shipped runs; only together they are enough for a fit."""
    monkeypatch.chdir(tmp_path)
    runs = [run for run in load([SHIPPED])[0] if run["asked"].get("seed", 0) == 0 and run["asked"]["kind"] != "noise"]
    runs = [run for run in runs if run["asked"]["kind"] == "probe" or run["asked"]["strands"] <= 16]
    walls = [run for run in runs if run["asked"].get("family") == "brickwall"]
    small = walls[:10]
    rest = [run for run in runs if run not in small]
    append(Path("a.jsonl"), *small)
    append(Path("b.jsonl"), *rest)
    return small, rest


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["calibrate", *words])


def test_files_of_two_machines_are_merged_and_one_machine_is_fitted(parts: tuple[list[dict], list[dict]]) -> None:
    """No new runs with a budget of 0. Without a choice the machines are listed; with one, only its runs count, although
    the other made the same ones. A torn line is dropped, and said."""
    small, rest = parts
    mine = [{**one, "environment": {**one["environment"], "together": "2"}} for one in small]
    Path("a.jsonl").unlink()
    append(Path("a.jsonl"), *mine)
    append(Path("c.jsonl"), *[{**one, "environment": {"processor": "Abacus 3000"}} for one in rest])
    with Path("b.jsonl").open("a") as file:
        file.write('{"asked":{"also"')
    words = ["--budget", "0", "--runs", "all.jsonl", "--json"]
    undecided = run(*words, "--merge", "a.jsonl", "--merge", "b.jsonl", "--merge", "c.jsonl")
    assert (undecided.exit_code, undecided.stdout) == (2, "")
    assert f"b.jsonl, line {len(rest) + 1}: dropped, a write that did not finish" in undecided.stderr
    said = undecided.stderr.splitlines()[-1]
    assert f"Abacus 3000: {len(rest)}; " in said
    assert "--processor" in said
    assert len(Path("all.jsonl").read_text().splitlines()) == len(small) + 2 * len(rest)
    unknown = run(*words, "--processor", "babbage")
    assert unknown.exit_code == 2
    assert "named 'babbage'" in unknown.stderr.splitlines()[-1]
    chosen = run(*words, "--processor", small[0]["environment"]["processor"].split()[0].lower())
    assert chosen.exit_code == 0, chosen.stderr
    answer = json.loads(chosen.stdout)
    assert small[0]["environment"]["processor"] in answer["origin"]
    assert answer["runs_done"] == len(small) + len(rest)
    assert f"{len(small)} of these runs were timed beside others" in chosen.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--executor", "dask"), "--scheduler ADDR go together"),
        (("--scheduler", "tcp://127.0.0.1:1"), "--scheduler ADDR go together"),
        (("--executor", "dask", "--scheduler", "x", "--workers", "2"), "--workers is for"),
        (("--workers", "0"), "workers"),
        (("--workers", "two"), "not an integer"),
        (("--workers", "100000"), "cores may be used here"),
        (("--merge", "absent.jsonl"), "absent.jsonl: cannot be read"),
        (("--merge", "foreign.toml"), "foreign.toml, line 2: no run"),
        (("--runs", "foreign.toml"), "foreign.toml, line 2: no run"),
        (("--runs", "runs.jsonl.gz"), "gunzip"),
        (("--runs", "."), "plain file"),
        (("--budget", "-1"), "budget"),
    ],
)
def test_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], expected: str) -> None:
    """One line, exit code 2, nothing written."""
    monkeypatch.chdir(tmp_path)
    Path("foreign.toml").write_text("\ntitle = 'x'\n")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert expected in result.stderr.splitlines()[-1]
    assert [path.name for path in Path().iterdir()] == ["foreign.toml"]
