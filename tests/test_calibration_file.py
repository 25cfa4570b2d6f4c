"""Calibration files that were damaged: an error that names file and line, or the very same numbers.

Files without checksums, of earlier versions, that were damaged or made up: an error that names the file, or finite
numbers.
"""

import gzip
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plait.calibrations import load_calibration
from plait.calibrations.calibration import UNSUMMED, Calibration
from plait.models import PlaitError


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    """The shipped calibration with few draws and residuals, so that much of it is not digits; without checksums."""
    raw = load_calibration().model_dump(mode="json")
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
    assert re.match(re.escape(str(path)) + r"(, line \d+)?: ", said)
    assert "\n" not in said


@pytest.fixture(scope="module")
def saved(small: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same as it is saved: with checksums."""
    path = tmp_path_factory.mktemp("saved") / "c.json"
    Calibration.model_validate(small).save(path)
    return path.read_bytes()


def same_or_told(path: Path, data: bytes, small: dict[str, Any]) -> str:
    """What a damaged file is said to be; "" if it loads, which it may only with every number as it was."""
    path.write_bytes(data)
    try:
        made = load_calibration(path)
    except PlaitError as error:
        assert_names(str(error), path)
        return str(error)
    assert made.model_dump(mode="json") == small
    return ""


@settings(max_examples=300)
@given(data=st.data(), place=st.integers(0, 10**9), many=st.integers(1, 40))
def test_damaged_files(
    small: dict[str, Any],
    saved: bytes,
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    place: int,
    many: int,
) -> None:
    """Bytes flipped, lost, doubled, put in; lines lost or swapped; the end lost: never another number."""
    place %= len(saved)
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    lines = saved.split(b"\n")
    number = place % (len(lines) - 1)
    put = data.draw(st.binary(min_size=1, max_size=4) | st.sampled_from([b"0", b"9", b"-", b" ", b"e5", b"\n", b","]))
    damaged = data.draw(
        st.sampled_from(
            [
                saved[:place] + bytes([saved[place] ^ (1 << many % 8)]) + saved[place + 1 :],
                saved[:place] + saved[place + many :],
                saved[:place] + saved[max(0, place - many) :],
                saved[:place] + put + saved[place:],
                saved[:place] + put + saved[place + len(put) :],
                b"\n".join(lines[:number] + lines[number + 1 :]),
                b"\n".join(lines[:number] + lines[number : number + 2][::-1] + lines[number + 2 :]),
                saved[:place],
            ]
        )
    )
    same_or_told(path, damaged, small)


def test_every_changed_digit_is_refused_with_its_line(small: dict[str, Any], saved: bytes, tmp_path: Path) -> None:
    """In each line that holds a number: another digit there is an error that names this line."""
    lines = saved.decode().split("\n")
    told = 0
    for number, line in enumerate(lines[: -len(["sums", "}", ""])], 1):
        digit = re.search(r"[:\[,-][0-8]", line)
        if digit and number % 7 == 0:
            at = digit.end() - 1
            other = line[:at] + str(int(line[at]) + 1) + line[at + 1 :]
            text = "\n".join([*lines[: number - 1], other, *lines[number:]])
            assert f"c.json, line {number}: does not add up" in same_or_told(tmp_path / "c.json", text.encode(), small)
            told += 1
    assert told > 50


def test_lines_may_end_otherwise(small: dict[str, Any], saved: bytes, tmp_path: Path) -> None:
    """Carriage returns, as a mail or a checkout on another system puts them, change nothing."""
    assert same_or_told(tmp_path / "c.json", saved.replace(b"\n", b"\r\n"), small) == ""


def test_a_file_without_checksums_says_so(small: dict[str, Any], tmp_path: Path) -> None:
    """It loads, its origin says what it lacks, and saved again it has them."""
    path = tmp_path / "c.json"
    old = loaded(path, json.dumps(small).encode())
    assert old is not None
    assert UNSUMMED in old.origin()
    assert UNSUMMED not in load_calibration().origin()
    old.save(path)
    assert load_calibration(path).model_dump(mode="json") == small


def test_gzipped_files(small: dict[str, Any], saved: bytes, tmp_path: Path) -> None:
    """As .gz it is gzipped, alike at any time; one that is cut or no gzip file is told."""
    path, again = tmp_path / "c.json.gz", tmp_path / "d.json.gz"
    for one in (path, again):
        Calibration.model_validate(small).save(one)
    whole = path.read_bytes()
    assert whole == again.read_bytes()
    assert gzip.decompress(whole) == saved
    assert same_or_told(path, whole, small) == ""
    for damaged in (whole[: len(whole) // 2], whole[:-1], saved, b""):
        assert same_or_told(path, damaged, small) != ""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n"profile": "x",\n"machine" "y"}', 3),
        ('{\n"profile": "x",\n"constants":\n{"t": {"value": "much"}}}', 4),
        ('{\n"profile": "x",\n"surprise": 1}', 3),
    ],
)
def test_the_line_is_told(tmp_path: Path, text: str, line: int) -> None:
    """Of a mistake of syntax, and of a value that is not what stands there."""
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(PlaitError) as caught:
        load_calibration(path)
    assert str(caught.value).startswith(f"{path}, line {line}: ")


def test_nothing_is_executed(tmp_path: Path) -> None:
    """A pickle is bytes of no text, whatever it would do elsewhere."""
    import pickle

    path = tmp_path / "c.json"
    path.write_bytes(pickle.dumps(_Trap(tmp_path / "sprung")))
    with pytest.raises(PlaitError):
        load_calibration(path)
    assert not (tmp_path / "sprung").exists()


class _Trap:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


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
