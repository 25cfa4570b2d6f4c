"""Compiling kernels: numba with its disk cache, or without it where no place can be written to. Imports numba."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(**options: Any) -> Callable[[F], F]:
    """Decorator: compile without the interpreter lock; later processes load the result from the cache if there is one.

    Args:
        options: of numba.njit, e.g. fastmath.
    """

    def wrap(function: F) -> F:
        try:
            return cast(F, numba.njit(cache=True, nogil=True, **options)(function))
        except RuntimeError:  # a read-only installation and no home: compile anew in every process
            return cast(F, numba.njit(nogil=True, **options)(function))

    return wrap
