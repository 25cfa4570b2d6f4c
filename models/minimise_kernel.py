"""Numba kernels of `minimise`: lay one strand of a word anew, at its own height, along a shortest way.

A window is a stretch of the word in which strand x stays at one height: no strand that passes over x there, or over
such a strand, also passes under x. x then moves freely between the layer above it and the rest, and any path from its
first place to its last gives the same braid. The shortest one is found by a scan with one update per crossing of the
others: cost[k] is the least number of crossings that brings x to gap k (with k other strands to its left), neighbours
never differ by more than 1, and two strands that cross at gap k close that gap for a moment, so that x comes back to it
from a neighbour. Cancellation and the three-strand relations are special cases.

Importing compiles nothing, the first call does (about 5 s; later processes load the result from numba's cache).
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from plait.models.jit import compiled

Ints = NDArray[np.int64]
Uints = NDArray[np.uint64]
Function = TypeVar("Function", bound=Callable[..., Any])

OLDER, NEWER = 0, 1  # rows of `edges`: the strand above, the next edge of the list
LINE, COST, HEAD, OVER, KEPT, STACK = range(6)  # rows of `strand_table`
GAP, STEP = range(2)  # rows of `event_table`


_compiled = compiled()


def work_space(strands: int, length: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Scratch arrays (strand_table, event_table, edges, fresh) for words of at most `length` letters."""
    return (
        np.zeros((6, strands + 1), np.int64),
        np.zeros((2, length + 1), np.int64),
        np.zeros((2, length + 1), np.int64),
        np.zeros(length + 1, np.int64),
    )


@_compiled
def _draw(state: Uints) -> np.uint64:
    """64 random bits (xorshift64*, Vigna, arXiv:1402.6246)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    bits: np.uint64 = x * np.uint64(2685821657736338717)
    return bits


@_compiled
def _lift(top: int, x: int, strand_table: Ints, edges: Ints) -> bool:
    """Mark `top` and all strands above it as above x; False if x itself is among them."""
    head, over, stack = strand_table[HEAD], strand_table[OVER], strand_table[STACK]
    if top == x:
        return False
    if over[top]:
        return True
    over[top] = 1
    stack[0] = top
    filled = 1
    while filled:
        filled -= 1
        edge = head[stack[filled]]
        while edge >= 0:
            older = edges[OLDER, edge]
            if older == x:
                return False
            if not over[older]:
                over[older] = 1
                stack[filled] = older
                filled += 1
            edge = edges[NEWER, edge]
    return True


@_compiled
def _reroute(
    word: Ints,
    strands: int,
    start: int,
    x: int,
    stop: int,
    upside_down: bool,
    lean: int,
    least: int,
    strand_table: Ints,
    event_table: Ints,
    edges: Ints,
    fresh: Ints,
) -> None:
    """Lay the strand that is at place x (0-based) before letter `start` anew, in place; zeros fill what is saved.

    The window ends before letter `stop` or sooner, where most is gained; nothing is done for a gain below `least`.
    upside_down exchanges above and below; lean = -1, 1 says from which side x comes where both sides cost the same.
    """
    line, cost, head = strand_table[LINE], strand_table[COST], strand_table[HEAD]
    over, kept = strand_table[OVER], strand_table[KEPT]
    gap, step = event_table[GAP], event_table[STEP]
    for k in range(strands):
        line[k] = k
        cost[k] = abs(k - x)
        head[k] = -1
        over[k] = 0
    place, own = x, 0
    best, end, end_place = least - 1, -1, x
    for t in range(start, stop):
        letter = word[t]
        if letter == 0:
            gap[t] = -1
            continue
        i = abs(letter) - 1
        left, right = line[i], line[i + 1]
        line[i], line[i + 1] = right, left
        top, bottom = (left, right) if (letter > 0) != upside_down else (right, left)
        if (bottom == x or over[bottom]) and not _lift(top, x, strand_table, edges):
            break
        edge = t - start
        edges[OLDER, edge], edges[NEWER, edge] = top, head[bottom]
        head[bottom] = edge
        if left == x or right == x:
            own += 1
            place = i + 1 if left == x else i
            gap[t] = -1
            gain = own - cost[place]
            if gain > best or (least == 0 and gain == best):
                best, end, end_place = gain, t + 1, place
                kept[:strands] = over[:strands]
        else:
            k = i + 1 if i + 1 < place else i
            gap[t] = k
            step[t] = lean if cost[k - 1] == cost[k + 1] else (-1 if cost[k - 1] < cost[k + 1] else 1)
            cost[k] = cost[k + step[t]] + 1
    if end < 0:
        return

    k = end_place
    for t in range(end - 1, start - 1, -1):  # the path, backwards: step[t] stays where x steps after letter t
        if gap[t] >= 0:
            if gap[t] == k:
                k += step[t]
            else:
                step[t] = 0
    for rank in range(strands - 1):
        line[rank] = rank if rank < x else rank + 1
    made = 0
    rank = x
    while rank != k:
        rightwards = k > rank
        other = line[rank] if rightwards else line[rank - 1]
        above = (kept[other] == 0) != upside_down
        place = rank if rightwards else rank - 1
        fresh[made] = place + 1 if above == rightwards else -(place + 1)
        made += 1
        rank += 1 if rightwards else -1
    for t in range(start, end):
        if gap[t] < 0:
            continue
        g = gap[t] - 1
        place = g if g + 2 <= rank else g + 1
        fresh[made] = place + 1 if word[t] > 0 else -(place + 1)
        made += 1
        line[g], line[g + 1] = line[g + 1], line[g]
        if step[t]:
            rightwards = step[t] < 0
            other = line[rank] if rightwards else line[rank - 1]
            above = (kept[other] == 0) != upside_down
            place = rank if rightwards else rank - 1
            fresh[made] = place + 1 if above == rightwards else -(place + 1)
            made += 1
            rank += 1 if rightwards else -1
    word[start : start + made] = fresh[:made]
    word[start + made : end] = 0


@_compiled
def _compact(word: Ints, length: int) -> int:
    """Move the letters to the front, over the zeros; returns how many there are."""
    filled = 0
    for t in range(length):
        if word[t]:
            word[filled] = word[t]
            filled += 1
    return filled


@_compiled
def sweep(
    word: Ints,
    length: int,
    strands: int,
    reach: int,
    strand_table: Ints,
    event_table: Ints,
    edges: Ints,
    fresh: Ints,
) -> int:
    """Try both strands of every letter as they set out from it, in windows of at most `reach` letters; the new length.

    Only gains are taken.
    """
    for start in range(length):
        stop = min(length, start + reach)
        for way in range(4):
            if word[start]:
                x = abs(word[start]) - 1 + way % 2
                _reroute(word, strands, start, x, stop, way >= 2, 1, 1, strand_table, event_table, edges, fresh)
    return _compact(word, length)


@_compiled
def shake(
    word: Ints,
    length: int,
    strands: int,
    reach: int,
    moves: int,
    state: Uints,
    strand_table: Ints,
    event_table: Ints,
    edges: Ints,
    fresh: Ints,
) -> int:
    """`moves` windows at random, laid anew also where nothing is gained, so that the word wanders; the new length."""
    for _ in range(moves if length else 0):
        start = int(_draw(state) % np.uint64(length))
        bits = _draw(state)
        if word[start]:
            x = abs(word[start]) - 1 + int(bits & np.uint64(1))
            lean = 1 if bits & np.uint64(2) else -1
            stop = min(length, start + 2 + int((bits >> np.uint64(8)) % np.uint64(reach)))
            upside_down = (bits & np.uint64(4)) != np.uint64(0)
            _reroute(word, strands, start, x, stop, upside_down, lean, 0, strand_table, event_table, edges, fresh)
    return _compact(word, length)
