"""One report for all its tests, made once by the command, and what they read of it."""

import atexit
import json
import re
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest
from typer.testing import CliRunner

from plait.calibrations import Calibration, load_calibration
from plait.calibrations.run_file import append
from plait.calibrations.validate import load_runs
from plait.cli.app import app
from plait.estimator import frontier, load_study, sweep
from plait.estimator.provenance import runs_digest
from plait.estimator.study import Study

EVIL = "</script><script>alert(1)</script><b>&'\""
STUDY = f"""
title = '''A study of {EVIL}'''
draws = 20
seed = 3

[question]
family = ["brickwall", "planted"]

[grid]
closures = ["markov", "plat"]
strands = [10, 74]
layers = [10, 60, 268]

[[quantum]]
models = ["cfev"]
machines = ["qpu.toml", "helios"]

[[classical]]
models = ["fib-amplitude", "simplify"]
machines = ["core", "frontier"]

[[classical]]
models = ["zero"]

[overrides]
"frontier.eta" = [0.05, 0.4]
"""
OPTIONS = ["study.toml", "-o", "report.html", "--calibration", "mine.json.gz", "--runs", "runs.jsonl"]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A report, what it was made from, and what the library says of that.

    Args:
        folder: holds the study, its machine, calibration and runs, and the report.
        answer: of the command; page: the report's text; read: the same, taken apart.
        study, calibration: as loaded; frontiers: one for each family.
    """

    folder: Path
    answer: dict[str, Any]
    page: str
    read: "Reader"
    study: Study
    calibration: Calibration
    frontiers: list[Any]


@cache
def made_report() -> Made:
    """A study whose title and machine are hostile, with a calibration and its runs (noisy ones: quickly tested)."""
    folder = Path(mkdtemp(prefix="plait-report-"))
    atexit.register(rmtree, folder)
    machine = (resources.files("plait.estimator") / "machines" / "qpu-1e-4.toml").read_text()
    machine = machine.replace('slug = "qpu-1e-4"', 'slug = "qpu"')
    machine = machine.replace('name = "hypothetical QPU, two-qubit error 1e-4"', f"name = '''QPU {EVIL}'''")
    (folder / "qpu.toml").write_text(machine)
    (folder / "study.toml").write_text(STUDY)
    noisy = [record for record in load_runs()[0] if record["asked"]["kind"] == "noise"]
    append(folder / "runs.jsonl", *noisy)
    digest = runs_digest([record["id"] for record in noisy])
    load_calibration().model_copy(update={"digest": digest}).save(folder / "mine.json.gz")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(app, ["report", *OPTIONS, "--json"], prog_name="plait")
        assert result.exit_code == 0, result.output
        study, calibration = load_study("study.toml"), load_calibration(folder / "mine.json.gz")
    answer = json.loads(result.stdout)
    page = (folder / answer["path"]).read_text()
    return Made(
        folder=folder,
        answer=answer,
        page=page,
        read=parsed(page),
        study=study,
        calibration=calibration,
        frontiers=[frontier(sweep(one, calibration)) for one in study.instances()],
    )


class Reader(HTMLParser):
    """Tags, ids, and the text of every element by its id and of all table rows."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self._inside.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"script", "style"} & set(self._inside):
            return
        self.words.append(data)
        if {"td", "th"} & set(self._inside):
            self.rows[-1][-1] += data


def parsed(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def said(read: Reader) -> str:
    return re.sub(r"\s+", " ", " ".join(read.words))


def rows_of(read: Reader) -> list[list[str]]:
    return [[re.sub(r"\s+", " ", cell).strip() for cell in row] for row in read.rows]


def specs(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL)
    assert found
    return {chart["id"]: chart["spec"] for chart in json.loads(found[1])}


def slid(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="slid">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data
