"""The path basis sorted as integers: sizes and places of the blocks that share a prefix.

Paths q_0..q_n are bit strings without adjacent zeros, q_0 = 0; q_0 is the most significant bit. So the paths with a
given prefix q_0..q_i are contiguous, their number depends on q_i alone, and a crossing at position i only rescales and
mixes such blocks.
"""

import numpy as np
from numpy.typing import NDArray

from plait.models.errors import PlaitError

Ints = NDArray[np.int64]

MOST_STRANDS = 90
"""Beyond, numbers of paths do not fit 64 bits (nor states any machine)."""


def completions(length: int, last: int | None = None) -> Ints:
    """Ways to continue a path, by bits to come and by the bit before them; shape (length + 1, 2).

    Args:
        length: most bits to come.
        last: what the last of them must be; None for either.

    >>> completions(4).tolist()
    [[1, 1], [1, 2], [2, 3], [3, 5], [5, 8]]
    """
    ways = np.zeros((length + 1, 2), np.int64)
    ways[0] = last != 1, last != 0
    for k in range(1, length + 1):
        ways[k] = ways[k - 1, 1], ways[k - 1].sum()
    return ways


def block_starts(first: int, depth: int, bit: int, ways: Ints, length: int) -> Ints:
    """Starts, ascending, of the blocks that fix the next `depth` bits, the last of them to `bit`.

    Args:
        first: the bit before the paths.
        depth: bits fixed, 0..length.
        bit: value of the last bit fixed (of `first` itself if depth is 0).
        ways: completions of at least `length` bits.
        length: bits of the paths.

    >>> block_starts(1, 2, 1, completions(4), 4).tolist()  # of 1010, 1011, 1101, 1110, ..: 01.. and 11..
    [0, 5]
    """
    here = np.zeros(1, np.int64)
    none = np.zeros(0, np.int64)
    after = (here, none) if bit == 0 else (none, here)
    for rest in range(length - depth, length):  # bits to come after the one that is put in front
        # a 0 is followed by 1; after a 1, the block of 0 comes first
        after = after[1], np.concatenate([after[0], after[1] + ways[rest, 0]])
    return after[first]


class PathBasis:
    """All paths on `strands` strands, or those with one value of the last bit, which every braid keeps.

    Args:
        strands: n.
        tail: last bits of every path: () for all F_{n+1} paths, (1,) for the F_n that end in 1, (1, 0) for the F_{n-1}
            that end in 0 (a 1 comes before it).

    >>> [PathBasis(29, tail).dimension for tail in ((), (1,), (1, 0))]
    [832040, 514229, 317811]
    """

    def __init__(self, strands: int, tail: tuple[int, ...] = ()) -> None:
        if strands > MOST_STRANDS:
            raise PlaitError(
                f"{strands} strands have too many paths for a state; at most {MOST_STRANDS} can be indexed"
            )
        self.strands = strands
        self.last = tail[-1] if tail else None
        self.ways = completions(strands, self.last)
        self.dimension = int(self.ways[strands, 0])

    def starts(self, level: int, bit: int) -> Ints:
        """Starts, ascending, of the blocks of paths with q_level = bit."""
        return block_starts(0, level, bit, self.ways, self.strands)

    def last_bits(self) -> NDArray[np.bool_]:
        """The last bit of every path; shape (dimension,)."""
        after = (np.zeros(self.ways[0, 0], bool), np.ones(self.ways[0, 1], bool))
        for _ in range(self.strands):
            after = after[1], np.concatenate(after)
        return after[0]
