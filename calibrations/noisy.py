"""A whole experiment on a noisy machine, simulated: every shot draws its path s, as on a real one.

Circuits are compiled once for each path and part; their noisy shots come from `plait.calibrations.noisy_circuit`. Many
braids go side by side by calling this from the processes of an executor.
"""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.noisy_circuit import check_qubits, noisy_bits
from plait.calibrations.shots import Shots
from plait.models import Braid, Closure, EchoCircuit, PlaitError, cfev_circuit
from plait.models.braid import check_int
from plait.models.echo_plan import echo_qubits
from plait.models.errors import shown
from plait.models.noise import NoiseModel
from plait.models.shot_plan import MAX_SHOTS, shot_plan

Mirror = bool | Literal["both"]


class Part(NamedTuple):
    """One circuit of an experiment and the numbers of the draws of s that it is run for."""

    mirror: bool
    imaginary: bool
    s: tuple[int, ...]
    groups: range


def simulate_shots(
    braid: Braid,
    closure: Closure | str,
    noise: NoiseModel,
    shots: int,
    *,
    seed: int = 0,
    mirror: Mirror = False,
    interleaved: bool = False,
    layout: str = "reduced",
    gate_set: str = "rzz",
    connectivity: str = "all",
    effort: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Shots:
    """Run the echo circuits of a braid on a simulated noisy machine.

    Half of the shots measure the real part, half the imaginary one. Errors are drawn for every shot (`NoiseModel`).
    The same arguments give the same shots; those of a circuit do not depend on the other circuits.

    Args:
        braid: what to run.
        closure: Markov (every shot draws its own s) or plat.
        noise: of the machine.
        shots: in all, over parts and braids.
        seed: of the paths, the errors and the outcomes.
        mirror: True: run the mirror braid instead; "both": half of the shots each.
        interleaved: the 2 parts, or with mirror="both" the 4, are run for the same draw of s and share its group.
            Otherwise every shot is a draw and a group of its own.
        layout, gate_set, connectivity, effort: as for `plait.models.cfev_circuit`; all paths share one word.
        progress: called with (circuits done, circuits in all) after each.

    Returns:
        The shots, circuit by circuit: the braid before its mirror, real before imaginary, paths in ascending order.

    Raises:
        PlaitError: an option out of range, shots that do not divide among interleaved parts, too many qubits, or
            no simulator is installed.

    >>> table = simulate_shots(Braid(strands=2, word=(1, 1, 1)), "plat", NoiseModel(), 10)
    >>> table.count, bool(table.kept.all())
    (10, True)
    """
    closure = Closure.parse(closure)
    if mirror not in (False, True, "both"):
        raise PlaitError(f"mirror = {shown(mirror)} must be False, True or 'both'")
    if not isinstance(noise, NoiseModel):
        raise PlaitError(f"noise = {shown(noise)} must be a NoiseModel")
    check_qubits(len(echo_qubits(braid.strands, layout)))
    circuits = list(_circuits(braid.strands, closure, shots, seed, mirror, interleaved))
    words = {False: braid, True: braid.mirror()}
    columns: list[Shots] = []
    for done, (mirrored, imaginary, s, groups) in enumerate(circuits, 1):
        echo = cfev_circuit(
            words[mirrored],
            closure,
            s,
            imaginary,
            layout=layout,
            gate_set=gate_set,
            connectivity=connectivity,
            effort=effort,
            shared_word=True,
        )
        path = sum(bit << place for place, bit in enumerate(s))
        rng = np.random.default_rng([seed, int(mirrored), int(imaginary), path])
        v, kept = read_bits(echo, noisy_bits(echo.circuit, noise, len(groups), rng))
        columns.append(
            Shots(
                v=v,
                kept=kept,
                imaginary=np.full(len(groups), imaginary),
                mirror=np.full(len(groups), mirrored),
                group=np.arange(groups.start, groups.stop, dtype=np.int64),
            )
        )
        if progress is not None:
            progress(done, len(circuits))
    names = ("v", "kept", "imaginary", "mirror", "group")
    return Shots(**{name: np.concatenate([getattr(part, name) for part in columns]) for name in names})


def read_bits(echo: EchoCircuit, bits: NDArray[np.uint8]) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """`EchoCircuit.read` of many shots.

    Args:
        echo: the circuit they come from.
        bits: shape (shots, bits).

    Returns:
        v and kept, one of each a shot.
    """
    numbers = bits.astype(np.int64) @ (1 << np.arange(bits.shape[1], dtype=np.int64))
    _, first, which = np.unique(numbers, return_index=True, return_inverse=True)
    read = [echo.read(bits[shot].tolist()) for shot in first.tolist()]
    v = np.array([value for value, _ in read], dtype=np.int8)
    kept = np.array([keep for _, keep in read], dtype=np.bool_)
    return v[which.reshape(-1)], kept[which.reshape(-1)]


def _circuits(
    strands: int, closure: Closure, shots: int, seed: int, mirror: Mirror, interleaved: bool
) -> Iterator[Part]:
    """What is run how often. Braid and mirror draw paths of their own unless interleaved."""
    check_int("seed", seed, 0, 2**63 - 1)
    braids = (False, True) if mirror == "both" else (bool(mirror),)
    check_int("shots", shots, len(braids), MAX_SHOTS)
    if interleaved:
        parts = 2 * len(braids)
        if shots % parts:
            raise PlaitError(f"shots = {shots} must be a multiple of {parts}: interleaved parts are run equally often")
        real = [batch for batch in shot_plan(strands, closure, 2 * shots // parts, seed=seed) if not batch.imaginary]
        for mirrored in braids:
            for imaginary in (False, True):
                start = 0
                for batch in real:
                    yield Part(mirrored, imaginary, batch.s, range(start, start + batch.shots))
                    start += batch.shots
        return
    start = 0
    for mirrored in braids:
        count = shots if len(braids) == 1 else shots // 2 if mirrored else shots - shots // 2
        own = int(np.random.SeedSequence([seed, 1]).generate_state(1)[0]) if mirrored else seed
        for batch in shot_plan(strands, closure, count, seed=own):
            yield Part(mirrored, batch.imaginary, batch.s, range(start, start + batch.shots))
            start += batch.shots
