"""Result files of a quantum computer: pytket's BackendResult as JSON, or plain counts.

A file is one JSON object, either as `pytket.backends.backendresult.BackendResult.to_dict` writes it (with "shots" or
"counts"), or plain counts: {"0110": 12, "0000": 88}, the leftmost character being classical bit 0; wrapped as
{"counts": {...}} it may also say "s" (the path, "0111"), "imaginary" and "mirror" (true or false) of its circuit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.reading import read_text
from plait.models import PlaitError
from plait.models.errors import shown

MAX_BYTES = 64 << 20
"""Of a result file; a shot of 95 bits takes about 60."""
MAX_WIDTH = 10_000
"""Bits of a shot."""
MAX_SHOTS = 20_000_000
"""Shots of a file."""
MAX_CELLS = 400_000_000
"""Bits of a file, once unpacked: a byte each."""
RESULT_KEYS = frozenset({"qubits", "bits", "shots", "counts", "state", "unitary", "density_matrix"})
OWN_KEYS = frozenset({"counts", "s", "imaginary", "mirror"})


@dataclass(frozen=True, kw_only=True)
class ResultFile:
    """What one file holds.

    Args:
        path: of the file.
        bits: (rows, width) 0 or 1, registers in the order of their names, each from its bit 0.
        times: (rows,) how often each row was seen.
        s: the path its circuit ran on, if the file says so.
        imaginary, mirror: part and braid of its circuit, None if the file does not say.
    """

    path: Path
    bits: NDArray[np.uint8]
    times: NDArray[np.int64]
    s: tuple[int, ...] | None = None
    imaginary: bool | None = None
    mirror: bool | None = None

    @property
    def width(self) -> int:
        """Bits a shot."""
        return int(self.bits.shape[1])

    @property
    def shots(self) -> int:
        """Shots in the file."""
        return int(self.times.sum())


def read_results(path: Path | str) -> ResultFile:
    """Read one result file of any of the kinds above.

    Raises:
        PlaitError: unreadable, too large, not such JSON, or without shots; names the file and the place.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "counts.json").write_text('{"0110": 12, "0000": 88}')
    ...     read_results(Path(folder, "counts.json")).shots
    100
    """
    path = Path(path)
    text = read_text(path, MAX_BYTES, "a result file")
    try:
        found = json.loads(text, parse_int=_small_int, parse_constant=_no_constant, object_pairs_hook=_object)
        if not isinstance(found, dict):
            raise PlaitError("expected a JSON object: a pytket BackendResult, or counts by bit string")
        return _parsed(path, found)
    except json.JSONDecodeError as error:
        raise PlaitError(f"{path}: not JSON (line {error.lineno}, column {error.colno}: {error.msg})") from None
    except RecursionError:
        raise PlaitError(f"{path}: nested too deeply for a result file") from None
    except PlaitError as error:
        raise PlaitError(f"{path}: {error}") from None


def _parsed(path: Path, found: dict[str, Any]) -> ResultFile:
    if "shots" in found or "bits" in found or isinstance(found.get("counts"), list):
        bits, times = _backend_result(found)
        return ResultFile(path=path, bits=bits, times=times)
    if any(key in found for key in ("state", "unitary", "density_matrix")):
        raise PlaitError("holds a state or a unitary, no shots; run the circuit with measurements")
    if not isinstance(found.get("counts"), Mapping):
        bits, times = _plain_counts(found)
        return ResultFile(path=path, bits=bits, times=times)
    _known(found, OWN_KEYS)
    bits, times = _plain_counts(found["counts"])
    for flag in ("imaginary", "mirror"):
        if found.get(flag) is not None and not isinstance(found[flag], bool):
            raise PlaitError(f"{flag} = {shown(found[flag])}: expected true or false")
    s = found.get("s")
    if s is not None and (not isinstance(s, str) or not s or set(s) - {"0", "1"}):
        raise PlaitError(f"s = {shown(s)}: expected bits s_0..s_n as text such as '0111'")
    path_bits = None if s is None else tuple(map(int, s))
    return ResultFile(
        path=path, bits=bits, times=times, s=path_bits, imaginary=found.get("imaginary"), mirror=found.get("mirror")
    )


def _plain_counts(counts: Mapping[str, Any]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    if not counts:
        raise PlaitError("no counts: the file has no shots")
    width = len(next(iter(counts)))
    for key, count in counts.items():
        if not key or set(key) - {"0", "1"}:
            raise PlaitError(f"key {shown(key)} is unknown: expected bit strings such as '0110', or a BackendResult")
        if len(key) != width:
            raise PlaitError(
                f"counts[{shown(key)}] has {len(key)} bits, the first has {width}; they must be equally wide"
            )
        _int(f"counts[{shown(key)}]", count, 0, MAX_SHOTS)
    _size(len(counts), width)
    bits = np.frombuffer("".join(counts).encode("ascii"), np.uint8).reshape(-1, width) - np.uint8(ord("0"))
    return _nonzero(bits, np.array(list(counts.values()), np.int64))


def _backend_result(found: dict[str, Any]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    _known(found, RESULT_KEYS)
    if ("shots" in found) == ("counts" in found):
        raise PlaitError("expected either shots or counts in a BackendResult")
    names = _registers(found.get("bits", []))
    if "shots" in found:
        packed = _outcomes("shots", found["shots"])
        times = np.ones(len(packed["array"]), np.int64)
    else:
        packed, times = _merged(found["counts"])
    rows, width = len(packed["array"]), packed["width"]
    if not rows:
        raise PlaitError(f"{'shots' if 'shots' in found else 'counts'} is empty: the file has no shots")
    _size(rows, width)
    if names and len(names) != width:
        raise PlaitError(f"bits names {len(names)} bits, but a shot has {width}")
    from pytket.backends.backendresult import BackendResult

    try:
        result = BackendResult.from_dict({"bits": names, "shots": packed})
    except (RuntimeError, TypeError, ValueError) as error:
        raise PlaitError(f"pytket refuses it: {' '.join(str(error).split())}") from None
    return _nonzero(np.asarray(result.get_shots(), np.uint8), times)


def _merged(counts: object) -> tuple[dict[str, Any], NDArray[np.int64]]:
    """Counts as one array of outcomes, and how often each was seen."""
    if not isinstance(counts, list):
        raise PlaitError(f"counts = {shown(counts)}: expected a list of outcomes with counts")
    rows, times, width = [], [], None
    for place, one in enumerate(counts):
        where = f"counts[{place}]"
        if not isinstance(one, dict) or set(one) != {"outcome", "count"}:
            raise PlaitError(f"{where}: expected an object with outcome and count, got {shown(one)}")
        outcome = _outcomes(f"{where}.outcome", one["outcome"])
        if len(outcome["array"]) != 1 or width not in (None, outcome["width"]):
            raise PlaitError(f"{where}.outcome: expected one outcome, as wide as the first ({width} bits)")
        width = outcome["width"]
        rows += outcome["array"]
        times.append(_int(f"{where}.count", one["count"], 0, MAX_SHOTS))
    return {"width": width or 0, "array": rows}, np.array(times, np.int64)


def _outcomes(where: str, found: object) -> dict[str, Any]:
    """A packed array of outcomes, checked: {"width": bits, "array": rows of bytes}."""
    if not isinstance(found, dict) or set(found) != {"width", "array"}:
        raise PlaitError(f"{where}: expected an object with width and array, got {shown(found)}")
    width, array = _int(f"{where}.width", found["width"], 1, MAX_WIDTH), found["array"]
    if not isinstance(array, list):
        raise PlaitError(f"{where}.array: expected a list of rows of bytes, got {shown(array)}")
    size = (width + 7) // 8
    for place, row in enumerate(array):
        if not isinstance(row, list) or len(row) != size:
            raise PlaitError(f"{where}.array[{place}]: expected {size} bytes for {width} bits, got {shown(row)}")
        for byte in row:
            if type(byte) is not int or not 0 <= byte <= 255:
                raise PlaitError(f"{where}.array[{place}]: expected bytes, 0..255, got {shown(byte)}")
    return {"width": width, "array": array}


def _registers(found: object) -> list[list[Any]]:
    """Names of the bits, checked: [register, [index]] each."""
    if not isinstance(found, list) or len(found) > MAX_WIDTH:
        raise PlaitError(f"bits = {shown(found)}: expected a list of at most {MAX_WIDTH} [register, [index]]")
    seen = set()
    for place, one in enumerate(found):
        match one:
            case [str(name), [int(index)]] if not isinstance(index, bool) and name and index >= 0:
                pass
            case _:
                raise PlaitError(f'bits[{place}] = {shown(one)}: expected [register, [index]] such as ["c", [0]]')
        if (name, index) in seen:
            raise PlaitError(f"bits[{place}] = {shown(one)} comes twice")
        seen.add((name, index))
    return found


def _nonzero(bits: NDArray[np.uint8], times: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Rows that were seen."""
    total = int(times.sum())
    if not total:
        raise PlaitError("all counts are 0: the file has no shots")
    if total > MAX_SHOTS:
        raise PlaitError(f"{total} shots; the limit is {MAX_SHOTS} a file")
    return bits[times > 0], times[times > 0]


def _size(rows: int, width: int) -> None:
    if rows * width > MAX_CELLS:
        raise PlaitError(f"{rows} rows of {width} bits; the limit is {MAX_CELLS} bits a file: split it")


def _known(found: Mapping[str, Any], keys: frozenset[str]) -> None:
    unknown = sorted(set(found) - keys)
    if unknown:
        raise PlaitError(f"unknown key {shown(unknown[0])}; known: {', '.join(sorted(keys))}")


def _int(where: str, value: object, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise PlaitError(f"{where} = {shown(value)}: expected an integer, {low}..{high}")
    return value


def _small_int(digits: str) -> int:
    if len(digits) > 19:
        raise PlaitError(f"an integer of {len(digits)} digits is too large")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise PlaitError(f"{name} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a key that comes twice would lose counts without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise PlaitError(f"key {shown(twice)} comes twice")
    return found
