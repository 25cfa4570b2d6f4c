"""Rival forms of the features: what else a braid's numbers may follow, with strands n, layers L and earlier features.

A rival gives log10 of its feature (widths: log2) from what is known so far, and fits its constants to runs. Growth laws
are physics-shaped: a cut grows with the layers until the strands cap it. The others are a share of an earlier feature,
a product of powers of such, a straight line, or a power law. Which of them is used is chosen by
`plait.calibrations.backtest`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import circuit_forms
from plait.calibrations.newton import soft_fit
from plait.calibrations.robust import linear
from plait.models.fibonacci import PHI

Array = NDArray[np.float64]
Known = Mapping[str, Array]
"""n, L, cap (of the width), bond_cap, bricks, and features found so far as they are returned by `features`."""
Constants = Mapping[str, Array | float]
Letters = Mapping[str, Array | float]
"""Constants of one rival, by letter."""

LOG_2, LOG_PHI = float(np.log10(2)), float(np.log10(PHI))
"""What one more leg on the largest tensor costs, dense and over Fibonacci configurations: by counting, not by fit."""
LEAST = 1e-3
"""Shares and counts are kept above this: their logarithm exists."""
LETTERS = "abcde"
"""What constants of a rival may be called."""
USUAL = "usual"
"""Where a rival finds the value of the usual form."""
SHARPNESS = 4.0
"""Of a smooth minimum: within 19 % of the sharp one at the corner, nowhere above it."""
MOST = 1e4
"""Legs or decades at which a power law that runs away is stopped."""
CORNER = 0.05
"""Legs within which a corner is rounded off while a form is fitted: a sharp one could hold the minimum, which no
derivative finds."""


@dataclass(frozen=True, kw_only=True)
class Rival:
    """One form.

    Args:
        formula: in words and letters.
        value: (known, letters) -> the feature.
        fit: (known, target, letters near which to search or none) -> letters.
    """

    formula: str
    value: Callable[[Known, Letters], Array]
    fit: Callable[[Known, Array, Mapping[str, float]], dict[str, float]]


def smooth_minimum(a: Array, b: Array, greater: Callable[[Array, Array], Array]) -> Array:
    """(a^-p + b^-p)^(-1/p), p = SHARPNESS, of positive numbers: below both, near the smaller.

    Args:
        a, b: raised to 0.01 where they are less.
        greater: the function that does so.

    >>> float(smooth_minimum(np.asarray(1.0), np.asarray(10.0), np.maximum).round(4))
    1.0
    """
    a, b = greater(a, np.asarray(1e-2)), np.maximum(b, 1e-2)
    low = np.minimum(a, b)
    return np.asarray(low * (1 + (low / np.maximum(a, b)) ** SHARPNESS) ** (-1 / SHARPNESS))


def rounded_minimum(a: Array, b: Array) -> Array:
    """min(a, b) - s log(1 + exp(-|a - b| / s)), s = CORNER.

    >>> float(rounded_minimum(np.asarray(1.0), np.asarray(2.0)).round(6))
    1.0
    """
    low = np.minimum(a, b)
    return np.asarray(low - CORNER * np.log1p(np.exp((low - np.maximum(a, b)) / CORNER)))


def rounded_maximum(a: Array, b: Array) -> Array:
    """Likewise.

    >>> float(rounded_maximum(np.asarray(1.0), np.asarray(2.0)).round(6))
    2.0
    """
    return -rounded_minimum(-a, -b)


class Corners(NamedTuple):
    """The lesser and the greater of two."""

    lesser: Callable[[Array, Array], Array]
    greater: Callable[[Array, Array], Array]


SHARP = Corners(np.minimum, np.maximum)
ROUND = Corners(rounded_minimum, rounded_maximum)


def power_of(scale: str | None) -> Rival:
    """S 10^a n^b L^c, S an earlier feature or 1."""

    def value(x: Known, c: Letters) -> Array:
        return np.asarray(_log(x, scale) + c["a"] + c["b"] * np.log10(x["n"]) + c["c"] * np.log10(x["L"]))

    def fit(x: Known, target: Array, near: Mapping[str, float]) -> dict[str, float]:
        columns: dict[str, Array | float] = {"a": 1.0, "b": np.log10(x["n"]), "c": np.log10(x["L"])}
        return linear(columns, target - _log(x, scale))

    return Rival(formula=f"{scale or ''} 10^a n^b L^c".strip(), value=value, fit=fit)


def share_of(scale: str) -> Rival:
    """S (a + b / n + c / L)."""

    def value(x: Known, c: Letters) -> Array:
        share = c["a"] + c["b"] / x["n"] + c["c"] / x["L"]
        return np.asarray(_log(x, scale) + np.log10(np.maximum(LEAST, share)))

    def fit(x: Known, target: Array, near: Mapping[str, float]) -> dict[str, float]:
        return linear({"a": 1.0, "b": 1 / x["n"], "c": 1 / x["L"]}, 10.0 ** (target - _log(x, scale)))

    return Rival(formula=f"{scale} (a + b / n + c / L)", value=value, fit=fit)


def constant_share_of(scale: str) -> Rival:
    """a S."""

    def value(x: Known, c: Letters) -> Array:
        return np.asarray(_log(x, scale) + c["a"])

    def fit(x: Known, target: Array, near: Mapping[str, float]) -> dict[str, float]:
        return {"a": float(np.median(target - _log(x, scale)))}

    return Rival(formula=f"10^a {scale}", value=value, fit=fit)


def product_of(scale: str | None, *factors: str) -> Rival:
    """S 10^a X^b Y^c of earlier features: a count that goes with others, and what is known of theirs serves it too."""
    names = LETTERS[1 : 1 + len(factors)]

    def value(x: Known, c: Letters) -> Array:
        powers = (c[name] * _log(x, factor) for name, factor in zip(names, factors, strict=True))
        return np.asarray(_log(x, scale) + c["a"] + sum(powers))

    def fit(x: Known, target: Array, near: Mapping[str, float]) -> dict[str, float]:
        columns: dict[str, Array | float] = {"a": 1.0}
        columns |= {name: _log(x, factor) for name, factor in zip(names, factors, strict=True)}
        return linear(columns, target - _log(x, scale))

    powers = " ".join(f"{factor}^{name}" for name, factor in zip(names, factors, strict=True))
    return Rival(formula=f"{scale or ''} 10^a {powers}".strip(), value=value, fit=fit)


def line_of(scale: str) -> Rival:
    """a S + b n + c, at least 1."""

    def value(x: Known, c: Letters) -> Array:
        return np.asarray(np.log10(np.maximum(1.0, c["a"] * 10.0 ** _log(x, scale) + c["b"] * x["n"] + c["c"])))

    def fit(x: Known, target: Array, near: Mapping[str, float]) -> dict[str, float]:
        return linear({"a": 10.0 ** _log(x, scale), "b": x["n"], "c": 1.0}, 10.0**target)

    return Rival(formula=f"a {scale} + b n + c", value=value, fit=fit)


Law = Callable[[Known, Letters, Corners], Array]


def _growing(formula: str, value: Law, start: Mapping[str, float], linear_at_most: Sequence[str] = ()) -> Rival:
    """Robust least squares from a start; exponents named last are kept within 0..1: no cut grows faster than a line."""
    low = [0.0 if name in linear_at_most else -np.inf for name in start]
    high = [1.0 if name in linear_at_most else np.inf for name in start]

    def fit(x: Known, target: Array, near: Mapping[str, float]) -> dict[str, float]:
        def miss(z: Array) -> Array:
            return np.asarray(value(x, dict(zip(start, z, strict=True)), ROUND) - target)

        search = [near[name] for name in start] if near else ()
        found = soft_fit(miss, tuple(start.values()), near=search, low=low, high=high)
        return dict(zip(start, map(float, found), strict=True))

    return Rival(formula=formula, value=lambda x, c: value(x, c, SHARP), fit=fit)


def _line(x: Known, c: Letters) -> Array:
    return np.asarray(c["a"] * x["L"] + c["b"] * x["n"] + c["c"])


def _power(x: Known, c: Letters) -> Array:
    exponent = c["a"] + c["b"] * np.log10(x["L"]) + c["c"] * np.log10(x["n"])
    return np.asarray(10.0 ** np.minimum(np.log10(MOST), exponent))


def width_rivals(cap: str, leg: float | None = None, offset: float = 0.0) -> dict[str, Rival]:
    """Growth of a width (leg = None), or of leg * width - offset: what is known of its logarithm."""
    per, none = (1.0, 0.0) if leg is None else (leg, offset)
    least = 1.0 if leg is None else 2.0

    def of(width: Law) -> Law:
        return lambda x, c, corners: np.asarray(per * corners.greater(width(x, c, corners), np.asarray(least)) - none)

    def smooth(x: Known, c: Letters, corners: Corners) -> Array:
        return smooth_minimum(_line(x, c), x[cap], corners.greater)

    def power(x: Known, c: Letters, corners: Corners) -> Array:
        return corners.lesser(np.asarray(_power(x, c) + c["d"]), x[cap])

    def hard(x: Known, c: Letters, corners: Corners) -> Array:
        return corners.lesser(_line(x, c), x[cap])

    line = {"a": 0.3, "b": 0.04, "c": 1.0}
    return {
        "smooth": _growing(f"smooth min(a L + b n + c, {cap})", of(smooth), line),
        "power": _growing(
            f"min(10^a L^b n^c + d, {cap})", of(power), {"a": -0.5, "b": 0.85, "c": 0.15, "d": 1.0}, "bc"
        ),
        "hard": _growing(f"min(a L + b n + c, {cap})", of(hard), line),
    }


def count_rivals(scale: str | None, leg: float, cap: str = "cap") -> dict[str, Rival]:
    """Growth of a count of its own, not through a width: S phi^(the like of a width)."""

    def hard(x: Known, c: Letters, corners: Corners) -> Array:
        grown = leg * (c["a"] * x["L"] + c["b"] * x["n"]) + c["c"]
        return np.asarray(_log(x, scale) + corners.lesser(np.asarray(grown), np.asarray(leg * x[cap] + c["d"])))

    def smooth(x: Known, c: Letters, corners: Corners) -> Array:
        return np.asarray(_log(x, scale) + leg * smooth_minimum(_line(x, c), x[cap], corners.greater) + c["d"])

    def between(x: Known, c: Letters) -> Array:
        return np.asarray((x[USUAL] + smooth(x, c, SHARP)) / 2)

    s, per = scale or "1", f"{leg:.3g}"
    own = _growing(
        f"{s} 10^({per} smooth min(a L + b n + c, {cap}) + d)", smooth, {"a": 0.3, "b": 0.04, "c": 1.0, "d": 0.0}
    )
    return {
        "hard": _growing(
            f"{s} 10^min({per} (a L + b n) + c, {per} {cap} + d)", hard, {"a": 0.3, "b": 0.04, "c": 0.0, "d": 0.0}
        ),
        "smooth": own,
        "between": Rival(formula=f"geometric mean of the usual form and of {own.formula}", value=between, fit=own.fit),
    }


def _log(x: Known, scale: str | None) -> Array:
    """log10 of an earlier feature."""
    if scale is None:
        return np.zeros(())
    return np.log10(x[scale]) if scale in ("n", "L", "bricks") else np.asarray(x[scale])


def _circuit(name: str) -> dict[str, Rival]:
    scale = "r" if name.startswith("r_") else "D_r" if name.startswith("D_b") else "n"
    return {"power": power_of(scale), "constant": constant_share_of(scale)}


RIVALS: Mapping[str, Mapping[str, Rival]] = {
    "m": {"share": share_of("bricks"), "power": power_of("bricks")},
    "D": {"share": share_of("L"), "power": power_of("L")},
    "D_r": {"share": share_of("L"), "power": power_of("L")},
    "r": {"share": share_of("m"), "power": power_of("m")},
    "T": {"share": share_of("r"), "power": power_of("r")},
    "w": width_rivals("cap"),
    "C": count_rivals("T", LOG_2),
    "W": count_rivals("T", LOG_2) | {"product": product_of(None, "C", "T")},
    "C_f": count_rivals("T", LOG_PHI),
    "P_f": count_rivals(None, LOG_PHI) | {"product": product_of(None, "C_f", "T")},
    "W_f": count_rivals("T", LOG_PHI) | {"product": product_of(None, "C_f", "T")},
    "T_p": {"share": share_of("T"), "power": power_of("T")},
    "chi": width_rivals("bond_cap", LOG_PHI, float(np.log10(5)) / 2),
    "K": count_rivals("r", 3 * LOG_PHI, "bond_cap") | {"product": product_of("r", "chi", "n")},
    "P_t": count_rivals("n", 2 * LOG_PHI, "bond_cap") | {"product": product_of("n", "chi", "n")},
    "m_s": {"share": share_of("m"), "power": power_of("m"), "line": line_of("m")},
    "w_s": width_rivals("cap"),
    "T_s": {"share": share_of("m_s"), "power": power_of("m_s")},
    "p_s": {"share": share_of("T_s"), "power": power_of("T_s")},
    "C_s": count_rivals("T_s", LOG_PHI),
    "P_s": count_rivals(None, LOG_PHI) | {"product": product_of(None, "C_s", "T_s")},
    **{name: _circuit(name) for name in circuit_forms.FORMS},
}
"""Feature -> rival -> form. The usual forms are those of `plait.calibrations.forms`."""


def rivals_of(feature: str, family: str) -> Mapping[str, Rival]:
    """Rivals of the usual form of a feature, which differs between families; itself not among them.

    >>> list(rivals_of("w_s", "brickwall")), list(rivals_of("w_s", "planted"))
    (['smooth', 'power'], ['smooth', 'power', 'hard'])
    """
    known = RIVALS.get(feature, {})
    usual = feature in ("w", "chi") or (feature == "w_s" and family == "brickwall")
    return {name: rival for name, rival in known.items() if not (usual and name == "hard")}


def constants_of(feature: str, rival: str, c: Constants) -> Letters:
    """Letters of one rival among all constants; they are filed as FEATURE.RIVAL.LETTER."""
    return {letter: c[name] for letter in LETTERS if (name := f"{feature}.{rival}.{letter}") in c}


def fitted(
    feature: str, rival: str, known: Known, target: Array, near: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Constants of one rival, named as they are filed, from the braids in which the feature was seen.

    Args:
        near: constants, as filed, of a fit to much the same braids.
    """
    seen = np.isfinite(target)
    here = {name: np.broadcast_to(column, target.shape)[seen] for name, column in known.items()}
    begin = {letter: float(value) for letter, value in constants_of(feature, rival, near or {}).items()}
    letters = RIVALS[feature][rival].fit(here, target[seen], begin)
    return {f"{feature}.{rival}.{letter}": value for letter, value in letters.items()}
