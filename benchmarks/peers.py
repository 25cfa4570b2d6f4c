"""Peers: the same closed braids through Regina, Spherogram and plait: seconds, memory, agreement, largest size reached.

    python benchmarks/peers.py [--environment DIR] [--table speed|reach|both] [--limit SECONDS] [--family NAME ...]
        [--strands N ...] [--closure markov|plat ...]

Regina (treewidth algorithm; the same after its simplification; the naive 2^m one) and Spherogram (sweep over a Morse
diagram; the same after its simplification) run in an environment of their own that pip makes in DIR (1.3 GB, a
minute; a temporary folder if none is given). Each engine is one process, stopped at the time limit and limited to 3 GiB
of address space. Not charged: start of the process, imports, plait's compilation, reading the diagram.

Peers return the whole polynomial; plait's `jones_exact`, its method left to it, returns one value of it, which is the
easier question and the only one plait asks. No peer has a shorter way to one value; plait has none to the polynomial.

speed: median seconds (of 1; of 15 if below 0.2 s), peak MiB above the idle process, "no" where the peer's polynomial at
t = e^{2 pi i/5} is not plait's value to 1e-9. "faster" marks a peer that beats plait.
reach: brick layers doubled until an engine stops; the last size done within the limit, its crossings and seconds.

Exit status: 1 if any two values differ. Everything takes about half an hour; the options choose parts of it.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from peers_engines import PEERS, PLAIT, Answer, Engine, Unavailable, agree, environment

from plait.models import Braid, Closure

NAIVE_CROSSINGS = 24
"""Beyond, 2^m smoothings are hopeless (and above 63 Regina runs its other algorithm instead)."""
SHORT_SECONDS, REPEATS = 0.2, 15
MOST_LAYERS = 2048
REACH_STRANDS = (4, 6, 10, 16, 24, 40, 100)
SIZES = {
    "brickwall": tuple(
        (n, length)
        for n, lengths in {
            4: (10, 40, 160),
            6: (10, 20, 40),
            10: (5, 10, 20),
            16: (4, 8, 12, 16),
            24: (4, 8, 12, 16),
            40: (2, 4, 8, 12),
            100: (2, 4, 6, 8),
            200: (2, 4),
        }.items()
        for length in lengths
    ),
    "planted": ((6, 10), (10, 10), (16, 8), (24, 8), (10, 40), (24, 24), (40, 40), (60, 60), (84, 80)),
    "torus": ((2, 3), (2, 20), (2, 101), (3, 7), (3, 31), (4, 9), (4, 21), (5, 6), (5, 16), (6, 25), (8, 9)),
    "chain": ((10, 2), (40, 2), (200, 2)),
    "table": ((2, 3), (3, 4), (3, 8), (4, 8), (6, 10)),
}
"""Strands and: brick layers; the other index of the torus link; crossings per link of a chain; crossings in a table."""
TABULATED = {
    (2, 3): (1, 1, 1),
    (3, 4): (1, -2, 1, -2),
    (3, 8): (1, -2, 1, -2, 1, -2, 1, -2),
    (4, 8): (-1, -1, 2, -1, -3, 2, -3, -3),
    (6, 10): (1, -2, 3, -4, 5, 1, -2, 3, -4, 5),
}
"""3_1, 4_1, 8_18, and two more braids of the size that knot tables have."""


class Instance(NamedTuple):
    """One closed braid.

    Args:
        family: a key of SIZES.
        size: strands and the family's other number.
        braid: itself.
        closure: that makes the link.
    """

    family: str
    size: tuple[int, int]
    braid: Braid
    closure: Closure


def braid_of(family: str, strands: int, length: int) -> Braid:
    """The braid of a family at one size, seed 0."""
    if family == "brickwall":
        return Braid.brickwall(strands, length)
    if family == "planted":
        return Braid.planted(strands, length)
    if family == "torus":
        return Braid(strands=strands, word=tuple(range(1, strands)) * length)
    if family == "chain":
        return Braid(strands=strands, word=tuple(i for i in range(1, strands) for _ in range(length)))
    return Braid(strands=strands, word=TABULATED[strands, length])


def instances(families: list[str], strands: list[int] | None, closures: list[Closure]) -> Iterator[Instance]:
    """Closed braids of the speed table."""
    for family in families:
        for size in SIZES[family]:
            for closure in closures:
                if (closure is Closure.PLAT and size[0] % 2) or (strands and size[0] not in strands):
                    continue
                yield Instance(family, size, braid_of(family, *size), closure)


def asked(engine: Engine, braid: Braid, closure: Closure, limit: float) -> Answer:
    """The engine's answer; a quick one is asked for again to time it."""
    found = engine.ask(braid, closure, limit)
    if found.standard is None or median(found.seconds) > SHORT_SECONDS:
        return found
    return engine.ask(braid, closure, limit + 2 * REPEATS * SHORT_SECONDS, REPEATS)


def speed(engines: dict[str, Engine], cases: Iterator[Instance], limit: float) -> int:
    """Print the first table; the number of values that differ."""
    print(f"{'family':<10}{'n, L':>8} {'closure':<7}{'m':>5} | {'plait':>9} {'MiB':>5} {'method':<15}", end="")
    print("".join(f" | {name:>22}" for name in PEERS) + " | best peer / plait")
    wrong = 0
    for case in cases:
        ours = asked(engines[PLAIT], case.braid, case.closure, limit)
        n, length = case.size
        print(f"{case.family:<10}{f'{n},{length}':>8} {case.closure:<7}{case.braid.crossings:>5} | ", end="")
        print(f"{_seconds(ours)} {ours.bytes / 2**20:>5.0f} {ours.method:<15}", end="", flush=True)
        best = []
        for name in PEERS:
            if name == "regina-naive" and case.braid.crossings > NAIVE_CROSSINGS:
                print(f" | {'-':>22}", end="")
                continue
            found = asked(engines[name], case.braid, case.closure, limit)
            says = ""
            if found.standard is not None:
                best.append(median(found.seconds))
                differs = ours.standard is not None and not agree(ours.standard, found.standard)
                wrong += differs
                says = "no" if differs else ""
            print(f" | {_seconds(found)} {found.bytes / 2**20:>7.0f} {says:>4}", end="", flush=True)
        ratio = min(best) / median(ours.seconds) if best and ours.seconds else float("nan")
        print(f" | {ratio:>8.3g}{' faster' if ratio < 1 else ''}")
    return wrong


def _seconds(found: Answer) -> str:
    """Median seconds, or why there are none, in a column."""
    return f"{median(found.seconds):>9.3g}" if found.seconds else f"{found.failed[:9]:>9}"


def reach(engines: dict[str, Engine], family: str, strands: list[int], closures: list[Closure], limit: float) -> None:
    """Print the second table."""
    print(f"{'family':<10}{'n':>4} {'closure':<7}", end="")
    print("".join(f" | {name:>24}" for name in engines))
    for n in strands:
        for closure in closures:
            print(f"{family:<10}{n:>4} {closure:<7}", end="")
            for engine in engines.values():
                print(f" | {_farthest(engine, family, n, closure, limit):>24}", end="", flush=True)
            print()


def _farthest(engine: Engine, family: str, strands: int, closure: Closure, limit: float) -> str:
    """Layers, crossings and seconds of the largest size done, in words; "+" if no larger one was asked for."""
    done, layers = "none", 1
    while layers <= MOST_LAYERS:
        braid = braid_of(family, strands, layers)
        found = engine.ask(braid, closure, limit)
        if not found.seconds or found.seconds[0] > limit:
            return done
        done = f"L={layers} m={braid.crossings} {found.seconds[0]:.2g} s"
        layers *= 2
    return f"{done} +"


def main(arguments: argparse.Namespace, folder: Path) -> int:
    """Run everything; the exit status."""
    python = environment(folder)
    engines = {name: Engine(name, python) for name in (PLAIT, *PEERS)}
    closures = [Closure.parse(name) for name in arguments.closure]
    wrong = 0
    try:
        if arguments.table != "reach":
            cases = instances(arguments.family, arguments.strands, closures)
            wrong = speed(engines, cases, arguments.limit)
        if arguments.table != "speed":
            chosen = {name: one for name, one in engines.items() if name != "regina-naive"}
            for family in [name for name in arguments.family if name in ("brickwall", "planted")]:
                reach(chosen, family, arguments.strands or list(REACH_STRANDS), closures, arguments.limit)
        print("; ".join(dict.fromkeys(one.version for one in engines.values() if one.version)))
    finally:
        for one in engines.values():
            one.stop()
    if wrong:
        print(f"{wrong} values differ from plait's", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environment", type=Path, help="folder of the peers' virtual environment, made if absent")
    parser.add_argument("--table", choices=("speed", "reach", "both"), default="both")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds for one value (default 10)")
    parser.add_argument("--family", nargs="+", choices=tuple(SIZES), default=list(SIZES))
    parser.add_argument("--strands", nargs="+", type=int, help="only these widths")
    parser.add_argument("--closure", nargs="+", choices=("markov", "plat"), default=["markov", "plat"])
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="plait-peers-") as temporary:
            sys.exit(main(options, options.environment or Path(temporary)))
    except Unavailable as error:
        sys.exit(str(error))
