"""Turn runs into a calibration: features against (n, L), seconds against counts; draws by bootstrap over braids."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import circuit_forms
from plait.calibrations.calibration import Basis, Calibration, Constant
from plait.calibrations.figures import FIGURES
from plait.calibrations.forms import FEATURES, LOG_2, LOG_PHI, features, ones, width
from plait.calibrations.noise_fit import Point, covers, expected_errors, noise_constants
from plait.calibrations.noise_run import CHANNELS, NoisePoint
from plait.calibrations.run_file import Record
from plait.models import Closure, PlaitError
from plait.models.braid import check_int
from plait.models.noise import NoiseModel

Array = NDArray[np.float64]
Constants = dict[str, float]

DRAWS = 200
LEAST_BRAIDS = 12
"""Braids per closure below which no fit is attempted."""
WIDTH_START = (0.3, 0.04, 1.0)
"""Width per layer, per strand, offset: roughly."""
WIDE = 8
"""Widths from which operations follow the largest tensor; below, they are a sum of small ones and cost nothing."""
SMALL = 5
"""Tensors below which a contraction is call overhead, which the three-term time model does not describe."""

RATE_UNITS = {
    "t_search": "s",
    "t_search2": "s",
    "t_build": "s",
    "t_word": "s",
    "t_tensor": "s",
    "f_dense": "1",
    "b_write": "bytes",
    "t_step": "s",
    "b_op": "bytes",
    "t_run": "s",
    "b_amp": "bytes",
    "b_start": "bytes",
    "probe_flops": "FLOP/s",
    "probe_bandwidth": "bytes/s",
}


def fit(records: Sequence[Record], *, draws: int = DRAWS, seed: int = 0, profile: str = "user") -> Calibration:
    """Fit every constant to runs.

    Args:
        records: runs of `measure` (or `run_file.load`).
        draws: joint bootstrap draws, over braids; residuals are kept braid by braid.
        seed: of the bootstrap.
        profile: name of the result.

    Returns:
        Calibration: the same for the same runs, draws and seed.

    Raises:
        PlaitError: too few runs to fit, or runs made on different machines.
    """
    check_int("seed", seed, 0, 2**63 - 1)
    try:
        return _fit(records, draws=draws, seed=seed, profile=profile)
    except (KeyError, TypeError, IndexError) as error:
        raise PlaitError(f"a run lacks {error}, or holds something else there; measure it again") from error


def _fit(records: Sequence[Record], *, draws: int, seed: int, profile: str) -> Calibration:
    records = sorted(records, key=lambda record: str(record["id"]))
    probes = [record["result"] for record in records if record["asked"].get("kind") == "probe"]
    braids = {
        closure: [x for x in records if x["asked"].get("kind") == "braid" and x["asked"].get("closure") == closure]
        for closure in Closure
    }
    _check(records, probes, braids)
    rng = np.random.default_rng(seed)
    constants: dict[str, Constant] = {}
    drawn: dict[str, list[float]] = {}
    residuals: dict[str, dict[str, tuple[float, ...]]] = {}
    n_runs = sum(map(len, braids.values()))
    for closure, rows in braids.items():
        table = _table(rows)
        central = _features(table, closure)
        source = f"least squares on {len(rows)} {closure} braids"
        for name, value in central.items():
            constants[f"{name}@{closure}"] = Constant(value=_digits(value), unit="1", basis="fitted", source=source)
        for sample in _bootstrap(rng, len(rows), draws):
            drawn_table = {key: column[sample] for key, column in table.items()}
            for name, value in _features(drawn_table, closure).items():
                drawn.setdefault(f"{name}@{closure}", []).append(_digits(value))
        residuals[closure] = _residuals(table, closure, central)
    every = [row for rows in braids.values() for row in rows]
    machine = {name: float(np.median([probe[key] for probe in probes])) for name, key in _PROBES.items()}
    rates = _rates(every, machine)
    for name, value in {**machine, **rates}.items():
        basis: Basis = "measured" if name in machine else "fitted"
        text = f"median of {len(probes)} probes" if name in machine else f"timings of {n_runs} braids, one thread"
        if name == "f_dense" and value > 1 - 1e-6:
            basis, text = (
                "assumed",
                "its bound, the matrix product: in these runs the time of writes hides that of arithmetic",
            )
        constants[name] = Constant(value=_digits(value), unit=RATE_UNITS[name], basis=basis, source=text)
    for sample in _bootstrap(rng, len(every), draws):
        for name, value in _rates([every[k] for k in sample], machine).items():
            drawn.setdefault(name, []).append(_digits(value))
    noisy = [_noise_point(record) for record in records if record["asked"].get("kind") == "noise"]
    measured = covers(noisy)  # a short calibration reaches no noisy runs, and takes the figures
    if measured:
        found, noise_draws = noise_constants(noisy, draws=draws, seed=seed)
        text = f"exponential law of {len(noisy)} planted braids on simulated noisy machines, with error detection"
        for name, value in found.items():
            constants[name] = Constant(value=_digits(value), unit="1", basis="fitted", source=text)
            drawn[name] = list(map(_digits, noise_draws[name]))
    for name, figure in FIGURES.items():
        if name in constants:
            continue
        centre = (figure.low + figure.high) / 2
        constants[name] = Constant(value=_digits(centre), unit=figure.unit, basis=figure.basis, source=figure.source)
        drawn[name] = [_digits(x) for x in rng.uniform(figure.low, figure.high, draws)]
    if not measured:
        drawn["K_idle"] = [_digits(1 - k) for k in drawn["k_idle"]]  # what is not rejected damps: jointly drawn
    densities = sorted({float(row["asked"]["density"]) for row in every})
    if len(densities) > 1:
        raise PlaitError(f"the runs mix densities {densities}; fit one at a time")
    strands, layers = ([int(row["asked"][key]) for row in every] for key in ("strands", "layers"))
    run_rows = [row["result"] for row in every if "fib_seconds" in row["result"]]
    return Calibration(
        profile=profile,
        machine=_machine(records),
        date=max(str(record.get("date", "")) for record in records),
        runs=len(records) - len(noisy),
        noisy=len(noisy) if measured else 0,
        digest=hashlib.sha256("".join(str(record["id"]) for record in records).encode()).hexdigest()[:16],
        constants=constants,
        draws={name: tuple(values) for name, values in drawn.items()},
        residuals=residuals,
        density=float(densities[0]),
        strands=(min(strands), max(strands)),
        layers=(min(layers), max(layers)),
        contracted=_digits(max(float(np.log10(max(1.0, row["fib_operations"]))) for row in run_rows)),
    )


_PROBES = {"probe_flops": "flops_per_second", "probe_bandwidth": "bytes_per_second"}


def _check(records: Sequence[Record], probes: Sequence[Any], braids: Mapping[Closure, Sequence[Record]]) -> None:
    machines = {record["environment"].get("processor") for record in records}
    if len(machines) > 1:
        raise PlaitError(
            f"the runs come from {len(machines)} machines ({sorted(map(str, machines))}); fit one at a time"
        )
    for closure, rows in braids.items():
        if len(rows) < LEAST_BRAIDS:
            raise PlaitError(
                f"{len(rows)} runs with the {closure} closure; a fit needs {LEAST_BRAIDS} of each: give more --budget"
            )
    if not probes:
        raise PlaitError("no machine probe among the runs; run plait calibrate again on this run file")
    if not any("fib_seconds" in row["result"] for rows in braids.values() for row in rows):
        raise PlaitError("no timed contraction among the runs; give more --budget")


def _noise_point(record: Record) -> Point:
    asked = record["asked"]
    noise = NoiseModel(
        e_2q=asked["e_2q"],
        e_1q=asked["e_1q"],
        e_idle=asked["e_idle"],
        e_meas=(asked["e_spam"], asked["e_spam"]),
        idle=CHANNELS[asked["idle"]],
    )
    point = NoisePoint(**record["result"])
    return point, expected_errors(point, noise)


def _machine(records: Sequence[Record]) -> str:
    here = records[0]["environment"]
    return f"one core of {here.get('processor', 'an unnamed processor')}"


def _bootstrap(rng: np.random.Generator, size: int, draws: int) -> Iterable[NDArray[np.int64]]:
    for _ in range(draws):
        yield rng.integers(0, size, size)


def _digits(x: float) -> float:
    """Seven significant digits: what is stored is what is used."""
    return float(f"{float(x):.7g}")


_COLUMNS = {
    "m": "m",
    "D": "D",
    "r": "r",
    "D_r": "D_r",
    "T": "tensors",
    "w": "width",
    "C": "dense_operations",
    "W": "dense_writes",
    "C_f": "fib_operations",
    "P_f": "fib_peak",
}


def _table(rows: Sequence[Record]) -> dict[str, Array]:
    table = {key: np.array([row["asked"][key] for row in rows], float) for key in ("strands", "layers", "density")}
    for feature, field in _COLUMNS.items():
        values = np.array([row["result"][field] for row in rows], float)
        table[feature] = values if feature == "w" else np.maximum(values, 1.0)
    table["w"] = np.maximum(table["w"], 1.0)
    closure = Closure.parse(rows[0]["asked"]["closure"])
    table["h"] = ones(table["strands"], closure)
    for feature in circuit_forms.FORMS:
        table[feature] = np.array([row["result"][feature] for row in rows], float)
    return table


def _features(table: Mapping[str, Array], closure: Closure) -> Constants:
    n, layers = table["strands"], table["layers"]
    log_m = np.log10(table["m"])
    c: Constants = {}
    c |= _linear({"D1": layers, "D0": 1.0}, table["D"])
    c |= _linear({"Q1": layers, "Q0": 1.0}, table["D_r"])
    c |= _linear({"r0": 1.0, "r1": 1 / layers}, table["r"] / table["m"])
    c |= _linear({"T1": table["r"], "Tn": n, "T0": 1.0}, table["T"])
    c |= _width(table, closure)
    c |= circuit_forms.fit_circuit(table, _robust)
    wide = table["w"] >= WIDE
    if wide.sum() < LEAST_BRAIDS:  # a short calibration: the wider half of what there is
        wide = table["w"] >= np.median(table["w"])
    for feature, letter, leg in (("C", "C", LOG_2), ("W", "W", LOG_2), ("C_f", "c", LOG_PHI), ("P_f", "p", LOG_PHI)):
        rest = np.log10(table[feature]) - leg * table["w"]
        c |= _linear({f"{letter}1": log_m[wide], f"{letter}0": 1.0}, rest[wide])
    return c


def _robust(residual: Callable[[Array], Array], start: Sequence[float]) -> Array:
    from scipy.optimize import least_squares

    return np.asarray(least_squares(residual, start, loss="soft_l1", x_scale="jac").x)


def _linear(columns: Mapping[str, Array | float], target: Array) -> Constants:
    """Robust linear fit with named coefficients; the scale of soft_l1 is the spread of a first plain fit."""
    matrix = np.column_stack([np.broadcast_to(column, target.shape) for column in columns.values()])
    plain = np.linalg.lstsq(matrix, target, rcond=None)[0]
    scale = float(np.std(matrix @ plain - target)) or 1.0
    found = _robust(lambda x: np.asarray((matrix @ x - target) / scale), list(plain))
    return dict(zip(columns, map(float, found), strict=True))


def _width(table: Mapping[str, Array], closure: Closure) -> Constants:
    names = ("w_L", "w_n", "w_0")
    n, layers, target = table["strands"], table["layers"], table["w"]

    def residual(x: Array) -> Array:
        return width(n, layers, closure, dict(zip(names, x, strict=True))) - target

    return dict(zip(names, map(float, _robust(residual, WIDTH_START)), strict=True))


def _residuals(table: Mapping[str, Array], closure: Closure, c: Constants) -> dict[str, tuple[float, ...]]:
    """Observed minus predicted from (n, L) alone, per braid: log10, and for the width log2."""
    predicted = features(table["strands"], table["layers"], float(table["density"][0]), closure, c)
    out = {}
    for feature in FEATURES:
        if feature in circuit_forms.FORMS:  # a handful of gates more or less is no factor for larger braids
            more = circuit_forms.softening(feature, table["strands"], table)
            out[feature] = np.log10((table[feature] + more) / (10.0 ** predicted[feature] + more))
        elif feature != "h":
            observed = table[feature] if feature == "w" else np.log10(table[feature])
            out[feature] = observed - predicted[feature]
    return {feature: tuple(map(_digits, column)) for feature, column in out.items()}


def _rates(rows: Sequence[Record], machine: Mapping[str, float]) -> Constants:
    """Seconds as non-negative combinations of counts, least relative squares."""
    results = [row["result"] for row in rows]
    flops, bandwidth = machine["probe_flops"], machine["probe_bandwidth"]
    c: Constants = {
        "t_build": float(np.median([x["build_seconds"] / max(1, x["two_qubit_gates"]) for x in results])),
        # Two searches a braid: for RZZ and for an entangler of fixed angle.
        "t_word": float(np.median([x["word_seconds"] / (2 * max(1, x["r"])) for x in results])),
    }
    searched = [x for x in results if x["tensors"] >= SMALL]
    per_tensor, per_square = _seconds(searched, "search_seconds", lambda x: (x["tensors"], x["tensors"] ** 2))
    c |= {"t_search": per_tensor, "t_search2": per_square}
    dense = [x for x in results if "dense_seconds" in x and x["tensors"] >= SMALL]
    per_tensor, per_flop, per_write = _seconds(
        dense,
        "dense_seconds",
        lambda x: (x["tensors"], 8 * x["dense_operations"], x["dense_writes"]),
        least=(0.0, 1 / flops, 0.0),  # no contraction is faster than the matrix product
    )
    c |= {"t_tensor": per_tensor, "f_dense": 1 / (per_flop * flops), "b_write": per_write * bandwidth}
    fib = [x for x in results if "fib_seconds" in x and x["tensors"] >= SMALL]
    per_step, per_op = _seconds(fib, "fib_seconds", lambda x: (x["tensors"], x["fib_operations"]))
    c |= {"t_step": per_step, "b_op": per_op * bandwidth}
    state = [
        {"r": x["r"], "amplitudes": x[f"{kind}_amplitudes"], "seconds": x[f"{kind}_seconds"]}
        for x in results
        for kind in ("state", "typical")
        if f"{kind}_seconds" in x and x["r"]
    ]
    per_run, per_update, per_start = _seconds(
        state, "seconds", lambda x: (x["r"], x["r"] * x["amplitudes"], x["amplitudes"])
    )
    c |= {"t_run": per_run, "b_amp": per_update * bandwidth, "b_start": per_start * bandwidth}
    return c


TINY = 1e-15
"""Seconds per count below which a fitted rate means 'not seen'; keeps reciprocals finite."""


def _seconds(
    rows: Sequence[Any], key: str, counts: Callable[[Any], tuple[float, ...]], least: tuple[float, ...] | None = None
) -> list[float]:
    """Seconds per count, each at least `least` (0 if not given)."""
    from scipy.optimize import nnls

    if not rows:
        raise PlaitError(f"no run with {key}; give more --budget")
    seconds = np.array([float(np.median(row[key])) for row in rows])
    matrix = np.array([counts(row) for row in rows], float) / seconds[:, None]
    scale = matrix.max(axis=0)
    scale[scale == 0] = 1.0
    low = np.array(least if least else (0.0,) * scale.size)
    spare = np.ones(len(rows)) - matrix @ low
    found, _ = nnls(matrix / scale, spare)
    return [max(TINY, float(x)) for x in found / scale + low]
