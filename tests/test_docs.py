"""Help that is complete and true: every command explains itself with an example, and the quick examples run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from plait.cli.app import COMMANDS, app, load

QUICK = ("braid", "jones", "circuit", "contract", "models")
"""Commands whose examples take seconds at most; they are run here."""


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and sub-command by the words that call it."""
    for name in COMMANDS:
        command = load(name)
        yield name, command
        for inner, sub in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", sub


ALL = dict(commands())
EXAMPLES = [
    line.strip()
    for name, command in ALL.items()
    if name.split()[0] in QUICK
    for line in command.help.splitlines()
    if line.strip().startswith("plait ")
]


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_with_an_example_of_itself(name: str) -> None:
    help_text = ALL[name].help
    assert "Example:\n" in help_text
    assert f"  plait {name}" in help_text


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_their_help_begins_with(name: str) -> None:
    """The list reads the sources; the help has the docstring itself."""
    said = " ".join(ALL[name].help.partition("\n\n")[0].split())
    root: Any = typer.main.get_command(app)
    assert said
    assert root.summary(None, name) == said


@pytest.mark.parametrize("name", ALL)
def test_every_option_is_explained(name: str) -> None:
    unexplained = [param.name for param in ALL[name].params if not param.help]
    assert unexplained == []


@pytest.mark.parametrize("name", ALL)
def test_help_fits_80_columns_and_keeps_the_lines_of_examples(name: str) -> None:
    result = CliRunner().invoke(app, [*name.split(), "--help"], prog_name="plait", env={"COLUMNS": "80"})
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    for line in ALL[name].help.splitlines():
        if line.startswith("  plait "):
            assert line in result.stdout


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    args = shlex.split(example)[1:]
    target = args[args.index(">") + 1] if ">" in args else None  # the shell's part
    result = CliRunner().invoke(app, args[: args.index(">")] if target else args, prog_name="plait")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout
    if target:
        (tmp_path / target).write_text(result.stdout)
        again = CliRunner().invoke(app, ["jones", target, "--json"], prog_name="plait")
        assert again.exit_code == 0


README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
"""Its blocks are what a newcomer copies."""


def test_the_library_example_of_the_readme_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own file


def test_the_readme_has_no_block_on_one_line() -> None:
    """A formatter that fills paragraphs would run a block's lines together."""
    assert not re.findall(r"^```\w+ .*", README, re.MULTILINE)


DOCS = Path(__file__).parent.parent / "docs"
GALLERY = (DOCS / "gallery.md").read_text(encoding="utf-8")
COMMANDS_OF_README = [
    line.partition("#")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```$", README + GALLERY, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("plait ")
]
RUN = (*QUICK, "estimate", "machines", "export", "whatif")
SLOWER = {"plait jones wide.json --threads 2 --check"}
"""Run by people, not here: a braid of 85 strands."""


@pytest.mark.parametrize("line", COMMANDS_OF_README)
def test_commands_of_the_readme_and_gallery_exist(line: str) -> None:
    """Command, arguments and options: nothing is run."""
    words = shlex.split(line)[1:]
    words = words[: words.index(">")] if ">" in words else words
    result = CliRunner().invoke(app, [*words, "--help"], prog_name="plait")
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("line", [line for line in COMMANDS_OF_README if line.split()[1] in RUN and line not in SLOWER])
def test_quick_commands_of_the_readme_run(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line.replace(" docs/", f" {DOCS}/"))[1:]
    result = CliRunner().invoke(app, words[: words.index(">")] if ">" in words else words, prog_name="plait")
    assert result.exit_code == 0, result.stderr
    assert result.stdout


def test_pictures_of_the_gallery_are_there() -> None:
    """Each is named by the command above it, or part of what that command writes."""
    pictures = re.findall(r"^!\[.+\]\((\S+)\)$", GALLERY, re.MULTILINE)
    assert len(pictures) >= 7
    for picture in pictures:
        assert (DOCS / picture).read_bytes().startswith(b"\x89PNG")
