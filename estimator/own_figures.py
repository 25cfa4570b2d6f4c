"""Values of the symbols that a cost model brings along itself, from the draws that every contender shares."""

import numpy as np
from numpy.typing import NDArray

from plait.estimator.draws import Draws
from plait.models import CostModel

Array = NDArray[np.float64]


def own_values(model: CostModel, draws: Draws) -> dict[str, Array]:
    """log10 of the model's own figures, one value a draw where there is a range.

    As machines' figures: half the draws log-uniform on each side of the value, which is their median. Two models with
    a symbol of the same name draw it apart.
    """
    found: dict[str, Array] = {}
    for name, figure in model.figures.items():
        if figure.low is not None and figure.high is not None:
            marks = np.log10([figure.low, figure.value, figure.high])
            found[name] = np.interp(draws.uniform(f"{model.name}.{name}"), [0.0, 0.5, 1.0], marks)
        else:
            found[name] = np.log10(np.asarray(figure.value, float))
    return found
