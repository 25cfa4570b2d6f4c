"""The cells of an advantage map in plain values and plain words: records, shades, reason letters, durations.

What the chart, the page and the JSON map share; imports no drawing library.
"""

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from plait.models.errors import PlaitError

if TYPE_CHECKING:
    import xarray as xr

INSTANCES = {
    "brickwall": (
        "Hypothetical: random brickwall with assumed signal",
        "No such braid is at hand: values of real random brickwalls are so small that 0 would be a right answer. So"
        " this map is an upper limit on the chances of quantum.",
    ),
    "planted": (
        "Planted: braids of known value",
        "Real words of known value, with |E| spread over 0 to 1. Both sides may minimise them first, and that leaves"
        " next to nothing (measured); what little a quantum computer then runs is charged from above.",
    ),
}
"""Family -> what kind of instance it is, and what that means for the map."""
DIFFERENCE = (
    "What the two maps have between them: wherever quantum wins on the first and not on the second, it wins on braids"
    " that nobody can write down today. Words with a signal large enough to see are known only as disguises of simple"
    " links, and the disguise falls to a minimiser."
)
PUBLISHED = (85, 100)  # strands, layers: the advantage point of arXiv:2503.05625, about 2,800 crossings
QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
_VARIABLES = (
    *("p_advantage", "winner", "reason", "classical_best", "crossings", "depth", "extrapolation"),
    *("quantum_log10_cost", "classical_log10_cost"),
)
_ATTRIBUTES = ("title", "question", "calibration", "eps", "delta")

# Verdict shades in the order of the legend: name -> (colour, meaning). Their lightness alone tells the verdict on a
# grey print (of 100: classical below 50, quantum 65 to 80, undecided above 85); blue and orange suit any colour vision.
SHADES = {
    "quantum-sure": ("#e58a1f", "quantum wins, p ≥ 0.99"),
    "quantum": ("#f6b76b", "quantum wins, p 0.9 to 0.99"),
    "leaning-quantum": ("#fdead3", "undecided, p > 0.7"),
    "undecided": ("#f8f6f1", "undecided, p 0.3 to 0.7"),
    "leaning-classical": ("#dbe6f3", "undecided, p < 0.3"),
    "classical": ("#4470b0", "classical wins, p 0.01 to 0.1"),
    "classical-sure": ("#1f3d78", "classical wins, p ≤ 0.01"),
    "infeasible": ("#ffffff", "neither side can answer"),
}
EXISTING = ("h2-2", "helios")
"""Quantum computers that exist: what they can answer at all is outlined on every map."""
MOST_DRAWN = 60
"""Strands, and layers, of a map that is drawn."""
P_MEANS = "p is the probability that quantum is feasible and faster; a winner needs 0.9 on its side."
_LETTERS = {
    "signal": ("S", "signal drowned in noise"),
    "qubits": ("Q", "too few qubits"),
    "memory": ("M", "out of memory"),
    "time": ("T", "over the time limit"),
    "odd strands": ("O", "odd number of strands"),
    "closure": ("C", "not for this closure"),
}
SAYS = {
    "quantum": "quantum wins",
    "classical": "classical wins",
    "undecided": "undecided",
    "infeasible": "infeasible: neither side can answer",
}


def check_frontier(frontier: "xr.Dataset") -> None:
    """Refuse a dataset that no map can be made from.

    Raises:
        PlaitError: names everything that is missing.
    """
    missing = [name for name in _VARIABLES if name not in frontier]
    missing += [f"attribute {name!r}" for name in _ATTRIBUTES if not frontier.attrs.get(name)]
    if missing:
        raise PlaitError(f"not a frontier: it lacks {', '.join(missing)}; make one with `plait.estimator.frontier`")
    if not all(frontier.sizes[dim] for dim in ("closure", "contender", "strands", "layers")):
        raise PlaitError(f"the frontier has no cells (sizes: {dict(frontier.sizes)}); give every dimension a value")


def names(frontier: "xr.Dataset", dim: str) -> list[str]:
    """Coordinates of a text dimension."""
    return [str(name) for name in frontier[dim].values]


def distinct(texts: "xr.DataArray") -> list[str]:
    """The different texts of an array, sorted."""
    return sorted({str(text) for text in texts.values.flat})


def on_map(frontier: "xr.Dataset", boundary: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries of a boundary whose family, closure and contender this frontier shows."""
    closures, contenders = names(frontier, "closure"), names(frontier, "contender")
    family = family_of(frontier)
    return [
        entry
        for entry in boundary
        if entry["closure"] in closures
        and entry["contender"] in contenders
        and entry.get("family", "brickwall") == family
    ]


def listed(frontiers: "xr.Dataset | Sequence[xr.Dataset]") -> "list[xr.Dataset]":
    """One frontier, or one for each family, as a list."""
    return cast("list[xr.Dataset]", list(frontiers) if isinstance(frontiers, list | tuple) else [frontiers])


def thinned(frontier: "xr.Dataset") -> "xr.Dataset":
    """The frontier with at most MOST_DRAWN strands and layers, evenly spread over the grid, the ends among them.

    A browser draws no more cells smoothly, and no eye tells them apart. The title says it.
    """
    kept = {dim: evenly(frontier.sizes[dim], MOST_DRAWN) for dim in ("strands", "layers")}
    if all(len(places) == frontier.sizes[dim] for dim, places in kept.items()):
        return frontier
    said = " x ".join(str(frontier.sizes[dim]) for dim in kept)
    shown = " x ".join(str(len(places)) for places in kept.values())
    title = f"{frontier.attrs['title']} ({shown} of {said} places drawn)"
    return frontier.isel(kept).assign_attrs(title=title)


def evenly(count: int, most: int) -> list[int]:
    """Numbers of at most `most` of so many grid points, evenly spread, both ends among them.

    >>> evenly(9, 3), evenly(3, 9)
    ([0, 4, 8], [0, 1, 2])
    """
    return sorted({round(x) for x in np.linspace(0, count - 1, min(count, most))})


def family_of(frontier: "xr.Dataset") -> str:
    """Family of the braids of a map."""
    return str(frontier.attrs.get("family", "brickwall"))


def has_place(entry: Mapping[str, Any]) -> bool:
    """Whether a boundary entry has a median on the grid."""
    return finite(entry.get(f"{entry['axis']}_p50")) is not None


def origin(frontier: "xr.Dataset") -> list[str]:
    """Where the numbers come from, a sentence each."""
    attrs = frontier.attrs
    weakest = str(attrs.get("basis", ""))
    if not weakest and "basis" in frontier.coords:
        by_basis: dict[str, list[str]] = {}
        for name, basis_of in zip(names(frontier, "contender"), frontier["basis"].values, strict=True):
            by_basis.setdefault(str(basis_of), []).append(name)
        parts = [f"{found} ({', '.join(those)})" for found, those in by_basis.items()]
        weakest = "; ".join(parts) if len(parts) > 1 else f"{next(iter(by_basis))}, for every quantum contender"
    said = {"Calibration: ": attrs["calibration"], "Weakest basis: ": weakest, "Made with plait ": attrs.get("version")}
    sentences = [f"{label}{value}" for label, value in said.items() if value]
    if not (frontier["extrapolation"].values <= 1).any():
        sentences.append("Every cell lies beyond the measured range: all costs are extrapolated.")
    return sentences


def finite(value: object) -> float | None:
    """The number, or None where it is missing or not finite: JSON has no nan and no inf.

    >>> finite(2), finite(float("inf")), finite(None)
    (2.0, None, None)
    """
    number = math.nan if value is None else float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def cell_records(frontier: "xr.Dataset") -> list[dict[str, Any]]:
    """Every cell as a record: place, winner, p, reason, costs (log10 of seconds); None for what is not finite."""
    flat = frontier.transpose("closure", "contender", "strands", "layers", ...)
    values = {name: flat[name].values for name in ("p_advantage", "winner", "reason", "classical_best")}
    braids = {name: braid_values(flat, name) for name in ("crossings", "depth", "extrapolation")}
    seconds = {
        name: {q: flat[name].sel(quantile=at, method="nearest").values for q, at in QUANTILES.items()}
        for name in ("quantum_log10_cost", "classical_log10_cost")
    }
    shares = flat.get("variance_share")
    axes: list[list[Any]] = [names(flat, "closure"), names(flat, "contender")]
    axes += [[int(value) for value in flat[dim].values] for dim in ("strands", "layers")]
    records = []
    for place in itertools.product(*(range(len(axis)) for axis in axes)):
        braid = (place[0], *place[2:])
        records.append(
            {
                "closure": axes[0][place[0]],
                "contender": axes[1][place[1]],
                "strands": axes[2][place[2]],
                "layers": axes[3][place[3]],
                "crossings": finite(braids["crossings"][braid]),
                "depth": finite(braids["depth"][braid]),
                "winner": str(values["winner"][place]),
                "p_advantage": finite(values["p_advantage"][place]),
                "reason": str(values["reason"][place]),
                "classical_best": str(values["classical_best"][place]),
                **{name: {q: finite(v[place]) for q, v in at.items()} for name, at in seconds.items()},
                "extrapolation": finite(braids["extrapolation"][braid]),
                **({} if shares is None else {"variance_shares": _shares(shares.values[place], shares)}),
            }
        )
    return records


def _shares(values: "np.ndarray[Any, Any]", table: "xr.DataArray") -> dict[str, float | None]:
    return {str(name): finite(value) for name, value in zip(table["source"].values, values, strict=True)}


def spread_of(shares: Mapping[str, float | None] | None) -> str:
    """What the spread of a cell's verdict comes from, the largest first.

    >>> spread_of({"braid": 0.1, "calibration": 0.25, "assumption": 0.8}), spread_of(None)
    ('assumption 80 %, calibration 25 %, braid 10 %', 'not told')
    """
    known = {name: value for name, value in (shares or {}).items() if value is not None}
    ordered = sorted(known.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {100 * value:.0f} %" for name, value in ordered) or "not told"


def braid_values(frontier: "xr.Dataset", name: str) -> np.ndarray[Any, Any]:
    """What does not depend on the contender, over (closure, strands, layers)."""
    grid = frontier["winner"].isel(contender=0, drop=True)
    return frontier[name].broadcast_like(grid).transpose("closure", "strands", "layers").values


def shade_of(winner: str, p: float | None) -> str:
    """Shade (a key of SHADES) of a cell: the winner decides, p refines.

    >>> shade_of("undecided", 0.8), shade_of("classical", 0.0)
    ('leaning-quantum', 'classical-sure')
    """
    p = 0.5 if p is None else p
    if winner == "quantum":
        return "quantum-sure" if p >= 0.99 else "quantum"
    if winner == "classical":
        return "classical-sure" if p <= 0.01 else "classical"
    if winner == "undecided":
        return "leaning-quantum" if p > 0.7 else "leaning-classical" if p < 0.3 else "undecided"
    return "infeasible"


def reasons(text: str) -> list[tuple[str, str]]:
    """Who is out of the race, and why.

    >>> reasons("quantum: signal; classical: time")
    [('quantum', 'signal'), ('classical', 'time')]
    """
    return [(side, why.strip()) for side, why in re.findall(r"(quantum|classical|both)\s*:\s*([^;,]+)", text)]


def letter_of(reason: str) -> str:
    """What stands for a reason on the map: its letter, or its first two for a reason without one.

    >>> letter_of("qubits"), letter_of("price")
    ('Q', 'Pr')
    """
    return _LETTERS.get(reason, (reason[:2].capitalize(), ""))[0]


def letters_used(frontier: "xr.Dataset") -> dict[str, str]:
    """Letter -> meaning, for the reasons that occur, the known ones first."""
    found = {reason for text in distinct(frontier["reason"]) for _, reason in reasons(text)}
    ordered = [reason for reason in _LETTERS if reason in found] + sorted(found - set(_LETTERS))
    return {letter_of(reason): _LETTERS.get(reason, ("", reason))[1] for reason in ordered}


def duration(log10_seconds: float) -> str:
    """Seconds in the unit a person would use.

    >>> duration(5.4134), duration(-2.0), duration(20.5)
    ('3.0 days', '10 ms', '10¹³ years')
    """
    years = log10_seconds - _YEAR
    if years >= 6:
        return f"10{str(round(years)).translate(_SUPERSCRIPT)} years"
    # Rounding must not reach the next unit: "60 s" is said as "1.0 min".
    unit, size = next(((u, s) for u, s in _UNITS if log10_seconds >= s - 0.002), _UNITS[-1])
    value = 10 ** (log10_seconds - size)
    return f"{value:,.0f} {unit}" if value >= 9.95 else f"{value:.1f} {unit}"


_YEAR = math.log10(365.25 * 86400)
_UNITS = [
    *[("years", _YEAR), ("days", math.log10(86400)), ("h", math.log10(3600)), ("min", math.log10(60))],
    *[("s", 0.0), ("ms", -3.0), ("µs", -6.0)],
]
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def interval(seconds: Mapping[str, float | None], *, answered: bool = False) -> str:
    """Median and 5-95 % interval of a cost (log10 of seconds by quantile), in words."""
    low, middle, high = (seconds[q] for q in QUANTILES)
    if middle is None:
        return "no time at all" if answered else "infeasible"
    if low is None or high is None:
        return f"{duration(middle)} (5–95 % open)"
    return f"{duration(middle)} (5–95 %: {duration(low)} to {duration(high)})"


def count(value: float | None) -> str:
    """A number of things, rounded."""
    return "?" if value is None else f"{value:,.0f}"


def probability(p: float | None) -> str:
    """A probability, in words at the ends."""
    if p is None:
        return "?"
    return "below 0.01" if p < 0.01 else "above 0.99" if p > 0.99 else f"{p:.2f}"


def basis(factor: float | None) -> str:
    """What an extrapolation factor means."""
    if factor is None:
        return "extrapolation, factor unknown"
    return "the measured range" if factor <= 1 else f"extrapolation × {factor:.1f} beyond the measured range"
