"""Counts and contraction over valid configurations, against enumeration of all configurations."""

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.models import constrained_packing, constrained_plan
from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.constrained import contract_constrained
from plait.models.constrained_count import (
    Tree,
    ValidCounter,
    constrained_bytes,
    constrained_costs,
    places,
)
from plait.models.constrained_kernel import block, prefix, valid_values
from plait.models.constrained_lattice import Edges, lattice, step_of
from plait.models.constrained_plan import make_plan, separator
from plait.models.errors import PlaitError
from plait.models.face import face_network
from plait.models.fibonacci import fibonacci

SEEDS = st.integers(0, 2**32)


def random_network(rng, tensors, indices):
    """Hyperedges of 1 to 4 tensors, forbidden pairs within tensors, entries anywhere; and a random path and order."""
    inputs = [[] for _ in range(tensors)]
    for index in range(indices):
        for v in rng.sample(range(tensors), min(tensors, rng.choice((1, 2, 2, 2, 3, 4)))):
            inputs[v].append(index)
    for tensor in inputs:
        rng.shuffle(tensor)
    pairs = {pair for tensor in inputs for pair in itertools.combinations(sorted(tensor), 2)}
    density = rng.choice((0.0, 0.2, 0.5, 0.9))
    edges = [pair for pair in sorted(pairs) if rng.random() < density]
    values = np.random.default_rng(rng.randrange(2**32))
    arrays = [values.normal(size=(2,) * len(t)) + 1j * values.normal(size=(2,) * len(t)) for t in inputs]
    live, path = list(range(tensors)), []
    while len(live) > 1:
        a, b = rng.sample(live, 2)
        live = [v for v in live if v not in (a, b)] + [tensors + len(path)]
        path.append((a, b))
    order = list(range(indices))
    rng.shuffle(order)
    return [tuple(t) for t in inputs], arrays, edges, path, order


def valid(indices, edges):
    """All valid configurations of some indices, as dictionaries."""
    inside = [(i, k) for i, k in edges if i in indices and k in indices]
    for bits in itertools.product((0, 1), repeat=len(indices)):
        value = dict(zip(indices, bits, strict=True))
        if all(value[i] or value[k] for i, k in inside):
            yield value


def brute_force(inputs, arrays, edges, indices):
    """The sum over all valid configurations, and the sum of absolute terms (a scale for rounding)."""
    terms = [
        math.prod(complex(array[tuple(value[i] for i in t)]) for t, array in zip(inputs, arrays, strict=True))
        for value in valid(range(indices), edges)
    ]
    return sum(terms), sum(map(abs, terms))


def walk(inputs, path):
    """Independent bookkeeping: which indices every node has that a tensor outside it has too."""
    below = [{v} for v in range(len(inputs))]
    for a, b in path:
        below.append(below[a] | below[b])
    return [
        {
            i
            for v in leaves
            for i in inputs[v]
            if any(i in inputs[w] for w in range(len(inputs)) if w not in leaves)
            or (len(leaves) == 1 and sum(i in t for t in inputs) > 1)
        }
        for leaves in below
    ]


def edges_of(edges, indices):
    """Forbidden pairs in the kernel's form."""
    other = [[k for pair in edges for k in pair if i in pair and k != i] for i in range(indices)]
    flat = [k for some in other for k in some]
    return Edges(np.cumsum([0, *map(len, other)], dtype=np.int64), np.array(flat, np.int64))


@given(seed=SEEDS, tensors=st.integers(1, 7), indices=st.integers(0, 9), dense=st.sampled_from((-1, 3, 12)))
def test_value_is_the_sum_over_valid_configurations(seed, tensors, indices, dense):
    """Any network, tree and order, all steps packed, some, or none; on one thread and on two alike, bit for bit."""
    network = random_network(random.Random(seed), tensors, indices)
    expected, scale = brute_force(*network[:3], indices)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constrained_plan, "DENSE_LEGS", dense)
        value = contract_constrained(*network)
        patch.setattr(constrained_plan, "ARENA_ENTRIES", 1)
        patch.setattr(constrained_packing, "THREAD_ENTRIES", 1)
        threaded = contract_constrained(*network, threads=2)
    assert abs(value - expected) <= 1e-12 * scale
    assert threaded == value


@given(seed=SEEDS, tensors=st.integers(2, 7), indices=st.integers(0, 9))
def test_counts_are_those_of_enumeration(seed, tensors, indices):
    inputs, _, edges, path, _ = random_network(random.Random(seed), tensors, indices)
    costs = constrained_costs(inputs, edges, path)
    legs = walk(inputs, path)
    unions = [legs[a] | legs[b] for a, b in path]
    sizes = [sum(1 for _ in valid(sorted(some), edges)) for some in legs]
    assert costs.operations == sum(sum(1 for _ in valid(sorted(union), edges)) for union in unions)
    assert costs.largest == max(sizes[tensors:])
    assert costs.dense_operations == sum(2 ** len(union) for union in unions)
    assert costs.dense_width == max(len(some) for some in legs[tensors:])
    assert costs.dense_writes == sum(2 ** len(some) for some in legs[tensors:])
    # Whatever the order, a step holds its operands and its result, and nothing is held that was not made.
    assert max(sizes[a] + sizes[b] + sizes[tensors + k] for k, (a, b) in enumerate(path)) <= costs.peak_entries
    assert costs.peak_entries <= sum(sizes)


def test_peak_holds_what_waits():
    """While one pair is joined, the result of the other pair waits; input tensors wait outside."""
    inputs = [(0, 1, 2, 3), (1, 2, 3, 4), (4, 5, 6, 7), (5, 6, 7, 0)]
    costs = constrained_costs(inputs, [], [(0, 1), (2, 3), (4, 5)])
    assert costs.peak_entries == 4 + 16 + 16 + 4
    assert constrained_bytes(costs, safety=1.5) == 16 * 40 * 3 // 2


@pytest.mark.parametrize("last", [(6, 7), (7, 6)])
def test_the_side_that_peaks_goes_first(last):
    """Then only the small result of the other side is not yet there."""
    wide = tuple(range(8))
    inputs = [(*wide[:4], 8), (*wide[4:], 8), (*wide, 9, 12), (9, 10, 11), (10, 11, 12)]
    costs = constrained_costs(inputs, [], [(0, 1), (5, 2), (3, 4), last])
    assert costs.peak_entries == 2**8 + 2**10 + 2**2


@given(seed=SEEDS, tensors=st.integers(2, 6), indices=st.integers(1, 9))
def test_kernel_multiplies_what_is_counted(seed, tensors, indices):
    """The blocks of every step cover the valid configurations of its union, each once."""
    inputs, _, edges, path, order = random_network(random.Random(seed), tensors, indices)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constrained_plan, "DENSE_LEGS", -1)
        plan = make_plan(inputs, edges, path, order)
    near = edges_of(edges, indices)
    for (a, b), node, operations in zip(path, range(tensors, len(plan.order)), plan.tree.operations(), strict=True):
        legs = [plan.order[k] for k in (a, b, node)]
        of = [lattice(some, near) for some in legs]
        step = step_of(plan.separators[node], *legs, near)
        blocks = [block(step, value, *of) for value in valid_values(step.x_near)]
        assert sum(one.depth * one.wide_stride * one.other_stride for one in blocks) == operations


@given(seed=SEEDS, legs=st.integers(0, 9))
def test_lattice_numbers_valid_configurations_in_order(seed, legs):
    rng = random.Random(seed)
    edges = [pair for pair in itertools.combinations(range(legs), 2) if rng.random() < 0.3]
    of = lattice(np.arange(legs), edges_of(edges, legs))
    found = list(valid(range(legs), edges))
    assert of.ways[0] == len(found)
    for place, value in enumerate(found):
        bits = sum(bit << i for i, bit in value.items())
        assert prefix(of, np.arange(legs), bits) == (place, 1)


@given(seed=SEEDS)
def test_separator_parts_the_legs(seed):
    """Without it no edge is left between summed legs, the rest of A and the rest of B; shared legs are in it."""
    rng = random.Random(seed)
    summed, shared, only_a, only_b = (rng.getrandbits(12) for _ in range(4))
    shared &= ~summed
    only_a &= ~(summed | shared)
    only_b &= ~(summed | shared | only_a)
    adjacent = [0] * 12
    for i, k in itertools.combinations(range(12), 2):
        if rng.random() < 0.15:
            adjacent[i] |= 1 << k
            adjacent[k] |= 1 << i
    x = separator(summed | shared | only_a, summed | shared | only_b, shared | only_a | only_b, adjacent)
    assert x & shared == shared
    parts = [part & ~x for part in (summed, only_a, only_b)]
    assert not any(adjacent[i] & other for part in parts for other in parts if other != part for i in places(part))


def test_counts_beyond_machine_integers():
    """Chains, rings and ladders of hundreds of indices have known counts."""
    many = range(300)
    chain = [(i, i + 1) for i in many[:-1]]
    ring = [*chain, (299, 0)]
    tensors = [tuple(many), tuple(many)]
    assert constrained_costs(tensors, chain, [(0, 1)]).operations == fibonacci(302)
    assert constrained_costs(tensors, ring, [(0, 1)]).operations == fibonacci(301) + fibonacci(299)
    ladder = [(i, i + 2) for i in many[:-2]] + [(i, i + 1) for i in many[::2]]
    ways = [1, 1, 1]  # a rung is 11, 01 or 10
    for _ in range(149):
        both, left, right = ways
        ways = [both + left + right, both + right, both + left]
    costs = constrained_costs(tensors, ladder, [(0, 1)])
    assert costs.operations == sum(ways)
    assert costs.dense_operations == 2**300
    assert constrained_bytes(costs) > 2**150


def test_counter_multiplies_separate_pieces():
    adjacent = [0b10, 0b01, 0, 0b10000, 0b01000]
    assert ValidCounter(adjacent).count(0b11111) == 3 * 2 * 3


@pytest.mark.parametrize(
    ("closure", "seed"), [(Closure.MARKOV, 0), (Closure.MARKOV, 1), (Closure.PLAT, 2), (Closure.PLAT, 3)]
)
def test_face_network_equals_dense_contraction(closure, seed):
    """Real braids reach the packed steps, tiles written through lists, and several separator values."""
    network = face_network(Braid.brickwall(16, 40, seed=seed), closure)
    plan = network.search()
    arguments = network.inputs, network.arrays, network.constraints, plan.path, network.order_key
    dense = plan.contract(constrained=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constrained_plan, "DENSE_LEGS", 6)
        assert len(make_plan(*arguments[:1], *arguments[2:]).separators) > 20
        packed = contract_constrained(*arguments)
        patch.setattr(constrained_packing, "THREAD_ENTRIES", 1)
        assert contract_constrained(*arguments, threads=2) == packed
    assert packed == pytest.approx(dense, rel=1e-11)
    assert contract_constrained(*arguments) == pytest.approx(dense, rel=1e-11)


def layered_unlink(strands, layers, seed):
    """Strands at fixed heights above the page cross at random and are then sorted back: isotopic to no crossing."""
    rng = random.Random(seed)
    height, at, word = rng.sample(range(strands), strands), list(range(strands)), []

    def cross(i):
        word.append(i if height[at[i - 1]] < height[at[i]] else -i)
        at[i - 1], at[i] = at[i], at[i - 1]

    for layer in range(layers):
        for i in range(1 + layer % 2, strands, 2):
            if rng.random() < 2 / 3:
                cross(i)
    while at != sorted(at):
        for i in range(1, strands):
            if at[i - 1] > at[i]:
                cross(i)
    return Braid(strands=strands, word=tuple(word))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_known_value(seed):
    """An unlink in disguise is 1. Once, two legs with equal ranks gave 0.6976 here without a word."""
    braid = layered_unlink(22, 30, seed)
    network = face_network(braid, Closure.MARKOV)
    plan = network.search()
    assert braid.crossings > 200
    assert plan.costs().operations > 10_000
    value = contract_constrained(network.inputs, network.arrays, network.constraints, plan.path, network.order_key)
    assert value == pytest.approx(1, abs=1e-11)


def test_progress_ends_at_the_count():
    network = random_network(random.Random(3), 7, 9)
    seen = []
    contract_constrained(*network, progress=lambda done, total: seen.append((done, total)))
    total = constrained_costs(network[0], network[2], network[3]).operations
    assert [total] * 6 == [of for _, of in seen]
    assert sorted(seen) == seen
    assert seen[-1] == (total, total)


def test_one_tensor_is_summed():
    """Its indices are nobody's legs; the forbidden entry does not count."""
    assert contract_constrained([(0, 1)], [np.array([[8, 4], [2, 1]])], [(0, 1)], [], [1, 0]) == 7
    assert contract_constrained([()], [np.array(2 + 3j)], [], [], []) == 2 + 3j
    assert constrained_costs([(0, 1)], [(0, 1)], []).operations == 0


PAIR = [(0, 1), (1, 0)]
ONES = [np.ones((2, 2)), np.ones((2, 2))]


@pytest.mark.parametrize(
    ("inputs", "arrays", "edges", "path", "order", "message"),
    [
        (PAIR, ONES, [], [(0, 1)], [5, 5], "each differently"),
        (PAIR, ONES, [], [(0, 1)], [0], "must rank all 2 indices"),
        (PAIR, ONES, [(0, 2)], [(0, 1)], [0, 1], "two different indices"),
        (PAIR, ONES, [(1, 1)], [(0, 1)], [0, 1], "two different indices"),
        ([(0, 1), (1, 2)], ONES, [(0, 2)], [(0, 1)], [0, 1, 2], "without a common tensor"),
        ([(0, 0), (1, 0)], ONES, [], [(0, 1)], [0, 1], "distinct indices"),
        ([], [], [], [], [], "no tensors"),
        (PAIR, ONES, [], [], [0, 1], "need 1"),
        (PAIR, ONES, [], [(0, 0)], [0, 1], "not yet used"),
        (PAIR, ONES, [], [(0, 2)], [0, 1], "not yet used"),
        (PAIR, ONES[:1], [], [(0, 1)], [0, 1], "1 arrays came for 2 tensors"),
        (PAIR, [np.ones((2, 2)), np.ones(2)], [], [(0, 1)], [0, 1], "one axis per index"),
        ([tuple(range(63))] * 2, [np.ones(()), np.ones(())], [], [(0, 1)], range(63), "has 63 legs; at most 62"),
    ],
)
def test_mistakes_are_named(inputs, arrays, edges, path, order, message):
    with pytest.raises(PlaitError, match=message):
        contract_constrained(inputs, arrays, edges, path, order)


def test_threads_are_counted_from_one():
    with pytest.raises(PlaitError, match="threads = 0"):
        contract_constrained(PAIR, ONES, [], [(0, 1)], [0, 1], threads=0)


def test_a_step_of_62_legs_runs():
    """62 legs in one ring, all shared by both operands: the widest masks there are."""
    ring = [(i, (i + 1) % 62) for i in range(62)]
    assert lattice(np.arange(62), edges_of(ring, 62)).ways[0] == fibonacci(63) + fibonacci(61)
    assert Tree.of([tuple(range(62))] * 2, ring, [(0, 1)]).operations() == [fibonacci(63) + fibonacci(61)]
