"""A large sweep without its draws: block by block, what the frontier makes of them is kept, and the draws are not.

Only a boundary along the strands needs more than one block. Of each block is kept where, in every draw, advantage is
first entered, where it is left again, and where it would be left had it been entered before; so blocks join.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.attributes import attributes
from plait.estimator.blocks import Block, made, tables_of
from plait.estimator.boundary import between, strand_entries
from plait.estimator.frontier import QUANTILES, frontier
from plait.estimator.labelled import basis_of, beyond, labelled
from plait.estimator.outcomes import gap
from plait.estimator.reduced_file import CODED, Arrays, Parts
from plait.estimator.study import Study
from plait.models import Side

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
EDGES = ("enter", "leave", "loss")


def reduced_sweep(
    study: Study,
    calibration: Calibration,
    blocks: Sequence[Block],
    progress: Callable[[int, int], None] | None,
    executor: Executor | None,
    at_a_time: int,
    parts: Path | None,
) -> "xr.Dataset":
    """The frontier of a study, its texts coded and its boundary as bytes: see `plait.estimator.sweep.sweep`."""
    kept = Parts.of(parts, study, calibration, blocks) if parts else None
    done = kept.done() if kept else set()
    missing = [block for number, block in enumerate(blocks) if number not in done]
    fresh = made(reduce_block, study, calibration, missing, executor, at_a_time)
    whole = _Whole(study)
    for number, block in enumerate(blocks):
        if progress:
            progress(number, len(blocks))
        if number in done and kept:
            part = kept.read(number)
        else:
            part = next(fresh)
            if kept:
                kept.write(number, part)
        whole.take(block, part)
    if progress:
        progress(len(blocks), len(blocks))
    found = whole.dataset(calibration)
    if kept:
        kept.remove()
    return found


def reduce_block(study: Study, calibration: Calibration, block: Block) -> Arrays:
    """Verdicts of one block, and where each draw enters and leaves advantage along the strands."""
    own = block.of(study)
    wider = block.of(study, with_row_before=True)
    before = len(wider.strands) - len(own.strands)
    found = tables_of(wider, calibration)
    medians = {name: table[None, before:] for name, table in found.medians.items()}
    grid = labelled(own, calibration, found.log_costs[None, :, before:], found.reason[None, :, before:], medians)
    verdicts = frontier(grid)
    part: Arrays = {}
    layout: dict[str, Any] = {}
    for name, table in verdicts.data_vars.items():
        if name in CODED:
            part[f"{name}:meanings"], codes = np.unique(table.values.astype(str), return_inverse=True)
            part[str(name)] = codes.reshape(table.shape).astype(np.int16)
        elif "closure" in table.dims:
            part[str(name)] = table.values
        else:
            continue
        layout[str(name)] = (list(table.dims), table.attrs)
    entries = [entry for entry in json.loads(verdicts.attrs["boundary"]) if entry["axis"] == "layers"]
    part["boundary"], part["layout"] = _bytes(entries), _bytes(layout)
    side = grid["side"].values
    best = found.log_costs[side == "classical"].astype(float).min(axis=0)
    for k in np.flatnonzero(side == "quantum"):
        places = edges_of(np.asarray(wider.strands, float), gap(found.log_costs[k].astype(float), best), before)
        part |= {f"{name}:{study.contenders[k].name}": places[name] for name in EDGES}
    return part


def _bytes(value: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def edges_of(axis: Floats, gaps: Floats, before: int) -> dict[str, Floats]:
    """Places along the first axis of `gaps` (rows, layers, draw), each of shape (layers, draw), nan for none.

    Args:
        axis: of the rows.
        gaps: above 0 quantum wins.
        before: 1 if the first row belongs to the block before, else 0.

    Returns:
        dict: "enter", the first entry; "leave", the exit after it; "loss", the first row that is not won, where
        advantage is left if it held in the row before the block.
    """
    flat = gaps.reshape(axis.size, -1)
    draws, rows = np.arange(flat.shape[1]), np.arange(axis.size)[:, None]
    wins = flat > 0
    own = rows >= before

    def place(events: NDArray[np.bool_]) -> Floats:
        index = events.argmax(axis=0)
        found = np.where(index == 0, -np.inf, between(axis, flat, index, draws))
        return np.where(events.any(axis=0), found, np.nan).reshape(gaps.shape[1:])

    entered = wins & own
    first = np.where(entered.any(axis=0), entered.argmax(axis=0), axis.size)
    return {"enter": place(entered), "leave": place(~wins & (rows > first)), "loss": place(~wins & own)}


def joined(lower: Mapping[str, Floats], upper: Mapping[str, Floats]) -> dict[str, Floats]:
    """The edges of two neighbouring blocks as those of one."""
    never = np.isnan(lower["enter"])
    leave = np.where(never, upper["leave"], upper["loss"])
    return {
        "enter": np.where(never, upper["enter"], lower["enter"]),
        "leave": np.where(np.isnan(lower["leave"]), leave, lower["leave"]),
        "loss": lower["loss"],
    }


class _Whole:
    """The tables of all blocks, filled block by block."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._tables: Arrays = {}
        self._layout: dict[str, Any] = {}
        self._meanings: dict[str, dict[str, int]] = {name: {} for name in CODED}
        self._entries: dict[tuple[str, int], list[Any]] = {}
        self._edges: dict[tuple[str, int], dict[str, Floats]] = {}

    def take(self, block: Block, part: Arrays) -> None:
        """Add one block; blocks of a closure come with increasing strands."""
        self._layout = json.loads(part["layout"].tobytes())
        sizes = {"closure": len(self._study.closures), "strands": len(self._study.strands)}
        for name, (dims, _) in self._layout.items():
            table = part[name]
            if name in CODED:
                known = self._meanings[name]
                numbers = [known.setdefault(str(text), len(known)) for text in part[f"{name}:meanings"]]
                table = np.array(numbers, np.int16)[table]
            if name not in self._tables:
                shape = [sizes.get(dim, size) for dim, size in zip(dims, table.shape, strict=True)]
                self._tables[name] = np.empty(shape, table.dtype)
            here = {"closure": slice(block.closure, block.closure + 1), "strands": slice(block.start, block.stop)}
            self._tables[name][tuple(here.get(dim, slice(None)) for dim in dims)] = table
        for entry in json.loads(part["boundary"].tobytes()):
            self._entries.setdefault((entry["contender"], block.closure), []).append(entry)
        for key in [key for key in part if key.startswith("enter:")]:
            contender = key.removeprefix("enter:")
            edges = {name: part[f"{name}:{contender}"] for name in EDGES}
            below = self._edges.get((contender, block.closure))
            self._edges[contender, block.closure] = edges if below is None else joined(below, edges)

    def dataset(self, calibration: Calibration) -> "xr.Dataset":
        """The whole frontier."""
        import xarray as xr

        study = self._study
        quantum = [k for k, each in enumerate(study.contenders) if each.model.side is Side.QUANTUM]
        names = [study.contenders[k].name for k in quantum]
        found = xr.Dataset(
            {name: (dims, self._tables[name], attrs) for name, (dims, attrs) in self._layout.items()},
            coords={
                "closure": [str(closure) for closure in study.closures],
                "contender": names,
                "strands": list(study.strands),
                "layers": list(study.layers),
                "quantile": list(QUANTILES),
                "basis": ("contender", [basis_of(study, k, calibration) for k in quantum]),
            },
            attrs=attributes(study, calibration),
        )
        found["extrapolation"] = (("strands", "layers"), beyond(study, calibration), {"units": "1"})
        found["extrapolation"].attrs["long_name"] = "size / measured range"
        for name, known in self._meanings.items():  # in an order that does not tell of the blocks
            ordered = sorted(known)
            again = np.empty(len(known), np.int16)
            again[[known[text] for text in ordered]] = np.arange(len(known))
            found[name].values = again[found[name].values]
            found[name].attrs["meanings"] = "|".join(ordered)
        entries: list[Any] = []
        for contender in names:
            for k in range(len(study.closures)):
                entries += self._entries.get((contender, k), [])
                edges = self._edges[contender, k]
                enter, leave = (np.where(np.isnan(edges[name]), np.inf, edges[name]) for name in ("enter", "leave"))
                entries += strand_entries(found, contender, k, _lines(enter, leave))
        found["boundary"] = ("byte", _bytes(entries).copy())
        return found


def _lines(enter: Floats, leave: Floats) -> Iterator[list[tuple[str, Floats, float]]]:
    """As `plait.estimator.boundary.edges` tells them, layers by layers."""
    for entered, left in zip(enter, leave, strict=True):
        share = float((entered < np.inf).mean())
        yield [("enter", entered, share), ("leave", left, share)] if share else []
