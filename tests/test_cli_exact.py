"""`plait jones` and `plait contract`: methods, errors allowed, checks, predictions, refusals."""

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plait.cli import contract as contract_module
from plait.cli.app import app
from plait.models import Braid, Closure, PlaitError, jones_exact
from plait.models.planted import planted

RUNNER = CliRunner()
WORD = "1 -2 1 -2"


def run(*args: str) -> dict[str, object]:
    """The JSON answer of a command."""
    result = RUNNER.invoke(app, [*args, "--json"], standalone_mode=False)
    assert result.exception is None, result.output
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


def refused(*args: str) -> str:
    """The one line of a command that is refused."""
    result = RUNNER.invoke(app, list(args))
    assert result.exit_code == 2
    assert result.stdout == ""
    return result.stderr


def a_file(folder: Path, braid: Braid) -> str:
    """A braid file."""
    path = folder / "braid.json"
    path.write_text(json.dumps({"strands": braid.strands, "word": braid.word}))
    return str(path)


@pytest.mark.parametrize("method", ["fib-trace", "face-tn", "face-tn-fib", "mpo", "paper-tn-proj", "paper-bracket"])
def test_exact_methods_by_name(method: str) -> None:
    """One value, whatever the method; a published setting also says what it counted, in both units."""
    answer = run("jones", WORD, "--method", method)
    assert answer["method"] == method
    assert answer["normalised"] == pytest.approx([-0.4721359549996, 0], abs=1e-9)
    assert (answer["radius"], answer["basis"]) == (0, "exact")
    assert ("published" in answer) == method.startswith("paper")


def test_within_an_error() -> None:
    """With --eps the answer says how wrong it may be, and on what grounds."""
    answer = run("jones", WORD, "--method", "fib-typical", "--eps", "0.05", "--seed", "3")
    assert answer["radius"] <= 0.05  # type: ignore[operator]
    assert (answer["delta"], answer["basis"]) == (0.05, "law")
    text = RUNNER.invoke(app, ["jones", WORD, "--method", "fib-typical", "--eps", "0.05"]).stdout
    assert "with probability" in text
    assert run("jones", WORD, "--eps", "0.1")["radius"] == 0  # an exact method is faster here


def test_minimised_and_checked(tmp_path: Path) -> None:
    """A long planted braid is minimised first unless told not to; --check names the second way."""
    known = planted(24, 36, seed=1)
    file = a_file(tmp_path, known.braid)
    whole, short = run("jones", file, "--no-minimise", "--check"), run("jones", file)
    assert whole["minimised"] is None
    assert short["minimised"][0] == known.braid.crossings  # type: ignore[index]
    assert complex(*short["jones"]) == pytest.approx(complex(*whole["jones"]))  # type: ignore[misc]
    assert "trees of another search" in str(whole["checked"])
    assert "crossings; the value is of" in RUNNER.invoke(app, ["jones", file]).stdout


def test_the_reason_is_told() -> None:
    """Why this method: its prediction and those of the others."""
    answer = run("jones", "1 -2 3 -4 5 -6 7 -8 9 -10 11 -12 13 -14 15 -16 17 -18 19 -20 " * 3, "--no-minimise")
    assert "the least time; others: fib-trace" in answer["why"][0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--method", "guess"), "known: fib-trace, fib-amplitude, face-tn"),
        (("--method", "fib-typical"), "needs the error it may have: give --eps"),
        (("--method", "zero", "--eps", "0.1", "--check"), "--minimise and --check are for exact values"),
        (("--minimise", "--no-minimise"), "exclude each other"),
        (("--method", "paper-bracket", "--closure", "plat", "--strands", "4"), "no other was published"),
        (("--eps", "-1"), "eps = -1.0 must be above 0"),
        (("--threads", "0"), "threads = 0 is out of range"),
    ],
)
def test_what_jones_refuses(args: tuple[str, ...], says: str) -> None:
    """One line, exit code 2."""
    assert says in refused("jones", WORD, *args)


def test_contract_by_two_trees(tmp_path: Path) -> None:
    """--check runs a second tree; both values and their difference are in the answer, and so is the prediction."""
    braid = Braid.brickwall(20, 20, seed=2)
    answer = run("contract", a_file(tmp_path, braid), "--check", "--no-cache")
    exact = jones_exact(braid, Closure.MARKOV).normalised
    for key in ("normalised", "checked"):
        assert complex(*answer[key]) == pytest.approx(exact, rel=1e-8)  # type: ignore[misc]
    assert answer["difference"] < 1e-10  # type: ignore[operator]
    assert answer["predicted_seconds"] > 0  # type: ignore[operator]
    assert "second tree" in RUNNER.invoke(app, ["contract", WORD, "--check"]).stdout


def test_two_trees_that_differ_are_an_error() -> None:
    """A difference beyond rounding is never printed as a value; a value of 0 is no difference."""
    assert contract_module._agreed(1e-6, 1e-6 * (1 + 1e-12), "complex128", 29) < 1e-11
    assert contract_module._agreed(0j, 1e-24j, "complex128", 29) < 1e-10
    with pytest.raises(PlaitError, match=r"two trees give values 1\.0e-08 apart"):
        contract_module._agreed(1e-6, 1e-6 * (1 + 1e-8), "complex128", 29)
    with pytest.raises(PlaitError, match="please report this braid"):
        contract_module._agreed(1e-6, complex(math.nan), "complex128", 29)


def test_contract_refuses_with_the_estimate(tmp_path: Path) -> None:
    """What it would take and which options change that."""
    file = a_file(tmp_path, Braid.brickwall(30, 60))
    says = refused("contract", file, "--run", "--time-limit", "0.001")
    assert "this contraction would take about" in says
    assert all(option in says for option in ("--time-limit", "--memory", "--threads", "--effort"))
