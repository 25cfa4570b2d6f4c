"""The picture of a braid: every letter drawn once, the right strand over, sizes bounded."""

import re
import xml.etree.ElementTree as ET

import pytest

from plait.models import Braid
from plait.models.braid_drawing import MOST_LAYERS, MOST_STRANDS, PITCH, braid_svg

PATH = re.compile(r"M([\d.]+) [\d.]+C[\d. ]+ ([\d.]+) [\d.]+$")


def strands_of(svg: str) -> list[tuple[float, str]]:
    """(how far it goes to the right, colour) of every strand through a layer, in the order drawn."""
    paths = [node.attrib for node in ET.fromstring(svg).iter() if node.tag.endswith("path")]
    ends = [PATH.match(path["d"]) for path in paths]
    return [
        (float(end[2]) - float(end[1]), path["stroke"])
        for end, path in zip(ends, paths, strict=True)
        if end is not None
    ]


@pytest.mark.parametrize(("letter", "over"), [(1, PITCH), (-1, -PITCH)])
def test_a_positive_crossing_is_right_handed(letter: int, over: float) -> None:
    """Drawn upwards: under, then a halo, then the strand that goes over; from the left of a positive letter."""
    drawn = strands_of(braid_svg(2, (letter,)))
    assert [step for step, _ in drawn] == [-over, over, over]
    assert drawn[1][1] == "#fff"


def test_every_letter_and_strand_is_there() -> None:
    braid = Braid.brickwall(7, 9, seed=1)
    drawn = strands_of(braid._repr_svg_())
    halos = sum(colour == "#fff" for _, colour in drawn)
    assert halos == braid.crossings
    assert len(drawn) - 3 * halos == 7 * braid.depth - 2 * braid.crossings


def test_large_braids_are_cut_and_say_so() -> None:
    large = Braid.brickwall(200, 300, seed=0)
    svg = large._repr_svg_()
    assert f"{MOST_STRANDS} of 200 strands, {MOST_LAYERS} of {large.depth} layers" in svg
    assert len(svg) < 2_000_000
    assert "of" not in Braid(strands=3, word=())._repr_svg_().replace("braid of 3", "")
