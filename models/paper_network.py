"""The published networks of arXiv:2503.05625, built afresh: what a comparison runs against, never what an answer uses.

paper-tn-proj: one dense six-leg tensor per crossing on the n + 1 qubits of the path basis, then a two-qubit projector
on all pairs of neighbours, then the trace. paper-bracket: one four-leg tensor per crossing on the n strands, Kauffman's
state sum as a vertex model of bond 2. paper-mpo-proj: the first of these as a matrix product operator, compressed as a
whole after every crossing. All three give the normalised value E of the Markov closure, the only one published.
Nothing is merged, absorbed or simplified, as published.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from plait.models.braid import Braid, check_int
from plait.models.errors import PlaitError
from plait.models.fibonacci import PHI, A, crossing_matrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.complex128]
    Gate = tuple[int, Array]  # first wire; array with one axis per wire out, then one per wire in

MAX_LETTERS = 50_000
"""Guard: longer words are refused before anything is built."""
REPEATS = 128
"""Published number of search trials."""
PUBLISHED_METHODS = ("kahypar", "greedy")
PUBLISHED_OPTLIB = "optuna"
SUBSTITUTE_METHODS = ("labels", "greedy")
SUBSTITUTE_OPTLIB = "random"
"""cotengra's own partitioner and sampler, for environments without kahypar and optuna."""
DENSE_COPIES = 3
BYTES_PER_ENTRY = 16
DEFAULT_MEMORY = 8 * 2**30


@dataclass(frozen=True, kw_only=True)
class PaperNetwork:
    """A closed network with every index of size 2 and on exactly two tensors; its contraction is E.

    Args:
        inputs: per tensor, its index ids (0-based).
        arrays: per tensor, complex128, one axis of size 2 per index.
    """

    inputs: tuple[tuple[int, ...], ...]
    arrays: "tuple[Array, ...]"

    def search(
        self,
        *,
        repeats: int = REPEATS,
        max_seconds: float | None = None,
        methods: Sequence[str] | None = None,
        optlib: str | None = None,
        refine: bool = True,
        seed: int = 0,
    ) -> "PaperPlan":
        """Search as published: cotengra's hyper-optimiser for least operations, no slicing, one process.

        Published: methods kahypar and greedy, optuna, 128 trials, no seed, no time limit. Since cotengra 0.8 the same
        call also refines every trial by subtree reconfiguration, which 0.6 and 0.7, of the time, did not: the default
        gives the published setting today's better search.

        Args:
            repeats: trials at most.
            max_seconds: no trial starts later than this; None sets no limit.
            methods: of cotengra; None: the published ones if both kahypar and optuna are installed, else
                SUBSTITUTE_METHODS.
            optlib: cotengra's sampler of settings; None goes with what is installed.
            refine: subtree reconfiguration of every trial; False is the search as it ran then.
            seed: of the sampler of settings. Trials draw random numbers of their own, as published.

        Raises:
            PlaitError: repeats or seed out of range, or no trial succeeded.
        """
        import cotengra

        check_int("repeats", repeats, 1, 10**6)
        check_int("seed", seed, 0, 2**31 - 1)
        published = published_search_installed()
        methods = tuple(methods or (PUBLISHED_METHODS if published else SUBSTITUTE_METHODS))
        optlib = optlib or (PUBLISHED_OPTLIB if published else SUBSTITUTE_OPTLIB)
        options = {"optuna": {"sampler_opts": {"seed": seed}}, "random": {"seed": seed}}.get(optlib, {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cotengra warns of absent optional packages
            optimizer = cotengra.HyperOptimizer(
                methods=list(methods),
                minimize="flops",
                optlib=optlib,
                optlib_opts=options,
                max_repeats=repeats,
                max_time=max_seconds,
                parallel=False,
                simulated_annealing_opts=None,
                slicing_opts=None,
                slicing_reconf_opts=None,
                reconf_opts={} if refine else None,
                on_trial_error="raise",
                progbar=False,
            )
            tree = optimizer.search(*_labelled(self.inputs))
        return PaperPlan(
            network=self,
            path=tuple((int(a), int(b)) for a, b in tree.get_ssa_path()),
            trials=len(optimizer.scores),
            methods=methods,
            optlib=optlib,
        )


@dataclass(frozen=True, kw_only=True)
class PaperCosts:
    """What one contraction tree costs, in both units in use.

    Args:
        multiply_adds: complex multiply-adds, cotengra's `total_flops` (the unit of the published bracket data).
        opt_einsum_cost: opt_einsum's `opt_cost` (the unit of the published tn-proj data): 2 per multiply-add that sums.
        width: log2 of the largest intermediate, in elements.
    """

    multiply_adds: int
    opt_einsum_cost: int
    width: float


@dataclass(frozen=True, kw_only=True)
class PaperPlan:
    """A contraction tree for a published network.

    Args:
        network: what is contracted.
        path: pairs of node ids; leaves are 0..N-1, step k makes node N+k.
        trials: trials that were made.
        methods: of the search.
        optlib: sampler of the search.
    """

    network: PaperNetwork
    path: tuple[tuple[int, int], ...]
    trials: int
    methods: tuple[str, ...]
    optlib: str

    @cached_property
    def _tree(self) -> Any:
        import cotengra

        return cotengra.ContractionTree.from_path(*_labelled(self.network.inputs), ssa_path=self.path)

    def costs(self) -> PaperCosts:
        """Counts of this tree."""
        left: list[set[int]] = [set(indices) for indices in self.network.inputs]
        opt_einsum = 0
        for a, b in self.path:
            union, kept = left[a] | left[b], left[a] ^ left[b]
            opt_einsum += 2 ** len(union) * (1 + (kept != union))
            left.append(kept)
        return PaperCosts(
            multiply_adds=int(self._tree.total_flops()),
            opt_einsum_cost=opt_einsum,
            width=float(self._tree.contraction_width()),
        )

    def contract(self, *, memory: float = DEFAULT_MEMORY) -> complex:
        """Run the contraction; returns the normalised value E.

        Raises:
            PlaitError: it would need more than `memory` bytes.
        """
        need = DENSE_COPIES * BYTES_PER_ENTRY * 2.0 ** self.costs().width
        if need > memory:
            raise PlaitError(
                f"this contraction would take about {need / 2**30:.3g} GiB, more than the {memory / 2**30:.3g} GiB "
                "allowed; raise the limit, or use the face network"
            )
        if not self.path:
            return complex(self.network.arrays[0].sum())
        return complex(self._tree.contract(self.network.arrays))


def published_search_installed() -> bool:
    """True if kahypar and optuna are there, so that the published search can run."""
    return all(find_spec(name) is not None for name in ("kahypar", "optuna"))


def projector_network(braid: Braid) -> PaperNetwork:
    """The published tn-proj network of the Markov closure: m + n tensors.

    Args:
        braid: at least 2 strands, at most MAX_LETTERS letters.

    Raises:
        PlaitError: fewer strands or more letters.

    >>> network = projector_network(Braid(strands=3, word=(1, -2, 1, -2)))
    >>> len(network.inputs), abs(network.search(repeats=2).contract() - (-0.4721359549996)) < 1e-12
    (7, True)
    """
    _check(braid)
    gates = [(abs(letter) - 1, _generator(1 if letter > 0 else -1)) for letter in braid.word]
    gates += [(wire, projector) for wire, projector in enumerate(_projectors(braid.strands))]
    return _traced(braid.strands + 1, gates, PHI**-braid.strands)


def bracket_network(braid: Braid) -> PaperNetwork:
    """The bracket of the Markov closure as a network of bond 2: m tensors, one per crossing.

    With M = ((0, iA), (-i/A, 0)) as cup and as cap, a crossing is A 1 + A^-1 M M, a circle is worth -A^2 - A^-2 = phi
    and a closed strand carries diag(-A^2, -A^-2). The published estimate counted a network of this shape.

    Args:
        braid: at least 2 strands, at most MAX_LETTERS letters.

    Raises:
        PlaitError: fewer strands or more letters.

    >>> network = bracket_network(Braid(strands=3, word=(1, -2, 1, -2)))
    >>> len(network.inputs), abs(network.search(repeats=2).contract() - (-0.4721359549996)) < 1e-12
    (4, True)
    """
    import numpy as np

    _check(braid)
    closing = np.array([-(A**2), -(A**-2)])
    gates, seen = [], set()
    for letter in braid.word:
        i = abs(letter)
        array = _vertex(letter > 0)
        if i not in seen:
            array = array * closing[:, None]
        if i + 1 not in seen:
            array = array * closing
        seen |= {i, i + 1}
        gates.append((i - 1, array))
    return _traced(braid.strands, gates, PHI**-braid.strands, circle=PHI)


def projector_mpo_value(braid: Braid, *, max_bond: int | None = None, cutoff: float = 1e-10) -> tuple[complex, int]:
    """E and the largest bond by the published mpo-proj route: quimb compresses the whole operator after every crossing.

    Args:
        braid: at least 2 strands, at most MAX_LETTERS letters.
        max_bond: truncation; None keeps the operator exact to `cutoff`.
        cutoff: share of a bond's largest singular value below which one is dropped (quimb's default).

    Raises:
        PlaitError: fewer strands or more letters.

    >>> value, bond = projector_mpo_value(Braid(strands=3, word=(1, -2, 1, -2)))
    >>> abs(value - (-0.4721359549996)) < 1e-9, bond
    (True, 5)
    """
    import quimb.tensor as qtn

    _check(braid)
    wires = braid.strands + 1
    gates = [(abs(letter) - 1, _generator(1 if letter > 0 else -1)) for letter in braid.word]
    gates += list(enumerate(_projectors(braid.strands)))
    operator: Any = None
    bond = 1
    for first, array in gates:
        legs = array.ndim // 2
        sites = range(first, first + legs)
        layer = qtn.MatrixProductOperator.from_dense(array.reshape(2**legs, 2**legs), L=wires, sites=sites)
        layer = layer.fill_empty_sites()
        operator = layer if operator is None else layer.apply(operator, compress=True, max_bond=max_bond, cutoff=cutoff)
        bond = max(bond, operator.max_bond())
    return complex(operator.trace()) * PHI**-braid.strands, int(bond)


def _check(braid: Braid) -> None:
    if braid.strands < 2:
        raise PlaitError(f"strands = {braid.strands}: the published networks need at least 2 strands")
    if braid.crossings > MAX_LETTERS:
        raise PlaitError(
            f"the braid has {braid.crossings} letters; the published networks are limited to {MAX_LETTERS}"
        )


def _generator(power: int) -> "Array":
    """sigma^power on three qubits, axes (a', b', c', a, b, c); zero outside the path basis."""
    import numpy as np

    return np.asarray(np.einsum("apbc,ax,cy->apcxby", crossing_matrix(power), np.eye(2), np.eye(2)))


def _projectors(strands: int) -> "list[Array]":
    """Per pair of neighbours q_j, q_{j+1}, axes (out, out, in, in): q_0 q_1 = 01, no 00, and the weight phi^{q_n}."""
    import numpy as np

    out = []
    for wire in range(strands):
        allowed = np.array([[0.0, 1.0], [1.0, 1.0]], complex)
        if wire == 0:
            allowed[1] = 0
        if wire == strands - 1:
            allowed *= [1, PHI]
        out.append(np.einsum("ab,ax,by->abxy", allowed, np.eye(2), np.eye(2)))
    return out


def _vertex(positive: bool) -> "Array":
    """A 1 + A^-1 E, or its inverse, on two strands; axes (left out, right out, left in, right in)."""
    import numpy as np

    a = A if positive else A.conjugate()
    bend = np.array([[0, 1j * A], [-1j / A, 0]])
    return np.asarray(a * np.einsum("ac,bd->abcd", np.eye(2), np.eye(2)) + np.einsum("ab,cd->abcd", bend, bend) / a)


def _traced(wires: int, gates: "Iterable[Gate]", scale: complex, circle: complex = 2) -> PaperNetwork:
    """Gates in order, last wires joined to first ones; a wire without a gate is worth `circle`."""
    import numpy as np

    now, fresh = list(range(wires)), wires
    tensors: list[tuple[list[int], Array]] = []
    for first, array in gates:
        span = slice(first, first + array.ndim // 2)
        out = list(range(fresh, fresh + array.ndim // 2))
        fresh += len(out)
        tensors.append((out + now[span], array))
        now[span] = out
    scale *= circle ** sum(now[wire] == wire for wire in range(wires))
    joined = {last: wire for wire, last in enumerate(now)}
    closed = [_own_trace([joined.get(index, index) for index in indices], array) for indices, array in tensors]
    closed = closed or [([], np.ones((), complex))]
    closed[0] = (closed[0][0], closed[0][1] * scale)
    number = {index: k for k, index in enumerate(dict.fromkeys(i for indices, _ in closed for i in indices))}
    return PaperNetwork(
        inputs=tuple(tuple(number[index] for index in indices) for indices, _ in closed),
        arrays=tuple(np.asarray(array, complex) for _, array in closed),
    )


def _own_trace(indices: list[int], array: "Array") -> "tuple[list[int], Array]":
    """Sum over an index that meets its own tensor twice: a wire with a single gate."""
    import numpy as np

    once = [index for index in indices if indices.count(index) == 1]
    if len(once) == len(indices):
        return indices, array
    label = {index: chr(97 + k) for k, index in enumerate(dict.fromkeys(indices))}
    spec = "".join(label[index] for index in indices) + "->" + "".join(label[index] for index in once)
    return once, np.asarray(np.einsum(spec, array))


def _labelled(inputs: Sequence[Sequence[int]]) -> tuple[list[tuple[str, ...]], tuple[()], dict[str, int]]:
    """Inputs, output and sizes as cotengra takes them, with single characters for indices."""
    labels = [tuple(chr(192 + index) for index in indices) for indices in inputs]
    return labels, (), {label: 2 for indices in labels for label in indices}
