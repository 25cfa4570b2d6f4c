"""WHAT it costs: braids, exact values, circuits, tensor networks, symbolic cost models. Pure: no clock, no disk."""

from plait.models.braid import Braid
from plait.models.closure import Closure
from plait.models.cost_model import CostModel, Side
from plait.models.echo import EchoCircuit, cfev_circuit
from plait.models.errors import PlaitError
from plait.models.exact import JonesValue, jones_exact
from plait.models.face import FaceNetwork, face_network
from plait.models.hadamard import HadamardCircuit, hadamard_circuit
from plait.models.planar_diagram import PlanarDiagram
from plait.models.question import Question
from plait.models.registry import MODELS, find_model

__all__ = [
    "MODELS",
    "Braid",
    "Closure",
    "CostModel",
    "EchoCircuit",
    "FaceNetwork",
    "HadamardCircuit",
    "JonesValue",
    "PlaitError",
    "PlanarDiagram",
    "Question",
    "Side",
    "cfev_circuit",
    "face_network",
    "find_model",
    "hadamard_circuit",
    "jones_exact",
]
