"""The noisy simulation against an exact density matrix that is evolved here, step by step, with numpy alone."""

import math
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2, chisquare

from plait.calibrations.noisy import read_bits, simulate_shots
from plait.calibrations.noisy_circuit import MAX_QUBITS, ErrorSlot, draw_errors, noisy_bits, take_apart
from plait.models import Braid, EchoCircuit, PlaitError, cfev_circuit, jones_exact
from plait.models.closure import Closure
from plait.models.echo import echo_value
from plait.models.noise import LinearAngle, NoiseModel

PAULI = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}
SKEWED: dict[str, Any] = {
    "e_2q": 0.05,
    "e_1q": 0.02,
    "e_idle": 0.03,
    "e_prep": 0.04,
    "e_meas": (0.02, 0.06),
    "two_qubit": {"XI": 3, "IZ": 1, "YZ": 2},
    "one_qubit": {"Y": 1, "Z": 2},
    "idle": {"X": 1, "Z": 3},
    "angle": LinearAngle(constant=0.4, slope=1.2),
}
MODELS = {
    "everything, depolarising": {
        **SKEWED,
        "two_qubit": "depolarising",
        "one_qubit": "depolarising",
        "idle": "depolarising",
    },
    "everything, skewed": SKEWED,
    "two-qubit gates": {"e_2q": 0.1},
    "angle": {"e_2q": 0.1, "angle": LinearAngle(constant=0.1, slope=1.8)},
    "pulses": {"e_1q": 0.1, "one_qubit": {"X": 1}},
    "dephasing while idle": {"e_idle": 0.1, "idle": {"Z": 1}},
    "flips while idle": {"e_idle": 0.1, "idle": {"X": 1}},
    "preparation": {"e_prep": 0.2},
    "measurement": {"e_meas": (0.05, 0.3)},
    "none": {},
}


def widened(matrix: NDArray[Any], on: tuple[int, ...], qubits: int) -> NDArray[Any]:
    """A gate as a matrix of all qubits, the first one the most significant; entry by entry."""
    size = 2**qubits
    out = np.zeros((size, size), complex)
    for row, column in product(range(size), repeat=2):
        bits = [[(x >> (qubits - 1 - q)) & 1 for q in range(qubits)] for x in (row, column)]
        if all(bits[0][q] == bits[1][q] for q in range(qubits) if q not in on):
            inner = [sum(bit[q] << (len(on) - 1 - k) for k, q in enumerate(on)) for bit in bits]
            out[row, column] = matrix[inner[0], inner[1]]
    return out


def hit(rho: NDArray[Any], error: float, channel: Any, on: tuple[int, ...], qubits: int) -> NDArray[Any]:
    """A Pauli channel on a density matrix; weights need not be normalised."""
    if channel == "depolarising":
        channel = {"".join(x): 1.0 for x in product("IXYZ", repeat=len(on)) if set(x) != {"I"}}
    out = (1 - error) * rho
    for letters, weight in channel.items():
        matrix = np.ones((1, 1))
        for letter in letters:
            matrix = np.kron(matrix, PAULI[letter])
        wide = widened(matrix, on, qubits)
        out = out + error * weight / sum(channel.values()) * wide @ rho @ wide.conj().T
    return out


def exact_distribution(echo: EchoCircuit, noise: Mapping[str, Any]) -> NDArray[np.float64]:
    """Probability of every reading, the first bit the most significant, by an evolution of the density matrix.

    Idle errors: a clock per qubit; before a two-qubit gate the earlier qubit idles up to the later one.
    """
    n = echo.qubits
    e = {"e_2q": 0.0, "e_1q": 0.0, "e_idle": 0.0, "e_prep": 0.0, "e_meas": (0.0, 0.0), "angle": None} | dict(noise)
    channels = {name: noise.get(name, "depolarising") for name in ("two_qubit", "one_qubit", "idle")}
    rho = np.zeros((2**n, 2**n), complex)
    rho[0, 0] = 1
    for q in range(n):
        rho = hit(rho, e["e_prep"], {"X": 1}, (q,), n)
    clock = [0] * n

    def idle(rho: NDArray[Any], q: int, until: int) -> NDArray[Any]:
        while clock[q] < until:
            rho = hit(rho, e["e_idle"], channels["idle"], (q,), n)
            clock[q] += 1
        return rho

    for command in echo.circuit:
        name, on = command.op.type.name, tuple(q.index[0] for q in command.qubits)
        if name == "Measure":
            continue
        if len(on) == 2:
            now = max(clock[q] for q in on)
            for q in on:
                rho = idle(rho, q, now)
        gate = widened(command.op.get_unitary(), on, n)
        rho = gate @ rho @ gate.conj().T
        if len(on) == 2:
            factor = 1.0
            if e["angle"] is not None:
                turn = command.op.params[0] % 2 if name == "ZZPhase" else 0.5
                factor = e["angle"].constant + e["angle"].slope * min(turn, 2 - turn)
            rho = hit(rho, e["e_2q"] * factor, channels["two_qubit"], on, n)
            for q in on:
                rho = idle(rho, q, now + 1)
        elif name == "PhasedX":
            rho = hit(rho, e["e_1q"], channels["one_qubit"], on, n)
    for q in range(n):
        rho = idle(rho, q, max(clock))
    weights = np.diagonal(rho).real.reshape((2,) * n)
    up, down = e["e_meas"]
    confusion = np.array([[1 - up, down], [up, 1 - down]])
    for q in range(n):
        weights = np.moveaxis(np.tensordot(confusion, weights, axes=(1, q)), 0, q)
    return weights.reshape(-1)


def p_value(counts: NDArray[Any], expected: NDArray[np.float64]) -> float:
    """Chi-square of counts against probabilities, rare outcomes put together; 0 if an impossible one was seen."""
    shots = counts.sum()
    if counts[expected < 1e-12].any():
        return 0.0
    rare = expected * shots < 10
    seen = np.append(counts[~rare], counts[rare].sum())
    wanted = np.append(expected[~rare], expected[rare].sum()) * shots
    keep = wanted > 1e-6
    if keep.sum() < 2:
        return 1.0
    return float(chisquare(seen[keep], wanted[keep] * seen[keep].sum() / wanted[keep].sum()).pvalue)


def counted(bits: NDArray[np.uint8]) -> NDArray[Any]:
    """How often each reading was seen, the first bit the most significant."""
    width = bits.shape[1]
    return np.bincount(bits.astype(int) @ (1 << np.arange(width)[::-1]), minlength=2**width)


CIRCUITS = {
    "rzz, 3 qubits": (Braid(strands=4, word=(1, -2, 3, 2, 2, -1)), {"s": (0, 1, 1, 1, 1)}),
    "cx, 3 qubits": (Braid(strands=4, word=(2, 3, -2, 1)), {"s": (0, 1, 1, 0, 1), "gate_set": "cx", "imaginary": True}),
    "zzmax, line, 4 qubits": (
        Braid(strands=5, word=(2, -3, 4, 3)),
        {"s": (0, 1, 1, 1, 0, 1), "gate_set": "zzmax", "connectivity": "line"},
    ),
    "rzz, paper layout, 5 qubits": (Braid(strands=4, word=(2, -1, 3)), {"s": (0, 1, 0, 1, 1), "layout": "paper"}),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("circuit", CIRCUITS)
def test_trajectories_follow_the_density_matrix(circuit: str, model: str) -> None:
    """Every reading is as frequent as exact evolution says: chi-square, at error rates where many errors coincide."""
    braid, options = CIRCUITS[circuit]
    echo = cfev_circuit(braid, Closure.MARKOV, effort=0, **options)
    exact = exact_distribution(echo, MODELS[model])
    assert math.isclose(exact.sum(), 1)
    bits = noisy_bits(echo.circuit, NoiseModel(**MODELS[model]), 20_000, np.random.default_rng(7))
    counts = counted(bits)
    assert p_value(counts, exact) > 1e-4
    assert np.abs(counts / counts.sum() - exact).sum() / 2 < math.sqrt(2**echo.qubits / counts.sum())


@pytest.mark.parametrize(
    "wrong",
    [
        {**SKEWED, "e_meas": (0.06, 0.02)},
        {**SKEWED, "two_qubit": {"IX": 3, "ZI": 1, "ZY": 2}},
        {**SKEWED, "e_idle": 0.02},
        {**SKEWED, "angle": None},
        {**SKEWED, "idle": {"Z": 1, "X": 3}},
    ],
)
def test_the_comparison_can_fail(wrong: dict[str, Any]) -> None:
    """A slightly wrong noise model is found out by the same chi-square."""
    braid, options = CIRCUITS["rzz, 3 qubits"]
    echo = cfev_circuit(braid, Closure.MARKOV, effort=0, **options)
    bits = noisy_bits(echo.circuit, NoiseModel(**wrong), 80_000, np.random.default_rng(7))
    assert p_value(counted(bits), exact_distribution(echo, SKEWED)) < 1e-6


def test_shots_are_independent() -> None:
    """Pairs of neighbouring shots are as frequent as the product of their frequencies."""
    echo = cfev_circuit(Braid(strands=3, word=(2, -1, 2)), Closure.MARKOV, (0, 1, 1, 1), effort=0)
    noise = {"e_2q": 0.3, "e_1q": 0.1}
    exact = exact_distribution(echo, noise)
    bits = noisy_bits(echo.circuit, NoiseModel(**noise), 40_000, np.random.default_rng(1))
    numbers = bits.astype(int) @ (1 << np.arange(echo.qubits)[::-1])
    pairs = np.bincount(numbers[::2] * len(exact) + numbers[1::2], minlength=len(exact) ** 2)
    assert p_value(pairs, np.outer(exact, exact).reshape(-1)) > 1e-4


def test_errors_are_drawn_slot_by_slot() -> None:
    """Counts per slot, per Pauli and of coinciding pairs are those of independent draws."""
    slots = tuple(ErrorSlot(k, (0,), e, (("X", 0.25), ("Z", 0.75))) for k, e in enumerate((0.1, 0.3, 1.0)))
    shots = 40_000
    drawn = draw_errors(slots, shots, np.random.default_rng(2))
    assert sorted(shot for group in drawn.values() for shot in group) == list(range(shots))  # the last slot always hits
    frequency = {errors: len(group) for errors, group in drawn.items()}
    assert all([slot for slot, _ in errors] == sorted({slot for slot, _ in errors}) for errors in frequency)
    chance = {"X": 0.25, "Z": 0.75}
    statistic, cells = 0.0, 0
    for first, second, third in product(("", "X", "Z"), ("", "X", "Z"), ("X", "Z")):
        errors = tuple((k, pauli) for k, pauli in enumerate((first, second, third)) if pauli)
        expected = shots * chance[third]
        expected *= 0.1 * chance[first] if first else 0.9
        expected *= 0.3 * chance[second] if second else 0.7
        statistic += (frequency.get(errors, 0) - expected) ** 2 / expected
        cells += 1
    assert chi2.sf(statistic, cells - 1) > 1e-4
    assert draw_errors((), 5, np.random.default_rng(0)) == {}


@pytest.mark.parametrize("gate_set", ["rzz", "cx", "cz", "zzmax"])
@pytest.mark.parametrize("layout", ["reduced", "paper"])
def test_slots_are_what_the_cost_model_counts(gate_set: str, layout: str) -> None:
    """One slot per pulse, per two-qubit gate, per qubit and layer, per qubit prepared."""
    echo = cfev_circuit(
        Braid.brickwall(6, 5, seed=1), "markov", (0, 1, 1, 0, 1, 1, 1), layout=layout, gate_set=gate_set, effort=0
    )
    counts = {
        "e_1q": echo.one_qubit_gates,
        "e_2q": echo.two_qubit_gates,
        "e_idle": echo.qubits * echo.two_qubit_depth,
        "e_prep": echo.qubits,
    }
    for name, count in counts.items():
        slots = take_apart(echo.circuit, NoiseModel(**{name: 0.5})).slots
        assert len(slots) == count
        assert [slot.gates for slot in slots] == sorted(slot.gates for slot in slots)
    assert take_apart(echo.circuit, NoiseModel(e_meas=(0.1, 0.1))).slots == ()


@given(st.integers(2, 5), st.integers(0, 99), st.booleans(), st.sampled_from(["reduced", "paper"]))
def test_without_noise_the_value_comes_back(strands: int, seed: int, imaginary: bool, layout: str) -> None:
    """Mean of v within 5 standard errors of the exact one, and error detection keeps every shot."""
    echo = cfev_circuit(
        Braid.brickwall(strands, 4, seed=seed), "markov", imaginary=imaginary, layout=layout, seed=seed, effort=0
    )
    v, kept = read_bits(echo, noisy_bits(echo.circuit, NoiseModel(), 2_000, np.random.default_rng(seed)))
    assert kept.all()
    assert abs(v.mean() - echo_value(echo)) < 5 / math.sqrt(2_000)


def test_read_bits_is_read_of_every_shot() -> None:
    """The table of distinct readings gives each shot its own."""
    echo = cfev_circuit(Braid(strands=4, word=(2, -1, 3)), "markov", (0, 1, 1, 0, 1))
    bits = np.random.default_rng(3).integers(0, 2, (300, echo.qubits)).astype(np.uint8)
    v, kept = read_bits(echo, bits)
    assert [(int(a), bool(b)) for a, b in zip(v, kept, strict=True)] == [echo.read(row.tolist()) for row in bits]


@pytest.mark.parametrize("closure", Closure)
def test_an_experiment_estimates_the_value(closure: Closure) -> None:
    """Without noise the mean of both parts is the normalised value, for the braid and its mirror."""
    braid = Braid(strands=4, word=(2, 1, -3, 2, 2, 1, 3))
    shots = 40_000
    table = simulate_shots(braid, closure, NoiseModel(), shots, seed=5, mirror="both", effort=0)
    exact = jones_exact(braid, closure).normalised
    assert table.count == shots
    assert table.kept.all()
    for mirror, value in ((False, exact), (True, exact.conjugate())):
        for imaginary, part in ((False, value.real), (True, value.imag)):
            v = table.select(imaginary=imaginary, mirror=mirror)
            assert len(v) == shots // 4
            assert abs(v.mean() - part) < 5 / math.sqrt(len(v))
    assert sorted(table.group.tolist()) == list(range(shots))


def test_noise_damps_and_detection_helps() -> None:
    """With errors the value shrinks, some shots are rejected, and the kept ones are nearer to it."""
    braid = Braid.brickwall(5, 10, seed=15)
    exact = jones_exact(braid, "markov").normalised
    table = simulate_shots(braid, "markov", NoiseModel(e_2q=0.04), 20_000, seed=2, effort=0)
    parts = [[table.select(imaginary=i, mirror=False, kept=k).mean() for i in (False, True)] for k in (False, True)]
    raw, detected = (abs(complex(*part)) for part in parts)
    assert raw < abs(exact) - 0.05
    assert raw + 0.02 < detected
    assert 0.5 < table.kept.mean() < 1


def test_interleaved_parts_share_their_draw() -> None:
    """Four circuits per draw of s, each once; the s of a draw is the same for all of them."""
    braid = Braid.brickwall(5, 4, seed=3)
    table = simulate_shots(
        braid, "markov", NoiseModel(e_2q=0.01), 400, seed=1, mirror="both", interleaved=True, effort=0
    )
    assert table.count == 400
    seen = {
        (g, i, m) for g, i, m in zip(table.group.tolist(), table.imaginary.tolist(), table.mirror.tolist(), strict=True)
    }
    assert seen == set(product(range(100), (False, True), (False, True)))
    order = [table.group[(table.imaginary == i) & (table.mirror == m)] for i in (False, True) for m in (False, True)]
    assert all((part == order[0]).all() for part in order)
    half = simulate_shots(braid, "markov", NoiseModel(), 10, interleaved=True, mirror=True, effort=0)
    assert half.mirror.all()
    assert np.bincount(half.group).tolist() == [2] * 5


def test_the_same_seed_gives_the_same_shots() -> None:
    """Whatever was run before; another seed gives others."""
    braid, noise = Braid.brickwall(5, 4, seed=3), NoiseModel(e_2q=0.05, e_meas=(0.01, 0.01))

    def run(seed: int) -> list[int]:
        return simulate_shots(braid, "markov", noise, 500, seed=seed, effort=0).v.tolist()

    first = run(4)
    assert run(5) != first
    assert run(4) == first


def test_progress_reports_every_circuit() -> None:
    """One call a circuit, up to their number."""
    calls: list[tuple[int, int]] = []
    simulate_shots(
        Braid(strands=2, word=(1,)), "plat", NoiseModel(), 4, progress=lambda done, total: calls.append((done, total))
    )
    assert calls == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shots": 0}, "shots = 0"),
        ({"shots": 1, "mirror": "both"}, "shots = 1"),
        ({"shots": 6, "mirror": "both", "interleaved": True}, "multiple of 4"),
        ({"mirror": "neither"}, "mirror = 'neither'"),
        ({"seed": -1}, "seed = -1"),
        ({"noise": 0.1}, "noise = 0.1"),
        ({"layout": "wide"}, "layout = 'wide'"),
        ({"closure": "open"}, "closure = 'open'"),
        ({"braid": Braid(strands=MAX_QUBITS + 2, word=(1,))}, "too many"),
        ({"braid": Braid(strands=3, word=(1,)), "closure": "plat"}, "even"),
    ],
)
def test_mistakes_are_named(options: dict[str, Any], message: str) -> None:
    """One line for each."""
    good = {"braid": Braid(strands=4, word=(1, 2)), "closure": "markov", "noise": NoiseModel(), "shots": 8}
    given_ = good | options
    positional = [given_.pop(name) for name in good]
    with pytest.raises(PlaitError, match=message):
        simulate_shots(*positional, **given_)


def test_without_the_simulator_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that fails becomes one line."""
    monkeypatch.setitem(sys.modules, "qulacs", None)
    with pytest.raises(PlaitError, match=r"pip install 'plait\[noise\]'"):
        simulate_shots(Braid(strands=2, word=(1,)), "plat", NoiseModel(), 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"e_2q": 1.5}, "e_2q = 1.5"),
        ({"e_1q": -0.1}, "e_1q"),
        ({"e_idle": math.nan}, "e_idle"),
        ({"e_prep": True}, "e_prep"),
        ({"e_meas": 0.1}, "e_meas = 0.1"),
        ({"e_meas": (0.1, "x")}, r"e_meas\[1\]"),
        ({"two_qubit": "dephasing"}, "two_qubit = 'dephasing'"),
        ({"two_qubit": {"Z": 1}}, "two_qubit: 'Z'"),
        ({"one_qubit": {"I": 1}}, "one_qubit: 'I'"),
        ({"idle": {"Q": 1}}, "idle: 'Q'"),
        ({"idle": {"Z": -1}}, r"idle\['Z'\]"),
        ({"idle": {"Z": math.inf}}, r"idle\['Z'\]"),
        ({"idle": {}}, "no Pauli has a weight"),
        ({"e_2q": 0.5, "angle": LinearAngle(constant=1, slope=2)}, "angle"),
        ({"e_2q": 0.5, "angle": LinearAngle(constant=1, slope=-2)}, "angle"),
    ],
)
def test_wrong_noise_is_named(options: dict[str, Any], message: str) -> None:
    """Each field says what it wants."""
    with pytest.raises(PlaitError, match=message):
        NoiseModel(**options)


def test_figures_of_a_machine() -> None:
    """The catalogue's spam figure is preparation plus mean measurement error; an angle law scales with e_2q."""
    noise = NoiseModel.from_rates(e_2q=1e-3, e_1q=1e-5, e_idle=1e-4, e_spam=2e-3)
    assert noise.e_spam == 2e-3
    assert math.isclose(NoiseModel(e_prep=0.1, e_meas=(0.2, 0.4)).e_spam, 0.4)
    linear = replace(noise, angle=LinearAngle(constant=0.4, slope=1.2))
    assert math.isclose(linear.two_qubit_error(), 1e-3)
    assert math.isclose(linear.two_qubit_error(-math.pi / 4), 0.7e-3)
    assert math.isclose(linear.two_qubit_error(2 * math.pi + 0.1), linear.two_qubit_error(0.1))
    assert [len(noise.channel(name)) for name in ("two_qubit", "one_qubit", "idle")] == [15, 3, 3]
