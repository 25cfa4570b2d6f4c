"""A place of a map: strands, layers and a closure that go together."""

from plait.estimator.grid import MAX_LAYERS
from plait.models import Closure, PlaitError
from plait.models.braid import check_int, check_strands


def check_place(strands: int | None, layers: int | None, closure: Closure | str) -> tuple[int, int, Closure]:
    """The place, if braids of it can be closed so.

    Raises:
        PlaitError: a size out of range, or a plat of an odd number of strands.
    """
    closure = Closure.parse(closure)
    n, count = check_strands(strands), check_int("layers", layers, 1, MAX_LAYERS)
    if closure is Closure.PLAT and n % 2:
        raise PlaitError(f"closure = plat needs an even number of strands, got strands = {n}")
    return n, count, closure
