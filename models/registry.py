"""Every cost model, by name. A literal mapping: nothing registers itself."""

from collections.abc import Mapping

from plait.models.cost_model import CostModel
from plait.models.echo_cost import CFEV
from plait.models.errors import PlaitError
from plait.models.network_cost import FACE_TN, FACE_TN_FIB
from plait.models.state_cost import FIB_AMPLITUDE, FIB_TRACE, FIB_TYPICAL
from plait.models.zero_cost import ZERO

MODELS: Mapping[str, CostModel] = {
    "cfev": CFEV,
    "face-tn": FACE_TN,
    "face-tn-fib": FACE_TN_FIB,
    "fib-trace": FIB_TRACE,
    "fib-typical": FIB_TYPICAL,
    "fib-amplitude": FIB_AMPLITUDE,
    "zero": ZERO,
}


def find_model(name: object) -> CostModel:
    """The cost model of that name.

    Raises:
        PlaitError: there is none.
    """
    if not isinstance(name, str) or name not in MODELS:
        raise PlaitError(f"model {name!r} is unknown; known: {', '.join(MODELS)}")
    return MODELS[name]
