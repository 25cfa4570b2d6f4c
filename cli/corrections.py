"""`plait corrections`: what each correction of the published analysis does to its boundary."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson
from plait.cli.study_options import CalibrationFile, chosen_calibration

if TYPE_CHECKING:
    from plait.estimator.corrections import Step, Waterfall


def corrections(
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Chart: .html, .png, .svg, .pdf; or .json.", show_default=False
        ),
    ] = None,
    calibration: CalibrationFile = None,
    as_json: AsJson = False,
) -> None:
    """Correct the published analysis, one assumption at a time and one after another, and tell where its boundary goes.

    It starts from the study `paper` (quantum ahead from 2,759 crossings on) and stays on the published line.

    Example:
      plait corrections
      plait corrections -o corrections.png
    """
    from plait.cli.files import check_folder
    from plait.cli.output import jsonable, print_json
    from plait.cli.progress import progress

    picture = output is not None and output.suffix.lower() != ".json"
    if output is not None:
        check_folder(output)
    if output is not None and picture:
        from plait.estimator.chart_file import check_suffix

        check_suffix(output)
    fitted = chosen_calibration(calibration)
    from plait.estimator.corrections import waterfall

    with progress("corrections") as report:
        found = waterfall(fitted, progress=lambda done, total: report(done, total))
    answer = _answer(found, fitted.origin(), output)
    if output is not None and picture:
        from plait.estimator.chart_file import write_chart_file
        from plait.estimator.corrections_chart import corrections_chart

        write_chart_file(corrections_chart(found), output)
    elif output is not None:
        from plait.estimator.whole_file import write_whole

        write_whole(output, (json.dumps(jsonable(answer), allow_nan=False, ensure_ascii=False) + "\n").encode())
    if as_json:
        print_json(answer)
    else:
        _show(found, fitted.origin(), output)


def _answer(found: "Waterfall", calibration: str, output: Path | None) -> dict[str, Any]:
    from plait.estimator.corrections import POINT

    return {
        "study": "paper",
        "line": {"crossings": list(found.line)},
        "gap_at": POINT,
        "published": found.published.as_json(),
        "corrections": [
            {
                "key": one.correction.key,
                "name": one.correction.name,
                "what": one.correction.what,
                "note": one.correction.note,
                "against": dict(one.correction.needs),
                "alone": one.alone.as_json(),
                "together": None if one.together is None else one.together.as_json(),
                "delta_decades": {
                    "alone": one.alone.boundary_decades,
                    "together": None if one.together is None else one.together.boundary_decades,
                },
            }
            for one in found.corrected
        ],
        "calibration": calibration,
        "path": None if output is None else str(output),
    }


def _show(found: "Waterfall", calibration: str, output: Path | None) -> None:
    from plait.cli.output import print_heading, print_note, print_table
    from plait.estimator.corrections import POINT

    print_heading("The published analysis along its own line, corrected")
    typer.echo(f"Constants: {calibration}\n")
    rows = [("as published", "", "", *_cells(found.published))]
    for one in found.corrected:
        together = ("", "") if one.together is None else _cells(one.together)
        rows.append((one.correction.name, *_cells(one.alone), *together))
    print_table(("correction", "alone", "gap", "together", "gap"), rows)
    print_note(
        "Boundary: crossings from which quantum is ahead in half of the draws [5 % .. 95 %]; never: not up to "
        f"{found.line[1]:,}. Gap: decades by which quantum is ahead at {POINT:,} crossings, memory set aside; none: "
        "a side has no answer there."
    )
    for one in found.corrected:
        note = one.correction.note and f" ({one.correction.note})"
        print_note(f"{one.correction.name}: {one.correction.what}{note}.")
    if output is not None:
        typer.echo(f"\nwritten to {output}")


def _cells(step: "Step") -> tuple[str, str]:
    """Boundary and gap as a table shows them."""
    low, middle, high = step.crossings
    if middle is None:
        text = "never" if step.never else "from the start"
    elif low == high:
        text = f"{middle:,.0f}"
    else:
        ends = ("below" if low is None else f"{low:,.0f}", "never" if high is None else f"{high:,.0f}")
        text = f"{middle:,.0f} [{ends[0]}..{ends[1]}]"
    gap = step.gap[1]
    return text, "none" if gap is None else f"{gap:+.2f}"
