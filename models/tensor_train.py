"""Truncated tensor trains: the plat amplitude and the weighted trace as overlaps of two compressed states.

Plat: the amplitude <0101..10|U|0101..10> is an overlap of states of n strands.

Markov: fold every strand j onto a straight strand j' behind it, in the order 1 1' 2 2' ...: the closure of the braid
becomes caps (j, j'), that is, the plat amplitude of 2n strands in which sigma_i acts on strands i and i + 1 in front of
i'. A site then holds both strands, and a bond the total charge left of it. The state is sqrt(w) U as a vector, with the
weight w = phi^{s_n} / phi^n and so of norm Tr(w U^dagger U) = 1: the truncation that is best in its norm is best in the
weighted trace norm. (A matrix product operator with heights of its own for U's two sides stores each charge two or
three times.)

Both ends of the word are evolved towards each other and overlapped where they meet. The next runs that keep the bonds
smallest go first, from either end, so the trains meet on a front that need not be level. Bonds follow what is entangled
across them, not the length of the word: planted braids of 84 strands and 2,700 crossings, unminimised, have plat bonds
of 144 to 377 and Markov bonds from 610 up (seeds 0..2; 1.5-3 s and 10 s or more on one core).

What truncation does: if the unit vectors X and Y become x and y, then |<Y|X> - <y|x>| is at most the sum of the norms
discarded, but that bound is far too large. What happens is that <y|x> falls like |x| |y| <Y|X>. So `value` is
<y|x> / (|x| |y|); its error stayed below twice the fidelity lost, 1 - |x| |y|, in all of some 700 truncated runs
(n = 10..24, both closures, random and planted braids), and below once that in 97 % of them.

Imported lazily (numpy, scipy).
"""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from plait.models.braid import check_int, check_strands
from plait.models.errors import PlaitError, shown
from plait.models.mps import MAX_BYTES, Train, outgrown
from plait.models.runs import Run

ROUNDING = 1e-28
"""Default share of the norm squared that one update may discard: rounding, and nothing else."""
MAX_BOND = 1_000_000
"""Largest bond that may be asked for; memory gives out before."""
RAISE = 1.25
"""Factor by which the limit on the bonds rises when no run is left within it."""


@dataclass(frozen=True, kw_only=True)
class TrainValue:
    """A value from two truncated trains x and y.

    Args:
        value: <y|x> / (|x| |y|).
        raw: <y|x>.
        bound: sum of the norms discarded: |raw - exact| is at most this.
        fidelity: |x| |y|; 1 if nothing was discarded.
        discarded: largest share of the norm squared discarded by one update.
        max_bond: largest bond met, both heights together.
        updates: runs applied, by either train.
        work: sum over the singular value decompositions of rows * columns * min(rows, columns).
        bytes: peak memory of both trains; one update needs some more.
    """

    value: complex
    raw: complex
    bound: float
    fidelity: float
    discarded: float
    max_bond: int
    updates: int
    work: int
    bytes: int

    @property
    def error(self) -> float:
        """Estimate from above of |value - exact|: twice the fidelity lost. Measured, not proven; `bound` is."""
        return max(0.0, 2 * (1 - self.fidelity))


def mps_amplitude(
    strands: int,
    runs: Sequence[Run],
    *,
    max_bond: int | None = None,
    cutoff: float = ROUNDING,
    max_bytes: float = MAX_BYTES,
    max_work: float = math.inf,
    progress: Callable[[int, int], object] | None = None,
) -> TrainValue:
    """The plat amplitude <0101..10|U|0101..10>.

    Args:
        strands: an even number n.
        runs: in order of application; those of `plait.models.runs.closed_runs` save the kinks, but not their phase.
        max_bond: most states kept on a bond, both heights together; None for no limit.
        cutoff: share of the norm squared that each update may discard.
        max_bytes: memory of both trains, and of one update.
        max_work: most of `TrainValue.work`.
        progress: called now and then with the runs done and all runs.

    Raises:
        PlaitError: an argument out of range; `plait.models.mps.Outgrown` if the trains outgrow memory or work.

    >>> found = mps_amplitude(4, (Run(2, 2),))
    >>> f"{abs(found.value):.6f} {found.max_bond}"
    '0.381966 2'
    """
    check_strands(strands)
    if strands % 2:
        raise PlaitError(f"strands = {strands}: the plat closure needs an even number")
    return _met(strands, 1, runs, max_bond, cutoff, max_bytes, max_work, progress)


def mpo_trace(
    strands: int,
    runs: Sequence[Run],
    *,
    max_bond: int | None = None,
    cutoff: float = ROUNDING,
    max_bytes: float = MAX_BYTES,
    max_work: float = math.inf,
    progress: Callable[[int, int], object] | None = None,
) -> TrainValue:
    """The weighted trace E = sum_s phi^{s_n} <s|U|s> / phi^n.

    Args:
        strands: n.
        runs: in order of application; merged cyclically they are fewer.
        max_bond: most states kept on a bond, both charges together; None for no limit.
        cutoff: share of the norm squared that each update may discard.
        max_bytes: memory of both trains, and of one update.
        max_work: most of `TrainValue.work`.
        progress: called now and then with the runs done and all runs.

    Raises:
        PlaitError: an argument out of range; `plait.models.mps.Outgrown` if the trains outgrow memory or work.

    >>> found = mpo_trace(2, (Run(1, 3),))
    >>> f"{abs(found.value):.6f} {found.max_bond}"
    '0.953850 2'
    """
    check_strands(strands)
    return _met(strands, 2, runs, max_bond, cutoff, max_bytes, max_work, progress)


def _met(
    sites: int,
    cell: int,
    runs: Sequence[Run],
    max_bond: int | None,
    cutoff: float,
    max_bytes: float,
    max_work: float,
    progress: Callable[[int, int], object] | None,
) -> TrainValue:
    """Overlap of the caps evolved by the first runs with the caps evolved back by the last ones."""
    if max_bond is not None:
        check_int("max_bond", max_bond, 1, MAX_BOND)
    if isinstance(cutoff, bool) or not isinstance(cutoff, int | float) or not 0 <= cutoff < 1:
        raise PlaitError(f"cutoff = {shown(cutoff)} must be a share of the norm squared, 0 <= cutoff < 1")
    queues = _queues(sites, runs)
    x, y = (
        Train(sites, cell, max_bond or MAX_BOND, cutoff, max_bytes=max_bytes, max_work=max_work / 2) for _ in range(2)
    )
    ends = [_End(x, queues, True), _End(y, queues, False)]
    limit, peak, applied = 1.0, x.bytes() + y.bytes(), 0
    while any(queues):
        swept = sum([end.sweep(limit) for end in ends])
        applied += swept
        if progress:
            progress(applied, len(runs))
        if not swept:
            limit = max(RAISE * limit, min(end.least() for end in ends))
        peak = max(peak, x.bytes() + y.bytes())
        if peak > max_bytes:
            raise outgrown(max(x.widest, y.widest), max_bytes)
    raw, fidelity = y.overlap(x), x.norm * y.norm
    return TrainValue(
        value=raw / fidelity if fidelity else 0j,
        raw=raw,
        bound=x.lost + y.lost,
        fidelity=fidelity,
        discarded=max(x.discarded, y.discarded),
        max_bond=max(x.widest, y.widest),
        updates=len(runs),
        work=x.work + y.work,
        bytes=peak,
    )


def _queues(sites: int, runs: Sequence[Run]) -> list[deque[Run]]:
    """For each site the runs that touch it, in order: one at position i touches sites i - 1 and i."""
    queues: list[deque[Run]] = [deque() for _ in range(sites)]
    for place, run in enumerate(runs):
        check_int(f"runs[{place}].position", run.position, 1, sites - 1)
        check_int(f"runs[{place}].power", run.power, 1, 9)
        for site in (run.position - 1, run.position):
            queues[site].append(run)
    return queues


class _End:
    """A train at the first or last end of the word; the queues hold what is left between it and the other."""

    def __init__(self, train: Train, queues: list[deque[Run]], first: bool) -> None:
        self.train, self.queues, self.first = train, queues, first

    def _ready(self, i: int) -> bool:
        """True if the next run of both sites beside height i acts there."""
        side = 0 if self.first else -1
        return all(queue and queue[side].position == i for queue in self.queues[i - 1 : i + 1])

    def least(self) -> float:
        """Least bond that any of the next runs may lead to."""
        return min((self.train.reach(i) for i in range(1, len(self.queues)) if self._ready(i)), default=math.inf)

    def sweep(self, limit: float) -> int:
        """Apply, in one sweep from the nearer end, the next runs whose bonds stay within the limit; their number."""
        done = 0
        rightwards = 2 * self.train.centre < len(self.queues)
        positions = range(1, len(self.queues))
        for i in positions if rightwards else reversed(positions):
            if self._ready(i) and self.train.reach(i) <= limit:
                for queue in self.queues[i - 1 : i + 1]:
                    run = queue.popleft() if self.first else queue.pop()
                self.train.apply(i, run.power if self.first else 10 - run.power, rightwards)
                done += 1
        return done
