"""The exact Jones value of a closed braid at the fifth root of unity, by the cheapest exact method."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError, shown
from plait.models.exact_methods import CLOSURE_OF, CONTRACTIONS, METHODS, Evaluation, Limits, evaluate, state_prediction
from plait.models.fibonacci import PHI, framing
from plait.models.link import Link, close
from plait.models.rates import Rates
from plait.models.runs import Run, closed_runs, merge_cyclically

MINIMISE_FROM = 200
"""Runs from which the braid is minimised first: below, every method takes well under a second."""
MINIMISE_SECONDS = 8e-5
"""Per crossing, of the minimisation: a braid whose state is evolved in less is not minimised."""
AGREEMENT = 1e-10
"""Relative difference of two exact evaluations that is still rounding."""
ROUNDING = 1e-12
"""Absolute difference that is: of evolutions and trains as it is; of contractions, whose rounding follows the value,
times phi^-strands, the size of a typical value."""


@dataclass(frozen=True, kw_only=True)
class JonesValue:
    """The Jones polynomial of one closed braid at the fifth root of unity.

    Args:
        jones: circuit convention: t = e^{-2 pi i/5}, t^{1/2} = A^-2 = -e^{-i pi/5}, A = e^{3 pi i/5}.
        standard: the tabulated convention: +i right-handed, t = e^{2 pi i/5}, t^{1/2} = e^{i pi/5}.
        normalised: E, |E| <= 1: the weighted trace (Markov) or the amplitude (plat), without the writhe factor.
        writhe: oriented writhe (`plait.models.link`).
        components: of the link.
        strands: of the braid.
        closure: that made the link.
        method: exact method that was run, or "split" if every strand is free.
        why: what was predicted for it and for the others, in words; one sentence for each part of a split link.
        minimised: crossings before and after the braid was minimised; None if it was not.
        checked: how the value was computed a second time, and the difference; "" if it was not.
        radius: |E - normalised| is at most this, 0 where the value is exact to rounding ..
        delta: .. but with this probability; 0 where chance plays no part.
        basis: of the radius; see `plait.models.approximate`.
    """

    jones: complex
    standard: complex
    normalised: complex
    writhe: int
    components: int
    strands: int
    closure: Closure
    method: str
    link: Link = field(repr=False)
    why: tuple[str, ...] = field(default=(), repr=False)
    minimised: tuple[int, int] | None = None
    checked: str = field(default="", repr=False)
    radius: float = 0.0
    delta: float = 0.0
    basis: str = "exact"

    @classmethod
    def of(cls, link: Link, braid: Braid, closure: Closure, normalised: complex, **how: Any) -> "JonesValue":
        """The value of a braid from its normalised one; `how` fills the other fields."""
        circles = braid.strands if closure is Closure.MARKOV else braid.strands // 2
        jones = framing(link.writhe) * PHI ** (circles - 1) * normalised
        return cls(
            jones=jones,
            standard=_standard(jones, link.components),
            normalised=normalised,
            writhe=link.writhe,
            components=link.components,
            strands=braid.strands,
            closure=closure,
            link=link,
            **how,
        )

    def reversing(self, components: tuple[int, ...]) -> "JonesValue":
        """The value after some components (0-based) are reversed; only the phase can change.

        >>> hopf = jones_exact(Braid(strands=4, word=(2, 2)), Closure.PLAT)
        >>> hopf.writhe, hopf.reversing((1,)).writhe
        (-2, 2)
        """
        writhe = self.link.writhe_reversing(components)
        jones = self.jones * framing(writhe - self.writhe)
        return replace(self, jones=jones, standard=_standard(jones, self.components), writhe=writhe)


def jones_exact(
    braid: Braid,
    closure: Closure | str,
    method: str | None = None,
    *,
    memory: float = 8 * 2**30,
    time_limit: float = 600.0,
    seed: int = 0,
    threads: int = 1,
    minimise: bool | None = None,
    check: bool = False,
    rates: Rates | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> JonesValue:
    """Evaluate the Jones polynomial of a closed braid at the fifth root of unity exactly (to rounding, ~1e-12).

    Generators that no letter uses split the link; the parts are evaluated apart and an untouched strand costs nothing.

    Args:
        braid: any braid; what fits is decided by its contraction width, not by its strands.
        closure: MARKOV or PLAT (even strands).
        method: one of METHODS, or None for the one with the least predicted seconds.
        memory: bytes it may take; checked before anything is allocated. Beyond, contractions loop over heights.
        time_limit: predicted seconds it may take.
        seed: of the path search and of the minimisation.
        threads: of search and evaluation; the value does not depend on it.
        minimise: shorten the word first (`plait.models.minimise`, effort 1). None: if no method is named and the braid
            is long enough to be worth it.
        check: compute the value again by a contraction tree of another search, and compare.
        rates: seconds per unit of work, for the predictions. None: `Rates()`.
        progress: called with work done and all work while a long method runs.

    Raises:
        PlaitError: odd plat, unknown method, a method that does not fit the closure, a prediction above a limit, or
            two evaluations that differ (a defect of plait: please report it).

    >>> trefoil = jones_exact(Braid.parse("1 1 1"), Closure.MARKOV)
    >>> f"{trefoil.jones:.6f}", f"{trefoil.standard:.6f}"
    ('-0.809017-1.314328j', '-0.809017+1.314328j')
    """
    closure = Closure.parse(closure)
    if method is not None and method not in METHODS:
        raise PlaitError(f"method = {shown(method)} is not an exact method; known: {', '.join(METHODS)}")
    needs = CLOSURE_OF.get(method or "", closure)
    if closure is not needs:
        raise PlaitError(f"method = {method} is for the {needs} closure, got {closure}; use face-tn")
    link = close(braid, closure)
    limits = Limits(
        memory=memory,
        time_limit=time_limit,
        threads=threads,
        seed=seed,
        rates=rates or Rates(),
        progress=progress,
    )
    if minimise is None:
        runs = runs_of(braid, closure)[1]
        minimise = method is None and len(runs) >= MINIMISE_FROM
        minimise = minimise and state_prediction(braid.strands, runs, closure, limits).seconds > (
            MINIMISE_SECONDS * braid.crossings
        )
    phase, parts, minimised = _parts(braid, closure, minimise, seed)
    methods = METHODS if method is None else (method,)
    found = [evaluate(strands, part, closure, methods, limits) for strands, part in parts]
    value = _product(phase, found)
    checked = _checked(value, (one.method for one in found), phase, parts, closure, limits) if check else ""
    return JonesValue.of(
        link,
        braid,
        closure,
        value,
        method="+".join(dict.fromkeys(one.method for one in found)) or "split",
        why=tuple(one.why for one in found),
        minimised=minimised,
        checked=checked,
    )


Parts = list[tuple[int, tuple[Run, ...]]]


def runs_of(braid: Braid, closure: Closure) -> tuple[complex, tuple[Run, ...]]:
    """Phase of what is dropped, and the runs left."""
    closed = closed_runs(braid, closure)
    return closed.phase, merge_cyclically(closed.runs) if closure is Closure.MARKOV else closed.runs


def _parts(braid: Braid, closure: Closure, minimise: bool, seed: int) -> tuple[complex, Parts, tuple[int, int] | None]:
    """Factor, parts and (if the braid was minimised) crossings before and after; E = factor times values of parts."""
    factor, minimised = 1 + 0j, None
    if minimise:
        from plait.models.minimise import minimise as shorten

        found = shorten(braid, closure, seed=seed)
        braid, factor, minimised = found.braid, found.factor, (found.crossings_before, found.crossings_after)
    phase, runs = runs_of(braid, closure)
    return phase * factor, _split(braid.strands, runs, closure), minimised


def _product(phase: complex, found: Iterable[Evaluation]) -> complex:
    value = phase
    for one in found:
        value *= one.value
    return value


def _checked(
    value: complex, used: Iterable[str], phase: complex, parts: Parts, closure: Closure, limits: Limits
) -> str:
    """Compute again by contractions along other trees, and say how far the two values are apart.

    Raises:
        PlaitError: farther than rounding.
    """
    other = replace(limits, seed=limits.seed + 1)
    found = [evaluate(strands, part, closure, CONTRACTIONS, other) for strands, part in parts]
    again = _product(phase, found)
    contracted = set(used) <= set(CONTRACTIONS)
    smallest = 1.0 if not contracted else PHI ** -sum(strands for strands, _ in parts)
    if not abs(again - value) <= AGREEMENT * abs(value) + ROUNDING * smallest:
        raise PlaitError(f"two exact evaluations differ: {value} and {again}; one is wrong: please report this braid")
    names = "+".join(dict.fromkeys(one.method for one in found)) or "split"
    return f"{names}, trees of another search: {abs(again - value):.1e} apart"


def _standard(jones: complex, components: int) -> complex:
    """Mirror (conjugate) and move to the principal square root of t."""
    return jones.conjugate() * (1 if components % 2 else -1)


def _split(strands: int, runs: Iterable[Run], closure: Closure) -> list[tuple[int, tuple[Run, ...]]]:
    """Cut between strands that no run joins (plat: only between cups); parts without runs have value 1: left out."""
    runs = tuple(runs)
    used = {run.position for run in runs}
    step = 1 if closure is Closure.MARKOV else 2
    parts: list[tuple[int, tuple[Run, ...]]] = []
    start = 0
    for cut in range(step, strands + 1, step):
        if cut in used:
            continue
        if any(start < position < cut for position in used):
            inside = tuple(Run(i - start, power) for i, power in runs if start < i < cut)
            parts.append((cut - start, inside))
        start = cut
    return parts
