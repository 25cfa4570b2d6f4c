"""Echo circuits in every layout, gate set and connectivity against z_s = <s|U|s> from the definition of sigma."""

import itertools
import math
import random
from collections import Counter
from functools import partial
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytket import Circuit, OpType
from test_echo import braids, paths, random_word, spread, valid, z_value

from plait.models import Braid, Closure, PlaitError, echo
from plait.models.echo import EchoCircuit, echo_value, run_depth
from plait.models.echo_plan import block_costs, fan_out_gates, plan_echo
from plait.models.gates import final_state, measured_qubits
from plait.models.known_bits import plan_runs
from plait.models.paths import plat_path, sample_path
from plait.models.runs import Run, closed_runs

cfev_circuit = partial(echo.cfev_circuit, effort=0)
"""Words as they are: what is counted here is what is known of the bits."""

SETS = ("rzz", "cx", "cz", "zzmax")
NATIVE = {"rzz": OpType.ZZPhase, "cx": OpType.CX, "cz": OpType.CZ, "zzmax": OpType.ZZMax}
VARIANTS = [
    {"layout": layout, "gate_set": gate_set, "connectivity": connectivity, "output_zeros": output_zeros}
    for layout, gate_set, connectivity, output_zeros in itertools.product(
        ("paper", "reduced"), SETS, ("all", "line"), (False, True)
    )
    if layout == "reduced" or not output_zeros
]


def both_parts(braid: Braid, closure: Closure, s: tuple[int, ...] | None, variant: dict) -> list[EchoCircuit]:
    return [cfev_circuit(braid, closure, s, part, **variant) for part in (False, True)]


def value(parts: list[EchoCircuit]) -> complex:
    return complex(*map(echo_value, parts))


def completed(compiled: EchoCircuit) -> dict[tuple[int, ...], float]:
    """Path that error detection sees for each outcome -> probability: measured bits, x_1 = 1, known bits, fan_out."""
    seen: Counter[tuple[int, ...]] = Counter()
    for bits, probability in outcomes(compiled).items():
        x = [0, *compiled.s[1:]]
        for place, bit in zip(compiled.bit_order, bits, strict=True):
            x[place] = bit
        x[1] = 1
        seen[spread(compiled.fan_out, tuple(x))] += probability
    return seen


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: "-".join(map(str, variant.values())))
def test_value_counts_and_detection_of_every_variant(variant: dict) -> None:
    """z_s to 1e-10, native gates only, counts from the formula, neighbours only on a line, nothing rejected."""
    rng = random.Random(str(variant))
    for case in range(14):
        n = 1 + case % 7
        closure = Closure.PLAT if n % 2 == 0 and case > 6 else Closure.MARKOV
        word = random_word(rng, n, rng.choice((0, 2, 6, 12, 40)))
        s = plat_path(n) if closure is Closure.PLAT else sample_path(n, rng)
        parts = both_parts(Braid(strands=n, word=word), closure, s, variant)
        assert value(parts) == pytest.approx(z_value(word, s), abs=1e-10)
        for compiled in parts:
            check_counts(compiled, closed_runs(Braid(strands=n, word=word), closure).runs, variant)
            check_reading(compiled)
            found = completed(compiled)
            assert sum(found.values()) == pytest.approx(1, abs=1e-10)
            assert all(map(valid, found))


def check_reading(compiled: EchoCircuit) -> None:
    """`read` keeps every shot without noise, and the mean of its v is the exact value."""
    mean = 0.0
    for bits, probability in outcomes(compiled).items():
        v, kept = compiled.read(bits)
        assert kept
        mean += v * probability
    assert mean == pytest.approx(echo_value(compiled), abs=1e-10)


def outcomes(compiled: EchoCircuit) -> dict[tuple[int, ...], float]:
    """Measured classical bits -> probability, by pytket's own simulator."""
    unmeasured = Circuit(compiled.qubits)
    bit_of = {}
    for command in compiled.circuit:
        on = [qubit.index[0] for qubit in command.qubits]
        if command.op.type == OpType.Measure:
            bit_of[on[0]] = command.bits[0].index[0]
        else:
            unmeasured.add_gate(command.op, on)
    seen = {}
    for index, amplitude in enumerate(unmeasured.get_statevector()):
        if abs(amplitude) ** 2 > 1e-20:
            bits = [0] * compiled.qubits
            for qubit in range(compiled.qubits):
                bits[bit_of[qubit]] = index >> (compiled.qubits - 1 - qubit) & 1
            seen[tuple(bits)] = float(abs(amplitude) ** 2)
    return seen


def check_counts(compiled: EchoCircuit, runs: tuple[Run, ...], variant: dict) -> None:
    """Every count of the circuit from the word and s alone."""
    layout, gate_set, connectivity, output_zeros = variant.values()
    n = len(compiled.s) - 1
    costs = block_costs(runs, compiled.s, layout, output_zeros)
    plan = plan_echo(runs, compiled.s, layout, gate_set, connectivity, output_zeros)
    fan = len(plan.fan_in) + len(plan.fan_out) - plan.absorbed
    assert compiled.costs == costs
    assert sum(costs) == len(runs)
    assert compiled.qubits == compiled.measurements == (n + 1 if layout == "paper" else max(1, n - 1))
    assert compiled.two_qubit_gates == costs.two_qubit_gates(gate_set) + fan
    assert compiled.one_qubit_gates == 2 + costs.one_qubit_gates(gate_set) + (0 if gate_set == "cx" else 2 * fan)
    assert {command.op.type for command in compiled.circuit} <= {
        OpType.PhasedX,
        OpType.Rz,
        OpType.Measure,
        NATIVE[gate_set],
    }
    pairs = [[qubit.index[0] for qubit in command.qubits] for command in compiled.circuit if len(command.qubits) == 2]
    assert connectivity == "all" or all(abs(x - y) == 1 for x, y in pairs)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    braid=braids(st.integers(2, 9)),
    seed=st.integers(0, 10**6),
    gate_set=st.sampled_from(SETS),
    line=st.booleans(),
    zeros=st.booleans(),
)
def test_reduced_value_of_drawn_braids(braid: Braid, seed: int, gate_set: str, line: bool, zeros: bool) -> None:
    """The reduced layout on up to nine strands, drawn by hypothesis."""
    variant = {"layout": "reduced", "gate_set": gate_set, "connectivity": "line" if line else "all"}
    s = sample_path(braid.strands, random.Random(seed))
    parts = both_parts(braid, Closure.MARKOV, s, variant | {"output_zeros": zeros})
    assert value(parts) == pytest.approx(z_value(braid.word, s), abs=1e-10)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
@pytest.mark.parametrize("zeros", [False, True])
def test_reduced_value_for_every_path(n: int, zeros: bool) -> None:
    """Every s, short words (where nearly everything is known) and long ones."""
    rng = random.Random(n)
    for s in paths(n):
        for letters in (1, 2, 3, 5, 8, 25):
            word = random_word(rng, n, letters)
            variant = {"layout": "reduced", "output_zeros": zeros}
            parts = both_parts(Braid(strands=n, word=word), Closure.MARKOV, s, variant)
            assert value(parts) == pytest.approx(z_value(word, s), abs=1e-10)


def test_reduced_is_never_longer_and_known_bits_cost_what_they_should() -> None:
    """sigma_1 free, sigma_2 one gate, sigma_{n-1} free or one by s_n, sigma_{n-2} one if s_n = 0, others three."""
    ones, ends_in_zero = (0, *[1] * 8), (0, *[1] * 7, 0)
    # Every bit has turned once before the second half of the word.
    warm = [Run(i, 2) for i in range(2, 7)]
    for s, expected in ((ones, [0, 1, 3, 3, 3, 3, 1]), (ends_in_zero, [0, 1, 3, 3, 3, 1, 0])):
        start = plan_runs([*warm, Run(7, 2)], s, "reduced", output_zeros=False)
        assert all(planned.controls for planned in start[:-1])
        for i, gates in enumerate(expected, start=1):
            planned = plan_runs([*warm, Run(7, 2), Run(i, 3)], s, "reduced", output_zeros=False)[-1]
            assert {0: 0, 1: 1, 2: 3}[len(planned.controls)] == gates
    rng = random.Random(0)
    for _ in range(200):
        n = rng.randint(1, 9)
        braid, s = Braid(strands=n, word=random_word(rng, n, 30)), sample_path(n, rng)
        for gate_set in SETS:
            counts = []
            for layout, zeros in (("paper", False), ("reduced", False), ("reduced", True)):
                plan = plan_echo(braid.runs("markov"), s, layout, gate_set, "all", zeros)
                costs = block_costs(braid.runs("markov"), s, layout, zeros)
                counts.append(costs.two_qubit_gates(gate_set) + len(plan.fan_in) + len(plan.fan_out) - plan.absorbed)
            assert counts[1] <= counts[0]
            assert sum(block_costs(braid.runs("markov"), s, "reduced", True)[:4]) <= sum(
                block_costs(braid.runs("markov"), s)[:4]
            )


def test_plan_does_not_depend_on_the_order_of_commuting_runs() -> None:
    """Swapping neighbours that commute changes no cost."""
    rng = random.Random(8)
    for _ in range(100):
        n = rng.randint(3, 10)
        s = sample_path(n, rng)
        runs = [Run(rng.randint(1, n - 1), rng.randint(1, 9)) for _ in range(25)]
        costs = [block_costs(runs, s, output_zeros=zeros) for zeros in (False, True)]
        for _ in range(60):
            j = rng.randrange(24)
            if abs(runs[j].position - runs[j + 1].position) > 1:
                runs[j], runs[j + 1] = runs[j + 1], runs[j]
        assert [block_costs(runs, s, output_zeros=zeros) for zeros in (False, True)] == costs


@pytest.mark.parametrize("layout", ["paper", "reduced"])
@pytest.mark.parametrize("connectivity", ["all", "line"])
@pytest.mark.parametrize("n", range(1, 10))
def test_fan_out_makes_every_path(n: int, layout: str, connectivity: str) -> None:
    """For every s: 010..0 goes to s, zeros stay, only neighbours meet on a line, at the cost stated."""
    last = n if layout == "paper" else max(1, n - 1)
    for s in paths(n):
        gates = fan_out_gates(s, layout, connectivity)
        assert spread(gates, (0, 1, *[0] * (n - 1)))[: last + 1] == s[: last + 1]
        assert spread(gates, (0,) * (n + 1)) == (0,) * (n + 1)
        held = s[: last + 1]
        top = max(i for i, bit in enumerate(held) if bit)
        if connectivity == "line":
            assert all(target == control + 1 for control, target in gates)
            assert len(gates) == top - 1 + held[2:top].count(0)
        else:
            assert len(gates) == sum(held[2:])


def test_absorbed_cx_gates_are_read_back() -> None:
    """A CX inside a block still belongs to the fan-out that reads the shots; without it, shots would be rejected."""
    braid = Braid(strands=5, word=(2, 4, 3, 2, 2, 4))
    compiled = cfev_circuit(braid, "markov", (0, 1, 1, 1, 1, 1), layout="reduced")
    assert compiled.absorbed == 2
    assert len(compiled.fan_in) == 1
    assert sorted(target for _, target in compiled.fan_out) == [2, 3, 4]
    assert all(map(valid, completed(compiled)))
    assert compiled.two_qubit_gates == compiled.costs.two_qubit_gates("rzz") + 1 + 1


def test_controlled_gates_in_a_row_are_one() -> None:
    """sigma_2 .. sigma_1 .. sigma_2 .. needs one RZZ; with sigma_3 between, all are needed; the end may differ."""
    s = (0, 1, 1, 1, 1, 1, 1)
    assert block_costs([Run(2, 1), Run(1, 2), Run(2, 3), Run(1, 1), Run(2, 5)], s) == (0, 0, 0, 1, 4)
    # sigma_3 has one neighbour known to be 1, q_4, and so has sigma_2, q_1: one controlled gate each.
    assert block_costs([Run(2, 1), Run(3, 1), Run(2, 3)], s) == (0, 0, 0, 3, 0)
    word = (2, 1, 1, 2, 2, -1, 2)
    for zeros in (False, True):
        parts = both_parts(Braid(strands=6, word=word), Closure.MARKOV, s, {"layout": "reduced", "output_zeros": zeros})
        assert value(parts) == pytest.approx(z_value(word, s), abs=1e-12)
        # One RZZ for all, with both of its CX gates in it; no gate meets the qubits of the three other ones.
        assert parts[0].two_qubit_gates == 1


def test_second_moment_is_that_of_the_protocol() -> None:
    """P(v != 0) = (1 + |z_s|^2)/2 in every layout, also where output zeros skip blocks."""
    rng = random.Random(4)
    for case in range(20):
        n = 3 + case % 4
        word, s = random_word(rng, n, 20), sample_path(n, rng)
        for zeros in (False, True):
            compiled = cfev_circuit(Braid(strands=n, word=word), "markov", s, layout="reduced", output_zeros=zeros)
            assert completed(compiled)[s] == pytest.approx((1 + abs(z_value(word, s)) ** 2) / 2, abs=1e-10)


@pytest.mark.parametrize("strands", [10, 15])
def test_depth_of_the_reduced_layout(strands: int) -> None:
    """Never above the paper layout's formula plus one for a mirrored last block, and well below at the median."""
    ratios = []
    for seed in range(12):
        braid = Braid.brickwall(strands, 20, seed=seed)
        compiled = cfev_circuit(braid, "markov", seed=seed, layout="reduced")
        ones = sum(compiled.s[2:])
        bound = 3 * run_depth(braid.runs(Closure.MARKOV)) + 2 * math.ceil(math.log2(ones + 1)) + 1
        ratios.append(compiled.two_qubit_depth / bound)
    assert max(ratios) <= 1
    assert median(ratios) < 0.97


def test_unknown_options() -> None:
    """Messages list what there is."""
    braid = Braid(strands=3, word=(1,))
    for option, message in (
        ({"layout": "torus"}, "known: paper, reduced"),
        ({"gate_set": "iswap"}, "known: rzz, cx, cz, zzmax"),
        ({"connectivity": "ring"}, "known: all, line"),
    ):
        with pytest.raises(PlaitError, match=message):
            cfev_circuit(braid, "markov", **option)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    braid=braids(st.integers(2, 8)),
    seed=st.integers(0, 10**6),
    gate_set=st.sampled_from(SETS),
    connectivity=st.sampled_from(["all", "line", "grid", "heavy-hex"]),
    shared=st.booleans(),
)
def test_the_default_with_a_rewritten_word(
    braid: Braid, seed: int, gate_set: str, connectivity: str, shared: bool
) -> None:
    """Both closures: z_s exactly, no shot rejected, no more gates than with the word as it is."""
    for closure in (Closure.MARKOV, Closure.PLAT)[: 1 + (braid.strands % 2 == 0)]:
        s = plat_path(braid.strands) if closure is Closure.PLAT else sample_path(braid.strands, random.Random(seed))
        variant = {"gate_set": gate_set, "connectivity": connectivity}
        parts = [echo.cfev_circuit(braid, closure, s, part, **variant, shared_word=shared) for part in (False, True)]
        assert value(parts) == pytest.approx(z_value(braid.word, s), abs=1e-10)
        assert parts[0].measurements == max(1, braid.strands - 1)
        if connectivity in ("all", "line"):
            check_reading(parts[0])
            plain = cfev_circuit(braid, closure, s, **variant)
            assert shared or parts[0].two_qubit_gates <= plain.two_qubit_gates


def test_routed_circuits_are_read_like_their_source() -> None:
    """On a grid and on heavy-hex, every outcome of a noiseless circuit is kept and E[v] is the value."""
    braid, s = Braid.brickwall(6, 9, seed=4), (0, 1, 1, 0, 1, 1, 1)
    for connectivity in ("grid", "heavy-hex"):
        made = echo.cfev_circuit(braid, "markov", s, connectivity=connectivity, gate_set="cz")
        assert len(made.nodes) == made.qubits
        weights = abs(final_state(made.circuit)) ** 2
        order = measured_qubits(made.circuit)
        mean = 0.0
        for bits in itertools.product((0, 1), repeat=made.qubits):
            if weights[bits] > 1e-20:
                v, kept = made.read([bits[qubit] for qubit in order])
                assert kept
                mean += v * weights[bits]
        assert mean == pytest.approx(z_value(braid.word, s).real, abs=1e-10)


def test_rewriting_pays() -> None:
    """Brickwalls (15, 20): fewer gates for the path; about as many or fewer with one word for all paths."""
    for seed in range(3):
        braid = Braid.brickwall(15, 20, seed=seed).minimised("markov")
        s = sample_path(15, random.Random(seed))
        plain, one, shared = (
            echo.cfev_circuit(braid, "markov", s, **options).two_qubit_gates
            for options in ({"effort": 0}, {}, {"shared_word": True})
        )
        assert one <= 0.95 * plain
        assert shared <= 1.05 * plain
