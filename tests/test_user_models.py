"""Cost models that users write: what is read, what is refused, what the check finds, and how packages add to plait."""

import math
import os
import pickle
import random
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import sympy
from typer.testing import CliRunner

from plait.calibrations import load_calibration
from plait.cli.app import app
from plait.estimator import load_study, sweep
from plait.estimator.contender import Contender
from plait.estimator.draws import Draws
from plait.estimator.evaluate import REASONS, compiled
from plait.estimator.log_space import compile_log
from plait.estimator.machine import load_machine
from plait.estimator.model_check import check_model
from plait.estimator.model_file import load_model, read_model
from plait.estimator.one_figure import unit_of
from plait.estimator.overrides import Setting, overrides
from plait.estimator.own_figures import own_values
from plait.models import MODELS, Closure, CostModel, PlaitError, Side
from plait.models.cost_model import LIMIT_REASONS, Formulas
from plait.models.figure import Figure
from plait.models.formula import CONSTANTS, FUNCTIONS, parse_formula

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "streamed-state.toml"
GOOD = """
name = "mine"
side = "classical"
closures = ["markov"]
summary = "a model that is written for a test"
source = "made up for this test"
assumes = ["that nobody believes it"]
[constants.a_op]
unit = "s"
meaning = "seconds per operation"
value = 1e-9
low = 1e-10
high = 2e-9
basis = "cited"
source = "a paper"
[costs]
seconds = "a_op * m * 2**(n/2)"
joules = "power * a_op * m * 2**(n/2)"
"""


def write(folder: Path, text: str, name: str = "mine.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def problems(folder: Path, text: str) -> list[str]:
    model, found = read_model(write(folder, text))
    return found if model is None else check_model(model)


# formulas


def test_formulas_are_what_python_makes_of_them() -> None:
    """Random formulas: compiled and evaluated in log space, they equal Python's own arithmetic."""
    rng = random.Random(4)
    known = {"exp": math.exp, "log": math.log, "log2": math.log2, "sqrt": math.sqrt, "ceil": math.ceil}
    known |= {"max": max, "min": min}
    assert set(known) == set(FUNCTIONS)

    def text(depth: int) -> str:
        if depth == 0:
            return rng.choice(["n", "m", "2", "0.5", "3", "pi", "phi"])
        if rng.random() < 0.6:
            return f"({text(depth - 1)} {rng.choice('+-*/')} {text(depth - 1)})"
        name = rng.choice([*FUNCTIONS, "**"])
        if name == "**":
            return f"{text(depth - 1)}**{rng.choice(['2', '0.5', '(-1)', '(n/8)'])}"
        inner = ", ".join(text(depth - 1) for _ in range(rng.randint(2, 4) if name in ("max", "min") else 1))
        return f"{name}({inner})"

    compared = 0
    for _ in range(400):
        formula = text(rng.randint(1, 4))
        point = {"n": rng.uniform(1.5, 9), "m": rng.uniform(1.5, 9)}
        try:
            expected = eval(formula, {"__builtins__": {}}, {**known, **CONSTANTS, **point})  # noqa: S307 - made above
            expr = parse_formula(formula, point)
        except (PlaitError, ArithmeticError, ValueError, TypeError):
            continue  # no real value, or one that is out of bounds
        if isinstance(expected, complex) or not 1e-6 < expected < 1e50:
            continue
        found = 10.0 ** float(compile_log(expr)({name: math.log10(x) for name, x in point.items()}))
        assert found == pytest.approx(expected, rel=1e-6), formula
        compared += 1
    assert compared > 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os')", 'contains "\'"; only arithmetic is known'),
        ("n.real", "construct of kind Attribute"),
        ("(lambda n)", "is no formula"),
        ("n if n else m", "construct of kind IfExp"),
        ("f(n)", "calls 'f'; known: exp, log"),
        ("exp(x=n)", "contains '='; only arithmetic is known"),
        ("exp(n, n)", "exp takes one argument, got 2"),
        ("max(n)", "max takes 2 to 8 arguments, got 1"),
        ("True", "construct of kind Constant"),
        ("2j*n", "construct of kind Constant"),
        ("n // 2", "operator FloorDiv; known: + - * / **"),
        ("n)*(n", "is no formula (SyntaxError)"),
        ("k + n", "the symbol 'k', which is neither plait's nor declared"),
        ("9**9**9", "to a power beyond 64"),
        ("exp(exp(exp(9)))", "a part without a real value"),
        ("1e60 * 1e60", "a part of 1e+120"),
        ("1e999", "a number beyond 1e+100"),
        ("n / (1 - 1)", "divides by 0"),
        ("log(0 * 1)", "a part without a real value"),
        ("sqrt(1 - 2)", "a part without a real value"),
        ("(" * 50 + "n" + ")" * 50 + "-" * 60 + "n", "nested too deep"),
        ("exp(" * 45 + "n" + ")" * 45, "nested too deep; the limit is 40"),
        ("+".join("n" * 1500), "a formula of 2999 characters; the limit is 2000"),
        ("", "is no formula"),
    ],
)
def test_what_is_no_formula(text: str, message: str) -> None:
    """Code, other grammar, names that are not declared and numbers without bounds: one line, at once."""
    with pytest.raises(PlaitError, match=re.escape(message)):
        parse_formula(text, {"n", "m"}, "costs.seconds")


def test_long_sums_and_products_are_not_deep() -> None:
    """A chain is one level, however long, and stays in the order it is written in but for its numbers."""
    terms = parse_formula("+".join(f"n**{k}*m" for k in range(2, 150)), {"n", "m"})
    assert len(terms.args) == 148
    assert str(parse_formula("2*n*3/m/4", {"n", "m"})) == "3*n/(2*m)"
    assert str(parse_formula("1 + n - 3 - m", {"n", "m"})) == "-m + n - 2"


def test_hostile_formulas_take_no_time_to_evaluate() -> None:
    """What sympy would work out to the last digit stays as it is written: the process returns, with its memory."""
    for text in ("9**(n + 387420489) / 9**n", "9**((n + 1000)*1000*1000*1000) / 9**(n*1000000000)", "exp(n/n*2*10**8)"):
        value = float(compile_log(parse_formula(text, {"n"}))({"n": 0.5}))
        assert value > 1e7
    assert float(compile_log(parse_formula("(((1000001/1000000)**64)**64)**64", ()))({})) == pytest.approx(
        64**3 * math.log10(1.000001), rel=1e-9
    )


# files


def test_a_model_file(tmp_path: Path) -> None:
    """Names, symbols and units land where they belong; plait's own symbols need no declaration."""
    model = load_model(write(tmp_path, GOOD))
    assert (model.name, model.side, model.closures) == ("mine", Side.CLASSICAL, {Closure.MARKOV})
    assert dict(model.constants) == {"n": "1", "m": "1", "power": "W", "a_op": "s"}
    n, m, a_op = (sympy.Symbol(name, positive=True) for name in ("n", "m", "a_op"))
    assert sympy.simplify(model.costs(Closure.MARKOV)["seconds"] - a_op * m * 2 ** (n / 2)) == 0
    assert model.info("a_op").meaning == "seconds per operation"
    with pytest.raises(PlaitError, match="model mine is for the markov closure, got plat"):
        model.costs(Closure.PLAT)


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "examples").glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_of_the_documentation(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model passes the check; the study runs, and the model has an answer where plait's own needs more memory."""
    monkeypatch.chdir(ROOT)
    if path.stem.endswith("-study"):
        grid = sweep(load_study(path), load_calibration())
        mine = grid["log10_cost"].sel(contender="streamed-state@core", strands=20)
        assert np.isfinite(mine.values).mean() > 0.5
        assert set(grid["basis"].values) == {"assumed"}
    else:
        assert check_model(load_model(path)) == []


def test_the_blocks_of_the_documentation_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python as it is printed; the commands on files are those of the examples; the keys are all the form has."""
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "own-model.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "own-model.md", "exec"), {})  # noqa: S102 - our own file
    named = set(re.findall(r"docs/examples/[a-z.-]+", page))
    assert named == {f"docs/examples/{path.name}" for path in (ROOT / "docs" / "examples").glob("*.toml")}
    from plait.estimator.model_file import _ModelFile

    assert all(f"`{key}`" in page or f"`[{key}" in page for key in _ModelFile.model_fields)
    assert all(f"`{name}`" in page or f" {name}" in page for name in (*FUNCTIONS, *CONSTANTS, *LIMIT_REASONS))


def test_limits_are_reasons_of_maps() -> None:
    assert set(LIMIT_REASONS) <= set(REASONS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("mine", "cfev"), "name = 'cfev' is taken"),
        (('"mine"', '"Mine"'), "name = 'Mine': string should match pattern"),
        (("classical", "hybrid"), "side = 'hybrid': input should be 'quantum' or 'classical'"),
        (('"markov"', '"knot"'), "closures[0] = 'knot': input should be 'markov' or 'plat'"),
        (("seconds =", "flops ="), "costs.seconds is missing for the markov closure"),
        (("seconds =", "pounds ="), "costs.pounds: not known; known: qubits, two_qubit_gates"),
        (("2**(n/2)", "2**(k/2)"), "the symbol 'k', which is neither plait's nor declared"),
        (("a_op * m", "a_op * t_layer * m"), "t_layer is no figure of a classical machine"),
        (('unit = "s"', 'unit = "furlongs"'), "constants.a_op.unit = 'furlongs': not known; known: 1, layers"),
        (("high = 2e-9", "high = 1e-11"), "constants.a_op: value 1e-09 must lie within low 1e-10 .. high 1e-11"),
        (("high = 2e-9", ""), "constants.a_op: give both low and high, or neither"),
        (("constants.a_op", "constants.m"), "constants.m: a symbol of plait (crossings)"),
        (("a_op", "exp"), "constants.exp: no name a symbol can have"),
        (("a_op", "lambda"), "constants.lambda: no name a symbol can have"),
        (('joules = "power * a_op * m * 2**(n/2)"', ""), "no formula has a figure of a machine (F, B, M, eta, power)"),
        (("[costs]", "[limits]\ndisk = 'n/9'\n[costs]"), "limits.disk: not known; known: qubits, signal, memory, time"),
        (("[costs]", "[limits]\nmemory = {plat = 'n/9'}\n[costs]"), "limits.memory.plat: the model is not for this"),
        (("value = 1e-9", "value = -1"), "constants.a_op.value = -1: input should be greater than 0"),
        (("value = 1e-9", "value = nan"), "constants.a_op.value = nan"),
        (("basis", "bases"), "constants.a_op.basis: field required"),
    ],
)
def test_problems_of_a_file(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    """Each mistake is told with its key, what came and what is known."""
    assert change[0] in GOOD
    text = GOOD.replace(*change)
    assert message in "; ".join(problems(tmp_path, text))
    with pytest.raises(PlaitError, match=re.escape(message)):
        load_model(write(tmp_path, text))


def test_all_problems_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("2**(n/2)", "k").replace('unit = "s"', 'unit = "x"').replace("mine", "cfev")
    assert len(problems(tmp_path, text)) == 4  # the name, the unit, and each formula


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("a_op * (m - 1000)", "costs.seconds is negative, infinite or undefined at a_op = "),
        ("a_op / (m - m)", "costs.seconds is negative, infinite or undefined"),
        ("a_op * log(1/n)", "costs.seconds is negative, infinite or undefined"),
        ("a_op * (n - n)", "costs.seconds is 0 at"),
        ("a_op * 2**n / m", "costs.seconds falls as m becomes larger, at a_op = "),
        ("a_op * 2**n * (1 + eps)", "costs.seconds falls as eps becomes smaller, at a_op = "),
        ("a_op * 2**n * F", "costs.seconds falls as F becomes smaller, at F = "),
        ("a_op * r_full:x", "contains ':'"),
    ],
)
def test_what_the_check_finds(tmp_path: Path, formula: str, message: str) -> None:
    """Values that are none, and seconds that change the wrong way, each with a point that shows it."""
    text = GOOD.replace('seconds = "a_op * m * 2**(n/2)"', f'seconds = "{formula}"')
    assert message in "; ".join(problems(tmp_path, text))


def test_towers_of_powers_are_checked(tmp_path: Path) -> None:
    """A part that overflows every format, in a formula that does not: the check returns, and finds nothing."""
    assert problems(tmp_path, GOOD.replace("a_op * m * 2**(n/2)", "min(1e9, 2**2**2**2**n) * a_op * m")) == []


def test_a_model_that_never_answers_is_told(tmp_path: Path) -> None:
    text = GOOD.replace("[costs]", '[limits]\nmemory = "n"\n[costs]')
    assert problems(tmp_path, text) == ["markov: infeasible at every size tried (4..40 strands, 4..100 layers): memory"]


def test_the_check_compares_with_mpmath(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that is off by 1e-6 of a decade is found out."""
    model = load_model(write(tmp_path, GOOD))
    assert check_model(model) == []

    class Off:
        def __init__(self, function: object) -> None:
            self.function = function

        def __call__(self, values: object) -> object:
            return self.function(values) + 1e-6  # type: ignore[operator]

    monkeypatch.setattr("plait.estimator.model_check.compile_log", lambda expr: Off(compile_log(expr)))
    assert "markov: costs.seconds: compiled" in check_model(model)[0]


@pytest.mark.parametrize("name", MODELS)
def test_plait_s_own_models_pass_the_check(name: str) -> None:
    assert check_model(MODELS[name]) == []


def python_formulas(closure: Closure) -> Formulas:
    n, rate = sympy.symbols("n rate", positive=True)
    return Formulas(costs={"seconds": rate * n, "furlongs": n}, limits={"disk": n / 9})


def test_the_check_of_a_python_model() -> None:
    """A CostModel built in Python is held to the same: symbols, units, quantities, limits, words."""
    model = CostModel(
        name="py",
        side=Side.CLASSICAL,
        closures=frozenset({Closure.PLAT}),
        summary="in Python for a test",
        formulas=python_formulas,
        constants={"n": "s"},
        source="made up here",
        assumes=(),
    )
    told = "; ".join(check_model(model))
    for message in (
        "assumes must say what has to hold",
        "n: declared in s, but its unit is 1",
        "plat: costs.furlongs: no quantity",
        "plat: limits.disk: no reason a map can give",
        "plat: symbols that constants does not declare: rate",
    ):
        assert message in told
    figure = Figure(unit="s", meaning="seconds a strand", value=1.0, low=2.0, high=3.0, source="made up")
    assert "rate: its value must be above 0 and within low..high" in check_model(
        replace(model, figures={"rate": figure})
    )


# values


def test_own_figures_are_drawn_about_their_value(tmp_path: Path) -> None:
    """Half the draws on each side of the value, all within the range; another model's draws are others."""
    model = load_model(write(tmp_path, GOOD))
    draws = Draws.make(2000, 3)
    values = 10 ** own_values(model, draws)["a_op"]
    assert 1e-10 <= values.min() < 1.1e-10
    assert 1.99e-9 < values.max() <= 2e-9
    assert (values < 1e-9).mean() == pytest.approx(0.5, abs=0.05)
    assert np.array_equal(values, 10 ** own_values(model, Draws.make(2000, 3))["a_op"])
    other = 10 ** own_values(replace(model, name="other"), draws)["a_op"]
    assert not np.array_equal(values, other)


def study_of(folder: Path, *models: str) -> Path:
    names = ", ".join(f'"{name}"' for name in models)
    text = f"""
title = "mine"
draws = 40
[grid]
closures = ["markov"]
strands = [6, 12]
layers = [8, 20]
[[quantum]]
models = ["cfev"]
machines = ["qpu-1e-4"]
[[classical]]
models = [{names}]
machines = ["core"]
"""
    return Path(write(folder, text, "study.toml"))


def test_a_study_with_a_model_file(tmp_path: Path) -> None:
    """Seconds in the sweep are the formula at the sweep's own crossings and the model's own draws."""
    path = write(tmp_path, GOOD.replace("a_op * m * 2**(n/2)", "a_op * n * 2**(n/2)"))
    study = load_study(study_of(tmp_path, "fib-trace", path))
    assert [c.name for c in study.contenders] == ["cfev@qpu-1e-4", "fib-trace@core", "mine@core"]
    grid = sweep(study, load_calibration())
    a_op = own_values(load_model(path), Draws.make(study.draws, study.seed))["a_op"]
    for n in (6, 12):
        found = grid["log10_cost"].sel(contender="mine@core", strands=n, layers=8).values[0]
        assert found == pytest.approx(a_op + math.log10(n * 2 ** (n / 2)), abs=1e-5)
    assert str(grid["basis"].sel(contender="mine@core").values) in ("cited", "assumed")


def test_two_files_of_one_name_do_not_share_a_cache(tmp_path: Path) -> None:
    """Compiled formulas are kept by what a model is, not by what it is called."""
    one = load_model(write(tmp_path, GOOD))
    two = load_model(write(tmp_path, GOOD.replace("2**(n/2)", "3**(n/2)"), "two.toml"))
    assert one.name == two.name
    point = {"a_op": -9.0, "m": 2.0, "n": 1.0}
    first, second = (float(compiled(model, Closure.MARKOV, "seconds")(point)) for model in (one, two))
    assert first == pytest.approx(-7 + 5 * math.log10(2))
    assert second == pytest.approx(-7 + 5 * math.log10(3))
    assert compiled(load_model(write(tmp_path, GOOD)), Closure.MARKOV, "seconds") is compiled(
        one, Closure.MARKOV, "seconds"
    )


@pytest.mark.parametrize("name", ["mine", "cfev"])
def test_models_reach_other_processes(tmp_path: Path, name: str) -> None:
    """A pickled model is equal, and finds what was compiled for it."""
    model = load_model(write(tmp_path, GOOD)) if name == "mine" else MODELS[name]
    copy = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own
    assert (copy == model, hash(copy)) == (True, hash(model))
    assert compiled(copy, Closure.MARKOV, "seconds") is compiled(model, Closure.MARKOV, "seconds")


def test_studies_override_own_figures(tmp_path: Path) -> None:
    """By the symbol alone or with the model's name; an impossible value is refused."""
    model = load_model(write(tmp_path, GOOD))
    contender = Contender(model=model, machine=load_machine("core"))
    (entry,) = overrides({"mine.a_op": Setting(value=3e-9)}, [contender])
    assert entry.applies(contender)
    assert unit_of("mine.a_op", [contender]) == "s"
    with pytest.raises(PlaitError, match=r"overrides.a_op = 0 must be above 0"):
        overrides({"a_op": Setting(value=0.0)}, [contender])
    with pytest.raises(PlaitError, match="'c_op' is no symbol"):
        overrides({"c_op": Setting(value=1.0)}, [contender])


def test_a_quantum_model_counts_the_circuits_of_its_machine(tmp_path: Path) -> None:
    """Counts of circuits get the value of the machine's gate set."""
    text = GOOD.replace("classical", "quantum").replace(
        "a_op * m * 2**(n/2)", "a_op * (3*r_full + r_one + f) * t_layer"
    )
    text = text.replace("power * a_op * (3*r_full + r_one + f) * t_layer", "power * a_op * D_b")
    model = load_model(write(tmp_path, text))
    assert check_model(model) == []
    assert "gate_set" in model.variants
    assert "gate_set" not in load_model(write(tmp_path, GOOD)).variants


def test_a_study_tells_what_is_wrong_with_its_model_file(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("2**(n/2)", "2**(k/2)"))
    with pytest.raises(PlaitError, match=r"classical\[0\]\.models.*'k', which is neither plait's nor declared"):
        load_study(study_of(tmp_path, path))
    with pytest.raises(PlaitError, match="cannot be read"):
        load_study(study_of(tmp_path, "absent.toml"))


def test_two_models_of_one_name_in_a_study(tmp_path: Path) -> None:
    """Told, not one of them dropped; the same file twice is one model."""
    one, same = write(tmp_path, GOOD), write(tmp_path, GOOD, "same.toml")
    assert len(load_study(study_of(tmp_path, one, same)).contenders) == 2
    two = write(tmp_path, GOOD.replace("2**(n/2)", "3**(n/2)"), "two.toml")
    with pytest.raises(PlaitError, match="classical: two models are called 'mine'; rename one of them"):
        load_study(study_of(tmp_path, one, two))


def test_workers_sweep_a_model_of_a_user(tmp_path: Path) -> None:
    """Another process makes the same numbers from the same model."""
    study = load_study(study_of(tmp_path, "fib-trace", write(tmp_path, GOOD)))
    here = sweep(study, load_calibration())
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        there = sweep(study, load_calibration(), executor=executor, at_a_time=1)
    assert np.array_equal(here["log10_cost"].values, there["log10_cost"].values)


# command line


def test_the_command_that_checks(tmp_path: Path) -> None:
    """Nothing but a word for a sound file; one line for each problem and exit code 2 for another."""
    run = CliRunner().invoke
    sound = run(app, ["models", "check", write(tmp_path, GOOD)])
    assert (sound.exit_code, sound.stdout, sound.stderr) == (0, "mine: sound for the markov closure\n", "")
    bad = write(tmp_path, GOOD.replace("2**(n/2)", "2**(k/2)").replace('unit = "s"', 'unit = "x"'))
    refused = run(app, ["models", "check", bad])
    assert (refused.exit_code, refused.stdout) == (2, "")
    lines = refused.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"plait: {bad}: ") for line in lines)
    told = run(app, ["models", "check", bad, "--json"])
    assert told.exit_code == 2
    assert '"problems": ["' in told.stdout
    shown = run(app, ["models", str(EXAMPLE)])
    assert "rate_disk" in shown.stdout
    assert run(app, ["models", "check"]).exit_code == 2
    assert run(app, ["models", "cfev", "x"]).exit_code == 2


# packages


def package(folder: Path) -> dict[str, str]:
    """An installed package with two good entries and four bad ones; the environment that sees it."""
    info = folder / "plait_extra-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plait-extra\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[plait.models]\ngood = plait_extra:MODEL\nnumber = plait_extra:NUMBER\nabsent = plait_absent:X\n"
        "taken = plait_extra:TAKEN\nbroken = plait_broken:X\n"
        "[plait.machines]\nmy-core = plait_extra:MACHINE\nwrong = plait_extra:MODEL\n"
    )
    (folder / "plait_broken.py").write_text("raise SystemExit('no\\nway')\n")
    (folder / "plait_extra.py").write_text(
        "print('babble')\n"
        "from dataclasses import replace\n"
        "from plait.models import MODELS\n"
        "from plait.estimator import load_machine\n"
        "TAKEN, NUMBER = MODELS['cfev'], 3\n"
        "MODEL = replace(MODELS['zero'], name='nothing')\n"
        "MACHINE = load_machine('core').model_copy(update={'slug': 'my-core'})\n"
    )
    return {**os.environ, "PYTHONPATH": str(folder)}


def plait(environment: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from plait.cli import main; main()", *args]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_packages_add_models_and_machines(tmp_path: Path) -> None:
    """Found by name, listed; a broken one is one line that names its package, and stdout stays plait's."""
    environment = package(tmp_path)
    listed = plait(environment, "models", "--json")
    assert listed.returncode == 0
    assert '"nothing"' in listed.stdout
    assert "babble" not in listed.stdout
    told = [line for line in listed.stderr.splitlines() if line.startswith("plait: ")]
    assert sorted(re.findall(r"entry '(\w+)'", " ".join(told))) == ["absent", "broken", "number", "taken"]
    assert all("package plait-extra: plait.models entry" in line for line in told)
    assert "Traceback" not in listed.stderr
    assert "no way" in listed.stderr
    shown = plait(environment, "machines", "my-core")
    assert (shown.returncode, "Traceback" in shown.stderr) == (0, False)
    assert "my-core" in shown.stdout
    assert "entry 'wrong' is no Machine but a CostModel; left out" in shown.stderr
    unknown = plait(environment, "models", "other")
    assert unknown.returncode == 2
    assert "nothing, or a file ending in .toml" in unknown.stderr.splitlines()[-1]


def test_packages_are_loaded_on_demand_only(tmp_path: Path) -> None:
    """A model of plait's own is found without looking at any package."""
    shown = plait(package(tmp_path), "models", "zero")
    assert (shown.returncode, shown.stderr) == (0, "")


def test_reading_is_quick_enough_for_every_study() -> None:
    """The same file twice is parsed into the same expressions once."""
    model = load_model(EXAMPLE)
    first = model.costs(Closure.PLAT)
    assert load_model(EXAMPLE).costs(Closure.PLAT) is first
