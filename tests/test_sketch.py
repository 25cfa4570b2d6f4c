"""The map in letters says what the frontier says, at 80 columns."""

import numpy as np
import pytest
import xarray as xr

from plait.estimator.cells import shade_of
from plait.estimator.sketch import KEY, LETTERS, sketch


def made(strands: list[int], layers: list[int], seed: int, family: str = "brickwall") -> xr.Dataset:
    """Cells with random verdicts."""
    rng = np.random.default_rng(seed)
    shape = (2, 2, len(strands), len(layers))
    p = rng.random(shape)
    winner = np.where(p >= 0.9, "quantum", np.where(p <= 0.1, "classical", "undecided"))
    dims = ("closure", "contender", "strands", "layers")
    return xr.Dataset(
        {"p_advantage": (dims, p), "winner": (dims, winner)},
        coords={"closure": ["markov", "plat"], "contender": ["a", "b"], "strands": strands, "layers": layers},
        attrs={"family": family},
    )


def test_every_cell_has_its_letter() -> None:
    one = made([6, 10, 20], [4, 8, 16, 32], 1)
    one["p_advantage"][:, 1] = one["p_advantage"][:, 1] * 0  # the other contender has the better chance
    lines = sketch([one])
    assert lines[0].startswith("a,")
    body = [line for line in lines if "|" in line]
    assert len(body) == 4
    for number, line in enumerate(body):
        j = 3 - number
        for closure, text in zip((0, 1), (part[:33] for part in line.split("|")[1:]), strict=True):
            letters = text[:: len(text.split("   ")[0]) // 3 or 1]
            for i in range(3):
                p = float(one["p_advantage"][closure, 0, i, j])
                assert letters[i] == LETTERS[shade_of(str(one["winner"][closure, 0, i, j].values), p)]


@pytest.mark.parametrize(("strands", "layers"), [(1, 1), (2, 50), (22, 24), (300, 300)])
@pytest.mark.parametrize("columns", [80, 40])
def test_it_fits_the_terminal(strands: int, layers: int, columns: int) -> None:
    grid = [
        made(list(range(2, 2 + strands)), list(range(1, 1 + layers)), 0, family) for family in ("brickwall", "planted")
    ]
    lines = sketch(grid, columns=columns, rows=20)
    assert max(map(len, lines)) <= columns
    assert lines[-1] == KEY[:columns]
    assert sum("planted, plat" in line for line in lines) == 1
