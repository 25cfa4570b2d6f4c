"""Evolution in the path basis against dense matrices and plain loops; the error law of random vectors."""

import itertools
import math
import random
from collections.abc import Sequence

import numpy as np
import pytest

from plait.models import Braid, PlaitError
from plait.models.fibonacci import PHI, crossing_matrix, dimension, fibonacci, is_path
from plait.models.path_basis import PathBasis
from plait.models.runs import Run, merge_runs
from plait.models.state_windows import parts, windows
from plait.models.statevector import Evolution, exact_trace, plat_amplitude, typical_trace

DTYPES = {"complex128": (np.float64, 1e-12), "complex64": (np.float32, 1e-5)}
TAILS: list[tuple[int, ...]] = [(), (1,), (1, 0)]


def random_runs(strands: int, count: int, seed: int) -> list[Run]:
    """Positions and powers drawn evenly."""
    rng = random.Random(seed)
    return [Run(rng.randint(1, strands - 1), rng.randint(1, 9)) for _ in range(count)]


def path_bits(strands: int, tail: tuple[int, ...]) -> np.ndarray:
    """All paths, ascending as integers; shape (paths, n + 1)."""
    grown = [(0, 1)]
    for _ in range(strands - 1):
        grown = [(*path, bit) for path in grown for bit in (0, 1) if path[-1] or bit]
    return np.array([path for path in grown if path[len(path) - len(tail) :] == tail])


def plainly_evolved(bits: np.ndarray, state: np.ndarray, runs: Sequence[Run]) -> np.ndarray:
    """Runs one by one on a state of shape (paths, batch), path by path through the codes of the paths."""
    codes = bits @ (1 << np.arange(bits.shape[1])[::-1])
    for i, power in runs:
        weight = crossing_matrix(power)
        a, b, c = bits[:, i - 1], bits[:, i], bits[:, i + 1]
        turned = codes ^ (1 << (bits.shape[1] - 1 - i))
        partner = np.minimum(np.searchsorted(codes, turned), len(codes) - 1)
        mixed = weight[a, b, b, c][:, None] * state
        state = mixed + (weight[a, b, 1 - b, c] * (codes[partner] == turned))[:, None] * state[partner]
    return state


def evolved(basis: PathBasis, state: np.ndarray, runs: Sequence[Run], dtype: str, threads: int = 1) -> np.ndarray:
    """The same with `Evolution`."""
    evolution = Evolution(basis, runs, batch=state.shape[1], dtype=dtype)
    real, _ = DTYPES[dtype]
    re, im = state.real.astype(real), state.imag.astype(real)
    evolution.apply(re, im, threads=threads)
    return np.asarray(evolution.phase * (re + 1j * im))


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("strands", range(2, 11))
def test_the_basis_is_the_paths_in_order(strands: int, tail: tuple[int, ...]) -> None:
    """Sizes, last bits and the starts of the blocks of every level, against a list of all bit strings."""
    words = itertools.product((0, 1), repeat=strands + 1)
    paths = [path for path in words if is_path(path) and path[strands + 1 - len(tail) :] == tail]
    basis = PathBasis(strands, tail)
    assert basis.dimension == len(paths)
    assert basis.last_bits().tolist() == [path[-1] == 1 for path in paths]
    for level in range(strands + 1):
        first: dict[tuple[int, ...], int] = {}
        for index, path in enumerate(paths):
            first.setdefault(path[: level + 1], index)
        for bit in (0, 1):
            sizes = int(basis.ways[strands - level, bit])
            starts = basis.starts(level, bit).tolist() if sizes else []
            assert starts == [index for prefix, index in first.items() if prefix[-1] == bit]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("strands", "batch", "tail"),
    [
        (2, 1, ()),
        (5, 1, (1, 0)),
        (9, 3, ()),
        (12, 1, (1,)),
        (16, 40, ()),
        (17, 80, (1,)),
        (18, 24, (1, 0)),
        (21, 1, ()),
        (22, 1, ()),
        (22, 1, (1,)),
        (23, 1, (1, 0)),
        (24, 1, ()),
    ],
)
def test_evolution_equals_plain_loops(strands: int, batch: int, tail: tuple[int, ...], dtype: str) -> None:
    """In place and by windows, at every position, to rounding."""
    runs = random_runs(strands, 6 * strands, strands + batch)
    rng = np.random.default_rng(strands)
    bits = path_bits(strands, tail)
    state = rng.normal(size=(len(bits), batch)) + 1j * rng.normal(size=(len(bits), batch))
    expected = plainly_evolved(bits, state, runs)
    found = evolved(PathBasis(strands, tail), state, runs, dtype)
    _, tolerance = DTYPES[dtype]
    assert np.abs(found - expected).max() < tolerance * np.abs(state).max()
    if strands > 20:
        assert np.array_equal(found, evolved(PathBasis(strands, tail), state, runs, dtype, threads=3))


@pytest.mark.parametrize(("strands", "batch"), [(22, 1), (31, 1), (16, 32), (24, 64)])
def test_every_window_holds_every_amplitude_once(strands: int, batch: int) -> None:
    """The parts of a window split the state; every position lies inside a window."""
    basis = PathBasis(strands)
    covered: set[int] = set()
    for low, high in windows(basis, batch):
        covered |= set(range(low + 1, high))
        if strands < 30:
            seen = np.zeros(basis.dimension * batch, np.int64)
            for part in parts(basis, batch, low, high, 4):
                seen[np.add.outer(np.add.outer(part.prefixes, part.rows), np.arange(part.columns))] += 1
                alike = len(part.prefixes) if part.across else part.columns
                assert part.units == -(-alike // part.lanes) * (1 if part.across else len(part.prefixes))
            assert (seen == 1).all()
    assert covered == set(range(1, strands))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("strands", [2, 3, 6, 9, 12])
def test_traces_and_amplitudes_equal_dense_matrices(strands: int, dtype: str) -> None:
    """Exact trace, on one thread and two, and plat amplitude of an identity matrix evolved by plain loops."""
    runs = random_runs(strands, 30, strands)
    bits = path_bits(strands, ())
    matrix = plainly_evolved(bits, np.eye(len(bits), dtype=complex), runs)
    weights = PHI ** (bits[:, -1] - strands)
    _, tolerance = DTYPES[dtype]
    for batch, threads in ((64, 1), (7, 2)):
        found = exact_trace(strands, runs, batch, dtype=dtype, threads=threads)
        assert abs(found - (weights * np.diag(matrix)).sum()) < tolerance
    if strands % 2 == 0:
        assert abs(plat_amplitude(strands, runs, dtype=dtype) - matrix[0, 0]) < tolerance


def test_inverse_words_and_the_relations_of_the_braid_group() -> None:
    """Wide states, where no matrix is at hand: a word and its inverse, sigma_1 sigma_2 sigma_1, sigma^10."""
    assert abs(plat_amplitude(26, []) - 1) < 1e-12
    rng = random.Random(3)
    word = [rng.choice((1, -1)) * rng.randint(1, 25) for _ in range(150)]
    there = [Run(abs(x), 1 if x > 0 else 9) for x in word]
    back = [Run(i, 10 - power) for i, power in there[::-1]]
    assert abs(plat_amplitude(26, there + back) - 1) < 1e-12
    assert abs(plat_amplitude(26, there + back, dtype="complex64", threads=2) - 1) < 1e-5
    value = plat_amplitude(26, there)
    assert abs(plat_amplitude(26, merge_runs(word)) - value) < 1e-12
    for i in (1, 12, 24):
        one, other = [Run(i, 1), Run(i + 1, 1), Run(i, 1)], [Run(i + 1, 1), Run(i, 1), Run(i + 1, 1)]
        first, second = (plat_amplitude(26, there[:60] + middle + there[60:]) for middle in (one, other))
        assert abs(first - second) < 1e-12


@pytest.mark.parametrize("strands", [10, 12, 14])
@pytest.mark.parametrize("kind", ["shallow", "brickwall", "deep", "one strand"])
def test_the_error_law_of_random_vectors(strands: int, kind: str) -> None:
    """Root-mean-square errors of 400 vectors stay below the law, come near it on deep braids, match the spread.

    The bound on the variance is exact, so only the scatter of 400 squares (5 %, 3 sigma = 15 %) may exceed it.
    """
    words: dict[str, Sequence[int]] = {
        "shallow": tuple(range(1, strands)),
        "brickwall": Braid.brickwall(strands, strands, seed=1).word,
        "deep": Braid.brickwall(strands, 6 * strands, seed=2).word,
        "one strand": (1,),
    }
    runs = merge_runs(words[kind])
    found = typical_trace(strands, runs, vectors=400, seed=strands)
    errors = np.abs(found.estimates - exact_trace(strands, runs))
    measured = math.sqrt(float((errors**2).mean()) * dimension(strands))
    assert measured < 1.05 * 1.15
    if kind == "deep":
        assert measured > 0.85
    if kind == "one strand":  # almost diagonal: the law is a bound, not an estimate
        assert measured < 0.7
    assert found.spread_error is not None
    assert found.spread_error == pytest.approx(measured / math.sqrt(400 * dimension(strands)), rel=0.1)
    assert found.standard_error == 1.05 / math.sqrt(400 * dimension(strands))


def test_intervals_hold_the_exact_trace() -> None:
    """Of 60 intervals at 80 % from 5 vectors each, few enough miss; the radius grows as delta falls."""
    missed = 0
    for seed in range(60):
        runs = Braid.brickwall(11, 8, seed=seed).runs("markov")
        found = typical_trace(11, runs, vectors=5, seed=seed)
        missed += abs(found.value - exact_trace(11, runs)) > found.radius(0.2)
    assert missed <= 20  # at most 12 expected
    assert found.radius(0.01) > found.radius(0.05) > found.standard_error


def test_estimates_do_not_depend_on_how_they_are_computed() -> None:
    """Threads change nothing, complex64 only rounds, and more vectors begin with the same ones."""
    for strands in (9, 23):
        runs = Braid.brickwall(strands, 12, seed=4).runs("markov")
        three = typical_trace(strands, runs, vectors=3, seed=5)
        assert np.array_equal(three.estimates, typical_trace(strands, runs, vectors=3, seed=5, threads=2).estimates)
        single = typical_trace(strands, runs, vectors=3, seed=5, dtype="complex64")
        assert np.abs(single.estimates - three.estimates).max() < 1e-5
        one = typical_trace(strands, runs, vectors=1, seed=5)
        assert abs(one.value - three.estimates[0]) < 1e-12
        assert one.spread_error is None
        assert one.standard_error == pytest.approx(1.05 / math.sqrt(fibonacci(strands + 1)))


def test_wrong_options_are_refused() -> None:
    """Unknown precision by all three functions, at once; no vectors; no threads; more paths than can be counted."""
    calls = (
        lambda: exact_trace(1, [], dtype="float64"),
        lambda: typical_trace(4, [], vectors=1, seed=0, dtype="float64"),
        lambda: plat_amplitude(4, [], dtype="float64"),
    )
    for call in calls:
        with pytest.raises(PlaitError, match="complex64"):
            call()
    with pytest.raises(PlaitError, match="vectors = 0"):
        typical_trace(4, [], vectors=0, seed=0)
    for threaded in (exact_trace, plat_amplitude):
        with pytest.raises(PlaitError, match="threads = 0"):
            threaded(4, [], threads=0)
    with pytest.raises(PlaitError, match="threads = 0"):
        typical_trace(4, [], vectors=1, seed=0, threads=0)
    with pytest.raises(PlaitError, match="91 strands"):
        PathBasis(91)
    assert PathBasis(90, (1,)).dimension == fibonacci(90)
