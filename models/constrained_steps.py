"""What the seconds of a constrained contraction follow beside its operations: steps that are planned, entries written.

A step of few legs is one call of numpy. The others plan matrix products, for about 100 us each, whatever their size;
in trees of 10^4..10^6 operations that is most of the time. Imports numpy.
"""

from collections.abc import Sequence
from typing import NamedTuple

from plait.models.constrained_count import Pairs, Tree, ValidCounter
from plait.models.constrained_plan import DENSE_LEGS, separator


class StepCounts(NamedTuple):
    """Counts of one contraction tree, without loops.

    Args:
        packed: steps that do not run densely.
        products: values of their separators, each one matrix product.
        writes: entries that all steps write.
    """

    packed: int
    products: int
    writes: int


def step_counts(inputs: Sequence[Sequence[int]], edges: Pairs, path: Pairs) -> StepCounts:
    """Count the steps of a tree as `plait.models.constrained.contract_constrained` runs them.

    Args:
        inputs, edges, path: as of `plait.models.constrained_count.constrained_costs`.

    Raises:
        PlaitError: network or path is malformed.

    >>> step_counts([(0, 1), (1, 2), (2, 0)], [], [(0, 1), (2, 3)])
    StepCounts(packed=0, products=0, writes=5)
    """
    tree = Tree.of(inputs, edges, path)
    counter, masks = ValidCounter(tree.adjacent), tree.masks()
    dense = [True] * tree.leaves
    packed = products = 0
    for node, (a, b) in enumerate(tree.path, tree.leaves):
        dense.append(dense[a] and dense[b] and (masks[a] | masks[b]).bit_count() <= DENSE_LEGS)
        if not dense[node]:
            packed += 1
            products += counter.count(separator(masks[a], masks[b], masks[node], tree.adjacent))
    return StepCounts(packed, products, sum(map(counter.count, masks[tree.leaves :])))
