"""Rewriting a word for the echo circuit: the same operator on Fibonacci paths with fewer two-qubit gates.

Simulated annealing over words of runs. A move is a three-strand relation about one run, also where a neighbouring run
has first to be split, and powers count mod 10; see `plait.models.rewrite_kernel`. Nothing is conjugated and nothing
goes around the closure, so <s|U|s> stays the same for every s, phases included. The link need not: sigma^10 = 1 holds
at the fifth root of unity only, so take writhe and components from the given word.

Which words are cheap depends on the path s of the circuit, because known bits make runs cheap
(`plait.models.known_bits`): best is one word for each s. Source: own derivation.
"""

import random
from collections.abc import Sequence
from functools import lru_cache

from plait.models.braid import check_int, check_strands
from plait.models.echo_plan import GATE_SETS, count_blocks, plan_echo
from plait.models.errors import PlaitError, shown
from plait.models.fibonacci import is_path
from plait.models.paths import sample_path
from plait.models.runs import Run

STEPS = (0, 1_500, 15_000)
"""By effort: moves tried for each run.."""
VISITS = (0, 400_000_000, 4_000_000_000)
"""..while moves * runs * paths stay below this (about 7 s in 10^9)."""
HOT, COLD = 1.5, 0.5
"""First and last temperature, in gates."""
RUN_PRICE = 1.0
"""In gates: keeps runs that cost no gate from filling the word, and with it the depth."""
DRAWN_PATHS = (2, 16)
"""Fewest and most paths that stand for all of them where none is given.."""
DRAWN_RUNS = 2_000
"""..and in between this many runs in all: long words differ less from path to path."""


def rewrite_runs(
    runs: Sequence[Run],
    strands: int,
    s: Sequence[int] | None = None,
    *,
    gate_set: str = "rzz",
    output_zeros: bool = True,
    effort: int = 1,
    seed: int = 0,
) -> tuple[Run, ...]:
    """Runs with the same operator, phases included, and fewer two-qubit gates in the echo circuit.

    What is counted is the reduced layout with all-to-all coupling. The answer never has more gates than what was given
    (with s None, in the mean over the drawn paths); where nothing is gained it is what was given.

    Args:
        runs: of the word, in order.
        strands: n.
        s: the path of the circuit; None means one word for all paths of the Markov closure; 2 to 16 drawn ones
            stand for them.
        gate_set: "rzz", "cx", "cz" or "zzmax".
        output_zeros: as for `plait.models.echo.cfev_circuit`.
        effort: 0 nothing, 1 about 0.1 s at 15 strands and 70 runs, 3 s at 85 and 2,500, 2 ten times as long.
        seed: of the search and of the drawn paths; the same seed gives the same runs.

    Raises:
        PlaitError: s is no path, a run does not fit the strands, or an option is out of range.

    >>> rewrite_runs((Run(3, 1), Run(2, 1), Run(3, 1), Run(2, 1)), 5, (0, 1, 1, 1, 1, 1))
    (Run(position=2, power=1), Run(position=3, power=1), Run(position=2, power=2))
    """
    check_strands(strands)
    check_int("effort", effort, 0, len(STEPS) - 1)
    check_int("seed", seed, 0, 2**63 - 1)
    if gate_set not in GATE_SETS:
        raise PlaitError(f"gate_set = {shown(gate_set)} is not available; known: {', '.join(GATE_SETS)}")
    if s is not None and (not isinstance(s, Sequence) or len(s) != strands + 1 or not is_path(s)):
        raise PlaitError(
            f"s = {shown(s)} is no path: expected {strands + 1} bits s_0..s_{strands} that start 0, 1 "
            "and have no two adjacent zeros"
        )
    given = tuple(Run(*run) for run in runs)
    for place, run in enumerate(given):
        if not 1 <= run.position < strands or not 1 <= run.power <= 9:
            raise PlaitError(
                f"runs[{place}] = {tuple(run)}: expected a position 1..{strands - 1} and a power 1..9; "
                "merge_runs makes such runs"
            )
    if not given or effort == 0:
        return given
    rng = random.Random(seed)
    drawn = min(DRAWN_PATHS[1], max(DRAWN_PATHS[0], DRAWN_RUNS // len(given)))
    paths = [tuple(s)] if s is not None else [sample_path(strands, rng) for _ in range(drawn)]
    found = _annealed(given, paths, gate_set != "rzz", output_zeros, effort, seed)

    def cost(word: tuple[Run, ...]) -> tuple[int, int]:
        return sum(echo_gates(word, path, gate_set, output_zeros) for path in paths), len(word)

    return found if cost(found) < cost(given) else given


@lru_cache(maxsize=256)
def shortened(
    runs: tuple[Run, ...],
    strands: int,
    s: tuple[int, ...] | None,
    layout: str,
    gate_set: str,
    connectivity: str,
    output_zeros: bool,
    effort: int,
) -> tuple[Run, ...]:
    """`rewrite_runs` where it applies, kept for the circuits of one word that follow.

    The paper layout takes words as they are. On a line a word is searched for as if any qubits could meet.
    """
    check_int("effort", effort, 0, len(STEPS) - 1)
    if layout == "paper":
        return runs
    found = rewrite_runs(runs, strands, s, gate_set=gate_set, output_zeros=output_zeros, effort=effort)
    if connectivity == "all" or s is None:
        return found
    return min((runs, found), key=lambda word: echo_gates(word, s, gate_set, output_zeros, connectivity))


def echo_gates(
    runs: Sequence[Run], s: Sequence[int], gate_set: str = "rzz", output_zeros: bool = True, connectivity: str = "all"
) -> int:
    """Two-qubit gates of the echo circuit on the path s: reduced layout.

    >>> echo_gates((Run(2, 1), Run(3, 1)), (0, 1, 1, 1, 1, 1))
    4
    """
    plan = plan_echo(runs, s, "reduced", gate_set, connectivity, output_zeros)
    return count_blocks(plan.runs).two_qubit_gates(gate_set) + len(plan.fan_in) + len(plan.fan_out) - plan.absorbed


def _annealed(
    runs: tuple[Run, ...],
    paths: list[tuple[int, ...]],
    fixed: bool,
    output_zeros: bool,
    effort: int,
    seed: int,
) -> tuple[Run, ...]:
    import numpy as np

    from plait.models.rewrite_kernel import anneal, merge, work_space

    limit = 2 * len(runs) + 16
    word = np.zeros((2, limit + 5), dtype=np.int64)
    word[:, : len(runs)] = np.array(runs, dtype=np.int64).T
    space = work_space(len(paths[0]) - 1, limit + 5)
    state = np.array([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % 2**64 or 1], dtype=np.uint64)
    length = merge(word, len(runs), space[0])
    steps = min(STEPS[effort] * len(runs), VISITS[effort] // (len(runs) * len(paths)))
    tour = np.array(paths, dtype=np.int64)
    length = anneal(word, length, limit, tour, output_zeros, fixed, steps, HOT, COLD, RUN_PRICE, state, *space)
    return tuple(Run(position, power) for position, power in word[:, :length].T.tolist())
