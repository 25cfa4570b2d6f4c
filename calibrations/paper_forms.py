"""The published fits of arXiv:2503.05625 as facts, and the boundary they give: for comparison only.

Numbers are in the publication's units unless a name says otherwise: "flops" is what was divided by a machine's rate,
elements are of 8 bytes. `features` converts to plait's: complex multiply-adds and elements. The fits come from 10..29
strands and at most 645 crossings and are used at 2,800, on a line through the means of the data that leaves the data
(density 0.26 there, never below 0.39 in it): `density` and TRAINED say how far.

Symbols: m crossings, D greedy depth, n strands; scalars or arrays that broadcast.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plait.models import PlaitError
from plait.models.fibonacci import PHI
from plait.models.paper_cost import (
    CFEV_FAN_OUT,
    CFEV_LAYERS_PER_CROSSING_LAYER,
    CFEV_SHOTS,
    PUBLISHED_BYTES,
    PUBLISHED_PER_MULTIPLY_ADD,
    SV_EFFICIENCY,
    SV_MAX_SAMPLES,
    SV_OPERATIONS,
    SV_SAMPLES_TIMES_ERROR,
)

Array = NDArray[np.float64]

SOURCE = "arXiv:2503.05625 and github.com/CQCL/jones-polynomial at commit 3a124c0, its fits re-run on its data"


@dataclass(frozen=True, kw_only=True)
class PublishedForm:
    """log10 of a published count: a min(D, b n) + c D + d n + e m + f, with n strands (+ `more_strands`).

    Args:
        a, b, c, d, e, f: coefficients; a = 0 for the linear ones.
        sigma: standard deviation of the residuals, decades.
        r2: share of the variance explained.
        braids: number of braids in the fit.
        more_strands: 1 where the fit, or the published curve, takes qubits = strands + 1.
    """

    a: float = 0.0
    b: float = 0.0
    c: float
    d: float
    e: float
    f: float
    sigma: float
    r2: float
    braids: int
    more_strands: int = 0

    def log10(self, m: ArrayLike, depth: ArrayLike, n: ArrayLike) -> Array:
        """The form at crossings m, greedy depth and strands n."""
        m, depth, n = (np.asarray(x, float) for x in (m, depth, n))
        n = n + self.more_strands
        return np.asarray(
            self.a * np.minimum(depth, self.b * n) + self.c * depth + self.d * n + self.e * m + self.f, float
        )


OPERATIONS: Mapping[str, PublishedForm] = {
    "paper-tn-proj": PublishedForm(
        a=0.18275, b=2.2462, c=0.00583, d=0.00149, e=0.00932, f=4.0226, sigma=0.6278, r2=0.9719, braids=4263
    ),
    "paper-bracket": PublishedForm(
        a=-0.0132, b=0.9275, c=0.07163, d=-0.02146, e=0.007328, f=3.2958, sigma=0.4679, r2=0.9506, braids=10_000
    ),
    "paper-mpo-proj": PublishedForm(
        c=-0.0220561, d=-0.103723, e=0.0106938, f=9.44153, sigma=0.6566, r2=0.516, braids=5261, more_strands=1
    ),
}
"""log10 of published operations: opt_einsum's cost, cotengra's, and a count over the bonds of an exact operator.

The last falls with strands and depth at fixed crossings, as does the bracket with strands: no physics, collinear data.
"""

ELEMENTS: Mapping[str, PublishedForm] = {
    "paper-tn-proj": PublishedForm(
        a=0.16854, b=2.4523, c=-0.01962, d=-0.01774, e=0.01041, f=2.2131, sigma=0.7761, r2=0.9499, braids=4263
    ),
    "paper-bracket": PublishedForm(
        a=-0.0203, b=1.0344, c=0.05641, d=-0.02998, e=0.007751, f=1.8620, sigma=0.5289, r2=0.9211, braids=10_000
    ),
    "paper-mpo-proj": PublishedForm(
        c=-0.0179724, d=-0.0637372, e=0.0072553, f=5.04665, sigma=0.4635, r2=0.474, braids=5261, more_strands=1
    ),
}
"""log10 of elements of the largest intermediate (of the whole operator for paper-mpo-proj)."""

LINE_STRANDS = (13.2843, 0.0258024)
LINE_DEPTH = (24.9394, 0.0828186)
"""Strands and depth on the published line, per crossing: first principal axis of (crossings, depth, qubits)."""
TRAINED = {"m": (200.0, 645.0), "n": (10.0, 29.0), "density": (0.390, 0.795)}
"""Range of the data behind the line: crossings, strands, and crossings per pair of strands and layer."""

POWER_LAWS = {1e-4: (9.26e-4, 0.7499), 5e-4: (2.021e-3, 0.8428)}
"""Two-qubit error -> (alpha, beta): relative error alpha m^beta of the noisy circuit, with error detection.

From 23,819 simulations of 10..15 strands and 20..551 crossings; exceeds 1, which means nothing, at 5e-4 from 1,574.
"""
DERATING_AT = tuple(range(200, 3001, 200))
DERATING = (0.188, 0.165, 0.145, 0.132, 0.123, 0.117, 0.112, 0.107, 0.103, 0.098, 0.094, 0.090, 0.086, 0.083, 0.079)
"""Share of the exact operator's operations that is left when it is truncated to the noisy circuit's error, at 1e-4."""

LAYER_SECONDS = 0.030
QPU_WATTS = 75e3


@dataclass(frozen=True, kw_only=True)
class PublishedMachine:
    """What the publication says of a machine; None where it uses no such figure."""

    flops_per_second: float | None = None
    memory_bytes: float | None = None
    flops_per_joule: float | None = None
    source: str


MACHINES: Mapping[str, PublishedMachine] = {
    "frontier": PublishedMachine(
        flops_per_second=1.353e18, memory_bytes=9.2e15, source="HPL Rmax, FP64; HBM and DDR together"
    ),
    "a100": PublishedMachine(flops_per_second=19.5e12, memory_bytes=80e9, source="peak, as stated; 80 GB model"),
    "jedi": PublishedMachine(flops_per_joule=72.7e9, source="Green500; a 4.5 PFLOP/s machine"),
}


def line(m: ArrayLike) -> tuple[Array, Array]:
    """Strands and depth on the published line at m crossings.

    >>> tuple(round(float(x), 2) for x in line(2800))
    (85.53, 256.83)
    """
    m = np.asarray(m, float)
    return LINE_STRANDS[0] + LINE_STRANDS[1] * m, LINE_DEPTH[0] + LINE_DEPTH[1] * m


def density(m: ArrayLike, depth: ArrayLike, n: ArrayLike) -> Array:
    """Crossings per pair of strands and layer; TRAINED["density"] is what the data has.

    >>> round(float(density(2800, *reversed(line(2800)))), 3)
    0.258
    """
    m, depth, n = (np.asarray(x, float) for x in (m, depth, n))
    return np.asarray(2 * m / ((n - 1) * depth))


def tn_proj_log10_flops(m: ArrayLike, depth: ArrayLike, n: ArrayLike) -> Array:
    """log10 opt_einsum cost of the dense projector network (2 per complex multiply-add, without the 4 of complex)."""
    return OPERATIONS["paper-tn-proj"].log10(m, depth, n)


def bracket_log10_flops(m: ArrayLike, depth: ArrayLike, n: ArrayLike) -> Array:
    """log10 cotengra flops of the bracket network (1 per complex multiply-add)."""
    return OPERATIONS["paper-bracket"].log10(m, depth, n)


def mpo_proj_log10_flops(m: ArrayLike, depth: ArrayLike, n: ArrayLike, *, derated: bool = True) -> Array:
    """log10 operations of the matrix product operator (real-arithmetic QR and SVD counts), truncated unless told not.

    >>> n, depth = line(2800)
    >>> round(float(mpo_proj_log10_flops(2800, depth, n, derated=False)), 2)
    24.74
    """
    exact = OPERATIONS["paper-mpo-proj"].log10(m, depth, n)
    return exact + np.log10(derating(m)) if derated else exact


def derating(m: ArrayLike) -> Array:
    """Published share of operations left at two-qubit error 1e-4; held beyond the 200..3,000 crossings it is for."""
    return np.asarray(np.interp(np.asarray(m, float), DERATING_AT, DERATING))


def relative_error(m: ArrayLike, e_2q: float = 1e-4) -> Array:
    """Published relative error of the noisy circuit, alpha m^beta.

    Raises:
        PlaitError: a two-qubit error that was not published.

    >>> round(float(relative_error(2800)), 3)
    0.356
    """
    if e_2q not in POWER_LAWS:
        raise PlaitError(f"e_2q = {e_2q!r} was not published; known: {', '.join(f'{e:g}' for e in POWER_LAWS)}")
    alpha, beta = POWER_LAWS[e_2q]
    return np.asarray(alpha * np.asarray(m, float) ** beta)


def sv_shor_log10_flops(m: ArrayLike, n: ArrayLike, error: ArrayLike) -> Array:
    """log10 operations of statevector sampling, divided by its published efficiency; -inf where error is 1 or more."""
    m, n, error = (np.asarray(x, float) for x in (m, n, error))
    samples = np.clip(SV_SAMPLES_TIMES_ERROR / error, 1, SV_MAX_SAMPLES)
    exact = np.log10(samples * SV_OPERATIONS * m / SV_EFFICIENCY) + (n + 1) * np.log10(PHI)
    return np.asarray(np.where(error < 1, exact, -np.inf))


def log10_bytes(model: str, m: ArrayLike, depth: ArrayLike, n: ArrayLike) -> Array:
    """log10 bytes of a published classical method, 8 per element.

    Raises:
        PlaitError: the model is not one of them.
    """
    each = np.log10(PUBLISHED_BYTES)
    if model == "paper-sv-shor":
        return np.asarray(each + (np.asarray(n, float) + 1) * np.log10(PHI))
    return np.asarray(_known(ELEMENTS, model).log10(m, depth, n) + each)


def log10_flops(model: str, m: ArrayLike, depth: ArrayLike, n: ArrayLike, *, e_2q: float = 1e-4) -> Array:
    """log10 of what the publication divides by a machine's rate, for any of its classical methods.

    Raises:
        PlaitError: the model is not one of them, or no derating was published for this e_2q.
    """
    if model == "paper-sv-shor":
        return sv_shor_log10_flops(m, n, relative_error(m, e_2q))
    form = _known(OPERATIONS, model).log10(m, depth, n)
    if model != "paper-mpo-proj":
        return form
    if e_2q != 1e-4:
        raise PlaitError(f"e_2q = {e_2q!r}: the derating of paper-mpo-proj is known at 1e-4 only")
    return form + np.log10(derating(m))


def cfev_layers(depth: ArrayLike, n: ArrayLike) -> Array:
    """Published two-qubit layers per shot: 2 x 0.618 (qubits - 2) + 3 D.

    >>> round(float(cfev_layers(*reversed(line(2800)))))
    875
    """
    depth, n = np.asarray(depth, float), np.asarray(n, float)
    return np.asarray(2 * CFEV_FAN_OUT * (n - 1) + CFEV_LAYERS_PER_CROSSING_LAYER * depth)


def cfev_seconds(depth: ArrayLike, n: ArrayLike) -> Array:
    """Published quantum seconds: 10,000 shots of so many layers at 30 ms.

    >>> round(float(cfev_seconds(*reversed(line(2800)))) / 3600, 1)
    72.9
    """
    return np.asarray(CFEV_SHOTS * LAYER_SECONDS * cfev_layers(depth, n))


def features(log_m: Array, log_depth: Array, log_n: Array) -> dict[str, Array]:
    """log10 of the symbols of `plait.models.paper_cost`, in plait's units, from log10 of m, D and n.

    The fits are used as trained. x_mpo is the derating at two-qubit error 1e-4.
    """
    m, depth, n = 10.0**log_m, 10.0**log_depth, 10.0**log_n
    found = {"x_mpo": np.log10(derating(m))}
    for model, short in (("paper-tn-proj", "tn"), ("paper-bracket", "br"), ("paper-mpo-proj", "mpo")):
        found[f"C_{short}"] = OPERATIONS[model].log10(m, depth, n) - np.log10(PUBLISHED_PER_MULTIPLY_ADD[model])
        found[f"P_{short}"] = ELEMENTS[model].log10(m, depth, n)
    return found


@dataclass(frozen=True, kw_only=True)
class PublishedBoundary:
    """Where the published quantum time, or energy, drops below the published classical one, along the published line.

    Args:
        crossings, strands, depth: of the point; +inf if there is none up to MAX_CROSSINGS.
        limit: what decides there: "time", "memory" or "energy".
    """

    crossings: float
    strands: float
    depth: float
    limit: Literal["time", "memory", "energy"]


MIN_CROSSINGS, MAX_CROSSINGS = 50, 6000


def published_boundary(
    model: str = "paper-mpo-proj",
    machine: str = "frontier",
    *,
    memory_cliff: bool = True,
    as_drawn: bool = True,
    e_2q: float = 1e-4,
    sigmas: float = 0.0,
) -> PublishedBoundary:
    """The published boundary between the echo circuit and one classical method on one machine.

    Args:
        model: a classical method of the publication.
        machine: "frontier" or "a100" (time), or "jedi" (energy against 75 kW; no memory limit).
        memory_cliff: count time as infinite beyond the machine's memory; energy has no cliff.
        as_drawn: put qubits where the tn-proj and bracket fits were trained on strands, as the published curves do.
        e_2q: two-qubit error.
        sigmas: standard deviations of the residuals by which operations and elements are moved together: the interval
            the publication does not give (one braid at a time; sv-shor has no fit and does not move).

    Raises:
        PlaitError: unknown model, machine or e_2q.

    >>> round(published_boundary().crossings), round(published_boundary(memory_cliff=False).crossings)
    (2759, 2781)
    """
    if machine not in MACHINES:
        raise PlaitError(f"machine {machine!r} is not in the publication; known: {', '.join(MACHINES)}")
    known = MACHINES[machine]
    m = np.arange(MIN_CROSSINGS, MAX_CROSSINGS + 1, dtype=float)
    n, depth = line(m)
    seen = n + 1 if as_drawn and model in ("paper-tn-proj", "paper-bracket") else n
    quantum = np.log10(cfev_seconds(depth, n))
    work = log10_flops(model, m, depth, seen, e_2q=e_2q)
    need = log10_bytes(model, m, depth, seen)
    if model in OPERATIONS:
        work = work + sigmas * OPERATIONS[model].sigma
        need = need + sigmas * ELEMENTS[model].sigma
    if known.flops_per_second is None:
        assert known.flops_per_joule is not None
        return _at(_first(work - np.log10(known.flops_per_joule) - quantum - np.log10(QPU_WATTS), m), "energy")
    by_time = _first(work - np.log10(known.flops_per_second) - quantum, m)
    if memory_cliff and known.memory_bytes is not None:
        by_memory = _first(need - np.log10(known.memory_bytes), m)
        if by_memory < by_time:
            return _at(by_memory, "memory")
    return _at(by_time, "time")


def _first(excess: Array, m: Array) -> float:
    """Crossings at which the excess first turns positive, linear between points; +inf if it never does."""
    above = np.flatnonzero(excess > 0)
    if not len(above):
        return float("inf")
    k = int(above[0])
    if k == 0:
        return float(m[0])
    return float(m[k - 1] + (m[k] - m[k - 1]) * excess[k - 1] / (excess[k - 1] - excess[k]))


def _at(m: float, limit: Literal["time", "memory", "energy"]) -> PublishedBoundary:
    n, depth = line(m)
    return PublishedBoundary(crossings=m, strands=float(n), depth=float(depth), limit=limit)


def _known(forms: Mapping[str, PublishedForm], model: str) -> PublishedForm:
    if model not in forms:
        raise PlaitError(f"model {model!r} has no published form; known: {', '.join(forms)}, paper-sv-shor")
    return forms[model]
