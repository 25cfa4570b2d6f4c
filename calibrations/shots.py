"""Shots of an experiment, read: what every estimator starts from, whether simulated or from a machine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plait.models import PlaitError


@dataclass(frozen=True, kw_only=True)
class Shots:
    """One row a shot of one circuit; all arrays have the same length.

    Args:
        v: +1, -1 or 0, as `plait.models.echo.EchoCircuit.read` gives it; shots with v = 0 count too.
        kept: whether error detection keeps the shot.
        imaginary: whether the circuit measured the imaginary part.
        mirror: whether it ran the mirror braid (every letter negated).
        group: number of the draw of s that the shot belongs to; the parts of one interleaved run share it.

    Raises:
        PlaitError: no shots, or arrays of different lengths.
    """

    v: NDArray[np.int8]
    kept: NDArray[np.bool_]
    imaginary: NDArray[np.bool_]
    mirror: NDArray[np.bool_]
    group: NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = {array.shape for array in (self.v, self.kept, self.imaginary, self.mirror, self.group)}
        if len(lengths) != 1 or len(self.v.shape) != 1:
            raise PlaitError(f"the columns of a shot table must be equally long, got shapes {sorted(lengths)}")
        if not self.v.size:
            raise PlaitError("no shots: nothing can be estimated; run at least one")
        if not np.isin(self.v, (-1, 0, 1)).all():
            raise PlaitError("v of a shot must be -1, 0 or 1")

    @property
    def count(self) -> int:
        """Number of shots."""
        return int(self.v.size)

    def select(self, *, imaginary: bool, mirror: bool, kept: bool = False) -> NDArray[np.int8]:
        """v of the shots of one part of one braid, all of them or only those that error detection keeps."""
        rows = (self.imaginary == imaginary) & (self.mirror == mirror)
        found: NDArray[np.int8] = self.v[rows & self.kept] if kept else self.v[rows]
        return found
