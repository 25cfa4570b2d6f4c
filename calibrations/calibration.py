"""A calibration: constants with joint draws, the range they were measured in, and where they come from."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plait.calibrations import calibration_text
from plait.calibrations.reading import read_text
from plait.calibrations.rivals import RIVALS
from plait.calibrations.spread import LawSpread, Spread
from plait.models import Closure, PlaitError

Array = NDArray[np.float64]
Finite = Annotated[float, Field(allow_inf_nan=False)]
MAX_BYTES = 50 * 2**20
Basis = Literal["measured", "fitted", "cited", "assumed"]
UNSUMMED = "a file without checksums, in which a changed digit would not be seen: fit it again"
"""Remark on calibrations of earlier versions."""


class Constant(BaseModel):
    """One constant: its central value, unit, basis and source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Finite
    unit: str
    basis: Basis
    source: str


class Calibration(BaseModel):
    """Constants fitted to real runs, as plait ships and loads them.

    Fields:
        profile: name; "shipped" is the one in the package.
        machine: what the runs were made on.
        date: of the newest run.
        runs: number of real runs fitted; noisy: of runs on simulated noisy machines.
        digest: SHA-256 over the sorted run ids, first 16 digits.
        constants: key -> Constant; keys of one closure end in "@markov" or "@plat", those of planted braids in
            "@markov/planted" or "@plat/planted".
        draws: key -> draws, one list index = one joint draw.
        residuals: closure ("plat", or of planted braids "plat/planted") -> feature -> residual (log10; widths: log2)
            per braid, one index = one braid.
        density: of the brickwalls the features were fitted on; they hold for no other.
        strands, layers: measured range of the features; contracted: largest log10 constrained operations really run.
        remarks: what else is to be known of it, in words.
        choices: as residuals are filed -> feature -> rival of its usual form, where one was clearly better.
        spread: as residuals are filed -> feature -> scatter by size, and how it widens beyond the measured range.
        places: as residuals are filed -> strands and layers of the braids of the residuals.
        laws: law of the seconds ("min@..." by closure and family) -> form, and how far single runs are off it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str
    machine: str
    date: str
    runs: int
    digest: str
    constants: Mapping[str, Constant]
    draws: Mapping[str, tuple[Finite, ...]]
    residuals: Mapping[str, Mapping[str, tuple[Finite, ...]]]
    density: Finite
    strands: tuple[int, int]
    layers: tuple[int, int]
    contracted: Finite
    noisy: int = 0
    remarks: tuple[str, ...] = ()
    choices: Mapping[str, Mapping[str, str]] = {}
    spread: Mapping[str, Mapping[str, Spread]] = {}
    places: Mapping[str, tuple[tuple[int, int], ...]] = {}
    laws: Mapping[str, LawSpread] = {}

    def origin(self) -> str:
        """One sentence: what this rests on."""
        return (
            f"{self.runs} real runs on {self.machine}, {self.date} (profile {self.profile}, runs {self.digest}); "
            f"strands {self.strands[0]}..{self.strands[1]}, layers {self.layers[0]}..{self.layers[1]}"
            + (f"; noise law of {self.noisy} simulated runs" if self.noisy else "")
            + "".join(f"; {remark}" for remark in self.remarks)
        )

    def names(self, closure: Closure, family: str = "brickwall") -> list[str]:
        """Constants that hold for a closure and family, without their suffix."""
        return [key.split("@")[0] for key in self.constants if key.partition("@")[2] in ("", label(closure, family))]

    def constant(self, name: str, closure: Closure, family: str = "brickwall") -> Constant:
        """The constant of that name for a closure and family."""
        key = self._key(name, closure, family)
        if key not in self.constants:
            raise PlaitError(f"calibration {self.profile} has no constant {name!r}; fit it again (plait calibrate)")
        return self.constants[key]

    def values(self, closure: Closure, which: NDArray[np.int64], family: str = "brickwall") -> dict[str, Array]:
        """Constants of a closure and family at some joint draws (indices are taken modulo the number of draws)."""
        out = {}
        for name in self.names(closure, family):
            key = self._key(name, closure, family)
            drawn = np.asarray(self.draws.get(key, (self.constants[key].value,)))
            out[name] = drawn[which % drawn.size]
        return out

    def residual(self, closure: Closure, which: NDArray[np.int64], family: str = "brickwall") -> dict[str, Array]:
        """Residuals of some braids, jointly over the features (indices modulo the number of braids)."""
        table = self.residuals[label(closure, family)]
        return {feature: np.asarray(column)[which % len(column)] for feature, column in table.items()}

    def scale(
        self, name: str, closure: Closure, which: NDArray[np.int64], n: Array, layers: Array, family: str = "brickwall"
    ) -> Array:
        """What a residual of some braids is to be multiplied with at another size.

        The scatter there over that at the braid's own size, wider beyond the measured range. A calibration without
        that (an earlier version fitted it) widens by the factor of extrapolation.
        """
        where = label(closure, family)
        if name not in self.spread.get(where, {}):
            return np.maximum(1.0, np.maximum(n / self.strands[1], layers / self.layers[1]))
        spread, places = self.spread[where][name], np.array(self.places[where], float)
        own = places[which % len(places)]
        return np.asarray(spread.sigma(n, layers) / spread.sigma(own[:, 0], own[:, 1]) * spread.factor(n, layers))

    def _key(self, name: str, closure: Closure, family: str) -> str:
        own = f"{name}@{label(closure, family)}"
        return own if own in self.constants else name

    def save(self, path: Path) -> None:
        """Write as JSON with a checksum for every line, see `plait.calibrations.calibration_text`; gzipped as .gz.

        Raises:
            PlaitError: it cannot be written.
        """
        content = self.model_dump(mode="json")
        content["remarks"] = [remark for remark in self.remarks if remark != UNSUMMED]
        data = calibration_text.written(content).encode()
        try:
            path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
        except OSError as error:
            raise PlaitError(f"{path}: cannot be written ({error.strerror})") from error


def label(closure: Closure, family: str) -> str:
    """What constants and residuals of a closure and family are filed under.

    >>> label(Closure.PLAT, "brickwall"), label(Closure.PLAT, "planted")
    ('plat', 'plat/planted')
    """
    return str(closure) if family == "brickwall" else f"{closure}/{family}"


def load_calibration(path: Path | None = None) -> Calibration:
    """Load a calibration file, gzipped if it ends in .gz; None means the shipped one.

    Raises:
        PlaitError: unreadable, damaged, or not a calibration (file, line where there is one, and what).
    """
    path = Path(__file__).parent / "data" / "shipped.json.gz" if path is None else path
    text = read_text(path, MAX_BYTES, "a calibration of plait")
    raw, summed = calibration_text.read(text, path)
    try:
        calibration = Calibration.model_validate(raw)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: one["type"] == "missing")  # what is there has a line
        where = ".".join(map(str, first["loc"]))
        raise PlaitError(
            f"{calibration_text.place(text, path, first['loc'])}: {where}: {first['msg']}; not a calibration of plait"
        ) from error
    _check(calibration, path)
    return calibration if summed else calibration.model_copy(update={"remarks": (*calibration.remarks, UNSUMMED)})


def _check(calibration: Calibration, path: Path) -> None:
    """Joint draws must be joint: equal lengths, one residual table per closure without holes."""
    lengths = {len(draws) for draws in calibration.draws.values()}
    if len(lengths) > 1 or 0 in lengths:
        raise PlaitError(f"{path}: draws have different lengths {sorted(lengths)}; they must be joint")
    for where, choices in calibration.choices.items():
        for feature, rival in choices.items():
            if rival not in RIVALS.get(feature, {}):
                raise PlaitError(f"{path}: choices.{where}.{feature} = {rival!r} is no form that this plait knows")
    for where in calibration.spread:
        if len(calibration.places.get(where, ())) != len(
            next(iter(calibration.residuals.get(where, {"": ()}).values()))
        ):
            raise PlaitError(f"{path}: places.{where} must hold a size for each braid of residuals.{where}")
    unknown = set(calibration.draws) - set(calibration.constants)
    if unknown:
        raise PlaitError(f"{path}: draws of {sorted(unknown)[0]!r} without a constant of that name")
    for closure in {*map(str, Closure), *calibration.residuals}:
        table = calibration.residuals.get(closure, {})
        if not table or len({len(column) for column in table.values()}) != 1 or not next(iter(table.values())):
            raise PlaitError(f"{path}: residuals.{closure} must hold equally long, non-empty lists")
