"""Loops over heights, checkpoints and complex64: the same value in less memory, counted exactly."""

import itertools
import json
import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from plait.cli.app import app
from plait.models import constrained_packing, constrained_plan
from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.constrained import _Run, contract_constrained
from plait.models.constrained_count import Tree, constrained_bytes, constrained_costs
from plait.models.constrained_packing import Packing
from plait.models.errors import PlaitError
from plait.models.face import face_network
from plait.models.search import search
from plait.models.slicing import WIDEST, Looped, Shape, Slices, looped_costs
from plait.models.slicing_choice import choose_slices

SEEDS = st.integers(0, 2**32)


def random_network(rng, tensors, indices):
    """Hyperedges, forbidden pairs within tensors, and a random path, order and choice of loops."""
    inputs = [[] for _ in range(tensors)]
    for index in range(indices):
        for v in rng.sample(range(tensors), min(tensors, rng.choice((1, 2, 2, 3, 4)))):
            inputs[v].append(index)
    pairs = sorted({pair for t in inputs for pair in itertools.combinations(sorted(t), 2)})
    density = rng.choice((0.0, 0.3, 0.6, 0.9))
    edges = [pair for pair in pairs if rng.random() < density]
    values = np.random.default_rng(rng.randrange(2**32))
    arrays = [values.normal(size=(2,) * len(t)) + 1j * values.normal(size=(2,) * len(t)) for t in inputs]
    live, path = list(range(tensors)), []
    while len(live) > 1:
        a, b = rng.sample(live, 2)
        live = [v for v in live if v not in (a, b)] + [tensors + len(path)]
        path.append((a, b))
    order = rng.sample(range(indices), indices)
    summed = sorted(Shape(Tree.of(inputs, edges, path)).sums_at)
    heights = rng.sample(summed, min(len(summed), rng.randrange(5)))
    return (
        [tuple(t) for t in inputs],
        arrays,
        edges,
        path,
        order,
        Slices(tuple(heights), rng.choice((0, 1, 2, 4, WIDEST))),
    )


def valid_count(indices, edges):
    """Configurations of some indices without adjacent zeros, by enumeration."""
    inside = [(i, k) for i, k in edges if i in indices and k in indices]
    found = 0
    for bits in itertools.product((0, 1), repeat=len(indices)):
        value = dict(zip(sorted(indices), bits, strict=True))
        found += all(value[i] or value[k] for i, k in inside)
    return found


def brute_force(inputs, arrays, edges):
    """The sum over all valid configurations, and the sum of absolute terms."""
    indices = sorted({i for t in inputs for i in t})
    total, scale = 0, 0
    for bits in itertools.product((0, 1), repeat=len(indices)):
        value = dict(zip(indices, bits, strict=True))
        if all(value[i] or value[k] for i, k in edges):
            term = math.prod(complex(a[tuple(value[i] for i in t)]) for t, a in zip(inputs, arrays, strict=True))
            total, scale = total + term, scale + abs(term)
    return total, scale


@given(seed=SEEDS, tensors=st.integers(2, 7), indices=st.integers(1, 9), dense=st.sampled_from((-1, 3, 12)))
def test_any_loops_give_the_sum_over_valid_configurations(seed, tensors, indices, dense):
    """Any network, tree, heights and keep; on one thread and on two alike, bit for bit."""
    *network, slices = random_network(random.Random(seed), tensors, indices)
    expected, scale = brute_force(*network[:3])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constrained_plan, "DENSE_LEGS", dense)
        value = contract_constrained(*network, slices=slices)
        patch.setattr(constrained_plan, "ARENA_ENTRIES", 1)
        patch.setattr(constrained_packing, "THREAD_ENTRIES", 1)
        patch.setattr(constrained_packing, "PART_OPERATIONS", 2.0)
        threaded = contract_constrained(*network, slices=slices, threads=2)
    assert abs(value - expected) <= 1e-12 * scale
    assert threaded == value


@given(seed=SEEDS, tensors=st.integers(2, 7), indices=st.integers(1, 9))
def test_counts_are_what_happens(seed, tensors, indices):
    """Operations, passes and peak are those of a run that is watched step by step."""
    inputs, arrays, edges, path, order, slices = random_network(random.Random(seed), tensors, indices)
    done, held, repeats = [], [], Counter()
    step = _Run._step

    def watched(run, node):
        a, b = path[node - tensors]
        level = run.plan.looped.level(node)
        before = dict(run.tensors)
        step(run, node)
        free = {i for k in (a, b) for i in run.plan.tree.legs[k]} - set(run.fixed)
        done.append(valid_count(free, edges))
        repeats[node] += 1
        now = {**before, **run.tensors}
        leaves = sum(valid_count(set(run.plan.tree.legs[k]) - set(run.fixed), edges) for k in (a, b) if k < tensors)
        held.append(sum(tensor.planes.shape[1] for tensor in now.values()) + leaves)
        assert level == -1 or set(run.plan.looped.loops[level]) <= set(run.fixed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constrained_plan, "DENSE_LEGS", -1)
        patch.setattr(_Run, "_step", watched)
        contract_constrained(inputs, arrays, edges, path, order, slices=slices)
    costs = looped_costs(inputs, edges, path, slices)
    assert costs.operations == sum(done)
    looped = Looped(Shape(Tree.of(inputs, edges, path)), slices)
    # The first passes are the largest; what adds up is there from the second on, but is reckoned with from the first.
    assert max(held) <= costs.peak_entries <= max(held) + sum(looped.sizes()[top] for top in looped.loops)
    assert {top: repeats[top] for top in looped.loops} == looped.passes()
    assert costs.passes == sum(looped.passes().values())
    plain = constrained_costs(inputs, edges, path)
    assert costs.overhead == pytest.approx(costs.operations / plain.operations)
    assert (costs.dense_operations, costs.dense_width) == (plain.dense_operations, plain.dense_width)


def test_loops_at_different_places_do_not_multiply():
    """Two rings of tensors joined by one tensor: each is looped on its own, 2 + 2 passes."""
    ring = lambda first: [(first + k, first + (k + 1) % 4) for k in range(4)]  # noqa: E731
    inputs = [*ring(0), *ring(4)]
    path = [(0, 1), (8, 2), (9, 3), (4, 5), (11, 6), (12, 7), (10, 13)]
    assert looped_costs(inputs, [], path, Slices((0, 4))).passes == 4
    assert looped_costs(inputs, [], path, Slices((0, 4), 0)).passes == 4
    assert looped_costs(inputs, [], path, Slices((0, 3))).passes == 4  # both within one loop


@pytest.mark.parametrize(
    ("closure", "strands", "layers", "seed"),
    [(Closure.MARKOV, 20, 60, 2), (Closure.MARKOV, 16, 40, 0), (Closure.PLAT, 30, 60, 3), (Closure.PLAT, 16, 40, 1)],
)
def test_braids_keep_their_value_within_any_memory(closure, strands, layers, seed):
    """Half and a third of the memory: kept to, and the value is that without loops."""
    network = face_network(Braid.brickwall(strands, layers, seed=seed), closure)
    plan = network.search()
    value = plan.contract(constrained=True)
    for factor in (1.5, 2, 3):
        limit = plan.peak_bytes() / factor
        small = plan.sliced(limit)
        assert small.peak_bytes() <= limit
        assert small.slices.heights
        assert small.costs().overhead >= 1
        assert small.contract(constrained=True, memory=limit) == pytest.approx(value, rel=1e-12)
    assert plan.contract(max_bytes=limit) == pytest.approx(value, rel=1e-12)
    assert plan.sliced(plan.peak_bytes()) is plan
    with pytest.raises(PlaitError, match="allowed; raise the limit"):
        plan.contract(constrained=True, memory=limit)


def test_what_cannot_be_held_is_refused():
    """No loops make room for nothing; thousands of legs are not even tried."""
    plan = face_network(Braid.brickwall(16, 40), Closure.MARKOV).search()
    with pytest.raises(PlaitError, match=r"no loops over heights bring it down .* \(--memory\)"):
        plan.sliced(16)
    wide = [tuple(range(1100)), tuple(range(1100))]
    assert choose_slices(wide, [], [(0, 1)], 100) is None
    with pytest.raises(PlaitError, match="height 7 is no leg"):
        looped_costs([(0, 1), (1, 0)], [], [(0, 1)], Slices((7,)))


def test_complex64_takes_half_the_memory():
    """And keeps about five digits."""
    plan = face_network(Braid.brickwall(20, 60, seed=2), Closure.MARKOV).search()
    value = plan.contract(constrained=True)
    single = plan.contract(constrained=True, dtype="complex64", memory=plan.peak_bytes("complex64"))
    assert 1e-9 < abs(single - value) / abs(value) < 1e-4
    assert plan.peak_bytes("complex64") == constrained_bytes(plan.costs(), entry=8)
    assert 2 * plan.peak_bytes("complex64") == pytest.approx(plan.peak_bytes(), abs=2)
    for call in (plan.contract, lambda dtype: plan.sliced(1e9, dtype)):
        with pytest.raises(PlaitError, match="dtype = 'float16' is not a number type; known: complex128, complex64"):
            call(dtype="float16")
    with pytest.raises(PlaitError, match="dtype = 'float16'"):
        contract_constrained([()], [np.array(1)], [], [], [], dtype="float16")


def interrupted(arguments, after, **options):
    """Run and stop after so many steps, as Ctrl-C does."""
    steps = itertools.count(1)

    def stop(done, total):
        if next(steps) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        contract_constrained(*arguments, progress=stop, **options)


@pytest.mark.parametrize("dtype", ["complex128", "complex64"])
def test_interrupted_runs_go_on_from_the_checkpoint(tmp_path, monkeypatch, dtype):
    """Wherever it stops, within nested loops too: the same bits, and nothing is done twice."""
    monkeypatch.setattr(constrained_plan, "DENSE_LEGS", 3)
    network = face_network(Braid.brickwall(8, 20, seed=5), Closure.MARKOV)
    plan = network.search()
    slices = plan.sliced(plan.peak_bytes() / 2).slices
    arguments = network.inputs, network.arrays, network.constraints, plan.path, network.order_key
    options = {"slices": slices, "dtype": dtype}
    seen = []
    value = contract_constrained(*arguments, progress=lambda done, total: seen.append((done, total)), **options)
    total = looped_costs(network.inputs, network.constraints, plan.path, slices).operations
    assert seen[-1] == (total, total)
    assert sorted(seen) == seen
    assert len(Looped(Shape(Tree.of(*arguments[:1], arguments[2], plan.path)), slices).loops) > 0
    rng = random.Random(1)
    for after in sorted(rng.sample(range(2, len(seen)), 12)):
        path = tmp_path / f"{after}.npz"
        every = rng.choice((0, math.inf))  # saved all the time, or when it stops alone
        interrupted(arguments, after, checkpoint=path, checkpoint_seconds=every, **options)
        rest = []
        again = contract_constrained(
            *arguments, checkpoint=path, progress=lambda done, total, rest=rest: rest.append((done, total)), **options
        )
        assert again == value
        assert rest == seen[after:]
    path = tmp_path / "twice.npz"
    interrupted(arguments, 30, checkpoint=path, checkpoint_seconds=0, **options)
    interrupted(arguments, 30, checkpoint=path, checkpoint_seconds=0, **options)
    assert contract_constrained(*arguments, checkpoint=path, **options) == value


def test_an_interrupt_amid_a_step_loses_that_step_at_most(tmp_path, monkeypatch):
    """A step that writes afresh is put off; one that adds to earlier passes leaves the last save as it is."""
    monkeypatch.setattr(constrained_plan, "DENSE_LEGS", 3)
    network = face_network(Braid.brickwall(8, 20, seed=5), Closure.MARKOV)
    plan = network.search()
    plan = plan.sliced(plan.peak_bytes() / 2)
    step, adding = Packing.step, []

    def watch(packing, node, a, b, fixed, adds):
        adding.append(adds is not None)
        return step(packing, node, a, b, fixed, adds)

    with monkeypatch.context() as patch:
        patch.setattr(Packing, "step", watch)
        value = plan.contract(constrained=True)
    assert set(adding) == {False, True}
    for stop in sorted({1, 9, len(adding), *[k + 1 for k, adds in enumerate(adding) if adds][:9]}):
        path, calls = tmp_path / f"{stop}.npz", itertools.count(1)

        def amid(packing, node, a, b, fixed, adds, calls=calls, stop=stop):
            result = step(packing, node, a, b, fixed, adds)
            if next(calls) == stop:
                result.planes[:] = math.nan
                raise KeyboardInterrupt
            return result

        with monkeypatch.context() as patch:
            patch.setattr(Packing, "step", amid)
            with pytest.raises(KeyboardInterrupt):
                plan.contract(constrained=True, checkpoint=path)
        assert path.exists() is not adding[stop - 1]
        assert plan.contract(constrained=True, checkpoint=path) == value


def test_a_finished_checkpoint_keeps_the_value(tmp_path):
    """Nothing runs again; nothing is left beside the file."""
    plan = face_network(Braid.brickwall(8, 12), Closure.MARKOV).search()
    path = tmp_path / "c.npz"
    value = plan.contract(constrained=True, checkpoint=path)
    steps = []
    again = plan.contract(constrained=True, checkpoint=path, progress=lambda done, total: steps.append(done))
    assert (again, steps, list(tmp_path.iterdir())) == (value, [], [path])


def test_unusable_checkpoints_are_named_and_left_alone(tmp_path):
    """Of another contraction, torn, empty, of another format, a folder, or in no folder."""
    plan = face_network(Braid.brickwall(8, 12), Closure.MARKOV).search()
    other = face_network(Braid.brickwall(8, 12, seed=1), Closure.MARKOV).search()
    path = tmp_path / "c.npz"
    plan.contract(constrained=True, checkpoint=path)
    whole = path.read_bytes()
    for options in ({}, {"dtype": "complex64"}):
        with pytest.raises(PlaitError, match="the checkpoint of another contraction"):
            (other if not options else plan).contract(constrained=True, checkpoint=path, **options)
    assert path.read_bytes() == whole
    for damaged in (whole[: len(whole) // 2], b"", b"no archive", whole.replace(b"checkpoint 1", b"checkpoint 2")):
        path.write_bytes(damaged)
        with pytest.raises(PlaitError, match=r"c\.npz: no checkpoint of a contraction, or damaged; name another file"):
            plan.contract(constrained=True, checkpoint=path)
        assert path.read_bytes() == damaged
    np.savez(path, header=np.zeros(3))
    with pytest.raises(PlaitError, match="no checkpoint of a contraction"):
        plan.contract(constrained=True, checkpoint=path)
    with pytest.raises(PlaitError, match="Is a directory"):
        plan.contract(constrained=True, checkpoint=tmp_path)
    with pytest.raises(PlaitError, match="No such file"):
        plan.contract(constrained=True, checkpoint=tmp_path / "none" / "c.npz")


def test_objective_seconds_fits_the_memory():
    """The tree comes with its loops, and is no dearer than the tree of least operations with loops."""
    network = face_network(Braid.brickwall(20, 60, seed=2), Closure.MARKOV)
    plain = search(network, effort=1)
    limit = plain.peak_bytes() / 2
    fitting = search(network, effort=2, repeats=4, objective="seconds", memory=limit)
    assert fitting.peak_bytes() <= limit
    assert fitting.slices.heights
    assert fitting.contract(constrained=True, memory=limit) == pytest.approx(plain.contract(), rel=1e-10)
    with pytest.raises(PlaitError, match="no loops over heights"):
        search(network, effort=1, repeats=2, objective="seconds", memory=16)


def contract(*args):
    """The command's exit code, JSON answer or text, and what it says on stderr."""
    result = CliRunner().invoke(app, ["contract", *args], prog_name="plait")
    if "--json" in args and result.exit_code == 0:
        return json.loads(result.stdout)
    return result.exit_code, result.stdout, result.stderr


def test_command_fits_the_memory_or_says_why_not(tmp_path, monkeypatch):
    """Loops are made and reported; time and memory beyond the limits are refused with the option that raises them."""
    monkeypatch.setenv("PLAIT_CACHE", str(tmp_path / "trees"))
    word = str(Braid.brickwall(16, 40))
    plain = contract(word, "--effort", "1", "--run", "--json", "--budget", "60")
    assert (plain["slices"], plain["overhead"], plain["cached"], len(plain["repeats"])) == (0, 1.0, False, 12)
    limit = str(plain["peak_bytes"] / 1.5)
    path = tmp_path / "c.npz"
    small = contract(word, "--effort", "1", "--run", "--json", "--memory", limit, "--checkpoint", str(path))
    assert small["slices"] > 1
    assert small["overhead"] > 1
    assert small["peak_bytes"] <= float(limit)
    assert small["cached"] is False  # with a budget it is another question
    assert small["normalised"] == pytest.approx(plain["normalised"], rel=1e-12)
    assert path.exists()
    again = contract(word, "--effort", "1", "--run", "--json", "--dtype", "complex64")
    assert again["cached"] is True
    assert again["peak_bytes"] * 2 == pytest.approx(plain["peak_bytes"], abs=2)
    assert again["normalised"] == pytest.approx(plain["normalised"], rel=1e-4)
    code, shown, _ = contract(word, "--effort", "1", "--run", "--memory", limit)
    assert code == 0
    assert " times the operations" in " ".join(shown.split())
    assert "12 of 12 repeats" in " ".join(shown.split())
    assert "tree from cache" in " ".join(shown.split())
    assert contract(word, "--effort", "1", "--json", "--no-cache")["cached"] is False
    for args, message in (
        (["--run", "--memory", "16"], "raise the limit (--memory)"),
        (["--run", "--time-limit", "1e-6"], "raise the limit (--time-limit)"),
        (["--dtype", "real"], "dtype = 'real' is not a number type"),
        (["--objective", "joy"], "objective = 'joy' is not an objective"),
        (["--budget", "0"], "budget = 0 must be a number of seconds above 0"),
        (["--checkpoint", str(tmp_path / "none" / "c.npz")], "there is no folder"),
    ):
        code, shown, error = contract(word, *args)
        assert (code, shown) == (2, "")
        assert message in error
