"""The exact methods, what each is predicted to take on one part of a braid, and the choice between them.

Seconds and bytes are known before anything runs, but for the tensor train (`mpo`): its bonds follow entanglement, which
only the run can tell. So it is tried under a limit on its work: a share of what the best of the others is predicted to
take.
"""

import math
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError
from plait.models.face import face_network
from plait.models.fibonacci import fibonacci
from plait.models.rates import Rates, as_float, contraction_seconds
from plait.models.runs import Run
from plait.models.search import ContractionPlan, greedy, search

CONTRACTIONS = ("face-tn", "face-tn-fib")
METHODS = ("fib-trace", "fib-amplitude", *CONTRACTIONS, "mpo")
CLOSURE_OF = {"fib-trace": Closure.MARKOV, "fib-amplitude": Closure.PLAT}
"""Methods of one closure only."""

QUICK_SECONDS = 0.02
"""Predicted seconds along a greedy tree from which a better one is looked for: to find it takes 30 to 50 ms."""
SMALL_BYTES = 2**26
"""A state evolution that takes more is not run before a tree was searched: to fill memory takes time, too."""
DEEP = 20
"""Runs per strand beyond which a tree is no better than the state, however much memory that takes."""
DENSE_COPIES = 48
"""Bytes per entry of the largest dense intermediate: three of them, complex128."""
STATE_BYTES = 50
"""Bytes per amplitude: two float64 planes, prefix offsets and their scaled copies."""
BATCH = 64
LONGER = ((1, 3.0, 1e5), (2, 120.0, 10.0))
"""Effort of a longer search, the predicted seconds from which it is worth its time, and how many times over the time
limit these may be: effort 1 gains a few decades at most, effort 2 a fraction of one."""
TRAIN_FROM = 3.0
"""Predicted seconds of the best other method from which a tensor train is tried."""
TRAIN_SHARE = 0.25
"""Part of these seconds it may take."""
TRAIN_MOST = 10.0
"""Predicted seconds it may take at most, unless it was asked for by name."""
TRAIN_PATIENCE = 4
"""Times the seconds predicted after which it is given up."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an evaluation may take.

    Args:
        memory: bytes.
        time_limit: predicted seconds.
        threads: of the large parts.
        seed: of the path search.
        rates: of the machine.
        max_effort: of the tree search.
        progress: called with work done and all work, in units of the method's own.
    """

    memory: float
    time_limit: float
    threads: int = 1
    seed: int = 0
    rates: Rates = field(default_factory=Rates)
    max_effort: int = 2
    progress: Callable[[int, int], object] | None = None


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What one method would take.

    Args:
        method: one of METHODS.
        seconds: predicted.
        bytes: predicted; with loops over heights, if they make it fit.
        run: performs it.
        remark: what was searched or looped, in words.
    """

    method: str
    seconds: float
    bytes: float
    run: Callable[[], complex] = field(repr=False, compare=False)
    remark: str = ""

    def fits(self, limits: Limits) -> bool:
        """Whether it stays within memory and time."""
        return self.bytes <= limits.memory and self.seconds <= limits.time_limit

    def __str__(self) -> str:
        if self.seconds == math.inf == self.bytes:
            return f"{self.method}{self.remark}"
        return f"{self.method} {self.seconds:.2g} s in {_size(self.bytes)}{self.remark}"


def _size(number: float) -> str:
    """Bytes in words.

    >>> _size(2.0**31), _size(100.0), _size(1e40)
    ('2 GiB', '0.0977 KiB', '9.31e+30 GiB')
    """
    for unit, size in (("KiB", 2**10), ("MiB", 2**20)):
        if number < 1000 * size:
            return f"{number / size:.3g} {unit}"
    return f"{number / 2**30:.3g} GiB"


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The value of one part and how it came about.

    Args:
        value: normalised.
        method: that was run.
        why: what was predicted for it and for the others, in words.
    """

    value: complex
    method: str
    why: str


def evaluate(
    strands: int,
    runs: tuple[Run, ...],
    closure: Closure,
    methods: Collection[str],
    limits: Limits,
    first: Sequence[Prediction] = (),
) -> Evaluation:
    """Value of one connected part, by that one of the methods which is predicted to take the least time.

    Args:
        strands: of the part.
        runs: of the part.
        closure: MARKOV or PLAT.
        methods: those allowed, of METHODS.
        limits: of time and memory.
        first: further contenders, of the caller's.

    Raises:
        PlaitError: nothing fits the limits: what was predicted, and what to raise.
    """
    beat = min((one.seconds for one in first if one.fits(limits)), default=math.inf)
    tried = [*first, *predictions(strands, runs, closure, methods, limits, beat)]
    best = min((one.seconds for one in tried if one.fits(limits)), default=math.inf)
    if "mpo" in methods and (best > TRAIN_FROM or not tried):
        most = min(TRAIN_SHARE * best, TRAIN_MOST, limits.time_limit) if tried else limits.time_limit
        found = _train(strands, runs, closure, most, limits)
        if isinstance(found, Evaluation):
            return found
        tried.append(found)
    return _run(strands, runs, tried, limits)


def predictions(
    strands: int,
    runs: tuple[Run, ...],
    closure: Closure,
    methods: Collection[str],
    limits: Limits,
    beat: float = math.inf,
) -> list[Prediction]:
    """What the methods whose cost is known beforehand would take: all but `mpo`. Nothing runs but the tree search.

    No tree is searched where the state evolution, or what else takes `beat` seconds, takes less time than that.
    """
    found: list[Prediction] = []
    small = True
    if not set(methods).isdisjoint(CLOSURE_OF):
        found.append(state_prediction(strands, runs, closure, limits))
        if found[0].bytes <= limits.memory and found[0].seconds < beat:
            beat, small = found[0].seconds, found[0].bytes <= SMALL_BYTES
    searching = limits.rates.search_seconds(len(runs), 0)
    if beat <= searching and (small or len(runs) > DEEP * strands):
        return found
    if not set(methods).isdisjoint(CONTRACTIONS):
        found += _contractions(strands, runs, closure, methods, limits, beat)
    return found


def _run(strands: int, runs: tuple[Run, ...], tried: list[Prediction], limits: Limits) -> Evaluation:
    fitting = [one for one in tried if one.fits(limits)]
    said = "; ".join(map(str, tried))
    if not fitting:
        raise PlaitError(
            f"no exact method fits {strands} strands and {len(runs)} runs within {limits.time_limit:.3g} s and "
            f"{limits.memory / 2**30:.3g} GiB (predicted: {said}); raise --time-limit or --memory"
        )
    best = min(fitting, key=lambda one: one.seconds)
    others = "; ".join(str(one) for one in tried if one is not best)
    why = f"predicted {best}" + (f", the least time; others: {others}" if others else "")
    return Evaluation(value=best.run(), method=best.method, why=why)


def state_prediction(strands: int, runs: tuple[Run, ...], closure: Closure, limits: Limits) -> Prediction:
    """Evolution: F_n^2 + F_{n-1}^2 = F_{2n-1} amplitudes in two sectors (Markov), or one state of F_{n-1} (plat)."""
    markov = closure is Closure.MARKOV
    # as floats, capped: F_1400 is nearly beyond them, and far beyond any machine
    paths = float(fibonacci(min(1400, strands if markov else strands - 1)))
    amplitudes = float(fibonacci(min(1400, 2 * strands - 1))) if markov else paths
    rates, threads = limits.rates, limits.threads
    run_seconds, each, once = (
        (rates.trace_run, rates.cell, rates.column) if markov else (rates.run, rates.amplitude, rates.start)
    )
    seconds = run_seconds * len(runs) + amplitudes * (each * len(runs) + once) / rates.speed_up(threads)

    def run() -> complex:
        from plait.models.statevector import exact_trace, plat_amplitude

        if markov:
            return exact_trace(strands, runs, BATCH, threads=threads)
        return plat_amplitude(strands, runs, threads=threads)

    return Prediction(
        method="fib-trace" if markov else "fib-amplitude",
        seconds=seconds,
        bytes=STATE_BYTES * paths * (min(paths, BATCH) * threads if markov else 1),
        run=run,
    )


def _contractions(
    strands: int,
    runs: tuple[Run, ...],
    closure: Closure,
    methods: Collection[str],
    limits: Limits,
    beat: float = math.inf,
) -> list[Prediction]:
    """The face network, its tree searched for longer the more that may save; the last search is the one that counts.

    `beat`: seconds of what else there is; no search is begun that would take longer.
    """
    rates = limits.rates
    network = face_network(Braid(strands=strands, word=letters(runs)), closure)
    found = _of_plan(greedy(network, limits.seed), methods, limits, loops=False)
    if any(one.fits(limits) and one.seconds <= QUICK_SECONDS for one in found):
        return found
    plan, narrow = search(network, effort=0, seed=limits.seed), False
    for effort, worth, times in LONGER:
        best = min(one.seconds for one in _of_plan(plan, methods, limits, loops=False))
        narrow = narrow or plan.peak_bytes() > limits.memory  # a tree of a narrow search has its loops
        pays = best >= worth or (narrow and effort == 1)
        if effort > limits.max_effort or not pays or best > times * limits.time_limit:
            break
        if rates.search_seconds(len(network.inputs), effort) / rates.speed_up(limits.threads) > beat:
            break
        aim: dict[str, Any] = {"objective": "seconds", "memory": limits.memory} if narrow else {}
        try:
            plan = search(network, effort=effort, seed=limits.seed, threads=limits.threads, **aim)
        except PlaitError:  # no loops make any tree fit the memory
            break
    return _of_plan(plan, methods, limits)


def _of_plan(
    plan: ContractionPlan, methods: Collection[str], limits: Limits, *, loops: bool = True
) -> list[Prediction]:
    """Dense and constrained contraction of one tree.

    `loops`: over heights, for the latter, if its memory asks for them; choosing them takes seconds, which a tree that
    is to be replaced by a better one is not worth.
    """
    return [one for one in (_dense(plan, limits), _constrained(plan, limits, loops)) if one.method in methods]


def _dense(plan: ContractionPlan, limits: Limits) -> Prediction:
    return Prediction(
        method="face-tn",
        seconds=contraction_seconds(plan, False, limits.rates, limits.threads),
        bytes=DENSE_COPIES * as_float(1 << plan.costs().dense_width),
        run=lambda: plan.contract(constrained=False, memory=limits.memory),
        remark=f" (tree of effort {plan.effort})",
    )


def _constrained(plan: ContractionPlan, limits: Limits, loops: bool) -> Prediction:
    """With loops over heights if asked for, the memory needs them and the time would allow the contraction without."""

    def seconds(of: ContractionPlan) -> float:
        return contraction_seconds(of, True, limits.rates, limits.threads)

    remark = f" (tree of effort {plan.effort})"
    if loops and plan.peak_bytes() > limits.memory and seconds(plan) <= limits.time_limit:
        with suppress(PlaitError):  # no loops bring it down to that: its bytes say so
            plan = plan.sliced(limits.memory)
    if plan.slices.heights:
        remark += f", {plan.costs().passes} passes of loops"
    return Prediction(
        method="face-tn-fib",
        seconds=seconds(plan),
        bytes=as_float(plan.peak_bytes()),
        run=lambda: plan.contract(
            constrained=True, memory=limits.memory, threads=limits.threads, progress=limits.progress
        ),
        remark=remark,
    )


def _train(
    strands: int, runs: tuple[Run, ...], closure: Closure, seconds: float, limits: Limits
) -> Evaluation | Prediction:
    """The value if the train stays within so many seconds of work; else that it does not."""
    from threadpoolctl import threadpool_limits

    from plait.models.mps import Outgrown
    from plait.models.tensor_train import mpo_trace, mps_amplitude

    method = mpo_trace if closure is Closure.MARKOV else mps_amplitude
    work, begin = limits.rates.train_work(len(runs), seconds), time.monotonic()

    def going_on(done: int, of: int) -> None:
        # The work allowed is a prediction: on a busy machine, or a slower one, it must not take many times as long.
        if time.monotonic() - begin > TRAIN_PATIENCE * seconds:
            raise Outgrown(f"the trains take more than {TRAIN_PATIENCE} times the seconds predicted")
        if limits.progress:
            limits.progress(done, of)

    try:
        # Small matrices gain nothing from threads, and lose tenfold where these find no core of their own.
        with threadpool_limits(limits=1):
            found = method(strands, runs, max_bytes=limits.memory, max_work=work, progress=going_on)
    except Outgrown as error:
        remark = f" tried for {seconds:.2g} s at most: {str(error).split(';')[0]}"
        return Prediction(method="mpo", seconds=math.inf, bytes=math.inf, run=lambda: 0j, remark=remark)
    why = f"mpo, tried for {seconds:.2g} s at most: its bonds stayed within {found.max_bond}"
    return Evaluation(value=found.value, method="mpo", why=why)


def letters(runs: tuple[Run, ...]) -> tuple[int, ...]:
    """A shortest word with these runs (sigma^10 = 1)."""
    return tuple(letter for i, power in runs for letter in ((i,) * power if power <= 5 else (-i,) * (10 - power)))
