"""The choice between exact methods: by predicted seconds, within limits, minimised first, checked on request."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plait.models import Braid, Closure, PlaitError, exact, exact_methods, jones_exact
from plait.models.exact import MINIMISE_FROM, runs_of
from plait.models.exact_methods import CONTRACTIONS, METHODS, Limits, Prediction, evaluate
from plait.models.planted import planted
from plait.models.rates import Rates

MARKOV, PLAT = Closure.MARKOV, Closure.PLAT
WIDE = Limits(memory=2**33, time_limit=600.0)


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.sampled_from(list(Closure)), st.integers(2, 6), st.integers(1, 12), st.integers(0, 99))
def test_all_methods_agree(closure: Closure, half: int, layers: int, seed: int) -> None:
    """State, contraction dense and constrained, tensor train: one value."""
    braid = Braid.brickwall(2 * half, layers, seed=seed)
    names = ("fib-trace" if closure is MARKOV else "fib-amplitude", *CONTRACTIONS, "mpo")
    values = [jones_exact(braid, closure, name).normalised for name in names]
    assert max(abs(value - values[0]) for value in values) < 1e-12


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize(("strands", "layers"), [(10, 5), (10, 50), (29, 5), (29, 50)])
def test_planted_corners_unminimised(strands: int, layers: int, closure: Closure) -> None:
    """Planted braids of known value at the corners of the published sizes, as they stand."""
    strands -= strands % 2 if closure is PLAT else 0
    for seed in range(3):
        known = planted(strands, layers, seed=seed)
        found = jones_exact(known.braid, closure, minimise=False)
        assert abs(found.normalised - known.normalised(closure)) < 1e-10
        assert found.minimised is None


@pytest.mark.parametrize("closure", list(Closure))
def test_long_braids_are_minimised_first(closure: Closure) -> None:
    """What a planted braid shrinks to is what it costs; the value, writhe and components are of the braid given."""
    known = planted(36, 40, seed=4)
    assert len(runs_of(known.braid, closure)[1]) >= MINIMISE_FROM
    short, whole = (jones_exact(known.braid, closure, minimise=flag) for flag in (None, False))
    assert short.minimised is not None
    assert short.minimised[0] == known.braid.crossings > 2 * short.minimised[1]
    assert abs(short.normalised - known.normalised(closure)) < 1e-10
    assert abs(short.jones - whole.jones) < 1e-9 * abs(whole.jones)
    assert (short.writhe, short.components) == (whole.writhe, whole.components)
    assert jones_exact(known.braid, closure, "mpo").minimised is None  # a method that was named gets the word as it is


def test_the_least_predicted_time_is_run() -> None:
    """Whatever the machine is good at, it is asked to do; the reason given names the others and their times."""
    _, runs = runs_of(Braid.brickwall(14, 30, seed=1), MARKOV)
    slow, fast = 1e-3, 1e-15
    for rates, wanted in (
        (Rates(cell=fast, column=fast, trace_run=fast, operation=slow, dense_operation=slow, work=slow), "fib-trace"),
        (
            Rates(cell=slow, operation=fast, surface=fast, planned=fast, step=fast, dense_operation=slow, work=slow),
            "face-tn-fib",
        ),
        (Rates(cell=slow, operation=slow, dense_operation=fast, write=fast, tensor=fast, work=slow), "face-tn"),
        (Rates(cell=slow, operation=slow, dense_operation=slow, work=fast, factor=fast, update=fast), "mpo"),
    ):
        found = evaluate(14, runs, MARKOV, METHODS, replace(WIDE, rates=rates, time_limit=1e9))
        assert found.method == wanted
        assert found.why.startswith("predicted" if wanted != "mpo" else "mpo, tried for")


def test_refusals_name_every_prediction_and_both_limits() -> None:
    """Nothing fits: what each method would take, and what to raise."""
    braid = Braid.brickwall(24, 60, seed=0)
    with pytest.raises(
        PlaitError, match=r"fib-trace .* face-tn .* face-tn-fib .* mpo tried for .*--time-limit or --mem"
    ):
        jones_exact(braid, MARKOV, time_limit=1e-3)
    with pytest.raises(PlaitError, match=r"no exact method fits 24 strands .* within 600 s and 9\.31e-07 GiB"):
        jones_exact(braid, MARKOV, memory=1000)


def test_memory_below_the_tree_s_makes_loops() -> None:
    """A contraction that would take more memory loops over heights, and says so."""
    braid = Braid.brickwall(30, 40, seed=2)
    whole = jones_exact(braid, MARKOV, "face-tn-fib")
    tight = jones_exact(braid, MARKOV, "face-tn-fib", memory=2**15)
    assert "passes of loops" in tight.why[0]
    assert "passes of loops" not in whole.why[0]
    assert abs(tight.normalised - whole.normalised) < 1e-10 * abs(whole.normalised)


def test_threads_change_nothing() -> None:
    """Same value, bit for bit, on one thread and on two: state, contraction."""
    braid = Braid.brickwall(18, 30, seed=3)
    for method in ("fib-trace", "face-tn-fib"):
        one, two = (jones_exact(braid, MARKOV, method, threads=threads).normalised for threads in (1, 2))
        assert one == pytest.approx(two, rel=1e-12)


@pytest.mark.parametrize("method", [None, "fib-trace", "face-tn", "mpo"])
def test_a_check_computes_it_again(method: str | None) -> None:
    """--check says by what and how far apart; a part left out of the word is no obstacle."""
    braid = Braid(strands=14, word=Braid.brickwall(10, 20, seed=5).word)
    found = jones_exact(braid, MARKOV, method, check=True)
    assert found.checked.startswith("face-tn")
    assert "trees of another search" in found.checked


def test_a_wrong_value_cannot_pass_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative error of 1e-9 in a value of 1e-6 is caught: contractions are compared relative to the value."""
    braid = Braid.brickwall(24, 30, seed=6)
    honest, calls = exact_methods.evaluate, []

    def off(*given: object, **more: object) -> object:
        found = honest(*given, **more)  # type: ignore[arg-type]
        calls.append(found)
        return replace(found, value=found.value * (1 + 1e-9)) if len(calls) == 1 else found

    monkeypatch.setattr(exact, "evaluate", off)
    with pytest.raises(PlaitError, match="two exact evaluations differ"):
        jones_exact(braid, MARKOV, "face-tn-fib", check=True)
    assert abs(calls[0].value) < 1e-4
    calls.clear()
    monkeypatch.setattr(exact, "evaluate", lambda *given, **more: (calls.append(0), honest(*given, **more))[1])
    assert jones_exact(braid, MARKOV, "face-tn-fib", check=True).checked


def test_a_longer_search_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Effort rises with the seconds predicted, and not where nothing could bring them within the limit."""
    efforts: list[int] = []
    honest = exact_methods.search

    def counted(network: object, **asked: int) -> object:
        efforts.append(asked["effort"])
        return honest(network, **{**asked, "effort": min(1, asked["effort"])})  # type: ignore[arg-type]

    monkeypatch.setattr(exact_methods, "search", counted)
    _, runs = runs_of(Braid.brickwall(20, 30, seed=1), MARKOV)
    for operation, wanted in ((1e-12, []), (1e-5, [0]), (1e-3, [0, 1]), (1.0, [0, 1, 2]), (1e12, [0])):
        efforts.clear()
        limits = replace(WIDE, rates=Rates(operation=operation, dense_operation=1.0), time_limit=1e6)
        exact_methods._contractions(20, runs, MARKOV, ("face-tn-fib",), limits)
        assert efforts == wanted


def test_predictions_read_well() -> None:
    """Seconds and memory in words."""
    one = Prediction(method="face-tn", seconds=1234.0, bytes=3 * 2**20, run=lambda: 0j, remark=" (tree of effort 1)")
    assert str(one) == "face-tn 1.2e+03 s in 3 MiB (tree of effort 1)"
    assert one.fits(replace(WIDE, time_limit=1235.0))
    assert not one.fits(replace(WIDE, memory=2**20))


def test_a_train_slower_than_predicted_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work allowed is a prediction; on a busy machine the clock has the last word."""
    monkeypatch.setattr(exact_methods, "TRAIN_FROM", 0.0)
    monkeypatch.setattr(exact_methods, "TRAIN_PATIENCE", 0)
    monkeypatch.setattr(Rates, "train_work", lambda self, runs, seconds: 1e30)
    found = evaluate(24, runs_of(Braid.brickwall(24, 40), MARKOV)[1], MARKOV, METHODS, WIDE)
    assert found.method == "face-tn-fib"
    assert "mpo tried for" in found.why
    assert "times the seconds predicted" in found.why
