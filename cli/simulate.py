"""`plait simulate`: a braid, or the characterisation of a machine, on a simulated noisy quantum computer."""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.braid_argument import read_braid
from plait.cli.options import AsJson, ClosureName, Seed, Strands, integer

if TYPE_CHECKING:
    from plait.calibrations.bootstrap import Estimate
    from plait.calibrations.characterise import Characterisation, Exponents
    from plait.calibrations.damping import Damping
    from plait.calibrations.noise_run import NoisePoint
    from plait.estimator.device import Device

SUFFIXES = (".html", ".png", ".svg", ".pdf", ".json")
SHOTS = 10_000


def simulate(
    braid: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="BRAID",
            help='A word such as "1 -2 1 -2", or a JSON file with strands and word; none with --characterise.',
            show_default=False,
        ),
    ] = None,
    *,
    device: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Quantum machine: a slug, a machine file (.toml), or a device specification (.json).",
            show_default=False,
        ),
    ],
    shots: Annotated[
        int | None,
        typer.Option(
            parser=integer,
            metavar="N",
            help="In all parts, the mirror braid's too: 10000 if not given. With --characterise: of each braid, 20000.",
            show_default=False,
        ),
    ] = None,
    strands: Strands = None,
    closure: ClosureName = "markov",
    mirror: Annotated[
        bool, typer.Option("--mirror", help="Run the mirror braid too: the conjugate trick removes common phases.")
    ] = False,
    interleaved: Annotated[
        bool, typer.Option("--interleaved", help="Run all parts for the same draw of s, as on H2-2.")
    ] = False,
    rescale: Annotated[
        bool, typer.Option(help="Divide by the damping that the calibrated noise law expects of the circuits.")
    ] = True,
    reference: Annotated[
        str | None,
        typer.Option(metavar="raw|RE,IM", help="With --mirror: decides between z and -z, if it does by 3 sigma."),
    ] = None,
    reference_error: Annotated[
        str | None, typer.Option(metavar="X", help="Standard error of RE and of IM; must be given with them.")
    ] = None,
    layout: Annotated[str, typer.Option(metavar="reduced|paper", help="Of the circuits.")] = "reduced",
    effort: Annotated[
        int, typer.Option(parser=integer, metavar="0..2", help="Of the search for a word with fewer gates.")
    ] = 1,
    calibration: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Calibration with the noise law; the shipped one if not given.")
    ] = None,
    characterise: Annotated[
        bool,
        typer.Option(
            "--characterise",
            help="Run planted braids of several sizes instead, and fit what the machine's noise does to a value.",
        ),
    ] = False,
    sizes: Annotated[
        str | None,
        typer.Option(
            metavar="N,..xL,..",
            help="With --characterise: strands and layers of the braids; 6,8,10x6,10,16,24 if not given.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="With --characterise: chart to write, .html, .png, .svg or .pdf; or .json.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Run a braid on a simulated noisy quantum computer: shots, error detection, mitigation.

    The exact value is computed only to be shown beside; no estimate uses it. With --characterise it is braids of
    known value that are run: relative error and keep rate against two-qubit gates and qubit-layers, and a law for them.

    Example:
      plait simulate "1 -2 1 -2" --device h2-2 --shots 2000
      plait simulate "2 2 -1 2 3" --closure plat --device qpu-1e-4 --mirror
      plait simulate --characterise --device h2-2 -o h2-2.html
      plait simulate --characterise --device helios --sizes 4,6x4,8 --shots 2000
    """
    from plait.estimator.device import load_device
    from plait.models import PlaitError

    # What belongs to the other of the two jobs is refused: it would be ignored.
    of_a_braid = {
        "--strands": strands is not None,
        "--mirror": mirror,
        "--interleaved": interleaved,
        "--no-rescale": not rescale,
        "--reference": reference,
        "--reference-error": reference_error,
        "--layout": layout != "reduced",
        "--effort": effort != 1,
        "--calibration": calibration,
    }
    of_a_machine = {"--sizes": sizes, "-o": output}
    given = [name for name, value in (of_a_braid if characterise else of_a_machine).items() if value]
    if given:
        raise PlaitError(f"{', '.join(given)} {'does not go with' if characterise else 'needs'} --characterise")
    if characterise and braid:
        raise PlaitError("--characterise runs planted braids of its own; leave BRAID out")
    if not characterise and braid is None:
        raise PlaitError('BRAID is missing: give a word such as "1 -2 1 -2", or --characterise for the machine itself')
    machine = load_device(device)
    if characterise:
        _characterise(machine, closure, sizes, shots, seed, output, as_json)
    else:
        _one_braid(
            braid or [],
            strands,
            machine,
            closure,
            SHOTS if shots is None else shots,
            mirror=mirror,
            interleaved=interleaved,
            rescale=rescale,
            reference=(reference, reference_error),
            layout=layout,
            effort=effort,
            calibration=calibration,
            seed=seed,
            as_json=as_json,
        )


def _one_braid(
    braid: Sequence[str],
    strands: int | None,
    machine: "Device",
    closure: str,
    shots: int,
    *,
    mirror: bool,
    interleaved: bool,
    rescale: bool,
    reference: tuple[str | None, str | None],
    layout: str,
    effort: int,
    calibration: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Run one braid and print its estimates."""
    from plait.calibrations import load_calibration
    from plait.calibrations.damping import expected_damping
    from plait.calibrations.mitigation import mitigate, preferred
    from plait.calibrations.noisy import simulate_shots
    from plait.cli.decode import read_reference
    from plait.cli.options import real
    from plait.cli.output import print_json
    from plait.cli.progress import progress
    from plait.models import Closure, PlaitError, jones_exact
    from plait.models.echo_plan import echo_qubits

    given, closed = read_braid(braid, strands, closure=closure), Closure.parse(closure)
    text, error = reference
    known = read_reference(text, None if error is None else real(error))
    if known is not None and not mirror:
        raise PlaitError("--reference decides the sign of the conjugate trick, which needs --mirror")
    needed = len(echo_qubits(given.strands, layout))
    if needed > machine.qubits:
        raise PlaitError(f"{machine.name} has {machine.qubits:g} qubits; this circuit needs {needed}")
    circuits: dict[str, Any] = {"layout": layout, "gate_set": machine.gate_set, "connectivity": machine.connectivity}
    scale = (
        expected_damping(given, closed, machine.noise, load_calibration(calibration), **circuits, effort=effort)
        if rescale
        else None
    )
    with progress("simulating") as report:
        table = simulate_shots(
            given,
            closed,
            machine.noise,
            shots,
            seed=seed,
            mirror="both" if mirror else False,
            interleaved=interleaved,
            effort=effort,
            progress=report,
            **circuits,
        )
    pair = None if scale is None else (scale.damping, scale.error)
    estimates = mitigate(table, damping=pair, reference=known, seed=seed)
    best = preferred(estimates)
    answer = _answer(best, estimates, machine, scale)
    answer |= {
        "exact": jones_exact(given, closed).normalised,
        "shots": table.count,
        "kept": int(table.kept.sum()),
        "strands": given.strands,
        "closure": str(closed),
        **circuits,
        "seed": seed,
    }
    if as_json:
        print_json(answer)
    else:
        _show(answer, estimates, best)


def _answer(
    best: "Estimate", estimates: "Mapping[str, Estimate]", machine: "Device", scale: "Damping | None"
) -> dict[str, Any]:
    from plait.cli.decode import candidate

    first = best.candidates[0]
    return {
        "estimate": best.value,
        "interval": {"re": first.re, "im": first.im, "radius": first.radius} if best.value is not None else None,
        "method": best.method,
        "candidates": [candidate(one) for one in best.candidates],
        "sign_source": best.sign_source,
        "bias": best.bias,
        "discard_rate": best.discard_rate,
        "estimates": {name: {"value": one.value, **candidate(one.candidates[0])} for name, one in estimates.items()},
        "device": machine.name,
        "damping": None if scale is None else scale.damping,
        "damping_error": None if scale is None else scale.error,
        "keep_rate_expected": None if scale is None else scale.keep_rate,
    }


def _show(answer: dict[str, Any], estimates: "Mapping[str, Estimate]", best: "Estimate") -> None:
    """What people read."""
    from plait.cli.output import print_rows

    exact = answer["exact"]
    rows: list[tuple[str, object, str]] = [
        ("exact", _text(exact), "normalised value, for comparison; no estimate uses it"),
        ("shots", answer["shots"], f"{answer['kept']} kept by error detection"),
    ]
    if answer["damping"] is not None:
        known = (
            f"+- {answer['damping_error']:.2g}, expected of the circuits; keep rate {answer['keep_rate_expected']:.4g}"
        )
        rows.append(("damping", f"{answer['damping']:.4f}", known))
    for name, one in estimates.items():
        found = one.candidates[0]
        other = " (or its negative)" if len(one.candidates) > 1 else ""
        rows.append((name, _text(found.value), f"within {found.radius:.4f}{other}"))
    print_rows(f"{answer['closure']} closure on {answer['strands']} strands, simulated on {answer['device']}", rows)
    first = best.candidates[0]
    typer.echo()
    print_rows(
        f"Taken: {best.method}",
        [
            ("real part", f"{first.re[0]:.4f} .. {first.re[1]:.4f}", "95 % interval"),
            ("imaginary part", f"{first.im[0]:.4f} .. {first.im[1]:.4f}", "95 % interval"),
            ("sign", best.sign_source, "where the overall sign comes from"),
            ("discarded", f"{best.discard_rate:.2%}", "by error detection"),
            *((f"bias {number}", "", text) for number, text in enumerate(best.bias, 1)),
        ],
    )


def _text(z: complex) -> str:
    return f"{z.real:.4f} {'-' if z.imag < 0 else '+'} {abs(z.imag):.4f}i"


def _characterise(
    machine: "Device", closure: str, sizes: str | None, shots: int | None, seed: int, output: Path | None, as_json: bool
) -> None:
    """Run braids of known value of all sizes, fit the law, print and save; an interrupt keeps what was run."""
    from plait.calibrations.characterise import LAYERS, SHOTS, STRANDS, run_points, summarise
    from plait.calibrations.noise_fit import LEAST_POINTS
    from plait.cli.files import check_folder, write_text
    from plait.cli.output import jsonable, print_json
    from plait.cli.progress import progress
    from plait.models import PlaitError

    strands, layers = (STRANDS, LAYERS) if sizes is None else read_sizes(sizes)
    if output is not None:
        if output.suffix.lower() not in SUFFIXES:
            raise PlaitError(f"{output}: a characterisation is written as {', '.join(SUFFIXES)}; rename it")
        check_folder(output)
    if (machine.gate_set, machine.connectivity) != ("rzz", "all"):
        raise PlaitError(
            f"{machine.name} has {machine.gate_set} gates and connectivity {machine.connectivity}; "
            "--characterise runs circuits of rzz gates with all-to-all connectivity only"
        )
    if max(strands) - 1 > machine.qubits:
        raise PlaitError(
            f"{machine.name} has {machine.qubits:g} qubits; {max(strands)} strands need {max(strands) - 1}: "
            "give --sizes with fewer"
        )
    points: list[NoisePoint] = []
    stopped = False
    with progress("characterising") as report:
        try:
            for point in run_points(
                machine.noise,
                closure=closure,
                strands=strands,
                layers=layers,
                shots=SHOTS if shots is None else shots,
                seed=seed,
                progress=report,
            ):
                points.append(point)
        except KeyboardInterrupt:
            if len(points) < LEAST_POINTS:
                raise
            stopped = True
    found = summarise(points, machine.noise, closure, seed=seed)
    answer = _characterisation(found, machine, seed)
    if output is not None:
        if output.suffix.lower() == ".json":
            write_text(output, json.dumps(jsonable(answer), allow_nan=False) + "\n")
        else:
            from plait.estimator.device_chart import write_chart

            write_chart(found, machine.name, output)
        answer["path"] = str(output)
    if as_json:
        print_json(answer)
    else:
        _show_characterisation(found, machine, output)
    if stopped:
        typer.echo(f"plait: interrupted; the law is that of the {len(points)} braids that were run", err=True)
        raise typer.Exit(130)


def read_sizes(text: str) -> tuple[list[int], list[int]]:
    """Strands and layers from text such as "6,8x4,8".

    Raises:
        PlaitError: it is not of that form.

    >>> read_sizes("6,8x4,8,16")
    ([6, 8], [4, 8, 16])
    """
    from plait.models.errors import PlaitError

    match = re.fullmatch(r"\s*([0-9]{1,6}(?:,[0-9]{1,6})*)\s*x\s*([0-9]{1,6}(?:,[0-9]{1,6})*)\s*", text)
    if match is None:
        raise PlaitError(f"--sizes = {text[:60]!r}: expected strands x layers, such as 6,8,10x6,10,16")
    strands, layers = ([int(number) for number in part.split(",")] for part in match.groups())
    return strands, layers


def _characterisation(found: "Characterisation", machine: "Device", seed: int) -> dict[str, Any]:
    """The JSON object."""
    from dataclasses import asdict

    return {
        "device": machine.name,
        "closure": str(found.closure),
        "points": [
            {
                **asdict(one.point),
                "expected_errors": dict(one.expected),
                "relative_error": one.relative_error,
                "relative_error_se": one.standard_error,
            }
            for one in found.points
        ],
        "law": {"damping": _exponents(found.law.damping), "rejection": _exponents(found.law.rejection)},
        "noise": {name: getattr(machine.noise, name) for name in ("e_2q", "e_1q", "e_idle", "e_spam")},
        "seed": seed,
    }


def _exponents(part: "Exponents") -> Mapping[str, Any]:
    names = ("two_qubit_gate", "qubit_layer", "qubit", "together")
    return {name: getattr(part, name)._asdict() for name in names}


def _show_characterisation(found: "Characterisation", machine: "Device", output: Path | None) -> None:
    from plait.calibrations.characterise import in_words
    from plait.cli.output import print_heading, print_table

    print_heading(
        f"{machine.name}, simulated: planted braids of known value, {found.closure} closure, "
        f"{found.points[0].point.shots} shots each"
    )
    typer.echo("A line a braid; counts are means over s, errors are standard errors of sampling.")
    typer.echo()
    print_table(
        ("strands", "layers", "2q gates", "qubit-layers", "relative error", "keep rate"),
        [
            (
                one.point.strands,
                one.point.layers,
                f"{one.point.two_qubit_gates:.1f}",
                f"{one.point.qubit_layers:.0f}",
                f"{one.relative_error:.4f} +- {one.standard_error:.4f}",
                f"{one.point.keep_rate:.4f} +- {one.point.keep_error:.4f}",
            )
            for one in found.points
        ],
    )
    typer.echo()
    print_heading("Law: what is left falls by the same share for each of them (value: of what detection keeps)")
    for sentence in in_words(found.law):
        typer.echo(textwrap.fill(sentence, 80, subsequent_indent="  "))
    if output is not None:
        typer.echo(f"\nwritten to {output}")
