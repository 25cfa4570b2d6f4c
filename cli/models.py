"""`plait models`: list the cost models, show their formulas."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson

if TYPE_CHECKING:
    from plait.models import Closure, CostModel


def models(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Show this model with its formulas.", show_default=False)
    ] = None,
    *,
    closure: Annotated[
        str | None, typer.Option(metavar="markov|plat", help="Formulas for this closure; the model's first.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(metavar="OPTION=VALUE", help="A variant of the model; may be repeated.")
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Formulas as LaTeX.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the cost models, or show the formulas of one.

    Example:
      plait models
      plait models cfev --closure plat --variant mitigation=raw
      plait models fib-trace --latex
    """
    from plait.cli.output import print_json, print_table
    from plait.models import MODELS, PlaitError, find_model

    if name is None:
        if closure is not None or variant or latex:
            raise PlaitError("--closure, --variant and --latex need a model: plait models NAME")
        if as_json:
            print_json({"items": [_item(model) for model in MODELS.values()]})
            return
        rows = [(model.name, model.side, _closures(model), model.summary) for model in MODELS.values()]
        print_table(("model", "side", "closures", "summary"), rows)
        return
    model = find_model(name)
    chosen = _closure(model, closure)
    variants = {option: values[0] for option, values in model.variants.items()} | _variants(variant or ())
    shown = _formulas(model, chosen, variants, latex)
    if as_json:
        print_json({"items": [_item(model) | {"closure": chosen, "variant": variants, **shown}]})
    else:
        _print(model, chosen, variants, shown)


def _item(model: "CostModel") -> dict[str, Any]:
    return {
        "name": model.name,
        "side": model.side,
        "closures": sorted(model.closures),
        "summary": model.summary,
        "source": model.source,
        "assumes": model.assumes,
        "constants": model.constants,
        "variants": model.variants,
    }


def _closures(model: "CostModel") -> str:
    return ", ".join(sorted(model.closures))


def _closure(model: "CostModel", text: str | None) -> "Closure":
    from plait.models import Closure

    return min(model.closures) if text is None else Closure.parse(text)


def _variants(given: Sequence[str]) -> dict[str, str]:
    from plait.models import PlaitError

    for text in given:
        if "=" not in text:
            raise PlaitError(f"--variant {text[:60]!r}: expected OPTION=VALUE, e.g. mitigation=raw")
    return {option: value for option, _, value in (text.partition("=") for text in given)}


def _formulas(model: "CostModel", closure: "Closure", variants: Mapping[str, str], latex: bool) -> dict[str, Any]:
    from sympy import latex as as_latex

    from plait.models.cost_model import QUANTITIES

    write = as_latex if latex else str
    costs = model.costs(closure, **variants)
    return {
        "formulas": {quantity: write(formula) for quantity, formula in costs.items()},
        "units": {quantity: QUANTITIES[quantity] for quantity in costs},
        "limits": {reason: write(ratio) for reason, ratio in model.limits(closure, **variants).items()},
    }


def _print(model: "CostModel", closure: "Closure", variants: Mapping[str, str], shown: Mapping[str, Any]) -> None:
    from plait.cli.output import print_rows, print_table
    from plait.models.symbols import SYMBOLS

    rows = [("closure", closure, ""), *((option, value, "") for option, value in variants.items())]
    print_rows(f"{model.name} ({model.side}): {model.summary}", rows)
    print_table(("", ""), [("source", model.source), *(("assumes", text) for text in model.assumes)])
    units = shown["units"]
    print_table(("quantity", "unit", "formula"), [(q, units[q], text) for q, text in shown["formulas"].items()])
    if shown["limits"]:
        typer.echo()
        print_table(("limit", "ratio; impossible where it exceeds 1"), list(shown["limits"].items()))
    typer.echo()
    symbols = [(name, unit, SYMBOLS[name].meaning) for name, unit in model.constants.items()]
    print_table(("symbol", "unit", "meaning"), symbols)
