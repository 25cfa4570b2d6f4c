"""How fast `plait --help` starts, beside the two libraries it is drawn with (row M of the design: at most twice).

    python benchmarks/start_time.py [runs]

The runs of both are interleaved, so that whatever else the machine does falls on both alike; medians are compared.
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

COMMANDS = {
    "python -c 'import typer, rich'": [sys.executable, "-c", "import typer, rich"],
    "plait --help": [str(Path(sys.executable).with_name("plait")), "--help"],
}


def seconds(command: list[str]) -> float:
    """Wall time of one run of a command."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main(runs: int) -> None:
    """Time both commands and print medians and their ratio."""
    for command in COMMANDS.values():  # once for nothing: files come into the cache, bytecode is compiled
        seconds(command)
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    medians = [median(found) for found in times.values()]
    for name, middle in zip(COMMANDS, medians, strict=True):
        print(f"{name:32} median {1e3 * middle:6.1f} ms, least {1e3 * min(times[name]):6.1f} ms, {runs} runs")
    print(f"ratio of medians {medians[1] / medians[0]:.2f} (to reach: at most 2)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
