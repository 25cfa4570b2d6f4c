"""What a run is asked to do, and the id that makes a rerun a resume."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from plait.models import Closure

SCHEMAS: Mapping[str, int] = {"probe": 3, "braid": 3, "noise": 2}
"""Part of every id, by kind: runs made under another meaning of the fields are never mixed in."""

Task = dict[str, Any]


def task_id(asked: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of what was asked, first 16 hex digits.

    >>> task_id({"kind": "probe", "repeat": 0})
    'e5695bc27338868d'
    """
    schema = SCHEMAS.get(str(asked.get("kind")), 0)
    text = json.dumps({"schema": schema, **asked}, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def probe_tasks(repeats: int = 3) -> Iterator[Task]:
    """Measurements of the machine itself: matrix-product rate and copy bandwidth."""
    for repeat in range(repeats):
        yield {"kind": "probe", "repeat": repeat}


def title(task: Task) -> str:
    """What a task is, for people."""
    if task["kind"] == "probe":
        return "machine probe"
    kind = "noisy " if task["kind"] == "noise" else "" if task["family"] == "brickwall" else f"{task['family']} "
    return f"{kind}{task['closure']} {task['strands']} strands, {task['layers']} layers, seed {task['seed']}"


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
