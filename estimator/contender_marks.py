"""A letter, a colour and a dash for every contender, the same in all charts of a page.

The letter alone tells a contender, so a grey print loses nothing. The colours are Paul Tol's "muted" scheme
(technical note SRON/EPS/TN/09-002, 2021), made for any colour vision; they come round again when they run out.
"""

import string
from collections.abc import Sequence
from typing import NamedTuple

COLOURS = ("#332288", "#88ccee", "#117733", "#ddcc77", "#cc6677", "#44aa99", "#882255", "#999933", "#aa4499")
QUANTUM = ("#b3541e", "#e58a1f", "#7a3b10", "#c9772b")
"""Of quantum contenders: the hue that stands for quantum on the maps, told apart by number and dash."""
INK, PAPER = "#16181d", "#ffffff"
DASHES = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3))


class Mark(NamedTuple):
    """How one contender is drawn.

    Args:
        letter: "A", "B", .. for classical contenders, "1", "2", .. for quantum ones.
        colour: of its lines and cells; on_it: of a letter in such a cell.
        dash: of its line.
    """

    letter: str
    colour: str
    on_it: str
    dash: tuple[int, ...]


def contender_marks(names: Sequence[str], sides: Sequence[str], leaders: Sequence[str]) -> dict[str, Mark]:
    """A mark for each contender.

    Args:
        names, sides: of all contenders ("quantum" or "classical").
        leaders: classical ones that win somewhere: they get the colours first, so that theirs differ.

    >>> marks = contender_marks(["cfev@a", "x@core", "y@core"], ["quantum", "classical", "classical"], ["y@core"])
    >>> [mark.letter for mark in marks.values()], marks["y@core"].colour
    (['1', 'A', 'B'], '#332288')
    """
    classical = [name for name, side in zip(names, sides, strict=True) if side == "classical"]
    ranked = sorted(classical, key=lambda name: (name not in leaders, classical.index(name)))
    found, quantum = {}, 0
    for name, side in zip(names, sides, strict=True):
        if side == "quantum":
            found[name] = Mark(str(quantum + 1), QUANTUM[quantum % len(QUANTUM)], PAPER, DASHES[quantum % len(DASHES)])
            quantum += 1
            continue
        rank = ranked.index(name)
        colour, dash = COLOURS[rank % len(COLOURS)], DASHES[rank // len(COLOURS) % len(DASHES)]
        found[name] = Mark(_letter(classical.index(name)), colour, PAPER if _dark(colour) else INK, dash)
    return found


def _letter(number: int) -> str:
    """A to Z, then A2, B2, .."""
    rounds, place = divmod(number, 26)
    return string.ascii_uppercase[place] + (str(rounds + 1) if rounds else "")


def _dark(colour: str) -> bool:
    """Whether white letters read better on it than black ones (relative luminance below 0.18)."""
    linear = []
    for start in (1, 3, 5):
        part = int(colour[start : start + 2], 16) / 255
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.18
