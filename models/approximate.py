"""A value within a stated error: random vectors, truncated tensor trains, or an exact method if that is faster."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError, shown
from plait.models.exact import JonesValue, runs_of
from plait.models.exact_methods import METHODS, STATE_BYTES, Limits, Prediction, evaluate
from plait.models.fibonacci import dimension
from plait.models.link import close
from plait.models.rates import Rates
from plait.models.runs import Run

APPROXIMATE = ("fib-typical", "mpo-truncated", "zero")
TYPICAL_ERROR = 1.05
"""As of `plait.models.statevector`, which is imported only where it runs."""
MOST_DELTA = 0.3
"""Largest delta for which a radius is given; beyond, that of this one."""
FIRST_BOND = 16
"""Bond that a truncated train is tried with first; doubled until its error is small enough."""


@dataclass(frozen=True, kw_only=True)
class Approximation:
    """A value and how wrong it may be.

    Args:
        value: of E.
        radius: |E - value| is at most this (0: exact to rounding) ..
        delta: .. but with this probability; 0 where chance plays no part.
        basis: of the radius: "exact", "law" (fib-typical: proven variance, normal tails), "estimated" (mpo-truncated:
            twice the fidelity lost, measured and not proven), "assumed" (zero: |E| <= eps).
        method: that was run.
        why: what was predicted for it and for the others, in words.
        size: vectors (fib-typical) or largest bond (mpo-truncated); 0 for the others.
    """

    value: complex
    radius: float
    delta: float
    basis: str
    method: str
    why: str
    size: int = 0


def approximate(
    strands: int,
    runs: tuple[Run, ...],
    closure: Closure,
    *,
    eps: float,
    delta: float,
    method: str | None,
    limits: Limits,
) -> Approximation:
    """The weighted trace or amplitude to within eps, by the method named or the one with the least predicted seconds.

    Without a name random vectors compete with all exact methods: both state their time beforehand. A truncated train
    does not, and in our runs truncation to eps = 0.1 saved nothing worth having (1.1 times in the median).

    Args:
        strands, runs, closure: as of `plait.models.exact_methods.evaluate`.
        eps: allowed complex error of E, above 0.
        delta: allowed probability of a larger error, between 0 and 1.
        method: one of APPROXIMATE, or None.
        limits: of time and memory.

    Raises:
        PlaitError: an argument out of range, a method of another closure, or nothing fits the limits.
    """
    for name, value, most in (("eps", eps, math.inf), ("delta", delta, 1.0)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < most:
            raise PlaitError(
                f"{name} = {shown(value)} must be above 0{'' if most == math.inf else f' and below {most:g}'}"
            )
    if method is not None and method not in APPROXIMATE:
        raise PlaitError(f"method = {shown(method)} is not an approximate method; known: {', '.join(APPROXIMATE)}")
    if method == "zero":
        why = "asked for: right if |E| is known not to exceed eps"
        return Approximation(value=0j, radius=eps, delta=0.0, basis="assumed", method="zero", why=why)
    if method == "mpo-truncated":
        return _truncated(strands, runs, closure, eps, limits)
    if method == "fib-typical" and closure is not Closure.MARKOV:
        raise PlaitError("method = fib-typical is for the markov closure, got plat; a plat amplitude is one evolution")
    if closure is not Closure.MARKOV:
        found = evaluate(strands, runs, closure, METHODS, limits)
        return Approximation(value=found.value, radius=0, delta=0, basis="exact", method=found.method, why=found.why)
    vectors, radius = vectors_for(strands, eps, delta), list[float]()
    typical = _typical(strands, runs, vectors, delta, limits, radius.append)
    found = evaluate(strands, runs, closure, () if method else METHODS, limits, first=(typical,))
    if found.method != "fib-typical":
        return Approximation(value=found.value, radius=0, delta=0, basis="exact", method=found.method, why=found.why)
    return Approximation(
        value=found.value,
        radius=radius[0],
        delta=delta,
        basis="law",
        method=found.method,
        why=found.why,
        size=vectors,
    )


def jones_within(
    braid: Braid,
    closure: Closure | str,
    eps: float,
    delta: float = 0.05,
    method: str | None = None,
    *,
    memory: float = 8 * 2**30,
    time_limit: float = 600.0,
    seed: int = 0,
    threads: int = 1,
    rates: Rates | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> JonesValue:
    """The Jones polynomial at the fifth root of unity with E to within eps but with probability delta.

    Args:
        braid: any braid; it is not minimised.
        closure: MARKOV or PLAT.
        eps, delta, method: as of `approximate`.
        memory, time_limit, seed, threads, rates, progress: as of `plait.models.exact.jones_exact`.

    Returns:
        The value; `radius`, `delta` and `basis` say how wrong E (`normalised`) may be.

    Raises:
        PlaitError: as `approximate`, or an odd plat.

    >>> found = jones_within(Braid.brickwall(20, 400), Closure.MARKOV, 0.1)
    >>> found.method, found.radius < 0.02
    ('fib-typical', True)
    """
    closure = Closure.parse(closure)
    link = close(braid, closure)
    phase, runs = runs_of(braid, closure)
    limits = Limits(
        memory=memory, time_limit=time_limit, threads=threads, seed=seed, rates=rates or Rates(), progress=progress
    )
    found = approximate(braid.strands, runs, closure, eps=eps, delta=delta, method=method, limits=limits)
    return JonesValue.of(
        link,
        braid,
        closure,
        phase * found.value,
        method=found.method,
        why=(found.why,),
        radius=found.radius,
        delta=found.delta,
        basis=found.basis,
    )


def vectors_for(strands: int, eps: float, delta: float) -> int:
    """Random vectors whose `TypicalTrace.radius` is eps at most.

    That radius holds for normal errors of whatever shape in the plane. The cost model of fib-typical counts by the rule
    that both sides of a comparison share, ln(1 / delta) sigma^2 / eps^2, which is for round ones: 1.3 times fewer
    vectors at delta = 0.05, wherever more than one is needed.

    >>> vectors_for(6, 0.1, 0.05), vectors_for(29, 0.1, 0.05)
    (33, 1)
    """
    quantile = NormalDist().inv_cdf(1 - min(delta, MOST_DELTA) / 2)
    return max(1, math.ceil((quantile * TYPICAL_ERROR / eps) ** 2 / dimension(strands)))


def _typical(
    strands: int,
    runs: tuple[Run, ...],
    vectors: int,
    delta: float,
    limits: Limits,
    keep_radius: Callable[[float], None],
) -> Prediction:
    rates = limits.rates
    paths = float(dimension(min(strands, 1400)))
    moved = paths * (rates.amplitude * len(runs) + rates.start)
    each = rates.run * len(runs) + moved / rates.speed_up(limits.threads)

    def run() -> complex:
        from plait.models.statevector import typical_trace

        found = typical_trace(strands, runs, vectors=vectors, seed=limits.seed, threads=limits.threads)
        keep_radius(found.radius(min(delta, MOST_DELTA)))
        return found.value

    return Prediction(
        method="fib-typical",
        seconds=vectors * each,
        bytes=STATE_BYTES * paths,
        run=run,
        remark=f" ({vectors} random vector{'s' * (vectors > 1)})",
    )


def _truncated(strands: int, runs: tuple[Run, ...], closure: Closure, eps: float, limits: Limits) -> Approximation:
    """A train with the bond doubled until its estimated error is eps or nothing is truncated any more."""
    from plait.models.tensor_train import mpo_trace, mps_amplitude

    method = mpo_trace if closure is Closure.MARKOV else mps_amplitude
    bond, work = FIRST_BOND, limits.time_limit / limits.rates.work
    while True:
        found = method(strands, runs, max_bond=bond, max_bytes=limits.memory, max_work=work, progress=limits.progress)
        if found.error <= eps:
            why = f"asked for: bond {found.max_bond}, fidelity {found.fidelity:.3g}"
            return Approximation(
                value=found.value,
                radius=found.error,
                delta=0.0,
                basis="estimated",
                method="mpo-truncated",
                why=why,
                size=found.max_bond,
            )
        work, bond = work - found.work, 2 * bond
