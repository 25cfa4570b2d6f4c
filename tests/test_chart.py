"""The advantage map: every cell, every format, and the page in a real browser."""

import base64
import itertools
import json
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from browser import chromium

from plait.estimator import cells, map_rows
from plait.estimator.chart import X_TITLE, Y_TITLE, advantage_map
from plait.estimator.page import write_map
from plait.models.errors import PlaitError

STRANDS = [6, 8, 10, 12, 14, 16, 18, 22, 26, 30, 36, 42, 48, 56, 64, 74, 86, 98, 112, 130]
LAYERS = [4, 5, 6, 8, 10, 12, 15, 19, 24, 30, 37, 46, 58, 72, 90, 112, 140, 180, 230, 300]
QPUS = {"cfev@qpu-1e-4": (1e-4, 120), "cfev@helios": (7.9e-4, 98)}


def sample_frontier() -> tuple[xr.Dataset, list[dict[str, Any]]]:
    """A made-up frontier of realistic shape: a wedge that quantum wins between classical ease and drowned signal."""
    dims = ("closure", "contender", "strands", "layers")
    closures = ["markov", "plat"]
    shape = (2, len(QPUS), len(STRANDS), len(LAYERS))
    n, layers = np.meshgrid(STRANDS, LAYERS, indexing="ij")
    m = (n - 1) * layers / 3.0
    p, winner, reason = np.zeros(shape), np.full(shape, "", object), np.full(shape, "", object)
    best = np.full(shape, "face-tn-fib@frontier", object)
    q_sec, c_sec = np.full((*shape, 3), np.nan), np.full((*shape, 3), np.nan)
    spread = np.array([-0.45, 0.0, 0.45])
    for c, k in np.ndindex(2, len(QPUS)):
        error, qubits = list(QPUS.values())[k]
        damping = 1.9 * error * m
        q = 3.2 + np.log10(layers) + 2 * damping / 2.303
        work = (0.19 - 0.03 * c) * np.minimum(n, 0.8 * layers + 3) + np.log10(m) - 5.5
        lost = [(damping > 2.6, "signal"), (n > qubits, "qubits")]
        late = [(work > 10.5, "time"), ((work > 9.6) & (work <= 10.5), "memory")]
        for i, j in np.ndindex(n.shape):
            why = [f"quantum: {w}" for flag, w in lost if flag[i, j]][:1]
            why_not = [f"classical: {w}" for flag, w in late if flag[i, j]][:1]
            at = (c, k, i, j)
            p[at] = 0.0 if why else 1.0 if why_not else 1 / (1 + 10 ** (1.6 * (q[i, j] - work[i, j])))
            if why and why_not:
                winner[at] = "infeasible"
            else:
                winner[at] = "quantum" if p[at] >= 0.9 else "classical" if p[at] <= 0.1 else "undecided"
            reason[at] = "; ".join(why + why_not)
            if not why:
                q_sec[at] = q[i, j] + spread
            if not why_not:
                c_sec[at] = work[i, j] + 2 * spread
            else:
                best[at] = ""
    extrapolation = np.maximum(1, np.maximum(n / 32, layers / 60))
    both = np.broadcast_to
    frontier = xr.Dataset(
        {
            "p_advantage": (dims, p),
            "winner": (dims, winner.astype(str)),
            "reason": (dims, reason.astype(str)),
            "classical_best": (dims, best.astype(str)),
            "quantum_log10_cost": ((*dims, "quantile"), q_sec),
            "classical_log10_cost": ((*dims, "quantile"), c_sec),
            "crossings": (("closure", "strands", "layers"), both(m, (2, *m.shape)).round()),
            "depth": (("closure", "strands", "layers"), both(layers, (2, *m.shape)) * 0.9),
            "extrapolation": (("closure", "strands", "layers"), both(extrapolation, (2, *m.shape))),
        },
        coords={
            "closure": closures,
            "contender": list(QPUS),
            "strands": STRANDS,
            "layers": LAYERS,
            "quantile": [0.05, 0.5, 0.95],
        },
        attrs={
            "title": "Where a quantum computer would beat a classical one at the Jones polynomial",
            "question": "Given a random brickwall braid of n strands and L layers and one closure, return the "
            "normalised value E at the fifth root of unity within 0.1 (95 % confidence); the signal |E| = 0.5 is "
            "assumed.",
            "calibration": "2 cores of an Intel Xeon at 2.1 GHz, 2026-11-20, 412 runs (profile `shipped`).",
            "basis": "layer time 30 ms [10, 100] of a hypothetical QPU: assumed.",
            "eps": 0.1,
            "delta": 0.05,
            "version": "0.1.0",
        },
    )
    return frontier, [*_boundary(frontier, "layers"), *_boundary(frontier, "strands")]


def _boundary(frontier: xr.Dataset, axis: str) -> list[dict[str, Any]]:
    """Where p crosses one half along one axis; null where it does not."""
    fixed = "strands" if axis == "layers" else "layers"
    grid, entries = frontier[axis].values, []
    for closure, contender, value in itertools.product(*(frontier[d].values for d in ("closure", "contender", fixed))):
        p = frontier["p_advantage"].sel({"closure": closure, "contender": contender, fixed: value}).values
        for kind, sign in (("enter", 1), ("leave", -1)):
            steps = np.flatnonzero(np.diff((p >= 0.5).astype(int)) == sign)
            entry = {"closure": str(closure), "contender": str(contender), "eps": 0.1, "kind": kind, "axis": axis}
            entry |= {fixed: int(value), "censored": None if len(steps) else "above"}
            middle = None
            if len(steps):
                k = steps[0]
                share = (0.5 - p[k]) / (p[k + 1] - p[k])
                middle = float(np.exp((1 - share) * np.log(grid[k]) + share * np.log(grid[k + 1])))
            for quantile, factor in (("p05", 0.88), ("p50", 1.0), ("p95", 1.13)):
                at = None if middle is None or middle * factor > grid[-1] else middle * factor
                n, layers = (value, at) if axis == "layers" else (at, value)
                entry[f"{axis}_{quantile}"] = at
                entry[f"crossings_{quantile}"] = None if at is None else round((n - 1) * layers / 3)
            entries.append(entry)
    return entries


@pytest.fixture(scope="module")
def sample() -> tuple[xr.Dataset, list[dict[str, Any]]]:
    return sample_frontier()


@pytest.fixture(scope="module")
def page(sample, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "map.html"
    write_map(*sample, path, verdict=["Quantum wins here.", "Not there."], command="plait map -o map.html")
    return path


def test_the_sample_holds_every_kind_of_cell(sample):
    assert set(np.unique(sample[0]["winner"])) == {"quantum", "classical", "undecided", "infeasible"}


def test_chart_has_titled_axes_a_legend_and_every_cell_with_its_verdict(sample):
    frontier, boundary = sample
    spec = advantage_map(frontier, boundary).to_dict()
    text = json.dumps(spec, ensure_ascii=False)
    assert X_TITLE == "strands n"
    assert Y_TITLE == "brick layers L asked for"
    for said in (
        X_TITLE,
        Y_TITLE,
        "Markov closure",
        "Plat closure",
        *QPUS,
        frontier.attrs["calibration"],
        *_meanings(),
    ):
        assert said in text, said
    assert cells.INSTANCES["brickwall"][0] in text
    rows = [row for name, rows in spec["datasets"].items() if name.startswith("cells") for row in rows]
    assert len(rows) == frontier["winner"].size == 1600
    assert sorted(row["says"] for row in rows) == sorted(cells.SAYS[w] for w in frontier["winner"].values.flat)


def _meanings() -> list[str]:
    marks = ["quantum starts to win", "quantum stops winning", "5–95 %", "edge of the measured", "85 strands, 2,800"]
    return [meaning for _, meaning in cells.SHADES.values()] + ["too few qubits", "out of memory", *marks]


def test_each_infeasible_cell_says_why(sample):
    for closure in ("markov", "plat"):
        for cell in map_rows.drawn_cells(sample[0].sel(closure=[closure])):
            if cell["says"].startswith("infeasible"):
                assert re.fullmatch(r"quantum: \w+; classical: \w+", cell["out"])
                under_the_diamond = 80 < cell["cx"] < 92 and 80 < cell["cy"] < 125
                assert bool(cell["code"]) != under_the_diamond


def test_cells_tile_without_gaps(sample):
    drawn = map_rows.drawn_cells(sample[0].sel(closure=["plat"], contender=["cfev@helios"]))
    places = {(cell["x"], cell["y"]): cell for cell in drawn}
    assert len(places) == 400
    right, top = max(cell["x2"] for cell in drawn), max(cell["y2"] for cell in drawn)
    for cell in drawn:
        assert cell["x2"] == right or (cell["x2"], cell["y"]) in places
        assert cell["y2"] == top or (cell["x"], cell["y2"]) in places


def test_grey_prints_tell_the_verdicts_apart():
    """CIE lightness of the shades: bands of one verdict never come within 10 of another's."""

    def lightness(colour: str) -> float:
        srgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in srgb]
        return float(116 * np.dot(linear, (0.2126, 0.7152, 0.0722)) ** (1 / 3) - 16)

    shade = {name: lightness(colour) for name, (colour, _) in cells.SHADES.items()}
    classical = [shade["classical"], shade["classical-sure"]]
    quantum = [shade["quantum"], shade["quantum-sure"]]
    undecided = [shade["undecided"], shade["leaning-quantum"], shade["leaning-classical"]]
    assert max(classical) + 10 < min(quantum)
    assert max(quantum) + 10 < min(undecided)


def test_measured_range_is_outlined_once(sample):
    pieces = map_rows.measured_outline(sample[0].sel(closure=["markov"]))
    xs, ys = map_rows.edges(STRANDS), map_rows.edges(LAYERS)
    right, top = xs[STRANDS.index(30) + 1], ys[LAYERS.index(58) + 1]
    assert pieces == [
        {"x": right, "x2": right, "y": ys[0], "y2": top},
        {"x": xs[0], "x2": right, "y": top, "y2": top},
    ]


def test_boundary_breaks_where_the_grid_has_none_and_reaches_the_edge_when_open(sample):
    part = sample[0].sel(closure=["markov"], contender=["cfev@helios"])
    entry = {"closure": "markov", "contender": "cfev@helios", "eps": 0.1, "kind": "enter", "axis": "layers"}
    entries = [
        entry | {"strands": n, "layers_p05": 40.0, "layers_p50": median, "layers_p95": None}
        for n, median in ((48, 50.0), (56, 50.0), (64, None), (74, 50.0))
    ]
    elsewhere = [{"closure": "plat"}, {"eps": 0.2}]
    points = map_rows.curves(part, [*entries, *(entries[0] | other for other in elsewhere)])
    assert [(point["at"], point["run"]) for point in points] == [(48, 1), (56, 1), (74, 2)]
    assert {point["p95"] for point in points} == {map_rows.edges(LAYERS)[-1]}


def test_json_is_strict_and_complete(sample, tmp_path):
    frontier, boundary = sample
    write_map(frontier, [*boundary, boundary[0] | {"layers_p50": float("nan")}], tmp_path / "map.json")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    read = json.loads((tmp_path / "map.json").read_text(), parse_constant=refuse)
    assert {"question", "calibration", "boundary", "cells"} <= set(read)
    assert read["question"] == frontier.attrs["question"]
    assert read["boundary"][-1]["layers_p50"] is None
    assert len(read["cells"]) == 1600
    lost = next(cell for cell in read["cells"] if cell["winner"] == "infeasible")
    assert lost["quantum_log10_cost"] == {"p05": None, "p50": None, "p95": None}
    assert [instance["family"] for instance in read["instances"]] == ["brickwall"]


def test_pictures_are_valid(sample, tmp_path):
    frontier, boundary = sample
    one = frontier.sel(contender=["cfev@helios"])
    write_map(one, boundary, tmp_path / "map.PNG")
    write_map(one, boundary, tmp_path / "map.svg")
    write_map(one, boundary, tmp_path / "map.pdf")
    assert (tmp_path / "map.pdf").read_bytes().startswith(b"%PDF-")
    picture = (tmp_path / "map.PNG").read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert width > 1800
    assert height > 1000
    said = " ".join(ET.parse(tmp_path / "map.svg").getroot().itertext())
    assert "Given a random brickwall braid" in said
    assert "412 runs" in said
    assert sorted(file.name for file in tmp_path.iterdir()) == ["map.PNG", "map.pdf", "map.svg"]


def test_page_holds_all_it_needs(page, sample):
    text = page.read_text()
    library = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert library is not None
    own = text.replace(library.group(1), "")
    assert len(own) < len(text) - 500_000
    assert not re.search(r"\b(src|href)\s*=|url\(|@import|//cdn|<link|<iframe|<object", own)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', own)
    assert policy is not None
    assert policy.group(1).startswith("default-src 'none';")
    assert "http" not in policy.group(1)
    assert "unsafe-eval" not in policy.group(1)
    for said in (sample[0].attrs["question"], sample[0].attrs["calibration"]):
        assert said in own
    for said in ("Hypothetical: random brickwall", "Not there."):
        assert said in own


def test_both_families_side_by_side(sample, tmp_path):
    """Each with its own words, question and boundary; the difference is said."""
    frontier, boundary = sample
    planted = frontier.assign_attrs(family="planted", question="of planted braids")
    placed = [entry for entry in boundary if cells.has_place(entry)][:3]
    both = [*boundary, *(entry | {"family": "planted"} for entry in placed)]
    write_map([frontier, planted], both, tmp_path / "map.json")
    read = json.loads((tmp_path / "map.json").read_text())
    assert [instance["family"] for instance in read["instances"]] == ["brickwall", "planted"]
    assert len(read["cells"]) == 3200
    assert len(read["boundary"]) == len(both)
    text = json.dumps(advantage_map([frontier, planted], both).to_dict(), ensure_ascii=False)
    for said in (*cells.INSTANCES["planted"], "Planted, plat closure", "of planted braids"):
        assert said.split(",")[0] in text
    curves = {name: rows for name, rows in json.loads(text)["datasets"].items() if name.startswith("curves planted")}
    assert sum(map(len, curves.values())) == len(placed) == 3
    write_map([frontier, planted], both, tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text()
    assert page.count('class="map"') == 4
    assert cells.DIFFERENCE in page


def test_names_are_escaped(sample, tmp_path):
    evil = "</script><script>alert(1)</script>&'\""
    frontier = sample[0].sel(contender=["cfev@helios"]).assign_coords(contender=[evil])
    frontier.attrs |= {"title": evil, "question": evil}
    boundary = [entry | {"contender": evil} for entry in sample[1] if entry["contender"] == "cfev@helios"]
    write_map(frontier, boundary, tmp_path / "map.html", verdict=[evil], command=evil)
    write_map(frontier, boundary, tmp_path / "map.svg")
    assert "<script>alert" not in (tmp_path / "map.html").read_text()
    said = " ".join(ET.parse(tmp_path / "map.svg").getroot().itertext())
    assert evil in said


@pytest.mark.parametrize("name", ["map.gif", "map", "map.html.gz"])
def test_other_endings_are_refused(sample, tmp_path, name):
    with pytest.raises(PlaitError, match=r"\.html, \.png, \.svg, \.pdf or \.json") as caught:
        write_map(*sample, tmp_path / name)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_line(sample, tmp_path):
    (tmp_path / "taken.json").mkdir()
    for path in (tmp_path / "absent" / "map.json", tmp_path / "taken.json"):
        with pytest.raises(PlaitError, match="cannot be written"):
            write_map(*sample, path)
    assert [file.name for file in tmp_path.iterdir()] == ["taken.json"]


def test_a_dataset_that_is_no_frontier_is_refused(sample):
    stripped = sample[0].drop_vars("winner")
    stripped.attrs = {name: value for name, value in stripped.attrs.items() if name != "question"}
    with pytest.raises(PlaitError, match="lacks winner, attribute 'question'"):
        advantage_map(stripped)


def test_grid_of_one_cell_and_no_boundary_is_drawn(sample, tmp_path):
    one = sample[0].sel(closure=["plat"], contender=["cfev@helios"], strands=[64], layers=[90])
    write_map(one, [], tmp_path / "map.svg")
    said = " ".join(ET.parse(tmp_path / "map.svg").getroot().itertext())
    assert "quantum starts to win" not in said
    assert "Every cell lies beyond the measured range" in said


# What the page reports of itself: verdicts shown, overlapping texts, width beyond the window.
PROBE = """<script>
drawn.then(async () => {
  if (CHOOSE) { select.value = CHOOSE; await choose(); }
  await document.fonts.ready;
  const report = { cells: {}, overlaps: [], wide: document.documentElement.scrollWidth - window.innerWidth, texts: 0 };
  for (const cell of document.querySelectorAll('.map [aria-roledescription="rect mark"]')) {
    const says = cell.getAttribute("aria-label");
    report.cells[says] = (report.cells[says] || 0) + 1;
  }
  const boxes = [], seen = new Set();
  for (const text of document.querySelectorAll(".map text, h1, h2, h3, p, li, label, td, th")) {
    const box = text.getBoundingClientRect();
    const id = [box.x.toFixed(0), box.y.toFixed(0), text.textContent].join();
    if (!text.textContent.trim() || !box.width || seen.has(id)) continue;
    seen.add(id);
    boxes.push([box, text]);
  }
  report.texts = boxes.length;
  for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
    const [a, s] = boxes[i], [b, t] = boxes[j];
    if (s.contains(t) || t.contains(s) || s.closest(".scroll") || t.closest(".scroll")) continue;
    if (Math.min(a.right, b.right) - Math.max(a.x, b.x) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.y, b.y) > 3)
      report.overlaps.push(s.textContent + " | " + t.textContent);
  }
  document.body.dataset.report = btoa(JSON.stringify(report));
});
</script>"""


def _chromium(arguments: list[str], page: Path, home: Path) -> tuple[str, str]:
    """What the distribution's browser prints for a page: standard output, console messages."""
    command = [chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--enable-logging=stderr", f"--user-data-dir={home}", "--virtual-time-budget=10000"]
    done = subprocess.run([*command, *arguments, page.as_uri()], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


@pytest.mark.parametrize(("width", "chosen"), [(1400, "cfev@qpu-1e-4"), (600, "cfev@helios")])
def test_page_in_a_browser(page, sample, tmp_path, width, chosen):
    """Offline, the page draws every cell of the chosen contender; no text overlaps, nothing sticks out, no error."""
    probed = tmp_path / "probed.html"
    head, tail = page.read_text().rsplit("</body>", 1)
    probed.write_text(f"{head}{PROBE.replace('CHOOSE', json.dumps(chosen))}</body>{tail}")
    dom, console = _chromium([f"--window-size={width},2400", "--dump-dom"], probed, tmp_path / "home")
    assert console == ""
    found = re.search(r'data-report="([^"]*)"', dom)
    assert found is not None, "the page did not finish drawing"
    report = json.loads(base64.b64decode(found.group(1)))
    winners, counts = np.unique(sample[0]["winner"].sel(contender=chosen), return_counts=True)
    assert report["cells"] == {cells.SAYS[w]: int(n) for w, n in zip(winners, counts, strict=True)}
    assert report["texts"] > 100
    assert report["overlaps"] == []
    assert report["wide"] <= 0


def test_screenshot_is_not_blank(page, tmp_path):
    """A blank page of this size is a PNG of a few kB."""
    picture = tmp_path / "page.png"
    _chromium(["--window-size=1400,1000", f"--screenshot={picture}"], page, tmp_path / "home")
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 1400
    assert len(content) > 50_000


def test_large_grids_are_thinned_for_the_eye_alone(tmp_path):
    """At most 60 x 60 places are drawn, ends included; json keeps all; the title says so."""
    strands, layers = list(range(2, 152)), list(range(1, 91))
    dims = ("closure", "contender", "strands", "layers")
    shape = (1, 1, len(strands), len(layers))
    grid, costs = np.ones(shape[2:]), np.ones((*shape, 3))
    large = xr.Dataset(
        {
            "p_advantage": (dims, np.zeros(shape)),
            **{name: (dims, np.full(shape, text)) for name, text in (("winner", "classical"), ("reason", ""))},
            "classical_best": (dims, np.full(shape, "face-tn@core")),
            **dict.fromkeys(("crossings", "depth", "extrapolation"), (dims[2:], grid)),
            **{f"{side}_log10_cost": ((*dims, "quantile"), costs) for side in ("quantum", "classical")},
        },
        coords={"closure": ["markov"], "contender": ["a"], "strands": strands, "layers": layers}
        | {"quantile": [0.05, 0.5, 0.95]},
        attrs={"title": "large", "question": "q", "calibration": "c", "eps": 0.1, "delta": 0.05},
    )
    small = cells.thinned(large)
    assert dict(small.sizes) | {"strands": 60, "layers": 60} == dict(small.sizes)
    for dim, whole in (("strands", strands), ("layers", layers)):
        assert [int(small[dim][k]) for k in (0, -1)] == [whole[0], whole[-1]]
    assert small.attrs["title"] == "large (60 x 60 of 150 x 90 places drawn)"
    assert cells.thinned(small) is small
    edge = {"closure": "markov", "contender": "a", "eps": 0.1, "kind": "enter", "axis": "layers", "layers_p50": 5.0}
    write_map(large, [edge | {"strands": n} for n in strands], tmp_path / "map.json")
    assert len(json.loads((tmp_path / "map.json").read_text())["cells"]) == 150 * 90
    write_map(large, [edge | {"strands": n} for n in strands], tmp_path / "map.svg")


def test_what_existing_machines_can_answer_is_outlined(sample):
    """Every piece lies between a cell that the machine answers and one that it does not; it is named once."""
    frontier = sample[0]
    pieces = map_rows.machine_outlines(frontier, "plat")
    assert {piece["name"] for piece in pieces} == {"helios"}
    assert sum(piece["label"] == "helios" for piece in pieces) == 1
    reason = frontier["reason"].sel(closure="plat", contender="cfev@helios").values
    answered = np.array([["quantum:" not in text for text in row] for row in reason])
    ys = map_rows.edges(frontier["layers"].values)
    rows = sum(ys.index(p["y2"]) - ys.index(p["y"]) for p in pieces if p["x"] == p["x2"])
    assert rows == int((answered[1:] != answered[:-1]).sum())
    assert map_rows.machine_outlines(frontier.sel(contender=["cfev@qpu-1e-4"]), "plat") == []
