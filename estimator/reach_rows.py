"""Runs of `plait reach` as rows: for its table, its picture and its JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from plait.calibrations.run_file import Record

Row = dict[str, Any]


def run_rows(records: Iterable[Record]) -> list[Row]:
    """Braids really evaluated, largest first."""
    rows = []
    for record in records:
        asked, result = record["asked"], record["result"]
        if asked.get("kind") != "reach":
            continue
        peak = result.get("peak_bytes")
        rows.append(
            {
                **{key: asked[key] for key in ("family", "closure", "strands", "layers", "seed", "threads")},
                "crossings": result["crossings"],
                "depth": result["depth"],
                "method": record["environment"]["method"],
                "seconds": result["seconds"],
                "gib": None if peak is None else peak / 2**30,
                "value": result["value"],
                "error": result.get("error", result.get("difference")),
                "error_of": "distance from the planted value" if "error" in result else "relative, of two evaluations",
                "basis": "measured",
                "machine": f"{record['environment']['processor']}, {record['date']}",
            }
        )
    return sorted(rows, key=lambda row: (row["family"], row["closure"], -row["crossings"]))


def frontier_rows(records: Iterable[Record], allowance: tuple[float, float, int] | None = None) -> list[Row]:
    """Largest braids predicted to stay within one allowance (seconds, bytes, threads), by family, closure, strands.

    Without an allowance: the one that most records are of.
    """
    found = [record for record in records if record["asked"].get("kind") == "frontier" and record["result"]["layers"]]
    if allowance is None and found:
        known = [_allowance(record) for record in found]
        allowance = max(sorted(set(known)), key=known.count)
    rows = [
        {
            **{key: record["asked"][key] for key in ("family", "closure", "strands", "seed")},
            **{key: record["result"][key] for key in ("layers", "crossings")},
            "predicted_seconds": record["result"]["predicted_seconds"],
            "method": record["environment"]["method"],
            "basis": "predicted, to a factor of two",
        }
        for record in found
        if _allowance(record) == allowance
    ]
    return sorted(rows, key=lambda row: (row["family"], row["closure"], row["strands"]))


def _allowance(record: Record) -> tuple[float, float, int]:
    asked = record["asked"]
    return asked["seconds"], asked["memory"], asked["threads"]


def allowance_in_words(seconds: float, memory: float, threads: int) -> str:
    """An allowance as people say it.

    >>> allowance_in_words(3600.0, 20 * 2.0**30, 2)
    'an hour and 20 GiB on 2 threads'
    """
    time = "an hour" if seconds == 3600 else f"{seconds / 60:g} minutes" if seconds >= 60 else f"{seconds:g} s"
    return f"{time} and {memory / 2**30:.3g} GiB on {threads} thread{'s' * (threads > 1)}"


def machines(rows: Sequence[Row]) -> str:
    """The machines of some runs."""
    return "; ".join(dict.fromkeys(row["machine"] for row in rows)) or "no machine"
