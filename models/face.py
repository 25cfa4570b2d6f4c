"""The face network: one tensor per run, on hyperedges that carry the heights of the faces between strands.

sigma_i is diagonal in q_{i-1} and q_{i+1}, so a run is a four-index weight W[a, b_out, b_in, c] (interaction round a
face). q_0 = 0 and q_1 = 1 always; the plat closure fixes both ends too. Fixed heights are propagated (a 0 forces its
neighbours to 1) and removed; tensors whose indices another one contains are absorbed into it. Contracting everything
gives the normalised value E.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI, crossing_matrix
from plait.models.runs import Run, closed_runs, merge_cyclically

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from plait.models.search import ContractionPlan

    Array = NDArray[np.complex128]

MAX_RUNS = 50_000
"""Guard: networks beyond this are refused before anything is built."""


@dataclass(frozen=True, kw_only=True)
class FaceNetwork:
    """A closed hypergraph network whose full contraction is the normalised value E.

    Args:
        inputs: per tensor, its index ids (0-based); an index may sit on any number of tensors.
        arrays: per tensor, complex128, one axis of size 2 per index.
        sizes: index id -> 2.
        constraints: index pairs that are never both 0.
        order_key: per index, its place in a fixed spatial order (a permutation: no ties).
    """

    inputs: tuple[tuple[int, ...], ...]
    arrays: "tuple[Array, ...]"
    sizes: dict[int, int]
    constraints: tuple[tuple[int, int], ...]
    order_key: tuple[int, ...]

    def search(self, effort: int = 0, seed: int = 0, threads: int = 1) -> "ContractionPlan":
        """Find a contraction tree; see `plait.models.search.search`."""
        from plait.models.search import search

        return search(self, effort=effort, seed=seed, threads=threads)


Height = tuple[int, int]  # (column, time)


def face_network(braid: Braid, closure: Closure | str) -> FaceNetwork:
    """Build the face network of a closed braid.

    Args:
        braid: any braid of at most MAX_RUNS runs.
        closure: MARKOV (runs are merged cyclically: the trace does not change) or PLAT.

    Raises:
        PlaitError: odd plat, or too many runs.

    >>> network = face_network(Braid(strands=3, word=(1, -2, 1, -2)), Closure.MARKOV)
    >>> abs(network.search().contract() - (-0.4721359549996)) < 1e-12
    True
    """
    import numpy as np

    closure = Closure.parse(closure)
    closed = closed_runs(braid, closure)
    runs = merge_cyclically(closed.runs) if closure is Closure.MARKOV else closed.runs
    if len(runs) > MAX_RUNS:
        raise PlaitError(f"the braid has {len(runs)} runs; the face network is limited to {MAX_RUNS}")
    n = braid.strands
    tensors, final = _faces(n, runs, closure)
    pairs = _neighbours(n, tensors)
    fixed = _propagate(_fixed_heights(n, tensors, final, closure), pairs)
    scale = closed.phase
    if closure is Closure.MARKOV:
        tensors.append(([(n, 0)], np.array([1, PHI], complex)))
        scale = scale * PHI**-n
    tensors += [([x, y], np.array([[0, 1], [1, 1]], complex)) for x, y in _uncovered(n, tensors)]
    tensors, scalar = _absorb([_reduce(indices, array, fixed) for indices, array in tensors])
    scale = scale * scalar
    if not tensors:
        tensors = [([], np.ones((), complex))]
    tensors[0] = (tensors[0][0], tensors[0][1] * scale)
    return _numbered(n, tensors, pairs)


def _faces(n: int, runs: Sequence[Run], closure: Closure) -> "tuple[list[tuple[list[Height], Array]], list[Height]]":
    """One weight per run on heights (column, time), and the last height of every column."""
    count = [0] * (n + 1)
    for run in runs:
        count[run.position] += 1
    now = [(column, 0) for column in range(n + 1)]
    tensors = []
    for i, power in runs:
        later = (i, now[i][1] + 1)
        if closure is Closure.MARKOV and later[1] == count[i]:
            later = (i, 0)
        tensors.append(([now[i - 1], later, now[i], now[i + 1]], crossing_matrix(power)))
        now[i] = later
    return tensors, now


def _neighbours(n: int, tensors: "list[tuple[list[Height], Array]]") -> list[tuple[Height, Height]]:
    """Pairs of heights in adjacent columns that share a face, or the bottom edge."""
    pairs = {((column, 0), (column + 1, 0)) for column in range(n)}
    for (a, out, into, c), _ in tensors:
        pairs |= {(a, out), (a, into), (out, c), (into, c)}
    return sorted(pairs)


def _uncovered(n: int, tensors: "list[tuple[list[Height], Array]]") -> list[tuple[Height, Height]]:
    """Bottom-edge neighbours on which no face imposes the rule."""
    columns = {indices[1][0] for indices, _ in tensors if len(indices) == 4}
    return [((c, 0), (c + 1, 0)) for c in range(n) if c not in columns and c + 1 not in columns]


def _fixed_heights(
    n: int, tensors: "list[tuple[list[Height], Array]]", final: Sequence[Height], closure: Closure
) -> dict[Height, int]:
    fixed = {(0, 0): 0, (1, 0): 1}
    fixed |= {h: 1 for indices, _ in tensors for h in indices if h[0] == 1}
    if closure is Closure.PLAT:
        for column in range(n + 1):
            fixed[column, 0] = fixed[final[column]] = column % 2
    return fixed


def _propagate(fixed: dict[Height, int], pairs: list[tuple[Height, Height]]) -> dict[Height, int]:
    """A neighbour of a height fixed to 0 is 1; that forces nothing further."""
    forced = {y: 1 for x, y in pairs if fixed.get(x) == 0} | {x: 1 for x, y in pairs if fixed.get(y) == 0}
    return forced | fixed


def _reduce(indices: list[Height], array: "Array", fixed: dict[Height, int]) -> "tuple[list[Height], Array]":
    """Fix known heights; take the diagonal where one height occurs twice (a column with a single run)."""
    import numpy as np

    for axis in range(len(indices) - 1, -1, -1):
        if indices[axis] in fixed:
            array = np.take(array, fixed[indices[axis]], axis=axis)
    indices = [h for h in indices if h not in fixed]
    unique = list(dict.fromkeys(indices))
    if len(unique) < len(indices):
        number = {h: k for k, h in enumerate(unique)}
        labels = "".join(chr(97 + number[h]) for h in indices)
        array = np.einsum(f"{labels}->{''.join(dict.fromkeys(labels))}", array)
    return unique, array


def _absorb(
    tensors: "list[tuple[list[Height], Array]]",
) -> "tuple[list[tuple[list[Height], Array]], complex]":
    """Multiply every tensor into one that has all its indices; returns what is left and the product of scalars."""
    scalar = 1 + 0j
    kept: list[tuple[list[Height], Array]] = []
    holders: dict[Height, list[int]] = {}
    for indices, array in sorted(tensors, key=lambda tensor: -len(tensor[0])):
        if not indices:
            scalar *= complex(array)
            continue
        rarest = min((holders.get(h, []) for h in indices), key=len)
        host = next((k for k in rarest if set(indices) <= set(kept[k][0])), None)
        if host is None:
            for h in indices:
                holders.setdefault(h, []).append(len(kept))
            kept.append((indices, array))
        else:
            names, big = kept[host]
            axes = sorted(range(len(indices)), key=lambda axis: names.index(indices[axis]))
            shape = [2 if h in indices else 1 for h in names]
            kept[host] = (names, big * array.transpose(axes).reshape(shape))
    return kept, scalar


def _numbered(n: int, tensors: "list[tuple[list[Height], Array]]", pairs: list[tuple[Height, Height]]) -> FaceNetwork:
    """Heights become ids; the order key follows an oblique line through the braid, as the contraction does."""
    import numpy as np

    heights = sorted({h for indices, _ in tensors for h in indices})
    number = {h: k for k, h in enumerate(heights)}
    tallest: dict[int, int] = {}
    for column, time in heights:
        tallest[column] = max(tallest.get(column, 0), time + 1)
    slant = sorted(heights, key=lambda h: (h[0] / n + (h[1] + 0.5) / tallest[h[0]], h))
    place = {h: k for k, h in enumerate(slant)}
    return FaceNetwork(
        inputs=tuple(tuple(number[h] for h in indices) for indices, _ in tensors),
        arrays=tuple(np.array(array, complex, order="C") for _, array in tensors),
        sizes=dict.fromkeys(range(len(heights)), 2),
        constraints=tuple((number[x], number[y]) for x, y in pairs if x in number and y in number),
        order_key=tuple(place[h] for h in heights),
    )
