"""Trees and loops together: within the memory, the same value, the same result whatever the threads."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.models.anneal import anneal_many, log2_cost
from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.constrained_count import Tree
from plait.models.errors import PlaitError
from plait.models.face import face_network
from plait.models.memory_search import annealed_again, fitted
from plait.models.search import search
from plait.models.slicing import WIDEST, Looped, Shape, Slices, looped_costs
from plait.models.slicing_kernel import look, tables

PHI = (1 + math.sqrt(5)) / 2


@given(
    seed=st.integers(0, 2**32),
    size=st.sampled_from([(2, 3), (5, 8), (12, 20), (10, 130)]),
    keep=st.sampled_from([0, 1, 3, WIDEST]),
)
def test_the_kernel_looks_as_the_exact_count_does(seed, size, keep):
    """Moments, lifetimes, entries and operations of `Looped`, every count replaced by phi^legs."""
    rng, (tensors, indices) = random.Random(seed), size
    inputs = [[] for _ in range(tensors)]
    for index in range(indices):
        for v in rng.sample(range(tensors), min(tensors, rng.choice((1, 2, 2, 3, 4)))):
            inputs[v].append(index)
    edges = sorted({tuple(sorted(rng.sample(range(indices), 2))) for _ in range(2 * indices)})
    live, path = list(range(tensors)), []
    while len(live) > 1:
        a, b = rng.sample(live, 2)
        live = [v for v in live if v not in (a, b)] + [tensors + len(path)]
        path.append((a, b))
    used = {i for t in inputs for i in t}
    shape = Shape(Tree.of(inputs, [e for e in edges if used.issuperset(e)], path))
    summed = sorted(shape.sums_at)
    heights = rng.sample(summed, min(len(summed), rng.randrange(7)))
    looped = Looped(shape, Slices(tuple(heights), keep))
    birth, death = np.zeros(len(shape.masks), np.int64), np.zeros(len(shape.masks), np.int64)
    held = np.zeros(3 * len(shape.masks) + 2)
    operations, moments = look(tables(shape), np.array(heights, np.int64), keep, birth, death, held)
    born, dead, _, count = looped.lifetimes()
    assert moments == count
    assert all((birth[node], death[node]) == (born[node], dead[node]) for node in born)
    unions = [(shape.union[v] | looped.around(looped.level(v))).bit_count() for v in shape.schedule]
    assert operations == pytest.approx(sum(PHI**legs for legs in unions), rel=1e-12)
    sizes = [PHI ** (mask & ~looped.mask).bit_count() for mask in shape.masks]
    expected = looped.held(sizes)
    np.testing.assert_allclose(held[: moments + 1], expected[: moments + 1], atol=1e-6 * max(expected))


@pytest.mark.parametrize(("closure", "seed"), [(Closure.MARKOV, 1), (Closure.PLAT, 2)])
def test_a_search_within_a_memory_keeps_to_it_and_to_the_value(closure, seed):
    """No more operations than loops on the tree of a search without memory; the same value; threads play no part."""
    network = face_network(Braid.brickwall(20, 60, seed=seed), closure)
    free = search(network, effort=1, repeats=3)
    for factor in (2, 4):
        memory = free.peak_bytes() / factor
        plan = search(network, effort=1, repeats=3, objective="seconds", memory=memory)
        assert plan.peak_bytes() <= memory
        assert plan.costs().operations <= free.sliced(memory).costs().operations
        assert plan.contract(constrained=True, memory=memory) == pytest.approx(free.contract(), rel=1e-10)
        assert search(network, effort=1, repeats=3, objective="seconds", memory=memory, threads=3) == plan
    with pytest.raises(PlaitError, match="no loops over heights bring it down"):
        search(network, effort=1, repeats=1, objective="seconds", memory=100)


def test_rounds_never_cost_more():
    """The best of the start is kept; counts are those of the tree with its loops."""
    network = face_network(Braid.brickwall(20, 60, seed=3), Closure.MARKOV)
    plans = [search(network, effort=1, seed=seed, repeats=1) for seed in range(3)]
    most = min(plan.costs().peak_entries for plan in plans) // 3
    start = fitted(network.inputs, network.constraints, [plan.path for plan in plans], most, threads=2)
    assert 0 < len(start) <= 3
    best = annealed_again(network.inputs, network.constraints, start, most, rounds=2, seed=5)
    assert best == sorted(best)
    assert best[0].operations <= start[0].operations
    for found in best:
        costs = looped_costs(network.inputs, network.constraints, found.path, found.slices)
        assert costs.operations == found.operations
        assert costs.peak_entries <= most
    assert annealed_again(network.inputs, network.constraints, start, most, rounds=0, seed=5) == start


def test_heights_looped_over_count_in_no_size():
    """With all legs out of the sizes a cap changes nothing; caps are taken in turn."""
    network = face_network(Braid.brickwall(8, 12), Closure.MARKOV)
    start = search(network).path
    every = sorted(network.sizes)
    free = anneal_many(network.inputs, start, moves=2000, seeds=range(2))
    out = anneal_many(network.inputs, start, moves=2000, seeds=range(2), size_cap=1.0, heights=every)
    assert [r.path() for r in out] == [r.path() for r in free]
    turns = anneal_many(network.inputs, start, moves=2000, seeds=range(2), size_cap=[math.inf, 2.0])
    assert turns[0].path() == free[0].path()
    assert turns[1].cost == log2_cost(network.inputs, turns[1].path(), size_cap=2.0)
