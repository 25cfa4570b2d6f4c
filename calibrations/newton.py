"""Robust least squares of forms that are not linear, converged to rounding: any machine finds the same minimum.

What is minimised is sum(rho(r_i)) / 2 + PRIOR^2 |x - start|^2 / 2, rho = 2 (sqrt(1 + r^2) - 1) (the soft_l1 loss),
within bounds. The second term makes a minimum unique where the runs say nothing of a constant, and hardly moves the
others: it counts as one deviation of 1 does when a constant is 1 / PRIOR off its start. Damped steps with the Hessian
of Gauss and Newton come near; steps with the whole Hessian, kept while they shrink fast, end at rounding. Derivatives
are exact: a residual is evaluated at x + i h, so it must be analytic but for corners (`numpy.minimum` of complex
numbers compares real parts first), and corners that move with the constants must be round where the minimum may lie.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Residual = Callable[[Array], Array]
"""Constants, shape (k, 1), to deviations in units of the loss, shape (1, rows); columns of constants are alike."""

PRIOR = 1e-2
TINY_STEP = 1e-30
"""Imaginary: nothing cancels, so that it need not be weighed."""
DIFFERENCE = 1e-6
"""Of the gradients that make up the whole Hessian; its error only costs steps."""
NEAR = 1e-3
"""Step, in units of the loss, from which on the whole Hessian is used."""
ROUNDING = 1e-13
"""Step at which there is nothing left to gain."""
FLOOR = 1e-9
"""Step that may be all rounding, where constants are hardly known, if the next is no smaller."""
SHRINKS = 0.2
"""Factor by which every step must shrink for the Hessian to be kept."""
ROUNDS = 120
WHOLE_ROUNDS = 40
TRIES = 4
MOST_DAMPING = 1e12
SAME = 1e-13
"""Share by which the loss may rise and be said not to have."""


def soft_fit(
    residual: Residual,
    start: Sequence[float],
    *,
    near: Sequence[float] = (),
    low: Sequence[float] | float = -np.inf,
    high: Sequence[float] | float = np.inf,
) -> Array:
    """Constants of the least loss.

    Args:
        residual: constants -> deviations; takes complex numbers.
        start: where the search begins, and what a constant stays at of which the rows say nothing.
        near: where the search begins instead.
        low, high: bounds.

    >>> t = np.arange(4.0)
    >>> soft_fit(lambda x: x[0] * np.exp(x[1] * t) - 2.0 * np.exp(0.5 * t), (1.0, 0.0)).round(4).tolist()
    [2.0, 0.5]
    """
    problem = _Problem(residual, np.asarray(start, float), np.asarray(low, float), np.asarray(high, float))
    x, settled = problem.polished(problem.approached(problem.inside(np.asarray(near or start, float))))
    for _ in range(TRIES):
        if settled:
            break
        x, settled = problem.polished(problem.descended(x))
    return x


class _Problem:
    """One fit."""

    def __init__(self, residual: Residual, start: Array, low: Array, high: Array) -> None:
        self.residual, self.start = residual, start
        self.low, self.high = np.broadcast_to(low, start.shape), np.broadcast_to(high, start.shape)
        self.unit = np.eye(start.size)

    def inside(self, x: Array) -> Array:
        """The nearest point within the bounds."""
        return np.minimum(np.maximum(x, self.low), self.high)

    def loss(self, x: Array) -> float:
        """What is minimised."""
        r = np.asarray(self.residual(x[:, None]), float)
        square = r**2
        return float(np.sum(square / (1 + np.sqrt(1 + square))) + PRIOR**2 / 2 * np.sum((x - self.start) ** 2))

    def slopes(self, x: Array) -> tuple[Array, Array]:
        """Deviations, shape (rows,), and their derivatives, shape (k, rows)."""
        moved = x[:, None] + 1j * TINY_STEP * self.unit
        r = np.asarray(self.residual(moved[:, :, None]))
        return r[0].real, r.imag / TINY_STEP

    def gradient(self, x: Array) -> Array:
        """Of the loss."""
        r, slope = self.slopes(x)
        return slope @ (r / np.sqrt(1 + r**2)) + PRIOR**2 * (x - self.start)

    def free(self, x: Array, gradient: Array) -> NDArray[np.bool_]:
        """Constants that are at no bound, or leave it downhill."""
        held = ((x <= self.low) & (gradient > 0)) | ((x >= self.high) & (gradient < 0))
        return np.asarray(~held)

    def approached(self, x: Array) -> Array:
        """A point from which the next step is small: Levenberg and Marquardt, within the bounds."""
        damping, loss = 1e-3, self.loss(x)
        for _ in range(ROUNDS):
            r, slope = self.slopes(x)
            weight = 1 / np.sqrt(1 + r**2)
            gradient = slope @ (r * weight) + PRIOR**2 * (x - self.start)
            hessian = (slope * weight) @ slope.T + PRIOR**2 * self.unit
            free, scale = self.free(x, gradient), np.sqrt(np.diag(hessian))
            while damping < MOST_DAMPING:
                step = _solved(hessian + damping * np.diag(scale**2), -gradient, free)
                moved = self.inside(x + step)
                after = self.loss(moved)
                if after <= loss:
                    break
                damping *= 8
            else:
                return x
            small = float(np.max(np.abs(moved - x) * scale, initial=0.0)) < NEAR * np.sqrt(r.size)
            x, loss, damping = moved, after, damping / 8
            if small and damping < 1:
                return x
        return x

    def descended(self, x: Array) -> Array:
        """Nearer to a minimum with the whole Hessian, damped: where corners bend the loss more than slopes tell."""
        damping, loss = 1e-3, self.loss(x)
        for _ in range(ROUNDS):
            gradient = self.gradient(x)
            hessian, free = self.hessian(x, gradient), self.free(x, gradient)
            scale = np.abs(np.diag(hessian)) + PRIOR**2
            while damping < MOST_DAMPING:
                bent = hessian + damping * np.diag(scale)
                if _is_convex(bent, free):
                    moved = self.inside(x + _solved(bent, -gradient, free))
                    after = self.loss(moved)
                    if after < loss:
                        break
                damping *= 4
            else:
                return x
            gain, x, loss, damping = loss - after, moved, after, damping / 8
            if gain < SAME * loss:
                return x
        return x

    def polished(self, x: Array) -> tuple[Array, bool]:
        """The minimum near a point, and whether it was reached."""
        gradient, hessian, free = self.gradient(x), None, np.ones(x.size, bool)
        last, loss = np.inf, self.loss(x)
        for _ in range(WHOLE_ROUNDS):
            now = self.free(x, gradient)
            if hessian is None or (now != free).any():
                hessian, free, last = self.hessian(x, gradient), now, np.inf
                if not _is_convex(hessian, free):
                    return x, False
            step = _solved(hessian, -gradient, free)
            moved = self.inside(x + step)
            size = float(np.max(np.abs(moved - x) / np.maximum(1e-3, np.abs(moved)), initial=0.0))
            if size > SHRINKS * last:
                if last < FLOOR:  # as near as rounding lets it come
                    return x, True
                hessian = None
            after = self.loss(moved)
            if after > loss * (1 + SAME):
                return x, False
            x, gradient, loss, last = moved, self.gradient(moved), min(loss, after), size
            if size <= ROUNDING:
                return x, True
        return x, False

    def hessian(self, x: Array, gradient: Array) -> Array:
        """Whole, from differences of the gradient."""
        steps = DIFFERENCE * np.maximum(1e-2, np.abs(x))
        rows = [(self.gradient(x + h * unit) - gradient) / h for h, unit in zip(steps, self.unit, strict=True)]
        return np.asarray((np.array(rows) + np.array(rows).T) / 2)


def _solved(hessian: Array, right: Array, free: NDArray[np.bool_]) -> Array:
    """The step, 0 where a constant is held at its bound."""
    step = np.zeros(right.size)
    if free.any():
        scale = 1 / np.sqrt(np.maximum(np.diag(hessian)[free], 1e-300))
        inner = hessian[np.ix_(free, free)] * np.outer(scale, scale)
        step[free] = scale * np.linalg.solve(inner, scale * right[free])
    return step


def _is_convex(hessian: Array, free: NDArray[np.bool_]) -> bool:
    """Whether a point with that Hessian may be a minimum."""
    inner = hessian[np.ix_(free, free)]
    return bool(not inner.size or np.linalg.eigvalsh(inner)[0] > 0)
