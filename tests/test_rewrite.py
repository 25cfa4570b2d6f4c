"""Rewritten words: the same operator by dense matrices written down here, and never more gates."""

import cmath
import itertools
import math
import random
from functools import cache
from statistics import mean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plait.models import Braid, Closure, PlaitError
from plait.models.echo import cfev_circuit, echo_value, layers, run_depth
from plait.models.echo_plan import GATE_SETS
from plait.models.paths import plat_path, sample_path
from plait.models.rewrite import echo_gates, rewrite_runs
from plait.models.rewrite_kernel import FORMS, POWER, count_gates, merge, propose, work_space
from plait.models.runs import Run, closed_runs, merge_runs

PHI = (1 + math.sqrt(5)) / 2
A = cmath.exp(3j * math.pi / 5)
Runs = tuple[Run, ...]
Path = tuple[int, ...]


def paths(n: int) -> list[Path]:
    """All bit strings s_0..s_n with s_0 = 0, s_1 = 1 and no two adjacent zeros."""
    tails = itertools.product((0, 1), repeat=n - 1)
    strings = [(0, 1, *tail) for tail in tails]
    return [s for s in strings if all(a or b for a, b in itertools.pairwise(s))]


@cache
def sigmas(n: int) -> dict[int, NDArray[np.complex128]]:
    """Position -> matrix on all paths, A + E/A."""
    basis = paths(n)
    rank = {s: k for k, s in enumerate(basis)}
    sigma = {}
    for i in range(1, n):
        e = np.zeros((len(basis), len(basis)))
        for s, k in rank.items():
            if s[i - 1] == s[i + 1] == 0:
                e[k, k] = PHI
            elif s[i - 1] == s[i + 1]:
                v = (1 / PHI, PHI**-0.5)
                for bit in (0, 1):
                    e[rank[(*s[:i], bit, *s[i + 1 :])], k] = PHI * v[bit] * v[s[i]]
        sigma[i] = A * np.eye(len(basis)) + e / A
    return sigma


def operator(runs: Runs, n: int) -> NDArray[np.complex128]:
    """The matrix of the whole word on all paths."""
    matrix = np.eye(len(paths(n)), dtype=np.complex128)
    for run in runs:
        matrix = np.linalg.matrix_power(sigmas(n)[run.position], run.power) @ matrix
    return matrix


def in_layers(runs: Runs) -> list[list[Run]]:
    """The same for words that differ by commuting runs only."""
    return [sorted(layer) for layer in layers(runs)]


def as_array(runs: Runs, capacity: int) -> NDArray[np.int64]:
    word = np.zeros((2, capacity), dtype=np.int64)
    word[:, : len(runs)] = np.array(runs, dtype=np.int64).reshape(-1, 2).T
    return word


def as_runs(word: NDArray[np.int64], length: int) -> Runs:
    return tuple(Run(position, power) for position, power in word[:, :length].T.tolist())


def as_letters(runs: Runs) -> tuple[int, ...]:
    return tuple(run.position for run in runs for _ in range(run.power))


@st.composite
def words(draw: st.DrawFn) -> tuple[Runs, Path]:
    """Merged runs of a small random word, and a path."""
    strands = draw(st.integers(1, 6))
    runs: list[Run] = []
    if strands > 1:
        run = st.builds(Run, st.integers(1, strands - 1), st.sampled_from((1, 9, 5, 1, 9, 2, 4)))
        runs = draw(st.lists(run, max_size=24))
    return merge_runs(as_letters(tuple(runs))), draw(st.sampled_from(paths(strands)))


@given(words(), st.booleans(), st.sampled_from(GATE_SETS), st.booleans())
@settings(max_examples=40)
def test_same_operator_and_never_more_gates(
    drawn: tuple[Runs, Path], given_path: bool, gate_set: str, output_zeros: bool
) -> None:
    """Every matrix element, phases included; merged runs with powers 1..9."""
    runs, s = drawn
    strands = len(s) - 1
    found = rewrite_runs(runs, strands, s if given_path else None, gate_set=gate_set, output_zeros=output_zeros, seed=3)
    assert np.abs(operator(found, strands) - operator(runs, strands)).max() < 1e-10
    assert merge_runs(as_letters(found)) == found
    if given_path:
        assert echo_gates(found, s, gate_set, output_zeros) <= echo_gates(runs, s, gate_set, output_zeros)


@given(words(), st.sampled_from(GATE_SETS), st.booleans())
def test_the_kernel_counts_what_the_planner_counts(drawn: tuple[Runs, Path], gate_set: str, output_zeros: bool) -> None:
    """Blocks, joined gates, fan-out and what of it is absorbed."""
    runs, s = drawn
    space = work_space(len(s) - 1, len(runs))
    gates = count_gates(as_array(runs, len(runs)), len(runs), np.array(s), output_zeros, gate_set != "rzz", *space)
    assert gates == echo_gates(runs, s, gate_set, output_zeros)


def test_the_kernel_counts_long_words() -> None:
    """The same where most blocks are full."""
    rng = random.Random(8)
    for seed in range(20):
        runs, s = Braid.brickwall(14, 12, seed=seed).runs("markov"), sample_path(14, rng)
        space = work_space(14, len(runs))
        for gate_set in ("rzz", "cx"):
            gates = count_gates(as_array(runs, len(runs)), len(runs), np.array(s), True, gate_set != "rzz", *space)
            assert gates == echo_gates(runs, s, gate_set)


@given(words())
def test_every_move_keeps_the_operator(drawn: tuple[Runs, Path]) -> None:
    """All moves about all runs, before merging and after."""
    runs, s = drawn
    strands, capacity = len(s) - 1, len(runs) + 5
    bits, marks = work_space(strands, capacity)
    before = operator(runs, strands)
    for middle, side, form in itertools.product(range(len(runs)), (-1, 1), range(FORMS)):
        word, made = as_array(runs, capacity), as_array((), capacity)
        length = propose(word, len(runs), strands, middle, side, form, made, bits, marks)
        fits = 1 <= runs[middle].position + side < strands
        if form < 2 and runs[middle].power not in (1, 9):
            assert length < 0
        elif len(runs) == 1:
            assert (length > 0) == fits
        if length >= 0:
            assert fits
            assert made[POWER].min() >= 0
            unmerged = as_runs(made, length)
            assert np.abs(operator(unmerged, strands) - before).max() < 1e-10
            merged = as_runs(made, merge(made, length, bits))
            assert in_layers(merged) == in_layers(merge_runs(as_letters(unmerged)))


def test_moves_reach_through_commuting_runs() -> None:
    """A run elsewhere stays out of the way; one between the first and the third leaves one of them out."""
    bits, marks = work_space(6, 12)
    made = as_array((), 12)
    free = (Run(2, 4), Run(5, 1), Run(3, 1), Run(2, 1))
    length = propose(as_array(free, 12), 4, 6, 2, -1, 0, made, bits, marks)
    assert as_runs(made, merge(made, length, bits)) == (Run(5, 1), Run(3, 1), Run(2, 1), Run(3, 4))
    tied = (Run(3, 4), Run(4, 1), Run(2, 1), Run(1, 1), Run(3, 1))
    length = propose(as_array(tied, 12), 5, 6, 2, 1, 0, made, bits, marks)
    expected = (Run(2, 1), Run(3, 1), Run(2, 4), Run(3, 9), Run(4, 1), Run(3, 1), Run(1, 1))
    assert in_layers(as_runs(made, merge(made, length, bits))) == in_layers(expected)


def test_relations_are_found() -> None:
    """A full twist of three strands passes a run; sigma^10 = 1 is used."""
    s = (0, 1, 1, 1, 1, 1, 1)
    twist, back = (Run(3, 1), Run(4, 1)) * 3, (Run(4, 9), Run(3, 9)) * 3
    assert rewrite_runs((*twist, Run(3, 4), *back), 6, s) == (Run(3, 4),)
    assert rewrite_runs((Run(4, 7), Run(3, 1), Run(4, 1), Run(3, 3)), 6, s) == (Run(3, 1), Run(4, 1))


def test_brickwalls_lose_a_tenth_of_their_gates() -> None:
    """On minimised words and their paths; the depth does not grow."""
    rng = random.Random(2)
    gates, depth = [], []
    for seed in range(6):
        runs = Braid.brickwall(15, 20, seed=seed).minimised("markov", 1).runs("markov")
        s = sample_path(15, rng)
        found = rewrite_runs(runs, 15, s)
        gates.append(echo_gates(found, s) / echo_gates(runs, s))
        depth.append(run_depth(found) / run_depth(runs))
    assert mean(gates) < 0.91
    assert mean(depth) < 1.05


def test_one_word_for_all_paths() -> None:
    """Without s the mean over fresh paths falls, by less than with one word for each."""
    runs = Braid.brickwall(15, 20, seed=3).minimised("markov", 1).runs("markov")
    rng = random.Random(7)
    fresh = [sample_path(15, rng) for _ in range(12)]
    common = rewrite_runs(runs, 15)
    before = mean(echo_gates(runs, s) for s in fresh)
    after = mean(echo_gates(common, s) for s in fresh)
    each = mean(echo_gates(rewrite_runs(runs, 15, s), s) for s in fresh)
    assert each < after < 0.97 * before


def test_compiled_circuits_have_the_count_and_the_value() -> None:
    """The circuit of the rewritten word gives z_s of the given one."""
    for seed in range(4):
        braid = Braid.brickwall(5, 9, seed=seed)
        runs, s = braid.runs("markov"), sample_path(5, random.Random(seed))
        found = rewrite_runs(runs, 5, s, seed=seed)
        rewritten = Braid(strands=5, word=as_letters(found))
        parts = [
            cfev_circuit(rewritten, "markov", s, part, layout="reduced", output_zeros=True) for part in (False, True)
        ]
        place = paths(5).index(s)
        assert complex(*map(echo_value, parts)) == pytest.approx(operator(runs, 5)[place, place], abs=1e-9)
        assert parts[0].two_qubit_gates == echo_gates(found, s)


def test_plat_runs() -> None:
    """The path of the plat closure; kinks dropped before keep their phase."""
    braid = Braid.brickwall(8, 24, seed=1)
    closed, s = closed_runs(braid, Closure.PLAT), plat_path(8)
    found = rewrite_runs(closed.runs, 8, s)
    place = paths(8).index(s)
    whole = operator(merge_runs(braid.word), 8)[place, place]
    assert closed.phase * operator(found, 8)[place, place] == pytest.approx(whole, abs=1e-10)
    assert echo_gates(found, s) < 0.95 * echo_gates(closed.runs, s)


def test_same_seed_same_runs() -> None:
    """A seed fixes the answer, another seed gives another one; more effort is not worse here."""
    runs = Braid.brickwall(10, 14, seed=5).runs("markov")
    s = sample_path(10, random.Random(1))
    first = rewrite_runs(runs, 10, s, seed=4)
    assert rewrite_runs(runs, 10, s, seed=4) == first
    assert any(rewrite_runs(runs, 10, s, seed=seed) != first for seed in (5, 6, 7))
    assert echo_gates(rewrite_runs(runs, 10, s, effort=2), s) <= echo_gates(first, s)


def test_nothing_to_do() -> None:
    """No runs, one strand, no effort, and a word that cannot be shorter are returned as they are."""
    runs = Braid.brickwall(6, 9, seed=1).runs("markov")
    assert rewrite_runs((), 4, (0, 1, 1, 0, 1)) == ()
    assert rewrite_runs((), 1) == ()
    assert rewrite_runs(runs, 6, effort=0) == runs
    assert rewrite_runs((Run(2, 3),), 5, (0, 1, 1, 1, 1, 1)) == (Run(2, 3),)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"s": (0, 1, 1)}, "expected 5 bits"),
        ({"s": (0, 1, 0, 0, 1)}, "no two adjacent zeros"),
        ({"effort": 3}, "effort = 3 is out of range"),
        ({"seed": -1}, "seed = -1 is out of range"),
        ({"gate_set": "swap"}, "known: rzz, cx"),
        ({"runs": (Run(4, 1),)}, "expected a position 1..3"),
        ({"runs": (Run(1, 10),)}, "a power 1..9"),
        ({"strands": 0}, "strands = 0 is out of range"),
    ],
)
def test_mistakes(options: dict[str, object], message: str) -> None:
    """One line that says what was expected."""
    call: dict[str, object] = {"runs": (Run(1, 1),), "strands": 4, **options}
    with pytest.raises(PlaitError, match=message):
        rewrite_runs(**call)  # type: ignore[arg-type]
