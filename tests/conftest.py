"""One hypothesis profile for every test (the same examples each time, no deadline), and a cache of its own."""

import os
import sys
import tempfile
from collections.abc import Iterator

import cupy_stand_in
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "plait", derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("plait")
os.environ["PLAIT_CACHE"] = tempfile.mkdtemp(prefix="plait-cache-")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """numpy in cupy's place, and what was compiled for another forgotten."""
    from plait.models import constrained_gpu, state_gpu

    monkeypatch.setitem(sys.modules, "cupy", cupy_stand_in.module())
    for cached in (state_gpu._kernels, constrained_gpu._place):
        cached.cache_clear()
    yield
    for cached in (state_gpu._kernels, constrained_gpu._place):
        cached.cache_clear()
