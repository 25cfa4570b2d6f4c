"""`plait export`: what plait knows, in the formats of other tools."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.command import PLAIN, PlaitCommand, PlaitGroup
from plait.cli.options import AsJson, ClosureName, Seed, integer
from plait.cli.study_options import StudyName

if TYPE_CHECKING:
    from plait.models import Braid

export = typer.Typer(cls=PlaitGroup, **PLAIN)

FORMATS = ("qref",)
TABLES = (".csv", ".parquet")


@export.callback()
def root() -> None:
    """Cost models, logical counts, tables and sources, in the formats of other tools. Circuits: plait circuit -o.

    Example:
      plait export model cfev -o cfev.qref.yaml
      plait export counts --strands 12 --layers 20 -o counts.json
      plait export sweep grid.nc -o cells.csv
      plait export sources -o refs.bib
    """


@export.command("model", cls=PlaitCommand)
def model_(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE.toml", help="A cost model, or a file of your own.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="File to write: YAML.")],
    format_: Annotated[
        str, typer.Option("--format", metavar="qref", help="qref: QREF v1, which bartiq reads.")
    ] = "qref",
    closure: Annotated[
        str | None, typer.Option(metavar="markov|plat", help="Formulas for this closure; the model's first.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(metavar="OPTION=VALUE", help="A variant of the model; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a cost model as a QREF v1 routine: every quantity and limit a resource, in bartiq's grammar.

    Example:
      plait export model cfev --closure plat -o cfev.qref.yaml
    """
    from plait.cli.files import check_folder, write_text
    from plait.cli.models import chosen_closure, read_variants
    from plait.estimator.contender import find_or_load
    from plait.models import PlaitError
    from plait.models.qref import qref_routine
    from plait.models.yaml_text import yaml_text

    if format_ not in FORMATS:
        raise PlaitError(f"--format {format_[:40]!r} is not available; known: {', '.join(FORMATS)}")
    check_folder(output)
    model = find_or_load(name)
    closed = chosen_closure(model, closure)
    document = qref_routine(model, closed, **read_variants(variant or ()))
    write_text(output, yaml_text(document))
    said = {"model": model.name, "closure": str(closed), "resources": len(document["program"]["resources"])}
    _say(output, "QREF v1", said, as_json)


@export.command("counts", cls=PlaitCommand)
def counts(
    *,
    strands: Annotated[int, typer.Option(parser=integer, metavar="N", help="Strands of a random brickwall braid.")],
    layers: Annotated[int, typer.Option(parser=integer, metavar="L", help="Its brick layers.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="File to write: JSON.")],
    closure: ClosureName = "markov",
    test: Annotated[
        str, typer.Option(metavar="cfev|hadamard", help="Circuit to count, of one path and the real part.")
    ] = "cfev",
    layout: Annotated[str, typer.Option(metavar="reduced|paper", help="Of cfev: n-1 qubits, or n+1.")] = "reduced",
    gate_set: Annotated[
        str, typer.Option(metavar="NAME", help="Entangler compiled for: rzz, cx, cz or zzmax.")
    ] = "rzz",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Write what one circuit counts on a fault-tolerant machine, as QDK reads it: qdk.estimator.LogicalCounts.

    One shot of one circuit, its Rz's merged. Clifford gates are free; rotations are left to QDK to synthesise.

    Example:
      plait export counts --strands 12 --layers 20 -o counts.json
    """
    from plait.cli.files import check_folder, write_text
    from plait.models import Braid, Closure
    from plait.models.logical_counts import logical_counts

    check_folder(output)
    closed = Closure.parse(closure)
    braid = Braid.brickwall(strands=strands, layers=layers, seed=seed)
    found = logical_counts(_circuit(braid, closed, test, layout, gate_set, seed))
    write_text(output, json.dumps(found, indent=2) + "\n")
    said = {"strands": strands, "crossings": braid.crossings, "closure": str(closed), "test": test, **found}
    _say(output, "QDK logical counts", said, as_json)


@export.command("sweep", cls=PlaitCommand)
def sweep(
    grid: Annotated[Path, typer.Argument(metavar="GRID.nc", help="A sweep, of plait sweep.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Table to write: .csv or .parquet.")],
    as_json: AsJson = False,
) -> None:
    """Write a sweep as one tidy table: a row for every cell and contender, costs as log10, winner and probability.

    A sweep too large to keep its draws has rows of the quantum contenders only.

    Example:
      plait export sweep grid.nc -o cells.csv
    """
    from plait.cli.files import check_folder
    from plait.cli.output import working
    from plait.models import PlaitError

    if output.suffix not in TABLES:
        raise PlaitError(f"-o {output}: expected a name that ends in {' or '.join(TABLES)}")
    check_folder(output)
    from plait.estimator.export_table import COLUMNS, check_parquet, write_csv, write_parquet

    if output.suffix == ".parquet":
        check_parquet()
    from plait.estimator.sweep import load_grid

    with working("writing"):
        write = write_csv if output.suffix == ".csv" else write_parquet
        rows = write(load_grid(grid), output)
    _say(output, output.suffix[1:], {"rows": rows, "columns": len(COLUMNS)}, as_json)


@export.command("sources", cls=PlaitCommand)
def sources(
    study: StudyName = "default",
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="File to write: BibTeX.")],
    as_json: AsJson = False,
) -> None:
    """Write what the models and machines of a study cite as BibTeX: arXiv, DOI and web addresses, each once.

    Each entry notes the models and figures that rest on it. Titles and authors are yours to fill in: plait has none.

    Example:
      plait export sources near-term -o refs.bib
    """
    from plait.cli.files import check_folder, write_text
    from plait.estimator.citations import bibtex, citations
    from plait.estimator.study import load_study

    check_folder(output)
    found = citations(load_study(study))
    write_text(output, bibtex(found))
    _say(output, "BibTeX", {"study": study, "entries": len(found)}, as_json)


def _circuit(braid: "Braid", closure: Any, test: str, layout: str, gate_set: str, seed: int) -> Any:
    from plait.models import PlaitError, cfev_circuit, hadamard_circuit

    if test == "cfev":
        return cfev_circuit(braid, closure, seed=seed, layout=layout, gate_set=gate_set).circuit
    if test != "hadamard" or layout != "reduced":
        raise PlaitError(
            f"test = {test!r}, layout = {layout!r}: known are cfev, and hadamard in its only layout (reduced)"
        )
    return hadamard_circuit(braid, closure, seed=seed, gate_set=gate_set).circuit


def _say(path: Path, format_: str, facts: Mapping[str, Any], as_json: bool) -> None:
    from plait.cli.output import print_json, print_rows

    if as_json:
        print_json({"path": str(path), "format": format_, **facts})
        return
    print_rows(f"{path}: {format_}", [(name, value, "") for name, value in facts.items()])
