"""What is stored of a large sweep: texts as numbers, the boundary as bytes; finished blocks until the end."""

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration
from plait.estimator.attributes import attributes
from plait.estimator.blocks import Block
from plait.estimator.study import Study
from plait.estimator.whole_file import write_whole
from plait.models import PlaitError

if TYPE_CHECKING:
    import xarray as xr

Arrays = dict[str, NDArray[Any]]
CODED = ("winner", "reason", "classical_best", "first", "second")
"""Texts of a frontier, kept as numbers; their meanings are an attribute, divided by |."""


def decoded(grid: "xr.Dataset") -> "xr.Dataset":
    """The frontier that a large sweep holds."""
    texts = {}
    for name in CODED:
        meanings = np.array(str(grid[name].attrs["meanings"]).split("|"), dtype=object)
        texts[name] = (grid[name].dims, meanings[grid[name].values])
    boundary = grid["boundary"].values.astype(np.uint8).tobytes().decode()
    return grid.drop_vars("boundary").assign(texts).assign_attrs(boundary=boundary)


def fingerprint(study: Study, calibration: Calibration, blocks: Sequence[Block]) -> str:
    """Of everything that the blocks of a sweep depend on."""
    parts = [
        json.dumps(attributes(study, calibration), sort_keys=True),
        repr((study.closures, study.strands, study.layers, blocks)),
        *(
            f"{each.name} {each.machine and each.machine.model_dump_json()} {each.overrides}"
            for each in study.contenders
        ),
        calibration.model_dump_json(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Parts:
    """A folder of finished blocks, one file each; made for one sweep, and of no use to another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, folder: Path, study: Study, calibration: Calibration, blocks: Sequence[Block]) -> "Parts":
        """Blocks that an interrupted sweep left there are kept if it was this one.

        Raises:
            PlaitError: something else is there, or it cannot be written to.
        """
        wanted, told = fingerprint(study, calibration, blocks), folder / "sweep"
        if folder.exists():
            if not told.is_file():
                raise PlaitError(f"{folder} exists, and is not what an interrupted sweep left; move it away")
            if told.read_text(encoding="utf-8", errors="replace") != wanted:
                shutil.rmtree(folder)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise PlaitError(f"{folder} cannot be made ({error.strerror}); name a folder you can write to") from error
        write_whole(told, wanted.encode())
        return cls(folder)

    def done(self) -> set[int]:
        """Numbers of the blocks that are there."""
        return {
            int(path.stem) for path in self._folder.glob("*.npz") if path.stem.isdigit() and zipfile.is_zipfile(path)
        }

    def read(self, number: int) -> Arrays:
        """One block."""
        with np.load(self._folder / f"{number}.npz", allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def write(self, number: int, part: Arrays) -> None:
        """Keep one block."""
        packed = io.BytesIO()
        np.savez_compressed(packed, **part)  # type: ignore[arg-type] # numpy types the names as if one were allow_pickle
        write_whole(self._folder / f"{number}.npz", packed.getvalue())

    def remove(self) -> None:
        """The sweep is finished."""
        shutil.rmtree(self._folder)
