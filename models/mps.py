"""A tensor train of path states: bonds on heights, sites on strands, in canonical form, truncated as it evolves.

A path state factorises at a height: for every value x of q_j the amplitudes are a matrix, left paths to x by right
paths from x. So a bond of the train sits on a height and is a direct sum over its two values, a site sits on a strand
and has one matrix per allowed step x -> y, and sigma_i joins the two sites beside q_i: for each value of q_i one
singular value decomposition of a matrix no larger than the neighbouring bonds. This is the fusion-tree form of a matrix
product state: no bond exceeds the number of paths on its shorter side, a Fibonacci number, without any padding.

A site may also hold a strand and its straight partner behind it (`plait.models.tensor_train` says what for): then
sigma_i acts on the first strands of two sites, in front of the partner between them.

Imported lazily (numpy, scipy).
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from plait.models.errors import PlaitError
from plait.models.fibonacci import crossing_matrix

Matrix = NDArray[np.complex128]
Key = tuple[int, int, int]
"""Step over a site: height left of it, height inside it (-1 where it holds one strand), height right of it."""

MAX_BYTES = 8 * 2**30
"""Memory of all trains and of one update, unless the caller says otherwise."""
COPIES = 6
"""Matrices of the size of an updated pair alive at once: products, mixed products, factors and work space."""


class Outgrown(PlaitError):
    """A train grew beyond the memory or the work allowed: bonds follow entanglement, which only the run can tell."""


class _Sector(NamedTuple):
    """What sigma^k does between two outer heights: its matrix over the ways to get from one to the other."""

    ways: tuple[tuple[Key, Key], ...]
    """The two steps of each row and column."""
    matrix: Matrix


@cache
def _gate(cell: int, power: int) -> tuple[_Sector, ...]:
    """sigma^power on two sites of `cell` strands each, for every pair of outer heights."""
    sectors = []
    for x, z in product((0, 1), repeat=2):
        paths = _paths(x, z, 2 * cell)
        if cell == 1:
            ways = tuple(((x, -1, y), (y, -1, z)) for (y,) in paths)
            matrix = _on_paths(x, z, paths, 1, power)
        else:  # take the partner between the two strands out of the way, cross them, put it back
            ways = tuple(((x, p, y), (y, q, z)) for p, y, q in paths)
            aside = _on_paths(x, z, paths, 2, 1)
            matrix = aside @ _on_paths(x, z, paths, 1, power) @ aside.conj().T
        sectors.append(_Sector(ways, matrix))
    return tuple(sectors)


def _paths(x: int, z: int, length: int) -> list[tuple[int, ...]]:
    """Inner heights of the paths of `length` steps from x to z."""
    inner = product((0, 1), repeat=length - 1)
    return [path for path in inner if all(a or b for a, b in zip((x, *path), (*path, z), strict=True))]


def _on_paths(x: int, z: int, paths: Sequence[tuple[int, ...]], position: int, power: int) -> Matrix:
    """sigma_position^power on the inner heights of paths from x to z."""
    weight = crossing_matrix(power)
    matrix = np.zeros((len(paths), len(paths)), complex)
    for (row, after), (column, before) in product(enumerate(paths), repeat=2):
        if all(a == b for k, (a, b) in enumerate(zip(after, before, strict=True), 1) if k != position):
            left, right = (x, *before)[position - 1], (*before, z)[position]
            matrix[row, column] = weight[left, after[position - 1], before[position - 1], right]
    return matrix


STEPS = {cell: [[len(_paths(x, y, cell)) for y in (0, 1)] for x in (0, 1)] for cell in (1, 2)}
"""Ways over one site of so many strands, by the heights left and right of it."""


class Train:
    """A state on strands capped in pairs (heights 0101..0) and what evolves from it.

    Args:
        sites: their number.
        cell: strands per site: 1, or 2 for a strand and its straight partner.
        max_bond: most states kept on a bond, both heights together.
        cutoff: share of the norm squared that one update may discard.
        max_bytes: memory of one update.
        max_work: of the decompositions, as counted in `work`.

    Attributes:
        norm: of the state; it starts as 1 and only truncation lowers it.
        lost: sum of the norms discarded.
        discarded: largest share of the norm squared that one update discarded.
        widest: largest bond so far.
        work: sum over the decompositions of rows * columns * min(rows, columns).
    """

    def __init__(
        self,
        sites: int,
        cell: int,
        max_bond: int,
        cutoff: float,
        *,
        max_bytes: float = MAX_BYTES,
        max_work: float = math.inf,
    ) -> None:
        one = np.ones((1, 1), complex)
        self.sites = [{(0, 1, 0) if cell == 2 else (j % 2, -1, (j + 1) % 2): one} for j in range(sites)]
        self.bonds = [{key[0]: 1 for key in site} for site in self.sites] + [{0: 1}]
        self.cell, self.max_bond, self.cutoff = cell, max_bond, cutoff
        self.max_bytes, self.max_work = max_bytes, max_work
        self.centre = 0  # sites left of it are isometries from the left, those right of it from the right
        self.norm, self.lost, self.discarded = 1.0, 0.0, 0.0
        self.widest, self.work = 1, 0

    def bytes(self) -> int:
        """Memory of the matrices."""
        return sum(block.nbytes for site in self.sites for block in site.values())

    def reach(self, i: int) -> int:
        """Largest bond that an update at height i can lead to before it is truncated."""
        counts = STEPS[self.cell]
        rows, columns = (
            [sum(count * counts[x][y] for x, count in self.bonds[j].items()) for y in (0, 1)] for j in (i - 1, i + 1)
        )
        return sum(map(min, rows, columns))

    def apply(self, i: int, power: int, rightwards: bool) -> None:
        """Apply sigma_i^power and truncate the bond at height i; the centre ends on the side the sweep goes to.

        Raises:
            Outgrown: it takes more memory or work than allowed.
        """
        while self.centre < i - 1:
            self._step_right()
        while self.centre > i:
            self._step_left()
        left, right = self.sites[i - 1], self.sites[i]
        mixed: dict[int, dict[tuple[Key, Key], Matrix]] = {0: {}, 1: {}}
        for ways, matrix in _gate(self.cell, power):
            there = [k for k, (a, b) in enumerate(ways) if a in left and b in right]
            if there:
                pairs = np.stack([left[ways[k][0]] @ right[ways[k][1]] for k in there])
                for (a, b), block in zip(ways, np.tensordot(matrix[:, there], pairs, 1), strict=True):
                    mixed[a[2]][a, b] = block
        factors = {y: self._factors(blocks) for y, blocks in mixed.items() if blocks}
        kept = self._kept({y: found.values for y, found in factors.items()})
        left.clear()
        right.clear()
        self.bonds[i] = {y: count for y, count in kept.items() if count}
        for y, count in self.bonds[i].items():
            rows, columns, u, values, v = factors[y]
            scale = values[:count]
            u, v = (u[:, :count], scale[:, None] * v[:count]) if rightwards else (u[:, :count] * scale, v[:count])
            left.update({a: u[part] for a, part in rows.items()})
            right.update({b: v[:, part] for b, part in columns.items()})
        self.centre = i if rightwards else i - 1

    def _factors(self, blocks: Mapping[tuple[Key, Key], Matrix]) -> "_Factors":
        """Singular value decomposition of the blocks that share a height: rows lead to it, columns from it."""
        rows = _ranges({a: block.shape[0] for (a, _), block in blocks.items()})
        columns = _ranges({b: block.shape[1] for (_, b), block in blocks.items()})
        height, breadth = (max(part.stop for part in parts.values()) for parts in (rows, columns))
        if 16 * COPIES * height * breadth > self.max_bytes:
            raise outgrown(self.widest, self.max_bytes)
        whole = np.zeros((height, breadth), complex)
        for (a, b), block in blocks.items():
            whole[rows[a], columns[b]] = block
        self.work += height * breadth * min(height, breadth)
        if self.work > self.max_work:
            raise Outgrown(
                f"the trains take more than the {self.max_work:.3g} multiplications allowed, at bond {self.widest}; "
                "give a smaller max_bond or a larger cutoff"
            )
        try:
            u, values, v = scipy.linalg.svd(whole, full_matrices=False, check_finite=False)
        except np.linalg.LinAlgError:  # divide and conquer did not converge
            u, values, v = scipy.linalg.svd(whole, full_matrices=False, check_finite=False, lapack_driver="gesvd")
        return _Factors(rows, columns, u, values, v)

    def _kept(self, values: Mapping[int, NDArray[np.float64]]) -> dict[int, int]:
        """How many singular values to keep for each height: the largest of all, within max_bond and cutoff."""
        every = np.concatenate(list(values.values()))
        heights = np.repeat(list(values), [len(found) for found in values.values()])
        order = np.argsort(-every, kind="stable")
        rest = np.cumsum(every[order[::-1]] ** 2)[::-1]  # weight of this value and all smaller ones
        keep = max(1, min(self.max_bond, int(np.count_nonzero(rest > self.cutoff * rest[0]))))
        self.widest = max(self.widest, keep)
        if keep < len(every):
            self.discarded = max(self.discarded, float(rest[keep] / rest[0]))
            self.lost += math.sqrt(float(rest[keep]))
            self.norm = float(np.linalg.norm(every[order[:keep]]))
        return {y: int(np.count_nonzero(heights[order[:keep]] == y)) for y in values}

    def _step_right(self) -> None:
        """Move the centre one site to the right."""
        j = self.centre
        site, following = self.sites[j], self.sites[j + 1]
        for y in self.bonds[j + 1]:
            keys = [key for key in site if key[2] == y]
            q, r = _orthogonal(np.concatenate([site[key] for key in keys]))
            for key, part in _ranges({key: len(site[key]) for key in keys}).items():
                site[key] = q[part]
            following.update({key: r @ block for key, block in following.items() if key[0] == y})
            self.bonds[j + 1][y] = q.shape[1]
        self.centre += 1

    def _step_left(self) -> None:
        """Move the centre one site to the left."""
        j = self.centre
        site, before = self.sites[j], self.sites[j - 1]
        for x in self.bonds[j]:
            keys = [key for key in site if key[0] == x]
            q, r = _orthogonal(np.concatenate([site[key].conj().T for key in keys]))
            for key, part in _ranges({key: site[key].shape[1] for key in keys}).items():
                site[key] = q[part].conj().T
            before.update({key: block @ r.conj().T for key, block in before.items() if key[2] == x})
            self.bonds[j][x] = q.shape[1]
        self.centre -= 1

    def overlap(self, ket: "Train") -> complex:
        """<self|ket>, of two trains of the same shape."""
        partial = {0: np.ones((1, 1), complex)}
        for bra_site, ket_site in zip(self.sites, ket.sites, strict=True):
            following: dict[int, Matrix] = {}
            for key in sorted(bra_site.keys() & ket_site.keys()):
                x, _, y = key
                if x in partial:
                    term = bra_site[key].conj().T @ partial[x] @ ket_site[key]
                    following[y] = following[y] + term if y in following else term
            partial = following
        return complex(partial[0][0, 0]) if partial else 0j


class _Factors(NamedTuple):
    """Where the steps sit in rows and columns, and u * values @ v."""

    rows: Mapping[Key, slice]
    columns: Mapping[Key, slice]
    u: Matrix
    values: NDArray[np.float64]
    v: Matrix


def _ranges(sizes: Mapping[Key, int]) -> dict[Key, slice]:
    """Consecutive ranges of these sizes."""
    ranges, start = {}, 0
    for key, size in sizes.items():
        ranges[key] = slice(start, start + size)
        start += size
    return ranges


def _orthogonal(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """QR decomposition."""
    q, r = scipy.linalg.qr(matrix, mode="economic", check_finite=False)
    return q, r


def outgrown(bond: int, max_bytes: float) -> Outgrown:
    """What to raise when memory does not suffice."""
    return Outgrown(
        f"the trains outgrow {max_bytes / 2**30:.3g} GiB at bond {bond}; give a smaller max_bond or a larger cutoff"
    )
