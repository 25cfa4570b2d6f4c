"""How each run of an echo circuit is done, given what is known of its bits.

q_0 is always 0 and q_n is s_n on the branch that runs the braid. A bit that no earlier run has turned is s_i on that
branch and 0 on the other, and a neighbour known to be 0 or 1 makes a block cheap: 0 leaves phases, 1 leaves
one controlled gate. Of the bits on the way out only zeros may be used, and only on request: to use the ones would
turn paths into strings that are none, and cost the detection of errors. Source: own derivation.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from plait.models.runs import Run


class PlannedRun(NamedTuple):
    """A run and how it is done.

    Args:
        run: position i (it changes q_i) and power k.
        controls: the q_j that steer q_i: both neighbours (full block), one (controlled gate), or none, which leaves
            phases.
        turned: q_j whose Rz(-eta), eta = 3 k/5 half-turns, replaces the block; None if there is none.
        eta_count: 1 if the known phase of the run is arg A^k + eta, 0 if it is arg A^k; only for runs without a block.
        head: the CX from controls[0] to q_i of the fan-out comes just before and is part of the block.
        tail: q_j whose CX to q_i of the fan-out undone comes just after and is part of the block; None if none does.
        turn: half-turns of Rz on q_i between the block and that CX.
        earlier: (power, half-turns of Rz on q_i after it) of runs with the same single control that this one takes in.
    """

    run: Run
    controls: tuple[int, ...]
    turned: int | None = None
    eta_count: int = 0
    head: bool = False
    tail: int | None = None
    turn: float = 0.0
    earlier: tuple[tuple[int, float], ...] = ()

    @property
    def easy(self) -> bool:
        """Whether one entangler of fixed angle is enough for the controlled gate: sigma^5 turns by half a turn."""
        return self.run.power % 10 == 5 and not self.earlier


def plan_runs(runs: Iterable[Run], s: Sequence[int], layout: str, output_zeros: bool = True) -> tuple[PlannedRun, ...]:
    """How each run is done, in the order given, by passing what is known of the bits forward.

    Runs that commute never see each other's bit, so any order of the same word gives the same plan.

    Args:
        runs: merged runs.
        s: the path, n+1 bits from s_0 = 0.
        layout: "paper" or "reduced".
        output_zeros: also skip blocks that no path to s needs, see `_skip_before_zeros`; reduced layout only.

    >>> plan = plan_runs((Run(1, 3), Run(2, 1), Run(3, 1)), (0, 1, 1, 1, 1, 1), "reduced")
    >>> [len(planned.controls) for planned in plan]
    [0, 1, 1]
    """
    plan = [PlannedRun(run, (run.position - 1, run.position + 1)) for run in runs]
    if layout == "paper":
        return tuple(plan)
    if output_zeros:
        _skip_before_zeros(plan, s)
    _pass_forward(plan, list(s))
    _join(plan)
    return tuple(plan)


def plan_any_path(runs: Iterable[Run], strands: int, last: int) -> tuple[PlannedRun, ...]:
    """How each run is done, in the reduced layout, for all paths with s_n = last at once.

    >>> [len(planned.controls) for planned in plan_any_path((Run(1, 1), Run(2, 1), Run(3, 1), Run(4, 1)), 5, 1)]
    [0, 1, 2, 1]
    """
    plan = [PlannedRun(run, (run.position - 1, run.position + 1)) for run in runs]
    known: list[int | None] = [None] * (strands + 1)
    known[strands], known[0], known[1] = last, 0, 1
    _pass_forward(plan, known)
    return tuple(plan)


def _pass_forward(plan: list[PlannedRun], known: list[int | None]) -> None:
    """Make the runs of `plan` cheaper by what is `known` of the bits before the first; None for any bit unknown."""
    for place, planned in enumerate(plan):
        if planned.turned is not None and (bit := known[planned.turned]) is not None:
            plan[place] = planned._replace(turned=None, eta_count=1 - bit)
        if not planned.controls:
            continue
        run = planned.run
        i = run.position
        a, c = known[i - 1], known[i + 1]
        if a == 0 or c == 0:
            planned = _without_block(run, a, c)
        elif a == 1 or c == 1:
            # Turn q_i if the other neighbour is 1. Known or not, on the branch of zeros it is 0, as it has to be;
            # q_n has no qubit, but q_{i-1} always does.
            head = a == c == known[i] == 1
            planned = PlannedRun(run, (i + 1,) if c is None else (i - 1,), head=head)
            known[i] = None
        else:
            known[i] = None
        plan[place] = planned


def _without_block(run: Run, a: int | None, c: int | None) -> PlannedRun:
    """A run with a neighbour known to be 0, which makes q_i = 1: A^k, times e^{i eta} if the other one is 0 too."""
    i = run.position
    other, value = (i + 1, c) if a == 0 else (i - 1, a)
    return PlannedRun(run, (), None if value is not None else other, 0 if value == 1 else 1)


def _skip_before_zeros(plan: list[PlannedRun], s: Sequence[int]) -> None:
    """Replace the blocks of `plan` that touch no path to s because a neighbour ends in 0.

    From the last run backwards: a bit that no later block turns must be s_i when the path ends in s. If that is 0,
    the run is a phase and an Rz on all such paths. On other paths the outcome changes, but it is a path still
    (nothing is turned that was not), so v = 0 as before and error detection rejects nothing new.
    """
    known: list[int | None] = list(s)
    for place in range(len(plan) - 1, -1, -1):
        run = plan[place].run
        a, c = known[run.position - 1], known[run.position + 1]
        if a == 0 or c == 0:
            plan[place] = _without_block(run, a, c)
        else:
            known[run.position] = None


def _join(plan: list[PlannedRun]) -> None:
    """Make one controlled gate of consecutive ones with the same control and target.

    Between them there are only runs without a block: an Rz on the target becomes part of the gate.
    """
    last: dict[int, int] = {}  # position -> place of its last block, unless a block on a neighbour came after
    turned: dict[int, list[int]] = {}  # q_j -> places of the runs that turned it since
    for place, planned in enumerate(plan):
        i = planned.run.position
        if not planned.controls:
            if planned.turned is not None:
                turned.setdefault(planned.turned, []).append(place)
            continue
        between = turned.pop(i, [])
        if len(planned.controls) == 1 and i in last and plan[last[i]].controls == planned.controls:
            first = plan[last[i]]
            earlier = (*first.earlier, (first.run.power, take_turns(plan, between)))
            plan[place] = planned._replace(head=first.head, earlier=earlier)
            plan[last[i]] = PlannedRun(first.run, ())
        last[i] = place
        last.pop(i - 1, None)
        last.pop(i + 1, None)


def take_turns(plan: list[PlannedRun], places: Sequence[int]) -> float:
    """Take their Rz from the runs at `places`; its angle in all, in half-turns, 0 or more and below 2."""
    for place in places:
        plan[place] = plan[place]._replace(turned=None)
    return -3 * sum(plan[place].run.power for place in places) % 10 / 5


def eta(power: int) -> float:
    """arg of the eigenvalue ratio of sigma^power, 3 power/5, in half-turns, within -1..1.

    >>> eta(1), eta(4), eta(5)
    (0.6, 0.4, -1.0)
    """
    return ((3 * power + 5) % 10 - 5) / 5
