"""What `benchmarks/peers.py` and `tests/test_peers.py` share: isolated environment, diagrams, engines as processes."""

import json
import select
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from plait.models import Braid, Closure

PACKAGES = ("regina==7.4.1", "spherogram==2.4.1")
PACKAGES += tuple(f"passagemath-{part}==10.8.13" for part in ("combinat", "flint", "modules"))
REGINA = ("regina", "regina-simplified", "regina-naive")
SPHEROGRAM = ("spherogram", "spherogram-simplified")
PEERS = (*REGINA, *SPHEROGRAM)
PLAIT = "plait"
MEMORY = 3 * 2**30
"""Bytes of address space that a peer may take."""
START_SECONDS = 180.0
"""For the start of an engine: imports, and plait's compilation."""


class Unavailable(Exception):
    """The isolated environment cannot be made, or an engine does not start; the message is one line."""


def environment(folder: Path) -> Path:
    """The Python of the peers' environment in `folder`, made with pip if need be.

    Raises:
        Unavailable: the folder holds something else, or pip failed, with its last error.
    """
    python, ready = folder / "bin" / "python", folder / "peers-ready"
    wanted = "\n".join(PACKAGES)
    if ready.exists() and ready.read_text() == wanted:
        return python
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise Unavailable(f"{folder} is neither empty nor a virtual environment; name another folder")
    try:
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"the peers' environment cannot be made: {error}") from None
    if done.returncode:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.startswith("ERROR")), "no message")
        raise Unavailable(f"the peers' environment cannot be made: pip install {' '.join(PACKAGES)}: {last}")
    ready.write_text(wanted)
    return python


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A closed braid as peers read it.

    Args:
        signs: of the crossings, in the order of the word, as oriented.
        gauss: per component the crossings met, from 1, negative where it passes below.
        pd: per crossing its four arcs, counterclockwise from the incoming lower one.
        circles: components without crossings; in none of the lists.
    """

    signs: list[int]
    gauss: list[list[int]]
    pd: list[list[int]]
    circles: int


def diagram(braid: Braid, closure: Closure) -> Diagram:
    """Walk the closed braid; every component starts upwards at its leftmost bottom end, as plait orients it."""
    n = braid.strands
    met: list[list[int]] = [[] for _ in range(n)]  # of each strand, by its bottom end
    line = list(range(n))
    crossed = []
    for c, letter in enumerate(braid.word, 1):
        i = abs(letter) - 1
        rightwards, leftwards = line[i], line[i + 1]
        over = 1 if letter > 0 else -1  # +i: the strand that moves to the right passes above
        met[rightwards].append(over * c)
        met[leftwards].append(-over * c)
        crossed.append((over, rightwards, leftwards))
        line[i], line[i + 1] = leftwards, rightwards
    top = {strand: place for place, strand in enumerate(line)}
    direction: dict[int, int] = {}
    components: list[list[int]] = []
    for start in range(n):
        if start in direction:
            continue
        strand, walked = start, list[int]()
        while strand not in direction:
            direction[strand] = 1
            walked += met[strand]
            if closure is Closure.MARKOV:
                strand = top[strand]
                continue
            down = line[top[strand] ^ 1]  # across the cap
            direction[down] = -1
            walked += reversed(met[down])
            strand = down ^ 1  # across the cup
        components.append(walked)
    signs = [over * direction[a] * direction[b] for over, a, b in crossed]
    gauss = [walked for walked in components if walked]
    return Diagram(signs=signs, gauss=gauss, pd=_code(signs, gauss), circles=len(components) - len(gauss))


def _code(signs: list[int], gauss: list[list[int]]) -> list[list[int]]:
    """The planar-diagram code: arcs numbered from 1 along the components."""
    ends: dict[int, tuple[int, int]] = {}  # passage -> arcs into and out of it
    arc = 1
    for component in gauss:
        for place, passage in enumerate(component):
            ends[passage] = (arc + place, arc + (place + 1) % len(component))
        arc += len(component)
    code = []
    for c, sign in enumerate(signs, 1):
        (under_in, under_out), (over_in, over_out) = ends[-c], ends[c]
        right, left = (over_out, over_in) if sign > 0 else (over_in, over_out)
        code.append([under_in, right, under_out, left])
    return code


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an engine says about one closed braid.

    Args:
        standard: the value at t = e^{2 pi i/5}, t^{1/2} = e^{i pi/5}, of the link as plait orients it; None if there
            is none, `failed` says why.
        seconds: of each repetition.
        bytes: peak, above what the process held before.
        failed: "time", "memory", "ended" (the process; mostly for want of memory), or the engine's own error.
        method: plait's.
    """

    standard: complex | None
    seconds: tuple[float, ...] = ()
    bytes: int = 0
    failed: str = ""
    method: str = ""


class Engine:
    """One engine as a process; started when first asked, and again after it was stopped."""

    def __init__(self, name: str, python: Path, memory: int = MEMORY) -> None:
        here = Path(__file__).parent
        runs_in = sys.executable if name == PLAIT else str(python)
        self.command = [runs_in, str(here / "peers_worker.py"), name, str(memory)]
        self.name, self.version = name, ""
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, braid: Braid, closure: Closure, limit: float, repeats: int = 1) -> Answer:
        """Put one question; `limit` in seconds for all repetitions together.

        Raises:
            Unavailable: the engine does not start.
        """
        drawn = diagram(braid, closure)
        question: dict[str, Any] = {"repeats": repeats, "signs": drawn.signs, "gauss": drawn.gauss, "pd": drawn.pd}
        if self.name == PLAIT:
            question |= {"strands": braid.strands, "word": braid.word, "closure": closure.value}
            question |= {"limit": limit, "memory": MEMORY / 2}
        elif not drawn.signs:  # no diagram to read: circles only
            return Answer(standard=_evaluate([(0, 1)], drawn.circles - 1), seconds=(0.0,))
        process = self._running()
        assert process.stdin
        process.stdin.write(json.dumps(question).encode() + b"\n")
        process.stdin.flush()
        line = self._line(limit)
        found: dict[str, Any] = json.loads(line) if line else {"error": "time" if line is None else "ended"}
        if "error" in found:
            return Answer(standard=None, failed=found["error"])
        if self.name == PLAIT:
            value = complex(*found["standard"])
        else:
            # A planar-diagram code orients links as the peer likes: V = (-A)^(-3w) <L>/d, t^{1/2} = A^-2.
            shift = (sum(drawn.signs) - found["writhe"]) * 3 // 2
            terms = [(int(k) + shift, int(coefficient)) for k, coefficient in found["terms"]]
            value = _evaluate(terms, drawn.circles)
        return Answer(
            standard=value,
            seconds=tuple(found["seconds"]),
            bytes=found["bytes"],
            method=found.get("method", ""),
        )

    def stop(self) -> None:
        """End the process, if there is one."""
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self.process and self.process.poll() is None:
            return self.process
        self.stop()
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        line = self._line(START_SECONDS)
        if not line:
            raise Unavailable(f"{self.name} does not start: {' '.join(self.command)}")
        self.version = json.loads(line)["version"]
        return self.process

    def _line(self, limit: float) -> bytes | None:
        """The next line; b"" if the process ended without one, None if the time is over (the process is ended)."""
        assert self.process
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        line = self.process.stdout.readline() if ready else None
        if not line:
            self.stop()
        return line


def _evaluate(terms: Sequence[tuple[int, int]], circles: int) -> complex:
    """sum c x^k (-x - 1/x)^circles at x = e^{i pi/5}, to double precision though huge coefficients cancel."""
    folded = [0] * 5
    for k, coefficient in terms:
        folded[k % 5] += coefficient if k % 10 < 5 else -coefficient  # x^5 = -1
    digits = max(len(str(abs(one))) for one in folded)
    with localcontext(prec=digits + 40):
        root5 = Decimal(5).sqrt()
        cosine, sine = (1 + root5) / 4, ((5 - root5) / 8).sqrt()
        x, y, real, imaginary = Decimal(1), Decimal(0), Decimal(0), Decimal(0)
        for coefficient in folded:
            real, imaginary = real + coefficient * x, imaginary + coefficient * y
            x, y = cosine * x - sine * y, cosine * y + sine * x
        factor = (-2 * cosine) ** circles
        return complex(float(real * factor), float(imaginary * factor))


def agree(a: complex, b: complex, tolerance: float = 1e-9) -> bool:
    """Whether two values are the same to `tolerance`, relative to the larger of |a| and 1; nan agrees with nothing."""
    return abs(a - b) <= tolerance * max(1.0, abs(a))
