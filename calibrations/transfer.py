"""Another machine from few runs on it: its seconds measured here, all that no machine changes taken as it was found.

What a braid's network, train and circuit are does not depend on the machine; nor do the shape of a time law, the
operations that loops add, or a noise law. A few minutes of runs would fit those on a dozen small braids. So each law
of the known calibration is kept, its bytes and FLOP are turned into seconds by the probes made here, and what the runs
here took over that is fitted: a factor alpha on its calls and steps, beta on what goes over bytes and FLOP. A part that
the runs hardly show keeps a factor near 1: one sees no bandwidth in braids that fit a cache.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.calibration import Calibration, Constant, label
from plait.calibrations.fit import DRAWS, FAMILIES, fit, machine_of, probes_of, stream
from plait.calibrations.robust import positive_ratio
from plait.calibrations.run_file import Record
from plait.calibrations.spread import digits
from plait.calibrations.time_fit import MINIMISATION, MOVED
from plait.calibrations.time_laws import LAWS, SCALE, Result, Timings, result_of
from plait.models import Closure, PlaitError

Array = NDArray[np.float64]

OWN_SHARE = 0.5
"""Of the runs of the known calibration: with so many, everything is fitted to the runs made here."""
LEAST_TIMINGS = 5
"""Below which a law is as the probes say."""
WEIGHT = 0.1
"""Of the word of the probes about either factor; a decade of sizes that were timed has 1."""
BRIEF = {"t_build": ("build_seconds", "two_qubit_gates", 1), "t_word": ("word_seconds", "r", 2)}
"""Constants that are a median: key of the seconds, and of what there are so many of, so often."""


def fit_here(records: Sequence[Record], known: Calibration, *, seed: int = 0, profile: str = "user") -> Calibration:
    """The calibration of the machine of some runs: fitted to them if they are many, else transferred.

    Args:
        records: of one machine.
        known: calibration of another.
        seed: of the bootstrap over the runs.
        profile: name of the result.

    Raises:
        PlaitError: no probe or no timing at all, or what `fit` raises.
    """
    if len(records) >= OWN_SHARE * (known.runs + known.noisy):
        return fit(records, seed=seed, profile=profile)
    return transfer(records, known, seed=seed, profile=profile)


def transfer(records: Sequence[Record], known: Calibration, *, seed: int = 0, profile: str = "user") -> Calibration:
    """Constants of time from the runs, the rest from a known calibration, each with its source.

    Args, Raises: as of `fit_here`.
    """
    records = sorted(records, key=lambda record: str(record["id"]))
    braids = [r for r in records if r["asked"].get("kind") == "braid" and "search_seconds" in r["result"]]  # timed ones
    results = [result_of(record) for record in braids]
    if not results:
        raise PlaitError("no braid run among the runs; give more --budget")
    made = _Transfer(results, known, probes_of(records), seed)
    for name in LAWS:
        if name != "min":
            made.law(name, results, "")
    for closure in Closure:
        for family in FAMILIES:
            own = [
                result
                for record, result in zip(braids, results, strict=True)
                if (record["asked"]["closure"], record["asked"]["family"]) == (closure, family)
            ]
            made.law("min", own if len(own) >= LEAST_TIMINGS else results, f"@{label(closure, family)}")
    made.medians(results)
    timed = [float(x["fib_operations"]) for x in results if "fib_seconds" in x]
    return known.model_copy(
        update={
            "profile": profile,
            "machine": machine_of(records),
            "date": max(str(record.get("date", "")) for record in records),
            "runs": len(records),
            "digest": hashlib.sha256("".join(str(record["id"]) for record in records).encode()).hexdigest()[:16],
            "constants": made.constants,
            "draws": made.draws,
            "contracted": digits(np.log10(max([1.0, *timed]))),
            "remarks": (
                f"seconds alone are of these; features of braids, loops and noise of calibration {known.profile} "
                f"({known.runs} runs on {known.machine}, {known.date})",
            ),
        }
    )


class _Transfer:
    """Constants and draws on their way from one machine to another."""

    def __init__(self, results: Sequence[Result], known: Calibration, probes: Mapping[str, float], seed: int) -> None:
        self.known, self.seed, self.probes = known, seed, probes
        self.constants = {
            name: one.model_copy(update={"source": f"calibration {known.profile}: {one.source}"})
            for name, one in known.constants.items()
        }
        self.draws = dict(known.draws)
        self.count = len(next(iter(known.draws.values()), range(DRAWS)))
        for name, value in probes.items():
            self.constants[name] = known.constants[name].model_copy(
                update={"value": digits(value), "source": "median of the probes made here"}
            )

    def law(self, name: str, results: Sequence[Result], suffix: str) -> None:
        """One law's constants, named with a suffix, from the seconds in some results."""
        law, names = LAWS[name], self._names(name)
        central = np.array([self._seconds(one, self.known.constants[f"{one}{suffix}"].value) for one in names])
        rows = [row for result in results for row in law.rows(result)]
        enough = len(rows) >= LEAST_TIMINGS
        factors, drawn = np.ones(2), np.ones((self.count, 2))
        if enough:
            timings = Timings.of(law, results)
            runs, rng = int(timings.run.max()) + 1, stream(self.seed, f"transfer {name}{suffix}")
            factors = _factors(timings, central, names)
            samples = (np.bincount(rng.integers(0, runs, runs), minlength=runs) for _ in range(self.count))
            some = (timings.of_runs(times) if times[timings.run].any() else timings for times in samples)
            drawn = np.array([_factors(one, central, names) for one in some])
        about = {
            "basis": "fitted" if enough else "assumed",
            "source": f"{len(rows)} timings here, over the law of calibration {self.known.profile}"
            if enough
            else f"the law of calibration {self.known.profile} at the probes made here; {len(rows)} timings here",
        }
        least = law.least(self.probes["probe_flops"]) or (0.0,) * len(names)
        for one, bound in zip(names, least, strict=True):
            part = int(_moves(one))
            self._scaled(f"{one}{suffix}", one, float(factors[part]), drawn[:, part], bound, about)

    def medians(self, results: Sequence[Result]) -> None:
        """Seconds to build a circuit's gate and to find a word: no law, but a median."""
        for name, (key, per, often) in BRIEF.items():
            took = np.array([x[key] / (often * max(1, x[per])) for x in results if key in x])
            if took.size:
                rng, value = stream(self.seed, f"transfer {name}"), self.known.constants[name].value
                factors = np.median(took[rng.integers(0, took.size, (self.count, took.size))], axis=1) / value
                about = {"basis": "measured", "source": f"median of {took.size} runs here"}
                self._scaled(name, name, float(np.median(took)) / value, factors, 0.0, about)

    def _scaled(self, key: str, name: str, factor: float, drawn: Array, bound: float, about: Mapping[str, str]) -> None:
        """A constant and its draws times the factors, no faster than the bound in seconds per count."""

        def moved(value: float, times: float) -> float:
            return digits(self._constant(name, max(bound, times * self._seconds(name, value))))

        old = self.known.constants[key]
        before = np.resize(np.asarray(self.known.draws.get(key, (old.value,))), self.count)
        self.constants[key] = Constant.model_validate({"value": moved(old.value, factor), "unit": old.unit, **about})
        self.draws[key] = tuple(moved(float(x), float(f)) for x, f in zip(before, drawn, strict=True))

    def _names(self, law: str) -> tuple[str, ...]:
        """Names of the models, in the order of the law's counts."""
        per = {seconds: name for name, seconds in MOVED.items()} | {"per_flop": "f_dense"}
        return tuple(MINIMISATION) if law == "min" else tuple(per.get(name, name) for name in LAWS[law].constants)

    def _seconds(self, name: str, value: float) -> float:
        """Seconds per count of a constant, at the probes made here."""
        if name == "f_dense":
            return 1 / (value * self.probes["probe_flops"])
        return value / self.probes["probe_bandwidth"] if name in MOVED else value

    def _constant(self, name: str, seconds: float) -> float:
        if name == "f_dense":
            return 1 / (seconds * self.probes["probe_flops"])
        return seconds * self.probes["probe_bandwidth"] if name in MOVED else seconds


def _moves(name: str) -> bool:
    """Whether a constant is one of bytes or FLOP."""
    return name in MOVED or name == "f_dense"


def _factors(timings: Timings, per_count: Array, names: Sequence[str]) -> Array:
    """alpha and beta, robustly in decades; every decade of size counts for as much."""
    terms = timings.counts * per_count / timings.seconds[:, None]
    moved = np.array([_moves(name) for name in names])
    parts = np.stack([terms[:, ~moved].sum(axis=1), terms[:, moved].sum(axis=1)], axis=1)
    decade = np.floor(np.log10(np.maximum(1.0, timings.size))).astype(np.int64)
    counts_for = np.concatenate([1 / np.bincount(decade)[decade], np.full(2, WEIGHT)])
    return positive_ratio(np.concatenate([parts, np.eye(2)]), None, SCALE, counts_for)
