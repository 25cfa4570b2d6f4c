"""One hypothesis profile for every test (the same examples each time, no deadline), and a cache of its own."""

import os
import tempfile

from hypothesis import HealthCheck, settings

settings.register_profile(
    "plait", derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("plait")
os.environ["PLAIT_CACHE"] = tempfile.mkdtemp(prefix="plait-cache-")
