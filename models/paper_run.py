"""The published classical settings of arXiv:2503.05625, run for real on one braid: for comparison only.

paper-tn-proj and paper-bracket: the published networks, searched as published and contracted densely. paper-mpo-proj:
the operator compressed as a whole after every crossing. paper-sv-shor: z_s of sampled paths s, one evolution each.
All but the last are exact. Markov closure only, as published.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError, shown
from plait.models.exact_methods import STATE_BYTES, Limits
from plait.models.fibonacci import PHI, dimension
from plait.models.paper_cost import (
    CONVERTED_BYTES,
    PUBLISHED_BYTES,
    PUBLISHED_PER_MULTIPLY_ADD,
    REAL_PER_MULTIPLY_ADD,
    SV_MAX_SAMPLES,
    SV_OPERATIONS,
    SV_SAMPLES_TIMES_ERROR,
)
from plait.models.paper_network import PaperNetwork, bracket_network, projector_mpo_value, projector_network

DENSE_SECONDS = 2e-9
"""Per multiply-add of a dense contraction of many small tensors."""
UPDATE_SECONDS = 2e-3
"""Per crossing and site of the operator, whatever its bond."""
MPO_SECONDS = 3e-8
"""Per crossing and cubed bond: from above."""


@dataclass(frozen=True, kw_only=True)
class PaperRun:
    """What a published setting gives, and what it took in its own unit and in plait's.

    Args:
        value: E; for paper-sv-shor an estimate.
        method: one of PAPER_METHODS.
        counts: name -> number: log2 of elements, samples, bond, trials; and, where the publication counts operations,
            `published_operations` (its unit) and `real_flop` (8 per complex multiply-add), `published_bytes` (8 an
            element) and `bytes` (16).
        radius: standard error of the value where it is sampled, from above: 1 / sqrt(samples); 0 where it is exact.
    """

    value: complex
    method: str
    counts: Mapping[str, float]
    radius: float = 0.0


def paper_run(braid: Braid, method: str, *, limits: Limits, eps: float = 0.1, search_seconds: float = 60.0) -> PaperRun:
    """Evaluate the Markov closure in one of the published settings.

    Args:
        braid: at least 2 strands; the word as it is: nothing is merged or minimised.
        method: one of PAPER_METHODS.
        limits: what it may take; predictions are rough, and from above for paper-mpo-proj.
        eps: relative error that paper-sv-shor is asked for: 4 / eps samples, between 1 and 100.
        search_seconds: no trial of the search starts later; published: 128 trials, however long they take.

    Raises:
        PlaitError: unknown method, a braid the setting does not take, or beyond the limits.

    >>> found = paper_run(Braid.parse("1 -2 1 -2"), "paper-bracket", limits=Limits(memory=1e9, time_limit=60))
    >>> abs(found.value - (-0.4721359549996)) < 1e-12, found.counts["real_flop"] / found.counts["published_operations"]
    (True, 8.0)
    """
    if method not in PAPER_METHODS:
        raise PlaitError(f"method = {shown(method)} is no published setting; known: {', '.join(PAPER_METHODS)}")
    if not eps > 0:
        raise PlaitError(f"eps = {shown(eps)} must be above 0")
    if method in _NETWORKS:
        return _contracted(_NETWORKS[method](braid), method, limits, search_seconds)
    return _operator(braid, limits) if method == "paper-mpo-proj" else _sampled(braid, limits, eps)


_NETWORKS: Mapping[str, Callable[[Braid], PaperNetwork]] = {
    "paper-tn-proj": projector_network,
    "paper-bracket": bracket_network,
}
PAPER_METHODS = (*_NETWORKS, "paper-mpo-proj", "paper-sv-shor")


def _contracted(network: PaperNetwork, method: str, limits: Limits, search_seconds: float) -> PaperRun:
    plan = network.search(max_seconds=search_seconds, seed=limits.seed)
    costs = plan.costs()
    _refuse(method, DENSE_SECONDS * costs.multiply_adds, 48 * 2.0**costs.width, limits)
    elements = 2.0**costs.width
    counts = {
        "trials": plan.trials,
        "log2_elements": costs.width,
        **_converted(method, costs.multiply_adds, elements),
    }
    return PaperRun(value=plan.contract(memory=limits.memory), method=method, counts=counts)


def _converted(method: str, multiply_adds: float, elements: float) -> dict[str, float]:
    return {
        "published_operations": PUBLISHED_PER_MULTIPLY_ADD[method] * multiply_adds,
        "real_flop": REAL_PER_MULTIPLY_ADD * multiply_adds,
        "published_bytes": PUBLISHED_BYTES * elements,
        "bytes": CONVERTED_BYTES * elements,
    }


def _operator(braid: Braid, limits: Limits) -> PaperRun:
    most = float(dimension(min(braid.strands, 1400)))
    seconds = braid.crossings * (UPDATE_SECONDS * braid.strands + MPO_SECONDS * most**3)
    _refuse("paper-mpo-proj", seconds, 64 * most**2, limits)
    value, bond = projector_mpo_value(braid)
    return PaperRun(value=value, method="paper-mpo-proj", counts={"bond": bond})


def _sampled(braid: Braid, limits: Limits, eps: float) -> PaperRun:
    from plait.models.runs import closed_runs
    from plait.models.statevector import sampled_trace

    samples = round(min(SV_MAX_SAMPLES, max(1, SV_SAMPLES_TIMES_ERROR / eps)))
    paths = float(dimension(min(braid.strands, 1400)))
    runs = closed_runs(braid, Closure.MARKOV).runs
    seconds = samples * len(runs) * (limits.rates.run + limits.rates.amplitude * paths)
    _refuse("paper-sv-shor", seconds, STATE_BYTES * paths, limits)
    value = sampled_trace(braid.strands, runs, samples=samples, seed=limits.seed, threads=limits.threads)
    elements = PHI ** (braid.strands + 1)
    operations = SV_OPERATIONS * elements * braid.crossings * samples
    counts = {
        "samples": samples,
        "published_operations": operations,
        "real_flop": operations,
        "published_bytes": PUBLISHED_BYTES * elements,
        "bytes": CONVERTED_BYTES * elements,
    }
    return PaperRun(value=value, method="paper-sv-shor", counts=counts, radius=samples**-0.5)


def _refuse(method: str, seconds: float, need: float, limits: Limits) -> None:
    if not (seconds <= limits.time_limit and need <= limits.memory):
        raise PlaitError(
            f"{method} would take about {seconds:.2g} s and {need / 2**30:.2g} GiB, more than the "
            f"{limits.time_limit:g} s and {limits.memory / 2**30:.3g} GiB allowed; raise --time-limit or --memory"
        )
