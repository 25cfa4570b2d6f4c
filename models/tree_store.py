"""Contraction trees kept on disk, one JSON file each, named by the hash of everything the search depends on.

The folder is $PLAIT_CACHE if set, else plait/trees in $XDG_CACHE_HOME or ~/.cache. An entry that is damaged or does not
fit the network is ignored and written anew; a folder that cannot be written to is left alone.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.models.constrained_count import Pairs, Tree
from plait.models.errors import PlaitError
from plait.models.slicing import Looped, Shape, Slices

FORMAT = "plait tree 2"
"""To be raised when the same question gets a better tree: older entries are not found then."""
MOST_BYTES = 20_000_000
"""Entries beyond are not read: the widest network plait builds needs a tenth."""


@dataclass(frozen=True, kw_only=True)
class StoredTree:
    """What a search found.

    Args:
        path: pairs of node ids.
        slices: heights to loop over.
        repeats: log2 of the cost of every annealed tree, in the order of the seeds.
        asked: repeats that were asked for.
    """

    path: tuple[tuple[int, int], ...]
    slices: Slices
    repeats: tuple[float, ...]
    asked: int


def default_folder() -> Path:
    """Where trees are kept for this user.

    >>> default_folder().parts[-1] == "trees" or "PLAIT_CACHE" in os.environ
    True
    """
    if os.environ.get("PLAIT_CACHE"):
        return Path(os.environ["PLAIT_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "plait" / "trees"


def tree_key(inputs: Sequence[Sequence[int]], edges: Pairs, question: Mapping[str, Any]) -> str:
    """SHA-256 of a network and of what was asked of the search, as JSON; entries of the tensors play no part.

    Args:
        inputs: index ids of every tensor.
        edges: pairs of indices that must not both be 0.
        question: effort, seed, objective and whatever else decides the tree.

    >>> tree_key([(0,)], [], {"effort": 1})[:8] == tree_key([[0]], (), {"effort": 1})[:8]
    True
    """
    asked = [FORMAT, [list(t) for t in inputs], [list(e) for e in edges], dict(question)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class TreeStore:
    """A folder of trees.

    Args:
        folder: made when the first tree is kept.
    """

    folder: Path

    def load(self, key: str, inputs: Sequence[Sequence[int]], edges: Pairs) -> StoredTree | None:
        """The tree kept under a key, checked against the network; None if there is none that is sound."""
        try:
            with open(self._file(key), "rb") as file:
                data = file.read(MOST_BYTES + 1)
            entry = json.loads(data) if len(data) <= MOST_BYTES else {}
            if entry["format"] != FORMAT or entry["key"] != key:
                return None
            path = tuple((_integer(a), _integer(b)) for a, b in entry["path"])
            heights, keep = entry["slices"]
            slices = Slices(tuple(_integer(i) for i in heights), _integer(keep))
            Looped(Shape(Tree.of(inputs, edges, path)), slices)  # refuses what does not fit
            repeats = tuple(float(cost) for cost in entry["repeats"])
            return StoredTree(path=path, slices=slices, repeats=repeats, asked=_integer(entry["asked"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError, PlaitError):
            return None

    def save(self, key: str, tree: StoredTree) -> bool:
        """Keep a tree, in one step: readers see a whole entry or none. False if it could not be written."""
        entry = {"format": FORMAT, "key": key, **vars(tree)}
        file = self._file(key)
        part = file.with_name(f".{key}.{os.getpid()}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.write_text(json.dumps(entry), encoding="utf-8")
                os.replace(part, file)
            finally:
                part.unlink(missing_ok=True)
        except OSError:
            return False
        return True

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def _integer(value: object) -> int:
    if type(value) is not int:
        raise ValueError(f"expected an integer, got {type(value).__name__}")
    return value
