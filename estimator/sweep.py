"""Every contender over the grid and the draws, as one xarray Dataset."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from plait.calibrations import Calibration
from plait.estimator.attributes import FORMAT, attributes
from plait.estimator.draws import Draws, Values, braid_values, extrapolation, question_values
from plait.estimator.evaluate import REASONS, basis, evaluate, matched
from plait.estimator.study import MAX_VALUES, Study
from plait.models import Closure, PlaitError

if TYPE_CHECKING:
    import xarray as xr

BLOCK = 4_000_000
"""Values per symbol held at once."""
Progress = Callable[[int, int], None]


def sweep(study: Study, calibration: Calibration, *, progress: Progress | None = None) -> "xr.Dataset":
    """Evaluate a study.

    Args:
        study: grid, contenders and question.
        calibration: constants and their draws.
        progress: called with (blocks done, blocks in all).

    Returns:
        xr.Dataset: `log10_seconds` and `reason` over (closure, contender, strands, layers, draw), float32 and int8;
        `crossings`, `depth`, `runs`, `log10_fib_operations` (medians over draws) over (closure, strands, layers);
        `extrapolation` over (strands, layers). Attributes carry the question and the calibration's origin.
    """
    import xarray as xr

    draws = Draws.make(study.draws, study.seed)
    names = [contender.name for contender in study.contenders]
    shape = (len(study.closures), len(names), len(study.strands), len(study.layers), study.draws)
    seconds = np.full(shape, np.inf, np.float32)
    reason = np.zeros(shape, np.int8)
    medians = {name: np.zeros((shape[0], *shape[2:4])) for name in ("m", "D", "r", "C_f")}
    blocks = list(_blocks(study))
    for number, (k, closure, rows) in enumerate(blocks):
        if progress:
            progress(number, len(blocks))
        strands, layers = _axes(study, rows)
        values: Values = braid_values(strands, layers, closure, study.question, calibration, draws)
        values |= question_values(study.question, draws)
        values = matched(study.contenders, closure, study.question, values, draws)
        block = (strands.size, layers.size, study.draws)
        for name, table in medians.items():
            table[k, rows] = np.median(np.broadcast_to(values[name], block), axis=2)
        for c, contender in enumerate(study.contenders):
            outcome = evaluate(contender, closure, study.question, values, draws, block)
            seconds[k, c, rows] = outcome.log_cost
            reason[k, c, rows] = outcome.reason
    if progress:
        progress(len(blocks), len(blocks))
    grid = ("closure", "strands", "layers")
    every_n, every_l = _axes(study, slice(None))
    beyond = extrapolation(every_n[..., 0], every_l[..., 0], calibration, family=study.question.family)
    return xr.Dataset(
        {
            "log10_seconds": (("closure", "contender", "strands", "layers", "draw"), seconds, {"units": "log10(s)"}),
            "reason": (("closure", "contender", "strands", "layers", "draw"), reason, {"meanings": "|".join(REASONS)}),
            "crossings": (grid, 10 ** medians["m"], {"units": "1", "long_name": "median crossings m"}),
            "depth": (grid, 10 ** medians["D"], {"units": "1", "long_name": "median greedy depth D"}),
            "runs": (grid, 10 ** medians["r"], {"units": "1", "long_name": "median runs r"}),
            "log10_fib_operations": (grid, medians["C_f"], {"units": "log10(complex multiply-adds)"}),
            "extrapolation": (("strands", "layers"), beyond, {"units": "1", "long_name": "size / measured range"}),
        },
        coords={
            "closure": [str(closure) for closure in study.closures],
            "contender": names,
            "strands": list(study.strands),
            "layers": list(study.layers),
            "side": ("contender", [str(contender.model.side) for contender in study.contenders]),
            "basis": ("contender", [_basis(study, k, calibration) for k in range(len(names))]),
        },
        attrs=attributes(study, calibration),
    )


def _axes(study: Study, rows: slice) -> tuple[Any, Any]:
    strands = np.asarray(study.strands[rows], float)[:, None, None]
    return strands, np.asarray(study.layers, float)[None, :, None]


def _blocks(study: Study) -> Iterator[tuple[int, Closure, slice]]:
    """(closure number, closure, rows of strands) with at most BLOCK values a symbol."""
    rows = max(1, BLOCK // (len(study.layers) * study.draws))
    for k, closure in enumerate(study.closures):
        for start in range(0, len(study.strands), rows):
            yield k, closure, slice(start, start + rows)


def _basis(study: Study, number: int, calibration: Calibration) -> str:
    contender = study.contenders[number]
    closure = next((x for x in study.closures if x in contender.model.closures), None)
    return basis(contender, calibration, closure) if closure else ""


def save_grid(grid: "xr.Dataset", path: Path) -> None:
    """Write a sweep as compressed NetCDF, atomically (a temporary file beside it, then a rename)."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    encoding = {name: {"compression": "gzip", "compression_opts": 4} for name in ("log10_seconds", "reason")}
    try:
        grid.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)
        temporary.replace(path)
    except OSError as error:
        raise PlaitError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def load_grid(path: Path) -> "xr.Dataset":
    """Read a sweep back.

    Raises:
        PlaitError: unreadable, or not a sweep of plait.
    """
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            _check_grid(opened, path)
            grid = opened.load()
    except PlaitError:
        raise
    except OSError as error:
        raise PlaitError(f"{path}: cannot be read as NetCDF ({error.strerror or 'not an HDF5 file'})") from error
    except (ValueError, KeyError, RuntimeError) as error:
        raise PlaitError(f"{path}: cannot be read as NetCDF ({str(error)[:80]})") from error
    return grid


def _check_grid(grid: "xr.Dataset", path: Path) -> None:
    """Shape, names and size of a file, before anything of it is loaded."""
    tables = ("crossings", "depth", "runs", "log10_fib_operations", "extrapolation", "side", "basis")
    whole = ("closure", "contender", "strands", "layers", "draw")
    attributes = ("eps", "delta", "density", "question", "calibration", "title")
    sound = (
        grid.attrs.get("format") == FORMAT
        and all(name in grid.variables for name in ("log10_seconds", "reason", *tables))
        and all(grid[name].dims == whole and grid[name].size > 0 for name in ("log10_seconds", "reason"))
        and all(name in grid.attrs for name in attributes)
    )
    if not sound:
        raise PlaitError(f"{path}: not a sweep of this version of plait; make it with plait sweep")
    if grid["log10_seconds"].size > MAX_VALUES:
        raise PlaitError(f"{path}: {grid['log10_seconds'].size:.3g} values; the limit is {MAX_VALUES:.3g}")
    if set(grid["side"].values.astype(str)) != {"quantum", "classical"}:
        raise PlaitError(f"{path}: has contenders of one side only; a map needs both")
