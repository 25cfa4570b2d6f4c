"""`plait map` of a study along a line: the boundaries of tests/test_line.py by the command, and the chart."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plait.calibrations import Calibration, load_calibration, paper_forms
from plait.cli.app import app
from plait.estimator.line import along_line
from plait.estimator.line_chart import line_chart
from plait.estimator.line_verdict import line_verdict
from plait.estimator.study import Study, load_study, override
from plait.models import PlaitError
from plait.models.fibonacci import PHI

FEW = {"crossings": [500, 1000, 2000, 2800, 4000, 6000]}


def run(*args: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["map", "paper", *args, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration()


@pytest.fixture(scope="module")
def today() -> Study:
    """Methods of today on a few places of the published line."""
    paper, known = load_study("paper"), load_study("default").contenders
    names = ("face-tn-fib@frontier", "simplify@frontier", "cfev@qpu-1e-4")
    assert paper.line is not None
    return replace(
        paper,
        contenders=tuple(one for one in known if one.name in names),
        overrides=(),
        line=paper.line.model_copy(update=FEW),
    )


@pytest.mark.parametrize(
    ("args", "machine", "cliff"),
    [
        ((), "frontier", True),
        (("--set", "frontier.M=1e30"), "frontier", False),
        (("--machine", "qpu-1e-4-idle-free", "--machine", "a100"), "a100", True),
        (
            ("--machine", "qpu-1e-4-idle-free", "--machine", "jedi", "--set", "metric=joules", "--set", "jedi.M=1e30"),
            "jedi",
            True,
        ),
    ],
)
def test_published_boundaries(args: tuple[str, ...], machine: str, cliff: bool, tmp_path: Path) -> None:
    """The command gives what the published fits give without a study."""
    path = tmp_path / "line.svg"
    found = run(*args, "-o", str(path))
    (entry,) = [entry for entry in found["boundary"] if entry["kind"] == "enter"]
    expected = paper_forms.published_boundary(machine=machine, memory_cliff=cliff)
    assert entry["crossings_p50"] == pytest.approx(expected.crossings, rel=0.01)
    assert entry["strands_p50"] == pytest.approx(expected.strands, rel=0.01)
    assert found["path"] == str(path)
    assert "|E| = 1 assumed" in found["question"]
    assert f"from {entry['crossings_p50']:,.0f} crossings on" in found["verdict"][0]
    text = path.read_text()
    assert f"{entry['crossings_p50']:,.0f}" in text
    assert "paper-mpo-proj" in text


def test_words_and_json_file(tmp_path: Path) -> None:
    """Without --json the boundary is a sentence; a .json holds costs at every place."""
    path = tmp_path / "line.json"
    result = CliRunner().invoke(app, ["map", "paper", "-o", str(path)])
    assert result.exit_code == 0
    assert "ahead from 2,758 crossings on, 84.4 strands" in result.stdout
    told = json.loads(path.read_text())
    assert told["boundary"][0]["kind"] == "enter"
    assert told["command"].startswith("plait map paper")
    costs = told["costs"][0]
    assert len(costs["coords"]["crossings"]["data"]) == 1189
    sv = costs["coords"]["contender"]["data"].index("paper-sv-shor[published]@frontier")
    place = costs["coords"]["crossings"]["data"].index(1000)
    qubits = paper_forms.LINE_STRANDS[0] + 1000 * paper_forms.LINE_STRANDS[1] + 1
    seconds = 4 / 0.356 * 32 * PHI**qubits * 1000 / 0.25 / 1.353e18
    assert 10 ** costs["data_vars"]["log10_cost"]["data"][0][sv][place][1] == pytest.approx(seconds, rel=1e-6)


def test_no_boundary_is_told(today: Study, calibration: Calibration) -> None:
    """A line without a boundary says so; bands are drawn where there is a spread; every contender has a stroke."""
    spec = line_chart([along_line(today, calibration)]).to_dict()
    text = json.dumps(spec)
    assert "no boundary on this line" in text
    rows = [row for table in spec["datasets"].values() for row in table if "of" in row]
    assert {row["of"] for row in rows} == {one.name for one in today.contenders}
    assert all(row["low"] < row["value"] < row["high"] for row in rows)


def test_every_family_has_a_panel(today: Study, calibration: Calibration) -> None:
    """Two families, two panels, the second one that of planted braids."""
    both = override(today, settings=["family=brickwall,planted"])
    spec = line_chart([along_line(one, calibration) for one in both.instances()]).to_dict()
    titles = [panel["title"]["text"] for panel in spec["vconcat"] if "title" in panel]
    assert titles == ["Brickwall braids, markov closure", "Planted braids, markov closure"]


def test_a_finished_sweep_has_no_line(calibration: Calibration) -> None:
    """A dataset of another kind is refused."""
    found = along_line(load_study("paper"), calibration).drop_vars("log10_cost")
    with pytest.raises(PlaitError, match="along_line"):
        line_chart([found])


def test_endings(tmp_path: Path) -> None:
    """A name no chart can be written to is refused before any work."""
    result = CliRunner().invoke(app, ["map", "paper", "-o", str(tmp_path / "line.gif")])
    assert isinstance(result.exception, PlaitError | SystemExit)
    assert result.exit_code != 0


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"crossings_p50": None, "censored": "below"}, "ahead along the whole line in half of the draws or more"),
        ({"crossings_p50": None, "censored": "above", "p_entered": 0.2}, "not ahead up to 6,000 crossings"),
        ({"crossings_p05": 900.0, "crossings_p50": 1000.0, "strands_p50": 30.0}, "1,000 crossings on [900 .. never]"),
    ],
)
def test_the_verdict_of_a_line(entry: dict[str, Any], said: str) -> None:
    """The same sentence on the terminal, in the chart's file and in a report."""
    study = load_study("paper")
    common = {"contender": "paper-cfev@qpu-1e-4-idle-free", "kind": "enter", "family": "brickwall", "closure": "markov"}
    ends = {"crossings_p05": None, "crossings_p95": None}
    (sentence,) = line_verdict(study, [common | ends | entry])
    assert said in sentence
    (none,) = line_verdict(study, [])
    assert "ahead in no draw" in none
