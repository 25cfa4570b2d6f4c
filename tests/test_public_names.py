"""The names DESIGN fixes are there, are what they say, and import nothing heavy before they are used."""

import subprocess
import sys

from plait.models import MODELS, Closure, Question

HEAVY = ("sympy", "pytket", "quimb", "cotengra", "altair", "numba", "scipy", "xarray")


def test_names_are_functions_and_classes_not_modules() -> None:
    """`from plait.calibrations import measure` is the function, also after the module of that name was imported."""
    import plait.calibrations.fit
    import plait.calibrations.measure
    import plait.estimator.frontier
    import plait.estimator.sweep  # imported to show that it does not hide the function

    for package in (plait.models, plait.calibrations, plait.estimator):
        for name in package.__all__:
            found = getattr(package, name)
            assert callable(found) or name == "MODELS", f"{package.__name__}.{name} is {found!r}"


def test_imports_are_light() -> None:
    """The three libraries import none of the heavy packages."""
    code = (
        "import sys, plait.models, plait.calibrations, plait.estimator; "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_models_are_one_literal_mapping() -> None:
    """Every model under its own name; both sides; both closures."""
    assert all(name == model.name for name, model in MODELS.items())
    for closure in Closure:
        sides = {str(model.side) for model in MODELS.values() if closure in model.closures}
        assert sides == {"quantum", "classical"}


def test_question_defaults() -> None:
    """DESIGN section 3: eps 0.1, delta 0.05, |E| 0.5."""
    question = Question()
    assert (question.eps, question.delta, question.signal) == (0.1, 0.05, (0.5, 0.5))
