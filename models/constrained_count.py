"""Exact cost of contracting a hypergraph network whose indices may not be 0 next to each other.

Every index takes the values 0 and 1; an edge joins two indices that must not both be 0. A tensor then needs only its
valid configurations stored, a contraction step only the valid configurations of its two operands' legs multiplied.
Counting them is counting independent sets (of zeros), exact here at any size.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from plait.models.errors import PlaitError
from plait.models.fibonacci import fibonacci

Pairs = Sequence[tuple[int, int]]

BYTES_PER_ENTRY = 16
"""One complex number in double precision."""


@dataclass(frozen=True, kw_only=True)
class ConstrainedCosts:
    """What one contraction tree costs, with the constraint and without.

    Args:
        operations: complex multiply-adds over valid configurations.
        largest: entries of the largest intermediate.
        peak_entries: most entries held at once, in the order the kernel works.
        dense_operations: complex multiply-adds over all configurations, sum of 2^legs of every step.
        dense_width: log2 of the largest dense intermediate.
        dense_writes: entries written by all dense steps together.
    """

    operations: int
    largest: int
    peak_entries: int
    dense_operations: int
    dense_width: int
    dense_writes: int


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A checked contraction tree: the legs of every node and the order to work in.

    Args:
        path: operands of step k, which makes node `leaves` + k.
        legs: indices of every node, leaves first. An index that only one tensor has is summed there at once and is
            nobody's leg.
        adjacent: for every index, the bit mask of the indices it must not share a 0 with.
    """

    path: tuple[tuple[int, int], ...]
    legs: tuple[tuple[int, ...], ...]
    adjacent: tuple[int, ...]

    @property
    def leaves(self) -> int:
        """Number of input tensors."""
        return len(self.legs) - len(self.path)

    @classmethod
    def of(cls, inputs: Sequence[Sequence[int]], edges: Pairs, path: Pairs) -> "Tree":
        """Check a network and a path, and find the legs of every node.

        Raises:
            PlaitError: no tensors, a repeated or negative index, an edge of unknown or equal indices, or a path that
                does not join every node exactly once.
        """
        if not inputs:
            raise PlaitError("the network has no tensors; expected at least one")
        for place, tensor in enumerate(inputs):
            if len(set(tensor)) != len(tensor) or min(tensor, default=0) < 0:
                raise PlaitError(
                    f"inputs[{place}] = {tuple(tensor)}: expected distinct indices from 0; take diagonals first"
                )
        leaves = len(inputs)
        everywhere = Counter(index for tensor in inputs for index in tensor)
        adjacent = [0] * (max(everywhere, default=-1) + 1)
        for i, k in edges:
            if i == k or i not in everywhere or k not in everywhere:
                raise PlaitError(f"edge ({i}, {k}): expected two different indices of the network")
            adjacent[i] |= 1 << k
            adjacent[k] |= 1 << i
        legs = [tuple(i for i in tensor if everywhere[i] > 1) for tensor in inputs]
        seen: list[dict[int, int] | None] = [dict.fromkeys(kept, 1) for kept in legs]  # None once used
        for step, (a, b) in enumerate(path):
            times, others = (seen[k] if 0 <= k < len(seen) else None for k in (a, b))
            if a == b or times is None or others is None:
                raise PlaitError(f"path[{step}] = ({a}, {b}): expected two nodes made before and not yet used")
            seen[a] = seen[b] = None
            if len(times) < len(others):
                times, others = others, times
            for i, count in others.items():
                times[i] = times.get(i, 0) + count
                if times[i] == everywhere[i]:
                    del times[i]
            seen.append(times)
            legs.append(tuple(times))
        if len(path) != leaves - 1:
            raise PlaitError(f"path has {len(path)} steps; {leaves} tensors need {leaves - 1}")
        return cls(path=tuple((a, b) for a, b in path), legs=tuple(legs), adjacent=tuple(adjacent))

    def masks(self) -> list[int]:
        """The legs of every node as a bit mask."""
        return [sum(1 << i for i in legs) for legs in self.legs]

    def operations(self) -> list[int]:
        """Valid configurations of both operands' legs together, for every step: its multiply-adds."""
        counter, masks = ValidCounter(self.adjacent), self.masks()
        return [counter.count(masks[a] | masks[b]) for a, b in self.path]

    def schedule(self) -> list[int]:
        """Nodes of all steps in working order.

        Of two operands the one that leaves less behind while the other peaks is made first, by sizes as of a chain of
        as many legs. Input tensors enter when they are used.
        """
        leaves = self.leaves
        sizes = [fibonacci(len(legs) + 2) for legs in self.legs]
        peak, first = list(sizes), dict[int, tuple[int, int]]()
        for step, (a, b) in enumerate(self.path):
            node = leaves + step
            a_first, b_first = max(peak[a], sizes[a] + peak[b]), max(peak[b], sizes[b] + peak[a])
            first[node] = (a, b) if a_first <= b_first else (b, a)
            peak[node] = max(min(a_first, b_first), sizes[a] + sizes[b] + sizes[node])
        order, stack = [], [len(sizes) - 1]
        while stack:  # backwards: a node, then all of its second operand, then all of its first
            node = stack.pop()
            if node >= leaves:
                order.append(node)
                stack.extend(first[node])
        return order[::-1]

    def peak(self, sizes: Sequence[int]) -> int:
        """Most entries held at once when the steps run as scheduled and node i has sizes[i] entries."""
        held = most = 0
        for node in self.schedule():
            a, b = self.path[node - self.leaves]
            held += sizes[node] + sum(sizes[k] for k in (a, b) if k < self.leaves)
            most = max(most, held)
            held -= sizes[a] + sizes[b]
        return max(most, sizes[-1])


class ValidCounter:
    """Counts 0/1 assignments without adjacent zeros; remembers every connected piece it has counted.

    >>> ValidCounter([0b010, 0b101, 0b010]).count(0b111)  # a path of three: 8 less 000, 001, 100
    5
    """

    def __init__(self, adjacent: Sequence[int]) -> None:
        self._adjacent = adjacent
        self._known: dict[int, int] = {}

    def count(self, mask: int) -> int:
        """Number of valid assignments of the indices in a bit mask."""
        total = 1
        while mask:
            order = self._piece(mask)
            piece = sum(1 << i for i in order)
            if piece not in self._known:
                self._known[piece] = self._sweep(order, piece)
            total *= self._known[piece]
            mask ^= piece
        return total

    def _piece(self, mask: int) -> list[int]:
        """The connected piece of the lowest index, breadth first, begun anew from its far end: a short frontier."""
        start, order = (mask & -mask).bit_length() - 1, list[int]()
        for _ in range(2):
            order, left = [start], mask ^ (1 << start)
            for i in order:
                reached = self._adjacent[i] & left
                left ^= reached
                while reached:
                    low = reached & -reached
                    order.append(low.bit_length() - 1)
                    reached ^= low
            start = order[-1]
        return order

    def _sweep(self, order: Sequence[int], piece: int) -> int:
        """Place the indices one by one; a state is the set of zeros that still have a neighbour to come."""
        states, left = {0: 1}, piece
        for i in order:
            bit, near = 1 << i, self._adjacent[i]
            left ^= bit
            done = 0  # neighbours with nothing left to forbid, i itself included
            for k in places((near | bit) & piece & ~left):
                if not self._adjacent[k] & left:
                    done |= 1 << k
            after: dict[int, int] = {}
            for zeros, ways in states.items():
                after[zeros & ~done] = after.get(zeros & ~done, 0) + ways
                if not zeros & near:
                    with_zero = (zeros | bit) & ~done
                    after[with_zero] = after.get(with_zero, 0) + ways
            states = after
        return states[0]


def places(mask: int) -> list[int]:
    """Positions of the ones of a bit mask, ascending."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def constrained_costs(inputs: Sequence[Sequence[int]], edges: Pairs, path: Pairs) -> ConstrainedCosts:
    """Cost of one contraction tree, counted exactly over valid configurations.

    Args:
        inputs: index ids of every tensor; all indices have size 2 and none is open.
        edges: pairs of indices that must not both be 0.
        path: pairs of nodes; N tensors, step k makes node N + k.

    Raises:
        PlaitError: network or path is malformed; see `Tree.of`.

    >>> constrained_costs([(0, 1), (1, 2), (2, 0)], [(0, 1), (1, 2), (0, 2)], [(0, 1), (2, 3)]).operations
    7
    """
    tree = Tree.of(inputs, edges, path)
    counter, masks = ValidCounter(tree.adjacent), tree.masks()
    sizes = [counter.count(mask) for mask in masks]
    made = range(tree.leaves, len(masks))
    return ConstrainedCosts(
        operations=sum(tree.operations()),
        largest=max((sizes[node] for node in made), default=1),
        peak_entries=tree.peak(sizes),
        dense_operations=sum(1 << (masks[a] | masks[b]).bit_count() for a, b in tree.path),
        dense_width=max((len(tree.legs[node]) for node in made), default=0),
        dense_writes=sum(1 << len(tree.legs[node]) for node in made),
    )


def constrained_bytes(costs: ConstrainedCosts, safety: float = 1.25, entry: int = BYTES_PER_ENTRY) -> int:
    """Memory to set aside for a contraction: 16 bytes (`entry`) times the peak entries, times a safety factor.

    >>> tiny = constrained_costs([(0,), (0,)], [], [(0, 1)])
    >>> tiny.peak_entries, constrained_bytes(tiny)
    (5, 100)
    """
    # Integers throughout: the peak may be far above what a float holds.
    return entry * costs.peak_entries * round(1000 * safety) // 1000
