"""`plait circuit`: compile the circuit of a braid, count it, save it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from plait.cli.braid_argument import BraidTokens, Mirror, read_braid
from plait.cli.options import AsJson, ClosureName, Seed, Strands, real

if TYPE_CHECKING:
    from pytket import Circuit

    from plait.estimator.machine import Machine
    from plait.models import Braid, Closure, Question

TESTS = {"cfev": "Echo circuit", "hadamard": "Hadamard test"}
SUFFIXES = (".qasm", ".qasm3", ".json")
PATHS = 200
"""Paths over which the gates are expected."""
COUNTS = ("qubits", "two_qubit_gates", "two_qubit_depth", "one_qubit_gates", "measurements")


class _Asked(NamedTuple):
    """What to compile."""

    braid: "Braid"
    closure: "Closure"
    test: str
    options: dict[str, str]
    all_paths: bool
    s: tuple[int, ...] | None
    imaginary: bool
    seed: int


def circuit(
    braid: BraidTokens,
    *,
    strands: Strands = None,
    closure: ClosureName = "markov",
    mirror: Mirror = False,
    test: Annotated[
        str,
        typer.Option(
            metavar="cfev|hadamard",
            help="cfev: control-free echo verification; hadamard: the textbook controlled test.",
        ),
    ] = "cfev",
    s: Annotated[
        str | None,
        typer.Option("--s", metavar="BITS", help="The path s_0..s_n, e.g. 0111; drawn with the seed if not given."),
    ] = None,
    imaginary: Annotated[bool, typer.Option("--imaginary", help="The circuit of the imaginary part.")] = False,
    all_paths: Annotated[
        bool,
        typer.Option("--all-paths", help="One circuit for every path and both parts, with classical input bits."),
    ] = False,
    layout: Annotated[
        str, typer.Option(metavar="reduced|paper", help="reduced: n-1 qubits, known bits spared; paper: n+1.")
    ] = "reduced",
    gate_set: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Entangler: rzz (any angle), cx, cz or zzmax, beside PhasedX and Rz. Not given: the device's, or rzz.",
        ),
    ] = None,
    connectivity: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Which qubits can meet: all, line, grid or heavy-hex. Not given: the device's, or all.",
        ),
    ] = None,
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
        typer.Option(
            "--output", "-o", metavar="FILE", help="Save as OpenQASM 2 (.qasm) or 3 (.qasm3), or pytket JSON (.json)."
        ),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Compile the circuit that measures one value of a braid, and count it.

    Example:
      plait circuit "1 -2 1 -2" --s 0111
      plait circuit "1 -2 1 -2" --gate-set cx --connectivity heavy-hex
      plait circuit "1 -2 1 -2" --device h2-2 --json
      plait circuit "1 -2 1 -2" --all-paths -o any.qasm3
      plait circuit "2 2" --strands 4 --closure plat -o hopf.qasm
    """
    from plait.cli.files import write_text
    from plait.cli.output import print_json, print_rows, working
    from plait.models import Closure, Question

    given, closed = read_braid(braid, strands, closure=closure, mirror=mirror), Closure.parse(closure)
    question = Question(eps=eps, delta=delta, signal=(signal, signal))
    machine = None
    if device is not None:
        from plait.estimator.machine import load_machine

        machine = load_machine(device)
    options = {
        "layout": layout,
        "gate_set": gate_set or (machine.gate_set if machine else "rzz"),
        "connectivity": connectivity or (machine.connectivity if machine else "all"),
    }
    asked = _Asked(given, closed, test, options, all_paths, _bits(s), imaginary, seed)
    _check(asked, device, output)
    with working("compiling"):
        answer, compiled = _compiled(asked)
        if output is not None:
            write_text(output, _text(compiled, output.suffix.lower()))
    answer |= _shots(asked, question, machine)
    answer |= {"strands": given.strands, "closure": str(closed), "test": test, **options}
    if test == "hadamard":
        answer["layout"] = None
    answer |= {"eps": eps, "delta": delta, "signal": signal, "path": None if output is None else str(output)}
    if as_json:
        print_json(answer)
        return
    title = f"{TESTS[test]} for the {closed} closure of {given.crossings} crossings on {given.strands} strands"
    print_rows(title, _rows(answer, all_paths))


def _rows(answer: dict[str, Any], all_paths: bool) -> list[tuple[str, object, str]]:
    """What the answer looks like for people."""
    remarks = {
        "qubits": "",
        "two_qubit_gates": answer["gate_set"].upper() + (", for s = 01..1, the most of all paths" if all_paths else ""),
        "two_qubit_depth": "layers of two-qubit gates",
        "one_qubit_gates": "PhasedX; Rz is virtual and not counted",
        "measurements": "qubits measured at the end",
        "shots": f"both parts together, {_noise(answer)}: error at most {answer['eps']:g} with probability "
        f"{1 - answer['delta']:g}, |E| = {answer['signal']:g} assumed",
    }
    rows = [(name.replace("_", " "), answer[name], remark) for name, remark in remarks.items()]
    if answer.get("spread_over_s"):
        mean, spread = answer["expected_two_qubit_gates"], answer["spread_over_s"]
        rows.insert(
            2, ("expected over s", f"{mean:.1f}", f"two-qubit gates; standard deviation {spread:.1f} over paths")
        )
    if all_paths:
        rows.append(("s", "input", "bit 0 asks for the imaginary part, bit i - 1 is s_i"))
    else:
        rows.append(("s", answer["s"], f"path of this circuit ({answer['part']} part)"))
    if answer["path"] is not None:
        rows.append(("saved", answer["path"], ""))
    return rows


def _check(asked: _Asked, device: str | None, output: Path | None) -> None:
    """Options that do not go together."""
    from plait.models import Closure, PlaitError

    test, options = asked.test, asked.options
    if test not in TESTS:
        raise PlaitError(f"test = {test!r} is not available; known: {', '.join(TESTS)}")
    if output is not None and output.suffix.lower() not in SUFFIXES:
        raise PlaitError(f"-o {output}: expected a name that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    plain = (options["layout"], options["connectivity"]) == ("reduced", "all")
    if test == "hadamard" and not plain:
        raise PlaitError(
            f"--test hadamard has one layout and all-to-all connectivity, got layout = {options['layout']}, "
            f"connectivity = {options['connectivity']}; leave --layout out, and give --connectivity all or nothing"
        )
    if not asked.all_paths:
        return
    if asked.closure is Closure.PLAT:
        raise PlaitError("--all-paths: the plat closure has a single path; leave --all-paths out")
    if test != "cfev" or not plain:
        raise PlaitError("--all-paths is for --test cfev with --layout reduced and --connectivity all")
    if asked.s is not None or asked.imaginary:
        raise PlaitError("--all-paths leaves the path and the part to input bits; leave --s and --imaginary out")
    if device is not None:
        raise PlaitError(
            "--all-paths: the noise of --device is that of circuits for one path; leave one of the two out"
        )
    if output is not None and output.suffix.lower() == ".qasm":
        raise PlaitError(f"-o {output}: OpenQASM 2 has no input bits; with --all-paths use .qasm3 or .json")


def _compiled(asked: _Asked) -> tuple[dict[str, Any], "Circuit"]:
    """The circuit, what it counts, and which path and part it is for."""
    from plait.models import cfev_circuit, hadamard_circuit

    gate_set, part = asked.options["gate_set"], "imaginary" if asked.imaginary else "real"
    if asked.all_paths:
        from plait.models.conditional import conditional_circuit

        general = conditional_circuit(asked.braid, gate_set)
        longest = general.resolved((0, *[1] * asked.braid.strands))
        return _counts(longest) | {"s": None, "part": "both"}, general.circuit
    what = asked.braid, asked.closure, asked.s, asked.imaginary
    if asked.test == "cfev":
        layout, connectivity = asked.options["layout"], asked.options["connectivity"]
        echo = cfev_circuit(*what, layout=layout, gate_set=gate_set, connectivity=connectivity, seed=asked.seed)
        s, made = echo.s, echo.circuit
        expected = _expected(asked)
    else:
        test = hadamard_circuit(*what, seed=asked.seed, gate_set=gate_set)
        s, made = test.s, test.circuit
        expected = {"expected_two_qubit_gates": test.two_qubit_gates, "spread_over_s": 0.0}
    return _counts(made) | expected | {"s": "".join(map(str, s)), "part": part}, made


def _expected(asked: _Asked) -> dict[str, float]:
    """Two-qubit gates over all paths, with one word for all of them (a coupling: of the line laid along it)."""
    from plait.models.circuit_census import census

    coupling = "all" if asked.options["connectivity"] == "all" else "line"
    counted = census(
        asked.braid,
        asked.closure,
        layout=asked.options["layout"],
        gate_set=asked.options["gate_set"],
        connectivity=coupling,
        paths=PATHS,
        seed=asked.seed,
    )
    return {"expected_two_qubit_gates": counted.two_qubit_gates, "spread_over_s": counted.two_qubit_spread}


def _counts(compiled: "Circuit") -> dict[str, Any]:
    from plait.models.circuit_counts import CircuitCounts

    counted = CircuitCounts()
    counted.circuit = compiled
    return {name: getattr(counted, name) for name in COUNTS}


def _shots(asked: _Asked, question: "Question", machine: "Machine | None") -> dict[str, Any]:
    """Shots on an ideal machine, or on a device with its noise; null and a reason if it has no answer."""
    if machine is None:
        return {"shots": noiseless_shots(question, asked.closure, asked.test), "device": None, "reason": ""}
    from plait.calibrations import load_calibration
    from plait.estimator.estimate import on_device

    options = asked.options
    variant = {"gate_set": options["gate_set"]}
    if asked.test == "cfev":
        # The model knows no grid: there the circuit is the line's, laid along a path.
        coupling = "all" if options["connectivity"] == "all" else "line"
        variant |= {"layout": options["layout"], "connectivity": coupling}
    found, reason = on_device(
        asked.braid, asked.closure, question, machine, load_calibration(), test=asked.test, variant=variant
    )
    shots = round(found["shots"]) if found else None
    rest = {name: found.get(name) for name in ("seconds", "damping", "keep_rate")}
    return {"shots": shots, "device": machine.slug, "reason": reason, **rest}


def _noise(answer: dict[str, Any]) -> str:
    if answer["device"] is None:
        return "without noise"
    return f"impossible on {answer['device']} ({answer['reason']})" if answer["reason"] else f"on {answer['device']}"


def noiseless_shots(question: "Question", closure: "Closure", test: str = "cfev") -> int:
    """Shots of the test's cost model on a machine without errors, for the widest spread of z_s over s."""
    from plait.models import find_model
    from plait.models.symbols import symbol

    model = find_model(test)
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


def _text(compiled: "Circuit", suffix: str) -> str:
    """What a file with this suffix holds."""
    import json

    from plait.models.openqasm import openqasm2, openqasm3

    if suffix == ".json":
        return json.dumps(compiled.to_dict()) + "\n"
    return openqasm2(compiled) if suffix == ".qasm" else openqasm3(compiled)
