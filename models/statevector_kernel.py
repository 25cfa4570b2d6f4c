"""Compiled evolution in the Fibonacci path basis. Imports numba: import this module lazily.

sigma^k = A^k (1 + r P): with A^k pulled out, a run leaves 011 and 110 alone, rescales 010, and adds a multiple of
(1, c) (x + c y) to each pair (x, y) of 101 and 111. About 66 % of the amplitudes change; a pair takes 16 real FLOP and
a rescaled amplitude 6: about 5.1 per amplitude of the state.
States are kept as real and imaginary planes, which the compiler vectorises; interleaved complex numbers it does not.

Compiled functions call only those of their own file: numba's cache on disk does not notice changes elsewhere.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.models.jit import compiled
from plait.models.path_basis import Ints

Plane = NDArray[Any]
Bools = NDArray[np.bool_]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@compiled(fastmath=True)
def cross(re: Plane, im: Plane, width: int, starts: Ints, table: Ints, factors: Plane) -> None:
    """Apply runs in place to rows of `width` amplitudes.

    Args:
        re, im: flat planes.
        width: amplitudes per path: a batch of states, or paths that agree in what the runs look at.
        starts: rows at which prefix blocks start.
        table: per run, the range within `starts` of prefixes that end in 0 and in 1, and the rows of a block after bit
            0 and after bit 1; shape (runs, 6).
        factors: per run, the factor of 010, the factor of x + c y (both as real and imaginary part), and c;
            shape (runs, 5).
    """
    for r in range(table.shape[0]):
        n0, n1 = table[r, 4] * width, table[r, 5] * width
        p, q = factors[r, 0], factors[r, 1]
        for t in range(table[r, 0], table[r, 1]):
            low = starts[t] * width
            xr, xi = re[low : low + n0], im[low : low + n0]
            for k in range(n0):
                a, b = xr[k], xi[k]
                xr[k] = p * a - q * b
                xi[k] = p * b + q * a
        p, q, c = factors[r, 2], factors[r, 3], factors[r, 4]
        for t in range(table[r, 2], table[r, 3]):
            low = starts[t] * width
            high = low + n0 + n1  # 101, then 110, then 111
            xr, xi = re[low : low + n1], im[low : low + n1]
            yr, yi = re[high : high + n1], im[high : high + n1]
            for k in range(n1):
                ur = xr[k] + c * yr[k]
                ui = xi[k] + c * yi[k]
                wr = p * ur - q * ui
                wi = p * ui + q * ur
                xr[k] += wr
                xi[k] += wi
                yr[k] += c * wr
                yi[k] += c * wi


@compiled(fastmath=True)
def sweep(
    re: Plane,
    im: Plane,
    prefixes: Ints,
    rows: Ints,
    columns: int,
    lanes: int,
    across: bool,
    starts: Ints,
    table: Ints,
    factors: Plane,
    begin: int,
    end: int,
) -> None:
    """Apply runs to units begin..end: copy each out of the state, cross it in cache, copy it back.

    Args:
        re, im: flat planes of the state, changed in place.
        prefixes: places in the state of the prefixes; shape (prefixes,).
        rows: places within a prefix of the configurations that the runs see; shape (rows,).
        columns: amplitudes that follow each row and that the runs treat alike.
        lanes: of these, or of the prefixes, taken into one unit.
        across: lanes run over prefixes, for rows at the end of the paths, which have no columns.
        starts, table, factors: as in `cross`, in rows of a unit.
        begin, end: units; a unit takes `lanes` prefixes if across, else `lanes` columns of one prefix.
    """
    out_re, out_im = np.empty(rows.size * lanes, re.dtype), np.empty(rows.size * lanes, re.dtype)
    chunks = 1 if across else (columns + lanes - 1) // lanes
    for unit in range(begin, end):
        if across:
            some = prefixes[unit * lanes : (unit + 1) * lanes]
            width = some.size
            for row in range(rows.size):
                at = rows[row]
                to_re, to_im = out_re[row * width : (row + 1) * width], out_im[row * width : (row + 1) * width]
                for k in range(width):
                    to_re[k] = re[some[k] + at]
                    to_im[k] = im[some[k] + at]
            cross(out_re, out_im, width, starts, table, factors)
            for row in range(rows.size):
                at = rows[row]
                to_re, to_im = out_re[row * width : (row + 1) * width], out_im[row * width : (row + 1) * width]
                for k in range(width):
                    re[some[k] + at] = to_re[k]
                    im[some[k] + at] = to_im[k]
        else:
            prefix, chunk = unit // chunks, unit % chunks
            width = min(lanes, columns - chunk * lanes)
            place = prefixes[prefix] + chunk * lanes
            for row in range(rows.size):
                at, to = place + rows[row], row * width
                out_re[to : to + width] = re[at : at + width]
                out_im[to : to + width] = im[at : at + width]
            cross(out_re, out_im, width, starts, table, factors)
            for row in range(rows.size):
                at, to = place + rows[row], row * width
                re[at : at + width] = out_re[to : to + width]
                im[at : at + width] = out_im[to : to + width]


@compiled()
def schedule(position: Ints, lows: Ints, highs: Ints, strands: int) -> tuple[Ints, Ints, Ints]:
    """Order runs into groups that each fit a window, most runs first; runs two positions apart commute.

    Args:
        position: of every run, in order of application.
        lows, highs: window w takes positions between, but not at, lows[w] and highs[w].
        strands: n.

    Returns:
        The runs in their new order, the end of each group in it, and the window of each group.
    """
    size, ahead = position.size, 32 * strands
    order, ends, windows = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    done, waits = np.zeros(size, np.bool_), np.zeros(strands + 2, np.bool_)
    first = taken = groups = 0
    while taken < size:
        while done[first]:
            first += 1
        best, best_count = 0, 0
        for w in range(lows.size + 1):
            # the last turn takes the runs of the best window
            window = best if w == lows.size else w
            low, high, count = lows[window], highs[window], 0
            waits[:] = False
            for r in range(first, min(size, first + ahead)):
                i = position[r]
                if done[r]:
                    continue
                if low < i < high and not (waits[i - 1] or waits[i] or waits[i + 1]):
                    count += 1
                    if w == lows.size:
                        order[taken] = r
                        taken += 1
                        done[r] = True
                else:
                    waits[i] = True
            if count > best_count:
                best, best_count = w, count
        ends[groups], windows[groups] = taken, best
        groups += 1
    return order, ends[:groups], windows[:groups]


@compiled()
def turn(key: np.uint64, place: int) -> np.int64:
    """A random number of quarter turns, 0..3: the top bits of SplitMix64 (Steele, Lea, Flood 2014) at a place.

    Needs no memory, and gives the same vector in whatever order, and on whatever device, it is made.
    """
    z = key + np.uint64(place + 1) * GOLDEN
    z = (z ^ (z >> np.uint64(30))) * MIX[0]
    z = (z ^ (z >> np.uint64(27))) * MIX[1]
    return np.int64((z ^ (z >> np.uint64(31))) >> np.uint64(62))


@compiled(fastmath=True)
def start_vector(re: Plane, im: Plane, key: np.uint64, ones: Bools, low: float, high: float) -> None:
    """Fill column planes with root * i^turn, root = high where the last bit is 1, else low."""
    for k in range(re.size):
        root = high if ones[k] else low
        quarters = turn(key, k)
        re[k] = root if quarters == 0 else -root if quarters == 2 else 0.0
        im[k] = root if quarters == 1 else -root if quarters == 3 else 0.0


@compiled(fastmath=True)
def overlap(re: Plane, im: Plane, key: np.uint64, ones: Bools, low: float, high: float) -> tuple[float, float]:
    """<start|state> with the vector of `start_vector`, summed in double precision."""
    sum_re = sum_im = 0.0
    for k in range(re.size):
        root = high if ones[k] else low
        quarters = turn(key, k)
        a, b = root * re[k], root * im[k]
        # (-i)^turn (a + i b)
        sum_re += a if quarters == 0 else b if quarters == 1 else -a if quarters == 2 else -b
        sum_im += b if quarters == 0 else -a if quarters == 1 else -b if quarters == 2 else a
    return sum_re, sum_im
