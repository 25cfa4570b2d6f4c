"""`plait whatif`: the inverse query, what one figure must be for a side to win at a place."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson, ClosureName
from plait.cli.study_options import Asked, StudyName, asks

if TYPE_CHECKING:
    from plait.estimator.what_if import WhatIf


@asks
def whatif(
    study: StudyName = "default",
    *,
    solve: Annotated[
        str,
        typer.Option(
            metavar="KEY",
            help="Figure to solve for: a symbol (t_layer), a machine's or model's (qpu-1e-4.e_2q), "
            "classical.seconds or quantum.seconds (a factor), or eps, delta, signal, time_limit.",
        ),
    ],
    at: Annotated[str, typer.Option(metavar="strands=N,layers=L", help="Where.")],
    p: Annotated[float, typer.Option("--p", metavar="P", help="Probability that is wanted, 0.5 to 1.")] = 0.9,
    winner: Annotated[str, typer.Option("--for", metavar="SIDE", help="Who is to win: quantum or classical.")] = (
        "quantum"
    ),
    contender: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Quantum contender meant; the one with the best chance if not given."),
    ] = None,
    closure: ClosureName = "markov",
    asked: Asked,
    as_json: AsJson = False,
) -> None:
    """Ask the question the other way: what must one figure be for a quantum computer to win here, all else as it is?

    The answer has an interval (90 %, over resampled draws), and every other value at which the verdict changes.

    Example:
      plait whatif --solve t_layer --at strands=52,layers=219
      plait whatif --solve eta --at strands=74,layers=268 --for classical
    """
    from plait.cli.output import print_json, working
    from plait.estimator.what_if import what_if

    chosen = asked.study(study)
    strands, layers = read_place(at)
    with working("solving"):
        found = what_if(
            chosen,
            asked.constants(),
            solve=solve,
            strands=strands,
            layers=layers,
            closure=closure,
            p=p,
            side=winner,
            contender=contender,
        )
    if as_json:
        print_json(_answer(found, chosen.question.sentence(), strands, layers, closure))
    else:
        _show(found, chosen.question.sentence(), strands, layers)


def read_place(text: str) -> tuple[int, int]:
    """Strands and layers of a place.

    Raises:
        PlaitError: not both, or not of that shape.

    >>> read_place("layers=40, strands=30")
    (30, 40)
    """
    from plait.models.errors import PlaitError

    parts = dict(re.findall(r"\s*(strands|layers)\s*=\s*([0-9]{1,9})\s*(?:,|$)", text))
    whole = re.fullmatch(r"(\s*(strands|layers)\s*=\s*[0-9]{1,9}\s*(,|$)){2}", text)
    if not whole or set(parts) != {"strands", "layers"}:
        raise PlaitError(f"at = {text!r} must name a place, such as strands=30,layers=40")
    return int(parts["strands"]), int(parts["layers"])


def _answer(found: "WhatIf", question: str, strands: int, layers: int, closure: str) -> dict[str, Any]:
    return {
        "question": question,
        "at": {"strands": strands, "layers": layers, "closure": closure},
        "key": found.key,
        "unit": found.unit,
        "basis": found.basis,
        "contender": found.contender,
        "for": found.side,
        "p": found.p,
        "now": found.now,
        "p_now": found.p_now,
        "value": found.value,
        "needed": found.needed,
        "interval": list(found.interval),
        "flips": [{"value": flip.value, "below": flip.below, "above": flip.above} for flip in found.flips],
        "searched": list(found.searched),
        "p_best": found.p_best,
    }


def _show(found: "WhatIf", question: str, strands: int, layers: int) -> None:
    from plait.cli.output import print_heading

    unit = "" if found.unit == "1" else f" {found.unit}"
    now = "different for each" if found.now is None else f"{found.now:.3g}{unit}"
    if found.value is None:
        low, high = found.searched
        answer = f"no value from {low:.3g} to {high:.3g}{unit} does; the best chance among them is {found.p_best:.2f}"
    elif not found.needed:
        answer = "what it is now does"
    else:
        ends = " to ".join("beyond the range searched" if x is None else f"{x:.3g}" for x in found.interval)
        answer = f"{found.needed} {found.value:.3g}{unit} (90 %: {ends})"
    print_heading(f"Question: {question}")
    typer.echo(f"{found.contender} at {strands} strands, {layers} layers: what must {found.key} be?\n")
    typer.echo(f"now          {now} ({found.basis}): {found.side} wins with probability {found.p_now:.2f}")
    typer.echo(f"for p = {found.p:<5g}{answer}")
    for flip in found.flips:
        typer.echo(f"verdict      {flip.below} below {flip.value:.3g}{unit}, {flip.above} above")
