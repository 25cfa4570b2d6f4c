"""What echo circuits of one braid count, averaged over the path s, without building them.

The counts that the cost models are written in, for a layout, gate set and connectivity. For one given s they are
exact: the compiled circuit has these gates and is no deeper. For the Markov closure s is drawn, and the average over
draws is reported with the spread over s.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from plait.models.braid import Braid, check_int
from plait.models.closure import Closure
from plait.models.echo import block_depth, layers
from plait.models.echo_plan import EchoPlan, count_blocks, plan_echo
from plait.models.paths import plat_path, sample_path
from plait.models.rewrite import shortened
from plait.models.runs import Run, closed_runs

COUNTS = ("r_full", "r_hard", "r_one", "r_half", "f", "D_b", "d_f")
"""Names of the counts; meanings and units: `plait.models.symbols`."""


@dataclass(frozen=True, kw_only=True)
class Census:
    """Counts of the echo circuits of one braid in one layout, gate set and connectivity.

    Args:
        mean: count (of COUNTS) -> mean over the paths.
        two_qubit_gates: mean over the paths.
        two_qubit_spread: standard deviation of the two-qubit gates over the paths.
        paths: how many paths were counted.
    """

    mean: Mapping[str, float]
    two_qubit_gates: float
    two_qubit_spread: float
    paths: int


def census(
    braid: Braid,
    closure: Closure | str,
    *,
    layout: str = "reduced",
    gate_set: str = "rzz",
    connectivity: str = "all",
    paths: int = 64,
    effort: int = 1,
    seed: int = 0,
) -> Census:
    """Count the echo circuits of a braid, over `paths` drawn paths (Markov) or the one path (plat).

    Args:
        braid: whose runs are compiled as `plait.models.cfev_circuit` compiles them.
        closure: Markov or plat.
        layout, gate_set, connectivity: as of `cfev_circuit`; the connectivity "all" or "line".
        effort: of the search for a shorter word, one for all paths, as of `cfev_circuit` with shared_word.
        paths: drawn with `seed`, 1..10000; 1 for the plat closure, whatever is asked.

    Raises:
        PlaitError: a closure that does not fit the braid, or paths or seed out of range.

    >>> counted = census(Braid(strands=4, word=(2, 2)), "plat")
    >>> counted.two_qubit_gates, counted.mean["r_one"], counted.paths
    (1.0, 1.0, 1)
    """
    closed = closed_runs(braid, closure)
    check_int("paths", paths, 1, 10_000)
    check_int("seed", seed, 0, 2**63 - 1)
    rng = random.Random(seed)
    plat = Closure.parse(closure) is Closure.PLAT
    only = plat_path(braid.strands) if plat else None
    word = shortened(closed.runs, braid.strands, only, layout, gate_set, connectivity, True, effort)
    ordered = [run for layer in layers(word) for run in layer]
    drawn = [plat_path(braid.strands)] if plat else [sample_path(braid.strands, rng) for _ in range(paths)]
    found = [path_counts(ordered, s, layout, gate_set, connectivity) for s in drawn]
    gates = [two_qubit_gates(counts, gate_set) for counts in found]
    return Census(
        mean={name: fmean(counts[name] for counts in found) for name in COUNTS},
        two_qubit_gates=fmean(gates),
        two_qubit_spread=pstdev(gates),
        paths=len(drawn),
    )


def path_counts(runs: Sequence[Run], s: Sequence[int], layout: str, gate_set: str, connectivity: str) -> dict[str, int]:
    """The COUNTS of the circuit for one path; `runs` in the order of their layers (`plait.models.echo.layers`)."""
    plan = plan_echo(runs, s, layout, gate_set, connectivity)
    blocks = count_blocks(plan.runs)
    written = len(plan.fan_out) - plan.absorbed
    return {
        "r_full": blocks.full_easy + blocks.full_hard,
        "r_hard": blocks.full_hard,
        "r_one": blocks.one_easy + blocks.one_hard,
        "r_half": blocks.one_easy,
        "f": len(plan.fan_in) + written,
        "D_b": block_depth(plan.runs, gate_set),
        "d_f": fan_layers(plan, connectivity),
    }


def two_qubit_gates(counts: Mapping[str, float], gate_set: str) -> float:
    """Two-qubit gates from the counts: the formula of the cost model."""
    if gate_set == "rzz":
        return 3 * counts["r_full"] + counts["r_one"] + counts["f"]
    return 3 * counts["r_full"] + counts["r_hard"] + 2 * counts["r_one"] - counts["r_half"] + counts["f"]


def one_qubit_gates(counts: Mapping[str, float], gate_set: str) -> float:
    """PhasedX pulses from the counts: the formula of the cost model."""
    blocks = two_qubit_gates(counts, gate_set) - counts["f"] + counts["r_full"] + counts["r_one"]
    return blocks + 2 + (0 if gate_set == "cx" else 2 * counts["f"])


def fan_layers(plan: EchoPlan, connectivity: str) -> int:
    """Two-qubit layers of the fan-out, in and out."""
    undone = plan.fan_out[: len(plan.fan_out) - plan.absorbed]
    if connectivity == "all":
        return sum(math.ceil(math.log2(len(gates) + 1)) for gates in (plan.fan_in, undone))
    # A ladder of one gate after the other; then the zeros below its end are cleared side by side.
    ladders = [max((target for _, target in gates), default=1) - 1 for gates in (plan.fan_in, undone)]
    return sum(rungs + (len(gates) > rungs) for rungs, gates in zip(ladders, (plan.fan_in, undone), strict=True))
