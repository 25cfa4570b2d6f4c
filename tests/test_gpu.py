"""The GPU's methods: the host's side of them with numpy in cupy's place, and the words where there is no GPU."""

import json
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from plait.cli.app import app
from plait.models import Braid, Closure, PlaitError, face_network
from plait.models import constrained_gpu as contraction
from plait.models import state_gpu as states
from plait.models.gpu import check_gpu, gpu_missing
from plait.models.planted import planted
from plait.models.statevector import exact_trace, plat_amplitude, typical_trace


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("n", [2, 3, 9, 16, 17, 18, 19])
def test_random_vectors_are_those_of_the_cpu(n: int) -> None:
    runs = Braid.brickwall(n, 14, seed=n).runs(Closure.MARKOV)
    ours = states.gpu_estimates(n, runs, vectors=2, seed=5, dtype="complex128")
    assert np.abs(ours - typical_trace(n, runs, vectors=2, seed=5).estimates).max() < 1e-13


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("n", [2, 4, 12, 18, 22])
def test_plat_amplitudes_are_those_of_the_cpu(n: int) -> None:
    runs = Braid.brickwall(n, 16, seed=n).runs(Closure.PLAT)
    assert abs(states.gpu_plat_amplitude(n, runs) - plat_amplitude(n, runs)) < 1e-13


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("n", [1, 2, 3, 8, 13])
def test_traces_are_those_of_the_cpu(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "TRACE_BYTES", 1 << 18)  # several batches, the last one short
    runs = Braid.brickwall(n, 9, seed=n).runs(Closure.MARKOV)
    assert abs(states.gpu_exact_trace(n, runs) - exact_trace(n, runs)) < 1e-13


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("n", range(2, 40))
def test_every_position_lies_inside_a_window(n: int, batch: int) -> None:
    ranges = states.state_ranges(n, batch)
    assert {i for low, high in ranges for i in range(low + 1, high)} == set(range(1, n))
    assert all(0 <= low < high <= n for low, high in ranges)


@pytest.mark.usefixtures("stand_in")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), closure=st.sampled_from(list(Closure)), entries=st.sampled_from([1, 50, 1 << 26]))
def test_contractions_are_those_of_the_cpu(seed: int, closure: Closure, entries: int) -> None:
    """All planned steps sent to the GPU, products cut into panels of few entries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contraction, "PRODUCT_OPERATIONS", 1)
        patch.setattr(contraction, "PRODUCT_ENTRIES", entries)
        plan = face_network(Braid.brickwall(24, 30, seed=seed), closure).search(seed=seed)
        known, plans = plan.contract(constrained=True), [plan]
        if closure is Closure.MARKOV:  # a plat is too small to be worth loops
            plans.append(plan.sliced(plan.peak_bytes() / 2))
        for some in plans:
            assert some.contract(constrained=True, device="gpu") == pytest.approx(known, rel=1e-11)
            single = some.contract(constrained=True, device="gpu", dtype="complex64")
            assert single == pytest.approx(known, rel=1e-3)


@pytest.mark.usefixtures("stand_in")
def test_small_steps_stay_on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = face_network(Braid.brickwall(18, 24), Closure.MARKOV).search()
    known = plan.contract(constrained=True)
    monkeypatch.setattr(contraction, "_product", None)  # no product is made there
    assert plan.contract(constrained=True, device="gpu") == known


@pytest.mark.usefixtures("stand_in")
def test_no_checkpoint_on_the_gpu(tmp_path: object) -> None:
    plan = face_network(Braid.brickwall(18, 24), Closure.MARKOV).search()
    with pytest.raises(PlaitError, match="checkpoint"):
        plan.contract(constrained=True, device="gpu", checkpoint=f"{tmp_path}/state")


@pytest.mark.usefixtures("stand_in")
def test_a_state_beyond_the_memory_is_refused() -> None:
    with pytest.raises(PlaitError, match="GiB in complex64, and the GPU has 4 GiB free"):
        states.gpu_estimates(44, (), vectors=1, seed=0)


def test_without_a_gpu_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert "plait[gpu]" in str(gpu_missing())
    with pytest.raises(PlaitError, match="cupy is not installed"):
        check_gpu("gpu")
    with pytest.raises(PlaitError, match="known: cpu, gpu"):
        check_gpu("tpu")
    with pytest.raises(PlaitError, match="cupy is not installed"):
        states.gpu_plat_amplitude(4, ())
    plan = face_network(Braid.brickwall(8, 8), Closure.MARKOV).search()
    with pytest.raises(PlaitError, match="cupy is not installed"):
        plan.contract(device="gpu")


def contract(*more: str) -> Result:
    return CliRunner().invoke(app, ["contract", "1 -2 3 -1 2 -3", "--run", "--json", *more], prog_name="plait")


@pytest.mark.usefixtures("stand_in")
def test_contract_on_the_gpu_by_command() -> None:
    found, known = json.loads(contract("--device", "gpu").stdout), json.loads(contract().stdout)
    assert (found["device"], known["device"]) == ("gpu", "cpu")
    assert found["normalised"] == pytest.approx(known["normalised"], abs=1e-12)
    assert found["predicted_seconds"] is None


def test_contract_without_a_gpu_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    result = contract("--device", "gpu")
    assert (result.exit_code, json.loads(result.stdout)["device"]) == (0, "cpu")
    assert "no GPU, so on the processor: cupy is not installed" in result.stderr
    wrong = contract("--device", "tpu")
    assert (wrong.exit_code, "known: cpu, gpu" in wrong.stderr) == (2, True)


def test_factors_in_single_precision_do_not_drift() -> None:
    """Rounded alike in every run they would be off by 4e-9 of the value a run: 6e-6 here."""
    known = planted(12, 400, seed=1)
    runs = known.braid.runs(Closure.MARKOV)
    assert len(runs) > 1000
    single, double = (
        typical_trace(12, runs, vectors=1, seed=1, dtype=dtype).value for dtype in ("complex64", "complex128")
    )
    assert abs(single - double) < 1e-6


@pytest.mark.usefixtures("stand_in")
def test_unknown_number_type() -> None:
    with pytest.raises(PlaitError, match="known: complex64, complex128"):
        states.GpuEvolution(states.PathBasis(4), (), dtype="float64")
