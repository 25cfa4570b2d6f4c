"""Planar diagrams: from and to braids, PD and DT codes, links of other packages; what they must refuse.

An exact Kauffman bracket of PD codes (pd_bracket.py) judges; it knows nothing of plait. Spherogram, in an environment
of its own because it is GPL, judges again in the slow tests.
"""

import json
import random
import re
import subprocess
import venv
from collections.abc import Callable

import pytest
from kauffman_bracket import STANDARD_SQRT_T, evaluate
from pd_bracket import jones_of_pd, writhe

from plait.models import Braid, Closure, PlaitError, PlanarDiagram, jones_exact
from plait.models.dowker import dowker_diagram, parse_dowker
from plait.models.plat_form import plat_form

TOLERANCE = 1e-9
TREFOIL = "[[1,5,2,4],[3,1,4,6],[5,3,6,2]]"


def value(braid: Braid, closure: str = "markov") -> complex:
    """plait's, in the tabulated convention."""
    return jones_exact(braid, closure).standard


def random_braid(rng: random.Random, closure: Closure) -> Braid:
    """1 to 6 strands, up to 12 crossings: kinks, circles, split links among them."""
    strands = rng.choice((2, 4, 6)) if closure is Closure.PLAT else rng.randint(1, 6)
    letters = rng.randint(0, 12) if strands > 1 else 0
    return Braid(strands=strands, word=tuple(rng.choice((1, -1)) * rng.randint(1, strands - 1) for _ in range(letters)))


@pytest.mark.parametrize("closure", list(Closure))
def test_diagrams_of_random_braids(closure: Closure) -> None:
    """Writhe and components of the closed braid, the bracket's polynomial, and a braid of the same value."""
    rng = random.Random(f"diagrams {closure}")
    bracketed = 0
    for _ in range(150):
        braid = random_braid(rng, closure)
        diagram, found = PlanarDiagram.of_braid(braid, closure), jones_exact(braid, closure)
        assert (diagram.writhe, diagram.components) == (found.writhe, found.components)
        assert abs(value(diagram.braid()) - found.standard) < TOLERANCE
        assert abs(value(diagram.mirror().braid()) - found.standard.conjugate()) < TOLERANCE
        if diagram.code and not diagram.circles:
            assert writhe(diagram.code) == found.writhe
            assert abs(evaluate(jones_of_pd(diagram.code), STANDARD_SQRT_T) - found.standard) < TOLERANCE
            assert braid.pd_code(closure) == diagram.code
            bracketed += 1
    assert bracketed > 50


def test_large_diagrams() -> None:
    """Plats of some 40 crossings, whose circles lie side by side before Vogel's moves."""
    for seed in range(3):
        braid = Braid.brickwall(14, 8, seed=seed)
        diagram = PlanarDiagram.of_braid(braid, "plat")
        assert abs(value(diagram.braid()) - value(braid, "plat")) < TOLERANCE * max(1, abs(value(braid, "plat")))


def test_names_of_arcs_do_not_matter() -> None:
    """Any ints, in any order of crossings."""
    named = {1: 70, 5: 9, 2: 31, 4: 2, 3: 15, 6: 0}
    plain = PlanarDiagram.parse(TREFOIL)
    renamed = PlanarDiagram(code=tuple(tuple(named[arc] for arc in crossing) for crossing in reversed(plain.code)))  # type: ignore[arg-type]
    assert value(renamed.braid()) == pytest.approx(value(plain.braid()))
    assert sorted(arc for crossing in renamed.renumbered().code for arc in crossing) == sorted([*range(1, 7)] * 2)


def test_ways_to_write_a_code() -> None:
    for text in (
        "1 5 2 4 3 1 4 6 5 3 6 2",
        "PD[X[1,5,2,4], X[3,1,4,6], X[5,3,6,2]]",
        "{(1,5,2,4);(3,1,4,6);(5,3,6,2)}",
    ):
        assert PlanarDiagram.parse(text) == PlanarDiagram.parse(TREFOIL)
    for text in ("[4, 6, 2]", "DT: [(4,6,2)]", "+4,+6,+2", "[[4,6,2]]"):
        assert parse_dowker(text) == parse_dowker("4 6 2")


def test_plat_form_is_the_same_link() -> None:
    rng = random.Random("plat form")
    for _ in range(100):
        braid = random_braid(rng, Closure.MARKOV)
        markov, plat = jones_exact(braid, "markov"), jones_exact(plat_form(braid), "plat")
        assert (markov.writhe, markov.components) == (plat.writhe, plat.components)
        assert abs(markov.standard - plat.standard) < TOLERANCE


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "the PD code is empty"),
        ("[[1,2,3,4]]", "arc 1 of the PD code is met 1 time(s)"),
        ("[[1,5,2,4],[3,1,4,6],[5,3,6]]", "11 numbers; expected four for each crossing"),
        ("[[1,5,2,4],[3,1,4],[6,5,3,6,2]]", "crossing 2 of the PD code is '3,1,4'"),
        ("[[1,1,1,1]]", "arc 1 of the PD code is met 4 time(s)"),
        ("__import__('os')", "expected numbers"),
        ("[[1.5,5,2,4]]", "expected numbers"),
        ("[[-1,5,2,4]]", "expected numbers"),
        (f"[[{10**30},5,2,4]]", "a number of 31 digits"),
        ("[[1,5,2,4],[3,1,4,6],[6,3,5,2]]", "in the plane"),
        ("[[2,4,1,5],[3,1,4,6],[5,3,6,2]]", "every crossing must begin with its incoming lower arc"),
    ],
)
def test_wrong_pd_codes(code: str, says: str) -> None:
    with pytest.raises(PlaitError, match=re.escape(says)):
        PlanarDiagram.parse(code)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "is not an even number"),
        ("4 6 3", "3 is not even"),
        ("4 6 4", "4 comes twice"),
        ("4 6 8", "out of range"),
        ("4 6 0", "0 is no number of a passage"),
        ("4 6 two", "expected even numbers"),
        ("[4, 6] 2", "numbers outside the brackets"),
        ("[{4, 6}, {}]", "is not an even number"),
        ("4 8 10 2 6 99999999", "is not an even number"),
        ("8 10 2 4 6", "in the plane"),
        ("4 6 2 8", "a connected sum or has a crossing that twisting a part removes"),
        ("4 6 2 10 12 8", "a connected sum"),
        ("[{4, 6, 2}, {10, 12, 8}]", "a diagram in several parts"),
        (" ".join(str(2 * k) for k in range(1, 302)), "the DT code has 301 numbers; expected 1..300"),
    ],
)
def test_wrong_dt_codes(code: str, says: str) -> None:
    with pytest.raises(PlaitError, match=re.escape(says)):
        parse_dowker(code)


def test_a_component_without_numbers() -> None:
    with pytest.raises(PlaitError, match="a component without numbers"):
        dowker_diagram([[4, 6, 2], []])


def test_too_large_a_diagram_is_refused() -> None:
    braid = Braid(strands=2, word=(1,) * 301)
    with pytest.raises(PlaitError, match="301 crossings; the limit is 300"):
        PlanarDiagram.of_braid(braid, "markov").braid()


def test_too_long_a_braid_is_refused() -> None:
    """Three hundred kinks: as many circles side by side, and a word of their number squared."""
    kinks = PlanarDiagram.of_braid(Braid(strands=2, word=(1,) * 300), "plat")
    with pytest.raises(PlaitError, match="more than 10000 letters"):
        kinks.braid()


class Drawn:
    """What SnapPy and Spherogram links have in common here."""

    def __init__(self, code: object, circles: object = 0) -> None:
        self.code, self.unlinked_unknot_components = code, circles

    def PD_code(self) -> object:
        return self.code


def test_links_of_other_packages() -> None:
    """Arcs from 0, tuples or lists, circles; and what is no such object."""
    left = Braid.from_link(Drawn([(1, 4, 2, 5), (3, 0, 4, 1), (5, 2, 0, 3)]))  # Spherogram's Link("3_1")
    assert abs(value(left) - value(Braid.parse("-1 -1 -1"))) < TOLERANCE
    assert jones_exact(Braid.from_link(Drawn([[1, 1, 0, 0]], 2)), "markov").components == 3
    for wrong, says in (
        ("3_1", "has no PD_code()"),
        (Drawn(None), "is no list of crossings"),
        (Drawn([("a", "b", "c", "d")]), "is no list of crossings"),
        (Drawn([(0, 1, 2)]), "expected four ints"),
        (Drawn([(0, 1, 0, 1)]), "in the plane"),
        (Drawn([]), "empty"),
    ):
        with pytest.raises(PlaitError, match=re.escape(says)):
            Braid.from_link(wrong)


def test_a_code_cannot_hold_circles() -> None:
    with pytest.raises(PlaitError, match=r"1 circle\(s\) without crossings"):
        Braid(strands=3, word=(1, 1)).pd_code("markov")


PEER = """
import json, sys
from spherogram import Link
for line in sys.stdin:
    kind, what = json.loads(line)
    link = Link(what) if kind != "dt" else Link("DT:" + str([tuple(one) for one in what]))
    pd = [[int(arc) for arc in crossing] for crossing in link.PD_code()]
    print(json.dumps([pd, int(link.unlinked_unknot_components), int(link.writhe()), link.braid_word()]))
"""


@pytest.fixture(scope="module")
def spherogram(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[object]], list[list[object]]]:
    """Spherogram (GPL) in an environment and a process of its own: answers to (kind, code or name)."""
    folder = tmp_path_factory.mktemp("spherogram")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "spherogram==2.4.1"]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"spherogram cannot be installed: {done.stderr[-300:]}", pytrace=False)

    def ask(questions: list[object]) -> list[list[object]]:
        lines = "".join(json.dumps(one) + "\n" for one in questions)
        answer = subprocess.run([python, "-c", PEER], input=lines, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in answer.stdout.splitlines()]

    return ask


@pytest.mark.slow
def test_spherogram_reads_plaits_diagrams(spherogram: Callable[[list[object]], list[list[object]]]) -> None:
    """Its writhe, and the value of its own PD code and of its own braid, are those of the braid that was drawn."""
    rng = random.Random("spherogram")
    braids = []
    while len(braids) < 60:
        braid, closure = random_braid(rng, Closure.MARKOV), "markov"
        diagram = PlanarDiagram.of_braid(braid, closure)
        if len(diagram.code) > 2 and not diagram.circles and len(diagram.pieces()) == 1:
            braids.append(braid)
    answers = spherogram([("pd", braid.pd_code("markov")) for braid in braids])
    assert len(answers) == len(braids)
    for braid, (pd, circles, turns, word) in zip(braids, answers, strict=True):
        found = jones_exact(braid, "markov")
        assert turns == found.writhe
        assert abs(value(Braid.from_link(Drawn(pd, circles))) - found.standard) < TOLERANCE
        assert abs(value(Braid.parse(" ".join(map(str, word)))) - found.standard) < TOLERANCE  # type: ignore[call-overload]


@pytest.mark.slow
def test_spherogram_reads_dt_codes_alike(spherogram: Callable[[list[object]], list[list[object]]]) -> None:
    """Up to the mirror image; and its names have the handedness the page says."""
    codes: list[list[list[int]]] = [
        [[4, 6, 2]],
        [[6, 8], [2, 4]],
        [[4, 8, 10, 2, 6]],
        [[4, 8, -12, 2, -14, -16, -6, -10]],
        [[6, -8], [-10, 12, -14, -2, 4]],
    ]
    answers = spherogram([*(("dt", code) for code in codes), ("name", "3_1")])
    for code, (pd, _, _, _) in zip(codes, answers, strict=False):
        theirs, ours = value(Braid.from_link(Drawn(pd))), value(dowker_diagram(code).braid())
        assert min(abs(theirs - ours), abs(theirs - ours.conjugate())) < TOLERANCE
    assert abs(value(Braid.from_link(Drawn(answers[-1][0]))) - value(Braid.parse("-1 -1 -1"))) < TOLERANCE
