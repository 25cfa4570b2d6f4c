"""The estimator's commands: the main job on shipped data, and every mistake on one line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plait.cli.app import app

SMALL = """
title = "small"
draws = 30
[grid]
strands = [6, 30, 86]
layers = [4, 40, 200]
[[quantum]]
models = ["cfev"]
machines = ["qpu-1e-4*", "h2-2"]
[[classical]]
models = ["face-tn-fib", "fib-*", "zero"]
machines = ["core", "frontier"]
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    return "small.toml"


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def answer(*words: str) -> dict[str, Any]:
    """The one JSON object a command prints."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))


def test_map_without_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The main job: the shipped study and calibration, question, boundary or why there is none, a page that exists."""
    monkeypatch.chdir(tmp_path)
    result = run("map")
    assert result.exit_code == 0, result.stderr
    for text in ("Question:", "|E| = 0.5 assumed", "real runs on one core of", "Quantum wins", "planted", "map.html"):
        assert text in " ".join(result.stdout.split())
    page = (tmp_path / "map.html").read_text()
    assert "plait map default -o map.html" in page


@pytest.mark.parametrize("suffix", ["html", "png", "svg", "json"])
def test_map_formats(small: str, suffix: str) -> None:
    """Question, path and boundary in --json; the file is what its name says."""
    got = answer("map", small, "-o", f"m.{suffix}")
    assert {"question", "path", "boundary", "verdict", "calibration"} <= set(got)
    head = Path(got["path"]).read_bytes()[:16].lstrip().lower()
    assert head.startswith({"html": b"<!doctype html>", "png": b"\x89png", "svg": b"<svg", "json": b"{"}[suffix])
    for edge in got["boundary"]:
        assert {"closure", "contender", "eps", "kind", "axis"} <= set(edge)


def test_map_of_a_sweep_equals_map_of_its_study(small: str) -> None:
    """plait sweep, then plait map of the file: the same boundary."""
    swept = answer("sweep", small, "-o", "grid.nc")
    assert swept["cells"] == 18
    assert Path(swept["path"]).exists()
    assert answer("map", "grid.nc")["boundary"] == answer("map", small)["boundary"]


def test_options_reach_the_question(small: str) -> None:
    """--eps, --delta, --signal, --machine, --time-limit."""
    words = ("--eps", "0.03", "--delta", "0.01", "--signal", "0.2..0.4", "--machine", "h2-2", "--machine", "core")
    got = answer("estimate", "--strands", "12", "--layers", "10", *words, "--time-limit", "1")
    assert got["question"].startswith("E to within 0.03 (complex modulus) with probability 0.99, |E| = 0.2..0.4")
    assert {row["machine"] for row in got["contenders"]} == {"h2-2", "core", None}
    quantum = [row for row in got["contenders"] if row["side"] == "quantum"]
    assert [row["reason"] for row in quantum] == ["time"]


def test_estimate_a_size_and_a_braid() -> None:
    """The contract's keys; a braid's own counts."""
    size = answer("estimate", "--strands", "30", "--layers", "40", "--closure", "plat")
    braid = answer("estimate", "2 -1 3 -2 2 -3 1 -2", "--strands", "4", "--closure", "plat")
    for got in (size, braid):
        assert {"question", "contenders", "winner", "p_advantage"} <= set(got)
        for row in got["contenders"]:
            assert {"model", "machine", "seconds", "feasible", "reason", "basis"} <= set(row)
            assert set(row["seconds"]) == {"p05", "p50", "p95"}
            assert row["feasible"] or row["reason"]
    assert braid["crossings"] == pytest.approx(8)
    text = run("estimate", "--strands", "30", "--layers", "40").stdout
    assert "winner:" in text
    assert max(map(len, text.splitlines())) <= 80


def test_circuit_on_a_device() -> None:
    """More shots than without noise; a machine that cannot answer says why; a classical one is a mistake."""
    word = ("circuit", "1 -2 3 -4 1 -2 3 -4")
    ideal, noisy = answer(*word), answer(*word, "--device", "h2-2")
    assert noisy["device"] == "h2-2"
    assert noisy["shots"] > ideal["shots"]
    assert 0 < noisy["damping"] < 1
    assert 0 < noisy["keep_rate"] < 1
    wide = answer("circuit", "1", "--strands", "60", "--device", "h2-2")
    assert (wide["shots"], wide["reason"]) == (None, "qubits")
    assert run(*word, "--device", "core").exit_code == 2
    assert run(*word, "--device", "abacus").exit_code == 2


def test_machines() -> None:
    """The list, one in full, and JSON with sources."""
    assert "h2-2" in run("machines").stdout
    text = " ".join(run("machines", "h2-2").stdout.split())
    assert "0.0014" in text
    assert "8881b5f" in text
    items = answer("machines")["items"]
    assert all(figure["source"] for item in items for figure in item["figures"].values())


def test_calibrate_then_map_with_it(small: str) -> None:
    """A small budget makes real runs and constants; a second call goes on where the first stopped."""
    first = answer("calibrate", "--budget", "25s")
    assert {"profile", "runs_done", "constants"} <= set(first)
    assert first["constants"]["t_step"]["unit"] == "s"
    lines = Path("plait-runs.jsonl").read_text().splitlines()
    assert first["runs_done"] == len(lines) >= 15
    second = answer("calibrate", "--budget", "1s")
    assert second["runs_done"] > first["runs_done"]
    assert Path("plait-runs.jsonl").read_text().splitlines()[: len(lines)] == lines
    got = answer("map", small, "--calibration", "plait-calibration.json")
    assert f"{second['runs_done']} real runs" in got["calibration"]
    assert run("calibrate", "--fresh").exit_code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("map", "absent.toml"), "absent.toml: cannot be read"),
        (("map", "absent.nc"), "absent.nc: cannot be read"),
        (("map", "defualt"), "known: default"),
        (("map", "small.toml", "-o", "map.gif"), ".html, .png, .svg, .pdf or .json"),
        (("map", "small.toml", "-o", "nowhere/map.html"), "nowhere/map.html"),
        (("map", "small.toml", "--eps", "0"), "eps"),
        (("map", "small.toml", "--eps", "-1"), "eps"),
        (("map", "small.toml", "--eps", "nan"), "eps"),
        (("map", "small.toml", "--delta", "1"), "delta"),
        (("map", "small.toml", "--signal", "2"), "signal"),
        (("map", "small.toml", "--signal", "high"), "signal"),
        (("map", "small.toml", "--machine", "abacus", "--machine", "core"), "machine 'abacus' is unknown"),
        (("map", "small.toml", "--machine", "core"), "none is quantum"),
        (("map", "small.toml", "--time-limit", "0"), "time-limit"),
        (("map", "small.toml", "--calibration", "small.toml"), "not JSON"),
        (("map", "small.toml", "--calibration", "."), "cannot be read"),
        (("sweep", "small.toml", "-o", "grid.csv"), "must end in .nc"),
        (("sweep", "small.toml"), "output"),
        (("sweep", "small.toml", "-o", "nowhere/grid.nc"), "nowhere/grid.nc"),
        (("estimate",), "expected a BRAID, or both"),
        (("estimate", "--strands", "30"), "expected a BRAID, or both"),
        (("estimate", "1 2", "--layers", "4"), "not both"),
        (("estimate", "--strands", "1000000000000", "--layers", "4"), "strands"),
        (("estimate", "--strands", "30", "--layers", "0"), "layers"),
        (("estimate", "--strands", "30", "--layers", "1000000000000"), "layers"),
        (("estimate", "--strands", "7", "--layers", "4", "--closure", "round"), "closure = 'round'"),
        (("estimate", "1 0 1"), "word[1] = 0"),
        (("estimate", "--strands", "30", "--layers", "4", "--study", "nope"), "known: default"),
        (("machines", "abacus"), "known: a100, core"),
        (("machines", "/dev/zero.toml"), "cannot be read"),
        (("map", "small.toml", "--calibration", "/dev/zero"), "larger than"),
        (("estimate", "--strands", "6", "--layers", "4", "--seed", "-1"), "seed"),
        (("calibrate", "--seed", "-1"), "seed"),
        (("calibrate", "--runs", "small.toml"), "small.toml"),
        (("jones", "a" * 5000), "neither a word"),
        (("calibrate", "--budget", "soon"), "budget"),
        (("calibrate", "--executor", "cloud"), "known: process"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(small: str, words: tuple[str, ...], expected: str) -> None:
    """What was expected, on stderr, nothing on stdout, nothing written."""
    before = sorted(Path().iterdir())
    for extra in ((), ("--json",)):
        result = run(*words, *extra)
        assert result.exit_code == 2
        assert result.stdout == ""
        lines = result.stderr.strip().splitlines()
        assert len(lines) == 1
        assert expected in lines[0]
    assert sorted(Path().iterdir()) == before


def test_odd_plats_are_refused() -> None:
    """An odd number of strands has no plat closure, and the estimate says so."""
    result = run("estimate", "--strands", "7", "--layers", "4", "--closure", "plat")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "even number of strands" in result.stderr


def test_a_fixed_sweep_takes_no_question(small: str) -> None:
    """Changing the question of a finished sweep would lie."""
    answer("sweep", small, "-o", "grid.nc")
    result = run("map", "grid.nc", "--eps", "0.2")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "finished sweep" in result.stderr


def test_progress_goes_to_stderr_only(small: str) -> None:
    """A real process: stdout holds one JSON object and nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", "from plait.cli import main; main()", "map", small, "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout)["path"] == "map.html"


def test_sizes_beyond_any_machine_still_have_an_answer() -> None:
    """Costs beyond the range of doubles are null, not a crash."""
    got = answer("estimate", "--strands", "1000", "--layers", "2000")
    assert got["winner"] == "infeasible"
    assert all(row["seconds"]["p50"] is None for row in got["contenders"])
