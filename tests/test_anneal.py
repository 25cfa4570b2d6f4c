"""The annealer against plain sets, exhaustive search and brute-force contraction."""

import math
import random
from collections import Counter

import numpy as np
import pytest

from plait.models.anneal import (
    STAGES,
    _cap_in_legs,
    _state,
    _tree,
    anneal,
    anneal_best,
    anneal_many,
    default_moves,
    default_seeds,
    log2_cost,
)
from plait.models.anneal_kernel import LEFT, RIGHT, SIZE, WORK, run
from plait.models.errors import PlaitError

PHI = (1 + math.sqrt(5)) / 2


def random_network(rng, tensors, indices):
    """Each index in 1 to 4 tensors; some tensors may be scalars."""
    inputs = [[] for _ in range(tensors)]
    for index in range(indices):
        for v in rng.sample(range(tensors), min(tensors, rng.choice((1, 2, 2, 2, 3, 4)))):
            inputs[v].append(index)
    return [tuple(t) for t in inputs]


def random_path(rng, tensors):
    live, path = list(range(tensors)), []
    while len(live) > 1:
        a, b = rng.sample(live, 2)
        live = [v for v in live if v not in (a, b)] + [tensors + len(path)]
        path.append((a, b))
    return path


def lattice(rows, columns):
    """Corner heights around the cells of a grid: every inner height sits in four tensors."""
    height = lambda r, c: r * (columns + 1) + c  # noqa: E731
    return [
        (height(r, c), height(r, c + 1), height(r + 1, c), height(r + 1, c + 1))
        for c in range(columns)
        for r in range(rows)
    ]


def chain(tensors):
    return [(0, 1)] + [(tensors + k, k + 2) for k in range(tensors - 2)]


def walk(inputs, path):
    """Independent bookkeeping with counters: legs of every node, and the index set of every step."""
    copies = Counter(i for t in inputs for i in set(t))
    held = [Counter(set(t)) for t in inputs]
    legs = [set(t) for t in inputs]
    steps = []
    for a, b in path:
        steps.append(legs[a] | legs[b])
        held.append(held[a] + held[b])
        legs.append({i for i, k in held[-1].items() if k < copies[i]})
    return legs, steps


def cost(inputs, path, cap_legs=math.inf):
    legs, steps = walk(inputs, path)
    sizes = [len(x) for x in legs[len(inputs) :]]
    return math.log2(sum(PHI ** (len(u) + 2 * max(0, n - cap_legs)) for u, n in zip(steps, sizes, strict=True)))


def is_path(path, tensors):
    used = [v for step in path for v in step]
    return (
        len(path) == tensors - 1
        and sorted(used) == list(range(2 * tensors - 2))
        and all(max(step) < tensors + k for k, step in enumerate(path))
    )


def optimum(inputs):
    """Cheapest of all trees, by dynamic programming over sets of tensors."""
    n = len(inputs)
    inside = lambda s: {i for v in range(n) if s >> v & 1 for i in inputs[v]}  # noqa: E731
    full = (1 << n) - 1

    def legs(s):
        return inside(s) if s & (s - 1) == 0 else inside(s) & inside(full ^ s)

    best = {1 << v: 0.0 for v in range(n)}
    for s in range(1, full + 1):
        if s not in best:
            splits = [t for t in range(1, s) if t & s == t and t < s ^ t]
            best[s] = min(best[t] + best[s ^ t] + PHI ** len(legs(t) | legs(s ^ t)) for t in splits)
    return math.log2(best[full])


def contract(inputs, arrays, path):
    """Value of the network along a path, one einsum per step."""
    legs, _ = walk(inputs, path)
    values = list(arrays)
    order = [list(t) for t in inputs]
    for k, (a, b) in enumerate(path):
        kept = sorted(legs[len(inputs) + k])
        values.append(np.einsum(values[a], order[a], values[b], order[b], kept))
        order.append(kept)
    return values[-1]


@pytest.mark.parametrize("seed", range(20))
def test_tables_after_annealing_equal_a_recount(seed):
    """After thousands of accepted rotations, legs, sizes and works are those of the final tree from scratch."""
    rng = random.Random(seed)
    n = rng.choice((3, 4, 10, 60))
    inputs = random_network(rng, n, rng.choice((2, 40, 150)))
    start = random_path(rng, n)
    legs, nodes, held = _tree(inputs, start)
    # The numbering of bits: indices as a left-first walk over the start meets them.
    bit, stack = {}, [2 * n - 2]
    while stack:
        v = stack.pop()
        if v < n:
            for i in inputs[v]:
                bit.setdefault(i, len(bit))
        else:
            stack += reversed(start[v - n])
    best = nodes[:, :2].copy()
    cap = rng.choice((4, 1 << 20))
    lowest = run(legs, nodes, best, held, cap, np.linspace(0.8, 0.3, STAGES), 5000, _state(seed))

    # The final ids are not in children-first order: name nodes by the set of leaves below them.
    def leaves(v):
        return frozenset([v]) if v < n else leaves(nodes[v, LEFT]) | leaves(nodes[v, RIGHT])

    copies = Counter(i for t in inputs for i in t)
    for v in range(n, 2 * n - 1):
        below = Counter(i for leaf in leaves(v) for i in inputs[leaf])
        expected = {i for i, k in below.items() if k < copies[i]}
        assert {i for i in bit if int(legs[v, bit[i] // 64]) >> bit[i] % 64 & 1} == expected
        assert nodes[v, SIZE] == len(expected)
    works = sorted(len(union) for union in walk(inputs, renamed(nodes, n))[1])
    assert sorted(nodes[n:, WORK].tolist()) == works
    assert lowest == pytest.approx(cost(inputs, renamed(best, n), cap), abs=1e-9)
    assert lowest <= cost(inputs, start, cap) + 1e-9


def renamed(nodes, n):
    """Path of a tree given by LEFT, RIGHT in any order of ids."""
    name, path = {v: v for v in range(n)}, []

    def visit(v):
        if v not in name:
            pair = (visit(nodes[v, LEFT]), visit(nodes[v, RIGHT]))
            path.append(pair)
            name[v] = n + len(path) - 1
        return name[v]

    visit(2 * n - 2)
    return path


@pytest.mark.parametrize("seed", range(12))
def test_result_is_a_path_and_never_costs_more(seed):
    """Any start, any cap, any number of moves: a valid path whose own objective has not risen."""
    rng = random.Random(100 + seed)
    n = rng.choice((1, 2, 3, 5, 30, 80))
    inputs = random_network(rng, n, rng.choice((1, 20, 200)))
    start = random_path(rng, n)
    cap = rng.choice((None, 2.0, 7.0))
    for moves in (0, 1, 37, 3000):
        path = anneal(inputs, start, moves=moves, seed=seed, size_cap=cap)
        assert is_path(path, n)
        assert log2_cost(inputs, path, size_cap=cap) <= log2_cost(inputs, start, size_cap=cap)


@pytest.mark.parametrize("seed", range(10))
def test_cost_equals_an_independent_count(seed):
    """log2_cost is the sum of phi^(union), with 2 bits per bit above the cap."""
    rng = random.Random(200 + seed)
    n = rng.randrange(2, 40)
    inputs, start = random_network(rng, n, 60), random_path(rng, n)
    assert log2_cost(inputs, start) == pytest.approx(cost(inputs, start), abs=1e-9)
    capped = log2_cost(inputs, start, size_cap=5 * math.log2(PHI))
    assert capped == pytest.approx(cost(inputs, start, 5), abs=1e-9)
    assert _cap_in_legs(math.inf) == _cap_in_legs(None)


@pytest.mark.parametrize("seed", range(12))
def test_finds_the_optimum_of_small_networks(seed):
    """On up to seven tensors the annealed tree is the best of all trees."""
    rng = random.Random(300 + seed)
    inputs = random_network(rng, rng.randrange(3, 8), rng.randrange(4, 16))
    start = random_path(rng, len(inputs))
    path = anneal_best(inputs, start, moves=20_000, seeds=range(4))
    assert cost(inputs, path) == pytest.approx(optimum(inputs), abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_value_along_the_path_equals_brute_force(seed):
    """Contraction along an annealed path gives the sum over all indices."""
    rng = random.Random(400 + seed)
    inputs = random_network(rng, 9, 12)
    generator = np.random.default_rng(seed)
    arrays = [generator.normal(size=(2,) * len(t)) + 1j * generator.normal(size=(2,) * len(t)) for t in inputs]
    path = anneal(inputs, random_path(rng, 9), moves=2000, seed=seed)
    operands = [x for pair in zip(arrays, map(list, inputs), strict=True) for x in pair]
    assert contract(inputs, arrays, path) == pytest.approx(np.einsum(*operands, []), rel=1e-10)


def test_one_and_two_tensors_have_one_tree():
    """Nothing to search: no step, one step."""
    assert anneal([(0, 1)], [], moves=100, seed=1) == []
    assert log2_cost([(0, 1)], []) == -math.inf
    assert anneal([(0, 1), (1, 2)], [(0, 1)], moves=100, seed=1) == [(0, 1)]
    assert log2_cost([(0, 1), (1, 2)], [(0, 1)]) == pytest.approx(3 * math.log2(PHI))


def test_networks_without_shared_indices():
    """Scalars, an index of one tensor only, and an index of all tensors are legal."""
    for inputs in ([(), (), (), ()], [(0,), (1,), (2,), (3,)], [(9,), (9,), (9,), (9, 4)]):
        path = anneal_best(inputs, chain(4), moves=500, seeds=[0, 1])
        assert is_path(path, 4)
        assert cost(inputs, path) == pytest.approx(optimum(inputs), abs=1e-9)


def test_same_seed_same_path_whatever_the_threads():
    """Results depend on the seeds alone, and anneal_best is the cheapest of its seeds."""
    inputs = lattice(7, 8)
    start = random_path(random.Random(1), len(inputs))
    single = [anneal(inputs, start, moves=4000, seed=s) for s in range(5)]
    assert single == [anneal(inputs, start, moves=4000, seed=s) for s in range(5)]
    assert len({tuple(p) for p in single}) > 1
    best = min(single, key=lambda p: log2_cost(inputs, p))
    for threads in (1, 2, 5):
        assert anneal_best(inputs, start, moves=4000, seeds=range(5), threads=threads) == best


@pytest.mark.parametrize("seed", [-1, 0, 1, 2**64 - 1, 2**70])
def test_every_integer_is_a_working_seed(seed):
    """No seed leaves the generator stuck at 0: each improves a random tree."""
    inputs = lattice(5, 5)
    start = random_path(random.Random(2), len(inputs))
    assert cost(inputs, anneal(inputs, start, moves=5000, seed=seed)) < cost(inputs, start) - 1


def test_forgets_a_random_start():
    """From a random tree of more than 2^40 the annealer gets below the column sweep of a 12 x 12 lattice."""
    inputs = lattice(12, 12)
    start = random_path(random.Random(3), 144)
    assert cost(inputs, start) > 40
    path = anneal_best(inputs, start, moves=default_moves(144, effort=0), seeds=default_seeds(effort=0))
    assert cost(inputs, path) < cost(inputs, chain(144)) - 1


def test_very_wide_trees_stay_finite():
    """Hundreds of legs and a penalty on top are beyond 2^1024, the largest double; the logarithm is not."""
    inputs = [(k, (k + 1) % 1200) for k in range(0, 1200, 2)] + [(k + 1, (k + 2) % 1200) for k in range(0, 1200, 2)]
    start = chain(1200)
    wide = log2_cost(inputs, start, size_cap=3)
    assert wide > 1100
    path = anneal(inputs, start, moves=1_000_000, seed=0, size_cap=3)
    assert log2_cost(inputs, path, size_cap=3) < wide / 3


def test_mistakes_are_reported():
    """Each says what was expected and what came."""
    three = [(0,), (0, 1), (1,)]
    with pytest.raises(PlaitError, match="at least one tensor"):
        anneal([], [], moves=1, seed=0)
    with pytest.raises(PlaitError, match="1 steps, but 3 tensors need 2"):
        anneal(three, [(0, 1)], moves=1, seed=0)
    for bad in ([(0, 1), (0, 2)], [(0, 0), (1, 2)], [(0, 4), (1, 2)], [(0, -1), (1, 2)]):
        with pytest.raises(PlaitError, match="no earlier step used"):
            log2_cost(three, bad)
    with pytest.raises(PlaitError, match="moves = -1"):
        anneal(three, chain(3), moves=-1, seed=0)
    with pytest.raises(PlaitError, match="hot >= cold"):
        anneal(three, chain(3), moves=1, seed=0, hot=0.1, cold=0.2)
    with pytest.raises(PlaitError, match="size_cap = 0"):
        anneal(three, chain(3), moves=1, seed=0, size_cap=0)
    with pytest.raises(PlaitError, match="seeds is empty"):
        anneal_best(three, chain(3), moves=1, seeds=[])
    with pytest.raises(PlaitError, match="threads = 0"):
        anneal_best(three, chain(3), moves=1, seeds=[0], threads=0)
    with pytest.raises(PlaitError, match="effort = 3"):
        default_moves(10, 3)


def test_many_repeats_come_in_the_order_of_the_seeds():
    """Each is the path of its seed alone; costs are those of the paths; the threads do not matter."""
    inputs = lattice(6, 6)
    start = random_path(random.Random(4), len(inputs))
    for cap in (None, 3.0):
        repeats = anneal_many(inputs, start, moves=3000, seeds=range(4), size_cap=cap)
        assert [r.path() for r in repeats] == [
            anneal(inputs, start, moves=3000, seed=s, size_cap=cap) for s in range(4)
        ]
        assert [r.cost for r in repeats] == [log2_cost(inputs, r.path(), size_cap=cap) for r in repeats]
        threaded = anneal_many(inputs, start, moves=3000, seeds=range(4), size_cap=cap, threads=3)
        assert [r.path() for r in threaded] == [r.path() for r in repeats]


def test_a_budget_cuts_repeats_from_the_end():
    """The first seed always runs; what comes back are the first of the seeds."""
    inputs = lattice(6, 6)
    start = random_path(random.Random(5), len(inputs))
    every = anneal_many(inputs, start, moves=20_000, seeds=range(3), budget=600)
    assert len(every) == 3
    first = anneal_many(inputs, start, moves=20_000, seeds=range(3), budget=1e-9)
    assert [r.path() for r in first] == [every[0].path()]
    with pytest.raises(PlaitError, match="budget = 0 must be above 0 seconds"):
        anneal_many(inputs, start, moves=1, seeds=[0], budget=0)
