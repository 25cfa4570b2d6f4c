"""`plait map`: the main job, the advantage map."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson
from plait.cli.study_options import Asked, asks

if TYPE_CHECKING:
    import xarray as xr


@asks
def map_(
    study: Annotated[
        str,
        typer.Argument(metavar="[STUDY|GRID.nc]", help="A shipped study, a study file (.toml), or a sweep (.nc)."),
    ] = "default",
    *,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Map to write: .html, .png, .svg, .pdf or .json.")
    ] = Path("map.html"),
    asked: Asked,
    as_json: AsJson = False,
) -> None:
    """Draw where a quantum computer beats a classical one: the question, the boundary with its interval, the map.

    Example:
      plait map
      plait map near-term -o map.png
    """
    from plait.cli.files import check_folder
    from plait.cli.output import print_json
    from plait.cli.progress import progress
    from plait.models import PlaitError

    if study.endswith(".nc"):
        fixed = [word for word in asked.words() if word.startswith("--")]
        if fixed:
            raise PlaitError(f"{', '.join(fixed)} cannot change a finished sweep; give the study instead of {study}")
    command = shlex.join(["plait", "map", study, "-o", str(output), *asked.words()])
    with progress("map") as report:
        report(0, 3, "loading")
        from plait.estimator.page import check_suffix, write_map

        check_suffix(output)
        check_folder(output)
        from plait.estimator.frontier import frontier
        from plait.estimator.verdict import verdict

        if study.endswith(".nc"):
            from plait.estimator.sweep import load_grid

            found = [frontier(load_grid(Path(study)))]
        else:
            chosen, fitted = asked.study(study), asked.constants()
            if chosen.line is not None:
                from plait.cli.line_map import line_map

                line_map(chosen, fitted, output, command, as_json, report)
                return
            from plait.estimator.shares import with_shares
            from plait.estimator.sweep import sweep

            report(1, 3, "sweeping")
            found = [with_shares(frontier(sweep(one, fitted)), one, fitted) for one in chosen.instances()]
        report(2, 3, "drawing")
        boundary = [edge for one in found for edge in json.loads(one.attrs["boundary"])]
        sentences = verdict(found)
        write_map(found, boundary, output, verdict=sentences, command=command)
        report(3, 3)
    if as_json:
        print_json(
            {
                "question": found[0].attrs["question"],
                "questions": {str(one.attrs["family"]): one.attrs["question"] for one in found},
                "path": str(output),
                "boundary": boundary,
                "verdict": sentences,
                "calibration": found[0].attrs["calibration"],
            }
        )
    else:
        _show(found, boundary, sentences, output)


def _show(found: "list[xr.Dataset]", boundary: list[dict[str, Any]], sentences: list[str], output: Path) -> None:
    from plait.cli.output import print_heading, print_table
    from plait.estimator.cells import DIFFERENCE, INSTANCES, family_of
    from plait.estimator.sketch import sketch
    from plait.estimator.verdict import interval

    for one in found:
        print_heading(f"Question: {one.attrs['question']}")
        typer.echo(f"Instance: {INSTANCES[family_of(one)][0]}")
    typer.echo(f"Constants: {found[0].attrs['calibration']}")
    typer.echo()
    for sentence in sentences:
        typer.echo(sentence)
    if len(found) > 1:
        typer.echo(f"\n{DIFFERENCE}")
    rows: list[tuple[str, ...]] = [
        (edge["family"], edge["closure"], edge["contender"], str(edge["strands"]), edge["kind"], interval(edge))
        for edge in boundary
        if edge["axis"] == "layers" and edge["crossings_p50"] is not None
    ]
    typer.echo()
    for line in sketch(found):
        typer.echo(line)
    typer.echo()
    if rows:
        print_table(("family", "closure", "contender", "strands", "edge", "median [5 % .. 95 %]"), _thinned(rows))
    else:
        typer.echo("Boundary: none on this grid; in no row does quantum win in half of the draws.")
        floors = [edge["crossings_not_below"] for edge in boundary if edge.get("crossings_not_below") is not None]
        if floors:
            typer.echo(
                f"With probability 0.95 it is not entered below {min(floors):,.0f} crossings, whichever the row."
            )
    typer.echo(f"\nmap written to {output}")


SHOWN_PER_CONTENDER = 6


def _thinned(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """A few rows per family, closure, contender and kind, evenly spread; the rest is in the map and in --json."""
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for row in rows:
        groups.setdefault((*row[:3], row[4]), []).append(row)
    out = []
    for group in groups.values():
        step = max(1, -(-len(group) // SHOWN_PER_CONTENDER))
        out += group[::step]
    return out
