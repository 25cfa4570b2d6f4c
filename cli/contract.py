"""`plait contract`: search a contraction tree, cost it, run it."""

import time
from typing import Annotated, Any

import typer

from plait.cli.braid_argument import BraidTokens, read_braid
from plait.cli.options import AsJson, ClosureName, Memory, Seed, Strands, integer, parse_bytes

REAL_FLOP = 8
"""Real operations in a complex multiply-add."""


def contract(
    braid: BraidTokens,
    *,
    strands: Strands = None,
    closure: ClosureName = "markov",
    effort: Annotated[
        int, typer.Option(parser=integer, metavar="0..2", help="Search: 0 under a second, 1 seconds, 2 up to a minute.")
    ] = 0,
    minimise: Annotated[
        bool, typer.Option("--minimise", help="Shorten the braid first, as `braid show --minimise` does.")
    ] = False,
    run: Annotated[bool, typer.Option("--run", help="Also run the contraction.")] = False,
    memory: Memory = "8GiB",
    threads: Annotated[int, typer.Option(parser=integer, metavar="N", help="Threads of the run.")] = 1,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Search a contraction tree of the face network, count what it costs, and run it if asked.

    Runs are merged; the braid is minimised only if asked. Operations are complex multiply-adds.

    Example:
      plait contract "1 -2 1 -2" --run
      plait contract "1 2 3 1 -2 -1" --minimise --run
      plait contract "1 -2 3 -4 1 -2 3 -4" --closure plat --strands 6 --json
    """
    from plait.cli.braid import timed_minimise
    from plait.cli.output import complex_text, log2, log10, print_json, print_rows, working
    from plait.models import Closure, face_network
    from plait.models.braid import check_int
    from plait.models.search import DENSE_UP_TO

    given, closed, limit = read_braid(braid, strands), Closure.parse(closure), parse_bytes(memory)
    check_int("threads", threads, 1, 1024)
    check_int("effort", effort, 0, 2)
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
    with working("searching"):
        _warm_up(effort)
        start = time.perf_counter()
        network = face_network(given, closed)
        plan = network.search(effort, seed)
        search_seconds = time.perf_counter() - start
        costs = plan.costs()
    answer: dict[str, Any] = {
        "log10_flops": log10(costs.dense_operations),
        "log2_width": float(costs.dense_width),
        "log10_fib_ops": log10(costs.operations),
        "log2_fib_width": log2(costs.largest),
        "log10_real_flop": log10(REAL_FLOP * costs.dense_operations),
        "search_seconds": search_seconds,
        "tensors": len(network.inputs),
        "strands": given.strands,
        "crossings": given.crossings,
        "closure": str(closed),
        "effort": effort,
        "seed": seed,
        **shrinkage,
    }
    if run:
        constrained = costs.dense_operations > DENSE_UP_TO
        with working("contracting"):
            _warm_up(effort, constrained)
            start = time.perf_counter()
            value = factor * plan.contract(constrained=constrained, memory=limit, threads=threads)
            seconds = time.perf_counter() - start
        answer |= {"seconds": seconds, "normalised": value, "method": "face-tn-fib" if constrained else "face-tn"}
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
        ("search", f"{search_seconds:.3g} s", f"effort {effort}, seed {seed}"),
    ]
    if minimise:
        before, took = found.crossings_before, minimise_seconds
        rows.insert(
            0, ("minimised", f"{took:.3g} s", f"{before} crossings to {given.crossings}, effort 1, seed {seed}")
        )
    print_rows(f"Face network of the {closed} closure: {given.crossings} crossings, {given.strands} strands", rows)
    if run:
        typer.echo()
        done = ("seconds", f"{seconds:.3g} s", answer["method"])
        print_rows("Contraction", [done, ("normalised", complex_text(value), "E, of modulus at most 1")])


def _warm_up(effort: int, constrained: bool | None = None) -> None:
    """Load libraries and compile kernels on a small braid, so that the times printed are those of the work itself."""
    from plait.models import Braid, Closure, face_network

    # Wide enough to reach the packed steps of the constrained kernel.
    plan = face_network(Braid.brickwall(20, 20), Closure.MARKOV).search(min(effort, 1))
    if constrained is not None:
        plan.contract(constrained=constrained)


def _decades(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
