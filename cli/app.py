"""The `plait` command: its table of commands and the lazy group that loads them."""

import functools
import importlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from plait.cli.command import PLAIN, PlaitCommand, PlaitGroup
from plait.cli.errors import one_line_errors

COMMANDS: Mapping[str, str] = {
    "braid": "plait.cli.braid:braid",
    "jones": "plait.cli.jones:jones",
    "circuit": "plait.cli.circuit:circuit",
    "contract": "plait.cli.contract:contract",
    "simulate": "plait.cli.simulate:simulate",
    "decode": "plait.cli.decode:decode",
    "estimate": "plait.cli.estimate:estimate",
    "calibrate": "plait.cli.calibrate:calibrate",
    "validate": "plait.cli.validate:validate",
    "whatif": "plait.cli.whatif:whatif",
    "tornado": "plait.cli.tornado:tornado",
    "corrections": "plait.cli.corrections:corrections",
    "reach": "plait.cli.reach:reach",
    "study": "plait.cli.study:study",
    "sweep": "plait.cli.sweep:sweep",
    "map": "plait.cli.map:map_",
    "report": "plait.cli.report:report",
    "export": "plait.cli.export:export",
    "models": "plait.cli.models:models",
    "machines": "plait.cli.machines:machines",
}
"""Command -> module:attribute of its function, or of a typer.Typer for a group. Loaded when the command is named.

The modules import nothing heavy at their top; `plait --help` loads none of them.
"""


class Root(PlaitGroup):
    """The group behind `plait`: loads a command when it is asked for, and owns what errors look like."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast(Any, dict.fromkeys(COMMANDS))  # names only: typer suggests from them

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, loaded now; None if there is none."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def summary(self, ctx: Any, name: str) -> str:
        """The first paragraph of a command's docstring, read from its source: importing them all takes longer.

        A group is explained by its callback.
        """
        module, attribute = COMMANDS[name].split(":")
        source = Path(__file__).with_name(f"{module.rpartition('.')[2]}.py").read_text(encoding="utf-8")
        begin = rf"^(?:def {attribute}\(|@{attribute}\.callback\()"
        found = re.search(rf'{begin}.*?^    """(.+?)(?:\n\n|""")', source, re.MULTILINE | re.DOTALL)
        return " ".join(found[1].split()) if found else ""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an interrupt ends it with a line of its own."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("plait: interrupted; what was done is kept", err=True)
            raise typer.Exit(130) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Parse, run and exit; mistakes of the user become one line on stderr and exit code 2."""
        call = functools.partial(super().main, args, prog_name, complete_var, False, windows_expand_args, **extra)
        if not standalone_mode:
            return call()
        with one_line_errors():
            code = call()
        raise SystemExit(code or 0)


def find(name: str) -> Any:
    """What one name of COMMANDS stands for: a function or a typer.Typer."""
    module, attribute = COMMANDS[name].split(":")
    return getattr(importlib.import_module(module), attribute)


def load(name: str) -> Any:
    """The click command behind one name of COMMANDS."""
    found = find(name)
    if not isinstance(found, typer.Typer):
        function, found = found, typer.Typer(add_completion=False, **PLAIN)
        found.command(cls=PlaitCommand)(function)
    command = typer.main.get_command(found)
    command.name = name
    return command


app = typer.Typer(cls=Root, context_settings={"help_option_names": ["-h", "--help"]}, **PLAIN)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"plait {version('plait')}")
        raise typer.Exit()


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Where does a quantum computer beat a classical one at the Jones polynomial?

    Costs of both sides at the fifth root of unity, each backed by a small real run.

    Example:
      plait map
      plait jones "1 1 1"
      plait estimate --strands 30 --layers 40
    """
