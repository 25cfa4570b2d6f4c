"""State evolutions of one closed braid: one random vector, the exact trace, or the plat amplitude."""

from typing import Any

from plait.calibrations.timing import timed
from plait.models import Closure
from plait.models.fibonacci import fibonacci
from plait.models.runs import Run

STATE_LIMIT = 1e9
"""Amplitude updates up to which an evolution is run and timed (about a second)."""


def states(strands: int, runs: tuple[Run, ...], closure: Closure) -> tuple[dict[str, Any], complex | None]:
    """Seconds and amplitudes of the evolutions that are affordable, and the exact value without the phase, if any."""
    from plait.models.statevector import exact_trace, plat_amplitude, typical_trace

    result: dict[str, Any] = {}

    def affordable(amplitudes: int) -> bool:
        return amplitudes * max(1, len(runs)) <= STATE_LIMIT

    if closure is Closure.PLAT:
        amplitudes = fibonacci(strands - 1)
        if not affordable(amplitudes):
            return result, None
        value, seconds = timed(lambda: plat_amplitude(strands, runs))
        return {"state_seconds": seconds, "state_amplitudes": amplitudes}, value
    if affordable(fibonacci(strands + 1)):
        _, seconds = timed(lambda: typical_trace(strands, runs, vectors=1, seed=0))
        result |= {"typical_seconds": seconds, "typical_amplitudes": fibonacci(strands + 1)}
    amplitudes = fibonacci(2 * strands - 1)
    if not affordable(amplitudes):
        return result, None
    value, seconds = timed(lambda: exact_trace(strands, runs))
    return {**result, "state_seconds": seconds, "state_amplitudes": amplitudes}, value
