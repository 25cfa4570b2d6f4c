"""One joint draw = one fresh braid, one calibration, one value from every declared range. Shared by all contenders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import Calibration, circuit_forms
from plait.calibrations.calibration import label
from plait.calibrations.forms import WIDTHS, features
from plait.calibrations.rivals import LOG_PHI
from plait.estimator.machine import Machine
from plait.models import Closure, PlaitError, Question
from plait.models.braid import check_int

Array = NDArray[np.float64]
ON_QUANTUM = "@quantum"
"""Ends the names of what only quantum contenders see in place of the symbol: the circuits of a minimised braid."""
SOURCES = ("braid", "calibration", "assumption")
"""What a draw is made of."""
LEAST_SIGNAL = 1e-12
Values = dict[str, Array]
"""symbol -> log10 of its value; arrays broadcast as (strands, layers, draw)."""


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Indices and uniforms that make every contender see the same draws.

    Args:
        count: number of draws.
        seed: of everything below.
        calibration: index of the joint draw of the constants, per draw.
        braid: index of the residual vector (one real braid), per draw.
        signal: uniform in 0..1, per draw.
    """

    count: int
    seed: int
    calibration: NDArray[np.int64]
    braid: NDArray[np.int64]
    signal: Array

    @classmethod
    def make(cls, count: int, seed: int) -> "Draws":
        """Independent indices; `seed` fixes them all."""
        check_int("seed", seed, 0, 2**63 - 1)
        rng = np.random.default_rng(seed)
        return cls(
            count=count,
            seed=seed,
            calibration=rng.integers(0, 2**40, count),
            braid=rng.integers(0, 2**40, count),
            signal=rng.random(count),
        )

    def redrawn(self, source: str) -> "Draws":
        """The same draws, but for one of SOURCES, which is drawn anew."""
        other = Draws.make(self.count, self.seed + 2**62)
        if source == "assumption":  # declared ranges follow the seed
            return replace(self, seed=other.seed, signal=other.signal)
        return replace(self, **{source: getattr(other, source)})

    def uniform(self, label: str) -> Array:
        """Uniforms for one declared range, by its label: the same whichever other ranges a study has."""
        rng = np.random.default_rng([self.seed, *label.encode()])
        return rng.random(self.count)


def braid_values(
    strands: Array, layers: Array, closure: Closure, question: Question, calibration: Calibration, draws: Draws
) -> Values:
    """log10 of the braid and network symbols on a grid, with braid-to-braid scatter, and of the calibrated constants.

    Residuals are those of real braids, scaled to the scatter at the size; beyond the measured range they widen as
    back-tests say. So do the deviations of single runs from the laws of their seconds.

    Args:
        strands: shape (n, 1, 1); layers: shape (1, L, 1).
    """
    if abs(question.density - calibration.density) > 1e-6:
        raise PlaitError(
            f"density = {question.density:g}, but the calibration was measured at {calibration.density:g} and holds "
            "for no other; measure that density, or ask at this one"
        )
    family = question.family
    constants = calibration.values(closure, draws.calibration, family)
    try:
        choices = calibration.choices.get(label(closure, family), {})
        found = features(strands, layers, question.density, closure, constants, family, choices)
    except KeyError as missing:
        raise PlaitError(
            f"calibration {calibration.profile} has no constant {missing}: an earlier version fitted it; fit again"
        ) from missing
    residual = calibration.residual(closure, draws.braid, family)
    for name, error in residual.items():
        found[name] = found[name] + error * calibration.scale(name, closure, draws.braid, strands, layers, family)
    for name in WIDTHS:
        found[name] = np.log10(np.maximum(1.0, found[name]))
    # each run is a letter or more, and a layer of runs holds one or more; no more steps are planned than there are
    found["r"] = np.minimum(found["r"], found["m"])
    found["D_r"] = np.minimum(found["D_r"], found["D"])
    found["T_p"], found["p_s"] = np.minimum(found["T_p"], found["T"]), np.minimum(found["p_s"], found["T_s"])
    if family == "planted":
        found |= _minimised_circuits(found, strands, closure, calibration, draws)
    with np.errstate(divide="ignore"):
        logs = {name: np.log10(value) for name, value in constants.items() if np.all(value >= 0)}
    for law, size in _sizes(found, strands, closure).items():
        spread = calibration.laws.get(f"min@{label(closure, family)}" if law == "min" else law)
        if spread is not None and f"x_{law}" in logs:
            drawn = logs[f"x_{law}"]
            middle = np.median(drawn)
            logs[f"x_{law}"] = middle + (drawn - middle) * spread.factor(size)
    return {"n": np.log10(strands), **found, **logs}


def _minimised_circuits(
    found: Values, strands: Array, closure: Closure, calibration: Calibration, draws: Draws
) -> Values:
    """log10 counts of the circuits of a planted braid that was minimised first: no less than they are.

    No letters are taken to merge or to run side by side, and the whole fan-out is charged even to strands that nothing
    touches any more; the shares of full blocks are those of brickwalls. Names end in ON_QUANTUM.
    """
    constants = calibration.values(closure, draws.calibration)
    left = np.maximum(1.0, 10.0 ** found["m_s"])
    layers = np.maximum(1.0, left / np.maximum(1.0, strands - 1))
    counts = {"r": left, "D_r": left, "h": 10.0 ** found["h"]}
    circuits = circuit_forms.circuit_features(strands, layers, counts, constants)
    circuits |= {"r": found["m_s"], "D_r": found["m_s"]}
    return {f"{name}{ON_QUANTUM}": value for name, value in circuits.items()}


def as_seen_by(side: str, values: Values) -> Values:
    """Values without the marks: what quantum contenders see in place of a symbol is theirs alone."""
    own = {name.removesuffix(ON_QUANTUM): value for name, value in values.items() if name.endswith(ON_QUANTUM)}
    return values | own if side == "quantum" else values


def _sizes(found: Values, strands: Array, closure: Closure) -> Values:
    """log10 of the size by which each law of the seconds tells small runs from large."""
    amplitudes = LOG_PHI * (strands + 1 if closure is Closure.MARKOV else strands - 1) - np.log10(5) / 2
    return {
        "search": found["T"],
        "dense": found["C"],
        "fib": found["C_f"],
        "train": found["K"],
        "min": found["m"],
        "state": found["r"] + amplitudes,
        "trace": found["r"] + 2 * amplitudes,
    }


def extrapolation(
    strands: Array,
    layers: Array,
    calibration: Calibration,
    closure: Closure | None = None,
    names: Iterable[str] = (),
    family: str = "brickwall",
) -> Array:
    """How far a size lies beyond the measured range: the larger of the two ratios, at least 1.

    Args:
        closure, names: features whose own ranges count, which may be smaller: trains, say, were run to their end on
            small braids only. Defaults to none: the range of the calibration.
    """
    factor = np.maximum(1.0, np.maximum(strands / calibration.strands[1], layers / calibration.layers[1]))
    spread = {} if closure is None else calibration.spread.get(label(closure, family), {})
    for name in names:
        if name in spread:
            factor = np.maximum(factor, 10.0 ** spread[name].distance(strands, layers))
    return factor


def question_values(question: Question, draws: Draws) -> Values:
    """log10 of eps, delta and the signal: as assumed, or of planted braids, whose |E| is spread evenly over 0 to 1."""
    low, high = (0.0, 1.0) if question.family == "planted" else question.signal
    return {
        "eps": np.log10(question.eps),
        "delta": np.log10(question.delta),
        "v": np.log10(np.maximum(LEAST_SIGNAL, low + (high - low) * draws.signal)),
    }


def machine_values(machine: Machine, constants: Mapping[str, Array], draws: Draws) -> Values:
    """log10 of a machine's figures, and of the constants measured on it.

    The value where no range is declared, else half the draws log-uniform on each side: so the value a file states is
    the median of what is drawn.

    Args:
        machine: from the catalogue.
        constants: log10 of calibrated constants, for figures the calibration gives.
        draws: shared draws.
    """
    out: Values = {}
    for name, figure in {**machine.figures, **machine.constants}.items():
        with np.errstate(divide="ignore"):
            if figure.calibration is not None:
                if figure.calibration not in constants:
                    raise PlaitError(
                        f"machine {machine.slug}: figures.{name} names {figure.calibration!r}; "
                        "the calibration has no such constant"
                    )
                out[name] = constants[figure.calibration]
            elif figure.low and figure.high and figure.value:
                marks = np.log10([figure.low, figure.value, figure.high])
                out[name] = np.interp(draws.uniform(f"{machine.slug}.{name}"), [0.0, 0.5, 1.0], marks)
            else:
                out[name] = np.log10(np.asarray(figure.value, float))
    return out
