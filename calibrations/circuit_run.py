"""Circuits of one braid: counted in every variant, and timed."""

import time
from typing import Any

from plait.calibrations.circuit_forms import VARIANTS, keys
from plait.models import Braid, Closure, cfev_circuit
from plait.models.circuit_census import census
from plait.models.runs import closed_runs

MOST_PATHS = 24
LEAST_PATHS = 4
PATH_RUNS = 8_000
"""Runs times paths that are counted: fewer paths for long braids, whose counts differ less."""


def circuits(braid: Braid, closure: Closure, seed: int) -> dict[str, Any]:
    """Counts of echo circuits; processor seconds of the search for one word for all paths, and of one circuit.

    Args:
        braid, closure: the closed braid.
        seed: of the paths s that are drawn.
    """
    runs = closed_runs(braid, closure).runs
    begin = time.process_time()
    counted = _census(braid, closure, len(runs), seed)
    searched = time.process_time()
    echo = cfev_circuit(braid, closure, seed=seed, shared_word=True)
    return {
        "two_qubit_gates": echo.two_qubit_gates,
        "two_qubit_depth": echo.two_qubit_depth,
        "one_qubit_gates": echo.one_qubit_gates,
        "word_seconds": searched - begin,
        "build_seconds": time.process_time() - searched,
        **counted,
    }


def _census(braid: Braid, closure: Closure, runs: int, seed: int) -> dict[str, Any]:
    """Counts of the variants, averaged over drawn paths."""
    paths = max(LEAST_PATHS, min(MOST_PATHS, PATH_RUNS // max(1, runs)))
    found: dict[str, float] = {}
    for layout, gate_set, connectivity in VARIANTS:
        counted = census(
            braid, closure, layout=layout, gate_set=gate_set, connectivity=connectivity, paths=paths, seed=seed
        )
        for symbol, feature in keys(layout, gate_set, connectivity).items():
            found.setdefault(feature, counted.mean[symbol])
    return {**found, "paths": paths}
