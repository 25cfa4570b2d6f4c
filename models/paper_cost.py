"""The settings of arXiv:2503.05625 as cost models: for comparison only, never among the default contenders.

Two choices of units, because the published counts are not in one. `converted` (the default): 8 real operations per
complex multiply-add and 16 bytes per element, as every other model here. `published`: the numbers as they were divided
by a machine's rate: opt_einsum's cost for paper-tn-proj (2 per complex multiply-add), cotengra's for paper-bracket (1),
real-arithmetic counts for paper-mpo-proj (2), all without the 4 that complex arithmetic costs; 8 bytes per element.

Time is operations over the machine's stated rate: no efficiency, no bandwidth, no path search, no parallel losses, and
above the machine's memory there is no answer. The counts C_tn, P_tn, C_br, P_br, C_mpo, P_mpo and x_mpo come from the
published fits (`plait.calibrations.paper_forms`) or, for a braid at hand, from `plait.models.paper_network`.
"""

from collections.abc import Callable
from typing import Any

from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Formulas, Side
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

_SOURCE = "arXiv:2503.05625, figures and data of github.com/CQCL/jones-polynomial at commit 3a124c0"
_UNITS = {"units": ("converted", "published")}
_ASSUMES = (
    "the operation rate the machine states, reached in full; no bandwidth, no search, no parallel losses",
    "no slicing: beyond the memory there is no answer",
    "fitted to braids of 10..29 strands and at most 645 crossings, un-minimised unlinks of one family",
)


def _counted(name: str, operations: str, elements: str, share: str = "") -> Callable[..., Formulas]:
    """Formulas of a model that is a count of multiply-adds and a largest intermediate."""

    def formulas(closure: Closure, units: str) -> Formulas:
        count, need = symbol(operations), symbol(elements)
        published = units == "published"
        flops = (PUBLISHED_PER_MULTIPLY_ADD[name] if published else REAL_PER_MULTIPLY_ADD) * count
        if share:
            flops *= symbol(share)
        return _at_full_rate(flops, (PUBLISHED_BYTES if published else CONVERTED_BYTES) * need)

    return formulas


def _at_full_rate(flops: Any, need: Any, efficiency: float = 1, **extra: Any) -> Formulas:
    rate, memory, power = symbols("F M power")
    seconds = flops / (efficiency * rate)
    return Formulas(
        costs={**extra, "flops": flops, "bytes": need, "seconds": seconds, "joules": power * seconds},
        limits={"memory": need / memory},
    )


def _sv_shor(closure: Closure, units: str) -> Formulas:
    """Published: samples x 32 x 1.618^qubits x crossings / 0.25, with the relative error eps / v allowed."""
    from sympy import GoldenRatio, Max, Min

    n, m, eps, v = symbols("n m eps v")
    samples = Min(SV_MAX_SAMPLES, Max(1, SV_SAMPLES_TIMES_ERROR * v / eps))
    paths = GoldenRatio ** (n + 1)
    each = PUBLISHED_BYTES if units == "published" else CONVERTED_BYTES
    return _at_full_rate(SV_OPERATIONS * paths * m * samples, each * paths, SV_EFFICIENCY, samples=samples)


def _cfev(closure: Closure) -> Formulas:
    """Published: 10,000 shots of 2 x 0.618 (qubits - 2) + 3 D layers, each of the machine's layer time."""
    from sympy import Integer

    n, m, depth, layer, power, qubits = symbols("n m D t_layer power Q")
    layers = 2 * CFEV_FAN_OUT * (n - 1) + CFEV_LAYERS_PER_CROSSING_LAYER * depth
    seconds = CFEV_SHOTS * layers * layer
    return Formulas(
        costs={
            "qubits": n + 1,
            "two_qubit_gates": 3 * m,
            "two_qubit_depth": layers,
            "shots": Integer(CFEV_SHOTS),
            "seconds": seconds,
            "joules": power * seconds,
        },
        limits={"qubits": (n + 1) / qubits},
    )


_MARKOV = frozenset({Closure.MARKOV})

PAPER_TN_PROJ = CostModel(
    name="paper-tn-proj",
    side=Side.CLASSICAL,
    closures=_MARKOV,
    summary="for comparison only: published network of dense six-leg gates and projectors, contracted exactly",
    formulas=_counted("paper-tn-proj", "C_tn", "P_tn"),
    constants=units("C_tn P_tn F M power"),
    source=_SOURCE + "; opt_cost of 4,263 path searches (kahypar and greedy, 128 trials)",
    assumes=_ASSUMES,
    variants=_UNITS,
)
"""C_tn is half the published opt_cost; `plait.models.paper_network.projector_network` builds and searches it."""

PAPER_BRACKET = CostModel(
    name="paper-bracket",
    side=Side.CLASSICAL,
    closures=_MARKOV,
    summary="for comparison only: published Kauffman bracket network, contracted exactly",
    formulas=_counted("paper-bracket", "C_br", "P_br"),
    constants=units("C_br P_br F M power"),
    source=_SOURCE + "; total_flops of 10,000 path searches (kahypar and greedy, 128 trials)",
    assumes=_ASSUMES,
    variants=_UNITS,
)
"""C_br is the published total_flops as it is; `plait.models.paper_network.bracket_network` has the same shape."""

PAPER_MPO_PROJ = CostModel(
    name="paper-mpo-proj",
    side=Side.CLASSICAL,
    closures=_MARKOV,
    summary="for comparison only: published matrix product operator, truncated to the error of the noisy circuit",
    formulas=_counted("paper-mpo-proj", "C_mpo", "P_mpo", "x_mpo"),
    constants=units("C_mpo P_mpo x_mpo F M power"),
    source=_SOURCE + "; linear fit in three principal components to 5,261 braids, R2 0.516",
    assumes=(
        *_ASSUMES,
        "operations by the published counting rule, which canonicalises at one bond only; QR and SVD of real matrices",
        "the derating x_mpo is for a two-qubit error of 1e-4",
    ),
    variants=_UNITS,
)
"""C_mpo is half the published exact count; x_mpo the published derating to the accuracy of the noisy circuit."""

PAPER_SV_SHOR = CostModel(
    name="paper-sv-shor",
    side=Side.CLASSICAL,
    closures=_MARKOV,
    summary="for comparison only: published statevector sampling with up to 100 samples",
    formulas=_sv_shor,
    constants=units("n m eps v F M power"),
    source=_SOURCE,
    assumes=(*_ASSUMES[:2], "relative error eps / v; fib-typical needs far fewer vectors at the same accuracy"),
    variants=_UNITS,
)
"""The published count is in real operations already: only the bytes are converted."""

PAPER_CFEV = CostModel(
    name="paper-cfev",
    side=Side.QUANTUM,
    closures=_MARKOV,
    summary="for comparison only: published quantum time, 10,000 shots whatever the accuracy asked",
    formulas=_cfev,
    constants=units("n m D t_layer power Q"),
    source=_SOURCE,
    assumes=(
        "a fixed number of shots; discarded shots, idle errors, reset and compilation are not charged",
        "its relative error is the published power law in crossings, not the eps asked for",
    ),
)
"""Layer time 30 ms and 75 kW in the publication (`plait.calibrations.paper_forms`)."""

PAPER_MODELS = (PAPER_TN_PROJ, PAPER_BRACKET, PAPER_MPO_PROJ, PAPER_SV_SHOR, PAPER_CFEV)
"""All of them, to be listed apart from the contenders."""
