"""The published analysis as a study: its boundaries, and those its authors did not print, from overrides alone."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plait.calibrations import Calibration, load_calibration, paper_forms
from plait.estimator.line import along_line
from plait.estimator.study import Study, load_study, override
from plait.models import PlaitError

ENERGY = ("metric=joules", "jedi.M=1e30")


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration()


@pytest.fixture(scope="module")
def paper() -> Study:
    return load_study("paper")


def entered(study: Study, calibration: Calibration) -> dict[str, Any]:
    found = [e for e in json.loads(along_line(study, calibration).attrs["boundary"]) if e["kind"] == "enter"]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("machine", "settings", "published"),
    [
        ("frontier", (), {}),
        ("frontier", ("frontier.M=1e30",), {"memory_cliff": False}),
        ("a100", (), {}),
        ("a100", ("a100.M=1e30",), {"memory_cliff": False}),
        ("jedi", ENERGY, {}),
    ],
)
def test_published_boundaries(
    machine: str, settings: tuple[str, ...], published: dict[str, Any], paper: Study, calibration: Calibration
) -> None:
    """Within 1 % of the boundary computed from the fits without a study (and 2,759, 2,781 as the paper has them)."""
    study = override(paper, machines=["qpu-1e-4-idle-free", machine], settings=settings)
    found = entered(study, calibration)
    expected = paper_forms.published_boundary("paper-mpo-proj", machine, **published)
    assert found["crossings_p50"] == pytest.approx(expected.crossings, rel=0.01)
    assert found["strands_p50"] == pytest.approx(expected.strands, rel=0.01)
    if machine == "frontier":
        assert found["crossings_p50"] == pytest.approx(2781 if settings else 2759, rel=0.001)
    assert found["crossings_p05"] == found["crossings_p95"], "the published analysis has no interval"


def test_the_point_the_paper_names(paper: Study, calibration: Calibration) -> None:
    """2,800 crossings: 72.9 hours quantum, 94 hours on Frontier without the memory cliff."""
    study = override(paper, settings=["frontier.M=1e30"])
    costs = along_line(study, calibration)["log10_cost"].sel(closure="markov", crossings=2800, quantile=0.5)
    assert 10 ** float(costs.sel(contender="paper-cfev@qpu-1e-4-idle-free")) / 3600 == pytest.approx(72.9, abs=0.1)
    assert 10 ** float(costs.sel(contender="paper-mpo-proj[published]@frontier")) / 3600 == pytest.approx(94, abs=1)


def test_methods_of_today_on_the_published_line(paper: Study, calibration: Calibration) -> None:
    """Intervals appear, and a method that is added never moves the boundary towards fewer crossings."""
    alone = entered(paper, calibration)
    better = load_study("default")
    known = [c for c in better.contenders if c.name in ("face-tn-fib@frontier", "fib-typical@frontier")]
    assert len(known) == 2
    both = along_line(replace(paper, contenders=(*paper.contenders, *known), draws=100), calibration)
    found = [e for e in json.loads(both.attrs["boundary"]) if e["kind"] == "enter"]
    assert not found or found[0]["crossings_p50"] is None or found[0]["crossings_p50"] > alone["crossings_p50"]
    spread = both["log10_cost"].sel(contender="face-tn-fib@frontier", crossings=2800, closure="markov").values
    assert np.all(np.diff(spread) > 0)


def test_a_grid_has_no_line(calibration: Calibration) -> None:
    with pytest.raises(PlaitError, match=r"grid\.line"):
        along_line(load_study("default"), calibration)
