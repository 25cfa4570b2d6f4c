"""A braid as a picture: what a notebook shows of it."""

from collections.abc import Sequence

MOST_STRANDS, MOST_LAYERS = 60, 120
"""More is left out, and the picture says so."""
PITCH, RISE, MARGIN = 16.0, 22.0, 12.0
"""Pixels between strands, of a layer, and around."""


def braid_svg(strands: int, word: Sequence[int]) -> str:
    """The braid drawn upwards from its first letter, letters as low as they can be.

    A positive letter i is a right-handed crossing of strands that run up: the one from the left goes over.

    Args:
        strands: n.
        word: letters, signed and from 1.

    Returns:
        An SVG document; of a large braid the lower left corner, with a note.

    >>> braid_svg(2, (1,)).count("<path")
    3
    """
    shown = min(strands, MOST_STRANDS)
    layers = _layers(strands, word)
    rows = min(len(layers), MOST_LAYERS)
    cut = shown < strands or rows < len(layers)
    width = 2 * MARGIN + PITCH * (shown - 1)
    height = 2 * MARGIN + RISE * max(1, rows) + (14 if cut else 0)
    bottom = MARGIN + RISE * max(1, rows)
    parts = []
    for number in range(max(1, rows)):
        y = bottom - RISE * number
        letters = layers[number] if number < rows else {}
        crossed = {place for i in letters for place in (i, i + 1)}
        parts += [_strand(i, i, y, 1.6) for i in range(1, shown + 1) if i not in crossed]
        for i, letter in sorted(letters.items()):
            if i + 1 > shown:
                parts += [_strand(i, i, y, 1.6)] if i <= shown else []
                continue
            over, under = ((i, i + 1), (i + 1, i)) if letter > 0 else ((i + 1, i), (i, i + 1))
            parts += [_strand(*under, y, 1.6), _strand(*over, y, 6.5, "#fff"), _strand(*over, y, 1.6)]
    note = f"{shown} of {strands} strands, {rows} of {len(layers)} layers" if cut else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" role="img">'
        f"<title>braid of {strands} strands and {len(word)} crossings</title>"
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>{"".join(parts)}'
        + (f'<text x="2" y="{height - 3:g}" font-size="9" font-family="sans-serif">{note}</text>' if note else "")
        + "</svg>"
    )


def _layers(strands: int, word: Sequence[int]) -> list[dict[int, int]]:
    """Position -> letter, layer by layer; every letter as early as its strands allow."""
    free = [0] * (strands + 2)
    layers: list[dict[int, int]] = []
    for letter in word:
        i = abs(letter)
        at = max(free[i], free[i + 1])
        if at == len(layers):
            layers.append({})
        layers[at][i] = letter
        free[i] = free[i + 1] = at + 1
    return layers


def _strand(low: int, high: int, y: float, width: float, colour: str = "#16181d") -> str:
    """One strand through a layer, from its place below to that above."""
    x0, x1 = (MARGIN + PITCH * (i - 1) for i in (low, high))
    middle = y - RISE / 2
    path = f"M{x0:g} {y:g}C{x0:g} {middle:g} {x1:g} {middle:g} {x1:g} {y - RISE:g}"
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>'
