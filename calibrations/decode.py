"""Decoding: from result files of a quantum computer to a shot table.

Layouts, for n strands (columns in the order of the registers):
  h1      n input bits, n+1 bits of entropy, q_0..q_n measured. Input bit 0 asks for the imaginary part, bit i - 1 is
          s_i.
  h2      the same inputs and entropy, then q_0..q_n of four interleaved circuits on one s: imaginary and real part of
          the braid, imaginary and real part of its mirror. Input bit 0 says nothing.
  inputs  q_1..q_{n-1} measured, then the n input bits: `plait.models.conditional`.
  counts  only measured bits of a circuit for one s: q_0..q_n, or q_1..q_{n-1} (`plait.models.cfev_circuit`).
In h1, h2 and inputs the circuits spread q_1 to s by CX gates from q_1 alone: without an error x_i xor s_i is a path.
Source: h1 and h2 are the formats of the device runs of Laakkonen et al., arXiv:2503.05625.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.backend_result import ResultFile, read_results
from plait.calibrations.shots import Shots
from plait.models import Braid, Closure, PlaitError, cfev_circuit
from plait.models.echo import choose_path
from plait.models.errors import shown
from plait.models.fibonacci import PHI, framing
from plait.models.link import close

LAYOUTS = ("auto", "h1", "h2", "inputs", "counts")
INTERLEAVED = ((True, False), (False, False), (True, True), (False, True))
"""(imaginary, mirror) of the four circuits of h2, in order."""
MAX_FILES = 10_000

Bits = NDArray[np.uint8]
Paths = Path | str | Iterable[Path | str]


class DecodedFile(NamedTuple):
    """What one file added to the table: its layout, the shots the machine made, and rows and kept rows of the table."""

    path: str
    layout: str
    shots: int
    rows: int
    kept: int


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """Result files, read.

    Args:
        braid: whose circuits were run.
        closure: of the braid.
        shots: one row a shot and circuit: four rows for a shot of layout h2.
        files: what each file added, in order.
        factor: V = factor E, in the circuit convention: (-A)^(-3 writhe) phi^(n-1); plat: phi^(n/2-1).
    """

    braid: Braid
    closure: Closure
    shots: Shots
    files: tuple[DecodedFile, ...]
    factor: complex


class _Rows(NamedTuple):
    """Rows of the table from one file; `draw` numbers the draws of s from 0."""

    v: NDArray[np.int8]
    kept: NDArray[np.bool_]
    imaginary: NDArray[np.bool_]
    mirror: NDArray[np.bool_]
    draw: NDArray[np.int64]


def decode(
    results: Paths,
    braid: Braid,
    closure: Closure | str = "markov",
    *,
    layout: str = "auto",
    mirror: Paths = (),
    imaginary: Paths = (),
    s: str | Sequence[int] | None = None,
    gate_set: str = "rzz",
    connectivity: str = "all",
) -> Decoded:
    """Read result files of one experiment; their shots add up.

    Args:
        results: one path or several: pytket BackendResult JSON, or plain counts (`backend_result`).
        braid: that was run; its strands must fit the width of the shots.
        closure: of the braid.
        layout: one of LAYOUTS; auto goes by the width (and, where that leaves a choice, takes counts if s is given).
        mirror: files, more of them or some of `results`, whose circuits ran the mirror braid (every letter negated).
            Not for h2, which holds both.
        imaginary: the same for the imaginary part; layout counts only, the others say it themselves.
        s: path of layout counts, n+1 bits from s_0 = 0, unless the file says it; the plat closure needs none. Files
            with different s are draws of s, and must have been drawn as `plait.models.paths.sample_path` draws.
        gate_set, connectivity: that the circuits of layout counts were compiled for.

    Raises:
        PlaitError: a file cannot be read, has no shots, another width than expected or than the first, or an s that is
            no path; an option that does not fit the layout.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "hopf.json")
    ...     _ = path.write_text('{"000": 30, "100": 70}')
    ...     int(decode(path, Braid(strands=4, word=(2, 2)), "plat").shots.v.sum())
    -40
    """
    closure = Closure.parse(closure)
    if layout not in LAYOUTS:
        raise PlaitError(f"layout = {shown(layout)} is not known; known: {', '.join(LAYOUTS)}")
    mirrored, imagined = _paths(mirror), _paths(imaginary)
    paths = list(dict.fromkeys([*_paths(results), *mirrored, *imagined]))
    if not paths:
        raise PlaitError("no result files: expected at least one")
    if len(paths) > MAX_FILES:
        raise PlaitError(f"{len(paths)} result files; the limit is {MAX_FILES}")
    given = None if s is None else _path(s, braid, closure)
    factor = framing(close(braid, closure).writhe)
    factor *= PHI ** (braid.strands - 1 if closure is Closure.MARKOV else braid.strands // 2 - 1)
    readers = _Readers(braid, closure, gate_set, connectivity)
    parts, files, width = [], [], 0
    for path in paths:
        file = read_results(path)
        if width not in (0, file.width):
            raise PlaitError(f"{path}: shots of {file.width} bits, but {paths[0]} has {width}; decode them apart")
        width = file.width
        name = _layout(file, layout, braid.strands, given)
        _fits(file, name, path in mirrored, path in imagined, given)
        is_mirror = path in mirrored or bool(file.mirror)
        try:
            if name == "counts":
                chosen = given if file.s is None else _path(file.s, braid, closure)
                if chosen is None and closure is Closure.MARKOV:
                    raise PlaitError(
                        'holds measured bits only: say which path s its circuit ran on (s, or "s" in the file)'
                    )
                path_s = choose_path(braid.strands, closure, chosen, 0)
                rows = readers.counts(file, path_s, path in imagined or bool(file.imaginary), is_mirror)
            else:
                rows = readers.with_inputs(file, name, is_mirror)
        except PlaitError as error:
            raise PlaitError(f"{path}: {error}") from None
        parts.append(rows)
        files.append(DecodedFile(str(path), name, file.shots, len(rows.v), int(rows.kept.sum())))
    return Decoded(braid=braid, closure=closure, shots=_table(parts), files=tuple(files), factor=factor)


class _Readers:
    """Judges the rows of one experiment's files, and numbers its draws of s."""

    def __init__(self, braid: Braid, closure: Closure, gate_set: str, connectivity: str) -> None:
        self._braid, self._closure = braid, closure
        self._gate_set, self._connectivity = gate_set, connectivity
        self._draws = 0
        self._numbers: dict[tuple[int, ...], int] = {}

    def with_inputs(self, file: ResultFile, layout: str, mirror: bool) -> _Rows:
        """Layouts h1, h2 and inputs: every shot carries its s."""
        n = self._braid.strands
        bits = np.repeat(file.bits, file.times, axis=0)
        inputs = bits[:, -n:] if layout == "inputs" else bits[:, :n]
        s = np.hstack([np.zeros_like(inputs[:, :1]), np.ones_like(inputs[:, :1]), inputs[:, 1:]])
        self._check(s)
        flags = inputs[:, 0].astype(bool)
        draw = self._draws + np.arange(len(bits))
        self._draws += len(bits)
        if layout == "h2":
            parts = []
            for place, (is_imaginary, is_mirror) in enumerate(INTERLEAVED):
                start = 2 * n + 1 + place * (n + 1)
                v, kept = _star(bits[:, start : start + n + 1], s)
                parts.append(_Rows(v, kept, np.full(len(v), is_imaginary), np.full(len(v), is_mirror), draw))
            return _joined(parts)
        if layout == "h1":
            measured = bits[:, 2 * n + 1 :]
        else:  # q_0 is 0 and q_n is s_n times the branch: no qubit measures them
            measured = np.hstack([np.zeros_like(s[:, :1]), bits[:, :-n], *([np.zeros_like(s[:, :1])] if n > 1 else [])])
        v, kept = _star(measured, s)
        return _Rows(v, kept, flags, np.full(len(v), mirror), draw)

    def counts(self, file: ResultFile, s: tuple[int, ...], imaginary: bool, mirror: bool) -> _Rows:
        """Layout counts: one s for the whole file; the circuit says how a shot is read."""
        layout = "paper" if file.width == self._braid.strands + 1 else "reduced"
        braid = self._braid.mirror() if mirror else self._braid
        echo = cfev_circuit(
            braid, self._closure, s, layout=layout, gate_set=self._gate_set, connectivity=self._connectivity
        )
        distinct, place = np.unique(file.bits, axis=0, return_inverse=True)
        read = np.array([echo.read(row) for row in distinct.tolist()])[place.reshape(-1)]
        read = np.repeat(read, file.times, axis=0)
        number = -1 - self._numbers.setdefault(s, len(self._numbers))
        whole = np.full(len(read), True)
        return _Rows(
            read[:, 0].astype(np.int8), read[:, 1] == 1, whole & imaginary, whole & mirror, np.full(len(read), number)
        )

    def _check(self, s: Bits) -> None:
        """Whether every s is a path of the closure."""
        bad = ((s[:, :-1] | s[:, 1:]) == 0).any(axis=1)
        if self._closure is Closure.PLAT:
            bad |= (s != np.array(choose_path(self._braid.strands, self._closure, None, 0))).any(axis=1)
        if bad.any():
            first = int(np.argmax(bad))
            text = "".join(map(str, s[first]))
            raise PlaitError(
                f"the inputs of shot {first} give s = {text}, which is no path of the {self._closure} closure; "
                "check the number of strands, the layout and the order of the bits"
            )


def _star(x: Bits, s: Bits) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """v and kept of measured q_0..q_n (rows, n+1), for circuits that spread q_1 to s from q_1 alone."""
    others = x.copy()
    others[:, 1] = 0
    v = np.where(others.any(axis=1), 0, 1 - 2 * x[:, 1].astype(np.int8)).astype(np.int8)
    y = x ^ s
    y[:, 1] = 1  # q_1 is the branch: it says nothing about errors
    return v, (x[:, 0] == 0) & ~((y[:, 1:-1] | y[:, 2:]) == 0).any(axis=1)


def _layout(file: ResultFile, asked: str, n: int, s: tuple[int, ...] | None) -> str:
    """The layout of a file, by its width."""
    widths = {
        "h1": (3 * n + 2,),
        "h2": (6 * n + 5,),
        "inputs": (n + max(1, n - 1),),
        "counts": (max(1, n - 1), n + 1),
    }
    fitting = [name for name in widths if file.width in widths[name] and asked in ("auto", name)]
    if not fitting:
        wanted = {name: sizes for name, sizes in widths.items() if asked in ("auto", name)}
        listed = ", ".join(f"{' or '.join(map(str, sizes))} ({name})" for name, sizes in wanted.items())
        raise PlaitError(f"{file.path}: shots of {file.width} bits; for {n} strands expected {listed}")
    if len(fitting) > 1:
        return "counts" if s is not None or file.s is not None else "inputs"
    return fitting[0]


def _fits(file: ResultFile, layout: str, mirror: bool, imaginary: bool, s: tuple[int, ...] | None) -> None:
    """Refuse options that say again, and perhaps otherwise, what the file itself says."""
    if layout == "h2" and (mirror or file.mirror is not None):
        raise PlaitError(f"{file.path}: layout h2 holds the braid and its mirror; do not name it as mirror")
    if layout != "counts" and (imaginary or file.imaginary is not None):
        raise PlaitError(f"{file.path}: layout {layout} says itself which shots are imaginary; do not name it")
    if layout != "counts" and (s is not None or file.s is not None):
        raise PlaitError(f"{file.path}: layout {layout} holds s with every shot; leave s out")
    if (mirror and file.mirror is False) or (imaginary and file.imaginary is False):
        raise PlaitError(
            f"{file.path}: says itself that it is not {'mirror' if mirror else 'imaginary'}, but is named so"
        )
    if s is not None and file.s is not None and s != file.s:
        raise PlaitError(f"{file.path}: says s = {''.join(map(str, file.s))}, not {''.join(map(str, s))} as given")


def _path(s: str | Sequence[int], braid: Braid, closure: Closure) -> tuple[int, ...]:
    """s as bits, checked to be a path of this closure."""
    if isinstance(s, str):
        if not re.fullmatch(r"[01]+", s):
            raise PlaitError(f"s = {shown(s)}: expected bits s_0..s_{braid.strands} such as 0111")
        s = tuple(map(int, s))
    return choose_path(braid.strands, closure, s, 0)


def _paths(given: Paths) -> list[Path]:
    return [Path(given)] if isinstance(given, str | Path) else [Path(path) for path in given]


def _joined(parts: Sequence[_Rows]) -> _Rows:
    return _Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _table(parts: Sequence[_Rows]) -> Shots:
    rows = _joined(parts)
    return Shots(v=rows.v, kept=rows.kept, imaginary=rows.imaginary, mirror=rows.mirror, group=rows.draw)
