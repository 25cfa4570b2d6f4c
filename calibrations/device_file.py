"""Reading the device specifications (JSON) that come with the public code of arXiv:2503.05625.

Such a file has `qubits`; `spam` with `prepare` (chance of starting as 1) and `measure` (`zero`: a 0 read as 1, `one`: a
1 read as 0); `gates`, each with `qubits`, `params`, its `unitary` and, unless it is free of errors, `error` with a
`rate` and a `channel`; and `connectivity`. A rate is a number or {"code": formula of the gate's parameters a, b, ..},
angles in radians; a unitary is such a formula of a matrix. Formulas go through `plait.calibrations.expression`.

Gates are known by what they do, not by name: their unitary is compared with plait's native gates. Recipes, which tell
that project's compiler how to write other gates, are checked as formulas and not used. Idle errors are not part of the
format; add them with `dataclasses.replace(device.noise, e_idle=...)`.
"""

import cmath
import json
import math
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.calibrations.expression import Expression, parse_expression, parse_matrix
from plait.calibrations.reading import read_text
from plait.models import PlaitError
from plait.models.braid import check_int
from plait.models.errors import shown
from plait.models.noise import RIGHT_ANGLE, NoiseModel

MAX_BYTES = 2**20
MAX_QUBITS = 1_000_000
MAX_GATES = 100
MAX_DEPTH = 20
CHANNELS = ("depolarizing", "depolarising")
TRIED_ANGLES = ((0.3, 1.1), (2.0, -0.7), (-1.3, 0.4))
"""Parameters at which a unitary is compared."""

TOLERANCE = 1e-6
"""Of a unitary, so that angles rounded to seven digits pass."""

Matrix = tuple[tuple[complex, ...], ...]


def _phased_x(theta: float, phi: float) -> Matrix:
    c, s = math.cos(theta / 2), -1j * math.sin(theta / 2)
    return (c, s * cmath.exp(-1j * phi)), (s * cmath.exp(1j * phi), c)


def _diagonal(*phases: float) -> Matrix:
    return tuple(tuple(cmath.exp(1j * x) if i == j else 0j for j in range(len(phases))) for i, x in enumerate(phases))


def _rzz(theta: float) -> Matrix:
    return _diagonal(-theta / 2, theta / 2, theta / 2, -theta / 2)


NATIVE: Mapping[str, tuple[int, int, Callable[..., Matrix]]] = {
    "PhasedX": (1, 2, _phased_x),
    "Rz": (1, 1, lambda theta: _diagonal(-theta / 2, theta / 2)),
    "rzz": (2, 1, _rzz),
    "cx": (2, 0, lambda: ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 0, 1), (0, 0, 1, 0))),
    "cz": (2, 0, lambda: _diagonal(0, 0, 0, math.pi)),
    "zzmax": (2, 0, lambda: _rzz(RIGHT_ANGLE)),
}
"""Gate of plait -> qubits, parameters, unitary (the first qubit the most significant)."""


@dataclass(frozen=True, kw_only=True)
class DeviceFile:
    """What a device file says.

    Args:
        name: of the file, without its ending.
        qubits: how many.
        gate_set: plait's name of its two-qubit gate: "rzz", "cx", "cz" or "zzmax".
        connectivity: "all", or the pairs of qubits that can meet.
        noise: its errors; no idle errors.
    """

    name: str
    qubits: int
    gate_set: str
    connectivity: str | tuple[tuple[int, int], ...]
    noise: NoiseModel


@dataclass(frozen=True, kw_only=True)
class RateLaw:
    """The formula of a rate as an angle law: relative to its value at a right angle.

    Args:
        rate: formula of the angle a.
        right_angle: its value there.
    """

    rate: Expression
    right_angle: float

    def __call__(self, theta: float) -> float:
        """Multiple of the rate at a right angle."""
        return self.rate.real(a=theta) / self.right_angle


def load_device_file(path: str | Path) -> DeviceFile:
    """Read a device file.

    Args:
        path: of the JSON file.

    Raises:
        PlaitError: unreadable, malformed, or beyond the format above; says where.
    """
    path = Path(path)
    text = read_text(path, MAX_BYTES, "a device file")
    try:
        content = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse)
    except PlaitError as error:
        raise PlaitError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise PlaitError(
            f"{path}: not JSON ({error if isinstance(error, ValueError) else 'nested too deep'})"
        ) from error
    try:
        return _device(path.stem, content)
    except PlaitError as error:
        raise PlaitError(f"{path}: {error}") from error


def _device(name: str, content: object) -> DeviceFile:
    top = _table(content, "the file")
    _check_formulas(top, "")
    qubits = check_int("qubits", _get(top, "qubits", ""), 1, MAX_QUBITS)
    gates = _gates(_table(_get(top, "gates", ""), "gates"))
    (gate_set,) = gates.keys() - {"PhasedX", "Rz"}
    pair, pulse = gates[gate_set], gates["PhasedX"]
    spam = _table(_get(top, "spam", ""), "spam")
    measure = _table(_get(spam, "measure", "spam"), "spam.measure")
    e_2q = pair.real(a=RIGHT_ANGLE)
    if pair.variables and not e_2q > 0:
        raise PlaitError(f"{pair.where} = {e_2q:g} at a right angle; expected more than 0")
    noise = NoiseModel(
        e_2q=e_2q,
        e_1q=pulse.real(),
        e_prep=_number(_get(spam, "prepare", "spam"), "spam.prepare"),
        e_meas=(
            _number(_get(measure, "zero", "spam.measure"), "spam.measure.zero"),
            _number(_get(measure, "one", "spam.measure"), "spam.measure.one"),
        ),
        angle=RateLaw(rate=pair, right_angle=e_2q) if pair.variables else None,
    )
    return DeviceFile(
        name=name,
        qubits=qubits,
        gate_set=gate_set,
        connectivity=_connectivity(_get(top, "connectivity", ""), qubits),
        noise=noise,
    )


def _gates(described: Mapping[str, Any]) -> dict[str, Expression]:
    """plait's name of each gate -> its error rate."""
    if len(described) > MAX_GATES:
        raise PlaitError(f"gates: {len(described)} of them; the limit is {MAX_GATES}")
    found: dict[str, Expression] = {}
    for name, given in described.items():
        where = f"gates.{name}"
        gate = _table(given, where)
        kind = _kind(gate, where)
        if kind in found:
            raise PlaitError(f"{where} is a second gate {kind}; expected one of each")
        found[kind] = _rate(gate, where, variable=kind == "rzz")
        if kind == "Rz" and found[kind].real():
            raise PlaitError(f"{where}.error: Rz is virtual in plait and free of errors; leave its error out")
    if "PhasedX" not in found or len(found.keys() - {"PhasedX", "Rz"}) != 1:
        raise PlaitError(f"gates: expected PhasedX, one two-qubit gate and maybe Rz, got {', '.join(found) or 'none'}")
    return found


def _kind(gate: Mapping[str, Any], where: str) -> str:
    """plait's name of a gate, found by its unitary."""
    shape = tuple(check_int(f"{where}.{key}", _get(gate, key, where), 0, 4) for key in ("qubits", "params"))
    code = _table(_get(gate, "unitary", where), f"{where}.unitary")
    rows = parse_matrix(
        _get(code, "code", f"{where}.unitary"), string.ascii_lowercase[: shape[1]], f"{where}.unitary.code"
    )
    for kind, (qubits, params, matrix) in NATIVE.items():
        if shape == (qubits, params) and len(rows) == 2**qubits:
            tried = [angles[:params] for angles in TRIED_ANGLES]
            if all(_same(_filled(rows, angles), matrix(*angles)) for angles in tried):
                return kind
    raise PlaitError(f"{where}.unitary is none of the gates plait compiles to: {', '.join(NATIVE)}")


def _filled(rows: tuple[tuple[Expression, ...], ...], angles: tuple[float, ...]) -> Matrix:
    values = dict(zip(string.ascii_lowercase, angles, strict=False))
    return tuple(tuple(complex(entry.number(**values)) for entry in row) for row in rows)


def _same(given: Matrix, native: Matrix) -> bool:
    """Whether two matrices agree up to a global phase, the second one being unitary."""
    pairs = [(x, y) for row, wanted in zip(given, native, strict=True) for x, y in zip(row, wanted, strict=True)]
    overlap = abs(sum(x * y.conjugate() for x, y in pairs))
    size = sum(abs(x) ** 2 for x, _ in pairs)
    return abs(overlap - len(native)) < TOLERANCE and abs(size - len(native)) < TOLERANCE


def _rate(gate: Mapping[str, Any], where: str, variable: bool) -> Expression:
    """Error rate of a gate, a formula of its angle a if that is `variable`."""
    if "error" not in gate:
        return parse_expression("0", (), f"{where}.error")
    error = _table(gate["error"], f"{where}.error")
    channel = _get(error, "channel", f"{where}.error")
    if channel not in CHANNELS:
        raise PlaitError(f"{where}.error.channel = {shown(channel)} is not known; known: {CHANNELS[0]}")
    rate, place = _get(error, "rate", f"{where}.error"), f"{where}.error.rate"
    if isinstance(rate, Mapping):
        return parse_expression(_get(rate, "code", place), ("a",) if variable else (), f"{place}.code")
    return parse_expression(repr(_number(rate, place)), (), place)


def _connectivity(given: object, qubits: int) -> str | tuple[tuple[int, int], ...]:
    if given == "all":
        return "all"
    if not isinstance(given, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):
        raise PlaitError(f"connectivity = {shown(given)} must be 'all' or a list of pairs of qubits")
    a, b = (
        [check_int(f"connectivity[{k}]", pair[end], 0, qubits - 1) for k, pair in enumerate(given)] for end in (0, 1)
    )
    return tuple(zip(a, b, strict=True))


def _check_formulas(value: object, where: str, depth: int = 0) -> None:
    """Every "code" of a file is a formula or a matrix, whether it is used or not."""
    if depth > MAX_DEPTH:
        raise PlaitError(f"{where}: nested too deep; the limit is {MAX_DEPTH}")
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        place = f"{where}[{key}]" if isinstance(value, list) else f"{where}.{key}".lstrip(".")
        if key == "code" and isinstance(inner, str) and inner.lstrip().startswith("["):
            parse_matrix(inner, string.ascii_lowercase[:4], place)
        elif key == "code":
            parse_expression(inner, string.ascii_lowercase[:4], place)
        else:
            _check_formulas(inner, place, depth + 1)


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PlaitError(f"{where}: expected a JSON object, got {shown(value)}")
    return value


def _get(table: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in table:
        raise PlaitError(f"{f'{where}.{key}'.lstrip('.')} is missing")
    return table[key]


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PlaitError(f"{where} = {shown(value)} must be a probability from 0 to 1")
    return float(value)


def _refuse(constant: str) -> float:
    raise PlaitError(f"{constant} is no JSON number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        keys = [key for key, _ in pairs]
        raise PlaitError(f"the key {shown(next(key for key in keys if keys.count(key) > 1))} is given twice")
    return table
