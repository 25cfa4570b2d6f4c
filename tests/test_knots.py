"""Knots in: names of KnotInfo and LinkInfo, PD and DT codes, diagrams of braids, files of the published pipeline.

The tables' own polynomials, and an exact Kauffman bracket of PD codes (pd_bracket.py), judge; neither knows plait.
"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kauffman_bracket import STANDARD_SQRT_T, Polynomial, evaluate
from pd_bracket import jones_of_pd
from typer.testing import CliRunner

from plait.calibrations import knots
from plait.calibrations.knots import KNOT, LINK, TabulatedLink, find_knot, find_link, rows
from plait.cli.app import app
from plait.models import Braid, PlanarDiagram, jones_exact
from plait.models.dowker import parse_dowker

TOLERANCE = 1e-9
TO_CROSSINGS = {KNOT: 10, LINK: 9}
COUNTS = {KNOT: 250, LINK: 354}
"""Knots to 10 crossings, the unknot among them; oriented links to 9."""
TREFOIL = "[[1,5,2,4],[3,1,4,6],[5,3,6,2]]"


def polynomial(row: TabulatedLink) -> Polynomial:
    """The table's Jones polynomial as {exponent of t^(1/2): coefficient}."""
    text = re.sub(r"\s", "", row.jones)
    step, variable = (2, "t") if row.table == KNOT else (1, "x")
    found: Polynomial = {}
    term = re.compile(rf"([+-]?)(?:([0-9]+)(?:([*/])(?={variable}))?)?(?:({variable})(?:\^\(?(-?[0-9]+)\)?)?)?")
    place = 0
    while place < len(text):
        match = term.match(text, place)
        assert match is not None, (row.name, text[place:])
        assert match.end() > place, (row.name, text[place:])
        sign, number, over, power, exponent = match.groups()
        degree = int(exponent or 1) * step * (-1 if over == "/" else 1) if power else 0
        found[degree] = found.get(degree, 0) + int(sign + (number or "1"))
        place = match.end()
    return found


def value(braid: Braid, closure: str = "markov") -> complex:
    """plait's, in the tabulated convention."""
    return jones_exact(braid, closure).standard


@pytest.fixture(scope="module", params=[KNOT, LINK])
def table(request: pytest.FixtureRequest) -> list[TabulatedLink]:
    """Every knot to 10 crossings, every link to 9."""
    limit = TO_CROSSINGS[request.param]
    found = [row for row in rows(request.param) if row.crossing_number <= limit]
    assert len(found) == COUNTS[request.param]
    return found


def differing(table: list[TabulatedLink], braid_of: Callable[[TabulatedLink], Braid]) -> list[str]:
    """Names for which plait's value of a braid is not that of the table's polynomial."""
    return [
        row.name for row in table if abs(value(braid_of(row)) - evaluate(polynomial(row), STANDARD_SQRT_T)) > TOLERANCE
    ]


def crossed(table: list[TabulatedLink]) -> list[TabulatedLink]:
    """Rows with a PD code: all but the unknot."""
    return [row for row in table if row.crossing_number]


def test_polynomials_of_pd_codes_are_the_tables(table: list[TabulatedLink]) -> None:
    """The judge itself: coefficient by coefficient, handedness and orientation included."""
    wrong = [row.name for row in crossed(table) if jones_of_pd(PlanarDiagram.parse(row.pd).code) != polynomial(row)]
    assert wrong == []


def test_braids_of_the_tables(table: list[TabulatedLink]) -> None:
    assert differing(table, lambda row: row.braid) == []


def test_pd_codes_of_the_tables(table: list[TabulatedLink]) -> None:
    assert differing(crossed(table), lambda row: PlanarDiagram.parse(row.pd).braid()) == []


def test_braid_to_pd_to_braid(table: list[TabulatedLink]) -> None:
    assert differing(table, lambda row: PlanarDiagram.of_braid(row.braid, "markov").braid()) == []


def test_mirrored_pd_codes_are_mirrored_braids(table: list[TabulatedLink]) -> None:
    def twice(row: TabulatedLink) -> Braid:
        return PlanarDiagram.parse(row.pd).mirror().braid().mirror()

    assert differing(crossed(table), twice) == []


def test_dt_codes_of_the_tables(table: list[TabulatedLink]) -> None:
    """Up to the mirror image, which no DT code tells; for knots, the convention is that of the table."""
    wrong = []
    for row in crossed(table):
        diagram = parse_dowker(row.dt)
        assert (diagram.signs[0], len(diagram.code)) == (1, row.crossing_number)
        wanted = evaluate(polynomial(row), STANDARD_SQRT_T)
        allowed = [wanted] if row.table == KNOT else [wanted, wanted.conjugate()]
        if min(abs(value(diagram.braid()) - one) for one in allowed) > TOLERANCE:
            wrong.append(row.name)
    assert wrong == []


def test_linking_numbers_of_links() -> None:
    """Orientation of a PD code and of its braid: the same linking numbers."""
    for row in rows(LINK):
        if row.crossing_number > 8:
            break
        diagram = PlanarDiagram.parse(row.pd)
        braided = PlanarDiagram.of_braid(diagram.braid(), "markov").link()
        assert sorted(diagram.link().linking.values()) == sorted(braided.linking.values()), row.name


def test_handedness_of_names() -> None:
    """KnotInfo's trefoil is right-handed; a knot equal to its mirror image is called so."""
    trefoil = find_knot("3_1")
    assert trefoil.braid.word == (1, 1, 1)
    assert value(trefoil.braid).imag == pytest.approx(1.314328, abs=1e-6)
    assert "handedness is KnotInfo's" in trefoil.says()
    assert "MIRRORED" in trefoil.says(mirrored=True)
    assert "equal to its mirror image" in find_knot("4_1").says(mirrored=True)


def test_mirror_images_that_differ(table: list[TabulatedLink]) -> None:
    """No knot the table calls equal to its mirror image has a polynomial that denies it."""
    for row in table:
        found = polynomial(row)
        if row.amphicheiral:
            assert found == {-exponent: coefficient for exponent, coefficient in found.items()}, row.name


def test_names_that_are_understood() -> None:
    assert find_knot("K11A1").name == find_knot("11a_1").name == "11a_1"
    assert find_knot("10_136").braid.strands == 4  # the table gives two braids
    assert find_knot("0_1").braid == Braid(strands=1, word=())
    first = find_link("l6a4")
    assert (first.name, len(first.orientations)) == ("L6a4{0,0}", 4)
    assert "orientation {0,0} of 4" in first.says()
    assert find_link("L6a4{1, 0}").name == "L6a4{1,0}"


def test_the_largest_names() -> None:
    """The ends of both tables: 13 and 11 crossings."""
    for row in (find_knot("13n_5110"), find_link("L11n459{1,1,1}")):
        assert abs(value(row.braid) - evaluate(polynomial(row), STANDARD_SQRT_T)) < TOLERANCE


def plait(*words: str) -> tuple[str, str]:
    """stdout and stderr of a command that succeeds."""
    done = CliRunner().invoke(app, list(words), prog_name="plait")
    assert done.exit_code == 0, done.stderr
    return done.stdout, done.stderr


def refused(*words: str) -> str:
    """The one line of a command that does not."""
    done = CliRunner().invoke(app, list(words), prog_name="plait")
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr


@pytest.mark.parametrize("name", ["knot:4_1", "link:L6a4", "KNOT: 8_19", f"pd:{TREFOIL}", "dt:4 6 8 2"])
def test_commands_take_names_and_codes(name: str) -> None:
    """Both closures give the link's value, --mirror its conjugate; what was taken is said, in the JSON too."""
    out, err = plait("jones", name, "--json")
    answer = json.loads(out)
    assert answer["source"]
    assert err == f"plait: {answer['source']}\n"
    standard = complex(*answer["standard"])
    for options, wanted in (
        (("--closure", "plat"), standard),
        (("--mirror",), standard.conjugate()),
        (("--mirror", "--closure", "plat"), standard.conjugate()),
    ):
        other = json.loads(plait("jones", name, "--json", *options)[0])
        assert abs(complex(*other["standard"]) - wanted) < TOLERANCE
        assert other["components"] == answer["components"]
    shown = json.loads(plait("braid", "show", name, "--json", "--jones")[0])
    assert shown["source"] == answer["source"]
    assert shown["jones"] == answer["jones"]


@pytest.mark.parametrize(
    "words",
    [
        ("circuit", "knot:3_1", "--json"),
        ("contract", "link:L6a4", "--mirror", "--json"),
        ("estimate", "knot:8_19", "--machine", "core", "--machine", "h2-2", "--json"),
        ("simulate", "knot:3_1", "--device", "h2-2", "--shots", "200", "--json"),
    ],
)
def test_other_commands_take_names(words: tuple[str, ...]) -> None:
    out, err = plait(*words)
    assert json.loads(out)
    assert re.match(r"plait: (Knot|Link)Info [0-9.]+: ", err)


def test_a_word_has_no_source() -> None:
    out, err = plait("jones", "1 1 1", "--json", "--mirror")
    answer = json.loads(out)
    assert (answer["source"], answer["writhe"], err) == (None, -3, "")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("jones", "knot:8_22"), "'8_22' is not in KnotInfo"),
        (("jones", "knot:8_22"), "it has 8_1 .. 8_21"),
        (("jones", "knot:99_1"), "knots of 0 and 3 to 13 crossings"),
        (("jones", "knot:"), "is no name of KnotInfo"),
        (("jones", "knot:" + "1" * 5000), "is no name of KnotInfo"),
        (("jones", "link:L6a9"), "is not in LinkInfo"),
        (("jones", "link:L6a4{1}"), "it has L6a4{0,0}, L6a4{1,0}"),
        (("jones", "link:../../etc/passwd"), "is no name of LinkInfo"),
        (("jones", "knot:3_1", "--strands", "4"), "knot: fixes the strands"),
        (("jones", "pd:[[1,2],[3,4]]"), "expected four"),
        (("jones", "pd:\x1b[31m"), "expected numbers"),
        (("jones", "knot:3_1", "--closure", "braid"), "closure = 'braid' is not a closure"),
    ],
)
def test_mistakes_are_one_line(words: tuple[str, ...], says: str) -> None:
    line = refused(*words)
    assert says in line
    assert "\x1b" not in line


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knots, "find_spec", lambda name: None)
    for name in ("knot:3_1", "link:L6a4"):
        assert "pip install 'plait[knots]'" in refused("jones", name)
    plait("jones", f"pd:{TREFOIL}")


def test_dt_without_networkx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "networkx", None)
    assert "pip install 'plait[knots]'" in refused("jones", "dt:4 6 2")


def test_a_damaged_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Missing file, missing column, a braid that is none: named, not a traceback."""
    monkeypatch.setattr(knots, "_folder", lambda: tmp_path)
    assert "knotinfo_data_complete.csv" in refused("jones", "knot:3_1")
    path = tmp_path / "knotinfo_data_complete.csv"
    path.write_text("name|crossing_number\n3_1|3\n")
    assert "column braid_notation is missing" in refused("jones", "knot:3_1")
    heads = "name|crossing_number|braid_notation|pd_notation|dt_notation|jones_polynomial|symmetry_type"
    path.write_text(f"{heads}\n3_1|3|[1,x]||||\n")
    assert "its braid '[1,x]' is not as expected" in refused("jones", "knot:3_1")


def test_the_package_is_not_imported() -> None:
    """Its tables are read; none of its code (GPL) runs."""
    code = "import sys; from plait.calibrations.knots import find_knot; find_knot('3_1'); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'plait.calibrations.knots'" in done.stdout
    assert "database_knotinfo" not in done.stdout


def published(**other: object) -> dict[str, object]:
    """A file as the pipeline of arXiv:2503.05625 writes it: the right-handed trefoil, in the circuit convention."""
    word = {"word": [1, 1, 1], "cost": 3}
    optimized = {**word, "time": 2e-6, "method": "none", "steps": 100, "cyclic": True}
    jones = [-0.8090169943749475, -1.314327780297834]
    return {"optimized": optimized, "original": word, "source": {"method": "create"}, "jones": jones, **other}


def test_files_of_the_published_pipeline(tmp_path: Path) -> None:
    """The word is read, and its value is the one that pipeline wrote: the same convention."""
    path = tmp_path / "braid.json"
    path.write_text(json.dumps(published()))
    answer = json.loads(plait("jones", str(path), "--json")[0])
    assert answer["strands"] == 2
    assert complex(*answer["jones"]) == pytest.approx(complex(-0.8090169943749475, -1.314327780297834))
    assert json.loads(plait("jones", str(path), "--strands", "3", "--json")[0])["components"] == 2
    mirrored = json.loads(plait("jones", str(path), "--mirror", "--json")[0])
    assert complex(*mirrored["jones"]) == pytest.approx(complex(-0.8090169943749475, 1.314327780297834))


@pytest.mark.parametrize(
    ("original", "says"),
    [
        ({"word": "1 1"}, "original.word must be a list of ints, got a string"),
        ({"word": [1, 1.5]}, "original.word must be a list of ints"),
        ({"word": [True]}, "original.word must be a list of ints"),
        ({}, "original.word must be a list of ints, got null"),
        ({"word": []}, "original.word is empty"),
        ({"word": [1, 0]}, "word[1] = 0"),
        ([1], "strands and word missing"),
    ],
)
def test_damaged_files_of_the_published_pipeline(original: object, says: str, tmp_path: Path) -> None:
    path = tmp_path / "braid.json"
    path.write_text(json.dumps(published(original=original)))
    line = refused("jones", str(path))
    assert says in line
    assert "braid.json" in line


DOCS = (Path(__file__).parents[1] / "docs" / "knots.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```sh\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("plait ")]
    assert len(lines) > 5
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        target = words[words.index(">") + 1] if ">" in words else None
        out, _ = plait(*(words[: words.index(">")] if target else words))
        if target:
            (tmp_path / target).write_text(out)


def test_the_python_of_the_page_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "docs/knots.md", "exec"), {})  # noqa: S102 - our own file


@pytest.mark.slow
@pytest.mark.parametrize("whole", [KNOT, LINK])
def test_the_whole_tables(whole: str) -> None:
    """Knots to 13 crossings, links to 11: braids, PD codes and DT codes (up to the mirror image)."""
    wrong = []
    for row in crossed(list(rows(whole))):
        wanted = evaluate(polynomial(row), STANDARD_SQRT_T)
        found = [value(row.braid), value(PlanarDiagram.parse(row.pd).braid()), value(parse_dowker(row.dt).braid())]
        found[2] = min(found[2], found[2].conjugate(), key=lambda one: abs(one - wanted))
        wrong += [f"{row.name}: {found}, table {wanted}"] * (max(abs(one - wanted) for one in found) > TOLERANCE)
    assert wrong == []
