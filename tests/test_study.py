"""Studies and machine files: what is right loads, what is wrong is said all at once."""

import tomllib
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from plait.calibrations import load_calibration
from plait.estimator.machine import load_machine, load_machines, machine_slugs
from plait.estimator.study import Steps, load_study, override, schema, study_names
from plait.estimator.sweep import sweep
from plait.models import MODELS, Closure, PlaitError, Side

GOOD = """
title = "small"
[question]
eps = 0.2
signal = [0.3, 0.8]
[grid]
closures = ["markov"]
strands = [6, 10]
layers = { start = 4, stop = 40, steps = 4 }
[[quantum]]
models = ["cfev"]
machines = ["qpu-1e-4"]
[[classical]]
models = ["face-tn*", "zero"]
machines = ["core"]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text)
    return path


def test_a_study_file(tmp_path: Path) -> None:
    """Everything lands where it belongs; globs are expanded; zero needs no machine."""
    study = load_study(write(tmp_path, GOOD))
    assert study.question.signal == (0.3, 0.8)
    assert study.closures == (Closure.MARKOV,)
    assert study.strands == (6, 10)
    assert study.layers == (4, 16, 28, 40)
    assert [c.name for c in study.contenders] == ["cfev@qpu-1e-4", "face-tn@core", "face-tn-fib@core", "zero"]


@pytest.mark.parametrize("name", study_names())
def test_shipped_studies_load(name: str) -> None:
    """Both sides present, question printable, grid even where plats are asked for."""
    study = load_study(name)
    assert study.side(Side.QUANTUM)
    assert study.side(Side.CLASSICAL)
    assert name == "paper" or any(c.name == "zero" for c in study.contenders)
    assert "with probability" in study.question.sentence()
    assert all(n % 2 == 0 for n in study.strands)


def test_default_map_is_not_idle_free_alone() -> None:
    """DESIGN section 2: the default map is never drawn from idle-free machines alone."""
    machines = [c.machine.slug for c in load_study("default").side(Side.QUANTUM) if c.machine]
    assert any("idle-free" not in slug for slug in machines)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("eps = 0.2", "eps = 0", "eps = 0.0 must be a number above 0"),
        ("eps = 0.2", "eps = nan", "question.eps"),
        ("eps = 0.2", "epsilon = 0.2", "question.epsilon"),
        ("eps = 0.2", 'eps = "small"', "question.eps"),
        ('closures = ["markov"]', 'closures = ["round"]', "grid.closures[0] = 'round'"),
        ("strands = [6, 10]", "strands = []", "grid.strands"),
        ("strands = [6, 10]", "strands = [6, 10.5]", "grid.strands[1] = 10.5"),
        ("strands = [6, 10]", "strands = [6, true]", "grid.strands[1] = True"),
        ("strands = [6, 10]", "strands = 6", "grid.strands = 6"),
        ("strands = [6, 10]", "strands = [5000]", "strands must lie within"),
        ("steps = 4 }", "steps = 4, by = 2 }", "by"),
        ("stop = 40", "stop = 2", "must not be below start"),
        ('models = ["cfev"]', 'models = ["cfv"]', "quantum[0].models"),
        ('models = ["cfev"]', 'models = ["face-tn"]', "is a classical model"),
        ('machines = ["qpu-1e-4"]', 'machines = ["qpu-9"]', "machine 'qpu-9' is unknown"),
        ('machines = ["qpu-1e-4"]', 'machines = ["core"]', "cfev is a quantum model, but core is classical"),
        ('machines = ["qpu-1e-4"]', "machines = []", "model cfev needs machines"),
        ('title = "small"', "title = 5", "title = 5"),
        ('title = "small"', 'title = "small"\ndraws = 1000000', "draws"),
        ("[grid]", "[grid", "not TOML"),
        ("signal = [0.3, 0.8]", "signal = [0.8, 0.3]", "signal"),
        ("signal = [0.3, 0.8]", "signal = 1.5", "signal"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """One error with the key path and what was expected, on one line."""
    assert old in GOOD
    with pytest.raises(PlaitError) as caught:
        load_study(write(tmp_path, GOOD.replace(old, new)))
    assert expected in str(caught.value)
    assert "study.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Three mistakes, three remarks."""
    text = GOOD.replace("eps = 0.2", "eps = -1").replace('"cfev"', '"cfv"').replace("[6, 10]", '["six"]')
    with pytest.raises(PlaitError) as caught:
        load_study(write(tmp_path, text))
    for path in ("question", "quantum[0].models", "grid.strands"):
        assert path in str(caught.value)


def test_huge_grids_are_refused_before_allocating(tmp_path: Path) -> None:
    """Cells x contenders x draws is guarded."""
    wide = "strands = { start = 2, stop = 1000, steps = 900 }"
    text = GOOD.replace("strands = [6, 10]", wide).replace("stop = 40, steps = 4", "stop = 90000, steps = 9000")
    with pytest.raises(PlaitError, match="the limit is"):
        load_study(write(tmp_path, text))
    rows = GOOD.replace("stop = 40, steps = 4", "stop = 90000, steps = 9000")
    study = load_study(write(tmp_path, rows.replace('title = "small"', 'title = "small"\ndraws = 10000')))
    with pytest.raises(PlaitError, match="layers x contenders x draws"):
        sweep(study, load_calibration())


def test_unreadable_studies(tmp_path: Path) -> None:
    """Missing, a folder, not text, unknown name."""
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.toml").mkdir()
    for name in ("absent.toml", "bytes.toml", "folder.toml"):
        with pytest.raises(PlaitError, match="cannot be read"):
            load_study(tmp_path / name)
    with pytest.raises(PlaitError, match="known: default"):
        load_study("defualt")


def test_log_steps_are_distinct_and_multiples() -> None:
    """Rounding never repeats a value, and multiple_of holds."""
    values = Steps(start=6, stop=200, steps=22, spacing="log", multiple_of=2).values()
    assert values == sorted(set(values))
    assert all(value % 2 == 0 for value in values)
    assert (values[0], values[-1]) == (6, 200)


def test_overrides() -> None:
    """Question and machines replaced; a side left empty is an error."""
    study = override(load_study("default"), eps=0.05, machines=["h2-2", "core"])
    assert study.question.eps == 0.05
    assert {c.machine.slug for c in study.contenders if c.machine} == {"h2-2", "core"}
    for machines, missing in ((["core"], "none is quantum"), (["h2-2"], "none is classical")):
        with pytest.raises(PlaitError, match=missing):
            override(load_study("default"), machines=machines)
    with pytest.raises(PlaitError, match="eps"):
        override(load_study("default"), eps=-1)


class TestMachines:
    """The catalogue."""

    def test_contract_slugs_exist(self) -> None:
        """Those this version ships; every figure has a source, ranges hold their value."""
        assert {"h2-2", "helios", "qpu-1e-4", "qpu-5e-4", "core", "h100", "frontier"} <= set(machine_slugs())
        for slug in machine_slugs():
            machine = load_machine(slug)
            assert machine.slug == slug
            assert all(len(figure.source) > 10 for figure in machine.figures.values())

    def test_hypothetical_machines_come_in_two_variants(self) -> None:
        """Idle error 1e-5 [0.5e-5, 5e-5], or 0 and labelled so; layer time 30 ms [10, 100], assumed."""
        for slug in ("qpu-1e-4", "qpu-5e-4"):
            noisy, free = load_machine(slug), load_machine(f"{slug}-idle-free")
            idle = noisy.figures["e_idle"]
            assert (idle.value, idle.low, idle.high) == (1e-5, 0.5e-5, 5e-5)
            assert free.figures["e_idle"].value == 0
            assert "idle-free, the paper's assumption" in free.name
            layer = noisy.figures["t_layer"]
            assert (layer.value, layer.low, layer.high, layer.basis) == (0.03, 0.01, 0.1, "assumed")

    def test_cited_figures(self) -> None:
        """PAPER section 5, number by number."""
        assert load_machine("h2-2").figures["e_2q"].value == 1.4e-3
        assert load_machine("h2-2").figures["Q"].value == 56
        assert load_machine("helios").figures["e_2q"].value == 7.9e-4
        assert load_machine("helios").figures["Q"].value == 98
        assert load_machine("frontier").figures["F"].value == 1.353e18
        assert load_machine("frontier").figures["M"].value == 9.2e15

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("value = 56", "value = -56", "figures.Q"),
            ("value = 56", "value = inf", "figures.Q"),
            ("[figures.Q]", "[figures.qubits]", "figures lacks Q (qubits)"),
            ('side = "quantum"', 'side = "hybrid"', "side = 'hybrid'"),
            ('basis = "cited"', 'basis = "guessed"', "basis = 'guessed'"),
            ("low = 1.3e-3", "low = 1.5e-3", "must lie within"),
            ('slug = "h2-2"', 'slug = "../h2"', "slug"),
        ],
    )
    def test_bad_machine_files(self, tmp_path: Path, old: str, new: str, expected: str) -> None:
        """One line that names the key."""
        import plait.estimator.machine as module

        text = (Path(module.__file__).parent / "machines" / "h2-2.toml").read_text()
        assert old in text
        path = tmp_path / "mine.toml"
        path.write_text(text.replace(old, new))
        with pytest.raises(PlaitError) as caught:
            load_machine(path)
        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_globs(self) -> None:
        """qpu-* is four machines; what matches nothing is an error."""
        assert len(load_machines(["qpu-*"])) == 4
        with pytest.raises(PlaitError, match="matches nothing"):
            load_machines(["abacus*"])


def test_every_model_is_reachable_from_the_default_study() -> None:
    """No strawman: all but the published settings, textbook test and error correction are in the default map."""
    left_out = {name for name in MODELS if name.startswith("paper-")} | {"hadamard", "ft-cfev"}
    assert {c.model.name for c in load_study("default").contenders} == set(MODELS) - left_out


def test_overrides_land_on_their_contenders(tmp_path: Path) -> None:
    """A value, a range and a factor; by symbol, machine, model and side; nobody else sees them."""
    text = GOOD + (
        '[overrides]\neta = [0.1, 0.5]\n"qpu-1e-4.e_2q" = 2e-4\n"face-tn.M" = { factor = 2 }\n'
        '"classical.seconds" = { factor = [0.1, 1] }\n'
    )
    study = load_study(write(tmp_path, text))
    landed = {c.name: [entry.key for entry in c.overrides] for c in study.contenders}
    assert landed == {
        "cfev@qpu-1e-4": ["qpu-1e-4.e_2q"],
        "face-tn@core": ["eta", "face-tn.M", "classical.seconds"],
        "face-tn-fib@core": ["eta", "classical.seconds"],
        "zero": ["classical.seconds"],
    }
    same = override(load_study(write(tmp_path, GOOD)), settings=["eta=0.1..0.5", "qpu-1e-4.e_2q=2e-4"])
    assert same.overrides == study.overrides[:2]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("eta", "must be KEY=VALUE"),
        ("eta=high", "not a number or a range"),
        ("eta=0.5..0.1", "range low..high"),
        ("eta=-1", "not a number"),
        ("eta=0", "must be above 0"),
        ("e_2q=1", "probability below 1"),
        ("classical.e_2q=1e-4", "no contender meant has e_2q"),
        ("ipu.eta=1", "no contender meant has eta"),
        ("etaa=1", "'etaa' is no symbol"),
        ("v=0.5", "part of the question"),
        ("n=5", "axis of the grid"),
        ("classical.seconds=5", "give a factor"),
        ("classical.seconds=x0", "factor must be above 0"),
        ("metric=hours", "metric = 'hours' is unknown"),
        ("family=round", "family = 'round' is unknown"),
        ("draws=5", "draws"),
        ("eps=0.1..0.2", "not a number"),
        ("__class__=1", "is no symbol"),
    ],
)
def test_impossible_settings(tmp_path: Path, setting: str, expected: str) -> None:
    with pytest.raises(PlaitError, match=expected):
        override(load_study(write(tmp_path, GOOD)), settings=[setting])


def test_money_needs_a_price(tmp_path: Path) -> None:
    """A machine without one is named, and an override gives it one."""
    machine = (resources.files("plait.estimator") / "machines" / "core.toml").read_text(encoding="utf-8")
    cut = tmp_path / "mine.toml"
    cut.write_text(machine[: machine.index("[figures.price]")])
    study = override(load_study("default"), machines=["qpu-1e-4", str(cut)])
    with pytest.raises(PlaitError, match=r"overrides\.core\.price"):
        override(study, settings=["metric=money"])
    assert override(study, settings=["metric=money", "core.price=0.05"]).question.metric == "money"


def test_a_line_instead_of_a_grid(tmp_path: Path) -> None:
    line = "line = { crossings = { start = 100, stop = 400, steps = 4 }, strands = [13.5, 0.025], depth = [20, 0.1] }"
    text = GOOD.replace("strands = [6, 10]\n", "").replace("layers = { start = 4, stop = 40, steps = 4 }", line)
    study = load_study(write(tmp_path, text))
    assert study.line
    assert study.line.places() == [100, 200, 300, 400]
    assert study.line.at(200) == (18.5, 40.0)
    for old, new, expected in (
        ("strands = [13.5", "strands = [-2.5", "strands = 0 at 100 crossings"),
        ("depth = [20, 0.1]", "depth = [20, -1]", "depth = -80 at 100 crossings"),
        ("closures = ", "layers = [5]\nclosures = ", "not both"),
    ):
        with pytest.raises(PlaitError, match=expected):
            load_study(write(tmp_path, text.replace(old, new)))


def test_the_schema_agrees_with_the_loader(tmp_path: Path) -> None:
    """Every shipped study satisfies it; what the loader refuses for its shape, it refuses."""
    validator = jsonschema.Draft202012Validator(schema())
    folder = resources.files("plait.estimator") / "studies"
    for name in study_names():
        raw = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        assert not list(validator.iter_errors(raw))
    good = tomllib.loads(GOOD)
    assert validator.is_valid(good)
    for table, key, value in (
        ("question", "epsilon", 0.2),
        ("question", "metric", "hours"),
        ("grid", "closures", ["round"]),
        ("grid", "strands", ["a"]),
    ):
        assert not validator.is_valid({**good, table: {**good[table], key: value}})


HOSTILE = {
    "attribute access": ('"__class__.__init__" = 1', "is no symbol"),
    "code": ("\"__import__('os').system('x')\" = 1", "is no symbol"),
    "a path out": ('"../../etc/passwd.eta" = 1', "no contender meant"),
    "markup": ('"<script>alert(1)</script>" = 1', "is no symbol"),
    "infinity": ('"eta" = inf', "overrides.eta"),
    "text": ('"eta" = "1e-3"', "overrides.eta"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_overrides_are_told(tmp_path: Path, name: str) -> None:
    line, expected = HOSTILE[name]
    with pytest.raises(PlaitError, match=expected):
        load_study(write(tmp_path, f"{GOOD}[overrides]\n{line}\n"))


@pytest.mark.parametrize(
    "machine",
    ["../machines/core", "/etc/passwd", "core.toml/../core", "core\\u0000", "<b>core</b>", "*/*", "~/core.toml"],
)
def test_hostile_machine_names_are_told(tmp_path: Path, machine: str) -> None:
    with pytest.raises(PlaitError, match="machine"):
        load_study(write(tmp_path, GOOD.replace('machines = ["core"]', f'machines = ["{machine}"]')))


def test_a_deep_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlaitError, match=r"not TOML|overrides"):
        load_study(write(tmp_path, f"{GOOD}[overrides]\neta = {'[' * 3000}1{']' * 3000}\n"))
