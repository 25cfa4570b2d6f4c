"""A number of its own that a cost model brings along: for symbols that are not plait's."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Value of one symbol of a model that plait itself does not know.

    Args:
        unit: of the value; "1" for a plain number.
        meaning: what the symbol stands for, in a few words.
        value: above 0. It is the median of what is drawn.
        low, high: range around the value, drawn log-uniformly on either side; neither for a value known exactly.
        basis: measured, fitted, cited or assumed.
        source: where the value comes from.
    """

    unit: str
    meaning: str
    value: float
    low: float | None = None
    high: float | None = None
    basis: str = "assumed"
    source: str
