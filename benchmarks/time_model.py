"""Row K: seconds predicted from counts, on contractions larger than those the constants were fitted to.

    python benchmarks/time_model.py [RUNS]

RUNS is a run file (default: the shipped one; `plait calibrate --runs` makes another). For every law of
`plait.calibrations.time_laws` the constants are fitted to the runs below a size, and the runs above are predicted,
class by class of size. Deviations are log10(measured / predicted): bias (mean) and rms, in decades. Beside them, what
the same runs are off by when seconds are floating-point operations over the peak rate of the same core (from the
machine probes).

Last: memory of contractions, what the process really took over what was predicted; and loops over heights at half the
memory that were really run, seconds over those without loops times the operations repeated.
"""

import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plait.calibrations.run_file import load
from plait.calibrations.time_fit import PARTS
from plait.calibrations.time_laws import LAWS, Result, Timings, result_of, seconds_of

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.jsonl.gz"
HELD_OUT = {"fib": 1e7, "dense": 1e7, "train": 1e6, "state": 1e7, "trace": 1e7, "search": 500.0, "min": 300.0}
"""Law -> size (operations, work, updates, tensors, crossings) from which runs are held out."""
FLOP = {"fib": 8.0, "dense": 8.0, "train": 88.0, "state": 5.1, "trace": 5.1}
"""Law -> real floating-point operations per unit of size."""


def shown(deviation: NDArray[np.float64]) -> str:
    """Bias and rms."""
    return (
        f"{deviation.mean():>+7.3f} {np.sqrt(np.mean(deviation**2)):>6.3f}" if deviation.size else f"{'-':>7} {'-':>6}"
    )


def print_law(name: str, title: str, results: list[Result], peak: float) -> None:
    """One law: constants from the small runs, deviations of all, by size."""
    law, edge = LAWS[name], HELD_OUT[name]
    every = Timings.of(law, results)
    small = every.size < edge
    constants = every.where(small).fitted(law.least(peak))
    deviation = every.deviations(constants)
    naive = np.log10(every.seconds / (FLOP[name] * np.maximum(every.size, 1) / peak)) if name in FLOP else None
    found = ", ".join(f"{key} {value:.3g}" for key, value in zip(law.constants, constants, strict=True))
    print(f"\n{title}: fitted below {edge:.0e}: {found}")
    print(f"{'size':>18} {'runs':>5} {'bias':>7} {'rms':>6}   {'flops/peak: bias, rms':>22}")
    top = int(np.ceil(np.log10(every.size.max() + 1)))
    classes = [(10.0**k, 10.0 ** (k + 1)) for k in range(top)]
    for low, high, text in (
        *((low, high, f"1e{round(np.log10(low))}..1e{round(np.log10(high))}") for low, high in classes),
        (0.0, edge, "all fitted"),
        (edge, np.inf, "all held out"),
    ):
        chosen = (every.size >= low) & (every.size < high)
        if chosen.any():
            other = shown(naive[chosen]) if naive is not None else ""
            print(f"{text:>18} {chosen.sum():>5} {shown(deviation[chosen])}   {other:>22}")


def print_memory(results: list[Result]) -> None:
    """Bytes taken over bytes predicted."""
    predicted: Mapping[str, NDArray[np.float64]] = {
        "fib": np.array([[x["fib_bytes"], 16 * x["fib_peak"]] for x in results if x.get("fib_bytes")]),
        "dense": np.array([[x["dense_bytes"], 48 * 2.0 ** x["width"]] for x in results if x.get("dense_bytes")]),
    }
    print(
        "\nmemory and loops: bytes taken over predicted (16 per peak entry; 48 per entry of the largest dense tensor)"
    )
    for name, rows in predicted.items():
        if rows.size:
            ratio = rows[:, 0] / rows[:, 1]
            low, middle, high = np.quantile(ratio, (0.05, 0.5, 0.95))
            print(
                f"{name:>18} {len(rows):>5} median {middle:.3f}, 5..95 %: {low:.3f}..{high:.3f}, to {rows.max():.2e} B"
            )


def print_loops(results: list[Result]) -> None:
    """Operations with loops over those without, at parts of the memory; seconds of those run."""
    trees = [x["slice_overheads"] for x in results if x.get("slice_overheads")]
    for part, overheads in zip(PARTS, zip(*trees, strict=True), strict=True):
        found = np.array([np.inf if one is None else one for one in overheads])
        low, middle, high = np.quantile(found, (0.05, 0.5, 0.95), method="inverted_cdf")
        text = f"operations times {middle:.3g}, 5..95 %: {low:.3g}..{high:.3g}"
        print(f"{f'memory / {part:g}':>18} {len(found):>5} {text}")
    ratio = np.array(
        [
            seconds_of(x["sliced_seconds"]) / (seconds_of(x["fib_seconds"]) * x["slice_overheads"][0])
            for x in results
            if "sliced_seconds" in x
        ]
    )
    if ratio.size:
        low, middle, high = np.quantile(ratio, (0.05, 0.5, 0.95))
        print(f"{'really run':>18} {ratio.size:>5} seconds over predicted {middle:.3f}, 5..95 %: {low:.3f}..{high:.3f}")


def main(path: Path) -> None:
    """Print every law, then memory."""
    records, remarks = load([path])
    print("\n".join(remarks))
    probes = [x["result"]["flops_per_second"] for x in records if x["asked"]["kind"] == "probe"]
    braids = [x for x in records if x["asked"]["kind"] == "braid"]
    results = [result_of(x) for x in braids]
    print(f"{len(results)} braids on {braids[0]['environment']['processor']}; peak {np.median(probes):.3g} FLOP/s")
    for name in LAWS:
        if name != "min":
            print_law(name, name, results, float(np.median(probes)))
    for family, closure in product(("brickwall", "planted"), ("markov", "plat")):  # these shrink in different ways
        some = [result_of(x) for x in braids if (x["asked"]["family"], x["asked"]["closure"]) == (family, closure)]
        print_law("min", f"min, {family} {closure}", some, float(np.median(probes)))
    print_memory(results)
    print_loops(results)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
