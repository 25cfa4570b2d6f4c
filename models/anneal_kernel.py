"""Numba kernels of `anneal`: a contraction tree as two arrays, and the loop that rotates it.

legs, shape (2N - 1, words) of uint64, is the bitset of each node; nodes, shape (2N - 1, 8) of int32, is its table row:
links, exponents of cost and size in legs, and the range of words its legs fill. held, shape (words,), has the legs that
count as size: all but those that are looped over. Importing compiles nothing, the first
call does (about 5 s; later processes load the result from numba's cache).

Source: as for `anneal`.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from plait.models.fibonacci import PHI
from plait.models.jit import compiled

Uints = NDArray[np.uint64]
Ints = NDArray[np.int32]
Function = TypeVar("Function", bound=Callable[..., Any])

BITS_PER_LEG = math.log2(PHI)
PENALTY = 2  # bits of cost per bit above the size cap
REACH = 1024
POWERS = PHI ** np.arange(-REACH, REACH + 1.0)  # phi^d, |d| <= REACH; beyond, a comparison is decided anyway
DRAWS = (np.arange(1024) + 0.5) / 1024  # quantiles that stand for a uniform draw in the acceptance test

# Columns of the table of nodes: one 32-byte row per node, so that a visit touches one cache line.
# Node ids: leaves 0..N-1, inner nodes N..2N-2, the root is always 2N-2. FIRST..LAST bounds the non-zero words of legs.
LEFT, RIGHT, PARENT, WORK, SIZE, FIRST, LAST = range(7)
COLUMNS = 8


_compiled = compiled()


def _popcount_builder(context: Any, x: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), build


_popcount = cast(Callable[[np.uint64], int], intrinsic(_popcount_builder))


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
def _below(bits: np.uint64, n: int) -> int:
    """A number in 0..n-1 from the upper 32 of 64 random bits."""
    return int(np.int64(((bits >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32)))


@_compiled
def _low(bits: np.uint64, n: int) -> int:
    """A number in 0..n-1 from the lowest bits; n is a power of 2."""
    return int(np.int64(bits & np.uint64(n - 1)))


@_compiled
def _power(exponent: int) -> float:
    return float(POWERS[min(max(exponent, -REACH), REACH) + REACH])


@_compiled
def _excess(legs: int, cap: int) -> int:
    return PENALTY * (legs - cap) if legs > cap else 0


@_compiled
def log2_total(nodes: Ints, cap: int) -> float:
    """log2 of the summed cost of all steps, penalties included; counted first, so that it is exact in any order."""
    leaves = (len(nodes) + 1) // 2
    top = 0
    for v in range(leaves, len(nodes)):
        top = max(top, nodes[v, WORK] + _excess(nodes[v, SIZE], cap))
    steps = np.zeros(REACH + 1)
    for v in range(leaves, len(nodes)):
        steps[min(top - nodes[v, WORK] - _excess(nodes[v, SIZE], cap), REACH)] += 1
    total = 0.0
    for d in range(REACH + 1):
        total += steps[d] * _power(-d)
    return top * BITS_PER_LEG + math.log2(total)


@_compiled
def _count(legs: Uints, nodes: Ints, v: int, held: Uints) -> None:
    """Set SIZE, FIRST and LAST of node v from its legs."""
    size, first, last = 0, 0, 0
    for w in range(legs.shape[1]):
        if legs[v, w]:
            if last == 0:
                first = w
            last = w + 1
            size += _popcount(legs[v, w] & held[w])
    nodes[v, SIZE], nodes[v, FIRST], nodes[v, LAST] = size, first, last


@_compiled
def fill(legs: Uints, nodes: Ints, held: Uints) -> None:
    """Complete legs and table from the leaves' index sets and LEFT, RIGHT; children must come before parents.

    An inner node keeps the indices that are found both inside and outside it; a leaf keeps all of its own, because one
    that occurs nowhere else is summed in the leaf's first step and counts there.
    """
    leaves = (len(nodes) + 1) // 2
    outside = np.zeros_like(legs)
    for v in range(leaves, len(nodes)):
        legs[v] = legs[nodes[v, LEFT]] | legs[nodes[v, RIGHT]]
    for v in range(len(nodes) - 1, leaves - 1, -1):
        a, b = nodes[v, LEFT], nodes[v, RIGHT]
        outside[a] = outside[v] | legs[b]
        outside[b] = outside[v] | legs[a]
        nodes[a, PARENT] = nodes[b, PARENT] = v
    for v in range(len(nodes)):
        if v >= leaves:
            legs[v] &= outside[v]
        _count(legs, nodes, v, held)
    for v in range(leaves, len(nodes)):
        work = 0
        for w in range(legs.shape[1]):
            work += _popcount(legs[nodes[v, LEFT], w] | legs[nodes[v, RIGHT], w])
        nodes[v, WORK] = work


@_compiled
def _rotate(legs: Uints, nodes: Ints, c: int, p: int, a: int, b: int, r: int) -> None:
    """Turn p = (c = (a, b), r) into p = (c = (a, r), b): legs of c and all links; works are the caller's."""
    lo = min(nodes[a, FIRST], nodes[r, FIRST])
    hi = max(nodes[a, LAST], nodes[r, LAST])
    for w in range(nodes[c, FIRST], nodes[c, LAST]):
        if w < lo or w >= hi:
            legs[c, w] = 0
    first, last = lo, lo
    for w in range(lo, hi):
        x = (legs[a, w] | legs[r, w]) & (legs[b, w] | legs[p, w])
        legs[c, w] = x
        if x:
            if last == lo:
                first = w
            last = w + 1
    nodes[c, LEFT], nodes[c, RIGHT], nodes[c, FIRST], nodes[c, LAST] = a, r, first, last
    nodes[p, LEFT], nodes[p, RIGHT] = c, b
    nodes[r, PARENT], nodes[b, PARENT] = c, p


@_compiled
def run(
    legs: Uints, nodes: Ints, best: Ints, held: Uints, cap: int, schedule: NDArray[np.float64], moves: int, state: Uints
) -> float:
    """Anneal in place; best[v] becomes (LEFT, RIGHT) of the best tree seen, whose log2 cost is returned.

    Needs three leaves or more.
    """
    leaves = (len(nodes) + 1) // 2
    inner = leaves - 2  # inner nodes below the root: each has a parent and two children to rotate with
    lowest = log2_total(nodes, cap)
    scales = max(1, int(math.log2(inner) + 0.5) - 5)
    slack = np.empty(len(DRAWS))
    for stage in range(len(schedule)):
        # A rise by a factor f is accepted with probability f^(-1/(T ln 2)), i.e. log2(f) against T.
        for k in range(len(DRAWS)):
            slack[k] = DRAWS[k] ** (-schedule[stage] * math.log(2.0))
        for _ in range(stage * moves // len(schedule), (stage + 1) * moves // len(schedule)):
            bits = _draw(state)  # bits 63..32 pick the node, 31.. the tournament, 10..1 the slack, 0 the side
            c = leaves + _below(bits, inner)
            for _ in range((1 << _below(bits << np.uint64(32), scales)) - 1):
                rival = leaves + _below(_draw(state), inner)
                if nodes[rival, WORK] > nodes[c, WORK]:
                    c = rival
            side = _low(bits, 2)
            a, b, p = nodes[c, side], nodes[c, 1 - side], nodes[c, PARENT]
            r = nodes[p, LEFT] + nodes[p, RIGHT] - c

            excess_p = _excess(nodes[p, SIZE], cap)
            old_c = nodes[c, WORK] + _excess(nodes[c, SIZE], cap)
            old_p = nodes[p, WORK] + excess_p
            top = max(old_c, old_p)  # costs below are in units of phi^top
            bound = _power(old_c - top) + _power(old_p - top)
            bound *= slack[_low(bits >> np.uint64(1), len(DRAWS))]

            lo = min(nodes[a, FIRST], nodes[r, FIRST])
            hi = max(nodes[a, LAST], nodes[r, LAST])
            work_c = 0
            for w in range(lo, hi):
                work_c += _popcount(legs[a, w] | legs[r, w])
            if _power(work_c - top) > bound:
                continue  # too dear already
            size_c, work_p = 0, 0
            for w in range(lo, hi):
                x = (legs[a, w] | legs[r, w]) & (legs[b, w] | legs[p, w])
                size_c += _popcount(x & held[w])
                work_p += _popcount(x | legs[b, w])
            for w in range(nodes[b, FIRST], nodes[b, LAST]):
                if w < lo or w >= hi:
                    work_p += _popcount(legs[b, w])
            if _power(work_c + _excess(size_c, cap) - top) + _power(work_p + excess_p - top) > bound:
                continue
            _rotate(legs, nodes, c, p, a, b, r)
            nodes[c, WORK], nodes[c, SIZE], nodes[p, WORK] = work_c, size_c, work_p
        total = log2_total(nodes, cap)
        if total < lowest:
            lowest = total
            best[:] = nodes[:, :PARENT]
    return lowest
