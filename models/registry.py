"""Every cost model, by name. A literal mapping: nothing registers itself."""

from collections.abc import Mapping

from plait.models.cost_model import CostModel
from plait.models.echo_cost import CFEV
from plait.models.errors import PlaitError
from plait.models.hadamard_cost import HADAMARD
from plait.models.network_cost import FACE_TN, FACE_TN_FIB
from plait.models.paper_cost import PAPER_BRACKET, PAPER_CFEV, PAPER_MPO_PROJ, PAPER_SV_SHOR, PAPER_TN_PROJ
from plait.models.simplify_cost import SIMPLIFY
from plait.models.state_cost import FIB_AMPLITUDE, FIB_TRACE, FIB_TYPICAL
from plait.models.train_cost import MPO
from plait.models.zero_cost import ZERO

MODELS: Mapping[str, CostModel] = {
    "cfev": CFEV,
    "hadamard": HADAMARD,
    "face-tn": FACE_TN,
    "face-tn-fib": FACE_TN_FIB,
    "fib-trace": FIB_TRACE,
    "fib-typical": FIB_TYPICAL,
    "fib-amplitude": FIB_AMPLITUDE,
    "mpo": MPO,
    "simplify": SIMPLIFY,
    "zero": ZERO,
    "paper-cfev": PAPER_CFEV,
    "paper-tn-proj": PAPER_TN_PROJ,
    "paper-mpo-proj": PAPER_MPO_PROJ,
    "paper-sv-shor": PAPER_SV_SHOR,
    "paper-bracket": PAPER_BRACKET,
}


def find_model(name: object) -> CostModel:
    """The cost model of that name.

    Raises:
        PlaitError: there is none.
    """
    if not isinstance(name, str) or name not in MODELS:
        raise PlaitError(f"model {name!r} is unknown; known: {', '.join(MODELS)}")
    return MODELS[name]
