"""`plait decode`: from the result files of a quantum computer to an estimate."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson, ClosureName, Seed, Strands, real

if TYPE_CHECKING:
    from plait.calibrations.bootstrap import Candidate, Estimate
    from plait.calibrations.conjugate import Reference
    from plait.calibrations.decode import Decoded
    from plait.calibrations.shots import Shots


def decode(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULTS",
            help='Result files: pytket BackendResult JSON, or counts such as {"010": 7}. Their shots add up.',
            show_default=False,
        ),
    ],
    *,
    braid: Annotated[
        str, typer.Option(metavar="BRAID", help="Braid that was run: a word, or a JSON file.", show_default=False)
    ],
    strands: Strands = None,
    closure: ClosureName = "markov",
    layout: Annotated[
        str,
        typer.Option(metavar="auto|h1|h2|inputs|counts", help="What the bits of a shot are; auto: by number."),
    ] = "auto",
    mirror: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Result file of the mirror braid (every letter negated); can be repeated."),
    ] = None,
    imaginary: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Layout counts: file of the imaginary part; can be repeated."),
    ] = None,
    s: Annotated[
        str | None, typer.Option("--s", metavar="BITS", help="Layout counts: path s_0..s_n of the circuits, e.g. 0111.")
    ] = None,
    gate_set: Annotated[str, typer.Option(metavar="NAME", help="Layout counts: gate set of the circuits.")] = "rzz",
    connectivity: Annotated[
        str, typer.Option(metavar="NAME", help="Layout counts: connectivity of the circuits.")
    ] = "all",
    damping: Annotated[
        float | None,
        typer.Option(parser=real, metavar="D", help="Damping of the detected value, from braids of known value."),
    ] = None,
    damping_error: Annotated[
        float, typer.Option(parser=real, metavar="X", help="Standard error of the damping.")
    ] = 0.0,
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="raw|RE,IM",
            help="Decides between z and -z of the conjugate trick, if it does by 3 sigma; without it both are given.",
        ),
    ] = None,
    reference_error: Annotated[
        float | None,
        typer.Option(parser=real, metavar="X", help="Standard error of RE and of IM; must be given with them."),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Estimate the normalised value of a braid from the results of a quantum computer.

    Raw, with error detection, and with the conjugate trick where the mirror braid was run too; each with a 95 %
    interval and what it does not correct.

    Example:
      plait decode run1.json run2.json --braid braid.json
      plait decode real.json imag.json --mirror conj.json --braid "1 -2 1 -2"
      plait decode re.json --imaginary im.json --braid "1 2 3" --closure plat
    """
    from plait.calibrations.decode import decode as read
    from plait.calibrations.mitigation import mitigate, preferred
    from plait.cli.braid_argument import read_braid
    from plait.cli.output import print_json, working
    from plait.models import Closure, PlaitError

    given, closed = read_braid([braid], strands, closure=closure), Closure.parse(closure)
    known = read_reference(reference, reference_error)
    if damping is None and damping_error:
        raise PlaitError("--damping-error needs --damping")
    with working("decoding"):
        decoded = read(
            results,
            given,
            closed,
            layout=layout,
            mirror=mirror or (),
            imaginary=imaginary or (),
            s=s,
            gate_set=gate_set,
            connectivity=connectivity,
        )
        scale = None if damping is None else (damping, damping_error)
        estimates = mitigate(decoded.shots, damping=scale, reference=known, seed=seed)
    best = preferred(estimates)
    if as_json:
        print_json(_answer(decoded, estimates, best))
    else:
        _show(decoded, estimates, best)


def _answer(decoded: "Decoded", estimates: "Mapping[str, Estimate]", best: "Estimate") -> dict[str, Any]:
    """The JSON object."""
    shots = decoded.shots
    intervals = {"raw": estimates["raw"], "detected": estimates["detected"], "mitigated": best}
    return {
        "raw": estimates["raw"].value,
        "detected": estimates["detected"].value,
        "mitigated": best.value,
        "method": best.method,
        "candidates": [candidate(one) for one in best.candidates],
        "sign_source": best.sign_source,
        "discard_rate": float(1 - shots.kept.mean()),
        "intervals": {
            name: candidate(one.candidates[0]) if len(one.candidates) == 1 else None for name, one in intervals.items()
        },
        "level": 0.95,
        "shots": {
            "machine": sum(file.shots for file in decoded.files),
            **_by_part(shots),
            "total": shots.count,
        },
        "jones": None if best.value is None else best.value * decoded.factor,
        "jones_candidates": [
            {"value": one.value * decoded.factor, "radius": one.radius * abs(decoded.factor)} for one in best.candidates
        ],
        "estimates": {
            name: {
                "value": one.value,
                "candidates": [candidate(each) for each in one.candidates],
                "sign_source": one.sign_source,
                "discard_rate": one.discard_rate,
                "shots": one.shots,
                "bias": one.bias,
            }
            for name, one in estimates.items()
        },
        "files": [file._asdict() for file in decoded.files],
        "strands": decoded.braid.strands,
        "closure": str(decoded.closure),
    }


def _by_part(shots: "Shots") -> dict[str, int]:
    """Rows of the table by part."""
    return {
        ("mirror " if mirror else "") + ("imaginary" if imaginary else "real"): int(
            ((shots.imaginary == imaginary) & (shots.mirror == mirror)).sum()
        )
        for mirror in ((False, True) if shots.mirror.any() else (False,))
        for imaginary in (False, True)
    }


def candidate(one: "Candidate") -> dict[str, Any]:
    return {"value": one.value, "re": one.re, "im": one.im, "radius": one.radius}


def _show(decoded: "Decoded", estimates: "Mapping[str, Estimate]", best: "Estimate") -> None:
    """What people read."""
    from plait.cli.output import print_rows

    made = sum(file.shots for file in decoded.files)
    rows = []
    for name, one in estimates.items():
        for place, candidate in enumerate(one.candidates):
            remark = f"within {candidate.radius:.4f}" + (" (or its negative)" if len(one.candidates) > 1 else "")
            if not place:
                rows.append((name, _text(candidate.value), remark))
    print_rows(
        f"Normalised value of the {decoded.closure} closure on {decoded.braid.strands} strands, {made} shots", rows
    )
    first = best.candidates[0]
    jones, radius = first.value * decoded.factor, first.radius * abs(decoded.factor)
    typer.echo()
    print_rows(
        f"Taken: {best.method}",
        [
            ("real part", f"{first.re[0]:.4f} .. {first.re[1]:.4f}", "95 % interval"),
            ("imaginary part", f"{first.im[0]:.4f} .. {first.im[1]:.4f}", "95 % interval"),
            ("jones", _text(jones), f"within {radius:.4f}; circuit convention"),
            ("sign", best.sign_source, "where the overall sign comes from"),
            ("discarded", f"{1 - decoded.shots.kept.mean():.2%}", "by error detection"),
            *((f"bias {k}", "", text) for k, text in enumerate(best.bias, 1)),
        ],
    )


def _text(z: complex) -> str:
    return f"{z.real:.4f} {'-' if z.imag < 0 else '+'} {abs(z.imag):.4f}i"


def read_reference(text: str | None, error: float | None) -> "Reference | str | None":
    """What the options say, checked."""
    from plait.calibrations.conjugate import Reference
    from plait.models import PlaitError

    if text is None or text.strip() in ("none", "raw"):
        if error is not None:
            raise PlaitError("--reference-error belongs to a --reference RE,IM")
        return "raw" if text is not None and text.strip() == "raw" else None
    number = r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]{1,3})?)\s*"
    match = re.fullmatch(f"{number},{number}", text, re.IGNORECASE)
    if match is None:
        raise PlaitError(f"--reference = {text[:60]!r}: expected raw, or two numbers RE,IM such as -0.13,-0.82")
    if error is None:
        raise PlaitError("--reference RE,IM needs --reference-error, the standard error of each part")
    return Reference(value=complex(float(match[1]), float(match[2])), error=error)
