"""Device files and the formulas in them: the format is read, and nothing is ever run."""

import ast
import cmath
import copy
import json
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait.calibrations.device_file import load_device_file
from plait.calibrations.expression import MAX_LENGTH, parse_expression, parse_matrix
from plait.calibrations.noisy import simulate_shots
from plait.models import Braid, PlaitError

PULSE = "[[cos(a/2), -1j*sin(a/2)*exp(-1j*b)], [-1j*sin(a/2)*exp(1j*b), cos(a/2)]]"
PHASE = "[[1, 0], [0, exp(1j*a)]]"
TURN = "[[exp(-1j*a/2),0,0,0],[0,exp(1j*a/2),0,0],[0,0,exp(1j*a/2),0],[0,0,0,exp(-1j*a/2)]]"


def sample() -> dict[str, Any]:
    """A small device in the format, with made-up figures."""
    return {
        "qubits": 6,
        "spam": {"prepare": 1e-3, "measure": {"zero": 2e-3, "one": 4e-3}},
        "gates": {
            "pulse": {
                "qubits": 1,
                "params": 2,
                "error": {"rate": 1e-4, "channel": "depolarizing"},
                "unitary": {"code": PULSE},
            },
            "phase": {"qubits": 1, "params": 1, "unitary": {"code": PHASE}},
            "turn": {
                "qubits": 2,
                "params": 1,
                "error": {"rate": {"code": "1e-3 + 2e-3 * (abs(a) % pi) / pi"}, "channel": "depolarizing"},
                "unitary": {"code": TURN},
            },
        },
        "connectivity": "all",
        "h_recipe": [["pulse", [0], [1.5708, {"code": "-pi/2"}]], ["phase", [0], [{"code": "pi"}]]],
    }


def written(folder: Path, content: object) -> Path:
    """The path of a file with this content, text as it is."""
    path = folder / "small.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_device_is_read(tmp_path: Path) -> None:
    """Every figure where it belongs, the angle law included."""
    device = load_device_file(written(tmp_path, sample()))
    assert (device.name, device.qubits, device.gate_set, device.connectivity) == ("small", 6, "rzz", "all")
    noise = device.noise
    assert (noise.e_1q, noise.e_prep, noise.e_meas, noise.e_idle) == (1e-4, 1e-3, (2e-3, 4e-3), 0)
    assert math.isclose(noise.e_2q, 2e-3)
    for turn in (0.0, 0.25, -0.25, 0.4, 1.9):
        folded = abs(math.remainder(turn, 2)) % 1
        assert math.isclose(noise.two_qubit_error(turn * math.pi), 1e-3 + 2e-3 * folded)
    assert [len(noise.channel(which)) for which in ("two_qubit", "one_qubit")] == [15, 3]
    assert simulate_shots(Braid(strands=4, word=(1, 2, 3)), "plat", noise, 20).count == 20


def test_a_flat_device_is_read(tmp_path: Path) -> None:
    """A number for a rate means no dependence on the angle; gates without an error are free of it."""
    content = sample()
    content["gates"]["turn"]["error"]["rate"] = 5e-4
    del content["gates"]["pulse"]["error"]
    content["connectivity"] = [[0, 1], [1, 2]]
    device = load_device_file(written(tmp_path, content))
    assert device.connectivity == ((0, 1), (1, 2))
    assert (device.noise.angle, device.noise.e_2q, device.noise.e_1q) == (None, 5e-4, 0)


@pytest.mark.parametrize(
    ("unitary", "gate_set"),
    [
        ("[[1,0,0,0],[0,1,0,0],[0,0,0,1],[0,0,1,0]]", "cx"),
        ("[[1j,0,0,0],[0,1j,0,0],[0,0,1j,0],[0,0,0,-1j]]", "cz"),
        ("[[exp(-1j*pi/4),0,0,0],[0,exp(1j*pi/4),0,0],[0,0,exp(1j*pi/4),0],[0,0,0,exp(-1j*pi/4)]]", "zzmax"),
    ],
)
def test_gates_are_known_by_their_unitary(tmp_path: Path, unitary: str, gate_set: str) -> None:
    """Whatever they are called, and up to a global phase."""
    content = sample()
    content["gates"]["turn"] |= {
        "params": 0,
        "unitary": {"code": unitary},
        "error": {"rate": 1e-3, "channel": "depolarizing"},
    }
    assert load_device_file(written(tmp_path, content)).gate_set == gate_set


def at(*keys: Any, value: Any = None) -> Callable[[dict[str, Any]], None]:
    """A change of one entry, or its removal."""

    def change(content: dict[str, Any]) -> None:
        for key in keys[:-1]:
            content = content[key]
        if value is None:
            del content[keys[-1]]
        else:
            content[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (at("qubits"), "small.json: qubits is missing"),
        (at("qubits", value=0), "qubits = 0"),
        (at("qubits", value=10**400), "qubits = an int"),
        (at("spam"), "spam is missing"),
        (at("spam", "prepare", value=2), r"spam\.prepare = 2"),
        (at("spam", "measure", value=0.1), r"spam\.measure: expected a JSON object"),
        (at("spam", "measure", "one"), r"spam\.measure\.one is missing"),
        (at("gates", value={}), "gates: expected PhasedX"),
        (at("gates", value=[1]), "gates: expected a JSON object"),
        (at("gates", "pulse"), "gates: expected PhasedX"),
        (at("gates", "turn"), "gates: expected PhasedX"),
        (at("gates", "turn", "qubits", value=1), r"gates\.turn\.unitary is none of"),
        (at("gates", "turn", "unitary", "code", value="[[1,0],[0,a]]"), r"gates\.turn\.unitary is none of"),
        (
            at("gates", "turn", "unitary", "code", value="[[1,0],[0]]"),
            r"gates\.turn\.unitary\.code: .* no square matrix",
        ),
        (at("gates", "turn", "unitary", "code", value=TURN.replace("a/2", "a")), r"gates\.turn\.unitary is none of"),
        (at("gates", "turn", "unitary", "code", value=TURN.replace("-1j", "-2")), r"gates\.turn\.unitary is none of"),
        (at("gates", "turn", "error", "channel", value="amplitude"), r"gates\.turn\.error\.channel = 'amplitude'"),
        (at("gates", "turn", "error", "rate"), r"gates\.turn\.error\.rate is missing"),
        (at("gates", "turn", "error", "rate", value=-1), r"gates\.turn\.error\.rate = -1"),
        (at("gates", "turn", "error", "rate", value="0.1"), r"gates\.turn\.error\.rate = '0.1'"),
        (
            at("gates", "turn", "error", "rate", value={"code": "1/(a-a)"}),
            r"gates\.turn\.error\.rate\.code: .* no value",
        ),
        (at("gates", "turn", "error", "rate", value={"code": "0*a"}), "at a right angle"),
        (at("gates", "turn", "error", "rate", value={"code": "a"}), "must be a probability"),
        (at("gates", "turn", "error", "rate", value={"code": "b"}), r"gates\.turn\.error\.rate\.code: .* name 'b'"),
        (at("gates", "turn", "error", "rate", value={"code": 5}), "expected text"),
        (at("gates", "pulse", "error", "rate", value={"code": "a"}), r"gates\.pulse\.error\.rate\.code: .* name 'a'"),
        (at("gates", "phase", "error", value={"rate": 0.1, "channel": "depolarizing"}), r"gates\.phase\.error: Rz is"),
        (at("gates", "again", value=sample()["gates"]["phase"]), r"gates\.again is a second gate Rz"),
        (at("connectivity", value="some"), "connectivity = 'some'"),
        (at("connectivity", value=[[0, 9]]), r"connectivity\[0\] = 9"),
        (at("h_recipe", 0, 2, 1, "code", value="__import__('os')"), r"h_recipe\[0\]\[2\]\[1\]\.code"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str) -> None:
    """One line that says where and what."""
    content = copy.deepcopy(sample())
    change(content)
    with pytest.raises(PlaitError, match=message) as caught:
        load_device_file(written(tmp_path, content))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "{",
        "{}",
        '{"qubits": NaN}',
        '{"qubits": 1, "qubits": 2}',
        '{"qubits": 1' + "0" * 5000 + "}",
        "[" * 100_000,
        '{"x":' * 200 + "1" + "}" * 200,
    ],
)
def test_files_that_are_no_device(tmp_path: Path, text: str) -> None:
    """Malformed, hostile or just something else: always one line with the file's name."""
    with pytest.raises(PlaitError, match=r"small\.json"):
        load_device_file(written(tmp_path, text))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a folder, not text, too large."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(PlaitError, match="cannot be read"):
            load_device_file(path)
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlaitError, match="UTF-8"):
        load_device_file(binary)
    with pytest.raises(PlaitError, match="larger than"):
        load_device_file(written(tmp_path, " " * 2**20 + "{}"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-2**2", -4),
        ("2 + 3 * 4 - 6 / 4", 12.5),
        ("(2 + 3) * 4", 20),
        ("7.5 % 2", 1.5),
        ("+a", -0.7),
        ("abs(a) % pi", 0.7),
        ("min(a, 1, 2) + max(1, a)", 0.3),
        ("sqrt(4) + exp(0) + log(1) + tan(0)", 3),
        ("sin(a)**2 + cos(a)**2", 1),
        ("1e-4", 1e-4),
        (" 1 ", 1),
    ],
)
def test_arithmetic(text: str, value: float) -> None:
    """Values by hand at a = -0.7."""
    assert math.isclose(parse_expression(text, ("a",)).real(a=-0.7), value)


def test_complex_arithmetic() -> None:
    """As unitaries need it; a complex value is no real one."""
    formula = parse_expression("exp(1j*a)", ("a",))
    assert cmath.isclose(formula.number(a=0.3), cmath.exp(0.3j))
    with pytest.raises(PlaitError, match=r"is not real at a = 0\.3"):
        formula.real(a=0.3)
    assert parse_expression("exp(1j*pi/2)**2 / 1j**2").real() == pytest.approx(1)


@given(
    st.recursive(st.sampled_from(["a", "2", "0.5", "pi"]), lambda x: st.builds("({}+{})*sin({})-{}".format, x, x, x, x))
)
def test_agrees_with_numpy(text: str) -> None:
    """Random formulas of sums, products and sines, against arrays that follow the same syntax tree."""

    def by_hand(node: ast.expr) -> Any:
        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return np.add(by_hand(left), by_hand(right))
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                return np.subtract(by_hand(left), by_hand(right))
            case ast.BinOp(left=left, right=right):
                return np.multiply(by_hand(left), by_hand(right))
            case ast.Call(args=[argument]):
                return np.sin(by_hand(argument))
            case ast.Name(id=name):
                return {"a": 0.3, "pi": np.pi}[name]
        return ast.literal_eval(node)

    if len(text) <= MAX_LENGTH:
        value = float(by_hand(ast.parse(text, mode="eval").body))
        assert math.isclose(parse_expression(text, ("a",)).real(a=0.3), value, rel_tol=1e-9, abs_tol=1e-9)


HOSTILE = {
    "dunder": "a.__class__.__mro__",
    "attribute": "pi.real",
    "import": "__import__('os').system('true')",
    "call by call": "abs(abs)(1)",
    "call of a lambda": "(lambda: 1)()",
    "lambda": "lambda: 1",
    "comprehension": "[x for x in (1, 2)]",
    "generator": "max(x for x in a)",
    "unknown function": "eval(1)",
    "unknown name": "open",
    "function as a value": "sqrt",
    "keyword": "max(1, 2, key=abs)",
    "starred": "max(*a)",
    "double starred": "max(1, **a)",
    "string": "'a' * 9",
    "escaped string": "'\\x41'",
    "bytes": "b'1'",
    "format": "f'{a}'",
    "none": "None",
    "truth": "True",
    "ellipsis": "...",
    "comparison": "1 < 2",
    "conditional": "1 if a else 2",
    "and": "1 and 2",
    "bits": "1 << 99",
    "invert": "~1",
    "floor": "7 // 2",
    "matmul": "a @ a",
    "subscript": "a[0]",
    "tuple": "(1, 2)",
    "list": "[1]",
    "set": "{1}",
    "walrus": "(x := 1)",
    "await": "await a",
    "two statements": "1; 2",
    "assignment": "x = 1",
    "two lines": "1\n+1",
    "null": "1\0",
    "wide letters": "ａ",
    "no arguments": "sqrt()",
    "two arguments": "sqrt(1, 2)",
    "one argument": "max(1)",
    "many arguments": f"max({','.join('1' * 50)})",
    "empty": "",
    "blank": "   ",
    "open": "(1",
    "huge number": "1e999",
    "huge integer": "9" * 400,
    "long integer": "9" * (MAX_LENGTH - 1),
    "too long": "1+" * MAX_LENGTH + "1",
    "deep": "(" * 150 + "1" + ")" * 150 + "+" + "-" * 200 + "1",
    "deeper": "(" * 450 + "1" + ")" * 450,
    "deep signs": "-" * (MAX_LENGTH - 2) + "1",
    "deep calls": "abs(" * 150 + "1" + ")" * 150,
    "deep lists": "[" * 150 + "1" + "]" * 150,
    "deep sum": "1" + "+1" * 300,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_anything_else_is_refused(text: str) -> None:
    """Before any of it is evaluated, in one line that says where."""
    with pytest.raises(PlaitError, match=r"^gates\.x: ") as caught:
        parse_expression(text, ("a",), "gates.x")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "2**65",
        "2**-65",
        "(1+1j)**100",
        "1/0",
        "1/(a-a)",
        "1 % 0",
        "0**-1",
        "log(0)",
        "exp(1000)",
        "1e99*1e99*1e99*1e99",
        "1e99*1e99*1e99*1e99 - 1e99*1e99*1e99*1e99",
        "1e90**60",
        "1j % 2",
        "min(1j, 2)",
        "sqrt(-1)",
        "(-1)**0.5",
    ],
)
def test_values_that_do_not_exist(text: str) -> None:
    """Neither an overflow nor a long computation, but one line."""
    with pytest.raises(PlaitError, match=r"^gates\.x: .*(no value|not finite|not real)"):
        parse_expression(text, ("a",), "gates.x").real(a=1.0)


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_a_mistake(text: str) -> None:
    """No other exception, whatever it says."""
    try:
        parse_expression(text, ("a",)).number(a=1.0)
    except PlaitError:
        return
    assert set(text) & set("0123456789api")


@given(st.text(alphabet="0123456789.()+-*/%, eajpisqrt[]", max_size=40))
def test_any_arithmetic_is_a_formula_or_a_mistake(text: str) -> None:
    """The same, of letters that formulas are made of; a value that is found is finite."""
    for parse in (parse_expression, parse_matrix):
        try:
            parsed = parse(text, ("a",))
        except PlaitError:
            continue
        for row in parsed if isinstance(parsed, tuple) else ((parsed,),):
            for entry in row:
                with suppress(PlaitError):
                    assert cmath.isfinite(entry.number(a=1.0))


@pytest.mark.parametrize(
    "text", ["1", "[]", "[1]", "[[1, 2]]", "[[1], [2]]", "[[1,0],[0,os]]", "[[[1]]]", f"[{'[1],' * 9}]"]
)
def test_what_is_no_matrix(text: str) -> None:
    """Not square, too large, or not of formulas."""
    with pytest.raises(PlaitError, match=r"^u"):
        parse_matrix(text, (), "u")
