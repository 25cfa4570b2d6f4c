"""The command line of decoding: JSON keys, text that fits, options, and every mistake on one line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from device_files import Run, h1_registers, h2_registers, save
from typer.testing import CliRunner, Result

from plait.cli.app import app
from plait.models import Braid, Closure, jones_exact

WORD = (2, 1, -2, 1, -1, 3, -3)
TEXT = " ".join(map(str, WORD))


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["decode", *args], prog_name="plait", env={"COLUMNS": "80"})


def answer(*args: str) -> dict[str, Any]:
    """The one JSON object that the command prints."""
    result = run(*args, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def mistake(*args: str) -> str:
    """The line of a mistake: exit code 2, one line on stderr, nothing on stdout."""
    result = run(*args)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.output
    return result.stderr.removeprefix("plait: ").rstrip("\n")


def value(pair: list[float]) -> complex:
    return complex(*pair)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Result files of one braid: four of layout h1, with a common phase of 1 radian, and one of layout h2."""
    folder = tmp_path_factory.mktemp("results")
    device = Run(WORD, 4, phase=1.0, lost=0.1, seed=3)
    names = {"real": (False, False), "imag": (True, False), "conj_real": (False, True), "conj_imag": (True, True)}
    made = {
        name: str(save(folder / f"{name}.json", device.h1(900, imaginary=i, mirror=m), h1_registers(4)))
        for name, (i, m) in names.items()
    }
    made["h2"] = str(save(folder / "h2.json", Run(WORD, 4, seed=4).h2(600), h2_registers(4)))
    made["braid"] = str(folder / "braid.json")
    Path(made["braid"]).write_text(json.dumps({"strands": 4, "word": WORD}), encoding="utf-8")
    made["counts"] = str(folder / "counts.json")
    Path(made["counts"]).write_text('{"000": 60, "100": 40}', encoding="utf-8")
    made["counts_imag"] = str(folder / "counts_imag.json")
    Path(made["counts_imag"]).write_text('{"000": 20, "100": 80}', encoding="utf-8")
    return made


def test_json_of_files_with_a_mirror(files: dict[str, str]) -> None:
    """The conjugate trick removes the phase that leaves the raw value wrong; both signs are given."""
    mirrored = ("--mirror", files["conj_real"], "--mirror", files["conj_imag"])
    found = answer(files["real"], files["imag"], *mirrored, "--braid", files["braid"])
    truth = jones_exact(Braid(strands=4, word=WORD), Closure.MARKOV)
    assert abs(value(found["raw"]) - truth.normalised) > 3 * found["intervals"]["raw"]["radius"]
    assert (found["mitigated"], found["jones"], found["sign_source"]) == (None, None, "none")
    assert (found["method"], found["intervals"]["mitigated"]) == ("detected+conjugate", None)
    assert found["shots"] == {
        "machine": 3600,
        "real": 900,
        "imaginary": 900,
        "mirror real": 900,
        "mirror imaginary": 900,
        "total": 3600,
    }
    assert 0.02 < found["discard_rate"] < 0.15
    one = min(found["candidates"], key=lambda candidate: abs(value(candidate["value"]) - truth.normalised))
    assert abs(value(one["value"]) - truth.normalised) < 2 * one["radius"]
    scaled = found["jones_candidates"][found["candidates"].index(one)]
    assert abs(value(scaled["value"]) - truth.jones) < 2 * scaled["radius"]
    assert [file["shots"] for file in found["files"]] == [900] * 4
    assert {"raw", "detected", "conjugate", "detected+conjugate"} == set(found["estimates"])
    assert all(one["bias"] for one in found["estimates"].values())


def test_json_with_a_reference_and_damping(files: dict[str, str]) -> None:
    """A reference with its error leaves one value; a damping divides it."""
    truth = jones_exact(Braid(strands=4, word=WORD), Closure.MARKOV).normalised
    arguments = (
        *(files["real"], files["imag"], "--mirror", files["conj_real"], "--mirror", files["conj_imag"]),
        *("--braid", TEXT, "--strands", "4", "--reference", f"{truth.real + 0.1:.2f},{truth.imag - 0.1:.2f}"),
        *("--reference-error", "0.15"),
    )
    found = answer(*arguments)
    assert found["sign_source"] == "user"
    assert found["intervals"]["mitigated"]["value"] == found["mitigated"]
    assert abs(value(found["mitigated"]) - truth) < 0.2
    divided = answer(*arguments, "--damping", "0.9", "--damping-error", "0.02")
    assert divided["method"] == "detected+conjugate+rescaled"
    assert value(divided["mitigated"]) == pytest.approx(value(found["mitigated"]) / 0.9)


def test_json_of_the_interleaved_layout(files: dict[str, str]) -> None:
    """One file with all four parts; the raw sign may decide."""
    found = answer(files["h2"], "--braid", TEXT, "--reference", "raw")
    truth = jones_exact(Braid(strands=4, word=WORD), Closure.MARKOV).normalised
    assert found["files"] == [{"path": files["h2"], "layout": "h2", "shots": 600, "rows": 2400, "kept": 2400}]
    assert (found["sign_source"], found["discard_rate"]) == ("raw", 0)
    assert abs(value(found["mitigated"]) - truth) < 0.15
    assert "detected+shot-level" in found["estimates"]


def test_json_of_counts(files: dict[str, str]) -> None:
    """Plain counts of a plat: the value is their mean, sign from the shots."""
    braid = ("--braid", "2 2", "--strands", "4", "--closure", "plat")
    found = answer(files["counts"], "--imaginary", files["counts_imag"], *braid)
    assert found["raw"] == found["mitigated"] == pytest.approx([0.2, -0.6])
    assert (found["method"], found["sign_source"]) == ("detected", "raw")
    assert found["intervals"]["raw"]["re"][0] < 0.2 < found["intervals"]["raw"]["re"][1]
    assert found["shots"] == {"machine": 200, "real": 100, "imaginary": 100, "total": 200}


def test_a_seed_repeats_itself(files: dict[str, str]) -> None:
    """The same seed prints the same line."""
    arguments = (files["h2"], "--braid", TEXT, "--seed", "5")
    assert answer(*arguments) == answer(*arguments)


def test_text(files: dict[str, str]) -> None:
    """What people read fits 80 columns and names the method, the interval, the sign and the bias."""
    result = run(files["h2"], "--braid", TEXT)
    assert (result.exit_code, result.stderr) == (0, "")
    assert max(map(len, result.stdout.splitlines())) <= 80
    for part in (
        "detected+conjugate",
        "or its negative",
        "95 % interval",
        "sign",
        "none",
        "damping remains",
        "600 shots",
    ):
        assert part in result.stdout


def test_mistakes(files: dict[str, str], tmp_path: Path) -> None:
    """One line each, exit code 2."""
    assert "no imaginary shots" in mistake(files["real"], "--braid", TEXT)
    assert "shots of 14 bits; for 5 strands expected 17 (h1)" in mistake(
        files["real"], "--braid", TEXT, "--strands", "5"
    )
    assert "decode them apart" in mistake(files["real"], files["h2"], "--braid", TEXT)
    assert "cannot be read" in mistake(str(tmp_path / "none.json"), "--braid", TEXT)
    assert "layout = 'x' is not known" in mistake(files["real"], "--braid", TEXT, "--layout", "x")
    two = (files["h2"], "--braid", TEXT)
    assert "expected raw, or two numbers RE,IM" in mistake(*two, "--reference", "exact")
    assert "expected raw, or two numbers RE,IM" in mistake(*two, "--reference", "nan,1")
    assert "needs --reference-error" in mistake(*two, "--reference", "-0.1,0.8")
    assert "belongs to a --reference" in mistake(*two, "--reference-error", "0.1")
    assert "must be above 0" in mistake(*two, "--reference", "-0.1,0.8", "--reference-error", "0")
    assert "--damping-error needs --damping" in mistake(*two, "--damping-error", "0.1")
    assert "not told from 0" in mistake(*two, "--damping", "0.1", "--damping-error", "0.1")
    assert "seed = -1" in mistake(*two, "--seed", "-1")
    rejected = tmp_path / "rejected.json"
    rejected.write_text('{"01000": 5}', encoding="utf-8")
    line = mistake(
        str(rejected), "--imaginary", files["counts"], "--braid", "2 2", "--strands", "4", "--closure", "plat"
    )
    assert "decode them apart" in line
    rejected.write_text('{"001": 5}', encoding="utf-8")
    line = mistake(
        str(rejected), "--imaginary", files["counts"], "--braid", "2 2", "--strands", "4", "--closure", "plat"
    )
    assert line.startswith("error detection rejects all 5 real shots")


def test_help_loads_nothing_heavy() -> None:
    """The module of the command imports neither numpy nor pytket."""
    code = "import sys, plait.cli.decode; print(sorted({'numpy', 'pytket', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
