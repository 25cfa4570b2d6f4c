"""Memory that is too little costs loops, as measured; it is no cliff."""

import math

import numpy as np
import pytest
import sympy

from plait.calibrations import load_calibration
from plait.models import MODELS, Closure
from plait.models.symbols import SYMBOLS

LOOPED = ("face-tn", "face-tn-fib", "simplify")
"""plait's methods that may be looped over heights; without memory for a state or a train these remain."""
SIZES = {"T": 400.0, "T_p": 60.0, "w": 30.0, "C": 1e12, "W": 1e11, "C_f": 1e11, "P_f": 1e9, "W_f": 1e10, "m": 1000.0}
SIZES |= {"n": 40.0, "T_s": 300.0, "p_s": 50.0, "C_s": 1e11, "P_s": 1e9, "m_s": 800.0, "F": 1e12, "B": 1e11, "eta": 1.0}
SIZES |= {"power": 100.0}


def seconds_of(name: str, closure: Closure, *, g: float, h: float) -> tuple[np.ndarray, np.ndarray]:
    """Memories, and the seconds of a method with them: from far too little to plenty."""
    kept = load_calibration()
    expr = MODELS[name].costs(closure)["seconds"]
    values = {str(s): SIZES.get(str(s)) for s in expr.free_symbols if str(s) != "M"}
    for key, value in values.items():
        if value is None:
            values[key] = kept.constant(key, closure).value if SYMBOLS[key].kind == "calibrated" else 1.0
    values |= {"g_slice": g, "h_slice": h}
    memory = np.geomspace(1e6, 1e14, 4001)
    known = expr.subs(
        {sympy.Symbol(str(s), **s.assumptions0): values[str(s)] for s in expr.free_symbols if str(s) != "M"}
    )
    (free,) = known.free_symbols
    return memory, np.array([float(x) for x in sympy.lambdify(free, known, "numpy")(memory)])


@pytest.mark.parametrize("closure", list(Closure))
@pytest.mark.parametrize("name", LOOPED)
def test_less_memory_costs_no_more_than_the_law(name: str, closure: Closure) -> None:
    """Every method that loops: finite with any memory, no limit on it, dearer with less, and nowhere by a jump: between
    neighbouring memories, a factor q apart, at most q^(g + 2 h ln x), x the want of the smaller."""
    assert "memory" not in MODELS[name].limits(closure)
    g, h = 0.7, 0.3
    memory, seconds = seconds_of(name, closure, g=g, h=h)
    assert np.isfinite(seconds).all()
    rise = np.diff(np.log(seconds[::-1]))
    assert rise.min() >= -1e-12
    enough = memory[np.flatnonzero(seconds > seconds[-1] * (1 + 1e-9)).max() + 1]
    want = np.log(np.maximum(1.0, enough / memory[::-1][1:]))
    q = math.log(memory[1] / memory[0])
    assert (rise <= q * (g + 2 * h * want) + 1e-9).all()
    assert seconds[0] > 100 * seconds[-1]


@pytest.mark.parametrize("name", LOOPED)
def test_the_law_is_the_measured_one(name: str) -> None:
    """Draws of g and h are those of trees that were really looped: with every one of them less memory is dearer."""
    kept = load_calibration()
    for g, h in list(zip(kept.draws["g_slice"], kept.draws["h_slice"], strict=True))[:20]:
        seconds = seconds_of(name, Closure.MARKOV, g=g, h=h)[1]
        assert (np.diff(seconds) <= 1e-12 * seconds[1:]).all()
        assert seconds[0] > seconds[-1]
