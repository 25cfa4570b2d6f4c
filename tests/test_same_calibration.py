"""Same seed, same runs: the same calibration file byte for byte, whatever order they were finished in."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

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


def fitted(runs: Path, out: Path, hash_seed: str) -> bytes:
    """The calibration that a process of its own fits to a run file."""
    env = {**os.environ, **ONE_THREAD, "PYTHONHASHSEED": hash_seed}
    subprocess.run([sys.executable, "-c", FIT, str(runs), str(out)], env=env, check=True)
    return out.read_bytes()


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
