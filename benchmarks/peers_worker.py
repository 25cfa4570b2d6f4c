"""Jones polynomials by one engine, as a process: questions and answers are lines of JSON.

    PYTHON benchmarks/peers_worker.py ENGINE BYTES

Started by `benchmarks/peers.py`, for the peers with the Python of their isolated environment: they are GPL, and nothing
of plait imports them or this file.

Question: {"signs": [...], "gauss": [[...], ...], "pd": [[...], ...], "repeats": K}. Crossings are numbered from 1;
`gauss` lists per component the crossings met, negative where it passes below; `pd` is the same diagram as a code.
(plait: {"strands", "word", "closure", "limit", "memory", "repeats"}.)
Answer: {"seconds": [...], "terms": [[exponent of t^{1/2}, "coefficient"], ...], "writhe": W, "bytes": N}, in the
tabulated convention (right-handed trefoil: t + t^3 - t^4). `writhe` is of the diagram as the peer orients it; `bytes`
is the peak of the process above what it held before. An error: {"error": "..."}. First line of all: {"version": "..."}.

The clock runs over the value, and over simplification where the engine's name says so; not over the start of Python,
not over reading the diagram.
"""

import json
import random
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

Compute = Callable[[], dict[str, Any]]
Engine = Callable[[dict[str, Any]], tuple[int, Compute]]
"""Reads the diagram; returns its writhe, and what computes the rest of the answer."""


def regina_engine(name: str) -> tuple[str, Engine]:
    """Regina: `regina` (treewidth), `regina-simplified` (the same after its simplification), `regina-naive` (2^m)."""
    import regina

    algorithm = regina.Algorithm.Naive if name == "regina-naive" else regina.Algorithm.Treewidth

    def prepare(question: dict[str, Any]) -> tuple[int, Compute]:
        link = regina.Link.fromData(question["signs"], question["gauss"])

        def compute() -> dict[str, Any]:
            if name == "regina-simplified":
                link.simplify()
            found = link.jones(algorithm)
            return {"terms": [(k, str(found[k])) for k in range(found.minExp(), found.maxExp() + 1)]}

        return link.writhe(), compute

    return f"regina {version('regina')}", prepare


def spherogram_engine(name: str) -> tuple[str, Engine]:
    """Spherogram's sweep over a Morse diagram; `spherogram-simplified`: after its `simplify("global")`.

    The released sweep (2.4.1) fails on kinks and on diagrams in several pieces. So kinks and bigons are always removed
    first, by its `simplify("basic")`, and pieces are taken apart; both are timed.
    `Link.jones_polynomial` asks for all of Sage; its code needs four names of it, which PyPI's passagemath has.
    """
    import sage.all__sagemath_combinat  # noqa: F401  # initialises what the next lines import
    from sage.combinat.perfect_matching import PerfectMatching, PerfectMatchings
    from sage.rings.integer_ring import ZZ
    from sage.rings.polynomial.laurent_polynomial_ring import LaurentPolynomialRing
    from spherogram import Link
    from spherogram.links import jones

    jones.R = LaurentPolynomialRing(ZZ, "q")
    jones.q = jones.R.gen()
    jones.PerfectMatching, jones.PerfectMatchings = PerfectMatching, PerfectMatchings

    mode = "global" if name == "spherogram-simplified" else "basic"

    def prepare(question: dict[str, Any]) -> tuple[int, Compute]:
        link = Link(question["pd"])

        def compute() -> dict[str, Any]:
            link.simplify(mode)
            circles = link.unlinked_unknot_components
            parts = [part for part in link.split_link_diagram() if part.crossings]
            found = jones.R.one()
            for part in parts:
                found *= jones.jones_polynomial(part)
            found *= (jones.q + jones.q**-1) ** (len(parts) + circles - 1)
            # Its q is -t^{1/2}: two circles have q + 1/q there, -(t^{1/2} + t^{-1/2}) in the tables.
            return {"terms": [(int(k), str(-found[k] if k % 2 else found[k])) for k in found.exponents()]}

        return link.writhe(), compute

    sage_version = version("passagemath-combinat")
    return f"spherogram {version('spherogram')} on passagemath {sage_version}", prepare


def plait_engine(name: str) -> tuple[str, Engine]:
    """plait's `jones_exact`, in plait's own environment, the method left to it; its kernels are compiled first."""
    from plait.models import Braid, Closure, jones_exact

    for closure in Closure:
        for strands, layers in ((6, 10), (6, 200), (30, 10), (16, 40)):
            braid = Braid.brickwall(strands, layers)
            jones_exact(braid, closure)
        for method in ("mpo", "face-tn", "face-tn-fib"):
            jones_exact(Braid.brickwall(8, 8), closure, method)

    def prepare(question: dict[str, Any]) -> tuple[int, Compute]:
        braid = Braid(strands=question["strands"], word=tuple(question["word"]))

        def compute() -> dict[str, Any]:
            limit, memory = question["limit"], question["memory"]
            found = jones_exact(braid, question["closure"], time_limit=limit, memory=memory)
            value = found.standard
            return {"standard": [value.real, value.imag], "method": found.method}

        return 0, compute

    return f"plait {version('plait')}", prepare


ENGINES = {
    "regina": regina_engine,
    "regina-simplified": regina_engine,
    "regina-naive": regina_engine,
    "spherogram": spherogram_engine,
    "spherogram-simplified": spherogram_engine,
    "plait": plait_engine,
}


def held(key: str) -> int:
    """Bytes of this process now (VmRSS) or at most (VmHWM); 0 where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(key)), 0)


def forget_peak() -> None:
    """Let VmHWM start again from what is held now, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def answer(question: dict[str, Any], prepare: Engine) -> dict[str, Any]:
    """Ask the engine as often as wanted, each time from a fresh diagram (Regina keeps polynomials it has computed)."""
    seconds = []
    forget_peak()
    before = held("VmRSS")
    for _ in range(question["repeats"]):
        writhe, compute = prepare(question)
        start = time.perf_counter()
        rest = compute()
        seconds.append(time.perf_counter() - start)
    used = max(0, held("VmHWM") - before)
    return {"seconds": seconds, "writhe": int(writhe), "bytes": used, **rest}


def main(name: str, memory: int) -> None:
    """Answer lines until there are no more; `memory` limits the address space, in bytes."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    random.seed(0)  # Spherogram's simplification is random
    said, prepare = ENGINES[name](name)
    print(json.dumps({"version": said}), flush=True)
    for line in sys.stdin:
        try:
            found = answer(json.loads(line), prepare)
        except MemoryError:
            found = {"error": "memory"}
        except Exception as error:  # whatever a peer raises is an answer of its own: the benchmark reports it
            found = {"error": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
