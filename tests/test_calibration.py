"""Measuring and fitting: real runs, resumed without repeating; the shipped calibration is what its runs give."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.calibrations import load_calibration
from plait.calibrations.design import braid_task
from plait.calibrations.fit import X_LAWS, fit
from plait.calibrations.forms import features, width
from plait.calibrations.measure import measure
from plait.calibrations.run_file import load
from plait.calibrations.task import probe_tasks, task_id
from plait.calibrations.time_laws import LAWS, Timings, result_of
from plait.calibrations.timing import peak_bytes, timed
from plait.models import Braid, Closure, PlaitError, cfev_circuit, jones_exact
from plait.models.circuit_census import census

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.jsonl.gz"


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


@pytest.mark.parametrize(("family", "closure"), list(itertools.product(("brickwall", "planted"), Closure)))
def test_runs_of_counts_alone(tmp_path: Path, family: str, closure: Closure) -> None:
    """The same counts as those of a timed run of the same braid, no seconds, and no row in any law of seconds."""
    asked = {"strands": 8, "layers": 9, "seed": 3, "closure": closure, "family": family}
    tasks = [braid_task(**asked, also=("train", *more)) for more in ((), ("counts",))]
    timed_run, counted = (record["result"] for record in measure(tasks, tmp_path / "runs.jsonl"))
    assert counted
    assert not any("seconds" in key for key in counted)
    told = {"methods", "methods_agree_to", "value"}
    assert {key: value for key, value in counted.items() if key not in told}.items() <= timed_run.items()
    assert {"fib_writes", "min_fib_operations", "train_work", "width", "D_r"} <= set(counted)
    one = {"asked": asked, "result": counted}
    assert not any(law.rows(result_of(one)) for law in LAWS.values())


def test_timed_discards_the_warm_up() -> None:
    """The first call is not among the timings unless it was long."""
    calls: list[int] = []
    _, seconds = timed(lambda: calls.append(1), least=0.0)
    assert len(calls) == 4
    assert list(seconds) == sorted(seconds)


def test_peak_memory_is_seen() -> None:
    """64 MiB written and dropped show up, where the system tells at all."""
    value, seen = peak_bytes(lambda: int(np.ones(2**23).sum()))
    assert value == 2**23
    assert seen is None or 2**25 < seen < 2**27


class TestShippedRuns:
    """The data plait ships was really made, and covers what it says."""

    def test_coverage(self, shipped: list[dict]) -> None:
        """2,000 runs: 6..102 strands, to 270 layers, both closures and families, 5 densities; 3 seeds where small."""
        assert len(shipped) >= 2000
        braids = [r["asked"] for r in shipped if r["asked"]["kind"] == "braid"]
        for closure in Closure:
            walls = [a for a in braids if a["closure"] == closure and a["family"] == "brickwall"]
            small = [a for a in walls if 6 <= a["strands"] <= 24 and 4 <= a["layers"] <= 40 and a["density"] == 2 / 3]
            assert len({(a["strands"], a["layers"], a["seed"]) for a in small}) >= 400
            assert len({a["seed"] for a in small}) >= 3
            assert {6, 24, 100} <= {a["strands"] for a in walls}
            assert {4, 40, 100, 270} <= {a["layers"] for a in walls}
            assert len({a["density"] for a in walls}) == 5
            assert len([a for a in braids if a["closure"] == closure and a["family"] == "planted"]) >= 200

    def test_exact_methods_agree_in_every_run(self, shipped: list[dict]) -> None:
        """Contractions, evolutions and trains of one braid give one value; nearly all runs have several of them."""
        braids = [r["result"] for r in shipped if r["asked"]["kind"] == "braid"]
        assert max(result["methods_agree_to"] for result in braids) < 1e-9
        assert np.mean([result["methods"] >= 2 for result in braids]) > 0.9
        relative = [result["contractions_agree_to"] for result in braids if "contractions_agree_to" in result]
        assert np.quantile(relative, 0.99) < 1e-8  # the value itself may be 10^-30: contractions get that right too
        assert max(result.get("single_error", 0.0) for result in braids) < 1e-4

    def test_large_contractions_were_really_run(self, shipped: list[dict]) -> None:
        """To 7 * 10^9 multiply-adds and beyond 1 GB; the memory taken is that predicted."""
        braids = [r["result"] for r in shipped if r["asked"]["kind"] == "braid"]
        assert max(float(x["fib_operations"]) for x in braids if "fib_seconds" in x) > 5e9
        large = [x for x in braids if (x.get("fib_bytes") or 0) > 2**27]
        ratios = [x["fib_bytes"] / (16 * x["fib_peak"]) for x in large]
        assert len(ratios) >= 10
        assert 0.98 < min(ratios) < max(ratios) < 1.02
        assert max(x["fib_bytes"] for x in large) > 1e9

    def test_runs_say_where_they_were_made(self, shipped: list[dict]) -> None:
        """Processor, versions, date in every line; one machine."""
        for record in shipped:
            assert {"processor", "python", "numpy", "numba", "pytket", "cotengrust"} <= set(record["environment"])
            assert len(record["date"]) == 10
        made = {record["environment"]["processor"] for record in shipped if record["asked"]["kind"] != "noise"}
        assert len(made) == 1  # counts of simulated noise are of no machine

    @pytest.mark.parametrize("number", range(0, 150, 19))
    def test_counts_can_be_made_again(self, shipped: list[dict], number: int) -> None:
        """Crossings, runs, gates, and the value of a sample of the runs are what the code gives now."""
        braids = [r for r in shipped if r["asked"]["kind"] == "braid" and r["asked"]["strands"] <= 18]
        braids = [r for r in braids if "circuits" in r["asked"]["also"] and r["asked"]["layers"] <= 31]
        record = braids[number]
        asked, result = record["asked"], record["result"]
        braid = Braid.brickwall(asked["strands"], asked["layers"], asked["density"], asked["seed"])
        if asked["family"] == "planted":
            braid = Braid.planted(asked["strands"], asked["layers"], asked["seed"])
        closure = Closure(asked["closure"])
        assert (braid.crossings, braid.depth, len(braid.runs(closure))) == (result["m"], result["D"], result["r"])
        assert (
            result["two_qubit_gates"]
            == cfev_circuit(braid, closure, seed=asked["seed"], shared_word=True).two_qubit_gates
        )
        counted = census(braid, closure, gate_set="cx", paths=result["paths"], seed=asked["seed"])
        assert result["r_full:reduced-fixed"] == pytest.approx(counted.mean["r_full"], rel=1e-4)
        assert result["f:reduced-all-fixed"] == pytest.approx(counted.mean["f"], rel=1e-4)
        assert abs(jones_exact(braid, closure).normalised - complex(*result["value"])) < 1e-10

    def test_the_shipped_calibration_is_the_fit_of_the_shipped_runs(self, shipped: list[dict]) -> None:
        """Nothing was edited by hand: fitting again gives the same constants, first draws and residuals."""
        again, kept = fit(shipped, profile="shipped", draws=10), load_calibration()
        assert (again.digest, again.runs, again.strands, again.layers) == (
            kept.digest,
            kept.runs,
            kept.strands,
            kept.layers,
        )
        assert set(again.constants) == set(kept.constants)
        for name, constant in kept.constants.items():
            assert again.constants[name].value == pytest.approx(constant.value, rel=1e-9, abs=1e-12), name
            assert again.draws.get(name, ()) == pytest.approx(kept.draws.get(name, ())[:10], rel=1e-9, abs=1e-12), name
        for closure, table in kept.residuals.items():
            for feature, column in table.items():
                assert again.residuals[closure][feature] == pytest.approx(column, rel=1e-9, abs=1e-12)
        assert (again.choices, again.places) == (kept.choices, kept.places)

    def test_forms_describe_the_runs(self) -> None:
        """Residual spread of the features, in decades: crossings, runs, operations, trains are predicted usefully."""
        kept = load_calibration()
        for closure in Closure:
            spread = {name: float(np.std(column)) for name, column in kept.residuals[closure].items()}
            bias = {name: abs(float(np.mean(column))) for name, column in kept.residuals[closure].items()}
            assert spread["m"] < 0.1
            assert spread["r"] < 0.15
            assert max(spread[name] for name in ("C_f", "P_f", "W_f", "C_s", "K")) < 0.6
            assert max(bias[name] for name in ("m", "r", "T", "C_f", "P_f", "chi", "K", "C_s")) < 0.15
            planted = {name: float(np.std(column)) for name, column in kept.residuals[f"{closure}/planted"].items()}
            assert planted["m"] < 0.1
            assert planted["C_f"] < 0.6

    @pytest.mark.parametrize(("law", "edge"), [("fib", 1e7), ("dense", 1e6), ("trace", 1e7)])
    def test_time_model(self, shipped: list[dict], law: str, edge: float) -> None:
        """Row K: constants fitted to the smaller runs give the seconds of the larger ones within 0.15 decades rms."""
        results = [result_of(r) for r in shipped if r["asked"]["kind"] == "braid"]
        every = Timings.of(LAWS[law], results)
        peak = load_calibration().constants["probe_flops"].value
        constants = every.where(every.size < edge).fitted(LAWS[law].least(peak))
        larger = every.where(every.size >= edge)
        assert larger.size.size >= 20
        assert float(np.sqrt(np.mean(larger.deviations(constants) ** 2))) < 0.15

    def test_spread_of_single_runs_is_carried(self) -> None:
        """What one run is off its law is drawn, about 1 and not wider than a factor of two."""
        kept = load_calibration()
        for law in X_LAWS:
            low, middle, high = np.quantile(kept.draws[f"x_{law}"], (0.05, 0.5, 0.95))
            assert 0.5 < low < middle < high < 2

    def test_loops_and_truncation_were_measured(self) -> None:
        """g_slice, h_slice and x_cut come from counted loops and limited trains, not from a range."""
        kept = load_calibration()
        for name in ("g_slice", "h_slice", "x_cut"):
            assert kept.constants[name].basis == "measured"
            assert min(kept.draws[name]) >= 0


def test_fit_is_deterministic(shipped: list[dict]) -> None:
    """Same runs in any order, same seed: the same calibration bit for bit."""
    some = [r for r in shipped if r["asked"]["kind"] == "probe" or r["asked"]["seed"] == 0]
    some = [r for r in some if r["asked"]["kind"] != "noise"]  # they take long to fit, and have a test of their own
    assert fit(some, draws=5) == fit(some[::-1], draws=5)
    assert fit(some, draws=5, seed=1) != fit(some, draws=5, seed=2)


def test_fit_needs_enough(shipped: list[dict]) -> None:
    """Too few runs, no probe, or two machines: an error that says what to do."""
    with pytest.raises(PlaitError, match="needs 12 of each"):
        fit(shipped[:5])
    with pytest.raises(PlaitError, match="no machine probe"):
        fit([r for r in shipped if r["asked"]["kind"] == "braid"])
    other = json.loads(json.dumps([r for r in shipped if r["asked"]["kind"] != "noise"]))
    next(r for r in other if r["asked"]["kind"] == "braid")["environment"]["processor"] = "abacus"
    with pytest.raises(PlaitError, match="2 machines"):
        fit(other)


@given(st.integers(2, 200), st.integers(1, 400))
def test_features_are_sane_anywhere(n: int, layers: int) -> None:
    """Within and beyond the measured range: runs below crossings or so, width at least 1, nothing nan."""
    kept = load_calibration()
    for closure, family in itertools.product(Closure, ("brickwall", "planted")):
        c = {name: kept.constant(name, closure, family).value for name in kept.names(closure, family)}
        found = features(np.asarray(float(n)), np.asarray(float(layers)), 2 / 3, closure, c, family)
        assert all(np.isfinite(value) for value in found.values())
        assert float(width(np.asarray(float(n)), np.asarray(float(layers)), closure, c)) >= 1
        assert found["T_p"] <= found["T"] + 1e-9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("", "not JSON"),
        ("[]", "not a calibration"),
        ("{}", "not a calibration"),
        ('{"profile": NaN}', "not JSON"),
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
