"""Contraction trees for face networks: find one, cost it, run it.

effort 0: Rust random greedy (32 trials) and subtree reconfiguration. effort 1, 2: annealing from the greedy tree, many
times over; the objective decides between the best trees, by exact counts at effort 2.
The representation is worth 3 to 9 decades and the optimiser up to 1.6 (CLASSICAL notes, measured).
"""

import math
import os
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from plait.models.braid import check_int
from plait.models.constrained_count import Tree, constrained_bytes
from plait.models.errors import PlaitError, shown
from plait.models.gpu import check_gpu, dense_on_gpu, gpu_room
from plait.models.slicing import LoopedCosts, Slices, looped_costs
from plait.models.slicing_choice import choose_slices
from plait.models.tree_store import StoredTree, TreeStore, tree_key

if TYPE_CHECKING:
    from plait.models.anneal import Repeat
    from plait.models.face import FaceNetwork

Path = tuple[tuple[int, int], ...]

GREEDY_TRIALS = 32
QUICK_TRIALS = 8
"""Trials of greedy alone."""
GREEDY_START = 4
"""Trials of greedy before annealing: where it starts hardly matters."""
SUBTREE_SIZE = 8
DENSE_BYTES_PER_ENTRY = 16
ENTRY_BYTES = {"complex128": 16, "complex64": 8}
DEFAULT_MEMORY = 8 * 2**30
"""Bytes a contraction may take unless the caller says otherwise."""
DENSE_UP_TO = 10**5
"""Dense multiply-adds up to which plain numpy contraction is not worth leaving."""
NO_SLICES = Slices()
OBJECTIVES = ("operations", "dense", "seconds")
BUDGET_SECONDS = 60.0
"""Of effort 2, unless the caller says otherwise."""
COLD_SHARE = 0.4
"""Of that, for long annealing from the greedy tree; then what effort 1 does, then annealing again from the best."""
FINALISTS = 6
"""Annealed trees of effort 2 that are counted exactly: the annealer's own cost is good to hundredths of a decade."""
ROUNDS = {1: 2, 2: 8}
"""Times the best trees are annealed again with their loops, where memory is short, by effort."""
MARGIN = 1.25
"""Memory set aside over what the entries take, as `constrained_bytes` has it."""


@dataclass(frozen=True, kw_only=True)
class ContractionPlan:
    """A contraction tree for one network.

    Args:
        network: what is contracted.
        path: pairs of node ids; leaves are 0..N-1, step k makes node N+k (single static assignment).
        effort: search effort it was found with.
        seed: of the search.
        objective: of the search, one of OBJECTIVES.
        slices: heights to loop over (`plait.models.slicing`): less memory, more operations.
        repeats: log2 of the annealer's cost of every repeat, in the order of the seeds: their spread says what more
            repeats may bring. Empty at effort 0.
        asked: repeats asked for; a budget may have let fewer happen.
        cached: whether the tree came from a store.
    """

    network: "FaceNetwork"
    path: Path
    effort: int
    seed: int
    objective: str = "operations"
    slices: Slices = NO_SLICES
    repeats: tuple[float, ...] = ()
    asked: int = 0
    cached: bool = False

    @cached_property
    def _costs(self) -> LoopedCosts:
        return looped_costs(self.network.inputs, self.network.constraints, self.path, self.slices)

    def costs(self) -> LoopedCosts:
        """Exact counts: dense and constrained operations (complex multiply-adds), sizes, writes, passes of loops."""
        return self._costs

    @cached_property
    def planned_steps(self) -> int:
        """Steps that are planned, not run densely: each takes a time of its own (`plait.models.constrained_steps`)."""
        from plait.models.constrained_steps import step_counts

        return step_counts(self.network.inputs, self.network.constraints, self.path).packed

    def peak_bytes(self, dtype: str = "complex128") -> int:
        """Memory to set aside for the constrained contraction."""
        return constrained_bytes(self.costs(), entry=entry_bytes(dtype))

    def sliced(self, max_bytes: float, dtype: str = "complex128") -> "ContractionPlan":
        """This plan, with loops over heights so that the constrained contraction fits a memory.

        Args:
            max_bytes: what it may take, margin included.
            dtype: as for `contract`.

        Raises:
            PlaitError: unknown dtype, or no loops are found that bring it down to that.

        >>> from plait.models import Braid, Closure, face_network
        >>> plan = face_network(Braid.brickwall(30, 40), Closure.MARKOV).search()
        >>> small = plan.sliced(plan.peak_bytes() / 2)
        >>> small.peak_bytes() <= plan.peak_bytes() / 2, 1 < small.costs().overhead < 4
        (True, True)
        """
        if self.peak_bytes(dtype) <= max_bytes:
            return self
        net = self.network
        entries = max_bytes * self.costs().peak_entries / self.peak_bytes(dtype)
        slices = choose_slices(net.inputs, net.constraints, self.path, math.floor(entries))
        plan = None if slices is None else replace(self, slices=slices)
        if plan is None or plan.peak_bytes(dtype) > max_bytes:
            raise PlaitError(
                f"this contraction would take about {_gib(self.peak_bytes(dtype))}, and no loops over heights bring it "
                f"down to {_gib(max_bytes)}; raise the limit (--memory) or search longer (--effort)"
            )
        return plan

    def contract(
        self,
        *,
        constrained: bool | None = None,
        memory: float | None = None,
        threads: int = 1,
        max_bytes: float | None = None,
        dtype: str = "complex128",
        device: str = "cpu",
        progress: Callable[[int, int], object] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_seconds: float = 300.0,
    ) -> complex:
        """Run the contraction; returns the normalised value E.

        Args:
            constrained: store and multiply only configurations without adjacent zeros; None picks the cheaper.
            memory: bytes this may take; checked against the exact prediction before anything is allocated. Defaults to
                8 GiB, on a GPU to what is free there.
            threads: of the constrained kernel.
            max_bytes: loop over heights until it fits (`sliced`), instead of refusing. Defaults to None (refuse).
            dtype: complex128, or complex64: half the memory, relative error about 1e-5. Dense contractions on the CPU
                are in complex128.
            device: "cpu", or "gpu": the large steps run there, and the memory is the GPU's, looped over heights (or, if
                dense, sliced by cotengra) until it fits.
            progress: of the constrained contraction: called with the operations done and all operations.
            checkpoint: file the constrained contraction goes on from, and saves to (`plait.models.constrained`).
            checkpoint_seconds: from one save to the next.

        Raises:
            PlaitError: the prediction exceeds the memory, unknown dtype, or an unusable checkpoint.
        """
        check_gpu(device)
        if device == "gpu":
            max_bytes = min(x for x in (gpu_room(), memory, max_bytes) if x is not None)
            if constrained is False and self.path:
                return dense_on_gpu(_dense_tree(self.network, self.path), self.network.arrays, dtype, max_bytes)
            constrained = constrained is not False
        costs, allowed = self.costs(), max_bytes or memory or DEFAULT_MEMORY
        dense_need = DENSE_BYTES_PER_ENTRY * 3 * 2**costs.dense_width
        if constrained is None:
            constrained = costs.dense_operations > DENSE_UP_TO or (max_bytes is not None and dense_need > allowed)
        plan = self.sliced(max_bytes, dtype) if constrained and max_bytes is not None else self
        need = plan.peak_bytes(dtype) if constrained else dense_need
        if need > allowed:
            raise PlaitError(
                f"this contraction would take about {_gib(need)}, more than the {_gib(allowed)} allowed; raise the "
                "limit (--memory) or search longer (--effort)"
            )
        if constrained:
            from plait.models.constrained import contract_constrained

            net = self.network
            return contract_constrained(
                net.inputs,
                net.arrays,
                net.constraints,
                self.path,
                net.order_key,
                slices=plan.slices,
                dtype=dtype,
                threads=threads,
                device=device,
                progress=progress,
                checkpoint=checkpoint,
                checkpoint_seconds=checkpoint_seconds,
            )
        if not self.path:
            return complex(self.network.arrays[0].sum())
        return complex(_dense_tree(self.network, self.path).contract(self.network.arrays))


def entry_bytes(dtype: str) -> int:
    """Bytes of one entry.

    Raises:
        PlaitError: unknown number type.

    >>> entry_bytes("complex64")
    8
    """
    if dtype not in ENTRY_BYTES:
        raise PlaitError(f"dtype = {shown(dtype)} is not a number type; known: {', '.join(ENTRY_BYTES)}")
    return ENTRY_BYTES[dtype]


def _gib(size: float) -> str:
    """Bytes in words; a count of any size.

    >>> _gib(2**31), _gib(2**5000)
    ('2 GiB', '2^4970 GiB')
    """
    return f"{size / 2**30:.3g} GiB" if size < 2.0**1000 else f"2^{math.log2(size) - 30:.0f} GiB"


def search(
    network: "FaceNetwork",
    *,
    effort: int = 0,
    seed: int = 0,
    threads: int = 1,
    objective: str = "operations",
    memory: float = DEFAULT_MEMORY,
    budget: float | None = None,
    repeats: int | None = None,
    size_cap: float | None = None,
    store: TreeStore | None = None,
) -> ContractionPlan:
    """Find a contraction tree.

    Args:
        network: any face network.
        effort: 0 (well under a second), 1 (seconds), 2 (up to `budget`).
        seed: of every random choice; the same seed and number of repeats done give the same tree, whatever the threads.
        threads: annealing runs at once, at effort 1 and 2.
        objective: "operations" (constrained), "dense" (operations over all configurations), or "seconds" under a
            memory: the fewest constrained operations once loops over heights have made the contraction fit `memory`.
        memory: bytes, for the objective "seconds".
        budget: seconds of annealing, for effort 1 and 2. Defaults to None: no limit at effort 1, BUDGET_SECONDS at 2.
        repeats: annealing runs. Defaults to None: 12 at effort 1, 32 at 2.
        size_cap: log2 of the entries an intermediate may have without penalty, for effort 1 and 2. Defaults to None.
        store: trees of effort 1 and 2 found before, and kept for later. Defaults to None.

    Raises:
        PlaitError: an argument out of range, or no loops make the contraction fit `memory` (objective "seconds").
    """
    check_int("effort", effort, 0, 2)
    check_int("seed", seed, 0, 2**31 - 1)
    if objective not in OBJECTIVES:
        raise PlaitError(f"objective = {shown(objective)} is not an objective; known: {', '.join(OBJECTIVES)}")
    if repeats is not None:
        check_int("repeats", repeats, 1, 10**6)
    question = {
        "effort": effort,
        "seed": seed,
        "objective": objective,
        "memory": memory if objective == "seconds" else None,
        "budget": budget,
        "repeats": repeats,
        "size_cap": size_cap,
    }
    key = tree_key(network.inputs, network.constraints, question) if store is not None and effort else ""
    found = store.load(key, network.inputs, network.constraints) if store is not None and key else None
    cached = found is not None
    if found is None:
        plan = _searched(network, effort, seed, threads, objective, memory, budget, repeats, size_cap)
        found = StoredTree(path=plan.path, slices=plan.slices, repeats=plan.repeats, asked=plan.asked)
        if store is not None and key:
            store.save(key, found)
    return ContractionPlan(
        network=network,
        path=found.path,
        effort=effort,
        seed=seed,
        objective=objective,
        slices=found.slices,
        repeats=found.repeats,
        asked=found.asked,
        cached=cached,
    )


def greedy(network: "FaceNetwork", seed: int = 0) -> ContractionPlan:
    """A tree by greedy choices alone, in a millisecond or a few: for networks that contract in no time along any tree.

    Up to a decade more operations than effort 0 finds in 30 to 50 ms more.

    >>> from plait.models import Braid, Closure, face_network
    >>> network = face_network(Braid.brickwall(24, 8), Closure.MARKOV)
    >>> abs(greedy(network).contract() - network.search().contract()) < 1e-15
    True
    """
    few = len(network.inputs) < 3
    path = (((0, 1),) if len(network.inputs) == 2 else ()) if few else _greedy(network, seed, QUICK_TRIALS)
    return ContractionPlan(network=network, path=path, effort=0, seed=seed)


def _searched(
    network: "FaceNetwork",
    effort: int,
    seed: int,
    threads: int,
    objective: str,
    memory: float,
    budget: float | None,
    repeats: int | None,
    size_cap: float | None,
) -> ContractionPlan:
    plan = ContractionPlan(network=network, path=(), effort=effort, seed=seed, objective=objective)
    if len(network.inputs) < 3:
        plan = replace(plan, path=((0, 1),) if len(network.inputs) == 2 else ())
    elif effort == 0:
        plan = replace(plan, path=_reconfigured(network, _greedy(network, seed, GREEDY_TRIALS)))
    else:
        from plait.models.anneal import anneal_many, default_moves, default_seeds
        from plait.models.anneal_again import anneal_again
        from plait.models.memory_search import caps

        began, start = time.monotonic(), _greedy(network, seed, GREEDY_START)
        moves, seeds = default_moves(len(network.inputs), effort), default_seeds(effort, seed)
        if repeats is not None:
            seeds = range(seed, seed + repeats)
        if budget is None and effort == 2:
            budget = BUDGET_SECONDS
        within = caps(_entries(memory)) if objective == "seconds" and size_cap is None else size_cap
        again = effort == 2 and repeats is None
        share = budget and (COLD_SHARE * budget if again else budget)
        done = anneal_many(
            network.inputs, start, moves=moves, seeds=seeds, threads=threads, size_cap=within, budget=share
        )
        plan = replace(plan, repeats=tuple(repeat.cost for repeat in done), asked=len(seeds))
        if again:
            short, own = default_moves(len(network.inputs), 1), default_seeds(1, seed)
            done += anneal_many(network.inputs, start, moves=short, seeds=own, threads=threads, size_cap=within)
            left = budget and max(0.0, began + budget - time.monotonic())
            done += anneal_again(
                network.inputs, done, seed=seed + len(seeds), threads=threads, size_cap=size_cap, budget=left
            )
        return _best(plan, done, memory, threads)
    return plan.sliced(memory) if objective == "seconds" else plan


def _entries(memory: float) -> int:
    """Entries of complex128 that a constrained contraction may hold at once in a memory.

    >>> _entries(200)
    10
    """
    return math.floor(memory / (DENSE_BYTES_PER_ENTRY * MARGIN))


def _best(plan: ContractionPlan, done: "Sequence[Repeat]", memory: float, threads: int) -> ContractionPlan:
    """The best of the annealed trees by the objective; ties go to the annealer's cost, then to the earlier seed."""
    if plan.objective == "dense":
        paths = [tuple(repeat.path()) for repeat in done]
        return replace(plan, path=min(paths, key=lambda path: _dense_operations(plan.network, path)))
    by_cost = {repeat.cost: repeat for repeat in reversed(done)}  # equal costs are mostly equal trees: the earlier
    finalists = [by_cost[cost] for cost in sorted(by_cost)[: FINALISTS if plan.effort == 2 else 1]]
    plans = [replace(plan, path=tuple(repeat.path())) for repeat in finalists]
    if plan.objective == "seconds" and any(one.peak_bytes() > memory for one in plans):
        return _within(plan, [tuple(repeat.path()) for repeat in done], memory, threads)
    return plans[0] if len(plans) == 1 else min(plans, key=lambda one: one.costs().operations)


def _within(plan: ContractionPlan, paths: Sequence[Path], memory: float, threads: int) -> ContractionPlan:
    """The fewest operations of trees with loops that fit a memory, from annealed trees that mostly do not."""
    from plait.models.memory_search import annealed_again, fitted

    net, entries = plan.network, _entries(memory)
    found = fitted(net.inputs, net.constraints, paths, entries, threads)
    if not found:
        return replace(plan, path=paths[0]).sliced(memory)  # says what is missing
    best = annealed_again(
        net.inputs, net.constraints, found, entries, rounds=ROUNDS[plan.effort], seed=plan.seed, threads=threads
    )[0]
    return replace(plan, path=best.path, slices=best.slices)


def _dense_operations(network: "FaceNetwork", path: Path) -> int:
    tree = Tree.of(network.inputs, (), path)
    masks = tree.masks()
    return sum(1 << (masks[a] | masks[b]).bit_count() for a, b in path)


def _label(index: int) -> str:
    return chr(192 + index)  # subtree reconfiguration wants single characters


def _greedy(network: "FaceNetwork", seed: int, trials: int) -> Path:
    import cotengrust

    path, _ = cotengrust.optimize_random_greedy_track_flops(
        [[_label(i) for i in t] for t in network.inputs],
        [],
        {_label(i): 2.0 for i in network.sizes},
        ntrials=trials,
        seed=seed,
        simplify=True,
        use_ssa=True,
    )
    # Every group makes one new id there; here only a pair does (a group may also be one tensor, or several).
    node = list(range(len(network.inputs)))
    pairs: list[tuple[int, int]] = []
    for group in path:
        ids = [node[k] for k in group]
        while len(ids) > 1:
            pairs.append((ids.pop(), ids.pop()))
            ids.append(len(network.inputs) + len(pairs) - 1)
        node.append(ids[0])
    return tuple(pairs)


def _dense_tree(network: "FaceNetwork", path: Sequence[tuple[int, int]]) -> Any:
    import cotengra

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that kahypar is absent; it is not used
        return cotengra.ContractionTree.from_path(
            [tuple(map(_label, t)) for t in network.inputs],
            (),
            {_label(i): 2 for i in network.sizes},
            ssa_path=path,
        )


def _reconfigured(network: "FaceNetwork", path: Path) -> Path:
    """Subtree reconfiguration of the greedy tree."""
    tree = _dense_tree(network, path)
    tree.subtree_reconfigure_(subtree_size=SUBTREE_SIZE, minimize="flops", maxiter=50)
    return tuple((int(a), int(b)) for a, b in tree.get_ssa_path())
