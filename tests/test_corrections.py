"""Every correction of the published analysis against a computation by hand that uses none of the study's machinery."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from plait.calibrations import Calibration, load_calibration, paper_forms
from plait.cli.app import app
from plait.estimator.chart_file import write_chart_file
from plait.estimator.corrections import (
    CORRECTIONS,
    POINT,
    SIGNAL,
    Assumptions,
    Corrected,
    Waterfall,
    boundary_under,
    study_under,
    waterfall,
)
from plait.estimator.corrections_chart import corrections_chart
from plait.models import Braid, Closure, face_network
from plait.models.echo import run_depth
from plait.models.rates import Rates

N, DEPTH = (float(x) for x in paper_forms.line(POINT))
LAYERS = 2 * POINT / (2 / 3 * (N - 1))
"""Of a brickwall of density 2/3 with as many crossings."""
GATES, PULSES = 3 * POINT, 4 * POINT
E_2Q, E_1Q, E_SPAM, E_IDLE = 1e-4, 1e-4 / 30, 1e-4, 1e-5
PUBLISHED_LAYERS = 2 * 0.618 * (N - 1) + 3 * DEPTH
FRONTIER = 1.353e18


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration()


@pytest.fixture(scope="module")
def found(calibration: Calibration) -> Waterfall:
    return waterfall(calibration)


@pytest.fixture(scope="module")
def c(calibration: Calibration) -> dict[str, float]:
    """Medians of the constants."""
    drawn = calibration.values(Closure.MARKOV, np.arange(400))
    return {name: float(np.median(value)) for name, value in drawn.items()}


def one(found: Waterfall, key: str) -> Corrected:
    return next(entry for entry in found.corrected if entry.correction.key == key)


def moved(found: Waterfall, key: str) -> float:
    """Decades by which a correction alone moves the gap."""
    change = one(found, key).alone.gap_decades
    assert change is not None
    return change


def asked(c: dict[str, float], idle: float, *, keep_charged: bool) -> float:
    """Shots that the question takes, term by term."""
    gate = E_2Q * GATES + E_1Q * PULSES
    idling = idle * (N + 1) * PUBLISHED_LAYERS
    read = E_SPAM * (N + 1)
    damping = math.exp(-c["k_2q"] * gate - c["k_idle"] * idling - c["k_spam"] * read)
    kept = math.exp(-c["K_2q"] * gate - c["K_idle"] * idling - c["K_spam"] * read) if keep_charged else 1.0
    bias = SIGNAL * math.hypot(c["u_2q"] * gate, c["u_idle"] * idling)
    variance = 2 * (1 + c["z"] * (1 - SIGNAL**2)) * (1 + SIGNAL**2 / c["x_ref"])
    return (1 + c["x_ref"]) * math.log(20) * variance / (kept * damping**2 * (0.356 * SIGNAL - bias) ** 2)


class TestByHand:
    def test_published(self, found: Waterfall) -> None:
        """2,759 crossings; 94 hours against 72.9 at 2,800 on time alone."""
        assert found.published.crossings[1] == pytest.approx(2759, abs=3)
        assert found.published.gap[1] == pytest.approx(math.log10(94 / 72.9), abs=0.01)

    def test_discarded_shots(self, found: Waterfall, c: dict[str, float]) -> None:
        """log10 of the keep rate, which is also the one that the published data gives: 0.689."""
        lost = c["K_2q"] * (E_2Q * GATES + E_1Q * PULSES) + c["K_spam"] * E_SPAM * (N + 1)
        assert moved(found, "discard") == pytest.approx(-lost / math.log(10), abs=0.01)
        assert 10 ** moved(found, "discard") == pytest.approx(0.689, abs=0.03)

    def test_shots_from_the_question(self, found: Waterfall, c: dict[str, float]) -> None:
        """10,000 over ln(1/delta) sigma^2 / (d^2 (eps - b)^2), benchmark braids charged."""
        assert moved(found, "shots") == pytest.approx(math.log10(1e4 / asked(c, 0.0, keep_charged=False)), abs=0.06)

    def test_idle_errors(self, found: Waterfall, c: dict[str, float]) -> None:
        """86 qubits x 875 layers x 1e-5 more errors: damping, keep rate and bias; no answer at H2-2's 5.3e-4."""
        ratio = asked(c, 0.0, keep_charged=True) / asked(c, E_IDLE, keep_charged=True)
        assert moved(found, "idle") == pytest.approx(math.log10(ratio), abs=0.1)
        today = one(found, "idle-today").alone
        assert SIGNAL * c["u_idle"] * 5.3e-4 * (N + 1) * PUBLISHED_LAYERS > 0.356 * SIGNAL
        assert (today.never, today.silent, today.gap[1]) == (True, "quantum", None)

    def test_efficiency(self, found: Waterfall) -> None:
        """A tenth of the rate is ten times the time."""
        assert moved(found, "efficiency") == pytest.approx(1.0, abs=0.03)

    def test_slicing(self, found: Waterfall) -> None:
        """The operator's memory set aside: the published boundary on time alone, and no change of the gap on time."""
        alone = one(found, "memory").alone
        expected = paper_forms.published_boundary(memory_cliff=False).crossings
        assert alone.crossings[1] == pytest.approx(expected, abs=1)
        assert alone.gap_decades == 0

    def test_depth(self, found: Waterfall) -> None:
        """Three layers for every layer of runs of real brickwalls, in place of the line's 257 x 3."""
        braids = [Braid.brickwall(round(N), round(LAYERS), seed=k) for k in range(3)]
        deep = np.median([run_depth(braid.runs(Closure.MARKOV)) for braid in braids])
        expected = math.log10(PUBLISHED_LAYERS / (3 * deep + 2 * 0.618 * (N - 1)))
        assert moved(found, "depth") == pytest.approx(expected, abs=0.02)

    def test_circuits(self, found: Waterfall) -> None:
        """A fan-out of two to four times log2 of the ones among 85 bits, in place of 104 layers."""
        ends = [PUBLISHED_LAYERS / (3 * DEPTH + k * math.log2(0.72 * N)) for k in (4, 1)]
        assert math.log10(ends[0]) < moved(found, "circuits") < math.log10(ends[1])

    def test_minimised_words(self, found: Waterfall) -> None:
        """The published forms at the size that a real word of that size is minimised to."""
        braid = Braid.brickwall(round(N), round(LAYERS), seed=0)
        left = braid.minimised(Closure.MARKOV).crossings / braid.crossings
        m, depth = left * POINT, left * DEPTH
        names = ("paper-mpo-proj", "paper-tn-proj", "paper-bracket")
        slow = [paper_forms.log10_flops(name, m, depth, N) for name in names]
        slow.append(paper_forms.sv_shor_log10_flops(m, N, 0.356))
        gap = float(min(slow)) - math.log10(FRONTIER) - float(np.log10(paper_forms.cfev_seconds(depth, N)))
        # a hundredth of the crossings more or less is 0.3 decades of the published form
        assert one(found, "minimised").alone.gap[1] == pytest.approx(gap, abs=0.3)

    def test_better_methods(self, found: Waterfall) -> None:
        """On the whole of Frontier what is left is the search of a tree on one core: seconds by the tensors it has."""
        tensors = len(face_network(Braid.brickwall(round(N), round(LAYERS), seed=0), Closure.MARKOV).inputs)
        seconds = Rates().search_seconds(tensors, 1)
        quantum = 1e4 * 0.03 * PUBLISHED_LAYERS
        alone = one(found, "method").alone
        assert alone.never
        assert alone.gap[1] == pytest.approx(math.log10(seconds / quantum), abs=0.3)

    def test_uncertainty(self, found: Waterfall) -> None:
        """The operator alone, its operations, its elements, the layer time and the memory drawn anew."""
        rng = np.random.default_rng(7)
        size = 20_000
        m = np.arange(1500.0, 4500.0, 5.0)
        n, depth = paper_forms.line(m)
        work, need = (form["paper-mpo-proj"] for form in (paper_forms.OPERATIONS, paper_forms.ELEMENTS))
        flops, elements = ((2 * rng.random(size) - 1) * math.sqrt(3) * form.sigma for form in (work, need))
        layer = np.interp(rng.random(size), [0, 0.5, 1], np.log10([0.01, 0.03, 0.1]))
        memory = np.interp(rng.random(size), [0, 0.5, 1], np.log10([4.6e15, 9.2e15, 9.2e15]))
        excess = paper_forms.log10_flops("paper-mpo-proj", m, depth, n) - math.log10(FRONTIER)
        excess = excess - np.log10(1e4 * paper_forms.cfev_layers(depth, n))
        by_time = np.interp(layer - flops, excess, m)
        by_memory = np.interp(memory - elements, paper_forms.log10_bytes("paper-mpo-proj", m, depth, n), m)
        expected = np.quantile(np.minimum(by_time, by_memory), (0.05, 0.5, 0.95))
        assert one(found, "uncertainty").alone.crossings == pytest.approx(tuple(expected), rel=0.02)

    def test_planted(self, found: Waterfall) -> None:
        """What a minimiser leaves of a planted word is evaluated faster than what it leaves of a random one."""
        entry = one(found, "planted")
        assert entry.alone.never
        assert entry.together is None
        assert entry.alone.gap_decades is not None
        assert entry.alone.gap_decades < -0.3


class TestWaterfall:
    def test_steps_add_up(self, found: Waterfall) -> None:
        """The gap of the last step is the published one and all changes."""
        steps = [entry.together for entry in found.corrected if entry.together]
        assert len(steps) == 10
        total = sum(step.gap_decades or 0.0 for step in steps)
        assert steps[-1].gap[1] == pytest.approx((found.published.gap[1] or 0.0) + total)

    def test_never_is_told(self, found: Waterfall) -> None:
        """No boundary up to 6,000 crossings once better methods are let in; it is not dropped."""
        for entry in found.corrected:
            if entry.together:
                told = entry.together.as_json()
                assert (told["never"], told["censored"], told["crossings_p50"]) == (True, "above", None)
                assert told["boundary_decades"] is None

    def test_alone_is_against_what_it_needs(self, found: Waterfall, calibration: Calibration) -> None:
        """The idle error is told against shots from the question, not against 10,000."""
        base = boundary_under(Assumptions(shots="asked", discard="charged"), calibration)
        alone = one(found, "idle").alone
        assert alone.gap_decades == pytest.approx((alone.gap[1] or 0) - (base.gap[1] or 0))

    def test_only_the_last_steps_have_an_interval(self, found: Waterfall) -> None:
        for entry in found.corrected:
            spread = {value for value in entry.alone.gap if value is not None}
            assert (len(spread) > 1) == (entry.correction.key == "uncertainty")

    def test_every_change_changes_the_study(self) -> None:
        """No correction is a name without an effect on contenders, overrides or family."""
        for correction in CORRECTIONS:
            before = study_under(Assumptions(**dict(correction.needs)))
            after = study_under(Assumptions(**{**correction.needs, **correction.changes}))
            kept = [(study.contenders, study.overrides, study.question) for study in (before, after)]
            assert kept[0] != kept[1]


class TestShown:
    def test_chart(self, found: Waterfall, tmp_path: Path) -> None:
        """Every row is drawn; rows without a boundary say never."""
        chart = corrections_chart(found)
        text = json.dumps(chart.to_dict())
        never = [step for entry in found.corrected for step in (entry.alone, entry.together) if step and step.never]
        assert text.count('"text": "never"') == len(never)
        assert all(correction.name in text for correction in CORRECTIONS)
        write_chart_file(chart, tmp_path / "corrections.svg")
        assert "uncertainty" in (tmp_path / "corrections.svg").read_text()

    def test_command(self, found: Waterfall, tmp_path: Path) -> None:
        """JSON on stdout and in a file are the same, and what the library gives."""
        path = tmp_path / "corrections.json"
        result = CliRunner().invoke(app, ["corrections", "--json", "-o", str(path)])
        assert result.exit_code == 0
        told = json.loads(result.stdout)
        assert told == json.loads(path.read_text())
        assert [entry["key"] for entry in told["corrections"]] == [one.key for one in CORRECTIONS]
        assert {"name", "what", "alone", "together", "delta_decades"} <= set(told["corrections"][0])
        assert told["published"]["crossings_p50"] == found.published.crossings[1]
        assert told["corrections"][0]["alone"]["never"] is True

    def test_a_wrong_ending_is_refused(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(app, ["corrections", "-o", str(tmp_path / "corrections.gif")])
        assert result.exit_code != 0
