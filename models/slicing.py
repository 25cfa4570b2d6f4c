"""Loops over heights: less memory for a contraction tree, at the price of repeated steps.

A height i is a leg of tensors from where it enters the tree up to the step that sums it. Fixing it makes all of these
smaller: the steps below that sum run once for i = 1 and once for i = 0, and their results add up.

- Only what depends on i runs again. Subtrees that neither i nor a height it forces enters run once, before the loop,
  and are kept; what comes after the sum runs once as well. So loops at different places of the tree do not multiply.
- A height fixed to 0 forces its neighbours to 1: those that are summed within the loop are fixed too, which makes the
  pass smaller. Neighbours that stay legs of the result keep both values; entries of 0 are there then.
- Loops nest where the steps of one depend on the other: their passes are the allowed configurations of all heights.
- What is kept, and what adds up, takes memory. Subtrees whose result has more than `keep` legs run in every pass
  instead, and a loop ends no sooner than where the result has at most so many.

One sum over copies of the whole tree is the special case keep = 0. On trees of wide braids, which sweep over the
strands and are widest at a few places, that repeats everything for each of these places: on the brickwall (85,100) half
the memory took 3.6 to 5 times the operations and a third 9 times; loops at their places take 1.5 and 1.7 times.

Everything is counted exactly before anything is run: passes, operations, entries held at every moment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from plait.models.constrained_count import ConstrainedCosts, Pairs, Tree, ValidCounter, constrained_costs, places
from plait.models.errors import PlaitError


class Loop(NamedTuple):
    """Passes over the configurations of some heights.

    Args:
        node: the step that sums the heights; its results add up.
        heights: what is fixed in turn.
        body: steps (by node) and loops of one pass; the last is `node`.
        kept: nodes made before the loop and used within; not needed after it.
    """

    node: int
    heights: tuple[int, ...]
    body: "tuple[int | Loop, ...]"
    kept: tuple[int, ...]


Program = tuple[int | Loop, ...]

WIDEST = 1000
"""Legs beyond which no loops are sought: phi^legs would not fit a float."""


class Slices(NamedTuple):
    """What to loop over.

    Args:
        heights: index ids.
        keep: most legs of what is kept for a loop, and of what adds up over its passes.
    """

    heights: tuple[int, ...] = ()
    keep: int = WIDEST


class Shape:
    """What loops need to know of a tree, whatever the heights."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.leaves = tree, tree.leaves
        self.masks = tree.masks()
        self.schedule = tree.schedule()
        self.place = {node: place for place, node in enumerate(self.schedule)}
        self.parent = [-1] * len(self.masks)
        self.inside = list(self.masks)
        """Indices of the tensors below a node, as a mask."""
        self.union: dict[int, int] = {}
        """Legs of both operands of a step."""
        self.sums_at: dict[int, int] = {}
        """Index -> the step that sums it."""
        self.steps_below = [0] * len(self.masks)
        for step, (a, b) in enumerate(tree.path):
            node = self.leaves + step
            self.parent[a] = self.parent[b] = node
            self.inside[node] = self.inside[a] | self.inside[b]
            self.union[node] = self.masks[a] | self.masks[b]
            self.steps_below[node] = 1 + self.steps_below[a] + self.steps_below[b]
            for i in places(self.union[node] & ~self.masks[node]):
                self.sums_at[i] = node

    def below(self, node: int) -> Iterator[int]:
        """Steps below a step, each after the step that takes it."""
        place = self.place[node]
        return reversed(self.schedule[place - self.steps_below[node] + 1 : place])

    def width(self, node: int) -> int:
        """Legs of a node."""
        return len(self.tree.legs[node])

    def is_within(self, node: int, top: int) -> bool:
        """Whether a step is another one or below it."""
        return self.place[top] - self.steps_below[top] < self.place[node] <= self.place[top]


class Looped:
    """A contraction tree with loops over some of its heights.

    Raises:
        PlaitError: a height that no step sums.
    """

    def __init__(self, shape: Shape, slices: Slices) -> None:
        self.shape = shape
        self.heights = tuple(sorted(set(slices.heights)))
        self.mask = sum(1 << i for i in self.heights)
        self.loops: dict[int, list[int]] = {}
        """Step -> the heights of the loop that it ends."""
        self.forced: dict[int, int] = {}
        """Height -> the neighbours that its 0 fixes to 1, as a mask."""
        for i in self.heights:
            if i not in shape.sums_at:
                raise PlaitError(f"height {i} is no leg of any step; expected one that a step sums")
            top = shape.sums_at[i]
            while shape.width(top) > slices.keep and shape.parent[top] >= 0:
                top = shape.parent[top]
            self.loops.setdefault(top, []).append(i)
            near = (k for k in places(shape.tree.adjacent[i]) if k in shape.sums_at)
            self.forced[i] = sum(1 << k for k in near if shape.is_within(shape.sums_at[k], top))
        self.home: dict[int, int] = {}
        """Node -> the innermost loop that makes it anew in every pass; absent: none. (A loop's own node: the outer.)"""
        for top in sorted(self.loops, key=shape.place.__getitem__):  # inner loops come first and keep their nodes
            touched = 0
            for i in self.loops[top]:
                touched |= 1 << i | self.forced[i]
            repeated = {top}
            for node in shape.below(top):
                if shape.inside[node] & touched or (shape.parent[node] in repeated and shape.width(node) > slices.keep):
                    repeated.add(node)
                    self.home.setdefault(node, top)
        self._around: dict[int, int] = {}

    def level(self, node: int) -> int:
        """The innermost loop that a step runs in; -1 for none."""
        return node if node in self.loops else self.home.get(node, -1)

    def around(self, level: int) -> int:
        """All heights fixed within a loop, as a mask."""
        if level < 0:
            return 0
        if level not in self._around:
            own = sum(1 << i for i in self.loops[level])
            self._around[level] = own | self.around(self.home.get(level, -1))
        return self._around[level]

    @cached_property
    def program(self) -> Program:
        """Steps and loops in working order."""
        inside: dict[int, list[int | Loop]] = {-1: []}
        kept: dict[int, list[int]] = {top: [] for top in self.loops}
        for node in self.shape.schedule:
            made, parent = self.home.get(node, -1), self.shape.parent[node]
            used = self.level(parent) if parent >= 0 else -1
            if used != made:
                while self.home.get(used, -1) != made:  # the outermost loop around its use
                    used = self.home.get(used, -1)
                kept[used].append(node)
            inside.setdefault(self.level(node), []).append(node)
            if node in self.loops:  # all that is within comes before it in working order
                loop = Loop(node, tuple(self.loops[node]), tuple(inside.pop(node)), tuple(kept[node]))
                inside.setdefault(made, []).append(loop)
        return tuple(inside[-1])

    def lifetimes(self) -> tuple[dict[int, int], dict[int, int], dict[int, int], int]:
        """First and last moment of every step's result, the moment every step runs, and how many moments there are.

        Moments are places in the program written down once, loops beginning and ending at moments of their own.
        """
        runs, begins, ends = dict[int, int](), dict[int, int](), dict[int, int]()
        stack: list[tuple[bool, int | Loop]] = [(False, item) for item in reversed(self.program)]
        now = 0
        while stack:
            after, item = stack.pop()
            if isinstance(item, Loop) and not after:
                begins[item.node] = now
                stack.append((True, item))
                stack.extend((False, inner) for inner in reversed(item.body))
            elif isinstance(item, Loop):
                ends[item.node] = now
            else:
                runs[item] = now
            now += 1
        birth = {node: begins.get(node, moment) for node, moment in runs.items()}
        death: dict[int, int] = {}
        for node in runs:
            parent, made = self.shape.parent[node], self.home.get(node, -1)
            death[node] = runs[parent] if parent >= 0 else now
            used = self.level(parent) if parent >= 0 else -1
            while used != made:
                death[node] = ends[used]
                used = self.home.get(used, -1)
        return birth, death, runs, now

    def held(self, sizes: Sequence[float]) -> list[float]:
        """Entries held at every moment when node i has sizes[i] entries; input tensors enter when they are used."""
        birth, death, runs, moments = self.lifetimes()
        change: list[float] = [0] * (moments + 2)
        for node, moment in runs.items():
            change[birth[node]] += sizes[node]
            change[death[node] + 1] -= sizes[node]
            for k in self.shape.tree.path[node - self.shape.leaves]:
                if k < self.shape.leaves:
                    change[moment] += sizes[k]
                    change[moment + 1] -= sizes[k]
        now: float = 0
        found = []
        for step in change[:-1]:
            now += step
            found.append(now)
        return found

    def counter(self) -> ValidCounter:
        """Counts configurations of the heights and of legs together: a fixed height rules out only what it forces."""
        adjacent = list(self.shape.tree.adjacent)
        for i in self.heights:
            for k in places(adjacent[i] & ~(self.forced[i] | self.mask)):
                adjacent[k] &= ~(1 << i)
            adjacent[i] &= self.forced[i] | self.mask
        return ValidCounter(adjacent)

    def operations(self) -> dict[int, int]:
        """Multiply-adds of every step, all passes together."""
        counter = self.counter()
        return {
            node: counter.count(self.shape.union[node] | self.around(self.level(node))) for node in self.shape.schedule
        }

    def passes(self) -> dict[int, int]:
        """How often every loop's body runs, all outer passes together."""
        counter = self.counter()
        return {top: counter.count(self.around(top)) for top in self.loops}

    def sizes(self) -> list[int]:
        """Entries of every node while all heights are 1: in no other pass it has more."""
        counter = ValidCounter(self.shape.tree.adjacent)
        return [counter.count(mask & ~self.mask) for mask in self.shape.masks]


@dataclass(frozen=True, kw_only=True)
class LoopedCosts(ConstrainedCosts):
    """What a contraction tree with loops costs; dense counts are those of the tree without.

    Args:
        passes: of all loops together; 0 without loops.
        overhead: operations over those of the same tree without loops.
    """

    passes: int
    overhead: float


def looped_costs(inputs: Sequence[Sequence[int]], edges: Pairs, path: Pairs, slices: Slices) -> LoopedCosts:
    """Exact counts of a contraction tree with loops over heights.

    Args:
        inputs, edges, path: as of `plait.models.constrained_count.constrained_costs`.
        slices: what to loop over.

    Raises:
        PlaitError: network, path or heights are malformed.

    >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
    >>> looped_costs(square, [], [(0, 1), (2, 3), (4, 5)], Slices((0,))).passes
    2
    """
    whole = constrained_costs(inputs, edges, path)
    if not slices.heights:
        return LoopedCosts(**vars(whole), passes=0, overhead=1.0)
    shape = Shape(Tree.of(inputs, edges, path))
    looped = Looped(shape, slices)
    sizes, operations = looped.sizes(), sum(looped.operations().values())
    return LoopedCosts(
        operations=operations,
        largest=max((sizes[node] for node in shape.schedule), default=1),
        peak_entries=int(max(looped.held(sizes))),
        dense_operations=whole.dense_operations,
        dense_width=whole.dense_width,
        dense_writes=whole.dense_writes,
        passes=sum(looped.passes().values()),
        overhead=operations / whole.operations if whole.operations else 1.0,
    )
