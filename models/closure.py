"""The two ways plait closes a braid into a link."""

from enum import StrEnum

from plait.models.errors import PlaitError, shown


class Closure(StrEnum):
    """How the ends of a braid are joined.

    MARKOV joins strand j's top to strand j's bottom (the trace closure; DQC1-complete to evaluate).
    PLAT joins neighbours (1,2)(3,4)... at both ends (BQP-complete to evaluate; needs an even number of strands).

    >>> Closure.parse("plat")
    <Closure.PLAT: 'plat'>
    """

    MARKOV = "markov"
    PLAT = "plat"

    @classmethod
    def parse(cls, text: object) -> "Closure":
        """Read a closure by name.

        Raises:
            PlaitError: not one of the names.
        """
        if isinstance(text, cls):
            return text
        if isinstance(text, str) and text.lower() in cls._value2member_map_:
            return cls(text.lower())
        raise PlaitError(f"closure = {shown(text)} is not a closure; known: {', '.join(cls)}")
