"""Contraction trees for face networks: find one, cost it, run it.

effort 0: Rust random greedy (32 trials) and subtree reconfiguration. effort 1, 2: annealing from the greedy tree.
The representation is worth 3 to 9 decades and the optimiser up to 1.6 (CLASSICAL notes, measured).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from plait.models.braid import check_int
from plait.models.constrained_count import ConstrainedCosts, constrained_bytes, constrained_costs
from plait.models.errors import PlaitError

if TYPE_CHECKING:
    from plait.models.face import FaceNetwork

Path = tuple[tuple[int, int], ...]

GREEDY_TRIALS = 32
GREEDY_START = 4
"""Trials of greedy before annealing: where it starts hardly matters."""
SUBTREE_SIZE = 8
DENSE_BYTES_PER_ENTRY = 16
DEFAULT_MEMORY = 8 * 2**30
"""Bytes a contraction may take unless the caller says otherwise."""


@dataclass(frozen=True, kw_only=True)
class ContractionPlan:
    """A contraction tree for one network.

    Args:
        network: what is contracted.
        path: pairs of node ids; leaves are 0..N-1, step k makes node N+k (single static assignment).
        effort: search effort it was found with.
        seed: of the search.
    """

    network: "FaceNetwork"
    path: Path
    effort: int
    seed: int

    @cached_property
    def _costs(self) -> ConstrainedCosts:
        return constrained_costs(self.network.inputs, self.network.constraints, self.path)

    def costs(self) -> ConstrainedCosts:
        """Exact counts of this tree: dense and constrained operations (complex multiply-adds), sizes, writes."""
        return self._costs

    def contract(self, *, constrained: bool | None = None, memory: float = DEFAULT_MEMORY, threads: int = 1) -> complex:
        """Run the contraction; returns the normalised value E.

        Args:
            constrained: store and multiply only configurations without adjacent zeros; None picks the cheaper.
            memory: bytes this may take; checked against the exact prediction before anything is allocated.
            threads: of the constrained kernel.

        Raises:
            PlaitError: the prediction exceeds `memory`.
        """
        costs = self.costs()
        if constrained is None:
            constrained = costs.dense_operations > DENSE_UP_TO
        need = constrained_bytes(costs) if constrained else DENSE_BYTES_PER_ENTRY * 3.0 * 2.0**costs.dense_width
        if need > memory:
            raise PlaitError(
                f"this contraction would take about {need / 2**30:.3g} GiB, more than the {memory / 2**30:.3g} GiB "
                "allowed; raise the limit (--memory) or search longer (--effort)"
            )
        if constrained:
            from plait.models.constrained import contract_constrained

            net = self.network
            return contract_constrained(
                net.inputs, net.arrays, net.constraints, self.path, net.order_key, threads=threads
            )
        if not self.path:
            return complex(self.network.arrays[0].sum())
        return complex(_dense_tree(self.network, self.path).contract(self.network.arrays))


DENSE_UP_TO = 10**5
"""Dense multiply-adds up to which plain numpy contraction is not worth leaving."""


def search(network: "FaceNetwork", *, effort: int = 0, seed: int = 0, threads: int = 1) -> ContractionPlan:
    """Find a contraction tree.

    Args:
        network: any face network.
        effort: 0 (well under a second), 1 (seconds), 2 (up to a minute).
        seed: of every random choice; the same seed gives the same tree, whatever the threads.
        threads: for the annealing seeds of effort 1 and 2.

    Raises:
        PlaitError: effort or seed out of range.
    """
    check_int("effort", effort, 0, 2)
    check_int("seed", seed, 0, 2**31 - 1)
    if len(network.inputs) < 3:
        path: Sequence[tuple[int, int]] = ((0, 1),) if len(network.inputs) == 2 else ()
    else:
        path = _greedy(network, seed, GREEDY_TRIALS if effort == 0 else GREEDY_START)
        if effort == 0:
            path = _reconfigured(network, path)
        else:
            from plait.models.anneal import anneal_best, default_moves, default_seeds

            moves = default_moves(len(network.inputs), effort)
            path = anneal_best(network.inputs, path, moves=moves, seeds=default_seeds(effort, seed), threads=threads)
    return ContractionPlan(network=network, path=tuple(path), effort=effort, seed=seed)


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
