"""T factories as Microsoft's resource estimator builds them: a table of its runs, made by benchmarks/t_factories.py."""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from plait.models import PlaitError

DATA = Path(__file__).parent / "data" / "t_factories.jsonl"


class TFactory(NamedTuple):
    """One factory, which turns out one T state a run.

    Args:
        qubits: physical ones.
        cycles: code cycles of one run.
        error: probability that its T state is faulty.
        distance: largest code distance inside; the algorithm's is no smaller.
    """

    qubits: int
    cycles: float
    error: float
    distance: int


@cache
def t_factories(hardware: str) -> tuple[TFactory, ...]:
    """All factories of one named qubit model, largest error first.

    Raises:
        PlaitError: the table has none for it.

    >>> t_factories("gate-ns-e4")[0].error < 1e-4
    True
    """
    found: list[TFactory] = []
    known: dict[str, None] = {}
    for line in DATA.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        known[record["hardware"]] = None
        if record["hardware"] == hardware and record["states"] == 1:
            found.append(TFactory(*(record[name] for name in TFactory._fields)))
    if not found:
        raise PlaitError(f"hardware = {hardware!r} has no T factories; known: {', '.join(known)}")
    return tuple(sorted(found, key=lambda one: (-one.error, one.qubits * one.cycles)))


def pick(hardware: str, allowed: float, distance: int) -> TFactory | None:
    """The factory of least qubits times cycles among those with no more error and no larger distance; None if none.

    That is the estimator's choice wherever the algorithm takes longer than one run.
    """
    fitting = [one for one in t_factories(hardware) if one.error <= allowed and one.distance <= distance]
    return min(fitting, key=lambda one: one.qubits * one.cycles, default=None)
