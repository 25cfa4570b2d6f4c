"""`plait validate`: how good the forms are on runs larger than those they are fitted to."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plait.cli.options import AsJson

if TYPE_CHECKING:
    from plait.calibrations.validate import Row


def validate(
    *,
    runs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Run file of plait calibrate; the shipped one if not given."),
    ] = None,
    split: Annotated[
        str,
        typer.Option(metavar="NAME", help="Braids held out in the table and picture: layers, strands or both."),
    ] = "layers",
    family: Annotated[str, typer.Option(metavar="NAME", help="brickwall or planted.")] = "brickwall",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Picture: .html, .png, .svg or .pdf.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit the smaller runs, predict the larger ones, and show how far off every quantity is.

    Held out is what is strictly larger than all that is fitted. Beside the form in use: the best of its rivals, and the
    published form fitted to the same runs. --json has every form, family, closure and split.

    Example:
      plait validate
      plait validate --split strands -o validate.html
      plait validate --runs mine.jsonl --json
    """
    from plait.calibrations.validate import held_out, load_runs, pooled, row_of
    from plait.cli.files import check_folder
    from plait.cli.output import print_heading, print_json, print_note, print_table, working
    from plait.models import PlaitError

    for name, value, known in (
        ("split", split, ("layers", "strands", "both")),
        ("family", family, ("brickwall", "planted")),
    ):
        if value not in known:
            raise PlaitError(f"--{name} = {value!r}: expected one of {', '.join(known)}")
    if output is not None:
        from plait.estimator.chart_file import check_suffix

        check_suffix(output)
        check_folder(output)
    records, remarks = load_runs(runs)
    for remark in remarks:
        typer.echo(remark, err=True)
    with working("fitting the smaller runs"):
        tests = held_out(records)
    here = [
        test
        for test in tests
        if test.split == "noise" or (test.split in (split, "size") and test.family in (family, "all"))
    ]
    if output is not None:
        from plait.estimator.chart_file import write_chart_file
        from plait.estimator.validate_chart import validate_chart

        write_chart_file(validate_chart([test for test in here if test.used], family), output)
    if as_json:
        path = None if output is None else str(output)
        print_json({"models": [asdict(row_of(test)) for test in tests], "path": path})
        return
    rows = pooled(here)
    print_heading(f"Held-out runs, {family}, larger by {_SPLITS[split]}; deviations in decades")
    print_table(("quantity", "form", "n", "bias", "rmse", "90%", "50%", "rival", "paper"), _lines(rows))
    print_note(
        "bias: mean of observed - predicted; rmse: its root mean square; 90%, 50%: share of the runs within those "
        "intervals; rival, paper: rmse of the best other form, and of the published one, on the same runs. Symbols: "
        "plait models. Seconds are held out by size of the work, noisy runs by strands."
    )
    if output is not None:
        typer.echo(f"picture written to {output}")


_SPLITS = {"layers": "layers", "strands": "strands", "both": "layers and strands"}


def _lines(rows: "Sequence[Row]") -> list[tuple[str, ...]]:
    """One line for each quantity: the form in use, and the errors of the others."""
    lines = []
    for row in rows:
        if row.used:
            others = [one for one in rows if one.quantity == row.quantity and one.model != row.model]
            rival = min((one.rmse for one in others if one.model != "paper" and one.n == row.n), default=None)
            paper = next((one.rmse for one in others if one.model == "paper"), None)
            figures = (f"{row.bias:+.2f}", f"{row.rmse:.2f}", f"{row.coverage:.0%}", f"{row.coverage50:.0%}")
            ends = ("" if x is None else f"{x:.2f}" for x in (rival, paper))
            lines.append((row.quantity, row.model, str(row.n), *figures, *ends))
    return lines
