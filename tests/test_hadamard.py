"""The controlled Hadamard test against z_s from the definition of sigma."""

import random

import pytest
from pytket import OpType
from test_echo import paths, random_word, z_value

from plait.models import Braid, Closure, PlaitError, hadamard
from plait.models.hadamard import hadamard_circuit, hadamard_value
from plait.models.paths import plat_path, sample_path
from plait.models.runs import closed_runs

SETS = {"rzz": OpType.ZZPhase, "cx": OpType.CX, "cz": OpType.CZ, "zzmax": OpType.ZZMax}


def value(braid: Braid, closure: str, s: tuple[int, ...] | None, gate_set: str = "rzz") -> complex:
    return complex(*(hadamard_value(hadamard_circuit(braid, closure, s, part, gate_set=gate_set)) for part in (0, 1)))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_value_for_every_path(n: int) -> None:
    """Every s, all powers of single generators and random words."""
    rng = random.Random(n)
    for s in paths(n):
        words = [random_word(rng, n, letters) for letters in (0, 5, 20)]
        words += [(i,) * k for i in range(1, n) for k in range(1, 10)]
        for word in words:
            assert value(Braid(strands=n, word=word), "markov", s) == pytest.approx(z_value(word, s), abs=1e-10)


@pytest.mark.parametrize("gate_set", SETS)
@pytest.mark.parametrize("closure", list(Closure))
def test_value_and_counts_in_every_gate_set(gate_set: str, closure: Closure) -> None:
    """n+2 qubits, one measurement, 9 (RZZ) or 16 gates a run, only native gates; z_s to 1e-10."""
    rng = random.Random(f"{gate_set}{closure}")
    for n in (2, 4, 6):
        word = random_word(rng, n, 12)
        s = plat_path(n) if closure is Closure.PLAT else sample_path(n, rng)
        braid = Braid(strands=n, word=word)
        assert value(braid, closure, s, gate_set) == pytest.approx(z_value(word, s), abs=1e-10)
        test = hadamard_circuit(braid, closure, s, gate_set=gate_set)
        r = len(closed_runs(braid, closure).runs)
        pulses = {"rzz": 8, "cx": 21, "cz": 25, "zzmax": 25}[gate_set]
        assert (test.qubits, test.measurements) == (n + 2, 1)
        assert test.two_qubit_gates == (9 if gate_set == "rzz" else 16) * r
        assert test.one_qubit_gates == pulses * r + sum(s) + 2
        assert test.two_qubit_depth <= test.two_qubit_gates
        assert {command.op.type for command in test.circuit} <= {
            OpType.PhasedX,
            OpType.Rz,
            OpType.Measure,
            SETS[gate_set],
        }


def test_plat_kinks_keep_their_phase() -> None:
    """Dropped end kinks are a phase on the ancilla."""
    word = (1, 1, 3, 2, 2, -1, -3, -3)
    s = plat_path(4)
    assert value(Braid(strands=4, word=word), "plat", None) == pytest.approx(z_value(word, s), abs=1e-12)


def test_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown gate set, a wrong s, too long a word."""
    braid = Braid(strands=3, word=(1, 2))
    with pytest.raises(PlaitError, match="known: rzz, cx, cz, zzmax"):
        hadamard_circuit(braid, "markov", gate_set="iswap")
    with pytest.raises(PlaitError, match="is no path"):
        hadamard_circuit(braid, "markov", s=(0, 1))
    monkeypatch.setattr(hadamard, "MAX_TWO_QUBIT_GATES", 17)
    with pytest.raises(PlaitError, match="18 two-qubit gates; the limit is 17"):
        hadamard_circuit(braid, "markov")
