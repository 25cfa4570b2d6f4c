"""The command line of noisy simulation: JSON keys, text that fits, files, and every mistake on one line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from plait.calibrations import characterise
from plait.calibrations.noise_run import NoisePoint
from plait.cli.app import app
from plait.cli.simulate import read_sizes
from plait.models import Braid, Closure, jones_exact

FIGURE_EIGHT = "1 -2 1 -2"
SMALL = ("--characterise", "--sizes", "4,6x4,8", "--shots", "300", "--closure", "plat")


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *args], prog_name="plait", env={"COLUMNS": "80"})


def text(*args: str) -> str:
    """What the command prints for people; it must succeed and fit 80 columns."""
    result = run(*args)
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 80
    return result.stdout


def answer(*args: str) -> dict[str, Any]:
    """The one JSON object that the command prints."""
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") == 1
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def mistake(*args: str) -> str:
    """The line of a mistake: exit code 2, one line on stderr, nothing on stdout."""
    result = run(*args)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.output
    assert result.stderr.startswith("plait: ")
    return result.stderr.removeprefix("plait: ").rstrip("\n")


def machine_file(folder: Path, **changed: str) -> Path:
    """A machine file: h2-2's, with lines `key = value` of its head replaced."""
    lines = (Path(characterise.__file__).parents[1] / "estimator" / "machines" / "h2-2.toml").read_text().splitlines()
    for key, value in {"slug": "mine", **changed}.items():
        place = next(number for number, line in enumerate(lines) if line.startswith(f"{key} ="))
        lines[place] = f'{key} = "{value}"'
    path = folder / "mine.toml"
    path.write_text("\n".join(lines))
    return path


def exact(word: str, strands: int, closure: str) -> complex:
    return jones_exact(Braid.parse(word, strands), Closure.parse(closure)).normalised


# One braid


def test_a_braid_in_json() -> None:
    """The fixed keys; the estimate is near the exact value, which only stands beside it."""
    found = answer(FIGURE_EIGHT, "--device", "h2-2", "--shots", "4000")
    assert {"estimate", "interval", "exact", "discard_rate"} <= set(found)
    known = exact(FIGURE_EIGHT, 3, "markov")
    assert complex(*found["exact"]) == pytest.approx(known, abs=1e-12)
    estimate, radius = complex(*found["estimate"]), found["interval"]["radius"]
    assert abs(estimate - known) < 2 * radius < 0.2
    low, high = found["interval"]["re"]
    assert low < estimate.real < high
    assert 0 < found["discard_rate"] < 0.05
    assert (found["shots"], found["device"], found["method"]) == (4000, "h2-2", "detected+rescaled")
    assert found["kept"] == round(4000 * (1 - found["discard_rate"]))
    assert 0.9 < found["damping"] < 1


def test_the_mirror_braid_and_its_sign() -> None:
    """Without a reference there are two candidates and no estimate; with one there is one."""
    options = ("2 2 -1 2 3", "--closure", "plat", "--device", "qpu-1e-4", "--shots", "4000", "--mirror", "--no-rescale")
    both = answer(*options)
    assert (both["estimate"], both["interval"], both["damping"]) == (None, None, None)
    first, second = (complex(*one["value"]) for one in both["candidates"])
    assert first == pytest.approx(-second)
    assert "(or its negative)" in text(*options)
    one = answer(*options, "--reference", "raw", "--interleaved")
    assert abs(complex(*one["estimate"]) - exact("2 2 -1 2 3", 4, "plat")) < 2 * one["interval"]["radius"] < 0.2
    assert one["sign_source"] == "raw"


def test_a_braid_in_words_and_the_same_seed_again() -> None:
    """Exact value, methods, interval; ten thousand shots unless asked otherwise; the same seed prints the same."""
    options = (FIGURE_EIGHT, "--device", "helios", "--seed", "5")
    shown = text(*options)
    assert "exact              -0.4721 + 0.0000i" in shown
    assert "shots              10000" in shown
    assert "Taken: detected+rescaled" in shown
    assert "95 % interval" in shown
    assert shown == text(*options)
    assert shown != text(FIGURE_EIGHT, "--device", "helios", "--seed", "6")


def test_a_word_may_begin_with_a_minus_or_be_empty() -> None:
    """As for every command that takes a BRAID."""
    assert answer("-1", "2", "--device", "h2-2", "--shots", "50")["strands"] == 3
    assert answer("", "--strands", "4", "--device", "h2-2", "--shots", "50")["exact"] == [1.0, 0.0]


# A machine


def test_a_machine_in_json(tmp_path: Path) -> None:
    """Points, law and device; a file ending in .json holds the same."""
    path = tmp_path / "law.json"
    found = answer(*SMALL, "--device", "h2-2", "-o", str(path))
    assert {"points", "law", "device"} <= set(found)
    assert found.pop("path") == str(path)
    assert json.loads(path.read_text()) == found
    assert [(point["strands"], point["layers"]) for point in found["points"]] == [(4, 4), (4, 8), (6, 4), (6, 8)]
    point = found["points"][2]
    assert point["relative_error"] == pytest.approx(1 - point["signal"] / point["keep_rate"])
    assert point["relative_error_se"] > 0
    assert point["shots"] == 300
    assert point["expected_errors"]["2q"] >= 1.4e-3 * point["two_qubit_gates"]
    for part in ("damping", "rejection"):
        assert set(found["law"][part]) == {"two_qubit_gate", "qubit_layer", "qubit", "together"}
        assert all(exponent["value"] >= 0 <= exponent["error"] for exponent in found["law"][part].values())
    assert found["law"]["rejection"]["together"]["value"] > 0
    assert (found["device"], found["closure"], found["noise"]["e_2q"]) == ("h2-2", "plat", 1.4e-3)


def test_a_machine_in_words() -> None:
    """A table, and the law in sentences; the same seed prints the same."""
    shown = text(*SMALL, "--device", "helios")
    lines = shown.splitlines()
    heads = next(line for line in lines if line.startswith("strands"))
    assert heads.split("  ")[0] == "strands"
    assert all(word in heads for word in ("layers", "2q gates", "qubit-layers", "relative error", "keep rate"))
    assert sum("+-" in line and line[0] in "46" for line in lines if line) == 4
    assert "A two-qubit gate takes " in shown
    assert shown == text(*SMALL, "--device", "helios")


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("HTML", b"<!DOCTYPE html>")])
def test_a_chart_is_written(suffix: str, start: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the format of its name, which the command repeats; of a machine file too."""
    monkeypatch.chdir(tmp_path)
    name = f"chart.{suffix}"
    assert text(*SMALL, "--device", str(machine_file(tmp_path)), "-o", name).endswith(f"written to {name}\n")
    assert Path(name).read_bytes().lstrip().startswith(start)
    assert sorted(found.name for found in tmp_path.iterdir()) == [name, "mine.toml"]


def test_an_interrupt_keeps_what_was_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """With enough braids the law is fitted to them, and the exit code says so; with fewer nothing is printed."""
    original = characterise.run_points
    before = 4

    def interrupted(*args: Any, **options: Any) -> Iterator[NoisePoint]:
        yield from islice(original(*args, **options), before)
        raise KeyboardInterrupt

    monkeypatch.setattr(characterise, "run_points", interrupted)
    options = ("--characterise", "--sizes", "4,6,8x2,4", "--shots", "100", "--device", "h2-2", "--json")
    result = run(*options)
    assert result.exit_code == 130
    assert "plait: interrupted; the law is that of the 4 braids that were run\n" in result.stderr
    assert len(json.loads(result.stdout)["points"]) == 4
    before = 3
    result = run(*options)
    assert (result.exit_code, result.stdout) == (130, "")


def test_sizes_are_strands_by_layers() -> None:
    """Blanks around the x do not matter."""
    assert read_sizes("6,8,10 x 6,24") == ([6, 8, 10], [6, 24])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--device", "h2-2"), "BRAID is missing: give a word such as"),
        (("1 1", "--characterise", "--device", "h2-2"), "--characterise runs planted braids of its own; leave BRAID"),
        (("1 1", "--device", "h2-2", "--sizes", "4x4"), "--sizes needs --characterise"),
        (("1 1", "--device", "h2-2", "-o", "a.png"), "-o needs --characterise"),
        ((*SMALL, "--device", "h2-2", "--mirror", "--strands", "4"), "--strands, --mirror does not go with --charact"),
        ((*SMALL, "--device", "h2-2", "--no-rescale"), "--no-rescale does not go with --characterise"),
        (("1 1",), "Missing option '--device'"),
        (("1 1", "--device", "h3"), "machine 'h3' is unknown; known: "),
        (("1 1", "--device", "core"), "machine core is classical; a circuit needs a quantum one"),
        (("1 1", "--device", "h2-2", "--shots", "many"), "'many' is not an integer"),
        (("1 1", "--device", "h2-2", "--shots", "0"), "shots = 0"),
        (("1 1", "--device", "h2-2", "--reference", "raw"), "which needs --mirror"),
        (("1 x", "--device", "h2-2"), "'x'"),
        (("1 1", "--strands", "90", "--device", "h2-2"), "h2-2 has 56 qubits; this circuit needs 89"),
        (("1 1", "--strands", "40", "--device", "h2-2"), "39 qubits are too many for the noisy simulation"),
        (("1 1", "--strands", "3", "--closure", "plat", "--device", "h2-2"), "closure = plat needs an even number"),
        ((*SMALL, "--device", "h2-2", "-o", "chart.gif"), "chart.gif: a characterisation is written as .html, .png"),
        ((*SMALL, "--device", "h2-2", "-o", "nowhere/chart.png"), "nowhere/chart.png: there is no folder nowhere"),
        ((*SMALL[:1], "--device", "h2-2", "--sizes", "4-6"), "--sizes = '4-6': expected strands x layers"),
        ((*SMALL[:1], "--device", "h2-2", "--sizes", "4x2,4"), "2 sizes of braids; a law needs 4 to 1000"),
        ((*SMALL[:1], "--device", "h2-2", "--sizes", "4,90x2,4"), "h2-2 has 56 qubits; 90 strands need 89"),
        ((*SMALL, "--device", "h2-2", "--seed", "-4"), "seed = -4"),
        ((*SMALL, "--device", "h2-2", "--shots", "1"), "shots = 1"),
    ],
)
def test_mistakes_are_one_line(args: tuple[str, ...], message: str) -> None:
    """What was expected, what came, what to do."""
    assert message in mistake(*args)


def test_a_machine_whose_circuits_are_not_run_is_refused(tmp_path: Path) -> None:
    """Another gate set or a line: plainly said, rather than characterised by circuits it would not run."""
    path = machine_file(tmp_path, gate_set="cz", connectivity="line")
    assert "mine has cz gates and connectivity line" in mistake(*SMALL, "--device", str(path))
    assert answer(FIGURE_EIGHT, "--device", str(path), "--shots", "60")["gate_set"] == "cz"


def test_help_imports_nothing_heavy() -> None:
    """The modules that the whole command line keeps out of its help."""
    code = (
        "import sys; sys.argv = ['plait', 'simulate', '--help']\n"
        "from plait.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'sympy', 'pytket', 'altair', 'qulacs', 'pydantic'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
    assert "--characterise" in done.stdout
