"""Annealing again from the best trees: from low temperatures, which keep most of a tree and mend parts of it.

Another cold start ends in one of many basins; on 2,500 tensors a few warm rounds find trees that dozens do not.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from plait.models.anneal import anneal_many

if TYPE_CHECKING:
    from plait.models.anneal import Repeat

HOT = (0.15, 0.3, 0.5, 0.8)
"""First temperatures of a round, the best tree from the lowest; as many trees are kept."""
ROUNDS = 24
MOVES = 2_000
"""Moves per tensor."""


def anneal_again(
    inputs: Sequence[tuple[int, ...]],
    done: "Sequence[Repeat]",
    *,
    seed: int,
    threads: int = 1,
    size_cap: float | None = None,
    budget: float | None = None,
) -> "list[Repeat]":
    """Trees annealed from the best of `done`, and from what that finds, round after round.

    Args:
        inputs, threads, size_cap: as of `plait.models.anneal.anneal_many`.
        done: at least one annealed tree.
        seed: of the first; each takes the next.
        budget: seconds. A round is begun only if it will end in time, going by the slowest before; so fewer come back,
            the same ones as without a budget. Defaults to None: all rounds.
    """
    best, found = sorted(done, key=lambda repeat: repeat.cost)[: len(HOT)], list["Repeat"]()
    begin, slowest = time.monotonic(), 0.0

    def one(task: "tuple[Repeat, float, int]") -> "Repeat":
        repeat, hot, own = task
        moves = MOVES * len(inputs)
        (again,) = anneal_many(inputs, repeat.path(), moves=moves, seeds=[own], size_cap=size_cap, hot=hot)
        return again

    with ThreadPoolExecutor(threads) as pool:
        for number in range(ROUNDS):
            start = time.monotonic()
            if budget is not None and start + slowest > begin + budget:
                break
            tasks = [(best[k % len(best)], hot, seed + len(HOT) * number + k) for k, hot in enumerate(HOT)]
            new = list(pool.map(one, tasks))
            found += new
            best = sorted([*best, *new], key=lambda repeat: repeat.cost)[: len(HOT)]
            slowest = max(slowest, time.monotonic() - start)
    return found
