"""`plait contract`: search a contraction tree, cost it, run it."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.braid_argument import BraidTokens, Mirror, read_braid
from plait.cli.options import AsJson, ClosureName, Seed, Strands, check_seconds, integer, parse_bytes, real, usable

if TYPE_CHECKING:
    from plait.models import FaceNetwork
    from plait.models.search import ContractionPlan

REAL_FLOP = 8
"""Real operations in a complex multiply-add."""
SECOND_TREE_SEEDS = 5
AGREEMENT = {"complex128": 1e-10, "complex64": 1e-3}
"""Relative difference of two trees that is still rounding."""


def contract(
    braid: BraidTokens,
    *,
    strands: Strands = None,
    closure: ClosureName = "markov",
    mirror: Mirror = False,
    effort: Annotated[
        int, typer.Option(parser=integer, metavar="0..2", help="Search: 0 under a second, 1 seconds, 2 up to --budget.")
    ] = 0,
    objective: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Least operations (constrained), dense, or seconds (operations within --memory)."
        ),
    ] = "operations",
    budget: Annotated[
        float | None,
        typer.Option(parser=real, metavar="S", help="Seconds of effort 1 or 2; 60 at effort 2.", show_default=False),
    ] = None,
    size_cap: Annotated[
        float | None,
        typer.Option(
            "--size-cap",
            parser=real,
            metavar="BITS",
            help="log2 of entries to stay below, if cheap.",
            show_default=False,
        ),
    ] = None,
    minimise: Annotated[
        bool, typer.Option("--minimise", help="Shorten the braid first, as `braid show --minimise` does.")
    ] = False,
    run: Annotated[bool, typer.Option("--run", help="Also run the contraction.")] = False,
    memory: Annotated[
        str, typer.Option(metavar="SIZE", help="Memory of the run, such as 8GiB; loops over heights make it fit.")
    ] = "8GiB",
    time_limit: Annotated[
        float, typer.Option("--time-limit", parser=real, metavar="S", help="Predicted seconds, refused beyond.")
    ] = 600.0,
    dtype: Annotated[
        str, typer.Option(metavar="TYPE", help="complex128, or complex64: half the memory, error near 1e-5.")
    ] = "complex128",
    threads: Annotated[int, typer.Option(parser=integer, metavar="N", help="Threads of search and run.")] = 1,
    device: Annotated[
        str, typer.Option(metavar="cpu|gpu", help="Where large steps run; without a GPU, the processor.")
    ] = "cpu",
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save the run there now and then; go on from it.", show_default=False),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Also run it along a second tree, and compare: twice the time.")
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither look up nor keep trees of effort 1 and 2 on disk.")
    ] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Search a contraction tree of the face network, count what it costs, and run it if asked.

    Runs are merged; the braid is minimised only if asked. Operations are complex multiply-adds. What would not fit the
    memory loops over heights. Trees of effort 1 and 2 are kept in $PLAIT_CACHE, or in the user's cache folder.

    Example:
      plait contract "1 -2 1 -2" --run
      plait contract "1 2 3 1 -2 -1" --minimise --run
      plait contract "1 -2 3 -4 1 -2 3 -4" --closure plat --strands 6 --json
      plait contract "1 -2 3 -1 2 -3" --run --memory 4GiB --dtype complex64
      plait contract "1 -2 3 -1 2 -3" --check
    """
    from plait.cli.braid import timed_minimise
    from plait.cli.files import check_folder
    from plait.cli.output import complex_text, log2, log10, print_json, print_rows, working
    from plait.cli.progress import per_cent, progress
    from plait.models import Closure, face_network
    from plait.models.braid import check_int
    from plait.models.search import DENSE_UP_TO, entry_bytes, search
    from plait.models.tree_store import TreeStore, default_folder

    given = read_braid(braid, strands, closure=closure, mirror=mirror)
    closed, limit = Closure.parse(closure), parse_bytes(memory)
    check_int("threads", threads, 1, 1024)
    check_int("effort", effort, 0, 2)
    check_seconds("time-limit", time_limit)
    entry_bytes(dtype)
    device = usable(device)
    if budget is not None:
        check_seconds("budget", budget)
    if checkpoint is not None:
        check_folder(checkpoint)
    shrinkage: dict[str, Any] = {}
    factor: complex = 1
    if minimise:
        with working("minimising"):
            found, minimise_seconds = timed_minimise(given, closed, 1, check_int("seed", seed, 0, 2**63 - 1))
        given, factor = found.braid, found.factor
        shrinkage = {
            "crossings_before": found.crossings_before,
            "crossings_after": found.crossings_after,
            "minimise_seconds": minimise_seconds,
        }
    run = run or check
    asked: dict[str, Any] = {
        "effort": effort,
        "threads": threads,
        "objective": objective,
        "memory": limit,
        "budget": budget,
        "size_cap": size_cap,
        "store": None if no_cache else TreeStore(folder=default_folder()),
    }
    with working("searching"):
        _warm_up(effort)
        start = time.perf_counter()
        network = face_network(given, closed)
        plan = search(network, seed=seed, **asked)
        constrained = plan.costs().dense_operations > DENSE_UP_TO
        if run and constrained:
            plan = plan.sliced(limit, dtype)
        search_seconds = time.perf_counter() - start
        costs = plan.costs()
    answer: dict[str, Any] = {
        "log10_flops": log10(costs.dense_operations),
        "log2_width": float(costs.dense_width),
        "log10_fib_ops": log10(costs.operations),
        "log2_fib_width": log2(costs.largest),
        "log10_real_flop": log10(REAL_FLOP * costs.dense_operations),
        "slices": costs.passes,
        "overhead": costs.overhead,
        "peak_bytes": plan.peak_bytes(dtype),
        "search_seconds": search_seconds,
        "cached": plan.cached,
        "repeats": plan.repeats,
        "tensors": len(network.inputs),
        "strands": given.strands,
        "crossings": given.crossings,
        "closure": str(closed),
        "effort": effort,
        "objective": objective,
        "seed": seed,
        **shrinkage,
    }
    if run:
        predicted = None if device == "gpu" else _predicted(plan, constrained, threads)
        _refuse_long(predicted, time_limit)
        with working("compiling"):
            _warm_up(effort, constrained, dtype)
        how: dict[str, Any] = {"constrained": constrained, "memory": limit, "threads": threads, "dtype": dtype}
        how["device"] = device
        with progress("contracting") as report:
            start = time.perf_counter()
            value = factor * plan.contract(progress=per_cent(report), checkpoint=checkpoint, **how)
            seconds = time.perf_counter() - start
        answer |= {
            "seconds": seconds,
            "predicted_seconds": predicted,
            "normalised": value,
            "method": "face-tn-fib" if constrained else "face-tn",
            "device": device,
        }
    if check:
        with working("searching a second tree"):
            second = _second_tree(network, plan.path, seed, asked)
            second = second.sliced(limit, dtype) if constrained else second
        _refuse_long(None if device == "gpu" else _predicted(second, constrained, threads), time_limit)
        with progress("contracting along the second tree") as report:
            again = factor * second.contract(progress=per_cent(report), **how)
        answer |= {"checked": again, "difference": _agreed(value, again, dtype, given.strands)}
    if as_json:
        print_json(answer)
        return
    rows = [
        ("tensors", answer["tensors"], "after fixed heights are propagated"),
        ("log10 flops", _decades(answer["log10_flops"]), "complex multiply-adds, dense"),
        ("log2 width", _decades(answer["log2_width"]), "elements of the largest intermediate, dense"),
        ("log10 fib ops", _decades(answer["log10_fib_ops"]), "complex multiply-adds, Fibonacci configurations only"),
        ("log2 fib width", _decades(answer["log2_fib_width"]), "elements, Fibonacci configurations only"),
        ("log10 real flop", _decades(answer["log10_real_flop"]), "real operations, dense (8 a multiply-add)"),
        ("log2 bytes", _decades(log2(answer["peak_bytes"])), f"memory of the run, Fibonacci only; {_loops(plan)}"),
        ("search", f"{search_seconds:.3g} s", f"effort {effort}, seed {seed}{_found(plan)}"),
    ]
    if minimise:
        before, took = found.crossings_before, minimise_seconds
        rows.insert(
            0, ("minimised", f"{took:.3g} s", f"{before} crossings to {given.crossings}, effort 1, seed {seed}")
        )
    print_rows(f"Face network of the {closed} closure: {given.crossings} crossings, {given.strands} strands", rows)
    if run:
        typer.echo()
        rows = [
            ("seconds", f"{seconds:.3g} s", f"{answer['method']}; {_foretold(predicted)}"),
            ("normalised", complex_text(value), "E, of modulus at most 1"),
        ]
        if check:
            rows.append(("second tree", complex_text(again), f"{answer['difference']:.1e} apart, relative"))
        print_rows("Contraction", rows)


def _predicted(plan: "ContractionPlan", constrained: bool, threads: int) -> float:
    """Seconds the run is predicted to take; infinite for counts beyond a float."""
    from plait.models.rates import Rates, contraction_seconds

    return contraction_seconds(plan, constrained, Rates(), threads)


def _refuse_long(seconds: float | None, time_limit: float) -> None:
    """None: not known beforehand."""
    from plait.models.errors import PlaitError

    if seconds is not None and seconds > time_limit:
        said = f"{seconds:.3g} s" if seconds < math.inf else "more than 10^290 s"
        raise PlaitError(
            f"this contraction would take about {said}, more than the {time_limit:g} s allowed; raise the limit "
            "(--time-limit), give it more memory (--memory) or threads (--threads), or search longer (--effort)"
        )


def _second_tree(
    network: "FaceNetwork", path: tuple[tuple[int, int], ...], seed: int, asked: dict[str, Any]
) -> "ContractionPlan":
    """A tree other than the first, by the next seed that gives one; tiny networks have one only."""
    from plait.models.search import search

    for other in range(seed + 1, seed + 1 + SECOND_TREE_SEEDS):
        plan = search(network, seed=other, **asked)
        if plan.path != path:
            break
    return plan


def _agreed(first: complex, second: complex, dtype: str, strands: int) -> float:
    """Relative difference of two values of one contraction; an error if it is more than rounding.

    Relative to phi^-strands, the size of typical values, where the values are far smaller: they may be 0.
    """
    from plait.models.errors import PlaitError
    from plait.models.fibonacci import PHI

    difference = abs(first - second) / max(abs(first), abs(second), PHI**-strands / 100)
    if not difference <= AGREEMENT[dtype]:  # also where it is no number
        raise PlaitError(
            f"two trees give values {difference:.1e} apart, relative: {first} and {second}; more than the "
            f"{AGREEMENT[dtype]:g} of rounding in {dtype}: a defect of plait, please report this braid"
        )
    return difference


def _loops(plan: "ContractionPlan") -> str:
    if not plan.slices.heights:
        return "no loops"
    return f"{plan.costs().passes} passes of loops, {plan.costs().overhead:.3g} times the operations"


def _found(plan: "ContractionPlan") -> str:
    if not plan.repeats:
        return ""
    spread = f"; {len(plan.repeats)} of {plan.asked} repeats, log2 cost {min(plan.repeats):.2f}"
    return f"{spread} to {max(plan.repeats):.2f}{', tree from cache' if plan.cached else ''}"


def _warm_up(effort: int, constrained: bool | None = None, dtype: str = "complex128") -> None:
    """Load libraries and compile kernels on a small braid, so that the times printed are those of the work itself."""
    from plait.models import Braid, Closure, face_network

    # Wide enough to reach the packed steps of the constrained kernel.
    plan = face_network(Braid.brickwall(20, 20), Closure.MARKOV).search(min(effort, 1))
    if constrained is not None:
        plan.contract(constrained=constrained, dtype=dtype)


def _foretold(seconds: float | None) -> str:
    return "on the GPU" if seconds is None else f"{seconds:.2g} s predicted, to a factor of two"


def _decades(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
