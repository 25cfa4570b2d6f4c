"""T factories that Microsoft's resource estimator picks, as JSON lines: calibrations/data/t_factories.jsonl.

Needs the package qdk (extra `ft`), and no plait: run it with the Python of any environment that has qdk,

    python benchmarks/t_factories.py > calibrations/data/t_factories.jsonl

For each named qubit model and each code distance of the algorithm the allowed T error goes down the whole staircase:
the factory of an estimate is noted (physical qubits, code cycles of a run, error of its T state, largest code distance
inside), then a T error just below its own is asked for. Takes a minute.
"""

import json
import sys
from importlib import metadata
from typing import Any

from qdk.estimator import LogicalCounts

HARDWARE: dict[str, tuple[str, str, float, float, int]] = {
    "gate-ns-e3": ("qubit_gate_ns_e3", "surface_code", 0.03, 1e-1, 400),
    "gate-ns-e4": ("qubit_gate_ns_e4", "surface_code", 0.03, 1e-2, 400),
    "gate-us-e3": ("qubit_gate_us_e3", "surface_code", 0.03, 1e-1, 600_000),
    "gate-us-e4": ("qubit_gate_us_e4", "surface_code", 0.03, 1e-2, 600_000),
    "maj-ns-e4": ("qubit_maj_ns_e4", "floquet_code", 0.07, 1e-2, 300),
    "maj-ns-e6": ("qubit_maj_ns_e6", "floquet_code", 0.07, 1e-4, 300),
}
"""Name in plait -> qubit model, code, prefactor, error over threshold, nanoseconds of a code cycle."""
DISTANCES = range(3, 37, 2)
FIRST, LAST = 1e-4, 1e-12
"""Allowed T errors."""
FINAL_ROUND = 7.2
"""The last round of distillation adds 7.1 logical errors: below that only rounds beyond the third could help, and the
estimator's search for those takes minutes."""
T_STATES, QUBITS, MEASUREMENTS = 100, 10, 10**4
LOGICAL_QUBITS = 2 * QUBITS + 9 + 1


def logical_error(hardware: str, distance: int) -> float:
    """Of one qubit and logical cycle."""
    _, _, prefactor, ratio, _ = HARDWARE[hardware]
    return prefactor * ratio ** ((distance + 1) / 2)


def estimated(hardware: str, distance: int, allowed: float) -> dict[str, Any] | None:
    """The factory for one distance and one allowed T error; None where the budget is no probability."""
    model, code, *_ = HARDWARE[hardware]
    logical = logical_error(hardware, distance) * LOGICAL_QUBITS * (MEASUREMENTS + T_STATES) * 1.0001
    if logical >= 0.1:
        return None
    counts = LogicalCounts(
        {
            "numQubits": QUBITS,
            "tCount": T_STATES,
            "rotationCount": 0,
            "rotationDepth": 0,
            "cczCount": 0,
            "ccixCount": 0,
            "measurementCount": MEASUREMENTS,
        }
    )
    budget = {"logical": logical, "tStates": allowed * T_STATES, "rotations": 1e-9}
    result = counts.estimate({"qubitParams": {"name": model}, "qecScheme": {"name": code}, "errorBudget": budget})
    return dict(result["tfactory"])


def main() -> None:
    """Every factory once; `plait.calibrations.t_factories` picks among them as the estimator does."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for hardware, (*_, cycle) in HARDWARE.items():
        for distance in DISTANCES:
            allowed = FIRST
            while allowed > max(LAST, FINAL_ROUND * logical_error(hardware, distance)):
                factory = estimated(hardware, distance, allowed)
                if factory is None:
                    break
                allowed = min(allowed, factory["logicalErrorRate"]) * (1 - 1e-9)
                if factory["numInputTstates"] == 1:
                    continue  # a bare T state: no factory
                record = {
                    "hardware": hardware,
                    "qubits": factory["physicalQubits"],
                    "cycles": factory["runtime"] / cycle,
                    "error": factory["logicalErrorRate"],
                    "distance": max(factory["codeDistancePerRound"]),
                    "states": factory["numTstates"],
                    "rounds": [
                        f"{count} x {name}, distance {d}"
                        for count, name, d in zip(
                            factory["numUnitsPerRound"],
                            factory["unitNamePerRound"],
                            factory["codeDistancePerRound"],
                            strict=True,
                        )
                    ],
                    "qdk": metadata.version("qdk"),
                }
                found[hardware, record["qubits"], record["cycles"], record["error"]] = record
    for _, record in sorted(found.items(), key=lambda item: (item[0][0], -item[0][3], item[0][1])):
        sys.stdout.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
