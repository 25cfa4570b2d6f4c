"""A machine from few runs: its seconds are its own, what no machine changes is the shipped calibration's and tagged."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from plait.calibrations import Calibration, load_calibration
from plait.calibrations.run_file import append, load
from plait.calibrations.time_laws import LAWS, Timings, result_of
from plait.calibrations.transfer import fit_here, transfer
from plait.cli.app import app
from plait.models import Closure, PlaitError

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.jsonl.gz"


@pytest.fixture(scope="module")
def shipped() -> list[dict]:
    return load([SHIPPED])[0]


@pytest.fixture(scope="module")
def few(shipped: list[dict]) -> list[dict]:
    """What five minutes give: three probes and forty small braids, in an order that follows nothing."""
    small = [r for r in shipped if r["asked"]["kind"] == "braid" and r["asked"]["strands"] * r["asked"]["layers"] < 400]
    small.sort(key=lambda run: hashlib.sha256(run["id"].encode()).digest())
    return [r for r in shipped if r["asked"]["kind"] == "probe"][:3] + small[:40]


def slower(records: list[dict], factor: float) -> list[dict]:
    """The same runs on a machine on which everything takes so much longer."""
    made = json.loads(json.dumps(records))
    for run in made:
        run["environment"]["processor"] = "Abacus"
        for key, value in run["result"].items():
            if key.endswith("_per_second"):
                run["result"][key] = value / factor
            elif key.endswith("_seconds"):
                run["result"][key] = [x * factor for x in value] if isinstance(value, list) else value * factor
    return made


def seconds_per_count(made: Calibration, law: str) -> np.ndarray:
    """Constants of a law, in seconds, in the order of its counts."""
    per = {"per_flop": "f_dense", "per_write": "b_write", "per_surface": "b_surface", "per_operation": "b_op"}
    per |= {"per_update": "b_amp", "per_start": "b_start", "per_cell": "b_cell", "per_column": "b_column"}
    out = []
    for name in LAWS[law].constants:
        value = made.constant(per.get(name, name), Closure.MARKOV).value
        flops, bandwidth = (made.constants[f"probe_{x}"].value for x in ("flops", "bandwidth"))
        out.append(1 / (value * flops) if name == "per_flop" else value / bandwidth if name in per else value)
    return np.array(out)


def test_what_no_machine_changes_is_taken_and_tagged(few: list[dict], tmp_path: Path) -> None:
    """Features, residuals, choices, noise: the shipped ones, whose source says so. Seconds: from the runs."""
    known, made = load_calibration(), transfer(few, load_calibration(), profile="mine")
    assert (made.residuals, made.choices, made.spread, made.places) == (
        known.residuals,
        known.choices,
        known.spread,
        known.places,
    )
    assert made.runs == len(few)
    assert "calibration shipped (2" in made.origin()
    assert set(made.constants) == set(known.constants)
    timed = {name for name, one in made.constants.items() if not one.source.startswith("calibration shipped: ")}
    assert {"t_search", "t_step", "t_run", "b_amp", "b_op", "f_dense", "t_min@plat", "t_word", "probe_flops"} <= timed
    for name in set(made.constants) - timed:
        assert made.constants[name].value == known.constants[name].value
        assert made.draws.get(name) == known.draws.get(name)
    assert {"w_L@markov", "m_s0@plat", "e_n@plat/planted", "k_2q", "g_slice"}.isdisjoint(timed)
    assert len({len(column) for column in made.draws.values()}) == 1
    made.save(tmp_path / "mine.json")
    assert load_calibration(tmp_path / "mine.json") == made


@pytest.mark.parametrize("factor", [3.0, 0.5])
def test_a_slower_machine_is_slower(few: list[dict], factor: float) -> None:
    """All seconds times a factor, the probes' too: all seconds per count times that factor.

    Not exactly: the word of the probes counts for a tenth of that of a decade of runs.
    """
    known = load_calibration()
    here, there = transfer(few, known), transfer(slower(few, factor), known)
    for name in ("search", "fib", "dense", "state", "trace"):
        ratio = np.log10(seconds_per_count(there, name) / seconds_per_count(here, name) / factor)
        assert np.abs(ratio).max() < 0.1
    for name in ("t_build", "t_word"):
        assert there.constants[name].value == pytest.approx(factor * here.constants[name].value, rel=1e-9)
    assert there.machine == "one core of Abacus"


@pytest.mark.parametrize(("law", "edge"), [("fib", 1e7), ("dense", 1e6), ("trace", 1e7)])
def test_few_small_runs_predict_large_ones(shipped: list[dict], few: list[dict], law: str, edge: float) -> None:
    """On a machine three times slower: within 0.25 decades rms of runs a thousand times larger than any it made."""
    made = transfer(slower(few, 3.0), load_calibration())
    results = [result_of(r) for r in slower(shipped, 3.0) if r["asked"]["kind"] == "braid"]
    every = Timings.of(LAWS[law], results)
    large = every.where(every.size >= edge)
    assert large.size.size >= 20
    assert float(np.sqrt(np.mean(large.deviations(seconds_per_count(made, law)) ** 2))) < 0.25


def test_a_law_that_was_not_timed_follows_the_probes_and_is_assumed(few: list[dict]) -> None:
    """No trains here: bytes and calls as shipped, the bandwidth that of the probe."""
    known = load_calibration()
    none = [{**r, "result": {k: v for k, v in r["result"].items() if not k.startswith("train")}} for r in few]
    made = transfer(slower(none, 2.0), known)
    for name in ("t_update", "b_work"):
        assert made.constants[name].basis == "assumed"
        assert "0 timings" in made.constants[name].source
        assert made.constants[name].value == pytest.approx(known.constants[name].value, rel=1e-9)


def test_too_little(few: list[dict]) -> None:
    """No braid, no probe, two machines: one line that says what to do."""
    known = load_calibration()
    with pytest.raises(PlaitError, match="more --budget"):
        transfer(few[:3], known)
    with pytest.raises(PlaitError, match="no machine probe"):
        transfer(few[3:], known)
    with pytest.raises(PlaitError, match="2 machines"):
        transfer([*few, *slower(few, 2.0)], known)


def test_many_runs_are_fitted_by_themselves(few: list[dict]) -> None:
    """With half as many runs as the known calibration rests on, nothing of it is taken: here too few for a fit."""
    known = load_calibration()
    assert "calibration shipped" in fit_here(few, known).origin()
    with pytest.raises(PlaitError, match="needs 12 of each"):
        fit_here(few[:20], known.model_copy(update={"runs": 30, "noisy": 0}))


def test_command(few: list[dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`plait calibrate` on few runs, then an estimate with the result."""
    monkeypatch.chdir(tmp_path)
    append(Path("runs.jsonl"), *slower(few, 2.0))
    made = CliRunner().invoke(app, ["calibrate", "--budget", "0", "--runs", "runs.jsonl", "-o", "mine.json", "--json"])
    assert made.exit_code == 0, made.stderr
    assert "of calibration shipped" in json.loads(made.stdout)["origin"]
    words = ["estimate", "--strands", "40", "--layers", "40", "--json"]
    mine, theirs = (CliRunner().invoke(app, [*words, *more]) for more in (["--calibration", "mine.json"], []))
    assert (mine.exit_code, theirs.exit_code) == (0, 0), mine.stderr
    assert mine.stdout != theirs.stdout
