"""Several crossings per pass over the state: windows of neighbouring positions, each evolved piece by piece in cache.

Runs at positions between `low` and `high` see q_low..q_high and keep both ends. So for every prefix q_0..q_low and
every column (what follows q_high) they act on a short vector of the configurations in between, the same for all; a unit
of work takes some columns of one prefix. At the end of the paths there are no columns, and a unit takes some prefixes:
their vectors are transposed on the way into the cache, so that inner loops stay long.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from plait.models.path_basis import Ints, PathBasis, block_starts, completions

SPAN = 14
"""Bits from one end of a window to the other: up to 987 configurations."""
COLUMN_BITS = 8
"""Least bits after a window for single states: at least 34 columns."""
UNIT_BYTES = 3 << 17
"""Most bytes of a unit: fits the second-level cache of common cores (512 KiB and more)."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The part of the state with given bits at both ends of a window.

    Args:
        prefixes: starts of the prefix blocks, in amplitudes; shape (prefixes,).
        rows: offsets of the configurations within one, in amplitudes; shape (rows,).
        columns: amplitudes that follow each row.
        lanes: columns, or prefixes if `across`, in one unit.
        units: pieces of work.
        across: the lanes are prefixes.
        starts: as `cross` wants it.
        blocks: per position after `low`, as in a row of `cross`'s table; shape (positions, 6).
    """

    prefixes: Ints
    rows: Ints
    columns: int
    lanes: int
    units: int
    across: bool
    starts: Ints
    blocks: Ints


@cache
def position_blocks(first: int, length: int, last: int | None) -> tuple[Ints, Ints]:
    """Where crossings act among the configurations of `length` bits after `first`.

    Args:
        first: the bit before them, at level 0.
        length: of a configuration.
        last: its last bit; None for either.

    Returns:
        Starts of prefix blocks, and per position 1..length-1 the row of `cross`'s table; shape (length - 1, 6). Kept:
        not to be changed.
    """
    ways = completions(length, last)
    found: list[Ints] = []
    blocks = np.zeros((max(0, length - 1), 6), np.int64)
    size = 0
    for position in range(1, length):
        for bit in (0, 1):
            starts = block_starts(first, position - 1, bit, ways, length)
            found.append(starts)
            blocks[position - 1, 2 * bit : 2 * bit + 2] = size, size + starts.size
            size += starts.size
        blocks[position - 1, 4:] = ways[length - position - 1]
    return np.concatenate([np.zeros(0, np.int64), *found]), blocks


def windows(basis: PathBasis, batch: int) -> list[tuple[int, int]]:
    """The (low, high) from which a schedule chooses; every position lies inside one of them."""
    n = basis.strands
    last = n if batch > 1 else n - COLUMN_BITS
    return [(low, low + SPAN) for low in range(last - SPAN + 1)] + [(n - SPAN, n)] * (batch == 1)


def sides(basis: PathBasis, batch: int, low: int, high: int) -> Iterator[tuple[int, int | None, Ints, Ints, int]]:
    """The bits at both ends of a window between which there are paths, where these lie, and columns.

    Yields:
        First bit and last, starts of the prefix blocks, offsets of the configurations within one, and the amplitudes
        that follow each: 1 for a single state at the end of the paths, where configurations are neighbours.
    """
    n, length = basis.strands, high - low
    at_end = high == n and batch == 1
    for first in (0, 1):
        prefixes = basis.starts(low, first) * batch
        for last in (basis.last,) if at_end else (0, 1):
            if at_end:
                rows, columns = np.arange(basis.ways[length, first]), 1
            else:
                rows = block_starts(first, length, last or 0, basis.ways, n - low) * batch
                columns = int(basis.ways[n - high, last or 0]) * batch
            if prefixes.size * rows.size * columns:
                yield first, last, prefixes, rows, columns


def parts(basis: PathBasis, batch: int, low: int, high: int, itemsize: int) -> Iterator[Part]:
    """The parts of a window of a batch of states, whose amplitudes of one path are neighbours."""
    across = high == basis.strands and batch == 1
    for first, last, prefixes, rows, columns in sides(basis, batch, low, high):
        alike = prefixes.size if across else columns
        most = max(16, UNIT_BYTES // (2 * itemsize * rows.size) // 16 * 16)
        chunks = -(-alike // most)
        lanes = min(alike, -(-alike // (16 * chunks)) * 16)
        chunks = -(-alike // lanes)
        starts, blocks = position_blocks(first, high - low, last)
        yield Part(
            prefixes=prefixes,
            rows=rows,
            columns=columns,
            lanes=lanes,
            units=chunks if across else chunks * prefixes.size,
            across=across,
            starts=starts,
            blocks=blocks,
        )
