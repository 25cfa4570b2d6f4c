"""How the features of a random brickwall braid depend on strands n and layers L: one physics-shaped form each.

Every feature is returned as log10. Crossings are exact in expectation; the width grows with the layers until the
strands cap it; operations follow the width. So do the bond and the work of a tensor train. Planted braids have the same
forms with constants of their own, but for their crossings and for what a minimisation leaves of them: next to nothing.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import circuit_forms
from plait.calibrations.rivals import LEAST, LOG_2, LOG_PHI, RIVALS, USUAL, constants_of
from plait.models import Closure
from plait.models.fibonacci import PHI

Array = NDArray[np.float64]
Constants = Mapping[str, Array | float]
WIDTHS = ("w", "w_s")
"""Features that are log2, not log10."""

FORMS: Mapping[str, str] = {
    "m": "p * bricks(n, L), bricks = ceil(L/2) floor(n/2) + floor(L/2) floor((n-1)/2)",
    "D": "D1 L + D0",
    "r": "m (r0 + r1 / L)",
    "D_r": "Q1 L + Q0",
    "h": "Markov: sum of F_i phi^(1-i), i = 2..n; plat: n / 2 - 1",
    "T": "T1 r + Tn n + T0",
    "w": "min(w_L L + w_n n + w_0, cap), cap = 2 n - 3 (Markov), n - 3 (plat): a sweep in time reaches it",
    "C": "log10 C = w log10 2 + C1 log10 T + C0 + C2 max(0, 8 - w)",
    "W": "log10 W = w log10 2 + W1 log10 T + W0 + W2 max(0, 8 - w)",
    "C_f": "log10 C_f = w log10 phi + c1 log10 T + c0 + c2 max(0, 8 - w)",
    "P_f": "log10 P_f = w log10 phi + p1 log10 T + p0 + p2 max(0, 8 - w)",
    "W_f": "log10 W_f = w log10 phi + W_f1 log10 T + W_f0 + W_f2 max(0, 8 - w)",
    "T_p": "T T_p1 min(1, max(0, w - 8) / 4): a step of 12 legs or fewer runs densely",
    "chi": "phi^b / sqrt 5, b = min(b_L L + b_n n + b_0, cap), cap = n + 1 (Markov), n / 2 + 1 (plat): all paths",
    "K": "r (K1 chi + K2 chi^2 + K3 chi^3): near the middle of the strands bonds are that large, elsewhere smaller",
    "P_t": "n (P_t1 chi + P_t2 chi^2)",
    "m_s": "m (m_s0 + m_s1 / L + m_s2 / n)",
    "w_s": "as w, with constants w_s_L, w_s_n, w_s_0",
    "T_s": "m_s T_s1 + T_s0",
    "p_s": "as T_p, of T_s and w_s",
    "C_s": "as C_f, of T_s and w_s",
    "P_s": "as P_f, of T_s and w_s",
    **circuit_forms.FORMS,
}
"""Feature -> the form fitted; constants are per closure and family."""

PLANTED_FORMS: Mapping[str, str] = {
    "m": "p bricks(n, L) + e_n n + e_s n^2 L / (L + n) + e_0: the network that sorts the strands, and the centre",
    **dict.fromkeys(("m_s", "T_s", "C_s", "P_s"), "10^a n^b L^c"),
    "w_s": "a + b log10 n + c log10 L",
}
"""Where those of planted braids differ."""
NO_CHOICES: Mapping[str, str] = {}
"""The usual forms throughout."""
PLANTED_LEFT = tuple(name for name in PLANTED_FORMS if name != "m")
"""What is left of a planted braid; p_s follows from it."""


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


FREE_WIDTH, FULL_WIDTH = 8, 12
"""Widths up to which no step is planned, and from which the share of steps that are no longer grows. Below the first,
counts are sums of small tensors."""


def width(n: Array, layers: Array, closure: Closure, c: Constants, name: str = "w") -> Array:
    """Contraction width, log2 entries, at least 1; that of the minimised braid is called w_s."""
    cap = 2 * n - 3 if closure is Closure.MARKOV else n - 3
    grown = c[f"{name}_L"] * layers + c[f"{name}_n"] * n + c[f"{name}_0"]
    return np.asarray(np.maximum(1.0, np.minimum(grown, cap)))


def over_width(letter: str, leg: float, w: Array, tensors: Array, c: Constants) -> Array:
    """log10 of a count that grows by `leg` decades per leg of the largest tensor; if small, others count too."""
    return leg * w + c[f"{letter}1"] * np.log10(tensors) + c[f"{letter}0"] + c[f"{letter}2"] * narrowness(w)


def narrowness(w: Array) -> Array:
    """Legs that the largest tensor lacks to be what operations follow."""
    return np.maximum(0.0, FREE_WIDTH - w)


def bond_exponent(n: Array, layers: Array, closure: Closure, c: Constants) -> Array:
    """k of the largest bond F_k of the exact train, as a real number of at least 2."""
    cap = n + 1 if closure is Closure.MARKOV else n / 2 + 1
    return np.asarray(np.maximum(2.0, np.minimum(c["b_L"] * layers + c["b_n"] * n + c["b_0"], cap)))


def planned_share(w: Array) -> Array:
    """Share of the steps that are planned, over that of wide networks."""
    return np.clip((w - FREE_WIDTH) / (FULL_WIDTH - FREE_WIDTH), LEAST, 1.0)


def planted_extra(n: Array, layers: Array) -> dict[str, Array | float]:
    """What the crossings of a planted braid beyond its brickwall are a combination of."""
    return {"e_n": n, "e_s": n**2 * layers / (layers + n), "e_0": 1.0}


def known_of(n: Array, layers: Array, closure: Closure) -> dict[str, Array]:
    """What the forms of `plait.calibrations.rivals` know before any feature: n, L, positions, caps."""
    markov = closure is Closure.MARKOV
    cap = np.maximum(1.0, 2 * n - 3 if markov else n - 3)
    return {"n": n, "L": layers, "cap": cap, "bond_cap": n + 1 if markov else n / 2 + 1, "bricks": bricks(n, layers)}


def features(
    n: Array,
    layers: Array,
    density: float,
    closure: Closure,
    c: Constants,
    family: str = "brickwall",
    choices: Mapping[str, str] = NO_CHOICES,
) -> dict[str, Array]:
    """log10 of every feature but the widths, which are log2 entries themselves; no circuits of planted braids.

    Args:
        n, layers: grids that broadcast with the constants.
        density: p.
        closure: which cap of the width.
        c: constants of one closure and family, scalars or draws.
        family: "brickwall" or "planted".
        choices: feature -> rival used in place of its form here, see `plait.calibrations.rivals`.
    """
    known = known_of(n, layers, closure)
    found: dict[str, Array] = {}

    def add(name: str, usual: Callable[[], Array]) -> Array:
        chosen = choices.get(name)
        value = usual()
        if chosen:
            value = RIVALS[name][chosen].value({**known, USUAL: value}, constants_of(name, chosen, c))
        found[name] = known[name] = np.asarray(value, float)
        return found[name]

    log_m = add("m", lambda: np.log10(np.maximum(1e-9, _crossings(n, layers, density, c, family))))
    m = 10.0**log_m
    add("D", lambda: np.log10(np.maximum(1.0, c["D1"] * layers + c["D0"])))
    log_r = add("r", lambda: np.log10(np.maximum(1.0, m * np.maximum(0.05, c["r0"] + c["r1"] / layers))))
    r = 10.0**log_r
    deep = add("D_r", lambda: np.log10(np.maximum(1.0, c["Q1"] * layers + c["Q0"])))
    h = ones(n, closure)
    found["h"] = np.log10(h)
    tensors = 10.0 ** add("T", lambda: np.log10(np.maximum(1.0, c["T1"] * r + c["Tn"] * n + c["T0"])))
    w = found["w"] = known["w"] = np.maximum(1.0, add("w", lambda: width(n, layers, closure, c)))
    for name, letter, leg in (
        ("C", "C", LOG_2),
        ("W", "W", LOG_2),
        ("C_f", "c", LOG_PHI),
        ("P_f", "p", LOG_PHI),
        ("W_f", "W_f", LOG_PHI),
    ):
        add(name, partial(over_width, letter, leg, w, tensors, c))
    add("T_p", lambda: np.log10(np.maximum(LEAST, tensors * c["T_p1"] * planned_share(w))))
    bond = add("chi", lambda: LOG_PHI * bond_exponent(n, layers, closure, c) - np.log10(5) / 2)
    add("K", lambda: log_r + bond + np.log10(c["K1"] + c["K2"] * 10.0**bond + c["K3"] * 100.0**bond))
    add("P_t", lambda: np.log10(n) + bond + np.log10(c["P_t1"] + c["P_t2"] * 10.0**bond))
    _add_left(add, n, layers, m, closure, c, family)
    if family != "planted":
        for name, count in circuit_forms.circuit_features(n, layers, {"r": r, "D_r": 10.0**deep, "h": h}, c).items():
            add(name, partial(np.asarray, count))
    return found


def _crossings(n: Array, layers: Array, density: float, c: Constants, family: str) -> Array:
    m = density * bricks(n, layers)
    if family == "planted":
        m = m + sum(c[name] * np.asarray(column) for name, column in planted_extra(n, layers).items())
    return np.asarray(m)


def _add_left(
    add: Callable[[str, Callable[[], Array]], Array],
    n: Array,
    layers: Array,
    m: Array,
    closure: Closure,
    c: Constants,
    family: str,
) -> None:
    """Features of the minimised braid."""

    def power(name: str) -> Array:
        return np.asarray(c[f"{name}.a"] + c[f"{name}.b"] * np.log10(n) + c[f"{name}.c"] * np.log10(layers))

    planted = family == "planted"
    left = 10.0 ** add(
        "m_s",
        (lambda: power("m_s"))
        if planted
        else lambda: np.log10(np.maximum(1.0, m * np.maximum(0.05, c["m_s0"] + c["m_s1"] / layers + c["m_s2"] / n))),
    )
    w = np.maximum(1.0, add("w_s", (lambda: power("w_s")) if planted else lambda: width(n, layers, closure, c, "w_s")))
    tensors = 10.0 ** add(
        "T_s",
        (lambda: power("T_s")) if planted else lambda: np.log10(np.maximum(1.0, c["T_s1"] * left + c["T_s0"])),
    )
    add("p_s", lambda: np.log10(np.maximum(LEAST, tensors * c["p_s1"] * planned_share(w))))
    for name in ("C_s", "P_s"):
        add(
            name,
            partial(power, name) if planted else partial(over_width, name, LOG_PHI, w, tensors, c),
        )
