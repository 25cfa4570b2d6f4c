"""Constants of the forms: features of braids against strands and layers, and what is left of each braid."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import circuit_forms
from plait.calibrations.forms import (
    NO_CHOICES,
    PLANTED_LEFT,
    WIDTHS,
    bond_exponent,
    bricks,
    features,
    known_of,
    narrowness,
    ones,
    planned_share,
    planted_extra,
    width,
)
from plait.calibrations.newton import soft_fit
from plait.calibrations.rivals import LOG_2, LOG_PHI
from plait.calibrations.rivals import fitted as fitted_rival
from plait.calibrations.robust import linear, positive_ratio
from plait.calibrations.run_file import Record
from plait.models import Closure, PlaitError

Array = NDArray[np.float64]
Constants = dict[str, float]
Table = Mapping[str, Array]
"""Column -> one value a braid; nan where a run did not look at it."""

LEAST_BRAIDS = 12
"""Braids below which no fit is attempted."""
WIDTH_START = (0.3, 0.04, 1.0)
"""Width per layer, per strand, offset: roughly. The bond grows alike."""
FAR = 1e9
"""Offset at which a growing form is at its least or most everywhere."""
SPREAD, TINY = 0.2, 1e-9
"""Decades by which trains of one bond differ, and what a term of theirs is at least."""
EXACT = 1e-11
"""Decades below which a deviation is rounding, and 0: some forms are exact."""
SOFTENING = 0.02
"""Share of the tensors added to both sides of a residual of the planned steps: a few are no factor."""

COLUMNS = {
    "m": "m",
    "D": "D",
    "r": "r",
    "D_r": "D_r",
    "T": "tensors",
    "w": "width",
    "C": "dense_operations",
    "W": "dense_writes",
    "C_f": "fib_operations",
    "P_f": "fib_peak",
    "W_f": "fib_writes",
    "m_s": "min_m",
    "w_s": "min_width",
    "T_s": "min_tensors",
    "C_s": "min_fib_operations",
    "P_s": "min_fib_peak",
}
"""Feature -> field of a run, at least 1."""
ASKED = ("strands", "layers", "density", "given_up")
"""Columns that are no feature."""
COUNTED = {"T_p": "packed_steps", "p_s": "min_packed_steps"}
"""The same, at least 0."""
TRAINS = {"chi": "train_bond", "K": "train_work", "P_t": "train_bytes"}
"""The same, where a train was run to its end."""


def table_of(rows: Sequence[Record]) -> Table:
    """What is fitted of some braids of one closure.

    Raises:
        KeyError: a run lacks a field that every run has.
    """
    table = {key: np.array([row["asked"][key] for row in rows], float) for key in ("strands", "layers", "density")}
    results = [row["result"] for row in rows]
    for feature, field in COLUMNS.items():
        table[feature] = np.maximum(1.0, np.array([x[field] for x in results], float))
    for feature, field in COUNTED.items():
        table[feature] = np.array([x[field] for x in results], float)
    for feature, field in TRAINS.items():
        table[feature] = np.maximum(1.0, np.array([x.get(field, np.nan) for x in results], float))
    table["given_up"] = np.array(["train_updates" in x and "train_work" not in x for x in results], float)
    table["h"] = ones(table["strands"], Closure.parse(rows[0]["asked"]["closure"]))
    for feature in circuit_forms.FORMS:
        table[feature] = np.array([x.get(feature, np.nan) for x in results], float)
    return table


def chosen(table: Table, which: NDArray[np.int64] | NDArray[np.bool_]) -> Table:
    """Some rows."""
    return {name: column[which] for name, column in table.items()}


def has_circuits(table: Table) -> NDArray[np.bool_]:
    """Rows whose circuits were counted."""
    return np.asarray(~np.isnan(table[next(iter(circuit_forms.FORMS))]))


def has_train(table: Table) -> NDArray[np.bool_]:
    """Rows whose train was run, at sizes at which none was given up: what is left there would be the easy ones only."""
    n, layers, lost = table["strands"], table["layers"], table["given_up"] > 0
    harder = (n[:, None] >= n[lost]) & (layers[:, None] >= layers[lost])
    return np.asarray(~np.isnan(table["K"]) & ~harder.any(axis=1))


def fitted(
    table: Table,
    closure: Closure,
    family: str,
    choices: Mapping[str, str] = NO_CHOICES,
    near: Constants | None = None,
) -> Constants:
    """Constants of every form; none of the circuits of planted braids, which shrink in ways of their own.

    Args:
        choices: feature -> rival that is fitted as well, see `plait.calibrations.rivals`.
        near: constants of a fit to much the same braids, which shorten the search.
    """
    c, known = usual(table, closure, family, near), observed_of(table, closure)
    for feature, rival in choices.items():
        c |= fitted_rival(feature, rival, known, target_of(table, feature), near)
    return c


def observed_of(table: Table, closure: Closure) -> Table:
    """Features as observed, in the units of `features`, and what `forms.known_of` tells."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            name: column if name in WIDTHS else np.log10(column) for name, column in table.items() if name not in ASKED
        }
    return found | known_of(table["strands"], table["layers"], closure)


def target_of(table: Table, feature: str) -> Array:
    """What a rival of that feature is fitted to: log10 (widths: log2), nan where it was not seen or is 0."""
    if feature in WIDTHS:
        return table[feature]
    with np.errstate(divide="ignore", invalid="ignore"):
        target = np.where(table[feature] > 0, np.log10(table[feature]), np.nan)
    return np.where(has_train(table), target, np.nan) if feature in TRAINS else target


def usual(table: Table, closure: Closure, family: str, near: Constants | None = None) -> Constants:
    """Constants of the usual forms."""
    n, layers = table["strands"], table["layers"]
    c: Constants = {}
    if family == "planted":
        c |= linear(planted_extra(n, layers), table["m"] - table["density"] * bricks(n, layers))
    c |= linear({"D1": layers, "D0": 1.0}, table["D"])
    c |= linear({"Q1": layers, "Q0": 1.0}, table["D_r"])
    c |= linear({"r0": 1.0, "r1": 1 / layers}, table["r"] / table["m"])
    c |= linear({"T1": table["r"], "Tn": n, "T0": 1.0}, table["T"])
    c |= _grown(("w_L", "w_n", "w_0"), lambda x: width(n, layers, closure, x), table["w"], near)
    c |= {"T_p1": _planned(table["T_p"], table["T"], table["w"])}
    for feature, letter, leg in (
        ("C", "C", LOG_2),
        ("W", "W", LOG_2),
        ("C_f", "c", LOG_PHI),
        ("P_f", "p", LOG_PHI),
        ("W_f", "W_f", LOG_PHI),
    ):
        c |= _over_width(letter, table[feature], table["w"], table["T"], leg)
    c |= _train(chosen(table, has_train(table)), closure, near)
    if family == "planted":
        return c | _left_of_planted(table)
    c |= _left_of_brickwall(table, closure, near)
    return c | circuit_forms.fit_circuit(chosen(table, has_circuits(table)), near)


def _train(table: Table, closure: Closure, near: Constants | None) -> Constants:
    n, layers, bond = table["strands"], table["layers"], np.log10(table["chi"])
    if n.size < LEAST_BRAIDS:
        raise PlaitError(
            f"{n.size} tensor trains with the {closure} closure; a fit needs {LEAST_BRAIDS}: give more --budget"
        )
    exponent = (bond + np.log10(5) / 2) / LOG_PHI
    c = _grown(("b_L", "b_n", "b_0"), lambda x: bond_exponent(n, layers, closure, x), exponent, near)
    for name, powers, whole in (("K", (1, 2, 3), table["r"]), ("P_t", (1, 2), n)):
        terms = np.stack([whole * table["chi"] ** power / table[name] for power in powers], axis=1)
        found = np.maximum(TINY, positive_ratio(terms, None, SPREAD))
        c |= {f"{name}{power}": float(x) for power, x in zip(powers, found, strict=True)}
    return c


def _left_of_brickwall(table: Table, closure: Closure, near: Constants | None) -> Constants:
    n, layers = table["strands"], table["layers"]
    c = linear({"m_s0": 1.0, "m_s1": 1 / layers, "m_s2": 1 / n}, table["m_s"] / table["m"])
    c |= _grown(("w_s_L", "w_s_n", "w_s_0"), lambda x: width(n, layers, closure, x, "w_s"), table["w_s"], near)
    c |= linear({"T_s1": table["m_s"], "T_s0": 1.0}, table["T_s"])
    c |= {"p_s1": _planned(table["p_s"], table["T_s"], table["w_s"])}
    for feature in ("C_s", "P_s"):
        c |= _over_width(feature, table[feature], table["w_s"], table["T_s"], LOG_PHI)
    return c


def _left_of_planted(table: Table) -> Constants:
    n, layers = np.log10(table["strands"]), np.log10(table["layers"])
    c: Constants = {"p_s1": _planned(table["p_s"], table["T_s"], table["w_s"])}
    for feature in PLANTED_LEFT:
        target = table[feature] if feature in WIDTHS else np.log10(table[feature])
        c |= linear({f"{feature}.a": 1.0, f"{feature}.b": n, f"{feature}.c": layers}, target)
    return c


def _over_width(letter: str, count: Array, w: Array, tensors: Array, leg: float) -> Constants:
    """Constants of `plait.calibrations.forms.over_width`: of the wide networks first, then what narrow ones are off."""
    rest, narrow = np.log10(count) - leg * w, narrowness(w)
    wide = narrow == 0
    if wide.sum() < LEAST_BRAIDS:  # a short calibration: the wider half
        wide = w >= np.median(w)
    c = linear({f"{letter}1": np.log10(tensors[wide]), f"{letter}0": 1.0}, rest[wide])
    off = rest - c[f"{letter}1"] * np.log10(tensors) - c[f"{letter}0"]
    return c | {f"{letter}2": float((off * narrow).sum() / max(1.0, (narrow**2).sum()))}


def _planned(planned: Array, tensors: Array, w: Array) -> float:
    """Share of the steps that are planned where the network is wide."""
    return float(planned.sum() / (tensors * planned_share(w)).sum())


def _grown(
    names: Sequence[str], form: Callable[[Constants], Array], target: Array, near: Constants | None
) -> Constants:
    """Constants of a form that grows with layers and strands up to a cap; the last one is its offset."""

    def value(x: Sequence[float] | Array) -> Array:
        return form(dict(zip(names, x, strict=True)))

    # No more and no less than the form can give: that changes nothing else, and leaves the loss a slope everywhere.
    least, most = (value((*WIDTH_START[:-1], offset)) for offset in (-FAR, FAR))
    aim = np.minimum(np.maximum(target, least), most)
    begin = [near[name] for name in names] if near else ()
    found = soft_fit(lambda x: value(x) - aim, WIDTH_START, near=begin)
    return dict(zip(names, map(float, found), strict=True))


def deviations(table: Table, predicted: Mapping[str, Array]) -> dict[str, Array]:
    """Observed minus predicted, log10 (widths log2), one value a braid; nan where a feature was not seen.

    Args:
        predicted: of `plait.calibrations.forms.features`.
    """
    return {
        feature: deviation(table, feature, form)
        for feature, form in predicted.items()
        if feature != "h" and feature in table
    }


def deviation(table: Table, feature: str, form: Array) -> Array:
    """Observed minus predicted of one feature; small counts are softened, a handful more or less is no factor."""
    off = _off(table, feature, form)
    return np.where(np.abs(off) < EXACT, 0.0, off)


def _off(table: Table, feature: str, form: Array) -> Array:
    if feature in circuit_forms.FORMS:
        more = circuit_forms.softening(feature, table["strands"], table)
        return np.asarray(np.log10((table[feature] + more) / (10.0**form + more)))
    if feature in COUNTED:
        more = SOFTENING * table["T" if feature == "T_p" else "T_s"]
        return np.asarray(np.log10((table[feature] + more) / (10.0**form + more)))
    observed = table[feature] if feature in WIDTHS else np.log10(table[feature])
    return np.where(has_train(table), observed - form, np.nan) if feature in TRAINS else observed - form


def kept(table: Table, family: str) -> Table:
    """The braids whose residuals are kept: of brickwalls, those whose circuits were counted."""
    return chosen(table, has_circuits(table)) if family == "brickwall" else table


def residuals(
    table: Table, closure: Closure, c: Constants, family: str, choices: Mapping[str, str] = NO_CHOICES
) -> dict[str, Array]:
    """Observed minus predicted from (n, L) alone, of the braids that are `kept`: log10, widths log2.

    A braid without a finished train has the deviations of the train of that braid, nearest in size, that has one.
    """
    table = kept(table, family)
    predicted = features(table["strands"], table["layers"], float(table["density"][0]), closure, c, family, choices)
    nearest = _nearest(table)
    return {
        name: column[nearest] if name in TRAINS else column for name, column in deviations(table, predicted).items()
    }


def _nearest(table: Table) -> NDArray[np.int64]:
    """For each row the row, nearest in log strands and log layers, with a finished train."""
    there = np.flatnonzero(has_train(table))
    place = np.log(np.stack([table["strands"], table["layers"]], axis=1))
    distance = np.abs(place[:, None] - place[there]).sum(axis=2)
    return np.asarray(there[distance.argmin(axis=1)])
