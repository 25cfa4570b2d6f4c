"""Files for other tools: QREF, logical counts, tables and BibTeX, as plait writes them and as those tools read them.

The slow tests install the tools (bartiq, qref, qdk, bibtexparser, pyarrow) into environments of their own.
"""

import ast
import csv
import json
import math
import os
import random
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from pytket import Circuit
from test_cost_models import POINT
from typer.testing import CliRunner

from plait.calibrations import load_calibration
from plait.cli.app import app
from plait.estimator import frontier, load_grid, load_study, save_grid, sweep
from plait.estimator.citations import Citation, bibtex, citations, cited_in
from plait.estimator.export_table import COLUMNS, cell_rows, check_parquet, write_csv
from plait.estimator.log_space import compile_log
from plait.estimator.model_file import load_model
from plait.estimator.study import study_names
from plait.models import MODELS, Braid, Closure, CostModel, PlaitError, cfev_circuit, hadamard_circuit
from plait.models.expression_text import expression_text
from plait.models.formula import parse_formula
from plait.models.gates import final_state
from plait.models.logical_counts import logical_counts, merged_circuit
from plait.models.openqasm import openqasm3
from plait.models.qref import qref_routine
from plait.models.yaml_text import yaml_text

TESTS = Path(__file__).parent
ROOT = TESTS.parent
MINE = load_model(ROOT / "docs" / "examples" / "streamed-state.toml")
CASES = [(model, closure) for model in (*MODELS.values(), MINE) for closure in sorted(model.closures)]
IDS = [f"{model.name}-{closure}" for model, closure in CASES]
VALUES: dict[str, float] = POINT | {"rate_disk": 6e9, "size_disk": 3e13}


def run(*args: object) -> Any:
    return CliRunner().invoke(app, [str(arg) for arg in args], prog_name="plait")


def resources(model: CostModel, closure: Closure, rng: random.Random) -> tuple[dict[str, float], dict[str, float]]:
    """Random values of the symbols, and log10 of every resource there, by the formulas plait compiles."""
    limits = {f"limit_{name}": expr for name, expr in model.limits(closure).items()}
    exprs = {**model.costs(closure), **limits}
    names = sorted({str(one) for expr in exprs.values() for one in expr.free_symbols})
    point = {name: VALUES.get(name, 2.0) * rng.uniform(0.8, 1.2) for name in names}
    logs = {name: math.log10(x) for name, x in point.items()}
    return point, {name: float(compile_log(expr)(logs)) for name, expr in exprs.items()}


BARTIQ_ROUNDS = 1e-15
"""bartiq 0.17 rounds every value to 15 decimals."""


def close(found: float, log: float, rounded: float = 0.0) -> bool:
    """Whether a value has this log10, to 1e-9 of it, or differs by no more than it was rounded."""
    if log < 300 and abs(found - 10.0**log) <= rounded:
        return True
    return found == 0 if log == -math.inf else abs(math.log10(found) - log) <= 1e-9 * max(1, abs(log))


# QREF


@pytest.mark.parametrize(("model", "closure"), CASES, ids=IDS)
def test_a_qref_routine(model: CostModel, closure: Closure) -> None:
    """Names and types of the schema, every symbol an input, and values that are Python's at random points."""
    document = qref_routine(model, closure)
    program = document["program"]
    assert (document["version"], list(document)) == ("v1", ["version", "program"])
    name = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
    assert name.fullmatch(program["name"])
    assert all(name.fullmatch(one["name"]) for one in program["resources"])
    assert {one["type"] for one in program["resources"]} <= {"additive", "multiplicative", "qubits", "other"}
    assert program["meta"]["assumes"] == list(model.assumes)
    assert set(program["meta"]["symbols"]) == set(program["input_params"])
    point, expected = resources(model, closure, random.Random(1))
    assert set(program["input_params"]) == set(point)
    known = {"exp": math.exp, "log": math.log, "log2": math.log2, "sqrt": math.sqrt, "ceil": math.ceil}
    known |= {"max": max, "min": min}
    found = {
        one["name"]: eval(one["value"], {"__builtins__": {}}, {**known, **point})  # noqa: S307 - written above
        for one in program["resources"]
    }
    assert set(found) == set(expected)
    assert all(close(found[one], expected[one]) for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-n", "-n"),
        ("n - 10", "n - 10"),
        ("n - (m - 2)", "n - (m - 2)"),
        ("n / (m * 2)", "n/(2*m)"),
        ("1 / n**2", "1/n**2"),
        ("(n**2)**m", "(n**2)**m"),
        ("2**(n/3)", "2**(n/3)"),
        ("(-1)**n", "(-1)**n"),
        ("phi**n", "((1 + sqrt(5))/2)**n"),
        ("pi * n", "PI*n"),
        ("log2(n) * 2", "2*log2(n)"),
        ("log(n)", "log(n)"),
        ("1e-9 * n", "1e-09*n"),
        ("ceil(max(n, 2, m))", "ceil(max(2, m, n))"),
        ("exp(1) * n", "exp(1)*n"),
        ("-(n + m)**2", "-(n + m)**2"),
        ("n**(-m)", "n**(-m)"),
        ("(n/m)**(-2)", "1/(n/m)**2"),
        ("-2*n*m", "-2*n*m"),
    ],
)
def test_expressions_as_text(text: str, expected: str) -> None:
    expr = parse_formula(text, {"n", "m"})
    written = expression_text(expr)
    assert written == expected
    names = {"PI": math.pi, "sqrt": math.sqrt, "log2": math.log2, "log": math.log, "ceil": math.ceil, "max": max}
    point = {"n": 3.0, "m": 2.0}
    found = eval(written, {"__builtins__": {}}, {**names, "exp": math.exp, **point})  # noqa: S307 - written above
    assert found == pytest.approx(float(expr.subs({s: point[str(s)] for s in expr.free_symbols})), rel=1e-12)


def test_what_has_no_text() -> None:
    """A function, or a name, that means nothing or something else to bartiq."""
    import sympy

    with pytest.raises(PlaitError, match="sin has no form in bartiq's grammar; known: abs, ceil, exp"):
        expression_text(sympy.sin(sympy.Symbol("n")))
    for name in ("lambda", "max", "PI", "a.b", "ä", "1a"):
        with pytest.raises(PlaitError, match="cannot be written"):
            expression_text(sympy.Symbol(name))


@given(st.text())
def test_texts_in_yaml_are_one_line_and_whole(text: str) -> None:
    """Double quotes with the escapes that YAML and Python share: read back by Python, nothing is lost."""
    line, rest = yaml_text({"key": text}).split("\n", 1)
    assert rest == ""
    assert line.startswith('"key": "')
    assert line.isprintable()
    assert ast.literal_eval(line.removeprefix('"key": ')) == text


def test_a_qref_file(tmp_path: Path) -> None:
    """By the command: a variant, a closure, a model file; what is not there is told on one line."""
    path = tmp_path / "cfev.yaml"
    done = run("export", "model", "cfev", "--closure", "plat", "--variant", "layout=paper", "-o", path, "--json")
    assert json.loads(done.stdout) == {
        "path": str(path),
        "format": "QREF v1",
        "model": "cfev",
        "closure": "plat",
        "resources": 13,
    }
    assert path.read_text() == yaml_text(qref_routine(MODELS["cfev"], Closure.PLAT, layout="paper"))
    assert run("export", "model", ROOT / "docs/examples/streamed-state.toml", "-o", path).exit_code == 0
    assert '"rate_disk"' in path.read_text()
    for args, message in (
        (["cfv", "-o", path], "model 'cfv' is unknown"),
        (["cfev", "--format", "xml", "-o", path], "--format 'xml' is not available; known: qref"),
        (["fib-trace", "--closure", "plat", "-o", path], "model fib-trace is for the markov closure, got plat"),
        (["cfev", "-o", tmp_path / "no" / "x.yaml"], "there is no folder"),
    ):
        refused = run("export", "model", *args)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert message in refused.stderr


# logical counts


def test_counts_of_single_gates() -> None:
    """Clifford angles are free, quarters are T gates, the rest rotations; what acts on nothing is not counted."""
    for angle, expected in (
        (0.5, (0, 0)),
        (-1.0, (0, 0)),
        (0.25, (1, 0)),
        (-0.75, (1, 0)),
        (0.3, (0, 1)),
        (0.0, (0, 0)),
    ):
        for circuit in (Circuit(2).PhasedX(angle, 0, 0), Circuit(2).ZZPhase(angle, 0, 1)):
            found = logical_counts(circuit)
            assert (found["tCount"], found["rotationCount"]) == expected
    fresh = Circuit(1, 1).Rz(0.3, 0).PhasedX(0.5, 0.2, 0).Rz(0.1, 0).Measure(0, 0)
    assert logical_counts(fresh)["rotationCount"] == 0
    between = Circuit(1).PhasedX(0.5, 0.2, 0).Rz(0.1, 0).PhasedX(0.5, 0.4, 0)
    assert logical_counts(between)["tCount"] == 0
    assert logical_counts(between)["rotationCount"] == 1  # 0.2 + 0.1 - 0.4
    merged = Circuit(1).PhasedX(0.5, 0.2, 0).Rz(0.2, 0).PhasedX(0.5, 0.4, 0)
    assert logical_counts(merged)["rotationCount"] == 0
    with pytest.raises(PlaitError, match="gate H is not native"):
        logical_counts(Circuit(1).H(0))


def test_depth_of_rotations() -> None:
    """Side by side is one layer; a two-qubit gate between them makes two."""
    pair = Circuit(2).PhasedX(0.3, 0, 0).PhasedX(0.3, 0, 1)
    assert logical_counts(pair)["rotationDepth"] == 1
    assert logical_counts(pair.PhasedX(0.3, 0, 0))["rotationDepth"] == 2
    chain = Circuit(2).PhasedX(0.3, 0, 0).CX(0, 1).PhasedX(0.3, 0, 1)
    assert logical_counts(chain)["rotationDepth"] == 2


def circuits(count: int) -> list[Circuit]:
    """Compiled circuits of both tests, all gate sets and both closures."""
    rng = random.Random(2)
    found = []
    for k in range(count):
        braid = Braid.brickwall(rng.choice((2, 4, 6)), rng.randint(1, 8), seed=k)
        compiled = (cfev_circuit, hadamard_circuit)[k % 3 == 2]
        gate_set = ("rzz", "cx", "cz", "zzmax")[k % 4]
        found.append(compiled(braid, rng.choice(list(Closure)), seed=k, gate_set=gate_set).circuit)
    return found


def test_merging_changes_no_outcome() -> None:
    """The merged circuit has the probabilities of the compiled one, fewer rotations, and counts as it is counted."""
    fewer = 0
    for circuit in circuits(24):
        merged = merged_circuit(circuit)
        assert np.allclose(abs(final_state(circuit)) ** 2, abs(final_state(merged)) ** 2, atol=1e-12)
        assert logical_counts(merged) == logical_counts(circuit)
        written = [angle for command in circuit for angle in command.op.params if (4 * angle) % 1]
        assert logical_counts(circuit)["rotationCount"] <= len(written)
        fewer += logical_counts(circuit)["rotationCount"] < len(written)
    assert fewer > 6


def test_a_counts_file(tmp_path: Path) -> None:
    """Exactly the keys that LogicalCounts reads, of the circuit that is asked for."""
    path = tmp_path / "counts.json"
    done = run(
        "export", "counts", "--strands", 6, "--layers", 4, "--closure", "plat", "--seed", 3, "-o", path, "--json"
    )
    assert done.exit_code == 0
    found = json.loads(path.read_text())
    braid = Braid.brickwall(6, 4, seed=3)
    assert found == logical_counts(cfev_circuit(braid, Closure.PLAT, seed=3).circuit)
    assert list(found) == [
        "numQubits",
        "tCount",
        "rotationCount",
        "rotationDepth",
        "cczCount",
        "ccixCount",
        "measurementCount",
    ]
    said = json.loads(done.stdout)
    assert (said["path"], said["format"]) == (str(path), "QDK logical counts")
    hadamard = run("export", "counts", "--strands", 6, "--layers", 4, "--test", "hadamard", "-o", path)
    assert hadamard.exit_code == 0
    assert json.loads(path.read_text())["measurementCount"] == 1
    wrong = run("export", "counts", "--strands", 6, "--layers", 4, "--test", "x", "-o", path)
    assert (wrong.exit_code, "known are cfev, and hadamard" in wrong.stderr) == (2, True)


# tables


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """A small sweep of both closures, odd strands and a free contender among them."""
    path = tmp_path_factory.mktemp("study") / "study.toml"
    path.write_text(
        'title = "small"\ndraws = 20\n[question]\nsignal = [0.05, 0.9]\n[grid]\nclosures = ["markov", "plat"]\n'
        "strands = [5, 12, 60]\nlayers = [4, 30]\n"
        '[[quantum]]\nmodels = ["cfev"]\nmachines = ["qpu-1e-4", "h2-2"]\n'
        '[[classical]]\nmodels = ["fib-trace", "zero"]\nmachines = ["core"]\n'
    )
    return sweep(load_study(path), load_calibration())


def test_rows_are_the_sweep(grid: xr.Dataset) -> None:
    """One for each cell and contender; costs are quantiles of the draws, verdicts those of the frontier."""
    rows = list(cell_rows(grid))
    assert len(rows) == 2 * 3 * 2 * 4
    assert all(list(row) == list(COLUMNS) for row in rows)
    assert all(x is None or isinstance(x, COLUMNS[name]) for row in rows for name, x in row.items())
    verdicts = frontier(grid)
    for row in rows:
        cell = {name: row[name] for name in ("closure", "strands", "layers")}
        draws = grid["log10_cost"].sel(cell, drop=True).sel(contender=row["contender"]).values
        for name, at in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
            expected = np.quantile(draws.astype(float), at, method="inverted_cdf")
            assert row[f"log10_cost_{name}"] == (None if expected == np.inf else expected)
        assert row["answered"] == np.isfinite(draws).mean() + (draws == -np.inf).mean()
        assert row["first"] == (str(verdicts["first"].sel(cell).values) or None)
        if row["side"] == "quantum":
            one = verdicts.sel(cell).sel(contender=row["contender"])
            assert row["winner"] == str(one["winner"].values)
            assert row["p_advantage"] == float(one["p_advantage"].values)
            assert row["classical_best"] == (str(one["classical_best"].values) or None)
        else:
            assert row["winner"] is row["gap_p50"] is None
            assert (row["reason"] is not None) == (row["answered"] <= 0.5)
    reasons = {row["reason"] for row in rows if row["reason"]}
    assert {"classical: signal", "classical: closure"} <= reasons
    assert any(reason.startswith("quantum: odd strands") for reason in reasons)
    assert any(row["log10_cost_p05"] == -math.inf for row in rows)  # zero, where it is right


def test_csv_is_read_back(grid: xr.Dataset, tmp_path: Path) -> None:
    """Names with commas, quotes and line ends are kept by the format; so are all digits."""
    hostile = 'a,"b"\r\n=1+1'
    renamed = grid.assign_coords(contender=[hostile, *grid["contender"].values[1:]])
    path = tmp_path / "cells.csv"
    assert write_csv(renamed, path) == 48
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = list(cell_rows(renamed))
    assert len(rows) == len(expected) == 48
    for found, row in zip(rows, expected, strict=True):
        for name, kind in COLUMNS.items():
            assert (None if found[name] == "" else kind(found[name])) == row[name]
    assert {row["contender"] for row in rows} >= {hostile}
    assert list(tmp_path.iterdir()) == [path]


def test_a_sweep_without_draws(grid: xr.Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Verdicts alone give the same rows for quantum contenders, but for what needs draws."""
    path = tmp_path / "study.toml"
    path.write_text(
        'title = "small"\ndraws = 20\n[grid]\nclosures = ["markov"]\nstrands = [6, 12]\nlayers = [4, 30]\n'
        '[[quantum]]\nmodels = ["cfev"]\nmachines = ["qpu-1e-4"]\n'
        '[[classical]]\nmodels = ["fib-trace"]\nmachines = ["core"]\n'
    )
    study = load_study(path)
    kept = [row for row in cell_rows(sweep(study, load_calibration())) if row["side"] == "quantum"]
    monkeypatch.setattr(sys.modules["plait.estimator.sweep"], "KEPT_VALUES", 0)
    save_grid(sweep(study, load_calibration()), tmp_path / "grid.nc")
    reduced = list(cell_rows(load_grid(tmp_path / "grid.nc")))
    assert len(reduced) == len(kept) == 4
    for with_draws, without in zip(kept, reduced, strict=True):
        assert without["answered"] is None
        for name in set(COLUMNS) - {"answered"}:
            if COLUMNS[name] is float and with_draws[name] is not None:
                assert without[name] == pytest.approx(with_draws[name], rel=1e-5, abs=1e-5)
            else:
                assert without[name] == with_draws[name]


def test_the_command_for_tables(grid: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV by the standard library; Parquet says what it needs; other names are refused before anything is read."""
    save_grid(grid, tmp_path / "grid.nc")
    done = run("export", "sweep", tmp_path / "grid.nc", "-o", tmp_path / "cells.csv", "--json")
    assert json.loads(done.stdout) == {
        "path": str(tmp_path / "cells.csv"),
        "format": "csv",
        "rows": 48,
        "columns": len(COLUMNS),
    }
    refused = run("export", "sweep", "absent.nc", "-o", tmp_path / "cells.txt")
    assert (refused.exit_code, "ends in .csv or .parquet" in refused.stderr) == (2, True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PlaitError, match=r"Parquet needs pandas and pyarrow: pip install 'plait\[parquet\]'"):
        check_parquet()


# BibTeX


def entries(text: str) -> dict[str, dict[str, str]]:
    """Entries of a BibTeX file, by counting braces as BibTeX does; raises if anything else is in it."""
    found: dict[str, dict[str, str]] = {}
    place = 0
    while text[place:].strip():
        head = re.compile(r"\s*@misc\{([a-z0-9-]+),\s*").match(text, place)
        assert head, text[place : place + 60]
        place, fields = head.end(), found.setdefault(head[1], {})
        assert not fields, f"two entries {head[1]}"
        while text[place] != "}":
            field = re.compile(r"([a-z]+) = \{").match(text, place)
            assert field, text[place : place + 60]
            place, start, depth = field.end(), field.end(), 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[place], 0)
                place += 1
            fields[field[1]] = text[start : place - 1]
            comma = re.compile(r",\s*").match(text, place)
            assert comma
            place = comma.end()
        place += 1
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arXiv:2503.05625v2, figures", ["https://arxiv.org/abs/2503.05625"]),
        ("arxiv: quant-ph/0512209; doi 10.1103/PhysRevX.13.041057.", None),
        ("doi:10.1000/a-b_c; https://doi.org/10.1000/a-b_c", ["https://doi.org/10.1000/a-b_c"] * 2),
        ("CQCL/quantinuum-hardware-specifications@8881b5f: 1.4(1)e-3", None),
        ("github.com/CQCL/jones-polynomial at commit 3a124c0", ["https://github.com/CQCL/jones-polynomial"]),
        ("HPL Rmax, insidehpc.com 2025/11", ["https://insidehpc.com"]),
        ("(see https://example.org/a?b=c#d)", ["https://example.org/a?b=c#d"]),
        ("as Helios, 2.5(1)e-5, with a wider range; 4.8(6)e-4 (v1)", []),
        ("plait.models.face and plait.models.search; 44,544 MI300A at 5.3 TB/s", []),
    ],
)
def test_what_a_source_cites(text: str, expected: list[str] | None) -> None:
    """Numbers, addresses and repositories are found in prose; figures and module names are none."""
    found = [one.address for one in cited_in(text)]
    if expected is None:
        assert len(found) in (1, 2)
        assert all(address.startswith("https://") for address in found)
    else:
        assert found == expected


def test_details_of_citations() -> None:
    (paper,) = cited_in("arXiv:2503.05625")
    assert (paper.arxiv, paper.year, paper.month) == ("2503.05625", "2025", "03")
    (code,) = cited_in("CQCL/quantinuum-hardware-specifications@8881b5f")
    assert (code.address, code.commit) == ("https://github.com/CQCL/quantinuum-hardware-specifications", "8881b5f")
    (list_,) = cited_in("top500.org 2024/06: 52.9 GFLOP/s per W")
    assert (list_.year, list_.month) == ("2024", "06")


@pytest.mark.parametrize("name", study_names())
def test_sources_of_shipped_studies(name: str) -> None:
    """Everything with an arXiv number in a source of the study has one entry, which names its users."""
    study = load_study(name)
    found = citations(study)
    assert len({one.address for one in found}) == len(found)
    texts = [contender.model.source for contender in study.contenders]
    texts += [f.source for c in study.contenders if c.machine for f in c.machine.figures.values()]
    numbers = {number for text in texts for number in re.findall(r"arXiv:(\d{4}\.\d{4,5})", text)}
    assert {one.arxiv for one in found if one.arxiv} == numbers
    read = entries(bibtex(found))
    assert [fields["url"] for fields in read.values()] == [one.address for one in found]
    assert all(fields["note"].startswith("Used for: ") for fields in read.values())
    users = [user for one in found if one.arxiv == "2503.05625" for user in one.used_for]
    idle_free = "machine qpu-1e-4-idle-free (e_2q, e_idle, t_layer, power)"  # figures in the order of the file
    assert (idle_free in users) == any("@qpu-1e-4-idle-free" in contender.name for contender in study.contenders)


@given(st.lists(st.text(max_size=40), max_size=4))
def test_bibtex_of_any_text(texts: list[str]) -> None:
    """Whatever a source or a name holds, every entry is one entry with all its fields."""
    cited = [Citation(address=f"https://x.org/{t}", label=t, doi=t, commit="abc", used_for=(t, "}")) for t in texts]
    read = entries(bibtex(cited))
    assert len(read) == len(texts)
    assert all(set(fields) >= {"title", "version", "url", "note"} for fields in read.values())


def test_a_bibtex_file(tmp_path: Path) -> None:
    path = tmp_path / "refs.bib"
    done = run("export", "sources", "plat", "-o", path, "--json")
    read = entries(path.read_text())
    said = json.loads(done.stdout)
    assert (said["path"], said["format"], said["entries"]) == (str(path), "BibTeX", len(read))
    assert "arxiv-2503-05625" in read


# the tools themselves


def environment(folder: Path, *packages: str) -> Path:
    """The Python of a fresh virtual environment with these packages."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"pip install {' '.join(packages)}: {done.stderr.strip().splitlines()[-1]}", pytrace=False)
    return python


def ask(python: Path, worker: str, question: object) -> Any:
    command = [str(python), str(TESTS / worker)]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.slow
def test_bartiq_evaluates_to_the_same_numbers(tmp_path: Path) -> None:
    """qref validates every model's document, and bartiq's values of all its resources are plait's."""
    python = environment(tmp_path / "bartiq", "bartiq==0.17.0", "qref==0.11.0", "pyyaml>=6")
    rng = random.Random(7)
    points = [resources(model, closure, rng) for model, closure in CASES]
    asked = [[yaml_text(qref_routine(*case)), point] for case, (point, _) in zip(CASES, points, strict=True)]
    for case, found, (_, expected) in zip(IDS, ask(python, "bartiq_worker.py", asked), points, strict=True):
        assert set(found) == set(expected)
        assert all(close(found[name], expected[name], BARTIQ_ROUNDS) for name in found), case


@pytest.mark.slow
def test_qdk_counts_the_same_and_bibtexparser_reads_all(tmp_path: Path) -> None:
    """qdk reads the counts, estimates from them, and its own counter finds the same in the same circuit."""
    python = environment(tmp_path / "qdk", "qdk==1.33.1", "bibtexparser==2.1.0")
    made = [(logical_counts(one), openqasm3(merged_circuit(one))) for one in circuits(24)]
    hostile = [
        Citation(address="https://x.org/{}%", label="a} @misc{b, c = {\\", used_for=("50 % of #1 & $x_2$ ~ ^", "é"))
    ]
    texts = [bibtex(citations(load_study(name))) for name in study_names()] + [bibtex(hostile)]
    answer = ask(python, "qdk_worker.py", {"counts": made, "bibtex": texts})
    for (counts, _), (read, own, physical) in zip(made, answer["counts"], strict=True):
        assert read == counts
        assert {name: own[name] for name in counts} == counts
        assert physical > 0 or not counts["rotationCount"]
    for text, (read, failed) in zip(texts, answer["bibtex"], strict=True):
        assert failed == 0
        assert read == entries(text)


@pytest.mark.slow
def test_parquet_is_read_back(grid: xr.Dataset, tmp_path: Path) -> None:
    """Types and values of all columns, by pandas, in an environment with pyarrow added to this one."""
    folder = tmp_path / "packages"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), "pyarrow"]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"pip install pyarrow: {done.stderr.strip().splitlines()[-1]}", pytrace=False)
    save_grid(grid, tmp_path / "grid.nc")
    program = (
        "import sys, json, pandas; from plait.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "frame = pandas.read_parquet('cells.parquet')\n"
        "types = {name: str(kind) for name, kind in frame.dtypes.items()}\n"
        "frame.astype(object).where(frame.notna(), None).to_json('back.json', orient='records', double_precision=15)\n"
        "json.dump(types, open('types.json', 'w'))"
    )
    command = [sys.executable, "-c", program, "export", "sweep", "grid.nc", "-o", "cells.parquet"]
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    types = json.loads((tmp_path / "types.json").read_text())
    expected = {str: "str", int: "int64", float: "float64"}
    assert all(types[name].startswith(expected[kind]) for name, kind in COLUMNS.items()), types
    rows, back = list(cell_rows(grid)), json.loads((tmp_path / "back.json").read_text())
    assert len(back) == len(rows)
    for row, found in zip(rows, back, strict=True):
        for name, value in row.items():
            if isinstance(value, float):
                assert found[name] is None if math.isinf(value) else found[name] == pytest.approx(value, rel=1e-9)
            else:
                assert found[name] == value
