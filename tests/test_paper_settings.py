"""The published settings: networks that give the exact value, forms that give the boundary, units in the open."""

import math
import random

import numpy as np
import pytest

from plait.calibrations import paper_forms
from plait.calibrations.circuit_forms import FORMS as CIRCUIT_FORMS
from plait.calibrations.forms import FORMS
from plait.models import Braid, Closure, CostModel, PlaitError, Side, face_network, jones_exact
from plait.models.cost_model import QUANTITIES
from plait.models.paper_cost import PAPER_CFEV, PAPER_MODELS, PAPER_SV_SHOR
from plait.models.paper_network import (
    PaperNetwork,
    bracket_network,
    projector_mpo_value,
    projector_network,
)
from plait.models.symbols import SYMBOLS

GREEDY = {"repeats": 2, "methods": ["greedy"], "optlib": "random"}
COUNTED = [model for model in PAPER_MODELS if model.name in paper_forms.OPERATIONS]
FRONTIER = {"F": 1.353e18, "M": 9.2e15, "power": 22.8e6}


def braids(count: int, seed: int) -> list[Braid]:
    rng = random.Random(seed)
    return [Braid.brickwall(rng.randint(2, 6), rng.randint(0, 8), seed=rng.randint(0, 999)) for _ in range(count)]


def value(expr: object, point: dict[str, float]) -> float:
    """A cost at a point, in log-free arithmetic."""
    return float(expr.subs({s: point[str(s)] for s in expr.free_symbols}))  # type: ignore[attr-defined]


class TestNetworks:
    """Built afresh, contracted for real."""

    @pytest.mark.parametrize("build", [projector_network, bracket_network])
    def test_contraction_is_the_exact_value(self, build: object) -> None:
        """40 random braids, free strands and single gates on a wire among them."""
        for braid in braids(40, 7):
            found = build(braid).search(**GREEDY).contract()  # type: ignore[operator]
            assert abs(found - jones_exact(braid, Closure.MARKOV).normalised) < 1e-12

    def test_mpo_is_the_exact_value(self) -> None:
        """The compressed operator without truncation; with it, the error is real and the bond obeys the limit."""
        braid = Braid.brickwall(6, 8, seed=3)
        exact = jones_exact(braid, Closure.MARKOV).normalised
        found, bond = projector_mpo_value(braid)
        assert abs(found - exact) < 1e-9
        rough, small = projector_mpo_value(braid, max_bond=3)
        assert small == 3 < bond
        assert abs(rough - exact) > 1e-6

    def test_shape(self) -> None:
        """m + n tensors against m; six legs per crossing and four per projector against four per crossing."""
        braid = Braid.brickwall(8, 6, seed=1)
        dense, bracket = projector_network(braid), bracket_network(braid)
        assert len(dense.inputs) == braid.crossings + braid.strands
        assert [len(indices) for indices in dense.inputs].count(6) == braid.crossings
        assert len(bracket.inputs) == braid.crossings
        for network in (dense, bracket):
            seen = [index for indices in network.inputs for index in indices]
            assert sorted(seen) == sorted(2 * list(range(len(seen) // 2)))

    def test_two_units_of_one_tree(self) -> None:
        """opt_einsum's rule, counted here step by step, is 2 per multiply-add that cotengra counts."""
        plan = projector_network(Braid.brickwall(8, 8, seed=2)).search(**GREEDY)
        costs = plan.costs()
        assert costs.opt_einsum_cost == pytest.approx(2 * costs.multiply_adds, rel=0.01)
        operands = [set(indices) for indices in plan.network.inputs]
        by_hand = 0
        for a, b in plan.path:
            by_hand += 2 ** len(operands[a] | operands[b])
            operands.append(operands[a] ^ operands[b])
        assert costs.multiply_adds == by_hand
        assert costs.width == max(len(legs) for legs in operands)

    def test_weaker_than_the_face_network(self) -> None:
        """The same braid: decades more work for the published networks at as many trials than for the face network."""
        braid = Braid.brickwall(10, 10, seed=1)
        ours = face_network(braid, Closure.MARKOV).search(effort=0).costs()
        dense = projector_network(braid).search(repeats=16, methods=["greedy"], optlib="random").costs()
        bracket = bracket_network(braid).search(repeats=16, methods=["greedy"], optlib="random").costs()
        assert dense.multiply_adds > 100 * ours.dense_operations
        assert bracket.multiply_adds > ours.dense_operations > ours.operations

    def test_search_says_what_it_did(self) -> None:
        """Methods, sampler and trials are recorded; no trial starts after the time given."""
        network = projector_network(Braid.brickwall(6, 6, seed=0))
        plan = network.search(repeats=3, methods=["greedy"], optlib="random")
        assert (plan.methods, plan.optlib, plan.trials) == (("greedy",), "random", 3)
        assert network.search(max_seconds=0.0, methods=["greedy"], optlib="random").trials == 1

    def test_errors(self) -> None:
        """One strand, too little memory, no trials."""
        with pytest.raises(PlaitError, match="at least 2 strands"):
            projector_network(Braid(strands=1, word=()))
        network: PaperNetwork = projector_network(Braid.brickwall(6, 6, seed=0))
        with pytest.raises(PlaitError, match="raise the limit, or use the face network"):
            network.search(**GREEDY).contract(memory=100)
        with pytest.raises(PlaitError, match="repeats = 0"):
            network.search(repeats=0)


class TestBoundary:
    """What the publication says, from its forms."""

    @pytest.mark.parametrize(
        ("cliff", "crossings", "strands", "limit"), [(True, 2759, 84.5, "memory"), (False, 2781, 85.0, "time")]
    )
    def test_headline(self, cliff: bool, crossings: float, strands: float, limit: str) -> None:
        """Published: mpo-proj on Frontier, two-qubit error 1e-4; asked for within 1 %, found within 1."""
        found = paper_forms.published_boundary(memory_cliff=cliff)
        assert found.crossings == pytest.approx(crossings, abs=1)
        assert found.strands == pytest.approx(strands, abs=0.1)
        assert found.limit == limit

    @pytest.mark.parametrize(
        ("model", "machine", "as_drawn", "crossings"),
        [
            ("paper-tn-proj", "frontier", False, 656),
            ("paper-bracket", "frontier", False, 1508),
            ("paper-sv-shor", "frontier", True, 2585),
            ("paper-sv-shor", "a100", True, 1665),
        ],
    )
    def test_other_methods_on_time_alone(self, model: str, machine: str, as_drawn: bool, crossings: float) -> None:
        """Figures re-derived from the published data before this was written."""
        found = paper_forms.published_boundary(model, machine, memory_cliff=False, as_drawn=as_drawn)
        assert found.crossings == pytest.approx(crossings, abs=1)

    def test_qubits_for_strands_matters_little(self) -> None:
        """The published curves put qubits where strands were trained: 0.2 to 0.4 of a decade, 3 % of the boundary."""
        for model in ("paper-tn-proj", "paper-bracket"):
            drawn, trained = (
                paper_forms.published_boundary(model, memory_cliff=False, as_drawn=kind).crossings for kind in (1, 0)
            )
            assert drawn != trained
            assert drawn == pytest.approx(trained, rel=0.04)

    def test_at_2800_crossings(self) -> None:
        """Layers, seconds per shot, quantum hours, operations, bytes and classical hours as published."""
        n, depth = paper_forms.line(2800)
        assert (n, depth) == (pytest.approx(85.53, abs=0.01), pytest.approx(256.8, abs=0.1))
        layers = paper_forms.cfev_layers(depth, n)
        assert layers == pytest.approx(875, abs=1)
        assert layers * paper_forms.LAYER_SECONDS == pytest.approx(26.2, abs=0.1)
        assert paper_forms.cfev_seconds(depth, n) / 3600 == pytest.approx(72.9, abs=0.1)
        assert paper_forms.mpo_proj_log10_flops(2800, depth, n, derated=False) == pytest.approx(24.74, abs=0.01)
        assert paper_forms.log10_bytes("paper-mpo-proj", 2800, depth, n) == pytest.approx(16.13, abs=0.01)
        hours = 10 ** float(paper_forms.log10_flops("paper-mpo-proj", 2800, depth, n)) / 1.353e18 / 3600
        assert hours == pytest.approx(94, rel=0.01)
        assert paper_forms.relative_error(2800, 5e-4) == pytest.approx(1.62, abs=0.01)

    def test_tabulated_points_of_the_line(self) -> None:
        """log10 of the fits at 600, 1,000 and 3,000 crossings, against a table made from a fit of its own: 2 %."""
        rows = [(600, 29, 75, 21.9, 12.1), (1000, 39, 108, 30.1, 17.1), (3000, 91, 273, 70.9, 42.5)]
        for m, n, depth, dense, bracket in rows:
            assert paper_forms.tn_proj_log10_flops(m, depth, n) == pytest.approx(dense, rel=0.02)
            assert paper_forms.bracket_log10_flops(m, depth, n) == pytest.approx(bracket, rel=0.02)

    def test_energy_comes_earlier_than_time(self) -> None:
        """75 kW against 72.7 GFLOP per joule; no memory is asked of that machine."""
        energy = paper_forms.published_boundary(machine="jedi")
        assert energy.limit == "energy"
        assert energy.crossings == pytest.approx(2379, abs=2)
        assert energy.crossings < paper_forms.published_boundary(memory_cliff=False).crossings

    def test_one_residual_moves_it_by_far_more_than_a_percent(self) -> None:
        """The published boundary has no interval: one standard deviation of the fit is about 110 crossings."""
        low, mid, high = (
            paper_forms.published_boundary(memory_cliff=False, sigmas=s).crossings for s in (1.0, 0.0, -1.0)
        )
        assert 80 < mid - low < 150
        assert 80 < high - mid < 150

    def test_the_line_leaves_the_data(self) -> None:
        """Inside the trained density at 300 crossings, far below it at the boundary."""
        low, high = paper_forms.TRAINED["density"]
        inside, outside = (
            float(paper_forms.density(m, depth, n)) for m in (300, 2800) for n, depth in [paper_forms.line(m)]
        )
        assert low < inside < high
        assert outside == pytest.approx(0.258, abs=0.001)
        assert outside < low

    def test_defects_of_the_fits_are_kept(self) -> None:
        """Published counts fall as strands grow, and a relative error exceeds 1: facts, not advice."""
        for model in ("paper-mpo-proj", "paper-bracket"):
            wide, narrow = (paper_forms.log10_flops(model, 1000, 110, n) for n in (60, 40))
            assert wide < narrow
        assert paper_forms.sv_shor_log10_flops(1600, 55, paper_forms.relative_error(1600, 5e-4)) == -math.inf

    def test_errors(self) -> None:
        """Each says what is known."""
        with pytest.raises(PlaitError, match="known: frontier, a100, jedi"):
            paper_forms.published_boundary(machine="summit")
        with pytest.raises(PlaitError, match="paper-tn-proj, paper-bracket, paper-mpo-proj, paper-sv-shor"):
            paper_forms.published_boundary("face-tn")
        with pytest.raises(PlaitError, match=r"known: 0\.0001, 0\.0005"):
            paper_forms.relative_error(100, 1e-3)
        with pytest.raises(PlaitError, match="at 1e-4 only"):
            paper_forms.published_boundary(e_2q=5e-4)


@pytest.mark.parametrize("model", PAPER_MODELS, ids=lambda model: model.name)
class TestCostModels:
    """The house rules, and that nobody takes them for contenders."""

    def test_house_form(self, model: CostModel) -> None:
        """Declared symbols, known quantities, the Markov closure only, and a summary that says what they are for."""
        assert model.closures == {Closure.MARKOV}
        assert model.summary.startswith("for comparison only")
        assert "2503.05625" in model.source
        assert all(SYMBOLS[name].unit == unit for name, unit in model.constants.items())
        for units in model.variants.get("units", ("",)):
            variant = {"units": units} if units else {}
            costs, limits = model.costs(Closure.MARKOV, **variant), model.limits(Closure.MARKOV, **variant)
            assert {"seconds", "joules"} <= set(costs) <= set(QUANTITIES)
            used = {str(s) for e in [*costs.values(), *limits.values()] for s in e.free_symbols}
            assert used <= set(model.constants)

    def test_published_units_are_the_published_curves(self, model: CostModel) -> None:
        """On the line at 700 crossings, seconds of the model in published units are those of the published forms."""
        m = 700.0
        n, depth = (float(x) for x in paper_forms.line(m))
        error = float(paper_forms.relative_error(m))
        point = FRONTIER | {"m": m, "n": n, "D": depth, "eps": error, "v": 1.0, "t_layer": paper_forms.LAYER_SECONDS}
        found = paper_forms.features(*(np.log10(np.asarray(x)) for x in (m, depth, n)))
        point |= {name: 10.0 ** float(x) for name, x in found.items()}
        if model.side is Side.QUANTUM:
            expected = float(np.log10(paper_forms.cfev_seconds(depth, n)))
            costs = model.costs(Closure.MARKOV)
        else:
            expected = float(paper_forms.log10_flops(model.name, m, depth, n)) - math.log10(FRONTIER["F"])
            costs = model.costs(Closure.MARKOV, units="published")
            need = float(paper_forms.log10_bytes(model.name, m, depth, n))
            assert math.log10(value(costs["bytes"], point)) == pytest.approx(need, abs=1e-9)
        assert math.log10(value(costs["seconds"], point)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("model", COUNTED, ids=lambda model: model.name)
def test_conversion_of_units(model: CostModel) -> None:
    """Real operations per published one: 4 where a multiply-add counted 2, 8 where it counted 1; bytes double."""
    point = dict.fromkeys(model.constants, 3.0)
    open_, published = (model.costs(Closure.MARKOV, units=units) for units in ("converted", "published"))
    factor = {"paper-tn-proj": 4, "paper-bracket": 8, "paper-mpo-proj": 4}[model.name]
    for quantity, ratio in (("flops", factor), ("seconds", factor), ("joules", factor), ("bytes", 2)):
        assert value(open_[quantity], point) == pytest.approx(ratio * value(published[quantity], point))
    assert model.costs(Closure.MARKOV) == open_


def test_a_real_search_gives_the_symbols_of_the_models() -> None:
    """The fit at (10 strands, 32 crossings) is within its scatter of a real search, in complex multiply-adds."""
    braid = Braid.brickwall(10, 10, seed=1)
    sizes = [np.log10(np.asarray(float(x))) for x in (braid.crossings, braid.depth, braid.strands)]
    found = paper_forms.features(*sizes)
    plan = projector_network(braid).search(repeats=32, methods=["greedy"], optlib="random")
    assert math.log10(plan.costs().multiply_adds) == pytest.approx(float(found["C_tn"]), abs=1.5)
    plan = bracket_network(braid).search(repeats=32, methods=["greedy"], optlib="random")
    assert math.log10(plan.costs().multiply_adds) == pytest.approx(float(found["C_br"]), abs=1.5)


def test_sv_shor_samples() -> None:
    """4 / relative error between 1 and 100, where one random vector would do."""
    samples = PAPER_SV_SHOR.costs(Closure.MARKOV)["samples"]
    assert [value(samples, {"eps": eps, "v": 0.5}) for eps in (1e-3, 0.1, 2.5)] == [100, pytest.approx(20), 1]


def test_quantum_counts() -> None:
    """3 gates per crossing, one qubit more than strands, shots that no accuracy changes."""
    costs = PAPER_CFEV.costs(Closure.MARKOV)
    assert (value(costs["two_qubit_gates"], {"m": 2800}), value(costs["qubits"], {"n": 85})) == (8400, 86)
    assert {str(s) for s in costs["seconds"].free_symbols} == {"n", "D", "t_layer"}
    assert costs["shots"] == 10_000


def test_published_forms_are_not_those_of_plait() -> None:
    """No symbol of the published settings is among the features plait fits."""
    found = paper_forms.features(*(np.log10(np.asarray(x)) for x in (100.0, 20.0, 10.0)))
    assert not set(found) & (set(FORMS) | set(CIRCUIT_FORMS))
