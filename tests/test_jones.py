"""jones_exact against tables, an exact oracle of another kind, and the moves that leave a link unchanged."""

import cmath
import dataclasses
import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kauffman_bracket import (
    CIRCUIT_SQRT_T,
    STANDARD_SQRT_T,
    Polynomial,
    bracket_over_d,
    bracket_over_d_by_states,
    diagram,
    evaluate,
    jones_polynomial,
)

from plait.models import Braid, Closure, JonesValue, PlaitError, face_network, jones_exact
from plait.models.link import close
from plait.models.runs import closed_runs, merge_cyclically

PHI = (1 + math.sqrt(5)) / 2
MARKOV, PLAT = Closure.MARKOV, Closure.PLAT
METHODS = {
    MARKOV: (None, "fib-trace", "face-tn", "face-tn-fib", "mpo"),
    PLAT: (None, "fib-amplitude", "face-tn", "face-tn-fib", "mpo"),
}
GOLDEN = json.loads((Path(__file__).parent / "golden_links.json").read_text("utf-8"))["links"]
BY_METHOD = [(closure, method) for closure in Closure for method in METHODS[closure]]

fixed = settings(derandomize=True, deadline=None, max_examples=25)


def braid_of(strands: int, word: Sequence[int]) -> Braid:
    """Short for the keyword-only constructor."""
    return Braid(strands=strands, word=tuple(word))


def near(x: complex, y: complex, scale: float = 1.0) -> bool:
    """Equal to 1e-10 of `scale`."""
    return abs(x - y) <= 1e-10 * max(1.0, scale)


def assert_equals_polynomial(value: JonesValue, polynomial: Polynomial) -> None:
    """Both conventions, and the normalised value that goes with them."""
    circles = value.strands if value.closure is MARKOV else value.strands // 2
    bound = PHI ** (circles - 1)
    circuit = evaluate(polynomial, CIRCUIT_SQRT_T)
    assert near(value.jones, circuit, bound)
    assert near(value.standard, evaluate(polynomial, STANDARD_SQRT_T), bound)
    a = cmath.exp(3j * math.pi / 5)
    assert near(value.normalised * (-a) ** (-3 * (value.writhe % 10)) * bound, circuit, bound)
    assert abs(value.normalised) <= 1 + 1e-10


def random_word(rng: random.Random, strands: int, letters: int) -> tuple[int, ...]:
    """Letters drawn evenly; none on a single strand."""
    if strands == 1:
        return ()
    return tuple(rng.choice((1, -1)) * rng.randint(1, strands - 1) for _ in range(letters))


@st.composite
def braids(draw: st.DrawFn, closure: Closure, widest: int = 6, longest: int = 20) -> Braid:
    """Braids that `closure` closes."""
    n = 2 * draw(st.integers(1, widest // 2)) if closure is PLAT else draw(st.integers(1, widest))
    if n == 1:
        return braid_of(1, ())
    letter = st.integers(1, n - 1).flatmap(lambda i: st.sampled_from((i, -i)))
    return braid_of(n, draw(st.lists(letter, max_size=longest)))


either = st.sampled_from(Closure).flatmap(lambda c: st.tuples(st.just(c), braids(c)))


def orientations(value: JonesValue) -> list[complex]:
    """jones for every choice of orientations, sorted by real and imaginary part."""
    k = value.components
    chosen = [tuple(j for j in range(k) if bits >> j & 1) for bits in range(2**k)]
    values = [value.reversing(flipped).jones for flipped in chosen]
    return sorted(values, key=lambda z: (round(z.real, 7), round(z.imag, 7)))


def assert_same_link(x: JonesValue, y: JonesValue) -> None:
    """The same link up to the orientation of its components."""
    assert x.components == y.components
    bound = PHI**x.strands
    assert all(near(p, q, bound) for p, q in zip(orientations(x), orientations(y), strict=True))


# ---------------------------------------------------------------- the oracle checks itself


def test_two_bracket_algorithms_agree() -> None:
    """Planar matchings against all 2^m smoothings counted by union-find, as polynomials."""
    rng = random.Random(1)
    for _ in range(150):
        closure = rng.choice(("markov", "plat"))
        strands = rng.choice((2, 4, 6)) if closure == "plat" else rng.randint(1, 5)
        word = random_word(rng, strands, rng.randint(0, 8))
        assert bracket_over_d(strands, word, closure) == bracket_over_d_by_states(strands, word, closure)


def test_the_oracle_agrees_with_the_tables() -> None:
    """Every tabulated polynomial and number of components, exactly."""
    assert len(GOLDEN) > 100
    for entry in GOLDEN:
        strands, word, closure = entry["strands"], entry["word"], entry["closure"]
        assert jones_polynomial(strands, word, closure) == dict(entry["jones"]), entry["name"]
        assert diagram(strands, word, closure).loops == entry["components"]


def test_the_oracle_knows_reidemeister_one_and_reversals() -> None:
    """Plat kinks of either sign leave V alone; reversing K multiplies V by t^(-3 lk(K, L - K))."""
    assert jones_polynomial(4, (2, 2, 2, 1, -3, 3, 3), "plat") == jones_polynomial(4, (2, 2, 2), "plat")
    rng = random.Random(2)
    tried = 0
    while tried < 20:
        word = random_word(rng, 6, 14)
        walk = diagram(6, word, "plat")
        if walk.loops == 1:
            continue
        tried += 1
        shift = -6 * walk.linking_with_rest(1)
        turned = {exponent + shift: c for exponent, c in jones_polynomial(6, word, "plat").items()}
        assert jones_polynomial(6, word, "plat", (1,)) == turned


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("entry", GOLDEN, ids=[f"{entry['name']}-{entry['closure']}" for entry in GOLDEN])
def test_tabulated_knots_and_links(entry: dict[str, Any]) -> None:
    """KnotInfo and LinkInfo polynomials at t = e^(2 pi i/5), t^(1/2) = e^(i pi/5), and in the circuit convention."""
    braid, closure = braid_of(entry["strands"], entry["word"]), Closure(entry["closure"])
    value = jones_exact(braid, closure)
    at = cmath.exp(1j * math.pi / 5)
    assert near(value.standard, sum(c * at**exponent for exponent, c in entry["jones"]))
    assert_equals_polynomial(value, dict(entry["jones"]))
    assert value.components == entry["components"]
    link = close(braid, closure)
    k = entry["components"]
    assert sorted(link.linking.get((i, j), 0) for j in range(k) for i in range(j)) == entry["linking"]


@pytest.mark.parametrize("method", ["fib-trace", "face-tn", "face-tn-fib"])
def test_every_markov_method_on_knots(method: str) -> None:
    """One knot per crossing number with each method by name."""
    for name in ("3_1", "4_1", "5_2", "6_3", "7_7", "8_12", "9_42", "L6a4{0,0}"):
        (entry,) = [e for e in GOLDEN if (e["name"], e["closure"]) == (name, "markov")]
        value = jones_exact(braid_of(entry["strands"], entry["word"]), MARKOV, method)
        assert_equals_polynomial(value, dict(entry["jones"]))
        assert value.method == method


# ---------------------------------------------------------------- the exact oracle, at random


@pytest.mark.parametrize(("closure", "method"), BY_METHOD)
def test_random_braids_against_the_bracket(closure: Closure, method: str | None) -> None:
    """Every width the oracle reaches, up to 60 letters, repeats and untouched strands included."""
    rng = random.Random(f"{closure} {method}")
    widths = [2, 4, 4, 6, 6, 8, 8, 10] if closure is PLAT else [1, 2, 3, 4, 5, 6, 7, 8, 9]
    for width in widths * 2:
        longest = 30 if (closure, width) == (MARKOV, 9) else 60
        word = random_word(rng, width, rng.randint(0, longest))
        braid = braid_of(width, word)
        value = jones_exact(braid, closure, method)
        walk = diagram(width, word, closure.value)
        assert_equals_polynomial(value, jones_polynomial(width, word, closure.value))
        assert (value.writhe, value.components) == (walk.writhe(), walk.loops)
        assert (value.strands, value.closure) == (width, closure)
        if method is not None:
            assert value.method in (method, "split")


@given(st.sampled_from(BY_METHOD).flatmap(lambda cm: st.tuples(st.just(cm), braids(cm[0], 8, 24))))
@settings(fixed, max_examples=60)
def test_small_braids_against_the_bracket(case: tuple[tuple[Closure, str | None], Braid]) -> None:
    """Shrinkable search for a counterexample over all methods."""
    (closure, method), braid = case
    value = jones_exact(braid, closure, method)
    assert_equals_polynomial(value, jones_polynomial(braid.strands, braid.word, closure.value))


@given(st.sampled_from(Closure).flatmap(lambda c: st.tuples(st.just(c), braids(c, 10, 8))), st.booleans())
@fixed
def test_the_face_network_alone_against_the_bracket(case: tuple[Closure, Braid], constrained: bool) -> None:
    """The network of the whole braid, untouched strands and all, which jones_exact would split off first."""
    closure, braid = case
    value = face_network(braid, closure).search().contract(constrained=constrained)
    circles = braid.strands if closure is MARKOV else braid.strands // 2
    framed = diagram(braid.strands, braid.word, closure.value).writhe() % 10
    jones = evaluate(jones_polynomial(braid.strands, braid.word, closure.value), CIRCUIT_SQRT_T)
    assert near(value * (-cmath.exp(3j * math.pi / 5)) ** (-3 * framed) * PHI ** (circles - 1), jones, PHI**circles)


@pytest.mark.parametrize(("strands", "letters", "seed"), [(12, 120, 1), (14, 100, 2), (16, 80, 3)])
def test_wide_plats_against_the_bracket(strands: int, letters: int, seed: int) -> None:
    """Plats reach further with the oracle: Catalan(n/2) matchings."""
    word = random_word(random.Random(seed), strands, letters)
    polynomial = jones_polynomial(strands, word, "plat")
    for method in METHODS[PLAT]:
        assert_equals_polynomial(jones_exact(braid_of(strands, word), PLAT, method), polynomial)


def test_every_reversal_of_random_plats() -> None:
    """jones, standard and writhe after reversing components, against the oracle with its own orientations."""
    rng = random.Random(5)
    tried = 0
    while tried < 25:
        width = rng.choice((4, 6, 8))
        word = random_word(rng, width, rng.randint(4, 24))
        walk = diagram(width, word, "plat")
        if walk.loops == 1:
            continue
        tried += 1
        value = jones_exact(braid_of(width, word), PLAT)
        for bits in range(2**walk.loops):
            flipped = tuple(k for k in range(walk.loops) if bits >> k & 1)
            turned = value.reversing(flipped)
            assert turned.writhe == walk.writhe(flipped)
            assert_equals_polynomial(turned, jones_polynomial(width, word, "plat", flipped))
        for k in range(walk.loops):
            factor = cmath.exp(-2j * math.pi / 5) ** (-3 * walk.linking_with_rest(k))
            assert near(value.reversing((k,)).jones, value.jones * factor, PHI**4)


# ---------------------------------------------------------------- figures of the specification


def test_trefoil_in_both_conventions() -> None:
    """[1, 1, 1] is right-handed: standard t + t^3 - t^4; the circuit number is its conjugate."""
    value = jones_exact(Braid.parse("1 1 1"), MARKOV)
    assert abs(value.jones - (-0.809017 - 1.314328j)) < 1e-6
    assert abs(value.standard - (-0.809017 + 1.314328j)) < 1e-6
    t = cmath.exp(2j * math.pi / 5)
    assert near(value.standard, t + t**3 - t**4)
    assert (value.writhe, value.components) == (3, 1)


@pytest.mark.parametrize(
    ("letters", "writhe", "jones", "turned"),
    [
        (2, -2, -0.190983 + 0.587785j, -0.190983 - 0.587785j),
        (4, -4, 0.927051 - 0.951057j, -0.618034 - 1.175571j),
    ],
)
def test_torus_plats_and_their_reversal(letters: int, writhe: int, jones: complex, turned: complex) -> None:
    """4 strands, sigma_2 to the power 2 or 4; reversing a component changes the phase only."""
    value = jones_exact(braid_of(4, (2,) * letters), PLAT)
    assert (value.writhe, value.components) == (writhe, 2)
    assert abs(value.jones - jones) < 1e-6
    for component in (0, 1):
        other = value.reversing((component,))
        assert other.writhe == -writhe
        assert abs(other.jones - turned) < 1e-6
    assert near(value.reversing((0, 1)).jones, value.jones)


def test_unlinks_and_the_branch_of_the_square_root() -> None:
    """k circles: phi^(k-1) with A^-2 as the root; the principal root gives every second sign."""
    for k in range(1, 8):
        for value in (jones_exact(braid_of(k, ()), MARKOV), jones_exact(braid_of(2 * k, ()), PLAT)):
            assert near(value.jones, PHI ** (k - 1), PHI**k)
            assert near(value.standard, (-PHI) ** (k - 1), PHI**k)
            assert near(value.normalised, 1)
            assert (value.writhe, value.components) == (0, k)


def test_tenth_powers_are_an_unlink_at_this_root() -> None:
    """sigma^10 = 1 and (-A)^(-30) = 1: [1] * 10 has the value, not the writhe, of two circles."""
    for sign in (1, -1):
        value = jones_exact(braid_of(2, (sign,) * 10), MARKOV)
        assert near(value.jones, PHI)
        assert near(value.standard, -PHI)
        assert (value.writhe, value.components) == (10 * sign, 2)
    assert not near(jones_exact(braid_of(2, (1,) * 5), MARKOV).jones, 1)


def test_one_strand_and_the_figure_eight() -> None:
    """n = 1 is the unknot; 4_1 is amphicheiral, so its value is real: 1 - sqrt 5."""
    assert jones_exact(braid_of(1, ()), MARKOV).jones == 1
    value = jones_exact(Braid.parse("1 -2 1 -2"), MARKOV)
    assert near(value.jones, 1 - math.sqrt(5))
    assert near(value.normalised, (1 - math.sqrt(5)) / PHI**2)
    assert value.writhe == 0


def test_a_typical_brickwall_is_tiny() -> None:
    """Random (29, 50) brickwalls have |E| near 10^-6; two different trees agree to ten digits of that."""
    braid = Braid.brickwall(29, 50, seed=0)
    first, second = (jones_exact(braid, MARKOV, seed=seed).normalised for seed in (0, 1))
    assert 1e-7 < abs(first) < 1e-5
    assert abs(first - second) < 1e-9 * abs(first)


# ---------------------------------------------------------------- moves that leave the link alone


@given(either, st.data())
@settings(fixed, max_examples=50)
def test_words_for_the_same_braid(case: tuple[Closure, Braid], data: st.DataObject) -> None:
    """Braid relations with all signs, far commutation, an inverse pair: same value, writhe and components."""
    closure, braid = case
    n, word = max(braid.strands, 6), braid.word
    cut = data.draw(st.integers(0, len(word)))
    i = data.draw(st.integers(1, n - 2))
    j = data.draw(st.sampled_from([j for j in range(1, n) if abs(i - j) >= 2]))
    s = data.draw(st.sampled_from((1, -1)))
    a, b, far = s * i, s * (i + 1), s * j
    for left, right in [
        ((a, b, a), (b, a, b)),
        ((a, b, -a), (-b, a, b)),
        ((-a, b, a), (b, a, -b)),
        ((a, far), (far, a)),
        ((a, -far), (-far, a)),
        ((a, -a), ()),
    ]:
        x, y = (jones_exact(braid_of(n, word[:cut] + part + word[cut:]), closure) for part in (left, right))
        assert near(x.jones, y.jones, PHI**n)
        assert near(x.standard, y.standard, PHI**n)
        assert (x.writhe, x.components) == (y.writhe, y.components)


@given(braids(MARKOV, 7), st.data())
@fixed
def test_markov_moves(braid: Braid, data: st.DataObject) -> None:
    """Conjugation, and stabilisation of both signs on either side, change nothing but strands and writhe."""
    n, word = braid.strands, braid.word
    value = jones_exact(braid, MARKOV)
    moved = [braid_of(n + 1, (*word, s * n)) for s in (1, -1)]
    moved += [braid_of(n + 1, (s, *(x + (1 if x > 0 else -1) for x in word))) for s in (1, -1)]
    if n > 1:
        g = data.draw(st.integers(1, n - 1)) * data.draw(st.sampled_from((1, -1)))
        moved += [braid_of(n, (g, *word, -g)), braid_of(n, word[1:] + word[:1])]
    for other in moved:
        after = jones_exact(other, MARKOV)
        assert near(after.jones, value.jones, PHI**n)
        assert near(after.standard, value.standard, PHI**n)
        assert after.components == value.components
    assert [jones_exact(other, MARKOV).writhe - value.writhe for other in moved[:2]] == [1, -1]


@given(either)
@fixed
def test_symmetries(case: tuple[Closure, Braid]) -> None:
    """Mirror conjugates; upside down and left to right give the same link, whose value is unchanged."""
    closure, braid = case
    n, word = braid.strands, braid.word
    value, mirror = jones_exact(braid, closure), jones_exact(braid.mirror(), closure)
    for name in ("jones", "standard", "normalised"):
        assert near(getattr(mirror, name), getattr(value, name).conjugate(), PHI**n)
    assert (mirror.writhe, mirror.components) == (-value.writhe, value.components)
    flipped = tuple(n - x if x > 0 else -n - x for x in word)
    for other in (word[::-1], flipped, flipped[::-1]):
        after = jones_exact(braid_of(n, other), closure)
        assert near(after.normalised, value.normalised)
        assert_same_link(after, value)
        if closure is MARKOV or value.components == 1:
            assert near(after.jones, value.jones, PHI**n)


@given(st.sampled_from(Closure).flatmap(lambda c: st.tuples(st.just(c), braids(c, 5), braids(c, 5))))
@fixed
def test_split_unions_multiply(case: tuple[Closure, Braid, Braid]) -> None:
    """Side by side: normalised values multiply, jones gains phi, standard gains -phi; strands between are circles."""
    closure, one, two = case
    gap = 1 if closure is MARKOV else 2
    x, y = jones_exact(one, closure), jones_exact(two, closure)
    for middle in (0, gap, 2 * gap):
        shift = one.strands + middle
        word = one.word + tuple(z + shift if z > 0 else z - shift for z in two.word)
        both = jones_exact(braid_of(shift + two.strands, word), closure)
        circles = 1 + middle // gap
        assert near(both.normalised, x.normalised * y.normalised)
        assert near(both.jones, PHI**circles * x.jones * y.jones, PHI**10)
        assert near(both.standard, (-PHI) ** circles * x.standard * y.standard, PHI**10)
        assert both.components == x.components + y.components + circles - 1
        assert both.writhe == x.writhe + y.writhe


@given(braids(MARKOV, 4), braids(MARKOV, 4))
@fixed
def test_connected_sums_multiply(one: Braid, two: Braid) -> None:
    """Sharing one strand of a Markov closure: V multiplies without a factor."""
    shift = one.strands - 1
    word = one.word + tuple(z + shift if z > 0 else z - shift for z in two.word)
    both = jones_exact(braid_of(shift + two.strands, word), MARKOV)
    product = jones_exact(one, MARKOV).jones * jones_exact(two, MARKOV).jones
    assert near(both.jones, product, PHI**8)


@given(braids(PLAT, 8), st.data())
@fixed
def test_plat_moves(braid: Braid, data: st.DataObject) -> None:
    """Kinks, cups carried over and round each other, and a new cup at the side leave the link as it was."""
    n, word = braid.strands, braid.word
    value = jones_exact(braid, PLAT)
    s = data.draw(st.sampled_from((1, -1)))
    kink = s * (2 * data.draw(st.integers(1, n // 2)) - 1)
    assert_same_link(jones_exact(braid_of(n, (kink, *word)), PLAT), value)
    assert_same_link(jones_exact(braid_of(n, (*word, kink)), PLAT), value)
    factor = cmath.exp(-4j * math.pi / 5 * s)
    assert near(jones_exact(braid_of(n, (kink, *word)), PLAT).normalised, factor * value.normalised)
    if n >= 4:
        i = 2 * data.draw(st.integers(1, n // 2 - 1))
        for move in ((i, i - 1, i + 1, i), (i, i - 1, -i - 1, -i), (-i, -i + 1, i + 1, i)):
            move = tuple(s * z for z in move)
            assert_same_link(jones_exact(braid_of(n, move + word), PLAT), value)
            assert_same_link(jones_exact(braid_of(n, word + move), PLAT), value)
    wider = jones_exact(braid_of(n + 2, (*word, s * n)), PLAT)
    assert near(wider.jones, value.jones, PHI**n)
    assert near(wider.standard, value.standard, PHI**n)


def doubled(braid: Braid) -> Braid:
    """A plat of twice the strands whose closure is the Markov closure of `braid`.

    Strand j sits at 2j, and its way back at 2j - 1, in front of everything.
    """
    letters: list[int] = []
    for x in braid.word:
        i = abs(x)
        letters += [2 * i + 1, 2 * i if x > 0 else -2 * i, -2 * i - 1]
    return braid_of(2 * braid.strands, letters)


@pytest.mark.parametrize(
    ("strands", "letters", "seed"), [(1, 0, 0), (2, 3, 0), (3, 9, 1), (5, 20, 2), (8, 50, 3), (12, 120, 4)]
)
def test_a_markov_closure_is_a_plat_of_twice_the_strands(strands: int, letters: int, seed: int) -> None:
    """The weighted trace over all paths against a single amplitude: two methods with little in common."""
    braid = braid_of(strands, random_word(random.Random(seed), strands, letters))
    plat = jones_exact(doubled(braid), PLAT, "fib-amplitude")
    for method in METHODS[MARKOV]:
        value = jones_exact(braid, MARKOV, method)
        assert near(value.jones, plat.jones, PHI**strands)
        assert near(value.standard, plat.standard, PHI**strands)
        assert (value.writhe, value.components) == (plat.writhe, plat.components)


# ---------------------------------------------------------------- wide braids


def scrambled(rng: random.Random, word: Sequence[int], letters: int) -> tuple[int, ...]:
    """Another word for the same braid with at least `letters` letters, by relations at random places.

    A letter b grows to a^-1 b^-1 a b a (a next to b, same sign), which neither cancels nor merges.
    """
    word = list(word)
    while len(word) < letters:
        k = rng.randrange(len(word))
        b = word[k]
        beside = [i for i in (abs(b) - 1, abs(b) + 1) if 0 < i < 24]
        a = rng.choice(beside) * (1 if b > 0 else -1)
        word[k : k + 1] = [-a, -b, a, b, a]
        for _ in range(3):
            k = rng.randrange(len(word) - 2)
            a, b, c = word[k : k + 3]
            if abs(abs(a) - abs(b)) >= 2:
                word[k : k + 2] = [b, a]
            elif abs(abs(a) - abs(b)) == 1 and abs(a) == abs(c):
                if a == c and a * b > 0:
                    word[k : k + 3] = [b, a, b]
                elif a == -c and a * b > 0:
                    word[k : k + 3] = [-b, a, b]
                elif a == -c:
                    word[k : k + 3] = [b, c, -b]
    return tuple(word)


@pytest.mark.parametrize("seed", range(4))
def test_a_wide_markov_braid_of_known_value(seed: int) -> None:
    """24 strands, 200 crossings, scrambled from a small centre whose polynomial the oracle gives."""
    rng = random.Random(seed)
    centre = random_word(rng, 6, 24)
    word = [*centre, *(rng.choice((1, -1)) * i for i in range(6, 24))]
    braid = braid_of(24, scrambled(rng, word, 200))
    runs = merge_cyclically(closed_runs(braid, MARKOV).runs)
    assert len(runs) > 75  # the scrambling does not simply cancel
    assert_equals_polynomial(jones_exact(braid, MARKOV), jones_polynomial(6, centre, "markov"))


@pytest.mark.parametrize("seed", range(3))
def test_wide_markov_braids_by_different_trees(seed: int) -> None:
    """24 strands, 200 crossings: dense and constrained, two searches, the network alone, an extra strand."""
    braid = braid_of(24, random_word(random.Random(seed), 24, 200))
    values = [
        jones_exact(braid, MARKOV).normalised,
        jones_exact(braid, MARKOV, "face-tn").normalised,
        jones_exact(braid, MARKOV, "face-tn-fib", seed=7).normalised,
        face_network(braid, MARKOV).search(effort=0, seed=3).contract(),
        jones_exact(braid_of(26, braid.word), MARKOV, seed=5).normalised,
        jones_exact(braid_of(25, (*braid.word, 24)), MARKOV, seed=5).normalised * PHI * cmath.exp(-4j * math.pi / 5),
    ]
    assert all(abs(value - values[0]) < 1e-12 for value in values)
    assert max(map(abs, values)) > 0


@pytest.mark.parametrize("seed", range(3))
def test_wide_plats_by_state_and_by_network(seed: int) -> None:
    """24 strands, 200 crossings: the amplitude against contractions."""
    word = random_word(random.Random(seed), 24, 200)
    values = [jones_exact(braid_of(24, word), PLAT, method) for method in METHODS[PLAT]]
    walk = diagram(24, word, "plat")
    for value in values:
        assert near(value.jones, values[0].jones, PHI**11)
        assert abs(value.normalised - values[0].normalised) < 1e-12
        assert (value.writhe, value.components) == (walk.writhe(), walk.loops)
    assert abs(values[0].normalised) > 1e-9


@pytest.mark.parametrize("closure", Closure)
@pytest.mark.parametrize("untouched", ["left", "middle", "right", "everywhere"])
def test_untouched_strands_in_wide_braids(closure: Closure, untouched: str) -> None:
    """Strands no letter uses cost nothing and give phi each, wherever they are."""
    rng = random.Random(f"{closure} {untouched}")
    left, right = (random_word(rng, 8, 30) for _ in range(2))
    start = {"left": (300, 308), "middle": (0, 308), "right": (0, 8), "everywhere": (100, 308)}[untouched]
    word = [z + start[0] if z > 0 else z - start[0] for z in left]
    word += [z + start[1] if z > 0 else z - start[1] for z in right]
    rng.shuffle(order := [0] * 30 + [1] * 30)
    halves = [iter(word[:30]), iter(word[30:])]
    mixed = [next(halves[which]) for which in order]
    strands = {"left": 316, "middle": 316, "right": 316, "everywhere": 500}[untouched]
    parts = [jones_exact(braid_of(8, part), closure) for part in (left, right)]
    for method in METHODS[closure]:
        value = jones_exact(braid_of(strands, mixed), closure, method)
        assert near(value.normalised, parts[0].normalised * parts[1].normalised)
        circles = strands if closure is MARKOV else strands // 2
        assert abs(abs(value.jones) / PHI ** (circles - 1) - abs(value.normalised)) < 1e-10
        unused = (strands - 16) // (1 if closure is MARKOV else 2)
        assert value.components == sum(part.components for part in parts) + unused


# ---------------------------------------------------------------- what is refused, and what still works


@pytest.mark.parametrize(
    ("strands", "word", "closure", "method", "says"),
    [
        (3, (), PLAT, None, "even"),
        (3, (1, 2), PLAT, "face-tn", "even"),
        (4, (1, 2), PLAT, "fib-trace", "fib-trace"),
        (4, (1, 2), MARKOV, "fib-amplitude", "fib-amplitude"),
        (4, (1, 2), MARKOV, "magic", "fib-trace"),
        (4, (1, 2), MARKOV, "", "fib-trace"),
    ],
)
def test_requests_that_make_no_sense(
    strands: int, word: tuple[int, ...], closure: Closure, method: str | None, says: str
) -> None:
    """Odd plats, methods of the other closure, unknown methods: one line that says what fits."""
    with pytest.raises(PlaitError) as caught:
        jones_exact(braid_of(strands, word), closure, method)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("closure", Closure)
def test_a_closure_by_name_is_read_or_refused(closure: Closure) -> None:
    """The string "markov" must not be taken for the plat closure, nor the other way round."""
    braid = braid_of(4, (1, 2, 3, 2, 2))
    try:
        value = jones_exact(braid, closure.value)  # type: ignore[arg-type]
    except PlaitError:
        return
    assert value == jones_exact(braid, closure)


@pytest.mark.parametrize("closure", ["spiral", "plat ", None, 1])
def test_a_closure_that_is_none(closure: object) -> None:
    """Neither is a wrong name taken for the plat or the Markov closure."""
    with pytest.raises(PlaitError, match="closure"):
        jones_exact(braid_of(4, (1, 2, 3)), closure)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("strands", "layers", "closure", "method"),
    [
        (60, 12, MARKOV, "fib-trace"),
        (1000, 4, MARKOV, "fib-trace"),
        (100, 12, PLAT, "fib-amplitude"),
        (1000, 4, PLAT, "fib-amplitude"),
        (40, 70, MARKOV, None),
        (50, 80, PLAT, None),
    ],
)
def test_requests_too_large_are_refused_before_they_run(
    strands: int, layers: int, closure: Closure, method: str | None
) -> None:
    """The message says what was predicted and which limits to raise; nothing is allocated."""
    braid = Braid.brickwall(strands, layers, p=1, seed=3)
    with pytest.raises(PlaitError, match="predicted") as caught:
        jones_exact(braid, closure, method)
    assert "\n" not in str(caught.value)


def test_limits_are_respected() -> None:
    """A braid that is easy by default is refused under a tiny memory or time limit."""
    braid = Braid.brickwall(20, 20, seed=0)
    assert abs(jones_exact(braid, MARKOV).normalised) < 1
    for limits in ({"memory": 10.0}, {"time_limit": 1e-12}):
        with pytest.raises(PlaitError, match="limit"):
            jones_exact(braid, MARKOV, **limits)


def test_wide_but_shallow_braids_work() -> None:
    """1000 strands: width alone is no obstacle; a chain of stabilisations is the unknot."""
    rng = random.Random(6)
    chain = list(range(1, 1000))
    rng.shuffle(chain)
    value = jones_exact(braid_of(1000, [rng.choice((1, -1)) * i for i in chain]), MARKOV)
    assert abs(value.jones - 1) < 1e-8
    assert value.components == 1
    plat = jones_exact(braid_of(1000, [rng.choice((1, -1)) * i for i in range(2, 1000, 2)]), PLAT)
    assert abs(plat.jones - 1) < 1e-8
    assert plat.components == 1


def test_long_words_cost_no_more_than_their_runs() -> None:
    """100,000 letters of one generator are one run; the writhe keeps them all."""
    value = jones_exact(braid_of(2, (1,) * 100_003), MARKOV)
    assert near(value.jones, jones_exact(Braid.parse("1 1 1"), MARKOV).jones)
    assert value.writhe == 100_003


def test_values_are_frozen_and_repeatable() -> None:
    """Twice the same call is the same value; nothing can be assigned."""
    braid = Braid.brickwall(12, 14, seed=2)
    first, second = jones_exact(braid, MARKOV), jones_exact(braid, MARKOV)
    assert first == second
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.jones = 0j  # type: ignore[misc]
