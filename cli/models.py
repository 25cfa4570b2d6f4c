"""`plait models`: list the cost models, show their formulas."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson

if TYPE_CHECKING:
    from plait.models import Closure, CostModel
    from plait.models.figure import Figure


def models(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|FILE.toml",
            help='Show this model with its formulas; "check" to check a file.',
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE.toml", help='With "check": the model to check.', show_default=False)
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
    """List the cost models, show the formulas of one, or check one of your own: plait models check FILE.toml.

    Checked are names, units, symbols, limits, and values at real sizes: finite, above 0, growing with the braid, as
    mpmath has them. How such a file is written: docs/own-model.md.

    Example:
      plait models
      plait models cfev --closure plat --variant mitigation=raw
      plait models fib-trace --latex
    """
    from plait.cli.output import print_json, print_table
    from plait.models import PlaitError
    from plait.models.registry import known_models

    if name == "check":
        if file is None or closure is not None or variant or latex:
            raise PlaitError(
                "check needs the file of a model and no other option but --json: plait models check FILE.toml"
            )
        _check(file, as_json)
        return
    if file is not None:
        raise PlaitError(
            f"one model at a time, got {name!r} and {file!r}; to check a file: plait models check FILE.toml"
        )
    if name is None:
        if closure is not None or variant or latex:
            raise PlaitError("--closure, --variant and --latex need a model: plait models NAME")
        if as_json:
            print_json({"items": [_item(model) for model in known_models().values()]})
            return
        rows = [(model.name, model.side, _closures(model), model.summary) for model in known_models().values()]
        print_table(("model", "side", "closures", "summary"), rows)
        return
    from plait.estimator.contender import find_or_load

    model = find_or_load(name)
    chosen = chosen_closure(model, closure)
    variants = {option: values[0] for option, values in model.variants.items()} | read_variants(variant or ())
    shown = _formulas(model, chosen, variants, latex)
    if as_json:
        print_json({"items": [_item(model) | {"closure": chosen, "variant": variants, **shown}]})
    else:
        _print(model, chosen, variants, shown)


def _check(file: str, as_json: bool) -> None:
    """All problems of a model file, one line each on stderr, exit code 2; a word on stdout if there is none."""
    from plait.cli.errors import USAGE, one_line
    from plait.cli.output import print_json
    from plait.estimator.model_check import check_model
    from plait.estimator.model_file import read_model

    model, problems = read_model(file)
    problems = problems if model is None else check_model(model)
    if as_json:
        print_json({"path": file, "name": model.name if model else None, "problems": problems})
    for problem in problems:
        typer.echo(f"plait: {one_line(f'{file}: {problem}')}", err=True)
    if problems:
        raise typer.Exit(USAGE)
    if model is not None and not as_json:
        typer.echo(f"{model.name}: sound for the {_closures(model)} closure")


def _item(model: "CostModel") -> dict[str, Any]:
    from plait.estimator.model_file import own_figures

    return {
        "name": model.name,
        "side": model.side,
        "closures": sorted(model.closures),
        "summary": model.summary,
        "source": model.source,
        "assumes": model.assumes,
        "constants": model.constants,
        "variants": model.variants,
        "figures": own_figures(model),
    }


def _closures(model: "CostModel") -> str:
    return ", ".join(sorted(model.closures))


def chosen_closure(model: "CostModel", text: str | None) -> "Closure":
    """The closure of that name, or the model's first."""
    from plait.models import Closure

    return min(model.closures) if text is None else Closure.parse(text)


def read_variants(given: Sequence[str]) -> dict[str, str]:
    """Option -> value of texts OPTION=VALUE."""
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

    rows = [("closure", closure, ""), *((option, value, "") for option, value in variants.items())]
    print_rows(f"{model.name} ({model.side}): {model.summary}", rows)
    print_table(("", ""), [("source", model.source), *(("assumes", text) for text in model.assumes)])
    units = shown["units"]
    print_table(("quantity", "unit", "formula"), [(q, units[q], text) for q, text in shown["formulas"].items()])
    if shown["limits"]:
        typer.echo()
        print_table(("limit", "ratio; impossible where it exceeds 1"), list(shown["limits"].items()))
    typer.echo()
    symbols = [(name, unit, model.info(name).meaning) for name, unit in model.constants.items()]
    print_table(("symbol", "unit", "meaning"), symbols)
    if model.figures:
        typer.echo()
        own = [(name, f"{x.value:.4g}", _range(x), x.basis, x.source) for name, x in model.figures.items()]
        print_table(("own figure", "value", "range", "basis", "source"), own)


def _range(figure: "Figure") -> str:
    return "" if figure.low is None or figure.high is None else f"{figure.low:.3g}..{figure.high:.3g}"
