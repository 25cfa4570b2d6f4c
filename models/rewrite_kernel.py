"""Numba kernels of `rewrite`: a word of runs as two rows, one local move on it, and what its echo circuit costs.

word[POSITION], word[POWER] are the runs in order, powers 1..9. The moves are the three-strand relations with a third
run split to fit: for neighbouring positions i and j, e, f = +-1, and any a, b, c mod 10, zero included,

    i^a j^e i^c = j^e i^e j^a i^(c-e) = i^(a-e) j^c i^e j^e
    i^a j^b i^c = i^(a-f) j^-f i^b j^f i^(c+f)

so the operator stays exactly the same, phases included. `count_gates` gives the number of `plan_echo` in one pass each
way. Importing compiles nothing, the first call does (about 6 s; later processes load the result from numba's cache).
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from plait.models.jit import compiled

Ints = NDArray[np.int64]
Uints = NDArray[np.uint64]
Function = TypeVar("Function", bound=Callable[..., Any])

POSITION, POWER = range(2)  # rows of a word
KNOWN, LAST, PRICE, OWED, LATER = range(5)  # rows of `bits`, one column for each of q_0..q_n and one spare
SKIPPED, STEERED = range(2)  # rows of `marks`, one column for each run
UNKNOWN = 2  # in KNOWN, beside 0 and 1
NONE, LOWER, UPPER, BOTH, EITHER = range(5)  # in STEERED and LAST: which neighbours steer a run
SOLID, STEERS = 1, 2  # flags in LATER: q_i is turned by a later block; some block needs the qubit of q_i
FORMS = 4


_compiled = compiled()


def work_space(strands: int, capacity: int) -> tuple[Ints, Ints]:
    """Scratch arrays (bits, marks) for words of at most `capacity` runs."""
    return np.zeros((5, strands + 2), np.int64), np.zeros((2, capacity), np.int64)


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
def count_gates(word: Ints, length: int, s: Ints, output_zeros: bool, fixed: bool, bits: Ints, marks: Ints) -> int:
    """Two-qubit gates of the echo circuit of a word on the path s: reduced layout, all-to-all coupling.

    fixed: the entangler has a fixed angle (gate sets other than RZZ).
    """
    known, last, price, owed, later = bits[KNOWN], bits[LAST], bits[PRICE], bits[OWED], bits[LATER]
    skipped, steered = marks[SKIPPED], marks[STEERED]
    strands = len(s) - 1
    known[: strands + 1] = s
    for t in range(length - 1, -1, -1):
        i = word[POSITION, t]
        skipped[t] = output_zeros and (known[i - 1] == 0 or known[i + 1] == 0)
        if not skipped[t]:
            known[i] = UNKNOWN

    known[: strands + 1] = s
    last[:] = NONE
    gates = 0
    for t in range(length):
        steered[t] = NONE
        i = word[POSITION, t]
        below, above = known[i - 1], known[i + 1]
        if skipped[t] or below == 0 or above == 0:
            continue
        k = word[POWER, t]
        if below == UNKNOWN and above == UNKNOWN:
            steered[t] = last[i] = BOTH
            gates += 3 if not fixed or k == 1 or k == 5 or k == 9 else 4
        else:
            way = UPPER if above == UNKNOWN else LOWER
            if last[i] == way:  # one gate with the block before
                gates += (2 if fixed else 1) - price[i] - owed[i]
                price[i], owed[i] = 2 if fixed else 1, 0
            else:
                price[i] = 2 if fixed and k != 5 else 1
                gates += price[i]
                head = 1 if below == 1 and above == 1 and known[i] == 1 else 0  # the CX of the fan-out joins in,
                owed[i] = head if fixed and k == 5 else 0  # but a single fixed gate has no room for it
                gates -= head - owed[i]
            last[i] = way
            steered[t] = EITHER if below == 1 and above == 1 else way
        known[i] = UNKNOWN
        last[i - 1] = last[i + 1] = NONE

    later[:] = 0
    for t in range(length - 1, -1, -1):
        way = steered[t]
        if way == NONE:
            continue
        i = word[POSITION, t]
        room = not fixed or (way != BOTH and not (word[POWER, t] == 5 and price[i] == 1))
        room = room and not (later[i - 1] | later[i] | later[i + 1]) & SOLID
        if s[i] and room and ((way != UPPER and s[i - 1]) or (way != LOWER and s[i + 1])):
            gates -= 1
        if way == EITHER:
            way = UPPER if i > 2 and known[i - 1] != UNKNOWN and known[i + 1] == UNKNOWN else LOWER
        later[i] |= SOLID | STEERS
        if way != UPPER:
            later[i - 1] |= STEERS
        if way != LOWER:
            later[i + 1] |= STEERS
    for i in range(2, strands):
        if s[i] and later[i]:
            gates += 2
    return gates


@_compiled
def merge(word: Ints, length: int, bits: Ints) -> int:
    """Merge the runs of a word in place, through commuting ones, and drop those of power 0; the new length."""
    last = bits[LAST]
    last[:] = -1
    filled = 0
    for t in range(length):
        i, power = word[POSITION, t], word[POWER, t]
        own = last[i]
        if power == 0:
            continue
        if own < 0 or own < last[i - 1] or own < last[i + 1]:
            word[POSITION, filled], word[POWER, filled] = i, power
            last[i] = filled
            filled += 1
            continue
        word[POWER, own] = (word[POWER, own] + power) % 10
        if word[POWER, own] == 0:
            filled -= 1
            for u in range(own, filled):
                word[:, u] = word[:, u + 1]
            last[:] = -1
            for u in range(filled):
                last[word[POSITION, u]] = u
    return filled


@_compiled
def _fellow(word: Ints, length: int, middle: int, i: int, step: int, touched: Ints) -> int:
    """Place of the nearest run of q_i that commutes up to place `middle` (step -1: from before it); -1 if none does."""
    j = word[POSITION, middle]
    touched[:] = 0
    t = middle + step
    while 0 <= t < length:
        x = word[POSITION, t]
        tied = touched[x - 1] or touched[x] or touched[x + 1]
        if x == i:
            return -1 if tied else t
        if x == j:
            return -1
        if tied or abs(x - j) == 1:
            if abs(x - i) <= 1:
                return -1
            touched[x] = 1
        t += step
    return -1


@_compiled
def _put(word: Ints, place: int, position: int, power: int) -> int:
    """Write a run, with power mod 10; the next place."""
    word[POSITION, place], word[POWER, place] = position, power % 10
    return place + 1


@_compiled
def propose(
    word: Ints, length: int, strands: int, middle: int, side: int, form: int, made: Ints, bits: Ints, marks: Ints
) -> int:
    """Write into `made` the word after one move about the run at place `middle`; its length, not merged, or -1.

    side = -1, 1 says on which side of j the position i is; form 0..FORMS-1 is the right-hand side of the relation.
    """
    j, b = word[POSITION, middle], word[POWER, middle]
    i = j + side
    if i < 1 or i >= strands or (form < 2 and b != 1 and b != 9):
        return -1
    touched = bits[LATER]
    first = _fellow(word, length, middle, i, -1, touched)
    third = _fellow(word, length, middle, i, 1, touched)
    if first >= 0 and third >= 0:
        for t in range(first + 1, third):
            if word[POSITION, t] == i + side:  # it comes between the two: do with the one that the form changes more
                if form % 2:
                    first = -1
                else:
                    third = -1
                break
    a = word[POWER, first] if first >= 0 else 0
    c = word[POWER, third] if third >= 0 else 0
    start = first if first >= 0 else middle
    end = third if third >= 0 else middle

    # What lies between goes before the three runs, unless it has to come after one of them.
    put_off = marks[SKIPPED]
    touched[:] = 0
    waiting = 0
    made[:, :start] = word[:, :start]
    filled = start
    for t in range(start, end + 1):
        x = word[POSITION, t]
        tied = touched[x - 1] or touched[x] or touched[x + 1]
        if t in (first, middle, third):
            continue
        if tied or (first >= 0 and abs(x - i) <= 1) or (t > middle and abs(x - j) <= 1):
            touched[x] = 1
            put_off[waiting] = t
            waiting += 1
        else:
            made[:, filled] = word[:, t]
            filled += 1

    f = 1 if form == 2 else 9
    if form == 0:
        filled = _put(made, filled, j, b)
        filled = _put(made, filled, i, b)
        filled = _put(made, filled, j, a)
        filled = _put(made, filled, i, c - b)
    elif form == 1:
        filled = _put(made, filled, i, a - b)
        filled = _put(made, filled, j, c)
        filled = _put(made, filled, i, b)
        filled = _put(made, filled, j, b)
    else:
        filled = _put(made, filled, i, a - f)
        filled = _put(made, filled, j, -f)
        filled = _put(made, filled, i, b)
        filled = _put(made, filled, j, f)
        filled = _put(made, filled, i, c + f)
    for t in put_off[:waiting]:
        made[:, filled] = word[:, t]
        filled += 1
    made[:, filled : filled + length - end - 1] = word[:, end + 1 : length]
    return filled + length - end - 1


@_compiled
def mean_gates(word: Ints, length: int, paths: Ints, output_zeros: bool, fixed: bool, bits: Ints, marks: Ints) -> float:
    """`count_gates`, the mean over paths, one per row."""
    gates = 0
    for row in range(len(paths)):
        gates += count_gates(word, length, paths[row], output_zeros, fixed, bits, marks)
    return gates / len(paths)


@_compiled
def anneal(
    word: Ints,
    length: int,
    limit: int,
    paths: Ints,
    output_zeros: bool,
    fixed: bool,
    steps: int,
    hot: float,
    cold: float,
    run_price: float,
    state: Uints,
    bits: Ints,
    marks: Ints,
) -> int:
    """Anneal a merged word in place; the length of the best one met, which has at most `limit` runs.

    Its energy is `mean_gates` and `run_price` for each run; the temperature falls geometrically from `hot` to `cold`.
    word, marks: room for at least `limit` + 5 runs.
    """
    strands = paths.shape[1] - 1
    current, made = word.copy(), word.copy()
    size, best = length, length
    energy = mean_gates(word, length, paths, output_zeros, fixed, bits, marks) + run_price * length
    lowest = energy
    for step in range(steps):
        if size == 0:
            break
        draw = int(_draw(state) >> np.uint64(8))
        middle, side, form = (draw >> 8) % size, 1 if draw & 1 else -1, (draw >> 1) % FORMS
        fresh = propose(current, size, strands, middle, side, form, made, bits, marks)
        if fresh < 0:
            continue
        fresh = merge(made, fresh, bits)
        if fresh > limit:
            continue
        found = mean_gates(made, fresh, paths, output_zeros, fixed, bits, marks) + run_price * fresh
        if found > energy:
            temperature = hot * (cold / hot) ** (step / steps)
            if float(_draw(state) >> np.uint64(11)) / 2.0**53 >= math.exp((energy - found) / temperature):
                continue
        current[:, :fresh] = made[:, :fresh]
        size, energy = fresh, found
        if energy < lowest - 1e-6:
            lowest, best = energy, size
            word[:, :size] = current[:, :size]
    return best
