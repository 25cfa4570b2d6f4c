"""Log-space evaluation against mpmath, far beyond the range of doubles."""

import math

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from plait.estimator.log_space import compile_log
from plait.models import MODELS, PlaitError

X, Y = sympy.symbols("x y", positive=True)
LOGS = st.floats(-40, 300)


def leaves() -> st.SearchStrategy[sympy.Expr]:
    return st.sampled_from([X, Y, sympy.Integer(3), sympy.Rational(2, 7), sympy.GoldenRatio, sympy.Float("1e-3")])


def grown(inner: st.SearchStrategy[sympy.Expr]) -> st.SearchStrategy[sympy.Expr]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: p[0] + p[1]),
        pair.map(lambda p: p[0] * p[1]),
        pair.map(lambda p: p[0] / p[1]),
        pair.map(lambda p: sympy.Max(*p)),
        pair.map(lambda p: sympy.Min(*p)),
        st.tuples(inner, st.integers(-3, 3)).map(lambda p: p[0] ** p[1]),
        inner.map(sympy.sqrt),
        inner.map(lambda e: sympy.log(1 + e)),
    )


@given(st.recursive(leaves(), grown, max_leaves=8), LOGS, LOGS)
def test_positive_expressions_equal_mpmath(expr: sympy.Expr, log_x: float, log_y: float) -> None:
    """Random positive expressions agree with 60-digit arithmetic to 1e-9 in log10."""
    with mpmath.workdps(60):
        point = {X: sympy.Float(mpmath.mpf(10) ** log_x, 60), Y: sympy.Float(mpmath.mpf(10) ** log_y, 60)}
        exact = sympy.log(expr.subs(point), 10).evalf(60)
        if not exact.is_finite:
            return
    found = float(compile_log(expr)({"x": log_x, "y": log_y}))
    # log(1 + e) of a tiny e: 1 + e has no more digits than a double
    tolerance = 1e-9 if not expr.has(sympy.log) else 1e-6
    if expr.has(sympy.log) and abs(found - float(exact)) > tolerance:
        assert any(abs(float(sympy.log(arg.subs(point)).evalf(40))) < 1e-9 for arg in _log_arguments(expr))
        return
    assert found == pytest.approx(float(exact), rel=1e-9, abs=tolerance)


def _log_arguments(expr: sympy.Expr) -> list[sympy.Expr]:
    return [node.args[0] for node in sympy.preorder_traversal(expr) if node.func is sympy.log]


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
    ],
)
def test_signs_and_large_numbers(expr: sympy.Expr, values: dict[str, float], expected: float) -> None:
    """Differences, zeros, exponentials and values beyond 10^308."""
    assert float(compile_log(expr)(values)) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(st.integers(1, 10**6))
def test_ceiling_keeps_whole_numbers(k: int) -> None:
    """ceil(3) stays 3 although 10^log10(3) is a little more."""
    assert float(compile_log(sympy.ceiling(X))({"x": math.log10(k)})) == pytest.approx(math.log10(k), abs=1e-14)
    assert float(compile_log(sympy.ceiling(X))({"x": math.log10(k + 0.01)})) == pytest.approx(
        math.log10(k + 1), abs=1e-12
    )


def test_negative_results_are_nan() -> None:
    """A negative value has no log10; its sign is still there for who asks."""
    f = compile_log(X - Y)
    assert np.isnan(f({"x": 1.0, "y": 2.0}))
    assert float(np.asarray(f.signed({"x": 1.0, "y": 2.0})[0])) == -1


def test_unknown_functions_and_symbols_are_errors() -> None:
    """No silent nonsense."""
    with pytest.raises(PlaitError, match="no log-space form"):
        compile_log(sympy.sin(X))
    with pytest.raises(PlaitError, match="no value for y"):
        compile_log(X + Y)({"x": 1.0})


def test_every_model_formula_equals_mpmath() -> None:
    """All formulas of all models, at a point with ordinary and huge values."""
    rng = np.random.default_rng(5)
    for model in MODELS.values():
        point = {name: float(rng.uniform(0.1, 0.9)) for name in model.constants}
        point |= {
            "n": 60.0,
            "r": 900.0,
            "D_r": 80.0,
            "h": 40.0,
            "T": 800.0,
            "w": 40.0,
            "C": 1e14,
            "C_f": 1e11,
            "P_f": 1e8,
        }
        point |= {
            "eps": 0.1,
            "delta": 0.05,
            "v": 0.5,
            "e_2q": 1e-4,
            "e_1q": 1e-5,
            "e_idle": 1e-6,
            "e_spam": 1e-4,
            "u_2q": 0.04,
        }
        for closure in model.closures:
            formulas = {**model.costs(closure), **model.limits(closure)}
            for quantity, expr in formulas.items():
                exact = expr.evalf(40, subs={s: sympy.Float(point[str(s)], 40) for s in expr.free_symbols})
                found = compile_log(expr)({name: math.log10(value) for name, value in point.items()})
                if exact == 0:
                    assert np.isneginf(found), (model.name, quantity)
                else:
                    assert float(found) == pytest.approx(float(sympy.log(exact, 10)), rel=1e-9, abs=1e-9), quantity
