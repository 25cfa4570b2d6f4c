"""Dowker-Thistlethwaite (DT) codes: from the code to a planar diagram."""

import re
from collections.abc import Sequence

from plait.models.braid import check_int
from plait.models.errors import PlaitError, shown
from plait.models.planar_diagram import MAX_DIAGRAM, PlanarDiagram

EXAMPLE = "[4, 6, 8, 2], or [{6, 8}, {2, 4}] for two components"


def parse_dowker(text: str) -> PlanarDiagram:
    """Read a DT code such as ``4 6 8 2`` or, of a link, ``[{6, 8}, {2, 4}]``: see `dowker_diagram`.

    Brackets of any kind and commas separate; innermost brackets are the components.

    Raises:
        PlaitError: other characters, or numbers that are no such code.

    >>> parse_dowker("4 6 2").writhe, parse_dowker("[{6, 8}, {2, 4}]").components
    (3, 2)
    """
    bare = re.sub(r"\bDT\b", " ", text)
    if re.search(r"[^\s0-9\[\](){},;:+-]", bare):
        raise PlaitError(f"DT code {shown(text)}: expected even numbers such as {EXAMPLE}")
    groups = re.findall(r"[\[({]([^\[\](){}]*)[\])}]", bare) or [bare]
    stray = re.sub(r"[\[({][^\[\](){}]*[\])}]", " ", bare) if groups != [bare] else ""
    if re.search(r"[0-9]", stray):
        raise PlaitError(f"DT code {shown(text)}: numbers outside the brackets of a component; expected {EXAMPLE}")
    code = []
    for group in groups:
        tokens = re.split(r"[\s,;:]+", group.strip(" \t\n,;:"))
        for token in tokens:
            if not re.fullmatch(r"[+-]?[0-9]{1,6}", token):
                raise PlaitError(f"DT code: {shown(token)} is not an even number; expected {EXAMPLE}")
        code.append([int(token) for token in tokens])
    return dowker_diagram(code)


def dowker_diagram(code: Sequence[Sequence[int]]) -> PlanarDiagram:
    """The diagram of a DT code, one list of even numbers per component.

    Walking the components one after the other, passages are numbered from 1; every crossing gets an odd and an even
    number. The code lists the even numbers in the order of the odd ones 1, 3, 5, ..; the strand with the even number is
    above where it is negative, and below otherwise (or the other way round everywhere: that is the mirror image).

    A DT code does not tell a link from its mirror image. The diagram returned is the one whose first crossing (that of
    passage 1) is positive. Components are directed as they are walked.

    Args:
        code: up to MAX_DIAGRAM numbers in all.

    Raises:
        PlaitError: not the even numbers 2..2c in some order, a code that no diagram in the plane has, or one that
            leaves more open than the mirror image: a diagram in several parts, a connected sum, or one with a crossing
            that a twist of a part removes.
    """
    try:
        import networkx
    except ImportError:
        raise PlaitError("DT codes need the package networkx: pip install 'plait[knots]'") from None

    lists = [list(component) for component in code]
    evens = [value for component in lists for value in component]
    count = len(evens)
    if not 1 <= count <= MAX_DIAGRAM:
        raise PlaitError(f"the DT code has {count} numbers; expected 1..{MAX_DIAGRAM}, such as {EXAMPLE}")
    met: set[int] = set()
    for value in evens:
        check_int("a number of the DT code", value, -2 * count, 2 * count)
        if value % 2 or not value or abs(value) in met:
            what = "comes twice" if abs(value) in met else "is not even" if value % 2 else "is no number of a passage"
            raise PlaitError(f"DT code: {value} {what}; expected each of 2, 4, .., {2 * count} once, with either sign")
        met.add(abs(value))

    following: dict[int, int] = {}
    start = 1
    for component in lists:
        if not component:
            raise PlaitError("DT code: a component without numbers; a circle without crossings has no DT code")
        end = start + 2 * len(component)
        following |= {p: p + 1 if p + 1 < end else start for p in range(start, end)}
        start = end

    # Every crossing becomes a wheel, whose rim holds the strands' ends in turn: it is drawn that way or mirrored.
    graph = networkx.Graph()
    pairs = [(2 * k + 1, abs(value)) for k, value in enumerate(evens)]
    for odd, even in pairs:
        rim = [(odd, "in"), (even, "in"), (odd, "out"), (even, "out")]
        graph.add_edges_from(zip(rim, rim[1:] + rim[:1], strict=True))
        graph.add_edges_from((odd, end) for end in rim)
    graph.add_edges_from(((p, "out"), (after, "in")) for p, after in following.items())
    planar, drawn = networkx.check_planarity(graph)
    if not planar:
        raise PlaitError("the DT code is of no diagram in the plane: its strands would have to cross again")

    crossings = []
    for (odd, even), value in zip(pairs, evens, strict=True):
        clockwise = list(drawn.neighbors_cw_order(odd))
        around = clockwise[::-1]
        begin = around.index((odd if value > 0 else even, "in"))
        names = [p if end == "in" else following[p] for p, end in around[begin:] + around[:begin]]
        crossings.append((names[0], names[1], names[2], names[3]))
    diagram = PlanarDiagram(code=tuple(crossings))
    _check_rigid(diagram)
    return diagram if diagram.signs[0] > 0 else diagram.mirror()


def _check_rigid(diagram: PlanarDiagram) -> None:
    """Refuse a diagram that can be drawn in more than two ways: some part can be turned over by itself.

    That is so if the diagram is in several parts, or if a closed curve meets it in two points of different arcs: then
    the faces to the two sides of one arc are those of another arc too.
    """
    if len(diagram.pieces()) > 1:
        raise PlaitError("the DT code is of a diagram in several parts, each of which may be mirrored; give pd: ..")
    side = {end: k for k, face in enumerate(diagram.faces()) for end in face}
    seen = set()
    for end, other in diagram.partner.items():
        if end < other:
            sides = frozenset((side[end], side[other]))
            if sides in seen:
                raise PlaitError(
                    "the DT code is of a connected sum or has a crossing that twisting a part removes, and so leaves "
                    "more open than the mirror image; give the link by pd: .."
                )
            seen.add(sides)
