"""The tables of a sweep with their names, units and origin."""

from typing import TYPE_CHECKING, Any

import numpy as np

from plait.calibrations import Calibration
from plait.estimator.attributes import attributes
from plait.estimator.draws import extrapolation
from plait.estimator.evaluate import REASONS, basis
from plait.estimator.study import Study
from plait.models.question import UNITS

if TYPE_CHECKING:
    import xarray as xr


def labelled(
    study: Study, calibration: Calibration, log_costs: Any, reason: Any, medians: dict[str, Any]
) -> "xr.Dataset":
    """The Dataset of `plait.estimator.sweep.sweep`.

    Args:
        log_costs, reason: of shape (closure, contender, strands, layers, draw).
        medians: variable of MEDIANS -> shape (closure, strands, layers).
    """
    import xarray as xr

    names = [contender.name for contender in study.contenders]
    whole, grid = ("closure", "contender", "strands", "layers", "draw"), ("closure", "strands", "layers")
    return xr.Dataset(
        {
            "log10_cost": (whole, log_costs, {"units": f"log10({UNITS[study.question.metric]})"}),
            "reason": (whole, reason, {"meanings": "|".join(REASONS)}),
            "crossings": (grid, 10 ** medians["crossings"], {"units": "1", "long_name": "median crossings m"}),
            "depth": (grid, 10 ** medians["depth"], {"units": "1", "long_name": "median greedy depth D"}),
            "runs": (grid, 10 ** medians["runs"], {"units": "1", "long_name": "median runs r"}),
            "log10_fib_operations": (grid, medians["log10_fib_operations"], {"units": "log10(complex multiply-adds)"}),
            "extrapolation": (
                ("strands", "layers"),
                beyond(study, calibration),
                {"units": "1", "long_name": "size / measured range"},
            ),
        },
        coords={
            "closure": [str(closure) for closure in study.closures],
            "contender": names,
            "strands": list(study.strands),
            "layers": list(study.layers),
            "side": ("contender", [str(contender.model.side) for contender in study.contenders]),
            "basis": ("contender", [basis_of(study, k, calibration) for k in range(len(names))]),
        },
        attrs=attributes(study, calibration),
    )


def basis_of(study: Study, number: int, calibration: Calibration) -> str:
    """The weakest basis of one contender."""
    contender = study.contenders[number]
    closure = next((x for x in study.closures if x in contender.model.closures), None)
    return basis(contender, calibration, closure) if closure else ""


def beyond(study: Study, calibration: Calibration) -> Any:
    """How far the places lie beyond the measured range, shape (strands, layers)."""
    strands, layers = (np.asarray(axis, float) for axis in (study.strands, study.layers))
    return extrapolation(strands[:, None], layers[None, :], calibration, family=study.question.family)
