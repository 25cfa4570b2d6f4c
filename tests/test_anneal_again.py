"""Annealing again from the best trees: never worse, the same for the same seeds, cut by a budget to a beginning."""

import pytest

from plait.models import Braid, Closure, anneal_again, face_network
from plait.models.anneal import anneal_many
from plait.models.search import search


@pytest.mark.parametrize("seed", range(3))
def test_rounds_go_on_from_the_best(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anneal_again, "ROUNDS", 3)
    monkeypatch.setattr(anneal_again, "MOVES", 200)
    network = face_network(Braid.brickwall(20, 30, seed=seed), Closure.MARKOV)
    start = search(network, effort=0).path
    cold = anneal_many(network.inputs, start, moves=20_000, seeds=range(4))
    found = anneal_again.anneal_again(network.inputs, cold, seed=7)
    assert len(found) == 3 * len(anneal_again.HOT)
    assert min(repeat.cost for repeat in found) < min(repeat.cost for repeat in cold) + 0.3
    threaded = anneal_again.anneal_again(network.inputs, cold, seed=7, threads=2)
    assert [repeat.cost for repeat in threaded] == [repeat.cost for repeat in found]
    first = anneal_again.anneal_again(network.inputs, cold, seed=7, budget=1e-9)
    assert [repeat.cost for repeat in first] == [repeat.cost for repeat in found][: len(first)]


@pytest.mark.parametrize("seed", range(2))
def test_effort_2_finds_no_more_operations_than_effort_1(seed: int) -> None:
    network = face_network(Braid.brickwall(20, 24, seed=seed), Closure.MARKOV)
    one, two = (search(network, effort=effort, seed=seed) for effort in (1, 2))
    assert two.costs().operations <= one.costs().operations
    assert two.contract() == pytest.approx(one.contract(), rel=1e-10)
