"""A quantum machine as a simulator sees it: its errors, native gates and size, from the catalogue or a device file."""

from dataclasses import dataclass
from pathlib import Path

from plait.calibrations.device_file import load_device_file
from plait.estimator.machine import load_machine
from plait.models import PlaitError
from plait.models.noise import NoiseModel


@dataclass(frozen=True, kw_only=True)
class Device:
    """What is needed to run circuits on a machine in simulation.

    Args:
        name: slug of the catalogue, or of the file.
        qubits: how many.
        gate_set, connectivity: native ones.
        noise: error probabilities; of a machine file the central values.
    """

    name: str
    qubits: float
    gate_set: str
    connectivity: str
    noise: NoiseModel


def load_device(name: str | Path) -> Device:
    """A quantum machine by slug or machine file (.toml), or from a device specification (.json).

    Raises:
        PlaitError: unknown, unreadable or malformed, or not quantum, or a coupling that is not all-to-all.

    >>> load_device("h2-2").noise.e_2q
    0.0014
    """
    if str(name).endswith(".json"):
        file = load_device_file(Path(name))
        if file.connectivity != "all":
            raise PlaitError(
                f"{name}: connectivity lists pairs of qubits; plait simulates all-to-all coupling from such a file: "
                'set "connectivity" to "all", or describe the machine in a .toml file with connectivity = "line"'
            )
        return Device(name=file.name, qubits=file.qubits, gate_set=file.gate_set, connectivity="all", noise=file.noise)
    machine = load_machine(name)
    if machine.side != "quantum":
        raise PlaitError(f"machine {machine.slug} is {machine.side}; a circuit needs a quantum one, e.g. h2-2")
    if machine.hardware:
        raise PlaitError(f"machine {machine.slug} is error-corrected; a circuit of native gates needs a bare one")
    figure = {key: found.value or 0.0 for key, found in machine.figures.items()}
    return Device(
        name=machine.slug,
        qubits=figure["Q"],
        gate_set=machine.gate_set,
        connectivity=machine.connectivity,
        noise=NoiseModel.from_rates(**{rate: figure[rate] for rate in ("e_2q", "e_1q", "e_idle", "e_spam")}),
    )
