"""The text of a calibration file: one JSON object, an entry a line, and the checksum of every line.

    {
    "profile":"shipped",
    "constants":{
    "t_step":{"value":1.7e-05,"unit":"s","basis":"fitted","source":"timings of 1838 braids, one thread"},
    ...
    },
    "sums":["<line 1>","<line 2>",...]
    }

A line that changed on disk is told by its number. Files without "sums", of earlier versions, are read, too.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plait.models import PlaitError
from plait.models.errors import shown

LEVELS: Mapping[str, int] = {
    "constants": 1,
    "draws": 1,
    "residuals": 2,
    "choices": 2,
    "spread": 2,
    "places": 1,
    "laws": 1,
}
"""Key -> levels of objects below it of which every entry has a line of its own."""
SUMS = "sums"
ADVICE = "take an undamaged copy, or fit it again from its runs: plait calibrate --budget 0 --runs RUNS -o FILE"


def written(content: Mapping[str, Any]) -> str:
    """The file's text.

    Args:
        content: what JSON can hold, without "sums".

    >>> print(written({"profile": "x", "laws": {"fib": {"form": ""}}}), end="")
    {
    "profile":"x",
    "laws":{
    "fib":{"form":""}
    },
    "sums":["021fb596db81e6d0","724c882f92d9fb45","e58cdecc51111ca3","94f1a8908256285a","e52a1813c4604951"]
    }
    """
    lines = ["{"]
    for key, value in content.items():
        lines += _entry(key, value, LEVELS.get(key, 0))
        lines[-1] += ","
    return "\n".join([*lines, f'"{SUMS}":{_text([_checksum(line) for line in lines])}', "}", ""])


def read(text: str, path: Path) -> tuple[dict[str, Any], bool]:
    """What such a text holds, and whether it had checksums.

    Raises:
        PlaitError: no JSON object, or a line does not add up to its checksum; with file and line.
    """
    try:
        held = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}" if text.strip() else str(path)
        what = f"{error.msg}, column {error.colno}"
        raise PlaitError(f"{where}: not JSON ({what}); make one with plait calibrate") from error
    except (ValueError, RecursionError) as error:
        raise PlaitError(f"{path}: not JSON ({str(error)[:80]}); make one with plait calibrate") from error
    if not isinstance(held, dict):
        raise PlaitError(f"{path}: expected a JSON object, got {type(held).__name__}; not a calibration of plait")
    if SUMS not in held:
        return held, False
    _verify(text, held.pop(SUMS), path)
    return held, True


def place(text: str, path: Path, keys: Sequence[str | int]) -> str:
    """File, and line of what stands under nested keys, as far as they are found."""
    at, found = 0, False
    for key in keys:
        here = re.compile(re.escape(json.dumps(key)) + r"\s*:").search(text, at) if isinstance(key, str) else None
        if here:
            at, found = here.end(), True
    return f"{path}, line {text.count(chr(10), 0, at) + 1}" if found else str(path)


def _verify(text: str, sums: Any, path: Path) -> None:
    lines = [line.rstrip("\r") for line in text.rstrip().split("\n")]
    if not isinstance(sums, list) or not all(isinstance(one, str) for one in sums):
        raise PlaitError(f"{path}, line {len(lines) - 1}: {SUMS} must be the checksums of the lines; {ADVICE}")
    for number, (line, own) in enumerate(zip(lines, sums, strict=False), 1):
        if _checksum(line) != own:
            raise PlaitError(
                f"{path}, line {number}: does not add up to its checksum, it was altered or damaged "
                f"({shown(line[:40])}); {ADVICE}"
            )
    if lines[len(sums) :] != [f'"{SUMS}":{_text(sums)}', "}"]:
        raise PlaitError(f"{path}, line {len(sums) + 1}: expected the {SUMS} of the lines above and the end; {ADVICE}")


def _entry(key: str, value: Any, levels: int) -> list[str]:
    """Lines of one key, without the comma behind."""
    if not levels or not value:
        return [f"{_text(key)}:{_text(value)}"]
    inner: list[str] = []
    for name, below in value.items():
        inner += _entry(name, below, levels - 1)
        inner[-1] += ","
    inner[-1] = inner[-1][:-1]
    return [f"{_text(key)}:{{", *inner, "}"]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _checksum(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {shown(next(key for key in found if keys.count(key) > 1))} comes twice")
    return found
