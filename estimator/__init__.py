"""WHERE the winner changes: studies, machines, sweeps, the frontier and its map."""

from typing import Any

from plait.estimator.estimate import Estimate, estimate
from plait.estimator.frontier import frontier
from plait.estimator.machine import Machine, load_machine
from plait.estimator.model_file import load_model
from plait.estimator.report import report
from plait.estimator.study import Contender, Study, load_study
from plait.estimator.sweep import load_grid, save_grid, sweep

__all__ = [
    "Contender",
    "Estimate",
    "Machine",
    "Study",
    "advantage_map",
    "estimate",
    "frontier",
    "load_grid",
    "load_machine",
    "load_model",
    "load_study",
    "report",
    "save_grid",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """`advantage_map` on demand: it imports altair."""
    if name == "advantage_map":
        from plait.estimator.chart import advantage_map

        return advantage_map
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
