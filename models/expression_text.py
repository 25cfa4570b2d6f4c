"""Cost expressions as text in the grammar of bartiq, which plait's own formulas share but for the names of numbers.

Operators + - * / **, functions ceil, max, min, log (natural), log2, exp, sqrt, abs; PI. bartiq 0.17 reads names as
sympy symbols and calls by a table of functions (`bartiq.symbolics.sympy_interpreter.SPECIAL_FUNCS`).
"""

import keyword
from typing import TYPE_CHECKING, Any, NamedTuple

from plait.models.errors import PlaitError, shown
from plait.models.formula import RESERVED

if TYPE_CHECKING:
    from sympy import Expr

ADD, MUL, POW, ATOM = range(4)
"""How tightly a text holds together, from the loosest."""


class _Text(NamedTuple):
    text: str
    holds: int

    def within(self, least: int) -> str:
        """The text, in parentheses unless it holds together at least so tightly."""
        return self.text if self.holds >= least else f"({self.text})"


def expression_text(expr: "Expr") -> str:
    """The text of an expression; nothing is simplified.

    Raises:
        PlaitError: a function, number or name that the grammar does not have.

    >>> from sympy import Max, Symbol, ceiling, log
    >>> n = Symbol("n", positive=True)
    >>> expression_text(2 * ceiling(log(n + 1, 2)) + Max(1, n - 1) / n**2)
    '2*ceil(log2(n + 1)) + max(1, n - 1)/n**2'
    """
    return _text(expr).text


def _text(expr: Any) -> _Text:
    import sympy

    if expr.is_Symbol:
        return _Text(check_name(str(expr)), ATOM)
    if expr.is_Number or not expr.args:
        return _number(expr)
    if expr.is_Add:
        terms = [_text(term).within(MUL) for term in sorted(expr.args, key=_place)]
        return _Text(terms[0] + "".join(f" - {x[1:]}" if x[0] == "-" else f" + {x}" for x in terms[1:]), ADD)
    if expr.is_Mul:
        return _product(expr.args)
    if expr.is_Pow:
        return _power(*expr.args)
    known = {sympy.exp: "exp", sympy.log: "log", sympy.ceiling: "ceil", sympy.Abs: "abs"}
    known |= {sympy.Max: "max", sympy.Min: "min"}
    if expr.func not in known:
        raise PlaitError(f"{expr.func} has no form in bartiq's grammar; known: {', '.join(sorted(known.values()))}")
    inner = list(expr.args)
    if expr.func in (sympy.Max, sympy.Min):  # kept as a set: in an order that does not change from run to run
        inner.sort(key=sympy.default_sort_key)
    return _Text(f"{known[expr.func]}({', '.join(_text(one).text for one in inner)})", ATOM)


def _place(term: Any) -> tuple[bool, bool]:
    """Where people put a term of a sum: those with a minus last, numbers after symbols."""
    return bool(term.could_extract_minus_sign()), bool(term.is_number)


def _number(expr: Any) -> _Text:
    import sympy

    if expr == sympy.GoldenRatio:
        return _Text("(1 + sqrt(5))/2", MUL)
    if expr in (sympy.pi, sympy.E):
        return _Text("PI" if expr == sympy.pi else "exp(1)", ATOM)
    if expr.is_Rational:
        text = str(expr.p) if expr.q == 1 else f"{expr.p}/{expr.q}"
        return _Text(text, ATOM if expr.q == 1 and expr.p >= 0 else MUL)
    value = float(expr) if expr.is_Float else float("nan")
    if not abs(value) < float("inf"):
        raise PlaitError(f"{shown(str(expr))} is no number that bartiq's grammar has")
    return _Text(repr(value), MUL if value < 0 else ATOM)


def _product(factors: Any) -> _Text:
    """Factors over factors; log(x) / log(2) is log2(x)."""
    import sympy

    factors = list(factors)
    per_bit = 1 / sympy.log(2)
    logs = [one for one in factors if one.func is sympy.log]
    above, below = [], []
    sign = ""
    if per_bit in factors and logs:
        factors.remove(per_bit)
        factors.remove(logs[0])
        above.append(f"log2({_text(logs[0].args[0]).text})")
    for one in factors:
        if one == -1:
            sign = "" if sign else "-"
        elif one.is_Rational and one.q != 1 and one.p > 0:
            above += [str(one.p)] if one.p != 1 else []
            below.append(str(one.q))
        elif one.is_Number and one < 0:
            sign = "" if sign else "-"
            above.insert(0, _text(-one).within(POW))
        elif one.is_Pow and one.args[1].is_Number and one.args[1] < 0:
            below.append(_power(one.args[0], -one.args[1]).within(POW))
        else:
            above.append(_text(one).within(POW))
    if logs and len(above) == 1 and above[0].startswith("log2(") and not (sign or below):
        return _Text(above[0], ATOM)
    text = "*".join(above) or "1"
    return _Text(sign + text + "".join(f"/{one}" for one in below), MUL)


def _power(base: Any, exponent: Any) -> _Text:
    import sympy

    if exponent == 1:
        return _text(base)
    if exponent == sympy.Rational(1, 2):
        return _Text(f"sqrt({_text(base).text})", ATOM)
    if exponent.is_Number and exponent < 0:
        return _Text(f"1/{_power(base, -exponent).within(POW)}", MUL)
    return _Text(f"{_text(base).within(ATOM)}**{_text(exponent).within(ATOM)}", POW)


def check_name(name: str) -> str:
    """`name` if it can stand for a symbol.

    Raises:
        PlaitError: it means something else in the grammar, or is no identifier.
    """
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name) or name in RESERVED:
        raise PlaitError(f"symbol {shown(name)} cannot be written: use letters, digits and _, and no function's name")
    return name
