"""A sweep as one tidy table: a row for every cell and contender, for spreadsheets and data frames."""

import csv
import importlib.util
import itertools
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from plait.estimator.evaluate import REASONS
from plait.estimator.frontier import QUANTILES, frontier, quantiles
from plait.models import PlaitError

if TYPE_CHECKING:
    import xarray as xr

QUANTILE_NAMES = ("p05", "p50", "p95")
CELL = ("crossings", "depth", "runs", "extrapolation")
"""Medians over the draws, and how far beyond the measured range the size lies."""
UNITS = {"seconds": "s", "joules": "J", "money": "USD"}

COLUMNS: dict[str, type] = {
    "family": str,
    "closure": str,
    "strands": int,
    "layers": int,
    **dict.fromkeys(CELL, float),
    "contender": str,
    "side": str,
    "basis": str,
    "metric": str,
    "unit": str,
    **{f"log10_cost_{name}": float for name in QUANTILE_NAMES},
    "answered": float,
    "reason": str,
    "first": str,
    "second": str,
    "winner": str,
    "p_advantage": float,
    "classical_best": str,
    **{f"log10_classical_{name}": float for name in QUANTILE_NAMES},
    **{f"gap_{name}": float for name in QUANTILE_NAMES},
}
"""Column -> type of its values. The same for every sweep, in this order.

log10_cost: of the metric, in `unit`, over the draws; empty where there is no answer, -inf where it is free. answered:
share of the draws with an answer. reason: why there is none in half of them. first, second: leaders of the cell, either
side. From winner on of quantum contenders only: against the best of the classical ones on the same draw, gap = log10 of
classical over quantum.
"""


def cell_rows(grid: "xr.Dataset") -> Iterator[dict[str, Any]]:
    """Rows of the table, by closure, strands, layers and contender; None for a value there is not.

    Args:
        grid: from `plait.estimator.sweep` or `load_grid`. One that keeps verdicts alone has rows of quantum contenders
            only, without the share answered.
    """
    verdicts = frontier(grid).transpose("closure", "contender", "strands", "layers", ...)
    metric = str(grid.attrs.get("metric", "seconds"))
    shared = {"family": str(grid.attrs.get("family", "brickwall")), "metric": metric, "unit": UNITS.get(metric, "")}
    quantum = [str(name) for name in verdicts["contender"].values]
    closures = [str(name) for name in verdicts["closure"].values]
    strands, layers = ([int(x) for x in verdicts[axis].values] for axis in ("strands", "layers"))
    cells = {
        name: verdicts[name].broadcast_like(verdicts["first"]).transpose("closure", "strands", "layers").values
        for name in (*CELL, "first", "second")
    }
    of_quantum = _of_quantum(verdicts)
    of_all = _of_all(grid) if "log10_cost" in grid else {}
    names = list(of_all) or quantum
    for place in itertools.product(*(range(len(axis)) for axis in (closures, strands, layers))):
        cell: dict[str, Any] = {"closure": closures[place[0]], "strands": strands[place[1]], "layers": layers[place[2]]}
        cell |= shared | {name: _plain(table[place]) for name, table in cells.items()}
        for name in names:
            row = dict.fromkeys(COLUMNS) | cell | {"contender": name}
            for tables in (of_quantum.get(name, {}), of_all.get(name, {})):
                row |= {column: _plain(table[place] if np.ndim(table) else table) for column, table in tables.items()}
            yield row


def _of_quantum(verdicts: "xr.Dataset") -> dict[str, dict[str, Any]]:
    """Columns of each quantum contender, over (closure, strands, layers)."""
    found = {}
    for k, name in enumerate(verdicts["contender"].values):
        one = verdicts.isel(contender=k)
        tables: dict[str, Any] = {"side": "quantum", "basis": str(one["basis"].values)}
        tables |= {column: one[column].values for column in ("reason", "winner", "p_advantage", "classical_best")}
        for column, source in (("log10_cost", "quantum"), ("log10_classical", "classical")):
            tables |= _spread(column, one[f"{source}_log10_cost"])
        found[str(name)] = tables | _spread("gap", one["gap"])
    return found


def _spread(column: str, table: "xr.DataArray") -> dict[str, Any]:
    return {
        f"{column}_{name}": table.sel(quantile=at, method="nearest").values
        for name, at in zip(QUANTILE_NAMES, QUANTILES, strict=True)
    }


def _of_all(grid: "xr.Dataset") -> dict[str, dict[str, Any]]:
    """Columns of every contender of a sweep that keeps its draws."""
    whole = grid.transpose("closure", "contender", "strands", "layers", "draw")
    found = {}
    for k, name in enumerate(whole["contender"].values):
        logs = whole["log10_cost"].values[:, k].astype(float)
        answered = (logs < np.inf).mean(axis=-1)
        side = str(whole["side"].values[k])
        tables: dict[str, Any] = {"side": side, "basis": str(whole["basis"].values[k]), "answered": answered}
        spread = quantiles(logs)
        tables |= {f"log10_cost_{q}": spread[..., i] for i, q in enumerate(QUANTILE_NAMES)}
        if side == "classical":  # that of quantum contenders says more, and is there already
            codes = whole["reason"].values[:, k]
            counts = np.stack([(codes == code).sum(axis=-1) for code in range(1, len(REASONS))])
            why = np.array(REASONS[1:], dtype=object)[counts.argmax(axis=0)]
            tables["reason"] = np.where(answered <= 0.5, "classical: " + why, "")
        found[str(name)] = tables
    return found


def _plain(value: Any) -> Any:
    """A value as Python has it; None for a number that is none, and for an empty text."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value if value != "" else None


def write_csv(grid: "xr.Dataset", path: Path) -> int:
    """The table as CSV (RFC 4180): a head, then the rows; empty for what there is not. Written whole or not at all.

    Returns:
        Rows written.

    Raises:
        PlaitError: the file cannot be written.
    """
    rows = 0
    with _whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(COLUMNS))
        writer.writeheader()
        for row in cell_rows(grid):
            writer.writerow(row)
            rows += 1
    return rows


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place once it is written."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise PlaitError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)


def check_parquet() -> None:
    """Refuse early where Parquet cannot be written.

    Raises:
        PlaitError: pandas or pyarrow is missing.
    """
    if missing := [name for name in ("pandas", "pyarrow") if importlib.util.find_spec(name) is None]:
        raise PlaitError(f"Parquet needs {' and '.join(missing)}: pip install 'plait[parquet]', or write .csv")


def write_parquet(grid: "xr.Dataset", path: Path) -> int:
    """The table as Parquet, written whole or not at all.

    Returns:
        Rows written.

    Raises:
        PlaitError: pandas or pyarrow is missing, or the file cannot be written.
    """
    check_parquet()
    import pandas

    types = {str: "string", int: "int64", float: "float64"}
    frame = pandas.DataFrame.from_records(list(cell_rows(grid)), columns=list(COLUMNS))
    frame = frame.astype({name: types[kind] for name, kind in COLUMNS.items()})
    with _whole(path) as part:
        frame.to_parquet(part, engine="pyarrow", index=False)
    return len(frame)
