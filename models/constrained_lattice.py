"""Places of valid configurations in a tensor, compiled. Imports numba: import this module lazily.

A tensor is the vector of its valid configurations in lexicographic order of its ordered legs. The `Lattice` of the legs
turns a configuration into its place in that vector.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.models.jit import compiled

Ints = NDArray[np.int64]
Planes = NDArray[np.float64] | NDArray[np.float32]
"""Real parts, then imaginary parts; shape (2, entries). Apart, they fill SIMD lanes."""

A_LEG, B_LEG = -1, -2
"""Role of a leg of C outside the separator: only A has it, only B has it. Separator legs have their place, from 0."""

fused = compiled(fastmath={"contract"})
"""Compile so that a multiplication may fuse with an addition."""


class Edges(NamedTuple):
    """What index i must not share a 0 with: other[first[i]] .. other[first[i + 1] - 1]."""

    first: Ints
    other: Ints


class Lattice(NamedTuple):
    """Valid configurations of ordered legs, as paths through levels of frontier states.

    A state is the values of the legs placed that have a neighbour to come. The states of level i are
    first[i]..first[i + 1]; `zero` and `one` lead on by the value of the next leg (-1: it must not be 0); `ways` is the
    number of ways to go on to the end. The place of a path is the sum of ways[zero] over its legs of value 1.
    """

    first: Ints
    zero: Ints
    one: Ints
    ways: Ints


class Packed(NamedTuple):
    """A tensor over its valid configurations."""

    planes: Planes
    lattice: Lattice


class Step(NamedTuple):
    """One step, its legs by place.

    Args:
        x_near: for every separator leg, its neighbours in the separator, as a mask.
        x_in_a: for every leading leg of A, its place in the separator.
        x_in_b: the same of B.
        roles: for every leg of C, its place in the separator, or A_LEG, or B_LEG.
        summed_near: for every leg of C, its neighbours among the separator's summed legs, as a mask.
        adds: the separator has summed legs, so several of its values meet in one entry of C.
    """

    x_near: Ints
    x_in_a: Ints
    x_in_b: Ints
    roles: Ints
    summed_near: Ints
    adds: bool


@fused
def positions(legs: Ints, among: Ints) -> Ints:
    """For every leg, its position among other legs, or -1."""
    found = np.full(len(legs), -1, np.int64)
    for i in range(len(legs)):
        for j in range(len(among)):
            if among[j] == legs[i]:
                found[i] = j
    return found


@fused
def near(legs: Ints, among: Ints, edges: Edges) -> Ints:
    """For every leg, its neighbours among other legs, as a mask of their places."""
    masks = np.zeros(len(legs), np.int64)
    for i in range(len(legs)):
        for p in range(edges.first[legs[i]], edges.first[legs[i] + 1]):
            for j in range(len(among)):
                if among[j] == edges.other[p]:
                    masks[i] |= np.int64(1) << j
    return masks


@fused
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


@fused
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
        for q in range(start, first[i + 1]):
            for value in (states[q], states[q] | bit):
                if value == states[q] and masks[i] & live[i] & ~states[q]:
                    continue
                key = value & live[i + 1]
                p = find(states[:stop], first[i + 1], key)
                if p < stop and states[p] == key:
                    continue
                if stop == len(states):
                    states = np.append(states, np.zeros_like(states))
                states[p + 1 : stop + 1] = states[p:stop].copy()
                states[p] = key
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


@fused
def step_of(x: Ints, a: Ints, b: Ints, c: Ints, edges: Edges) -> Step:
    """A step from its separator and the ordered legs of A, B and C."""
    x_in_a, x_in_b, x_in_c = positions(a, x), positions(b, x), positions(x, c)
    roles, in_a = positions(c, x), positions(c, a)
    for i in range(len(c)):
        if roles[i] < 0:
            roles[i] = A_LEG if in_a[i] >= 0 else B_LEG
    summed = np.int64(0)
    for i in range(len(x)):
        if x_in_c[i] < 0:
            summed |= np.int64(1) << i
    return Step(
        near(x, x, edges), x_in_a[x_in_a >= 0], x_in_b[x_in_b >= 0], roles, near(c, x, edges) & summed, summed != 0
    )
