"""Kernels compile where nothing can be written."""

from typing import Any

import numba
import pytest

from plait.models.jit import compiled


def test_kernels_compile_without_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """numba raises where no cache can be written (read-only installation, no home); the kernel runs all the same."""
    plain = numba.njit

    def refuse(*args: Any, cache: bool = False, **options: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return plain(*args, **options)

    monkeypatch.setattr(numba, "njit", refuse)

    @compiled(fastmath=True)
    def add(x: int, y: int) -> int:
        return x + y

    assert add(2, 3) == 5
