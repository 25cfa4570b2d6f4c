"""The characterisation of a machine: its law is found again, its errors are honest, its chart opens anywhere."""

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_chart import _chromium

from plait.calibrations.characterise import (
    LAYERS,
    STRANDS,
    Characterisation,
    Exponent,
    Exponents,
    Law,
    characterise,
    in_words,
    percent,
    run_points,
    summarise,
)
from plait.calibrations.noise_run import NoisePoint, remaining
from plait.calibrations.shots import Shots
from plait.estimator.device_chart import device_chart, write_chart
from plait.models import Closure, PlaitError
from plait.models.noise import NoiseModel

NOISY = NoiseModel.from_rates(e_2q=2e-3, e_1q=5e-5, e_idle=4e-4, e_spam=2e-3)
TRUE = {"damping": (2e-3, 3e-4, 1e-3), "rejection": (8e-4, 1.5e-4, 2e-3)}
"""Exponents of a gate, a qubit-layer and a qubit."""
FIELDS = ("two_qubit_gate", "qubit_layer", "qubit")
SMALL = {"closure": Closure.PLAT, "strands": (4, 6), "layers": (4, 8), "shots": 2000}


def exactly(values: tuple[float, ...]) -> Exponents:
    gate, layer, qubit = (Exponent(value, 0.0) for value in values)
    return Exponents(two_qubit_gate=gate, qubit_layer=layer, qubit=qubit, together=Exponent(0.0, 0.0))


def made_up(rng: np.random.Generator, *, error: float, most: float = 200) -> NoisePoint:
    """A braid that follows TRUE; kappa and d have independent sampling errors."""
    gates, qubits = float(rng.uniform(5, most)), int(rng.integers(3, 12))
    point = NoisePoint(
        strands=qubits + 1,
        layers=8,
        two_qubit_gates=gates,
        one_qubit_gates=2 * gates,
        qubits=qubits,
        qubit_layers=gates * float(rng.uniform(2, 12)),
        keep_rate=1.0,
        keep_error=error / 2,
        signal=1.0,
        signal_error=error,
        shots=1000,
    )
    counts = point.two_qubit_gates, point.qubit_layers, point.qubits
    kappa = exactly(TRUE["rejection"]).left(*counts) + point.keep_error * float(rng.standard_normal())
    d = exactly(TRUE["damping"]).left(*counts) + error * float(rng.standard_normal())
    own = math.hypot(error * kappa, d * point.keep_error)  # of the product kappa d
    return replace(point, keep_rate=kappa, signal=kappa * d, signal_error=own)


def test_the_law_of_a_made_up_machine_is_found_again() -> None:
    """All six exponents within three of their standard errors, which are small."""
    rng = np.random.default_rng(3)
    found = summarise([made_up(rng, error=0.005) for _ in range(60)], NOISY, "markov")
    for part, wanted in TRUE.items():
        exponents = getattr(found.law, part)
        for field, value in zip(FIELDS, wanted, strict=True):
            exponent = getattr(exponents, field)
            assert exponent.value == pytest.approx(value, abs=3 * exponent.error)
            assert 0 < exponent.error < 1e-3
        points = [one.point for one in found.points]
        gates, layers, qubits = np.mean([(p.two_qubit_gates, p.qubit_layers, p.qubits) for p in points], axis=0)
        mixed = (wanted[0] * gates + wanted[1] * layers + wanted[2] * qubits) / gates
        assert exponents.together.value == pytest.approx(mixed, rel=0.03)
        assert exponents.together.error < 0.02 * mixed  # its parts stand in for each other; the sum is known


def test_a_value_that_is_lost_does_not_spoil_the_law() -> None:
    """Braids whose signal drowns, below 0 even, where a fit of logarithms would fail."""
    rng = np.random.default_rng(8)
    points = [made_up(rng, error=0.02) for _ in range(30)] + [made_up(rng, error=0.02, most=3000) for _ in range(20)]
    assert min(point.signal for point in points) < 0
    found = summarise(points, NOISY, "plat").law.damping
    assert found.together.value == pytest.approx(2e-3 + 7 * 3e-4, rel=0.1)
    assert found.two_qubit_gate.value == pytest.approx(2e-3, abs=4 * found.two_qubit_gate.error)


def test_standard_errors_of_the_law_are_those_of_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bootstrap's spread against the spread of laws of many made-up machines, within a factor of 1.6."""
    monkeypatch.setattr("plait.calibrations.characterise.DRAWS", 60)
    rng = np.random.default_rng(5)
    laws = [summarise([made_up(rng, error=0.01) for _ in range(24)], NOISY, "markov").law for _ in range(25)]
    for part in TRUE:
        values, errors = np.array([getattr(law, part).together for law in laws]).T
        # "together" is of the mix of each set of braids; the gates' exponent is of none.
        gates, own = np.array([getattr(law, part).two_qubit_gate for law in laws]).T
        assert 1 / 1.6 < np.median(own) / np.std(gates) < 1.6
        assert np.median(errors) < 0.1 * np.median(values)


def test_the_standard_error_of_the_relative_error_is_that_of_repeats() -> None:
    """Kept shots and signal come from the same shots: their errors are correlated, and the quotient's knows it."""
    rng = np.random.default_rng(2)
    kappa, d, exact, size = 0.7, 0.8, 0.8 - 0.3j, 2000
    errors, claimed = [], []
    for _ in range(300):
        imaginary = np.arange(size) % 2 == 1
        kept = rng.random(size) < kappa
        mean = d * np.where(imaginary, exact.imag, exact.real)
        signs = np.where(rng.random(size) < (1 + mean) / 2, 1, -1)
        table = Shots(
            v=(signs * kept).astype(np.int8),
            kept=kept,
            imaginary=imaginary,
            mirror=np.zeros(size, bool),
            group=np.arange(size),
        )
        signal, signal_error = remaining(table, exact)
        rate = float(kept.mean())
        point = replace(
            made_up(rng, error=0.01),
            keep_rate=rate,
            keep_error=math.sqrt((rate * (1 - rate) + 1 / size) / size),
            signal=signal,
            signal_error=signal_error,
        )
        one = summarise([point] * 4, NoiseModel(), "markov").points[0]
        errors.append(one.relative_error)
        claimed.append(one.standard_error)
    assert np.mean(errors) == pytest.approx(1 - d, abs=0.006)
    assert np.mean(claimed) == pytest.approx(np.std(errors), rel=0.12)


def test_a_machine_that_rejects_every_shot_says_nothing() -> None:
    """No division by 0: the relative error is 1, as uncertain as it can be."""
    point = replace(made_up(np.random.default_rng(1), error=0.01), keep_rate=0.0, signal=0.0)
    found = summarise([point] * 4, NOISY, "markov")
    assert [(one.relative_error, one.standard_error) for one in found.points] == [(1.0, 1.0)] * 4


def test_a_few_shots_that_are_all_kept_leave_much_open() -> None:
    """Points that happen to be alike are not precise: the error of the law is at least that of their sampling."""
    rng = np.random.default_rng(6)
    points = [replace(made_up(rng, error=0.1), keep_rate=1.0, keep_error=0.1) for _ in range(6)]
    found = summarise(points, NOISY, "markov").law.rejection.together
    gates = sum(point.two_qubit_gates for point in points)
    assert 0.3 < found.error * gates / (0.1 * math.sqrt(6)) < 3


@pytest.mark.parametrize("closure", list(Closure))
def test_a_noiseless_machine_costs_nothing(closure: Closure) -> None:
    """Every exponent and its error are 0, every shot is kept, the value is there within sampling."""
    found = characterise(NoiseModel(), closure=closure, strands=(4, 6), layers=(2, 4), shots=2000)
    for part in (found.law.damping, found.law.rejection):
        assert {getattr(part, field) for field in (*FIELDS, "together")} == {Exponent(0.0, 0.0)}
    for one in found.points:
        assert one.point.keep_rate == 1
        assert abs(one.relative_error) < 4 * one.standard_error < 0.3
        assert sum(one.expected.values()) == 0


def test_only_errors_that_the_machine_has_get_an_exponent() -> None:
    """Without idling and reading errors, all is due to gates: as many percent as expected errors, at most."""
    found = characterise(NoiseModel(e_2q=0.01), **SMALL)
    for part in (found.law.damping, found.law.rejection):
        assert part.qubit_layer == part.qubit == Exponent(0.0, 0.0)
        assert 0 < part.two_qubit_gate.value < 0.015
        assert part.together.value == pytest.approx(part.two_qubit_gate.value)
    lost = found.law.damping.together.value + found.law.rejection.together.value
    assert 0.004 < lost < 0.013


def test_the_same_seed_gives_the_same_points_and_the_same_braids_for_every_machine() -> None:
    """Runs repeat to the bit; another machine runs the same circuits; another seed does not."""
    first, again = characterise(NOISY, **SMALL), characterise(NOISY, **SMALL)
    assert first == again
    other = characterise(NoiseModel(e_2q=1e-3), **SMALL)
    sizes = [(one.point.two_qubit_gates, one.point.qubit_layers) for one in first.points]
    assert [(one.point.two_qubit_gates, one.point.qubit_layers) for one in other.points] == sizes
    assert characterise(NOISY, **SMALL, seed=1).points != first.points


def test_progress_and_stopping_early() -> None:
    """Each braid is announced before it runs; what was run when the caller stops is at hand."""
    seen: list[tuple[int, int, str]] = []
    points = run_points(NOISY, **SMALL, progress=lambda *report: seen.append(report))
    assert (next(points).strands, next(points).layers) == (4, 8)
    assert seen == [(0, 4, "4 strands, 4 layers"), (1, 4, "4 strands, 8 layers")]
    rest = list(points)
    assert len(rest) == 2
    assert seen[-1] == (4, 4, "")
    with pytest.raises(PlaitError, match="2 braids were run; a law needs 4"):
        summarise(rest, NOISY, "plat")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"strands": (4,), "layers": (2, 4)}, "2 sizes of braids; a law needs 4 to 1000"),
        ({"strands": (4, 4), "layers": (2, 2, 4)}, "2 sizes of braids"),
        ({"strands": range(2, 100), "layers": range(20)}, "1960 sizes of braids"),
        ({"strands": (4, 5)}, "closure = plat needs an even number of strands, got strands = 5"),
        ({"strands": (4, 30)}, "29 qubits are too many for the noisy simulation"),
        ({"shots": 1}, "shots = 1"),
        ({"seed": -1}, "seed = -1"),
        ({"closure": "torus"}, "torus"),
    ],
)
def test_mistakes_are_noticed_before_anything_runs(changed: dict[str, object], message: str) -> None:
    """One line each, and no braid was started."""
    seen: list[object] = []
    with pytest.raises(PlaitError, match=re.escape(message)):
        characterise(NOISY, **{**SMALL, **changed}, progress=lambda *report: seen.append(report))
    assert seen == []


def test_the_defaults_are_the_sizes_that_are_documented() -> None:
    """Twelve braids, enough for three exponents."""
    assert (STRANDS, LAYERS) == ((6, 8, 10), (6, 10, 16, 24))


def test_the_law_in_words() -> None:
    """Percent, to two digits of the error; zeros stay plain."""
    law = Law(damping=exactly((2e-3, 0, 0)), rejection=exactly((5e-4, 0, 0)))
    assert in_words(law)[:2] == [
        "A two-qubit gate takes 0.2 % of the value and 0.05 % of the shots.",
        "A qubit-layer takes 0 % of the value and 0 % of the shots.",
    ]
    assert percent(Exponent(2.911e-3, 7.7e-5)) == "0.2911 +- 0.0077 %"
    assert percent(Exponent(0.5, 0.2)) == "50 +- 20 %"


@pytest.fixture(scope="module")
def sample() -> Characterisation:
    rng = np.random.default_rng(4)
    return summarise([made_up(rng, error=0.01) for _ in range(12)], NOISY, "markov")


def test_the_chart_shows_every_braid_and_the_law_in_both_panels(sample: Characterisation) -> None:
    """Rows of the points and of the line, axis titles, and intervals around the values."""
    spec = device_chart(sample, "made-up").to_dict()
    panels = spec["vconcat"][0]["hconcat"]
    assert len(panels) == 2
    for panel, share in zip(panels, ("relative_error", "keep_rate"), strict=True):
        rows = [spec["datasets"][layer["data"]["name"]] for layer in panel["layer"]]
        points = rows[3]
        values = [getattr(one if share == "relative_error" else one.point, share) for one in sample.points]
        assert [row["value"] for row in points] == pytest.approx(values)
        assert all(row["low"] <= row["value"] <= row["high"] for row in points + rows[0])
        assert rows[0][0]["value"] == pytest.approx(0 if share == "relative_error" else 1)
        axes = panel["layer"][1]["encoding"]
        assert "two-qubit gates" in axes["x"]["axis"]["title"]
        assert ("1 - d" if share == "relative_error" else "keeps") in axes["y"]["axis"]["title"]
        assert "%" in axes["y"]["axis"]["format"]
    caption = spec["datasets"][spec["vconcat"][1]["data"]["name"]]
    assert [row["text"][-13:] for row in caption[-4:]] == ["of the shots."] * 4


def test_a_chart_of_a_noiseless_machine_can_be_drawn(tmp_path: Path) -> None:
    """No interval is wide, no exponent is above 0, and yet there is a picture."""
    found = characterise(NoiseModel(), closure="plat", strands=(4, 6), layers=(2, 4), shots=200)
    write_chart(found, "quiet", tmp_path / "quiet.svg")
    assert "quiet" in (tmp_path / "quiet.svg").read_text()


def test_chart_files_are_what_their_names_say(sample: Characterisation, tmp_path: Path) -> None:
    """A picture of some size, well-formed SVG with its texts, and a page; nothing else is left behind."""
    for suffix in ("png", "svg", "html"):
        write_chart(sample, "made-up", tmp_path / f"chart.{suffix}")
    picture = (tmp_path / "chart.png").read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(picture[16:20], "big") > 1500
    root = ET.fromstring((tmp_path / "chart.svg").read_text())
    texts = {"".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Relative error", "Keep rate", "strands", "qubit-layers"} <= texts
    assert any("made-up" in text for text in texts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chart.html", "chart.png", "chart.svg"]


def test_the_page_asks_for_nothing_from_the_network(sample: Characterisation, tmp_path: Path) -> None:
    """No address in any element that loads, and a policy that forbids it; a browser draws both panels all the same."""
    path = tmp_path / "chart.html"
    write_chart(sample, "made-up", path)
    page = path.read_text()
    assert re.findall(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)\s*=\s*[\"']?\s*(?:https?:)?//", page) == []
    assert re.findall(r"@import|url\(\s*[\"']?https?:", page) == []
    assert page.index("default-src 'none'") < page.index("<script")
    dom, console = _chromium(["--window-size=1400,900", "--dump-dom"], path, tmp_path / "home")
    assert console == ""
    drawn = dom[dom.rindex("<svg") :]
    assert all(text in drawn for text in ("Relative error", "Keep rate", "qubit-layers", "two-qubit gates"))


def test_a_chart_that_cannot_be_written(sample: Characterisation, tmp_path: Path) -> None:
    """One line, and an old file stays as it was."""
    with pytest.raises(PlaitError, match=r"chart\.gif: a chart is written as .html, .png, .svg or .pdf, not '.gif'"):
        write_chart(sample, "made-up", tmp_path / "chart.gif")
    with pytest.raises(PlaitError, match=r"chart\.svg cannot be written .No such file or directory.; name a file"):
        write_chart(sample, "made-up", tmp_path / "nowhere" / "chart.svg")
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    with pytest.raises(PlaitError, match=r"folder\.svg cannot be written"):
        write_chart(sample, "made-up", folder)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.svg"]
