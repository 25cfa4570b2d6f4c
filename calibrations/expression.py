"""Arithmetic found in a file, read without running it: a syntax tree walked node by node against a short list.

Known: numbers, + - * / % **, pi, the variables that the caller names, calls of a few functions of numbers, and lists of
lists of all that where a matrix is expected. Anything else is refused with its place. Numbers are floats from the
start, so nothing can grow beyond them; length, depth and exponents are bounded.
"""

import ast
import cmath
import math
import operator
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from plait.models import PlaitError
from plait.models.errors import shown

MAX_LENGTH = 1_000
MAX_DEPTH = 40
MAX_EXPONENT = 64
MAX_NUMBER = 1e100
MAX_ARGUMENTS = 8

CHARACTERS = frozenset(string.ascii_letters + string.digits + "_+-*/%.,()[] ")

Number = float | complex
OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sqrt": cmath.sqrt,
    "exp": cmath.exp,
    "log": cmath.log,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "abs": abs,
    "min": min,
    "max": max,
}
MANY = ("min", "max")
"""Functions of two numbers or more; the others take one."""
CONSTANTS: Mapping[str, float] = {"pi": math.pi}


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A formula that has been checked. Made by `parse_expression`.

    Args:
        text: as it was written.
        variables: names that need a value.
        where: place in the file, for messages.
        tree: of the known nodes only.
    """

    text: str
    variables: tuple[str, ...]
    where: str
    tree: ast.expr = field(repr=False, compare=False)

    def number(self, **values: float) -> Number:
        """The value, real or complex.

        Raises:
            PlaitError: no finite value at these arguments, e.g. a division by 0.
        """
        try:
            found = _value(self.tree, {**CONSTANTS, **{name: float(values[name]) for name in self.variables}})
        except (ArithmeticError, ValueError, TypeError) as error:
            raise self._problem(f"has no value ({error})", values) from error
        if not cmath.isfinite(found):
            raise self._problem("is not finite", values)
        return found

    def real(self, **values: float) -> float:
        """The value, which must be real.

        Raises:
            PlaitError: it is complex, or there is none.
        """
        found = self.number(**values)
        if isinstance(found, complex):
            if abs(found.imag) > 1e-12 * abs(found):
                raise self._problem("is not real", values)
            return found.real
        return found

    def _problem(self, what: str, values: Mapping[str, float]) -> PlaitError:
        at = ", ".join(f"{name} = {value:.6g}" for name, value in values.items() if name in self.variables)
        return PlaitError(f"{self.where}: {shown(self.text)} {what}{f' at {at}' if at else ''}")


def parse_expression(text: str, variables: Sequence[str] = (), where: str = "expression") -> Expression:
    """Check a formula for one number.

    Args:
        text: the formula.
        variables: names it may use besides pi.
        where: its place, for messages.

    Raises:
        PlaitError: anything but the arithmetic this module knows.

    >>> parse_expression("2e-4 + 7e-4 * (abs(a) % pi)", ("a",)).real(a=-1.0)
    0.0009
    """
    return _checked(_parsed(text, where), text, tuple(variables), where)


def parse_matrix(
    text: str, variables: Sequence[str] = (), where: str = "matrix", most: int = 4
) -> tuple[tuple[Expression, ...], ...]:
    """Check a square matrix of formulas, written as a list of rows.

    Args:
        text: e.g. "[[1, 0], [0, exp(1j*a)]]".
        variables: names it may use besides pi.
        where: its place, for messages.
        most: rows.

    Raises:
        PlaitError: not such a matrix.

    >>> [[entry.number(a=0.0) for entry in row] for row in parse_matrix("[[1, 0], [0, 2*a]]", ("a",))]
    [[1.0, 0.0], [0.0, 0.0]]
    """
    tree = _parsed(text, where)
    rows = tree.elts if isinstance(tree, ast.List) else []
    if not 1 <= len(rows) <= most or not all(isinstance(row, ast.List) and len(row.elts) == len(rows) for row in rows):
        raise PlaitError(f"{where}: {shown(text)} is no square matrix [[..], ..] of 1 to {most} rows")
    return tuple(
        tuple(
            _checked(entry, text, tuple(variables), f"{where}[{i}][{j}]")
            for j, entry in enumerate(cast(ast.List, row).elts)
        )
        for i, row in enumerate(rows)
    )


def _parsed(text: str, where: str) -> ast.expr:
    given: object = text
    if not isinstance(given, str):
        raise PlaitError(f"{where}: {shown(given)} is no formula; expected text")
    if len(text) > MAX_LENGTH:
        raise PlaitError(f"{where}: a formula of {len(text)} characters; the limit is {MAX_LENGTH}")
    if strange := set(text) - CHARACTERS:
        raise PlaitError(f"{where}: {shown(text)} contains {shown(min(strange))}; only arithmetic is known")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise PlaitError(f"{where}: {shown(text)} is no formula ({type(error).__name__})") from error


def _checked(tree: ast.expr, text: str, variables: tuple[str, ...], where: str) -> Expression:
    _check(tree, (*CONSTANTS, *variables), f"{where}: {shown(text)}", 0)
    return Expression(text=text, variables=variables, where=where, tree=tree)


def _check(node: ast.expr, names: tuple[str, ...], what: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise PlaitError(f"{what} is nested too deep; the limit is {MAX_DEPTH}")
    inner: Sequence[ast.expr]
    match node:
        case ast.Constant(value=bool()):
            raise PlaitError(f"{what} contains a truth value; only numbers are known")
        case ast.Constant(value=int() | float() | complex() as number):
            if not abs(number) <= MAX_NUMBER:
                raise PlaitError(f"{what} contains a number beyond {MAX_NUMBER:g}")
            inner = ()
        case ast.Name(id=name):
            if name not in names:
                raise PlaitError(f"{what} contains the name {shown(name)}; known: {', '.join(names)}")
            inner = ()
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            inner = (operand,)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            inner = (left, right)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            least, most = (2, MAX_ARGUMENTS) if name in MANY else (1, 1)
            if not least <= len(arguments) <= most:
                wanted = f"{least} to {most} arguments" if name in MANY else "one argument"
                raise PlaitError(f"{what}: {name} takes {wanted}, got {len(arguments)}")
            inner = arguments
        case ast.Call(func=ast.Name(id=name)):
            raise PlaitError(f"{what} calls {shown(name)}; known: {', '.join(FUNCTIONS)}, without keywords")
        case _:
            raise PlaitError(f"{what} contains {_kind(node)}; only arithmetic is known")
    for child in inner:
        _check(child, names, what, depth + 1)


def _kind(node: ast.expr) -> str:
    return f"a construct of kind {type(node).__name__}"


def _value(node: ast.expr, values: Mapping[str, float]) -> Number:
    """Value of a checked tree; reals stay real wherever they can."""
    match node:
        case ast.Constant(value=number):
            return number if isinstance(number, complex) else float(cast(float, number))
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=op, operand=operand):
            value = _value(operand, values)
            return -value if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _value(left, values), _value(right, values)
            if isinstance(op, ast.Pow) and abs(b) > MAX_EXPONENT:
                raise ValueError(f"exponent beyond {MAX_EXPONENT}")
            return cast(Number, OPERATORS[type(op)](a, b))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            found = FUNCTIONS[name](*(_value(argument, values) for argument in arguments))
            return found.real if isinstance(found, complex) and not found.imag else cast(Number, found)
    raise AssertionError("unreachable: only checked trees get here")
