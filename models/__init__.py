"""WHAT it costs: braids, exact values, circuits, tensor networks and symbolic cost models. Pure: no clock, no disk."""

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.errors import PlaitError

__all__ = ["Braid", "Closure", "PlaitError"]
