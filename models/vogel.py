"""A braid for any link diagram: Vogel's algorithm.

P. Vogel, Representation of links by braids: a new algorithm, Comment. Math. Helv. 65 (1990) 104-113. Smoothing every
crossing along the directions leaves the Seifert circles. Where two arcs of different circles run the same way round one
face, one is pushed over the other; after at most (s - 1)(s - 2)/2 such moves (s circles) the circles are nested and run
alike, which is a closed braid on s strands.
"""

from plait.models.braid import Braid
from plait.models.errors import PlaitError
from plait.models.planar_diagram import MAX_DIAGRAM, End, PlanarDiagram, orbits

MAX_LETTERS = 10_000
"""Guard on the word: as many as (s - 1)(s - 2) letters are added, s being up to the number of crossings plus one."""
ENTRANCES = {1: (0, 3), -1: (0, 1)}
"""By sign of the crossing, the slots of the incoming lower and upper arc."""


def braid_of(diagram: PlanarDiagram) -> Braid:
    """A braid whose Markov closure is the oriented link of a diagram, or that link with all directions reversed.

    Parts of the diagram that do not meet are braided side by side; a circle without crossings is a strand of its own.
    The word is as Vogel's moves leave it: `Braid.minimised` shortens it.

    Args:
        diagram: of at most MAX_DIAGRAM crossings.

    Raises:
        PlaitError: more crossings, or a braid of more than MAX_LETTERS letters.

    >>> braid_of(PlanarDiagram(code=((4, 2, 5, 1), (8, 6, 1, 5), (6, 3, 7, 4), (2, 7, 3, 8)))).word
    (-2, 1, -2, 1)
    """
    if len(diagram.code) > MAX_DIAGRAM:
        raise PlaitError(f"the diagram has {len(diagram.code)} crossings; the limit is {MAX_DIAGRAM}")
    strands, word = diagram.circles, list[int]()
    for part in diagram.pieces():
        shadow = _Shadow([diagram.code[c] for c in part], [diagram.signs[c] for c in part])
        shadow.nest()
        width, letters = shadow.word()
        word += [letter + strands if letter > 0 else letter - strands for letter in letters]
        strands += width
    return Braid(strands=strands, word=tuple(word))


class _Shadow:
    """One connected oriented diagram, which Vogel's moves change.

    Args:
        code: its crossings, as in a PlanarDiagram.
        signs: theirs.
    """

    def __init__(self, code: list[tuple[int, int, int, int]], signs: list[int]) -> None:
        self.signs = list(signs)
        names: dict[int, list[End]] = {}
        for c, crossing in enumerate(code):
            for slot, name in enumerate(crossing):
                names.setdefault(name, []).append((c, slot))
        self.partner: dict[End, End] = {}
        for a, b in names.values():
            self._join(a, b)

    def _join(self, a: End, b: End) -> None:
        self.partner[a], self.partner[b] = b, a

    def leaves(self, end: End) -> bool:
        """Whether the arc at this end is directed away from the crossing."""
        return end[1] not in ENTRANCES[self.signs[end[0]]]

    def faces(self) -> list[list[End]]:
        """Per face, the ends from which its arcs leave when it is walked round with the face to the left."""
        return orbits(self.partner, lambda end: (self.partner[end][0], (self.partner[end][1] - 1) % 4))

    def circles(self) -> list[list[End]]:
        """Per Seifert circle, along its direction, the outgoing ends of its arcs; it passes the same crossings."""

        def after(end: End) -> End:
            c, slot = self.partner[end]
            # Smoothed, the lower incoming arc goes on in the upper outgoing one, and the upper in the lower.
            return (c, 1 if self.signs[c] > 0 else 3) if slot == 0 else (c, 2)

        return orbits((end for end in self.partner if self.leaves(end)), after)

    def nest(self) -> None:
        """Vogel's moves until no face has two arcs of different circles that run the same way round it."""
        while defects := self._defects():
            for defect in defects:
                self._push(*defect)
                if len(self.signs) > MAX_LETTERS:
                    raise PlaitError(
                        f"this diagram needs a braid of more than {MAX_LETTERS} letters by Vogel's algorithm; "
                        "simplify the diagram first, or give a braid"
                    )

    def _defects(self) -> list[tuple[End, End, bool]]:
        """Such pairs of arcs, by their outgoing ends, one way round in each face, and whether it is to their left.

        A move leaves the beginnings of all arcs where they are, and joins two circles but for a new small one: the
        pairs chosen are of different circles also after the moves of those before them.
        """
        owner = {end: k for k, circle in enumerate(self.circles()) for end in circle}
        joined: dict[int, int] = {}

        def circle_of(end: End) -> int:
            k = owner[end]
            while k in joined:
                k = joined[k]
            return k

        found: list[tuple[End, End, bool]] = []
        for face in self.faces():
            for left in (True, False):
                arcs = [end if left else self.partner[end] for end in face if self.leaves(end) == left]
                before = len(found)
                while len(arcs) > 1:
                    one, other = arcs[0], next((end for end in arcs[1:] if circle_of(end) != circle_of(arcs[0])), None)
                    if other is None:
                        break
                    found.append((one, other, left))
                    joined[circle_of(one)] = circle_of(other)
                    arcs = arcs[arcs.index(other) + 1 :]  # beyond both: the moves' ways through the face do not cross
                if len(found) > before:
                    break
        return found

    def _push(self, over: End, under: End, left: bool) -> None:
        """Push one arc across the face over the other: two crossings more, of opposite signs."""
        over_to, under_to = self.partner[over], self.partner[under]
        first, second = len(self.signs), len(self.signs) + 1  # as the upper arc meets them; the lower: second first
        # The upper arc goes up at `first` and back at `second`; the lower one runs against it above the face.
        up, back = (1, -1) if left else (-1, 1)
        self.signs += [up, back]
        way_in = {1: 3, -1: 1}
        way_out = {1: 1, -1: 3}
        self._join(over, (first, way_in[up]))
        self._join((first, way_out[up]), (second, way_in[back]))
        self._join((second, way_out[back]), over_to)
        self._join(under, (second, 0))
        self._join((second, 2), (first, 0))
        self._join((first, 2), under_to)

    def word(self) -> tuple[int, tuple[int, ...]]:
        """Strands and letters, once the circles are nested and run alike."""
        circles = self.circles()
        owner = {end: k for k, circle in enumerate(circles) for end in circle}
        face_at = {}  # on each side of an arc, by its outgoing end
        for k, face in enumerate(faces := self.faces()):
            for end in face:
                face_at[(end, True) if self.leaves(end) else (self.partner[end], False)] = k
        near: list[set[int]] = [set() for _ in circles]
        for c, sign in enumerate(self.signs):
            a, b = owner[c, 2], owner[c, 1 if sign > 0 else 3]
            near[a].add(b)
            near[b].add(a)
        # A line across all circles, from the first, which lies beside one other only, to the last.
        here = next(k for k, others in enumerate(near) if len(others) == 1)
        cut = circles[here][0]
        side = next(way for way in (True, False) if self._meets(faces[face_at[cut, way]], near[here], owner))
        lines = [self._from(circles[here], cut)]
        before = here
        while following := near[here] - {before}:
            before, (here,) = here, following
            cut = next(
                end
                for found in faces[face_at[cut, side]]
                if owner[end := found if self.leaves(found) else self.partner[found]] == here
            )
            lines.append(self._from(circles[here], cut))
        return len(lines), self._merged(lines)

    def _meets(self, face: list[End], wanted: set[int], owner: dict[End, int]) -> bool:
        return any(owner[end if self.leaves(end) else self.partner[end]] in wanted for end in face)

    def _from(self, circle: list[End], cut: End) -> list[int]:
        """Crossings along a circle, from the arc that is cut."""
        at = circle.index(cut)
        return [self.partner[end][0] for end in circle[at:] + circle[:at]]

    def _merged(self, lines: list[list[int]]) -> tuple[int, ...]:
        """Letters in an order that agrees with every strand; a crossing is in two neighbouring lines."""
        at = [0] * len(lines)
        letters: list[int] = []
        i = 0
        while len(letters) < len(self.signs):
            ahead = [line[place] if place < len(line) else -1 for line, place in zip(lines, at, strict=True)]
            i = next(k for k in (*range(i, len(lines) - 1), *range(i)) if ahead[k] == ahead[k + 1] >= 0)
            letters.append((i + 1) * self.signs[ahead[i]])
            at[i] += 1
            at[i + 1] += 1
        return tuple(letters)
