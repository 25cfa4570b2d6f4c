"""What commands print: one JSON object, or rows that read well at 80 columns; progress on stderr."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from plait.cli.errors import about_file, one_line

VALUE_WIDTH = 40
"""Columns a value gets before it is wrapped: enough for a complex number."""


def print_json(values: Mapping[str, Any]) -> None:
    """Print one JSON object: a complex number is [re, im], what is not finite is null."""
    text = json.dumps(jsonable(values), allow_nan=False)
    with about_file("standard output"):
        typer.echo(text)


def jsonable(value: Any) -> Any:
    """`value` in types JSON has.

    >>> jsonable({"z": 1 - 2j, "t": (math.inf, 0)})
    {'z': [1.0, -2.0], 't': [None, 0]}
    """
    if isinstance(value, complex):
        return [jsonable(value.real), jsonable(value.imag)]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [jsonable(item) for item in value]
    return value


def print_rows(title: str, rows: Sequence[tuple[str, object, str]]) -> None:
    """Print a heading and rows of name, value, and unit or remark."""
    texts = [(name, one_line(str(value)), remark) for name, value, remark in rows]
    # A width of its own: otherwise rich shrinks the values to make room for long remarks.
    width = min(VALUE_WIDTH, max(len(value) for _, value, _ in texts))
    print_heading(title)
    _print_grid([{"style": "cyan", "no_wrap": True}, {"width": width}, {"style": "dim"}], texts)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with column heads; all columns but the last keep their width."""
    columns: list[dict[str, Any]] = [{"no_wrap": True, "style": "cyan"}]
    columns += [{"no_wrap": True} for _ in heads[1:-1]] + [{}]
    _print_grid(columns, [[one_line(str(cell)) for cell in row] for row in rows], heads)


def print_heading(text: str) -> None:
    """Print a line in bold; long ones are wrapped."""
    from rich.text import Text

    _print(Text(one_line(text), style="bold"))


def print_note(text: str) -> None:
    """Print a dim paragraph; long ones are wrapped."""
    from rich.text import Text

    _print(Text(one_line(text), style="dim"))


def _print_grid(columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[str]], heads: Sequence[str] = ()) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, show_header=bool(heads), pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for place, options in enumerate(columns):
        grid.add_column(heads[place] if heads else "", overflow="fold", **options)
    for row in rows:
        grid.add_row(*map(Text, row))
    _print(grid)


def _print(drawing: Any) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    with about_file("standard output"):
        with console.capture() as captured:
            console.print(drawing)
        for line in captured.get().splitlines():
            typer.echo(line.rstrip())


@contextmanager
def working(text: str) -> Iterator[None]:
    """Show that something is going on, on stderr, if someone watches."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(text):
            yield
    else:
        yield


def complex_text(z: complex) -> str:
    """A complex number to ten decimals, with a power of ten set apart if it is small or large.

    >>> complex_text(-0.5 + 1e-17j), complex_text(1.5e-18 - 2j * 1e-18)
    ('-0.5000000000 + 0.0000000000i', '(1.5000000000 - 2.0000000000i) x 10^-18')
    """
    size = max(abs(z.real), abs(z.imag))
    exponent = math.floor(math.log10(size)) if size else 0
    if -2 <= exponent < 6:
        return _parts(z)
    return f"({_parts(z / 10.0**exponent)}) x 10^{exponent}"


def _parts(z: complex) -> str:
    real, imaginary = (round(part, 10) + 0.0 for part in (z.real, z.imag))  # + 0.0: no negative zero
    return f"{real:.10f} {'-' if imaginary < 0 else '+'} {abs(imaginary):.10f}i"


def log10(count: float) -> float | None:
    """log10 of a count of any size; None for 0."""
    return math.log10(count) if count else None


def log2(count: float) -> float | None:
    """log2 of a count of any size; None for 0."""
    return math.log2(count) if count else None
