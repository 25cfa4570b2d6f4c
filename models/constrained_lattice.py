"""Places of valid configurations in a tensor, compiled. Imports numba: import this module lazily.

A tensor is the vector of its valid configurations in lexicographic order of its ordered legs. The `Lattice` of the legs
turns a configuration into its place in that vector.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Planes = NDArray[np.float64]
"""Real parts, then imaginary parts; shape (2, entries). Apart, they fill SIMD lanes."""

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile, keep on disk, run without the interpreter lock; a multiplication may fuse with an addition."""
    return cast(F, numba.njit(cache=True, nogil=True, fastmath={"contract"})(function))


class Edges(NamedTuple):
    """What index i must not share a 0 with: other[first[i]] .. other[first[i + 1] - 1]."""

    first: Ints
    other: Ints


class Lattice(NamedTuple):
    """Valid configurations of ordered legs, as paths through levels of frontier states.

    A state is the values of the legs placed that have a neighbour to come. The states of level i are
    first[i]..first[i + 1]; `zero` and `one` lead on by the value of the next leg (-1: it must not be 0); `count` is the
    number of ways to go on to the end. The place of a path is the sum of count[zero] over its legs of value 1.
    """

    first: Ints
    zero: Ints
    one: Ints
    count: Ints


class Packed(NamedTuple):
    """A tensor over its valid configurations."""

    planes: Planes
    lattice: Lattice


@compiled
def places(legs: Ints, among: Ints) -> Ints:
    """For every leg, its place among other legs, or -1."""
    found = np.full(len(legs), -1, np.int64)
    for i in range(len(legs)):
        for j in range(len(among)):
            if among[j] == legs[i]:
                found[i] = j
    return found


@compiled
def near(legs: Ints, among: Ints, edges: Edges) -> Ints:
    """For every leg, its neighbours among other legs, as a mask of their places."""
    masks = np.zeros(len(legs), np.int64)
    for i in range(len(legs)):
        for p in range(edges.first[legs[i]], edges.first[legs[i] + 1]):
            for j in range(len(among)):
                if among[j] == edges.other[p]:
                    masks[i] |= np.int64(1) << j
    return masks


@compiled
def ascending(keys: Ints) -> Ints:
    """Places of the keys from smallest to largest, by merging (numpy's sort takes seconds to compile)."""
    n, run = len(keys), 1
    order, after = np.arange(n), np.empty(n, np.int64)
    while run < n:
        for low in range(0, n, 2 * run):
            middle, high = min(low + run, n), min(low + 2 * run, n)
            i, j = low, middle
            for p in range(low, high):
                if i < middle and (j == high or keys[order[i]] <= keys[order[j]]):
                    after[p] = order[i]
                    i += 1
                else:
                    after[p] = order[j]
                    j += 1
        order, after = after, order
        run *= 2
    return order


@compiled
def find(among: Ints, low: int, key: int) -> int:
    """Place of a key among values that ascend from `low` on."""
    high = len(among)
    while low < high:
        middle = (low + high) // 2
        if among[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def lattice(legs: Ints, edges: Edges) -> Lattice:
    """The lattice of at most 62 ordered legs."""
    masks = near(legs, legs, edges)
    k = len(masks)
    live = np.zeros(k + 1, np.int64)  # at every level, the legs placed that have a neighbour to come
    for i in range(k + 1):
        for j in range(i):
            if masks[j] >> i:
                live[i] |= np.int64(1) << j
    first = np.zeros(k + 2, np.int64)
    first[1] = 1
    states = np.zeros(64, np.int64)
    for i in range(k):
        bit = np.int64(1) << i
        start, stop = first[i], first[i + 1]
        found = np.empty(2 * (stop - start), np.int64)
        n = 0
        for q in range(start, stop):
            if masks[i] & live[i] & ~states[q] == 0:
                found[n] = states[q] & live[i + 1]
                n += 1
            found[n] = (states[q] | bit) & live[i + 1]
            n += 1
        if stop + n > len(states):
            longer = np.zeros(2 * (stop + n), np.int64)
            longer[:stop] = states[:stop]
            states = longer
        last = -1
        for p in ascending(found[:n]):
            if found[p] != last:
                states[stop] = last = found[p]
                stop += 1
        first[i + 2] = stop
    total = first[k + 1]
    zero, one = np.full(total, -1, np.int64), np.full(total, -1, np.int64)
    count = np.ones(total, np.int64)
    for i in range(k - 1, -1, -1):
        bit = np.int64(1) << i
        start, stop = first[i], first[i + 1]
        after = states[: first[i + 2]]
        for q in range(start, stop):
            one[q] = find(after, stop, (states[q] | bit) & live[i + 1])
            count[q] = count[one[q]]
            if masks[i] & live[i] & ~states[q] == 0:
                zero[q] = find(after, stop, states[q] & live[i + 1])
                count[q] += count[zero[q]]
    return Lattice(first, zero, one, count)


@compiled
def prefix(of: Lattice, legs: Ints, value: int) -> tuple[int, int]:
    """Where the configurations begin whose leading legs have given values, and how many they are.

    Args:
        of: the lattice.
        legs: for every leading leg, its bit in `value`.
        value: their values, valid together.
    """
    q, start = 0, 0
    for bit in legs:
        if value >> bit & 1:
            if of.zero[q] >= 0:
                start += of.count[of.zero[q]]
            q = of.one[q]
        else:
            q = of.zero[q]
    return start, of.count[q]


@compiled
def valid_values(masks: Ints) -> Ints:
    """All valid values, as bit masks, of legs whose neighbours are `masks`."""
    values = np.zeros(1, np.int64)
    for i in range(len(masks)):
        bit = np.int64(1) << i
        longer = np.empty(2 * len(values), np.int64)
        n = 0
        for value in values:
            if masks[i] & (bit - 1) & ~value == 0:
                longer[n] = value
                n += 1
            longer[n] = value | bit
            n += 1
        values = longer[:n]
    return values
