"""The harness every cost model has to pass: declared symbols, sound values at real sizes, growth the right way.

Values are those that a sweep would use: the shipped calibration, machines of the model's side, a grid of sizes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import load_calibration
from plait.estimator.contender import Contender, needs_machine
from plait.estimator.draws import Draws, Values, braid_values, question_values
from plait.estimator.evaluate import all_values, variant_of
from plait.estimator.log_space import compile_log
from plait.estimator.machine import load_machine
from plait.estimator.model_file import known_unit
from plait.models import Closure, CostModel, PlaitError, Question, Side
from plait.models.cost_model import LIMIT_REASONS, QUANTITIES
from plait.models.symbols import SYMBOLS

if TYPE_CHECKING:
    from sympy import Expr

Array = NDArray[np.float64]

STRANDS, LAYERS, DRAWS, SIGNAL = (4, 8, 16, 40), (4, 12, 40, 100), 6, (0.01, 0.5)
MACHINES = {Side.QUANTUM: "qpu-1e-4-idle-free", Side.CLASSICAL: "core"}
"""Where the values of machines come from; quantum: one whose answers are not drowned at most of the sizes."""
ERROR_CORRECTED = "ft-gate-ns-e4"
"""The same for models of error-corrected machines."""
GROWTH = 1.5
MPMATH_POINTS = 3
AGREEMENT = 1e-8
"""In decades, between the compiled formula and mpmath with 30 digits."""
ROUNDING = 1e-9
DIGITS = 30
"""Of mpmath."""
DEARER_WHEN_LARGER = {"e_2q", "e_1q", "e_idle", "e_spam", "t_layer", "t_shot"}
CHEAPER_WHEN_LARGER = {"eps", "delta", "F", "B", "M", "eta"}
NOT_A_SIZE = {"r_half", "x_mpo"}
"""Counts of what is saved, not of what is done."""


def check_model(model: CostModel) -> list[str]:
    """Everything that is wrong with a model, one line each; empty for a sound one."""
    problems = _declarations(model)
    for closure in sorted(model.closures):
        for variant in _variants(model):
            where = ", ".join([closure, *(f"{option} = {value}" for option, value in variant.items())])
            try:
                problems += [f"{where}: {problem}" for problem in _formulas(model, closure, variant)]
            except PlaitError as error:
                problems.append(f"{where}: {error}")
    return list(dict.fromkeys(problems))


def _variants(model: CostModel) -> Iterator[dict[str, str]]:
    """The default variant, and each other value of each option on its own."""
    yield {}
    for option, values in model.variants.items():
        yield from ({option: value} for value in values[1:])


def _declarations(model: CostModel) -> list[str]:
    problems = [f"{part} says too little" for part in ("summary", "source") if len(getattr(model, part)) < 10]
    if not model.assumes or any(len(text) < 10 for text in model.assumes):
        problems.append("assumes must say what has to hold, in sentences")
    for name, unit in model.constants.items():
        if name not in SYMBOLS and name not in model.figures:
            problems.append(f"{name}: neither a symbol of plait nor among the model's own figures")
        elif unit != model.info(name).unit:
            problems.append(f"{name}: declared in {unit}, but its unit is {model.info(name).unit}")
    for name, figure in model.figures.items():
        if name in SYMBOLS and figure.unit != SYMBOLS[name].unit:
            problems.append(f"{name}: a symbol of plait, whose unit is {SYMBOLS[name].unit}, not {figure.unit}")
        if not known_unit(figure.unit):
            problems.append(f"{name}: unit {figure.unit!r} is not known")
        marks = [x for x in (figure.low, figure.value, figure.high) if x is not None]
        if marks[0] <= 0 or marks != sorted(marks):
            problems.append(f"{name}: its value must be above 0 and within low..high")
    return problems


def _formulas(model: CostModel, closure: Closure, asked: Mapping[str, str]) -> Iterator[str]:
    slug = ERROR_CORRECTED if "hardware" in model.variants else MACHINES[model.side]
    machine = load_machine(slug) if needs_machine(model) else None
    contender, question = Contender(model=model, machine=machine, variant=tuple(asked.items())), Question(signal=SIGNAL)
    variant = dict(variant_of(contender, question))
    costs, limits = model.costs(closure, **variant), model.limits(closure, **variant)
    yield from (
        f"costs.{name}: no quantity; known: {', '.join(QUANTITIES)}" for name in costs if name not in QUANTITIES
    )
    unknown = [name for name in limits if name not in LIMIT_REASONS]
    yield from (f"limits.{name}: no reason a map can give; known: {', '.join(LIMIT_REASONS)}" for name in unknown)
    if "seconds" not in costs:
        yield "costs.seconds is missing"
        return
    used = {str(one) for expr in (*costs.values(), *limits.values()) for one in expr.free_symbols}
    if undeclared := sorted(used - set(model.constants)):
        yield f"symbols that constants does not declare: {', '.join(undeclared)}"
        return
    latex = model.latex(closure, **variant)
    yield from (f"costs.{name} has no LaTeX form" for name, text in latex.items() if not text.strip())
    yield from _values(_Sample.make(contender, closure, question), costs, limits)


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """log10 values of every symbol at the sizes tried, and where the model is feasible."""

    values: Values
    shape: tuple[int, ...]

    @classmethod
    def make(cls, contender: Contender, closure: Closure, question: Question) -> "_Sample":
        calibration, draws = load_calibration(), Draws.make(DRAWS, 0)
        strands = np.asarray(STRANDS, float)[:, None, None]
        layers = np.asarray(LAYERS, float)[None, :, None]
        values = braid_values(strands, layers, closure, question, calibration, draws)
        values |= question_values(question, draws)
        return cls(
            values=all_values(contender, question, values, draws), shape=(len(STRANDS), len(LAYERS), draws.count)
        )

    def log(self, expr: "Expr", **changed: Array) -> Array:
        """log10 of an expression at every point."""
        return np.broadcast_to(compile_log(expr)({**self.values, **changed}), self.shape)

    def feasible(self, limits: Mapping[str, "Expr"], **changed: Array) -> NDArray[np.bool_]:
        """Where no limit exceeds 1."""
        found = np.ones(self.shape, bool)
        for ratio in limits.values():
            found &= self.log(ratio, **changed) <= 0
        return found

    def at(self, place: tuple[int, ...], expr: "Expr") -> dict[str, float]:
        """log10 of the symbols of an expression at one point."""
        names = sorted(str(one) for one in expr.free_symbols)
        return {name: float(np.broadcast_to(self.values[name], self.shape)[place]) for name in names}


def _values(sample: _Sample, costs: Mapping[str, "Expr"], limits: Mapping[str, "Expr"]) -> Iterator[str]:
    open_ = sample.feasible(limits)
    if not open_.any():
        yield (
            f"infeasible at every size tried ({STRANDS[0]}..{STRANDS[-1]} strands, {LAYERS[0]}..{LAYERS[-1]} layers): "
            f"{', '.join(limits)}"
        )
        return
    sound = True
    for name, expr in costs.items():
        log = sample.log(expr)
        wrong = open_ & (np.isnan(log) | (log == np.inf))
        what = "negative, infinite or undefined"
        if name == "seconds" and not wrong.any() and expr != 0:
            wrong, what = open_ & (log == -np.inf), "0"
        if wrong.any():
            sound = False
            yield f"costs.{name} is {what} at {_place(sample, wrong, expr)}"
    if sound:
        yield from _directions(sample, costs["seconds"], limits)
        yield from _against_mpmath(sample, costs, open_)


def _directions(sample: _Sample, seconds: "Expr", limits: Mapping[str, "Expr"]) -> Iterator[str]:
    """Seconds grow with every size and error, and fall with what is allowed and what a machine can do."""
    before, open_ = sample.log(seconds), sample.feasible(limits)
    for name in sorted(str(one) for one in seconds.free_symbols):
        kind = SYMBOLS[name].kind if name in SYMBOLS else "own"
        size = kind in ("braid", "network", "train", "published") and name not in NOT_A_SIZE
        if not (size or name in DEARER_WHEN_LARGER | CHEAPER_WHEN_LARGER):
            continue
        # The dearer direction; smaller errors, less allowed, slower machines: each on its own.
        step = np.log10(GROWTH) * (-1 if name in CHEAPER_WHEN_LARGER else 1)
        changed = {name: np.asarray(sample.values[name] + step)}
        falls = open_ & sample.feasible(limits, **changed) & (sample.log(seconds, **changed) < before - ROUNDING)
        if falls.any():
            how = "smaller" if step < 0 else "larger"
            yield f"costs.seconds falls as {name} becomes {how}, at {_place(sample, falls, seconds)}"


def _against_mpmath(sample: _Sample, costs: Mapping[str, "Expr"], open_: NDArray[np.bool_]) -> Iterator[str]:
    """The compiled formulas and mpmath with 30 digits agree at a few of the points."""
    import mpmath

    places = np.argwhere(open_)
    chosen = places[np.linspace(0, len(places) - 1, min(MPMATH_POINTS, len(places))).astype(int)]
    for name, expr in costs.items():
        compiled = sample.log(expr)
        for place in map(tuple, chosen):
            with mpmath.workdps(DIGITS):
                given = {one: mpmath.mpf(10) ** mpmath.mpf(log) for one, log in sample.at(place, expr).items()}
                exact = mpmath_value(expr, given)
                log = float(mpmath.log10(exact)) if exact > 0 else -np.inf
            if not (log == compiled[place] or abs(log - compiled[place]) <= AGREEMENT * max(1.0, abs(log))):
                yield f"costs.{name}: compiled {compiled[place]:.12g}, mpmath {log:.12g} (log10)"
                break


def mpmath_value(expr: Any, given: Mapping[str, Any]) -> Any:
    """An expression at numbers of mpmath, node by node, in its working precision.

    Rounds up as compiled formulas do: what is whole to 1e-9 is whole. sympy's own evaluation gives up there.
    """
    import mpmath
    import sympy

    if expr.is_Symbol:
        return given[str(expr)]
    if not expr.args:
        return mpmath.mpf(str(expr.evalf(DIGITS + 5)))
    inner = [mpmath_value(one, given) for one in expr.args]
    if expr.is_Add:
        return mpmath.fsum(inner)
    if expr.is_Mul:
        return mpmath.fprod(inner)
    if expr.is_Pow:
        return _raised(*inner)
    if expr.func is sympy.ceiling:
        near = mpmath.nint(inner[0])
        return near if abs(inner[0] - near) <= 1e-9 * max(1, abs(inner[0])) else mpmath.ceil(inner[0])
    if expr.func is sympy.exp:
        return _raised(mpmath.e, inner[0])
    known = {sympy.log: mpmath.log, sympy.Max: max, sympy.Min: min, sympy.Abs: abs}
    return known[expr.func](*inner)


def _raised(base: Any, exponent: Any) -> Any:
    """A power; 0 or infinite beyond 10^(10^300), whose digits mpmath would look for until the memory is full."""
    import mpmath

    size = exponent * mpmath.log10(abs(base)) if base else mpmath.mpf(0)
    if abs(size) > 1e300:
        return mpmath.inf if size > 0 else mpmath.mpf(0)
    return base**exponent


def _place(sample: _Sample, where: NDArray[np.bool_], expr: "Expr") -> str:
    """The first of these points, as the values of the symbols of an expression."""
    place = tuple(int(k) for k in np.argwhere(where)[0])
    return ", ".join(f"{name} = {10.0**log:.4g}" for name, log in sample.at(place, expr).items()) or "every point"
