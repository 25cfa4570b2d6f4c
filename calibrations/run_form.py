"""What a run of each kind may hold: a hostile file gets no further than its first line that holds something else."""

from collections.abc import Mapping
from typing import Any

from plait.models import Closure
from plait.models.errors import shown

MAX_NUMBER = 1e150
"""Far beyond any cost of a braid, and its square is a number still."""
MOST = 10**7
"""Strands, layers, shots of one run."""
KINDS = ("probe", "braid", "noise")
"""Kinds that are fitted; others, of newer designs, hold finite numbers."""
TIMED = ("dense", "fib", "min_fib", "single", "sliced", "state", "typical")
LENGTHS: Mapping[str, int] = {
    "value": 2,  # real and imaginary part
    **{f"cut_{name}": 4 for name in ("error", "fidelity", "work")},  # bonds limited to four parts
    **{f"slice_{name}": 3 for name in ("overheads", "peaks")},  # three memories
    **{f"{name}_seconds": 3 for name in TIMED},  # least, median, most
}
"""Numbers held by a key; one where it is not named."""
SIGNED = ("value", "signal")
"""What may be negative."""
UNKNOWN = ("dense_bytes", "fib_bytes", "min_fib_bytes", "slice_overheads", "slice_peaks")
"""What may be null: the system does not tell, or no loops bring the memory down to that."""


def problem(asked: Mapping[str, Any], result: Mapping[str, Any]) -> str | None:
    """What is wrong with a run, in words; None if nothing is.

    >>> problem({"kind": "probe", "repeat": 0}, {"bytes_per_second": -1})
    'result.bytes_per_second = -1 must be above 0'
    """
    for key, value in result.items():
        numbers = value if isinstance(value, list) else [value]
        if not all(x is None or _is_number(x) for x in numbers):
            return f"result.{key} = {shown(value)} is not a finite number"
    if asked.get("kind") not in KINDS:
        return None
    for key, value in asked.items():
        if not _may_be_asked(key, value):
            return f"asked.{key} = {shown(value)} is nothing that is asked"
    return next((text for key, value in result.items() if (text := _misfit(key, value))), None)


def _misfit(key: str, value: Any) -> str | None:
    length, here = LENGTHS.get(key), f"result.{key} = {shown(value)}"
    if length is None:
        if isinstance(value, list):
            return f"{here} must be one number"
        numbers = [value]
    elif not isinstance(value, list) or len(value) != length:
        return f"{here} must be {length} numbers"
    else:
        numbers = value
    if None in numbers and key not in UNKNOWN:
        return f"{here} must be known"
    known = [x for x in numbers if x is not None]
    if key.endswith(("_seconds", "_per_second")) and min(known) <= 0:
        return f"{here} must be above 0"
    if key not in SIGNED and min(known, default=0) < 0:
        return f"{here} must not be negative"
    return None


def _may_be_asked(key: str, value: Any) -> bool:
    if key in ("kind", "family", "idle"):
        return isinstance(value, str)
    if key == "closure":
        return value in tuple(map(str, Closure))
    if key == "also":
        return isinstance(value, list) and all(isinstance(word, str) for word in value)
    if key == "density" or key.startswith("e_"):
        return _is_number(value) and 0 <= value <= 1
    # strands, layers, seed, effort, shots, repeat
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def _is_number(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and abs(x) <= MAX_NUMBER
