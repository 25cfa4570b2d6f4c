"""Sweep and frontier: what the map says follows from the draws, and from nothing else."""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from plait.calibrations import Calibration, load_calibration
from plait.estimator.boundary import boundaries
from plait.estimator.estimate import estimate
from plait.estimator.evaluate import REASONS
from plait.estimator.frontier import frontier
from plait.estimator.machine import Machine
from plait.estimator.study import Contender, Study, load_study, override
from plait.estimator.sweep import load_grid, save_grid, sweep
from plait.estimator.verdict import verdict
from plait.models import Braid, Closure, PlaitError, cfev_circuit


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration()


@pytest.fixture(scope="module")
def study() -> Study:
    small = load_study("default")
    return dataclasses.replace(small, strands=(6, 14, 30, 62, 102), layers=(4, 20, 66, 147, 268), draws=60)


@pytest.fixture(scope="module")
def grid(study: Study, calibration: Calibration) -> xr.Dataset:
    return sweep(study, calibration)


@pytest.fixture(scope="module")
def found(grid: xr.Dataset) -> xr.Dataset:
    return frontier(grid)


def test_every_cell_has_a_verdict_and_infeasible_ones_a_reason(found: xr.Dataset) -> None:
    """Winner, or undecided, or infeasible and why."""
    winner = found["winner"].values
    assert set(np.unique(winner)) <= {"quantum", "classical", "undecided", "infeasible"}
    assert np.all(found["reason"].values[winner == "infeasible"] != "")
    assert not np.isnan(found["p_advantage"].values).any()
    stuck = np.isnan(found["quantum_log10_cost"].sel(quantile=0.5).values)
    assert np.all(np.char.startswith(found["reason"].values[stuck], "quantum: "))
    assert {"qubits", "signal", "time", "memory"} <= set(REASONS)


def test_answers_carry_question_and_origin(found: xr.Dataset, calibration: Calibration) -> None:
    """The question and where the constants come from travel with the numbers."""
    assert "|E| = 0.5 assumed" in found.attrs["question"]
    assert found.attrs["calibration"] == calibration.origin()
    assert found.attrs["version"]


def test_p_advantage_is_the_share_of_draws(grid: xr.Dataset, found: xr.Dataset) -> None:
    """Recomputed from the sweep, draw by draw."""
    classical = grid["log10_cost"].isel(contender=grid["side"].values == "classical").min("contender")
    for name in found["contender"].values:
        share = (grid["log10_cost"].sel(contender=name) < classical).mean("draw")
        assert np.allclose(share.values, found["p_advantage"].sel(contender=name).values, atol=1e-12)


def test_same_study_same_numbers(study: Study, calibration: Calibration, grid: xr.Dataset) -> None:
    """A sweep is reproducible bit for bit, and a permuted contender list only permutes it."""
    assert sweep(study, calibration).equals(grid)
    turned = dataclasses.replace(study, contenders=study.contenders[::-1])
    assert sweep(turned, calibration)["log10_cost"].sel(contender=grid["contender"]).equals(grid["log10_cost"])


def test_blocks_do_not_change_a_sweep(
    study: Study, calibration: Calibration, grid: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded by blocks of rows; the numbers do not depend on them."""
    monkeypatch.setattr(sys.modules["plait.estimator.sweep"], "BLOCK", 1)
    assert sweep(study, calibration).equals(grid)


def _with(machine: Machine, **values: float) -> Machine:
    figures = dict(machine.figures)
    for name, value in values.items():
        figures[name] = figures[name].model_copy(update={"value": value, "low": None, "high": None})
    return machine.model_copy(update={"figures": figures})


def _seconds(study: Study, calibration: Calibration, contender: Contender) -> np.ndarray:
    return sweep(dataclasses.replace(study, contenders=(contender,)), calibration)["log10_cost"].values


@pytest.mark.parametrize("name", ["e_2q", "e_1q", "e_idle", "e_spam", "t_layer"])
def test_more_error_never_helps_quantum(study: Study, calibration: Calibration, name: str) -> None:
    """Seconds do not fall in any draw when an error rate or the layer time grows."""
    contender = next(c for c in study.contenders if c.name == "cfev@qpu-1e-4")
    assert contender.machine
    low, high = (
        _seconds(study, calibration, dataclasses.replace(contender, machine=_with(contender.machine, **{name: value})))
        for value in (1e-5, 4e-5)
    )
    assert np.all(high >= low)


@pytest.mark.parametrize("model", ["face-tn", "face-tn-fib", "fib-trace", "fib-typical", "fib-amplitude"])
def test_more_memory_never_hurts_classical(study: Study, calibration: Calibration, model: str) -> None:
    """Seconds do not grow in any draw with the memory."""
    contender = next(c for c in study.contenders if c.name == f"{model}@h100")
    assert contender.machine
    small, large = (
        _seconds(study, calibration, dataclasses.replace(contender, machine=_with(contender.machine, M=value)))
        for value in (1e9, 1e13)
    )
    assert np.all(large <= small)


def test_another_classical_contender_never_favours_quantum(study: Study, calibration: Calibration) -> None:
    """p_advantage against all of them is at most that against some."""
    some = override(study, machines=["qpu-*", "core"])
    every = override(study, machines=["qpu-*", "core", "h100"])
    fewer, more = (frontier(sweep(s, calibration))["p_advantage"] for s in (some, every))
    assert np.all(more.values <= fewer.values + 1e-12)


def test_zero_wins_where_the_signal_is_within_the_error(study: Study, calibration: Calibration) -> None:
    """|E| <= eps: answering 0 costs nothing, and nothing beats it."""
    faint = frontier(sweep(override(study, signal=(0.05, 0.05)), calibration))
    assert set(np.unique(faint["winner"].values)) == {"classical"}
    assert set(np.unique(faint["classical_best"].values)) == {"zero"}


def test_qubits_are_a_limit(found: xr.Dataset) -> None:
    """H2-2 has 56 qubits: 55 strands at most."""
    wide = found.sel(contender="cfev@h2-2", strands=[62, 102])
    assert np.all(np.char.find(wide["reason"].values, "qubits") >= 0)
    assert np.all(wide["p_advantage"].values == 0)


def test_grid_file_round_trip(grid: xr.Dataset, tmp_path: Path) -> None:
    """NetCDF keeps everything the frontier needs."""
    path = tmp_path / "grid.nc"
    save_grid(grid, path)
    back = load_grid(path)
    assert np.array_equal(back["log10_cost"].values, grid["log10_cost"].values)
    assert frontier(back).equals(frontier(grid))
    assert [p.name for p in tmp_path.iterdir()] == ["grid.nc"]


@pytest.mark.parametrize("content", [b"", b"not netcdf", b"\x89HDF\r\n\x1a\n" + b"0" * 100])
def test_foreign_grid_files(tmp_path: Path, content: bytes) -> None:
    """One clear error."""
    path = tmp_path / "grid.nc"
    path.write_bytes(content)
    with pytest.raises(PlaitError, match=r"grid\.nc"):
        load_grid(path)
    with pytest.raises(PlaitError, match="cannot be read"):
        load_grid(tmp_path / "absent.nc")
    xr.Dataset({"x": 1}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(PlaitError, match="not a sweep"):
        load_grid(path)


def _line(gaps: list[list[float]]) -> list[dict]:
    """Boundary entries along layers 10, 100, 1000 for one row of strands; gaps[layer][draw]."""
    gap = np.array(gaps, float)[None, None]
    coords = {"closure": ["markov"], "strands": [11], "layers": [10, 100, 1000]}
    line = xr.Dataset(coords=coords, attrs={"density": 0.5, "eps": 0.1})
    return [edge for edge in boundaries(line, "q", gap) if edge["axis"] == "layers"]


def test_boundary_is_interpolated_in_the_logarithm() -> None:
    """Gap -1 at 10 and +1 at 100: entered at 10^1.5; crossings = p L (n-1)/2."""
    enter, leave = _line([[-1.0], [1.0], [2.0]])
    assert enter["layers_p50"] == pytest.approx(10**1.5, abs=0.01)
    assert enter["crossings_p50"] == pytest.approx(10**1.5 * 0.5 * 10 / 2, abs=0.01)
    assert (enter["kind"], leave["kind"]) == ("enter", "leave")
    assert (leave["layers_p50"], leave["censored"]) == (None, "above")


def test_boundary_entered_and_left() -> None:
    """Quantum may lose again: both edges, ordered quantiles."""
    enter, leave = _line([[-1.0, -3.0], [1.0, 1.0], [-1.0, -np.inf]])
    assert enter["layers_p05"] <= enter["layers_p50"] <= enter["layers_p95"]
    assert leave["layers_p50"] > enter["layers_p50"]
    assert enter["p_entered"] == 1


def test_boundary_never_entered_is_infinite() -> None:
    """One draw in four enters: the median is never, so all is null and censored above."""
    enter, leave = _line([[-1.0] * 4, [1.0, -1, -1, -1], [1.0, -1, -1, -1]])
    assert enter["layers_p05"] is None
    assert enter["layers_p50"] is None
    assert enter["censored"] == "above"
    assert enter["p_entered"] == 0.25
    assert leave["censored"] == "above"
    assert _line([[-1.0], [-1.0], [-np.inf]]) == []


def test_boundary_already_won_at_the_low_end() -> None:
    """Below the grid: null, censored below."""
    enter, _ = _line([[1.0], [1.0], [1.0]])
    assert (enter["layers_p50"], enter["censored"]) == (None, "below")


def test_boundary_json_is_plain(found: xr.Dataset) -> None:
    """Stored as JSON without nan or infinity, with the keys of the contract."""
    for edge in json.loads(found.attrs["boundary"], parse_constant=lambda name: pytest.fail(name)):
        assert {"closure", "contender", "eps", "kind", "axis"} <= set(edge)
        name = "crossings" if edge["axis"] == "layers" else "strands"
        values = [edge[f"{name}_{q}"] for q in ("p05", "p50", "p95")]
        numbers = [x for x in values if x is not None]
        assert numbers == sorted(numbers)
        if None in values:
            assert edge["censored"] in ("above", "below")


def test_verdict_sentences(found: xr.Dataset) -> None:
    """A summary and one sentence per contender; the summary names exactly those that win somewhere."""
    sentences = verdict(found)
    assert len(sentences) == 1 + found.sizes["contender"]
    for name, sentence in zip(found["contender"].values, sentences[1:], strict=True):
        wins = bool((found["winner"].sel(contender=name) == "quantum").any())
        assert sentence.startswith(f"{name}: wins in" if wins else f"{name}: ")
        assert wins == (str(name) in sentences[0])
    assert all(sentence.endswith(".") for sentence in sentences)


class TestEstimate:
    """One point."""

    def test_a_size(self, study: Study, calibration: Calibration) -> None:
        """At the published width every contender has seconds with an interval, or a reason."""
        got = estimate(study.contenders, study.question, calibration, Closure.MARKOV, strands=85, layers=100)
        for line in got.lines:
            low, middle, high = (line.seconds[q] for q in (0.05, 0.5, 0.95))
            assert line.reason or (low is not None and middle is not None)
            if low is not None and middle is not None and high is not None:
                assert low <= middle <= high
            assert line.basis or line.reason == "closure"
        assert 2300 < got.crossings < 3200

    def test_a_braid_uses_its_own_counts(self, study: Study, calibration: Calibration) -> None:
        """Gates of the estimate are those of the circuit's formula at the braid's own runs."""
        braid = Braid.brickwall(12, 14, seed=3)
        got = estimate(study.contenders, study.question, calibration, Closure.PLAT, braid=braid)
        line = next(line for line in got.lines if line.contender.name == "cfev@qpu-1e-4")
        assert line.details["two_qubit_gates"] == pytest.approx(cfev_circuit(braid, Closure.PLAT).two_qubit_gates)
        assert got.crossings == pytest.approx(braid.crossings)

    def test_shots_follow_the_question(self, study: Study, calibration: Calibration) -> None:
        """Twice as exact, at least four times the shots."""
        contenders = override(study, machines=["qpu-1e-4-idle-free", "core"]).contenders
        braid = Braid.brickwall(8, 6)
        shots = [
            estimate(contenders, dataclasses.replace(study.question, eps=eps), calibration, Closure.PLAT, braid=braid)
            .lines[0]
            .details["shots"]
            for eps in (0.1, 0.05)
        ]
        assert shots[1] >= 4 * shots[0] * 0.99

    def test_mistakes(self, study: Study, calibration: Calibration) -> None:
        """Neither, both, or impossible sizes."""
        ask = (study.contenders, study.question, calibration, Closure.MARKOV)
        with pytest.raises(PlaitError, match="strands"):
            estimate(*ask, layers=5)
        with pytest.raises(PlaitError, match="not both"):
            estimate(*ask, layers=5, braid=Braid.parse("1"))
        with pytest.raises(PlaitError, match="out of range"):
            estimate(*ask, strands=10**9, layers=5)
        with pytest.raises(PlaitError, match="no quantum contender"):
            estimate(study.contenders[-1:], *ask[1:], strands=8, layers=5)
