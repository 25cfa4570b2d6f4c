"""Lines of small print under a chart.

Imports altair, so import this module only where a chart is made.
"""

import textwrap
from collections.abc import Iterable

import altair as alt

from plait.estimator.legend import SOFT

PITCH = 17


def small_print(notes: Iterable[str], *, wrap: int, left: int) -> alt.Chart:
    """Notes, each wrapped.

    Args:
        notes: a paragraph each.
        wrap: characters of a line.
        left: pixels from the frame of the chart above, to its left.

    >>> small_print(["one", "two"], wrap=80, left=46).height
    34
    """
    lines = [line for note in notes for line in textwrap.wrap(note, wrap)]
    rows = [{"y": PITCH * number + 8, "text": line} for number, line in enumerate(lines)]
    text: alt.Chart = alt.Chart(alt.InlineData(values=rows), width=60, height=PITCH * len(lines)).mark_text(
        align="left", baseline="middle", color=SOFT, fontSize=12
    )
    return text.encode(x=alt.value(-left), y=alt.Y("y:Q", scale=None, axis=None), text="text:N")
