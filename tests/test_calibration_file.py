"""Calibration files that were damaged or made up: an error that names the file, or finite numbers; nothing else."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plait.calibrations import load_calibration
from plait.calibrations.calibration import Calibration
from plait.models import PlaitError

SHIPPED = Path(__file__).parents[1] / "calibrations" / "data" / "shipped.json"


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    """The shipped calibration with few draws and residuals, so that much of it is not digits."""
    raw = json.loads(SHIPPED.read_text())
    raw["draws"] = {name: column[:2] for name, column in raw["draws"].items()}
    raw["residuals"] = {
        where: {name: column[:2] for name, column in table.items()} for where, table in raw["residuals"].items()
    }
    if "places" in raw:
        raw["places"] = {where: column[:2] for where, column in raw["places"].items()}
    return raw


def loaded(path: Path, data: bytes) -> Calibration | None:
    """A calibration of finite numbers; None for an error that names the file on one line."""
    path.write_bytes(data)
    try:
        made = load_calibration(path)
    except PlaitError as error:
        said = str(error)
        assert_names(said, path)
        return None
    numbers = [constant.value for constant in made.constants.values()]
    numbers += [x for column in made.draws.values() for x in column]
    numbers += [x for table in made.residuals.values() for column in table.values() for x in column]
    assert all(map(math.isfinite, [*numbers, made.density, made.contracted]))
    return made


def assert_names(said: str, path: Path) -> None:
    assert said.startswith(f"{path}: ")
    assert "\n" not in said


def test_the_small_one_is_one(small: dict[str, Any], tmp_path: Path) -> None:
    """Undamaged it loads."""
    assert loaded(tmp_path / "c.json", json.dumps(small).encode())


@settings(max_examples=200)
@given(place=st.integers(0, 10**9), flipped=st.integers(1, 255))
def test_changed_bytes(
    small: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, place: int, flipped: int
) -> None:
    data = json.dumps(small).encode()
    place %= len(data)
    data = data[:place] + bytes([data[place] ^ flipped]) + data[place + 1 :]
    loaded(tmp_path_factory.getbasetemp() / "changed.json", data)


@settings(max_examples=60)
@given(cut=st.integers(0, 10**9))
def test_cut_files(small: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Half a file is never a calibration."""
    data = json.dumps(small).encode()
    assert loaded(tmp_path_factory.getbasetemp() / "cut.json", data[: cut % len(data)]) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.data(), JSON)
def test_hostile_values(
    small: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, value: Any
) -> None:
    """Any JSON in any place: huge and infinite numbers, other types."""
    made = json.loads(json.dumps(small))
    inside: Any = made
    key = data.draw(st.sampled_from(sorted(inside)))
    while isinstance(inside[key], dict) and inside[key] and data.draw(st.booleans()):
        inside = inside[key]
        key = data.draw(st.sampled_from(sorted(inside)))
    inside[key] = value
    loaded(tmp_path_factory.getbasetemp() / "hostile.json", json.dumps(made).encode())


@pytest.mark.parametrize(
    "text",
    ["", "null", "1", "[" * 100_000, '{"a":' * 100_000, "1" * 5_000, "NaN", '{"x": 1e400}', "\x00", "{" + " " * 99],
)
def test_foreign_files(tmp_path: Path, text: str) -> None:
    """Nothing, numbers, deep nesting, digits without end."""
    assert loaded(tmp_path / "c.json", text.encode()) is None
