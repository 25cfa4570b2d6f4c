"""The one exception of plait, and how its messages quote what came."""

SHOWN = 60
"""Characters of a value that a message quotes."""


class PlaitError(ValueError):
    """A mistake the caller can mend: says what was expected, what came, where, and what to do.

    The command line prints the message on one line and exits with code 2.

    >>> str(PlaitError("eps = 0 must be above 0"))
    'eps = 0 must be above 0'
    """


def shown(value: object) -> str:
    """`value` as a message quotes it: one line, of bounded length, whatever it is.

    >>> shown("abc"), shown(10**5000)
    ("'abc'", 'an int of 16610 bits')
    """
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 4 * SHOWN:
        return f"an int of {value.bit_length()} bits"
    if isinstance(value, str) and len(value) > SHOWN:
        value = value[:SHOWN] + "..."
    try:
        text = " ".join(repr(value).split())
    except Exception as error:  # a foreign object's repr may do anything
        text = f"a {type(value).__name__} whose repr fails ({type(error).__name__})"
    return text if len(text) <= 2 * SHOWN else text[:SHOWN] + "..."
