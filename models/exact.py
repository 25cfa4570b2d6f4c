"""The exact Jones value of a closed braid at the fifth root of unity, by the cheapest exact method."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.constrained_count import constrained_bytes
from plait.models.errors import PlaitError, shown
from plait.models.face import face_network
from plait.models.fibonacci import PHI, fibonacci, framing
from plait.models.link import Link, close
from plait.models.runs import Run, closed_runs, merge_cyclically

METHODS = ("fib-trace", "fib-amplitude", "face-tn", "face-tn-fib")

AMPLITUDE_SECONDS = 2e-9
"""Rough seconds per amplitude and run, only to choose a method and to guard (measured figures: calibrations)."""
OPERATION_SECONDS = 2e-9
TENSOR_SECONDS = 4e-5
STATE_BYTES = 50
"""Bytes per amplitude: two float64 planes, prefix offsets and their scaled copies."""
BATCH = 64
HOPELESS = 1e5
"""Times over the limit beyond which a longer search is not tried: it gains a few decades at most."""
TRACE_AT_ONCE_SECONDS = 0.3
"""Below this a path search costs more than the trace."""


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
) -> JonesValue:
    """Evaluate the Jones polynomial of a closed braid at the fifth root of unity exactly (to rounding, ~1e-12).

    Generators that no letter uses split the link; the parts are evaluated apart and an untouched strand costs nothing.

    Args:
        braid: any braid; what fits is decided by its contraction width, not by its strands.
        closure: MARKOV or PLAT (even strands).
        method: one of METHODS, or None for the one with the least predicted seconds.
        memory: bytes it may take; checked before anything is allocated.
        time_limit: predicted seconds it may take.
        seed: of the path search.

    Raises:
        PlaitError: odd plat, unknown method, a method that does not fit the closure, or a prediction above a limit.

    >>> trefoil = jones_exact(Braid.parse("1 1 1"), Closure.MARKOV)
    >>> f"{trefoil.jones:.6f}", f"{trefoil.standard:.6f}"
    ('-0.809017-1.314328j', '-0.809017+1.314328j')
    """
    closure = Closure.parse(closure)
    if method is not None and method not in METHODS:
        raise PlaitError(f"method = {shown(method)} is not an exact method; known: {', '.join(METHODS)}")
    needs = {"fib-trace": Closure.MARKOV, "fib-amplitude": Closure.PLAT}.get(method or "", closure)
    if closure is not needs:
        raise PlaitError(f"method = {method} is for the {needs} closure, got {closure}; use face-tn")
    link = close(braid, closure)
    closed = closed_runs(braid, closure)
    runs = merge_cyclically(closed.runs) if closure is Closure.MARKOV else closed.runs
    value, used = closed.phase, []
    for strands, part in _split(braid.strands, runs, closure):
        piece, name = _evaluate(strands, part, closure, method, memory=memory, time_limit=time_limit, seed=seed)
        value *= piece
        used.append(name)
    circles = braid.strands if closure is Closure.MARKOV else braid.strands // 2
    jones = framing(link.writhe) * PHI ** (circles - 1) * value
    return JonesValue(
        jones=jones,
        standard=_standard(jones, link.components),
        normalised=value,
        writhe=link.writhe,
        components=link.components,
        strands=braid.strands,
        closure=closure,
        method="+".join(dict.fromkeys(used)) or "split",
        link=link,
    )


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


def _evaluate(
    strands: int,
    runs: tuple[Run, ...],
    closure: Closure,
    method: str | None,
    *,
    memory: float,
    time_limit: float,
    seed: int,
) -> tuple[complex, str]:
    """Value of one connected part and the method used."""
    state = "fib-trace" if closure is Closure.MARKOV else "fib-amplitude"
    # F_n^2 + F_{n-1}^2 = F_{2n-1} amplitudes in two sectors, or one state of F_{n-1}
    # (as floats, capped: F_1999 is beyond them, and far beyond any machine)
    paths = float(fibonacci(strands if closure is Closure.MARKOV else strands - 1))
    amplitudes = float(fibonacci(min(1400, 2 * strands - 1))) if closure is Closure.MARKOV else paths
    state_seconds = AMPLITUDE_SECONDS * len(runs) * amplitudes
    state_bytes = STATE_BYTES * paths * (min(paths, BATCH) if closure is Closure.MARKOV else 1)
    state_fits = state_bytes <= memory and state_seconds <= time_limit
    tried = [f"{state}: {state_seconds:.2g} s, {state_bytes:.2g} bytes"]
    if method == state or (method is None and state_fits and state_seconds <= TRACE_AT_ONCE_SECONDS):
        if not state_fits:
            raise _too_large(strands, runs, tried, memory, time_limit)
        return _evolve(strands, runs, closure), state
    network = face_network(Braid(strands=strands, word=_letters(runs)), closure)
    for effort in (0, 1):
        plan = network.search(effort=effort, seed=seed)
        costs = plan.costs()
        constrained = method == "face-tn-fib" or (method is None and costs.dense_operations > 10**7)
        operations = costs.operations if constrained else costs.dense_operations
        seconds = TENSOR_SECONDS * len(network.inputs) + OPERATION_SECONDS * operations
        needed = constrained_bytes(costs) if constrained else 48.0 * 2.0**costs.dense_width
        if (seconds < 5 and needed <= memory) or seconds > HOPELESS * time_limit:
            break
    name = "face-tn-fib" if constrained else "face-tn"
    tried.append(f"{name}: {seconds:.2g} s, {needed:.2g} bytes")
    if method is None and state_fits and (state_seconds <= seconds or needed > memory):
        return _evolve(strands, runs, closure), state
    if needed > memory or seconds > time_limit:
        raise _too_large(strands, runs, tried, memory, time_limit)
    return plan.contract(constrained=constrained, memory=memory), name


def _evolve(strands: int, runs: tuple[Run, ...], closure: Closure) -> complex:
    from plait.models.statevector import exact_trace, plat_amplitude

    return exact_trace(strands, runs, BATCH) if closure is Closure.MARKOV else plat_amplitude(strands, runs)


def _letters(runs: Iterable[Run]) -> tuple[int, ...]:
    """A shortest word with these runs (sigma^10 = 1)."""
    return tuple(letter for i, power in runs for letter in ((i,) * power if power <= 5 else (-i,) * (10 - power)))


def _too_large(strands: int, runs: tuple[Run, ...], tried: list[str], memory: float, time_limit: float) -> PlaitError:
    return PlaitError(
        f"no exact method fits {strands} strands and {len(runs)} runs within {time_limit:.3g} s and "
        f"{memory:.3g} bytes (predicted {'; '.join(tried)}); raise --time-limit or --memory"
    )
