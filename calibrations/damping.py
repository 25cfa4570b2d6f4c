"""How much of a value a noisy machine is expected to leave: damping and keep rate from the calibrated law."""

from dataclasses import dataclass

import numpy as np

from plait.calibrations.calibration import Calibration
from plait.models import Braid, Closure
from plait.models.circuit_census import census, one_qubit_gates
from plait.models.echo_plan import echo_qubits
from plait.models.noise import NoiseModel

PATHS = 64


@dataclass(frozen=True, kw_only=True)
class Damping:
    """What is expected of one braid on one machine.

    Args:
        damping: d, of the shots that error detection keeps.
        error: its standard uncertainty: of the law, and of one braid about it.
        keep_rate: kappa.
    """

    damping: float
    error: float
    keep_rate: float


def expected_damping(
    braid: Braid,
    closure: Closure,
    noise: NoiseModel,
    calibration: Calibration,
    *,
    layout: str = "reduced",
    gate_set: str = "rzz",
    connectivity: str = "all",
    effort: int = 1,
) -> Damping:
    """Damping and keep rate of the echo circuits of a braid, never looking at its value.

    Args:
        braid, closure, layout, gate_set, connectivity, effort: of the circuits; grid and heavy-hex count as a line.
        noise: of the machine.
        calibration: whose noise constants are taken.
    """
    coupling = "all" if connectivity == "all" else "line"
    counted = census(
        braid, closure, layout=layout, gate_set=gate_set, connectivity=coupling, paths=PATHS, effort=effort
    )
    qubits = len(echo_qubits(braid.strands, layout))
    gates = noise.e_2q * counted.two_qubit_gates + noise.e_1q * one_qubit_gates(counted.mean, gate_set)
    idle = noise.e_idle * qubits * (counted.mean["D_b"] + counted.mean["d_f"])
    read = noise.e_spam * qubits
    names = ("k_2q", "k_idle", "k_spam", "K_2q", "K_idle", "K_spam", "u_2q", "u_idle")
    drawn = calibration.values(closure, np.arange(200, dtype=np.int64))
    k = {name: np.broadcast_to(drawn[name], 200) for name in names}
    d = np.exp(-k["k_2q"] * gates - k["k_idle"] * idle - k["k_spam"] * read)
    kappa = np.exp(-k["K_2q"] * gates - k["K_idle"] * idle - k["K_spam"] * read)
    spread = float(np.median(np.hypot(k["u_2q"] * gates, k["u_idle"] * idle)))
    centre = float(np.median(d))
    return Damping(damping=centre, error=float(np.hypot(np.std(d), centre * spread)), keep_rate=float(np.median(kappa)))
