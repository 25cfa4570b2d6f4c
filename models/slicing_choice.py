"""Which heights to loop over so that a contraction fits a memory: a greedy choice."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from plait.models.constrained_count import Pairs, Tree, ValidCounter
from plait.models.fibonacci import PHI
from plait.models.slicing import WIDEST, Looped, Shape, Slices

if TYPE_CHECKING:
    from plait.models.slicing_kernel import Ints

MAX_HEIGHTS = 64
"""Heights looped over; beyond, what is gained in memory costs far more in time than anyone has."""
LARGEST = 3
"""Tensors alive at the peak whose legs are candidates."""
HOPELESS = 1e4
"""Times the operations without loops beyond which no more are sought."""
LOW = 0.6
"""A lower aim, as part of what may be held: heights chosen for it, and less those needless, are at times the better."""
TRIES = ((0.0, 1.0, 2.0), (0.0, 1.0, 32.0), (0.0, LOW, 8.0), (1.0, 1.0, 8.0), (4.0, 1.0, 8.0))
"""Choices made, the best of which counts: legs less than what the memory holds that `keep` is (0: no bound on it); the
aim as part of what may be held; how much a relative rise of the operations weighs against a relative fall of the
entries too many."""
LAST_TRIES = ((7.0, 1.0, 8.0), (11.0, 1.0, 8.0), (math.inf, 1.0, 8.0))
SMALL = 12
"""Factors of 2 below the memory from which tensors hardly matter at the peak."""
FAIR = 4.0
"""Times the operations without loops up to which the last tries are spared."""


def choose_slices(inputs: Sequence[Sequence[int]], edges: Pairs, path: Pairs, max_entries: float) -> Slices | None:
    """Loops with which no more than so many entries are held at once.

    Greedy: of the legs of the largest tensors at the peak, the one that takes most off what is held too much, moments
    added up in decades, for the least rise of the operations; sizes as phi^legs while choosing, exact in the end.
    Several weights, aims and values of `keep` are tried.

    Args:
        inputs, edges, path: as of `plait.models.constrained_count.constrained_costs`.
        max_entries: what may be held.

    Returns:
        What to loop over; None if no choice is found.

    Raises:
        PlaitError: network or path is malformed.

    >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
    >>> choose_slices(square, [], [(0, 1), (2, 3), (4, 5)], 100).heights
    ()
    """
    shape = Shape(Tree.of(inputs, edges, path))
    if max_entries < 1 or max((union.bit_count() for union in shape.union.values()), default=0) > WIDEST:
        return None
    choice = _Choice(shape, max_entries)
    if choice.exact(()) <= max_entries:
        return Slices()
    least = choice.look(()).operations
    holds = math.log(max(2, max_entries), PHI)
    best: tuple[float, Slices] | None = None
    for less, part, price in TRIES + LAST_TRIES:
        if best is not None and best[0] < FAIR * least and (less, part, price) in LAST_TRIES:
            break
        choice.keep = WIDEST if less == 0 else max(0, int(holds - less)) if less < math.inf else 0
        found = choice.made(part, price, HOPELESS * least if best is None else best[0])
        if found is not None and (best is None or found < best):
            best = found
    return None if best is None else best[1]


class _Look(NamedTuple):
    """A quick look at a choice: phi^legs for every count.

    Args:
        operations: of all steps and passes.
        most: entries held at the peak.
        excess: what is held above the aim, moments added up in natural logarithms.
        peak: the moment.
    """

    operations: float
    most: float
    excess: float
    peak: int


class _Choice:
    """Greedy choices of heights on one tree.

    Args:
        shape: the tree.
        max_entries: what may be held.
    """

    def __init__(self, shape: Shape, max_entries: float) -> None:
        import numpy as np

        from plait.models.slicing_kernel import look, tables

        self.shape, self.max_entries = shape, max_entries
        self.keep, self.aim = WIDEST, max_entries
        self._counter = ValidCounter(shape.tree.adjacent)
        nodes = len(shape.masks)
        self._np, self._kernel, self._tables = np, look, tables(shape)
        self._birth, self._death = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
        self._held = np.zeros(3 * nodes + 2)

    def look(self, heights: Sequence[int]) -> _Look:
        """What a choice costs and holds."""
        np = self._np
        operations, moments = self._kernel(
            self._tables, np.array(heights, np.int64), self.keep, self._birth, self._death, self._held
        )
        held = self._held[: moments + 1]
        excess = np.log(held[held > self.aim] / self.aim).sum()
        return _Look(operations, float(held.max()), float(excess), int(held.argmax()))

    def exact(self, heights: Sequence[int]) -> float:
        """Entries held at the peak. Small tensors are not counted: 2^legs is above what they have."""
        looped = Looped(self.shape, Slices(tuple(heights), self.keep))
        masks = [mask & ~looped.mask for mask in self.shape.masks]
        small = math.log2(max(1, self.max_entries)) - SMALL
        sizes = [2.0 ** mask.bit_count() if mask.bit_count() < small else self._counter.count(mask) for mask in masks]
        return max(looped.held(sizes), default=0)

    def made(self, part: float, price: float, limit: float) -> tuple[float, Slices] | None:
        """Operations and loops found with one `keep` for a part of the memory; None if all cost more than a limit."""
        heights: list[int] = []
        self.aim = part * self.max_entries
        while True:
            exact = self.exact(heights)
            if exact <= self.max_entries:
                break
            most = self.look(heights).most
            self.aim = min(self.aim, self.max_entries * most / exact, 0.999 * most)
            if not self._grow(heights, price, limit):
                return None
        self.aim = self.max_entries * self.look(heights).most / max(1, exact)
        fewer = self._without_idle(heights)
        if self.exact(fewer) <= self.max_entries:
            heights = fewer
        return self.look(heights).operations, Slices(tuple(sorted(heights)), self.keep)

    def _grow(self, heights: list[int], price: float, limit: float) -> bool:
        """Add heights until the aim is met; whether it is."""
        now = self.look(heights)
        while now.most > self.aim:
            best: tuple[float, int, _Look] | None = None
            for i in self._candidates(heights, now.peak) if len(heights) < MAX_HEIGHTS else ():
                then = self.look([*heights, i])
                if then.most > now.most or then.excess >= now.excess:
                    continue
                score = (then.excess + 1) / (now.excess + 1) * (then.operations / now.operations) ** price
                if best is None or (score, i) < best[:2]:
                    best = score, i, then
            if best is None or best[2].operations > limit:
                return False
            now = best[2]
            heights.append(best[1])
        return True

    def _candidates(self, heights: Sequence[int], moment: int) -> list[int]:
        """Legs of the largest tensors alive at a moment."""
        self.look(heights)
        steps: Ints = self._tables.schedule
        alive = steps[(self._birth[steps] <= moment) & (moment <= self._death[steps])].tolist()
        fixed = sum(1 << i for i in heights)
        alive.sort(key=lambda node: -(self.shape.masks[node] & ~fixed).bit_count())
        return sorted({i for node in alive[:LARGEST] for i in self.shape.tree.legs[node]} - set(heights))

    def _without_idle(self, heights: Sequence[int]) -> list[int]:
        """Without the heights that later ones made needless, dearest first."""
        left = list(heights)
        while True:
            fewer = [[k for k in left if k != i] for i in left]
            looks = [self.look(some) for some in fewer]
            fit = [(one.operations, k) for k, one in enumerate(looks) if one.most <= self.aim]
            if not fit:
                return left
            left = fewer[min(fit)[1]]
