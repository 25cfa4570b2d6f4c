"""Planted braids: the value known by construction is exact, |E| is spread, and minimisation finds the centre."""

import random
import statistics
from collections import Counter
from itertools import groupby

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kauffman_bracket import jones_polynomial

from plait.models import Braid, Closure, PlaitError, jones_exact
from plait.models.link import close
from plait.models.minimise import minimise
from plait.models.planted import layered_unlink, planted, twist_value

PRECISION = 1e-12


def closures(strands: int) -> list[Closure]:
    """Those that can close a braid of so many strands."""
    return [closure for closure in Closure if closure is Closure.MARKOV or strands % 2 == 0]


def bound(braid: Braid, closure: Closure) -> float:
    """|V| at |E| = 1."""
    return float(1.618034 ** (braid.strands if closure is Closure.MARKOV else braid.strands // 2))


# ---------------------------------------------------------------- the value


@settings(max_examples=300)
@given(st.integers(2, 12), st.integers(0, 20), st.integers(0, 2**63 - 1))
@example(2, 0, 0)
@example(4, 0, 1)
@example(4, 20, 2)
@example(12, 20, 3)
def test_the_known_value_is_the_exact_one(strands: int, layers: int, seed: int) -> None:
    """E, and V with the oriented writhe, of the disguised word in every closure it has."""
    made = planted(strands, layers, seed)
    assert set(made.values) == set(closures(strands))
    for closure in closures(strands):
        exact = jones_exact(made.braid, closure)
        assert abs(made.normalised(closure) - exact.normalised) < PRECISION
        assert abs(made.jones(closure) - exact.jones) < PRECISION * bound(made.braid, closure)


@given(st.integers(2, 7), st.integers(0, 8), st.integers(0, 2**63 - 1))
def test_the_centre_closes_to_the_same_link(strands: int, layers: int, seed: int) -> None:
    """The same E and components; Markov: also the same writhe, so the same V."""
    made = planted(strands, layers, seed)
    for closure in closures(strands):
        assert abs(jones_exact(made.centre, closure).normalised - made.normalised(closure)) < PRECISION
        assert close(made.centre, closure).components == close(made.braid, closure).components
    assert close(made.centre, "markov").writhe == close(made.braid, "markov").writhe


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("strands", [4, 5, 6])
def test_every_coefficient_of_the_polynomial_is_that_of_the_centre(strands: int, seed: int) -> None:
    """The braid is the centre in disguise at every t, by an oracle in integers that shares nothing with plait."""
    made = planted(strands, 2, seed)
    assert jones_polynomial(strands, made.braid.word, Closure.MARKOV) == jones_polynomial(
        strands, made.centre.word, Closure.MARKOV
    )


@pytest.mark.parametrize("power", range(-10, 11))
def test_twist_value_is_that_of_two_strands(power: int) -> None:
    """In closed form; also of the plat in which the inner strands are twisted."""
    sign = 1 if power > 0 else -1
    for strands, closure in ((2, Closure.MARKOV), (4, Closure.PLAT)):
        braid = Braid(strands=strands, word=(sign * strands // 2,) * abs(power))
        assert abs(jones_exact(braid, closure).normalised - twist_value(power)) < PRECISION


def test_larger_braids_have_their_value() -> None:
    """Wider than the hypothesis test, unminimised."""
    for strands, layers in ((16, 12), (20, 10), (24, 6)):
        made = planted(strands, layers, seed=strands)
        for closure in Closure:
            exact = jones_exact(made.braid, closure).normalised
            assert abs(made.normalised(closure) - exact) < 1e-11


# ---------------------------------------------------------------- the family


@pytest.mark.parametrize("strands", [3, 4, 5, 6, 8, 20, 29, 85])
def test_values_are_spread(strands: int) -> None:
    """Of 200 seeds every fifth of [0, 1] holds at least 8 % of |E|, and every quarter of the circle at least 8 %."""
    made = [planted(strands, 3, seed) for seed in range(200)]
    for closure in closures(strands):
        values = [one.normalised(closure) for one in made]
        assert all(abs(value) < 1 + PRECISION for value in values)
        fifths = Counter(min(4, int(5 * abs(value))) for value in values)
        assert min(fifths[fifth] for fifth in range(5)) >= 16
        quarters = Counter((value.real > 0, value.imag > 0) for value in values)
        assert len(quarters) == 4
        assert min(quarters.values()) >= 16


@pytest.mark.parametrize(("strands", "near"), [(3, 0.07), (4, 0.2), (6, 0.07), (7, 0.03), (8, 0.07), (10, 0.03)])
def test_the_modulus_is_near_its_draw(strands: int, near: float) -> None:
    """The draw is the first of the seed's generator, so it is the same at every size."""
    for seed in range(300):
        target = random.Random(seed).random()
        assert all(abs(abs(value) - target) < near for value in planted(strands, 0, seed).values.values())


def test_both_closures_share_the_value_from_six_strands_on() -> None:
    """Odd strands have only one."""
    for strands in (6, 10, 30):
        for seed in range(20):
            values = planted(strands, 4, seed).values
            assert values[Closure.MARKOV] == values[Closure.PLAT]


@pytest.mark.parametrize(
    ("strands", "layers", "low", "high"),
    [(10, 10, 1.7, 2.1), (20, 20, 1.3, 1.6), (29, 50, 1.2, 1.4), (40, 40, 1.25, 1.5), (85, 80, 1.15, 1.35)],
)
def test_crossings_and_depth_beside_a_brickwall_of_as_many_layers(
    strands: int, layers: int, low: float, high: float
) -> None:
    """Medians of 20 seeds; the layers asked for are only part of the depth."""
    made = [planted(strands, layers, seed).braid for seed in range(20)]
    walls = [Braid.brickwall(strands, layers, seed=seed) for seed in range(20)]
    crossings, depth = (
        statistics.median(getattr(braid, name) for braid in made)
        / statistics.median(getattr(wall, name) for wall in walls)
        for name in ("crossings", "depth")
    )
    assert low < crossings < high
    assert 1.3 < depth < 2.6


def test_the_centre_is_scattered() -> None:
    """The letters of the centre are no block: most words hold no long run of one letter."""
    words = [planted(20, 20, seed).braid.word for seed in range(40)]
    assert statistics.median(max(len(list(block)) for _, block in groupby(word)) for word in words) <= 3


@pytest.mark.parametrize(("strands", "layers"), [(11, 10), (20, 20), (40, 40)])
def test_minimisation_undoes_the_disguise(strands: int, layers: int) -> None:
    """As the docstring says: laying strands anew leaves the centre at most, cancellation alone most of the word."""
    for seed in range(5):
        made = planted(strands, layers, seed)
        assert minimise(made.braid, "markov", 1).crossings_after <= made.centre.crossings
        assert minimise(made.braid, "markov", 0).crossings_after > made.braid.crossings / 2
        if strands % 2 == 0:
            assert minimise(made.braid, "plat", 1).crossings_after < made.braid.crossings / 2


# ---------------------------------------------------------------- small and wrong


def test_the_same_seed_gives_the_same_braid() -> None:
    """Another seed another one; Braid.planted is the braid itself."""
    assert planted(9, 12, 5) == planted(9, 12, 5)
    assert len({planted(9, 12, seed).braid for seed in range(20)}) == 20
    assert Braid.planted(9, 12, seed=5) == planted(9, 12, 5).braid
    assert Braid.planted(9, 12) == planted(9, 12, 0).braid


def test_a_golden_word() -> None:
    """The same on every machine and Python: files that name (n, L, seed) stay true."""
    assert str(Braid.planted(5, 4, seed=2)) == "-1 3 -2 4 1 1 -3 1 -1 3 1 2 -4 1 -3"


def test_the_smallest_braids() -> None:
    """One strand is the unknot; two are a torus link, or an unknot as a plat; no layers leave the centre to be seen."""
    for layers in (0, 7):
        made = planted(1, layers, 3)
        assert (made.braid, made.values) == (Braid(strands=1, word=()), {Closure.MARKOV: 1})
        assert {round(abs(planted(2, layers, seed).normalised("markov")), 3) for seed in range(60)} <= {
            round(abs(twist_value(power)), 3) for power in range(6)
        }
        assert abs(planted(2, layers, 1).normalised("plat")) == pytest.approx(1, abs=PRECISION)
    made = planted(12, 0, 4)
    assert made.braid.crossings >= made.centre.crossings > 0


def test_what_cannot_be_is_refused() -> None:
    """Sizes and seeds out of range, and the plat of an odd number of strands."""
    for call in (planted, layered_unlink, Braid.planted):
        for arguments, says in (
            ((0, 3), "strands = 0 is out of range"),
            ((True, 3), "strands = True must be an integer"),
            ((3, -1), "layers = -1 is out of range"),
            ((3, 2.0), "layers = 2.0 must be an integer"),
            ((3, 2, -1), "seed = -1 is out of range"),
            ((1000, 9999), "the limit is 1000000"),
        ):
            with pytest.raises(PlaitError, match=says):
                call(*arguments)  # type: ignore[operator]
    for method in (planted(5, 3).normalised, planted(5, 3).jones):
        with pytest.raises(PlaitError, match="even number of strands"):
            method("plat")


def test_a_layered_unlink_is_one() -> None:
    """E = 1 and no writhe, in both closures; the strands come back in order."""
    for strands, layers in ((1, 3), (2, 5), (7, 6), (10, 12)):
        for seed in range(5):
            braid = layered_unlink(strands, layers, seed)
            assert close(braid, "markov").components == strands
            for closure in closures(strands):
                exact = jones_exact(braid, closure)
                assert (exact.writhe, abs(exact.normalised - 1) < PRECISION) == (0, True)
