"""Which heights to loop over so that a contraction fits a memory: a greedy choice."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from plait.models.constrained_count import Pairs, Tree
from plait.models.fibonacci import PHI
from plait.models.slicing import WIDEST, Looped, Shape, Slices

MAX_HEIGHTS = 64
"""Heights looped over; beyond, what is gained in memory costs far more in time than anyone has."""
PRICE = 8.0
"""How much a relative rise of the operations weighs against a relative fall of the entries too many, in the choice."""
LARGEST = 3
"""Tensors alive at the peak whose legs are candidates."""
HOPELESS = 1e4
"""Times the operations without loops beyond which no more are sought."""
GOOD, FAIR = 1.1, 4.0
"""Times the operations without loops up to which no lower aim, and no other `keep`, is tried."""
LOW = 0.6
"""The lower aim, as part of what may be held: heights chosen for it, and less those needless, are often the better."""
KEEPS = (0.0, 3.0, 6.0, 10.0)
"""Legs less than what the memory holds: values of `keep` to try."""


def choose_slices(inputs: Sequence[Sequence[int]], edges: Pairs, path: Pairs, max_entries: float) -> Slices | None:
    """Loops with which no more than so many entries are held at once.

    Greedy: of the legs of the largest tensors at the peak, the one that takes most off what is held too much, moments
    added up in decades, for the least rise of the operations; sizes as phi^legs while choosing, exact in the end.
    A lower aim is tried too, and several values of `keep`, unless the first does well.

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
    if _most(shape, Slices()) <= max_entries:
        return Slices()
    least = _guess(shape, Slices()).operations
    best: tuple[float, Slices] | None = None
    holds = math.log(max(2, max_entries), PHI)
    tries = [(WIDEST, 1.0), (WIDEST, LOW), *((max(0, int(holds - less)), 1.0) for less in KEEPS), (0, 1.0)]
    for number, (keep, part) in enumerate(tries):
        enough = GOOD if number < 2 else FAIR
        if best is not None and best[0] < enough * least:
            break
        slices = _chosen(shape, keep, part * max_entries, HOPELESS * least if best is None else 2 * best[0])
        if slices is not None:
            slices = _without_idle(shape, slices, max_entries)
            operations = _guess(shape, slices).operations
            if best is None or operations < best[0]:
                best = operations, slices
    return None if best is None else best[1]


class _Guess(NamedTuple):
    """A quick look at a choice: phi^legs for every count."""

    held: list[float]
    operations: float


def _guess(shape: Shape, slices: Slices) -> _Guess:
    looped = Looped(shape, slices)
    sizes = [PHI ** (mask & ~looped.mask).bit_count() for mask in shape.masks]
    operations = sum(
        PHI ** (shape.union[node] | looped.around(looped.level(node))).bit_count() for node in shape.schedule
    )
    return _Guess(looped.held(sizes), operations)


def _most(shape: Shape, slices: Slices) -> float:
    """Entries held at the peak, exactly."""
    looped = Looped(shape, slices)
    return max(looped.held(looped.sizes()), default=0)


def _chosen(shape: Shape, keep: int, max_entries: float, limit: float) -> Slices | None:
    """Loops found with one value of `keep`, or None if there are none below so many operations."""
    slices, aim = Slices((), keep), max_entries
    while True:
        exact = _most(shape, slices)
        if exact <= max_entries:
            return slices
        guess = max(_guess(shape, slices).held)
        aim = min(aim, max_entries * guess / exact, 0.999 * guess)
        while guess > aim:
            best = _next(shape, slices, aim) if len(slices.heights) < MAX_HEIGHTS else None
            if best is None:
                return None
            slices = Slices((*slices.heights, best), keep)
            then = _guess(shape, slices)
            if then.operations > limit:
                return None
            guess = max(then.held)


def _excess(held: Iterable[float], aim: float) -> float:
    return sum(math.log(entries / aim) for entries in held if entries > aim)


def _next(shape: Shape, slices: Slices, aim: float) -> int | None:
    """The best next height, or None if none takes anything off."""
    looped, now = Looped(shape, slices), _guess(shape, slices)
    peak = max(range(len(now.held)), key=now.held.__getitem__)
    birth, death, _, _ = looped.lifetimes()
    alive = [node for node in birth if birth[node] <= peak <= death[node]]
    alive.sort(key=lambda node: -(shape.masks[node] & ~looped.mask).bit_count())
    candidates = {i for node in alive[:LARGEST] for i in shape.tree.legs[node]} - set(slices.heights)
    excess = _excess(now.held, aim)
    best: tuple[float, int] | None = None
    for i in sorted(candidates):
        then = _guess(shape, Slices((*slices.heights, i), slices.keep))
        left = _excess(then.held, aim)
        if max(then.held) > now.held[peak] or left >= excess:
            continue
        score = (left + 1) / (excess + 1) * (then.operations / now.operations) ** PRICE
        if best is None or (score, i) < best:
            best = score, i
    return None if best is None else best[1]


def _without_idle(shape: Shape, slices: Slices, max_entries: float) -> Slices:
    """Without the heights that later ones made needless, oldest first."""
    left = slices.heights
    for i in slices.heights:
        fewer = tuple(k for k in left if k != i)
        if _most(shape, Slices(fewer, slices.keep)) <= max_entries:
            left = fewer
    return Slices(tuple(sorted(left)), slices.keep)
