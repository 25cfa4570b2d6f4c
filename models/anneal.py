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
temperature. The dear parts are proposed more often (dearest of three random nodes), and the temperature falls linearly;
together these reach the cost of uniform proposals and geometric cooling in about a tenth of the moves.

The module compiles numba kernels when first used: import it inside the function that needs it.

Source: annealing by tree rotations as in Kalachev, Panteleev and Yung, arXiv:2108.05665; bitset legs, integer exponents
and the choice of nodes are plait's own.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray
from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI

Path = list[tuple[int, int]]
Uints = NDArray[np.uint64]
Ints = NDArray[np.int32]
Function = TypeVar("Function", bound=Callable[..., Any])

BITS_PER_LEG = math.log2(PHI)
PENALTY = 2  # bits of cost per bit above the size cap
STAGES = 100  # temperatures of a schedule; the best tree is looked for at the end of each
HOT, COLD = 0.5, 0.02  # temperatures, bits of log2(cost)
TOURNAMENT = 3  # a move takes the dearest of this many random nodes
MOVES_PER_TENSOR = (2_000, 20_000, 100_000)  # by effort

NO_CAP = 1 << 20  # legs
REACH = 1024
POWERS = PHI ** np.arange(-REACH, REACH + 1.0)  # phi^d, |d| <= REACH; beyond, a comparison is decided anyway
DRAWS = (np.arange(1024) + 0.5) / 1024  # quantiles that stand for a uniform draw in the acceptance test

# Columns of the table of nodes: one 32-byte row per node, so that a visit touches one cache line.
# Node ids: leaves 0..N-1, inner nodes N..2N-2, the root is always 2N-2. FIRST..LAST bounds the non-zero words of legs.
LEFT, RIGHT, PARENT, WORK, SIZE, FIRST, LAST = range(7)
COLUMNS = 8


def _compiled(function: Function) -> Function:
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


def _popcount_builder(context: Any, x: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), build


_popcount: Callable[[np.uint64], np.uint64] = intrinsic(_popcount_builder)


@_compiled
def _draw(state: Uints) -> np.uint64:
    """64 random bits (xorshift64*, Vigna, arXiv:1402.6246)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@_compiled
def _below(bits: np.uint64, n: int) -> int:
    """A number in 0..n-1 from the upper 32 of 64 random bits."""
    return np.int64(((bits >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@_compiled
def _power(exponent: int) -> float:
    return POWERS[min(max(exponent, -REACH), REACH) + REACH]


@_compiled
def _excess(legs: int, cap: int) -> int:
    return PENALTY * (legs - cap) if legs > cap else 0


@_compiled
def _log2_total(nodes: Ints, cap: int) -> float:
    """log2 of the summed cost of all steps, penalties included."""
    leaves = (len(nodes) + 1) // 2
    top = 0
    for v in range(leaves, len(nodes)):
        top = max(top, nodes[v, WORK] + _excess(nodes[v, SIZE], cap))
    total = 0.0
    for v in range(leaves, len(nodes)):
        total += _power(nodes[v, WORK] + _excess(nodes[v, SIZE], cap) - top)
    return top * BITS_PER_LEG + math.log2(total)


@_compiled
def _count(legs: Uints, nodes: Ints, v: int) -> None:
    """Set SIZE, FIRST and LAST of node v from its legs."""
    size, first, last = 0, 0, 0
    for w in range(legs.shape[1]):
        if legs[v, w]:
            if last == 0:
                first = w
            last = w + 1
            size += np.int64(_popcount(legs[v, w]))
    nodes[v, SIZE], nodes[v, FIRST], nodes[v, LAST] = size, first, last


@_compiled
def _fill(legs: Uints, nodes: Ints) -> None:
    """Complete legs and table from the leaves' index sets and LEFT, RIGHT; children must come before parents.

    An inner node keeps the indices that are found both inside and outside it; a leaf keeps all of its own, because one
    that occurs nowhere else is summed in the leaf's first step and counts there.
    """
    leaves = (len(nodes) + 1) // 2
    outside = np.zeros_like(legs)
    for v in range(leaves, len(nodes)):
        legs[v] = legs[nodes[v, LEFT]] | legs[nodes[v, RIGHT]]
    for v in range(len(nodes) - 1, leaves - 1, -1):
        a, b = nodes[v, LEFT], nodes[v, RIGHT]
        outside[a] = outside[v] | legs[b]
        outside[b] = outside[v] | legs[a]
        nodes[a, PARENT] = nodes[b, PARENT] = v
    for v in range(len(nodes)):
        if v >= leaves:
            legs[v] &= outside[v]
        _count(legs, nodes, v)
    for v in range(leaves, len(nodes)):
        work = 0
        for w in range(legs.shape[1]):
            work += np.int64(_popcount(legs[nodes[v, LEFT], w] | legs[nodes[v, RIGHT], w]))
        nodes[v, WORK] = work


@_compiled
def _rotate(legs: Uints, nodes: Ints, c: int, p: int, a: int, b: int, r: int) -> None:
    """Turn p = (c = (a, b), r) into p = (c = (a, r), b): legs of c and all links; works are the caller's."""
    lo = min(nodes[a, FIRST], nodes[r, FIRST])
    hi = max(nodes[a, LAST], nodes[r, LAST])
    for w in range(nodes[c, FIRST], nodes[c, LAST]):
        if w < lo or w >= hi:
            legs[c, w] = 0
    first, last = lo, lo
    for w in range(lo, hi):
        x = (legs[a, w] | legs[r, w]) & (legs[b, w] | legs[p, w])
        legs[c, w] = x
        if x:
            if last == lo:
                first = w
            last = w + 1
    nodes[c, LEFT], nodes[c, RIGHT], nodes[c, FIRST], nodes[c, LAST] = a, r, first, last
    nodes[p, LEFT], nodes[p, RIGHT] = c, b
    nodes[r, PARENT], nodes[b, PARENT] = c, p


@_compiled
def _run(
    legs: Uints, nodes: Ints, best: Ints, cap: int, schedule: NDArray[np.float64], moves: int, state: Uints
) -> float:
    """Anneal in place; best[v] becomes (LEFT, RIGHT) of the best tree seen, whose log2 cost is returned."""
    leaves = (len(nodes) + 1) // 2
    inner = leaves - 2  # inner nodes below the root: each has a parent and two children to rotate with
    lowest = _log2_total(nodes, cap)
    slack = np.empty(len(DRAWS))
    for stage in range(len(schedule)):
        # A rise by a factor f is accepted with probability f^(-1/(T ln 2)), i.e. log2(f) against T.
        for k in range(len(DRAWS)):
            slack[k] = DRAWS[k] ** (-schedule[stage] * math.log(2.0))
        for _ in range(stage * moves // len(schedule), (stage + 1) * moves // len(schedule)):
            bits = _draw(state)
            c = leaves + _below(bits, inner)
            for _ in range(TOURNAMENT - 1):
                rival = leaves + _below(_draw(state), inner)
                if nodes[rival, WORK] > nodes[c, WORK]:
                    c = rival
            side = np.int64(bits & np.uint64(1))
            a, b, p = np.int64(nodes[c, side]), np.int64(nodes[c, 1 - side]), np.int64(nodes[c, PARENT])
            r = np.int64(nodes[p, LEFT]) + np.int64(nodes[p, RIGHT]) - c

            excess_p = _excess(nodes[p, SIZE], cap)
            old_c = nodes[c, WORK] + _excess(nodes[c, SIZE], cap)
            old_p = nodes[p, WORK] + excess_p
            top = max(old_c, old_p)  # costs below are in units of phi^top
            bound = _power(old_c - top) + _power(old_p - top)
            bound *= slack[np.int64((bits >> np.uint64(1)) & np.uint64(len(DRAWS) - 1))]

            lo = min(nodes[a, FIRST], nodes[r, FIRST])
            hi = max(nodes[a, LAST], nodes[r, LAST])
            work_c = 0
            for w in range(lo, hi):
                work_c += np.int64(_popcount(legs[a, w] | legs[r, w]))
            if _power(work_c - top) > bound:
                continue  # most proposals end here
            size_c, work_p = 0, 0
            for w in range(lo, hi):
                x = (legs[a, w] | legs[r, w]) & (legs[b, w] | legs[p, w])
                size_c += np.int64(_popcount(x))
                work_p += np.int64(_popcount(x | legs[b, w]))
            for w in range(nodes[b, FIRST], nodes[b, LAST]):
                if w < lo or w >= hi:
                    work_p += np.int64(_popcount(legs[b, w]))
            if _power(work_c + _excess(size_c, cap) - top) + _power(work_p + excess_p - top) > bound:
                continue
            _rotate(legs, nodes, c, p, a, b, r)
            nodes[c, WORK], nodes[c, SIZE], nodes[p, WORK] = work_c, size_c, work_p
        total = _log2_total(nodes, cap)
        if total < lowest:
            lowest = total
            best[:] = nodes[:, :PARENT]
    return lowest


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


def _tree(inputs: Sequence[tuple[int, ...]], path: Sequence[tuple[int, int]]) -> tuple[Uints, Ints]:
    """Legs, shape (2N - 1, words), and table of nodes, shape (2N - 1, 8), of a path."""
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
    _fill(legs, nodes)
    return legs, nodes


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
    return min(NO_CAP, int(size_cap / BITS_PER_LEG + 1e-9))


def _state(seed: int) -> Uints:
    """Generator state of a seed, well mixed and never 0 (splitmix64, one step)."""
    mask = (1 << 64) - 1
    z = (seed + 1) * 0x9E3779B97F4A7C15 & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    return np.array([(z ^ z >> 31) or 1], np.uint64)


def log2_cost(
    inputs: Sequence[tuple[int, ...]], path: Sequence[tuple[int, int]], *, size_cap: float | None = None
) -> float:
    """log2 of the cost the annealer minimises: the sum over steps of phi^(legs of both operands), with penalties.

    Args:
        inputs: index ids of each tensor.
        path: pairs of node ids, single-static-assignment form, one step fewer than tensors.
        size_cap: log2 of the entries an intermediate may have without penalty. Defaults to None (no cap).

    Raises:
        PlaitError: no tensors, or not a path for them, or a cap that is not positive.

    >>> round(log2_cost([(0, 1), (1, 2), (2, 0)], [(0, 1), (2, 3)]), 3)  # log2(phi^3 + phi^2) = 4 log2(phi)
    2.777
    """
    _, nodes = _tree(inputs, path)
    return float(_log2_total(nodes, _cap_in_legs(size_cap))) if len(inputs) > 1 else -math.inf


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
    if len(seeds) == 0:
        raise PlaitError("seeds is empty: expected at least one integer")
    if threads < 1:
        raise PlaitError(f"threads = {threads} must be 1 or more")
    tree = _tree(inputs, path)
    cap = _cap_in_legs(size_cap)
    with ThreadPoolExecutor(min(threads, len(seeds))) as pool:
        runs = list(pool.map(lambda seed: _annealed(tree, cap, moves, seed, HOT, COLD), seeds))
    return _path(min(runs, key=lambda run: run[0])[1])


def default_moves(tensors: int, effort: int) -> int:
    """Moves per seed that are enough for a network of so many tensors.

    Measured on brickwall braids (one core, seconds after compilation): effort 0 ...

    Raises:
        PlaitError: effort is not 0, 1 or 2.

    >>> default_moves(410, 0)
    820000
    """
    if effort not in range(len(MOVES_PER_TENSOR)):
        raise PlaitError(f"effort = {effort} is not an effort; known: 0, 1, 2")
    return MOVES_PER_TENSOR[effort] * tensors


def _annealed(
    tree: tuple[Uints, Ints], cap: int, moves: int, seed: int, hot: float, cold: float
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
    cost = _run(legs, nodes, best, cap, np.linspace(hot, cold, STAGES), moves, _state(seed))
    return cost, best
