"""`plait machines`: the catalogue, every number with its source and basis."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson

if TYPE_CHECKING:
    from plait.estimator.machine import Machine


def machines(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Slug or .toml file; all machines if not given.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the machines, or show every figure of one with its source.

    Example:
      plait machines
      plait machines h2-2
    """
    from plait.cli.output import print_heading, print_json, print_table
    from plait.estimator.machine import load_machine, machine_slugs
    from plait.models.symbols import SYMBOLS

    chosen = [load_machine(slug) for slug in ([name] if name else machine_slugs())]
    if as_json:
        print_json({"items": [_item(machine) for machine in chosen]})
        return
    if name is None:
        print_table(("machine", "side", "name"), [(m.slug, m.side, m.name) for m in chosen])
        return
    machine = chosen[0]
    print_heading(f"{machine.name} ({machine.slug}, {machine.side})")
    if machine.notes:
        typer.echo(machine.notes)
    if machine.hardware:
        typer.echo(f"Error-corrected: qubit model and code {machine.hardware} (plait models ft-cfev).")
    elif machine.side == "quantum":
        typer.echo(f"Native: {machine.gate_set.upper()}, PhasedX, virtual Rz; connectivity {machine.connectivity}.")
    typer.echo()
    print_table(
        ("figure", "value", "range", "basis", "unit and meaning; source"),
        [
            (
                key,
                _value(figure),
                _range(figure),
                figure.basis,
                f"{SYMBOLS[key].unit}: {SYMBOLS[key].meaning}; {figure.source}",
            )
            for key, figure in {**machine.figures, **machine.constants}.items()
        ],
    )


def _item(machine: "Machine") -> dict[str, Any]:
    return machine.model_dump(exclude=set() if machine.side == "quantum" else {"gate_set", "connectivity"})


def _value(figure: Any) -> str:
    return "calibrated" if figure.value is None else f"{figure.value:.4g}"


def _range(figure: Any) -> str:
    return "" if figure.low is None else f"{figure.low:.3g}..{figure.high:.3g}"
