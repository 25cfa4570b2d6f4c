"""Inverse queries, tornado and shares: each answer is checked by asking the plain question again."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from plait.calibrations import Calibration, load_calibration
from plait.cli.app import app
from plait.estimator.cells import cell_records
from plait.estimator.draws import SOURCES, Draws
from plait.estimator.estimate import estimate
from plait.estimator.frontier import frontier
from plait.estimator.one_figure import ASKED, with_figure
from plait.estimator.shares import share_table, variance_shares
from plait.estimator.study import Study, load_study, override
from plait.estimator.sweep import sweep
from plait.estimator.tornado import tornado
from plait.estimator.what_if import WhatIf, what_if
from plait.models import Closure, PlaitError

PLACE: dict[str, Any] = {"strands": 20, "layers": 20}


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration()


@pytest.fixture(scope="module")
def study() -> Study:
    """One machine of each side."""
    return override(load_study("default"), machines=["qpu-1e-4", "core"])


def chance(study: Study, calibration: Calibration, key: str, value: float, side: str = "quantum") -> float:
    """p of a side at the place, from `estimate`."""
    changed = with_figure(study, key, value)
    found = estimate(changed.contenders, changed.question, calibration, Closure.MARKOV, draws=changed.draws, **PLACE)
    lost = [line for line in found.lines if line.contender.model.side == "classical"]
    assert lost
    return found.p_advantage if side == "quantum" else 1 - found.p_advantage


@pytest.mark.parametrize("key", ["classical.seconds", "quantum.seconds"])
def test_the_value_is_where_p_is_reached(key: str, study: Study, calibration: Calibration) -> None:
    found = what_if(study, calibration, solve=key, p=0.9, **PLACE)
    assert found.value is not None
    assert found.now is not None
    more = 1.02 if found.needed == "at least" else 1 / 1.02
    assert chance(study, calibration, key, found.value * more) >= 0.9
    assert chance(study, calibration, key, found.value / more) < 0.9
    assert (found.value > found.now) == (found.needed == "at least")
    low, high = found.interval
    assert low is not None
    assert high is not None
    assert low <= found.value <= high
    assert found.p_now == chance(study, calibration, key, found.now) < 0.9


def test_every_flip_is_one(study: Study, calibration: Calibration) -> None:
    """Verdicts on both sides of each; they chain."""
    found = what_if(study, calibration, solve="classical.seconds", **PLACE)
    assert [flip.below for flip in found.flips] == ["classical", "undecided"]
    assert [flip.above for flip in found.flips] == ["undecided", "quantum"]
    for flip in found.flips:
        for factor, said in ((0.98, flip.below), (1.02, flip.above)):
            p = chance(study, calibration, "classical.seconds", flip.value * factor)
            assert ("quantum" if p >= 0.9 else "classical" if p <= 0.1 else "undecided") == said


def test_what_holds_already_needs_nothing(study: Study, calibration: Calibration) -> None:
    found = what_if(study, calibration, solve="classical.seconds", side="classical", **PLACE)
    assert (found.value, found.needed, found.p_now) == (1.0, "", 1.0)


def test_what_nothing_brings_about(study: Study, calibration: Calibration) -> None:
    """A perfect gate does not beat a core where milliseconds do."""
    found = what_if(study, calibration, solve="qpu-1e-4.e_2q", **PLACE)
    assert (found.value, found.interval, found.flips, found.p_best) == (None, (None, None), (), 0.0)


@pytest.mark.parametrize("key", ASKED)
def test_parts_of_the_question(key: str, study: Study, calibration: Calibration) -> None:
    found = what_if(study, calibration, solve=key, **PLACE)
    assert found.now == pytest.approx({"time_limit": 30 * 86400, "eps": 0.1, "delta": 0.05, "signal": 0.5}[key])
    assert found.searched[0] < found.now < found.searched[1]
    assert found.basis == "question"


@pytest.mark.parametrize(
    ("key", "basis"),
    [("qpu-1e-4.t_layer", "assumed"), ("core.B", "measured"), ("b_amp", "fitted"), ("classical.seconds", "factor")],
)
def test_the_basis_of_what_is_solved_for(key: str, basis: str, study: Study, calibration: Calibration) -> None:
    assert what_if(study, calibration, solve=key, **PLACE).basis == basis


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"solve": "e_3q"}, "is no symbol"),
        ({"solve": "v"}, "part of the question"),
        ({"solve": "helios.e_2q"}, "no contender meant"),
        ({"contender": "cfev@helios"}, "no quantum one of this study"),
        ({"p": 0.4}, "p = 0.4"),
        ({"side": "nobody"}, "side = 'nobody'"),
        ({"closure": "plat", "strands": 21}, "even number of strands"),
        ({"layers": 0}, "layers = 0"),
    ],
)
def test_impossible_queries(change: dict[str, Any], expected: str, study: Study, calibration: Calibration) -> None:
    with pytest.raises(PlaitError, match=expected):
        what_if(study, calibration, **{"solve": "eta", **PLACE, **change})


def test_command(tmp_path: Any) -> None:
    words = ["whatif", "near-term", "--solve", "classical.seconds", "--at", "strands=20,layers=20", "--json"]
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert {"value", "interval", "flips", "question", "p_now"} <= set(answer)
    for at in ("strands=20", "strands=20,layers=x", "strands=20,layers=5,depth=2", "strands=20 layers=5"):
        result = CliRunner().invoke(app, [*words[:5], at])
        assert result.exit_code == 2
        assert "strands=30,layers=40" in result.stderr


def test_tornado_bars_are_plain_questions(calibration: Calibration) -> None:
    """An end of a bar is the boundary of the study with that figure; what has no effect is left out but named."""
    study = override(load_study("default"), machines=["qpu-1e-4-idle-free", "core", "h100"])
    found = tornado(study, calibration, strands=52, layers=219)
    keys = [bar.key for bar in found.bars]
    assert {"eps", "time_limit"} <= set(keys)
    units = {bar.key: (bar.unit, bar.basis) for bar in found.bars}
    assert units["time_limit"] == ("s", "question")
    assert units["h100.x_fib"] == ("1", "measured")
    assert not set(keys) & set(found.without)
    assert "qpu-1e-4-idle-free.t_shot" in found.without
    bar = found.bars[keys.index("eps")]
    assert bar.low.crossings is not None
    assert bar.high.crossings is not None
    assert bar.boundary == pytest.approx(np.log10(bar.high.crossings / bar.low.crossings))
    again = tornado(with_figure(study, "eps", 0.2), calibration, strands=52, layers=219)
    assert again.now.crossings == pytest.approx(bar.high.crossings)


def test_shares_of_the_variance(study: Study, calibration: Calibration) -> None:
    """All assumption when only assumed ranges vary; none of it when they are settled."""
    found = variance_shares(study, Closure.MARKOV, calibration, [12, 20], [10, 20])["cfev@qpu-1e-4"]
    assert set(found) == set(SOURCES)
    total = sum(found.values())
    assert np.all(total > 0.9)
    assert np.all(total < 1.6)
    settled = [f"qpu-1e-4.{name}" for name in ("e_1q", "e_idle", "t_layer", "t_shot")] + ["core.M"]
    values = {"e_1q": 3e-6, "e_idle": 1e-5, "t_layer": 0.03, "t_shot": 0.01, "M": 24e9}
    fixed = override(study, settings=[f"{key}={values[key.rpartition('.')[2]]:g}" for key in settled])
    left = variance_shares(fixed, Closure.MARKOV, calibration, [12, 20], [10, 20])["cfev@qpu-1e-4"]
    assert np.all(left["assumption"] == 0)
    assert np.all(left["braid"] + left["calibration"] > 0.5)


def test_one_source_drawn_anew_leaves_the_others() -> None:
    draws = Draws.make(50, 3)
    for source in SOURCES:
        other = draws.redrawn(source)
        changed = {
            "braid": not np.array_equal(other.braid, draws.braid),
            "calibration": not np.array_equal(other.calibration, draws.calibration),
            "assumption": not np.array_equal(other.uniform("x"), draws.uniform("x")),
        }
        assert changed == {name: name == source for name in SOURCES}


def test_what_if_is_a_value(study: Study, calibration: Calibration) -> None:
    """The same query gives the same answer."""
    first, second = (what_if(study, calibration, solve="classical.seconds", **PLACE) for _ in range(2))
    assert isinstance(first, WhatIf)
    assert first == second


def test_shares_of_a_whole_grid_are_those_of_its_cells(calibration: Calibration) -> None:
    """Cell by cell; and a map's record of a cell holds them."""
    study = override(load_study("near-term"), settings=["draws=40"], machines=["qpu-1e-4", "core"])
    small = replace(study, strands=(8, 20), layers=(10, 30, 60))
    table = share_table(small, calibration)
    assert table.dims == ("closure", "contender", "strands", "layers", "source")
    one = variance_shares(small, Closure.PLAT, calibration, [20], [30])["cfev@qpu-1e-4"]
    for source in SOURCES:
        here = float(table.sel(closure="plat", contender="cfev@qpu-1e-4", strands=20, layers=30, source=source))
        assert here == pytest.approx(float(one[source][0, 0]), nan_ok=True)
    found = frontier(sweep(small, calibration)).assign(variance_share=table)
    for cell in cell_records(found):
        place = {name: cell[name] for name in ("closure", "contender", "strands", "layers")}
        values = table.sel(place).values
        assert list(cell["variance_shares"].values()) == [None if np.isnan(x) else pytest.approx(x) for x in values]
