"""The circuit with classical input bits: every path and both parts of one compiled circuit."""

import random
from dataclasses import replace

import pytest
from pytket import Circuit, OpType
from test_echo import paths, random_word, spread, valid, z_value
from test_echo_layouts import completed

from plait.models import Braid, PlaitError, conditional
from plait.models.conditional import ConditionalEcho, conditional_circuit
from plait.models.echo import EchoCircuit, cfev_circuit, echo_value


def as_echo(echo: ConditionalEcho, s: tuple[int, ...], imaginary: bool) -> EchoCircuit:
    """The run on given inputs, with the reading rule of an echo circuit."""
    shell = cfev_circuit(Braid(strands=echo.strands, word=()), "markov", s, imaginary, layout="reduced")
    return replace(shell, circuit=echo.resolved(s, imaginary), fan_out=echo.fan_out(s))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("gate_set", ["rzz", "cx", "cz", "zzmax"])
def test_one_circuit_gives_every_value(n: int, gate_set: str) -> None:
    """Re and Im of z_s for all s from one circuit, and nothing is rejected without noise."""
    rng = random.Random(n)
    for letters in (0, 1, 6, 30):
        word = random_word(rng, n, letters)
        echo = conditional_circuit(Braid(strands=n, word=word), gate_set)
        assert echo.qubits == max(1, n - 1)
        for s in paths(n):
            parts = [as_echo(echo, s, imaginary) for imaginary in (False, True)]
            assert complex(*map(echo_value, parts)) == pytest.approx(z_value(word, s), abs=1e-10)
            assert all(map(valid, completed(parts[0])))
            assert spread(echo.fan_out(s), (0, 1, *[0] * (n - 1)))[1:n] == s[1:n]


def test_only_what_s_decides_is_conditional() -> None:
    """Fan-out, Sdg, the last position and the final phase; the rest is the same for every s."""
    word = (3, 2, 4, 3, 5, 1, 2, 4)
    echo = conditional_circuit(Braid(strands=7, word=word))
    assert echo.circuit.n_gates_of_type(OpType.ZZPhase) == 1 * 2 + 3 * 5
    assert all(command.op.type != OpType.Conditional or command.args[0].reg_name == "s" for command in echo.circuit)
    ends = conditional_circuit(Braid(strands=7, word=(*word, 6)))
    more = ends.circuit.n_gates_of_type(OpType.Conditional) - echo.circuit.n_gates_of_type(OpType.Conditional)
    assert more > 0
    assert ends.circuit.n_gates_of_type(OpType.ZZPhase) == echo.circuit.n_gates_of_type(OpType.ZZPhase)


def test_round_trip_through_json() -> None:
    """What a device is sent keeps the conditions."""
    echo = conditional_circuit(Braid(strands=4, word=(1, 2, 3, -2)))
    again = replace(echo, circuit=Circuit.from_dict(echo.circuit.to_dict()))
    s = (0, 1, 1, 0, 1)
    assert again.resolved(s, True) == echo.resolved(s, True)


def test_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown gate set, a wrong s, too long a word."""
    braid = Braid(strands=3, word=(1, 2))
    with pytest.raises(PlaitError, match="known: rzz, cx, cz, zzmax"):
        conditional_circuit(braid, "iswap")
    with pytest.raises(PlaitError, match="is no path"):
        conditional_circuit(braid).inputs((0, 1, 0, 0), False)
    monkeypatch.setattr(conditional, "MAX_TWO_QUBIT_GATES", 13)
    with pytest.raises(PlaitError, match="may have 14 two-qubit gates; the limit is 13"):
        conditional_circuit(braid)
