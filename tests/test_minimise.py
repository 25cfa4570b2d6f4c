"""Minimised braids: the same oriented link by an independent exact polynomial, never longer, and short where known."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kauffman_bracket import jones_polynomial
from test_cli_models import answer, mistake, pair, text

from plait.models import Braid, Closure, PlaitError, jones_exact
from plait.models.link import close
from plait.models.minimise import cancel, cancel_cyclically, minimise
from plait.models.planted import layered_unlink

EFFORTS = (0, 1, 2)


@st.composite
def closed_braids(draw: st.DrawFn) -> tuple[Braid, Closure]:
    """Small closed braids; plats also with cups that pass each other at either end."""
    closure = draw(st.sampled_from(list(Closure)))
    strands = draw(st.sampled_from((2, 4, 6) if closure is Closure.PLAT else (1, 2, 3, 4, 5)))
    sign = st.sampled_from((-1, 1))
    letter = st.builds(lambda i, s: i * s, st.integers(1, max(1, strands - 1)), sign)
    word = draw(st.lists(letter, max_size=14 if strands > 1 else 0))
    if strands >= 4:
        signs = draw(st.lists(sign, min_size=4, max_size=4))
        passing = [i * s for i, s in zip((2, 1, 3, 2), signs, strict=True)]
        word = draw(st.sampled_from(([], passing))) + word + draw(st.sampled_from(([], passing)))
    return Braid(strands=strands, word=tuple(word)), closure


@given(closed_braids(), st.sampled_from(EFFORTS), st.integers(0, 2**63 - 1))
def test_the_integer_jones_polynomial_is_unchanged(closed: tuple[Braid, Closure], effort: int, seed: int) -> None:
    """Every coefficient, by an oracle that shares nothing with plait; and the same components."""
    braid, closure = closed
    found = minimise(braid, closure, effort, seed=seed).braid
    assert jones_polynomial(found.strands, found.word, closure) == jones_polynomial(braid.strands, braid.word, closure)
    assert close(found, closure).components == close(braid, closure).components


@given(closed_braids(), st.sampled_from(EFFORTS), st.integers(0, 2**63 - 1))
def test_the_exact_value_is_unchanged(closed: tuple[Braid, Closure], effort: int, seed: int) -> None:
    """Both conventions of V, and E through the factor that is reported."""
    braid, closure = closed
    found = minimise(braid, closure, effort, seed=seed)
    before, after = jones_exact(braid, closure), jones_exact(found.braid, closure)
    assert after.jones == pytest.approx(before.jones, abs=1e-9)
    assert after.standard == pytest.approx(before.standard, abs=1e-9)
    assert found.factor * after.normalised == pytest.approx(before.normalised, abs=1e-10)


@given(closed_braids(), st.integers(0, 2**63 - 1))
def test_never_longer_idempotent_deterministic(closed: tuple[Braid, Closure], seed: int) -> None:
    """Also never longer than at a lower effort; strands are kept below effort 2 and for plats."""
    braid, closure = closed
    crossings = braid.crossings
    for effort in EFFORTS:
        found = minimise(braid, closure, effort, seed=seed)
        assert (found.crossings_before, found.crossings_after) == (braid.crossings, found.braid.crossings)
        assert found.crossings_after <= crossings
        assert minimise(braid, closure, effort, seed=seed) == found
        assert minimise(found.braid, closure, effort, seed=seed).braid == found.braid
        if effort < 2 or closure is Closure.PLAT:
            assert found.braid.strands == braid.strands
        crossings = found.crossings_after


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("closure", list(Closure))
def test_larger_braids_keep_their_value(closure: Closure, effort: int) -> None:
    for seed in range(5):
        braid = Braid.brickwall(14, 14, seed=seed)
        before, after = jones_exact(braid, closure), jones_exact(braid.minimised(closure, effort, seed=seed), closure)
        assert after.jones == pytest.approx(before.jones, rel=1e-10)
        assert (after.components, after.standard) == (before.components, pytest.approx(before.standard, rel=1e-10))


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("closure", list(Closure))
def test_a_word_and_its_inverse_vanish(closure: Closure, effort: int) -> None:
    for seed in range(5):
        word = Braid.brickwall(12, 20, seed=seed).word
        braid = Braid(strands=12, word=(*word, *(-letter for letter in reversed(word))))
        assert braid.minimised(closure, effort).word == ()


@pytest.mark.parametrize("closure", list(Closure))
def test_disguised_unlinks_collapse(closure: Closure) -> None:
    """Cancellation leaves most of them; laying strands anew at their own heights leaves nothing."""
    for seed in range(3):
        braid = layered_unlink(28, 40, seed)
        assert minimise(braid, closure, 0).crossings_after > braid.crossings / 2
        assert minimise(braid, closure, 1).crossings_after == 0


def test_a_layer_on_top_of_a_knotted_centre_leaves_the_centre() -> None:
    """A disguised unlink with a trefoil in its middle strands shrinks to the trefoil."""
    wall = layered_unlink(12, 12, 1).word
    braid = Braid(strands=12, word=(*wall, 6, 6, 6, *wall))
    found = braid.minimised("markov", 1)
    assert found.word == (6, 6, 6)


@pytest.mark.parametrize("seed", range(5))
def test_trefoil_with_stabilisation_noise(seed: int) -> None:
    """Three crossings conjugated at random and stabilised: effort 2 gives back the trefoil on two strands."""
    rng = random.Random(seed)
    word, strands = [1, 1, 1], 2
    for _ in range(4):
        word.append(rng.choice((-1, 1)) * strands)
        strands += 1
        noise = [rng.choice((-1, 1)) * rng.randint(1, strands - 1) for _ in range(3)]
        word = noise + word + [-letter for letter in reversed(noise)]
    found = minimise(Braid(strands=strands, word=tuple(word)), "markov", 2, seed=seed).braid
    assert (found.strands, found.word) == (2, (1, 1, 1))


def test_a_single_generator_in_the_middle_goes_with_its_strand() -> None:
    """Two trefoils joined by one crossing are their connected sum."""
    joined = Braid(strands=4, word=(1, 1, 1, 2, 3, 3, 3))
    found = joined.minimised("markov", 2)
    assert (found.strands, found.crossings) == (3, 6)
    assert jones_exact(found, "markov").jones == pytest.approx(jones_exact(Braid.parse("1 1 1"), "markov").jones ** 2)


def test_plat_kinks_count_in_the_writhe_and_turn_components() -> None:
    """A kink goes from a knot; on a component that is linked it decides the orientation, so one of two is kept."""
    assert Braid(strands=4, word=(1, 3, 2, -1, 3)).minimised("plat", 0).word == (2,)
    hopf = Braid(strands=4, word=(1, 2, 2))
    assert jones_exact(hopf, "plat").writhe != jones_exact(Braid(strands=4, word=(2, 2)), "plat").writhe
    assert minimise(hopf, "plat", 2).braid == hopf
    assert Braid(strands=4, word=(1, 1, 2, 2)).minimised("plat", 0).word == (2, 2)
    # both components turned is as good as none
    assert Braid(strands=4, word=(1, -3, 2, 2)).minimised("plat", 0).word == (2, 2)


@pytest.mark.parametrize(
    ("signs", "slips"),
    [((1, 1, 1, 1), True), ((1, 1, -1, -1), True), ((1, -1, 1, -1), True), ((1, -1, -1, 1), False)],
)
def test_cups_that_pass_each_other(signs: tuple[int, ...], slips: bool) -> None:
    """sigma_2 sigma_1 sigma_3 sigma_2 at the cups goes if one cup can slip back past the other."""
    word = tuple(i * s for i, s in zip((2, 1, 3, 2), signs, strict=True))
    found = minimise(Braid(strands=4, word=word), "plat", 1)
    assert (found.crossings_after == 0) is slips
    assert minimise(Braid(strands=4, word=word), "plat", 0).crossings_after == 4


def test_closures_differ_in_what_they_allow() -> None:
    """Cyclic cancellation is for Markov only, kinks are for plat only."""
    assert Braid.parse("1 2 2 -1").minimised("markov", 0).word == (2, 2)
    assert Braid(strands=4, word=(2, 1, 1, -2)).minimised("plat", 0).word == (2, 1, 1, -2)
    assert Braid(strands=4, word=(1, 2, 2)).minimised("markov", 1).crossings == 3


def test_cancellation_looks_through_commuting_letters() -> None:
    assert cancel((1, 3, -1, 5, -3)) == (5,)
    assert cancel((1, 2, -1)) == (1, 2, -1)
    assert cancel((2, 1, -1, -2)) == ()
    assert cancel_cyclically((1, 3, 2, -3, 5, -1)) == (2, 5)
    assert cancel_cyclically((1,)) == (1,)
    assert cancel_cyclically(()) == ()


@pytest.mark.parametrize("seed", range(20))
def test_cyclic_cancellation_leaves_nothing_to_cancel(seed: int) -> None:
    """Every rotation of the result is reduced."""
    rng = random.Random(seed)
    word = cancel_cyclically(tuple(rng.choice((-1, 1)) * rng.randint(1, 4) for _ in range(60)))
    for turn in range(len(word)):
        assert len(cancel(word[turn:] + word[:turn])) == len(word)


def test_mistakes_say_what_was_expected() -> None:
    braid = Braid(strands=3, word=(1, 2))
    with pytest.raises(PlaitError, match="even number of strands"):
        minimise(braid, "plat")
    with pytest.raises(PlaitError, match=r"effort = 3 is out of range; expected 0\.\.2"):
        minimise(braid, "markov", 3)
    with pytest.raises(PlaitError, match="seed = -1 is out of range"):
        minimise(braid, "markov", seed=-1)


# command line


def test_braid_show_minimise() -> None:
    shown = answer("braid", "show", "1 2 1 -2 -1 -2", "--strands", "4", "--minimise", "--jones")
    assert (shown["word"], shown["minimised"], shown["minimised_strands"]) == ([1, 2, 1, -2, -1, -2], [], 4)
    assert (shown["crossings_before"], shown["crossings_after"]) == (6, 0)
    assert shown["seconds"] > 0
    less = answer("braid", "show", "1 2 1 -2 -1 -2", "--minimise", "--effort", "0")
    assert less["crossings_after"] == 6
    assert "minimised" not in answer("braid", "show", "1 -1")


def test_braid_show_minimise_in_words() -> None:
    shown = text("braid", "show", "1 2 1 1 1 -2 -1", "--minimise", "--effort", "2")
    assert "\nMinimised: the same oriented link of the markov closure\nstrands " in shown
    assert "crossings  3 " in shown
    assert " of 7\n" in shown
    assert "  effort 2, seed 0\n" in shown
    assert mistake("braid", "show", "1", "--minimise", "--effort", "3").startswith("effort = 3 is out of range")


@pytest.mark.parametrize("closure", list(Closure))
def test_contract_minimised_gives_the_value_of_the_braid_asked_for(closure: Closure) -> None:
    """The phase of dropped plat kinks is put back."""
    braid = Braid(strands=6, word=(1, 3, -2, 4, 1, 2, -4, 5, -3, 2, 4, 4, 2, 1))
    found = answer("contract", str(braid), "--closure", closure, "--minimise", "--run")
    assert found["crossings_after"] == found["crossings"] < found["crossings_before"] == braid.crossings
    assert found["normalised"] == pair(jones_exact(braid, closure).normalised)
    assert found["minimise_seconds"] > 0
    assert "crossings_before" not in answer("contract", str(braid), "--closure", closure)
    assert "\nminimised " in text("contract", str(braid), "--closure", closure, "--minimise")
