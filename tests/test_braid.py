"""Braids and closures: what is refused and how, the shipped family, runs that keep the operator."""

import cmath
import math
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kauffman_bracket import diagram
from numpy.typing import NDArray

from plait.models import Braid, Closure, PlaitError, face_network
from plait.models.fibonacci import crossing_matrix, dimension, expected_ones, framing, is_path
from plait.models.link import close
from plait.models.runs import Run, closed_runs, merge_cyclically, merge_runs

HUGE = 10**5000  # longer than Python will turn into text
fixed = settings(derandomize=True, deadline=None, max_examples=60)


def refusal(call: object, *args: object, **kwargs: object) -> str:
    """The message of the PlaitError that `call` raises; always one line."""
    with pytest.raises(PlaitError) as caught:
        call(*args, **kwargs)  # type: ignore[operator]
    message = str(caught.value)
    assert message
    assert "\n" not in message
    assert len(message) < 300
    return message


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("strands", "word", "says"),
    [
        (3, (1, 0, 2), "word[1] = 0"),
        (3, (1, 2, 3), "word[2] = 3 needs at least 4 strands"),
        (3, (-3,), "word[0] = -3 needs at least 4 strands"),
        (1, (1,), "needs at least 2 strands"),
        (3, (1.0,), "word[0] = 1.0"),
        (3, (True,), "word[0] = True"),
        (3, (None,), "word[0] = None"),
        (3, ("1",), "word[0] = '1'"),
        (3, (1, math.nan), "word[1] = nan"),
        (3, (1, 1 + 0j), "word[1]"),
        (3, ([1],), "word[0]"),
        (3, (10**30,), "strands = 3"),
        pytest.param(3, (HUGE,), "strands = 3", id="huge letter"),
        (3, "1 2", "Braid.parse"),
        (3, None, "word"),
        (3, 7, "word"),
        (3, {1, 2}, "word"),
        (3, {1: 2}, "word"),
        (3, np.ones((40, 40)), "word"),
        (3, (np.ones((40, 40)),), "word[0]"),
        (3, ("9" * 9999,), "word[0]"),
        (3, "9" * 9999, "word"),
        (3, (1,) * 1_000_001, "1000001 letters"),
    ],
)
def test_a_bad_word_is_refused_with_its_place(strands: int, word: object, says: str) -> None:
    """The message names the letter and its place, or the length."""
    assert says in refusal(Braid, strands=strands, word=word)


@pytest.mark.parametrize("strands", [0, -1, 10**12, 1001, HUGE, 2.0, True, None, "3", math.inf], ids=lambda _: "")
def test_a_bad_number_of_strands_is_refused(strands: object) -> None:
    """Nothing is allocated for 10^12 strands, and neither True nor 2.0 passes for an int."""
    assert "strands" in refusal(Braid, strands=strands, word=())
    assert "strands" in refusal(Braid.brickwall, strands, 3)


@pytest.mark.parametrize(
    ("text", "strands", "says"),
    [
        ("", None, "empty"),
        ("   ", None, "empty"),
        ("[]", None, "empty"),
        ("1 2 x", None, "word[2] = 'x'"),
        ("1 2.0", None, "word[1] = '2.0'"),
        ("1 --2", None, "word[1] = '--2'"),
        ("1 - 2", None, "word[1] = '-'"),
        ("nan", None, "nan"),
        ("1 0", None, "word[1] = 0"),
        ("1 5", 3, "at least 6 strands"),
        ("99999999999999999999", None, "word[0]"),
        ("999999999", None, "strands"),
        ("١", None, "word[0]"),
        ("x" * 9999, None, "word[0]"),
    ],
)
def test_bad_text_is_refused(text: str, strands: int | None, says: str) -> None:
    """Text that is no word says which token, and an empty word asks for the strands."""
    assert says in refusal(Braid.parse, text, strands)


@pytest.mark.parametrize(
    "text", ["-1 2 -1", "-1, 2, -1", "[-1, 2, -1]", "(-1,+2,-1)", " -1\t2\n-1 ", "{-1;2;-1}"[1:-1]]
)
def test_the_usual_ways_to_write_a_word_are_read(text: str) -> None:
    """Commas, brackets, signs and white space do not matter."""
    assert Braid.parse(text) == Braid(strands=3, word=(-1, 2, -1))


def test_strands_are_kept_and_words_become_tuples() -> None:
    """An untouched strand stays; a list and a range are as good as a tuple."""
    assert Braid.parse("1", strands=5).strands == 5
    assert Braid.parse("", strands=4) == Braid(strands=4, word=())
    assert Braid(strands=3, word=[1, -2]).word == (1, -2)  # type: ignore[arg-type]
    assert Braid(strands=4, word=range(1, 4)).word == (1, 2, 3)  # type: ignore[arg-type]
    assert hash(Braid(strands=3, word=[1])) == hash(Braid(strands=3, word=(1,)))  # type: ignore[arg-type]


@given(st.lists(st.integers(-6, 6).filter(bool), max_size=20))
@fixed
def test_text_and_mirror_come_back(word: list[int]) -> None:
    """parse(str(b)) = b, and mirroring twice is nothing."""
    braid = Braid(strands=7, word=tuple(word))
    assert Braid.parse(str(braid), strands=7) == braid
    assert braid.mirror().mirror() == braid
    assert braid.mirror().word == tuple(-letter for letter in word)


@pytest.mark.parametrize("name", ["spiral", "", "markov ", None, 3, True, b"plat", "p\nlat", "plat" * 999])
def test_an_unknown_closure_is_refused_and_the_known_are_listed(name: object) -> None:
    """The message lists both names."""
    message = refusal(Closure.parse, name)
    assert "markov" in message
    assert "plat" in message


def test_closures_are_read_in_any_case() -> None:
    """A Closure passes through."""
    assert Closure.parse("PLAT") is Closure.PLAT
    assert Closure.parse("Markov") is Closure.MARKOV
    assert Closure.parse(Closure.PLAT) is Closure.PLAT


TAKES_A_CLOSURE = {"close": close, "closed_runs": closed_runs, "runs": Braid.runs, "face_network": face_network}


@pytest.mark.parametrize("name", TAKES_A_CLOSURE)
def test_a_closure_by_name_is_read_or_refused(name: str) -> None:
    """The string "markov" is never taken for the plat closure, nor the other way round, nor a wrong name for either."""
    call = TAKES_A_CLOSURE[name]
    braid = Braid(strands=4, word=(1, 2, 2, 3, 1))
    for closure in Closure:
        try:
            value = call(braid, closure.value)  # type: ignore[arg-type]
        except PlaitError:
            continue
        assert repr(value) == repr(call(braid, closure))
    for wrong in ("spiral", None, 1):
        assert "closure" in refusal(call, braid, wrong)


@pytest.mark.parametrize("strands", [1, 3, 999])
def test_an_odd_plat_is_refused(strands: int) -> None:
    """Neighbours cannot be joined in pairs."""
    braid = Braid(strands=strands, word=())
    for call in (close, closed_runs):
        assert "even" in refusal(call, braid, Closure.PLAT)
    assert "even" in refusal(braid.runs, Closure.PLAT)


# ---------------------------------------------------------------- the brickwall family


@pytest.mark.parametrize(
    ("strands", "layers", "seed", "crossings", "start"),
    [
        (10, 10, 0, 25, (-5, 7, -9, -2, 6, -8)),
        (20, 20, 0, 125, (-5, 7, -9, -11, 15)),
        (29, 50, 0, 466, (-5, 7, -9)),
        (29, 50, 1, 462, (1, 7, -9, -11)),
    ],
)
def test_brickwall_golden_values(strands: int, layers: int, seed: int, crossings: int, start: tuple[int, ...]) -> None:
    """The family is pinned, letter by letter, by its definition."""
    braid = Braid.brickwall(strands, layers, seed=seed)
    assert (braid.strands, braid.crossings) == (strands, crossings)
    assert braid.word[: len(start)] == start


def test_brickwall_density_and_depth() -> None:
    """p = 1 fills every brick, p = 0 none; depth is at most the layers asked for."""
    full = Braid.brickwall(9, 6, p=1)
    assert (full.crossings, full.depth) == (24, 6)
    assert [abs(letter) for letter in full.word[:8]] == [1, 3, 5, 7, 2, 4, 6, 8]
    assert Braid.brickwall(9, 6, p=0).word == ()
    assert Braid.brickwall(9, 6, p=0).depth == 0
    assert all(Braid.brickwall(12, 9, seed=seed).depth <= 9 for seed in range(20))
    assert Braid.brickwall(1, 5).word == Braid.brickwall(2, 1, p=0.0).word == ()
    many = [Braid.brickwall(20, 20, seed=seed).crossings for seed in range(40)]
    assert abs(sum(many) / len(many) / 190 - 2 / 3) < 0.02


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"layers": -1}, "layers"),
        ({"layers": 2.5}, "layers"),
        ({"layers": True}, "layers"),
        ({"layers": None}, "layers"),
        ({"layers": 10**12}, "layers"),
        ({"strands": 1000, "layers": 10**5}, "crossings"),
        ({"p": -0.1}, "p = -0.1"),
        ({"p": 1.1}, "p = 1.1"),
        ({"p": math.nan}, "p = nan"),
        ({"p": "0.5"}, "p = '0.5'"),
        ({"p": True}, "p = True"),
        ({"p": None}, "p = None"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.0}, "seed"),
        ({"seed": None}, "seed"),
        ({"seed": 10**40}, "seed"),
        pytest.param({"layers": HUGE}, "layers", id="huge layers"),
        pytest.param({"p": HUGE}, "p = ", id="huge p"),
    ],
)
def test_a_bad_brickwall_is_refused(arguments: dict[str, object], says: str) -> None:
    """Huge layers are refused before a word is drawn."""
    assert says in refusal(Braid.brickwall, **({"strands": 6, "layers": 4} | arguments))


def test_depth_is_greedy() -> None:
    """Letters fall to the earliest layer that their two strands allow."""
    assert Braid.parse("1 3 5").depth == 1
    assert Braid.parse("1 2 3").depth == 3
    assert Braid.parse("1 3 2 1 3").depth == 3
    assert Braid.parse("1 1 1 4").depth == 3
    assert Braid(strands=1, word=()).depth == 0


# ---------------------------------------------------------------- runs keep the operator


@cache
def paths(strands: int) -> tuple[tuple[int, ...], ...]:
    """All bit strings 0 1 s_2 .. s_n without adjacent zeros."""
    tails = product((0, 1), repeat=strands - 1)
    return tuple(s for s in ((0, 1, *tail) for tail in tails) if all(a or b for a, b in pairwise(s)))


def dense(strands: int, runs: "tuple[Run, ...] | list[tuple[int, int]]") -> NDArray[np.complex128]:
    """The operator of runs, first run first, as A^power (1 + ((-A^-4)^power - 1) E/phi) on the path basis.

    E is written out from its definition: sqrt(d_x d_y)/d_a between 1 a x a and 1 a y a, with d_0 = 1, d_1 = phi.
    """
    phi, a = (1 + math.sqrt(5)) / 2, cmath.exp(3j * math.pi / 5)
    weight = (1.0, phi)
    basis = paths(strands)
    place = {s: k for k, s in enumerate(basis)}
    whole = np.eye(len(basis), dtype=complex)
    for i, power in runs:
        cup = np.zeros((len(basis), len(basis)))
        for s, k in place.items():
            if s[i - 1] == s[i + 1]:
                for bit in (0, 1):
                    other = place.get((*s[:i], bit, *s[i + 1 :]))
                    if other is not None:
                        cup[other, k] = math.sqrt(weight[s[i]] * weight[bit]) / weight[s[i - 1]]
        eye = np.eye(len(basis))
        sigma = a * eye + cup / a
        inverse = eye / a + a * cup
        whole = np.linalg.matrix_power(sigma if power > 0 else inverse, abs(power)) @ whole
    return whole


@st.composite
def words(draw: st.DrawFn, strands: int, longest: int) -> tuple[int, ...]:
    """Words with enough repeats, opposites and tenth powers for merging to bite."""
    letter = st.integers(1, strands - 1).flatmap(lambda i: st.sampled_from((i, -i)))
    bursts = draw(st.lists(st.tuples(letter, st.sampled_from((1, 1, 1, 2, 3, 9, 10))), max_size=longest))
    return tuple(letter for letter, times in bursts for _ in range(times))


def test_the_dense_matrices_are_a_representation() -> None:
    """Count F_{n+1}, unitary, braid relation, far commutation, order ten: the yardstick itself."""
    n = 5
    assert len(paths(n)) == dimension(n) == 8
    one, two, four = (dense(n, [(i, 1)]) for i in (1, 2, 4))
    assert np.allclose(one @ one.conj().T, np.eye(8))
    assert np.allclose(one @ two @ one, two @ one @ two)
    assert np.allclose(one @ four, four @ one)
    assert np.allclose(dense(n, [(2, 10)]), np.eye(8))
    assert not np.allclose(dense(n, [(2, 5)]), np.eye(8))


@pytest.mark.parametrize("power", [*range(1, 10), -3, 13])
def test_crossing_matrix_is_the_generator_on_three_faces(power: int) -> None:
    """W[a, out, in, c] equals the dense matrix of sigma_2^power between 0 1 and the end; forbidden entries are 0."""
    weight = crossing_matrix(power)
    whole = dense(4, [(3, power)])
    basis = paths(4)
    for k, s in enumerate(basis):
        for j, r in enumerate(basis):
            if (s[2], s[4]) == (r[2], r[4]):
                assert abs(weight[s[2], r[3], s[3], s[4]] - whole[j, k]) < 1e-12
    bits = product((0, 1), repeat=4)
    outside = [weight[a, o, i, c] for a, o, i, c in bits if not (is_path((0, 1, a, o, c)) and is_path((0, 1, a, i, c)))]
    assert np.count_nonzero(outside) == 0


@given(st.integers(2, 6).flatmap(lambda n: st.tuples(st.just(n), words(n, 14))))
@fixed
def test_merging_keeps_the_operator(case: tuple[int, tuple[int, ...]]) -> None:
    """All matrix elements, hence every z_s, are the same; powers lie in 1..9; merging again finds nothing."""
    n, word = case
    runs = merge_runs(word)
    assert np.allclose(dense(n, runs), dense(n, [(abs(x), 1 if x > 0 else -1) for x in word]), atol=1e-11)
    assert all(1 <= run.power <= 9 for run in runs)
    assert len(runs) <= len(word)
    again = merge_runs(i for i, power in runs for _ in range(power))
    assert again == runs


@pytest.mark.parametrize(
    ("word", "runs"),
    [
        ((), ()),
        ((1, -1), ()),
        ((2,) * 10, ()),
        ((-2,) * 11, ((2, 9),)),
        ((1, 3, 1, -3, 2), ((1, 2), (2, 1))),
        ((1, 2, -2, -1, 3), ((3, 1),)),
        ((1, 2, 1), ((1, 1), (2, 1), (1, 1))),
        ((-1, 4, 4, -1, 5, -1), ((1, 7), (4, 2), (5, 1))),
        ((2, 4, 3, -3, 2, 4), ((2, 2), (4, 2))),
    ],
)
def test_merging_by_hand(word: tuple[int, ...], runs: tuple[tuple[int, int], ...]) -> None:
    """Through commuting letters, with cancellation, modulo ten."""
    assert merge_runs(word) == runs


@given(st.sampled_from((2, 4, 6)).flatmap(lambda n: st.tuples(st.just(n), words(n, 12))))
@fixed
def test_plat_runs_keep_the_amplitude(case: tuple[int, tuple[int, ...]]) -> None:
    """The phase makes up for the kinks that were dropped; no odd run is left next to the cups or the caps."""
    n, word = case
    alpha = paths(n).index(tuple(i % 2 for i in range(n + 1)))
    closed = closed_runs(Braid(strands=n, word=word), Closure.PLAT)
    whole = dense(n, [(abs(x), 1 if x > 0 else -1) for x in word])[alpha, alpha]
    assert abs(closed.phase * dense(n, closed.runs)[alpha, alpha] - whole) < 1e-11
    assert abs(abs(closed.phase) - 1) < 1e-12
    assert Braid(strands=n, word=word).runs(Closure.PLAT) == closed.runs
    for runs in (closed.runs, closed.runs[::-1]):
        if runs:
            assert runs[0].position % 2 == 0


def test_plat_kinks_by_hand() -> None:
    """sigma_1 at a cup is the phase -A^-3 = e^(-4 pi i/5), a full braid of kinks leaves nothing, Markov keeps all."""
    kink = cmath.exp(-4j * math.pi / 5)
    for word, runs, phase in [
        ((1,), (), kink),
        ((-3, -3), (), kink**-2),
        ((1, 3, -1, 5), (), kink**2),
        ((1, 2, 2, 3), ((2, 2),), kink**2),
        ((2, 1, 3, 2), ((2, 1), (1, 1), (3, 1), (2, 1)), 1),
        ((5, 2, 5), ((2, 1),), kink**2),
    ]:
        closed = closed_runs(Braid(strands=6, word=word), Closure.PLAT)
        assert closed.runs == runs
        assert abs(closed.phase - phase) < 1e-12
    markov = closed_runs(Braid(strands=6, word=(1, 2, 2, 3)), Closure.MARKOV)
    assert (markov.runs, markov.phase) == (((1, 1), (2, 2), (3, 1)), 1)


@given(st.integers(2, 6).flatmap(lambda n: st.tuples(st.just(n), words(n, 14))))
@fixed
def test_cyclic_merging_keeps_the_weighted_trace(case: tuple[int, tuple[int, ...]]) -> None:
    """It may change single z_s, never the sum over paths with weights phi^{s_n}."""
    n, word = case
    weight = np.array([((1 + math.sqrt(5)) / 2) ** (s[-1] - n) for s in paths(n)])
    assert abs(weight.sum() - 1) < 1e-12
    runs = merge_runs(word)
    fewer = merge_cyclically(runs)
    assert len(fewer) <= len(runs)
    assert abs(weight @ np.diag(dense(n, fewer)) - weight @ np.diag(dense(n, runs))) < 1e-11


# ---------------------------------------------------------------- the link that a closed braid is


@st.composite
def closed_braids(draw: st.DrawFn) -> tuple[int, tuple[int, ...], Closure]:
    """A braid of up to 10 strands and 40 letters with a closure that fits it."""
    closure = draw(st.sampled_from(Closure))
    n = draw(st.integers(1, 5)) * 2 if closure is Closure.PLAT else draw(st.integers(1, 9))
    if n == 1:
        return 1, (), closure
    letter = st.integers(1, n - 1).flatmap(lambda i: st.sampled_from((i, -i)))
    return n, tuple(draw(st.lists(letter, max_size=40))), closure


@given(closed_braids(), st.randoms(use_true_random=False))
@settings(fixed, max_examples=200)
def test_components_and_writhe_match_a_walk_along_the_diagram(
    case: tuple[int, tuple[int, ...], Closure], rng: object
) -> None:
    """Components, writhe, linking numbers and the writhe after reversing any single component and a random few."""
    n, word, closure = case
    link = close(Braid(strands=n, word=word), closure)
    walk = diagram(n, word, closure.value)
    assert link.components == walk.loops
    assert link.writhe == walk.writhe()
    assert sum(link.self_writhe) + 2 * sum(link.linking.values()) == link.writhe
    some = tuple(k for k in range(walk.loops) if rng.random() < 0.5)  # type: ignore[attr-defined]
    for flipped in [(k,) for k in range(walk.loops)] + [some, tuple(range(walk.loops))]:
        assert link.writhe_reversing(flipped) == walk.writhe(flipped)
    for k in range(walk.loops):
        assert sum(lk for pair, lk in link.linking.items() if k in pair) == walk.linking_with_rest(k)
    if closure is Closure.MARKOV:
        assert link.writhe == sum(1 if letter > 0 else -1 for letter in word)


def test_every_reversal_of_a_four_component_plat() -> None:
    """All 16 orientations; reversing everything changes nothing."""
    word = (2, 2, 4, -6, 4, -6, 3, 3, 5, -2, -2, 5)
    link, walk = close(Braid(strands=8, word=word), Closure.PLAT), diagram(8, word, "plat")
    assert link.components == walk.loops == 4
    writhes = set()
    for bits in product((0, 1), repeat=4):
        flipped = tuple(k for k in range(4) if bits[k])
        others = tuple(k for k in range(4) if not bits[k])
        assert link.writhe_reversing(flipped) == walk.writhe(flipped) == link.writhe_reversing(others)
        writhes.add(walk.writhe(flipped))
    assert len(writhes) > 2


def test_the_exponent_sum_is_not_the_plat_writhe() -> None:
    """The Hopf plat [2, 2] has exponent sum 2 and writhe -2."""
    assert close(Braid.parse("2 2", strands=4), Closure.PLAT).writhe == -2
    assert close(Braid.parse("2 2 2 2", strands=4), Closure.PLAT).writhe == -4


@pytest.mark.parametrize("component", [-1, 2, 99])
def test_reversing_a_missing_component_is_refused(component: int) -> None:
    """The message says which components there are."""
    link = close(Braid.parse("1 1"), Closure.MARKOV)
    assert "0..1" in refusal(link.writhe_reversing, (component,))


# ---------------------------------------------------------------- small formulas


def test_expected_ones_is_the_mean_over_paths() -> None:
    """Against the definition, and the figures of the specification."""
    phi = (1 + math.sqrt(5)) / 2
    for n in range(1, 11):
        mean = sum(phi ** (s[-1] - n) * sum(s[2:]) for s in paths(n))
        assert abs(expected_ones(n) - mean) < 1e-12
    for n, value in [(2, 0.618), (3, 1.382), (5, 2.820), (10, 6.436), (15, 10.054)]:
        assert round(expected_ones(n), 3) == value


@pytest.mark.parametrize("writhe", [-31, -10, -1, 0, 1, 2, 7, 10, 123456789])
def test_framing_is_the_writhe_factor(writhe: int) -> None:
    """(-A)^(-3 w), exactly periodic in w with period ten."""
    exact = (-cmath.exp(3j * math.pi / 5)) ** (-3 * (writhe % 10))
    assert abs(framing(writhe) - exact) < 1e-12


@pytest.mark.parametrize(
    ("s", "good"),
    [
        ((0, 1), True),
        ((0, 1, 0, 1, 1), True),
        ((0, 1, 0, 0), False),
        ((1, 1), False),
        ((0, 0), False),
        ((0,), False),
        ((), False),
        ((0, 1, 2), False),
    ],
)
def test_is_path(s: tuple[int, ...], good: bool) -> None:
    """Bits from 0 1 on, no two adjacent zeros."""
    assert is_path(s) is good
