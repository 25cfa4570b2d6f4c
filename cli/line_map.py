"""`plait map` for a study along a line: the boundary, and the cost of every contender as a chart."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from plait.calibrations import Calibration
    from plait.estimator.study import Study


def line_map(
    study: "Study",
    calibration: "Calibration",
    output: Path,
    command: str,
    as_json: bool,
    report: Callable[[int, int, str], None],
) -> None:
    """Evaluate along the line, write the chart and tell the boundary.

    Args:
        study: with a line.
        calibration: constants and their draws.
        output: .html, .png, .svg, .pdf, or .json for the boundary and the costs.
        command: that makes the same again, for the .json.
        as_json: one JSON object on stdout.
        report: of progress.
    """
    from plait.cli.output import jsonable, print_json
    from plait.estimator.line import along_line
    from plait.estimator.line_verdict import line_verdict

    report(1, 3, "along the line")
    found = [along_line(one, calibration) for one in study.instances()]
    report(2, 3, "drawing")
    boundary = [entry for one in found for entry in json.loads(one.attrs["boundary"])]
    answer: dict[str, Any] = {
        "question": found[0].attrs["question"],
        "path": str(output),
        "boundary": boundary,
        "verdict": line_verdict(study, boundary),
        "calibration": found[0].attrs["calibration"],
    }
    if output.suffix.lower() == ".json":
        from plait.estimator.whole_file import write_whole

        costs = [one.drop_attrs().to_dict() for one in found]
        text = json.dumps(jsonable({**answer, "command": command, "costs": costs}), allow_nan=False, ensure_ascii=False)
        write_whole(output, (text + "\n").encode())
    else:
        from plait.estimator.chart_file import write_chart_file
        from plait.estimator.line_chart import line_chart

        write_chart_file(line_chart(found), output)
    report(3, 3, "drawing")
    if as_json:
        print_json(answer)
    else:
        _show(answer, study)


def _show(answer: dict[str, Any], study: "Study") -> None:
    from plait.cli.output import print_heading

    print_heading(f"Question: {answer['question']}")
    typer.echo(f"Constants: {answer['calibration']}")
    for entry in study.overrides:
        typer.echo(f"Override: {entry.text()}")
    typer.echo()
    for sentence in answer["verdict"]:
        typer.echo(sentence)
    typer.echo(f"\nchart written to {answer['path']}")
