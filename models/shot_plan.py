"""Which circuits an experiment runs, how often: paths drawn as the trace weighs them, shots split between the parts."""

import random
from collections import Counter
from typing import NamedTuple

from plait.models.braid import check_int, check_strands
from plait.models.closure import Closure
from plait.models.paths import plat_path, sample_path

MAX_SHOTS = 100_000_000


class Batch(NamedTuple):
    """Shots of one circuit.

    Args:
        s: the path, n+1 bits from s_0 = 0.
        imaginary: whether the circuit measures Im z_s.
        shots: how often it is run, at least 1.
    """

    s: tuple[int, ...]
    imaginary: bool
    shots: int


def shot_plan(strands: int, closure: Closure | str, shots: int, *, seed: int = 0) -> tuple[Batch, ...]:
    """Spread shots over parts and paths.

    Half of the shots measure the real part, half the imaginary one; of an odd number the real part gets one more, so
    none is lost. Each shot of the Markov closure draws its own path, with weight phi^{s_n}; the plat closure has one.

    Args:
        strands: n.
        closure: Markov or plat.
        shots: in all, 1..MAX_SHOTS.
        seed: of the draws.

    Returns:
        Batches, the real part first, paths in ascending order; their shots add up to `shots`.

    Raises:
        PlaitError: shots, strands or seed out of range, or plat of an odd number of strands.

    >>> [(batch.imaginary, batch.shots) for batch in shot_plan(4, "plat", 7)]
    [(False, 4), (True, 3)]
    """
    check_strands(strands)
    check_int("shots", shots, 1, MAX_SHOTS)
    check_int("seed", seed, 0, 2**63 - 1)
    halves = (shots - shots // 2, shots // 2)
    if Closure.parse(closure) is Closure.PLAT:
        parts = [Counter({plat_path(strands): count}) for count in halves]
    else:
        rng = random.Random(seed)
        parts = [Counter(sample_path(strands, rng) for _ in range(count)) for count in halves]
    return tuple(
        Batch(s, bool(imaginary), count)
        for imaginary, counted in enumerate(parts)
        for s, count in sorted(counted.items())
        if count
    )
