"""What a run is asked to do, and the id that makes a rerun a resume."""

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

from plait.models import Closure

SCHEMA = 2
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
    '36cdee6396f4032e'
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


NOISE_STRANDS = (6, 7, 8, 9, 10, 11)
NOISE_LAYERS = (8, 12, 18, 26)
NOISE_SHOTS = 20_000
NOISE: tuple[dict[str, Any], ...] = (
    {"e_2q": 1e-3, "e_1q": 3e-5},
    {"e_2q": 5e-3, "e_1q": 2e-4},
    {"e_idle": 3e-4, "idle": "depolarising"},
    {"e_idle": 2e-3, "idle": "depolarising"},
    {"e_idle": 3e-4, "idle": "dephasing"},
    {"e_idle": 2e-3, "idle": "dephasing"},
    {"e_spam": 5e-3},
    {"e_2q": 1.4e-3, "e_1q": 3e-5, "e_idle": 5.3e-4, "idle": "depolarising", "e_spam": 1.33e-3},
    {"e_2q": 3e-3, "e_1q": 1e-4, "e_idle": 2e-4, "idle": "dephasing", "e_spam": 3e-3},
)
"""Error rates of the noisy runs: one kind at a time, and two machines with all of them."""


def noise_tasks() -> Iterator[Task]:
    """Planted braids on simulated noisy machines; every size meets every set of error rates."""
    for seed, rates in enumerate(NOISE):
        for strands in NOISE_STRANDS:
            for layers in NOISE_LAYERS:
                closure = Closure.PLAT if strands % 2 == 0 and (layers // 2 + seed) % 2 else Closure.MARKOV
                yield {
                    "kind": "noise",
                    "family": "planted",
                    "strands": strands,
                    "layers": layers,
                    "seed": seed,
                    "closure": str(closure),
                    "shots": NOISE_SHOTS,
                    **{name: rates.get(name, 0.0) for name in ("e_2q", "e_1q", "e_idle", "e_spam")},
                    "idle": rates.get("idle", "depolarising"),
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
    noisy = [task for task in tasks if task["kind"] == "noise"]
    for task in tasks:
        if task["kind"] == "braid":
            braids.setdefault((task["strands"], task["layers"], task["seed"]), []).append(task)
    groups = list(braids.values())
    random.Random(seed).shuffle(groups)
    groups.sort(key=lambda group: sum(group[0]["strands"] * group[0]["layers"] > size for size in SIZES))
    random.Random(seed).shuffle(noisy)
    return probes + [task for group in groups for task in group] + noisy
