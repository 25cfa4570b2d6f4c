"""How the features of a random brickwall braid depend on strands n and layers L: one physics-shaped form each.

Every feature is returned as log10. Crossings are exact in expectation; the width grows with the layers until the
strands cap it; operations follow the width.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import circuit_forms
from plait.models import Closure
from plait.models.fibonacci import PHI

Array = NDArray[np.float64]

FORMS: Mapping[str, str] = {
    "m": "p * bricks(n, L), bricks = ceil(L/2) floor(n/2) + floor(L/2) floor((n-1)/2)",
    "D": "D1 L + D0",
    "r": "m (r0 + r1 / L)",
    "D_r": "Q1 L + Q0",
    "h": "Markov: sum of F_i phi^(1-i), i = 2..n; plat: n / 2 - 1",
    "T": "T1 r + Tn n + T0",
    "w": "min(w_L L + w_n n + w_0, cap), cap = 2 n - 3 (Markov), n - 3 (plat): a sweep in time reaches it",
    "C": "log10 C = w log10 2 + C1 log10 m + C0",
    "W": "log10 W = w log10 2 + W1 log10 m + W0",
    "C_f": "log10 C_f = w log10 phi + c1 log10 m + c0",
    "P_f": "log10 P_f = w log10 phi + p1 log10 m + p0",
    **circuit_forms.FORMS,
}
"""Feature -> the form fitted; constants are per closure."""

FEATURES = tuple(FORMS)


def bricks(n: Array, layers: Array) -> Array:
    """Positions of a brickwall: the crossings at density 1."""
    return np.asarray(np.ceil(layers / 2) * np.floor(n / 2) + np.floor(layers / 2) * np.floor((n - 1) / 2))


def expected_ones(n: Array) -> Array:
    """Expected ones among s_2..s_n, closed form of the sum in `plait.models.fibonacci.expected_ones`.

    >>> round(float(expected_ones(np.asarray(15.0))), 3)
    10.054
    """
    q = -(PHI**-2)
    return np.asarray(PHI / np.sqrt(5) * ((n - 1) - q**2 * (1 - q ** (n - 1)) / (1 - q)))


def ones(n: Array, closure: Closure) -> Array:
    """Ones among s_2..s_n: expected (Markov), or of the one path of the plat closure; at least 0.001."""
    return np.maximum(1e-3, expected_ones(n) if closure is Closure.MARKOV else np.asarray(n / 2 - 1))


LOG_2, LOG_PHI = float(np.log10(2)), float(np.log10(PHI))
"""What one more leg on the largest tensor costs, dense and over Fibonacci configurations: by counting, not by fit."""


def width(n: Array, layers: Array, closure: Closure, c: Mapping[str, Array | float]) -> Array:
    """Contraction width, log2 entries, at least 1."""
    cap = 2 * n - 3 if closure is Closure.MARKOV else n - 3
    return np.asarray(np.maximum(1.0, np.minimum(c["w_L"] * layers + c["w_n"] * n + c["w_0"], cap)))


def features(
    n: Array, layers: Array, density: float, closure: Closure, c: Mapping[str, Array | float]
) -> dict[str, Array]:
    """log10 of every feature but the width, which is log2 entries itself.

    Args:
        n, layers: grids that broadcast with the constants.
        density: p.
        closure: which cap of the width.
        c: constants of one closure, scalars or draws.
    """
    log_m = np.log10(np.maximum(1e-9, density * bricks(n, layers)))
    m = 10.0**log_m
    r = np.maximum(1.0, m * np.maximum(0.05, c["r0"] + c["r1"] / layers))
    w = width(n, layers, closure, c)
    h, runs_deep = ones(n, closure), np.maximum(1.0, c["Q1"] * layers + c["Q0"])
    return {
        "m": log_m,
        "D": np.log10(np.maximum(1.0, c["D1"] * layers + c["D0"])),
        "r": np.log10(r),
        "D_r": np.log10(runs_deep),
        "h": np.log10(h),
        "T": np.log10(np.maximum(1.0, c["T1"] * r + c["Tn"] * n + c["T0"])),
        "w": w,
        "C": LOG_2 * w + c["C1"] * log_m + c["C0"],
        "W": LOG_2 * w + c["W1"] * log_m + c["W0"],
        "C_f": LOG_PHI * w + c["c1"] * log_m + c["c0"],
        "P_f": LOG_PHI * w + c["p1"] * log_m + c["p0"],
        **circuit_forms.circuit_features(n, layers, {"r": r, "D_r": runs_deep, "h": h}, c),
    }
