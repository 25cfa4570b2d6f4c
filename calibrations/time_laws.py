"""Seconds of each method as a sum of counts times constants: the laws, their robust fit, and how far runs are off them.

Deviations are relative (log10), and the fit is robust in them: least squares of log10(predicted / measured) with a
soft_l1 loss, every constant at least 0. Decades of size count alike: there are hundreds of small runs for each large
one, and the large ones are what is extrapolated from. What is left is kept: x_LAW of `plait.models.symbols` is drawn
from it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.robust import positive_ratio
from plait.models import PlaitError
from plait.models.train_cost import FLOP_PER_WORK

Array = NDArray[np.float64]
Rows = Sequence[tuple[float, tuple[float, ...], float]]
"""Seconds, counts and size, of each timing of a run."""
Result = Mapping[str, Any]
"""What one run found, and its n (strands) and closure; see `result_of`."""

TINY = 1e-15
"""Seconds per count below which a fitted constant means 'not seen'; keeps reciprocals finite."""
SMALL = 5
"""Tensors below which a contraction is call overhead, which no law here describes."""
SCALE = 0.1
"""Decades from which a deviation counts as an outlier."""
MINIMISED = "min_"
"""Before the keys of what was found for the minimised braid."""


@dataclass(frozen=True, kw_only=True)
class Law:
    """One method's seconds.

    Args:
        constants: names, in the order of the counts.
        rows: of a run's result; the size is what runs are told small from large by.
        bounded: real FLOP per count: no method is faster than the matrix product. Defaults to (): not bounded.
    """

    constants: tuple[str, ...]
    rows: Callable[[Result], Rows]
    bounded: tuple[float, ...] = ()

    def least(self, flops: float) -> tuple[float, ...] | None:
        """Least seconds per count on a machine of so many FLOP/s in the matrix product; None for 0 everywhere."""
        return tuple(count / flops for count in self.bounded) if self.bounded else None


def result_of(record: Mapping[str, Any]) -> Result:
    """What the run of a braid found, with what the laws want to know of what was asked."""
    asked = record["asked"]
    return {**record["result"], "n": float(asked["strands"]), "closure": asked["closure"]}


def seconds_of(value: Any) -> float:
    """Median of (least, median, most) seconds, or the one number there is."""
    return float(value[1] if isinstance(value, list | tuple) else value)


def _searches(x: Result) -> Rows:
    return [
        (x[f"{before}search_seconds"], (tensors, tensors**2), tensors)
        for before in ("", MINIMISED)
        if f"{before}search_seconds" in x and (tensors := float(x[f"{before}tensors"])) >= SMALL
    ]


def _dense(x: Result) -> Rows:
    if "dense_seconds" not in x or x["tensors"] < SMALL:
        return []
    operations = 8 * float(x["dense_operations"])
    return [(seconds_of(x["dense_seconds"]), (x["tensors"], operations, x["dense_writes"]), operations / 8)]


def _constrained(x: Result) -> Rows:
    found = []
    for before in ("", MINIMISED):
        if f"{before}fib_seconds" in x and x[f"{before}tensors"] >= SMALL:
            names = ("tensors", "packed_steps", "fib_operations")
            tensors, planned, operations = (float(x[before + name]) for name in names)
            counts = tensors, planned, planned ** (1 / 3) * operations ** (2 / 3), operations
            found.append((seconds_of(x[f"{before}fib_seconds"]), counts, operations))
    return found


def _states(x: Result) -> Rows:
    """One state: a random vector, or the plat amplitude."""
    return _evolved(x, "state" if x["closure"] == "plat" else "typical")


def _traces(x: Result) -> Rows:
    return [] if x["closure"] == "plat" else _evolved(x, "state")


def _evolved(x: Result, kind: str) -> Rows:
    if f"{kind}_seconds" not in x or not x["r"]:
        return []
    amplitudes = float(x[f"{kind}_amplitudes"])
    counts = (1.0, float(x["r"]), x["r"] * amplitudes, amplitudes)
    return [(seconds_of(x[f"{kind}_seconds"]), counts, counts[2])]


def _trains(x: Result) -> Rows:
    if "train_seconds" not in x or not x["train_updates"]:
        return []
    updates, work = float(x["train_updates"]), float(x["train_work"])
    return [(x["train_seconds"], (updates, math.sqrt(updates * work), work), work)]


def _minimisations(x: Result) -> Rows:
    m = float(x["m"])
    return [(x["min_seconds"], (m, m * x["n"]), m)] if m and "min_seconds" in x else []


LAWS: Mapping[str, Law] = {
    "search": Law(constants=("t_search", "t_search2"), rows=_searches),
    "dense": Law(constants=("t_tensor", "per_flop", "per_write"), rows=_dense, bounded=(0, 1, 0)),
    "fib": Law(constants=("t_step", "t_plan", "per_surface", "per_operation"), rows=_constrained, bounded=(0, 0, 0, 8)),
    "state": Law(constants=("t_state", "t_run", "per_update", "per_start"), rows=_states),
    "trace": Law(constants=("t_trace", "t_pass", "per_cell", "per_column"), rows=_traces),
    "train": Law(constants=("t_update", "per_factor", "per_work"), rows=_trains, bounded=(0, 0, FLOP_PER_WORK)),
    "min": Law(constants=("t_min", "t_min2"), rows=_minimisations),
}
"""Law -> constants and counts. per_X are seconds per X; they are kept as shares of a machine's figures."""


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Timings of one law, one row a run.

    Args:
        seconds: shape (rows,).
        counts: shape (rows, constants).
        size: shape (rows,).
        run: number of the run that a row is of, shape (rows,).
    """

    seconds: Array
    counts: Array
    size: Array
    run: NDArray[np.int64]

    @classmethod
    def of(cls, law: Law, results: Sequence[Result]) -> "Timings":
        """Of all runs that have them.

        Raises:
            PlaitError: none has.
        """
        found = [(number, *row) for number, result in enumerate(results) for row in law.rows(result)]
        if not found:
            raise PlaitError(f"no timed run for {' and '.join(law.constants)}; give more --budget")
        return cls(
            seconds=np.array([row[1] for row in found], float),
            counts=np.array([row[2] for row in found], float),
            size=np.array([row[3] for row in found], float),
            run=np.array([row[0] for row in found], np.int64),
        )

    def where(self, chosen: NDArray[Any]) -> "Timings":
        """Some rows, by number or by mask."""
        return Timings(
            seconds=self.seconds[chosen], counts=self.counts[chosen], size=self.size[chosen], run=self.run[chosen]
        )

    def of_runs(self, times: NDArray[np.int64]) -> "Timings":
        """The rows of run k times[k] times: a bootstrap over runs."""
        return self.where(np.repeat(np.arange(self.run.size), times[self.run]))

    def fitted(self, least: Sequence[float] | None = None) -> Array:
        """Seconds per count, each at least `least` (0 if not given); every decade of size counts for as much."""
        decade = np.floor(np.log10(np.maximum(1.0, self.size))).astype(np.int64)
        counts_for = 1 / np.bincount(decade)[decade]
        return np.maximum(TINY, positive_ratio(self.counts / self.seconds[:, None], least, SCALE, counts_for))

    def deviations(self, per_count: Array) -> Array:
        """log10 of measured over predicted seconds."""
        return np.asarray(np.log10(self.seconds / (self.counts @ per_count)))
