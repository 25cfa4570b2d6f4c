"""One contraction step A, B -> C over valid configurations, compiled. Imports numba: import this module lazily.

Once the separator of the step has a value, the step is one dense matrix product, a `Block`; see
`plait.models.constrained` for why. The product is cut into heads times tiles, multiplied tile by tile within the cache
and written straight into the order that the next use of C wants.

Compiled functions call only those of their own file: numba's cache on disk does not notice changes elsewhere.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.models.constrained_lattice import A_LEG, Ints, Lattice, Packed, Planes, Step, fused

Reals = NDArray[np.float64] | NDArray[np.float32]
Bools = NDArray[np.bool_]
Offsets = NDArray[np.uint32]

TILE = 4096
"""Most entries of a tile: its real and imaginary parts take 64 KiB."""
HEAD_NS, ENTRY_NS, ROW_NS = 60.0, 20.0, 12.0
"""Measured time per head, per entry of a tile list, and per row and four summed configurations before arithmetic."""


class Walk(NamedTuple):
    """The configurations of C that agree with one value of the separator.

    Args:
        of: the lattice of C.
        roles: of C's legs, as in `Step`.
        may: whether a leg may be 0 (first row) and may be 1; shape (2, legs).
        a_ways: ways to go on from every state for the legs only A has; 0 at dead ends. No edge joins these to the legs
            only B has, so the number does not depend on what those do.
        b_ways: the same for the legs only B has.
    """

    of: Lattice
    roles: Ints
    may: Bools
    a_ways: Ints
    b_ways: Ints


class Block(NamedTuple):
    """One matrix product: sum over `depth` rows of `wide` times `other`, for one value of the separator.

    `wide` is the operand whose tiles run along memory. Offsets and strides count entries.
    """

    swapped: bool  # wide is B
    adds: bool  # to what C holds
    depth: int
    wide_start: int
    wide_stride: int
    other_start: int
    other_stride: int
    head_state: Ints  # of every head: the state whose tile continues it
    head_wide: Ints
    head_other: Ints
    head_c: Ints
    tile_width: Ints  # of every state: its tile has that many entries of wide ..
    tile_rows: Ints  # .. times that many of other,
    tile_first: Ints  # and begins here in the two lists
    tile_plain: Bools  # the tile lies in C just as in scratch
    to_c: Offsets
    from_tile: Offsets


@fused
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
                start += of.ways[of.zero[q]]
            q = of.one[q]
        else:
            q = of.zero[q]
    return start, of.ways[q]


@fused
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


@fused
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


@fused
def walk_of(step: Step, value: int, of: Lattice) -> Walk:
    """The walks through C that agree with a value of the separator."""
    k = len(step.roles)
    may = np.ones((2, k), np.bool_)
    for i in range(k):
        if step.roles[i] >= 0:
            may[1 - (value >> step.roles[i] & 1), i] = False
        elif step.summed_near[i] & ~value:
            may[0, i] = False
    a_ways, b_ways = np.zeros(len(of.one), np.int64), np.zeros(len(of.one), np.int64)
    a_ways[of.first[k] :] = 1
    b_ways[of.first[k] :] = 1
    for i in range(k - 1, -1, -1):
        for q in range(of.first[i], of.first[i + 1]):
            zero, one = of.zero[q], of.one[q]
            if may[1, i]:
                a_ways[q], b_ways[q] = a_ways[one], b_ways[one]
                if may[0, i] and zero >= 0:
                    if step.roles[i] == A_LEG:
                        a_ways[q] += a_ways[zero]
                    else:
                        b_ways[q] += b_ways[zero]
            elif zero >= 0:
                a_ways[q], b_ways[q] = a_ways[zero], b_ways[zero]
    return Walk(of, step.roles, may, a_ways, b_ways)


@fused
def cut(walk: Walk, depth: int) -> tuple[int, bool, Ints]:
    """The level that parts heads from tiles in the least time, whether B is wide, and the paths to every state."""
    of, k = walk.of, len(walk.roles)
    paths = np.zeros(len(of.one), np.int64)
    paths[0] = 1
    best, level, swapped = np.inf, k, False
    for i in range(k + 1):
        heads = entries = largest = a_rows = b_rows = 0
        for q in range(of.first[i], of.first[i + 1]):
            n, a, b = paths[q], walk.a_ways[q], walk.b_ways[q]
            if n == 0:
                continue
            heads += n
            entries += a * b
            largest = max(largest, a * b)
            a_rows += n * a
            b_rows += n * b
            if i < k:
                zero = of.zero[q]
                if walk.may[1, i]:
                    paths[of.one[q]] += n
                if walk.may[0, i] and zero >= 0 and walk.a_ways[zero] > 0:
                    paths[zero] += n
        if largest <= TILE:
            rows = min(a_rows, b_rows)
            cost = HEAD_NS * heads + ENTRY_NS * entries + ROW_NS * rows * ((depth + 3) // 4)
            if cost < best:
                best, level, swapped = cost, i, a_rows < b_rows
    return level, swapped, paths


@fused
def expand(walk: Walk, start: int, level: int, stop: int, total: int) -> tuple[Ints, Ints]:
    """The `total` paths from a state at one level to another level, in order: their ends, and places in A, B and C.

    Places are counted from the start; shape (total, 3).
    """
    of, may, a_ways, b_ways = walk.of, walk.may, walk.a_ways, walk.b_ways
    end, end_after = np.full(total, start, np.int64), np.empty(total, np.int64)
    place, place_after = np.zeros((total, 3), np.int64), np.zeros((total, 3), np.int64)
    n = 1
    for i in range(level, stop):
        m = 0
        for p in range(n):
            zero, one = of.zero[end[p]], of.one[end[p]]
            a, b, c = place[p]
            with_zero = may[0, i] and zero >= 0 and a_ways[zero] > 0
            if with_zero:
                end_after[m] = zero
                place_after[m, 0], place_after[m, 1], place_after[m, 2] = a, b, c
                m += 1
            if may[1, i]:
                if with_zero and walk.roles[i] == A_LEG:
                    a += a_ways[zero]
                elif with_zero:
                    b += b_ways[zero]
                if zero >= 0:
                    c += of.ways[zero]
                end_after[m] = one
                place_after[m, 0], place_after[m, 1], place_after[m, 2] = a, b, c
                m += 1
        end, end_after = end_after, end
        place, place_after = place_after, place
        n = m
    return end, place


@fused
def block(step: Step, value: int, a_of: Lattice, b_of: Lattice, of: Lattice) -> Block:
    """The matrix product of a step for one value of its separator."""
    walk = walk_of(step, value, of)
    a_start, a_entries = prefix(a_of, step.x_in_a, value)
    b_start, b_entries = prefix(b_of, step.x_in_b, value)
    a_stride, b_stride = walk.a_ways[0], walk.b_ways[0]
    depth = a_entries // a_stride
    assert depth * a_stride == a_entries and depth * b_stride == b_entries  # noqa: PT018
    level, swapped, paths = cut(walk, depth)
    wide, other = (1, 0) if swapped else (0, 1)
    wide_start, other_start = (b_start, a_start) if swapped else (a_start, b_start)
    wide_stride, other_stride = (b_stride, a_stride) if swapped else (a_stride, b_stride)
    # By place in wide, then in other: a panel of wide stays in the cache while the rows of other pass by.
    first, last = of.first[level], of.first[level + 1]
    end, place = expand(walk, 0, 0, level, paths[first:last].sum())
    order = ascending(place[:, wide] * other_stride + place[:, other])
    used = paths[first:last] > 0
    tile_a, tile_b = walk.a_ways[first:last] * used, walk.b_ways[first:last] * used
    width, rows = (tile_b, tile_a) if swapped else (tile_a, tile_b)
    tile_first = np.zeros(last - first + 1, np.int64)
    tile_first[1:] = np.cumsum(width * rows)
    plain = np.ones(last - first, np.bool_)
    to_c, from_tile = np.empty(tile_first[-1], np.uint32), np.empty(tile_first[-1], np.uint32)
    for q in range(last - first):
        n = width[q] * rows[q]
        if n == 0:
            continue
        _, tile = expand(walk, first + q, level, len(step.roles), n)
        assert tile[n - 1, 2] < 2**32
        for p in range(n):
            source = tile[p, other] * width[q] + tile[p, wide]
            to_c[tile_first[q] + p] = tile[p, 2]
            from_tile[tile_first[q] + p] = source
            plain[q] &= source == p and tile[p, 2] == p
    return Block(
        swapped,
        step.adds,
        depth,
        wide_start,
        wide_stride,
        other_start,
        other_stride,
        end[order] - first,
        place[order, wide],
        place[order, other],
        place[order, 2],
        width,
        rows,
        tile_first,
        plain,
        to_c,
        from_tile,
    )


@fused
def add_one(re: Reals, im: Reals, y_re: Reals, y_im: Reals, x_re: float, x_im: float) -> None:
    """Add x times y."""
    for q in range(len(re)):
        re[q] += y_re[q] * x_re - y_im[q] * x_im
        im[q] += y_re[q] * x_im + y_im[q] * x_re


@fused
def add_four(
    re: Reals, im: Reals, y_re: Reals, y_im: Reals, y: int, stride: int, x_re: Reals, x_im: Reals, x: int, x_stride: int
) -> None:
    """Add four products at once, from places y and x on: the sum is loaded and stored once, not four times."""
    n = len(re)
    a_re, a_im, ax, ai = y_re[y : y + n], y_im[y : y + n], x_re[x], x_im[x]
    y, x = y + stride, x + x_stride
    b_re, b_im, bx, bi = y_re[y : y + n], y_im[y : y + n], x_re[x], x_im[x]
    y, x = y + stride, x + x_stride
    c_re, c_im, cx, ci = y_re[y : y + n], y_im[y : y + n], x_re[x], x_im[x]
    y, x = y + stride, x + x_stride
    d_re, d_im, dx, di = y_re[y : y + n], y_im[y : y + n], x_re[x], x_im[x]
    for q in range(n):
        re[q] += ((a_re[q] * ax - a_im[q] * ai) + (b_re[q] * bx - b_im[q] * bi)) + (
            (c_re[q] * cx - c_im[q] * ci) + (d_re[q] * dx - d_im[q] * di)
        )
        im[q] += ((a_re[q] * ai + a_im[q] * ax) + (b_re[q] * bi + b_im[q] * bx)) + (
            (c_re[q] * ci + c_im[q] * cx) + (d_re[q] * di + d_im[q] * dx)
        )


@fused
def multiply(wide: Planes, other: Planes, c: Planes, of: Block, start: int, stop: int) -> None:
    """Heads start..stop of one matrix product, written into C or added to it."""
    scratch = np.empty((2, TILE), c.dtype)
    y_re, y_im, x_re, x_im = wide[0], wide[1], other[0], other[1]
    whole = of.depth - of.depth % 4
    for head in range(start, stop):
        q, c_place = of.head_state[head], of.head_c[head]
        width, rows = of.tile_width[q], of.tile_rows[q]
        straight = of.tile_plain[q] and not of.adds
        if straight:
            tile_re, tile_im = c[0, c_place : c_place + width * rows], c[1, c_place : c_place + width * rows]
        else:
            tile_re, tile_im = scratch[0], scratch[1]
        for row in range(rows):
            re, im = tile_re[row * width : (row + 1) * width], tile_im[row * width : (row + 1) * width]
            re[:] = 0
            im[:] = 0
            y = of.wide_start + of.head_wide[head]
            x = of.other_start + of.head_other[head] + row
            for _ in range(0, whole, 4):
                add_four(re, im, y_re, y_im, y, of.wide_stride, x_re, x_im, x, of.other_stride)
                y += 4 * of.wide_stride
                x += 4 * of.other_stride
            for _ in range(whole, of.depth):
                add_one(re, im, y_re[y : y + width], y_im[y : y + width], x_re[x], x_im[x])
                y += of.wide_stride
                x += of.other_stride
        if straight:
            continue
        c_re, c_im = c[0, c_place:], c[1, c_place:]
        for p in range(of.tile_first[q], of.tile_first[q + 1]):
            to, source = of.to_c[p], of.from_tile[p]
            if of.adds:
                c_re[to] += tile_re[source]
                c_im[to] += tile_im[source]
            else:
                c_re[to] = tile_re[source]
                c_im[to] = tile_im[source]


@fused
def run(step: Step, a: Packed, b: Packed, c: Packed) -> None:
    """A whole step on one thread; C must be 0 everywhere if the step adds."""
    for value in valid_values(step.x_near):
        product = block(step, value, a.lattice, b.lattice, c.lattice)
        wide, other = (b, a) if product.swapped else (a, b)
        multiply(wide.planes, other.planes, c.planes, product, 0, len(product.head_state))
