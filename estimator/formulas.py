"""The formulas of a study's models for a page: MathML, which browsers draw by themselves, quantity by quantity.

Long formulas repeat shorter ones of the same model (the shots are in the seconds, the gates in the shots); these are
named once and referred to by their names, so that a reader sees what is built of what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from plait.estimator.evaluate import variant_of
from plait.models import Closure, CostModel
from plait.models.cost_model import QUANTITIES

if TYPE_CHECKING:
    from sympy import Expr

    from plait.estimator.study import Study

NAMES = {
    "qubits": "N_q",
    "two_qubit_gates": "N_2q",
    "two_qubit_depth": "L_2q",
    "one_qubit_gates": "N_1q",
    "measurements": "N_meas",
    "damping": "d",
    "keep_rate": "kappa",
    "bias": "b",
    "shots": "N_shots",
    "samples": "N_samples",
    "flops": "N_flop",
    "bytes": "N_byte",
    "writes": "N_write",
    "tensors": "N_tensor",
    "seconds": "t",
    "joules": "E_J",
}
"""Quantity -> what it is called within formulas; none of them is a symbol of a model."""
GREEK = {"eps": "epsilon"}
LINE = 14
"""Operations from which on a sum is written with a term on each line."""


@dataclass(frozen=True, kw_only=True)
class Formula:
    """One quantity or limit.

    Args:
        quantity: its name; unit: of its value.
        mathml: a whole `math` element.
        text: the same as plain text.
    """

    quantity: str
    unit: str
    mathml: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """One model in one variant.

    Args:
        title: name of the model and, if it has several blocks, what is different in this one.
        model: with its source and assumptions.
        variant: option and value, as the study's machines and question choose them.
        contenders: names of those that it is about.
        formulas: closures they hold for -> quantities: those of all closures of the study first.
        limits: likewise, ratios that must not exceed 1.
    """

    title: str
    model: CostModel
    variant: tuple[tuple[str, str], ...]
    contenders: tuple[str, ...]
    formulas: Mapping[str, Sequence[Formula]]
    limits: Mapping[str, Sequence[Formula]]


def blocks(study: "Study") -> list[Block]:
    """Every model of a study in every variant it is used in, in the study's order."""
    found: dict[Any, tuple[CostModel, list[str]]] = {}
    for contender in study.contenders:
        key = contender.model.name, variant_of(contender, study.question)
        found.setdefault(key, (contender.model, []))[1].append(contender.name)
    return [
        Block(
            title=_title(model, variant, [other for name, other in found if name == model.name]),
            model=model,
            variant=variant,
            contenders=tuple(names),
            formulas=_joined(study, model, lambda closure, m=model, v=variant: costs_of(m, closure, dict(v))),
            limits=_joined(study, model, lambda closure, m=model, v=variant: limits_of(m, closure, dict(v))),
        )
        for (_, variant), (model, names) in found.items()
    ]


def _title(model: CostModel, variant: Sequence[tuple[str, str]], every: Sequence[Sequence[tuple[str, str]]]) -> str:
    """Name of a model, with those options of a variant that not all of its variants share."""
    own = [f"{option} {value}" for option, value in variant if not all((option, value) in other for other in every)]
    return ", ".join([model.name, *own])


def _joined(study: "Study", model: CostModel, made: Any) -> dict[str, tuple[Formula, ...]]:
    """Closures in words -> formulas: those of every closure first, then what is different in each."""
    closures = [closure for closure in study.closures if closure in model.closures]
    each = [list(made(closure)) for closure in closures]
    common = [one for one in each[0] if all(one in others for others in each[1:])] if each else []
    found = {" and ".join(map(str, closures)): tuple(common)}
    if len(closures) > 1:
        for closure, formulas in zip(closures, each, strict=True):
            found[f"{closure} alone"] = tuple(one for one in formulas if one not in common)
    return {name: formulas for name, formulas in found.items() if formulas}


def costs_of(model: CostModel, closure: Closure, variant: Mapping[str, str]) -> list[Formula]:
    """Every quantity of a model."""
    costs = {name: _expr(value) for name, value in model.costs(closure, **variant).items()}
    return [
        Formula(
            quantity=name.replace("_", " "),
            unit=QUANTITIES.get(name, "1"),
            mathml=_math(NAMES.get(name, name), short),
            text=f"{NAMES.get(name, name)} = {short}",
        )
        for name, short in shortened(costs).items()
    ]


def limits_of(model: CostModel, closure: Closure, variant: Mapping[str, str]) -> list[Formula]:
    """Every limit of a model: what must not exceed 1."""
    costs = {name: _expr(value) for name, value in model.costs(closure, **variant).items()}
    found = []
    for name, value in model.limits(closure, **variant).items():
        short = _refer(_expr(value), _known(costs))
        found.append(Formula(quantity=name, unit="1", mathml=_math("", short), text=str(short)))
    return found


def shortened(costs: "Mapping[str, Expr]") -> "dict[str, Expr]":
    """Each formula with the earlier ones of the same model that occur in it referred to by their names."""
    found: dict[str, Expr] = {}
    for name, value in costs.items():
        found[name] = _refer(value, _known({other: costs[other] for other in found}))
    return found


def _known(costs: "Mapping[str, Expr]") -> "list[tuple[Expr, Expr]]":
    """Formulas worth a name, with it, the longest first; of equal ones the first. Of an exponential, powers too."""
    from sympy import Symbol, exp

    named: dict[Expr, Expr] = {}
    for name, value in costs.items():
        if value.is_Atom or name not in NAMES:
            continue
        symbol = Symbol(NAMES[name], positive=True)
        named.setdefault(value, symbol)
        if value.func is exp:
            for power in (-1, -2):
                named.setdefault(exp(power * value.args[0]), symbol**power)
    return sorted(named.items(), key=lambda pair: -int(pair[0].count_ops()))


def _refer(value: "Expr", known: "Sequence[tuple[Expr, Expr]]") -> "Expr":
    for whole, name in known:
        value = value.subs(whole, name)
    return value


def _expr(value: Any) -> "Expr":
    import sympy

    return sympy.sympify(value)  # a model may state a plain number


def symbol_math(name: str) -> str:
    """A symbol as a `math` element, with its index."""
    from sympy import Symbol

    return f"<math>{_presentation(Symbol(name))}</math>"


def _math(name: str, value: "Expr") -> str:
    """`name = value`; a long sum with a term on each line."""
    from sympy import Symbol

    left = f"{_presentation(Symbol(name))}<mo>=</mo>" if name else ""
    text = escape(f"{name} = {value}" if name else str(value), quote=True)
    if value.is_Add and value.count_ops() >= LINE:
        lines = []
        for number, term in enumerate(value.as_ordered_terms()):
            sign = "" if not number or term.could_extract_minus_sign() else '<mo form="infix">+</mo>'
            lines.append(
                f"<mtr><mtd>{'' if number else left}</mtd>"
                f'<mtd style="text-align: left">{sign}{_presentation(term)}</mtd></mtr>'
            )
        inner = f"<mtable>{''.join(lines)}</mtable>"
    else:
        inner = left + _presentation(value)
    return f'<math display="block" alttext="{text}">{inner}</math>'


def _presentation(value: "Expr") -> str:
    from sympy import Symbol
    from sympy.printing.mathml import mathml

    greek = {symbol: Symbol(GREEK[symbol.name]) for symbol in value.free_symbols if symbol.name in GREEK}
    return str(mathml(value.xreplace(greek), printer="presentation", mul_symbol="dot"))
