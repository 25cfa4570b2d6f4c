"""Checkpoints of a constrained contraction: everything alive between two steps, in one file without pickled objects.

The file is a zip archive of numpy arrays: `header` (UTF-8 JSON: what is contracted, as a hash; where the program
stands; the value, once known) and one array per tensor alive. It is written beside and put in place in one step, so
that an interruption leaves the old one; a file of another contraction, or a damaged one, is refused and never written
over.
"""

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.models.errors import PlaitError

FORMAT = "plait contraction checkpoint 1"


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a contraction stands.

    Args:
        position: item of the program to run next; within a loop the pass and the item of its body follow, and so on.
        runs: how often every step has run.
        tensors: what is alive.
        value: of the whole, once it is known.
    """

    position: Sequence[int] = ()
    runs: Mapping[int, int] = field(default_factory=dict)
    tensors: Mapping[int, NDArray[Any]] = field(default_factory=dict)
    value: complex | None = None


@dataclass(kw_only=True)
class Checkpoint:
    """The file of one contraction.

    Args:
        path: of the file; it need not exist.
        key: of the contraction; see `contraction_key`.
        every: seconds from one save to the next.
    """

    path: Path
    key: str
    every: float
    _last: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._last >= self.every

    def load(self) -> State:
        """What the file holds; the beginning if there is no file.

        Raises:
            PlaitError: it cannot be read, is damaged, or belongs to another contraction.
        """
        if not self.path.exists():
            return State()
        try:
            with np.load(self.path, allow_pickle=False) as file:
                header = json.loads(file["header"].tobytes().decode())
                if header["format"] != FORMAT:
                    raise ValueError
                tensors = {}
                if header["key"] == self.key:  # else there is no point in reading them
                    tensors = {int(name[1:]): file[name] for name in file.files if name != "header"}
            runs = {int(node): int(number) for node, number in header["runs"].items()}
            value = None if header["value"] is None else complex(*header["value"])
            state = State(position=[int(k) for k in header["position"]], runs=runs, tensors=tensors, value=value)
        except OSError as error:
            raise PlaitError(f"{self.path}: {error.strerror or error}") from None
        except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
            raise PlaitError(f"{self.path}: no checkpoint of a contraction, or damaged; name another file") from None
        if header["key"] != self.key:
            raise PlaitError(
                f"{self.path}: the checkpoint of another contraction (braid, tree, loops or number type differ); "
                "name another file"
            )
        return state

    def save(self, state: State) -> None:
        """Replace the file.

        Raises:
            PlaitError: it cannot be written.
        """
        value = None if state.value is None else [state.value.real, state.value.imag]
        header = {
            "format": FORMAT,
            "key": self.key,
            "position": list(state.position),
            "runs": {str(node): number for node, number in state.runs.items()},
            "value": value,
        }
        arrays = {f"t{node}": array for node, array in state.tensors.items()}
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            with open(part, "wb") as file:
                np.savez(file, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
            os.replace(part, self.path)
        except OSError as error:
            raise PlaitError(f"{self.path}: {error.strerror or error}") from None
        finally:
            part.unlink(missing_ok=True)
        self._last = time.monotonic()


def contraction_key(arrays: Sequence[NDArray[Any]], *structure: object) -> str:
    """SHA-256 of the tensors' entries and of everything else that a contraction is made of, as JSON.

    >>> contraction_key([np.ones(2)], [(0,)]) == contraction_key([np.ones(2)], [[0]])
    True
    """
    digest = hashlib.sha256(json.dumps(structure).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array, np.complex128).tobytes())
    return digest.hexdigest()
