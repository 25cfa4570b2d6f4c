"""`plait tornado`: what the boundary and the verdict hang on."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson, ClosureName
from plait.cli.study_options import Asked, StudyName, asks
from plait.cli.whatif import read_place

if TYPE_CHECKING:
    from plait.estimator.tornado import End, Tornado


@asks
def tornado(
    study: StudyName = "default",
    *,
    at: Annotated[str, typer.Option(metavar="strands=N,layers=L", help="Where.")],
    contender: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Quantum contender meant; the one with the best chance if not given."),
    ] = None,
    closure: ClosureName = "markov",
    asked: Asked,
    as_json: AsJson = False,
) -> None:
    """Move every assumed range to its ends, one at a time, and tell how far the boundary and the gap move.

    The boundary is followed along the layers, beyond the map if need be; the gap is log10 of classical over quantum
    cost at the place. What would make quantum win there: plait whatif.

    Example:
      plait tornado --at strands=74,layers=268
      plait tornado plat --at strands=74,layers=268 --closure plat --json
    """
    from plait.cli.output import print_json, working
    from plait.estimator.tornado import tornado as run

    chosen = asked.study(study)
    strands, layers = read_place(at)
    with working("moving every range"):
        found = run(
            chosen,
            asked.constants(),
            strands=strands,
            layers=layers,
            closure=closure,
            contender=contender,
        )
    question = chosen.question.sentence()
    if as_json:
        print_json(_answer(found, question))
    else:
        _show(found, question)


def _end(end: "End") -> dict[str, Any]:
    return {"value": end.value, "crossings": end.crossings, "gap": end.gap, "verdict": end.verdict}


def _answer(found: "Tornado", question: str) -> dict[str, Any]:
    now = _end(found.now)
    del now["value"]
    return {
        "question": question,
        "contender": found.contender,
        "at": {"strands": found.strands, "layers": found.layers, "closure": str(found.closure)},
        "now": now,
        "bars": [
            {
                "key": bar.key,
                "basis": bar.basis,
                "unit": bar.unit,
                "low": _end(bar.low),
                "high": _end(bar.high),
                "boundary_decades": bar.boundary,
                "gap_decades": bar.gap,
                "flips": bar.flips,
            }
            for bar in found.bars
        ],
        "without_effect": list(found.without),
    }


def _show(found: "Tornado", question: str) -> None:
    from plait.cli.output import print_heading, print_table

    print_heading(f"Question: {question}; {found.closure} closure")
    typer.echo(f"{found.contender} at {found.strands} strands, {found.layers} layers: {_said(found.now)}\n")
    print_table(
        ("figure", "", "range", "boundary", "gap"),
        [
            (
                bar.key,
                bar.basis[0].upper(),
                f"{_short(bar.low.value)}..{_short(bar.high.value)} {bar.unit.removeprefix('1')}".rstrip(),
                f"{_crossings(bar.low)}..{_crossings(bar.high)}",
                f"{_gap(bar.low)}..{_gap(bar.high)}{'*' if bar.flips else ''}",
            )
            for bar in found.bars
        ],
    )
    typer.echo("\nboundary: crossings from which quantum is ahead in half of the draws, at both ends of the range;")
    typer.echo("gap: decades by which quantum is ahead here (median); *: the verdict here is not the same.")
    typer.echo("basis: A assumed, C cited, M measured, F fitted, Q a choice of the question (low and high of it tried)")
    if found.without:
        typer.echo(f"without effect here: {len(found.without)} others (--json names them)")


def _short(value: float) -> str:
    """Two digits, the exponent without its padding.

    >>> _short(2.592e6), _short(1e-05)
    ('2.6e6', '1e-5')
    """
    mantissa, e, exponent = f"{value:.2g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def _said(end: "End") -> str:
    boundary = f"quantum ahead in half of the draws from {_crossings(end)} crossings on"
    if end.crossings is None:
        boundary = "quantum nowhere ahead in half of the draws at this width"
    return f"{end.verdict}, gap {_gap(end)} decades; {boundary}"


def _crossings(end: "End") -> str:
    return "never" if end.crossings is None else f"{end.crossings:,.0f}"


def _gap(end: "End") -> str:
    return "none" if end.gap is None else f"{end.gap:+.2f}"
