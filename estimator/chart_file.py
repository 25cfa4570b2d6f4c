"""A chart as a file: a page that opens offline, or a picture. The ending of the name chooses."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import altair as alt

from plait.estimator.whole_file import write_whole
from plait.models import PlaitError

SUFFIXES = (".html", ".png", ".svg", ".pdf")
SAFE = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:\">"
)
"""The page asks the browser to refuse it the network."""


def check_suffix(path: Path) -> None:
    """Refuse a name that no chart can be written to, before work is spent on it.

    Raises:
        PlaitError: its ending is not one of SUFFIXES.

    >>> check_suffix(Path("chart.gif"))
    Traceback (most recent call last):
    plait.models.errors.PlaitError: chart.gif: a chart is written as .html, .png, .svg or .pdf, not '.gif'; rename it
    """
    if path.suffix.lower() not in SUFFIXES:
        raise PlaitError(f"{path}: a chart is written as .html, .png, .svg or .pdf, not {path.suffix!r}; rename it")


def write_chart_file(chart: alt.TopLevelMixin, path: str | Path) -> None:
    """Write a chart, whole or not at all.

    Raises:
        PlaitError: another ending, or a place that cannot be written to.
    """
    path = Path(path)
    check_suffix(path)
    makers: dict[str, Callable[[], bytes]] = {
        ".html": lambda: _page(chart),
        ".png": lambda: _picture(chart, "png", scale_factor=2),
        ".svg": lambda: _picture(chart, "svg"),
        ".pdf": lambda: _picture(chart, "pdf"),
    }
    write_whole(path, makers[path.suffix.lower()]())


def _page(chart: alt.TopLevelMixin) -> bytes:
    """One file with the drawing library in it; expressions are interpreted, not evaluated as code."""
    text: str = chart.to_html(inline=True, embed_options={"actions": False, "renderer": "svg", "ast": True})
    return text.replace("<head>", f"<head>\n{SAFE}", 1).encode()


def _picture(chart: alt.TopLevelMixin, kind: Literal["png", "svg", "pdf"], **options: Any) -> bytes:
    buffer = io.StringIO() if kind == "svg" else io.BytesIO()
    chart.save(buffer, format=kind, **options)
    content = buffer.getvalue()
    return content if isinstance(content, bytes) else content.encode()
