"""`plait reach`: the largest braids evaluated exactly on one machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.options import AsJson, Seed, integer, parse_bytes

if TYPE_CHECKING:
    from plait.calibrations.reach import Allowance
    from plait.models import Closure


def reach(
    *,
    strands: Annotated[
        str, typer.Option(metavar="N,N..", help="Numbers of strands, for --run and --frontier.", show_default=False)
    ] = "",
    layers: Annotated[
        str,
        typer.Option(
            metavar="L,L..",
            help="Layers to --run, one for each number of strands; if not given, the most predicted to fit.",
            show_default=False,
        ),
    ] = "",
    family: Annotated[str, typer.Option(metavar="NAMES", help="brickwall, planted, or both.")] = "brickwall,planted",
    closure: Annotated[str, typer.Option(metavar="NAMES", help="markov, plat, or both.")] = "markov,plat",
    method: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Exact method to --run; the fastest if not given.", show_default=False),
    ] = None,
    time: Annotated[str, typer.Option(metavar="TIME", help="Allowed for one evaluation, e.g. 90s, 10m, 1h.")] = "1h",
    memory: Annotated[str, typer.Option(metavar="SIZE", help="Memory allowed for one evaluation.")] = "20GiB",
    threads: Annotated[int, typer.Option(parser=integer, metavar="N", help="Threads of one evaluation.")] = 2,
    frontier: Annotated[
        bool, typer.Option("--frontier", help="Find the largest braids predicted to fit, and keep them.")
    ] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Evaluate braids for real, check them, and keep the runs.")
    ] = False,
    runs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Run file; the shipped one if not given.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Picture: .html, .png, .svg or .pdf.", show_default=False),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Show which braids were evaluated exactly on one machine, and how long it took; make more such runs.

    Words are evaluated as they stand, unminimised. Every value was checked: against the planted one, or by a second
    evaluation. Finished runs are kept at once; interrupted, it goes on where it was.

    Example:
      plait reach
      plait reach -o reach.html
      plait reach --run --strands 30,40 --layers 20,10 --runs mine.jsonl
      plait reach --frontier --strands 10,12 --time 1s --runs mine.jsonl
    """
    from plait.cli.calibrate import read_duration
    from plait.cli.files import check_folder
    from plait.cli.output import print_json, print_note, print_table
    from plait.models import Closure, PlaitError
    from plait.models.braid import check_int

    allowed = {"seconds": read_duration(time), "memory": parse_bytes(memory), "threads": threads}
    closures = [Closure.parse(name.strip()) for name in closure.split(",")]
    check_int("seed", seed, 0, 2**31 - 2)
    if output is not None:
        from plait.estimator.chart_file import check_suffix

        check_suffix(output)
        check_folder(output)
    if (run or frontier) and (runs is None or not strands):
        raise PlaitError("--run and --frontier need --strands, and --runs with the file to keep the runs in")
    from plait.calibrations.reach import Allowance, load_reach

    allowance = Allowance(**allowed)  # type: ignore[arg-type]
    if run or frontier:
        assert runs is not None
        families = [name.strip() for name in family.split(",")]
        widths, depths = _numbers("strands", strands), _numbers("layers", layers)
        if depths and len(depths) != len(widths):
            raise PlaitError(f"--layers has {len(depths)} numbers for {len(widths)} of --strands; give one for each")
        check_folder(runs)
        _make(families, closures, widths, depths, method, allowance, run, frontier, runs, seed)
    records, remarks = load_reach(runs)
    for remark in remarks:
        typer.echo(remark, err=True)
    from plait.estimator.reach_rows import allowance_in_words, frontier_rows, machines, run_rows

    done = run_rows(records)
    lines = frontier_rows(records, (allowance.seconds, allowance.memory, allowance.threads))
    words = allowance_in_words(allowance.seconds, allowance.memory, allowance.threads)
    if output is not None:
        from plait.estimator.chart_file import write_chart_file
        from plait.estimator.reach_chart import reach_chart

        if not done:
            raise PlaitError("there are no runs to draw; make some with --run")
        write_chart_file(reach_chart(done, lines, f"{machines(done)}", words), output)
    if as_json:
        print_json(
            {"items": done, "frontier": lines, "allowance": words, "path": None if output is None else str(output)}
        )
        return
    print_table(
        ("braid", "closure", "n", "L", "m", "method", "seconds", "GiB", "error"),
        [
            (
                row["family"],
                row["closure"],
                row["strands"],
                row["layers"],
                row["crossings"],
                row["method"],
                f"{row['seconds']:.3g}",
                "?" if row["gib"] is None else f"{row['gib']:.2f}",
                f"{row['error']:.0e}",
            )
            for row in done
        ],
    )
    print_note(
        f"n strands, L layers asked for, m crossings. Measured end to end, search included, on {machines(done)}; words "
        "as they stand, unminimised. Error: distance from the planted value, or relative distance of a second "
        "evaluation. For comparison: arXiv:2503.05625 puts the advantage at 85 strands and 2,800 crossings."
    )
    if lines:
        typer.echo()
        print_table(
            ("braid", "closure", "n", "L", "m", "method", "seconds"),
            [
                (
                    row["family"],
                    row["closure"],
                    row["strands"],
                    row["layers"],
                    row["crossings"],
                    row["method"],
                    f"{row['predicted_seconds']:.2g}",
                )
                for row in lines
            ],
        )
        print_note(f"Largest predicted (to a factor of two in seconds) to stay within {words}; trains left out.")
    if output is not None:
        typer.echo(f"picture written to {output}")


def _numbers(name: str, text: str) -> list[int]:
    """Integers from "20,40".

    Raises:
        PlaitError: it is none.
    """
    from plait.models import PlaitError
    from plait.models.braid import check_int

    try:
        return [check_int(name, int(part), 1, 100_000) for part in text.split(",") if part.strip()]
    except ValueError:
        raise PlaitError(f"--{name} = {text!r}: expected integers separated by commas, such as 20,40") from None


def _make(
    families: Sequence[str],
    closures: "Sequence[Closure]",
    widths: Sequence[int],
    depths: Sequence[int],
    method: str | None,
    allowance: "Allowance",
    run: bool,
    frontier: bool,
    runs: Path,
    seed: int,
) -> None:
    """Find frontiers and evaluate braids, each kept as soon as it is done; odd plats are left out."""
    from plait.calibrations.reach import frontier as find
    from plait.calibrations.reach import frontier_task, largest, reach_task
    from plait.calibrations.reach import reach as evaluate
    from plait.cli.progress import per_cent, progress
    from plait.models import Closure, PlaitError

    cells: list[tuple[str, Closure, int, int | None]] = [
        (name, closed, width, depths[place] if depths else None)
        for name in families
        for closed in closures
        for place, width in enumerate(widths)
        if closed is Closure.MARKOV or width % 2 == 0
    ]
    if not cells:
        raise PlaitError("nothing to do: the plat closure needs an even number of strands")
    with progress("reach") as report:

        def say(done: int, total: int, what: str) -> None:
            report(done, total, what)

        if frontier:
            tasks = [frontier_task(name, closed, width, seed, allowance) for name, closed, width, _ in cells]
            find(tasks, runs, allowance, progress=say)
        if run:
            for name, closed, width, depth in cells:
                if depth is None:
                    depth = largest(name, closed, width, seed, allowance, method=method, progress=say)
                if not depth:
                    raise PlaitError(
                        f"{width} strands: not even four layers fit the allowance; raise --time or --memory"
                    )
                task: Any = reach_task(name, closed, width, depth, seed, allowance, method)
                evaluate([task], runs, allowance, progress=say, parts=per_cent(report))
