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
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.models.braid import Braid, check_int
from plait.models.closure import Closure
from plait.models.errors import PlaitError
from plait.models.fibonacci import is_path
from plait.models.link import check_closable
from plait.models.paths import plat_path, sample_path
from plait.models.runs import Run, closed_runs
from plait.models.rzz_block import rzz_block

if TYPE_CHECKING:
    from pytket import Circuit

KNOWN = {"layout": ("paper",), "gate_set": ("rzz",), "connectivity": ("all",)}
MAX_TWO_QUBIT_GATES = 500_000
"""Guard on the size of a circuit that gets built: about ten seconds and 1.2 gigabytes."""
MAX_VALUE_QUBITS = 16
"""Guard on `echo_value`: 2^16 amplitudes."""


@dataclass(frozen=True, kw_only=True)
class EchoCircuit:
    """A compiled echo circuit and what is needed to read its shots.

    Args:
        circuit: native gates only: PhasedX, Rz, ZZPhase, Measure. Its qubit i is q_i.
        s: the path, n+1 bits from s_0 = 0.
        layout: which q_i have a qubit; "paper": all n+1.
        imaginary: True if E[v] = Im z_s, False if Re z_s.
        closure: of the braid.
        bit_order: classical bit j holds the measured q_i with i = bit_order[j].
        fan_out: (control, target) of the CX gates from q_1 to the ones of s, in the order emitted.
    """

    circuit: "Circuit"
    s: tuple[int, ...]
    layout: str
    imaginary: bool
    closure: Closure
    bit_order: tuple[int, ...]
    fan_out: tuple[tuple[int, int], ...]

    @property
    def qubits(self) -> int:
        """Number of qubits: n+1."""
        return self.circuit.n_qubits

    @property
    def two_qubit_gates(self) -> int:
        """Number of two-qubit gates: 3 per run and 2 per one in s_2..s_n."""
        return self.circuit.n_2qb_gates()

    @property
    def two_qubit_depth(self) -> int:
        """Layers of two-qubit gates; at most 3 run_depth + 2 ceil(log2(ones in s_2..s_n + 1))."""
        return self.circuit.depth_2q()

    @property
    def one_qubit_gates(self) -> int:
        """Number of PhasedX pulses: 4 per run, 4 per one in s_2..s_n, and 2; Rz is virtual and not counted."""
        from pytket import OpType

        return self.circuit.n_gates_of_type(OpType.PhasedX)

    @property
    def measurements(self) -> int:
        """Number of qubits measured: n+1."""
        from pytket import OpType

        return self.circuit.n_gates_of_type(OpType.Measure)


def cfev_circuit(
    braid: Braid,
    closure: Closure | str,
    s: Sequence[int] | None = None,
    imaginary: bool = False,
    *,
    layout: str = "paper",
    gate_set: str = "rzz",
    connectivity: str = "all",
    seed: int = 0,
) -> EchoCircuit:
    """Compile the echo circuit for one path s and one part of z_s, for the braid's own word.

    Args:
        braid: what to run; its runs are merged first, and plat end kinks become part of the final phase.
        closure: Markov or plat.
        s: the path, n+1 bits from s_0 = 0. None: drawn with `seed` (Markov), 0101..10 (plat, which allows no other).
        imaginary: measure Im z_s instead of Re z_s.
        layout: "paper" (n+1 qubits).
        gate_set: "rzz" (ZZPhase of any angle).
        connectivity: "all" (any pair of qubits can meet).
        seed: of the draw of s, used only if s is None and the closure Markov.

    Raises:
        PlaitError: an unknown option, an s that is no path of this closure, a closure that does not fit the braid,
            or more than MAX_TWO_QUBIT_GATES two-qubit gates.

    >>> echo = cfev_circuit(Braid(strands=3, word=(1, -2, 1, -2)), Closure.MARKOV, s=(0, 1, 1, 1))
    >>> echo.qubits, echo.two_qubit_gates, echo.one_qubit_gates, echo.fan_out
    (4, 16, 26, ((1, 2), (1, 3)))
    """
    closure = Closure.parse(closure)
    for name, value in (("layout", layout), ("gate_set", gate_set), ("connectivity", connectivity)):
        if value not in KNOWN[name]:
            raise PlaitError(f"{name} = {value!r} is not available; known: {', '.join(KNOWN[name])}")
    check_closable(braid, closure)
    path = _choose_path(braid.strands, closure, s, seed)
    closed = closed_runs(braid, closure)
    fan_out = tuple(_tree([i for i, bit in enumerate(path) if bit and i > 1]))
    two_qubit = 3 * len(closed.runs) + 2 * len(fan_out)
    if two_qubit > MAX_TWO_QUBIT_GATES:
        raise PlaitError(
            f"this circuit has {two_qubit} two-qubit gates; the limit is {MAX_TWO_QUBIT_GATES}: shorten the word"
        )

    gates = _Gates(braid.strands + 1)
    gates.h(1)
    if imaginary:
        gates.rz(-0.5, 1)  # Sdg
    for control, target in fan_out:
        gates.cx(control, target)
    phase = cmath.phase(closed.phase) / math.pi  # half-turns, like everything below
    for layer in layers(closed.runs):
        _emit_layer(gates, layer)
        phase += sum(rzz_block(run.power).phase0 for run in layer)
    for control, target in reversed(fan_out):
        gates.cx(control, target)
    # Rz(x) puts e^{ix} on the branch that ran the braid: the phase that the branch of zeros has collected,
    # and that of the dropped kinks, so that only z_s is left between the two.
    gates.rz(phase, 1)
    gates.h(1)
    gates.measure_all()
    return EchoCircuit(
        circuit=gates.circuit,
        s=path,
        layout=layout,
        imaginary=bool(imaginary),
        closure=closure,
        bit_order=tuple(range(braid.strands + 1)),
        fan_out=fan_out,
    )


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
        PlaitError: more than MAX_VALUE_QUBITS qubits.

    >>> round(echo_value(cfev_circuit(Braid(strands=2, word=(1,)), Closure.MARKOV, s=(0, 1, 0))), 6)
    -0.809017
    """
    import numpy as np
    from pytket import OpType

    n = echo.qubits
    if n > MAX_VALUE_QUBITS:
        raise PlaitError(
            f"echo_value needs 2^{n} amplitudes; the limit is {MAX_VALUE_QUBITS} qubits: use jones_exact instead"
        )
    state = np.zeros((2,) * n, complex)
    state[(0,) * n] = 1
    for command in echo.circuit:
        if command.op.type == OpType.Measure:
            continue
        on = [qubit.index[0] for qubit in command.qubits]
        matrix = command.op.get_unitary().reshape((2,) * (2 * len(on)))
        state = np.tensordot(matrix, state, axes=(range(len(on), 2 * len(on)), on))
        state = np.moveaxis(state, range(len(on)), on)
    only_q1 = (0, 1) + (0,) * (n - 2)
    return float(abs(state[(0,) * n]) ** 2 - abs(state[only_q1]) ** 2)


def _choose_path(strands: int, closure: Closure, s: Sequence[int] | None, seed: int) -> tuple[int, ...]:
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


def _tree(targets: list[int]) -> Iterable[tuple[int, int]]:
    """CX pairs that spread q_1 to `targets` in rounds, every qubit already reached passing it on once a round."""
    reached = [1]
    while targets:
        chosen, targets = targets[: len(reached)], targets[len(reached) :]
        yield from zip(reached, chosen, strict=False)
        reached += chosen


def _emit_layer(gates: "_Gates", layer: tuple[Run, ...]) -> None:
    """The blocks of one layer side by side, so that it has two-qubit depth 3.

    Gate by gate across the layer, not block by block: neighbouring blocks share their outer qubits, and one after
    the other they would form a staircase.
    """
    blocks = [(run.position, rzz_block(run.power)) for run in layer]
    for stage in range(3):
        for b, block in blocks:
            gates.phased_x(*block.pulses[stage], b)
            x, y = block.pairs[stage]
            gates.zz(block.angles[stage], b - 1 + x, b - 1 + y)
    for b, block in blocks:
        gates.phased_x(*block.pulses[3], b)
        for place, angle in enumerate(block.rz):
            gates.rz(angle, b - 1 + place)


class _Gates:
    """Writes native gates; virtual Rz's wait until a PhasedX on their qubit, so that neighbours merge.

    Angles are in half-turns.
    """

    def __init__(self, qubits: int) -> None:
        from pytket import Circuit

        self.circuit = Circuit(qubits, qubits)
        self._waiting = [0.0] * qubits

    def rz(self, angle: float, qubit: int) -> None:
        # Two half-turns are a global phase.
        self._waiting[qubit] = math.remainder(self._waiting[qubit] + angle, 2)

    def phased_x(self, theta: float, phi: float, qubit: int) -> None:
        self._flush(qubit)
        self.circuit.PhasedX(theta, math.remainder(phi, 2), qubit)

    def zz(self, angle: float, x: int, y: int) -> None:
        self.circuit.ZZPhase(angle, x, y)

    def h(self, qubit: int) -> None:
        self.rz(1, qubit)
        self.phased_x(0.5, 0.5, qubit)

    def cx(self, control: int, target: int) -> None:
        self.h(target)
        self.zz(0.5, control, target)
        self.rz(-0.5, control)
        self.rz(-0.5, target)
        self.h(target)

    def measure_all(self) -> None:
        for qubit in range(self.circuit.n_qubits):
            self._flush(qubit)
            self.circuit.Measure(qubit, qubit)

    def _flush(self, qubit: int) -> None:
        if self._waiting[qubit]:
            self.circuit.Rz(self._waiting[qubit], qubit)
        self._waiting[qubit] = 0.0
