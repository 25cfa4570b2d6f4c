"""The report of a study along a line: costs along it in place of maps, and all that its numbers rest on."""

import json
from pathlib import Path
from typing import Any

from plait.calibrations import Calibration
from plait.estimator.report import Progress
from plait.estimator.study import Study
from plait.estimator.whole_file import write_whole
from plait.models import Side


def line_report(
    study: Study,
    calibration: Calibration,
    path: Path,
    *,
    text: str,
    command: str,
    runs: Path | None,
    backtest: bool,
    progress: Progress,
) -> dict[str, Any]:
    """Write it; arguments, result and errors as of `plait.estimator.report`, but no `place`."""
    from plait.estimator.line import along_line
    from plait.estimator.line_chart import line_chart
    from plait.estimator.provenance import back_test, runs_of
    from plait.estimator.report_page import LINE_SECTIONS, basis_sentence, origin_context, rendered

    progress(0, 3, "along the line")
    records, why = runs_of(calibration, runs, wanted=backtest)
    found = [along_line(one, calibration) for one in study.instances()]
    boundary = [entry for one in found for entry in json.loads(one.attrs["boundary"])]
    progress(1, 3, "back-test")
    tested = back_test(study, calibration, records, why)
    progress(2, 3, "page")
    sentences = line_verdict(study, boundary)
    context = origin_context(study, calibration, tested, None, text, command) | {
        "sections": LINE_SECTIONS,
        "headline": [*sentences[:1], basis_sentence(study, calibration)],
        "verdict": sentences[1:],
        "questions": [(str(one.attrs["family"]), one.attrs["question"]) for one in found],
        "line": True,
        "charts": [{"id": "line-chart", "spec": line_chart(found).to_dict()}],
        "slid": {"steps": []},
    }
    write_whole(path, rendered(context).encode())
    progress(3, 3, "page")
    return {
        "question": found[0].attrs["question"],
        "questions": {str(one.attrs["family"]): one.attrs["question"] for one in found},
        "path": str(path),
        "boundary": boundary,
        "verdict": sentences,
        "calibration": found[0].attrs["calibration"],
    }


def line_verdict(study: Study, boundary: "list[dict[str, Any]]") -> list[str]:
    """A sentence for each quantum contender: from where on it is ahead."""
    last = study.line.places()[-1] if study.line else 0
    said = []
    for contender in study.side(Side.QUANTUM):
        entries = [one for one in boundary if one["contender"] == contender.name and one["kind"] == "enter"]
        if not entries:
            said.append(f"{contender.name}: ahead in no draw up to {last:,} crossings.")
        for one in entries:
            low, middle, high = (one[f"crossings_{mark}"] for mark in ("p05", "p50", "p95"))
            where = f"{contender.name}, {one['family']}, {one['closure']}: "
            if middle is None:
                where += f"not ahead up to {last:,} crossings in half of the draws."
            else:
                left, right = ("below the line" if low is None else f"{low:,.0f}"), f"{high:,.0f}" if high else "never"
                where += f"ahead from {middle:,.0f} crossings on [{left} .. {right}]."
            said.append(where)
    return said
