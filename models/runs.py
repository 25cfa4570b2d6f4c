"""Runs: powers of one generator, merged through letters that commute with it."""

import cmath
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.link import check_closable


class Run(NamedTuple):
    """sigma_position ** power, with power reduced to 1..9 (sigma^10 = 1 at the fifth root of unity)."""

    position: int
    power: int


@dataclass(frozen=True, kw_only=True)
class ClosedRuns:
    """Runs of a closed braid and the phase of what was dropped from its ends.

    operator value = phase * value of `runs`; phase is 1 for the Markov closure.
    """

    runs: tuple[Run, ...]
    phase: complex


def merge_runs(word: Iterable[int]) -> tuple[Run, ...]:
    """Merge equal positions through commuting letters (|i-j| >= 2), cancel opposites, drop tenth powers.

    The operator is unchanged. Not cyclic: that would keep the Markov trace but change z_s.

    >>> merge_runs((1, 3, 1, -3, 2))
    (Run(position=1, power=2), Run(position=2, power=1))
    """
    runs: list[Run | None] = []
    last: dict[int, list[int]] = {}  # position -> places in `runs` of its live runs
    for letter in word:
        i, sign = abs(letter), 1 if letter > 0 else -1
        own = last.setdefault(i, [])
        blocker = max((last[j][-1] for j in (i - 1, i + 1) if last.get(j)), default=-1)
        if own and own[-1] > blocker:
            place = own[-1]
            run = runs[place]
            assert run is not None
            power = (run.power + sign) % 10
            if power:
                runs[place] = Run(i, power)
            else:
                runs[place] = None
                own.pop()
        else:
            own.append(len(runs))
            runs.append(Run(i, sign % 10))
    return tuple(run for run in runs if run is not None)


def closed_runs(braid: Braid, closure: Closure | str) -> ClosedRuns:
    """Merged runs of a closed braid; for the plat closure, without the kinks at either end.

    In a plat an odd generator next to the cups or caps is a kink: it acts as sigma|010> = -A^-3 |010>,
    a known phase, and costs nothing. It still counts in the writhe.

    >>> closed_runs(Braid(strands=4, word=(1, 2, 2)), Closure.PLAT).runs
    (Run(position=2, power=2),)
    """
    closure = check_closable(braid, closure)
    runs = merge_runs(braid.word)
    if closure is Closure.MARKOV:
        return ClosedRuns(runs=runs, phase=1.0 + 0.0j)
    runs, low = _without_leading_kinks(runs)
    backwards, high = _without_leading_kinks(runs[::-1])
    return ClosedRuns(runs=backwards[::-1], phase=cmath.exp(-4j * math.pi / 5 * ((low + high) % 10)))


def _without_leading_kinks(runs: tuple[Run, ...]) -> tuple[tuple[Run, ...], int]:
    """Runs less the odd ones that meet the cups first, and the sum of the powers dropped."""
    touched: set[int] = set()
    kept, power = [], 0
    for run in runs:
        i = run.position
        if i % 2 and not touched & {i - 1, i, i + 1}:
            power += run.power
        else:
            kept.append(run)
            touched.add(i)
    return tuple(kept), power


def merge_cyclically(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Also merge the end of the word into its beginning. The Markov trace is unchanged, single z_s are not.

    >>> merge_cyclically((Run(1, 1), Run(2, 1), Run(1, 9)))
    (Run(position=2, power=1),)
    """
    live = list(runs)
    while True:
        first = _reachable(live)
        last = _reachable(live[::-1])
        for position, start in first.items():
            end = len(live) - 1 - last[position] if position in last else start
            if end > start:
                power = (live[start].power + live[end].power) % 10
                live[start] = Run(position, power)
                del live[end]
                if not power:
                    del live[start]
                break
        else:
            return tuple(live)


def _reachable(runs: list[Run]) -> dict[int, int]:
    """Position -> index of the run that commutes to the front."""
    touched: set[int] = set()
    reached: dict[int, int] = {}
    for index, run in enumerate(runs):
        i = run.position
        if not touched & {i - 1, i, i + 1}:
            reached[i] = index
        touched.add(i)
    return reached
