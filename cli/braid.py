"""`plait braid`: make a braid, or look at one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.braid_argument import BraidTokens, read_braid
from plait.cli.command import PLAIN, PlaitCommand, PlaitGroup
from plait.cli.options import AsJson, ClosureName, Seed, Strands, integer, real

if TYPE_CHECKING:
    from plait.models import Braid

WithJones = Annotated[bool, typer.Option("--jones", help="Also evaluate the Jones polynomial exactly.")]

braid = typer.Typer(cls=PlaitGroup, add_completion=False, **PLAIN)


@braid.callback()
def about() -> None:
    """Make a random braid, or show what an input is.

    Example:
      plait braid random --strands 6 --layers 8
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


@braid.command("show", cls=PlaitCommand)
def show(
    braid: BraidTokens,
    *,
    strands: Strands = None,
    closure: ClosureName = "markov",
    jones: WithJones = False,
    as_json: AsJson = False,
) -> None:
    """Show a braid as plait reads it, and what its closure is.

    Example:
      plait braid show "1 -2 1 -2" --jones
      plait braid show "-1, -1, -1" --strands 4 --closure plat --json
    """
    family = dict.fromkeys(("family", "layers", "density", "seed"))
    _show(read_braid(braid, strands), closure, family, jones=jones, as_json=as_json)


def _show(made: "Braid", closure: str, family: dict[str, Any], *, jones: bool, as_json: bool) -> None:
    from plait.cli.output import complex_text, print_json, print_rows, working
    from plait.models import Closure, jones_exact
    from plait.models.link import close

    closed = Closure.parse(closure)
    link = close(made, closed)
    value = None
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
    if family["family"]:
        heading = (
            f"Random brickwall braid: {family['layers']} layers, density {family['density']:.3g}, seed {family['seed']}"
        )
    print_rows(heading, rows)
    typer.echo(f"\n{made}")
