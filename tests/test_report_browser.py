"""The report in a real browser: offline, by keyboard, and in a narrow window."""

import json
from pathlib import Path

import pytest
from browser import browsing
from made_report import Made, made_report, slid, specs


@pytest.fixture(scope="module")
def made() -> Made:
    return made_report()


def test_the_report_in_a_browser(made: Made, tmp_path: Path) -> None:
    """Offline: no request but the file, no message; keys move the slider and it the maps; ticks and contenders do."""
    folder, page = made.folder, made.page
    steps, count = slid(page)["steps"], len(specs(page))
    with browsing(tmp_path / "home") as browser:
        browser.open(folder / "report.html", width=1200)
        assert browser.until("document.body && document.body.dataset.drawn") == str(count)
        assert browser.run("document.querySelectorAll('.chart svg').length") == count
        assert browser.run("document.getElementById('failed').textContent") == ""
        says = "document.getElementById('error-says').textContent"
        drawn = "document.querySelector('#slid-markov svg').innerHTML"
        browser.run("document.getElementById('error-slider').focus()")
        browser.press("Home", 36)
        browser.until(f"document.body.dataset.error === '{steps[0]['value']}'")
        first = browser.run(drawn)
        assert browser.run(says) == steps[0]["sentence"]
        for key, code, number in (("End", 35, -1), ("ArrowLeft", 37, -2)):
            browser.press(key, code)
            browser.until(f"document.body.dataset.error === '{steps[number]['value']}'")
            assert browser.run(says) == steps[number]["sentence"]
            assert browser.run("document.getElementById('error-value').textContent").startswith(steps[number]["value"])
        assert browser.run(drawn) != first
        labels = "[...document.querySelectorAll('#slid-markov [aria-roledescription=\"rect mark\"]')]"
        shown = browser.run(f"{labels}.map(cell => cell.getAttribute('aria-label'))")
        data = slid(page)
        assert sorted(shown) == sorted(data["says"][k] for k in steps[-2]["maps"]["markov"]["shade"])
        before = browser.run("document.querySelector('#cost-curves svg').innerHTML")
        browser.run("document.querySelector('input[name=curve]:not(:checked)').focus()")
        browser.press(" ", 32)
        browser.until(f"document.querySelector('#cost-curves svg').innerHTML !== {json.dumps(before)}")
        map_before = browser.run("document.querySelector('#map-0 svg').innerHTML")
        browser.run("document.getElementById('contender').focus()")
        browser.press("ArrowDown", 40)
        browser.until(f"document.querySelector('#map-0 svg').innerHTML !== {json.dumps(map_before)}")
        browser.open(folder / "report.html", width=400)
        browser.until("document.body && document.body.dataset.drawn")
        assert browser.run("document.documentElement.scrollWidth - innerWidth") <= 0
        assert browser.run(BEYOND) == []
        assert browser.run("Math.min(...[...document.querySelectorAll('p')].filter(p => p.offsetWidth)"
                           ".map(p => parseFloat(getComputedStyle(p).fontSize)))") >= 12  # fmt: skip
        assert set(browser.requests) == {(folder / "report.html").as_uri()}
        assert browser.console == []


BEYOND = """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 &&
  !e.closest('.scroll, .tall, .formula, svg, [hidden]')).map(e => e.tagName + ' ' + e.className)"""
