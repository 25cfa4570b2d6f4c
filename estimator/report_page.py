"""The page of a report: findings put into words, tables and charts, and these into the templates."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from plait.calibrations import Calibration
from plait.estimator import cells as words
from plait.estimator.report import Findings
from plait.estimator.study import Study

if TYPE_CHECKING:
    from plait.estimator.best_place import Place
    from plait.estimator.curves_chart import Curve
    from plait.estimator.provenance import BackTest

SECTIONS = {
    "question": "The question",
    "verdict": "The verdict",
    "maps": "Where quantum wins: the maps",
    "error": "What the two-qubit error does",
    "envelope": "Which classical method is best where",
    "curves": "What everybody needs, along the layers",
    "tornado": "What the boundary hangs on",
    "shares": "Where the uncertainty comes from",
    "flips": "What would change the verdict",
    "formulas": "The formulas",
    "symbols": "The symbols",
    "assumptions": "What is assumed",
    "machines": "The machines",
    "calibration": "The calibration",
    "backtest": "The back-test",
    "remake": "How to make this report again",
}
"""Anchor -> heading, in order."""
LINE_SECTIONS = {"question": "The question", "verdict": "The verdict", "line": "Costs along the line"} | {
    name: SECTIONS[name]
    for name in ("formulas", "symbols", "assumptions", "machines", "calibration", "backtest", "remake")
}


def grid_page(found: Findings, *, text: str, command: str) -> tuple[str, list[str]]:
    """The whole page of a study on a grid, and its verdict, sentence by sentence."""
    from plait.estimator.page import boundary_tables, drawn_maps, for_the_eye
    from plait.estimator.verdict import verdict

    frontiers, place = found.frontiers, found.place
    contenders = words.names(frontiers[0], "contender")
    drawn, lines = for_the_eye(frontiers, found.boundary)
    instances, maps = drawn_maps(drawn, lines)
    sizes = [" x ".join(str(one.sizes[dim]) for dim in ("strands", "layers")) for one in (drawn[0], frontiers[0])]
    charts = [{"id": f"map-{number}", "spec": spec} for number, spec in enumerate(maps)]
    steps, slid, slider_charts = _slider(found)
    envelopes, curves, place_charts = _place_charts(found)
    sentences = verdict(list(frontiers))
    charts += [*slider_charts, *place_charts]
    context = {
        "sections": SECTIONS,
        "headline": [_headline(found)],
        "verdict": sentences,
        "questions": [(words.family_of(one), one.attrs["question"]) for one in frontiers],
        "contenders": contenders,
        "instances": instances,
        "thinned": f"Drawn: {sizes[0]} of {sizes[1]} strands and layers." if sizes[0] != sizes[1] else "",
        "tables": boundary_tables(contenders, lines),
        "closures": words.names(frontiers[0], "closure"),
        "place": place,
        "place_says": _place_words(place),
        "steps": steps,
        "slid": slid,
        "envelopes": envelopes,
        "curves": curves,
        "silent": _silent(curves),
        **_hangs_on(found),
        "charts": charts,
    }
    shared = origin_context(found.study, found.calibration, found.backtest, place, text, command)
    return rendered(shared | context), sentences


def rendered(context: Mapping[str, Any]) -> str:
    """The page of a context."""
    import jinja2

    from plait.estimator import legend
    from plait.estimator.page import drawing_library
    from plait.estimator.report_origin_template import ORIGIN
    from plait.estimator.report_place_template import PLACE
    from plait.estimator.report_script import SCRIPT
    from plait.estimator.report_style import STYLE
    from plait.estimator.report_template import TEMPLATE

    loader = jinja2.DictLoader({"page": TEMPLATE, "place": PLACE, "origin": ORIGIN})
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("page").render(
        context, words=words, legend=legend, style=STYLE, script=SCRIPT, library=drawing_library()
    )


def origin_context(
    study: Study, calibration: Calibration, backtest: "BackTest", place: "Place | None", text: str, command: str
) -> dict[str, Any]:
    """What the last part of every report says: formulas, symbols, machines, calibration, how to make it again."""
    from plait.estimator import formulas, provenance, symbol_table

    here = study.instances()[place.number] if place else study.instances()[0]
    say = "Values at the place above: median, and 5–95 % of the draws in brackets." if place else "Values of constants."
    return {
        "title": study.title,
        "study": study,
        "line": None,
        "instances": [],
        "overrides": [entry.text() for entry in study.overrides],
        "blocks": formulas.blocks(study),
        "models": list({each.model.name: each.model for each in study.contenders}.values()),
        "symbols": [
            {"entry": entry, "math": formulas.symbol_math(entry.name)}
            for entry in symbol_table.symbol_table(here, calibration, place)
        ],
        "symbols_say": say,
        "kinds": symbol_table.KINDS,
        "machines": [(one, provenance.figure_rows(one, calibration)) for one in provenance.machines(study)],
        "calibration": calibration,
        "calibration_digest": provenance.digest_of_calibration(calibration),
        "backtest": backtest,
        "splits": provenance.SPLITS,
        "command": command,
        "text": text,
        "study_digest": provenance.digest_of(text) if text else "",
        "versions": provenance.versions(),
    }


def _headline(found: Findings) -> str:
    """The verdict in a sentence, with the weakest basis of the numbers behind it."""
    parts = []
    for frontier in found.frontiers:
        winner = frontier["winner"].values.astype(str)
        cells = int(np.prod([frontier.sizes[dim] for dim in ("closure", "strands", "layers")]))
        won = int((winner == "quantum").any(axis=frontier["winner"].dims.index("contender")).sum())
        share = "in no cell" if not won else f"in {won} of {cells:,} cells"
        parts.append(f"{share} on {words.family_of(frontier)} braids")
    place = found.place
    return (
        f"Quantum wins (p ≥ 0.9) {' and '.join(parts)}; its best chance is p = {place.p:.2f} ({_place_name(place)}). "
        f"{basis_sentence(found.study, found.calibration)}"
    )


def basis_sentence(study: Study, calibration: Calibration) -> str:
    """What the verdict rests on at its weakest."""
    from plait.estimator.provenance import weakest_basis

    return f"The weakest basis behind these numbers: {weakest_basis(study, calibration)}."


def _place_name(place: "Place") -> str:
    return f"{place.contender}, {place.family}, {place.closure}, {place.strands} strands, {place.layers} layers"


def _place_words(place: "Place") -> str:
    if place.p == 0:
        return (
            "In no draw of any cell quantum is feasible and faster; shown is the cell where it comes closest: "
            f"{_place_name(place)}."
        )
    return f"At the strands of the cell where quantum's chance is best: {_place_name(place)}, p = {place.p:.2f}."


def _slider(found: Findings) -> tuple[dict[str, Any] | None, dict[str, Any], list[dict[str, Any]]]:
    """What the page says of the slider, the data it moves, and its charts."""
    from plait.estimator import error_chart
    from plait.estimator.error_steps import short, step_sentence

    if found.steps is None:
        return None, {"steps": []}, []
    start = found.steps.start()
    said = {
        "contender": found.steps.contender,
        "key": found.steps.key,
        "machine": found.steps.key.rpartition(".")[0],
        "draws": found.steps.draws,
        "start": start,
        "value": short(found.steps.steps[start].value),
        "sentence": step_sentence(found.steps, start),
        "ticks": [short(step.value) for step in found.steps.steps],
        "table": error_chart.table(found.steps),
    }
    first = words.thinned(found.steps.steps[0].frontier)
    charts = [
        {"id": f"slid-{closure}", "spec": _spec(error_chart.slider_chart(first, closure))}
        for closure in words.names(first, "closure")
    ]
    return said, error_chart.slider_data(found.steps), charts


def _place_charts(found: Findings) -> tuple[list[dict[str, Any]], "list[Curve]", list[dict[str, Any]]]:
    """Envelope maps, curves, and the charts of these and of the tornado."""
    from plait.estimator import curves_chart, envelope_chart, tornado_chart
    from plait.estimator.contender_marks import contender_marks

    grid, place = found.grid, found.place
    names, sides = words.names(grid, "contender"), [str(side) for side in grid["side"].values]
    marks = contender_marks(names, sides, envelope_chart.leaders(found.frontiers))
    envelopes, charts = [], []
    for frontier in found.frontiers:
        family, maps = words.family_of(frontier), []
        for closure in words.names(frontier, "closure"):
            name = f"envelope-{family}-{closure}"
            shares = envelope_chart.shares(frontier, closure, marks)
            maps.append(
                {"closure": closure, "id": name, "shares": shares, "none": 1 - sum(one.share for one in shares)}
            )
            charts.append({"id": name, "spec": _spec(envelope_chart.envelope(words.thinned(frontier), closure, marks))})
        envelopes.append({"family": family, "maps": maps})
    curves = curves_chart.cost_curves(grid, place, marks)
    metric = found.study.question.metric
    layers = [int(count) for count in grid["layers"].values]
    charts.append({"id": "cost-curves", "spec": _spec(curves_chart.curves_chart(curves, layers, place, metric))})
    if found.tornado.bars:
        charts.append({"id": "tornado-boundary", "spec": _spec(tornado_chart.boundary_chart(found.tornado))})
        charts.append({"id": "tornado-gap", "spec": _spec(tornado_chart.gap_chart(found.tornado))})
    return envelopes, curves, charts


def _spec(chart: Any) -> dict[str, Any]:
    from plait.estimator.chart import configuration

    made: dict[str, Any] = chart.properties(config=configuration(), background="transparent").to_dict()
    return made


def _silent(curves: "Sequence[Curve]") -> dict[str, list[str]]:
    """Contenders without an answer along the line, by side, with the reason."""
    found: dict[str, list[str]] = {"quantum": [], "classical": []}
    for curve in curves:
        if not curve.answers:
            free = any(x == -np.inf for x in curve.middle)
            found[curve.side].append(f"{curve.name} ({'free, and right' if free else curve.why or 'in most draws'})")
    return found


def _hangs_on(found: Findings) -> dict[str, Any]:
    """Tornado, shares and inverse queries in words."""
    from plait.estimator.flips import flip_words
    from plait.estimator.tornado_chart import bar_words, crossings, gap

    now, place = found.tornado.now, found.place
    error = ", and the two-qubit error" if any(one.key.endswith(".e_2q") for one in found.flips) else ""
    side = "classical" if place.winner == "quantum" else "quantum"
    begins = f"quantum begins to win at {crossings(now)} crossings"
    if now.crossings is None:
        begins = "quantum begins to win nowhere on the line (in half of the draws)"
    return {
        "bars": bar_words(found.tornado),
        "without": list(found.tornado.without),
        "now": f"{now.verdict}, gap {gap(now)} decades; {begins}",
        "shares": _share_rows(found),
        "flips": [flip_words(one) for one in found.flips],
        "flips_say": f"What one figure would have to be for the {side} side to win with probability 0.9 at "
        f"{place.strands} strands and {place.layers} layers ({place.closure}, {place.family}, {place.contender}): the "
        f"figures of the widest bars above{error}.",
    }


def _share_rows(found: Findings) -> list[dict[str, Any]]:
    """Shares of the variance for each quantum contender, at the place or at the nearest layers where they are told."""
    layers = [int(count) for count in found.grid["layers"].values]
    order = sorted(range(len(layers)), key=lambda j: (abs(np.log(layers[j] / found.place.layers)), j))
    rows = []
    for name, sources in found.shares.items():
        at = np.stack([share[0] for share in sources.values()])
        told = [j for j in order if np.isfinite(at[:, j]).all()]
        shares = [float(x) for x in at[:, told[0]]] if told else []
        rows.append({"name": name, "layers": layers[told[0]] if told else None, "shares": shares})
    return rows
