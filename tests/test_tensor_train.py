"""Tensor trains: exact when nothing is cut, bonds that are Fibonacci numbers, errors within what is promised."""

import random

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from plait.models import Braid, Closure, PlaitError
from plait.models.fibonacci import fibonacci
from plait.models.mps import Outgrown, Train
from plait.models.planted import planted
from plait.models.runs import Run, closed_runs, merge_cyclically
from plait.models.statevector import exact_trace, plat_amplitude
from plait.models.tensor_train import TrainValue, mpo_trace, mps_amplitude


def random_runs(strands: int, count: int, seed: int) -> list[Run]:
    """Runs at random, unmerged: equal positions may follow each other."""
    rng = random.Random(seed)
    return [Run(rng.randint(1, strands - 1), rng.randint(1, 9)) for _ in range(count)]


def train_value(braid: Braid, closure: Closure, max_bond: int | None = None) -> tuple[TrainValue, complex]:
    """What the trains of a braid give, and E of the braid by them."""
    closed = closed_runs(braid, closure)
    if closure is Closure.PLAT:
        found = mps_amplitude(braid.strands, closed.runs, max_bond=max_bond)
    else:
        found = mpo_trace(braid.strands, merge_cyclically(closed.runs), max_bond=max_bond)
    return found, closed.phase * found.value


@settings(max_examples=40)
@given(st.integers(2, 8), st.integers(0, 60), st.integers(0, 2**32))
def test_trace_equals_exact_trace(strands: int, count: int, seed: int) -> None:
    """Any word, any powers: the folded train gives the trace that a state vector gives column by column."""
    runs = random_runs(strands, count, seed)
    found = mpo_trace(strands, runs)
    assert abs(found.value - exact_trace(strands, runs)) < 1e-11
    assert abs(found.raw - found.value) < 1e-11


@settings(max_examples=40)
@given(st.sampled_from((2, 4, 6, 8, 10)), st.integers(0, 80), st.integers(0, 2**32))
def test_amplitude_equals_state_vector(strands: int, count: int, seed: int) -> None:
    """Any word, any powers."""
    runs = random_runs(strands, count, seed)
    assert abs(mps_amplitude(strands, runs).value - plat_amplitude(strands, runs)) < 1e-11


def test_one_strand_and_empty_words() -> None:
    """Circles without a crossing have E = 1."""
    assert mpo_trace(1, ()).value == 1
    assert abs(mpo_trace(50, ()).value - 1) < 1e-12
    assert abs(mps_amplitude(50, ()).value - 1) < 1e-12


@pytest.mark.parametrize(("strands", "layers", "bond"), [(40, 40, 400), (60, 40, 400)])
@pytest.mark.parametrize("closure", list(Closure))
def test_wide_braids_of_known_value(strands: int, layers: int, bond: int, closure: Closure) -> None:
    """Hundreds of crossings in disguise, far beyond state vectors: exact, on bonds that stay small."""
    made = planted(strands, layers, seed=1)
    found, value = train_value(made.braid, closure)
    assert abs(value - made.normalised(closure)) < 1e-11
    assert found.max_bond <= bond


@pytest.mark.parametrize("strands", [6, 8, 10])
def test_full_bonds_are_fibonacci_numbers(strands: int) -> None:
    """A deep braid fills every bond: F_{k+1} paths of k strands to either height, at the middle."""
    runs = random_runs(strands, 40 * strands, seed=3)
    half = strands // 2
    assert mps_amplitude(strands, runs).max_bond == fibonacci(half + 1)
    assert mpo_trace(strands, runs).max_bond == fibonacci(2 * half + 1)


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize("seed", range(4))
def test_errors_of_truncated_runs(closure: Closure, seed: int) -> None:
    """The proven bound holds, so does the estimate; a wider bond keeps more; the limit on the bond is kept."""
    made = planted(14, 30, seed)
    exact = made.normalised(closure)
    full = train_value(made.braid, closure)[0].max_bond
    fidelities = []
    for max_bond in (max(1, full // 4), full // 2, 3 * full // 4, full):
        found, value = train_value(made.braid, closure, max_bond)
        phase = value / found.value
        assert found.max_bond <= max_bond
        assert abs(phase * found.raw - exact) <= found.bound + 1e-11
        assert abs(value - exact) <= found.error + 1e-11
        assert abs(found.raw - found.fidelity * found.value) < 1e-12
        fidelities.append(found.fidelity)
    assert fidelities == sorted(fidelities)
    assert fidelities[0] < 0.99
    assert fidelities[-1] == pytest.approx(1, abs=1e-11)


def test_cutoff_bounds_each_update() -> None:
    """No update discards more than the cutoff, and a larger cutoff discards more."""
    runs = merge_cyclically(Braid.brickwall(14, 40, seed=0).runs(Closure.MARKOV))
    bonds = []
    for cutoff in (0, 1e-3, 1e-2):
        found = mpo_trace(14, runs, cutoff=cutoff)
        assert found.discarded <= cutoff
        bonds.append(found.max_bond)
    assert bonds == sorted(bonds, reverse=True)
    assert bonds[0] > bonds[-1]


@pytest.mark.parametrize("cell", [1, 2])
@pytest.mark.parametrize("rightwards", [True, False])
def test_norm_is_that_of_the_state(cell: int, rightwards: bool) -> None:
    """Truncation in canonical form: the norm that is kept account of is the norm of the train."""
    train = Train(12, cell, max_bond=6, cutoff=0.0)
    for position, power in random_runs(12, 120, seed=5):
        train.apply(position, power, rightwards)
    assert train.norm < 0.98
    assert train.overlap(train) == pytest.approx(train.norm**2, rel=1e-10)
    assert train.widest == 6


def test_same_run_same_bits() -> None:
    """Nothing is random."""
    runs = Braid.brickwall(12, 40, seed=2).runs(Closure.PLAT)
    assert mps_amplitude(12, runs, max_bond=6) == mps_amplitude(12, runs, max_bond=6)


def test_work_and_updates_are_counted() -> None:
    """One run on two strands: one decomposition of 1 x 1 for each of the two charges between the strands."""
    found = mpo_trace(2, (Run(1, 3),))
    assert (found.updates, found.work, found.discarded, found.bound) == (1, 2, 0.0, 0.0)
    assert found.bytes == 16 * (2 + 4)  # 1 x 1 blocks: a way over each site in one train, two in the other
    assert (found.fidelity, found.error) == (pytest.approx(1), pytest.approx(0, abs=1e-15))


def test_slower_decomposition_where_the_fast_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same value when divide and conquer does not converge."""
    runs = random_runs(6, 40, seed=1)
    expected = mpo_trace(6, runs).value
    svd = scipy.linalg.svd

    def failing(*args: object, lapack_driver: str = "gesdd", **options: object) -> object:
        if lapack_driver == "gesdd":
            raise np.linalg.LinAlgError("did not converge")
        return svd(*args, lapack_driver=lapack_driver, **options)

    monkeypatch.setattr(scipy.linalg, "svd", failing)
    assert abs(mpo_trace(6, runs).value - expected) < 1e-12


def test_mistakes_are_named() -> None:
    """What was expected and what came."""
    with pytest.raises(PlaitError, match="strands = 3: the plat closure needs an even number"):
        mps_amplitude(3, ())
    with pytest.raises(PlaitError, match="max_bond = 0 is out of range"):
        mps_amplitude(4, (), max_bond=0)
    with pytest.raises(PlaitError, match=r"max_bond = 2\.5 must be an integer"):
        mpo_trace(4, (), max_bond=2.5)  # type: ignore[arg-type]
    for cutoff in (1, -0.1, float("nan"), True, "small"):
        with pytest.raises(PlaitError, match=r"cutoff = .* must be a share of the norm squared"):
            mpo_trace(4, (), cutoff=cutoff)  # type: ignore[arg-type]
    with pytest.raises(PlaitError, match=r"runs\[1\]\.position = 4 is out of range; expected 1\.\.3"):
        mpo_trace(4, (Run(1, 1), Run(4, 1)))
    with pytest.raises(PlaitError, match=r"runs\[0\]\.power = 10 is out of range; expected 1\.\.9"):
        mpo_trace(4, (Run(1, 10),))


def test_memory_and_work_are_guarded() -> None:
    """Trains, a single update and their work are refused beyond their limits, and allowed within."""
    runs = random_runs(12, 400, seed=0)
    whole = mpo_trace(12, runs)
    for limit in (30_000, 0.9 * whole.bytes):
        with pytest.raises(Outgrown, match=r"the trains outgrow .* GiB at bond \d+; give a smaller max_bond"):
            mpo_trace(12, runs, max_bytes=limit)
    with pytest.raises(Outgrown, match=r"more than the .* multiplications allowed, at bond \d+"):
        mpo_trace(12, runs, max_work=whole.work / 4)
    told: list[tuple[int, int]] = []
    again = mpo_trace(
        12, runs, max_bytes=50 * whole.bytes, max_work=2.0 * whole.work, progress=lambda *now: told.append(now)
    )
    assert again == whole
    assert told[-1] == (400, 400)
    assert told == sorted(told)
