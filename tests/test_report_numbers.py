"""The numbers of a report: each is what the library says when it is asked directly."""

import json
import re

import numpy as np
import pytest
from made_report import Made, made_report, rows_of, said, slid, specs

from plait.calibrations.validate import load_runs, validate
from plait.estimator import frontier, sweep
from plait.estimator.best_place import best_place
from plait.estimator.contender_marks import COLOURS, contender_marks
from plait.estimator.error_chart import slider_data
from plait.estimator.error_steps import VALUES, error_steps, short
from plait.estimator.frontier import quantiles
from plait.estimator.study import override
from plait.estimator.tornado import tornado
from plait.estimator.verdict import verdict
from plait.estimator.what_if import what_if


@pytest.fixture(scope="module")
def made() -> Made:
    return made_report()


def test_the_verdict_and_the_questions_are_the_library_s(made: Made) -> None:
    read, answer, frontiers, study = made.read, made.answer, made.frontiers, made.study
    text = said(read)
    assert answer["verdict"] == verdict(frontiers)
    for sentence in answer["verdict"]:
        assert re.sub(r"\s+", " ", sentence) in text
    for one in study.instances():
        assert one.question.sentence() in text
    assert "The weakest basis behind these numbers: assumed." in text
    assert answer["boundary"] == [edge for one in frontiers for edge in json.loads(one.attrs["boundary"])]


def test_the_maps_are_those_of_the_frontier(made: Made) -> None:
    page, frontiers = made.page, made.frontiers
    charts = specs(page)
    places = [(one, closure) for one in frontiers for closure in ("markov", "plat")]
    for number, (one, closure) in enumerate(places):
        rows = next(rows for name, rows in charts[f"map-{number}"]["datasets"].items() if name.startswith("cells"))
        part = one.sel(closure=closure)
        assert len(rows) == part["winner"].size == 12
        for row in rows:
            strands, layers = (int(x) for x in re.findall(r"\d+", row["where"])[:2])
            cell = part.sel(contender=row["contender"], strands=strands, layers=layers)
            assert row["says"].startswith(str(cell["winner"].values))
            assert row["spread"] != "not told" or not np.isfinite(cell["gap"].values).all()


def test_the_best_place_has_the_largest_chance(made: Made) -> None:
    answer, frontiers = made.answer, made.frontiers
    place = answer["place"]
    assert place["p"] == max(float(one["p_advantage"].max()) for one in frontiers) > 0
    one = next(one for one in frontiers if one.attrs["family"] == place["family"])
    at = {name: place[name] for name in ("closure", "contender", "strands", "layers")}
    assert float(one["p_advantage"].sel(at)) == place["p"]


def test_without_a_chance_the_place_is_where_quantum_is_closest(made: Made) -> None:
    frontiers = made.frontiers
    lost = [one.assign(p_advantage=one["p_advantage"] * 0) for one in frontiers]
    place = best_place(lost)
    gaps = [float(one["gap"].sel(quantile=0.5).max()) for one in lost]
    at = {name: getattr(place, name) for name in ("closure", "contender", "strands", "layers")}
    assert float(lost[place.number]["gap"].sel(quantile=0.5).sel(at)) == max(gaps)
    assert place.p == 0


def test_the_envelope_names_the_best_classical_contender(made: Made) -> None:
    page, frontiers = made.page, made.frontiers
    for one in frontiers:
        for closure in ("markov", "plat"):
            spec = specs(page)[f"envelope-{one.attrs['family']}-{closure}"]
            rows = next(iter(spec["datasets"].values())) if "datasets" in spec else spec["layer"][0]["data"]["values"]
            best = one["classical_best"].sel(closure=closure).isel(contender=0).values.ravel().tolist()
            names = [row["best"].partition(": ")[2] for row in rows]
            assert sorted(names) == sorted(best)
            letters = {(row["letter"], row["best"]) for row in rows}
            assert len({letter for letter, _ in letters}) == len(letters)


def test_letters_and_colours_of_contenders() -> None:
    names = [f"m{k}@core" for k in range(30)]
    marks = contender_marks(["q@a", *names], ["quantum", *["classical"] * 30], ["m29@core", "m7@core"])
    assert len({mark.letter for mark in marks.values()}) == 31
    assert len({(mark.colour, mark.dash) for name, mark in marks.items() if name != "q@a"}) == 30
    assert {marks["m29@core"].colour, marks["m7@core"].colour} == set(COLOURS[:2])


def test_the_curves_are_the_costs_of_the_sweep(made: Made) -> None:
    page, answer, study, calibration = made.page, made.answer, made.study, made.calibration
    place = answer["place"]
    one = next(one for one in study.instances() if one.question.family == place["family"])
    grid = sweep(one, calibration).sel(closure=place["closure"], strands=place["strands"])
    costs = quantiles(grid["log10_cost"].transpose("contender", "layers", "draw").values.astype(float))
    spec = specs(page)["cost-curves"]
    tables = spec.get("datasets") or {k: layer["data"]["values"] for k, layer in enumerate(spec["layer"])}
    rows = next(rows for rows in tables.values() if rows and "says" in rows[0])
    expected = {
        (str(name), int(layers)): costs[k, j]
        for k, name in enumerate(grid["contender"].values)
        for j, layers in enumerate(grid["layers"].values)
        if np.isfinite(costs[k, j, 0])
    }
    assert {(row["of"], row["layers"]) for row in rows} == set(expected)
    for row in rows:
        low, middle, high = expected[row["of"], row["layers"]]
        assert row["low"] == low
        assert row["middle"] == (middle if np.isfinite(middle) else None)
        assert row["high"] == high or not np.isfinite(high)


def test_tornado_and_inverse_queries_are_the_library_s(made: Made) -> None:
    read, answer, study, calibration = made.read, made.answer, made.study, made.calibration
    place = answer["place"]
    one = next(one for one in study.instances() if one.question.family == place["family"])
    at = {"strands": place["strands"], "layers": place["layers"], "closure": place["closure"]}
    found = tornado(one, calibration, contender=place["contender"], **at)
    rows = rows_of(read)
    assert len(found.bars) >= 3
    for bar in found.bars:
        row = next(row for row in rows if row[0] == bar.key and ".." in row[2])
        ends = ["never" if end.crossings is None else f"{end.crossings:,.0f}" for end in (bar.low, bar.high)]
        assert row[3] == " .. ".join(ends)
        assert ("flips" in row[6]) == bar.flips
    asked = [*(bar.key for bar in found.bars[:4]), "qpu.e_2q"]
    for key in dict.fromkeys(asked):
        one_answer = what_if(one, calibration, solve=key, contender=place["contender"], **at)
        row = next(row for row in rows if row[0] == key and row[2] == f"{one_answer.p_now:.2f}")
        if one_answer.value is None:
            assert row[3].endswith(f"best p = {one_answer.p_best:.2f}")
        else:
            assert f"{one_answer.value:.3g}" in row[3]
    shares = [row for row in rows if row[0] == place["contender"] and len(row) == 5]
    assert len(shares) == 1
    assert all(0 <= float(cell) < 3 for cell in shares[0][2:])


def test_a_step_of_the_slider_is_a_study_with_that_error(made: Made) -> None:
    page, answer, study, calibration = made.page, made.answer, made.study, made.calibration
    data = slid(page)
    assert [step["value"] for step in data["steps"]] == [short(value) for value in VALUES]
    assert [step["value"] for step in data["steps"] if step["own"]] == ["1e-4"]
    one = next(one for one in study.instances() if one.question.family == answer["place"]["family"])
    changed = override(one, settings=["qpu.e_2q=1e-5"])
    found = frontier(sweep(changed, calibration)).sel(contender=["cfev@qpu"])
    step = data["steps"][0]
    for closure in ("markov", "plat"):
        winners = found["winner"].sel(closure=closure).isel(contender=0).values.ravel().tolist()
        drawn = [data["says"][k] for k in step["maps"][closure]["shade"]]
        assert len(drawn) == 6
        for winner, text in zip(winners, drawn, strict=True):
            assert text.startswith("neither" if winner == "infeasible" else winner)
        won = sum(winner == "quantum" for winner in winners)
        assert f"{closure.capitalize()}: quantum wins in {won} of 6 cells" in step["sentence"]


def test_the_back_test_is_that_of_the_runs(made: Made) -> None:
    read, folder = made.read, made.folder
    rows = [row for row in validate(load_runs(folder / "runs.jsonl")[0]) if row.used]
    assert {row.quantity for row in rows} == {"keep_rate", "signal"}
    for row in rows:
        found = next(one for one in rows_of(read) if one[0] == row.quantity and len(one) == 9)
        assert found[4:7] == [str(row.n), f"{row.bias:+.3f}", f"{row.rmse:.3f}"]


def test_a_fine_grid_is_thinned_where_it_is_drawn(monkeypatch: pytest.MonkeyPatch, made: Made) -> None:
    """Two of three layers are drawn; each step then has cells and boundary of these alone."""
    monkeypatch.setattr("plait.estimator.cells.MOST_DRAWN", 2)
    one = made.study.instances()[0]
    found = error_steps(one, made.calibration, values=[1e-5])
    assert found is not None
    data = slider_data(found)
    layers = {int(row["where"].split(" layers")[0].rpartition(" ")[2]) for row in data["cells"]["markov"]}
    assert layers == {10, 268}
    for step in data["steps"]:
        assert len(step["maps"]["markov"]["shade"]) == len(data["cells"]["markov"]) == 4
        assert {row["at"] for row in step["maps"]["markov"]["curves"] if row["axis"] == "strands"} <= {10, 268}
