"""Parts of a study's grid, each small enough to hold with all its draws, and made alike wherever it is made."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.draws import Draws
from plait.estimator.outcomes import outcomes
from plait.estimator.study import Study
from plait.models import PlaitError

MAX_ROW = 100_000_000
"""Guard on layers x contenders x draws of one row of strands: the least that is held at once (5 bytes each)."""
TILE = 200_000
"""Places x draws evaluated at once: fewer, and formulas are built too often; more, and they leave the caches."""
TRIES = 3
"""Times a block is begun whose process dies."""
MEDIANS = {"m": "crossings", "D": "depth", "r": "runs", "C_f": "log10_fib_operations"}
"""Symbol -> the variable that holds its median over the draws."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Rows of strands of one closure.

    Args:
        closure: its number in the study.
        start, stop: rows.
    """

    closure: int
    start: int
    stop: int

    def of(self, study: Study, *, with_row_before: bool = False) -> Study:
        """The study of this part alone."""
        first = self.start - (1 if with_row_before and self.start else 0)
        return replace(study, closures=(study.closures[self.closure],), strands=study.strands[first : self.stop])


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What a block comes to.

    Args:
        log_costs: log10, +inf without an answer, shape (contender, strands, layers, draw).
        reason: index into REASONS, of the same shape.
        medians: variable of MEDIANS -> shape (strands, layers).
    """

    log_costs: NDArray[np.float32]
    reason: NDArray[np.int8]
    medians: dict[str, NDArray[np.float64]]


def row_values(study: Study) -> int:
    """Values of one row of strands.

    Raises:
        PlaitError: more than can be held.
    """
    values = len(study.layers) * len(study.contenders) * study.draws
    if values > MAX_ROW:
        raise PlaitError(
            f"layers x contenders x draws = {values:.3g}; the limit is {MAX_ROW:.3g}: ask for fewer layers or draws"
        )
    return values


def blocks_of(study: Study, values: int) -> list[Block]:
    """The study in parts of about so many values, closure by closure, strands increasing."""
    rows = max(1, values // row_values(study))
    return [
        Block(closure=k, start=start, stop=min(start + rows, len(study.strands)))
        for k in range(len(study.closures))
        for start in range(0, len(study.strands), rows)
    ]


def tables_of(study: Study, calibration: Calibration) -> Tables:
    """Evaluate a study of one closure, tile by tile; what a place comes to does not depend on its tile."""
    (closure,) = study.closures
    shape = (len(study.contenders), len(study.strands), len(study.layers), study.draws)
    found = Tables(
        log_costs=np.empty(shape, np.float32),
        reason=np.empty(shape, np.int8),
        medians={name: np.empty(shape[1:3]) for name in MEDIANS.values()},
    )
    draws = Draws.make(study.draws, study.seed)
    strands, layers = np.asarray(study.strands, float), np.asarray(study.layers, float)
    for rows, columns in _tiles(shape[1], shape[2], study.draws):
        here = strands[rows, None, None], layers[None, columns, None]
        seen = outcomes(study, closure, calibration, draws, *here)
        for k, outcome in enumerate(seen.found):
            found.log_costs[k, rows, columns] = outcome.log_cost
            found.reason[k, rows, columns] = outcome.reason
        tile = found.log_costs[0, rows, columns].shape
        for symbol, name in MEDIANS.items():
            found.medians[name][rows, columns] = np.median(np.broadcast_to(seen.values[symbol], tile), axis=2)
    return found


def _tiles(rows: int, columns: int, draws: int) -> Iterator[tuple[slice, slice]]:
    wide = max(1, min(columns, TILE // draws))
    high = max(1, TILE // (wide * draws)) if wide == columns else 1
    for i in range(0, rows, high):
        for j in range(0, columns, wide):
            yield slice(i, i + high), slice(j, j + wide)


def made(
    make: Callable[[Study, Calibration, Block], Any],
    study: Study,
    calibration: Calibration,
    blocks: Sequence[Block],
    executor: Executor | None,
    at_a_time: int,
) -> Iterator[Any]:
    """What `make` makes of each block, in their order; no more than two a worker wait to be taken.

    Raises:
        PlaitError: the process that made a block died, TRIES times.
    """
    if executor is None:
        yield from (make(study, calibration, block) for block in blocks)
        return
    begun: deque[tuple[Block, Future[Any]]] = deque()
    waiting, tries = deque(blocks), 1
    while waiting or begun:
        while waiting and len(begun) < 2 * at_a_time + 1:
            block = waiting.popleft()
            begun.append((block, executor.submit(make, study, calibration, block)))
        block, future = begun[0]
        try:
            result = future.result()
        except BrokenExecutor as error:
            if tries == TRIES:
                raise PlaitError(
                    f"a worker died {TRIES} times at strands {study.strands[block.start]} and up; is memory short?"
                ) from error
            tries += 1
            waiting.extendleft(block for block, _ in reversed(begun))
            begun.clear()
            continue
        begun.popleft()
        tries = 1
        yield result
