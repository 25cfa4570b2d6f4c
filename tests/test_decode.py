"""Decoding of result files: every layout end to end on circuits built independently, and every mistake named."""

import json
import random
import tempfile
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from device_files import Run, h1_registers, h2_registers, outcomes, save
from hypothesis import given
from hypothesis import strategies as st

from plait.calibrations.backend_result import read_results
from plait.calibrations.decode import decode
from plait.calibrations.mitigation import mitigate, raw, resample
from plait.calibrations.shots import Shots
from plait.models import Braid, Closure, PlaitError, cfev_circuit, jones_exact
from plait.models.conditional import conditional_circuit
from plait.models.echo import CONNECTIVITIES
from plait.models.fibonacci import is_path
from plait.models.gates import final_state
from plait.models.paths import plat_path, sample_path

WORD = (1, -2, 3, 1, -2, 2, 3, 3)
BRAID = Braid(strands=4, word=WORD)


def exact(braid: Braid = BRAID) -> complex:
    """E of the Markov closure."""
    return jones_exact(braid, Closure.MARKOV).normalised


def means(shots: Shots) -> dict[tuple[bool, bool], float]:
    """Mean of v by (imaginary, mirror)."""
    return {
        part: float(shots.select(imaginary=part[0], mirror=part[1]).mean()) for part in product((False, True), repeat=2)
    }


def expected(row: list[int], start: int, n: int) -> tuple[int, bool]:
    """v and kept of one run, written out for one shot."""
    s = [0, 1, *row[1:n]]
    x = row[start : start + n + 1]
    y = [x[0], 1, *(a ^ b for a, b in zip(x[2:], s[2:], strict=True))]
    v = (-1) ** x[1] if sum(x) == x[1] else 0
    return v, y[0] == 0 and all(a or b for a, b in pairwise(y[1:]))


def mistake(*args: Any, **options: Any) -> str:
    """The one line that refuses these files."""
    with pytest.raises(PlaitError) as caught:
        decode(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_circuits_of_the_tests_measure_z_s() -> None:
    """The independent simulator: P(0) - P(q_1 alone) averages to Re E and Im E over the paths."""
    n, rng = 4, random.Random(3)
    paths = [sample_path(n, rng) for _ in range(4000)]
    for imaginary in (False, True):
        v = [float(p[0] - p[1 << (n - 1)]) for p in (outcomes(WORD, s, imaginary) for s in paths)]
        truth = exact().imag if imaginary else exact().real
        assert abs(np.mean(v) - truth) < 4 * np.std(v) / len(v) ** 0.5


def test_h1_files_end_to_end(tmp_path: Path) -> None:
    """Real, imaginary and mirror files of the first layout: shot by shot, all kept, and E within the interval."""
    run = Run(WORD, 4, seed=1)
    parts = list(product((False, True), repeat=2))
    rows = {part: run.h1(1200 + 7 * k, imaginary=part[0], mirror=part[1]) for k, part in enumerate(parts)}
    files = {part: save(tmp_path / f"{part[0]}-{part[1]}.json", rows[part], h1_registers(4)) for part in parts}
    plain, mirrored = ([files[part] for part in parts if part[1] is mirror] for mirror in (False, True))
    decoded = decode(plain, BRAID, mirror=mirrored)
    assert [(file.layout, file.shots, file.rows, file.kept) for file in decoded.files] == [
        ("h1", len(rows[part]), len(rows[part]), len(rows[part]))
        for part in ((False, False), (True, False), (False, True), (True, True))
    ]
    assert decoded.shots.count == sum(map(len, rows.values()))
    for part in parts:
        wanted = [expected(row, 9, 4)[0] for row in rows[part]]
        assert decoded.shots.select(imaginary=part[0], mirror=part[1]).tolist() == wanted
    assert len(np.unique(decoded.shots.group)) == decoded.shots.count
    found = mitigate(decoded.shots, reference="raw")
    for name in ("raw", "detected", "conjugate", "detected+conjugate"):
        value = found[name].value
        assert value is not None
        assert abs(value - exact()) < 1.5 * found[name].candidates[0].radius
    value = jones_exact(BRAID, Closure.MARKOV)
    assert decoded.factor * value.normalised == pytest.approx(value.jones)


def test_h1_flag_of_each_shot_counts(tmp_path: Path) -> None:
    """A file may mix both parts: input bit 0 of each shot says which."""
    run = Run(WORD, 4, seed=2)
    rows = [row for _ in range(20) for flag in (True, False) for row in run.h1(1, imaginary=flag)]
    shots = decode(save(tmp_path / "mixed.json", rows, h1_registers(4)), BRAID).shots
    assert shots.imaginary.tolist() == [True, False] * 20


def test_h2_files_end_to_end(tmp_path: Path) -> None:
    """The interleaved layout: bi, br, ci, cr in this order, one draw of s each; two files add up."""
    run = Run(WORD, 4, seed=5)
    rows = run.h2(1501)
    halves = {"a.json": rows[:700], "b.json": rows[700:]}
    files = [save(tmp_path / name, half, h2_registers(4)) for name, half in halves.items()]
    decoded = decode(files, BRAID)
    shots = decoded.shots
    assert [(file.layout, file.shots, file.rows) for file in decoded.files] == [("h2", 700, 2800), ("h2", 801, 3204)]
    assert shots.kept.all()
    assert np.bincount(shots.group).tolist() == [4] * 1501
    found, z = means(shots), exact()
    wanted = {(False, False): z.real, (True, False): z.imag, (False, True): z.real, (True, True): -z.imag}
    for part, mean in found.items():
        assert abs(mean - wanted[part]) < 4 / 1501**0.5
    estimates = mitigate(shots)
    assert {"shot-level", "detected+shot-level"} < set(estimates)
    assert raw(resample(shots)).shots == {"real": 1501, "imaginary": 1501}


@pytest.mark.parametrize("layout", ["h1", "h2"])
def test_rejected_shots_are_the_right_ones(tmp_path: Path, layout: str) -> None:
    """With random errors v and kept agree with the rule written out shot by shot."""
    run = Run(WORD, 4, lost=0.5, seed=7)
    rows = run.h2(200) if layout == "h2" else run.h1(300, imaginary=True) + run.h1(300, imaginary=False)
    registers = h2_registers(4) if layout == "h2" else h1_registers(4)
    decoded = decode(save(tmp_path / "noisy.json", rows, registers), BRAID)
    starts = range(9, 29, 5) if layout == "h2" else [9]
    wanted = [expected(row, start, 4) for start in starts for row in rows]
    assert list(zip(decoded.shots.v.tolist(), decoded.shots.kept.tolist(), strict=True)) == wanted
    assert 0 < decoded.shots.kept.sum() < decoded.shots.count
    assert decoded.files[0].kept == decoded.shots.kept.sum()


@pytest.mark.parametrize("strands", [2, 3, 5, 6])
def test_other_widths(tmp_path: Path, strands: int) -> None:
    """The formats hold for any number of strands, the paper's 15 among them."""
    word = (*range(1, strands), -1, 1, 1)
    braid = Braid(strands=strands, word=word)
    run = Run(word, strands, seed=strands)
    rows = run.h1(300, imaginary=True) + run.h1(300, imaginary=False)
    shots = decode(save(tmp_path / "r.json", rows, h1_registers(strands)), braid).shots
    assert shots.kept.all()
    value = raw(resample(shots)).value
    assert value is not None
    assert abs(value - exact(braid)) < 4 * (2 / 300) ** 0.5


def test_paper_width(tmp_path: Path) -> None:
    """15 strands: 47 bits are layout h1, 95 bits layout h2."""
    braid = Braid(strands=15, word=(1, 14))
    s = [0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1]
    one = [1, *s[2:], *[0, 1] * 8]
    h1 = [[*one, *rest] for rest in ([0] * 16, [0, 1, *[0] * 14], [1, *[0] * 15])]
    decoded = decode(save(tmp_path / "h1.json", h1, h1_registers(15)), braid)
    assert (decoded.files[0].layout, decoded.shots.v.tolist()) == ("h1", [1, -1, 0])
    assert decoded.shots.kept.tolist() == [True, True, False]
    h2 = [one + [0] * 16 + [0, 1, *[0] * 14] + [0] * 32]
    decoded = decode(save(tmp_path / "h2.json", h2, h2_registers(15)), braid)
    assert (decoded.files[0].layout, decoded.shots.v.tolist()) == ("h2", [1, -1, 1, 1])
    assert decoded.shots.imaginary.tolist() == [True, False, True, False]
    assert decoded.shots.mirror.tolist() == [False, False, True, True]


def test_counts_of_a_backend_result(tmp_path: Path) -> None:
    """Counts instead of shots hold the same table, but for the order of the rows."""
    rows = Run(WORD, 4, lost=0.3, seed=11).h1(150, imaginary=False)
    rows += rows[:50]
    a = decode(save(tmp_path / "shots.json", rows, h1_registers(4)), BRAID).shots
    b = decode(save(tmp_path / "counts.json", rows, h1_registers(4), counts=True), BRAID).shots
    assert b.count == 200
    assert sorted(zip(a.v, a.kept, strict=True)) == sorted(zip(b.v, b.kept, strict=True))


def test_defect_6_odd_shots_are_all_counted(tmp_path: Path) -> None:
    """Published defect: halving an odd number of shots loses one; here each part is divided by its own number."""
    run = Run(WORD, 4, seed=13)
    rows = run.h1(101, imaginary=False) + run.h1(100, imaginary=True)
    found = raw(resample(decode(save(tmp_path / "odd.json", rows, h1_registers(4)), BRAID).shots))
    assert found.shots == {"real": 101, "imaginary": 100}
    wanted = [np.mean([expected(row, 9, 4)[0] for row in part]) for part in (rows[:101], rows[101:])]
    assert found.value == pytest.approx(complex(*wanted))


def certain(circuit: Any) -> list[str]:
    """Bit strings that the circuit can give without noise, bit 0 first."""
    probabilities = np.abs(final_state(circuit)) ** 2
    measured = {bit.index[0]: circuit.qubits.index(qubit) for qubit, bit in circuit.qubit_to_bit_map.items()}
    order = [measured[j] for j in range(len(measured))]
    return sorted({"".join(str(place[q]) for q in order) for place in np.argwhere(probabilities > 1e-12).tolist()})


@pytest.mark.parametrize("layout", ["paper", "reduced"])
@pytest.mark.parametrize("connectivity", CONNECTIVITIES)
@pytest.mark.parametrize("gate_set", ["rzz", "cx"])
def test_defect_2_no_noiseless_shot_is_rejected(tmp_path: Path, layout: str, connectivity: str, gate_set: str) -> None:
    """Published defect: the rule fits the fan-out that was compiled, on a line too; every possible outcome is kept."""
    braid = Braid(strands=5, word=(1, -2, 3, -4, 2, 2, 3, 1, -3))
    for s in ((0, 1, 0, 1, 1, 0), (0, 1, 1, 0, 1, 1), (0, 1, 1, 1, 0, 1)):
        echo = cfev_circuit(braid, "markov", s, layout=layout, gate_set=gate_set, connectivity=connectivity)
        possible = certain(echo.circuit)
        path = tmp_path / "counts.json"
        path.write_text(json.dumps(dict.fromkeys(possible, 3)), encoding="utf-8")
        decoded = decode(
            path, braid, s="".join(map(str, s)), layout="counts", gate_set=gate_set, connectivity=connectivity
        )
        assert decoded.shots.kept.all()
        assert decoded.files[0].shots == 3 * len(possible)


def test_defect_2_the_rule_of_the_star_fails_on_a_line() -> None:
    """Published defect: what would happen: x xor s rejects noiseless shots of the line fan-out."""
    s = (0, 1, 0, 1, 1, 0)
    echo = cfev_circuit(
        Braid(strands=5, word=(1, -2, 3, -4, 2, 2, 3, 1, -3)), "markov", s, layout="paper", connectivity="line"
    )
    possible = [tuple(map(int, text)) for text in certain(echo.circuit)]
    assert all(echo.read(bits)[1] for bits in possible)
    naive = [is_path((0, 1, *(a ^ b for a, b in zip(bits[2:], s[2:], strict=True)))) for bits in possible]
    assert not all(naive)


def test_inputs_layout_end_to_end(tmp_path: Path) -> None:
    """Shots of the circuit with classical inputs: registers c and s, all outcomes kept, E within the interval."""
    conditional, rng, n = conditional_circuit(BRAID), random.Random(1), 4
    draw = np.random.default_rng(2)
    rows: list[list[int]] = []
    for k in range(800):
        s = sample_path(n, rng)
        probabilities = np.abs(final_state(conditional.resolved(s, imaginary=k % 2 == 1)).reshape(-1)) ** 2
        index = int(draw.choice(len(probabilities), p=probabilities / probabilities.sum()))
        rows.append([*(index >> (n - 2 - j) & 1 for j in range(n - 1)), *conditional.inputs(s, k % 2 == 1)])
    decoded = decode(save(tmp_path / "inputs.json", rows, {"c": n - 1, "s": n}), BRAID)
    assert decoded.files[0].layout == "inputs"
    assert decoded.shots.kept.all()
    found = raw(resample(decoded.shots))
    assert found.value is not None
    assert abs(found.value - exact()) < 1.5 * found.candidates[0].radius


def test_registers_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    """A file that lists the input register first is read alike."""
    rows = [[0, 0, 0, 0, 1, 0, 1], [1, 0, 0, 1, 0, 1, 1]]
    a = decode(save(tmp_path / "a.json", rows, {"c": 3, "s": 4}), BRAID).shots
    turned = [[*row[3:], *row[:3]] for row in rows]
    b = decode(save(tmp_path / "b.json", turned, {"s": 4, "c": 3}), BRAID).shots
    for name in ("v", "kept", "imaginary"):
        assert (getattr(a, name) == getattr(b, name)).all()


def test_plat_counts_end_to_end(tmp_path: Path) -> None:
    """The plat closure needs no s: real and imaginary files of a compiled circuit give the amplitude."""
    braid = Braid(strands=4, word=(2, 2, 1, -2, 2, 2))
    rng = np.random.default_rng(4)
    paths = []
    for imaginary in (False, True):
        state = final_state(cfev_circuit(braid, "plat", imaginary=imaginary).circuit)
        drawn = rng.multinomial(2001, (np.abs(state) ** 2 / np.sum(np.abs(state) ** 2)).reshape(-1))
        counts = {f"{index:03b}": int(count) for index, count in enumerate(drawn) if count}
        paths.append(tmp_path / f"{imaginary}.json")
        paths[-1].write_text(json.dumps({"counts": counts, "imaginary": imaginary}), encoding="utf-8")
    decoded = decode(paths, braid, "plat")
    value = jones_exact(braid, "plat")
    found = raw(resample(decoded.shots))
    assert found.value is not None
    assert abs(found.value - value.normalised) < 1.5 * found.candidates[0].radius
    assert decoded.factor * value.normalised == pytest.approx(value.jones)
    assert any("share one s" in line for line in found.bias)


def test_options_say_what_counts_do_not(tmp_path: Path) -> None:
    """s, imaginary and mirror can come from options or from the file; both ways give one table."""
    bare = [tmp_path / f"{k}.json" for k in range(4)]
    told = [tmp_path / f"told{k}.json" for k in range(4)]
    for k, (a, b) in enumerate(zip(bare, told, strict=True)):
        counts = {"000": 5 + k, "100": 3, "011": 1}
        a.write_text(json.dumps(counts), encoding="utf-8")
        b.write_text(
            json.dumps({"counts": counts, "s": "01101", "imaginary": k % 2 == 1, "mirror": k > 1}), encoding="utf-8"
        )
    one = decode(bare[0], BRAID, s="01101", imaginary=[bare[1], bare[3]], mirror=bare[2:]).shots
    other = decode(told, BRAID).shots
    assert means(one) == means(other)
    assert one.count == other.count == 4 * 9 + 6
    assert len(np.unique(one.group)) == 1


def test_different_s_are_different_draws(tmp_path: Path) -> None:
    """Files of counts with two paths make two draws of s, whatever their number."""
    paths = []
    for k, s in enumerate(("01101", "01111", "01101")):
        paths.append(tmp_path / f"{k}.json")
        paths[-1].write_text(json.dumps({"counts": {"000": 2}, "s": s}), encoding="utf-8")
    group = decode(paths, BRAID).shots.group
    assert group[0] == group[4] != group[2]


def write(path: Path, found: object) -> Path:
    path.write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
    return path


GOOD = {"bits": [["c", [k]] for k in range(3)], "shots": {"width": 3, "array": [[32], [64]]}}


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ("{", "not JSON (line 1"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "expected a JSON object"),
        ("{}", "no counts: the file has no shots"),
        ('{"000": NaN}', "NaN is no JSON number"),
        ('{"000": 1' + "0" * 5000 + "}", "too large"),
        ('{"000": 1, "000": 2}', "key '000' comes twice"),
        ({"000": 0, "001": 0}, "all counts are 0"),
        ({"000": -1}, "expected an integer, 0.."),
        ({"000": 1.5}, "counts['000'] = 1.5: expected an integer"),
        ({"000": True}, "expected an integer"),
        ({"000": 1, "0011": 1}, "has 4 bits, the first has 3"),
        ({"000": 1, "results": 1}, "key 'results' is unknown"),
        ({"counts": {"000": 1}, "shot": 3}, "unknown key 'shot'"),
        ({"counts": {"000": 1}, "s": "01x"}, "s = '01x': expected bits"),
        ({"counts": {"000": 1}, "imaginary": 1}, "imaginary = 1: expected true or false"),
        ({"counts": []}, "counts is empty"),
        ({"counts": 5}, "key 'counts' is unknown"),
        ({**GOOD, "counts": []}, "either shots or counts"),
        ({"bits": []}, "either shots or counts"),
        ({**GOOD, "backend": "H2"}, "unknown key 'backend'"),
        ({"state": {}}, "a state or a unitary, no shots"),
        ({**GOOD, "shots": [[0, 1]]}, "shots: expected an object with width and array"),
        ({**GOOD, "shots": {"width": 3, "array": []}}, "shots is empty"),
        ({**GOOD, "shots": {"width": 0, "array": []}}, "shots.width = 0: expected an integer, 1.."),
        ({**GOOD, "shots": {"width": 3, "array": [[1, 2]]}}, "shots.array[0]: expected 1 bytes for 3 bits"),
        ({**GOOD, "shots": {"width": 3, "array": [[256]]}}, "expected bytes, 0..255, got 256"),
        ({**GOOD, "shots": {"width": 3, "array": [[-1]]}}, "expected bytes, 0..255, got -1"),
        ({**GOOD, "shots": {"width": 3, "array": [["a"]]}}, "expected bytes, 0..255, got 'a'"),
        ({**GOOD, "shots": {"width": 3, "array": 7}}, "shots.array: expected a list"),
        ({**GOOD, "shots": {"width": 4, "array": [[0]]}}, "bits names 3 bits, but a shot has 4"),
        ({**GOOD, "bits": [["c", [0]]] * 3}, "comes twice"),
        ({**GOOD, "bits": [["c", 0]]}, "bits[0] = ['c', 0]: expected [register, [index]]"),
        ({**GOOD, "bits": [["\ud800", [k]] for k in range(3)]}, "pytket refuses it"),
        ({"bits": [], "counts": [{"outcome": {"width": 3, "array": [[0]]}, "count": 0}]}, "all counts are 0"),
        ({"bits": [], "counts": [{"outcome": {"width": 3, "array": [[0], [1]]}, "count": 1}]}, "expected one outcome"),
        ({"bits": [], "counts": [{"width": 3}]}, "counts[0]: expected an object with outcome and count"),
    ],
)
def test_bad_files(tmp_path: Path, found: object, says: str) -> None:
    """Each wrong file is refused in one line that names it and the place."""
    path = write(tmp_path / "bad.json", found)
    message = mistake(path, BRAID, s="01101")
    assert message.startswith(f"{path}: ")
    assert says in message


def test_missing_and_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there, is binary, or is larger than the limit."""
    assert "cannot be read" in mistake(tmp_path / "none.json", BRAID)
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    assert "not a result file" in mistake(tmp_path / "binary.json", BRAID)
    monkeypatch.setattr("plait.calibrations.backend_result.MAX_BYTES", 1 << 20)
    write(tmp_path / "large.json", " " * (2 << 20))
    assert "larger than 1 MiB" in mistake(tmp_path / "large.json", BRAID)
    monkeypatch.setattr("plait.calibrations.backend_result.MAX_SHOTS", 10)
    assert "expected an integer, 0..10" in mistake(write(tmp_path / "many.json", {"000": 11}), BRAID, s="01101")
    assert "12 shots; the limit is 10" in mistake(write(tmp_path / "many.json", {"000": 6, "100": 6}), BRAID)
    assert read_results(write(tmp_path / "few.json", {"000": 6, "100": 4})).shots == 10


def test_widths_that_fit_no_layout(tmp_path: Path) -> None:
    """The message lists what was expected; files of different widths name the second."""
    narrow, wide = write(tmp_path / "a.json", {"000": 1}), write(tmp_path / "b.json", {"00000": 1})
    message = mistake(narrow, Braid(strands=15, word=(14,)))
    assert message == (
        f"{narrow}: shots of 3 bits; for 15 strands expected 47 (h1), 95 (h2), 29 (inputs), 14 or 16 (counts)"
    )
    assert mistake([narrow, wide], BRAID, s="01101") == (
        f"{wide}: shots of 5 bits, but {narrow} has 3; decode them apart"
    )
    assert "for 4 strands expected 14 (h1)" in mistake(narrow, BRAID, layout="h1")


def test_s_that_is_no_path(tmp_path: Path) -> None:
    """Inputs with two adjacent zeros name the shot; so do inputs that are not the one path of the plat closure."""
    good, bad = [0, 1, 0, 1, *[0] * 5, *[0] * 5], [0, 0, 0, 1, *[0] * 5, *[0] * 5]
    path = save(tmp_path / "h1.json", [good, bad], h1_registers(4))
    assert "the inputs of shot 1 give s = 01001, which is no path of the markov closure" in mistake(path, BRAID)
    path = save(tmp_path / "plat.json", [good], h1_registers(4))
    assert "no path of the plat closure" in mistake(path, BRAID, "plat")
    counts = write(tmp_path / "c.json", {"000": 1})
    assert "is no path" in mistake(counts, BRAID, s="01001")
    assert "is no path" in mistake(counts, BRAID, s="0110")
    assert "expected bits" in mistake(counts, BRAID, s="abc")
    assert "the plat closure has only s" in mistake(counts, BRAID, "plat", s="01111")
    assert "say which path s its circuit ran on" in mistake(counts, BRAID)


def test_options_that_do_not_fit(tmp_path: Path) -> None:
    """What the file says itself must not be said again."""
    n = 4
    h1 = save(tmp_path / "h1.json", Run(WORD, n, seed=1).h1(3, imaginary=False), h1_registers(n))
    h2 = save(tmp_path / "h2.json", Run(WORD, n, seed=1).h2(3), h2_registers(n))
    told = write(tmp_path / "told.json", {"counts": {"000": 1}, "s": "01101", "imaginary": False, "mirror": False})
    assert "do not name it as mirror" in mistake(h2, BRAID, mirror=h2)
    assert "which shots are imaginary" in mistake(h1, BRAID, imaginary=h1)
    assert "leave s out" in mistake(h1, BRAID, s="01101")
    assert "says itself that it is not mirror, but is named so" in mistake(told, BRAID, mirror=told)
    assert "says s = 01101, not 01111 as given" in mistake(told, BRAID, s="01111")
    assert "layout = 'h3' is not known; known: auto, h1" in mistake(h1, BRAID, layout="h3")
    assert "no result files" in mistake([], BRAID)
    assert "even number of strands" in mistake(h1, Braid(strands=3, word=(1,)), "plat")


def test_the_same_file_counts_once(tmp_path: Path) -> None:
    """A file named twice, or as a result and as mirror, is read once."""
    path = save(tmp_path / "h1.json", Run(WORD, 4, seed=1).h1(9, imaginary=False), h1_registers(4))
    shots = decode([path, str(path)], BRAID, mirror=path).shots
    assert shots.count == 9
    assert shots.mirror.all()


def test_plat_path_in_h1(tmp_path: Path) -> None:
    """The device layouts serve a plat run too, as long as every input is its path."""
    s = plat_path(4)
    rows = [[0, *s[2:], *[1] * 5, *[0] * 5], [1, *s[2:], *[1] * 5, 0, 1, 0, 0, 0]]
    shots = decode(save(tmp_path / "plat.json", rows, h1_registers(4)), BRAID, "plat").shots
    assert shots.v.tolist() == [1, -1]
    assert shots.imaginary.tolist() == [False, True]


NAMES = ["bits", "shots", "counts", "width", "array", "outcome", "count", "s", "imaginary", "mirror", "000", "11", "c"]
NAMES.append("")
SCALARS = st.none() | st.booleans() | st.integers(-2, 300) | st.floats(-1, 9) | st.sampled_from(NAMES)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
)


@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4))
def test_any_json_is_read_or_refused(found: dict[str, Any]) -> None:
    """Whatever the JSON, the file is read or refused with a line of its own; nothing else is raised."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder, "any.json"), found)
        refused = ""
        try:
            file = read_results(path)
        except PlaitError as error:
            refused = str(error)
        else:
            assert file.bits.shape == (len(file.times), file.width)
            assert file.shots > 0
        assert not refused or (refused.startswith(f"{path}: ") and "\n" not in refused)
