"""Rates: the defaults are the shipped calibration's; predictions follow the laws that were fitted, and the clock."""

import math
from dataclasses import fields
from pathlib import Path

import pytest

from plait.calibrations import load_calibration
from plait.calibrations.rates import rates
from plait.calibrations.run_file import load
from plait.models import Braid, Closure, face_network
from plait.models.exact import runs_of
from plait.models.exact_methods import Limits, predictions
from plait.models.rates import Rates, contraction_seconds

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.jsonl.gz"
LIMITS = Limits(memory=2.0**33, time_limit=1e9)


def test_the_defaults_are_those_of_the_shipped_calibration() -> None:
    """To a quarter: whoever fits anew is told to write them down anew."""
    shipped, usual = rates(load_calibration()), Rates()
    for field in fields(Rates):
        one, other = getattr(shipped, field.name), getattr(usual, field.name)
        pairs = zip(one, other, strict=True) if isinstance(one, tuple) else [(one, other)]
        for x, y in pairs:
            assert y == pytest.approx(x, rel=0.25), field.name


def test_predictions_are_of_the_right_size() -> None:
    """Against the shipped runs of single braids: contractions and states within a factor of two, nearly always."""
    off: list[float] = []
    for record in load([SHIPPED])[0][::23]:
        asked, result = record["asked"], record["result"]
        if asked["kind"] != "braid" or asked["family"] != "brickwall" or "state_seconds" not in result:
            continue
        closure = Closure(asked["closure"])
        braid = Braid.brickwall(asked["strands"], asked["layers"], asked["density"], asked["seed"])
        name = "fib-trace" if closure is Closure.MARKOV else "fib-amplitude"
        (found,) = predictions(braid.strands, runs_of(braid, closure)[1], closure, (name,), LIMITS)
        off.append(math.log10(found.seconds / result["state_seconds"][1]))
    assert len(off) > 20
    assert sum(abs(x) < 0.35 for x in off) > 0.85 * len(off)


def test_more_threads_help_only_what_grows() -> None:
    """Fixed costs stay; loops repeat them."""
    plan = face_network(Braid.brickwall(30, 40), Closure.MARKOV).search()
    one, two = (contraction_seconds(plan, True, Rates(), threads) for threads in (1, 2))
    fixed = contraction_seconds(plan, True, Rates(operation=1e-30, surface=1e-30), 1)
    assert fixed < two < one
    sliced = plan.sliced(plan.peak_bytes() / 3)
    assert contraction_seconds(sliced, True, Rates(), 1) > one
