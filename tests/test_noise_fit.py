"""The law of damping and keep rate: its fit, what it predicts of larger braids, what a simulation shows."""

import math
from pathlib import Path

import numpy as np
import pytest

from plait.calibrations import load_calibration
from plait.calibrations.damping import expected_damping
from plait.calibrations.noise_fit import KINDS, NoiseFit, Point, expected_errors, fit_noise, noise_constants, point_of
from plait.calibrations.noise_run import NoisePoint, noise_point, remaining, strong
from plait.calibrations.run_file import load
from plait.calibrations.shots import Shots
from plait.models import Braid, Closure, PlaitError, jones_exact
from plait.models.noise import NoiseModel

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.jsonl.gz"


def made_up(
    k: dict[str, float], rejected: dict[str, float], errors: dict[str, float], rng: np.random.Generator
) -> Point:
    """A point that follows the law, with sampling noise of one in a hundred."""
    fit = NoiseFit(damping=k, rejection=rejected, scatter=0.0)
    point = NoisePoint(
        strands=8,
        layers=8,
        two_qubit_gates=100,
        one_qubit_gates=200,
        qubits=7,
        qubit_layers=300,
        keep_rate=fit.keep_rate(errors) + 0.003 * rng.standard_normal(),
        keep_error=0.003,
        signal=fit.signal(errors) + 0.01 * rng.standard_normal(),
        signal_error=0.01,
        shots=10_000,
    )
    return point, errors


def test_the_fit_finds_the_exponents_it_was_made_with() -> None:
    """Four kinds of error, alone and together, also where nothing of the signal is left."""
    rng = np.random.default_rng(0)
    k = {"2q": 0.7, "idle": 0.6, "idle_z": 1.0, "spam": 0.5}
    rejected = {"2q": 0.4, "idle": 0.35, "idle_z": 0.1, "spam": 0.3}
    points = [made_up(k, rejected, {kind: x}, rng) for kind in KINDS for x in (0.1, 0.3, 1.0, 6.0) for _ in range(8)]
    points += [made_up(k, rejected, dict.fromkeys(KINDS, 0.2), rng) for _ in range(8)]
    found = fit_noise(points)
    for kind in KINDS:
        assert found.damping[kind] == pytest.approx(k[kind], abs=0.05)
        assert found.rejection[kind] == pytest.approx(rejected[kind], abs=0.03)
    assert found.scatter < 0.03
    central, draws = noise_constants(points, draws=20, seed=1)
    assert central["k_2q"] == pytest.approx(0.7, abs=0.05)
    assert min(draws["k_idle"]) < 0.7 < 0.9 < max(draws["k_idle"])  # anywhere between the two channels
    assert {len(column) for column in draws.values()} == {20}


def test_too_little_to_fit() -> None:
    """Messages that say what is missing."""
    rng = np.random.default_rng(0)
    ones = {"2q": 0.7}
    points = [made_up(ones, ones, {"2q": 0.1 * x}, rng) for x in range(1, 9)]
    with pytest.raises(PlaitError, match="a fit needs 4"):
        fit_noise(points[:3])
    with pytest.raises(PlaitError, match="had errors of kind idle, idle_z, spam"):
        noise_constants(points, draws=2, seed=0)
    with pytest.raises(PlaitError, match="none of the noisy runs had an error"):
        fit_noise([made_up(ones, ones, {"2q": 0.0}, rng) for _ in range(5)])


@pytest.mark.parametrize("closure", list(Closure))
def test_without_errors_all_of_the_value_remains(closure: Closure) -> None:
    """A perfect machine keeps every shot and the whole value, within the sampling error."""
    point = noise_point(6, 6, 3, closure, NoiseModel(), 4000)
    assert point.keep_rate == 1
    assert abs(point.signal - 1) < 4 * point.signal_error < 0.15


def test_remaining_is_a_share_with_an_honest_error() -> None:
    """Mean and spread over repeats of shots drawn with 60 % of a known value."""
    exact, left, size = 0.5 - 0.6j, 0.6, 2000
    rng = np.random.default_rng(5)
    found = []
    for _ in range(300):
        imaginary = np.arange(size) % 2 == 1
        mean = left * np.where(imaginary, exact.imag, exact.real)
        v = np.where(rng.random(size) < (1 + mean) / 2, 1, -1).astype(np.int8)
        flags = np.ones(size, bool)
        table = Shots(v=v, kept=flags, imaginary=imaginary, mirror=~flags, group=np.arange(size))
        found.append(remaining(table, exact))
    shares, errors = np.array(found).T
    assert shares.mean() == pytest.approx(left, abs=0.01)
    assert np.std(shares) == pytest.approx(errors.mean(), rel=0.15)


def test_strong_braids_have_their_value() -> None:
    """The braids that are run have |E| of 0.6 or more, and the value that they are said to have."""
    for closure in Closure:
        made = strong(8, 6, 2, closure)
        assert abs(made.normalised(closure)) >= 0.6
        assert jones_exact(made.braid, closure).normalised == pytest.approx(made.normalised(closure), abs=1e-12)


@pytest.fixture(scope="module")
def shipped() -> list[Point]:
    records = load([SHIPPED])[0]
    return [point_of(record) for record in records if record["asked"]["kind"] == "noise"]


def test_the_law_holds_for_larger_braids(shipped: list[Point]) -> None:
    """Fitted to 6..8 strands, it predicts the keep rate and the signal of 10 and 11, within its scatter."""
    fit = fit_noise([(point, x) for point, x in shipped if point.strands <= 8])
    large = [(point, x) for point, x in shipped if point.strands >= 10]
    assert len(large) >= 50
    inside, misses = 0, []
    for point, x in large:
        predicted = fit.signal(x)
        width = math.hypot(point.signal_error, predicted * fit.scatter * abs(math.log(predicted)))
        inside += abs(point.signal - predicted) < 1.645 * width
        misses.append((point.keep_rate - fit.keep_rate(x)) / fit.keep_rate(x))
    assert inside / len(large) > 0.7
    assert abs(np.mean(misses)) < 0.01


def test_expected_damping_agrees_with_a_simulation() -> None:
    """Of a machine the law was not fitted to: within three standard errors of both."""
    noise = NoiseModel.from_rates(e_2q=2e-3, e_1q=1e-4, e_idle=3e-4, e_spam=2e-3)
    point = noise_point(9, 14, 40, Closure.MARKOV, noise, 20_000)
    made = strong(9, 14, 40, Closure.MARKOV)
    found = expected_damping(made.braid, Closure.MARKOV, noise, load_calibration(), effort=0)
    assert found.keep_rate == pytest.approx(point.keep_rate, abs=0.03)
    width = math.hypot(point.signal_error / point.keep_rate, found.error)
    assert abs(point.signal / point.keep_rate - found.damping) < 3 * width
    assert sum(expected_errors(point, noise).values()) > 0.2


def test_a_braid_without_gates_is_damped_by_its_measurement_alone() -> None:
    """No gates, no layers: only reading errors remain."""
    quiet = NoiseModel.from_rates(e_2q=0.1, e_idle=0.1)
    found = expected_damping(Braid(strands=4, word=()), Closure.PLAT, quiet, load_calibration())
    assert found.damping == pytest.approx(1, abs=1e-9)
    assert found.error == pytest.approx(0, abs=1e-9)
