"""Trees and loops together: the fewest operations that a memory admits.

Loops chosen for a finished tree cost 1.0 to 100 times the operations, and which tree takes them well is not to be seen
from its cost. So every annealed tree gets its loops; the best few are annealed again from a low temperature with sizes
that leave out the heights looped over, which makes the tree fit its loops, and get new loops; and so on.

The module imports numba: import it inside the function that needs it.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from plait.models.anneal import anneal_many
from plait.models.anneal_kernel import BITS_PER_LEG
from plait.models.constrained_count import Pairs
from plait.models.slicing import Slices, looped_costs
from plait.models.slicing_choice import choose_slices

Path = tuple[tuple[int, int], ...]

CAPS = (math.inf, 3.0, 1.0)
"""Legs above what the memory holds that a tensor may have without penalty, in turn, for trees before loops."""
WARM = ((0.2, 0.0), (0.2, -1.0), (0.3, 0.0), (0.3, -1.0))
"""First temperature and such legs for trees that are annealed again, one for each of the best."""
MOVES = 1_000
"""Moves per tensor then."""


class Fitted(NamedTuple):
    """A tree with loops that fits.

    Args:
        operations: exact multiply-adds, all passes.
        path: the tree.
        slices: its loops.
    """

    operations: int
    path: Path
    slices: Slices


def caps(max_entries: float) -> list[float]:
    """log2 of the entries of a tensor without penalty, to be taken in turn by the repeats of a search."""
    return [max(1.0, math.log2(max(2.0, max_entries)) + legs * BITS_PER_LEG) for legs in CAPS]


def fitted(
    inputs: Sequence[tuple[int, ...]], edges: Pairs, paths: Sequence[Path], max_entries: float, threads: int = 1
) -> list[Fitted]:
    """Trees with the loops that make them fit, fewest operations first; those for which none are found are left out.

    Args:
        inputs, edges: as of `plait.models.constrained_count.constrained_costs`.
        paths: the trees.
        max_entries: what may be held at once.
        threads: trees at once; it changes the time, never the result.
    """

    def one(path: Path) -> Fitted | None:
        slices = choose_slices(inputs, edges, path, max_entries)
        if slices is None:
            return None
        costs = looped_costs(inputs, edges, path, slices)
        return Fitted(costs.operations, path, slices) if costs.peak_entries <= max_entries else None

    with ThreadPoolExecutor(threads) as pool:
        return sorted(found for found in pool.map(one, dict.fromkeys(paths)) if found is not None)


def annealed_again(
    inputs: Sequence[tuple[int, ...]],
    edges: Pairs,
    start: Sequence[Fitted],
    max_entries: float,
    *,
    rounds: int,
    seed: int,
    threads: int = 1,
) -> list[Fitted]:
    """The best trees after rounds of annealing with their heights left out of all sizes, then choosing loops anew.

    Args:
        inputs, edges, max_entries, threads: as for `fitted`.
        start: at least one tree, best first.
        rounds: each takes the best few (as many as WARM has) and keeps as many.
        seed: of the annealing.
    """
    best = list(start)
    for number in range(rounds):
        tasks = [(best[k % len(best)], *WARM[k], seed + len(WARM) * number + k) for k in range(len(WARM))]

        def one(task: tuple[Fitted, float, float, int]) -> Path:
            tree, hot, legs, own = task
            (repeat,) = anneal_many(
                inputs,
                tree.path,
                moves=MOVES * len(inputs),
                seeds=[own],
                size_cap=max(1.0, math.log2(max(2.0, max_entries)) + legs * BITS_PER_LEG),
                hot=hot,
                heights=tree.slices.heights,
            )
            return tuple(repeat.path())

        with ThreadPoolExecutor(threads) as pool:
            paths = list(pool.map(one, tasks))
        found = fitted(inputs, edges, paths, max_entries, threads)
        best = sorted({*best, *found})[: len(WARM)]
    return best
