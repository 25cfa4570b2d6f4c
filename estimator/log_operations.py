"""Arithmetic on values kept as (sign, log10 of the modulus): sums, products, powers, exponentials, ceilings.

Each operation takes and returns such pairs, of arrays that broadcast, and writes over no argument. What rounds is the
log10: a result is off by a few units in the last place of the logarithms it was made from. Sums that nearly cancel and
logarithms of values near 1 keep their relative accuracy (expm1, log1p).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Value = tuple[Array | None, Array]
"""(sign, log10 of the modulus); sign None means nowhere negative."""

LN_10 = math.log(10)
LOG10_E = 1 / LN_10
LN_2 = math.log(2)
LOG2_10 = math.log2(10)
LEAST = -1022.0
"""log2 of the smallest double with all its digits."""
EXACT_BELOW = 15.0
"""log10 above which a double has no fractional part left to round up."""
SMALL = -300.0
"""log10 of a double that is not 0."""
ROUNDING = 1e-12
"""Relative excess over a whole number that is not rounded up: 10^log10(3) need not be 3."""


def linear(value: Value) -> Array:
    """The value itself; inf or 0 beyond doubles."""
    sign, log = value
    size: Array = _over(np.exp, log * LN_10)
    return size if sign is None else sign * size


def _over(ufunc: Any, x: Any) -> Any:
    """`ufunc(x)` in the place of a temporary x."""
    return ufunc(x, out=x) if isinstance(x, np.ndarray) else ufunc(x)


def add(*terms: Value) -> Value:
    """Sum, term by term. What one element comes to does not depend on the signs of the others."""
    total = terms[0]
    for term in terms[1:]:
        total = _add_two(total, term)
    return total


def _add_two(x: Value, y: Value) -> Value:
    """log of the larger modulus, plus that of 1 + or - the share that the other is of it."""
    (sx, lx), (sy, ly) = x, y
    gap: Any = lx - ly
    gap = _over(np.abs, gap)
    gap *= -LOG2_10 / 2
    # Processors are ten times slower where exp2 underflows, so half the gap is taken, kept from doing so, and squared.
    # Where both terms are infinite the gap is nan, which fmax passes over.
    gap = np.fmax(gap, LEAST, out=gap) if isinstance(gap, np.ndarray) else np.fmax(gap, LEAST)
    if sx is None and sy is None:
        return None, _grown(gap, lx, ly)
    sx = np.asarray(1.0) if sx is None else sx
    sy = np.asarray(1.0) if sy is None else sy
    same = np.asarray(sx * sy >= 0)
    log = np.maximum(lx, ly) + LOG10_E * _log_of_one_less(gap * (2 * LN_2)) if not same.all() else None
    if log is None:
        log = _grown(gap, lx, ly)
    elif same.any():
        log = np.where(same, _grown(gap, lx, ly), log)
    sign = np.where(lx >= ly, sx, sy)
    return (sign if (sign < 0).any() else None), log


def _grown(gap: Any, lx: Array, ly: Array) -> Array:
    """log10 of a sum whose smaller term is 4^gap of the larger; `gap` is a temporary."""
    gap = _over(np.exp2, gap)
    gap *= gap
    gap = _over(np.log1p, gap)
    gap *= LOG10_E
    gap += np.maximum(lx, ly)
    return np.asarray(gap)


def _log_of_one_less(gap: Array) -> Array:
    """ln(1 - e^gap), gap <= 0, to full relative accuracy at both ends."""
    return np.where(gap > -LN_2, np.log(-np.expm1(gap)), np.log1p(-np.exp(gap)))


def multiply(*factors: Value) -> Value:
    """Product; 0 times anything is 0, also where the other factor overflowed."""
    sign: Array | None = None
    for s, _ in factors:
        if s is not None:
            sign = s if sign is None else sign * s
    total: Any = factors[0][1]
    if len(factors) > 1:
        total = total + factors[1][1]
    for _, log in factors[2:]:
        total = total + log
    if np.isnan(total).any():
        for _, log in factors:
            total = np.where(np.isneginf(log), -np.inf, total)
    return sign, np.asarray(total)


def power_by(exponent: float, parity: int | None) -> Callable[[Value], Value]:
    """x -> x^exponent for one number, not 0; parity: of a whole exponent, else None."""

    def operation(base: Value) -> Value:
        sign, log = base
        result = -log if exponent == -1 else log * exponent
        if sign is not None and parity is None:
            result, sign = np.where((sign < 0) & ~np.isneginf(log), np.nan, result), None
        return (sign if parity == 1 else None), result

    return operation


def power(base: Value, exponent: Value) -> Value:
    """base^exponent; 0^0 is 1; nan where the base is negative and the exponent not whole."""
    (sign, log), e = base, linear(exponent)
    result = log * e
    if np.isnan(result).any():
        result = np.where((e == 0) | (log == 0), 0.0, result)
    if sign is None:
        return None, np.asarray(result)
    nearest = np.rint(e)
    whole = np.abs(e - nearest) <= ROUNDING * np.abs(e)
    odd = whole & (np.mod(nearest, 2) == 1)
    return np.where(odd, sign, 1.0), np.where((sign < 0) & ~whole & ~np.isneginf(log), np.nan, result)


def exponential(x: Value) -> Value:
    """e^x."""
    return None, linear(x) * LOG10_E


def logarithm(x: Value) -> Value:
    """ln x; nan where x is negative."""
    sign, log = x
    value = log * LN_10
    if sign is not None:
        value = np.where((sign < 0) & ~np.isneginf(log), np.nan, value)
    return _from_linear(np.asarray(value))


def _from_linear(x: Array) -> Value:
    return (np.sign(x) if np.any(x < 0) else None), np.log10(np.abs(x))


def _signed(x: Value) -> tuple[Array, Array]:
    sign, log = x
    return (np.ones_like(log) if sign is None else sign), log


def largest(*terms: Value) -> Value:
    """The largest of the terms."""
    best = terms[0]
    positive = any(sign is None for sign, _ in terms)
    for term in terms[1:]:
        if best[0] is None and term[0] is None:
            best = None, np.maximum(best[1], term[1])
            continue
        (sx, lx), (sy, ly) = _signed(best), _signed(term)
        first = np.where(sx == sy, np.where(sx > 0, lx >= ly, lx <= ly), sx > sy)
        best = np.where(first, sx, sy), np.where(first, lx, ly)
    return (None if positive else best[0]), best[1]


def smallest(*terms: Value) -> Value:
    """The smallest of the terms."""
    if all(sign is None for sign, _ in terms):
        best = terms[0][1]
        for _, log in terms[1:]:
            best = np.minimum(best, log)
        return None, best
    sign, log = _signed(largest(*((-s, log) for s, log in map(_signed, terms))))
    return -sign, log


def ceiling(x: Value) -> Value:
    """x rounded up, whole numbers kept; 1 for the least that is above 0."""
    sign, log = x
    value: Any = linear((None, np.clip(log, SMALL, EXACT_BELOW)))
    if sign is None:
        value *= 1 - ROUNDING
        up = _over(np.log10, _over(np.ceil, value))
    else:
        up = np.log10(np.abs(np.ceil(sign * value - ROUNDING * value)))
        sign = np.where(sign < 0, -1.0, 1.0)
    up = np.where(log > EXACT_BELOW, log, up)
    return sign, (np.where(np.isneginf(log), log, up) if np.isneginf(log).any() else up)


def modulus(x: Value) -> Value:
    """|x|."""
    return None, x[1]
