"""`plait braid`: make a braid, or look at one."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.braid_argument import BraidTokens, Mirror, read_given
from plait.cli.command import PLAIN, PlaitCommand, PlaitGroup
from plait.cli.options import AsJson, ClosureName, Seed, Strands, integer, real

if TYPE_CHECKING:
    from plait.models import Braid, Closure
    from plait.models.minimise import Minimised
    from plait.models.planted import Planted

WithJones = Annotated[bool, typer.Option("--jones", help="Also evaluate the Jones polynomial exactly.")]

braid = typer.Typer(cls=PlaitGroup, add_completion=False, **PLAIN)


@braid.callback()
def about() -> None:
    """Make a random braid, or one of known value, or show what an input is.

    Example:
      plait braid random --strands 6 --layers 8
      plait braid planted --strands 6 --layers 8
      plait braid show "1 -2 1 -2"
    """


@braid.command("random", cls=PlaitCommand)
def make_random(
    *,
    strands: Annotated[int, typer.Option(parser=integer, metavar="N", help="Number of strands.")],
    layers: Annotated[int, typer.Option(parser=integer, metavar="L", help="Brick layers asked for.")],
    density: Annotated[
        float, typer.Option(parser=real, metavar="P", help="Chance of each crossing; signs are fair.")
    ] = 2 / 3,
    closure: ClosureName = "markov",
    seed: Seed = 0,
    jones: WithJones = False,
    as_json: AsJson = False,
) -> None:
    """Make a random brickwall braid. Its JSON is a braid file.

    Example:
      plait braid random --strands 6 --layers 8 --seed 1
      plait braid random --strands 6 --layers 8 --json > braid.json
    """
    from plait.models import Braid

    made = Braid.brickwall(strands, layers, density, seed)
    family = {"family": "brickwall", "layers": layers, "density": density, "seed": seed}
    _show(made, closure, family, jones=jones, as_json=as_json)


@braid.command("planted", cls=PlaitCommand)
def make_planted(
    *,
    strands: Annotated[int, typer.Option(parser=integer, metavar="N", help="Number of strands.")],
    layers: Annotated[int, typer.Option(parser=integer, metavar="L", help="Brick layers asked for.")],
    closure: ClosureName = "markov",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Make a random braid whose exact value is known. Its JSON is a braid file.

    The layers asked for and those that undo them hide twisted pairs of known value; |E| is spread over 0 to 1. The
    value is known, not evaluated, at any size. Minimisation undoes the disguise.

    Example:
      plait braid planted --strands 6 --layers 8 --seed 1
      plait braid planted --strands 6 --layers 8 --json > braid.json
    """
    from plait.models.planted import DENSITY, planted

    made = planted(strands, layers, seed)
    family = {"family": "planted", "layers": layers, "density": DENSITY, "seed": seed}
    _show(made.braid, closure, family, jones=False, known=made, as_json=as_json)


@braid.command("show", cls=PlaitCommand)
def show(
    braid: BraidTokens,
    *,
    strands: Strands = None,
    closure: ClosureName = "markov",
    mirror: Mirror = False,
    jones: WithJones = False,
    minimise: Annotated[
        bool, typer.Option("--minimise", help="Also find a shorter word of the same oriented link.")
    ] = False,
    effort: Annotated[
        int, typer.Option(parser=integer, metavar="0..2", help="Of --minimise: 0 cancellation, 1 seconds, 2 longer.")
    ] = 1,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Show a braid as plait reads it, and what its closure is.

    A minimised word keeps the Jones polynomial, not the braid; at effort 2 it may have fewer strands (markov).

    Example:
      plait braid show "1 -2 1 -2" --jones
      plait braid show "1 2 1 -2 -1 -2" --minimise
      plait braid show "-1, -1, -1" --strands 4 --closure plat --json
    """
    from plait.models.braid import check_int

    family: dict[str, Any] = dict.fromkeys(("family", "layers", "density", "seed"))
    check_int("effort", effort, 0, 2)
    search = (effort, check_int("seed", seed, 0, 2**63 - 1)) if minimise else None
    given, family["source"] = read_given(braid, strands, closure=closure, mirror=mirror)
    _show(given, closure, family, jones=jones, search=search, as_json=as_json)


def timed_minimise(given: "Braid", closure: "Closure", effort: int, seed: int) -> "tuple[Minimised, float]":
    """The minimised braid and the seconds it took, compilation of the kernels not counted."""
    from plait.models import Braid
    from plait.models.minimise import minimise

    minimise(Braid(strands=4, word=(1, 2, 3)), closure, effort)
    start = time.perf_counter()
    found = minimise(given, closure, effort, seed=seed)
    return found, time.perf_counter() - start


def _show(
    made: "Braid",
    closure: str,
    family: dict[str, Any],
    *,
    jones: bool,
    as_json: bool,
    search: tuple[int, int] | None = None,
    known: "Planted | None" = None,
) -> None:
    from plait.cli.output import complex_text, print_json, print_rows, working
    from plait.models import Closure, jones_exact
    from plait.models.link import close

    closed = Closure.parse(closure)
    link = close(made, closed)
    value = known.jones(closed) if known else None
    if jones:
        with working("evaluating"):
            value = jones_exact(made, closed).jones
    answer = {
        "strands": made.strands,
        "word": made.word,
        "crossings": made.crossings,
        "depth": made.depth,
        "runs": len(made.runs(closed)),
        "writhe": link.writhe,
        "components": link.components,
        "closure": str(closed),
        "jones": value,
        **family,
    }
    if known:
        answer["normalised"] = known.normalised(closed)
    if search:
        with working("minimising"):
            found, seconds = timed_minimise(made, closed, *search)
        answer |= {
            "minimised": found.braid.word,
            "minimised_strands": found.braid.strands,
            "crossings_before": found.crossings_before,
            "crossings_after": found.crossings_after,
            "seconds": seconds,
        }
    if as_json:
        print_json(answer)
        return
    remarks = {
        "depth": "layers of crossings",
        "runs": "powers of one generator left after merging and cancelling",
        "writhe": f"oriented, of the {closed} closure",
        "components": f"of the {closed} closure",
    }
    names = ("strands", "crossings", "depth", "runs", "writhe", "components")
    rows = [(name, answer[name], remarks.get(name, "")) for name in names]
    if value is not None:
        rows.append(("jones", complex_text(value), "circuit convention: t = e^(-2 pi i/5), sqrt t = -e^(-pi i/5)"))
    heading = "Braid"
    if known:
        value = known.normalised(closed)
        rows.append(("normalised", complex_text(value), f"E, known by construction; |E| = {abs(value):.4f}"))
        heading = f"Planted braid of known value: {known.layers} layers, seed {known.seed}"
    elif family["family"]:
        heading = (
            f"Random brickwall braid: {family['layers']} layers, density {family['density']:.3g}, seed {family['seed']}"
        )
    print_rows(heading, rows)
    typer.echo(f"\n{made}")
    if search:
        typer.echo()
        rows = [
            ("strands", found.braid.strands, ""),
            ("crossings", found.crossings_after, f"of {found.crossings_before}"),
            ("seconds", f"{seconds:.3g} s", f"effort {search[0]}, seed {search[1]}"),
        ]
        print_rows(f"Minimised: the same oriented link of the {closed} closure", rows)
        typer.echo(f"\n{found.braid}")
