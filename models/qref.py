"""A cost model as a QREF routine: PsiQuantum's format for symbolic resource estimates, which bartiq evaluates.

Source: qref 0.11.0, schema_v1.py (Apache-2.0). One routine without children; every quantity is a resource of it, and so
is every limit, as `limit_REASON`. Units, meanings, assumptions and the source go into `meta`, which readers may ignore.
"""

import re
from typing import Any

from plait.models.closure import Closure
from plait.models.cost_model import QUANTITIES, CostModel
from plait.models.errors import PlaitError
from plait.models.expression_text import check_name, expression_text

TYPES = {"qubits": "qubits", "damping": "multiplicative", "keep_rate": "multiplicative"}
ADDITIVE = frozenset({"two_qubit_gates", "one_qubit_gates", "measurements", "rotations", "t_states"})
ADDITIVE |= {"flops", "writes", "tensors", "seconds", "joules"}
"""Resources that add up over the parts of a routine; what is in neither is "other"."""


def qref_routine(model: CostModel, closure: Closure, **variant: str) -> dict[str, Any]:
    """A QREF v1 document.

    Args:
        model: of plait's or a user's.
        closure: of the formulas.
        variant: of the model; its defaults where silent.

    Raises:
        PlaitError: a closure or variant the model does not have, or an expression without a form in bartiq's grammar.
    """
    costs, limits = model.costs(closure, **variant), model.limits(closure, **variant)
    values = {**costs, **{f"limit_{reason}": ratio for reason, ratio in limits.items()}}
    used = {str(one) for expr in values.values() for one in expr.free_symbols}
    name = re.sub(r"[^A-Za-z0-9_]", "_", model.name)
    if unknown := sorted(used - set(model.constants)):
        raise PlaitError(f"model {model.name}: constants lacks {', '.join(unknown)}; plait models check tells the rest")
    chosen = {option: known[0] for option, known in model.variants.items()} | variant
    return {
        "version": "v1",
        "program": {
            "name": name if re.match(r"[A-Za-z_]", name) else f"_{name}",
            "type": f"plait cost model, {model.side}, {closure} closure",
            "input_params": [check_name(one) for one in model.constants if one in used],
            "resources": [
                {
                    "name": check_name(quantity),
                    "type": TYPES.get(quantity, "additive" if quantity in ADDITIVE else "other"),
                    "value": expression_text(expr),
                }
                for quantity, expr in values.items()
            ],
            "meta": {
                "model": model.name,
                "summary": model.summary,
                "side": str(model.side),
                "closure": str(closure),
                "variant": chosen,
                "source": model.source,
                "assumes": list(model.assumes),
                "limits": "impossible where a limit_ resource exceeds 1",
                "units": {quantity: QUANTITIES.get(quantity, "1") for quantity in values},
                "symbols": {
                    one: {"unit": model.info(one).unit, "meaning": model.info(one).meaning}
                    for one in model.constants
                    if one in used
                },
            },
        },
    }
