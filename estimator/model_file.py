"""Cost models that users write: one TOML file each, formulas as text, every number of their own with its source.

The form is described in docs/own-model.md.
"""

import keyword
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError

from plait.calibrations.reading import read_text
from plait.estimator.grid import Strict
from plait.estimator.machine import CLASSICAL_SYMBOLS, OPTIONAL_SYMBOLS, QUANTUM_SYMBOLS
from plait.estimator.problems import problems_of
from plait.models import Closure, CostModel, PlaitError, Side
from plait.models.cost_model import LIMIT_REASONS, QUANTITIES
from plait.models.echo_plan import GATE_SETS
from plait.models.figure import Figure
from plait.models.formula import RESERVED, parse_formula
from plait.models.registry import MODELS
from plait.models.symbols import SYMBOLS
from plait.models.text_formulas import TextFormulas, Texts

if TYPE_CHECKING:
    from sympy import Expr

MAX_BYTES = 2**18
MAX_CONSTANTS = 200
CIRCUIT_SYMBOLS = frozenset({"r_full", "r_hard", "r_one", "r_half", "f", "D_b", "d_f"})
"""Counts of the circuits plait compiles: they differ between layouts, gate sets and couplings."""
KINDS = ("braid", "network", "train", "published", "question", "calibrated", "machine")
"""Of the symbols that every contender of a side has values for."""
CIRCUIT_VARIANTS = {"layout": ("reduced",), "gate_set": GATE_SETS, "connectivity": ("all", "line")}

Sentence = Annotated[str, Field(min_length=10, max_length=1_000)]
Formula = str | Mapping[Closure, str]
Positive = Annotated[float, Field(gt=0, le=1e100, allow_inf_nan=False, strict=True)]


class _Constant(Strict):
    unit: Annotated[str, Field(min_length=1, max_length=40)]
    meaning: Annotated[str, Field(min_length=3, max_length=200)]
    value: Positive
    low: Positive | None = None
    high: Positive | None = None
    basis: Literal["measured", "fitted", "cited", "assumed"]
    source: Annotated[str, Field(min_length=3, max_length=1_000)]


class _ModelFile(Strict):
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
    side: Side
    closures: Annotated[list[Closure], Field(min_length=1)]
    summary: Sentence
    source: Sentence
    assumes: Annotated[list[Sentence], Field(min_length=1, max_length=50)]
    constants: Annotated[Mapping[str, _Constant], Field(max_length=MAX_CONSTANTS)] = {}
    costs: Mapping[str, Formula]
    limits: Mapping[str, Formula] = {}


def load_model(path: str | Path) -> CostModel:
    """A cost model from a TOML file.

    Raises:
        PlaitError: unreadable or malformed; all problems at once, each with its key path.
    """
    model, problems = read_model(path)
    if model is None:
        raise PlaitError(f"{path}: {'; '.join(problems)}")
    return model


def read_model(path: str | Path) -> tuple[CostModel | None, list[str]]:
    """A cost model from a TOML file, or what is wrong with the file.

    Raises:
        PlaitError: unreadable, or not TOML.
    """
    try:
        raw = tomllib.loads(read_text(Path(path), MAX_BYTES, "a cost model"))
    except PlaitError:
        raise
    except (ValueError, RecursionError) as error:
        raise PlaitError(f"{path}: not TOML ({error})") from error
    try:
        file = _ModelFile.model_validate(raw)
    except ValidationError as error:
        return None, problems_of(error)
    return _model(file)


def _model(file: _ModelFile) -> tuple[CostModel | None, list[str]]:
    problems = [*_name_problems(file), *_constant_problems(file)]
    names = frozenset({*SYMBOLS, *file.constants})
    closures = frozenset(file.closures)
    texts: dict[str, list[tuple[Closure, Texts]]] = {"costs": [], "limits": []}
    used: set[str] = set()
    unread = False
    for part, found in texts.items():
        for closure in sorted(closures):
            written = _of(closure, getattr(file, part))
            found.append((closure, tuple(written.items())))
            for name, text in written.items():
                try:
                    used |= _symbols(parse_formula(text, names, f"{part}.{name}"))
                except PlaitError as error:
                    problems.append(str(error))
                    unread = True
            if part == "costs" and "seconds" not in written:
                problems.append(f"costs.seconds is missing for the {closure} closure")
    if not unread:
        problems += _use_problems(file, used)
    if problems:
        return None, list(dict.fromkeys(problems))
    figures = {
        name: Figure(
            unit=one.unit,
            meaning=one.meaning,
            value=one.value,
            low=one.low,
            high=one.high,
            basis=one.basis,
            source=one.source,
        )
        for name, one in file.constants.items()
    }
    ordered = [*(name for name in SYMBOLS if name in used), *file.constants]
    return (
        CostModel(
            name=file.name,
            side=file.side,
            closures=closures,
            summary=file.summary,
            formulas=TextFormulas(costs=tuple(texts["costs"]), limits=tuple(texts["limits"]), symbols=names),
            constants={name: figures[name].unit if name in figures else SYMBOLS[name].unit for name in ordered},
            source=file.source,
            assumes=tuple(file.assumes),
            variants=CIRCUIT_VARIANTS if used & CIRCUIT_SYMBOLS else {},
            figures=figures,
        ),
        [],
    )


def _of(closure: Closure, given: Mapping[str, Formula]) -> dict[str, str]:
    """Name -> formula for one closure; those written for another closure only are left out."""
    return {
        name: formula if isinstance(formula, str) else formula[closure]
        for name, formula in given.items()
        if isinstance(formula, str) or closure in formula
    }


def _symbols(expr: "Expr") -> set[str]:
    return {str(one) for one in expr.free_symbols}


def _name_problems(file: _ModelFile) -> list[str]:
    problems = []
    if file.name in MODELS or file.name == "check":
        problems.append(f"name = {file.name!r} is taken; choose another")
    for part, known in (("costs", tuple(QUANTITIES)), ("limits", LIMIT_REASONS)):
        given: Mapping[str, Formula] = getattr(file, part)
        problems += [f"{part}.{name}: not known; known: {', '.join(known)}" for name in given if name not in known]
        problems += [
            f"{part}.{name}.{closure}: the model is not for this closure; closures = {', '.join(file.closures)}"
            for name, formula in given.items()
            if not isinstance(formula, str)
            for closure in formula
            if closure not in file.closures
        ]
    return problems


def _constant_problems(file: _ModelFile) -> list[str]:
    problems = []
    for name, one in file.constants.items():
        where = f"constants.{name}"
        if name in SYMBOLS:
            problems.append(f"{where}: a symbol of plait ({SYMBOLS[name].meaning}); choose another name")
        elif name in RESERVED or keyword.iskeyword(name) or not name.isidentifier() or not name.isascii():
            problems.append(f"{where}: no name a symbol can have; use letters, digits and _, and no function's name")
        if not known_unit(one.unit):
            problems.append(f"{where}.unit = {one.unit!r}: not known; known: {', '.join(UNITS)}, or one over another")
        if (one.low is None) != (one.high is None):
            problems.append(f"{where}: give both low and high, or neither")
        elif one.low is not None and one.high is not None and not one.low <= one.value <= one.high:
            problems.append(f"{where}: value {one.value:g} must lie within low {one.low:g} .. high {one.high:g}")
    return problems


def _use_problems(file: _ModelFile, used: set[str]) -> list[str]:
    """Symbols that no contender of this side has a value for, and constants that nothing depends on."""
    own = {Side.QUANTUM: QUANTUM_SYMBOLS, Side.CLASSICAL: CLASSICAL_SYMBOLS}[file.side]
    kinds = {name: SYMBOLS[name].kind for name in sorted(used) if name in SYMBOLS}
    problems = [
        f"{name} is no figure of a {file.side} machine ({SYMBOLS[name].meaning})"
        for name, kind in kinds.items()
        if kind == "machine" and name not in (*own, *OPTIONAL_SYMBOLS)
    ]
    problems += [
        f"{name} ({SYMBOLS[name].meaning}) has a value in plait's own models only"
        for name, kind in kinds.items()
        if kind not in KINDS
    ]
    if file.costs and not used & set(own):
        problems.append(
            f"no formula has a figure of a machine ({', '.join(own)}), so there is none whose power and price count; "
            "give costs.joules, e.g. power times the seconds"
        )
    unused = [name for name in file.constants if name not in used]
    return problems + [f"constants.{name}: no formula uses it" for name in unused]


UNITS: tuple[str, ...] = tuple(
    dict.fromkeys([*(info.unit for info in SYMBOLS.values()), *QUANTITIES.values(), "USD", "h"])
)


def known_unit(unit: str) -> bool:
    """Whether a unit is one of plait's, or one over another.

    >>> known_unit("s/elements"), known_unit("furlongs")
    (True, False)
    """
    over, slash, under = unit.partition("/")
    return unit in UNITS or (bool(slash) and over in UNITS and under in UNITS)


def own_figures(model: CostModel) -> Mapping[str, Any]:
    """Figures of a model as a JSON object; empty for a model that has none."""
    return {name: vars(figure) for name, figure in model.figures.items()}
