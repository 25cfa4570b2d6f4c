"""The formulas of a report: shortened without a change, and all there."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from made_report import Made, made_report, rows_of, said
from sympy import Symbol, sympify

from plait.estimator.formulas import NAMES, shortened
from plait.models import MODELS


@pytest.fixture(scope="module")
def made() -> Made:
    return made_report()


def test_formulas_are_shortened_without_changing_them() -> None:
    """Every name put back, each model's formulas are what they were."""
    for model in MODELS.values():
        for closure in model.closures:
            costs = {name: sympify(value) for name, value in model.costs(closure).items()}
            short_ones = shortened(costs)
            names = {Symbol(NAMES[name], positive=True): value for name, value in costs.items() if name in NAMES}
            assert not {str(name) for name in names} & set(model.constants)
            rng = np.random.default_rng(1)
            point = {symbol: float(x) for symbol, x in zip(_symbols(costs), rng.uniform(1.1, 1.9, 200), strict=False)}
            for name, value in short_ones.items():
                back = value.xreplace(names)
                first, second = (complex(expr.subs(point).evalf()) for expr in (costs[name], back))
                assert first == pytest.approx(second, rel=1e-9), (model.name, closure, name)


def _symbols(costs: dict[str, Any]) -> list[Symbol]:
    return sorted({symbol for value in costs.values() for symbol in value.free_symbols}, key=str)


def test_every_model_has_its_formulas_symbols_and_assumptions(made: Made) -> None:
    page, read, study = made.page, made.read, made.study
    found = re.findall(r"<math.*?</math>", page, re.DOTALL)
    for text in found:
        ET.fromstring(re.sub(r"&(?!amp;|lt;|gt;|quot;)[A-Za-z]+;", "x", text))
    alternatives = [value or "" for tag, name, value in read.attributes if tag == "math" and name == "alttext"]
    text, names = said(read), {row[1] for row in rows_of(read) if len(row) == 7}
    for contender in study.contenders:
        for sentence in contender.model.assumes:
            assert sentence in text
        assert contender.model.source in text
        assert set(contender.model.constants) <= names
    assert sum(each.startswith("t = ") for each in alternatives) >= 5
    assert any(each == "t = N_2q*N_shots*t_build + N_shots*(L_2q*t_layer + t_shot) + r*t_word" for each in alternatives)
