"""An exact Jones polynomial of closed braids that shares nothing with plait.

Integer Laurent polynomials, planar matchings, a diagram walked arc by arc: no Fibonacci path, no tensor, no float
before the last step, and no import from plait, so that a mistake would have to be made twice to go unnoticed.

<crossing +i> = A 1 + A^-1 E_i, a loop is worth d = -A^2 - A^-2, V = (-A)^(-3w) <L> / d, t = A^-4, V(unknot) = 1.
A polynomial in t^(1/2) = A^-2 is a dict {exponent: coefficient}; exponent 2 means t.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import product

CIRCUIT_SQRT_T = 4  # t^(1/2) as a multiple of the angle pi/5: A^-2 at A = exp(3 pi i/5)
STANDARD_SQRT_T = 1  # the principal square root of exp(2 pi i/5)

Polynomial = dict[int, int]
Node = tuple[str, int]  # an end of the braid, or ("SW" | "SE" | "NW" | "NE", crossing)


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A closed braid as wires between crossing corners, walked once along every component.

    Args:
        wires: unordered pairs of nodes that are joined outside the crossings, closure arcs included.
        loops: number of components; component k is the k-th by its leftmost bottom end, which runs up.
        crossings: per letter (component over, component under, sign as oriented).
    """

    wires: tuple[tuple[Node, Node], ...]
    loops: int
    crossings: tuple[tuple[int, int, int], ...]

    def writhe(self, reversed_components: Iterable[int] = ()) -> int:
        """Sum of the crossing signs after reversing the orientation of some components."""
        flipped = set(reversed_components)
        return sum(sign if (over in flipped) == (under in flipped) else -sign for over, under, sign in self.crossings)

    def linking_with_rest(self, component: int) -> int:
        """Linking number of a component with all others together."""
        return sum(sign for over, under, sign in self.crossings if (over == component) != (under == component)) // 2


def closing_pairs(strands: int, closure: str) -> list[tuple[Node, Node]]:
    """The arcs outside the braid."""
    if closure == "markov":
        return [(("bottom", p), ("top", p)) for p in range(strands)]
    assert (closure, strands % 2) == ("plat", 0)
    return [((end, p), (end, p + 1)) for end in ("bottom", "top") for p in range(0, strands, 2)]


def diagram(strands: int, word: Sequence[int], closure: str) -> Diagram:
    """Walk the closed braid; every component starts upward at its leftmost bottom end."""
    wires = closing_pairs(strands, closure)
    loose: list[Node] = [("bottom", p) for p in range(strands)]
    for c, letter in enumerate(word):
        left = abs(letter) - 1
        wires += [(loose[left], ("SW", c)), (loose[left + 1], ("SE", c))]
        loose[left], loose[left + 1] = ("NW", c), ("NE", c)
    wires += [(loose[p], ("top", p)) for p in range(strands)]

    # A braid end is met by a wire and a closure arc, a crossing corner by a wire and its crossing.
    at: dict[Node, list[Node]] = {}
    for a, b in wires:
        at.setdefault(a, []).append(b)
        at.setdefault(b, []).append(a)
    across = {"SW": "NE", "NE": "SW", "SE": "NW", "NW": "SE"}
    heading = {"SW": (1, 1), "NE": (-1, -1), "SE": (-1, 1), "NW": (1, -1)}  # by the corner of entry
    passages: dict[int, list[tuple[bool, int, tuple[int, int]]]] = {c: [] for c in range(len(word))}
    walked: set[Node] = set()
    loops = 0
    for p in range(strands):
        if ("bottom", p) in walked:
            continue
        came, here = ("bottom", p), at["bottom", p][1]  # [0] is the closure arc, [1] the wire up
        walked.add(came)
        while here != ("bottom", p):
            corner, c = here
            if corner in across:
                forward = word[c] > 0
                over = (corner in ("SW", "NE")) == forward  # +i: the strand rising to the right is above
                passages[c].append((over, loops, heading[corner]))
                came = (across[corner], c)
                here = at[came][0]
            else:
                walked.add(here)
                options = list(at[here])
                options.remove(came)
                came, here = here, options[0]
        loops += 1
    crossings = []
    for c in range(len(word)):
        (_, below, (ux, uy)), (_, above, (ox, oy)) = sorted(passages[c])
        crossings.append((above, below, 1 if ox * uy - oy * ux > 0 else -1))
    return Diagram(wires=tuple(wires), loops=loops, crossings=tuple(crossings))


def bracket_over_d(strands: int, word: Sequence[int], closure: str) -> Polynomial:
    """<L>/d as {exponent of A: coefficient}, letter by letter over planar matchings.

    A matching lists, for every loose end, the end it is joined to. Polynomials are packed in one big int with
    slots too wide to overflow; each letter is multiplied by A^3 so that only powers of x = A^2 >= 0 appear.
    """
    plat = closure == "plat"
    slot = 2 * len(word) + 2  # a letter at most triples the sum of |coefficients|
    if plat:
        start = tuple(p ^ 1 for p in range(strands))  # ends 0..n-1 are the tops
        offset = 0
    else:
        start = (*range(strands, 2 * strands), *range(strands))  # tops, then bottoms
        offset = strands
    assert len(start) == strands + offset
    state = {start: 1}
    for letter in word:
        i = abs(letter) - 1
        one, cup = (2, 1) if letter > 0 else (1, 2)  # A^3 (A^s 1 + A^-s E) = x^one + x^cup E
        after: dict[tuple[int, ...], int] = {}
        for matching, value in state.items():
            after[matching] = after.get(matching, 0) + (value << slot * one)
            a, b = matching[i], matching[i + 1]
            if a == i + 1:  # a loop closes: x d = -(x^2 + 1)
                turned = matching
                value = -((value << slot * (cup + 1)) + (value << slot * (cup - 1)))
            else:
                joined = list(matching)
                joined[a], joined[b], joined[i], joined[i + 1] = b, a, i + 1, i
                turned = tuple(joined)
                value <<= slot * cup
            after[turned] = after.get(turned, 0) + value
        state = after
    if plat:
        closing = tuple(p ^ 1 for p in range(strands))
    else:
        closing = tuple((p + strands) % (2 * strands) for p in range(2 * strands))
    total: Polynomial = {}
    for matching, value in state.items():
        loops = _loops(matching, closing)
        for power, coefficient in _unpack(value, slot).items():
            for exponent, factor in _d_power(loops - 1).items():
                key = 2 * power - 3 * len(word) + exponent
                total[key] = total.get(key, 0) + coefficient * factor
    return {key: value for key, value in total.items() if value}


def bracket_over_d_by_states(strands: int, word: Sequence[int], closure: str) -> Polynomial:
    """<L>/d by all 2^m smoothings, loops counted by union-find: slow and hard to get wrong."""
    wires = diagram(strands, word, closure).wires
    total: Polynomial = {}
    for smoothing in product((1, -1), repeat=len(word)):  # 1: let both strands pass, -1: cap below, cup above
        parent: dict[Node, Node] = {}

        def root(node: Node, parent: dict[Node, Node] = parent) -> Node:
            while parent.setdefault(node, node) != node:
                node = parent[node]
            return node

        joins = list(wires)
        weight = 0
        for c, choice in enumerate(smoothing):
            weight += choice if word[c] > 0 else -choice
            if choice == 1:
                joins += [(("SW", c), ("NW", c)), (("SE", c), ("NE", c))]
            else:
                joins += [(("SW", c), ("SE", c)), (("NW", c), ("NE", c))]
        for a, b in joins:
            parent[root(a)] = root(b)
        loops = len({root(node) for node in list(parent)})
        for exponent, factor in _d_power(loops - 1).items():
            total[weight + exponent] = total.get(weight + exponent, 0) + factor
    return {key: value for key, value in total.items() if value}


def jones_polynomial(
    strands: int, word: Sequence[int], closure: str, reversed_components: Iterable[int] = ()
) -> Polynomial:
    """V as {exponent of t^(1/2): integer}; plat components run up at their leftmost bottom end, less `reversed`."""
    w = diagram(strands, word, closure).writhe(reversed_components)
    jones: Polynomial = {}
    for exponent, coefficient in bracket_over_d(strands, word, closure).items():
        power = exponent - 3 * w
        assert power % 2 == 0
        jones[-power // 2] = -coefficient if w % 2 else coefficient
    return jones


def evaluate(jones: Polynomial, turn: int) -> complex:
    """The polynomial at t^(1/2) = exp(i pi turn/5).

    Integer coefficients of long words are huge and cancel, so 200 decimal digits are carried until the end.
    """
    with localcontext(prec=200):
        root5 = Decimal(5).sqrt()
        cosine, sine = (1 + root5) / 4, ((5 - root5) / 8).sqrt()
        power = [(Decimal(1), Decimal(0))]
        for _ in range(9):
            x, y = power[-1]
            power.append((cosine * x - sine * y, cosine * y + sine * x))
        real, imaginary = Decimal(0), Decimal(0)
        for exponent, coefficient in jones.items():
            x, y = power[exponent * turn % 10]
            real += coefficient * x
            imaginary += coefficient * y
        return complex(float(real), float(imaginary))


def _d_power(loops: int) -> Polynomial:
    """(-A^2 - A^-2)^loops."""
    return {4 * k - 2 * loops: (-1) ** loops * math.comb(loops, k) for k in range(loops + 1)}


def _loops(matching: Sequence[int], closing: Sequence[int]) -> int:
    """Loops made by laying two perfect matchings of the same ends on top of each other."""
    seen: set[int] = set()
    loops = 0
    for end in range(len(matching)):
        if end not in seen:
            loops += 1
        while end not in seen:
            seen |= {end, matching[end]}
            end = closing[matching[end]]
    return loops


def _unpack(packed: int, slot: int) -> Polynomial:
    """Signed coefficients of an integer in base 2^slot, by exponent."""
    digits: Polynomial = {}
    half, base = 1 << (slot - 1), 1 << slot
    place = 0
    while packed:
        digit = packed % base
        if digit >= half:
            digit -= base
        if digit:
            digits[place] = digit
        packed = (packed - digit) >> slot
        place += 1
    return digits
