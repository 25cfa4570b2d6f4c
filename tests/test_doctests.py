"""Every docstring example runs, imported as plait.* (by path there would be a second copy of every class)."""

import doctest
import importlib
import pkgutil

import pytest

PACKAGES = ("plait.models", "plait.calibrations", "plait.estimator", "plait.cli")
MODULES = [
    info.name
    for package in PACKAGES
    for info in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
]


@pytest.mark.parametrize("name", [*PACKAGES, *MODULES])
def test_examples(name: str) -> None:
    """The examples of one module give what they say."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    """The search above finds them."""
    finder = doctest.DocTestFinder()
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) > 30
