"""The command line of the model side: exact text where it is stable, JSON keys, and every mistake on one line."""

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner, Result

from plait.cli.app import COMMANDS, app
from plait.cli.options import parse_bytes
from plait.cli.output import complex_text, jsonable, log2, log10
from plait.estimator.machine import load_machine
from plait.models import Braid, Closure, PlaitError, cfev_circuit, hadamard_circuit, jones_exact
from plait.models.echo import echo_value

PLAIT = [sys.executable, "-c", "from plait.cli import main; main()"]
HEAVY = {"sympy", "pytket", "quimb", "cotengra", "xarray", "altair", "numba", "numpy", "pydantic"}


def run(*args: str) -> Result:
    return CliRunner().invoke(app, args, prog_name="plait", env={"COLUMNS": "80"})


def text(*args: str) -> str:
    """What the command prints for people; it must succeed and fit 80 columns."""
    result = run(*args)
    assert (result.exit_code, result.stderr) == (0, "")
    assert max(map(len, result.stdout.splitlines())) <= 80
    return result.stdout


def answer(*args: str) -> dict[str, Any]:
    """The one JSON object the command prints; it must be strict JSON (no nan) on one line and alone."""
    result = run(*args, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    found = json.loads(result.stdout, parse_constant=_no_constant)
    assert isinstance(found, dict)
    return found


def mistake(*args: str) -> str:
    """The line of a user's mistake: exit code 2, one line on stderr, nothing on stdout."""
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("plait: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    return result.stderr.removeprefix("plait: ").rstrip("\n")


def _no_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} in JSON")


def pair(z: complex) -> Any:
    return pytest.approx([z.real, z.imag], abs=1e-12)


# jones


def test_jones_of_the_trefoil_states_both_conventions_in_words() -> None:
    shown, _, predicted = text("jones", "1 1 1").partition("Method: ")
    assert re.fullmatch(r"predicted fib-trace [\d.e-]+ s in 0\.0488 KiB\.\n", predicted)
    assert shown == (
        "Jones polynomial of the markov closure at the fifth root of unity\n"
        "jones       -0.8090169944 - 1.3143277803i  circuit convention: t = e^(-2 pi\n"
        "                                           i/5), sqrt t = -e^(-pi i/5)\n"
        "standard    -0.8090169944 + 1.3143277803i  tabulated convention: letter +i\n"
        "                                           right-handed, t = e^(2 pi i/5), sqrt\n"
        "                                           t = e^(pi i/5)\n"
        "normalised  0.6180339887 - 0.7265425280i   E, of modulus at most 1: no writhe\n"
        "                                           factor, no power of the golden ratio\n"
        "writhe      3                              oriented\n"
        "components  1\n"
        "strands     2\n"
        "method      fib-trace                      exact, to rounding\n"
    )


def test_jones_json_has_the_fixed_keys_and_the_known_value() -> None:
    found = answer("jones", "1 1 1")
    assert {"jones", "standard", "normalised", "writhe", "components", "strands", "method"} <= set(found)
    assert found["standard"] == pytest.approx([-0.8090169943749, 1.3143277802978], abs=1e-12)  # t + t^3 - t^4
    assert (found["writhe"], found["components"], found["strands"]) == (3, 1, 2)
    assert "orientations" not in found


@pytest.mark.parametrize(
    "tokens", [["-1 -1 -1"], ["-1", "-1", "-1"], ["--", "-1", "-1", "-1"], ["--", "-1 -1 -1"], ["[-1, -1, -1]"]]
)
def test_a_word_may_begin_with_a_minus(tokens: list[str]) -> None:
    found = answer("jones", *tokens[:-1], tokens[-1]) if "--" not in tokens else _json(run("jones", "--json", *tokens))
    assert (found["writhe"], found["strands"]) == (-3, 2)


def _json(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def test_options_may_stand_before_a_word_that_begins_with_a_minus() -> None:
    assert answer("jones", "--strands", "4", "-1 2")["strands"] == 4


@pytest.mark.parametrize("method", ["fib-trace", "face-tn"])
def test_jones_by_a_chosen_method(method: str) -> None:
    found = answer("jones", "1 -2 1 -2", "--method", method, "--memory", "1GiB", "--time-limit", "60", "--seed", "3")
    assert found["method"] == method
    assert found["normalised"] == pair(jones_exact(Braid.parse("1 -2 1 -2"), Closure.MARKOV).normalised)


def test_all_orientations_of_the_plat_hopf_link() -> None:
    found = answer("jones", "2 2", "--strands", "4", "--closure", "plat", "--all-orientations")
    assert [(row["reversed"], row["writhe"]) for row in found["orientations"]] == [([], -2), ([1], 2)]
    assert found["orientations"][0]["jones"] == pytest.approx([-0.1909830056, 0.5877852523], abs=1e-9)
    assert found["orientations"][1]["jones"] == pytest.approx([-0.1909830056, -0.5877852523], abs=1e-9)
    shown = text("jones", "2 2", "--strands", "4", "--closure", "plat", "--all-orientations")
    assert "1         2       0.1909830056 - 0.5877852523i\n" in shown


def test_all_orientations_has_a_limit() -> None:
    assert "2^10 values for 11 components" in mistake("jones", "", "--strands", "11", "--all-orientations")


# braid


def test_braid_random_is_a_braid_file(tmp_path: Path) -> None:
    made = answer("braid", "random", "--strands", "10", "--layers", "10", "--seed", "0")
    assert made["word"][:6] == [-5, 7, -9, -2, 6, -8]
    assert (made["crossings"], made["family"], made["layers"], made["seed"]) == (25, "brickwall", 10, 0)
    assert made["density"] == 2 / 3
    assert made["jones"] is None
    path = tmp_path / "braid.json"
    path.write_text(json.dumps(made))
    shown = answer("braid", "show", str(path))
    same = ("strands", "word", "crossings", "depth", "runs", "writhe", "components", "closure")
    assert [shown[key] for key in same] == [made[key] for key in same]
    assert answer("jones", str(path))["components"] == made["components"]
    assert answer("jones", str(path), "--strands", "12")["strands"] == 12


def test_braid_show_in_words() -> None:
    assert text("braid", "show", "1, -2, 1, -2") == (
        "Braid\n"
        "strands     3\n"
        "crossings   4\n"
        "depth       4  layers of crossings\n"
        "runs        4  powers of one generator left after merging and cancelling\n"
        "writhe      0  oriented, of the markov closure\n"
        "components  1  of the markov closure\n"
        "\n"
        "1 -2 1 -2\n"
    )


def test_braid_show_evaluates_if_asked() -> None:
    shown = answer("braid", "show", "2 2", "--strands", "4", "--closure", "plat", "--jones")
    assert shown["jones"] == pytest.approx([-0.1909830056, 0.5877852523], abs=1e-9)
    assert (shown["writhe"], shown["closure"], shown["family"]) == (-2, "plat", None)


# circuit


def test_circuit_counts_and_shots() -> None:
    found = answer("circuit", "1 -2 1 -2 2", "--strands", "4", "--s", "01111", "--layout", "paper")
    echo = cfev_circuit(Braid.parse("1 -2 1 -2 2", 4), Closure.MARKOV, (0, 1, 1, 1, 1), layout="paper")
    for name in ("qubits", "two_qubit_gates", "two_qubit_depth", "one_qubit_gates", "measurements"):
        assert found[name] == getattr(echo, name)
    assert (found["qubits"], found["s"], found["layout"]) == (5, "01111", "paper")
    # sigma^2 = 2 (1 + E|z_s|^2 - |E|^2) with |z_s| = 1
    assert found["shots"] == math.ceil(math.log(1 / 0.05) * 2 * (2 - 0.5**2) / 0.1**2)


def test_circuit_has_the_reduced_layout_unless_asked() -> None:
    found = answer("circuit", "1 -2 1 -2", "--s", "0111")
    assert (found["qubits"], found["layout"], found["gate_set"], found["connectivity"]) == (2, "reduced", "rzz", "all")
    assert found["two_qubit_gates"] == cfev_circuit(Braid.parse("1 -2 1 -2"), "markov", (0, 1, 1, 1)).two_qubit_gates


@pytest.mark.parametrize("gate_set", ["rzz", "cx", "cz", "zzmax"])
@pytest.mark.parametrize("connectivity", ["all", "line"])
def test_circuit_for_the_gates_and_coupling_asked_for(gate_set: str, connectivity: str) -> None:
    word, s = "1 -2 3 -4 2 3", (0, 1, 1, 0, 1, 1)
    flags = ["--gate-set", gate_set, "--connectivity", connectivity]
    found = answer("circuit", word, "--s", "011011", *flags)
    echo = cfev_circuit(Braid.parse(word), "markov", s, gate_set=gate_set, connectivity=connectivity)
    assert found["two_qubit_gates"] == echo.two_qubit_gates
    assert (found["gate_set"], found["connectivity"]) == (gate_set, connectivity)


@pytest.mark.parametrize("closure", ["markov", "plat"])
def test_circuit_of_the_hadamard_test(closure: str) -> None:
    found = answer("circuit", "2 -1 2 3", "--test", "hadamard", "--gate-set", "cx", "--closure", closure, "--seed", "3")
    test = hadamard_circuit(Braid.parse("2 -1 2 3"), closure, gate_set="cx", seed=3)
    for name in ("qubits", "two_qubit_gates", "two_qubit_depth", "one_qubit_gates", "measurements"):
        assert found[name] == getattr(test, name)
    assert (found["qubits"], found["measurements"], found["layout"], found["test"]) == (6, 1, None, "hadamard")
    assert found["shots"] == math.ceil(math.log(1 / 0.05) * 2 * (2 - 0.5**2) / 0.1**2)


def test_circuit_for_all_paths_counts_the_largest() -> None:
    from plait.models.conditional import conditional_circuit

    found = answer("circuit", "1 -2 3 -2 3 3", "--all-paths", "--gate-set", "cx")
    general = conditional_circuit(Braid.parse("1 -2 3 -2 3 3"), "cx")
    paths = [tuple(map(int, bits)) for bits in ("01010", "01011", "01101", "01110", "01111")]
    counts = [general.resolved(s).n_2qb_gates() for s in paths]
    assert found["two_qubit_gates"] == max(counts) > min(counts)
    assert (found["qubits"], found["s"], found["part"]) == (3, None, "both")
    shown = text("circuit", "1 -2 3 -2 3 3", "--all-paths")
    assert "RZZ, for s = 01..1, the most of all paths\n" in shown
    assert "bit 0 asks for the imaginary part" in shown
    assert answer("circuit", "", "--strands", "1", "--all-paths")["two_qubit_gates"] == 0


def test_circuit_shots_of_the_plat_closure_do_not_depend_on_the_signal() -> None:
    for v in ("0.1", "0.9"):
        found = answer("circuit", "2 2", "--strands", "4", "--closure", "plat", "--eps", "0.02", "--signal", v)
        assert found["shots"] == math.ceil(math.log(20) * 2 / 0.02**2)


@pytest.mark.parametrize("test", ["cfev", "hadamard"])
def test_circuit_on_a_device_needs_more_shots(test: str) -> None:
    ideal = answer("circuit", "1 -2 1 -2", "--test", test)
    found = answer("circuit", "1 -2 1 -2", "--test", test, "--device", "h2-2")
    assert (found["device"], found["reason"], found["gate_set"]) == ("h2-2", "", load_machine("h2-2").gate_set)
    assert found["shots"] > ideal["shots"]
    assert 0 < found["damping"] < 1
    assert found["seconds"] > 0


def test_circuit_in_words() -> None:
    shown = text("circuit", "1 -2 1 -2", "--s", "0,1,1,1", "--imaginary")
    assert shown.startswith("Echo circuit for the markov closure of 4 crossings on 3 strands\nqubits           2\n")
    assert "s                0111  path of this circuit (imaginary part)\n" in shown
    assert text("circuit", "1", "--test", "hadamard").startswith("Hadamard test for the markov closure of 1 crossings")


@pytest.mark.parametrize("imaginary", [False, True])
def test_saved_circuits_have_the_value_of_the_compiled_one(tmp_path: Path, imaginary: bool) -> None:
    from pytket import Circuit
    from pytket.qasm.qasm import circuit_from_qasm

    flags = ["--imaginary"] if imaginary else []
    paths = [tmp_path / "echo.qasm", tmp_path / "echo.json", tmp_path / "echo.qasm3"]
    for path in paths:
        assert answer("circuit", "1 -2 -2 1", "--s", "0111", "-o", str(path), *flags)["path"] == str(path)
    echo = cfev_circuit(Braid.parse("1 -2 -2 1"), Closure.MARKOV, (0, 1, 1, 1), imaginary)
    loaded = [circuit_from_qasm(paths[0]), Circuit.from_dict(json.loads(paths[1].read_text()))]
    assert 'include "qelib1.inc"' in paths[0].read_text()
    assert paths[2].read_text().startswith("OPENQASM 3.0;\n")
    assert loaded[1] == echo.circuit
    for circuit in loaded:
        assert circuit.n_2qb_gates() == echo.two_qubit_gates
        assert echo_value(replace(echo, circuit=circuit)) == pytest.approx(echo_value(echo), abs=1e-9)
    assert abs(echo_value(echo)) > 0.1


@pytest.mark.parametrize("suffix", ["qasm3", "json"])
def test_the_circuit_for_all_paths_is_saved_with_its_input_bits(tmp_path: Path, suffix: str) -> None:
    from plait.models.conditional import conditional_circuit
    from plait.models.openqasm import openqasm3

    path = tmp_path / f"any.{suffix}"
    assert answer("circuit", "1 -2 3", "--all-paths", "-o", str(path))["path"] == str(path)
    general = conditional_circuit(Braid.parse("1 -2 3")).circuit
    if suffix == "qasm3":
        assert path.read_text() == openqasm3(general)
        assert "input bit[4] s_in;" in path.read_text()
    else:
        assert json.loads(path.read_text()) == general.to_dict()


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "echo.json"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert mistake("circuit", "1", "-o", str(path)) == f"{path}: No space left on device"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# contract


def test_contract_costs_and_runs() -> None:
    word = "1 -2 3 -4 1 -2 3 -4 2 3"
    found = answer("contract", word, "--run", "--memory", "1GiB", "--threads", "1", "--seed", "1")
    assert found["normalised"] == pair(jones_exact(Braid.parse(word), Closure.MARKOV).normalised)
    assert found["method"] == "face-tn"
    assert found["log10_real_flop"] == pytest.approx(found["log10_flops"] + math.log10(8))
    assert 0 < found["log10_fib_ops"] < found["log10_flops"]
    assert 0 < found["log2_fib_width"] < found["log2_width"]
    assert found["tensors"] > 1
    assert found["seconds"] > 0
    assert found["search_seconds"] > 0


def test_contract_over_fibonacci_configurations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plait.models.search.DENSE_UP_TO", 0)
    found = answer("contract", "1 -2 3 -4 1 -2 3 -4 2 3", "--run", "--closure", "plat", "--strands", "6")
    exact = jones_exact(Braid.parse("1 -2 3 -4 1 -2 3 -4 2 3", 6), Closure.PLAT, "fib-amplitude")
    assert found["method"] == "face-tn-fib"
    assert found["normalised"] == pair(exact.normalised)


def test_contract_gives_null_for_the_logarithm_of_nothing() -> None:
    found = answer("contract", "", "--strands", "2")
    assert (found["log10_flops"], found["log10_fib_ops"], found["log10_real_flop"]) == (None, None, None)
    assert "seconds" not in found
    assert "log10 flops      none " in text("contract", "", "--strands", "2")


def test_contract_in_words_has_units() -> None:
    shown = text("contract", "1 -2 3 -4 1 -2 3 -4 2 3", "--run")
    assert shown.startswith("Face network of the markov closure: 10 crossings, 5 strands\ntensors ")
    assert "complex multiply-adds, dense\n" in shown
    assert " s  effort 0, seed 0\n" in shown
    assert "\nContraction\nseconds " in shown


# models


def test_models_lists_every_model() -> None:
    items = answer("models")["items"]
    assert {item["name"] for item in items} >= {"cfev", "face-tn", "face-tn-fib", "fib-trace", "fib-typical", "zero"}
    keys = {"name", "side", "closures", "summary", "source", "assumes", "constants", "variants"}
    assert all(keys <= set(item) for item in items)
    cfev = next(item for item in items if item["name"] == "cfev")
    assert (cfev["side"], cfev["closures"], cfev["constants"]["t_shot"]) == ("quantum", ["markov", "plat"], "s")
    lines = text("models").splitlines()
    assert lines[0].split() == ["model", "side", "closures", "summary"]
    assert lines[1].split()[:4] == ["cfev", "quantum", "markov,", "plat"]


def test_models_shows_formulas() -> None:
    (item,) = answer("models", "cfev", "--closure", "plat", "--variant", "mitigation=raw")["items"]
    assert item["closure"] == "plat"
    assert item["variant"] == {"layout": "reduced", "gate_set": "rzz", "connectivity": "all", "mitigation": "raw"}
    assert item["formulas"]["qubits"] == "Max(1, n - 1)"
    assert item["formulas"]["bias"].startswith("v*(1 - exp(")
    assert item["units"]["seconds"] == "s"
    assert set(item["limits"]) == {"qubits", "signal"}
    shown = text("models", "fib-trace")
    assert "memory  sqrt(5)*GoldenRatio**n*b_path/(5*M)\n" in shown
    assert "\nr         1        runs left after merging\n" in shown


def test_models_as_latex() -> None:
    (item,) = answer("models", "fib-trace", "--latex")["items"]
    assert item["closure"] == "markov"
    assert item["formulas"]["bytes"] == r"\frac{\sqrt{5} \phi^{n} b_{path}}{5}"


# mistakes


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["jones", "0 1"], "word[0] = 0: generators are numbered from 1; use 1..1"),
        (["jones", "1 5", "--strands", "3"], "word[1] = 5 needs at least 6 strands, but strands = 3"),
        (["jones", "1 x"], "word[1] = 'x' is not a signed integer; write e.g. '1 -2 1 -2'"),
        (["jones", "1.5"], "word[0] = '1.5' is not a signed integer"),
        (["jones", "9" * 30], "is not a signed integer"),
        (["jones", "1 1", "3"], "BRAID: '1 1' is not one letter; put the whole word in quotes"),
        (["jones", "1 2", "--closure", "plat"], "closure = plat needs an even number of strands, got strands = 3"),
        (["braid", "show", "1 2", "--closure", "plat"], "closure = plat needs an even number"),
        (["braid", "random", "--strands", "3", "--layers", "2", "--closure", "plat"], "closure = plat needs an even"),
        (["contract", "1 2", "--closure", "plat"], "closure = plat needs an even number"),
        (["circuit", "1 2", "--closure", "plat"], "closure = plat needs an even number"),
        (["jones", ""], "the word is empty, so the number of strands must be given (--strands N)"),
        (["jones", "  "], "the word is empty"),
        (["jones", "1", "--closure", "ring"], "closure = 'ring' is not a closure; known: markov, plat"),
        (["jones", "1", "--method", "magic"], "method = 'magic' is unknown; known: fib-trace"),
        (["jones", "1", "--method", "fib-amplitude"], "fib-amplitude is for the plat closure"),
        (["jones", "1", "--strands", "1000000000000"], "strands = 1000000000000 is out of range; expected 1..1000"),
        (["jones", "1", "--strands", "x"], "'--strands': 'x' is not an integer"),
        (["jones", "1", "--time-limit", "soon"], "'--time-limit': 'soon' is not a number"),
        (["jones", "1", "--time-limit", "nan"], "time-limit = nan must be a number of seconds above 0"),
        (["jones", "1", "--memory", "8XB"], "memory = '8XB' is not a size; expected bytes above 0, or e.g. 8GiB"),
        (["jones", "1", "--seed"], "requires an argument"),
        (["jones"], "Missing argument 'BRAID'; see 'plait jones --help'"),
        (["jones", "1", "--wxyz"], "No such option: --wxyz; see 'plait jones --help'"),
        (["jones", "knot:trefoil"], "knot = 'trefoil' is no name of KnotInfo; expected e.g. 4_1, 10_136 or 11a_1"),
        (["jones", "pd:[[1,2,3,4]]"], "arc 1 of the PD code is met 1 time(s); expected every arc twice"),
        (["jones", "link:4_1"], "link = '4_1' is no name of LinkInfo"),
        (["jones", "dt:4 6 3"], "DT code: 3 is not even; expected each of 2, 4, .., 6 once"),
        (["jones", "nowhere"], "BRAID = 'nowhere' is neither a word such as '1 -2 1 -2' nor a file that exists"),
        (["jones", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["jones", "/"], "/: Is a directory"),
        (["jones", "/dev/zero"], "/dev/zero: larger than 20 MB"),
        (["models", "cfv"], "model 'cfv' is unknown; known: cfev"),
        (["models", "--latex"], "--closure, --variant and --latex need a model: plait models NAME"),
        (["models", "cfev", "--variant", "raw"], "--variant 'raw': expected OPTION=VALUE"),
        (["models", "cfev", "--variant", "a=b"], "model cfev has no variant a = 'b'"),
        (["models", "fib-trace", "--closure", "plat"], "model fib-trace is for the markov closure, got plat"),
        (["circuit", "1", "--layout", "round"], "layout = 'round' is not available; known: "),
        (["circuit", "1", "--gate-set", "abc"], "gate_set = 'abc' is not available; known: rzz"),
        (["circuit", "1", "--connectivity", "star"], "connectivity = 'star' is not available; known: all"),
        (["circuit", "1", "--test", "swap"], "test = 'swap' is not available; known: cfev, hadamard"),
        (["circuit", "1", "--test", "hadamard", "--layout", "paper"], "--test hadamard has one layout and all-to-all"),
        (["circuit", "1", "--test", "hadamard", "--connectivity", "line"], "connectivity = line; leave --layout out"),
        (["circuit", "1", "--all-paths", "--closure", "plat"], "--all-paths: the plat closure has a single path"),
        (["circuit", "1", "--all-paths", "--s", "011"], "leave --s and --imaginary out"),
        (["circuit", "1", "--all-paths", "--imaginary"], "leave --s and --imaginary out"),
        (["circuit", "1", "--all-paths", "--test", "hadamard"], "--all-paths is for --test cfev with --layout reduced"),
        (["circuit", "1", "--all-paths", "--connectivity", "line"], "--all-paths is for --test cfev"),
        (["circuit", "1", "--all-paths", "--gate-set", "abc"], "gate_set = 'abc' is not available"),
        (["circuit", "1", "--all-paths", "--device", "h2-2"], "leave one of the two out"),
        (["circuit", "1", "--all-paths", "-o", "a.qasm"], "-o a.qasm: OpenQASM 2 has no input bits"),
        (["circuit", "1", "--device", "core"], "machine core is classical"),
        (["circuit", "1", "--device", "h9"], "machine 'h9' is unknown"),
        (["circuit", "1", "--eps", "0"], "eps = 0.0 must be a number above 0"),
        (["circuit", "1", "--eps", "-0.1"], "eps = -0.1 must be a number above 0"),
        (["circuit", "1", "--eps", "nan"], "eps = nan must be a number above 0"),
        (["circuit", "1", "--delta", "1"], "delta = 1.0 must be a probability strictly between 0 and 1"),
        (["circuit", "1", "--signal", "2"], "signal = (2.0, 2.0) must be"),
        (["circuit", "1", "--s", "000"], "s = (0, 0, 0) is no path: expected 3 bits"),
        (["circuit", "1", "--s", "0110"], "s = (0, 1, 1, 0) is no path: expected 3 bits"),
        (["circuit", "1", "--s", "abc"], "s = 'abc' is no path; expected bits"),
        (["circuit", "1", "--s", ""], "s = '' is no path"),
        (["circuit", "1", "-o", "echo.txt"], "-o echo.txt: expected a name that ends in .qasm, .qasm3 or .json"),
        (["circuit", "1", "-o", "/nowhere/echo.json"], "/nowhere/echo.json: No such file or directory"),
        (["contract", "1", "--effort", "7"], "effort = 7 is out of range; expected 0..2"),
        (["contract", "1", "--threads", "0"], "threads = 0 is out of range; expected 1..1024"),
        (["contract", "1", "--seed", "-1"], "seed = -1 is out of range"),
        (["contract", "1 -2 3 1 -2 3", "--run", "--memory", "1"], "raise the limit (--memory)"),
        (["braid", "random", "--strands", "1000000000000", "--layers", "2"], "strands = 1000000000000 is out of range"),
        (["braid", "random", "--strands", "4", "--layers", "1000000000000"], "layers = 1000000000000 is out of range"),
        (["braid", "random", "--strands", "1000", "--layers", "9999"], "the limit is 1000000"),
        (["braid", "random", "--strands", "4", "--layers", "2", "--density", "nan"], "p = nan must be a probability"),
        (["braid", "random", "--layers", "2"], "Missing option '--strands'"),
        (["braid", "twist"], "No such command 'twist'; see 'plait braid --help'"),
        (["joness", "1"], "No such command 'joness'"),
        (["--colour"], "No such option: --colour"),
    ],
)
def test_a_mistake_is_one_line(args: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert expected in mistake(*args)
    with_json = [*args, "--json"] if args[-1] != "--seed" else args
    assert mistake(*with_json)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "not JSON (line 1, column 1"),
        ("{", "not JSON (line 1, column 2"),
        ("1 2 3", "not JSON"),
        ("[1, 2]", "expected an object with strands and word, got a list"),
        ("3", "got a number"),
        ("null", "got null"),
        ('{"word": [1]}', "strands missing"),
        ("{}", "strands and word missing"),
        ('{"strands": 3, "word": "1 2"}', "word must be a list of ints, got a string"),
        ('{"strands": 3, "word": {"1": 2}}', "word must be a list of ints, got an object"),
        ('{"strands": 3, "word": [1.0]}', "word[0] = 1.0 must be a non-zero int"),
        ('{"strands": 3, "word": [1, true]}', "word[1] = True must be a non-zero int"),
        ('{"strands": 3, "word": [1, null]}', "word[1] = None must be a non-zero int"),
        ('{"strands": 3, "word": [1, NaN]}', "NaN is no JSON number"),
        ('{"strands": 3, "word": [1, -Infinity]}', "-Infinity is no JSON number"),
        ('{"strands": 3, "word": [[1]]}', "word[0] = [1] must be a non-zero int"),
        ('{"strands": 3, "word": [0]}', "word[0] = 0"),
        ('{"strands": 3, "word": [3]}', "word[0] = 3 needs at least 4 strands"),
        ('{"strands": 3.0, "word": [1]}', "strands = 3.0 must be an integer"),
        ('{"strands": true, "word": []}', "strands = True must be an integer"),
        ('{"strands": null, "word": []}', "strands = None must be an integer"),
        ('{"strands": 0, "word": []}', "strands = 0 is out of range"),
        ('{"strands": 1000000000000, "word": []}', "strands = 1000000000000 is out of range"),
        ('{"strands": 3, "word": [%s]}' % ("9" * 5000), "an integer of 5000 digits is too large"),
        ('{"strands": 3, "word": ["%s"]}' % ("a\\n" * 5000), "word[0] = 'a"),
        ("[" * 100_000, "nested too deeply"),
        ('{"strands": 3, "word": ' + "[" * 100_000, "nested too deeply"),
        (b"\xff\xfe{", "not a text file (byte 0 is not UTF-8)"),
        (b"\x00", "not JSON"),
        (b" " * 20_000_001, "larger than 20 MB, the limit for such a file"),
    ],
    ids=range(30),
)
def test_a_malformed_braid_file_is_one_line_that_names_it(content: str | bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "braid.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    line = mistake("jones", str(path))
    assert line.startswith(f"{path}: ")
    assert expected in line
    assert len(line) < len(str(path)) + 200


def test_a_braid_file_needs_no_suffix_and_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "trefoil"
    path.write_text('{"strands": 2, "word": [1, 1, 1], "note": "x"}', encoding="utf-8-sig")
    assert answer("jones", str(path))["writhe"] == 3


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "braid.json"
    path.write_text("{}")

    def refuse(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert mistake("jones", str(path)) == f"{path}: Permission denied"


def test_control_characters_of_a_name_do_not_reach_the_terminal() -> None:
    assert mistake("jones", "a\x1b[31m\n.json").startswith("a?[31m .json: ")


def failing(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


def test_an_interrupt_says_that_work_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plait.models.jones_exact", failing(KeyboardInterrupt()))
    result = run("jones", "1 1 1", "--json")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "plait: interrupted; what was done is kept\n"


@pytest.mark.parametrize("error", [ZeroDivisionError("bug"), ValueError("bug"), FileNotFoundError("bug")])
def test_a_bug_shows(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plait.models.jones_exact", failing(error))
    result = run("jones", "1 1 1")
    assert result.exception is error


def test_a_real_interrupt_ends_a_real_process(tmp_path: Path) -> None:
    pipe = tmp_path / "braid.json"  # the command is known to run, and to wait, once it has opened this for reading
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [*PLAIT, "jones", str(pipe), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )
    writer = -1
    while writer < 0 and process.poll() is None:
        try:
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)
    time.sleep(0.2)  # from its open to its read
    for _ in range(10):
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=6)
            break
        except subprocess.TimeoutExpired:
            continue  # the signal came between two system calls: once more
    os.close(writer)
    assert (process.returncode, out) == (130, b"")
    assert err.decode() == "plait: interrupted; what was done is kept\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    for args in (["models"], ["models", "--json"], ["--help"]):
        result = subprocess.run([*PLAIT, *args], stdout=write, stderr=subprocess.PIPE, check=False)
        assert (result.returncode, result.stderr) == (1, b"")
    os.close(write)


# help and start


def test_no_arguments_show_the_help() -> None:
    bare, asked = run(), run("--help")
    assert (bare.exit_code, bare.stdout, bare.stderr) == (0, asked.stdout, "")
    for name in COMMANDS:
        assert f"│ {name} " in bare.stdout
    assert "│ random " in run("braid").stdout


def test_version() -> None:
    from importlib.metadata import version

    assert run("--version").stdout == f"plait {version('plait')}\n"


@pytest.mark.parametrize("command", ["", *COMMANDS, "braid random", "braid show"])
def test_help_imports_nothing_heavy(command: str) -> None:
    program = (
        "import sys; from plait.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        f"heavy = {HEAVY!r} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    args = [sys.executable, "-c", program, *command.split(), "--help"]
    result = subprocess.run(args, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Usage: " in result.stdout


def test_a_command_loads_its_own_module_only() -> None:
    program = (
        "import sys; from plait.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(' '.join(name for name in sys.modules if name.startswith('plait.cli.')))"
    )
    args = [sys.executable, "-c", program, "models", "--help"]
    loaded = subprocess.run(args, capture_output=True, text=True, check=False).stderr.split()
    assert "plait.cli.models" in loaded
    assert not {"plait.cli.jones", "plait.cli.circuit", "plait.cli.contract", "plait.cli.braid"} & set(loaded)


# values


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("8GiB", 8 * 2**30),
        ("500MB", 5e8),
        ("500 mb", 5e8),
        ("1.5k", 1500),
        ("2TiB", 2**41),
        ("1e9", 1e9),
        ("4096", 4096),
        ("7B", 7),
    ],
)
def test_memory_sizes(size: str, expected: float) -> None:
    assert parse_bytes(size) == expected


@pytest.mark.parametrize("size", ["", "0", "GiB", "-1", "nan", "inf", "1e999", "8 GiBs", "8iB", "0x10", "1,000"])
def test_what_is_no_memory_size(size: str) -> None:
    with pytest.raises(PlaitError, match="is not a size; expected bytes above 0"):
        parse_bytes(size)


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        (0j, "0.0000000000 + 0.0000000000i"),
        (complex(-1e-17, -0.0) + 1, "1.0000000000 + 0.0000000000i"),
        (-0.5 - 0.25j, "-0.5000000000 - 0.2500000000i"),
        (1.80241526236e-19 + 2.47865816211e-18j, "(0.1802415262 + 2.4786581621i) x 10^-18"),
        (3e8 + 0j, "(3.0000000000 + 0.0000000000i) x 10^8"),
    ],
)
def test_complex_numbers_as_text(z: complex, expected: str) -> None:
    assert complex_text(z) == expected


def test_json_holds_no_nan() -> None:
    assert jsonable({"a": [math.nan, 1.5], "b": complex(math.inf, 1)}) == {"a": [None, 1.5], "b": [None, 1.0]}


def test_logarithms_of_any_count() -> None:
    assert (log10(10**400), log2(2**2000), log10(0), log2(0)) == (400, 2000, None, None)
