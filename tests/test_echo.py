"""Echo circuits of the paper layout against z_s = <s|U|s>, computed letter by letter on paths."""

import cmath
import itertools
import math
import random
import subprocess
import sys
from collections import Counter
from functools import partial
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytket import Circuit, OpType

from plait.models import Braid, Closure, PlaitError, echo
from plait.models.echo import EchoCircuit, echo_value, layers, run_depth
from plait.models.paths import plat_path, sample_path
from plait.models.runs import Run, closed_runs

cfev_circuit = partial(echo.cfev_circuit, layout="paper")

PHI = (1 + math.sqrt(5)) / 2
A = cmath.exp(3j * math.pi / 5)
V = (1 / PHI, PHI**-0.5)
Path = tuple[int, ...]


def paths(n: int) -> list[Path]:
    """All bit strings s_0..s_n with s_0 = 0, s_1 = 1 and no two adjacent zeros."""
    tails = itertools.product((0, 1), repeat=n - 1)
    return [s for tail in tails if valid(s := (0, 1, *tail))]


def valid(s: Path) -> bool:
    return s[0] == 0 and all(s[i] or s[i + 1] for i in range(len(s) - 1))


def z_value(word: tuple[int, ...], s: Path) -> complex:
    """<s|U|s>, every letter applied as A + E/A or its adjoint conj(A) + conj(1/A) E; no merging, no gates."""
    vector = {s: 1 + 0j}
    for letter in word:
        i, a = abs(letter), A if letter > 0 else A.conjugate()
        after: dict[Path, complex] = {}
        for t, amplitude in vector.items():
            after[t] = after.get(t, 0) + a * amplitude
            if t[i - 1] == t[i + 1] == 0:
                after[t] += PHI * amplitude / a
            elif t[i - 1] == t[i + 1]:
                for bit in (0, 1):
                    u = (*t[:i], bit, *t[i + 1 :])
                    after[u] = after.get(u, 0) + PHI * V[bit] * V[t[i]] * amplitude / a
        vector = after
    return vector.get(s, 0j)


def compiled_value(braid: Braid, closure: Closure, s: Path | None = None) -> complex:
    """Re and Im of z_s read off the two compiled circuits."""
    return complex(*(echo_value(cfev_circuit(braid, closure, s, imaginary)) for imaginary in (False, True)))


def outcomes(compiled: EchoCircuit) -> dict[Path, float]:
    """Measured q_0..q_n -> probability, by pytket's own simulator, read through the classical bits."""
    unmeasured = Circuit(compiled.qubits)
    qubit_of = {}
    for command in compiled.circuit:
        on = [qubit.index[0] for qubit in command.qubits]
        if command.op.type == OpType.Measure:
            qubit_of[command.bits[0].index[0]] = on[0]
        else:
            unmeasured.add_gate(command.op, on)
    n = compiled.qubits
    result = {}
    for index, amplitude in enumerate(unmeasured.get_statevector()):
        if abs(amplitude) ** 2 > 1e-20:
            by_qubit = [index >> (n - 1 - q) & 1 for q in range(n)]
            x = [0] * n
            for j, i in enumerate(compiled.bit_order):
                x[i] = by_qubit[qubit_of[j]]
            result[tuple(x)] = abs(amplitude) ** 2
    return result


def spread(fan_out: tuple[tuple[int, int], ...], x: Path) -> Path:
    """The CX gates of fan_out on classical bits."""
    y = list(x)
    for control, target in fan_out:
        y[target] ^= y[control]
    return tuple(y)


def random_word(rng: random.Random, n: int, letters: int) -> tuple[int, ...]:
    return tuple(rng.choice((-1, 1)) * rng.randint(1, n - 1) for _ in range(letters)) if n > 1 else ()


@st.composite
def braids(draw: st.DrawFn, strands: st.SearchStrategy[int]) -> Braid:
    n = draw(strands)
    letter = st.integers(1, max(1, n - 1)).flatmap(lambda i: st.sampled_from((i, -i)))
    return Braid(strands=n, word=tuple(draw(st.lists(letter, max_size=30 if n > 1 else 0))))


# Value


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_markov_value_for_every_path(n: int) -> None:
    """Re and Im of z_s come out for all valid s (a fan-out that reaches a wrong s is caught here)."""
    rng = random.Random(n)
    for s in paths(n):
        for letters in (0, 1, 4, 25):
            word = random_word(rng, n, letters)
            got = compiled_value(Braid(strands=n, word=word), Closure.MARKOV, s)
            assert got == pytest.approx(z_value(word, s), abs=1e-10)


@pytest.mark.parametrize("n", [6, 7, 8])
def test_markov_value_of_long_words(n: int) -> None:
    """Sixty letters on up to nine qubits, for five drawn paths."""
    rng = random.Random(n)
    for _ in range(5):
        word, s = random_word(rng, n, 60), sample_path(n, rng)
        got = compiled_value(Braid(strands=n, word=word), Closure.MARKOV, s)
        assert got == pytest.approx(z_value(word, s), abs=1e-10)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(braid=braids(st.integers(2, 8)), seed=st.integers(0, 10**6))
def test_markov_value_for_drawn_paths(braid: Braid, seed: int) -> None:
    """The same for paths drawn with a seed; both parts draw the same path."""
    parts = [cfev_circuit(braid, "markov", imaginary=part, seed=seed) for part in (False, True)]
    assert parts[0].s == parts[1].s == sample_path(braid.strands, random.Random(seed))
    got = complex(*map(echo_value, parts))
    assert got == pytest.approx(z_value(braid.word, parts[0].s), abs=1e-10)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(braid=braids(st.sampled_from((2, 4, 6, 8))), low=st.lists(st.integers(-9, 9)), high=st.lists(st.integers(-9, 9)))
def test_plat_value_with_kinks_at_both_ends(braid: Braid, low: list[int], high: list[int]) -> None:
    """For the original word: the phase of end kinks that cost no gates is in the circuit."""
    n = braid.strands
    ends = [
        tuple(
            (2 * j + 1) * (1 if power > 0 else -1)
            for j, power in enumerate(powers[: n // 2])
            for _ in range(abs(power))
        )
        for powers in (low, high)
    ]
    word = (*ends[0], *braid.word, *ends[1])
    got = compiled_value(Braid(strands=n, word=word), Closure.PLAT)
    assert got == pytest.approx(z_value(word, tuple(i % 2 for i in range(n + 1))), abs=1e-10)


@pytest.mark.parametrize("word", [(1,), (-1,), (1, 1, 1), (3,), (1, -3, 3, 3), (1, 2, -2, 3), (3, 2, 2, -1)])
def test_plat_kinks_alone(word: tuple[int, ...]) -> None:
    """A plat of kinks needs few gates or none, and keeps its phase."""
    braid = Braid(strands=4, word=word)
    assert compiled_value(braid, Closure.PLAT) == pytest.approx(z_value(word, (0, 1, 0, 1, 0)), abs=1e-10)
    runs = 1 if 2 in word and -2 not in word else 0
    assert cfev_circuit(braid, Closure.PLAT).two_qubit_gates == 3 * runs + 2


@pytest.mark.parametrize(
    ("strands", "word"), [(1, ()), (2, ()), (5, ()), (2, (1,) * 10), (4, (1,) * 10), (2, (-1,) * 20)]
)
def test_words_that_are_the_identity(strands: int, word: tuple[int, ...]) -> None:
    """The empty word and tenth powers: no blocks, z_s = 1."""
    s = sample_path(strands, random.Random(0))
    assert cfev_circuit(Braid(strands=strands, word=word), "markov", s).two_qubit_gates == 2 * sum(s[2:])
    assert compiled_value(Braid(strands=strands, word=word), Closure.MARKOV, s) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("power", range(-11, 12))
def test_powers_of_one_generator(power: int) -> None:
    """Every power mod 10 on every local configuration, against the spectrum of sigma."""
    word = ((1 if power > 0 else -1),) * abs(power)
    braid = Braid(strands=2, word=word)
    assert compiled_value(braid, Closure.MARKOV, (0, 1, 0)) == pytest.approx((-(A**-3)) ** power, abs=1e-12)
    assert compiled_value(braid, Closure.MARKOV, (0, 1, 1)) == pytest.approx(A**power, abs=1e-12)


def test_untouched_strands_keep_their_qubits() -> None:
    """Strands are never inferred from the word; an idle strand changes no z_s but has its qubit."""
    word = (2, -1, 2, 2)
    narrow = compiled_value(Braid(strands=3, word=word), Closure.MARKOV, (0, 1, 0, 1))
    wide = Braid(strands=6, word=word)
    for tail in ((1, 1, 1), (0, 1, 0), (1, 0, 1)):
        assert compiled_value(wide, Closure.MARKOV, (0, 1, 0, 1, *tail)) == pytest.approx(narrow, abs=1e-10)
    assert cfev_circuit(wide, "markov").qubits == 7


@pytest.mark.parametrize("imaginary", [False, True])
def test_echo_value_agrees_with_pytket(imaginary: bool) -> None:
    """E[v] from pytket's statevector and the classical bits: v = (-1)^{m_1} if the other bits are 0."""
    braid = Braid.brickwall(6, 8, seed=3)
    compiled = cfev_circuit(braid, "markov", imaginary=imaginary, seed=5)
    seen = outcomes(compiled)
    assert sum(seen.values()) == pytest.approx(1, abs=1e-12)
    zeros = (0,) * 7
    value = seen.get(zeros, 0) - seen.get((0, 1, 0, 0, 0, 0, 0), 0)
    assert echo_value(compiled) == pytest.approx(value, abs=1e-12)


# Counts and depth


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    braid=braids(st.integers(1, 12)),
    closure=st.sampled_from(Closure),
    imaginary=st.booleans(),
    seed=st.integers(0, 999),
)
def test_counts_are_exact_and_depth_is_bounded(braid: Braid, closure: Closure, imaginary: bool, seed: int) -> None:
    """n+1 qubits, 3r+2h two-qubit gates, 4r+4h+2 pulses, n+1 measurements, only native gates."""
    if closure is Closure.PLAT and braid.strands % 2:
        closure = Closure.MARKOV
    compiled = cfev_circuit(braid, closure, imaginary=imaginary, seed=seed)
    runs = closed_runs(braid, closure).runs
    r, h = len(runs), sum(compiled.s[2:])
    assert compiled.qubits == compiled.measurements == braid.strands + 1
    assert compiled.two_qubit_gates == 3 * r + 2 * h
    assert compiled.one_qubit_gates == 4 * r + 4 * h + 2
    assert compiled.two_qubit_depth <= 3 * run_depth(runs) + 2 * math.ceil(math.log2(h + 1))
    assert {command.op.type for command in compiled.circuit} <= {
        OpType.PhasedX,
        OpType.Rz,
        OpType.ZZPhase,
        OpType.Measure,
    }
    assert (compiled.closure, compiled.imaginary, compiled.layout) == (closure, imaginary, "paper")


@pytest.mark.parametrize(("strands", "depth"), [(10, 10), (15, 20), (29, 20)])
def test_depth_formula_is_close(strands: int, depth: int) -> None:
    """The formula is within 15 % at the median over seeded brickwalls."""
    ratios = []
    for seed in range(12):
        braid = Braid.brickwall(strands, depth, seed=seed)
        compiled = cfev_circuit(braid, "markov", seed=seed)
        ones = sum(compiled.s[2:])
        formula = 3 * run_depth(braid.runs(Closure.MARKOV)) + 2 * math.ceil(math.log2(ones + 1))
        ratios.append(formula / compiled.two_qubit_depth)
    assert min(ratios) >= 1
    assert median(ratios) <= 1.15


def test_full_brick_layers_have_depth_three() -> None:
    """Blocks that share an outer qubit are interleaved: full layers on 13 strands cost 3 each, no staircase."""
    word = tuple(i for layer in range(6) for i in range(1 + layer % 2, 13, 2))
    compiled = cfev_circuit(Braid(strands=13, word=word), "markov", s=(0, 1) * 7)
    # Six layers, and a fan-out to six qubits twice. Block by block, the layers alone would take 34.
    assert 3 * 6 <= compiled.two_qubit_depth <= 3 * 6 + 2 * 3


@settings(max_examples=60, deadline=None, derandomize=True)
@given(braid=braids(st.integers(2, 10)))
def test_layers_hold_every_run_once_and_keep_order(braid: Braid) -> None:
    """Layers are a reordering of the runs that never swaps two that do not commute."""
    runs = closed_runs(braid, Closure.MARKOV).runs
    placed = [run for layer in layers(runs) for run in layer]
    assert Counter(placed) == Counter(runs)
    for i in range(1, braid.strands):
        near = {i, i + 1}
        assert [run for run in placed if run.position in near] == [run for run in runs if run.position in near]
    for layer in layers(runs):
        assert all(abs(x.position - y.position) > 1 for x, y in itertools.combinations(layer, 2))
    assert run_depth(runs) == Braid(strands=braid.strands, word=tuple(run.position for run in runs)).depth


def test_run_depth_of_nothing() -> None:
    """No runs, no layers."""
    assert run_depth(()) == 0
    assert run_depth((Run(3, 2),)) == 1


# Fan-out and error detection


@pytest.mark.parametrize("n", range(1, 9))
def test_fan_out_makes_s_from_reached_qubits(n: int) -> None:
    """For every s the CX gates take |010..0> to |s>, leave zeros alone, and use only controls already reached."""
    for s in paths(n):
        fan_out = cfev_circuit(Braid(strands=n, word=()), "markov", s).fan_out
        assert spread(fan_out, (0, 1, *[0] * (n - 1))) == s
        reached = {1}
        for control, target in fan_out:
            assert control in reached
            assert target not in reached
            reached.add(target)
        assert len(fan_out) == sum(s[2:])


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_fan_out_is_all_that_an_empty_word_runs(n: int) -> None:
    """The two-qubit gates are those of fan_out twice, there and back, with angle 1/2."""
    compiled = cfev_circuit(Braid(strands=n, word=()), "markov", seed=n)
    gates = [command for command in compiled.circuit if command.op.type == OpType.ZZPhase]
    pairs = Counter(tuple(sorted(qubit.index[0] for qubit in gate.qubits)) for gate in gates)
    assert pairs == Counter(compiled.fan_out * 2)
    assert all(gate.op.params == [0.5] for gate in gates)
    assert compiled.two_qubit_depth == 2 * math.ceil(math.log2(len(compiled.fan_out) + 1))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(braid=braids(st.integers(2, 7)), imaginary=st.booleans(), seed=st.integers(0, 999))
def test_error_detection_never_rejects_without_noise(braid: Braid, imaginary: bool, seed: int) -> None:
    """Every outcome x that can occur has x_0 = 0 and fan_out (0, 1, x_2..x_n) a valid path."""
    closures = [Closure.MARKOV] if braid.strands % 2 else list(Closure)
    for closure in closures:
        compiled = cfev_circuit(braid, closure, imaginary=imaginary, seed=seed)
        for x in outcomes(compiled):
            assert x[0] == 0
            assert valid(spread(compiled.fan_out, (0, 1, *x[2:])))


def test_bitwise_rule_would_reject_good_shots() -> None:
    """The shortcut y = x xor s holds for a star only: with the tree it rejects noiseless outcomes."""
    compiled = cfev_circuit(Braid.brickwall(8, 8, seed=1), "markov", s=(0, *[1] * 8))
    rejected = sum(
        probability
        for x, probability in outcomes(compiled).items()
        if not valid((0, 1, *(a ^ b for a, b in zip(x[2:], compiled.s[2:], strict=True))))
    )
    assert rejected > 0.1


# Paths


@pytest.mark.parametrize("n", range(1, 11))
def test_every_rank_is_one_path(n: int) -> None:
    """Given s_n, ranks 0..F-1 name all paths with that end, each once: the draw is exactly uniform."""

    class Fixed(random.Random):
        low: float
        rank: int
        stop: int

        def random(self) -> float:
            return self.low

        def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
            self.stop = start
            return self.rank

    rng = Fixed()
    for low, last in ((0.0, 1), (math.nextafter(1, 0), 0)):
        expected = [s for s in paths(n) if s[-1] == last]
        if not expected:
            continue
        rng.low, drawn = low, []
        for rng.rank in range(len(expected)):
            drawn.append(sample_path(n, rng))
            assert rng.stop == len(expected)
        assert sorted(drawn) == expected


def test_path_weights_pass_a_chi_square() -> None:
    """20,000 draws at n = 6 against phi^{s_n}/phi^n; 12 degrees of freedom, the bound is the 99.9 % point."""
    rng = random.Random(11)
    draws = 20_000
    counts = Counter(sample_path(6, rng) for _ in range(draws))
    chi_square = 0.0
    for s in paths(6):
        mean = draws * PHI ** (s[-1] - 6)
        chi_square += (counts.pop(s, 0) - mean) ** 2 / mean
    assert not counts
    assert chi_square < 32.91


def test_marginals_of_a_wide_path() -> None:
    """P(s_i = 1) = F_i phi^{1-i} at n = 15, each within 4.5 standard errors."""
    rng = random.Random(5)
    draws = 20_000
    ones = np.sum([sample_path(15, rng) for _ in range(draws)], axis=0) / draws
    fib = [0, 1]
    while len(fib) < 16:
        fib.append(fib[-1] + fib[-2])
    for i in range(1, 16):
        p = fib[i] * PHI ** (1 - i)
        assert abs(ones[i] - p) <= 4.5 * math.sqrt(p * (1 - p) / draws) + 1e-12
    assert ones[0] == 0


def test_widest_path() -> None:
    """The largest braid allowed still draws exactly: a valid path of 1001 bits."""
    s = sample_path(1000, random.Random(0))
    assert len(s) == 1001
    assert s[:2] == (0, 1)
    assert valid(s)


def test_plat_path() -> None:
    """0101..10, and only for an even number of strands."""
    assert plat_path(6) == (0, 1, 0, 1, 0, 1, 0)
    assert cfev_circuit(Braid(strands=6, word=(2,)), "plat", seed=9).s == plat_path(6)
    with pytest.raises(PlaitError, match="strands = 5: the plat closure needs an even number"):
        plat_path(5)


# Mistakes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "torus"}, "layout = 'torus' is not available; known: paper"),
        ({"gate_set": "iswap"}, "gate_set = 'iswap' is not available; known: rzz"),
        ({"connectivity": "ring"}, "connectivity = 'ring' is not available; known: all"),
        ({"closure": "trace"}, "closure = 'trace' is not a closure; known: markov, plat"),
        ({"s": (0, 1, 1)}, "is no path: expected 5 bits s_0..s_4"),
        ({"s": (0, 1, 0, 0, 1)}, "no two adjacent zeros"),
        ({"s": (1, 1, 1, 1, 1)}, "start 0, 1"),
        ({"s": (0, 1, 2, 1, 1)}, "is no path"),
        ({"s": "01111"}, "is no path"),
        ({"s": 7}, "is no path"),
        ({"closure": "plat", "s": (0, 1, 1, 1, 0)}, "the plat closure has only s = (0, 1, 0, 1, 0); leave s out"),
        ({"seed": -1}, "seed = -1 is out of range"),
    ],
)
def test_mistakes_are_one_line(options: dict[str, object], message: str) -> None:
    """A wrong option says what was expected, on one line."""
    with pytest.raises(PlaitError) as caught:
        cfev_circuit(Braid(strands=4, word=(1, 2)), **({"closure": "markov"} | options))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_plat_of_an_odd_braid() -> None:
    """Refused before anything is built."""
    with pytest.raises(PlaitError, match="needs an even number of strands"):
        cfev_circuit(Braid(strands=3, word=(1,)), Closure.PLAT)


def test_size_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A circuit over the limit is refused, one at the limit is built."""
    braid = Braid(strands=3, word=(1, 2) * 4)
    monkeypatch.setattr(echo, "MAX_TWO_QUBIT_GATES", 26)
    assert cfev_circuit(braid, "markov", s=(0, 1, 0, 1)).two_qubit_gates == 26
    with pytest.raises(PlaitError, match="28 two-qubit gates; the limit is 26"):
        cfev_circuit(braid, "markov", s=(0, 1, 1, 1))


def test_value_guard() -> None:
    """2^17 amplitudes are refused."""
    with pytest.raises(PlaitError, match=r"2\^17 amplitudes; the limit is 16 qubits"):
        echo_value(cfev_circuit(Braid(strands=16, word=(1,)), "markov"))


def test_import_is_light() -> None:
    """Importing the module leaves pytket and numpy alone; only building a circuit needs pytket."""
    code = "import sys, plait.models.echo; sys.exit('pytket' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
