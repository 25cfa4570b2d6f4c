"""The exact methods, what each is predicted to take on one part of a braid, and the choice between them.

Seconds and bytes are known before anything runs, but for the tensor train (`mpo`): its bonds follow entanglement, which
only the run can tell. So it is tried under a limit on its work: a share of what the best of the others is predicted to
take.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError
from plait.models.face import face_network
from plait.models.fibonacci import fibonacci
from plait.models.runs import Run
from plait.models.search import ContractionPlan, search

CONTRACTIONS = ("face-tn", "face-tn-fib")
METHODS = ("fib-trace", "fib-amplitude", *CONTRACTIONS, "mpo")
CLOSURE_OF = {"fib-trace": Closure.MARKOV, "fib-amplitude": Closure.PLAT}
"""Methods of one closure only."""

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


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Seconds of the methods' units of work on one core: to choose a method and to guard.

    The defaults are of a 2025 server core (AMD EPYC, AVX2), to a factor of two; `plait.calibrations` measures the core
    at hand. Threads divide what grows with the size by `threads * parallel`.
    """

    run: float = 3e-6
    """Fixed, per run of a state evolution."""
    amplitude: float = 3e-10
    """Per amplitude and run, complex128."""
    tensor: float = 4e-5
    """Fixed, per tensor of a dense contraction."""
    dense_operation: float = 2e-9
    """Per dense multiply-add."""
    step: float = 6e-5
    """Fixed, per tensor of a constrained contraction."""
    operation: float = 9e-10
    """Per constrained multiply-add."""
    update: float = 3e-4
    """Fixed, per run of a tensor train."""
    work: float = 1.4e-9
    """Per unit of `TrainValue.work`."""
    search: tuple[float, float, float] = (5e-5, 3e-3, 3e-2)
    """Of a tree search, per tensor, by effort .."""
    search2: float = 2e-7
    """.. and per squared tensor, at any effort."""
    parallel: float = 0.85
    """Efficiency of threads beyond the first."""

    def search_seconds(self, tensors: int, effort: int) -> float:
        """Seconds of a tree search, roughly."""
        return self.search[effort] * tensors + self.search2 * tensors**2

    def speed_up(self, threads: int) -> float:
        """What threads divide the large parts by."""
        return 1 + (threads - 1) * self.parallel


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an evaluation may take.

    Args:
        memory: bytes.
        time_limit: predicted seconds.
        threads: of the large parts.
        seed: of the path search.
        rates: of the machine.
        progress: called with work done and all work, in units of the method's own.
    """

    memory: float
    time_limit: float
    threads: int = 1
    seed: int = 0
    rates: Rates = field(default_factory=Rates)
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
    tried = [*first, *predictions(strands, runs, closure, methods, limits)]
    best = min((one.seconds for one in tried if one.fits(limits)), default=math.inf)
    if "mpo" in methods and (best > TRAIN_FROM or not tried):
        most = min(TRAIN_SHARE * best, TRAIN_MOST, limits.time_limit) if tried else limits.time_limit
        found = _train(strands, runs, closure, most, limits)
        if isinstance(found, Evaluation):
            return found
        tried.append(found)
    return _run(strands, runs, tried, limits)


def predictions(
    strands: int, runs: tuple[Run, ...], closure: Closure, methods: Collection[str], limits: Limits
) -> list[Prediction]:
    """What the methods whose cost is known beforehand would take: all but `mpo`. Nothing runs but the tree search.

    No tree is searched where the state evolution takes less time than that.
    """
    found = []
    if not set(methods).isdisjoint(CLOSURE_OF):
        found.append(_state(strands, runs, closure, limits))
    beat = found[0].seconds if found and found[0].bytes <= limits.memory else math.inf
    searching = limits.rates.search_seconds(len(runs), 0)
    if beat <= searching and (found[0].bytes <= SMALL_BYTES or len(runs) > DEEP * strands):
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


def _state(strands: int, runs: tuple[Run, ...], closure: Closure, limits: Limits) -> Prediction:
    """Evolution: F_n^2 + F_{n-1}^2 = F_{2n-1} amplitudes in two sectors (Markov), or one state of F_{n-1} (plat)."""
    markov = closure is Closure.MARKOV
    # as floats, capped: F_1400 is nearly beyond them, and far beyond any machine
    paths = float(fibonacci(min(1400, strands if markov else strands - 1)))
    amplitudes = float(fibonacci(min(1400, 2 * strands - 1))) if markov else paths
    rates, threads = limits.rates, limits.threads
    seconds = len(runs) * (rates.run + rates.amplitude * amplitudes / rates.speed_up(threads))

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
    found = _of_plan(search(network, effort=0, seed=limits.seed), methods, limits)
    for effort, worth, times in LONGER:
        best = min(found, key=lambda one: one.seconds)
        narrower = effort == 1 and best.bytes > limits.memory
        if not (best.seconds >= worth or narrower) or best.seconds > times * limits.time_limit:
            break
        if rates.search_seconds(len(network.inputs), effort) / rates.speed_up(limits.threads) > beat:
            break
        plan = search(network, effort=effort, seed=limits.seed, threads=limits.threads)
        found = _of_plan(plan, methods, limits)
    return found


def _of_plan(plan: ContractionPlan, methods: Collection[str], limits: Limits) -> list[Prediction]:
    """Dense and constrained contraction of one tree; the latter with loops over heights if its memory asks for them."""
    return [one for one in (_dense(plan, limits), _constrained(plan, limits)) if one.method in methods]


def contraction_seconds(plan: ContractionPlan, constrained: bool, rates: Rates, threads: int) -> float:
    """Predicted seconds of one contraction, search not included; infinite for counts beyond a float."""
    costs, tensors = plan.costs(), len(plan.network.inputs)
    if constrained:
        return rates.step * tensors + rates.operation * _float(costs.operations) / rates.speed_up(threads)
    return rates.tensor * tensors + rates.dense_operation * _float(costs.dense_operations)


def _dense(plan: ContractionPlan, limits: Limits) -> Prediction:
    return Prediction(
        method="face-tn",
        seconds=contraction_seconds(plan, False, limits.rates, limits.threads),
        bytes=DENSE_COPIES * _float(1 << plan.costs().dense_width),
        run=lambda: plan.contract(constrained=False, memory=limits.memory),
        remark=f" (tree of effort {plan.effort})",
    )


def _constrained(plan: ContractionPlan, limits: Limits) -> Prediction:
    """With loops over heights if the memory asks for them and the time would allow the contraction without."""

    def seconds(of: ContractionPlan) -> float:
        return contraction_seconds(of, True, limits.rates, limits.threads)

    remark = f" (tree of effort {plan.effort})"
    if plan.peak_bytes() > limits.memory and seconds(plan) <= limits.time_limit:
        try:
            plan = plan.sliced(limits.memory)
            remark += f", {plan.costs().passes} passes of loops"
        except PlaitError:  # no loops bring it down to that: its bytes say so
            pass
    return Prediction(
        method="face-tn-fib",
        seconds=seconds(plan),
        bytes=_float(plan.peak_bytes()),
        run=lambda: plan.contract(
            constrained=True, memory=limits.memory, threads=limits.threads, progress=limits.progress
        ),
        remark=remark,
    )


def _float(count: int) -> float:
    """A count of any size as a float."""
    return float(count) if count.bit_length() < 1000 else math.inf


def _train(
    strands: int, runs: tuple[Run, ...], closure: Closure, seconds: float, limits: Limits
) -> Evaluation | Prediction:
    """The value if the train stays within so many seconds of work; else that it does not."""
    from threadpoolctl import threadpool_limits

    from plait.models.mps import Outgrown
    from plait.models.tensor_train import mpo_trace, mps_amplitude

    method = mpo_trace if closure is Closure.MARKOV else mps_amplitude
    work = max(0.0, (seconds - limits.rates.update * len(runs)) / limits.rates.work)
    try:
        # Threads of the linear algebra that find no core of their own slow small matrices tenfold.
        with threadpool_limits(limits=limits.threads):
            found = method(strands, runs, max_bytes=limits.memory, max_work=work, progress=limits.progress)
    except Outgrown as error:
        remark = f" tried for {seconds:.2g} s at most: {str(error).split(';')[0]}"
        return Prediction(method="mpo", seconds=math.inf, bytes=math.inf, run=lambda: 0j, remark=remark)
    why = f"mpo, tried for {seconds:.2g} s at most: its bonds stayed within {found.max_bond}"
    return Evaluation(value=found.value, method="mpo", why=why)


def letters(runs: tuple[Run, ...]) -> tuple[int, ...]:
    """A shortest word with these runs (sigma^10 = 1)."""
    return tuple(letter for i, power in runs for letter in ((i,) * power if power <= 5 else (-i,) * (10 - power)))
