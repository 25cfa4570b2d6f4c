"""Constants of a GPU from its runs: the laws of `plait.calibrations.time_laws`, in units of its copy bandwidth."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from plait.calibrations.run_file import Record
from plait.calibrations.time_fit import MOVED, UNITS
from plait.calibrations.time_laws import LAWS, Result, Timings, result_of
from plait.models import PlaitError

INTERVAL = (5, 95)
"""Per cent: the ranges of probes and deviations."""
MOST_PASSES = 32
"""Of the loops of a contraction that is fitted."""
SEEN = 0.01
"""Share of a constant below which it is not told from nothing."""
LARGER = 0.5
"""Share of the runs, the larger, whose deviations from a law are its x_LAW."""
GPU_LAWS = ("state", "trace", "fib", "dense")
SINGLE = "complex64"


class Measured(NamedTuple):
    """A constant with the range of its draws."""

    value: float
    low: float
    high: float
    unit: str
    source: str


def gpu_constants(records: Sequence[Record]) -> dict[str, Measured]:
    """Constants of the methods that ran on a GPU, and the medians of its probes (probe_flops, probe_bandwidth).

    Ranges: the least and the most when one run is left out; of x_LAW, the deviations of the larger runs. A law without
    runs has no constants. States are those in complex128; b_amp reaches down to what complex64 takes. Contractions with
    many passes of loops, whose products are small, are not fitted, but count in x_fib.

    Args:
        records: of `plait.calibrations.gpu_run.measure_gpu`.

    Raises:
        PlaitError: no probe, or runs of several GPUs.
    """
    records = sorted(records, key=lambda record: str(record["id"]))
    names = {str(record["environment"].get("gpu")) for record in records}
    if not names:
        raise PlaitError("no GPU run at all; give more --budget")
    if len(names) != 1:
        raise PlaitError(f"the runs come from {len(names)} GPUs ({', '.join(sorted(names))}); fit one at a time")
    probes = [record["result"] for record in records if record["asked"]["kind"] == "gpu-probe"]
    if not probes:
        raise PlaitError("no GPU probe among the runs; give more --budget")
    found = {
        f"probe_{name}": _of([float(probe[key]) for probe in probes], UNITS[f"probe_{name}"], f"{len(probes)} probes")
        for name, key in (("flops", "flops_per_second"), ("bandwidth", "bytes_per_second"))
    }
    flops, bandwidth = found["probe_flops"].value, found["probe_bandwidth"].value
    rows = [record for record in records if record["asked"]["kind"] == "gpu"]
    for law in GPU_LAWS:
        double = _results(rows, law, single=False)
        if len(double) <= len(LAWS[law].constants):
            continue
        found |= _fitted(law, double, flops, bandwidth)
        single = _results(rows, law, single=True)
        if law == "state" and len(single) > len(LAWS[law].constants):
            least = _fitted(law, single, flops, bandwidth)["b_amp"].value
            both = found["b_amp"]
            found["b_amp"] = both._replace(low=min(least, both.low), source=f"{both.source}; low: in complex64")
    return found


def _results(rows: Sequence[Record], law: str, *, single: bool) -> list[Result]:
    results = [result_of(row) for row in rows if (row["asked"]["dtype"] == SINGLE) is single]
    return [result for result in results if LAWS[law].rows(result)]


def _fitted(law: str, results: Sequence[Result], flops: float, bandwidth: float) -> dict[str, Measured]:
    every, least = Timings.of(LAWS[law], results), LAWS[law].least(flops)
    whole = [result for result in results if result.get("passes", 0) <= MOST_PASSES]
    timings = Timings.of(LAWS[law], whole)
    central = timings.fitted(least)
    others = ~np.eye(len(whole), dtype=bool)
    draws = np.array([timings.where(other[timings.run]).fitted(least) for other in others])
    text = f"{len(whole)} runs on the GPU"
    names = {per: name for name, per in MOVED.items()}
    found: dict[str, Measured] = {}
    for name, value, column in zip(LAWS[law].constants, central, draws.T, strict=True):
        low, high = max(SEEN * value, min(value, *column)), max(value, *column)
        if name == "per_flop":
            share = sorted(1 / (x * flops) for x in (value, low, high))
            found["f_dense"] = Measured(float(share[1]), float(share[0]), float(share[2]), "1", text)
            continue
        factor, name = (bandwidth, names[name]) if name in names else (1.0, name)
        value, low, high = (float(x) * factor for x in (value, low, high))
        found[name] = Measured(value, low, high, UNITS[name], text)
    order = np.argsort(-every.size, kind="stable")[: max(1, round(LARGER * len(results)))]
    deviations = (10.0 ** every.deviations(central))[order]
    about = f"seconds of {len(order)} runs on the GPU, the larger half, over those of their law"
    return found | {f"x_{law}": _of(deviations.tolist(), "1", about)}


def _of(values: Sequence[float], unit: str, source: str) -> Measured:
    low, value, high = np.percentile(values, (INTERVAL[0], 50, INTERVAL[1]))
    return Measured(float(value), float(low), float(high), unit, source)


def rounded(constants: Mapping[str, Measured]) -> dict[str, Measured]:
    """Four significant digits: what is written is what is used."""
    return {
        name: x._replace(value=float(f"{x.value:.4g}"), low=float(f"{x.low:.4g}"), high=float(f"{x.high:.4g}"))
        for name, x in constants.items()
    }
