"""What must hold of any study, whatever its numbers: hypothesis draws the places and the changes."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plait.calibrations import Calibration, load_calibration
from plait.estimator.draws import Draws
from plait.estimator.frontier import frontier
from plait.estimator.outcomes import Outcomes, outcomes
from plait.estimator.study import Study, load_study, override
from plait.estimator.sweep import sweep
from plait.models import Closure, Side

SLACK = 1e-9
"""Decades: rounding of the logarithms."""
places = st.tuples(st.integers(2, 60).map(lambda k: 2 * k), st.integers(1, 400))
closures = st.sampled_from(list(Closure))
ERRORS = ("e_2q", "e_1q", "e_idle", "e_spam")
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration()


@pytest.fixture(scope="module")
def study() -> Study:
    chosen = override(load_study("default"), settings=["draws=40"], machines=["qpu-1e-4", "helios", "core", "frontier"])
    assert chosen.question.accuracy == "additive"
    return chosen


def at(study: Study, calibration: Calibration, closure: Closure, place: tuple[int, int]) -> Outcomes:
    strands, layers = (np.full((1, 1, 1), float(x)) for x in place)
    return outcomes(study, closure, calibration, Draws.make(study.draws, study.seed), strands, layers)


def costs(study: Study, calibration: Calibration, closure: Closure, place: tuple[int, int]) -> NDArray[np.float64]:
    return at(study, calibration, closure, place).costs()[:, 0, 0]


def less_or_equal(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    return bool(np.all((x <= y + SLACK) | (y == np.inf)))


@few
@given(place=places, closure=closures, name=st.sampled_from(ERRORS), factor=st.floats(1, 100))
def test_more_error_never_helps_quantum(
    study: Study, calibration: Calibration, place: tuple[int, int], closure: Closure, name: str, factor: float
) -> None:
    """In no draw, and so not in p."""
    worse = override(study, settings=[f"{name}=x{factor:.6g}"])
    before, after = at(study, calibration, closure, place), at(worse, calibration, closure, place)
    assert less_or_equal(before.costs()[before.quantum], after.costs()[after.quantum])
    assert np.array_equal(before.costs()[~before.quantum], after.costs()[~after.quantum])


@few
@given(place=places, closure=closures, factor=st.floats(1, 1e6))
def test_more_memory_never_hurts_classical(
    study: Study, calibration: Calibration, place: tuple[int, int], closure: Closure, factor: float
) -> None:
    more = override(study, settings=[f"M=x{factor:.6g}"])
    assert less_or_equal(costs(more, calibration, closure, place), costs(study, calibration, closure, place))


@few
@given(place=places, closure=closures, data=st.data())
def test_another_classical_contender_never_favours_quantum(
    study: Study, calibration: Calibration, place: tuple[int, int], closure: Closure, data: st.DataObject
) -> None:
    classical = study.side(Side.CLASSICAL)
    dropped = data.draw(st.sampled_from(classical))
    fewer = replace(study, contenders=tuple(each for each in study.contenders if each is not dropped))
    full, part = at(study, calibration, closure, place), at(fewer, calibration, closure, place)
    for k in np.flatnonzero(full.quantum):
        assert (full.gap(k) > 0).mean() <= (part.gap(k) > 0).mean()


@few
@given(place=places, closure=closures, data=st.data())
def test_the_order_of_contenders_means_nothing(
    study: Study, calibration: Calibration, place: tuple[int, int], closure: Closure, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(study.contenders))))
    turned = replace(study, contenders=tuple(study.contenders[k] for k in order))
    assert np.array_equal(
        costs(turned, calibration, closure, place), costs(study, calibration, closure, place)[list(order)]
    )


@few
@given(place=places, closure=closures, factor=st.floats(1, 1e3))
def test_a_laxer_question_is_no_dearer(
    study: Study, calibration: Calibration, place: tuple[int, int], closure: Closure, factor: float
) -> None:
    """A larger error allowed, or a larger chance of missing it."""
    base = costs(study, calibration, closure, place)
    lax = override(study, eps=study.question.eps * factor)
    assert less_or_equal(costs(lax, calibration, closure, place), base)
    likely = override(study, delta=min(0.5, study.question.delta * factor))
    assert less_or_equal(costs(likely, calibration, closure, place), base)


@few
@given(place=places, closure=closures)
def test_matching_the_quantum_answer_asks_less_of_both(
    study: Study, calibration: Calibration, place: tuple[int, int], closure: Closure
) -> None:
    """With match-quantum neither side needs more than with the additive rule."""
    one = override(study, machines=["qpu-1e-4", "core", "frontier"])
    raw = override(one, settings=["mitigation=raw"])
    matched = override(raw, settings=["accuracy=match-quantum"])
    assert less_or_equal(costs(matched, calibration, closure, place), costs(raw, calibration, closure, place))


@few
@given(place=places, closure=closures, metric=st.sampled_from(["joules", "money"]))
def test_metrics_are_seconds_at_a_rate(
    study: Study, calibration: Calibration, place: tuple[int, int], closure: Closure, metric: str
) -> None:
    """One rate for each machine, the same in every place, within its declared range; nothing stays nothing."""
    other = override(study, settings=[f"metric={metric}"])
    seconds, found = (at(each, calibration, closure, place) for each in (study, other))
    for k, contender in enumerate(study.contenders):
        before, after = seconds.found[k], found.found[k]
        assert np.array_equal(before.reason, after.reason)
        answered = np.isfinite(before.log_cost)
        if contender.machine is None:
            assert np.array_equal(before.log_cost, after.log_cost)
            continue
        rate = 10 ** (after.log_cost[answered] - before.log_cost[answered])
        figure = contender.machine.figures[{"joules": "power", "money": "price"}[metric]]
        unit = 1 if metric == "joules" else 3600
        low, high = (figure.low or figure.value or 0) / unit, (figure.high or figure.value or 0) / unit
        assert np.all((rate >= low * (1 - 1e-9)) & (rate <= high * (1 + 1e-9)))


def test_planted_braids_are_answered_at_once(study: Study, calibration: Calibration) -> None:
    """Even an ideal quantum computer, without a gate to run, needs longer than a core that minimises first."""
    planted = override(study, settings=["family=planted"])
    ideal = override(
        planted,
        machines=["qpu-1e-4-idle-free", "core"],
        settings=["e_2q=0", "e_1q=0", "e_spam=0", "t_layer=1e-9", "t_build=1e-12", "t_word=1e-12"],
    )
    for place in ((20, 20), (60, 40)):
        found = at(ideal, calibration, Closure.MARKOV, place)
        assert (found.gap(0) > 0).mean() < 0.1


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_permuting_a_study_permutes_its_grid(study: Study, calibration: Calibration, data: st.DataObject) -> None:
    """Closures and contenders in another order: the same numbers, verdicts and boundary entries."""
    small = replace(study, strands=(8, 52), layers=(20, 219, 400))
    order = data.draw(st.permutations(range(len(small.contenders))))
    closures = tuple(data.draw(st.permutations(small.closures)))
    turned = replace(small, closures=closures, contenders=tuple(small.contenders[k] for k in order))
    first, second = (frontier(sweep(each, calibration)) for each in (small, turned))
    aligned = second.sel(closure=first["closure"], contender=first["contender"])
    for name in ("p_advantage", "winner", "gap", "quantum_log10_cost", "classical_log10_cost"):
        assert np.array_equal(first[name].values, aligned[name].values, equal_nan=first[name].dtype.kind == "f")

    def entries(found: xr.Dataset) -> list[str]:
        return sorted(json.dumps(entry, sort_keys=True) for entry in json.loads(found.attrs["boundary"]))

    assert entries(first) == entries(second)
