"""Spreading shots over parts and paths: none lost, paths with their exact weight."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.models import Closure, PlaitError
from plait.models.fibonacci import PHI, fibonacci, is_path
from plait.models.shot_plan import shot_plan


@given(st.integers(1, 12), st.sampled_from(Closure), st.integers(1, 500), st.integers(0, 99))
def test_no_shot_is_lost(strands: int, closure: Closure, shots: int, seed: int) -> None:
    """Also of odd numbers and of one; the parts differ by at most one shot; every path is one."""
    strands *= 2 if closure is Closure.PLAT else 1
    plan = shot_plan(strands, closure, shots, seed=seed)
    parts = [sum(batch.shots for batch in plan if batch.imaginary is part) for part in (False, True)]
    assert sum(parts) == shots
    assert 0 <= parts[0] - parts[1] <= 1
    assert all(batch.shots > 0 and is_path(batch.s) and len(batch.s) == strands + 1 for batch in plan)
    assert len({(batch.s, batch.imaginary) for batch in plan}) == len(plan)
    assert plan == shot_plan(strands, closure, shots, seed=seed)


def test_paths_have_their_weight() -> None:
    """Chi-square over all paths of 6 strands: P(s) = phi^{s_n - n}."""
    shots = 100_000
    seen: Counter[tuple[int, ...]] = Counter()
    for batch in shot_plan(6, "markov", shots, seed=3):
        seen[batch.s] += batch.shots
    assert len(seen) == fibonacci(7)
    chi_square = sum(
        (count - shots * PHI ** (s[-1] - 6)) ** 2 / (shots * PHI ** (s[-1] - 6)) for s, count in seen.items()
    )
    assert chi_square < 32.9  # 12 degrees of freedom, one in a thousand


def test_the_two_parts_have_paths_of_their_own() -> None:
    """Independent draws: the same paths for both parts would correlate their errors."""
    plan = shot_plan(12, "markov", 40, seed=0)
    assert {b.s for b in plan if b.imaginary} != {b.s for b in plan if not b.imaginary}


@pytest.mark.parametrize("shots", [0, -1, 1.5, True, 10**9])
def test_numbers_that_are_no_number_of_shots(shots: object) -> None:
    """A message that names the range."""
    with pytest.raises(PlaitError, match="shots"):
        shot_plan(4, "plat", shots)  # type: ignore[arg-type]
