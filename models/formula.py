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
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}


class _Part(NamedTuple):
    """An expression, and its value if there is no symbol in it."""

    expr: Any
    number: float | None


def parse_formula(text: str, names: Collection[str], where: str = "formula") -> "Expr":
    """Read a formula.

    Args:
        text: such as "t_0 * 2**(0.5*n) + max(1, m/n)".
        names: symbols it may use; they become positive sympy symbols.
        where: its place, for messages.

    Raises:
        PlaitError: anything but the arithmetic this module knows, or a part without a finite real value.

    >>> parse_formula("8 * C / F + sqrt(n)", {"C", "F", "n"})
    (8*C)/F + sqrt(n)
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
        from sympy import Integer

        if depth > MAX_DEPTH:
            raise PlaitError(f"{self.what} is nested too deep; the limit is {MAX_DEPTH}")
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self._number(number)
            case ast.Name(id=name):
                return self._name(name)
            case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign, operand=operand):
                inner = self.part(operand, depth + 1)
                minus_one = _Part(Integer(-1), -1.0)
                return inner if isinstance(sign, ast.UAdd) else self._binary(ast.Mult(), minus_one, inner)
            case ast.BinOp(left=left, op=sign, right=right):
                return self._binary(sign, self.part(left, depth + 1), self.part(right, depth + 1))
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

    def _binary(self, sign: ast.operator, a: _Part, b: _Part) -> _Part:
        from sympy import Add, Integer, Mul, Pow

        if isinstance(sign, ast.Div) and b.number == 0:
            raise PlaitError(f"{self.what} divides by 0")
        number = self._value(sign, a.number, b.number)
        as_written = {"evaluate": number is not None}
        match sign:
            case ast.Add():
                found = Add(a.expr, b.expr, **as_written)
            case ast.Sub():
                minus_b = Mul(Integer(-1), b.expr, evaluate=b.number is not None)
                found = Add(a.expr, minus_b, **as_written)
            case ast.Mult():
                found = Mul(a.expr, b.expr, **as_written)
            case ast.Div():
                one_over_b = Pow(b.expr, Integer(-1), evaluate=b.number is not None)
                pair = (one_over_b, a.expr) if b.number is not None else (a.expr, one_over_b)  # reads n/2, not n*(1/2)
                found = Mul(*pair, **as_written)
            case ast.Pow():
                found = Pow(a.expr, b.expr, **as_written)
            case _:
                raise PlaitError(f"{self.what} contains an operator {type(sign).__name__}; known: + - * / **")
        return self._made(found, number)

    def _call(self, name: str, arguments: Sequence[_Part]) -> _Part:
        import sympy

        values = [argument.number for argument in arguments if argument.number is not None]
        number = None
        if len(values) == len(arguments):
            number = self._checked(lambda: float(_NUMBERS[name](*values)))
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

    def _value(self, sign: ast.operator, a: float | None, b: float | None) -> float | None:
        """The value of two numbers, found with floats before sympy finds it with fractions; None with a symbol."""
        if a is None or b is None:
            return None
        if isinstance(sign, ast.Pow) and abs(b) > MAX_EXPONENT:
            raise PlaitError(f"{self.what} raises a number to a power beyond {MAX_EXPONENT}")
        return self._checked(lambda: _OPERATORS[type(sign)](a, b)) if type(sign) in _OPERATORS else None

    def _checked(self, value: Callable[[], float]) -> float:
        try:
            found = value()
        except (ArithmeticError, ValueError) as error:
            raise PlaitError(f"{self.what} has a part without a real value ({error})") from error
        if found and not 1 / MAX_NUMBER <= abs(found) <= MAX_NUMBER:
            raise PlaitError(f"{self.what} has a part of {found:g}; numbers must lie within 1e-100..1e100")
        return found
