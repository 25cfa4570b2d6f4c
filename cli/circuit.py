"""`plait circuit`: compile the circuit of a braid, count it, save it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.braid_argument import BraidTokens, read_braid
from plait.cli.options import AsJson, ClosureName, Seed, Strands, real

if TYPE_CHECKING:
    from pytket import Circuit

    from plait.models import Braid, Closure, Question

TESTS = ("cfev",)
SUFFIXES = (".qasm", ".json")


def circuit(
    braid: BraidTokens,
    *,
    strands: Strands = None,
    closure: ClosureName = "markov",
    test: Annotated[str, typer.Option(metavar="cfev", help="cfev: control-free echo verification.")] = "cfev",
    s: Annotated[
        str | None,
        typer.Option("--s", metavar="BITS", help="The path s_0..s_n, e.g. 0111; drawn with the seed if not given."),
    ] = None,
    imaginary: Annotated[bool, typer.Option("--imaginary", help="The circuit of the imaginary part.")] = False,
    layout: Annotated[
        str, typer.Option(metavar="paper|reduced", help="paper: n+1 qubits; reduced: n-1, known bits spared.")
    ] = "paper",
    gate_set: Annotated[
        str, typer.Option(metavar="NAME", help="Entangler: rzz (any angle), cx, cz or zzmax; beside PhasedX and Rz.")
    ] = "rzz",
    connectivity: Annotated[
        str, typer.Option(metavar="all|line", help="all: any pair of qubits can meet; line: neighbours only.")
    ] = "all",
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Machine (slug or .toml file) whose noise the shots account for; none: ideal."
        ),
    ] = None,
    eps: Annotated[
        float, typer.Option(parser=real, metavar="X", help="Allowed error of the normalised value E.")
    ] = 0.1,
    delta: Annotated[
        float, typer.Option(parser=real, metavar="X", help="Allowed probability of a larger error.")
    ] = 0.05,
    signal: Annotated[float, typer.Option(parser=real, metavar="X", help="|E| assumed for the number of shots.")] = 0.5,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Save as OpenQASM 2 (.qasm) or pytket JSON (.json)."),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Compile the circuit that measures one value of a braid, and count it.

    Example:
      plait circuit "1 -2 1 -2" --s 0111
      plait circuit "1 -2 1 -2" --layout reduced --gate-set cx
      plait circuit "1 -2 1 -2" --device h2-2 --json
      plait circuit "2 2" --strands 4 --closure plat -o hopf.qasm
    """
    from plait.cli.files import write_text
    from plait.cli.output import print_json, print_rows, working
    from plait.models import Closure, PlaitError, Question, cfev_circuit

    if test not in TESTS:
        raise PlaitError(f"test = {test!r} is not available; known: {', '.join(TESTS)}")
    if output is not None and output.suffix.lower() not in SUFFIXES:
        raise PlaitError(f"-o {output}: expected a name that ends in {' or '.join(SUFFIXES)}")
    given, closed = read_braid(braid, strands), Closure.parse(closure)
    question = Question(eps=eps, delta=delta, signal=(signal, signal))
    options: dict[str, Any] = {"layout": layout, "gate_set": gate_set, "connectivity": connectivity}
    if device is not None and (layout, gate_set, connectivity) != ("paper", "rzz", "all"):
        raise PlaitError(
            "--device knows the noise of the paper layout with rzz and all-to-all connectivity only; "
            "leave --device out, or the layout, gate set and connectivity at their defaults"
        )
    with working("compiling"):
        echo = cfev_circuit(given, closed, _bits(s), imaginary, seed=seed, **options)
        if output is not None:
            write_text(output, _openqasm(echo.circuit) if output.suffix.lower() == ".qasm" else _json(echo.circuit))
    answer: dict[str, Any] = {
        "qubits": echo.qubits,
        "two_qubit_gates": echo.two_qubit_gates,
        "two_qubit_depth": echo.two_qubit_depth,
        "one_qubit_gates": echo.one_qubit_gates,
        "measurements": echo.measurements,
        **_shots(given, closed, question, device),
        "s": "".join(map(str, echo.s)),
        "part": "imaginary" if imaginary else "real",
        "strands": given.strands,
        "closure": str(closed),
        "test": test,
        **options,
        "eps": eps,
        "delta": delta,
        "signal": signal,
        "path": None if output is None else str(output),
    }
    if as_json:
        print_json(answer)
        return
    remarks = {
        "two_qubit_gates": gate_set.upper(),
        "two_qubit_depth": "layers of two-qubit gates",
        "one_qubit_gates": "PhasedX; Rz is virtual and not counted",
        "measurements": "qubits measured at the end",
        "shots": f"both parts together, {_noise(answer)}: error at most {eps:g} with probability {1 - delta:g}, "
        f"|E| = {signal:g} assumed",
        "s": f"path of this circuit ({answer['part']} part)",
    }
    rows = [(name.replace("_", " "), answer[name], remark) for name, remark in {"qubits": "", **remarks}.items()]
    if output is not None:
        rows.append(("saved", str(output), ""))
    print_rows(f"Echo circuit for the {closed} closure of {given.crossings} crossings on {given.strands} strands", rows)


def _shots(braid: "Braid", closure: "Closure", question: "Question", device: str | None) -> dict[str, Any]:
    """Shots on an ideal machine, or on a device with its noise; null and a reason if it has no answer."""
    if device is None:
        return {"shots": noiseless_shots(question, closure), "device": None, "reason": ""}
    from plait.calibrations import load_calibration
    from plait.estimator.estimate import on_device
    from plait.estimator.machine import load_machine

    machine = load_machine(device)
    found, reason = on_device(braid, closure, question, machine, load_calibration())
    shots = round(found["shots"]) if found else None
    rest = {name: found.get(name) for name in ("seconds", "damping", "keep_rate")}
    return {"shots": shots, "device": machine.slug, "reason": reason, **rest}


def _noise(answer: dict[str, Any]) -> str:
    if answer["device"] is None:
        return "without noise"
    return f"impossible on {answer['device']} ({answer['reason']})" if answer["reason"] else f"on {answer['device']}"


def noiseless_shots(question: "Question", closure: "Closure") -> int:
    """Shots of the cfev cost model on a machine without errors, for the widest spread of z_s over s."""
    from plait.models import find_model
    from plait.models.symbols import symbol

    model = find_model("cfev")
    values = dict.fromkeys(model.constants, 0.0)
    values |= {"eps": question.eps, "delta": question.delta, "v": question.signal[1], "z": 1.0}
    return int(
        model.costs(closure, mitigation="raw")["shots"].subs({symbol(name): value for name, value in values.items()})
    )


def _bits(text: str | None) -> tuple[int, ...] | None:
    from plait.models import PlaitError

    if text is None:
        return None
    bits = text.replace(",", "").replace(" ", "")
    if not bits or set(bits) - {"0", "1"}:
        raise PlaitError(f"s = {text.strip()[:60]!r} is no path; expected bits s_0..s_n such as 0111")
    return tuple(map(int, bits))


def _openqasm(compiled: "Circuit") -> str:
    """OpenQASM 2 that any reader knows: qelib1 has no PhasedX, but u3 is the same up to a global phase."""
    from pytket import Circuit, OpType
    from pytket.qasm.qasm import circuit_to_qasm_str

    portable = Circuit(compiled.n_qubits, compiled.n_bits)
    for command in compiled:
        if command.op.type == OpType.PhasedX:
            theta, phi = command.op.params
            portable.U3(theta, phi - 0.5, 0.5 - phi, command.qubits[0])
        else:
            portable.add_gate(command.op, command.args)
    return circuit_to_qasm_str(portable, header="qelib1")


def _json(compiled: "Circuit") -> str:
    import json

    return json.dumps(compiled.to_dict()) + "\n"
