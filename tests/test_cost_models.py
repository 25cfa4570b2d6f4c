"""One harness every cost model passes, and formulas against the circuits and networks they count."""

import itertools
import math
import random
import statistics

import numpy as np
import pytest
import sympy

from plait.calibrations.forms import bond_exponent, expected_ones
from plait.models import MODELS, Braid, Closure, CostModel, PlaitError, cfev_circuit, face_network, hadamard_circuit
from plait.models import fibonacci as fib
from plait.models.circuit_census import path_counts
from plait.models.constrained_count import ValidCounter
from plait.models.constrained_plan import make_plan
from plait.models.constrained_steps import step_counts
from plait.models.cost_model import QUANTITIES
from plait.models.echo import layers, run_depth
from plait.models.minimise import minimise
from plait.models.rewrite import shortened
from plait.models.runs import closed_runs, merge_cyclically
from plait.models.statevector import PathBasis
from plait.models.symbols import SYMBOLS
from plait.models.tensor_train import mpo_trace, mps_amplitude
from plait.models.train_cost import FLOP_PER_WORK

ONCE = ("connectivity", "word", "hardware")
"""Options of which the first value will do: the others change numbers, or lengthen the same formulas."""
CASES = [
    (model, closure, dict(zip(model.variants, values, strict=True)))
    for model in MODELS.values()
    for closure in sorted(model.closures)
    for values in itertools.product(
        *(known[:1] if option in ONCE else known for option, known in model.variants.items())
    )
]
IDS = [f"{model.name}-{closure}-{'-'.join(variant.values())}" for model, closure, variant in CASES]

POINT = {"n": 20, "m": 200, "D": 25, "r": 150, "D_r": 22, "h": 13, "T": 140, "w": 14, "C": 1e6, "W": 1e5, "C_f": 1e5}
POINT |= {"T_p": 30, "W_f": 3e4, "T_s": 100, "p_s": 20, "C_s": 5e4, "P_s": 5e3, "chi": 55, "K": 1e6, "P_t": 1e5}
POINT |= {
    "t_plan": 1e-4,
    "t_update": 2e-4,
    "b_work": 100,
    "b_surface": 20,
    "b_factor": 9,
    "t_state": 1e-5,
    "x_cut": 0.3,
    "t_min": 1e-5,
    "t_min2": 1e-7,
    "h_slice": 0.5,
}
POINT |= {f"x_{law}": 1.1 for law in ("search", "dense", "fib", "state", "trace", "train", "min")}
POINT |= {"t_trace": 1e-5, "t_pass": 1e-6, "b_cell": 20, "b_column": 60}
POINT |= {"P_f": 1e4, "eps": 0.1, "delta": 0.05, "v": 0.5, "z": 0.5, "k_2q": 0.7, "k_idle": 0.7, "k_spam": 0.7}
POINT |= {
    "r_full": 90,
    "r_hard": 5,
    "r_one": 40,
    "r_half": 1,
    "f": 20,
    "D_b": 60,
    "d_f": 8,
    "C_tn": 1e6,
    "P_tn": 1e5,
    "C_br": 1e6,
    "P_br": 1e5,
    "C_mpo": 1e6,
    "P_mpo": 1e5,
    "x_mpo": 0.1,
    "K_2q": 0.4,
    "K_spam": 0.3,
    "K_idle": 0.3,
    "u_2q": 0.04,
    "u_idle": 0.1,
    "x_ref": 1,
    "t_build": 1e-5,
    "t_word": 1e-3,
    "t_search": 1e-3,
    "t_search2": 1e-7,
    "b_start": 60,
    "b_path": 20,
}
POINT |= {"t_tensor": 1e-4, "f_dense": 0.1, "b_write": 50, "t_step": 1e-4, "b_op": 40, "b_amp": 20, "t_run": 1e-6}
POINT |= {"g_slice": 1, "Q": 100, "e_2q": 1e-5, "e_1q": 1e-6, "e_idle": 1e-7, "e_spam": 1e-4, "t_layer": 0.03}
POINT |= {"x_R": 1.5, "d_c": 17, "N_t": 18, "q_T": 18000, "t_T": 230, "e_T": 1e-9, "t_cycle": 1e-6}
POINT |= {"t_shot": 0.01, "F": 1e10, "B": 1e10, "M": 1e9, "eta": 1, "power": 100}


def value(expr: sympy.Expr, **changes: float) -> float:
    point = POINT | changes
    return float(expr.subs({s: sympy.Float(point[str(s)], 30) for s in expr.free_symbols}))


@pytest.mark.parametrize(("model", "closure", "variant"), CASES, ids=IDS)
class TestEveryModel:
    """What DESIGN asks of any model."""

    def test_declares_what_it_uses(self, model: CostModel, closure: Closure, variant: dict[str, str]) -> None:
        """Every free symbol is declared with the unit of the symbol table; source and assumptions are stated."""
        exprs = [*model.costs(closure, **variant).values(), *model.limits(closure, **variant).values()]
        assert {str(s) for e in exprs for s in e.free_symbols} <= set(model.constants)
        assert all(SYMBOLS[name].unit == unit for name, unit in model.constants.items())
        assert len(model.source) > 10
        assert model.assumes
        assert all(len(text) > 10 for text in model.assumes)

    def test_quantities_are_known_and_not_negative(
        self, model: CostModel, closure: Closure, variant: dict[str, str]
    ) -> None:
        """Only quantities of the contract, all of them at least 0, seconds and joules among them."""
        costs = model.costs(closure, **variant)
        assert {"seconds", "joules"} <= set(costs) <= set(QUANTITIES)
        assert all(value(expr) >= 0 for expr in costs.values())

    @pytest.mark.parametrize("name", ["n", "r", "D_r", "T", "T_p", "C", "C_f", "W", "w", "P_f", "h", "C_s", "P_s", "K"])
    def test_never_cheaper_for_a_larger_braid(
        self, model: CostModel, closure: Closure, variant: dict[str, str], name: str
    ) -> None:
        """Seconds do not fall when any size grows."""
        seconds = model.costs(closure, **variant)["seconds"]
        assert value(seconds, **{name: 1.5 * POINT[name]}) >= value(seconds) * (1 - 1e-12)

    def test_never_cheaper_for_a_smaller_error(
        self, model: CostModel, closure: Closure, variant: dict[str, str]
    ) -> None:
        """Seconds do not fall as eps or delta falls."""
        seconds = model.costs(closure, **variant)["seconds"]
        if variant.get("mitigation") == "raw":
            return self._raw(seconds)
        assert value(seconds, eps=0.05) >= value(seconds) * (1 - 1e-12)
        assert value(seconds, delta=0.01) >= value(seconds) * (1 - 1e-12)
        return None

    @staticmethod
    def _raw(seconds: sympy.Expr) -> None:
        """Raw answers keep a bias: the error allowed must exceed it."""
        assert value(seconds, eps=0.09) >= value(seconds, eps=0.1)

    def test_renders_as_latex(self, model: CostModel, closure: Closure, variant: dict[str, str]) -> None:
        """Every formula has a LaTeX form."""
        assert all(model.latex(closure, **variant).values())


def random_braid(rng: random.Random, closure: Closure) -> Braid:
    n = 2 * rng.randint(1, 5) if closure is Closure.PLAT else rng.randint(2, 9)
    return Braid.brickwall(n, rng.randint(0, 12), seed=rng.randint(0, 10**6))


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize("connectivity", ["all", "line"])
@pytest.mark.parametrize("gate_set", ["rzz", "cx", "cz", "zzmax"])
@pytest.mark.parametrize("layout", ["reduced", "paper"])
def test_cfev_counts_equal_the_circuit(closure: Closure, layout: str, gate_set: str, connectivity: str) -> None:
    """Row I, every variant: qubits, gates and measurements exactly; the depth a bound, within 15 % at the median."""
    variant = {"layout": layout, "gate_set": gate_set, "connectivity": connectivity}
    costs = MODELS["cfev"].costs(closure, **variant)
    ratios = []
    rng = random.Random(3)
    for seed in range(30):
        braid = random_braid(rng, closure)
        echo = cfev_circuit(braid, closure, seed=seed, effort=0, **variant)
        runs = [run for layer in layers(braid.runs(closure)) for run in layer]
        here = {"n": braid.strands, "r": len(runs), "D_r": run_depth(runs), "h": sum(echo.s[2:])}
        here |= path_counts(runs, echo.s, layout, gate_set, connectivity)
        assert value(costs["qubits"], **here) == echo.qubits
        assert value(costs["two_qubit_gates"], **here) == pytest.approx(echo.two_qubit_gates, abs=1e-9)
        assert value(costs["one_qubit_gates"], **here) == pytest.approx(echo.one_qubit_gates, abs=1e-9)
        assert value(costs["measurements"], **here) == echo.measurements
        depth = value(costs["two_qubit_depth"], **here)
        assert depth >= echo.two_qubit_depth - 1e-9
        if echo.two_qubit_depth:
            ratios.append(depth / echo.two_qubit_depth)
    assert statistics.median(ratios) <= 1.15


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize("gate_set", ["rzz", "cx", "cz", "zzmax"])
def test_hadamard_counts_equal_the_circuit(closure: Closure, gate_set: str) -> None:
    """Qubits, gates, pulses and the one measurement exactly; the depth a bound."""
    costs = MODELS["hadamard"].costs(closure, gate_set=gate_set)
    rng = random.Random(5)
    for seed in range(15):
        braid = random_braid(rng, closure)
        test = hadamard_circuit(braid, closure, seed=seed, gate_set=gate_set)
        here = {"n": braid.strands, "r": len(braid.runs(closure)), "h": sum(test.s[2:])}
        for quantity in ("qubits", "two_qubit_gates", "one_qubit_gates", "measurements"):
            assert value(costs[quantity], **here) == pytest.approx(getattr(test, quantity), abs=1e-9)
        assert value(costs["two_qubit_depth"], **here) >= test.two_qubit_depth


@pytest.mark.parametrize(("strands", "depth"), [(15, 20), (40, 30)])
@pytest.mark.parametrize("gate_set", ["rzz", "cx"])
def test_depth_formula_of_larger_circuits(strands: int, depth: int, gate_set: str) -> None:
    """An upper bound, within 15 % at the median of seeds, at the sizes of experiments."""
    ratios = []
    for seed in range(10):
        braid = Braid.brickwall(strands, depth, seed=seed)
        echo = cfev_circuit(braid, "markov", seed=seed, gate_set=gate_set)
        word = shortened(braid.runs("markov"), strands, echo.s, "reduced", gate_set, "all", True, 1)
        runs = [run for layer in layers(word) for run in layer]
        counts = path_counts(runs, echo.s, "reduced", gate_set, "all")
        ratios.append((counts["D_b"] + counts["d_f"]) / echo.two_qubit_depth)
    assert min(ratios) >= 1
    assert statistics.median(ratios) <= 1.15


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_network_counts_equal_cotengra(closure: Closure, seed: int) -> None:
    """The dense count is cotengra's own, and the flops are 8 per multiply-add."""
    from plait.models.search import _dense_tree

    plan = face_network(Braid.brickwall(12, 14, seed=seed), closure).search()
    tree = _dense_tree(plan.network, plan.path)
    costs = plan.costs()
    assert costs.dense_operations == tree.total_flops()
    assert costs.dense_width == tree.contraction_width()
    flops = MODELS["face-tn"].costs(closure)["flops"]
    assert value(flops, C=costs.dense_operations) == pytest.approx(8 * tree.total_flops())


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize(("n", "layers"), [(8, 10), (12, 14), (24, 30)])
def test_step_counts_equal_the_plan(closure: Closure, n: int, layers: int) -> None:
    """Planned steps, products and elements written are those of the plan that the kernel runs."""
    plan = face_network(Braid.brickwall(n, layers, seed=2), closure).search()
    net = plan.network
    steps = step_counts(net.inputs, net.constraints, plan.path)
    made = make_plan(net.inputs, net.constraints, plan.path, net.order_key)
    counter, masks = ValidCounter(made.tree.adjacent), made.tree.masks()
    assert steps.packed == len(made.separators)
    assert steps.products == sum(counter.count(sum(1 << i for i in x.tolist())) for x in made.separators.values())
    assert steps.writes == sum(counter.count(mask) for mask in masks[made.tree.leaves :])
    assert value(MODELS["face-tn-fib"].costs(closure)["writes"], W_f=steps.writes) == steps.writes


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_simplify_counts_equal_the_minimised_network(closure: Closure, seed: int) -> None:
    """Tensors, flops and bytes of `simplify` are those of the network that is contracted after the minimisation."""
    braid = Braid.brickwall(12, 14, seed=seed)
    left = minimise(braid, closure).braid
    plan = face_network(left, closure).search()
    counts = {"m": braid.crossings, "T_s": len(plan.network.inputs), "C_s": plan.costs().operations}
    counts["P_s"] = plan.costs().peak_entries
    costs = MODELS["simplify"].costs(closure)
    assert value(costs["tensors"], **counts) == len(plan.network.inputs)
    assert value(costs["flops"], **counts) == pytest.approx(8 * plan.costs().operations)
    assert value(costs["bytes"], **counts) == 16 * plan.costs().peak_entries
    assert len(left.word) <= braid.crossings


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize(("n", "layers"), [(4, 40), (6, 40), (8, 30), (12, 12)])
def test_train_counts_equal_the_train(closure: Closure, n: int, layers: int) -> None:
    """Work is the train's own; bonds stay within the Fibonacci number of the form's cap, and reach it if deep."""
    braid = Braid.brickwall(n, layers, seed=1)
    runs = closed_runs(braid, closure).runs
    found = mpo_trace(n, merge_cyclically(runs)) if closure is Closure.MARKOV else mps_amplitude(n, runs)
    costs = MODELS["mpo"].costs(closure)
    assert value(costs["flops"], K=found.work) == FLOP_PER_WORK * found.work
    assert value(costs["bytes"], P_t=found.bytes, chi=found.max_bond) >= found.bytes
    deep = {"b_L": 10.0, "b_n": 0.0, "b_0": 0.0}
    cap = fib.fibonacci(round(float(bond_exponent(np.asarray(float(n)), np.asarray(float(layers)), closure, deep))))
    assert found.max_bond <= cap
    if layers >= 4 * n:
        assert found.max_bond == cap


def test_a_larger_error_takes_less_of_a_train() -> None:
    """Exact costs do not know eps; truncated ones fall as it grows, to nothing where 0 would do."""
    exact, cut = (MODELS["mpo"].costs(Closure.MARKOV, accuracy=name)["flops"] for name in ("exact", "eps"))
    assert value(exact, eps=0.01) == value(exact, eps=0.4) == pytest.approx(value(cut, eps=1e-12))
    assert value(exact) > value(cut, eps=0.1) > value(cut, eps=0.3) > value(cut, eps=0.6) == 0


def test_slicing_costs_what_was_measured() -> None:
    """Enough memory: no factor. Half: 2^(g + h ln 2) on the part of the seconds that loops repeat."""
    seconds = MODELS["face-tn-fib"].costs(Closure.MARKOV)["seconds"]
    free = dict.fromkeys(("T", "T_p", "t_search", "t_search2", "b_surface"), 1e-30)
    whole = value(seconds, P_f=1e9, M=16e9, **free)
    assert value(seconds, P_f=1e9, M=1e12, **free) == pytest.approx(whole)
    ratio = value(seconds, P_f=1e9, M=8e9, g_slice=0.7, h_slice=0.4, **free) / whole
    assert ratio == pytest.approx(2 ** (0.7 + 0.4 * math.log(2)))


@pytest.mark.parametrize("n", range(6, 25))
def test_state_counts_equal_the_basis(n: int) -> None:
    """Amplitudes in the formulas are the sizes of the bases that are evolved (phi^k / sqrt 5 against F_k: 1 %)."""
    ones, zeros = PathBasis(n, (1,)).dimension, PathBasis(n, (1, 0)).dimension
    assert ones + zeros == PathBasis(n).dimension == fib.dimension(n)
    one, none = dict.fromkeys(("r", "x_state", "x_trace", "b_amp", "b_cell", "B"), 1.0), ("t_state", "t_trace", "t_run")
    unit = one | dict.fromkeys((*none, "t_pass", "b_start", "b_column"), 1e-30)
    trace = value(MODELS["fib-trace"].costs(Closure.MARKOV)["seconds"], n=n, **unit)
    assert trace == pytest.approx(ones**2 + zeros**2, rel=0.01)
    if n % 2 == 0:
        amplitude = value(MODELS["fib-amplitude"].costs(Closure.PLAT)["seconds"], n=n, **unit)
        assert amplitude == pytest.approx(zeros, rel=0.05)


def test_typical_samples_follow_the_question() -> None:
    """One vector is enough for wide braids; narrow ones need ln(1/delta) 1.05 / (eps^2 F_{n+1})."""
    samples = MODELS["fib-typical"].costs(Closure.MARKOV)["samples"]
    assert value(samples, n=40) == 1
    expected = math.ceil(math.log(20) * 1.05 / (0.01**2 * fib.fibonacci(11)))
    assert value(samples, n=10, eps=0.01) == pytest.approx(expected, rel=0.01)


def test_expected_ones_closed_form() -> None:
    """The closed form used on grids equals the sum of PHYSICS section 3."""
    for n in range(2, 40):
        assert float(expected_ones(np.asarray(float(n)))) == pytest.approx(fib.expected_ones(n), rel=1e-12)


def test_wrong_closure_or_variant() -> None:
    """The error lists what exists."""
    with pytest.raises(PlaitError, match="fib-trace is for the markov closure"):
        MODELS["fib-trace"].costs(Closure.PLAT)
    with pytest.raises(PlaitError, match="mitigation: rescaled, raw"):
        MODELS["cfev"].costs(Closure.PLAT, mitigation="wishful")
