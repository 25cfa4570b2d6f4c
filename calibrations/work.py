"""What a worker does: one task at a time, on a core where plait times nothing else; it tells its environment."""

import traceback
from collections.abc import Mapping
from functools import cache
from typing import Any

from plait.calibrations.core_slot import core_slot
from plait.calibrations.environment import environment
from plait.calibrations.one_run import run, warm_up
from plait.calibrations.run_file import Record
from plait.calibrations.task import Task
from plait.models import PlaitError

UNKNOWN = "unknown"
"""Runs going on together, where the system does not tell."""


@cache
def ready() -> Mapping[str, str]:
    """Compile every kernel, once in a process; the environment of its runs."""
    warm_up()
    return environment()


def work(task: Task) -> Record:
    """Make one run in this process.

    The environment of the record is that of this process; "together" in it is how many timed runs were going on on the
    machine, this one included: they share caches and memory bandwidth, so their seconds are those of a busy machine.
    """
    with core_slot() as going_on:
        here = ready()
        before = going_on()
        record = run(task, here)
        counts = [count for count in (before, going_on()) if count]
    record["environment"]["together"] = str(max(counts)) if counts else UNKNOWN
    return record


def attempt(task: Task) -> dict[str, Any]:
    """`work` for a worker elsewhere: what goes wrong in a run comes back as text.

    So whatever an executor raises itself is of the worker or of the way to it.
    """
    try:
        return {"record": work(task)}
    except PlaitError as error:
        return {"mistake": str(error)}
    except Exception:
        return {"defect": traceback.format_exc()}
