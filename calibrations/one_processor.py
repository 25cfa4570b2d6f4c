"""Runs of one processor out of those of several: seconds of different machines are never fitted together."""

from collections.abc import Sequence

from plait.calibrations.run_file import Record, processor_of
from plait.models import PlaitError


def of_one_processor(records: Sequence[Record], name: str | None = None) -> list[Record]:
    """Runs of one processor, and counts of simulated noise, which are of none; one of each id.

    Args:
        records: of `plait.calibrations.measure` or `plait.calibrations.run_file.load`.
        name: the processor, or a part of its name that no other has; None if there is only one.

    Raises:
        PlaitError: several, and the name fits none or more than one of them.
    """
    timed = [record for record in records if record["asked"].get("kind") != "noise"]
    known = sorted({processor_of(record) for record in timed})
    fitting = [one for one in known if name is None or name.casefold() in one.casefold()]
    exact = [one for one in fitting if one == name]
    if len(exact or fitting) > 1 or (known and not fitting):
        listed = "; ".join(f"{one}: {sum(processor_of(record) == one for record in timed)}" for one in known)
        raise PlaitError(
            f"expected the runs of one processor{'' if name is None else f' named {name!r}'}, found {listed}; "
            "name one of them with --processor"
        )
    chosen: dict[str, Record] = {}
    for record in records:
        if record["asked"].get("kind") == "noise" or processor_of(record) in (exact or fitting):
            chosen.setdefault(record["id"], record)
    return list(chosen.values())


def in_company(records: Sequence[Record]) -> int:
    """How many runs were timed while others ran on the same machine."""
    return sum(record["environment"].get("together", "1") not in ("1", "unknown") for record in records)
