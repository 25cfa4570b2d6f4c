"""Values to within a stated error, and the published settings, run for real."""

import math

import pytest

from plait.models import Braid, Closure, PlaitError, jones_exact
from plait.models.approximate import APPROXIMATE, jones_within, vectors_for
from plait.models.exact_methods import Limits
from plait.models.paper_run import PAPER_METHODS, paper_run
from plait.models.planted import planted
from plait.models.runs import closed_runs
from plait.models.statevector import exact_trace, sampled_trace

MARKOV, PLAT = Closure.MARKOV, Closure.PLAT
ENOUGH = Limits(memory=2**33, time_limit=600.0)


def test_random_vectors_keep_their_promise() -> None:
    """Errors stay within eps in all but about delta of the repeats, at the fewest vectors that promise it."""
    braid = planted(9, 12, seed=3).braid
    exact = jones_exact(braid, MARKOV).normalised
    eps, delta = 0.08, 0.2
    found = [jones_within(braid, MARKOV, eps, delta, "fib-typical", seed=seed) for seed in range(100)]
    assert all(one.radius <= eps and one.basis == "law" and one.delta == delta for one in found)
    missed = sum(abs(one.normalised - exact) > eps for one in found)
    assert missed <= 100 * delta + 3 * math.sqrt(100 * delta * (1 - delta))
    assert vectors_for(9, eps, delta) > 1
    assert max(abs(one.normalised - exact) for one in found) > eps / 4  # the promise is not an idle one


def test_a_truncated_train_is_as_good_as_it_says() -> None:
    """The bond is doubled until the estimated error is small enough; the value is nearer than that."""
    for closure in Closure:
        braid = planted(16, 30, seed=1).braid
        exact = jones_exact(braid, closure).normalised
        loose, tight = (jones_within(braid, closure, eps, method="mpo-truncated") for eps in (0.3, 1e-9))
        assert abs(loose.normalised - exact) <= loose.radius + 1e-12 <= 0.3 + 1e-12
        assert abs(tight.normalised - exact) < 1e-9
        assert loose.basis == tight.basis == "estimated"


def test_whatever_is_fastest_is_run() -> None:
    """Deep and narrow: one random vector. Wide and shallow, or a plat: an exact method, whose error is none."""
    deep = jones_within(Braid.brickwall(22, 600, seed=0), MARKOV, 0.1)
    assert (deep.method, deep.basis) == ("fib-typical", "law")
    wide = jones_within(Braid.brickwall(60, 6, seed=0), MARKOV, 0.1)
    assert wide.method.startswith("face-tn")
    assert (wide.radius, wide.basis) == (0, "exact")
    assert jones_within(Braid.brickwall(12, 40, seed=0), PLAT, 0.1).basis == "exact"


def test_zero_is_an_assumption() -> None:
    """It says what must be known for it to be right."""
    found = jones_within(Braid.brickwall(40, 80), MARKOV, 0.1, method="zero")
    assert (found.normalised, found.radius, found.basis) == (0, 0.1, "assumed")
    assert "known not to exceed eps" in found.why[0]


def test_wrong_requests() -> None:
    """What was expected and what came."""
    braid = Braid.brickwall(6, 6)
    for eps in (0, -1, math.nan, True, "small"):
        with pytest.raises(PlaitError, match=r"eps = .* must be above 0"):
            jones_within(braid, MARKOV, eps)  # type: ignore[arg-type]
    with pytest.raises(PlaitError, match=r"delta = 1 must be above 0 and below 1"):
        jones_within(braid, MARKOV, 0.1, 1)
    with pytest.raises(PlaitError, match=f"known: {', '.join(APPROXIMATE)}"):
        jones_within(braid, MARKOV, 0.1, method="guess")
    with pytest.raises(PlaitError, match="fib-typical is for the markov closure"):
        jones_within(braid, PLAT, 0.1, method="fib-typical")
    with pytest.raises(PlaitError, match="raise --time-limit or --memory"):
        jones_within(Braid.brickwall(70, 300), MARKOV, 0.1, method="fib-typical")


def test_paths_sampled_as_a_quantum_computer_would() -> None:
    """Unbiased: the mean over many paths is the weighted trace, to a few standard errors."""
    runs = closed_runs(Braid.brickwall(8, 10, seed=2), MARKOV).runs
    exact, samples = exact_trace(8, runs), 4000
    assert abs(sampled_trace(8, runs, samples=samples, seed=1) - exact) < 4 / math.sqrt(samples)
    assert sampled_trace(8, runs, samples=5, seed=1) == sampled_trace(8, runs, samples=5, seed=1)


@pytest.mark.parametrize("method", PAPER_METHODS)
def test_published_settings_run(method: str) -> None:
    """Each gives the value; counts come in the publication's unit and in plait's."""
    braid = Braid.brickwall(5, 5, seed=3)
    found = paper_run(braid, method, limits=ENOUGH, eps=0.04, search_seconds=2)
    assert abs(found.value - jones_exact(braid, MARKOV).normalised) < max(4 * found.radius, 1e-9)
    if "published_operations" in found.counts:
        ratio = {"paper-tn-proj": 4, "paper-bracket": 8, "paper-sv-shor": 1}[method]
        assert found.counts["real_flop"] == pytest.approx(ratio * found.counts["published_operations"])
        assert found.counts["bytes"] == 2 * found.counts["published_bytes"]


def test_published_settings_are_guarded() -> None:
    """Too large: refused with the prediction; a name that is none: what is known."""
    for method, strands in (("paper-sv-shor", 60), ("paper-mpo-proj", 40)):
        with pytest.raises(PlaitError, match=f"{method} would take about .* raise --time-limit or --memory"):
            paper_run(Braid.brickwall(strands, 20), method, limits=ENOUGH)
    with pytest.raises(PlaitError, match="known: paper-tn-proj, paper-bracket"):
        paper_run(Braid.brickwall(4, 4), "paper-peps", limits=ENOUGH)
