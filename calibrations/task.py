"""What a run is asked to do, and the id that makes a rerun a resume."""

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

from plait.models import Closure

SCHEMA = 1
"""Part of every id: runs made under another meaning of the fields are never mixed in."""

STRANDS = (6, 8, 10, 12, 14, 16, 18, 20, 22, 24)
LAYERS = (4, 6, 9, 13, 18, 24, 31, 40)
SEEDS = (0, 1, 2)
WIDE_STRANDS = (28, 34, 42, 60, 84, 100)
WIDE_LAYERS = (10, 20, 40, 60, 80, 100)
DEEP_STRANDS = (42, 74, 102)
DEEP_LAYERS = (150, 200, 270)
EFFORT = 1
SIZES = (300, 1_000, 4_000)
"""Strands x layers that part the classes of size in which a budget is spent."""

Task = dict[str, Any]


def task_id(asked: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of what was asked, first 16 hex digits.

    >>> task_id({"kind": "probe", "repeat": 0})
    '0ccb9e307e3a5214'
    """
    text = json.dumps({"schema": SCHEMA, **asked}, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def probe_tasks(repeats: int = 3) -> Iterator[Task]:
    """Measurements of the machine itself: matrix-product rate and copy bandwidth."""
    for repeat in range(repeats):
        yield {"kind": "probe", "repeat": repeat}


def braid_task(strands: int, layers: int, seed: int, closure: Closure) -> Task:
    """One brickwall braid: circuit, path search and, where affordable, timed contractions and evolutions."""
    return {
        "kind": "braid",
        "family": "brickwall",
        "strands": strands,
        "layers": layers,
        "density": 2 / 3,
        "seed": seed,
        "closure": str(closure),
        "effort": EFFORT,
    }


def default_tasks() -> list[Task]:
    """The shipped design: 240 braids of 6..24 strands, 72 of 28..100, 9 of up to 270 layers; both closures.

    Ordered so that any prefix covers the whole range of sizes (seed by seed).
    """
    tasks = list(probe_tasks())
    for seed in SEEDS:
        for strands in STRANDS:
            for layers in LAYERS:
                tasks += [braid_task(strands, layers, seed, closure) for closure in Closure]
    for seed in (0, 1):
        for strands in WIDE_STRANDS:
            for layers in WIDE_LAYERS:
                tasks += [braid_task(strands, layers, seed, closure) for closure in Closure]
    for strands in DEEP_STRANDS:
        for layers in DEEP_LAYERS:
            tasks += [braid_task(strands, layers, 0, closure) for closure in Closure]
    return tasks


def spread(tasks: list[Task], seed: int) -> list[Task]:
    """The probes first, then the braids shuffled within classes of size, small before large, closures in turn.

    So a short budget fits something, and whatever it reaches is spread over strands and layers.
    """
    probes = [task for task in tasks if task["kind"] == "probe"]
    braids: dict[tuple[int, int, int], list[Task]] = {}
    for task in tasks:
        if task["kind"] != "probe":
            braids.setdefault((task["strands"], task["layers"], task["seed"]), []).append(task)
    groups = list(braids.values())
    random.Random(seed).shuffle(groups)
    groups.sort(key=lambda group: sum(group[0]["strands"] * group[0]["layers"] > size for size in SIZES))
    return probes + [task for group in groups for task in group]
