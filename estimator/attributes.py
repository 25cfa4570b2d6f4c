"""What a result says of itself: the question, its origin, and how to make it again."""

from importlib import metadata
from typing import Any

from plait.calibrations import Calibration
from plait.estimator.study import Study

FORMAT = 2


def attributes(study: Study, calibration: Calibration) -> dict[str, Any]:
    """Attributes of a Dataset made from a study."""
    return {
        "format": FORMAT,
        "title": study.title,
        "question": study.question.sentence(),
        "family": study.question.family,
        "metric": study.question.metric,
        "accuracy": study.question.accuracy,
        "eps": study.question.eps,
        "delta": study.question.delta,
        "density": study.question.density,
        "time_limit": study.question.time_limit,
        "overrides": "; ".join(entry.text() for entry in study.overrides),
        "calibration": calibration.origin(),
        "version": metadata.version("plait"),
        "draws": study.draws,
        "seed": study.seed,
    }
