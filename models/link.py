"""The link that a closed braid is: components, an orientation, the oriented writhe."""

from collections.abc import Mapping
from dataclasses import dataclass

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError


@dataclass(frozen=True, kw_only=True)
class Link:
    """What orientation decides about a closed braid.

    Orientation. Markov: every strand runs up. Plat: each component runs up at its leftmost bottom end.

    Args:
        components: number of components.
        self_writhe: per component, the sum of the signs of its crossings with itself.
        linking: (i, j), i < j -> linking number of components i and j (absent: 0).
    """

    components: int
    self_writhe: tuple[int, ...]
    linking: Mapping[tuple[int, int], int]

    @property
    def writhe(self) -> int:
        """Oriented writhe: the sum of all crossing signs."""
        return self.writhe_reversing(())

    def writhe_reversing(self, reversed_components: tuple[int, ...]) -> int:
        """Writhe after the orientation of some components is reversed.

        Args:
            reversed_components: component numbers, 0-based.

        Raises:
            PlaitError: no such component.
        """
        for k in reversed_components:
            if not 0 <= k < self.components:
                raise PlaitError(f"component {k} does not exist; this link has components 0..{self.components - 1}")
        flipped = set(reversed_components)
        between = sum(-lk if (i in flipped) != (j in flipped) else lk for (i, j), lk in self.linking.items())
        return sum(self.self_writhe) + 2 * between


def close(braid: Braid, closure: Closure | str) -> Link:
    """Close a braid and orient the link.

    Raises:
        PlaitError: plat closure of an odd number of strands.

    >>> hopf = close(Braid(strands=4, word=(2, 2)), Closure.PLAT)
    >>> hopf.components, hopf.writhe, hopf.writhe_reversing((1,))
    (2, -2, 2)
    """
    closure = check_closable(braid, closure)
    n = braid.strands
    line = list(range(n))  # line[p]: the through-strand, named by its bottom end, now at position p
    meetings = []
    for letter in braid.word:
        i = abs(letter) - 1
        meetings.append((line[i], line[i + 1], 1 if letter > 0 else -1))
        line[i], line[i + 1] = line[i + 1], line[i]
    component, direction = _orient(line, closure)
    count = max(component) + 1
    own = [0] * count
    mutual: dict[tuple[int, int], int] = {}
    for x, y, sign in meetings:
        oriented = sign * direction[x] * direction[y]
        a, b = sorted((component[x], component[y]))
        if a == b:
            own[a] += oriented
        else:
            mutual[a, b] = mutual.get((a, b), 0) + oriented
    linking = {pair: total // 2 for pair, total in mutual.items() if total}
    return Link(components=count, self_writhe=tuple(own), linking=linking)


def check_closable(braid: Braid, closure: Closure | str) -> Closure:
    """`closure` itself, read by name if need be, if it can close `braid`; else PlaitError."""
    closure = Closure.parse(closure)
    if closure is Closure.PLAT and braid.strands % 2:
        raise PlaitError(
            f"closure = plat needs an even number of strands, got strands = {braid.strands}; "
            "add a strand or use the markov closure"
        )
    return closure


def directions(braid: Braid, closure: Closure) -> list[int]:
    """+1 where the strand with that bottom end (0-based) runs up in the closed braid, -1 where it runs down."""
    line = list(range(braid.strands))
    for letter in braid.word:
        i = abs(letter) - 1
        line[i], line[i + 1] = line[i + 1], line[i]
    return _orient(line, closure)[1]


def _orient(line: list[int], closure: Closure) -> tuple[list[int], list[int]]:
    """Component number and direction (+1 up, -1 down) of every through-strand, by its bottom end."""
    n = len(line)
    component = [-1] * n
    direction = [1] * n
    top = [0] * n
    for position, strand in enumerate(line):
        top[strand] = position
    count = 0
    for start in range(n):
        if component[start] >= 0:
            continue
        strand = start
        while component[strand] < 0:
            component[strand] = count
            if closure is Closure.MARKOV:
                strand = top[strand]
            else:
                over = line[top[strand] ^ 1]  # across the cap, then down
                component[over], direction[over] = count, -1
                strand = over ^ 1  # across the cup, then up
        count += 1
    return component, direction
