"""Evaluate cost expressions in log10, so that 10^50 is a number like any other.

An expression is compiled once into a list of steps with common subexpressions shared, then evaluated on broadcasting
arrays: what depends only on the grid, or only on the draw, is computed in its own small shape, and the rest in tiles
that stay in a core's cache.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from plait.estimator import log_operations as operations
from plait.estimator.log_operations import Array, Value
from plait.models import PlaitError

if TYPE_CHECKING:
    from sympy import Expr

Step = tuple[Callable[..., Value], tuple[int, ...]]
Index = tuple[slice, ...]
TILE = 16384
"""Values computed at once, 128 KiB an array."""
SMALL = 4
"""A step with so many times fewer values than the result is computed before the tiles, once."""


@dataclass(frozen=True, kw_only=True)
class LogFunction:
    """A compiled expression: `f(values)` with log10 values returns log10 of the result.

    Args:
        names: symbols it needs.
        steps: operations in order; each reads earlier results by number.
    """

    names: tuple[str, ...]
    steps: tuple[Step, ...]

    def __call__(self, values: Mapping[str, Array | float]) -> Array:
        """log10 of the expression.

        Args:
            values: symbol -> log10 of its (positive) value; arrays broadcast together.

        Returns:
            Array: log10 of the value; -inf where it is 0, nan where it is negative.

        Raises:
            PlaitError: a symbol has no value.
        """
        sign, log = self.signed(values)
        return log if sign is None else np.where((sign < 0) & ~np.isneginf(log), np.nan, log)

    def signed(self, values: Mapping[str, Array | float]) -> Value:
        """Sign (None: nowhere negative) and log10 of the modulus."""
        missing = [name for name in self.names if name not in values]
        if missing:
            raise PlaitError(f"no value for {', '.join(missing)}; the calibration, machine or study must give one")
        known: list[Value | None] = [(None, np.asarray(values[name], float)) for name in self.names]
        known += [None] * len(self.steps)
        shape = np.broadcast_shapes(*(log.shape for _, log in filter(None, known)))
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            large = self._small_steps(known, shape)
            if known[-1] is None:
                return self._tiles(known, large, shape)
        return known[-1]

    def _small_steps(self, known: list[Value | None], shape: tuple[int, ...]) -> list[int]:
        """Do the steps whose results are small; the numbers of the others."""
        shapes: list[tuple[int, ...]] = [() if value is None else value[1].shape for value in known]
        size = int(np.prod(shape))
        large: list[int] = []
        for number, (operation, arguments) in enumerate(self.steps, len(self.names)):
            shapes[number] = np.broadcast_shapes(*(shapes[k] for k in arguments)) if arguments else ()
            if size > TILE and SMALL * int(np.prod(shapes[number])) > size:
                large.append(number)
            else:
                known[number] = operation(*(known[k] for k in arguments))
        return large

    def _tiles(self, known: list[Value | None], large: Sequence[int], shape: tuple[int, ...]) -> Value:
        """Do the large steps, tile by tile."""
        needed = {k for number in large for k in self.steps[number - len(self.names)][1]} - set(large)
        ready = {k: value for k in needed if (value := known[k]) is not None}  # all of them, by now
        whole = np.broadcast_shapes(*(log.shape for _, log in ready.values()))
        last = {k: number for number in large for k in self.steps[number - len(self.names)][1]}
        log, sign = np.empty(whole), None
        for index in _tiles(whole):
            tile: dict[int, Value] = {}
            for k, (s, values) in ready.items():
                tile[k] = (None if s is None else _part(s, index)), _part(values, index)
            for number in large:
                operation, arguments = self.steps[number - len(self.names)]
                tile[number] = operation(*(tile[k] for k in arguments))
                for k in arguments:  # freed at once, its memory is still in the cache when it is used again
                    if last[k] == number:
                        tile.pop(k, None)
            s, log[index] = tile[large[-1]]
            if s is not None:
                sign = np.ones(whole) if sign is None else sign
                sign[index] = s
        return sign, log


def _tiles(shape: tuple[int, ...]) -> Iterator[Index]:
    """Parts of about TILE values: whole last axes, a range of one axis, single places of those before."""
    inner, axis = 1, len(shape)
    while axis > 0 and inner * shape[axis - 1] <= TILE:
        axis -= 1
        inner *= shape[axis]
    if axis == 0:
        yield tuple(slice(None) for _ in shape)
        return
    step = max(1, TILE // inner)
    rest = (slice(None),) * (len(shape) - axis)
    for places in np.ndindex(*shape[: axis - 1]):
        fixed = tuple(slice(k, k + 1) for k in places)
        for start in range(0, shape[axis - 1], step):
            yield (*fixed, slice(start, start + step), *rest)


def _part(values: Array, index: Index) -> Array:
    """What of an array broadcasts into a part of the result."""
    own = index[len(index) - np.ndim(values) :]
    return values[tuple(part if n > 1 else slice(None) for part, n in zip(own, np.shape(values), strict=True))]


def compile_log(expression: "Expr") -> LogFunction:
    """Compile a sympy expression of positive symbols.

    The result is off by no more than rounding every symbol, and every subexpression, to a few units in the last place
    of its log10 would move it; where nothing cancels and no exponent is huge, that is far below 1e-9.

    Raises:
        PlaitError: it has a function plait has no log-space form for.

    >>> import sympy
    >>> x, y = sympy.symbols("x y", positive=True)
    >>> float(compile_log(x**3 + y)({"x": 100.0, "y": 300.0}).round(6))
    300.30103
    """
    import sympy

    expression = sympy.sympify(expression)
    names = tuple(sorted(str(s) for s in expression.free_symbols))
    place: dict[Any, int] = {sympy.Symbol(name, positive=True): k for k, name in enumerate(names)}
    steps: list[Step] = []

    def visit(node: Any) -> int:
        if node in place:
            return place[node]
        operation, children = _operation(node)
        step = (operation, tuple(visit(child) for child in children))
        steps.append(step)
        place[node] = len(names) + len(steps) - 1
        return place[node]

    last = visit(expression)
    if not steps:
        steps.append((lambda value: value, (last,)))
    return LogFunction(names=names, steps=tuple(steps))


def _operation(node: Any) -> tuple[Callable[..., Value], tuple[Any, ...]]:
    """What a node does, and to what."""
    import sympy

    known: dict[Any, Callable[..., Value]] = {
        sympy.Add: operations.add,
        sympy.Mul: operations.multiply,
        sympy.Pow: operations.power,
        sympy.exp: operations.exponential,
        sympy.log: operations.logarithm,
        sympy.Max: operations.largest,
        sympy.Min: operations.smallest,
        sympy.ceiling: operations.ceiling,
        sympy.Abs: operations.modulus,
    }
    if node.is_number:
        return _constant(node), ()
    if node.func not in known:
        names = ", ".join(sorted(f.__name__ for f in known))
        raise PlaitError(f"{node.func} has no log-space form; known: {names}")
    if node.func is sympy.Pow and node.exp.is_number and node.exp.is_real:
        parity = int(node.exp % 2) if node.exp.is_Integer else None
        return operations.power_by(float(node.exp.evalf(20)), parity), (node.base,)
    return known[node.func], node.args


def _constant(node: Any) -> Callable[[], Value]:
    import sympy

    if node == 0:
        value: Value = (None, np.asarray(-np.inf))
    elif not node.is_real:
        raise PlaitError(f"{node} is not a real number")
    else:
        log = float(sympy.log(sympy.Abs(node), 10).evalf(20))
        value = (np.asarray(-1.0) if node < 0 else None, np.asarray(log))
    return lambda: value
