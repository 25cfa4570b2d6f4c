"""Compiled circuits as OpenQASM 2 and OpenQASM 3.

Neither standard library knows all native gates: OpenQASM 2 gets PhasedX as u3, OpenQASM 3 gets definitions of
PhasedX, RZZ and ZZMax in terms of its own gates. A global phase may be lost, nothing else. Sources: OpenQASM 2,
arXiv:1707.03429; OpenQASM 3, arXiv:2104.14722 and its stdgates.inc.
"""

import math
from typing import TYPE_CHECKING

from plait.models.errors import PlaitError

if TYPE_CHECKING:
    from pytket import Circuit
    from pytket.circuit import Op
    from pytket.unit_id import UnitID

DEFINITIONS = {
    # Parameters in alphabetical order: qiskit's importer gives the values to the names in that order.
    "phasedx": "gate phasedx(angle_x, angle_z) a { rz(-angle_z) a; rx(angle_x) a; rz(angle_z) a; }",
    "rzz": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
    "zzmax": "gate zzmax a, b { cx a, b; rz(pi / 2) b; cx a, b; }",
}
"""Gates that stdgates.inc lacks. RZZ is defined in OpenQASM 2 too: only some versions of qelib1.inc have it."""

NAMES = {"PhasedX": "phasedx", "Rz": "rz", "ZZPhase": "rzz", "ZZMax": "zzmax", "CX": "cx", "CZ": "cz"}
"""pytket's name of a native gate -> ours in OpenQASM 3."""


def openqasm2(circuit: "Circuit") -> str:
    """OpenQASM 2 that any reader knows: PhasedX is written as u3, the same up to a global phase.

    Args:
        circuit: native gates of any gate set and measurements.

    Raises:
        PlaitError: another gate, or one that is conditional: this format has no input bits.

    >>> from pytket import Circuit
    >>> openqasm2(Circuit(1, 1).PhasedX(1, 0, 0).Measure(0, 0)).splitlines()[-1]
    'measure q[0] -> c[0];'
    """
    from pytket import Circuit, OpType
    from pytket.qasm.qasm import circuit_to_qasm_str

    portable = Circuit()
    for qubits in circuit.q_registers:
        portable.add_q_register(qubits)
    for bits in circuit.c_registers:
        portable.add_c_register(bits)
    for command in circuit:
        if command.op.type == OpType.Conditional:
            raise PlaitError("OpenQASM 2 has no input bits, which this circuit reads; write OpenQASM 3 or pytket JSON")
        if command.op.type == OpType.PhasedX:
            theta, phi = command.op.params
            portable.U3(theta, phi - 0.5, 0.5 - phi, command.qubits[0])
            continue
        if command.op.type != OpType.Measure:
            _name(command.op)
        portable.add_gate(command.op, command.args)
    text = circuit_to_qasm_str(portable, header="qelib1")
    if circuit.n_gates_of_type(OpType.ZZPhase):
        include = 'include "qelib1.inc";\n'
        text = text.replace(include, f"{include}{DEFINITIONS['rzz']}\n")
    return text


def openqasm3(circuit: "Circuit") -> str:
    """OpenQASM 3; angles in radians with 17 digits.

    A classical register that nothing is measured into is an input. Its name gets "_in" appended: "s", the input of
    `plait.models.conditional.ConditionalEcho`, is also a gate of stdgates.inc.

    Args:
        circuit: native gates of any gate set, each conditional on at most one bit, and measurements.

    Raises:
        PlaitError: another gate, or a condition on several bits.

    >>> from pytket import Circuit
    >>> print(openqasm3(Circuit(1, 1).Rz(0.5, 0).Measure(0, 0)), end="")
    OPENQASM 3.0;
    include "stdgates.inc";
    bit[1] c;
    qubit[1] q;
    rz(1.5707963267948966) q[0];
    c[0] = measure q[0];
    """
    from pytket import OpType
    from pytket.circuit import Conditional

    measured = {bit.reg_name for command in circuit if command.op.type == OpType.Measure for bit in command.bits}
    names = {r.name: r.name if r.name in measured else f"{r.name}_in" for r in circuit.c_registers}
    names |= {r.name: r.name for r in circuit.q_registers}

    def place(unit: "UnitID") -> str:
        return f"{names[unit.reg_name]}[{unit.index[0]}]"

    body: list[str] = []
    used: set[str] = set()
    for command in circuit:
        op, args = command.op, command.args
        condition = ""
        if isinstance(op, Conditional):
            if op.width != 1:
                raise PlaitError(f"a gate is conditional on {op.width} bits; expected one")
            condition = f"if ({place(args[0])} == {'true' if op.value else 'false'}) "
            op, args = op.op, args[1:]
        if op.type == OpType.Measure and not condition:
            statement = f"{place(args[1])} = measure {place(args[0])};"
        else:
            name = _name(op)
            used.add(name)
            statement = f"{name}{_angles(op)} {', '.join(map(place, args))};"
        body.append(f"{condition}{{ {statement} }}" if condition else statement)
    head = ["OPENQASM 3.0;", 'include "stdgates.inc";']
    head += [definition for name, definition in DEFINITIONS.items() if name in used]
    head += [f"{'' if r.name in measured else 'input '}bit[{r.size}] {names[r.name]};" for r in circuit.c_registers]
    head += [f"qubit[{r.size}] {r.name};" for r in circuit.q_registers]
    return "\n".join([*head, *body, ""])


def _angles(op: "Op") -> str:
    # Two half-turns are a global phase in every native gate, and without them the angle keeps more digits.
    angles = ", ".join(f"{math.remainder(float(angle), 2) * math.pi:.17g}" for angle in op.params)
    return f"({angles})" if angles else ""


def _name(op: "Op") -> str:
    try:
        return NAMES[op.type.name]
    except KeyError:
        raise PlaitError(
            f"gate {op.type.name} is not native; expected {', '.join(NAMES)}: rebase the circuit first"
        ) from None
