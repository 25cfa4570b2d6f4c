"""The conformal layer: coverage on exchangeable data, widening with distance, scatter by size; draws that keep both."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.calibrations import Calibration, fit, load_calibration
from plait.calibrations.backtest import beyond, nested, reported
from plait.calibrations.conformal import LEVEL, conformal_quantile, scatter_law, sigma, widening
from plait.calibrations.feature_fit import table_of
from plait.calibrations.run_file import Record
from plait.calibrations.spread import Spread, frontier
from plait.calibrations.validate import load_runs
from plait.estimator.draws import Draws, braid_values, extrapolation
from plait.models import Closure, PlaitError, Question

FITTED, PREDICTED = 40, 80
SIZES = st.floats(2, 500)


def spread(widening: float) -> Spread:
    return Spread(
        scatter=(-0.5, -0.2, 0.3), half=(0.7, 1.6), widening=widening, reach=((8.0, 90.0), (60.0, 40.0)), least=(4, 4)
    )


@given(st.integers(0, 10**6), st.integers(9, 60), st.sampled_from([0.5, 0.8, 0.9]))
def test_a_new_score_lies_below_the_quantile_as_often_as_stated(seed: int, size: int, level: float) -> None:
    """Exchangeable scores of a heavy-tailed law: at least the level, on average over many sets."""
    scores = np.random.default_rng(seed).standard_t(2, (600, size + 1))
    inside = [row[-1] <= conformal_quantile(row[:-1], level) for row in scores]
    assert np.mean(inside) >= level - 3.5 * np.sqrt(level * (1 - level) / 600)


@given(st.integers(0, 10**6), st.floats(0, 3))
def test_widened_intervals_cover_what_is_held_out_alike(seed: int, slope: float) -> None:
    """Errors that grow with distance as those of the back-tests did: at least the level."""
    rng = np.random.default_rng(seed)
    distance = rng.uniform(0.05, 1, 4000)
    z = rng.standard_normal(4000) * (1 + slope * distance)
    k = widening(z[:2000], distance[:2000], 1.6449)
    covered = np.abs(z[2000:]) <= 1.6449 * (1 + k * distance[2000:])
    assert covered.mean() >= LEVEL - 0.03


@given(SIZES, SIZES, st.floats(0, 1), st.floats(0, 1), st.floats(0, 20))
def test_intervals_never_narrow_with_distance(n: float, layers: float, more_n: float, more_l: float, k: float) -> None:
    """A larger braid is no nearer to the measured range, and its interval is widened no less."""
    one = spread(k)
    small = np.asarray(n), np.asarray(layers)
    large = np.asarray(n * (1 + more_n)), np.asarray(layers * (1 + more_l))
    assert one.distance(*large) >= one.distance(*small) - 1e-12
    assert one.factor(*large) >= one.factor(*small) - 1e-12
    assert one.factor(*small) >= 1


@given(st.lists(st.tuples(st.integers(2, 60), st.integers(1, 90)), min_size=1, max_size=30))
def test_every_measured_size_is_within_the_range(sizes: list[tuple[int, int]]) -> None:
    """Distance 0 at each; what exceeds all of them in both lies beyond."""
    n, layers = np.array(sizes, float).T
    corners = frontier(n, layers)
    near = np.min([beyond(n, layers, *corner) for corner in corners], axis=0)
    assert near.max() == 0
    assert min(float(beyond(np.asarray(n.max() * 2), np.asarray(1.0), *corner)) for corner in corners) > 0.3


def test_scatter_is_found_by_size() -> None:
    """Deviations that shrink with n and grow with L, a tenth of them exact hits: the law up to a factor."""
    rng = np.random.default_rng(3)
    n, layers = rng.uniform(6, 100, 3000), rng.uniform(4, 200, 3000)
    true = 0.3 * n**-0.5 * layers**0.25
    off = np.where(rng.random(3000) < 0.1, 0.0, rng.standard_normal(3000) * true)
    ratio = sigma(scatter_law(off, n, layers), n, layers) / true
    assert ratio.max() / ratio.min() < 1.5
    assert 0.7 < np.median(ratio) < 1.5


def test_held_out_is_strictly_larger() -> None:
    """At every edge, reported or nested, by strands, layers or both."""
    rows = [r for r in load_runs()[0] if r["asked"].get("family") == "planted" and r["asked"].get("closure") == "plat"]
    table = table_of([r for r in rows if r["asked"]["kind"] == "braid"])
    for split in (*reported(table), *nested(table)):
        small, large = split.small, split.large
        assert not (small & large).any()
        over = [table[name][large] > table[name][small].max() for name in ("strands", "layers")]
        assert (over[0] & over[1] if split.axis == "both" else over[0] | over[1]).all()
        assert (split.distance(table)[large] > 0).all()
        assert (split.distance(table)[small] == 0).all()


@pytest.fixture(scope="module")
def runs() -> list[Record]:
    return load_runs()[0]


@pytest.fixture(scope="module")
def small(runs: list[Record]) -> Calibration:
    """Of the runs of at most FITTED layers."""
    return fit(
        [
            r
            for r in runs
            if r["asked"]["kind"] == "probe"
            or (
                r["asked"]["kind"] == "braid" and r["asked"]["family"] == "brickwall" and r["asked"]["layers"] <= FITTED
            )
        ],
        draws=40,
    )


def test_what_the_estimator_draws_covers_larger_braids(runs: list[Record], small: Calibration) -> None:
    """The whole way: fit, draws at (n, L) with scatter and widening, against braids of 41 to 80 layers."""
    shared, inside, misses = Draws.make(400, 5), [], []
    for record in runs:
        asked, result = record["asked"], record["result"]
        if asked["kind"] != "braid" or asked["family"] != "brickwall" or abs(asked["density"] - 2 / 3) > 1e-6:
            continue
        if FITTED < asked["layers"] <= PREDICTED:
            axes = (np.full((1, 1, 1), float(asked[name])) for name in ("strands", "layers"))
            drawn = braid_values(*axes, Closure.parse(asked["closure"]), Question(), small, shared)["C_f"][0, 0]
            low, middle, high = np.quantile(drawn, (0.05, 0.5, 0.95))
            observed = np.log10(result["fib_operations"])
            inside.append(low <= observed <= high)
            misses.append(observed - middle)
    assert len(inside) >= 120
    assert np.mean(inside) >= 0.85
    assert float(np.sqrt(np.mean(np.square(misses)))) < 0.4


def test_same_runs_same_seed_same_calibration(runs: list[Record], small: Calibration) -> None:
    """Bit for bit, and through a file: choices, spread and places included."""
    assert small.choices["markov"]
    assert small.spread["plat"]["C_f"].widening > 0
    assert Calibration.model_validate_json(small.model_dump_json()) == small


def test_a_calibration_of_an_earlier_version_is_still_read(tmp_path: Path) -> None:
    """Without choices, spread and places: the usual forms, widened by the factor of extrapolation."""
    path = tmp_path / "old.json"
    new = {"choices", "spread", "places", "laws"}
    path.write_text(load_calibration().model_dump_json(exclude=new))
    old = load_calibration(path)
    n, layers = np.full((1, 1, 1), 204.0), np.full((1, 1, 1), 40.0)
    assert old.scale("C_f", Closure.PLAT, np.arange(3), n, layers).item() == pytest.approx(2.0)
    found = braid_values(n, layers, Closure.PLAT, Question(), old, Draws.make(20, 0))
    assert np.isfinite(found["C_f"]).all()


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    """With the file and the place."""
    path = tmp_path / "c.json"
    path.write_text(
        load_calibration()
        .model_dump_json()
        .replace('"choices":{"markov":{"D":"share"', '"choices":{"markov":{"D":"cubic"')
    )
    with pytest.raises(PlaitError, match=r"c\.json: choices\.markov\.D = 'cubic'"):
        load_calibration(path)


def test_a_contender_is_extrapolated_as_far_as_its_own_features() -> None:
    """Trains were run on small braids only: beyond those they are extrapolated where contractions are not."""
    kept = load_calibration()
    n, layers = np.asarray(100.0), np.asarray(100.0)
    assert extrapolation(n, layers, kept, Closure.MARKOV, ["C_f"]) == 1
    assert extrapolation(n, layers, kept, Closure.MARKOV, ["C_f", "K"]) > 1.5
