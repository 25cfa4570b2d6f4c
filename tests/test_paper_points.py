"""docs/paper-points.md: every point, every command, and figures that are still those of the command."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plait.calibrations import load_calibration
from plait.cli.app import app, load
from plait.estimator.corrections import Step, Waterfall, waterfall

TEXT = (Path(__file__).parents[1] / "docs" / "paper-points.md").read_text(encoding="utf-8")
TABLES = [line for line in TEXT.splitlines() if line.startswith("| ")]
POINTS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLES if re.match(r"\| \d+ \|", line)]
STEPS = [
    [cell.strip() for cell in line[1:-1].split("|")]
    for line in TEXT.partition("| correction |")[2].partition("\n\n")[0].splitlines()[2:]
]
COMMANDS = sorted({cells[-1].strip("`") for cells in POINTS})
SLOW = ("validate", "sweep")
"""Commands that take more than seconds: only parsed."""


@pytest.fixture(scope="module")
def found() -> Waterfall:
    return waterfall(load_calibration())


def test_27_points() -> None:
    """All of them, in order, each with an answer in one of three words and with a command."""
    assert [int(cells[0]) for cells in POINTS] == list(range(1, 28))
    assert all(len(cells) == 5 for cells in POINTS)
    assert {cells[2] for cells in POINTS} == {"yes", "in part", "no"}
    assert all(command.startswith("plait ") for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    """Command, options and values are known; nothing is run."""
    _, name, *args = shlex.split(command)
    context = load(name).make_context(name, args)
    assert context.info_name == name


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.split()[1] not in SLOW])
def test_quick_commands_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    assert result.stdout


def test_the_corrections_are_those_of_the_command(found: Waterfall) -> None:
    """Every row: boundaries within 3 %, gaps within 0.15 decades, never where it is never."""
    rows = {name: cells for name, *cells in STEPS}
    expected: dict[str, tuple[Step | None, Step | None]] = {"as published": (None, found.published)}
    expected |= {one.correction.name: (one.alone, one.together) for one in found.corrected}
    assert list(rows) == list(expected)
    for name, (alone, together) in expected.items():
        boundary, gap, after, gap_after = rows[name]
        check(alone, boundary, gap)
        check(together, after, gap_after)


def check(step: Step | None, boundary: str, gap: str) -> None:
    if step is None:
        assert (boundary, gap) == ("", "")
        return
    if step.never:
        assert boundary == "never"
    else:
        told = [float(x.replace(",", "")) for x in re.findall(r"[\d,]+", boundary)]
        low, middle, high = step.crossings
        wanted = [middle] if low == high else [middle, low, high]
        assert told == pytest.approx(wanted, rel=0.03)
    if step.gap[1] is None:
        assert gap == "none"
    else:
        assert float(gap) == pytest.approx(step.gap[1], abs=0.15)
