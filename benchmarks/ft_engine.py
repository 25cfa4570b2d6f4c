"""What `tests/test_fault_tolerant.py` shares with Microsoft's estimator: an environment of its own, and one process."""

import json
import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PACKAGE = "qdk==1.33.1"
WORKER = """
import json, sys
from qdk.estimator import LogicalCounts

NAMES = ("numQubits", "rotationCount", "rotationDepth", "measurementCount")
for job in json.load(sys.stdin):
    counts = LogicalCounts({**dict.fromkeys(("tCount", "cczCount", "ccixCount"), 0), **dict(zip(NAMES, job["counts"]))})
    params = {"qubitParams": {"name": job["model"]}, "qecScheme": {"name": job["code"]}, "errorBudget": job["budget"]}
    if job.get("most"):
        params["constraints"] = {"maxPhysicalQubits": job["most"]}
    try:
        found = counts.estimate(params)
    except Exception as error:
        print(json.dumps({"error": str(error)}))
        continue
    physical = found["physicalCounts"]
    print(json.dumps({
        "physical_qubits": physical["physicalQubits"],
        "nanoseconds": physical["runtime"],
        "code_distance": found["logicalQubit"]["codeDistance"],
        "logical_qubits": physical["breakdown"]["algorithmicLogicalQubits"],
        "logical_cycles": physical["breakdown"]["logicalDepth"],
        "factories": physical["breakdown"]["numTfactories"],
        "t_states": physical["breakdown"]["numTstates"],
        "per_rotation": physical["breakdown"]["numTsPerRotation"],
        "factory_qubits": found["tfactory"]["physicalQubits"],
        "factory_runtime": found["tfactory"]["runtime"],
    }))
"""


def environment(folder: Path) -> Path:
    """The Python of an environment with the estimator, made with pip.

    Raises:
        RuntimeError: pip failed, with its last error.
    """
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"pip install {PACKAGE}: {done.stderr.strip().splitlines()[-1:]}")
    return python


def estimates(python: Path, jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The estimator's answer to every job: counts (qubits, rotations, layers, measurements), model, code, budget."""
    done = subprocess.run(
        [str(python), "-c", WORKER], input=json.dumps(list(jobs)), capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
