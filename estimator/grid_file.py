"""A sweep as a NetCDF file: written whole, the same bytes for the same sweep, checked before it is read."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from plait.estimator.attributes import FORMAT
from plait.estimator.reduced_file import CODED
from plait.models import PlaitError

if TYPE_CHECKING:
    import xarray as xr

MAX_VALUES = 400_000_000
"""Values of a table that are read: what a sweep may keep, with room."""
SMALL = 10_000
"""Values below which compression is not worth its overhead."""


def save_grid(grid: "xr.Dataset", path: Path) -> None:
    """Write a sweep as compressed NetCDF, atomically (a temporary file beside it, then a rename)."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    packed = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
    encoding = {
        str(name): packed for name, table in grid.data_vars.items() if table.size > SMALL and table.dtype.kind in "fiu"
    }
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
        with xr.open_dataset(path, engine="h5netcdf", mask_and_scale=False) as opened:
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
    tables: tuple[str, ...] = ("crossings", "depth", "runs", "log10_fib_operations", "extrapolation", "basis")
    attributes = ("eps", "delta", "density", "question", "calibration", "title")
    if "p_advantage" in grid.variables:
        whole: tuple[str, ...] = ("closure", "contender", "strands", "layers")
        main: tuple[str, ...] = ("p_advantage",)
        tables = (*tables, *CODED, "boundary")
    else:
        whole, main = ("closure", "contender", "strands", "layers", "draw"), ("log10_cost", "reason")
        tables = (*tables, "side")
    sound = (
        grid.attrs.get("format") == FORMAT
        and all(name in grid.variables for name in (*main, *tables))
        and all(grid[name].dims == whole and grid[name].size > 0 for name in main)
        and all(name in grid.attrs for name in attributes)
    )
    if not sound:
        raise PlaitError(f"{path}: not a sweep of this version of plait; make it with plait sweep")
    if grid[main[0]].size > MAX_VALUES:
        raise PlaitError(f"{path}: {grid[main[0]].size:.3g} values; the limit is {MAX_VALUES:.3g}")
    if "side" in tables and set(grid["side"].values.astype(str)) != {"quantum", "classical"}:
        raise PlaitError(f"{path}: has contenders of one side only; a map needs both")
