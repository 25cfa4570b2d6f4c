"""`plait estimate`: one point, all contenders, the verdict."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.braid_argument import Mirror
from plait.cli.options import AsJson, ClosureName, Seed, integer
from plait.cli.study_options import Asked, asks, duration

if TYPE_CHECKING:
    from plait.estimator.estimate import Estimate, Line


@asks
def estimate(
    braid: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BRAID]", help="A braid of your own; or give --strands and --layers of a random one."),
    ] = None,
    *,
    strands: Annotated[
        int | None, typer.Option(parser=integer, metavar="N", help="Number of strands.", show_default=False)
    ] = None,
    layers: Annotated[
        int | None,
        typer.Option(parser=integer, metavar="L", help="Brick layers of a random brickwall.", show_default=False),
    ] = None,
    closure: ClosureName = "markov",
    mirror: Mirror = False,
    study: Annotated[
        str, typer.Option(metavar="STUDY", help="Study whose question and contenders are taken.")
    ] = "default",
    asked: Asked,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Estimate one size, or one braid, for every contender, and say who answers first.

    Example:
      plait estimate --strands 30 --layers 40
      plait estimate "1 -2 3" --closure plat --machine h2-2 --machine core
    """
    from plait.cli.braid_argument import read_braid
    from plait.cli.output import print_json, working
    from plait.estimator.estimate import estimate as run
    from plait.models import Closure, PlaitError

    closed = Closure.parse(closure)
    chosen = asked.study(study)
    if braid:
        if layers is not None:
            raise PlaitError("give either BRAID or --layers, not both")
        place: dict[str, Any] = {"braid": read_braid(braid, strands, closure=closure, mirror=mirror)}
    else:
        if strands is None or layers is None:
            raise PlaitError("expected a BRAID, or both --strands N and --layers L")
        place = {"strands": strands, "layers": layers}
    with working("estimating"):
        found = run(
            chosen.contenders,
            chosen.question,
            asked.constants(),
            closed,
            draws=chosen.draws,
            seed=seed,
            **place,
        )
    if as_json:
        print_json(_answer(found))
    else:
        _show(found)


def _answer(found: "Estimate") -> dict[str, Any]:
    return {
        "question": found.question.sentence(),
        "metric": found.question.metric,
        "closure": str(found.closure),
        "strands": found.strands,
        "crossings": found.crossings,
        "depth": found.depth,
        "extrapolation": found.extrapolation,
        "contenders": [_contender(line) for line in found.lines],
        "winner": found.winner,
        "contender": found.contender,
        "p_advantage": found.p_advantage,
    }


def _contender(line: "Line") -> dict[str, Any]:
    return {
        "model": line.contender.model.name,
        "machine": line.contender.machine.slug if line.contender.machine else None,
        "side": str(line.contender.model.side),
        "seconds": {f"p{round(100 * q):02d}": value for q, value in line.seconds.items()},
        "cost": {f"p{round(100 * q):02d}": value for q, value in line.cost.items()},
        "feasible": line.feasible >= 0.5,
        "p_feasible": line.feasible,
        "p_fastest": line.p_fastest,
        "reason": line.reason,
        "basis": line.basis,
        **line.details,
    }


def _amount(cost: float | None, metric: str) -> str:
    """A cost with its unit: seconds in words, joules and money as they are."""
    from plait.models.question import UNITS

    return duration(cost) if metric == "seconds" or cost is None else f"{cost:.3g} {UNITS[metric]}"


def _why(line: "Line") -> str:
    """The basis, or why there is no answer; and how far the features behind it are extrapolated."""
    basis, _, beyond = line.basis.partition(", extrapolated ")
    return f"infeasible: {line.reason}{beyond and f' ({beyond})'}" if line.reason else f"{basis} {beyond}".strip()


def _show(found: "Estimate") -> None:
    from plait.cli.output import print_heading, print_table

    print_heading(f"Question: {found.question.sentence()}; {found.closure} closure")
    typer.echo(f"{found.strands} strands, {found.crossings:.0f} crossings, depth {found.depth:.0f}")
    if found.extrapolation > 1:
        typer.echo(f"every figure is extrapolated x {found.extrapolation:.2g} or more beyond the measured range")
    typer.echo()
    lines = [line for line in found.lines if line.reason != "closure"]
    lines.sort(key=lambda line: (line.contender.model.side, line.cost[0.5] is None, line.cost[0.5] or 0.0))
    metric = found.question.metric
    print_table(
        ("contender", f"median{'' if metric == 'seconds' else f', {metric}'}", "5 %", "95 %", "basis, or why not"),
        [
            (line.contender.name, *(_amount(line.cost[q], metric) for q in (0.5, 0.05, 0.95)), _why(line))
            for line in lines
        ],
    )
    typer.echo(
        f"\nwinner: {found.winner} (probability of quantum advantage {found.p_advantage:.2f}, {found.contender})"
    )
