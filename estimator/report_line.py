"""The report of a study along a line: costs along it in place of maps, and all that its numbers rest on."""

import json
from pathlib import Path
from typing import Any

from plait.calibrations import Calibration
from plait.estimator.line_verdict import line_verdict
from plait.estimator.report import Progress
from plait.estimator.study import Study
from plait.estimator.whole_file import write_whole


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
