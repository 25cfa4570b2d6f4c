"""`plait braid planted`: a braid file with its known value, in JSON and in words, and mistakes on one line."""

import json
from pathlib import Path

import pytest
from test_cli_models import answer, mistake, pair, text

from plait.models import Braid, Closure, jones_exact

KEYS = {"strands", "word", "crossings", "depth", "runs", "writhe", "components", "closure", "jones", "normalised"}


@pytest.mark.parametrize("closure", list(Closure))
def test_the_known_value_is_printed(closure: Closure) -> None:
    """All keys, and both values as an exact evaluation of the word gives them."""
    made = answer("braid", "planted", "--strands", "8", "--layers", "9", "--seed", "4", "--closure", closure)
    assert set(made) >= KEYS
    assert (made["family"], made["layers"], made["seed"], made["density"]) == ("planted", 9, 4, 2 / 3)
    braid = Braid.planted(8, 9, seed=4)
    exact = jones_exact(braid, closure)
    assert (made["word"], made["crossings"], made["depth"]) == (list(braid.word), braid.crossings, braid.depth)
    assert (made["closure"], made["writhe"], made["components"]) == (closure, exact.writhe, exact.components)
    assert made["normalised"] == pair(exact.normalised)
    assert made["jones"] == [pytest.approx(part, abs=1e-10) for part in (exact.jones.real, exact.jones.imag)]


def test_its_json_is_a_braid_file(tmp_path: Path) -> None:
    """Other commands read it; the value they find is the one it holds."""
    made = answer("braid", "planted", "--strands", "6", "--layers", "8")
    path = tmp_path / "braid.json"
    path.write_text(json.dumps(made))
    assert answer("braid", "show", str(path))["word"] == made["word"]
    assert answer("jones", str(path))["normalised"] == pytest.approx(made["normalised"], abs=1e-12)
    assert answer("contract", str(path), "--minimise", "--run")["normalised"] == pytest.approx(
        made["normalised"], abs=1e-12
    )


def test_in_words() -> None:
    """The heading names the family, and the value is said to be known."""
    shown = text("braid", "planted", "--strands", "6", "--layers", "5", "--seed", "1")
    assert shown.startswith("Planted braid of known value: 5 layers, seed 1\nstrands     6\n")
    assert "\nnormalised  " in shown
    assert "E, known by construction; |E| = " in shown
    assert shown.endswith(f"\n\n{Braid.planted(6, 5, seed=1)}\n")


def test_a_value_far_beyond_evaluation() -> None:
    """Known at a size no method evaluates, with a modulus of at most 1."""
    made = answer("braid", "planted", "--strands", "300", "--layers", "60", "--seed", "2")
    assert made["crossings"] > 6000
    assert 0 < abs(complex(*made["normalised"])) <= 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--layers", "2"], "Missing option '--strands'"),
        (["--strands", "4"], "Missing option '--layers'"),
        (["--strands", "0", "--layers", "2"], "strands = 0 is out of range"),
        (["--strands", "4", "--layers", "-2"], "layers = -2 is out of range"),
        (["--strands", "4", "--layers", "two"], "'two' is not an integer"),
        (["--strands", "4", "--layers", "2", "--seed", "-1"], "seed = -1 is out of range"),
        (["--strands", "1000", "--layers", "9999"], "the limit is 1000000"),
        (["--strands", "5", "--layers", "2", "--closure", "plat"], "closure = plat needs an even number"),
        (["--strands", "4", "--layers", "2", "--closure", "ring"], "closure = 'ring' is not a closure"),
    ],
)
def test_mistakes(arguments: list[str], says: str) -> None:
    """One line that says what came and what was expected."""
    assert says in mistake("braid", "planted", *arguments)
