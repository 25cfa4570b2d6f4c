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


def test_merged_files_are_fitted_as_one(parts: tuple[list[dict], list[dict]]) -> None:
    """Runs of both, no new ones with a budget of 0; a torn line is dropped, and said."""
    small, rest = parts
    with Path("b.jsonl").open("a") as file:
        file.write('{"asked":{"also"')
    first = run("--budget", "0", "--runs", "all.jsonl", "--merge", "a.jsonl", "--merge", "b.jsonl", "--json")
    assert first.exit_code == 0, first.stderr
    assert json.loads(first.stdout)["runs_done"] == len(small) + len(rest)
    assert f"b.jsonl, line {len(rest) + 1}: dropped, a write that did not finish" in first.stderr
    assert len(Path("all.jsonl").read_text().splitlines()) == len(small) + len(rest)


def test_one_of_two_machines_is_fitted(parts: tuple[list[dict], list[dict]]) -> None:
    """Without a choice the machines are listed; with one, only its runs count, although both made the same ones."""
    _, rest = parts
    other = [
        {**one, "environment": {**one["environment"], "processor": "Abacus 3000", "together": "2"}} for one in rest
    ]
    append(Path("c.jsonl"), *other)
    words = ("--budget", "0", "--runs", "c.jsonl", "--merge", "b.jsonl", "--json")
    undecided = run(*words)
    assert (undecided.exit_code, undecided.stdout) == (2, "")
    said = undecided.stderr.splitlines()[-1]
    assert f"Abacus 3000: {len(rest)}" in said
    assert "--processor" in said
    chosen = run(*words, "--processor", "abacus")
    assert chosen.exit_code == 0, chosen.stderr
    answer = json.loads(chosen.stdout)
    assert "Abacus 3000" in answer["origin"]
    assert answer["runs_done"] == len(rest)
    assert f"{len(rest)} of these runs were timed beside others" in chosen.stderr
    unknown = run(*words, "--processor", "babbage")
    assert unknown.exit_code == 2
    assert "named 'babbage'" in unknown.stderr.splitlines()[-1]


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
