"""Compiled kernels of `plait.models.constrained`. Imports numba: import this module lazily.

A tensor is the vector of its valid configurations in lexicographic order of its ordered legs; its `Lattice` turns a
configuration into its place in that vector. One contraction step is a handful of `Block`s, plain matrix products.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Offsets = NDArray[np.uint32]
Planes = NDArray[np.float64]
"""One tensor: its real parts and its imaginary parts, shape (2, entries). Apart, they multiply in SIMD lanes."""

F = TypeVar("F", bound=Callable[..., object])

A_LEG, B_LEG = -1, -2
"""Role of a leg of the result that only the first, only the second operand has; separator legs have roles from 0."""
TILE = 4096
"""Most entries of a tile: the scratch of one thread, both planes together, is 64 KiB."""
HEAD_NS, ENTRY_NS, ROW_NS = 60.0, 20.0, 12.0
"""Time per head, per entry of the tile lists, and per four summed configurations of a row of a tile."""


def compiled(function: F) -> F:
    """Compile, keep on disk, run without the interpreter lock; multiplications may fuse with additions."""
    return cast(F, numba.njit(cache=True, nogil=True, fastmath={"contract"})(function))


class Edges(NamedTuple):
    """Forbidden partners of index i: other[first[i]] .. other[first[i + 1] - 1]."""

    first: Ints
    other: Ints


class Lattice(NamedTuple):
    """Valid configurations of ordered legs, as paths through levels of frontier states.

    A state is the values of the legs placed that have a neighbour to come. The states of level i are
    first[i]..first[i + 1]; `zero` and `one` lead on by the value of the next leg (-1: it must not be 0); `count` is the
    number of ways to go on to the end.
    """

    first: Ints
    zero: Ints
    one: Ints
    count: Ints


class Step(NamedTuple):
    """One contraction step A, B -> C, legs by position.

    Args:
        x_masks: for every separator leg, its separator neighbours as a mask.
        x_in_a: places in the separator of A's leading legs.
        x_in_b: the same of B.
        roles: for every leg of C, its place in the separator, or A_LEG, or B_LEG.
        summed: for every leg of C, its neighbours among the separator's summed legs, as a mask.
        adds: the separator has summed legs, so that several of its values meet in one entry of C.
    """

    x_masks: Ints
    x_in_a: Ints
    x_in_b: Ints
    roles: Ints
    summed: Ints
    adds: bool


class Block(NamedTuple):
    """One matrix product of a step: the separator has a value, the result is cut into heads times tiles.

    Below, `wide` is the operand whose tiles run along memory, `other` the other one. Offsets count entries.
    """

    swapped: bool  # wide is the second operand
    depth: int  # summed configurations
    wide_start: int
    wide_stride: int
    other_start: int
    other_stride: int
    head_state: Ints  # of every head: which state's tile continues it
    head_wide: Ints
    head_other: Ints
    head_result: Ints
    tile_wide: Ints  # of every state: width and number of rows of its tile
    tile_other: Ints
    tile_first: Ints  # of every state: where its lists begin
    tile_plain: NDArray[np.bool_]  # the tile's entries lie in the result in their own order
    tile_to: Offsets  # place in the result, after the head's
    tile_from: Offsets  # place in the tile


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
def places(legs: Ints, among: Ints) -> Ints:
    """For every leg, its place among other legs, or -1."""
    found = np.full(len(legs), -1, np.int64)
    for i in range(len(legs)):
        for j in range(len(among)):
            if among[j] == legs[i]:
                found[i] = j
    return found


@compiled
def step_of(x: Ints, a: Ints, b: Ints, c: Ints, edges: Edges) -> Step:
    """A step from its separator and the ordered legs of A, B and C."""
    x_in_a, x_in_b, roles = places(a, x), places(b, x), places(c, x)
    in_a = places(c, a)
    for i in range(len(c)):
        if roles[i] < 0:
            roles[i] = A_LEG if in_a[i] >= 0 else B_LEG
    summed = np.int64(0)
    in_c = places(x, c)
    for i in range(len(x)):
        if in_c[i] < 0:
            summed |= np.int64(1) << i
    return Step(
        near(x, x, edges), x_in_a[x_in_a >= 0], x_in_b[x_in_b >= 0], roles, near(c, x, edges) & summed, summed != 0
    )


@compiled
def lattice(legs: Ints, edges: Edges) -> Lattice:
    """The lattice of ordered legs."""
    masks = near(legs, legs, edges)
    k = len(masks)
    live = np.zeros(k + 1, np.int64)  # legs placed by level i that have a neighbour to come
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
        for s in states[start:stop]:
            if masks[i] & live[i] & ~s == 0:
                found[n] = s & live[i + 1]
                n += 1
            found[n] = (s | bit) & live[i + 1]
            n += 1
        if stop + n > len(states):
            longer = np.zeros(2 * (stop + n), np.int64)
            longer[:stop] = states[:stop]
            states = longer
        last = np.int64(-1)
        for s in np.sort(found[:n]):
            if s != last:
                states[stop] = s
                stop += 1
                last = s
        first[i + 2] = stop
    total = first[k + 1]
    zero, one = np.full(total, -1, np.int64), np.full(total, -1, np.int64)
    count = np.ones(total, np.int64)
    for i in range(k - 1, -1, -1):
        bit = np.int64(1) << i
        stop = first[i + 1]
        after = states[stop : first[i + 2]]
        for q in range(first[i], stop):
            s = states[q]
            one[q] = stop + np.searchsorted(after, (s | bit) & live[i + 1])
            count[q] = count[one[q]]
            if masks[i] & live[i] & ~s == 0:
                zero[q] = stop + np.searchsorted(after, s & live[i + 1])
                count[q] += count[zero[q]]
    return Lattice(first, zero, one, count)


@compiled
def separator_values(masks: Ints) -> Ints:
    """All valid values of separator legs, as bit masks."""
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


@compiled
def prefix(of: Lattice, places: Ints, value: int) -> tuple[int, int]:
    """Entries before the configurations whose leading legs have a value, and how many these are."""
    q, offset = np.int64(0), np.int64(0)
    for place in places:
        zero = of.zero[q]
        if value >> place & 1:
            if zero >= 0:
                offset += of.count[zero]
            q = of.one[q]
        else:
            q = zero
    return offset, of.count[q]


@compiled
def allowed(step: Step, value: int) -> NDArray[np.bool_]:
    """Whether a leg of C may be 0 and may be 1 (rows) once the separator has a value."""
    may = np.ones((2, len(step.roles)), np.bool_)
    for i in range(len(step.roles)):
        role = step.roles[i]
        if role >= 0:
            may[1 - (value >> role & 1), i] = False
        elif step.summed[i] & ~value:
            may[0, i] = False
    return may


@compiled
def ways_on(of: Lattice, roles: Ints, may: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Ways to go on from every state for A's own legs and for B's, once the separator has a value; 0 at dead ends.

    The two kinds of legs have no edge between them, so neither number depends on the other kind's legs to come.
    """
    k = len(roles)
    a_ways, b_ways = np.zeros(len(of.one), np.int64), np.zeros(len(of.one), np.int64)
    a_ways[of.first[k] :] = 1
    b_ways[of.first[k] :] = 1
    for i in range(k - 1, -1, -1):
        for q in range(of.first[i], of.first[i + 1]):
            zero, one = of.zero[q], of.one[q]
            if may[1, i]:
                a_ways[q], b_ways[q] = a_ways[one], b_ways[one]
                if may[0, i] and zero >= 0:
                    if roles[i] == A_LEG:
                        a_ways[q] += a_ways[zero]
                    else:
                        b_ways[q] += b_ways[zero]
            elif zero >= 0:
                a_ways[q], b_ways[q] = a_ways[zero], b_ways[zero]
    return a_ways, b_ways


@compiled
def expand(
    level: int,
    stop: int,
    start: int,
    total: int,
    of: Lattice,
    roles: Ints,
    may: NDArray[np.bool_],
    a_ways: Ints,
    b_ways: Ints,
) -> tuple[Ints, Ints]:
    """The `total` paths from a state at one level to another: last states, and offsets in A, B and C of each."""
    state, state_after = np.empty(total, np.int64), np.empty(total, np.int64)
    offset, offset_after = np.zeros((total, 3), np.int64), np.zeros((total, 3), np.int64)
    state[0] = start
    n = 1
    for i in range(level, stop):
        m = 0
        for p in range(n):
            q = state[p]
            zero, one = of.zero[q], of.one[q]
            a, b, c = offset[p]
            with_zero = may[0, i] and zero >= 0 and a_ways[zero] > 0
            if with_zero:
                state_after[m] = zero
                offset_after[m, 0], offset_after[m, 1], offset_after[m, 2] = a, b, c
                m += 1
            if may[1, i]:
                if with_zero and roles[i] == A_LEG:
                    a += a_ways[zero]
                elif with_zero:
                    b += b_ways[zero]
                if zero >= 0:
                    c += of.count[zero]
                state_after[m] = one
                offset_after[m, 0], offset_after[m, 1], offset_after[m, 2] = a, b, c
                m += 1
        state, state_after = state_after, state
        offset, offset_after = offset_after, offset
        n = m
    return state, offset


@compiled
def cut(depth: int, of: Lattice, may: NDArray[np.bool_], a_ways: Ints, b_ways: Ints) -> tuple[int, bool, Ints]:
    """The level that parts heads from tiles at the least time, whether B is the wide operand, and paths to states."""
    paths = np.zeros(len(of.one), np.int64)
    paths[0] = 1
    best, level, swapped = np.inf, 0, False
    k = may.shape[1]
    for i in range(k + 1):
        heads = entries = a_rows = b_rows = largest = 0
        for q in range(of.first[i], of.first[i + 1]):
            n = paths[q]
            if n == 0:
                continue
            tile = a_ways[q] * b_ways[q]
            heads += n
            entries += tile
            largest = max(largest, tile)
            a_rows += n * b_ways[q]
            b_rows += n * a_ways[q]
            if i < k:
                zero = of.zero[q]
                if may[1, i]:
                    paths[of.one[q]] += n
                if may[0, i] and zero >= 0 and a_ways[zero] > 0:
                    paths[zero] += n
        if largest <= TILE:
            cost = HEAD_NS * heads + ENTRY_NS * entries + ROW_NS * ((depth + 3) // 4) * min(a_rows, b_rows)
            if cost < best:
                best, level, swapped = cost, i, b_rows < a_rows
    return level, swapped, paths


@compiled
def block(step: Step, value: int, a_of: Lattice, b_of: Lattice, of: Lattice) -> Block:
    """The matrix product of a step for one value of its separator."""
    roles, may = step.roles, allowed(step, value)
    a_ways, b_ways = ways_on(of, roles, may)
    a_start, a_entries = prefix(a_of, step.x_in_a, value)
    b_start, b_entries = prefix(b_of, step.x_in_b, value)
    depth = a_entries // a_ways[0]
    assert depth * a_ways[0] == a_entries
    assert depth * b_ways[0] == b_entries
    level, swapped, paths = cut(depth, of, may, a_ways, b_ways)
    start, stop = of.first[level], of.first[level + 1]
    heads = paths[start:stop].sum()
    state, offset = expand(0, level, 0, heads, of, roles, may, a_ways, b_ways)
    state -= start
    wide, other = (1, 0) if swapped else (0, 1)
    order = np.argsort(offset[:, wide] * (b_ways[0] + a_ways[0]) + offset[:, other])
    tile_a, tile_b = a_ways[start:stop].copy(), b_ways[start:stop].copy()
    for q in range(stop - start):
        if paths[start + q] == 0:
            tile_a[q] = tile_b[q] = 0
    first = np.zeros(stop - start + 1, np.int64)
    first[1:] = np.cumsum(tile_a * tile_b)
    plain = np.ones(stop - start, np.bool_)
    to, source = np.empty(first[-1], np.uint32), np.empty(first[-1], np.uint32)
    for q in range(stop - start):
        n = first[q + 1] - first[q]
        if n == 0:
            continue
        _, tile = expand(level, len(roles), start + q, n, of, roles, may, a_ways, b_ways)
        width = tile_b[q] if swapped else tile_a[q]
        for p in range(n):
            to[first[q] + p] = tile[p, 2]
            source[first[q] + p] = tile[p, other] * width + tile[p, wide]
            if tile[p, 2] != p or source[first[q] + p] != p:
                plain[q] = False
    a = a_start, a_ways[0], tile_a
    b = b_start, b_ways[0], tile_b
    w, o = (b, a) if swapped else (a, b)
    return Block(
        swapped,
        depth,
        w[0],
        w[1],
        o[0],
        o[1],
        state[order],
        offset[order, wide],
        offset[order, other],
        offset[order, 2],
        w[2],
        o[2],
        first,
        plain,
        to,
        source,
    )


@compiled
def multiply(wide: Planes, other: Planes, result: Planes, of: Block, start: int, stop: int, add: bool) -> None:
    """Heads start..stop of one matrix product, written to the result or added to it."""
    scratch = np.empty((2, TILE))
    wide_re, wide_im, other_re, other_im = wide[0], wide[1], other[0], other[1]
    for h in range(start, stop):
        q = of.head_state[h]
        width, rows = of.tile_wide[q], of.tile_other[q]
        c = of.head_result[h]
        straight = of.tile_plain[q] and not add
        if straight:
            out_re, out_im = result[0, c : c + rows * width], result[1, c : c + rows * width]
        else:
            out_re, out_im = scratch[0], scratch[1]
        for row in range(rows):
            re, im = out_re[row * width : (row + 1) * width], out_im[row * width : (row + 1) * width]
            re[:] = 0
            im[:] = 0
            w = of.wide_start + of.head_wide[h]
            o = of.other_start + of.head_other[h] + row
            j = 0
            while j + 4 <= of.depth:
                add_four(re, im, wide_re, wide_im, w, of.wide_stride, width, other_re, other_im, o, of.other_stride)
                w += 4 * of.wide_stride
                o += 4 * of.other_stride
                j += 4
            while j < of.depth:
                add_one(re, im, wide_re[w : w + width], wide_im[w : w + width], other_re[o], other_im[o])
                w += of.wide_stride
                o += of.other_stride
                j += 1
        if not straight:
            to_re, to_im = result[0, c:], result[1, c:]
            for p in range(of.tile_first[q], of.tile_first[q + 1]):
                to, source = of.tile_to[p], of.tile_from[p]
                if add:
                    to_re[to] += out_re[source]
                    to_im[to] += out_im[source]
                else:
                    to_re[to] = out_re[source]
                    to_im[to] = out_im[source]


@compiled
def add_one(re, im, y_re, y_im, x_re, x_im) -> None:
    for q in range(len(re)):
        re[q] += y_re[q] * x_re - y_im[q] * x_im
        im[q] += y_re[q] * x_im + y_im[q] * x_re


@compiled
def add_four(re, im, wide_re, wide_im, w, stride, width, other_re, other_im, o, other_stride) -> None:
    a_re, a_im = wide_re[w : w + width], wide_im[w : w + width]
    w += stride
    b_re, b_im = wide_re[w : w + width], wide_im[w : w + width]
    w += stride
    c_re, c_im = wide_re[w : w + width], wide_im[w : w + width]
    w += stride
    d_re, d_im = wide_re[w : w + width], wide_im[w : w + width]
    ax_re, ax_im = other_re[o], other_im[o]
    o += other_stride
    bx_re, bx_im = other_re[o], other_im[o]
    o += other_stride
    cx_re, cx_im = other_re[o], other_im[o]
    o += other_stride
    dx_re, dx_im = other_re[o], other_im[o]
    for q in range(len(re)):
        re[q] += ((a_re[q] * ax_re - a_im[q] * ax_im) + (b_re[q] * bx_re - b_im[q] * bx_im)) + (
            (c_re[q] * cx_re - c_im[q] * cx_im) + (d_re[q] * dx_re - d_im[q] * dx_im)
        )
        im[q] += ((a_re[q] * ax_im + a_im[q] * ax_re) + (b_re[q] * bx_im + b_im[q] * bx_re)) + (
            (c_re[q] * cx_im + c_im[q] * cx_re) + (d_re[q] * dx_im + d_im[q] * dx_re)
        )


@compiled
def run(step: Step, a: Planes, b: Planes, c: Planes, a_of: Lattice, b_of: Lattice, of: Lattice) -> None:
    """A whole step on one thread."""
    for value in separator_values(step.x_masks):
        product = block(step, value, a_of, b_of, of)
        wide, other = (b, a) if product.swapped else (a, b)
        multiply(wide, other, c, product, 0, len(product.head_state), step.adds)
