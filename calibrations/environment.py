"""What a run was made on: processor, versions."""

import os
import platform
from importlib import metadata
from pathlib import Path

PACKAGES = ("plait", "numpy", "numba", "pytket", "cotengra", "cotengrust")


def environment() -> dict[str, str]:
    """Processor, cores, system and package versions of this process; nothing that names a person or a host."""
    versions = {name: metadata.version(name) for name in PACKAGES}
    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **versions,
    }


def processor() -> str:
    """The processor's name and, where the system tells, family/model/stepping."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    name = fields.get("model name", platform.machine())
    model = "/".join(fields.get(key, "?") for key in ("cpu family", "model", "stepping"))
    return f"{name} (family/model/stepping {model})"
