"""The tutorial, step by step in an empty folder: its files written as shown, its commands run in order."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plait.cli.app import app

TEXT = (Path(__file__).parent.parent / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = []
    for language, word, body in BLOCKS:
        if language == "toml":
            (tmp_path / word).write_text(body, encoding="utf-8")
            continue
        for line in body.splitlines():
            words = shlex.split(line)[1:]
            if word == "slow":  # minutes of measuring: only that the command exists
                words = [*words, "--help"]
            result = CliRunner().invoke(app, words, prog_name="plait")
            assert result.exit_code == 0, f"{line}: {result.stderr}"
            assert result.stdout
            done.append(line)
    assert len(done) >= 12
    for name in ("map.html", "mine.png", "joules.html", "report.html"):
        assert (tmp_path / name).stat().st_size > 10_000
