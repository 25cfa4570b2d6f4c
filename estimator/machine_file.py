"""Writing a machine file, and the machine that a GPU's own runs make."""

import json
from pathlib import Path
from typing import Any

from plait.calibrations.gpu_fit import Measured, rounded
from plait.estimator.machine import Machine, MachineFigure
from plait.models import PlaitError

FIGURES = {"probe_flops": "F", "probe_bandwidth": "B"}
PROBED = {"F": "matrix product of complex128", "B": "copy of 1 GiB"}
POWER = MachineFigure(
    value=500, low=150, high=1200, basis="assumed", source="board power of GPUs of data centres; no run tells it"
)
TRAIN = "no tensor train was run on a GPU: from the core's share of the bandwidth down to a tenth of it"
TRAIN_SLOWER = (1.0, 3.0, 10.0)
"""Times the bytes that the core's trains take, on a GPU: least, middle, most."""


def gpu_machine(
    slug: str, name: str, memory: float, date: str, constants: dict[str, Measured], trains: dict[str, float]
) -> Machine:
    """A GPU as its runs show it.

    Args:
        slug, name: of the machine.
        memory: bytes.
        date: of the newest run.
        constants: of `plait.calibrations.gpu_fit.gpu_constants`.
        trains: b_work and b_factor of the core, in bytes: trains were not run.
    """
    figures: dict[str, MachineFigure] = {
        "M": MachineFigure(value=memory, basis="measured", source="as the driver states it", date=date),
        "eta": MachineFigure(value=1, basis="measured", source="by definition: the constants below are its own"),
        "power": POWER,
    }
    found: dict[str, MachineFigure] = {}
    for key, x in rounded(constants).items():
        if key in FIGURES:
            symbol = FIGURES[key]
            source = f"{PROBED[symbol]}, median of {x.source}"
            figures[symbol] = MachineFigure(value=x.value, basis="measured", source=source, date=date)
        else:
            ends = (x.low, x.high) if x.low else (None, None)
            found[key] = MachineFigure(
                value=x.value, low=ends[0], high=ends[1], basis="measured", source=x.source, date=date
            )
    for key, value in trains.items():
        low, middle, high = (float(f"{value * times:.4g}") for times in TRAIN_SLOWER)
        found[key] = MachineFigure(value=middle, low=low, high=high, basis="assumed", source=TRAIN)
    return Machine(
        slug=slug,
        name=name,
        side="classical",
        notes="Constants of its own, measured on it; path searches stay on the core of the calibration.",
        figures=figures,
        constants=found,
    )


def machine_text(machine: Machine) -> str:
    """A machine as TOML, read back by `plait.estimator.machine.load_machine`."""
    lines = [f"{key} = {_toml(getattr(machine, key))}" for key in ("slug", "name", "side", "notes")]
    for table in ("figures", "constants"):
        for name, figure in getattr(machine, table).items():
            lines += ["", f"[{table}.{name}]"]
            given = figure.model_dump(exclude_none=True, exclude_defaults=True)
            lines += [f"{key} = {_toml(value)}" for key, value in given.items()]
    return "\n".join(lines) + "\n"


def save_machine(machine: Machine, path: Path) -> None:
    """Write a machine file.

    Raises:
        PlaitError: it cannot be written.
    """
    try:
        path.write_text(machine_text(machine), encoding="utf-8")
    except OSError as error:
        raise PlaitError(f"{path}: cannot be written ({error.strerror})") from error


def _toml(value: Any) -> str:
    """A string or a number: their JSON is TOML."""
    return json.dumps(value, ensure_ascii=False)
