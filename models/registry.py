"""Every cost model, by name. plait's own are a literal mapping; packages add to it by an entry point, on demand."""

from collections.abc import Mapping

from plait.models.cost_model import CostModel
from plait.models.echo_cost import CFEV
from plait.models.errors import PlaitError, shown
from plait.models.fault_tolerant_cost import FT_CFEV
from plait.models.hadamard_cost import HADAMARD
from plait.models.network_cost import FACE_TN, FACE_TN_FIB
from plait.models.paper_cost import PAPER_BRACKET, PAPER_CFEV, PAPER_MPO_PROJ, PAPER_SV_SHOR, PAPER_TN_PROJ
from plait.models.plugins import provided
from plait.models.simplify_cost import SIMPLIFY
from plait.models.state_cost import FIB_AMPLITUDE, FIB_TRACE, FIB_TYPICAL
from plait.models.train_cost import MPO
from plait.models.zero_cost import ZERO

MODELS: Mapping[str, CostModel] = {
    "cfev": CFEV,
    "ft-cfev": FT_CFEV,
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


def known_models() -> Mapping[str, CostModel]:
    """The models of plait, and those of installed packages (entry points `plait.models`), by name."""
    return {**MODELS, **provided("plait.models", CostModel, taken=MODELS)}


def find_model(name: object) -> CostModel:
    """The cost model of that name, of plait or of an installed package.

    Raises:
        PlaitError: there is none.
    """
    if isinstance(name, str):
        if name in MODELS:
            return MODELS[name]
        known = known_models()
        if name in known:
            return known[name]
    raise PlaitError(f"model {shown(name)} is unknown; known: {', '.join(known_models())}, or a file ending in .toml")
