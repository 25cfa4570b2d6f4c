"""Trees on disk: found again, checked, and never trusted."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plait.models import anneal
from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError
from plait.models.face import face_network
from plait.models.search import OBJECTIVES, search
from plait.models.slicing import Slices
from plait.models.tree_store import StoredTree, TreeStore, default_folder, tree_key

SQUARE = [(0, 1), (1, 2), (2, 3), (3, 0)]
TREE = StoredTree(path=((0, 1), (2, 3), (4, 5)), slices=Slices((0,), 3), repeats=(1.5, 2.25), asked=3)


def test_kept_trees_are_found(tmp_path):
    """The same values, in one file; another key finds nothing."""
    store = TreeStore(folder=tmp_path / "a" / "b")
    assert store.load("ab", SQUARE, []) is None
    assert store.save("ab", TREE)
    assert store.load("ab", SQUARE, []) == TREE
    assert store.load("cd", SQUARE, []) is None
    assert [file.name for file in store.folder.iterdir()] == ["ab.json"]


@pytest.mark.parametrize(
    "change",
    [
        {"format": "plait tree 0"},
        {"key": "cd"},
        {"path": [[0, 1], [2, 3]]},
        {"path": [[0, 1], [2, 3], [4, 4]]},
        {"path": [[0, 1], [2, 3], [4, 5.0]]},
        {"path": 3},
        {"slices": [[9], 3]},
        {"slices": [[0]]},
        {"repeats": ["x"]},
        {"asked": True},
    ],
)
def test_unsound_entries_are_ignored_and_rewritten(tmp_path, change):
    """Whatever part of an entry does not fit the question or the network."""
    store = TreeStore(folder=tmp_path)
    store.save("ab", TREE)
    file = tmp_path / "ab.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert store.load("ab", SQUARE, []) is None
    assert store.save("ab", TREE)
    assert store.load("ab", SQUARE, []) == TREE


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": "plait tree 1"}', "[" * 100_000, "\xff\xfe"])
def test_damaged_files_are_ignored(tmp_path, text):
    """Torn, empty, of another shape, or no text at all."""
    (tmp_path / "ab.json").write_bytes(text.encode("latin-1"))
    assert TreeStore(folder=tmp_path).load("ab", SQUARE, []) is None


def test_a_folder_that_cannot_be_made_is_left_alone(tmp_path):
    """Saving says so; searching goes on."""
    (tmp_path / "file").write_text("")
    store = TreeStore(folder=tmp_path / "file")
    assert store.save("ab", TREE) is False
    network = face_network(Braid.brickwall(8, 8), Closure.MARKOV)
    assert search(network, effort=1, store=store).path == search(network, effort=1).path


def test_the_key_is_of_structure_and_question():
    """Any change of tensors, edges or question gives another key."""
    keys = {
        tree_key(SQUARE, [], {"effort": 1}),
        tree_key(SQUARE[:3], [], {"effort": 1}),
        tree_key(SQUARE, [(0, 1)], {"effort": 1}),
        tree_key(SQUARE, [], {"effort": 2}),
        tree_key(SQUARE, [], {"effort": 1, "seed": 0}),
    }
    assert len(keys) == 5
    assert all(len(key) == 64 for key in keys)


def test_where_trees_are_kept(monkeypatch):
    """PLAIT_CACHE, else XDG_CACHE_HOME (if absolute, as its standard wants), else ~/.cache."""
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/x")
    monkeypatch.setenv("PLAIT_CACHE", "here")
    assert default_folder() == Path("here")
    monkeypatch.delenv("PLAIT_CACHE")
    assert default_folder() == Path("/var/cache/x/plait/trees")
    for unset in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        assert default_folder() == Path("/home/someone/.cache/plait/trees")


def test_a_search_asked_again_does_not_anneal(tmp_path, monkeypatch):
    """The second answer is the first, marked as cached; another seed or network searches anew; effort 0 never keeps."""
    store = TreeStore(folder=tmp_path)
    network = face_network(Braid.brickwall(10, 12), Closure.MARKOV)
    search(network, store=store)
    assert list(tmp_path.iterdir()) == []
    first = search(network, effort=1, store=store)
    with monkeypatch.context() as patch:
        patch.setattr(anneal, "anneal_many", None)
        again = search(network, effort=1, store=store)
        for other in ({"seed": 1}, {"objective": "dense"}, {"size_cap": 3.0}, {"repeats": 2}, {"budget": 9.0}):
            with pytest.raises(TypeError):
                search(network, effort=1, store=store, **other)
        with pytest.raises(TypeError):
            search(face_network(Braid.brickwall(10, 12, seed=1), Closure.MARKOV), effort=1, store=store)
    assert (first.cached, again.cached) == (False, True)
    assert replace(again, cached=False) == first
    (file,) = tmp_path.iterdir()
    file.write_text("torn")
    assert not search(network, effort=1, store=store).cached
    assert search(network, effort=1, store=store).cached


def test_repeats_and_budget():
    """Their spread is kept; a budget cuts repeats from the end; the result depends on those done alone."""
    network = face_network(Braid.brickwall(10, 12), Closure.MARKOV)
    three = search(network, effort=2, repeats=3)
    assert (len(three.repeats), three.asked) == (3, 3)
    assert search(network, effort=2, repeats=3, threads=3) == three
    cut = search(network, effort=2, repeats=3, budget=1e-9)
    assert (cut.repeats, cut.asked) == (three.repeats[:1], 3)
    assert cut.path == search(network, effort=2, repeats=1).path
    assert len(search(network, effort=1).repeats) == 12
    assert search(network).repeats == ()


def test_objectives_choose_between_the_trees():
    """The dense objective is nowhere above the others in dense operations, the default nowhere in constrained ones."""
    network = face_network(Braid.brickwall(20, 30, seed=1), Closure.MARKOV)
    plans = {name: search(network, effort=2, repeats=6, objective=name) for name in OBJECTIVES}
    costs = {name: plan.costs() for name, plan in plans.items()}
    assert costs["dense"].dense_operations == min(c.dense_operations for c in costs.values())
    assert costs["operations"].operations == min(c.operations for c in costs.values())
    assert costs["seconds"] == costs["operations"]  # the memory allowed is plenty
    for wrong in ({"objective": "joy"}, {"repeats": 0}, {"effort": 3}, {"effort": 1, "budget": -1.0}):
        with pytest.raises(PlaitError):
            search(network, **wrong)
