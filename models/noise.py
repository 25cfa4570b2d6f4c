"""What goes wrong on a machine: error probabilities and Pauli channels, plain numbers, no simulator.

An error probability is the chance that something other than the identity happens: a depolarising gate error is one of
the 3 (one qubit) or 15 (two qubits) other Paulis, each as likely. It is neither the average infidelity (less by 2/3
and 4/5) nor the parameter of a channel that mixes the identity in. Rz is virtual and free of errors. Not modelled:
leakage, crosstalk, coherent errors, and correlations in time.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from plait.models.errors import PlaitError, shown

DEPOLARISING = "depolarising"
Channel = str | Mapping[str, float]
"""DEPOLARISING, or Pauli string -> relative weight; the first letter acts on the gate's first qubit."""
AngleLaw = Callable[[float], float]
"""Angle of an RZZ gate in radians within [-pi, pi] -> its error probability as a multiple of e_2q."""
RIGHT_ANGLE = math.pi / 2
CHECKED_ANGLES = 64
"""Steps from 0 to pi at which an angle law is tried when a model is made."""


@dataclass(frozen=True, kw_only=True)
class LinearAngle:
    """The error of RZZ(theta) is e_2q (constant + slope |theta| / pi).

    The form Quantinuum gives for its machines. With constant + slope / 2 = 1, e_2q is the error at a right angle.

    Args:
        constant: at angle 0.
        slope: what half a turn adds.

    >>> round(LinearAngle(constant=0.4, slope=1.2)(math.pi / 2), 9)
    1.0
    """

    constant: float
    slope: float

    def __call__(self, theta: float) -> float:
        """Multiple of e_2q at an angle in radians."""
        return self.constant + self.slope * abs(theta) / math.pi


@dataclass(frozen=True, kw_only=True)
class NoiseModel:
    """Error probabilities of one machine; all 0 unless given.

    Args:
        e_2q: of a two-qubit gate; where `angle` is given, of one that turns by a right angle (CX, CZ, ZZMax do).
        e_1q: of a PhasedX pulse.
        e_idle: of idling and transport, per qubit and two-qubit layer: for every qubit in every layer, gate or not,
            as the cost models count it (qubits x depth).
        e_prep: that a qubit starts as 1.
        e_meas: that a 0 is read as 1, and that a 1 is read as 0.
        two_qubit, one_qubit, idle: the channel of each: "depolarising", or Pauli strings with relative weights.
        angle: how the error of RZZ depends on its angle; None: it does not.

    Raises:
        PlaitError: not a probability, an unknown channel, or an angle law that leaves [0, 1] somewhere.

    >>> noise = NoiseModel(e_2q=1e-3, e_idle=1e-4, idle={"Z": 1})
    >>> noise.two_qubit_error(0.3), noise.channel("idle")
    (0.001, (('Z', 1.0),))
    """

    e_2q: float = 0.0
    e_1q: float = 0.0
    e_idle: float = 0.0
    e_prep: float = 0.0
    e_meas: tuple[float, float] = (0.0, 0.0)
    two_qubit: Channel = DEPOLARISING
    one_qubit: Channel = DEPOLARISING
    idle: Channel = DEPOLARISING
    angle: AngleLaw | None = None

    def __post_init__(self) -> None:
        for name in ("e_2q", "e_1q", "e_idle", "e_prep"):
            _check_probability(name, getattr(self, name))
        pair: object = self.e_meas
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise PlaitError(f"e_meas = {shown(pair)} must be a pair: of reading 1 for a 0, and 0 for a 1")
        for place, value in enumerate(pair):
            _check_probability(f"e_meas[{place}]", value)
        for name, qubits in (("two_qubit", 2), ("one_qubit", 1), ("idle", 1)):
            _check_channel(name, getattr(self, name), qubits)
        if self.angle is not None:
            for step in range(CHECKED_ANGLES + 1):
                self.two_qubit_error(math.pi * step / CHECKED_ANGLES)

    @classmethod
    def from_rates(cls, *, e_2q: float, e_1q: float = 0.0, e_idle: float = 0.0, e_spam: float = 0.0) -> "NoiseModel":
        """Depolarising, from the four figures of a machine of the catalogue.

        e_spam, preparation and measurement together, is put into the measurement, both ways alike.

        >>> NoiseModel.from_rates(e_2q=1e-3, e_spam=2e-3).e_meas
        (0.002, 0.002)
        """
        return cls(e_2q=e_2q, e_1q=e_1q, e_idle=e_idle, e_meas=(e_spam, e_spam))

    @property
    def e_spam(self) -> float:
        """Preparation plus mean measurement error of a qubit: what the machine catalogue calls e_spam."""
        return self.e_prep + sum(self.e_meas) / 2

    def two_qubit_error(self, theta: float = RIGHT_ANGLE) -> float:
        """Error probability of RZZ(theta), theta in radians of any number of turns; of CX, CZ, ZZMax by default.

        Raises:
            PlaitError: the angle law gives no probability there.
        """
        if self.angle is None:
            return self.e_2q
        theta = math.remainder(theta, 2 * math.pi)
        value = self.e_2q * self.angle(theta)
        _check_probability(f"the two-qubit error at an angle of {theta:.4g} rad", value)
        return value

    def channel(self, which: str) -> tuple[tuple[str, float], ...]:
        """(Pauli string, probability given that an error happens) of "two_qubit", "one_qubit" or "idle"."""
        given: Channel = getattr(self, which)
        if isinstance(given, str):
            return _depolarising(2 if which == "two_qubit" else 1)
        total = math.fsum(given.values())
        return tuple((pauli, weight / total) for pauli, weight in given.items() if weight)


@lru_cache
def _depolarising(qubits: int) -> tuple[tuple[str, float], ...]:
    paulis = ["".join(letters) for letters in product("IXYZ", repeat=qubits)][1:]
    return tuple((pauli, 1 / len(paulis)) for pauli in paulis)


def _check_probability(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PlaitError(f"{name} = {shown(value)} must be a probability from 0 to 1")


def _check_channel(name: str, given: object, qubits: int) -> None:
    if given == DEPOLARISING:
        return
    if not isinstance(given, Mapping):
        raise PlaitError(f"{name} = {shown(given)} is no channel: give {DEPOLARISING!r} or weights by Pauli string")
    for pauli, weight in given.items():
        if not isinstance(pauli, str) or len(pauli) != qubits or not set(pauli) <= set("IXYZ") or set(pauli) == {"I"}:
            wanted = f"{qubits} letters of I, X, Y, Z, not all I" if qubits > 1 else "one of X, Y, Z"
            raise PlaitError(f"{name}: {shown(pauli)} is no error; expected {wanted}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < 1e100:
            raise PlaitError(f"{name}[{pauli!r}] = {shown(weight)} must be a weight of 0 or more")
    if not math.fsum(given.values()) > 1e-100:
        raise PlaitError(f"{name}: no Pauli has a weight; give at least one above 0")
