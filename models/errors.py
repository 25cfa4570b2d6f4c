"""The one exception of plait."""


class PlaitError(ValueError):
    """A mistake the caller can mend: says what was expected, what came, where, and what to do.

    The command line prints the message on one line and exits with code 2.

    >>> str(PlaitError("eps = 0 must be above 0"))
    'eps = 0 must be above 0'
    """
