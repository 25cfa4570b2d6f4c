"""One hypothesis profile for every test: the same examples each time, no deadline on slow machines."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "plait", derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("plait")
