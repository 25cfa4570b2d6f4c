"""The settings of arXiv:2503.05625 as cost models: for comparison only, never among the default contenders.

Two choices of units, because the published counts are not in one. `converted` (the default): 8 real operations per
complex multiply-add and 16 bytes per element, as every other model here. `published`: the numbers as they were divided
by a machine's rate: opt_einsum's cost for paper-tn-proj (2 per complex multiply-add), cotengra's for paper-bracket (1),
real-arithmetic counts for paper-mpo-proj (2), all without the 4 that complex arithmetic costs; 8 bytes per element.

Time is operations over the machine's stated rate: no efficiency, no bandwidth, no path search, no parallel losses, and
above the machine's memory there is no answer. So the publication has it; every other variant corrects one thing, for
`plait.estimator.corrections` to tell what each is worth. The counts C_tn, P_tn, C_br, P_br, C_mpo, P_mpo and x_mpo come
from the published fits (`plait.calibrations.paper_forms`) or, for a braid at hand, from `plait.models.paper_network`.
"""

from collections.abc import Callable
from typing import Any

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
from plait.models.echo_cost import echo_gates
from plait.models.network_cost import sliced
from plait.models.shot_cost import answer
from plait.models.symbols import symbol, symbols, units

REAL_PER_MULTIPLY_ADD = 8
"""Real operations of one complex multiply-add, as plait counts."""
PUBLISHED_PER_MULTIPLY_ADD = {"paper-tn-proj": 2, "paper-bracket": 1, "paper-mpo-proj": 2, "paper-sv-shor": 8}
"""Published operations per complex multiply-add."""
PUBLISHED_BYTES, CONVERTED_BYTES = 8, 16
"""Bytes per element: complex64 in the published curves, complex128 as plait's contenders are charged."""

SV_OPERATIONS = 32
"""Published operations per amplitude and crossing: four complex multiply-adds of real operations."""
SV_EFFICIENCY = 0.25
"""Published share of the stated rate that a state evolution reaches."""
SV_MAX_SAMPLES = 100
SV_SAMPLES_TIMES_ERROR = 4
"""Published samples: 4 / relative error, between 1 and 100 (one over the error, not over its square)."""

CFEV_SHOTS = 10_000
CFEV_FAN_OUT = 0.618
"""Published layers of the fan-out per qubit beyond two, one way."""
CFEV_LAYERS_PER_CROSSING_LAYER = 3
CFEV_PULSES_PER_CROSSING = 4
"""One-qubit pulses of a crossing's block: one an entangler, one to begin."""

_SOURCE = "arXiv:2503.05625, figures and data of github.com/CQCL/jones-polynomial at commit 3a124c0"
WORDS = ("given", "minimised")
"""Minimised: m, D and what grows with them are those of the minimised word (`plait.estimator.evaluate`)."""


def _variants(memory: str) -> dict[str, tuple[str, ...]]:
    """Variants of a classical model: units; the word; whether the machine's efficiency is charged; memory."""
    return {
        "units": ("converted", "published"),
        "word": WORDS,
        "efficiency": ("full", "eta"),
        "memory": ("cliff", memory),
    }


_ASSUMES = (
    "the operation rate the machine states, reached in full (efficiency = eta: its share eta); no bandwidth, no search",
    "memory = cliff: beyond the memory no answer; sliced: operations grow by the law of plait's own slicing; free: not "
    "charged, for no law of slicing is known to hold there",
    "fitted to braids of 10..29 strands and at most 645 crossings, un-minimised unlinks of one family",
)


def _counted(name: str, operations: str, elements: str, share: str = "") -> Callable[..., Formulas]:
    """Formulas of a model that is a count of multiply-adds and a largest intermediate."""

    def formulas(closure: Closure, units: str, word: str, efficiency: str, memory: str) -> Formulas:
        count, need = symbol(operations), symbol(elements)
        published = units == "published"
        flops = (PUBLISHED_PER_MULTIPLY_ADD[name] if published else REAL_PER_MULTIPLY_ADD) * count
        if share:
            flops *= symbol(share)
        return _timed(flops, (PUBLISHED_BYTES if published else CONVERTED_BYTES) * need, efficiency, memory)

    return formulas


def _timed(flops: Any, need: Any, efficiency: str, memory: str, reached: float = 1, **extra: Any) -> Formulas:
    """Seconds at the stated rate, or at the machine's share of it; beyond the memory no answer, or more operations."""
    rate, size, power = symbols("F M power")
    if efficiency == "eta":
        rate *= symbol("eta")
    seconds = flops * (sliced(need, size) if memory == "sliced" else 1) / (reached * rate)
    return Formulas(
        costs={**extra, "flops": flops, "bytes": need, "seconds": seconds, "joules": power * seconds},
        limits={"memory": need / size} if memory == "cliff" else {},
    )


def _sv_shor(closure: Closure, units: str, word: str, efficiency: str, memory: str) -> Formulas:
    """Published: samples x 32 x 1.618^qubits x crossings / 0.25, with the relative error eps / v allowed."""
    from sympy import GoldenRatio, Max, Min

    n, m, eps, v = symbols("n m eps v")
    samples = Min(SV_MAX_SAMPLES, Max(1, SV_SAMPLES_TIMES_ERROR * v / eps))
    paths = GoldenRatio ** (n + 1)
    need = (PUBLISHED_BYTES if units == "published" else CONVERTED_BYTES) * paths
    return _timed(SV_OPERATIONS * paths * m * samples, need, efficiency, memory, SV_EFFICIENCY, samples=samples)


def _cfev(closure: Closure, layout: str, depth: str, shots: str, discard: str, word: str) -> Formulas:
    """Published: 10,000 shots of 2 x 0.618 (qubits - 2) + 3 D layers, each of the machine's layer time.

    Reduced circuits on the published line keep its 3 D layers of blocks: their own depth is known at the depth that
    such braids have, not at the line's.
    """
    from sympy import Integer

    n, m, v, z = symbols("n m v z")
    gates = echo_gates(closure, "reduced", "rzz", "all")
    blocks: Any = gates.depth - symbol("d_f") if layout == "reduced" else CFEV_LAYERS_PER_CROSSING_LAYER * symbol("D_r")
    if depth == "line":
        blocks = CFEV_LAYERS_PER_CROSSING_LAYER * symbol("D")
    fan: Any = symbol("d_f") if layout == "reduced" else 2 * CFEV_FAN_OUT * (n - 1)
    qubits, two_qubit, pulses = gates.qubits, gates.two_qubit, gates.pulses
    if layout == "published":
        qubits, two_qubit, pulses = n + 1, 3 * m, CFEV_PULSES_PER_CROSSING * m
    asked = answer(
        qubits=qubits,
        two_qubit_gates=two_qubit,
        one_qubit_gates=pulses,
        two_qubit_depth=blocks + fan,
        measurements=qubits,
        variance=2 * (1 + z * (1 - v**2)),
        circuits=Integer(2),
        preparing=Integer(0),
        mitigation="rescaled",
        detects=True,
    )
    known = asked.costs
    if discard == "free":
        free = dict.fromkeys(symbols("K_2q K_idle K_spam"), 0)
        known = {name: expr.subs(free) for name, expr in known.items()}
    count = known["shots"] if shots == "asked" else CFEV_SHOTS / known["keep_rate"]
    seconds = count * (blocks + fan) * symbol("t_layer")
    shown = ("damping", "bias") * (shots == "asked") + ("keep_rate",) * (discard == "charged")
    return Formulas(
        costs={
            "qubits": qubits,
            "two_qubit_gates": two_qubit,
            "two_qubit_depth": blocks + fan,
            **{name: known[name] for name in shown},
            "shots": count,
            "seconds": seconds,
            "joules": symbol("power") * seconds,
        },
        limits=asked.limits if shots == "asked" else {"qubits": qubits / symbol("Q")},
    )


_MARKOV = frozenset({Closure.MARKOV})

PAPER_TN_PROJ = CostModel(
    name="paper-tn-proj",
    side=Side.CLASSICAL,
    closures=_MARKOV,
    summary="for comparison only: published network of dense six-leg gates and projectors, contracted exactly",
    formulas=_counted("paper-tn-proj", "C_tn", "P_tn"),
    constants=units("C_tn P_tn g_slice h_slice F M eta power"),
    source=_SOURCE + "; opt_cost of 4,263 path searches (kahypar and greedy, 128 trials)",
    assumes=_ASSUMES,
    variants=_variants("sliced"),
)
"""C_tn is half the published opt_cost; `plait.models.paper_network.projector_network` builds and searches it."""

PAPER_BRACKET = CostModel(
    name="paper-bracket",
    side=Side.CLASSICAL,
    closures=_MARKOV,
    summary="for comparison only: published Kauffman bracket network, contracted exactly",
    formulas=_counted("paper-bracket", "C_br", "P_br"),
    constants=units("C_br P_br g_slice h_slice F M eta power"),
    source=_SOURCE + "; total_flops of 10,000 path searches (kahypar and greedy, 128 trials)",
    assumes=_ASSUMES,
    variants=_variants("sliced"),
)
"""C_br is the published total_flops as it is; `plait.models.paper_network.bracket_network` has the same shape."""

PAPER_MPO_PROJ = CostModel(
    name="paper-mpo-proj",
    side=Side.CLASSICAL,
    closures=_MARKOV,
    summary="for comparison only: published matrix product operator, truncated to the error of the noisy circuit",
    formulas=_counted("paper-mpo-proj", "C_mpo", "P_mpo", "x_mpo"),
    constants=units("C_mpo P_mpo x_mpo F M eta power"),
    source=_SOURCE + "; linear fit in three principal components to 5,261 braids, R2 0.516",
    assumes=(
        *_ASSUMES,
        "operations by the published counting rule, which canonicalises at one bond only; QR and SVD of real matrices",
        "the derating x_mpo is for a two-qubit error of 1e-4",
    ),
    variants=_variants("free"),
)
"""C_mpo is half the published exact count; x_mpo the published derating to the accuracy of the noisy circuit."""

PAPER_SV_SHOR = CostModel(
    name="paper-sv-shor",
    side=Side.CLASSICAL,
    closures=_MARKOV,
    summary="for comparison only: published statevector sampling with up to 100 samples",
    formulas=_sv_shor,
    constants=units("n m eps v F M eta power"),
    source=_SOURCE,
    assumes=(*_ASSUMES[:2], "relative error eps / v; fib-typical needs far fewer vectors at the same accuracy"),
    variants=_variants("free"),
)
"""The published count is in real operations already: only the bytes are converted."""

PAPER_CFEV = CostModel(
    name="paper-cfev",
    side=Side.QUANTUM,
    closures=_MARKOV,
    summary="for comparison only: published quantum time, 10,000 shots whatever the accuracy asked",
    formulas=_cfev,
    constants=units(
        "n m D D_r r r_full r_one f D_b d_f eps delta v z k_2q k_idle k_spam K_2q K_idle K_spam u_2q u_idle x_ref "
        "e_2q e_1q e_idle e_spam t_layer power Q"
    ),
    source=_SOURCE,
    assumes=(
        "shots = published: a fixed number, whatever the errors; its relative error is the published power law in "
        "crossings, not the eps asked for",
        "shots = asked: those that eps and delta of the question take, rescaled by benchmark braids that are charged",
        "reset, compilation and the writing of circuits are not charged",
        "layout = reduced: n - 1 qubits, known bits and a fan-out of logarithmic depth, as plait compiles",
        "depth = line: that of the published line; family: that of random braids of the density calibrated",
    ),
    variants={
        "layout": ("published", "reduced"),
        "depth": ("line", "family"),
        "shots": ("published", "asked"),
        "discard": ("free", "charged"),
        "word": WORDS,
    },
)
"""Layer time 30 ms and 75 kW in the publication (`plait.calibrations.paper_forms`)."""

PAPER_MODELS = (PAPER_TN_PROJ, PAPER_BRACKET, PAPER_MPO_PROJ, PAPER_SV_SHOR, PAPER_CFEV)
"""All of them, to be listed apart from the contenders."""
