"""Same seed, same runs: the same calibration.

On one machine the file is the same byte for byte, whatever order the runs were finished in; with other kernels for
linear algebra and elementary functions, as other processors have them, every number is the same to 1e-9.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plait.calibrations import load_calibration
from plait.calibrations.run_file import append, load

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.jsonl.gz"
FIT = """
import sys
from pathlib import Path
from plait.calibrations.fit import fit
from plait.calibrations.run_file import load
fit(load([Path(sys.argv[1])])[0], draws=8, seed=3, profile="same").save(Path(sys.argv[2]))
"""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


KERNELS = (
    {"OPENBLAS_CORETYPE": "Haswell"},
    # Of processors of 2008, for NumPy too where it is asked to; a library that does not know these ignores them.
    {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"},
)


def fitted(runs: Path, out: Path, hash_seed: str, **more: str) -> bytes:
    """The calibration that a process of its own fits to a run file."""
    env = {**os.environ, **ONE_THREAD, "PYTHONHASHSEED": hash_seed, **more}
    subprocess.run([sys.executable, "-W", "ignore", "-c", FIT, str(runs), str(out)], env=env, check=True)
    return out.read_bytes()


def leaves(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in a calibration that is no list or table, and where it stands."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, f"{where}/{key}")
    else:
        yield where, value


def test_other_kernels_same_numbers(tmp_path: Path) -> None:
    """Every constant, draw, residual, scatter and widening, to 1e-9; every choice of a form."""
    records = [run for run in load([SHIPPED])[0] if run["asked"].get("seed", 0) == 0]
    runs, made = tmp_path / "runs.jsonl", []
    append(runs, *records)
    for number, kernels in enumerate(KERNELS):
        path = tmp_path / f"{number}.json"
        fitted(runs, path, "0", **kernels)
        made.append(dict(leaves(load_calibration(path).model_dump(mode="json"))))
    one, other = made
    assert list(one) == list(other)
    assert len(one) > 10_000
    off = {
        where: (value, other[where])
        for where, value in one.items()
        # A deviation may be nothing: 1e-12 decades.
        if other[where] != (pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value)
    }
    assert off == {}


def test_same_runs_same_bytes(tmp_path: Path) -> None:
    """Two processes, two orders of the runs, two seeds of Python's hashes: one file."""
    records = [run for run in load([SHIPPED])[0] if run["asked"].get("seed", 0) == 0]
    assert {run["asked"]["kind"] for run in records} == {"probe", "braid", "noise"}
    shuffled = sorted(records, key=lambda run: hashlib.sha256(run["id"].encode()).digest())
    assert shuffled != records
    made = []
    for number, runs in enumerate((records, shuffled)):
        path = tmp_path / f"{number}.jsonl"
        append(path, *runs)
        made.append(fitted(path, tmp_path / f"{number}.json", str(number + 1)))
    assert made[0] == made[1]
    assert len(made[0]) > 10_000
