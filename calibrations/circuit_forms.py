"""How the counts of echo circuits of a random brickwall depend on strands n and layers L.

What known bits save is a matter of edges: about a n first and last touches and b L runs beside the outer strands, so
u = (a n + b L + c) / r of the runs are no full blocks where the braid is long. The rest are shares of that, of the runs
and of the fan-out. Counts that differ between layouts, gate sets and connectivities have a key behind a colon.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.newton import soft_fit
from plait.calibrations.robust import linear

Array = NDArray[np.float64]

VARIANTS = (
    ("reduced", "rzz", "all"),
    ("reduced", "cx", "all"),
    ("reduced", "rzz", "line"),
    ("paper", "cx", "line"),
)
"""Layout, gate set and connectivity that are counted in every run; the others count the same, or have closed forms."""

FORMS: Mapping[str, str] = {
    "r_full:reduced-rzz": "r / (1 + u + g u^2), u = (a n + b L + c) / r",
    "r_full:reduced-fixed": "r / (1 + u + g u^2), u = (a n + b L + c) / r",
    "r_one:reduced-rzz": "(r - r_full) (a + b / n + c / L)",
    "r_one:reduced-fixed": "(r - r_full) (a + b / n + c / L)",
    "r_hard:reduced-fixed": "a r_full",
    "r_half:reduced-fixed": "a r_one",
    "r_hard:paper": "a r",
    "f:reduced-all-rzz": "2 h (a + b / n + c / L)",
    "f:reduced-all-fixed": "2 h (a + b / n + c / L)",
    "f:reduced-line": "n (a + b / n + c / L)",
    "f:paper-line": "n (a + b / n + c / L)",
    "D_b:reduced-rzz": "D_r g / (1 + a / n^2 + b / L^2)",
    "D_b:reduced-fixed": "D_r min(4, a + b / n + c / L)",
    "D_b:paper-fixed": "D_r min(4, a + b / n + c / L)",
    "d_f:reduced-all-rzz": "2 log2(h + 1) (a + b / n + c / L)",
    "d_f:reduced-all-fixed": "2 log2(h + 1) (a + b / n + c / L)",
    "d_f:reduced-line": "n (a + b / n + c / L)",
    "d_f:paper-line": "n (a + b / n + c / L)",
}
"""Feature -> the form fitted; its constants are called FEATURE.a, FEATURE.b, .., one set for each closure."""

LEAST_SHARE = 1e-3
"""Shares are kept above this: a count is then never 0, whose logarithm nothing could be done with."""
SOFTENING = 0.5
"""Share of what there is (runs, layers, strands) that is added to both sides of a residual, see `softening`."""


def keys(layout: str, gate_set: str, connectivity: str) -> dict[str, str]:
    """Symbol of the echo cost model -> the feature that holds it for this variant.

    >>> keys("paper", "rzz", "all"), keys("paper", "cx", "all")
    ({}, {'r_hard': 'r_hard:paper', 'D_b': 'D_b:paper-fixed'})
    """
    kind = "rzz" if gate_set == "rzz" else "fixed"
    if layout == "paper":
        found = {"r_hard": "r_hard:paper", "D_b": "D_b:paper-fixed"} if kind == "fixed" else {}
        return found | ({"f": "f:paper-line", "d_f": "d_f:paper-line"} if connectivity == "line" else {})
    fan = "reduced-line" if connectivity == "line" else f"reduced-all-{kind}"
    return {
        **{name: f"{name}:reduced-{kind}" for name in ("r_full", "r_one")},
        **({name: f"{name}:reduced-fixed" for name in ("r_hard", "r_half")} if kind == "fixed" else {}),
        "f": f"f:{fan}",
        "d_f": f"d_f:{fan}",
        "D_b": f"D_b:reduced-{kind}",
    }


def circuit_features(
    n: Array, layers: Array, basis: Mapping[str, Array], c: Mapping[str, Array | float]
) -> dict[str, Array]:
    """log10 of every count of FORMS.

    Args:
        n, layers: that broadcast with the constants.
        basis: r, D_r and h, not logarithms.
        c: constants of one closure, scalars or draws.
    """
    found: dict[str, Array] = {}
    for name in FORMS:
        if name.startswith("r_full"):
            u = np.maximum(0.0, c[f"{name}.a"] * n + c[f"{name}.b"] * layers + c[f"{name}.c"]) / basis["r"]
            found[name] = basis["r"] / (1 + u + c[f"{name}.g"] * u**2)
            continue
        if name == "D_b:reduced-rzz":
            fewer = 1 + c[f"{name}.a"] / n**2 + c[f"{name}.b"] / layers**2
            found[name] = c[f"{name}.g"] * basis["D_r"] / fewer
            continue
        share = c[f"{name}.a"] + (c[f"{name}.b"] / n + c[f"{name}.c"] / layers if f"{name}.b" in c else 0.0)
        most = 4.0 if name.startswith("D_b") else np.inf
        found[name] = _scale(name, n, basis, found) * np.clip(share, LEAST_SHARE, most)
    return {name: np.log10(np.maximum(LEAST_SHARE, count)) for name, count in found.items()}


def _scale(name: str, n: Array, basis: Mapping[str, Array], found: Mapping[str, Array]) -> Array:
    """What the share of a feature is a share of."""
    symbol, _, key = name.partition(":")
    if name == "r_hard:paper":
        return basis["r"]
    if symbol.startswith("r_"):
        full = found[f"r_full:{key}"]
        return {"r_one": basis["r"] - full, "r_hard": full, "r_half": found.get(f"r_one:{key}", full)}[symbol]
    if symbol == "D_b":
        return basis["D_r"]
    if key.endswith("line"):
        return n
    return 2 * basis["h"] if symbol == "f" else 2 * np.log2(basis["h"] + 1)


def fit_circuit(table: Mapping[str, Array], near: Mapping[str, float] | None = None) -> dict[str, float]:
    """Constants of every form, by robust least squares on the shares.

    Args:
        table: strands, layers, r, D_r, h and every feature, one value a braid.
        near: constants from which to search, of a fit to much the same braids.
    """
    n, layers, r = table["strands"], table["layers"], table["r"]
    c: dict[str, float] = {}
    fulls = [name for name in FORMS if name.startswith("r_full")]
    for full in fulls:

        def miss(x: Array, full: str = full) -> Array:
            u = np.maximum(0.0, x[0] * n + x[1] * layers + x[2]) / r
            return np.asarray((1 / (1 + u + x[3] * u**2) - table[full] / r) / 0.02)

        names = [f"{full}.{letter}" for letter in "abcg"]
        begin = [near[name] for name in names] if near else ()
        found = soft_fit(miss, (1.3, 0.5, 0.0, 1.0), near=begin, low=(-np.inf, -np.inf, -np.inf, 0.0))
        c |= dict(zip(names, map(float, found), strict=True))
    deep = "D_b:reduced-rzz"
    ratio = table[deep] / table["D_r"]
    names = [f"{deep}.{letter}" for letter in "abg"]
    found = soft_fit(
        lambda x: (x[2] / (1 + x[0] / n**2 + x[1] / layers**2) - ratio) / 0.1,
        (9.0, 9.0, 3.0),
        near=[near[name] for name in names] if near else (),
        low=0.0,
    )
    c |= dict(zip(names, map(float, found), strict=True))
    for name, form in FORMS.items():
        if name in (*fulls, deep):
            continue
        whole = _scale(name, n, table, table)
        seen = whole > 0
        observed = table[name][seen] / whole[seen]
        if "b / n" not in form:
            c[f"{name}.a"] = float(table[name].sum() / whole.sum())
            continue
        columns: dict[str, Array | float] = {f"{name}.a": 1.0, f"{name}.b": 1 / n[seen], f"{name}.c": 1 / layers[seen]}
        c |= linear(columns, observed)
    return c


def softening(name: str, n: Array, basis: Mapping[str, Array]) -> Array:
    """What is added to a count and to its form before their ratio is kept as a residual.

    A few gates more or less are a large factor for a short braid with hardly a full block, and none for a long one.
    """
    whole = basis["r"] if name.startswith("r_") else basis["D_r"] if name.startswith("D_b") else n
    return SOFTENING * whole
