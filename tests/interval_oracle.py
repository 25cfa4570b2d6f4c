"""What log-space arithmetic may say: an interval, computed with many digits, for tests of `plait.estimator.log_space`.

Every subexpression may be off by a few units in the last place of the log10 values it is made from: that is what the
representation can hold, and all that is allowed. The units are pushed through the rest of the expression by interval
arithmetic, so that an expression which magnifies them (a difference that cancels, a huge exponent) gets what they come
to there, and any other gets next to nothing.
"""

from collections.abc import Mapping
from typing import Any

import sympy
from mpmath import iv, mp, mpf

DIGITS = 720
"""1 + 10^-320 is told from 1, and its logarithm is known to 400 digits."""
UNITS = 8
EPSILON = UNITS * 2.0**-53
LARGEST = 10**9
"""Decades beyond which a double of the log10 has no 1e-9 left."""
ROUNDED_UP = mpf("1.01e-12")


class Unfit(Exception):
    """No statement can be made: not a real number, undecided sign under a root, or beyond LARGEST decades."""


def bounds(expression: sympy.Expr, point: Mapping[str, float], digits: int = DIGITS) -> tuple[Any, Any]:
    """Smallest and largest value (mpf) that may come out.

    Args:
        point: symbol -> log10 of its value, exactly.
        digits: fewer do, and are faster, where no logarithm of 1 + something minute is taken.

    Raises:
        Unfit: no statement can be made.
    """
    mp.dps = iv.dps = digits
    return ends(_visit(expression, {name: iv.mpf(10) ** iv.mpf(log) for name, log in point.items()}))


def ends(x: Any) -> tuple[Any, Any]:
    """Both ends of an interval, as mpf."""
    low, high = x._mpi_
    return mp.make_mpf(low), mp.make_mpf(high)


def middle(x: Any) -> Any:
    """Its middle, as mpf."""
    return sum(ends(x)) / 2


def size(x: Any) -> float:
    """Largest |log10| within an interval; 0 for 0."""
    logs = [abs(float(mp.log10(abs(end)))) for end in ends(x) if end]
    if any(log > LARGEST for log in logs):
        raise Unfit("too many decades")
    return max(logs, default=0.0)


def _widened(x: Any, decades: float) -> Any:
    """The interval with its log10 shifted by up to so many decades either way."""
    by = iv.mpf(10) ** iv.mpf([-decades, decades])
    return x * by


def _visit(node: sympy.Expr, point: Mapping[str, Any]) -> Any:
    if node.is_Symbol:
        return point[str(node)]
    if node.is_number:
        if not node.is_real:
            raise Unfit(f"{node} is not real")
        exact = iv.mpf(mp.make_mpf(node.evalf(mp.dps)._mpf_)) if node != 0 else iv.mpf(0)
        return exact if node.is_Integer else _widened(exact, EPSILON * size(exact))
    arguments = [_visit(argument, point) for argument in node.args]
    result, decades = _DO[node.func](*arguments)
    size(result)
    return _widened(result, decades)


def _product(*factors: Any) -> tuple[Any, float]:
    result = iv.mpf(1)
    for factor in factors:
        result *= factor
    return result, EPSILON * sum(map(size, factors))


def _sum(*terms: Any) -> tuple[Any, float]:
    """Term by term: off by units of the larger one, of what it grows or shrinks by, and of the gap between the two."""
    total = terms[0]
    for term in terms[1:]:
        low, high = sorted((total, term), key=lambda x: abs(middle(x)))
        total = low + high
        if 0 in total or not middle(low):
            continue
        share = float(abs(middle(low) / middle(total)))
        total = _widened(total, EPSILON * (size(high) + size(total / high) + share * size(low / high)))
    return total, 0.0


def _power(base: Any, exponent: Any) -> tuple[Any, float]:
    low, high = ends(exponent)
    if low == high == mp.nint(low):
        if 0 in base and low < 0:
            raise Unfit("division by what may be 0")
        if size(base) * abs(float(low)) > LARGEST:
            raise Unfit("too many decades")
        result = base ** int(low)
    else:
        if ends(base)[0] <= 0:
            raise Unfit("a root of what may be negative")
        if size(base) * max(abs(low), abs(high)) > LARGEST:
            raise Unfit("too many decades")
        result = iv.exp(exponent * iv.log(base))
    return result, EPSILON * size(result) * (size(exponent) + 1)


def _exponential(x: Any) -> tuple[Any, float]:
    if max(map(abs, ends(x))) > LARGEST:
        raise Unfit("too many decades")
    result = iv.exp(x)
    return result, EPSILON * size(result) * (size(x) + 1)


def _logarithm(x: Any) -> tuple[Any, float]:
    if ends(x)[0] <= 0:
        raise Unfit("the logarithm of what may be negative")
    result = iv.log(x)
    if size(result) > 300:  # so near 1 that the log10 of x is no double with all its digits
        raise Unfit("a logarithm next to nothing")
    return result, EPSILON * (1 + size(result))


def _between(low: Any, high: Any) -> tuple[Any, float]:
    return iv.mpf([low, high]), 0.0


def _ceiling(x: Any) -> tuple[Any, float]:
    low, high = ends(x)
    result, _ = _between(mp.ceil(low - ROUNDED_UP * abs(low)), mp.ceil(high))
    return result, EPSILON * (1 + size(result))


_DO = {
    sympy.Mul: _product,
    sympy.Add: _sum,
    sympy.Pow: _power,
    sympy.exp: _exponential,
    sympy.log: _logarithm,
    sympy.Max: lambda *x: _between(*(max(side) for side in zip(*map(ends, x), strict=True))),
    sympy.Min: lambda *x: _between(*(min(side) for side in zip(*map(ends, x), strict=True))),
    sympy.ceiling: _ceiling,
}
