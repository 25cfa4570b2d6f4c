"""A line in words: from where on each quantum contender is ahead."""

from collections.abc import Sequence
from typing import Any

from plait.estimator.study import Study
from plait.models import Side


def line_verdict(study: Study, boundary: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each quantum contender, closure and family.

    Args:
        study: with a line.
        boundary: entries of `plait.estimator.line.along_line`, of all its families.
    """
    last = study.line.places()[-1] if study.line else 0
    return [_sentence(contender.name, boundary, last) for contender in study.side(Side.QUANTUM)]


def _sentence(name: str, boundary: Sequence[dict[str, Any]], last: int) -> str:
    """Where a quantum contender is ahead."""
    entries = [entry for entry in boundary if entry["contender"] == name and entry["kind"] == "enter"]
    if not entries:
        return f"{name}: ahead in no draw up to {last:,} crossings."
    return " ".join(f"{name}, {entry['family']}, {entry['closure']}: {_where(entry, last)}." for entry in entries)


def _where(entry: dict[str, Any], last: int) -> str:
    low, middle, high = (entry[f"crossings_{mark}"] for mark in ("p05", "p50", "p95"))
    if middle is None:
        if entry["censored"] == "below":
            return "ahead along the whole line in half of the draws or more"
        return f"not ahead up to {last:,} crossings in half of the draws (p = {entry['p_entered']:.2f} that it is)"
    ends = ""
    if low != high:
        ends = f" [{'below the line' if low is None else f'{low:,.0f}'} .. {f'{high:,.0f}' if high else 'never'}]"
    return f"ahead from {middle:,.0f} crossings on{ends}, {entry['strands_p50']:.1f} strands"
