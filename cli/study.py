"""`plait study`: shipped studies, what one asks, and the schema of a study file."""

from typing import TYPE_CHECKING, Any

import typer

from plait.cli.command import PLAIN, PlaitCommand, PlaitGroup
from plait.cli.options import AsJson
from plait.cli.study_options import StudyName

if TYPE_CHECKING:
    from plait.estimator.study import Study

study = typer.Typer(cls=PlaitGroup, **PLAIN)


@study.callback()
def root() -> None:
    """Studies: list the shipped ones, show what one asks, print the schema of a study file.

    Example:
      plait study list
      plait study show near-term
      plait study schema > study.schema.json
    """


@study.command("list", cls=PlaitCommand)
def list_(as_json: AsJson = False) -> None:
    """List the shipped studies.

    Example:
      plait study list
    """
    from plait.cli.output import print_json, print_table
    from plait.estimator.study import load_study, study_names

    found = {name: load_study(name).title for name in study_names()}
    if as_json:
        print_json({"items": [{"name": name, "title": title} for name, title in found.items()]})
    else:
        print_table(("study", "about"), list(found.items()))


@study.command("show", cls=PlaitCommand)
def show(name: StudyName = "default", *, as_json: AsJson = False) -> None:
    """Show what a study asks: question, grid, contenders, overrides. A file with mistakes is told all of them.

    Example:
      plait study show paper
    """
    from plait.cli.output import print_heading, print_json, print_rows
    from plait.estimator.study import load_study

    chosen = load_study(name)
    if as_json:
        print_json(_answer(chosen))
        return
    print_heading(chosen.title)
    rows = [
        ("question", chosen.question.sentence(), ""),
        ("families", ", ".join(chosen.families), ""),
        ("metric", chosen.question.metric, ""),
        ("closures", ", ".join(map(str, chosen.closures)), ""),
        ("grid", _grid(chosen), ""),
        ("draws", f"{chosen.draws}, seed {chosen.seed}", ""),
        *((str(each.model.side), each.name, "") for each in chosen.contenders),
        *(("override", entry.text(), "") for entry in chosen.overrides),
    ]
    print_rows("", rows)


@study.command("schema", cls=PlaitCommand)
def schema() -> None:
    """Print the JSON schema of a study file, for editors that check TOML as it is typed.

    Example:
      plait study schema > study.schema.json
    """
    from plait.cli.output import print_json
    from plait.estimator.study import schema as made

    print_json(made())


def _grid(chosen: "Study") -> str:
    if chosen.line is not None:
        places = chosen.line.places()
        return f"{len(places)} places on a line, {places[0]}..{places[-1]} crossings"
    strands, layers = chosen.strands, chosen.layers
    return (
        f"{len(strands)} x {len(layers)} places, strands {strands[0]}..{strands[-1]}, layers {layers[0]}..{layers[-1]}"
    )


def _answer(chosen: "Study") -> dict[str, Any]:
    return {
        "title": chosen.title,
        "question": chosen.question.sentence(),
        "families": list(chosen.families),
        "metric": chosen.question.metric,
        "closures": [str(closure) for closure in chosen.closures],
        "strands": list(chosen.strands),
        "layers": list(chosen.layers),
        "crossings": chosen.line.places() if chosen.line else [],
        "contenders": [{"name": each.name, "side": str(each.model.side)} for each in chosen.contenders],
        "overrides": [entry.text() for entry in chosen.overrides],
        "draws": chosen.draws,
        "seed": chosen.seed,
    }
