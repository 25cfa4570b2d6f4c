"""Time left: from what this call has done, never more than its budget; nothing where there is nothing to tell it by."""

import pytest

from plait.cli import progress as shown
from plait.cli.progress import in_words, progress


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(shown, "time", made)
    monkeypatch.setattr(shown.sys.stderr, "isatty", lambda: False, raising=False)
    return made


def test_what_was_done_before_tells_nothing_of_the_speed(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """A resumed calibration begins at 1,000 of 2,000 and makes one run a second."""
    with progress("calibrating") as report:
        report(1_000, 2_000, "a")
        clock.now += 20
        report(1_020, 2_000, "b")
    assert capsys.readouterr().err == "calibrating: 1020 of 2000, about 16 min left (b)\n"


def test_a_budget_bounds_the_time_left(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Also before anything is done; without one nothing is said then."""
    for most in (300.0, float("inf")):
        with progress("calibrating", most) as report:
            report(0, 2_000, "a")
            clock.now += 20
            report(0, 2_000, "b")
            clock.now += 20
            report(1, 2_000, "c")
    assert capsys.readouterr().err.splitlines() == [
        "calibrating: 0 of 2000, about 5 min left (b)",
        "calibrating: 1 of 2000, about 4 min left (c)",
        "calibrating: 0 of 2000 (b)",
        "calibrating: 1 of 2000, about 22 h 13 min left (c)",
    ]


def test_a_bar_on_a_terminal(clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The same words beside the bar, on stderr only."""
    monkeypatch.setattr(shown.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress("calibrating") as report:
        report(10, 20, "a")
        clock.now += 50
        report(15, 20, "b")
    out, err = capsys.readouterr()
    assert out == ""
    assert "about 50 s left" in err


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (89.4, "89 s"), (90, "2 min"), (5400, "1 h 30 min")])
def test_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
