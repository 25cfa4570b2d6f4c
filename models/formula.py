"""Formulas found in a file, read without running them: a syntax tree walked node by node into a sympy expression.

Known: numbers, pi, phi (the golden ratio), the symbols that the caller names, + - * / **, parentheses, and calls of a
few functions. Anything else is refused with its place. Length and depth are bounded, and so is every part that holds no
symbol, before sympy works it out; what holds one stays as it is written. Else 9**9**9, or 9**(n + 9**9) / 9**n, would
be worked out to the last digit.
"""

import ast
import math
import operator
import string
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from plait.models.errors import PlaitError, shown

if TYPE_CHECKING:
    from sympy import Expr

MAX_LENGTH = 2_000
MAX_DEPTH = 40
MAX_NUMBER = 1e100
"""Bound on every part without symbols, and its inverse on those that are not 0."""
MAX_EXPONENT = 64
"""Bound on exponents of numbers."""
MAX_EXACT = 10**9
"""Fractions of larger numbers become floats."""
MAX_ARGUMENTS = 8
CHARACTERS = frozenset(string.ascii_letters + string.digits + "_+-*/.,() \n")

FUNCTIONS = ("exp", "log", "log2", "sqrt", "ceil", "max", "min")
MANY = ("max", "min")
"""Functions of two arguments or more; the others take one."""
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "phi": (1 + math.sqrt(5)) / 2}
RESERVED = frozenset({*FUNCTIONS, *CONSTANTS, "E", "I", "oo", "noo", "zoo", "nan", "PI", "Infinity"})
"""Names no symbol may have: they mean something else here, in sympy, or in the formats plait writes."""

_NUMBERS: Mapping[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "sqrt": math.sqrt,
    "ceil": math.ceil,
    "max": max,
    "min": min,
}


class _Part(NamedTuple):
    """An expression, and its value if there is no symbol in it."""

    expr: Any
    number: float | None


def _chain(node: ast.expr, signs: tuple[type[ast.operator], ...]) -> list[tuple[ast.operator | None, ast.expr]]:
    """What a chain such as a - b + c joins, from the left, each with the operator before it (None: the first)."""
    found: list[tuple[ast.operator | None, ast.expr]] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, signs):
        found.append((node.op, node.right))
        node = node.left
    return [(None, node), *reversed(found)]


def parse_formula(text: str, names: Collection[str], where: str = "formula") -> "Expr":
    """Read a formula.

    Args:
        text: such as "t_0 * 2**(0.5*n) + max(1, m/n)".
        names: symbols it may use; they become positive sympy symbols.
        where: its place, for messages.

    Raises:
        PlaitError: anything but the arithmetic this module knows, or a part without a finite real value.

    >>> parse_formula("8 * C / F + sqrt(n)", {"C", "F", "n"})
    8*C/F + sqrt(n)
    """
    tree = _parsed(text, where)
    what = f"{where}: {shown(text.strip())}"
    found: Expr = _Reader(names, what).part(tree, 0).expr
    return found


def _parsed(text: object, where: str) -> ast.expr:
    if not isinstance(text, str):
        raise PlaitError(f"{where}: {shown(text)} is no formula; expected text")
    if len(text) > MAX_LENGTH:
        raise PlaitError(f"{where}: a formula of {len(text)} characters; the limit is {MAX_LENGTH}")
    if strange := set(text) - CHARACTERS:
        raise PlaitError(f"{where}: {shown(text)} contains {shown(min(strange))}; only arithmetic is known")
    try:
        return ast.parse(" ".join(text.split()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PlaitError(f"{where}: {shown(text)} is no formula ({type(error).__name__})") from error


class _Reader:
    """Turns a tree into an expression; `what` begins its messages."""

    def __init__(self, names: Collection[str], what: str) -> None:
        self.names = names
        self.what = what

    def part(self, node: ast.expr, depth: int) -> _Part:
        """One node and all below it."""
        if depth > MAX_DEPTH:
            raise PlaitError(f"{self.what} is nested too deep; the limit is {MAX_DEPTH}")
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self._number(number)
            case ast.Name(id=name):
                return self._name(name)
            case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign, operand=operand):
                inner = self.part(operand, depth + 1)
                return inner if isinstance(sign, ast.UAdd) else self._product([self._minus_one(), inner], [])
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                terms = [(sign, self.part(one, depth + 1)) for sign, one in _chain(node, (ast.Add, ast.Sub))]
                return self._sum(
                    [self._product([self._minus_one(), x], []) if isinstance(sign, ast.Sub) else x for sign, x in terms]
                )
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                factors = [(sign, self.part(one, depth + 1)) for sign, one in _chain(node, (ast.Mult, ast.Div))]
                above, below = (
                    [x for sign, x in factors if isinstance(sign, ast.Div) is under] for under in (False, True)
                )
                return self._product(above, below)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(self.part(left, depth + 1), self.part(right, depth + 1))
            case ast.BinOp(op=sign):
                raise PlaitError(f"{self.what} contains an operator {type(sign).__name__}; known: + - * / **")
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
                least, most = (2, MAX_ARGUMENTS) if name in MANY else (1, 1)
                if not least <= len(arguments) <= most:
                    wanted = f"{least} to {most} arguments" if name in MANY else "one argument"
                    raise PlaitError(f"{self.what}: {name} takes {wanted}, got {len(arguments)}")
                return self._call(name, [self.part(argument, depth + 1) for argument in arguments])
            case ast.Call(func=ast.Name(id=name)):
                raise PlaitError(f"{self.what} calls {shown(name)}; known: {', '.join(FUNCTIONS)}, without keywords")
        raise PlaitError(f"{self.what} contains a construct of kind {type(node).__name__}; only arithmetic is known")

    def _number(self, number: float) -> _Part:
        from sympy import Float, Integer

        if not abs(number) <= MAX_NUMBER:
            raise PlaitError(f"{self.what} contains a number beyond {MAX_NUMBER:g}")
        whole = isinstance(number, int) and abs(number) <= MAX_EXACT
        return _Part(Integer(number) if whole else Float(number), float(number))

    def _name(self, name: str) -> _Part:
        from sympy import GoldenRatio, Symbol, pi

        if name in CONSTANTS:
            return _Part({"pi": pi, "phi": GoldenRatio}[name], CONSTANTS[name])
        if name not in self.names:
            raise PlaitError(f"{self.what} contains the symbol {shown(name)}, which is neither plait's nor declared")
        return _Part(Symbol(name, positive=True), None)

    @staticmethod
    def _minus_one() -> _Part:
        from sympy import Integer

        return _Part(Integer(-1), -1.0)

    def _sum(self, terms: Sequence[_Part]) -> _Part:
        """Numbers are added up, the rest stays as it is written."""
        from sympy import Add

        total, rest = self._numbers(operator.add, 0.0, terms)
        if not rest:
            return total
        return _Part(Add(*rest, *([total.expr] if total.number else []), evaluate=False), None)

    def _product(self, above: Sequence[_Part], below: Sequence[_Part]) -> _Part:
        """Numbers are worked out and come first, the rest stays as it is written."""
        from sympy import Integer, Mul, Pow

        if any(one.number == 0 for one in below):
            raise PlaitError(f"{self.what} divides by 0")
        top, factors = self._numbers(operator.mul, 1.0, above)
        bottom, divisors = self._numbers(operator.mul, 1.0, below)
        quotient = self._checked(operator.truediv, top.number or 0.0, bottom.number or 1.0)
        scale = self._made(top.expr / bottom.expr, quotient)
        rest = [*factors, *(Pow(one, Integer(-1), evaluate=False) for one in divisors)]
        if not rest or (len(rest) == 1 and quotient == 1):
            return _Part(rest[0], None) if rest else scale
        if len(factors) == 1 and not divisors and factors[0].is_Mul and factors[0].args[0].is_Number:
            scale, rest = self._made(scale.expr * factors[0].args[0], None), list(factors[0].args[1:])
        return _Part(Mul(*([] if scale.expr == 1 else [scale.expr]), *rest, evaluate=False), None)

    def _numbers(
        self, folded: Callable[[Any, Any], Any], start: float, parts: Sequence[_Part]
    ) -> tuple[_Part, list[Any]]:
        """The numbers among the parts in one, and the expressions of the others."""
        from sympy import Integer

        value, expr = start, Integer(int(start))
        for one in parts:
            if one.number is not None:
                value = self._checked(folded, value, one.number)
                expr = self._made(folded(expr, one.expr), value).expr
        return _Part(expr, value), [one.expr for one in parts if one.number is None]

    def _power(self, base: _Part, exponent: _Part) -> _Part:
        from sympy import Pow

        number = None
        if base.number is not None and exponent.number is not None:
            if abs(exponent.number) > MAX_EXPONENT:
                raise PlaitError(f"{self.what} raises a number to a power beyond {MAX_EXPONENT}")
            number = self._checked(math.pow, base.number, exponent.number)
        return self._made(Pow(base.expr, exponent.expr, evaluate=number is not None), number)

    def _call(self, name: str, arguments: Sequence[_Part]) -> _Part:
        import sympy

        values = [argument.number for argument in arguments if argument.number is not None]
        number = None
        if len(values) == len(arguments):
            number = self._checked(_NUMBERS[name], *values)
        as_written = {"evaluate": number is not None}
        inner = [argument.expr for argument in arguments]
        if name == "log2":
            per_bit = 1 / sympy.log(2)
            return self._made(sympy.Mul(sympy.log(inner[0], **as_written), per_bit, **as_written), number)
        if name == "sqrt":
            return self._made(sympy.Pow(inner[0], sympy.Rational(1, 2), **as_written), number)
        known = {"exp": sympy.exp, "log": sympy.log, "ceil": sympy.ceiling, "max": sympy.Max, "min": sympy.Min}
        return self._made(known[name](*inner, **as_written), number)

    def _made(self, expr: Any, number: float | None) -> _Part:
        from sympy import Float

        if number is not None and expr.is_Rational and max(abs(expr.p), expr.q) > MAX_EXACT:
            expr = Float(number)
        return _Part(expr, number)

    def _checked(self, function: Callable[..., float], *values: float) -> float:
        try:
            found = float(function(*values))
        except (ArithmeticError, ValueError) as error:
            raise PlaitError(f"{self.what} has a part without a real value ({error})") from error
        if found and not 1 / MAX_NUMBER <= abs(found) <= MAX_NUMBER:
            raise PlaitError(f"{self.what} has a part of {found:g}; numbers must lie within 1e-100..1e100")
        return found
