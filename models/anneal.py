"""Simulated annealing of contraction trees on hypergraph networks.

A network is a list of tensors, each a tuple of index ids; every index has size 2, may sit in any number of tensors, and
is summed over (no outputs). A tree is a path in single-static-assignment form: step k contracts two earlier nodes into
node N + k. A move rotates ((a, b), r) into ((a, r), b). Legs are bitsets, so the new node x = (a, r) has the legs
(L_a | L_r) & (L_b | L_p) whatever the number of tensors an index joins: no counters, a few popcounts.

Cost. A step whose operands have k legs together costs phi^k, since phi per leg is how Fibonacci height configurations
grow; an intermediate of more than 2^size_cap entries (phi^legs of them) adds 2 bits per bit too many. This is a plain
leg count: exact counts of the allowed configurations gain nothing (10^11.25 operations against 10^11.18 to 10^11.21 at
2,810 crossings) and take 4.5 times as long. All exponents are integers, so acceptance needs one table of powers.

Acceptance looks at log2(cost of the two steps touched), not at the whole tree: dear and cheap parts anneal at the same
temperature, which falls linearly. A move takes the dearest of 1, 2, 4, .. 2^(s-1) random nodes, each with equal chance,
s = log2(nodes) - 5, so that the few dozen steps that make the cost are tried as often as the many that do not. At 2,500
tensors this needs less than a tenth of the moves of uniform proposals and geometric cooling, and it forgets a bad
start: on 410 tensors a random tree will do, on 2,500 a few greedy trials or the tensors strand by strand.

The module imports numba: import it inside the function that needs it.

Source: annealing by tree rotations as in Kalachev, Panteleev and Yung, arXiv:2108.05665; bitset legs, integer exponents
and the choice of nodes are plait's own.
"""

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from plait.models.anneal_kernel import (
    BITS_PER_LEG,
    COLUMNS,
    LEFT,
    PARENT,
    RIGHT,
    Ints,
    Uints,
    fill,
    log2_total,
    run,
)
from plait.models.errors import PlaitError

Path = list[tuple[int, int]]

STAGES = 100  # temperatures of a schedule; the best tree is looked for at the end of each
HOT, COLD = 0.5, 0.02  # temperatures, bits of log2(cost)
EFFORTS = {0: (1_000, 4), 1: (2_000, 12), 2: (8_000, 32)}  # moves per tensor, seeds
NO_CAP = 1 << 20  # legs


def _checked(inputs: Sequence[tuple[int, ...]], path: Sequence[tuple[int, int]]) -> None:
    n = len(inputs)
    if n == 0:
        raise PlaitError("inputs is empty: expected at least one tensor")
    if len(path) != n - 1:
        raise PlaitError(f"path has {len(path)} steps, but {n} tensors need {n - 1}")
    unused = set(range(n))
    for k, step in enumerate(path):
        if len(step) != 2 or step[0] == step[1] or not unused.issuperset(step):
            raise PlaitError(
                f"path[{k}] = {tuple(step)} must name two different nodes below {n + k} that no earlier step used"
            )
        unused.difference_update(step)
        unused.add(n + k)


def _tree(
    inputs: Sequence[tuple[int, ...]], path: Sequence[tuple[int, int]], heights: Sequence[int] = ()
) -> tuple[Uints, Ints, Uints]:
    """Legs, shape (2N - 1, words), table of nodes, shape (2N - 1, 8), and legs counted as size, (words,), of a path."""
    _checked(inputs, path)
    n = len(inputs)
    nodes = np.zeros((2 * n - 1, COLUMNS), np.int32)
    if n > 1:
        nodes[n:, :PARENT] = path
    # Number the indices as a walk over the tree meets them: then the legs of a node fill few words.
    number: dict[int, int] = {}
    stack = [2 * n - 2]
    while stack:
        v = stack.pop()
        if v < n:
            for index in inputs[v]:
                number.setdefault(index, len(number))
        else:
            stack += [int(nodes[v, RIGHT]), int(nodes[v, LEFT])]
    legs = np.zeros((2 * n - 1, max(1, -(-len(number) // 64))), np.uint64)
    for v, tensor in enumerate(inputs):
        for index in tensor:
            word, bit = divmod(number[index], 64)
            legs[v, word] |= np.uint64(1 << bit)
    held = ~np.zeros(legs.shape[1], np.uint64)
    for index in heights:
        word, bit = divmod(number[index], 64)
        held[word] &= ~np.uint64(1 << bit)
    fill(legs, nodes, held)
    return legs, nodes, held


def _path(children: Ints) -> Path:
    """The single-static-assignment path of a tree whose root is the last node; children has shape (2N - 1, 2)."""
    n = (len(children) + 1) // 2
    order = []
    stack = [len(children) - 1]
    while stack:
        v = stack.pop()
        if v >= n:
            order.append(v)
            stack += children[v].tolist()
    name = list(range(len(children)))
    path: Path = []
    for v in reversed(order):  # children before parents
        name[v] = n + len(path)
        path.append((name[children[v, LEFT]], name[children[v, RIGHT]]))
    return path


def _cap_in_legs(size_cap: float | None) -> int:
    if size_cap is None:
        return NO_CAP
    if not size_cap > 0:
        raise PlaitError(f"size_cap = {size_cap} must be above 0 (log2 of entries), or None for no cap")
    return int(min(NO_CAP, size_cap / BITS_PER_LEG + 1e-9))


def _state(seed: int) -> Uints:
    """Generator state of a seed, well mixed and never 0 (splitmix64, one step)."""
    mask = (1 << 64) - 1
    z = (seed + 1) * 0x9E3779B97F4A7C15 & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    return np.array([(z ^ z >> 31) or 1], np.uint64)


def _effort(effort: int) -> tuple[int, int]:
    if effort not in EFFORTS:
        raise PlaitError(f"effort = {effort} is not an effort; known: {', '.join(map(str, EFFORTS))}")
    return EFFORTS[effort]


def _annealed(
    tree: tuple[Uints, Ints, Uints], cap: int, moves: int, seed: int, hot: float, cold: float
) -> tuple[float, Ints]:
    """(log2 cost, LEFT and RIGHT of all nodes) of the best tree met from a start, which is left as it is."""
    if moves < 0:
        raise PlaitError(f"moves = {moves} must be 0 or more")
    if not 0 <= cold <= hot:
        raise PlaitError(f"temperatures: expected hot >= cold >= 0, got hot = {hot}, cold = {cold}")
    legs, nodes = tree[0].copy(), tree[1].copy()
    best = nodes[:, :PARENT].copy()
    if len(nodes) < 5:  # fewer than three tensors: one tree only
        return 0.0, best
    cost = run(legs, nodes, best, tree[2], cap, np.linspace(hot, cold, STAGES), moves, _state(seed))
    return cost, best


def log2_cost(
    inputs: Sequence[tuple[int, ...]], path: Sequence[tuple[int, int]], *, size_cap: float | None = None
) -> float:
    """log2 of the cost the annealer minimises: the sum over steps of phi^(legs of both operands), with penalties.

    -inf for a single tensor, which needs no step.

    Args:
        inputs: index ids of each tensor.
        path: pairs of node ids, single-static-assignment form, one step fewer than tensors.
        size_cap: log2 of the entries an intermediate may have without penalty. Defaults to None (no cap).

    Raises:
        PlaitError: no tensors, or not a path for them, or a cap that is not positive.

    >>> round(log2_cost([(0, 1), (1, 2), (2, 0)], [(0, 1), (2, 3)]), 3)  # log2(phi^3 + phi^2) = 4 log2(phi)
    2.777
    """
    _, nodes, _ = _tree(inputs, path)
    return float(log2_total(nodes, _cap_in_legs(size_cap))) if len(inputs) > 1 else -math.inf


def anneal(
    inputs: Sequence[tuple[int, ...]],
    path: Sequence[tuple[int, int]],
    *,
    moves: int,
    seed: int,
    size_cap: float | None = None,
    hot: float = HOT,
    cold: float = COLD,
) -> Path:
    """The best contraction path met while annealing from the given one; never costs more (`log2_cost`) than that.

    Args:
        inputs: index ids of each tensor, all of size 2, all summed.
        path: start, pairs of node ids in single-static-assignment form.
        moves: rotations to propose; `default_moves` knows how many are enough.
        seed: any integer; the same arguments give the same path.
        size_cap: log2 of the entries an intermediate may have without penalty. A preference, not a bound: below what
            the network admits it only costs operations. Defaults to None (no cap).
        hot: first temperature, in bits of log2(cost).
        cold: last temperature, in bits.

    Raises:
        PlaitError: no tensors, not a path for them, or a number out of range.

    >>> anneal([(0,), (0, 1), (1,)], [(0, 2), (1, 3)], moves=10, seed=1)  # the ends first: 2 legs, then 2 again
    [(0, 1), (3, 2)]
    """
    return _path(_annealed(_tree(inputs, path), _cap_in_legs(size_cap), moves, seed, hot, cold)[1])


def anneal_best(
    inputs: Sequence[tuple[int, ...]],
    path: Sequence[tuple[int, int]],
    *,
    moves: int,
    seeds: Sequence[int],
    threads: int = 1,
    size_cap: float | None = None,
) -> Path:
    """The cheapest (`log2_cost`) of several annealed paths, one per seed; ties go to the earlier seed.

    Args:
        inputs, path, size_cap: as for `anneal`.
        moves: rotations to propose for each seed.
        seeds: at least one integer.
        threads: seeds annealed at once; it changes the time, never the result. Defaults to 1.

    Raises:
        PlaitError: as `anneal`, or no seeds, or threads below 1.

    >>> anneal_best([(0,), (0, 1), (1,)], [(0, 2), (1, 3)], moves=10, seeds=range(2))
    [(0, 1), (3, 2)]
    """
    repeats = anneal_many(inputs, path, moves=moves, seeds=seeds, threads=threads, size_cap=size_cap)
    return min(repeats, key=lambda repeat: repeat.cost).path()


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """One annealed tree of several.

    Args:
        cost: its `log2_cost`, cap included.
        children: operands of every node, shape (2N - 1, 2).
    """

    cost: float
    children: Ints

    def path(self) -> Path:
        """The tree as a path."""
        return _path(self.children)


def anneal_many(
    inputs: Sequence[tuple[int, ...]],
    path: Sequence[tuple[int, int]],
    *,
    moves: int,
    seeds: Sequence[int],
    threads: int = 1,
    size_cap: float | Sequence[float] | None = None,
    hot: float = HOT,
    heights: Sequence[int] = (),
    budget: float | None = None,
) -> list[Repeat]:
    """Annealed trees, one per seed, in the order of the seeds.

    Args:
        inputs, path, moves, hot: as for `anneal`.
        seeds: at least one integer.
        size_cap: as for `anneal`, or several that the seeds take in turn.
        heights: indices that count in no size, for loops over them make tensors smaller. Costs are counted with them.
            Defaults to none.
        threads: seeds annealed at once; without a budget it changes the time, never the result.
        budget: seconds. A seed is started only if it will end in time, going by the slowest before; the first always
            is. So fewer come back than seeds were given, the same ones as without a budget. Defaults to None (all).

    Raises:
        PlaitError: as `anneal`, or no seeds, threads below 1, or a budget that is not positive.

    >>> [len(repeat.path()) for repeat in anneal_many([(0,), (0, 1), (1,)], [(0, 2), (1, 3)], moves=10, seeds=[1, 2])]
    [2, 2]
    """
    if len(seeds) == 0:
        raise PlaitError("seeds is empty: expected at least one integer")
    if threads < 1:
        raise PlaitError(f"threads = {threads} must be 1 or more")
    if budget is not None and not budget > 0:
        raise PlaitError(f"budget = {budget} must be above 0 seconds, or None for no limit")
    tree = _tree(inputs, path, heights)
    caps = [_cap_in_legs(cap) for cap in (size_cap if isinstance(size_cap, Sequence) else (size_cap,))]
    begin, slowest, over = time.monotonic(), 0.0, False

    def one(number: int) -> Repeat | None:
        nonlocal slowest, over
        start = time.monotonic()
        over = over or (budget is not None and number > 0 and start + slowest > begin + budget)
        if over:
            return None
        cost, children = _annealed(tree, caps[number % len(caps)], moves, seeds[number], hot, min(hot, COLD))
        slowest = max(slowest, time.monotonic() - start)
        return Repeat(cost=cost, children=children)

    pool = ThreadPoolExecutor(min(threads, len(seeds)))
    try:
        return [repeat for repeat in pool.map(one, range(len(seeds))) if repeat is not None]
    finally:
        pool.shutdown(cancel_futures=True)


def default_moves(tensors: int, effort: int) -> int:
    """Moves per seed for a network of so many tensors; `default_seeds` says how many seeds.

    Effort 0, 1, 2: 1,000, 2,000, 8,000 moves per tensor on 4, 12, 32 seeds. At 65 to 125 ns a move that is, on one
    core, 0.11, 0.65, 7 s for 410 tensors (29 strands, 50 layers) and 1.3, 7.5, 80 s for 2,517 (85 strands, 100 layers).
    Many short runs beat one long one at 410 tensors: each ends in one of a few basins. Deep networks want longer runs.

    Raises:
        PlaitError: effort is not 0, 1 or 2.

    >>> default_moves(410, effort=0)
    410000
    """
    return _effort(effort)[0] * tensors


def default_seeds(effort: int, first: int = 0) -> range:
    """The seeds that go with `default_moves`: first, first + 1, ...

    Raises:
        PlaitError: effort is not 0, 1 or 2.

    >>> default_seeds(effort=0)
    range(0, 4)
    """
    return range(first, first + _effort(effort)[1])
