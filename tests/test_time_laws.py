"""Laws of seconds: robust fits recover what the counts were made with, whatever a few bad timings say."""

import numpy as np
import pytest

from plait.calibrations.robust import linear, positive_ratio
from plait.calibrations.time_fit import slicing, truncation
from plait.calibrations.time_laws import LAWS, Timings
from plait.models import PlaitError


def _contractions(runs: int) -> list[dict]:
    """Runs whose seconds follow the law, each tenth of them five times as slow."""
    rng = np.random.default_rng(7)
    found = []
    for number in range(runs):
        tensors, operations = int(rng.integers(10, 500)), float(10 ** rng.uniform(1, 8))
        planned = int(tensors * 0.15 * (operations > 1e4))
        seconds = 2e-5 * tensors + 1e-4 * planned + 9e-8 * planned ** (1 / 3) * operations ** (2 / 3)
        seconds = (seconds + 6e-10 * operations) * (5 if number % 10 == 3 else 1)
        tree = {"tensors": tensors, "packed_steps": planned, "fib_operations": operations}
        found.append({**tree, "fib_seconds": [0.9 * seconds, seconds, 2 * seconds], "min_tensors": 1})
    return found


def test_the_constrained_law_is_recovered() -> None:
    """All four constants to 8 %, though a tenth of the timings are five times too long."""
    timings = Timings.of(LAWS["fib"], _contractions(600))
    constants = timings.fitted(LAWS["fib"].least(6e10))
    assert constants == pytest.approx([2e-5, 1e-4, 9e-8, 6e-10], rel=0.08)
    assert float(np.median(np.abs(timings.deviations(constants)))) < 0.02


def test_no_multiply_add_is_faster_than_the_matrix_product() -> None:
    """Runs too small to show it leave the bound, not 0."""
    timings = Timings.of(LAWS["fib"], _contractions(300))
    small = timings.where(timings.size < 1e4)
    assert small.fitted(LAWS["fib"].least(6e10))[3] >= 8 / 6e10 * (1 - 1e-12)


def test_a_bootstrap_repeats_runs() -> None:
    """Rows of a run come as often as the run."""
    timings = Timings.of(LAWS["fib"], _contractions(4))
    assert timings.of_runs(np.array([2, 0, 1, 0])).run.tolist() == [0, 0, 2]


def test_a_law_without_timings_says_so() -> None:
    """The error names the constants."""
    with pytest.raises(PlaitError, match="t_update"):
        Timings.of(LAWS["train"], [{"n": 4.0, "closure": "plat"}])


def test_outliers_hardly_move_a_linear_fit() -> None:
    """One point a thousand times off pulls no more than one that is off a little."""
    x = np.arange(30.0)
    y = 2 * x + 1
    y[7] += 1000
    found = linear({"slope": x, "offset": 1.0}, y, scale=1.0)
    assert found == pytest.approx({"slope": 2.0, "offset": 1.0}, abs=0.15)


def test_ratios_are_fitted_in_decades() -> None:
    """Half as much counts like twice as much: the middle is the geometric one."""
    assert positive_ratio(np.array([[2.0], [0.5]]), None, 1.0) == pytest.approx([1.0], rel=1e-3)


def test_loops_found_for_some_parts_only() -> None:
    """A power law comes back as one; where no loops were found, they cost at least what was hopeless."""
    small = {"fib_peak": 10, "slice_overheads": [9.0, 9.0, 9.0]}
    g, h = slicing([small, {"fib_peak": 1e6, "slice_overheads": [2.0**1.5, 4.0**1.5, 8.0**1.5]}, {}])[0]
    assert (g, h) == pytest.approx((1.5, 0.0), abs=1e-9)
    worse = slicing([{"fib_peak": 10, "slice_overheads": [3.0, None, None]}])[0]
    assert worse @ np.array([np.log(8), np.log(8) ** 2]) > np.log(3.0)


def test_truncation_is_a_power_of_the_fidelity() -> None:
    """Fidelities next to 1 and far below are left out."""
    run = {"cut_fidelity": [0.99, 0.9, 0.5, 0.1], "cut_work": [0.9, 0.9**0.3, 0.5**0.3, 0.5]}
    assert truncation([run, {}]) == pytest.approx([0.3])
