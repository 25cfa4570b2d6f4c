"""Constants of a GPU: recovered from made-up runs, written, read, derived; the shipped ones are of shipped runs."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from plait.calibrations import gpu_fit, gpu_run
from plait.calibrations.gpu_fit import gpu_constants
from plait.calibrations.run_file import load
from plait.cli.app import app
from plait.estimator import load_machine
from plait.estimator.cluster import gpu_cluster
from plait.estimator.draws import Draws, machine_values
from plait.estimator.machine import MachineFigure
from plait.estimator.machine_file import gpu_machine, machine_text
from plait.models import Closure, PlaitError

SHIPPED = Path(gpu_run.__file__).parent / "data" / "h100.jsonl"


def made_up(n: int, r: int, dtype: str = "complex128") -> dict[str, Any]:
    """A run whose seconds follow the law: t_state 1e-3, t_run 1e-5, 2 and 100 bytes at 1e12 bytes/s."""
    amplitudes = 1.618**n
    update = 2 if dtype == "complex128" else 1
    seconds = 1e-3 + 1e-5 * r + amplitudes * (update * r + 100) / 1e12
    return {
        "id": f"{n} {r} {dtype}",
        "asked": {"kind": "gpu", "strands": n, "closure": "markov", "dtype": dtype},
        "result": {"r": r, "typical_seconds": seconds, "typical_amplitudes": amplitudes},
        "environment": {"gpu": "G"},
        "date": "2026-01-01",
    }


def probes() -> list[dict[str, Any]]:
    result = {"flops_per_second": 1e13, "bytes_per_second": 1e12}
    return [{"id": "p", "asked": {"kind": "gpu-probe"}, "result": result, "environment": {"gpu": "G"}}]


def test_constants_are_recovered() -> None:
    runs = [made_up(n, r, dtype) for n in range(24, 46, 4) for r in (100, 900) for dtype in ("complex128", "complex64")]
    found = gpu_constants([*probes(), *runs])
    for name, value in {"t_state": 1e-3, "t_run": 1e-5, "b_amp": 2, "b_start": 100, "x_state": 1}.items():
        assert found[name].value == pytest.approx(value, rel=1e-3)
        assert found[name].low <= found[name].value <= found[name].high
    assert found["b_amp"].low == pytest.approx(1, rel=1e-3)  # what complex64 takes
    assert "b_op" not in found


def test_runs_of_several_gpus_or_without_a_probe_are_refused() -> None:
    other = made_up(24, 9) | {"environment": {"gpu": "H"}}
    with pytest.raises(PlaitError, match="2 GPUs"):
        gpu_constants([*probes(), other])
    with pytest.raises(PlaitError, match="no GPU probe"):
        gpu_constants([made_up(24, 9)])


def test_shipped_runs_were_right_and_are_what_the_shipped_gpu_rests_on() -> None:
    records, remarks = load([SHIPPED])
    assert not remarks
    assert len(records) >= 70
    exact = [r for r in records if r["asked"].get("what") in ("amplitude", "trace", "constrained", "dense")]
    assert all(r["result"]["error"] <= gpu_run.AGREEMENT[r["asked"]["dtype"]] for r in exact)
    assert max(r["result"].get("typical_amplitudes", 0) for r in records) > 7e9  # 48 strands
    machine, found = load_machine("h100"), gpu_fit.rounded(gpu_constants(records))
    probed = {"probe_flops": "F", "probe_bandwidth": "B"}
    for name, constant in found.items():
        figure = machine.figures[probed[name]] if name in probed else machine.constants[name]
        assert figure.value == pytest.approx(constant.value, rel=1e-3)
        assert figure.basis == "measured"


def test_laws_hold_on_the_larger_half_of_the_shipped_runs() -> None:
    """States to 40 %; contractions, part of which stays on the processor, to a factor of 3."""
    found = gpu_constants(load([SHIPPED])[0])
    assert 0.7 < found["x_state"].low < found["x_state"].high < 1.4
    assert 1 / 3 < found["x_fib"].low < found["x_fib"].high < 3


def test_machine_file_round_trip(tmp_path: Path) -> None:
    machine = gpu_machine('my "gpu"'.replace(" ", "-").replace('"', ""), 'G "1"\n', 8e10, "2026-01-01",
                          gpu_constants([*probes(), *(made_up(n, r) for n in (24, 30, 36) for r in (9, 99))]),
                          {"b_work": 100.0})  # fmt: skip
    path = tmp_path / "own.toml"
    path.write_text(machine_text(machine), encoding="utf-8")
    assert load_machine(path) == machine


def test_constants_of_a_machine_stand_in_for_those_of_the_calibration() -> None:
    draws = Draws.make(500, 0)
    machine = load_machine("h100")
    drawn = machine_values(machine, {}, draws)
    assert set(machine.constants) <= set(drawn)
    for name, figure in machine.constants.items():
        assert figure.value is not None
        values = np.broadcast_to(10.0 ** drawn[name], 500)
        assert (values <= figure.value * 1.0001).mean() > 0.4
        assert (values >= figure.value * 0.9999).mean() > 0.4


def test_derived_machines_take_the_constants_and_call_them_assumed(tmp_path: Path) -> None:
    base = load_machine("h100")
    for slug in ("a100", "h200"):
        machine = load_machine(slug)
        assert {name: figure.value for name, figure in machine.constants.items()} == {
            name: figure.value for name, figure in base.constants.items()
        }
        assert {figure.basis for figure in machine.constants.values()} == {"assumed"}
    text = (Path(sys.modules["plait.estimator.machine"].__file__ or "").parent / "machines" / "a100.toml").read_text()
    for wrong in ("core2", "h200"):
        path = tmp_path / "wrong.toml"
        path.write_text(text.replace('derived_from = "h100"', f'derived_from = "{wrong}"'))
        with pytest.raises(PlaitError, match="must be a shipped machine with constants of its own"):
            load_machine(path)


def test_unknown_constants_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    text = machine_text(load_machine("h100"))
    path.write_text(text.replace("[constants.b_amp]", "[constants.b_imp]"))
    with pytest.raises(PlaitError, match="b_imp"):
        load_machine(path)


def test_the_shipped_cluster_is_made_of_the_shipped_gpu() -> None:
    shipped, base = load_machine("h100-256"), load_machine("h100")
    network = MachineFigure(value=50e9, basis="cited", source=shipped.notes.partition(": ")[2].rstrip("."))
    made = gpu_cluster(base, 256, network, "h100-256")
    assert made.constants == shipped.constants
    assert made.figures == shipped.figures
    assert shipped.figures["M"].value == pytest.approx(256 * (base.figures["M"].value or 0), rel=1e-3)
    assert {figure.basis for figure in (*shipped.figures.values(), *shipped.constants.values())} == {"assumed"}
    with pytest.raises(PlaitError, match="of its own"):
        gpu_cluster(load_machine("core"), 4, network, "cores")


@pytest.mark.usefixtures("stand_in")
def test_calibrate_a_gpu_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_run, "PRODUCT", 64)
    monkeypatch.setattr(gpu_run, "COPIED", 1 << 16)
    tasks = [task for task in gpu_run.gpu_tasks() if task["kind"] == "gpu-probe"]
    for size in ((4, 6), (6, 6), (8, 6), (6, 12), (8, 12), (10, 6)):
        tasks += [gpu_run._task("typical", Closure.MARKOV, size), gpu_run._task("amplitude", Closure.PLAT, size)]
        tasks += [gpu_run._task("constrained", Closure.MARKOV, size), gpu_run._task("dense", Closure.PLAT, size)]
    tasks += [gpu_run._task("typical", Closure.MARKOV, (46, 6))]  # beyond the 4 GiB of the stand-in
    monkeypatch.setattr(gpu_run, "gpu_tasks", lambda: tasks)
    monkeypatch.setattr(gpu_run, "warm_up", lambda: None)
    runs, output = tmp_path / "runs.jsonl", tmp_path / "My GPU.toml"
    asked = ["calibrate", "--device", "gpu", "--runs", str(runs), "-o", str(output), "--json"]
    result = CliRunner().invoke(app, asked, prog_name="plait")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["runs_done"], found["runs_asked"]) == (len(tasks) - 1, len(tasks))
    assert "left out" in result.stderr
    assert {"profile", "constants", "path"} <= set(found)
    machine = load_machine(output)
    assert machine.slug == "my-gpu"
    assert machine.constants["b_amp"].basis == "measured"
    before = runs.read_bytes()
    assert CliRunner().invoke(app, asked, prog_name="plait").exit_code == 0
    assert runs.read_bytes() == before  # nothing was run again
    wrong = CliRunner().invoke(app, [*asked[:-3], "-o", str(tmp_path / "x.json")], prog_name="plait")
    assert wrong.exit_code == 2
    assert "machine file" in wrong.stderr
