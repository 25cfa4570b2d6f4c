"""The report as a page: one safe file, the same each time, with all that its numbers rest on; and its command."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from made_report import EVIL, OPTIONS, Made, made_report, parsed, rows_of, said, specs
from typer.testing import CliRunner

from plait.calibrations import load_calibration
from plait.cli.app import app
from plait.estimator import load_study, report
from plait.estimator.study import override
from plait.models import PlaitError


@pytest.fixture(scope="module")
def made() -> Made:
    return made_report()


def test_one_file_without_a_network(made: Made) -> None:
    page, read = made.page, made.read
    outside = [
        (tag, name, value) for tag, name, value in read.attributes if name in ("src", "href", "action", "srcset")
    ]
    assert outside
    assert all(value and value.startswith("#") for _, _, value in outside)
    assert not {"link", "iframe", "object", "embed", "img", "form"} & set(read.tags)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert sorted(len(script) > 500_000 for script in scripts) == [False, True]
    policy = next(value for _, name, value in read.attributes if name == "content" and "default-src" in (value or ""))
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert not {"http", "eval"} & set(re.findall(r"[a-z]+", policy))


def test_every_heading_is_in_the_contents_and_no_id_twice(made: Made) -> None:
    read = made.read
    ids = [value for _, name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = [(value or "").removeprefix("#") for tag, name, value in read.attributes if name == "href"]
    headings = [value for tag, name, value in read.attributes if tag == "h2" and name == "id"]
    assert len(headings) == read.tags.count("h2") == 16
    assert set(targets) == set(headings)
    assert read.tags.count("h1") == 1


def test_names_from_files_are_text(made: Made) -> None:
    page, read = made.page, made.read
    assert "<script>alert" not in page
    assert f"A study of {EVIL}" in " ".join(read.words)
    assert f"QPU {EVIL}" in " ".join(read.words)
    assert read.tags.count("script") == 4


def test_the_same_study_gives_the_same_bytes(made: Made) -> None:
    """Again, in another process with other hashes of texts."""
    folder = made.folder
    before = (folder / "report.html").read_bytes()
    code = "import sys; from plait.cli.app import app; app(sys.argv[1:], prog_name='plait')"
    done = subprocess.run(
        [sys.executable, "-c", code, "report", *OPTIONS],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "7", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "report written to report.html" in done.stdout
    after = (folder / "report.html").read_bytes()
    assert [k for k in range(min(len(before), len(after))) if before[k] != after[k]][:1] == []
    assert before == after
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        ["mine.json.gz", "qpu.toml", "report.html", "runs.jsonl", "study.toml"]
    )


def test_machines_calibration_and_remaking(made: Made) -> None:
    read, study, calibration, folder = made.read, made.study, made.calibration, made.folder
    text, rows = said(read), rows_of(read)
    for contender in study.contenders:
        for name, figure in (contender.machine.figures if contender.machine else {}).items():
            found = [row for row in rows if row[0] == name and row[-1] == figure.source]
            assert found, (contender.name, name)
            if figure.value is not None:
                assert f"{figure.value:.6g}" in {row[1] for row in found}
            assert figure.basis in {row[4] for row in found}
    assert calibration.origin() in text
    assert "frontier.eta = 0.05..0.4" in text
    digest = subprocess.run(["sha256sum", folder / "study.toml"], capture_output=True, text=True, check=True).stdout
    assert digest.split()[0] in text
    assert shlex.join(["plait", "report", *OPTIONS]) in text
    for name in ("numpy", "sympy", "python"):
        assert f" {name} {sys.modules[name].__version__ if name != 'python' else sys.version.split()[0]} " in text


def test_runs_of_another_calibration_are_refused(made: Made, tmp_path: Path) -> None:
    folder, study = made.folder, made.study
    with pytest.raises(PlaitError, match="but the calibration was fitted to runs"):
        report(
            override(study, settings=["draws=10"]), load_calibration(), tmp_path / "r.html", runs=folder / "runs.jsonl"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_line_and_a_back_test_left_out(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["report", "paper", "-o", str(tmp_path / "line.html"), "--no-backtest", "--json"], prog_name="plait"
    )
    assert result.exit_code == 0, result.output
    page = (tmp_path / "line.html").read_text()
    assert "The back-test was left out" in page
    assert list(specs(page)) == ["line-chart"]
    text = said(parsed(page))
    for sentence in json.loads(result.stdout)["verdict"]:
        assert sentence in text


ONE_CELL = """
title = "One cell, without a two-qubit error to move"
draws = 10
[question]
metric = "money"
[grid]
closures = ["plat"]
strands = [24]
layers = [20]
[[quantum]]
models = ["paper-cfev"]
machines = ["qpu-1e-4"]
[[classical]]
models = ["simplify"]
machines = ["core"]
[[classical]]
models = ["zero"]
"""


def test_one_cell_in_money_and_no_error_to_move(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(ONE_CELL)
    found = report(load_study(tmp_path / "one.toml"), load_calibration(), tmp_path / "one.html", backtest=False)
    page = (tmp_path / "one.html").read_text()
    assert found["place"]["p"] == 0
    assert "In no draw of any cell quantum is feasible and faster" in said(parsed(page))
    assert "there is nothing to move" in page
    assert not [name for name in specs(page) if name.startswith("slid")]
    assert "money of the answer, USD" in json.dumps(specs(page)["cost-curves"])
    assert "made by a program, not from a file" in page


@pytest.mark.parametrize("name", ["report.pdf", "report", "report.html.gz"])
def test_other_endings_are_refused(name: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", "-o", str(tmp_path / name)], prog_name="plait")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a report is written as .html" in result.stderr
