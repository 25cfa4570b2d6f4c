"""Measuring and fitting: real runs, resumed without repeating; the shipped calibration is what its runs give."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.calibrations import load_calibration
from plait.calibrations.design import braid_task
from plait.calibrations.fit import fit
from plait.calibrations.forms import features, width
from plait.calibrations.measure import measure
from plait.calibrations.run_file import load
from plait.calibrations.task import probe_tasks, task_id
from plait.calibrations.timing import timed
from plait.models import Braid, Closure, PlaitError, cfev_circuit, jones_exact
from plait.models.circuit_census import census

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.jsonl"


@pytest.fixture(scope="module")
def shipped() -> list[dict]:
    runs, remarks = load([SHIPPED])
    assert remarks == []
    return runs


def test_measure_resumes(tmp_path: Path) -> None:
    """Half the runs, then all: the first half is not made again, and values are those of jones_exact."""
    path = tmp_path / "runs.jsonl"
    tasks = [braid_task(n, 6, 1, closure) for n in (6, 8) for closure in Closure]
    first = measure(tasks[:2], path)
    before = path.read_bytes()
    titles: list[str] = []
    every = measure(tasks, path, progress=lambda done, total, what: titles.append(what))
    assert path.read_bytes().startswith(before)
    assert every[:2] == first
    assert len(titles) == 2
    assert [record["id"] for record in every] == [task_id(task) for task in tasks]
    for record in every:
        asked, result = record["asked"], record["result"]
        braid = Braid.brickwall(asked["strands"], asked["layers"], seed=asked["seed"])
        exact = jones_exact(braid, Closure(asked["closure"])).normalised
        assert abs(complex(*result["value"]) - exact) < 1e-10
        assert result["methods"] >= 4
        assert result["methods_agree_to"] < 1e-10
    measure(tasks, path)
    assert len(path.read_text().splitlines()) == 4


def test_an_interrupted_measure_keeps_what_is_done(tmp_path: Path) -> None:
    """Ctrl-C between runs loses none of them."""
    path = tmp_path / "runs.jsonl"

    def stop(done: int, total: int, what: str) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure([*probe_tasks(1), braid_task(6, 4, 0, Closure.PLAT)], path, progress=stop)
    assert len(load([path])[0]) == 1


def test_a_spent_budget_starts_nothing(tmp_path: Path) -> None:
    """Budget 0: no run, an empty list."""
    assert measure([braid_task(6, 4, 0, Closure.PLAT)], tmp_path / "runs.jsonl", budget=-1.0) == []


def test_timed_discards_the_warm_up() -> None:
    """The first call is not among the timings unless it was long."""
    calls: list[int] = []
    _, seconds = timed(lambda: calls.append(1), least=0.0)
    assert len(calls) == 4
    assert list(seconds) == sorted(seconds)


class TestShippedRuns:
    """The data plait ships was really made, and covers what it says."""

    def test_coverage(self, shipped: list[dict]) -> None:
        """At least 200 braids over 6..24 strands and 4..40 layers, with each closure."""
        for closure in Closure:
            small = [r["asked"] for r in shipped if r["asked"].get("closure") == closure]
            small = [a for a in small if 6 <= a["strands"] <= 24 and 4 <= a["layers"] <= 40]
            assert len({(a["strands"], a["layers"], a["seed"]) for a in small}) >= 200
            assert {6, 24} <= {a["strands"] for a in small}
            assert {4, 40} <= {a["layers"] for a in small}

    def test_exact_methods_agree_in_every_run(self, shipped: list[dict]) -> None:
        """Contractions and evolutions of one braid give one value; most runs have at least two of them."""
        braids = [r["result"] for r in shipped if r["asked"]["kind"] == "braid"]
        assert max(result["methods_agree_to"] for result in braids) < 1e-9
        assert np.mean([result["methods"] >= 2 for result in braids]) > 0.8

    def test_runs_say_where_they_were_made(self, shipped: list[dict]) -> None:
        """Processor, versions, date in every line; one machine."""
        for record in shipped:
            assert {"processor", "python", "numpy", "numba", "pytket", "cotengrust"} <= set(record["environment"])
            assert len(record["date"]) == 10
        assert len({record["environment"]["processor"] for record in shipped}) == 1

    @pytest.mark.parametrize("number", range(0, 330, 23))
    def test_counts_can_be_made_again(self, shipped: list[dict], number: int) -> None:
        """Crossings, runs, gates, and the value of a sample of the runs are what the code gives now."""
        braids = [r for r in shipped if r["asked"]["kind"] == "braid" and r["asked"]["strands"] <= 18]
        record = braids[number]
        asked, result = record["asked"], record["result"]
        braid = Braid.brickwall(asked["strands"], asked["layers"], asked["density"], asked["seed"])
        closure = Closure(asked["closure"])
        assert (braid.crossings, braid.depth, len(braid.runs(closure))) == (result["m"], result["D"], result["r"])
        assert (
            result["two_qubit_gates"]
            == cfev_circuit(braid, closure, seed=asked["seed"], shared_word=True).two_qubit_gates
        )
        counted = census(braid, closure, gate_set="cx", paths=result["paths"], seed=asked["seed"])
        assert result["r_full:reduced-fixed"] == pytest.approx(counted.mean["r_full"], abs=1e-3)
        assert result["f:reduced-all-fixed"] == pytest.approx(counted.mean["f"], abs=1e-3)
        assert abs(jones_exact(braid, closure).normalised - complex(*result["fib_value"])) < 1e-10

    def test_the_shipped_calibration_is_the_fit_of_the_shipped_runs(self, shipped: list[dict]) -> None:
        """Nothing was edited by hand: fitting again gives the same constants, draws and residuals (1e-4)."""
        again, kept = fit(shipped, profile="shipped"), load_calibration()
        assert (again.digest, again.runs, again.strands, again.layers) == (
            kept.digest,
            kept.runs,
            kept.strands,
            kept.layers,
        )
        assert set(again.constants) == set(kept.constants)
        for name, constant in kept.constants.items():
            assert again.constants[name].value == pytest.approx(constant.value, rel=1e-4, abs=1e-4), name
            assert again.draws.get(name, ()) == pytest.approx(kept.draws.get(name, ()), rel=1e-2, abs=1e-2), name
        for closure, table in kept.residuals.items():
            for feature, column in table.items():
                assert again.residuals[closure][feature] == pytest.approx(column, abs=1e-4)

    def test_forms_describe_the_runs(self) -> None:
        """Residual spread of the features, in decades: crossings, gates and operations are predicted usefully."""
        kept = load_calibration()
        for closure in Closure:
            spread = {name: float(np.std(column)) for name, column in kept.residuals[closure].items()}
            assert spread["m"] < 0.1
            assert spread["r"] < 0.15
            assert spread["C_f"] < 0.6

    def test_time_model(self, shipped: list[dict]) -> None:
        """Seconds of contractions from operations and tensors: within 0.25 decades rms on the runs fitted."""
        kept = load_calibration()
        c = {name: constant.value for name, constant in kept.constants.items()}
        errors = []
        for record in shipped:
            x = record["result"]
            if "fib_seconds" in x and x["tensors"] >= 5:
                predicted = c["t_step"] * x["tensors"] + c["b_op"] / c["probe_bandwidth"] * x["fib_operations"]
                errors.append(np.log10(np.median(x["fib_seconds"]) / predicted))
        assert float(np.sqrt(np.mean(np.square(errors)))) < 0.25


def test_fit_is_deterministic(shipped: list[dict]) -> None:
    """Same runs in any order, same seed: the same calibration bit for bit."""
    some = [r for r in shipped if r["asked"]["kind"] == "probe" or r["asked"]["seed"] == 0]
    assert fit(some, draws=5) == fit(some[::-1], draws=5)
    assert fit(some, draws=5, seed=1) != fit(some, draws=5, seed=2)


def test_fit_needs_enough(shipped: list[dict]) -> None:
    """Too few runs, no probe, or two machines: an error that says what to do."""
    with pytest.raises(PlaitError, match="needs 12 of each"):
        fit(shipped[:5])
    with pytest.raises(PlaitError, match="no machine probe"):
        fit([r for r in shipped if r["asked"]["kind"] == "braid"])
    other = json.loads(json.dumps(shipped))
    other[0]["environment"]["processor"] = "abacus"
    with pytest.raises(PlaitError, match="2 machines"):
        fit(other)


@given(st.integers(2, 200), st.integers(1, 400))
def test_features_are_sane_anywhere(n: int, layers: int) -> None:
    """Within and beyond the measured range: runs below crossings or so, width at least 1, nothing nan."""
    kept = load_calibration()
    for closure in Closure:
        c = {name: kept.constant(name, closure).value for name in kept.names(closure)}
        found = features(np.asarray(float(n)), np.asarray(float(layers)), 2 / 3, closure, c)
        assert all(np.isfinite(value) for value in found.values())
        assert float(width(np.asarray(float(n)), np.asarray(float(layers)), closure, c)) >= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("", "not JSON"),
        ("[]", "not a calibration"),
        ("{}", "not a calibration"),
        ('{"profile": NaN}', "not a calibration"),
    ],
)
def test_foreign_calibrations(tmp_path: Path, change: str, message: str) -> None:
    """An error with the file's name."""
    path = tmp_path / "c.json"
    path.write_text(change)
    with pytest.raises(PlaitError, match=message) as caught:
        load_calibration(path)
    assert "c.json" in str(caught.value)
    with pytest.raises(PlaitError, match="cannot be read"):
        load_calibration(tmp_path / "absent.json")


def test_altered_calibrations(tmp_path: Path) -> None:
    """Draws that are not joint, missing residuals, infinite constants."""
    raw = json.loads(load_calibration().model_dump_json())
    path = tmp_path / "c.json"
    for alter, message in (
        (lambda r: r["draws"].update(t_step=[1.0]), "different lengths"),
        (lambda r: r["residuals"].pop("plat"), "residuals.plat"),
        (lambda r: r["draws"].update(nonsense=r["draws"]["t_step"]), "nonsense"),
        (lambda r: r["constants"]["t_step"].update(value="1"), None),
        (lambda r: r.update(surprise=1), "surprise"),
    ):
        changed = json.loads(json.dumps(raw))
        alter(changed)
        path.write_text(json.dumps(changed))
        if message is None:
            assert load_calibration(path).constants["t_step"].value == 1.0  # a number in quotes is still that number
            continue
        with pytest.raises(PlaitError, match=message):
            load_calibration(path)
