"""A link as a planar diagram (PD) code: what it must hold, its orientation, its way from and to braids."""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from plait.models.braid import MAX_STRANDS, Braid, check_int
from plait.models.closure import Closure
from plait.models.errors import PlaitError, shown
from plait.models.link import Link, check_closable, directions

MAX_DIAGRAM = 300
"""Guard on the crossings of a diagram that is to become a braid: Vogel's moves add up to some ten times as many, which
takes seconds."""
LARGEST_LABEL = 10**9
"""Guard on the arcs' names."""

End = tuple[int, int]
"""One of the four ends of a crossing: (crossing, slot); slots count counterclockwise from the incoming lower end."""


@dataclass(frozen=True, kw_only=True)
class PlanarDiagram:
    """An oriented link diagram on the sphere, as a PD code.

    Each crossing is (a, b, c, d): the four arcs there, counterclockwise from the incoming lower one. So a -> c passes
    below; d -> b above makes a positive (right-handed) crossing, b -> d a negative one. This is the convention of
    KnotTheory, KnotInfo and SnapPy. Every arc is named twice; any ints >= 0 will do as names.

    The lower passages orient the link. A component that is above wherever it crosses gets the direction in which its
    names ascend; it is not linked with the others, so no Jones polynomial depends on it.

    Args:
        code: the crossings.
        circles: components without crossings, which a PD code cannot tell.

    Raises:
        PlaitError: a crossing without four names, a name that is not met twice, a direction that contradicts itself,
            or a diagram that no plane holds.

    >>> trefoil = PlanarDiagram.parse("[[1,5,2,4],[3,1,4,6],[5,3,6,2]]")
    >>> trefoil.components, trefoil.writhe, str(trefoil.braid())
    (1, 3, '1 1 1')
    """

    code: tuple[tuple[int, int, int, int], ...]
    circles: int = 0

    def __post_init__(self) -> None:
        check_int("circles", self.circles, 0, MAX_STRANDS)
        object.__setattr__(self, "code", _checked_code(self.code))
        self._check_plane()
        if not self.code and not self.circles:
            raise PlaitError("the PD code is empty; expected crossings such as [[1,5,2,4],[3,1,4,6],[5,3,6,2]]")

    @classmethod
    def parse(cls, text: str) -> "PlanarDiagram":
        """Read a code such as ``[[1,5,2,4],[3,1,4,6],[5,3,6,2]]``.

        Brackets of any kind, commas, and the letters of ``PD[X[1,5,2,4], ...]`` only separate; bare numbers are taken
        four at a time.

        Raises:
            PlaitError: other characters, or numbers that are no such code.
        """
        if re.search(r"[^\s0-9\[\](){},;]", re.sub(r"\b(PD|X)\b", " ", text)):
            raise PlaitError(f"PD code {shown(text)}: expected numbers, e.g. [[1,5,2,4],[3,1,4,6],[5,3,6,2]]")
        numbers = [_label(token) for token in re.findall(r"[0-9]+", text)]
        if len(numbers) % 4:
            raise PlaitError(f"the PD code has {len(numbers)} numbers; expected four for each crossing")
        groups = re.findall(r"[\[({]([^\[\](){}]*)[\])}]", text)
        for place, group in enumerate(groups if len(groups) > 1 else (), 1):
            if len(re.findall(r"[0-9]+", group)) != 4:
                raise PlaitError(f"crossing {place} of the PD code is {shown(group.strip())}; expected four numbers")
        code = tuple((a, b, c, d) for a, b, c, d in zip(*[iter(numbers)] * 4, strict=True))
        return cls(code=code)

    @classmethod
    def of_link(cls, link: object) -> "PlanarDiagram":
        """The diagram of a SnapPy or Spherogram `Link`, or of anything with its `PD_code()`.

        `unlinked_unknot_components`, where there is such a count, gives the circles.

        Raises:
            PlaitError: no such object, or its code is no PD code.
        """
        ask = getattr(link, "PD_code", None)
        if not callable(ask):
            raise PlaitError(f"link = {shown(link)} has no PD_code(); expected a SnapPy or Spherogram Link")
        try:
            code = [[operator.index(name) for name in crossing] for crossing in ask()]
            circles = operator.index(getattr(link, "unlinked_unknot_components", 0))
        except TypeError as error:
            raise PlaitError(f"link = {shown(link)}: its PD_code() is no list of crossings ({error})") from None
        return cls(code=_checked_code(code), circles=circles)

    @classmethod
    def of_braid(cls, braid: Braid, closure: Closure | str) -> "PlanarDiagram":
        """The diagram of a closed braid, its arcs numbered from 1 along the components, as plait orients them.

        Raises:
            PlaitError: plat closure of an odd number of strands.

        >>> PlanarDiagram.of_braid(Braid.parse("1 1 1"), "markov").code
        ((6, 4, 1, 3), (4, 2, 5, 1), (2, 6, 3, 5))
        """
        closure = check_closable(braid, closure)
        loose = list(range(braid.strands))  # arc at each position, going up; the bottom ends come first
        line = list(range(braid.strands))
        way = directions(braid, closure)
        code: list[tuple[int, int, int, int]] = []
        for letter in braid.word:
            i = abs(letter) - 1
            south_west, south_east = loose[i], loose[i + 1]
            north_west = braid.strands + 2 * len(code)
            north_east = north_west + 1
            around = (south_west, south_east, north_east, north_west)  # counterclockwise
            lower, start = (line[i + 1], 1) if letter > 0 else (line[i], 0)  # +i: the strand to the right is above
            start += 0 if way[lower] > 0 else 2
            lower_in, right, lower_out, left = around[start:] + around[:start]
            code.append((lower_in, right, lower_out, left))
            loose[i], loose[i + 1] = north_west, north_east
            line[i], line[i + 1] = line[i + 1], line[i]
        joined = _closing(loose, closure)
        named = tuple((joined(a), joined(b), joined(c), joined(d)) for a, b, c, d in code)
        met = {name for crossing in named for name in crossing}
        circles = len({joined(arc) for arc in range(braid.strands)} - met)
        drawn = cls(code=named, circles=circles)
        return drawn.renumbered() if named else drawn

    def braid(self) -> Braid:
        """A braid whose Markov closure is this link, oriented as here (or all reversed): see `plait.models.vogel`.

        Raises:
            PlaitError: more than MAX_DIAGRAM crossings.
        """
        from plait.models.vogel import braid_of

        return braid_of(self)

    def mirror(self) -> "PlanarDiagram":
        """The mirror image: over and under exchanged at every crossing, directions kept."""
        turned = [
            (d, a, b, c) if sign > 0 else (b, c, d, a) for (a, b, c, d), sign in zip(self.code, self.signs, strict=True)
        ]
        return PlanarDiagram(code=tuple(turned), circles=self.circles)

    def renumbered(self) -> "PlanarDiagram":
        """The same diagram with arcs numbered from 1 along the components."""
        names: dict[End, int] = {}
        for walked in self._walks:
            for leaving in walked:
                names[leaving] = names[self.partner[leaving]] = len(names) // 2 + 1
        code = tuple((names[c, 0], names[c, 1], names[c, 2], names[c, 3]) for c in range(len(self.code)))
        return PlanarDiagram(code=code, circles=self.circles)

    @property
    def components(self) -> int:
        """Number of components, circles included."""
        return len(self._walks) + self.circles

    @property
    def writhe(self) -> int:
        """Sum of the crossing signs."""
        return sum(self.signs)

    @cached_property
    def signs(self) -> tuple[int, ...]:
        """+1 or -1 per crossing."""
        leaving = {end for walked in self._walks for end in walked}
        return tuple(1 if (c, 1) in leaving else -1 for c in range(len(self.code)))

    def link(self) -> Link:
        """Components with their writhes and linking numbers."""
        owner = {end: k for k, walked in enumerate(self._walks) for end in walked}
        own, twice = [0] * self.components, dict[tuple[int, int], int]()
        for c, sign in enumerate(self.signs):
            a, b = sorted((owner[c, 2], owner[c, 1 if sign > 0 else 3]))
            if a == b:
                own[a] += sign
            else:
                twice[a, b] = twice.get((a, b), 0) + sign
        linking = {pair: total // 2 for pair, total in twice.items() if total}
        return Link(components=self.components, self_writhe=tuple(own), linking=linking)

    @cached_property
    def partner(self) -> dict[End, End]:
        """The other end of the arc at each end."""
        first: dict[int, End] = {}
        found: dict[End, End] = {}
        for c, crossing in enumerate(self.code):
            for slot, name in enumerate(crossing):
                if name in first:
                    other = first.pop(name)
                    found[c, slot], found[other] = other, (c, slot)
                else:
                    first[name] = (c, slot)
        return found

    def pieces(self) -> list[list[int]]:
        """Crossings of each connected part of the diagram."""
        left, parts = set(range(len(self.code))), []
        while left:
            part, found = [], [min(left)]
            left.remove(found[0])
            while found:
                c = found.pop()
                part.append(c)
                for slot in range(4):
                    near = self.partner[c, slot][0]
                    if near in left:
                        left.remove(near)
                        found.append(near)
            parts.append(sorted(part))
        return parts

    def faces(self) -> list[list[End]]:
        """Per face, counterclockwise, the ends from which its arcs leave: the face is to their left."""
        return orbits(self.partner, lambda end: (self.partner[end][0], (self.partner[end][1] - 1) % 4))

    @cached_property
    def _walks(self) -> list[list[End]]:
        """Per component, along its direction, the end through which each crossing is left."""
        seen: set[End] = set()
        walks = []
        for start in ((c, slot) for slot in (2, 1) for c in range(len(self.code))):  # every lower passage first
            if start in seen:
                continue
            walked, end = list[End](), start
            while end not in seen:
                c, slot = self.partner[end]
                if slot == 2:
                    raise PlaitError(
                        f"crossing {c + 1} of the PD code, {list(self.code[c])}, is entered by its third arc on the "
                        "way from another one; every crossing must begin with its incoming lower arc"
                    )
                walked.append(end)
                seen |= {end, (end[0], (end[1] + 2) % 4)}
                end = (c, (slot + 2) % 4)
            walks.append(walked if any(slot == 2 for _, slot in walked) else self._ascending(walked))
        return walks

    def _ascending(self, walked: list[End]) -> list[End]:
        """A component without lower passages in the direction in which its names mostly ascend."""
        names = [self.code[c][slot] for c, slot in walked]
        ups = sum(1 if after > before else -1 for before, after in zip(names, names[1:] + names[:1], strict=True))
        return walked if ups >= 0 else [(c, (slot + 2) % 4) for c, slot in reversed(walked)]

    def _check_plane(self) -> None:
        """Euler's formula for each part, and directions that agree."""
        faces, crossings, parts = len(self.faces()), len(self.code), len(self.pieces())
        if crossings and faces != crossings + 2 * parts:
            raise PlaitError(
                f"the PD code is of no diagram in the plane: {crossings} crossings in {parts} part(s) have {faces} "
                f"faces, expected {crossings + 2 * parts}; the arcs of a crossing must be named counterclockwise"
            )
        _ = self._walks


def orbits(ends: Iterable[End], after: Callable[[End], End]) -> list[list[End]]:
    """The cycles of a permutation of ends."""
    seen: set[End] = set()
    found = []
    for start in ends:
        cycle, end = list[End](), start
        while end not in seen:
            seen.add(end)
            cycle.append(end)
            end = after(end)
        if cycle:
            found.append(cycle)
    return found


def _checked_code(code: object) -> tuple[tuple[int, int, int, int], ...]:
    """`code` as crossings of four names, each name twice."""
    if isinstance(code, str) or not isinstance(code, Sequence):
        raise PlaitError(f"code = {shown(code)}: expected a sequence of crossings; for text use PlanarDiagram.parse")
    checked, count = [], dict[int, int]()
    for place, crossing in enumerate(code, 1):
        if isinstance(crossing, str) or not isinstance(crossing, Sequence) or len(crossing) != 4:
            raise PlaitError(f"crossing {place} of the PD code is {shown(crossing)}; expected four ints")
        a, b, c, d = (check_int(f"an arc of crossing {place}", name, 0, LARGEST_LABEL) for name in crossing)
        checked.append((a, b, c, d))
        for name in (a, b, c, d):
            count[name] = count.get(name, 0) + 1
    for name, times in count.items():
        if times != 2:
            raise PlaitError(f"arc {name} of the PD code is met {times} time(s); expected every arc twice")
    return tuple(checked)


def _label(digits: str) -> int:
    if len(digits) > 10:
        raise PlaitError(f"a number of {len(digits)} digits in the PD code is too large to be an arc's name")
    return int(digits)


def _closing(loose: list[int], closure: Closure) -> Callable[[int], int]:
    """Names of arcs after the ends 0..n-1 of a braid and its tops `loose` are joined."""
    joined: dict[int, int] = {}
    n = len(loose)
    pairs = [(p, loose[p]) for p in range(n)]
    if closure is Closure.PLAT:
        pairs = [(ends[p], ends[p + 1]) for ends in (range(n), loose) for p in range(0, n, 2)]

    def name(arc: int) -> int:
        while arc in joined:
            arc = joined[arc]
        return arc

    for a, b in pairs:
        a, b = name(a), name(b)
        if a != b:
            joined[max(a, b)] = min(a, b)
    return name
