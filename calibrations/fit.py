"""Turn runs into a calibration: features against (n, L), seconds against counts; draws by bootstrap over braids."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import time_fit
from plait.calibrations.backtest import BackTest
from plait.calibrations.calibration import Basis, Calibration, Constant, label
from plait.calibrations.feature_fit import (
    LEAST_BRAIDS,
    chosen,
    deviations,
    fitted,
    has_circuits,
    kept,
    residuals,
    table_of,
)
from plait.calibrations.figures import FIGURES
from plait.calibrations.forms import features
from plait.calibrations.noise_fit import covers, noise_constants, point_of
from plait.calibrations.run_file import Record
from plait.calibrations.spread import LawSpread, Spread, digits, spread_of
from plait.calibrations.time_laws import Result, result_of
from plait.models import Closure, PlaitError
from plait.models.braid import check_int

Constants = dict[str, float]

DRAWS = 200
DENSITY = 2 / 3
"""Of the brickwalls whose features are fitted; braids of other densities count for the seconds only."""
FAMILIES = ("brickwall", "planted")
X_LAWS = ("search", "dense", "fib", "state", "trace", "train")
"""Laws of which x_LAW is one constant; x_min has one for each closure and family."""


def fit(records: Sequence[Record], *, draws: int = DRAWS, seed: int = 0, profile: str = "user") -> Calibration:
    """Fit every constant to runs.

    Args:
        records: runs of `measure` (or `run_file.load`).
        draws: joint bootstrap draws, over braids; residuals are kept braid by braid.
        seed: of the bootstrap.
        profile: name of the result.

    Returns:
        Calibration: the same for the same runs, draws and seed.

    Raises:
        PlaitError: too few runs to fit, or runs made on different machines.
    """
    check_int("seed", seed, 0, 2**63 - 1)
    try:
        return _fit(records, draws=draws, seed=seed, profile=profile)
    except PlaitError:
        raise
    except (KeyError, TypeError, IndexError, ValueError, ArithmeticError) as error:
        raise PlaitError(f"a run lacks {error}, or holds something else there; measure it again") from error


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of a group of constants."""
    return np.random.default_rng([seed, *name.encode()])


def probes_of(records: Sequence[Record]) -> dict[str, float]:
    """Medians of the probes among some runs, by constant.

    Raises:
        PlaitError: there are none, or they are of several machines.
    """
    _check_machine(records)
    probes = [record["result"] for record in records if record["asked"].get("kind") == "probe"]
    if not probes:
        raise PlaitError("no machine probe among the runs; run plait calibrate again on this run file")
    return {name: float(np.median([probe[key] for probe in probes])) for name, key in _PROBES.items()}


class _Found:
    """Constants with their draws, as they are fitted; every group draws from a stream of its own, named after it."""

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed = count, seed
        self.constants: dict[str, Constant] = {}
        self.draws: dict[str, list[float]] = {}
        self.residuals: dict[str, dict[str, tuple[float, ...]]] = {}
        self.choices: dict[str, dict[str, str]] = {}
        self.spread: dict[str, dict[str, Spread]] = {}
        self.places: dict[str, tuple[tuple[int, int], ...]] = {}
        self.laws: dict[str, LawSpread] = {}

    def add(self, name: str, value: float, drawn: Iterable[float] | None, **about: Any) -> None:
        """A constant; without draws it is certain."""
        self.constants[name] = Constant(value=digits(value), **about)
        if drawn is not None:
            self.draws[name] = [digits(x) for x in drawn]

    def stream(self, name: str) -> np.random.Generator:
        """The same, for a name and seed, however many draws are taken: fewer are the first of more."""
        return stream(self.seed, name)

    def samples(self, name: str, size: int) -> NDArray[np.int64]:
        """One of `size` things a draw."""
        return self.stream(name).integers(0, size, self.count)


def _fit(records: Sequence[Record], *, draws: int, seed: int, profile: str) -> Calibration:
    records = sorted(records, key=lambda record: str(record["id"]))
    probes = [record["result"] for record in records if record["asked"].get("kind") == "probe"]
    every = [record for record in records if record["asked"].get("kind") == "braid"]
    groups = {
        (closure, family): [row for row in every if _belongs(row, closure, family)]
        for closure, family in product(Closure, FAMILIES)
    }
    _check(records, probes, groups)
    found = _Found(draws, seed)
    machine = {name: float(np.median([probe[key] for probe in probes])) for name, key in _PROBES.items()}
    for (closure, family), rows in groups.items():
        if len(rows) >= LEAST_BRAIDS:  # a short calibration may have no planted ones
            _add_features(found, rows, closure, family, machine["probe_flops"])
    for name, value in machine.items():
        found.add(name, value, None, unit=time_fit.UNITS[name], basis="measured", source=_PROBED.format(len(probes)))
    _add_seconds(found, [result_of(row) for row in every if "search_seconds" in row["result"]], machine)
    noisy = [point_of(record) for record in records if record["asked"].get("kind") == "noise"]
    measured = covers(noisy)  # a short calibration reaches no noisy runs, and takes the figures
    if measured:
        exponents, noise_draws = noise_constants(noisy, draws=draws, seed=seed)
        text = f"exponential law of {len(noisy)} planted braids on simulated noisy machines, with error detection"
        for name, value in exponents.items():
            found.add(name, value, noise_draws[name], unit="1", basis="fitted", source=text)
    for name, figure in FIGURES.items():
        if name not in found.constants:
            drawn = found.stream(name).uniform(figure.low, figure.high, draws)
            about = {"unit": figure.unit, "basis": figure.basis, "source": figure.source}
            found.add(name, (figure.low + figure.high) / 2, drawn, **about)
    if not measured:  # what is not rejected damps: jointly drawn
        found.draws["K_idle"] = [digits(1 - k) for k in found.draws["k_idle"]]
    walls = [row["asked"] for closure in Closure for row in groups[closure, "brickwall"]]
    strands, layers = ([int(asked[key]) for asked in walls] for key in ("strands", "layers"))
    contracted = [float(row["result"]["fib_operations"]) for row in every if "fib_seconds" in row["result"]]
    return Calibration(
        profile=profile,
        machine=machine_of(records),
        date=max(str(record.get("date", "")) for record in records),
        runs=len(records) - len(noisy),
        noisy=len(noisy) if measured else 0,
        digest=hashlib.sha256("".join(str(record["id"]) for record in records).encode()).hexdigest()[:16],
        constants=found.constants,
        draws={name: tuple(values) for name, values in found.draws.items()},
        residuals=found.residuals,
        choices=found.choices,
        spread=found.spread,
        places=found.places,
        laws=found.laws,
        density=DENSITY,
        strands=(min(strands), max(strands)),
        layers=(min(layers), max(layers)),
        contracted=digits(np.log10(max(1.0, *contracted))),
    )


_PROBES = {"probe_flops": "flops_per_second", "probe_bandwidth": "bytes_per_second"}
_PROBED = "median of {} probes"


def _belongs(row: Record, closure: Closure, family: str) -> bool:
    asked = row["asked"]
    return bool(asked["closure"] == closure and asked["family"] == family and abs(asked["density"] - DENSITY) < 1e-6)


def _add_features(found: _Found, rows: Sequence[Record], closure: Closure, family: str, peak: float) -> None:
    """Constants of the forms and of the minimisation of one closure and family, choices, residuals and their spread."""
    where, table, results = label(closure, family), table_of(rows), [result_of(row) for row in rows]
    shrinking, everything = time_fit.Shrinking(results, peak), np.arange(len(rows))
    nest = BackTest(table, closure, family)
    choices = nest.choose()

    def both(which: NDArray[np.int64], near: Constants | None) -> Constants:
        times = np.bincount(which, minlength=len(rows))
        return fitted(chosen(table, which), closure, family, choices, near) | shrinking.of_runs(times)

    central = both(everything, None)
    drawn = [both(sample, central) for sample in _samples(found, where, table)]
    about = {"basis": "fitted", "source": f"least squares on {len(rows)} {closure} braids, {family}"}
    for name, value in central.items():
        unit = time_fit.MINIMISATION.get(name, "1")
        found.add(f"{name}@{where}", value, [one[name] for one in drawn], unit=unit, **about)
    found.laws[f"min@{where}"] = shrinking.spread
    _add_spread(found, f"x_min@{where}", time_fit.deviations(results, "min", shrinking.spread.form, peak))
    n, layers = table["strands"], table["layers"]
    own = deviations(table, features(n, layers, float(table["density"][0]), closure, central, family, choices))
    braids = kept(table, family)
    found.choices[where] = choices
    found.residuals[where] = {
        feature: tuple(map(digits, column))
        for feature, column in residuals(table, closure, central, family, choices).items()
    }
    found.places[where] = tuple((int(x), int(y)) for x, y in zip(braids["strands"], braids["layers"], strict=True))
    found.spread[where] = {
        feature: spread_of(column[seen], n[seen], layers[seen], nest.score(feature, choices))
        for feature, column in own.items()
        if (seen := np.isfinite(column)).any()
    }


def _add_seconds(found: _Found, results: Sequence[Result], machine: Mapping[str, float]) -> None:
    """Constants of the time laws, how far single runs are off them, and what loops and truncation cost."""
    rates, count = time_fit.Rates(results, machine), len(results)
    central = rates.of_runs(np.ones(count, np.int64))
    rng = found.stream("rates")
    samples = (np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(found.count))
    drawn = [rates.of_runs(times) for times in samples]
    for name, value in central.items():
        basis: Basis = "fitted"
        text = f"timings of {len(results)} braids, one thread"
        if name == "f_dense" and value > 1 - 1e-6:
            basis, text = (
                "assumed",
                "its bound, the matrix product: in these runs the time of writes hides that of arithmetic",
            )
        found.add(name, value, [one[name] for one in drawn], unit=time_fit.UNITS[name], basis=basis, source=text)
    for law in X_LAWS:
        found.laws[law] = rates.spread[law]
        _add_spread(found, f"x_{law}", time_fit.deviations(results, law, rates.spread[law].form, rates.flops))
    loops, cuts = time_fit.slicing(results), time_fit.truncation(results)
    if len(loops):  # else the figures
        which = found.samples("g_slice", len(loops))
        text = f"operations with loops at 1/2, 1/4 and 1/8 of the memory, {len(loops)} larger trees; one of them a draw"
        for name, column in zip(("g_slice", "h_slice"), loops.T, strict=True):
            found.add(name, float(np.median(column)), column[which], unit="1", basis="measured", source=text)
    if len(cuts):
        text = f"work and fidelity of {len(cuts)} trains with limited bonds; one of them a draw"
        drawn_cuts = cuts[found.samples("x_cut", len(cuts))]
        found.add("x_cut", float(np.median(cuts)), drawn_cuts, unit="1", basis="measured", source=text)


def _add_spread(found: _Found, name: str, ratios: NDArray[np.float64]) -> None:
    """Seconds over those of a law: one real run a draw."""
    text = f"seconds of {len(ratios)} runs, the larger half, over those of the law fitted to all; one of them a draw"
    about = {"unit": "1", "basis": "measured", "source": text}
    found.add(name, float(np.median(ratios)), ratios[found.samples(name, len(ratios))], **about)


def _samples(found: _Found, name: str, table: Mapping[str, NDArray[np.float64]]) -> Iterator[NDArray[np.int64]]:
    """Bootstrap samples of the braids: those with circuits among themselves, so that every sample has as many."""
    circuits, rng = has_circuits(table), found.stream(name)
    parts = [part for part in (np.flatnonzero(circuits), np.flatnonzero(~circuits)) if len(part)]
    for _ in range(found.count):
        yield np.concatenate([part[rng.integers(0, len(part), len(part))] for part in parts])


def _check(
    records: Sequence[Record], probes: Sequence[Any], groups: Mapping[tuple[Closure, str], Sequence[Record]]
) -> None:
    _check_machine(records)
    for closure in Closure:
        rows = [row for row in groups[closure, "brickwall"] if "paths" in row["result"]]
        if len(rows) < LEAST_BRAIDS:
            raise PlaitError(
                f"{len(rows)} runs with the {closure} closure; a fit needs {LEAST_BRAIDS} of each: give more --budget"
            )
    if not probes:
        raise PlaitError("no machine probe among the runs; run plait calibrate again on this run file")
    if not any("fib_seconds" in row["result"] for rows in groups.values() for row in rows):
        raise PlaitError("no timed contraction among the runs; give more --budget")


def _check_machine(records: Sequence[Record]) -> None:
    machines = {record["environment"].get("processor") for record in records if record["asked"].get("kind") != "noise"}
    if len(machines) > 1:
        raise PlaitError(
            f"the runs come from {len(machines)} machines ({sorted(map(str, machines))}); fit one at a time"
        )


def machine_of(records: Sequence[Record]) -> str:
    """What the runs were made on."""
    here = next(record for record in records if record["asked"].get("kind") == "probe")["environment"]
    return f"one core of {here.get('processor', 'an unnamed processor')}"
