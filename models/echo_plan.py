"""What each run of an echo circuit costs for a given path s, and the CX gates that spread q_1 to the ones of s.

Paper layout: a qubit for each of q_0..q_n, every run a block of full cost. Reduced layout: q_1..q_{n-1} only, and
bits that are known make runs cheap, see `plait.models.known_bits`. Source: own derivation.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from plait.models.known_bits import PlannedRun, plan_runs, take_turns
from plait.models.runs import Run

LAYOUTS = ("paper", "reduced")
GATE_SETS = ("rzz", "cx", "cz", "zzmax")
CONNECTIVITIES = ("all", "line", "grid", "heavy-hex")


class EchoPlan(NamedTuple):
    """All two-qubit work of one echo circuit.

    Args:
        runs: in the order given.
        fan_in: (control, target) of the CX gates before the runs, in order.
        fan_out: the same for those that, in reverse order, undo the cat state; also what error detection reads with.
            It ends with the `absorbed` ones that are not written.
        absorbed: how many CX gates of `fan_out` are part of a block, or would be undone unused: no gate meets a qubit
            that no run turns and none is steered by.
    """

    runs: tuple[PlannedRun, ...]
    fan_in: tuple[tuple[int, int], ...]
    fan_out: tuple[tuple[int, int], ...]
    absorbed: int


class BlockCosts(NamedTuple):
    """How many runs of a circuit are done how; `easy` powers need fewer gates where the entangler has a fixed angle.

    Args:
        full_easy: full blocks with k = 1, 5, 9.
        full_hard: full blocks with any other k.
        one_easy: controlled gates with k = 5.
        one_hard: controlled gates with any other k, or of several runs.
        free: runs without a two-qubit gate of their own.
    """

    full_easy: int
    full_hard: int
    one_easy: int
    one_hard: int
    free: int

    def two_qubit_gates(self, gate_set: str) -> int:
        """Two-qubit gates of the runs, without the fan-out.

        >>> BlockCosts(1, 1, 1, 1, 1).two_qubit_gates("rzz"), BlockCosts(1, 1, 1, 1, 1).two_qubit_gates("cx")
        (8, 10)
        """
        if gate_set == "rzz":
            return 3 * (self.full_easy + self.full_hard) + self.one_easy + self.one_hard
        return 3 * self.full_easy + 4 * self.full_hard + self.one_easy + 2 * self.one_hard

    def one_qubit_gates(self, gate_set: str) -> int:
        """PhasedX pulses of the runs: in every block one more than two-qubit gates."""
        blocks = self.full_easy + self.full_hard + self.one_easy + self.one_hard
        return self.two_qubit_gates(gate_set) + blocks


def echo_qubits(strands: int, layout: str) -> tuple[int, ...]:
    """The i whose q_i has a qubit: 0..n (paper) or 1..n-1 (reduced; q_1 alone for one strand).

    >>> echo_qubits(4, "reduced")
    (1, 2, 3)
    """
    return tuple(range(strands + 1)) if layout == "paper" else tuple(range(1, max(2, strands)))


def plan_echo(
    runs: Iterable[Run], s: Sequence[int], layout: str, gate_set: str, connectivity: str, output_zeros: bool = True
) -> EchoPlan:
    """Plan the runs and the fan-out of an echo circuit.

    In the reduced layout a qubit that no gate meets gets no CX. With all-to-all coupling, a CX of the fan-out that
    meets a block with the same control and target becomes part of it: two controlled gates with the same control
    and target are one. That holds for a first block whose neighbours are both known 1, and for a last block with no
    block on a neighbour after it.

    >>> plan = plan_echo((Run(2, 1),), (0, 1, 1, 1, 1, 1), "reduced", "rzz", "all")
    >>> plan.fan_in, plan.fan_out, plan.absorbed
    ((), ((1, 2), (1, 3), (1, 4)), 3)
    """
    plan = list(plan_runs(runs, s, layout, output_zeros))
    if gate_set != "rzz":  # a single CX stays one CX only as it is
        plan = [planned._replace(head=planned.head and not planned.easy) for planned in plan]
    if layout == "paper":
        gates = fan_out_gates(s, layout, connectivity)
        return EchoPlan(tuple(plan), gates, gates, 0)
    _share_controls(plan)
    met = _met(plan)
    spread = [int(bit and (i in met or (connectivity == "line" and i < max(met)))) for i, bit in enumerate(s)]
    idle = [(1, i) for i in echo_qubits(len(s) - 1, layout)[1:] if s[i] and not spread[i]]
    if connectivity == "line":
        plan = [planned._replace(head=False) for planned in plan]
        gates = fan_out_gates(spread, layout, connectivity)
        return EchoPlan(tuple(plan), gates, (*gates, *idle), len(idle))
    heads = {planned.run.position for planned in plan if planned.head}
    tails = _absorb_tails(plan, s, gate_set)
    fan_in = fan_out_gates([bit and i not in heads for i, bit in enumerate(spread)], layout, connectivity)
    fan_out = fan_out_gates([bit and i not in tails for i, bit in enumerate(spread)], layout, connectivity)
    unwritten = [*((x, i) for i, x in sorted(tails.items())), *idle]
    return EchoPlan(tuple(plan), fan_in, (*fan_out, *unwritten), len(unwritten))


def _share_controls(plan: list[PlannedRun]) -> None:
    """Where both neighbours are known to be 1, steer by the one that needs its qubit anyway."""
    turned = {1, *(planned.run.position for planned in plan if planned.controls)}
    for place, planned in enumerate(plan):
        if len(planned.controls) == 1 and planned.controls[0] not in turned:  # known 1, so its fellow is known 1 too
            other = 2 * planned.run.position - planned.controls[0]
            if other in turned:
                plan[place] = planned._replace(controls=(other,))


def _met(plan: Sequence[PlannedRun]) -> set[int]:
    """The i of the qubits that a two-qubit gate of the runs meets, and 1."""
    return {1, *(q for planned in plan if planned.controls for q in (planned.run.position, *planned.controls))}


def _absorb_tails(plan: list[PlannedRun], s: Sequence[int], gate_set: str) -> dict[int, int]:
    """Mark, in `plan`, the blocks that take over a CX of the fan-out undone; target -> control of those CX gates."""
    tails: dict[int, int] = {}
    seen: set[int] = set()  # positions of later blocks
    turned: dict[int, list[int]] = {}  # q_j -> places of later runs that turn it
    for place in range(len(plan) - 1, -1, -1):
        planned = plan[place]
        i = planned.run.position
        if not planned.controls:
            if planned.turned is not None:
                turned.setdefault(planned.turned, []).append(place)
            continue
        free = gate_set == "rzz" or (len(planned.controls) == 1 and not planned.easy)
        if s[i] and free and not seen & {i - 1, i, i + 1}:
            # The upper neighbour first: its RZZ is the last of a full block as it is.
            tail = next((x for x in reversed(planned.controls) if s[x]), None)
            if tail is not None:
                tails[i] = tail
                plan[place] = planned._replace(tail=tail, turn=take_turns(plan, turned.get(i, [])))
        seen.add(i)
    return tails


def block_costs(
    runs: Iterable[Run], s: Sequence[int], layout: str = "reduced", output_zeros: bool = True
) -> BlockCosts:
    """How many runs are done how: the exact counts of the compiled circuit follow from it.

    >>> block_costs((Run(1, 1), Run(2, 2), Run(3, 5)), (0, 1, 1, 1, 1, 1))
    BlockCosts(full_easy=0, full_hard=0, one_easy=1, one_hard=1, free=1)
    """
    return count_blocks(plan_runs(runs, s, layout, output_zeros))


def count_blocks(plan: Iterable[PlannedRun]) -> BlockCosts:
    """How many of the planned runs are done how."""
    full, one = [0, 0], [0, 0]
    free = 0
    for planned in plan:
        k = planned.run.power % 10
        if len(planned.controls) == 2:
            full[k not in (1, 5, 9)] += 1
        elif planned.controls:
            one[not planned.easy] += 1
        else:
            free += 1
    return BlockCosts(full[0], full[1], one[0], one[1], free)


def fan_out_gates(s: Sequence[int], layout: str, connectivity: str) -> tuple[tuple[int, int], ...]:
    """(control, target) of CX gates, in order, that take q_1 = 1 and zeros to s, and zeros to zeros.

    All-to-all: a tree, one CX for each one of s after s_1. Line: neighbours only, a ladder up to the last one of s,
    then each zero below it is cleared again from the one before it.

    >>> fan_out_gates((0, 1, 0, 1, 1), "paper", "all"), fan_out_gates((0, 1, 0, 1, 1), "reduced", "line")
    (((1, 3), (1, 4)), ((1, 2), (2, 3), (1, 2)))
    """
    qubits = echo_qubits(len(s) - 1, layout)
    ones = [i for i in qubits if i > 1 and s[i]]
    if connectivity == "all":
        return tuple(_tree(ones))
    last = max(ones, default=1)
    ladder = [(i - 1, i) for i in range(2, last + 1)]
    return (*ladder, *((i - 1, i) for i in range(2, last) if not s[i]))


def _tree(targets: list[int]) -> Iterable[tuple[int, int]]:
    """CX pairs that spread q_1 to `targets` in rounds, every qubit already reached passing it on once a round."""
    reached = [1]
    while targets:
        chosen, targets = targets[: len(reached)], targets[len(reached) :]
        yield from zip(reached, chosen, strict=False)
        reached += chosen
