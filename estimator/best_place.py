"""The place of a study where quantum's chances are best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, kw_only=True)
class Place:
    """One cell of one family.

    Args:
        number: of the family, as the study lists them; family: its name.
        closure, strands, layers: the cell.
        contender: the quantum one meant.
        p: probability that it is feasible and faster there.
        winner: of the cell.
    """

    number: int
    family: str
    closure: str
    strands: int
    layers: int
    contender: str
    p: float
    winner: str


def best_place(frontiers: "Sequence[xr.Dataset]") -> Place:
    """The cell and quantum contender with the largest probability; of equals that with the largest median gap.

    Args:
        frontiers: from `plait.estimator.frontier`, one for each family.
    """
    best: tuple[float, float] | None = None
    found: Place | None = None
    for number, frontier in enumerate(frontiers):
        cells = frontier.transpose("closure", "contender", "strands", "layers", ...)
        p = cells["p_advantage"].values
        gap = np.nan_to_num(cells["gap"].sel(quantile=0.5).values, nan=-np.inf)
        top = np.where(p == p.max(), gap, -np.inf)
        tied = np.flatnonzero((p == p.max()).ravel())
        where = tied[int(top.ravel()[tied].argmax())]
        c, k, i, j = np.unravel_index(int(where), p.shape)
        if best is None or (p[c, k, i, j], gap[c, k, i, j]) > best:
            best = float(p[c, k, i, j]), float(gap[c, k, i, j])
            found = Place(
                number=number,
                family=str(frontier.attrs.get("family", "brickwall")),
                closure=str(cells["closure"].values[c]),
                strands=int(cells["strands"].values[i]),
                layers=int(cells["layers"].values[j]),
                contender=str(cells["contender"].values[k]),
                p=float(p[c, k, i, j]),
                winner=str(cells["winner"].values[c, k, i, j]),
            )
    assert found is not None
    return found
