"""One test for each defect of the published code of arXiv:2503.05625 that concerns words, circuits and sampling."""

import cmath
import itertools
import math

import pytest
from test_echo import paths, z_value

from plait.models import Braid, Closure, cfev_circuit, jones_exact
from plait.models.echo import EchoCircuit, echo_value
from plait.models.echo_plan import fan_out_gates
from plait.models.runs import Run, merge_runs
from plait.models.shot_plan import shot_plan

PHI = (1 + math.sqrt(5)) / 2


def value(braid: Braid, closure: str, s: tuple[int, ...] | None = None, **options: str) -> complex:
    return complex(*(echo_value(cfev_circuit(braid, closure, s, part, **options)) for part in (False, True)))


@pytest.mark.parametrize("layout", ["paper", "reduced"])
@pytest.mark.parametrize("n", [3, 4, 5])
def test_defect_1_the_line_fan_out_prepares_the_right_path(n: int, layout: str) -> None:
    """Published: the ladder toggles the last qubit when s_n = 0, wrong for every s. Here: z_s and the path, every s."""
    word = (2, 1, 1, *range(1, n), -2)
    for s in paths(n):
        x = [0, 1, *[0] * (n - 1)]
        for control, target in fan_out_gates(s, layout, "line"):
            x[target] ^= x[control]
        last = n if layout == "paper" else n - 1
        assert tuple(x[: last + 1]) == s[: last + 1]
        found = value(Braid(strands=n, word=word), "markov", s, layout=layout, connectivity="line")
        assert found == pytest.approx(z_value(word, s), abs=1e-10)


@pytest.mark.parametrize("layout", ["paper", "reduced"])
@pytest.mark.parametrize("connectivity", ["all", "line"])
def test_defect_2_detection_follows_the_fan_out(layout: str, connectivity: str) -> None:
    """Published: y = x xor s for the line too, which rejects up to half of the noiseless shots. Here: none of them."""
    braid = Braid.brickwall(5, 6, seed=1)
    for s in paths(5):
        echo = cfev_circuit(braid, "markov", s, layout=layout, connectivity=connectivity)
        assert all(echo.read(bits)[1] for bits in possible(echo))


def possible(echo: EchoCircuit) -> list[tuple[int, ...]]:
    """Outcomes of nonzero probability, in the order of the classical bits."""
    from plait.models.gates import final_state, measured_qubits

    weights = abs(final_state(echo.circuit)) ** 2
    order = measured_qubits(echo.circuit)
    return [
        tuple(bits[qubit] for qubit in order)
        for bits in itertools.product((0, 1), repeat=echo.qubits)
        if weights[bits] > 1e-20
    ]


@pytest.mark.parametrize("power", [10, -10, 20])
def test_defect_3_tenth_powers_are_the_identity(power: int) -> None:
    """Published: a crash on sigma^10. Here: no gate, value 1, and a writhe that still counts."""
    word = (1 if power > 0 else -1,) * abs(power)
    braid = Braid(strands=3, word=(*word, 2))
    assert value(braid, "markov", (0, 1, 1, 1)) == pytest.approx(z_value((2,), (0, 1, 1, 1)), abs=1e-12)
    assert jones_exact(braid, Closure.MARKOV).writhe == power + 1


def test_defect_4_untouched_strands_keep_their_factor() -> None:
    """Published: strands inferred from the word lose phi for each one. Here: phi to the number of further strands."""
    narrow = jones_exact(Braid(strands=2, word=(1, 1, 1)), Closure.MARKOV).jones
    for further in (1, 2, 5):
        wide = jones_exact(Braid(strands=2 + further, word=(1, 1, 1)), Closure.MARKOV).jones
        assert wide == pytest.approx(narrow * PHI**further, abs=1e-12)
    assert jones_exact(Braid(strands=4, word=()), Closure.MARKOV).jones == pytest.approx(PHI**3)


def test_defect_5_one_convention_for_every_torus_knot() -> None:
    """Published: the torus formula is the conjugate of the circuits. Here: circuit and polynomial agree."""
    for crossings in (3, 5, 7):
        found = jones_exact(Braid(strands=2, word=(1,) * crossings), Closure.MARKOV)
        t = cmath.exp(-2j * math.pi / 5)
        p, q = 2, crossings
        torus = t ** ((p - 1) * (q - 1) / 2) * (1 - t ** (p + 1) - t ** (q + 1) + t ** (p + q)) / (1 - t**2)
        assert found.jones == pytest.approx(torus, abs=1e-12)
        assert found.standard == pytest.approx(torus.conjugate(), abs=1e-12)


@pytest.mark.parametrize("shots", [1, 7, 1001])
def test_defect_6_odd_shots_are_kept(shots: int) -> None:
    """Published: shots // 2 twice drops one. Here: all of them are run."""
    assert sum(batch.shots for batch in shot_plan(4, "markov", shots)) == shots


def test_defect_8_the_plat_closure_has_circuits() -> None:
    """Published: none. Here: the value of the Hopf link as a plat, from its circuits."""
    braid = Braid(strands=4, word=(2, 2))
    found = jones_exact(braid, Closure.PLAT)
    assert value(braid, "plat") == pytest.approx(found.normalised, abs=1e-12)
    assert found.jones == pytest.approx(-0.1909830056 + 0.5877852523j, abs=1e-9)


def test_defect_9_runs_merge_through_commuting_letters_and_cancel() -> None:
    """Published: only equal letters side by side. Here: also past letters that commute, and opposites vanish."""
    assert merge_runs((1, 3, 1, -3, 2)) == (Run(1, 2), Run(2, 1))
    assert merge_runs((1, 4, -1, -4)) == ()
