"""An advantage map in letters, for a terminal."""

from typing import TYPE_CHECKING

from plait.estimator.cells import evenly, family_of, names, shade_of

if TYPE_CHECKING:
    import xarray as xr

LETTERS = {
    "quantum-sure": "Q",
    "quantum": "Q",
    "leaning-quantum": "q",
    "undecided": "?",
    "leaning-classical": "c",
    "classical": ".",
    "classical-sure": ".",
    "infeasible": "x",
}
"""Shade -> letter."""
KEY = "Q quantum wins  q ? c undecided, p > 0.7 .. p < 0.3  . classical wins  x nobody"
MARGIN = 7
"""Columns of the axis on the left."""
GAP = 3


def sketch(frontiers: "list[xr.Dataset]", *, columns: int = 80, rows: int = 12) -> list[str]:
    """Lines of text: closures side by side, families below each other; of the quantum contender with the best chance.

    Args:
        frontiers: from `plait.estimator.frontier`, one for each family.
        columns: width that may be used; rows: height of the maps.

    Returns:
        Lines no longer than `columns`, the key last.
    """
    best = max(names(frontiers[0], "contender"), key=lambda name: _chance(frontiers, name))
    panels = [(one, closure) for one in frontiers for closure in names(one, "closure")]
    across = max(1, min(frontiers[0].sizes["closure"], (columns + GAP) // (MARGIN + 16 + GAP)))
    width = (columns + GAP) // across - MARGIN - GAP
    lines = [f"{best}, layers over strands"]
    for start in range(0, len(panels), across):
        drawn = [_panel(one, closure, best, width, rows) for one, closure in panels[start : start + across]]
        lines += [(" " * GAP).join(parts).rstrip() for parts in zip(*drawn, strict=True)]
    return [line[:columns] for line in (*lines, KEY)]


def _chance(frontiers: "list[xr.Dataset]", name: str) -> float:
    return max(float(one["p_advantage"].sel(contender=name).max()) for one in frontiers)


def _panel(one: "xr.Dataset", closure: str, contender: str, width: int, rows: int) -> list[str]:
    part = one.sel(closure=closure, contender=contender)
    strands, layers = part["strands"].values, part["layers"].values
    each = max(1, width // strands.size)
    xs, ys = evenly(strands.size, width), evenly(layers.size, rows)
    winner, p = part["winner"].values.astype(str), part["p_advantage"].values
    heading = f"{family_of(one)}, {closure}"
    lines = [f"{'':{MARGIN}}{heading}"[: MARGIN + width]]
    for number, j in enumerate(reversed(ys)):
        label = (
            f"{int(layers[j]):>{MARGIN - 2}d} |" if number % 4 == 0 or number == len(ys) - 1 else f"{'':{MARGIN - 2}} |"
        )
        lines.append(label + "".join(LETTERS[shade_of(winner[i, j], float(p[i, j]))] * each for i in xs))
    span = len(xs) * each
    first, last = f"{int(strands[xs[0]])}", f"{int(strands[xs[-1]])}"
    middle = f"{int(strands[xs[len(xs) // 2]])}" if span > 12 else ""
    axis = first.ljust(span // 2) + middle
    axis = axis[: max(0, span - len(last))].ljust(span - len(last)) + last
    lines.append(f"{'':{MARGIN}}{axis}")
    return [line.ljust(MARGIN + width) for line in lines]
