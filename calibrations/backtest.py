"""Back-tests: fit on the smaller braids, predict the larger ones, at several nested edges; choose forms by that.

An edge is a number of layers, of strands, or both: what is held out is strictly larger than everything fitted. Rivals
are judged by their root mean square error beyond the larger edges; the usual form stays unless a rival is clearly
better at each, so that choices do not follow the noise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.feature_fit import (
    LEAST_BRAIDS,
    Table,
    chosen,
    deviation,
    has_circuits,
    has_train,
    observed_of,
    target_of,
    usual,
)
from plait.calibrations.forms import features
from plait.calibrations.rivals import fitted as fitted_rival
from plait.calibrations.rivals import rivals_of
from plait.models import Closure

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEVELS = (0.4, 0.55, 0.7, 0.85)
"""Shares of the braids below the nested edges by which forms are chosen and intervals widened."""
LEAST_SHARE = 0.1
"""Of the braids beyond the edge of a split that is reported."""
CLEARLY = 0.95
"""A rival replaces the usual form if its error is below this share of it."""
TOLD = 9
"""Decimals of such shares that are compared: beyond them is rounding, and the first of equals stays."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """One edge.

    Args:
        axis: "layers", "strands" or "both".
        strands, layers: largest that are fitted; inf where it is no edge.
        small, large: rows fitted and held out; with "both", braids larger in one way only are neither.
    """

    axis: str
    strands: float
    layers: float
    small: Mask
    large: Mask

    def distance(self, table: Table) -> Array:
        """Decades by which each row lies beyond what is fitted; 0 within."""
        return beyond(table["strands"], table["layers"], self.strands, self.layers)


def beyond(strands: Array, layers: Array, most_strands: float, most_layers: float) -> Array:
    """log10 of the larger of the two ratios, at least 0.

    >>> float(beyond(np.asarray(60.0), np.asarray(80.0), 60.0, 8.0))
    1.0
    """
    ratio = np.maximum(strands / most_strands, layers / most_layers)
    return np.asarray(np.log10(np.maximum(1.0, ratio)))


def reported(table: Table) -> Iterator[Split]:
    """The splits of `plait validate`: by layers, by strands and by both, the largest tenth or more held out."""
    n, layers = (_edge(table[name]) for name in ("strands", "layers"))
    for axis, edges in (("layers", (np.inf, layers)), ("strands", (n, np.inf)), ("both", (n, layers))):
        yield from _usable(table, axis, *edges)


def layered(table: Table, fitted: float, predicted: float) -> Iterator[Split]:
    """Fit up to some layers, predict those beyond them up to others, on strands of any number."""
    for split in _usable(table, "layers", np.inf, fitted):
        yield replace(split, large=split.large & (table["layers"] <= predicted))


def nested(table: Table) -> list[Split]:
    """Edges within the fitted braids, from harsh to mild."""
    found: list[Split] = []
    for level in LEVELS:
        n, layers = (float(np.quantile(table[name], level, method="lower")) for name in ("strands", "layers"))
        for axis, edges in (("layers", (np.inf, layers)), ("strands", (n, np.inf)), ("both", (n, layers))):
            found.extend(_usable(table, axis, *edges))
    return found


def _edge(sizes: Array) -> float:
    """The largest size with LEAST_SHARE of the braids beyond it."""
    values = np.unique(sizes)
    enough = [value for value in values if (sizes > value).mean() >= LEAST_SHARE]
    return float(max(enough, default=values[0]))


def _usable(table: Table, axis: str, strands: float, layers: float) -> Iterator[Split]:
    """The split, if enough is left on both sides."""
    n, depth = table["strands"], table["layers"]
    small = (n <= strands) & (depth <= layers)
    large = ~small if axis != "both" else (n > strands) & (depth > layers)
    fit = chosen(table, small)
    parts = [small, small & has_circuits(table)] if has_circuits(table).any() else [small]
    enough = min(int(part.sum()) for part in parts) >= LEAST_BRAIDS and has_train(fit).sum() >= LEAST_BRAIDS
    if enough and large.any() and len(np.unique(n[small])) > 2 and len(np.unique(depth[small])) > 2:
        yield Split(axis=axis, strands=strands, layers=layers, small=small, large=large)


def names_of(table: Table, family: str) -> list[str]:
    """Features with rivals, in the order in which forms need them."""
    found = features(np.asarray(8.0), np.asarray(8.0), 0.5, Closure.PLAT, _Ones(), family)
    return [name for name in found if rivals_of(name, family) and name in table]


class _Ones(dict[str, float]):
    """Constants that are all 1."""

    def __missing__(self, name: str) -> float:
        return 1.0


class Fits:
    """Constants of one closure and family from some braids: of the usual forms, and of rivals once asked for."""

    def __init__(self, table: Table, closure: Closure, family: str) -> None:
        self.table, self.closure, self.family = table, closure, family
        self.constants = usual(table, closure, family)
        self.known = observed_of(table, closure)
        self.ready: set[tuple[str, str]] = set()

    def seen(self, name: str) -> bool:
        """Whether enough braids have the feature."""
        return bool(np.isfinite(target_of(self.table, name)).sum() >= LEAST_BRAIDS)

    def features(self, table: Table, choices: Mapping[str, str]) -> dict[str, Array]:
        """Features of other braids from their n and L alone; rivals of features hardly seen are passed over."""
        choices = {name: rival for name, rival in choices.items() if self.seen(name)}
        for name, rival in choices.items():
            if (name, rival) not in self.ready:
                self.constants |= fitted_rival(name, rival, self.known, target_of(self.table, name))
                self.ready.add((name, rival))
        n, layers, density = table["strands"], table["layers"], float(table["density"][0])
        return features(n, layers, density, self.closure, self.constants, self.family, choices)


class BackTest:
    """The nested edges of the braids of one closure and family, with the fits below each."""

    def __init__(self, table: Table, closure: Closure, family: str) -> None:
        self.table, self.family = table, family
        self.edges = [
            (split, Fits(chosen(table, split.small), closure, family), chosen(table, split.large))
            for split in nested(table)
        ]
        self.errors: dict[str, dict[str, dict[int, float]]] = {}

    def deviation(self, number: int, name: str, choices: Mapping[str, str]) -> Array | None:
        """Of one feature beyond one edge, None where it was hardly seen below; nan for braids in which it was not."""
        _, small, large = self.edges[number]
        if not small.seen(name):
            return None
        return deviation(large, name, small.features(large, choices)[name])

    def choose(self) -> dict[str, str]:
        """Feature -> rival, for the features whose usual form a rival clearly beats on the larger braids.

        Edges by layers or by strands decide; few braids lie beyond both.
        """
        numbers = [k for k, (split, _, _) in enumerate(self.edges) if split.axis != "both"]
        choices: dict[str, str] = {}
        for name in names_of(self.table, self.family):
            errors = self.errors[name] = {}
            for rival in ("", *rivals_of(name, self.family)):
                for k in numbers:
                    miss = self.deviation(k, name, choices | ({name: rival} if rival else {}))
                    if miss is not None and np.isfinite(miss).any():
                        errors.setdefault(rival, {})[k] = float(np.nanmean(miss**2))
            if best := _best(errors):
                choices[name] = best
        return choices

    def _without(self, number: int, name: str, choices: Mapping[str, str]) -> Mapping[str, str]:
        """The choices, but for that of one feature if it is what `choose` finds: made without one edge."""
        errors = self.errors.get(name, {})
        if choices.get(name, "") != _best(errors):
            return choices
        rival = _best({r: {k: x for k, x in squares.items() if k != number} for r, squares in errors.items()})
        return {key: x for key, x in choices.items() if key != name} | ({name: rival} if rival else {})

    def score(self, name: str, choices: Mapping[str, str]) -> "Score | None":
        """Deviations of one feature beyond all edges; None if there are none.

        Where the form is the one chosen, each edge is predicted by the form that the others choose: what is chosen by
        the largest errors it avoids would else look better than it is.
        """
        rows = []
        for k, (split, small, large) in enumerate(self.edges):
            miss = self.deviation(k, name, self._without(k, name, choices))
            if miss is not None:
                known = [np.minimum(large[axis], small.table[axis].max()) for axis in ("strands", "layers")]
                columns = np.stack([miss, split.distance(large), *known, np.full(miss.shape, float(k))])
                rows.append(columns[:, np.isfinite(miss)])
        if not rows or not sum(part.shape[1] for part in rows):
            return None
        miss, distance, strands, layers, edge = np.concatenate(rows, axis=1)
        return Score(deviation=miss, distance=distance, strands=strands, layers=layers, edge=edge)


def _best(errors: Mapping[str, Mapping[int, float]]) -> str:
    """The rival that is clearly better at each of the larger edges, the surest of them; "" if there is none.

    Small braids say little of large ones: the larger half of the edges decides, and the worst of them for each rival.
    """
    usual = errors.get("", {})
    decisive = sorted(usual)[len(usual) // 2 :]
    worst = {
        rival: max(round(float(np.sqrt(squares[k] / usual[k])), TOLD) if usual[k] > 0 else 1.0 for k in decisive)
        for rival, squares in errors.items()
        if decisive
    }
    able = [rival for rival in worst if rival and worst[rival] < CLEARLY]
    return min(able, key=lambda rival: worst[rival], default="")


@dataclass(frozen=True, kw_only=True)
class Score:
    """Back-test deviations of one feature, of every held-out braid at every edge.

    Args:
        deviation: observed minus predicted.
        distance: decades beyond what was fitted.
        strands, layers: the size, or what was fitted at most: where the scatter is known.
        edge: number of the edge.
    """

    deviation: Array
    distance: Array
    strands: Array
    layers: Array
    edge: Array
