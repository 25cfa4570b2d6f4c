"""How good the forms are where nothing was measured: fitted to the smaller runs, they predict the larger ones.

Every modelled quantity is tried: the form in use, its rivals and the published form on the same split. Forms are chosen
and intervals widened by what is fitted alone, see `plait.calibrations.backtest` and `plait.calibrations.conformal`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plait.calibrations import backtest, law_rivals
from plait.calibrations.backtest import BackTest, Fits, Split
from plait.calibrations.conformal import LEVEL
from plait.calibrations.feature_fit import LEAST_BRAIDS, Table, chosen, deviation, table_of, target_of
from plait.calibrations.fit import DENSITY, FAMILIES
from plait.calibrations.forms import WIDTHS
from plait.calibrations.noise_backtest import CHOSEN, noise_tests
from plait.calibrations.noise_fit import point_of
from plait.calibrations.published_fit import fit_published
from plait.calibrations.rivals import LOG_2, rivals_of
from plait.calibrations.run_file import Record, load
from plait.calibrations.spread import spread_of
from plait.calibrations.time_laws import LAWS, Timings, result_of
from plait.models import Closure, PlaitError

Array = NDArray[np.float64]

USUAL, PUBLISHED = "usual", "paper"
"""Names of the form of `plait.calibrations.forms` or of the whole law, and of the published form."""
USED = "in use"
COSTS = ("C", "W", "C_f", "P_f", "W_f", "C_s", "P_s", "K", "P_t")
"""What the published form is for: log10 of operations and elements."""
NORMAL = {0.5: 0.6745, LEVEL: 1.6449}


@dataclass(frozen=True, kw_only=True)
class Tested:
    """One form of one quantity on the held-out runs of one split.

    Args:
        quantity: symbol of a feature, "seconds:LAW", "keep_rate" or "signal".
        model: name of the form.
        family, closure: of the braids; "all" where they are pooled.
        split: "layers", "strands", "both", "size" (of a timing), "noise" (strands of noisy runs).
        used: whether the calibration would use this form.
        predicted, observed: log10, one value a held-out run (widths in decades too).
        half50, half90: half-widths of the intervals.
        strands, layers, distance: sizes, and decades beyond what was fitted.
    """

    quantity: str
    model: str
    family: str
    closure: str
    split: str
    used: bool
    predicted: Array
    observed: Array
    half50: Array
    half90: Array
    strands: Array
    layers: Array
    distance: Array


@dataclass(frozen=True, kw_only=True)
class Row:
    """What `plait validate` tells of one form: decades, and shares of the held-out runs.

    Args:
        n: held-out runs; bias: mean of observed - predicted; rmse: its root mean square.
        coverage, coverage50: shares within the 90 and 50 % intervals.
        scatter: standard deviation among runs of the same size, None where no size was run twice.
        distance: median decades beyond what was fitted.
    """

    quantity: str
    model: str
    family: str
    closure: str
    split: str
    used: bool
    n: int
    bias: float
    rmse: float
    coverage: float
    coverage50: float
    scatter: float | None
    distance: float


def load_runs(path: Path | None = None) -> tuple[list[Record], list[str]]:
    """Runs of a file (None: the shipped one), and remarks on what was dropped.

    Raises:
        PlaitError: unusable run file.
    """
    return load([path or Path(__file__).parent / "data" / "shipped.jsonl.gz"])


def validate(records: Sequence[Record]) -> list[Row]:
    """Bias, error and coverage of every quantity and form on runs larger than those fitted.

    Args:
        records: runs of `measure` (or `run_file.load`).

    Returns:
        Rows: one for each quantity, form, family, closure and split. The same for the same runs, in any order.

    Raises:
        PlaitError: too few runs to hold any out, or runs that lack what a fit needs.
    """
    return [row_of(one) for one in held_out(records)]


def held_out(records: Sequence[Record]) -> list[Tested]:
    """The same before it is summed up: every held-out run with its prediction and intervals.

    Raises:
        PlaitError: as `validate`.
    """
    records = sorted(records, key=lambda record: str(record["id"]))
    try:
        found = [*features_tested(records), *_seconds(records), *_noise(records)]
    except (KeyError, TypeError, IndexError) as error:
        raise PlaitError(f"a run lacks {error}, or holds something else there; measure it again") from error
    if not found:
        raise PlaitError(
            f"{len(records)} runs: too few to hold larger ones out; measure more sizes (plait calibrate --budget)"
        )
    return found


def pooled(tests: Iterable[Tested]) -> list[Row]:
    """Rows over both closures, for each quantity, family and split: of the forms in use, whichever they are (`used` is
    true, names joined by "/"), and of every form by itself; in the order in which they come."""
    groups: dict[tuple[str, str, str, str], list[Tested]] = {}
    for one in tests:
        for kind in (USED, one.model) if one.used else (one.model,):
            groups.setdefault((one.quantity, one.family, one.split, kind), []).append(one)
    rows = []
    for (_, _, _, kind), parts in groups.items():
        names = sorted({one.model for one in parts})
        joined = {
            name: np.concatenate([getattr(one, name) for one in parts])
            for name in ("predicted", "observed", "half50", "half90", "strands", "layers", "distance")
        }
        about = parts[0]
        rows.append(
            row_of(
                Tested(
                    quantity=about.quantity,
                    model="/".join(names),
                    family=about.family,
                    closure="all" if len({one.closure for one in parts}) > 1 else about.closure,
                    split=about.split,
                    used=kind == USED,
                    **joined,
                )
            )
        )
    return rows


def row_of(one: Tested) -> Row:
    """Sum one test up."""
    miss = one.observed - one.predicted
    return Row(
        quantity=one.quantity,
        model=one.model,
        family=one.family,
        closure=one.closure,
        split=one.split,
        used=one.used,
        n=miss.size,
        bias=float(miss.mean()),
        rmse=float(np.sqrt(np.mean(miss**2))),
        coverage=float((np.abs(miss) <= one.half90).mean()),
        coverage50=float((np.abs(miss) <= one.half50).mean()),
        scatter=_scatter(miss, one.strands, one.layers),
        distance=float(np.median(one.distance)),
    )


def _scatter(miss: Array, strands: Array, layers: Array) -> float | None:
    """Standard deviation about the mean of runs of one size."""
    _, group, count = np.unique(np.stack([strands, layers]), axis=1, return_inverse=True, return_counts=True)
    group = group.ravel()
    within = miss - (np.bincount(group, miss) / count)[group]
    freedom = miss.size - count.size
    return float(np.sqrt((within**2).sum() / freedom)) if freedom > 0 else None


def features_tested(
    records: Sequence[Record],
    splits: Callable[[Table], Iterable[Split]] = backtest.reported,
    only: Sequence[str] = (),
) -> Iterator[Tested]:
    """Features of braids on splits of one's own.

    Args:
        records: in the order of their ids, if results are to be the same for the same runs.
        splits: of the braids of one closure and family.
        only: features to be tested. Defaults to none: all.
    """
    for family, closure in product(FAMILIES, Closure):
        rows = [
            record
            for record in records
            if record["asked"].get("kind") == "braid"
            and (record["asked"]["family"], record["asked"]["closure"]) == (family, closure)
            and abs(record["asked"]["density"] - DENSITY) < 1e-6
        ]
        if len(rows) > LEAST_BRAIDS:
            table = table_of(rows)
            for split in splits(table):
                yield from _split(table, split, closure, family, only)


def _split(table: Table, split: Split, closure: Closure, family: str, only: Sequence[str]) -> Iterator[Tested]:
    small, large = chosen(table, split.small), chosen(table, split.large)
    nest, fits = BackTest(small, closure, family), Fits(small, closure, family)
    choices = nest.choose()
    for name in only or backtest.names_of(table, family):
        for form in ("", *rivals_of(name, family)):
            others = {key: value for key, value in choices.items() if key != name}
            test = _form(nest, fits, large, name, others | ({name: form} if form else {}))
            if test is not None:
                used = form == choices.get(name, "")
                yield _tested(test, name, form or USUAL, family, closure, split, large, used)
    for name in (name for name in COSTS if not only or name in only):
        published = _published(small, large, name)
        if name in table and published is not None:
            yield _tested(published, name, PUBLISHED, family, closure, split, large, False)


Test = tuple[Array, Array, Array, Array, NDArray[np.bool_]]
"""Predicted, observed, half-widths of 50 and 90 %, and the rows they are of."""


def _form(nest: BackTest, fits: Fits, large: Table, name: str, choices: Mapping[str, str]) -> Test | None:
    small = fits.table
    beyond = fits.features(large, choices)[name]
    miss = deviation(large, name, beyond)
    seen = np.isfinite(miss)
    if not seen.any() or not fits.seen(name):
        return None
    own = deviation(small, name, fits.features(small, choices)[name])
    kept = np.isfinite(own)
    spread = spread_of(own[kept], small["strands"][kept], small["layers"][kept], nest.score(name, choices))
    place = large["strands"][seen], large["layers"][seen]
    half = [spread.sigma(*place) * spread.factor(*place) * part for part in spread.half]
    return beyond[seen], beyond[seen] + miss[seen], half[0], half[1], seen


def _published(small: Table, large: Table, name: str) -> Test | None:
    if name not in small:
        return None
    seen, asked = np.isfinite(target_of(small, name)), np.isfinite(target_of(large, name))
    if seen.sum() < LEAST_BRAIDS or not asked.any():
        return None
    fit = fit_published(small["m"][seen], small["D"][seen], small["strands"][seen], np.log10(small[name][seen]))
    braids = large["m"][asked], large["D"][asked], large["strands"][asked]
    error = fit.error(*braids)
    return fit.predict(*braids), np.log10(large[name][asked]), NORMAL[0.5] * error, NORMAL[LEVEL] * error, asked


def _tested(
    test: Test, name: str, model: str, family: str, closure: Closure, split: Split, large: Table, used: bool
) -> Tested:
    predicted, observed, half50, half90, rows = test
    unit = LOG_2 if name in WIDTHS else 1.0
    return Tested(
        quantity=name,
        model=model,
        family=family,
        closure=str(closure),
        split=split.axis,
        used=used,
        predicted=unit * predicted,
        observed=unit * observed,
        half50=unit * half50,
        half90=unit * half90,
        strands=large["strands"][rows],
        layers=large["layers"][rows],
        distance=split.distance(large)[rows],
    )


def _seconds(records: Sequence[Record]) -> Iterator[Tested]:
    braids = [record for record in records if record["asked"].get("kind") == "braid"]
    rates = [r["result"]["flops_per_second"] for r in records if r["asked"].get("kind") == "probe"]
    if not rates:
        return
    peak = float(np.median(rates))
    for name, law in LAWS.items():
        for family, closure in product(FAMILIES, map(str, Closure)) if name == "min" else (("all", "all"),):
            where = [
                record
                for record in braids
                if family == "all" or (record["asked"]["family"], record["asked"]["closure"]) == (family, closure)
            ]
            results = [result_of(record) for record in where]
            if not any(law.rows(result) for result in results):
                continue
            timings = Timings.of(law, results)
            edge = law_rivals.edge_of(timings.size, 1 - law_rivals.TOP)
            small, large = timings.where(timings.size <= edge), timings.where(timings.size > edge)
            if min(small.size.size, large.size.size) < law_rivals.LEAST_ROWS:
                continue
            used = law_rivals.choose_law(name, small, peak)
            place = np.array([[r["asked"][key] for key in ("strands", "layers")] for r in where], float)[large.run]
            observed, rivals = np.log10(large.seconds), law_rivals.LAW_RIVALS[name]
            about: dict[str, Any] = {"family": family, "closure": closure, "split": "size", "observed": observed}
            about |= {"strands": place[:, 0], "layers": place[:, 1]}
            about |= {"distance": np.log10(large.size / small.size.max()), "quantity": f"seconds:{name}"}
            for rival in ("", *rivals):
                per = law_rivals.fitted_law(law, small, rival, rivals, peak)
                spread = law_rivals.law_spread(name, small, rival, peak)
                wider = spread.factor(np.log10(large.size))
                yield Tested(
                    model=rival or USUAL,
                    used=rival == used,
                    predicted=observed - large.deviations(per),
                    half50=spread.half[0] * wider,
                    half90=spread.half[1] * wider,
                    **about,
                )
            if name in law_rivals.FLOPS:  # operations over the peak rate, without an interval
                naive = np.log10(law_rivals.FLOPS[name] * np.maximum(large.size, 1) / peak)
                nothing = np.zeros_like(naive)
                yield Tested(model=PUBLISHED, used=False, predicted=naive, half50=nothing, half90=nothing, **about)


def _noise(records: Sequence[Record]) -> Iterator[Tested]:
    points = [point_of(record) for record in records if record["asked"].get("kind") == "noise"]
    if not points:
        return
    for test in noise_tests(points):
        yield Tested(
            quantity=test.quantity,
            model=test.form,
            family="planted",
            closure="all",
            split="noise",
            used=test.form == CHOSEN,
            predicted=test.predicted,
            observed=test.observed,
            half50=test.half[0],
            half90=test.half[1],
            strands=test.strands,
            layers=test.layers,
            distance=np.zeros_like(test.predicted),
        )
