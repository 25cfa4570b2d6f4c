"""Help pages, drawn with the light half of rich: typer's own renderer doubles the start time (markdown, tracebacks)."""

import inspect
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


def print_help(command: Any, ctx: Any) -> None:
    """Print usage, help text, arguments, options and sub-commands of a click command."""
    console = Console(highlight=False, emoji=False, markup=False)
    console.print(Padding(Text(" ".join(command.get_usage(ctx).split()), style="bold"), 1))
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        lines = paragraph.split("\n")
        verbatim = any(line.startswith(" ") for line in lines)
        console.print(Padding(Text(("\n" if verbatim else " ").join(lines)), (0, 1, 1, 1)))
    records: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": [], "Commands": []}
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record:
            records["Arguments" if param.param_type_name == "argument" else "Options"].append(record)
    for name in getattr(command, "list_commands", lambda _: ())(ctx):
        records["Commands"].append((name, command.summary(ctx, name)))
    for title, rows in records.items():
        if rows:
            grid = Table.grid(padding=(0, 2))
            grid.add_column(style="cyan", no_wrap=True)
            grid.add_column()
            for left, right in rows:
                grid.add_row(Text(left), Text(right))
            console.print(Panel(grid, title=Text(title), title_align="left", border_style="dim"))
