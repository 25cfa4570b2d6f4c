"""Log-space evaluation against mpmath, far beyond the range of doubles."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from interval_oracle import DIGITS, Unfit, bounds
from mpmath import mp

from plait.estimator import log_space
from plait.estimator.log_space import compile_log
from plait.models import MODELS, Closure, CostModel, PlaitError

X, Y, Z = sympy.symbols("x y z", positive=True)
WITHIN = 1e-9
"""In log10, beyond what rounding the log10 of every subexpression comes to: see `interval_oracle`."""


def check(expression: sympy.Expr, point: Mapping[str, float], digits: int = DIGITS) -> None:
    """Sign and log10 of a compiled expression lie within the bounds."""
    low, high = bounds(expression, point, digits)
    sign, log = (None if part is None else float(part) for part in compile_log(expression).signed(point))
    told = f"{expression} at {point}: 10^{log}, sign {sign}; may be {mp.nstr(low, 15)} .. {mp.nstr(high, 15)}"
    assert log is not None, told
    assert not math.isnan(log), told
    value = mp.mpf(10) ** log * (-1 if sign is not None and sign < 0 else 1) if log > -math.inf else mp.mpf(0)
    slack = mp.mpf(10) ** WITHIN
    assert (low / slack if low > 0 else low * slack) <= value <= (high * slack if high > 0 else high / slack), told


def numbers() -> st.SearchStrategy[sympy.Expr]:
    written = ["3", "2/7", "GoldenRatio", "1e-3", "-1", "-5/3", "1 + 1e-12", "1e300", "1e-300", "7"]
    return st.sampled_from([sympy.sympify(text) for text in written])


def raised(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """The power, real and finite where that can be told from the numbers alone, and not of a thousand digits."""
    if base.is_number:
        return (sympy.Abs(base).evalf(30) ** exponent) if base != 0 else base
    return base**exponent


def grown(inner: st.SearchStrategy[sympy.Expr]) -> st.SearchStrategy[sympy.Expr]:
    pair = st.tuples(inner, inner)
    exponents = st.sampled_from(
        [-3, -2, -1, 2, 3, 12, sympy.Rational(1, 2), sympy.Rational(-5, 3), sympy.Float("0.37")]
    )
    return st.one_of(
        pair.map(lambda p: p[0] + p[1]),
        pair.map(lambda p: p[0] - p[1]),
        pair.map(lambda p: p[0] * p[1]),
        pair.map(lambda p: p[0] / (p[1] if p[1] != 0 else 1)),
        pair.map(lambda p: sympy.Max(*p)),
        pair.map(lambda p: sympy.Min(*p)),
        st.tuples(inner, exponents).map(lambda p: raised(*p)),
        st.tuples(inner, st.sampled_from([Z, -Z, Z + 1, sympy.log(Z + 1)])).map(lambda p: raised(*p)),
        inner.map(lambda e: e if e.is_number else sympy.exp(sympy.Min(e, 1000))),
        inner.map(lambda e: 1 - sympy.exp(-sympy.Abs(e)) if e.is_positive and not e.is_number else e),
        inner.map(lambda e: sympy.log(1 + e) if e.is_positive and not e.is_number else e),
        inner.map(lambda e: sympy.ceiling(e) if not e.is_number else e),
    )


@st.composite
def points(draw: st.DrawFn) -> dict[str, float]:
    """log10 of x, y and z: anything, or nearly the same x and y; z is of the size of an exponent."""
    x = draw(st.one_of(st.floats(-320, 320), st.floats(-2, 2)))
    near = draw(st.sampled_from([None, 0.0, 1e-15, -1e-13, 1e-9, -1e-6, 1e-3]))
    return {"x": x, "y": draw(st.floats(-320, 320)) if near is None else x + near, "z": draw(st.floats(-3, 3))}


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.recursive(st.one_of(st.sampled_from([X, Y, Z]), numbers()), grown, max_leaves=10), points())
def test_random_expressions_equal_mpmath(expression: sympy.Expr, point: dict[str, float]) -> None:
    """Sums, differences that cancel, products, powers, exp, log, Max, Min, ceiling, from 10^-320 to beyond 10^320."""
    assume(not expression.has(sympy.nan, sympy.zoo, sympy.oo, sympy.I) and not expression.is_number)
    assume(all(type(node) in KNOWN or node.is_Atom or node.is_number for node in sympy.preorder_traversal(expression)))
    try:
        check(expression, point)
    except Unfit:
        assume(False)


KNOWN = {sympy.Add, sympy.Mul, sympy.Pow, sympy.exp, sympy.log, sympy.Max, sympy.Min, sympy.ceiling}
FORMULAS = [
    (model, closure, dict(zip(model.variants, values, strict=True)))
    for model in MODELS.values()
    for closure in sorted(model.closures)
    for values in itertools.product(*model.variants.values())
    if dict(zip(model.variants, values, strict=True)).get("gate_set") != "zzmax"  # counted as cz is
]
"""Of every model, every closure and every variant."""


@pytest.mark.parametrize(
    ("model", "closure", "variant"), FORMULAS, ids=["-".join([m.name, c, *v.values()]) for m, c, v in FORMULAS]
)
def test_every_formula_of_every_model_equals_mpmath(model: CostModel, closure: Closure, variant: Any) -> None:
    """All costs and limits at random points: counts from 1 to 10^300, probabilities and constants below 1."""
    rng = np.random.default_rng(5)
    formulas = {**model.costs(closure, **variant), **model.limits(closure, **variant)}
    judged = dict.fromkeys(formulas, 0)
    for top in (3.0, 12.0, 300.0):
        point = {name: random_log(name, top, rng) for name in model.constants}
        for name, expression in formulas.items():
            try:
                check(expression, point, 80)
            except Unfit:
                continue
            judged[name] += 1
    assert min(judged.values()) >= 1, judged


COUNTS = {"n", "m", "D", "r", "D_r", "h", "r_full", "r_hard", "r_one", "f", "D_b", "d_f", "T", "w", "T_p", "T_s", "p_s"}


def random_log(name: str, top: float, rng: np.random.Generator) -> float:
    """log10 of a value that a symbol may have; operations and bytes up to 10^top."""
    if name in COUNTS:
        return float(rng.uniform(0.5, 3.0))
    if name in ("eps", "delta", "v", "z", "x_cut") or name[:2] in ("u_", "e_"):
        return float(rng.uniform(-6, -1e-3))
    if name[:2] in ("C", "W", "C_", "W_", "P_", "K", "chi"):
        return float(rng.uniform(0, top))
    return float(rng.uniform(-3, 0.5))


@pytest.mark.parametrize(
    ("expr", "values", "expected"),
    [
        (X - Y, {"x": 2.0, "y": 1.0}, math.log10(90)),
        ((X - Y) ** 2, {"x": 1.0, "y": 2.0}, math.log10(8100)),
        (sympy.exp(-X), {"x": 3.0}, -1000 * math.log10(math.e)),
        (sympy.Integer(0) * X + Y, {"x": 5.0, "y": 1.0}, 1.0),
        (2**X, {"x": 3.0}, 1000 * math.log10(2)),
        (sympy.Max(X - Y, 1), {"x": 1.0, "y": 2.0}, 0.0),
        (sympy.Min(X, Y - X, 7), {"x": 2.0, "y": 2.5}, math.log10(7)),
        (X * 10**50, {"x": 300.0}, 350.0),
        (1 - sympy.exp(-X), {"x": -15.0}, -15.0),
        (sympy.log(1 + X), {"x": -300.0}, -300.0),
        (sympy.log(1 + X), {"x": -math.inf}, -math.inf),
        (sympy.log(sympy.exp(X)), {"x": -12.0}, -12.0),
        ((1 - Y) ** X, {"x": math.log10(3), "y": math.log10(3)}, math.log10(8)),
        (sympy.ceiling(X), {"x": -400.0}, 0.0),
        (sympy.ceiling(X), {"x": -math.inf}, -math.inf),
        (sympy.ceiling(1 - X), {"x": math.log10(3.5)}, math.log10(2)),
        (X + Y, {"x": math.inf, "y": math.inf}, math.inf),
        (X * Y, {"x": -math.inf, "y": math.inf}, -math.inf),
        (X**Y, {"x": -math.inf, "y": -math.inf}, 0.0),
    ],
)
def test_signs_and_large_numbers(expr: sympy.Expr, values: dict[str, float], expected: float) -> None:
    """Differences, zeros, exponentials, infinities, logarithms of values near 1 and values beyond 10^308."""
    _, log = compile_log(expr).signed(values)
    assert float(log) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(st.integers(1, 10**6))
def test_ceiling_keeps_whole_numbers(k: int) -> None:
    """ceil(3) stays 3 although 10^log10(3) may be a little more; 1e-9 more is more."""
    f = compile_log(sympy.ceiling(X))
    assert float(f({"x": math.log10(k)})) == pytest.approx(math.log10(k), abs=1e-14)
    assert float(f({"x": math.log10(k * (1 + 1e-9))})) == pytest.approx(math.log10(k + 1), abs=1e-12)


def test_negative_results_are_nan() -> None:
    """A negative value has no log10; its sign is still there for who asks. Nor has it a root or a logarithm."""
    f = compile_log(X - Y)
    assert np.isnan(f({"x": 1.0, "y": 2.0}))
    assert float(np.asarray(f.signed({"x": 1.0, "y": 2.0})[0])) == -1
    for made in (sympy.sqrt(X - Y), (X - Y) ** (Y / 1000), sympy.log(X - Y)):
        assert np.isnan(compile_log(made)({"x": 1.0, "y": 2.0}))
    assert np.isneginf(f({"x": 1.0, "y": 1.0}))


def test_unknown_functions_and_symbols_are_errors() -> None:
    """No silent nonsense."""
    with pytest.raises(PlaitError, match="no log-space form"):
        compile_log(sympy.sin(X))
    with pytest.raises(PlaitError, match="no value for y"):
        compile_log(X + Y)({"x": 1.0})


@pytest.mark.parametrize("shape", [(), (7,), (1, 50), (3, 40, 200), (5, 1, 9), (2, 3, 40_000)])
def test_tiles_change_no_bit(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shapes of what it depends on, an element is what it is alone."""
    rng = np.random.default_rng(3)
    last = rng.uniform(-2, 2, shape[-1:])
    first = rng.uniform(-2, 2, shape[:1] + (1,) * (len(shape) - 1)) if shape else 0.3
    values = {"x": rng.uniform(-2, 2, shape), "y": last if shape else np.asarray(1.0), "z": first}
    expr = sympy.log(1 + X / Z) * (X - Y) ** 3 + sympy.exp(Z - Y) + sympy.ceiling(X * Y) / Y + sympy.Max(1, Z - Y)
    f = compile_log(expr)
    whole_sign, whole = f.signed(values)
    monkeypatch.setattr(log_space, "TILE", 11)
    sign, log = f.signed(values)
    assert log.shape == shape
    assert np.array_equal(log, whole)
    assert np.array_equal(np.broadcast_to(sign, shape), np.broadcast_to(whole_sign, shape))
    place = tuple(rng.integers(0, n) for n in shape)
    alone = f.signed({name: np.broadcast_to(value, shape)[place] for name, value in values.items()})
    assert (float(np.broadcast_to(sign, shape)[place]), float(log[place])) == (float(alone[0] or 1), float(alone[1]))
