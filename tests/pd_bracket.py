"""The Jones polynomial of a PD code, exactly, from the Kauffman bracket; shares nothing with plait.

A crossing is (a, b, c, d), counterclockwise from the incoming lower arc: <crossing> = A <ab cd> + A^-1 <ad bc>, a loop
is worth -A^2 - A^-2, V = (-A)^(-3w) <L> / loop, t = A^-4. Polynomials in t^(1/2) are dicts {exponent: coefficient}, as
in kauffman_bracket.py.
"""

from collections.abc import Sequence

Polynomial = dict[int, int]


def writhe(code: Sequence[Sequence[int]]) -> int:
    """Sum of crossing signs: every lower passage directs its arcs, and arcs direct the upper passages they meet."""
    ends: dict[int, list[tuple[int, int]]] = {}
    for c, crossing in enumerate(code):
        for slot, arc in enumerate(crossing):
            ends.setdefault(arc, []).append((c, slot))
    head: dict[int, tuple[int, int]] = {}  # where an arc arrives
    for c, (a, _, below, _) in enumerate(code):
        head[a] = (c, 0)
        head[below] = next(end for end in [*ends[below], (c, 0)] if end != (c, 2))
    while True:
        before = len(head)
        for c, crossing in enumerate(code):
            for one, other in ((1, 3), (3, 1)):
                if crossing[one] in head and crossing[other] not in head:
                    arrives = head[crossing[one]] == (c, one)
                    there = next(end for end in ends[crossing[other]] if end != (c, other))
                    head[crossing[other]] = there if arrives else (c, other)
        if len(head) == len(ends):
            break
        if len(head) == before:  # a component that is above everywhere; either direction will do
            arc = next(arc for arc in ends if arc not in head)
            head[arc] = ends[arc][0]
    return sum(1 if head[crossing[3]] == (c, 3) else -1 for c, crossing in enumerate(code))


def jones_of_pd(code: Sequence[Sequence[int]]) -> Polynomial:
    """V as {exponent of t^(1/2): coefficient}, crossing by crossing over the matchings of open arcs."""
    states: dict[tuple[tuple[int, int], ...], Polynomial] = {(): {0: 1}}
    left, opened = list(range(len(code))), set[int]()
    while left:
        c = max(left, key=lambda c: sum(arc in opened for arc in code[c]))
        left.remove(c)
        a, b, below, d = code[c]
        opened ^= {arc for arc in (a, b, below, d) if (a, b, below, d).count(arc) == 1}
        after: dict[tuple[tuple[int, int], ...], Polynomial] = {}
        for state, value in states.items():
            for power, pairs in ((1, ((a, b), (below, d))), (-1, ((a, d), (b, below)))):
                match, loops = dict(state), 0
                for x, y in pairs:
                    loops += _join(match, x, y)
                term = _times_loops({e + power: k for e, k in value.items()}, loops)
                total = after.setdefault(tuple(sorted(match.items())), {})
                for e, k in term.items():
                    total[e] = total.get(e, 0) + k
        states = after
    assert set(states) == {()}
    w = writhe(code)
    found: Polynomial = {}
    for exponent, coefficient in _over_loop(states[()]).items():
        power = exponent - 3 * w
        assert power % 2 == 0
        if coefficient:
            found[-power // 2] = -coefficient if w % 2 else coefficient
    return found


def _join(match: dict[int, int], x: int, y: int) -> int:
    """Join two arcs at a crossing; 1 if that closes a loop."""
    if x == y:
        return 1
    if match.get(x) == y:
        del match[x], match[y]
        return 1
    far_x, far_y = match.pop(x, x), match.pop(y, y)
    match[far_x], match[far_y] = far_y, far_x
    return 0


def _times_loops(value: Polynomial, loops: int) -> Polynomial:
    for _ in range(loops):
        after: Polynomial = {}
        for e, k in value.items():
            for shift in (2, -2):
                after[e + shift] = after.get(e + shift, 0) - k
        value = after
    return value


def _over_loop(value: Polynomial) -> Polynomial:
    """The quotient by -A^2 - A^-2, from the highest exponent down; it leaves nothing."""
    rest = {e: k for e, k in value.items() if k}
    quotient: Polynomial = {}
    while rest:
        top = max(rest)
        k = rest.pop(top)
        quotient[top - 2] = -k
        rest[top - 4] = rest.get(top - 4, 0) - k
        if not rest[top - 4]:
            del rest[top - 4]
        assert top > -100_000
    return quotient
