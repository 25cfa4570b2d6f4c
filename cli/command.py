"""Command and group classes shared by the whole command line: fast help, and words that begin with a minus."""

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from plait.cli.help import print_help

PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}
"""Options of every typer.Typer here: help is drawn by plait.cli.help, and bugs show as plain tracebacks."""


class PlaitCommand(TyperCommand):
    """A command whose arguments may begin with a minus and a digit, as braid words do."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse; a blank before such an argument keeps it from being read as an option (numbers ignore blanks)."""
        return super().parse_args(ctx, [" " + arg if re.match(r"-\s*\d", arg) else arg for arg in args])

    def get_params(self, ctx: Any) -> Any:
        """The parameters, light ones."""
        return _light(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        print_help(self, ctx)


class PlaitGroup(TyperGroup):
    """A group that shows its help when it is called without arguments."""

    def summary(self, ctx: Any, name: str) -> str:
        """The first sentence of a command's help."""
        return str(self.get_command(ctx, name).get_short_help_str(200))  # type: ignore[union-attr]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, with --help for no arguments at all."""
        return super().parse_args(ctx, args or ["--help"])

    def get_params(self, ctx: Any) -> Any:
        """The parameters, light ones."""
        return _light(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        print_help(self, ctx)


def _light(params: Any) -> Any:
    """Parameters whose flags are False when absent: to check a None typer loads pydantic, even on the way to help."""
    for param in params:
        if getattr(param, "is_flag", False) and param.default is None:
            param.default = False
    return params
