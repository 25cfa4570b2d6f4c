"""`plait calibrate --device gpu`: runs on the GPU at hand, and a machine file of its constants."""

import re
from pathlib import Path

import typer


def calibrate_gpu(runs: Path, output: Path, seconds: float, as_json: bool) -> None:
    """Make the runs that fit the budget, fit, and write a machine file for --machine.

    Args:
        runs: run file.
        output: machine file, ending in .toml.
        seconds: of runs.
        as_json: print one JSON object.
    """
    from plait.calibrations import load_calibration
    from plait.calibrations.gpu_fit import gpu_constants
    from plait.calibrations.gpu_run import gpu_tasks, measure_gpu
    from plait.cli.output import print_json, print_table
    from plait.cli.progress import progress
    from plait.estimator.machine_file import gpu_machine, save_machine
    from plait.models import PlaitError

    if output.suffix != ".toml":
        raise PlaitError(f"{output}: what a GPU's runs give is a machine file; name one ending in .toml with -o")
    tasks = gpu_tasks()
    with progress("calibrating", seconds) as report:
        records = measure_gpu(
            tasks, runs, budget=seconds, progress=report, remark=lambda text: typer.echo(text, err=True)
        )
    constants = gpu_constants(records)
    about = records[0]["environment"]
    core = load_calibration().constants
    slug = re.sub(r"[^a-z0-9.-]+", "-", output.stem.lower()).strip("-.") or "gpu"
    machine = gpu_machine(
        slug,
        about["gpu"],
        float(about["memory"]),
        max(record["date"] for record in records),
        constants,
        {name: core[name].value for name in ("b_work", "b_factor")},
    )
    save_machine(machine, output)
    if as_json:
        print_json(
            {
                "profile": slug,
                "runs_done": len(records),
                "runs_asked": len(tasks),
                "path": str(output),
                "origin": f"{len(records)} runs on {about['gpu']}, driver {about['driver']}, cupy {about['cupy']}",
                "constants": {name: x._asdict() for name, x in constants.items()},
            }
        )
        return
    print_table(
        ("constant", "value", "range", "unit"),
        [(name, f"{x.value:.4g}", f"{x.low:.3g}..{x.high:.3g}", x.unit) for name, x in constants.items()],
    )
    typer.echo(f"\n{len(records)} runs on {about['gpu']}; machine file for --machine: {output}")
