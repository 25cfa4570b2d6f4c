"""Control-free echo verification: the circuit that measures z_s = <s|U|s> without a controlled braid.

One branch of a cat state runs the braid on the path s, the other runs it on all zeros and only collects a known
phase: H on q_1, fan-out to the ones of s, the blocks, the fan-out undone, Rz(that phase) on q_1, H, and every
qubit is measured. With v = (-1)^{m_1} if all other bits are 0, else v = 0, E[v] = Re z_s; Sdg after the
first H makes it Im z_s. Shots with v = 0 are data too. Source: the protocol is that of Laakkonen et al.,
arXiv:2503.05625; blocks and counts are our own.
"""

import cmath
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plait.models.blocks import LOWER, UPPER, Block, controlled_block, full_block
from plait.models.braid import Braid, check_int
from plait.models.circuit_counts import CircuitCounts
from plait.models.closure import Closure
from plait.models.coupling import COUPLINGS
from plait.models.echo_plan import (
    CONNECTIVITIES,
    GATE_SETS,
    LAYOUTS,
    BlockCosts,
    EchoPlan,
    count_blocks,
    echo_qubits,
    plan_echo,
)
from plait.models.errors import PlaitError
from plait.models.fibonacci import is_path
from plait.models.gates import Gates, final_state, measured_qubits, stages
from plait.models.known_bits import PlannedRun, eta
from plait.models.link import check_closable
from plait.models.paths import plat_path, sample_path
from plait.models.rewrite import shortened
from plait.models.routing import route
from plait.models.runs import Run, closed_runs

if TYPE_CHECKING:
    from pytket import Circuit

KNOWN = {"layout": LAYOUTS, "gate_set": GATE_SETS, "connectivity": CONNECTIVITIES}
MAX_TWO_QUBIT_GATES = 500_000
"""Guard on the size of a circuit that gets built: about ten seconds and 1.2 gigabytes."""


@dataclass(frozen=True, kw_only=True)
class EchoCircuit(CircuitCounts):
    """A compiled echo circuit and what is needed to read its shots.

    Qubits, all measured: n+1 (paper) or n-1 (reduced). Gates: the cost model `cfev`. A shot is read with `read`.

    Args:
        circuit: native gates only: PhasedX, Rz, Measure and the entangler of the gate set. Its qubit j is q_i with
            i = bit_order[j], unless it is laid out on a coupling.
        s: the path, n+1 bits from s_0 = 0.
        layout: which q_i have a qubit; "paper": all n+1, "reduced": q_1..q_{n-1}.
        gate_set: "rzz", "cx", "cz" or "zzmax".
        connectivity: "all"; "line": only neighbouring q_i meet; or a coupling, and then qubit j is nodes[j] of it.
        imaginary: True if E[v] = Im z_s, False if Re z_s.
        closure: of the braid.
        bit_order: classical bit j holds the measured q_i with i = bit_order[j].
        fan_out: (control, target) of the CX gates from q_1 to s whose inverse ends the circuit, in the order
            that makes s; some may be part of a block.
        costs: how many runs are done how; the gate counts follow from it and from `fan_in`, `fan_out`, `absorbed`.
        fan_in: like fan_out, of the CX gates that begin the circuit, less those that are part of a block.
        absorbed: how many CX gates of fan_out, the last ones, are not written: part of a block, or of no use.
        nodes: of the coupling that the qubits are, for connectivity "grid" or "heavy-hex"; else empty.
    """

    circuit: "Circuit"
    s: tuple[int, ...]
    layout: str
    gate_set: str
    connectivity: str
    imaginary: bool
    closure: Closure
    bit_order: tuple[int, ...]
    fan_out: tuple[tuple[int, int], ...]
    costs: BlockCosts
    fan_in: tuple[tuple[int, int], ...]
    absorbed: int
    nodes: tuple[int, ...] = ()

    def read(self, bits: Sequence[int]) -> tuple[int, bool]:
        """What one shot says: v, and whether error detection keeps it.

        The measured bits are put into x_i (x_1 = 1; places without a qubit: x_0 = 0, x_n = s_n) and the CX gates of
        `fan_out` applied to them in order: without an error the result is a path. In the paper layout x_0 must be 0.

        Args:
            bits: measured classical bits, 0 or 1, in the order of the register.

        Returns:
            v = (-1)^{m_1} if all other bits are 0, else 0 (such shots count too); True unless the shot is to be
            rejected.

        >>> cfev_circuit(Braid(strands=4, word=(2, 2)), "plat").read((1, 0, 0))
        (-1, True)
        """
        x = [0, *self.s[1:]]
        for place, bit in zip(self.bit_order, bits, strict=True):
            x[place] = bit
        v = 0 if any(bit for place, bit in zip(self.bit_order, bits, strict=True) if place != 1) else 1 - 2 * x[1]
        x[1] = 1
        for control, target in self.fan_out:
            x[target] ^= x[control]
        return v, is_path(x)


def cfev_circuit(
    braid: Braid,
    closure: Closure | str,
    s: Sequence[int] | None = None,
    imaginary: bool = False,
    *,
    layout: str = "reduced",
    gate_set: str = "rzz",
    connectivity: str = "all",
    seed: int = 0,
    output_zeros: bool = True,
    effort: int = 1,
    shared_word: bool = False,
) -> EchoCircuit:
    """Compile the echo circuit for one path s and one part of z_s.

    Args:
        braid: what to run; its runs are merged first, and plat end kinks become part of the final phase.
        closure: Markov or plat.
        s: the path, n+1 bits from s_0 = 0. None: drawn with `seed` (Markov), 0101..10 (plat, which allows no other).
        imaginary: measure Im z_s instead of Re z_s.
        layout: "paper" (n+1 qubits, three RZZ a run) or "reduced" (n-1 qubits; bits known from s make runs cheaper).
        gate_set: "rzz" (ZZPhase of any angle), "cx", "cz" or "zzmax" (one entangler of fixed angle).
        connectivity: "all" (any pair of qubits can meet), "line" (q_i and q_{i+1} only), or "grid" or "heavy-hex", as
            small as holds the circuit: laid along a path of it or routed, whichever has fewer gates
            (`plait.models.routing`).
        seed: of the draw of s, used only if s is None and the closure Markov.
        output_zeros: reduced layout only: also skip blocks that no path to s needs because a neighbour ends in 0.
            E[v], its variance and the rule that detects errors stay exact; outcomes with v = 0 change.
        effort: reduced layout only: 0 takes the word as it is, 1 and 2 search for one with the same operator and fewer
            gates (`plait.models.rewrite`).
        shared_word: search for one word for all paths, once, and keep it: for experiments that draw many.

    Raises:
        PlaitError: an unknown option, an s that is no path of this closure, a closure that does not fit the braid,
            or more than MAX_TWO_QUBIT_GATES two-qubit gates.

    >>> echo = cfev_circuit(Braid(strands=3, word=(1, -2, 1, -2)), Closure.MARKOV, s=(0, 1, 1, 1), layout="paper")
    >>> echo.qubits, echo.two_qubit_gates, echo.one_qubit_gates, echo.fan_out
    (4, 16, 26, ((1, 2), (1, 3)))
    """
    closure = Closure.parse(closure)
    for name, value in (("layout", layout), ("gate_set", gate_set), ("connectivity", connectivity)):
        if value not in KNOWN[name]:
            raise PlaitError(f"{name} = {value!r} is not available; known: {', '.join(KNOWN[name])}")
    if connectivity in COUPLINGS:
        free, line = (
            cfev_circuit(
                braid,
                closure,
                s,
                imaginary,
                layout=layout,
                gate_set=gate_set,
                connectivity=simple,
                seed=seed,
                output_zeros=output_zeros,
                effort=effort,
                shared_word=shared_word,
            )
            for simple in ("all", "line")
        )
        routed = route(free.circuit, gate_set, connectivity, line.circuit)
        found = {"circuit": free, "line": line}[routed.source]
        return replace(found, circuit=routed.circuit, connectivity=connectivity, nodes=routed.nodes)
    check_closable(braid, closure)
    path = choose_path(braid.strands, closure, s, seed)
    closed = closed_runs(braid, closure)
    word = shortened(
        closed.runs,
        braid.strands,
        None if shared_word and closure is Closure.MARKOV else path,
        layout,
        gate_set,
        connectivity,
        bool(output_zeros),
        effort,
    )
    ordered = [run for layer in layers(word) for run in layer]
    plan = plan_echo(ordered, path, layout, gate_set, connectivity, output_zeros)
    costs = count_blocks(plan.runs)
    two_qubit = costs.two_qubit_gates(gate_set) + len(plan.fan_in) + len(plan.fan_out) - plan.absorbed
    if two_qubit > MAX_TWO_QUBIT_GATES:
        raise PlaitError(
            f"this circuit has {two_qubit} two-qubit gates; the limit is {MAX_TWO_QUBIT_GATES}: shorten the word"
        )
    places = echo_qubits(braid.strands, layout)
    gates = Gates(gate_set, places)
    _emit(gates, plan, cmath.phase(closed.phase) / math.pi, imaginary)
    return EchoCircuit(
        circuit=gates.circuit,
        s=path,
        layout=layout,
        gate_set=gate_set,
        connectivity=connectivity,
        imaginary=bool(imaginary),
        closure=closure,
        bit_order=places,
        fan_out=plan.fan_out,
        costs=costs,
        fan_in=plan.fan_in,
        absorbed=plan.absorbed,
    )


def _emit(gates: Gates, plan: EchoPlan, phase: float, imaginary: bool) -> None:
    """Write the whole circuit; `phase`, in half-turns, is that of what was dropped from the word."""
    gates.h(1)
    if imaginary:
        gates.rz(-0.5, 1)  # Sdg
    for control, target in plan.fan_in:
        gates.cx(control, target)
    for layer in _planned_layers(plan.runs):
        blocks = []
        for planned in layer:
            if planned.controls:
                block = planned_block(gates.gate_set, planned)
                blocks.append((planned.run.position, planned.controls, block))
                phase += block.phase0
            else:
                if planned.turned is not None:
                    gates.rz(-eta(planned.run.power), planned.turned)
                phase += 3 * planned.run.power % 10 / 5 + planned.eta_count * eta(planned.run.power)
        gates.blocks(blocks)
    undone = plan.fan_out[: len(plan.fan_out) - plan.absorbed]
    for control, target in reversed(undone):
        gates.cx(control, target)
    # Rz(x) puts e^{ix} on the branch that ran the braid: the phase that the branch of zeros has collected,
    # and that of the dropped kinks, so that only z_s is left between the two.
    gates.rz(phase, 1)
    gates.h(1)
    gates.measure(gates.places)


def planned_block(gate_set: str, planned: PlannedRun) -> Block:
    """The gates of a run that is not free, as it is planned."""
    k = planned.run.power % 10
    if len(planned.controls) == 1:
        return controlled_block(gate_set, k, planned.head, planned.tail is not None, planned.turn, planned.earlier)
    tail = None if planned.tail is None else UPPER if planned.tail > planned.run.position else LOWER
    return full_block(gate_set, k, tail, planned.turn)


def _planned_layers(plan: Sequence[PlannedRun]) -> Iterable[list[PlannedRun]]:
    """The plan cut into its layers again; it is in the order of `layers`."""
    start = 0
    for layer in layers([planned.run for planned in plan]):
        yield list(plan[start : start + len(layer)])
        start += len(layer)


def layers(runs: Iterable[Run]) -> tuple[tuple[Run, ...], ...]:
    """Runs in greedy layers: each as early as the earlier runs on its two strands allow.

    Runs of one layer are at least two positions apart and commute, and so do runs that change order.

    >>> layers((Run(1, 2), Run(2, 1), Run(4, 3)))
    ((Run(position=1, power=2), Run(position=4, power=3)), (Run(position=2, power=1),))
    """
    level: Counter[int] = Counter()  # strand -> layers used
    placed: list[list[Run]] = []
    for run in runs:
        i = run.position
        at = max(level[i], level[i + 1])
        level[i] = level[i + 1] = at + 1
        if at == len(placed):
            placed.append([])
        placed[at].append(run)
    return tuple(tuple(layer) for layer in placed)


def block_depth(plan: Sequence[PlannedRun], gate_set: str) -> int:
    """Two-qubit depth of the planned runs alone, without the fan-out before and after.

    >>> from plait.models.known_bits import plan_runs
    >>> runs = (Run(2, 1), Run(4, 1), Run(3, 1))
    >>> block_depth(plan_runs(runs, (0, 1, 1, 1, 1, 1), "paper"), "rzz")
    6
    """
    level: Counter[int] = Counter()  # qubit -> layers used
    for layer in _planned_layers(plan):
        blocks = [(x.run.position, x.controls, planned_block(gate_set, x)) for x in layer if x.controls]
        steps = [
            (stage, target, controls[join])
            for target, controls, block in blocks
            for stage, join in zip(stages(target, controls, block), block.joins, strict=True)
        ]
        for _, target, control in sorted(steps):
            level[target] = level[control] = max(level[target], level[control]) + 1
    return max(level.values(), default=0)


def run_depth(runs: Iterable[Run]) -> int:
    """Number of greedy layers of runs.

    >>> run_depth((Run(1, 2), Run(2, 1), Run(4, 3)))
    2
    """
    return len(layers(runs))


def echo_value(echo: EchoCircuit) -> float:
    """Exact E[v] of the compiled circuit without noise: Re z_s, or Im z_s if `echo.imaginary`.

    Every gate is applied to a vector of 2^qubits amplitudes; nothing is assumed about what the circuit is for.

    Raises:
        PlaitError: more than 16 qubits.

    >>> round(echo_value(cfev_circuit(Braid(strands=2, word=(1,)), Closure.MARKOV, s=(0, 1, 0))), 6)
    -0.809017
    """
    weights = abs(final_state(echo.circuit)) ** 2
    measured = measured_qubits(echo.circuit)
    rest = tuple(qubit for qubit in range(echo.qubits) if qubit not in measured)
    weights = weights.sum(axis=rest).transpose([sorted(measured).index(qubit) for qubit in measured])
    only_q1 = tuple(int(i == 1) for i in echo.bit_order)
    return float(weights[(0,) * len(measured)] - weights[only_q1])


def choose_path(strands: int, closure: Closure, s: Sequence[int] | None, seed: int) -> tuple[int, ...]:
    """`s` checked, or drawn with `seed` if it is None (plat: the only one).

    Raises:
        PlaitError: s is no path of this closure.
    """
    if s is None:
        check_int("seed", seed, 0, 2**63 - 1)
        return plat_path(strands) if closure is Closure.PLAT else sample_path(strands, random.Random(seed))
    if not isinstance(s, Sequence) or len(s) != strands + 1 or not is_path(s):
        raise PlaitError(
            f"s = {s!r} is no path: expected {strands + 1} bits s_0..s_{strands} that start 0, 1 "
            "and have no two adjacent zeros"
        )
    path = tuple(int(bit) for bit in s)
    if closure is Closure.PLAT and path != plat_path(strands):
        raise PlaitError(f"s = {path}: the plat closure has only s = {plat_path(strands)}; leave s out")
    return path
