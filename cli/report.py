"""`plait report`: everything a study says and rests on, in one page."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from plait.cli.options import AsJson
from plait.cli.study_options import Asked, StudyName, asks


@asks
def report(
    study: StudyName = "default",
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Page to write, .html.")] = Path(
        "report.html"
    ),
    asked: Asked,
    runs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Run file of the calibration, to back-test it; the shipped one if not given."
        ),
    ] = None,
    backtest: Annotated[
        bool, typer.Option("--backtest/--no-backtest", help="Back-test the calibration, up to a minute.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Write one page that opens offline: maps, costs, what they hang on, formulas, assumptions, sources.

    The same study on the same machine gives the same file. A report of the shipped study takes a minute or two.

    Example:
      plait report
      plait report near-term -o near-term.html --no-backtest
    """
    from plait.cli.files import check_folder
    from plait.cli.output import print_heading, print_json
    from plait.cli.progress import progress

    command = ["plait", "report", study, "-o", str(output), *asked.words()]
    command += ["--runs", str(runs)] if runs is not None else []
    command += [] if backtest else ["--no-backtest"]
    with progress("report") as tell:
        tell(0, 1, "loading")
        from plait.estimator.report import check_suffix
        from plait.estimator.report import report as write
        from plait.estimator.study import study_text

        check_suffix(output)
        check_folder(output)
        chosen = asked.study(study)
        answer = write(
            chosen,
            asked.constants(),
            output,
            text=study_text(study),
            command=shlex.join(command),
            runs=runs,
            backtest=backtest,
            progress=tell,
        )
    if as_json:
        print_json(answer)
        return
    for question in answer["questions"].values():
        print_heading(f"Question: {question}")
    typer.echo(f"Constants: {answer['calibration']}\n")
    for sentence in answer["verdict"]:
        typer.echo(sentence)
    typer.echo(f"\nreport written to {answer['path']}")
