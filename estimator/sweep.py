"""Every contender over the grid and the draws, as one xarray Dataset; of a large grid its verdicts alone."""

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from plait.calibrations import Calibration
from plait.estimator.blocks import MEDIANS, Block, Tables, blocks_of, made, row_values, tables_of
from plait.estimator.grid_file import load_grid, save_grid
from plait.estimator.labelled import labelled
from plait.estimator.study import Study
from plait.models import PlaitError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["KEPT_VALUES", "keeps_draws", "load_grid", "save_grid", "sweep"]

BLOCK = 8_000_000
"""Contenders x places x draws made at once, by one process."""
KEPT_VALUES = 100_000_000
"""Cells x contenders x draws up to which every draw is kept (5 bytes each)."""
Progress = Callable[[int, int], None]


def keeps_draws(study: Study) -> bool:
    """Whether a sweep of the study keeps every draw, or the verdicts alone."""
    return len(study.closures) * len(study.strands) * row_values(study) <= KEPT_VALUES


def sweep(
    study: Study,
    calibration: Calibration,
    *,
    progress: Progress | None = None,
    executor: Executor | None = None,
    at_a_time: int = 1,
    parts: Path | None = None,
) -> "xr.Dataset":
    """Evaluate a study over its grid.

    The numbers do not depend on the blocks it is made in, nor on what makes them.

    Args:
        study: grid, contenders and question; of several families the first.
        calibration: constants and their draws.
        progress: called with (blocks done, blocks in all).
        executor: makes the blocks, `at_a_time` of them; None is this process.
        parts: folder for finished blocks of a large grid: a sweep that was interrupted goes on from there. It is
            removed at the end.

    Returns:
        xr.Dataset: `log10_cost` (log10 of the question's metric) and `reason` over (closure, contender, strands,
        layers, draw), float32 and int8; `crossings`, `depth`, `runs`, `log10_fib_operations` (medians over draws) over
        (closure, strands, layers); `extrapolation` over (strands, layers). Attributes carry the question and the
        calibration's origin. Above KEPT_VALUES the draws are not kept: what `frontier` makes of them is, its texts
        coded, see `plait.estimator.reduced`.

    Raises:
        PlaitError: a line, not a grid; a row of strands that is too large to hold.
    """
    if study.line is not None:
        raise PlaitError(f"study {study.title!r} has a line, not a grid; draw it with plait map STUDY")
    blocks = blocks_of(study, BLOCK)
    if not keeps_draws(study):
        from plait.estimator.reduced import reduced_sweep

        return reduced_sweep(study, calibration, blocks, progress, executor, at_a_time, parts)
    shape = (len(study.closures), len(study.contenders), len(study.strands), len(study.layers), study.draws)
    seconds, reason = np.empty(shape, np.float32), np.empty(shape, np.int8)
    medians = {name: np.empty((shape[0], *shape[2:4])) for name in MEDIANS.values()}
    for block, found in zip(blocks, made(_tables, study, calibration, blocks, executor, at_a_time), strict=True):
        if progress:
            progress(blocks.index(block), len(blocks))
        rows = slice(block.start, block.stop)
        seconds[block.closure, :, rows] = found.log_costs
        reason[block.closure, :, rows] = found.reason
        for name, table in found.medians.items():
            medians[name][block.closure, rows] = table
    if progress:
        progress(len(blocks), len(blocks))
    return labelled(study, calibration, seconds, reason, medians)


def _tables(study: Study, calibration: Calibration, block: Block) -> Tables:
    return tables_of(block.of(study), calibration)
