"""Constants of time, of loops and of truncation from runs, and draws of how far a single run is off its law."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.law_rivals import LAW_RIVALS, choose_law, fitted_law, law_spread
from plait.calibrations.spread import LawSpread
from plait.calibrations.time_laws import LAWS, Result, Timings

Array = NDArray[np.float64]
Constants = dict[str, float]

LARGE_SHARE = 0.5
"""Part of the runs, the largest, whose deviations from their law are drawn: the smallest are all call overhead. So too
of the trees with loops."""
PARTS = (2.0, 4.0, 8.0)
"""Memory needed over memory allowed, in `slice_overheads`."""
HOPELESS = 1e4
"""Times the operations that no loops are found below: what is missing costs at least that."""
FIDELITIES = (0.3, 0.97)
"""Between which a truncated train tells how its work depends on the fidelity."""

UNITS = {
    "t_search": "s",
    "t_search2": "s",
    "t_build": "s",
    "t_word": "s",
    "t_tensor": "s",
    "f_dense": "1",
    "b_write": "bytes",
    "t_step": "s",
    "t_plan": "s",
    "b_surface": "bytes",
    "b_op": "bytes",
    "t_state": "s",
    "t_run": "s",
    "b_amp": "bytes",
    "b_start": "bytes",
    "t_trace": "s",
    "t_pass": "s",
    "b_cell": "bytes",
    "b_column": "bytes",
    "t_update": "s",
    "b_factor": "bytes",
    "b_work": "bytes",
    "probe_flops": "FLOP/s",
    "probe_bandwidth": "bytes/s",
}
"""Of what does not depend on the closure."""
MOVED = {
    "b_write": "per_write",
    "b_surface": "per_surface",
    "b_op": "per_operation",
    "b_amp": "per_update",
    "b_start": "per_start",
    "b_cell": "per_cell",
    "b_column": "per_column",
    "b_factor": "per_factor",
    "b_work": "per_work",
}
"""Constant of the models -> constant of the laws, in seconds; the bandwidth is between them."""
MINIMISATION = {"t_min": "s", "t_min2": "s"}
"""Of what does: cups and caps are looked at too, and planted braids shrink at once."""


class Rates:
    """Constants of every law but that of the minimisation, per count in units of the machine's figures.

    Args:
        results: of braid runs.
        machine: probe_flops and probe_bandwidth.

    Raises:
        PlaitError: a law has no timing at all.
    """

    def __init__(self, results: Sequence[Result], machine: Mapping[str, float]) -> None:
        self.flops, self.bandwidth = machine["probe_flops"], machine["probe_bandwidth"]
        self.timings = {name: Timings.of(law, results) for name, law in LAWS.items() if name != "min"}
        self.spread = {name: _chosen(name, timings, self.flops) for name, timings in self.timings.items()}
        counted = [(k, x) for k, x in enumerate(results) if "build_seconds" in x]
        self.counted = np.array([k for k, _ in counted])
        # Two searches a braid: for RZZ and for an entangler of fixed angle.
        self.words = np.array([x["word_seconds"] / (2 * max(1, x["r"])) for _, x in counted])
        self.builds = np.array([x["build_seconds"] / max(1, x["two_qubit_gates"]) for _, x in counted])

    def of_runs(self, times: NDArray[np.int64]) -> Constants:
        """Fitted with the timings of run k taken times[k] times."""
        found: Constants = {}
        for name, timings in self.timings.items():
            form = self.spread[name].form
            per_count = fitted_law(LAWS[name], timings.of_runs(times), form, LAW_RIVALS[name], self.flops)
            found |= dict(zip(LAWS[name].constants, map(float, per_count), strict=True))
        return {
            "t_build": float(np.median(np.repeat(self.builds, times[self.counted]))),
            "t_word": float(np.median(np.repeat(self.words, times[self.counted]))),
            "f_dense": 1 / (found.pop("per_flop") * self.flops),
            **{name: found.pop(per) * self.bandwidth for name, per in MOVED.items()},
            **found,
        }


class Shrinking:
    """Constants of the minimisation, of braids of one closure and family."""

    def __init__(self, results: Sequence[Result], flops: float) -> None:
        self.timings = Timings.of(LAWS["min"], results)
        self.flops, self.spread = flops, _chosen("min", self.timings, flops)

    def of_runs(self, times: NDArray[np.int64]) -> Constants:
        """Fitted with the timings of run k taken times[k] times."""
        found = fitted_law(LAWS["min"], self.timings.of_runs(times), self.spread.form, LAW_RIVALS["min"], self.flops)
        return dict(zip(MINIMISATION, map(float, found), strict=True))


def _chosen(name: str, timings: Timings, flops: float) -> LawSpread:
    """The form of a law that back-tests choose, and its spread."""
    return law_spread(name, timings, choose_law(name, timings, flops), flops)


def deviations(results: Sequence[Result], name: str, form: str, flops: float) -> Array:
    """Measured over predicted seconds of the larger runs of one law, constants fitted to all.

    Args:
        form: rival of the law, "" for the whole.
        flops: of the matrix product, FLOP/s.
    """
    timings = Timings.of(LAWS[name], results)
    ratio = 10.0 ** timings.deviations(fitted_law(LAWS[name], timings, form, LAW_RIVALS[name], flops))
    return ratio[np.argsort(-timings.size, kind="stable")[: max(1, math.ceil(LARGE_SHARE * ratio.size))]]


def slicing(results: Sequence[Result]) -> Array:
    """g_slice and h_slice of the trees that were counted with loops, the larger half by peak; shape (trees, 2).

    ln(overhead) = g ln x + h (ln x)^2 at x = 2, 4, 8 times too little memory, g and h at least 0. The larger a tree is,
    the less loops cost, and only large trees need them.
    """
    from scipy.optimize import nnls

    log = np.log(PARTS)
    trees = [(float(x["fib_peak"]), x["slice_overheads"]) for x in results if x.get("slice_overheads")]
    trees.sort(key=lambda tree: -tree[0])
    found = []
    for _, overheads in trees[: math.ceil(LARGE_SHARE * len(trees))]:
        overhead = np.log([HOPELESS if o is None else max(1.0, o) for o in overheads])
        found.append(nnls(np.stack([log, log**2], axis=1), overhead)[0])
    return np.array(found, float).reshape(-1, 2)


def truncation(results: Sequence[Result]) -> Array:
    """x_cut of every train that was limited: share of the work left = fidelity ^ x_cut."""
    found = []
    for x in results:
        pairs = [
            math.log(min(1.0, max(work, 1e-9))) / math.log(fidelity)
            for fidelity, work in zip(x.get("cut_fidelity", ()), x.get("cut_work", ()), strict=True)
            if FIDELITIES[0] <= fidelity <= FIDELITIES[1]
        ]
        if pairs:
            found.append(float(np.median(pairs)))
    return np.array(found, float)
