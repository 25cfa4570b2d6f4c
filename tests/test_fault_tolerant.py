"""Error-corrected machines: rotations as counted, formulas as the estimator has them, the best split of the error.

The slow test installs package qdk in an environment of its own; nothing in plait imports it.
"""

import itertools
import math
import random
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from plait.calibrations import load_calibration
from plait.calibrations.t_factories import pick, t_factories
from plait.estimator.contender import ContenderGroup
from plait.estimator.device import load_device
from plait.estimator.estimate import estimate
from plait.estimator.fault_tolerant import best_design, qubit_frontier
from plait.estimator.log_space import compile_log
from plait.estimator.machine import Machine, load_machine, machine_slugs
from plait.estimator.study import load_study, override
from plait.models import MODELS, Braid, Closure, PlaitError, cfev_circuit
from plait.models.circuit_census import path_counts
from plait.models.echo import layers
from plait.models.fault_tolerant_cost import DESIGN, HARDWARE, ROTATION_LAYERS, rotation_count
from plait.models.logical_counts import logical_counts

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from ft_engine import environment, estimates

MODEL = MODELS["ft-cfev"]
POINT = {"n": 60, "r": 1500, "r_full": 1200, "r_hard": 60, "r_one": 200, "r_half": 2, "f": 60, "D_b": 300, "x_R": 1.5}
POINT |= {"eps": 0.1, "delta": 0.05, "v": 0.5, "z": 0.3, "t_build": 1e-6, "t_word": 1e-6, "power": 1e6, "Q": 1e6}


def logs(hardware: str, **changes: float) -> dict[str, Any]:
    """log10 of POINT on one machine, as arrays of one place and draw."""
    point = POINT | {"t_cycle": HARDWARE[hardware].cycle} | changes
    return {name: np.full((1, 1, 1), math.log10(x) if x else -math.inf) for name, x in point.items()}


def designed(hardware: str, **changes: float) -> dict[str, float]:
    """Costs and limits of the best design, and the design."""
    here = logs(hardware, **changes)
    here |= best_design(MODEL, hardware, here)
    costs, limits = (part(Closure.PLAT, hardware=hardware) for part in (MODEL.costs, MODEL.limits))
    found = {name: compile_log(expr)(here) for name, expr in costs.items()}
    found |= {f"limit:{name}": compile_log(expr)(here) for name, expr in limits.items()}
    return {name: float(10.0 ** np.max(log)) for name, log in {**found, **{x: here[x] for x in DESIGN}}.items()}


class TestCircuits:
    """Logical counts of real circuits."""

    @pytest.mark.parametrize("closure", list(Closure))
    def test_formula_bounds_the_rotations_of_the_circuit(self, closure: Closure) -> None:
        """Never fewer than the circuit has, 8 % more at the median; no T gate ever; layers within the stated range."""
        ratios, deep, rng = [], [], random.Random(4)
        symbols = {str(s): s for s in rotation_count().free_symbols}
        for seed in range(24):
            strands, count = 2 * rng.randint(3, 12), rng.randint(6, 40)
            braid = Braid.brickwall(strands, count, seed=seed)
            echo = cfev_circuit(braid, closure, seed=seed, effort=0)
            runs = [run for layer in layers(braid.runs(closure)) for run in layer]
            counts = path_counts(runs, echo.s, "reduced", "rzz", "all")
            found = logical_counts(echo.circuit)
            formula = float(rotation_count().subs({symbol: counts[name] for name, symbol in symbols.items()}))
            assert found["tCount"] == 0
            assert found["measurementCount"] == found["numQubits"] == strands - 1
            assert found["rotationCount"] <= formula
            ratios.append(formula / found["rotationCount"])
            if strands >= 10:
                deep.append(found["rotationDepth"] / counts["D_b"])
        assert statistics.median(ratios) <= 1.08
        assert ROTATION_LAYERS.low is not None
        assert ROTATION_LAYERS.high is not None
        assert ROTATION_LAYERS.low <= statistics.median(deep) <= ROTATION_LAYERS.high


class TestFactories:
    """The table of the estimator's T factories."""

    @pytest.mark.parametrize("hardware", list(HARDWARE))
    def test_table(self, hardware: str) -> None:
        """Every machine has factories; asking for less error, or allowing less distance, never costs less."""
        table = t_factories(hardware)
        assert len(table) >= 4
        errors = 10.0 ** np.arange(-4.0, -11, -0.25)
        for distance in range(5, 37, 2):
            volumes = [one.qubits * one.cycles for one in (pick(hardware, e, distance) for e in errors) if one]
            assert volumes == sorted(volumes)
        assert pick(hardware, 0.0, 49) is None

    def test_unknown(self) -> None:
        """One line that says what is known."""
        with pytest.raises(PlaitError, match="gate-ns-e3"):
            t_factories("gate-ns-e9")


class TestDesign:
    """The search over splits of the allowed error."""

    @pytest.mark.parametrize("hardware", list(HARDWARE))
    def test_no_neighbour_is_faster(self, hardware: str) -> None:
        """Another distance, T count or factory of the table does not lessen the seconds."""
        here = logs(hardware)
        chosen = best_design(MODEL, hardware, here)
        costs, limits = (part(Closure.PLAT, hardware=hardware) for part in (MODEL.costs, MODEL.limits))
        time = compile_log(costs["seconds"])
        bound = [compile_log(expr) for expr in limits.values()]
        best = float(time(here | chosen).item())
        distance, states = (round(10 ** chosen[name].item()) for name in ("d_c", "N_t"))
        tried = 0
        for d, count, one in itertools.product(
            range(max(3, distance - 4), distance + 6, 2), range(states - 3, states + 8), t_factories(hardware)
        ):
            numbers = (d, count, one.qubits, one.cycles, one.error)
            other = here | {name: np.log10(float(x)) for name, x in zip(DESIGN, numbers, strict=True)}
            if one.distance <= d and all(np.max(ratio(other)) < 0 for ratio in bound):
                tried += 1
                assert float(time(other).item()) >= best - 1e-9
        assert tried > 10

    def test_what_is_left_is_the_samplings(self) -> None:
        """The three errors stay far below what is allowed, and fall with it."""
        for eps in (0.1, 0.01, 0.001):
            found = designed("gate-ns-e3", eps=eps)
            assert 0 < found["bias"] < 0.2 * eps
            parts = 1.5 + math.sqrt(2) - 1, 2 * math.sqrt(2)
            failed = (found["logical_error"] + found["t_error"]) * parts[0]
            assert failed + parts[1] * found["synthesis_error"] == pytest.approx(found["bias"])

    @pytest.mark.parametrize("hardware", list(HARDWARE))
    def test_larger_is_never_cheaper(self, hardware: str) -> None:
        """Seconds rise with rotations, layers and accuracy, and fall with qubits."""
        seconds = designed(hardware)["seconds"]
        for change in ({"r_full": 2400.0}, {"D_b": 600.0}, {"eps": 0.05}, {"Q": 2e5}, {"n": 120.0}):
            other = designed(hardware, **change)
            assert other["limit:qubits"] > 1 or other["seconds"] >= seconds * (1 - 1e-9)

    def test_limits(self) -> None:
        """Too few qubits is said as such; so is an error that no design meets."""
        assert designed("gate-ns-e3", Q=10_000)["limit:qubits"] > 1
        assert designed("gate-ns-e3", eps=1e-12)["limit:signal"] > 1
        assert max(designed("gate-ns-e3")[f"limit:{x}"] for x in ("qubits", "signal")) < 1

    def test_frontier_of_qubits_and_seconds(self) -> None:
        """More qubits, less time, until all T factories that are of use fit; every point fits its machine."""
        here = {name: value for name, value in logs("gate-ns-e3").items() if name != "Q"}
        sizes = np.geomspace(5e4, 1e7, 40)
        points = qubit_frontier(MODEL, "gate-ns-e3", here, sizes)
        assert len(points) > 5
        times = [point.shot_seconds for point in points]
        assert times == sorted(times, reverse=True)
        assert times[0] > 3 * times[-1]
        assert points[-1].physical_qubits < 1e7
        with pytest.raises(PlaitError, match="allow more qubits"):
            qubit_frontier(MODEL, "gate-ns-e3", here, sizes[:1] / 100)


class TestStudies:
    """Fault-tolerant contenders beside bare ones."""

    def test_both_kinds_answer(self) -> None:
        """One size of the shipped study: bare and error-corrected contenders, each with its details."""
        study = load_study("fault-tolerant")
        found = estimate(study.contenders, study.question, load_calibration(), Closure.MARKOV, strands=60, layers=200)
        lines = {line.contender.name: line for line in found.lines}
        ours, bare = lines["ft-cfev@ft-gate-ns-e4"], lines["cfev@qpu-1e-4"]
        assert ours.basis == bare.basis == "assumed"
        assert ours.details["code_distance"] % 2 == 1
        assert ours.details["physical_qubits"] > 100 * ours.details["logical_qubits"] / 4
        assert "physical_qubits" not in bare.details

    def test_a_given_braid(self) -> None:
        """The rotations of its own circuits."""
        study = load_study("fault-tolerant")
        braid = Braid.brickwall(8, 12, seed=1)
        found = estimate(study.contenders, study.question, load_calibration(), Closure.PLAT, braid=braid)
        line = next(one for one in found.lines if one.contender.name == "ft-cfev@ft-gate-ns-e4")
        counted = logical_counts(cfev_circuit(braid, Closure.PLAT).circuit)["rotationCount"]
        assert counted <= line.details["rotations"] <= 1.5 * counted + 10

    def test_figures_can_be_overridden(self) -> None:
        """A slower cycle takes longer by as much, in the seconds of a shot."""
        study = load_study("fault-tolerant")
        slow = override(study, settings=["ft-gate-ns-e4.t_cycle=x10", "ft-gate-ns-e4.Q=1e7"])
        fast = override(study, settings=["ft-gate-ns-e4.Q=1e7"])
        found = [
            next(
                line.details["shot_seconds"]
                for line in estimate(
                    one.contenders, one.question, load_calibration(), Closure.PLAT, strands=40, layers=40, draws=20
                ).lines
                if line.contender.name == "ft-cfev@ft-gate-ns-e4"
            )
            for one in (slow, fast)
        ]
        assert found[0] == pytest.approx(10 * found[1])

    def test_machines_and_models_fit(self) -> None:
        """Shipped machines load; a bare model on them, or the other way round, is one line; so is a circuit on them."""
        ours = [slug for slug in machine_slugs() if slug.startswith("ft-")]
        assert {load_machine(slug).hardware for slug in ours} == set(HARDWARE)
        for models, machines in (("cfev", "ft-gate-ns-e3"), ("ft-cfev", "qpu-1e-4")):
            with pytest.raises(
                PlaitError, match="which ft-cfev is not for" if models == "ft-cfev" else "error-corrected"
            ):
                ContenderGroup(models=[models], machines=[machines]).contenders()
        with pytest.raises(PlaitError, match="error-corrected"):
            override(load_study("default"), machines=["ft-gate-ns-e3", "core"])
        with pytest.raises(PlaitError, match="error-corrected"):
            load_device("ft-gate-ns-e3")

    def test_a_machine_file_is_checked(self) -> None:
        """Unknown hardware, native gates and missing figures are refused."""
        good = load_machine("ft-gate-ns-e3").model_dump(exclude_unset=True)
        Machine.model_validate(good)
        cycle = {name: figure for name, figure in good["figures"].items() if name != "t_cycle"}
        for change in ({"hardware": "gate-ns-e9"}, {"gate_set": "cx"}, {"side": "classical"}, {"figures": cycle}):
            with pytest.raises(ValidationError):
                Machine.model_validate(good | change)

    def test_the_estimator_is_not_needed(self) -> None:
        """A map with these contenders is evaluated without package qdk."""
        code = (
            "import sys; sys.modules['qdk'] = None; sys.modules['qsharp'] = None;"
            "from plait.estimator.study import load_study; from plait.estimator.estimate import estimate;"
            "from plait.calibrations import load_calibration; from plait.models import Closure;"
            "s = load_study('fault-tolerant');"
            "print(estimate(s.contenders, s.question, load_calibration(), Closure.PLAT, strands=8, layers=8).winner)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


@pytest.mark.slow
def test_every_number_is_the_estimators(tmp_path: Path) -> None:
    """Some 500 designs of all qubit models, 9 to 399 qubits, 500 to 300,000 rotations, free and with few qubits.

    Asked for the same three errors, the estimator gives the same distance, logical qubits, cycles, T states and time;
    the same physical qubits and factories where it need not fill a machine (it does so even to no use).
    """
    jobs, ours = [], []
    grid = itertools.product(HARDWARE, (10, 86, 400), (500, 10_000, 300_000), (60, 1500), (0.1, 0.001), (3e5, 2e6, 1e9))
    for hardware, strands, rotations, deep, eps, most in grid:
        if deep > rotations:
            continue
        changes = {"r_full": (rotations - 2) / 5, "r_hard": 0, "r_one": 0, "r_half": 0, "f": 1, "x_R": 1, "D_b": deep}
        found = designed(hardware, n=strands, eps=eps, Q=most, **changes)
        errors = [found[name] * (1 + 1e-7) for name in ("logical_error", "t_error", "synthesis_error")]
        if max(found["limit:qubits"], found["limit:signal"]) > 1:
            continue
        job: dict[str, Any] = {"counts": [strands - 1, rotations, deep, strands - 1]}
        job |= {"model": HARDWARE[hardware].qubit_model, "code": HARDWARE[hardware].code}
        job["budget"] = dict(zip(("logical", "tStates", "rotations"), errors, strict=True))
        jobs.append(job | ({"most": int(most)} if most < 1e9 else {}))
        ours.append(found)
    assert len(jobs) > 400
    for job, mine, theirs in zip(jobs, ours, estimates(environment(tmp_path / "qdk"), jobs), strict=True):
        assert "error" not in theirs, (job, theirs)
        same = ["code_distance", "logical_qubits", "logical_cycles", "t_states"]
        if "most" not in job or mine["factories"] == theirs["factories"]:
            same += ["factories", "physical_qubits"]
        else:
            assert round(mine["physical_qubits"]) <= theirs["physical_qubits"] <= job["most"]
        assert {name: round(mine[name]) for name in same} == {name: theirs[name] for name in same}, job
        assert round(mine["N_t"]) == theirs["per_rotation"]
        assert mine["shot_seconds"] * 1e9 == pytest.approx(theirs["nanoseconds"], rel=1e-9)


@pytest.mark.slow
def test_the_table_is_remade(tmp_path: Path) -> None:
    """The estimator's factories today are those of the table."""
    root = Path(__file__).parents[1]
    python = environment(tmp_path / "qdk")
    done = subprocess.run([str(python), str(root / "benchmarks" / "t_factories.py")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (root / "calibrations" / "data" / "t_factories.jsonl").read_text()
