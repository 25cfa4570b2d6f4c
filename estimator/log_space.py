"""Evaluate cost expressions in log10, so that 10^50 is a number like any other.

A value is a pair (sign, log10 |value|). Products add logs, sums are log-add-exp, powers multiply. An expression is
compiled once into a list of steps with common subexpressions shared, then evaluated on broadcasting arrays, so that
what depends only on the grid, or only on the draw, is computed in its own small shape.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plait.models import PlaitError

if TYPE_CHECKING:
    from sympy import Expr

Array = NDArray[np.float64]
Value = tuple[Array | None, Array]
"""(sign, log10 of the modulus); sign None means nowhere negative."""

LOG10_E = math.log10(math.e)
EXACT_BELOW = 15.0
"""log10 above which a double has no fractional part left to round up."""


@dataclass(frozen=True, kw_only=True)
class LogFunction:
    """A compiled expression: `f(values)` with log10 values returns log10 of the result.

    Args:
        names: symbols it needs.
        steps: operations in order; each reads earlier results by number.
    """

    names: tuple[str, ...]
    steps: tuple[tuple[Callable[..., Value], tuple[int, ...]], ...]

    def __call__(self, values: Mapping[str, Array | float]) -> Array:
        """log10 of the expression.

        Args:
            values: symbol -> log10 of its (positive) value; arrays broadcast together.

        Returns:
            Array: log10 of the value; -inf where it is 0, nan where it is negative.

        Raises:
            PlaitError: a symbol has no value.
        """
        sign, log = self.signed(values)
        return log if sign is None else np.where(sign < 0, np.nan, log)

    def signed(self, values: Mapping[str, Array | float]) -> Value:
        """Sign (None: nowhere negative) and log10 of the modulus."""
        missing = [name for name in self.names if name not in values]
        if missing:
            raise PlaitError(f"no value for {', '.join(missing)}; the calibration, machine or study must give one")
        results: list[Value] = [(None, np.asarray(values[name], float)) for name in self.names]
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            for operation, arguments in self.steps:
                results.append(operation(*(results[k] for k in arguments)))
        return results[-1]


def compile_log(expression: "Expr") -> LogFunction:
    """Compile a sympy expression of positive symbols.

    Raises:
        PlaitError: it has a function plait has no log-space form for.

    >>> import sympy
    >>> x, y = sympy.symbols("x y", positive=True)
    >>> float(compile_log(x**3 + y)({"x": 100.0, "y": 300.0}).round(6))
    300.30103
    """
    import sympy

    expression = sympy.sympify(expression)
    names = tuple(sorted(str(s) for s in expression.free_symbols))
    place: dict[Any, int] = {sympy.Symbol(name, positive=True): k for k, name in enumerate(names)}
    steps: list[tuple[Callable[..., Value], tuple[int, ...]]] = []

    def visit(node: Any) -> int:
        if node in place:
            return place[node]
        if node.is_number:
            operation: Callable[..., Value] = _constant(node)
            children: tuple[Any, ...] = ()
        else:
            operation, children = _operation(node), node.args
        step = (operation, tuple(visit(child) for child in children))
        steps.append(step)
        place[node] = len(names) + len(steps) - 1
        return place[node]

    last = visit(expression)
    if not steps or last != len(names) + len(steps) - 1:
        steps.append((lambda value: value, (last,)))
    return LogFunction(names=names, steps=tuple(steps))


def _constant(node: Any) -> Callable[[], Value]:
    import sympy

    if node == 0:
        value: Value = (None, np.asarray(-np.inf))
    elif not node.is_real:
        raise PlaitError(f"{node} is not a real number")
    else:
        log = float(sympy.log(sympy.Abs(node), 10).evalf(20))
        value = (np.asarray(-1.0) if node < 0 else None, np.asarray(log))
    return lambda: value


def _operation(node: Any) -> Callable[..., Value]:
    import sympy

    known: dict[Any, Callable[..., Value]] = {
        sympy.Add: _add,
        sympy.Mul: _multiply,
        sympy.Pow: _power,
        sympy.exp: _exponential,
        sympy.log: _logarithm,
        sympy.Max: _largest,
        sympy.Min: _smallest,
        sympy.ceiling: _ceiling,
        sympy.Abs: lambda x: (None, x[1]),
    }
    if node.func not in known:
        raise PlaitError(f"{node.func} has no log-space form; known: {', '.join(sorted(f.__name__ for f in known))}")
    return known[node.func]


def _linear(value: Value) -> Array:
    sign, log = value
    size = 10.0**log
    return size if sign is None else sign * size


def _from_linear(x: Array) -> Value:
    return (np.sign(x) if np.any(x < 0) else None), np.log10(np.abs(x))


def _add(*terms: Value) -> Value:
    """Terms that are nowhere negative first, so that cancellation happens once."""
    ordered = sorted(terms, key=lambda term: term[0] is not None)
    total = ordered[0]
    for term in ordered[1:]:
        total = _add_two(total, term)
    return total


def _add_two(x: Value, y: Value) -> Value:
    (sx, lx), (sy, ly) = x, y
    high = np.maximum(lx, ly)
    ratio = np.where(np.isneginf(high), 0.0, 10.0 ** (np.minimum(lx, ly) - high))
    if sx is None and sy is None:
        return None, high + np.log1p(ratio) * LOG10_E
    sx = np.asarray(1.0) if sx is None else sx
    sy = np.asarray(1.0) if sy is None else sy
    same = sx * sy >= 0
    log = high + np.log1p(np.where(same, ratio, -ratio)) * LOG10_E
    return np.where(lx >= ly, sx, sy), log


def _multiply(*factors: Value) -> Value:
    sign: Array | None = None
    total = factors[0][1]
    for _, log in factors[1:]:
        total = total + log
    for s, _ in factors:
        if s is not None:
            sign = s if sign is None else sign * s
    # 0 times anything is 0, also where the other factor overflowed
    zero = np.isneginf(factors[0][1])
    for _, log in factors[1:]:
        zero = zero | np.isneginf(log)
    return sign, np.where(zero, -np.inf, total)


def _power(base: Value, exponent: Value) -> Value:
    (sign, log), e = base, _linear(exponent)
    result = np.where(e == 0, 0.0, log * e)
    if sign is None:
        return None, result
    whole = e == np.rint(e)
    odd = whole & (np.mod(e, 2) == 1)
    return np.where(odd, sign, 1.0), np.where((sign < 0) & ~whole, np.nan, result)


def _exponential(x: Value) -> Value:
    return None, _linear(x) * LOG10_E


def _logarithm(x: Value) -> Value:
    return _from_linear(np.asarray(x[1] / LOG10_E))


def _order(x: Value) -> tuple[Array, Array]:
    sign, log = x
    return (np.zeros_like(log) + 1 if sign is None else sign), log


def _largest(*terms: Value) -> Value:
    best = terms[0]
    for term in terms[1:]:
        if best[0] is None and term[0] is None:
            best = None, np.maximum(best[1], term[1])
            continue
        (sx, lx), (sy, ly) = _order(best), _order(term)
        first = np.where(sx == sy, np.where(sx > 0, lx >= ly, lx <= ly), sx > sy)
        best = np.where(first, sx, sy), np.where(first, lx, ly)
    return best


def _smallest(*terms: Value) -> Value:
    negative = [(-s, log) for s, log in map(_order, terms)]
    sign, log = _order(_largest(*negative))
    return -sign, log


def _ceiling(x: Value) -> Value:
    sign, log = x
    value = _linear((sign, np.minimum(log, EXACT_BELOW)))
    nearest = np.rint(value)
    whole = np.where(np.abs(value - nearest) <= 1e-9 * np.maximum(1, np.abs(value)), nearest, np.ceil(value))
    up_sign, up = _from_linear(whole)
    return (up_sign if sign is not None else None), np.where(log > EXACT_BELOW, log, up)
