"""Noisy shots per second with s drawn anew for every shot, beside qiskit-aer with one job a shot.

python benchmarks/noisy_simulation.py [--braids 200] [--strands 10] [--layers 20] [--shots 1000] [--processes 2]
    [--peer-shots 40] [--e-2q 1e-3] [--e-1q 3e-5] [--e-idle 1e-4] [--e-spam 2e-3]

Random brickwalls (20 layers of 10 strands: about 60 crossings), compiled, simulated and read; needs qulacs (the extra
`noise`). The peer gets the very circuits of the first shots, compiled in advance and not charged, with the same errors
written for it: a channel after every gate, and one identity per qubit and layer that carries the idle error. One job a
shot is what its interface leaves when every shot has a circuit of its own. Both run on one core in turn; then all
braids go over the processes. Without qiskit-aer the peer's rows are left out. Last, both simulate one circuit often:
the chi-square of the two histograms says whether they mean the same noise.
"""

import argparse
import math
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import mean, median
from typing import Any

import numpy as np
from scipy.stats import chi2_contingency

from plait.calibrations.noisy import simulate_shots
from plait.calibrations.noisy_circuit import noisy_bits
from plait.models import Braid, EchoCircuit, cfev_circuit
from plait.models.noise import NoiseModel
from plait.models.shot_plan import shot_plan

AGREEMENT_SHOTS = 20_000


def one_braid(seed: int, strands: int, layers: int, shots: int, noise: NoiseModel) -> tuple[int, int, float]:
    """Crossings, shots and seconds of one experiment."""
    braid = Braid.brickwall(strands, layers, seed=seed)
    start = time.perf_counter()
    table = simulate_shots(braid, "markov", noise, shots, seed=seed)
    return braid.crossings, table.count, time.perf_counter() - start


def warm_up() -> None:
    """Load and compile what the first experiment of a process would pay for."""
    simulate_shots(Braid.brickwall(4, 4, seed=1), "markov", NoiseModel(e_2q=0.01), 20)


def first_circuits(strands: int, layers: int, shots: int, count: int) -> Iterator[EchoCircuit]:
    """The circuits of some shots, spread evenly over an experiment."""
    braid = Braid.brickwall(strands, layers, seed=0)
    one_a_shot = [batch for batch in shot_plan(strands, "markov", shots) for _ in range(batch.shots)]
    for place in np.linspace(0, shots - 1, count).astype(int).tolist():
        batch = one_a_shot[place]
        yield cfev_circuit(braid, "markov", batch.s, batch.imaginary, shared_word=True)


def peer_circuit(echo: EchoCircuit) -> Any:
    """The circuit for qiskit; virtual Rz's stay rz, an identity marks every qubit in every two-qubit layer."""
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(echo.qubits, echo.qubits)
    layer = [0] * echo.qubits

    def idle(qubit: int, until: int) -> None:
        for _ in range(until - layer[qubit]):
            circuit.id(qubit)
        layer[qubit] = until

    for command in echo.circuit:
        name, on = command.op.type.name, [qubit.index[0] for qubit in command.qubits]
        angles = [float(angle) * math.pi for angle in command.op.params]
        if name == "ZZPhase":
            start = max(layer[qubit] for qubit in on)
            for qubit in on:
                idle(qubit, start)
            circuit.rzz(angles[0], *on)
            for qubit in on:
                idle(qubit, start + 1)
        elif name == "PhasedX":
            circuit.r(*angles, on[0])
        elif name == "Rz":
            circuit.rz(angles[0], on[0])
    for qubit in range(echo.qubits):
        idle(qubit, max(layer))
        circuit.measure(qubit, qubit)
    return circuit


def peer_simulator(noise: NoiseModel) -> Any:
    """qiskit-aer's state-vector simulator on one thread with the same depolarising errors."""
    from qiskit_aer import AerSimulator
    from qiskit_aer.noise import NoiseModel as PeerModel
    from qiskit_aer.noise import ReadoutError, depolarizing_error

    model = PeerModel(basis_gates=["rzz", "r", "rz", "id"])
    # Its parameter also counts the identity: 1 of 16, 1 of 4.
    model.add_all_qubit_quantum_error(depolarizing_error(noise.e_2q * 16 / 15, 2), "rzz")
    model.add_all_qubit_quantum_error(depolarizing_error(noise.e_1q * 4 / 3, 1), "r")
    model.add_all_qubit_quantum_error(depolarizing_error(noise.e_idle * 4 / 3, 1), "id")
    up, down = noise.e_meas
    model.add_all_qubit_readout_error(ReadoutError([[1 - up, up], [down, 1 - down]]))
    return AerSimulator(method="statevector", noise_model=model, max_parallel_threads=1, fusion_enable=True)


def compare(strands: int, layers: int, shots: int, count: int, noise: NoiseModel) -> float:
    """Print what the peer takes for a shot, and whether both agree; returns its median seconds a shot."""
    echoes = list(first_circuits(strands, layers, shots, count))
    simulator = peer_simulator(noise)
    circuits = [peer_circuit(echo) for echo in echoes]
    simulator.run(circuits[0], shots=1).result()
    seconds = []
    for circuit in circuits:
        start = time.perf_counter()
        simulator.run(circuit, shots=1, seed_simulator=1).result().get_counts()
        seconds.append(time.perf_counter() - start)
    print(
        f"qiskit-aer, one job a shot, {count} shots: {1e3 * median(seconds):.2f} ms a shot, median; "
        f"{1e3 * mean(seconds):.2f} ms mean"
    )
    counts = simulator.run(circuits[0], shots=AGREEMENT_SHOTS, seed_simulator=2).result().get_counts()
    theirs = {tuple(int(bit) for bit in reversed(key)): number for key, number in counts.items()}
    bits = noisy_bits(echoes[0].circuit, noise, AGREEMENT_SHOTS, np.random.default_rng(2))
    readings, numbers = np.unique(bits, axis=0, return_counts=True)
    ours = {tuple(row): number for row, number in zip(readings.tolist(), numbers.tolist(), strict=True)}
    pairs = np.array([[ours.get(key, 0), theirs.get(key, 0)] for key in ours.keys() | theirs.keys()])
    rare = pairs.sum(axis=1) < 20
    table = np.vstack([pairs[~rare], pairs[rare].sum(axis=0)])
    p = chi2_contingency(table[table.sum(axis=1) > 0]).pvalue
    print(f"same noise? chi-square of {AGREEMENT_SHOTS} shots each of one circuit: p = {p:.3f}")
    return median(seconds)


def main(args: argparse.Namespace) -> None:
    """One core beside the peer, then all braids."""
    noise = NoiseModel.from_rates(e_2q=args.e_2q, e_1q=args.e_1q, e_idle=args.e_idle, e_spam=args.e_spam)
    run = partial(one_braid, strands=args.strands, layers=args.layers, shots=args.shots, noise=noise)
    warm_up()
    alone = [run(seed) for seed in range(min(5, args.braids))]
    ours = median(seconds / shots for _, shots, seconds in alone)
    print(f"plait, one core, {len(alone)} braids: {1e3 * ours:.3f} ms a shot, compilation included")
    try:
        theirs = compare(args.strands, args.layers, args.shots, args.peer_shots, noise)
        print(f"ratio of time per shot, qiskit-aer / plait: {theirs / ours:.1f}")
    except ImportError as error:
        print(f"no peer ({error}); pip install qiskit-aer")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.processes, mp_context=context, initializer=warm_up) as pool:
        list(pool.map(time.sleep, [1] * args.processes))
        start = time.perf_counter()
        results = list(pool.map(run, range(args.braids)))
        seconds = time.perf_counter() - start
    shots = sum(result[1] for result in results)
    crossings = mean(result[0] for result in results)
    print(
        f"{args.braids} braids of {args.strands} strands and {crossings:.0f} crossings, {args.shots} shots each, "
        f"{args.processes} processes: {seconds:.1f} s, {shots / seconds:.0f} shots/s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for option, default in (
        ("--braids", 200),
        ("--strands", 10),
        ("--layers", 20),
        ("--shots", 1000),
        ("--processes", 2),
        ("--peer-shots", 40),
    ):
        parser.add_argument(option, type=int, default=default)
    for option, rate in (("--e-2q", 1e-3), ("--e-1q", 3e-5), ("--e-idle", 1e-4), ("--e-spam", 2e-3)):
        parser.add_argument(option, type=float, default=rate)
    main(parser.parse_args())
