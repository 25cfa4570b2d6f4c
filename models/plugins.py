"""What installed packages add to plait: objects named by their entry points, loaded when somebody asks for them."""

import contextlib
import sys
from collections.abc import Collection, Hashable, Mapping
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any, TypeVar, cast

T = TypeVar("T")

NAMED_BY = {"CostModel": "name", "Machine": "slug"}
"""Type -> the attribute that users call it by."""


def provided(group: str, kind: type[T], taken: Collection[str] = ()) -> Mapping[str, T]:
    """Objects of the packages that have entry points of this group, by their own name.

    One that cannot be loaded, is something else or has a name that is taken is left out, with one line on stderr that
    names its package.

    Args:
        group: "plait.models" or "plait.machines".
        kind: what every object has to be: CostModel or Machine.
        taken: names that plait has itself.
    """
    return _loaded(group, cast(Hashable, kind), tuple(taken))


@cache
def _loaded(group: str, kind: type[Any], taken: tuple[str, ...]) -> Mapping[str, Any]:
    from importlib.metadata import entry_points

    found: dict[str, Any] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
        problem = ""
        try:
            with contextlib.redirect_stdout(sys.stderr):  # standard output is for plait's own answers
                made = entry.load()
        except (Exception, SystemExit) as error:  # a foreign module may do anything while it is imported
            problem = f"cannot be loaded ({type(error).__name__}: {error})"
        else:
            name = getattr(made, NAMED_BY[kind.__name__], None)
            if not isinstance(made, kind):
                problem = f"is no {kind.__name__} but a {type(made).__name__}"
            elif name in taken or name in found:
                problem = f"is called {name!r}, which is taken"
            else:
                found[str(name)] = made
        if problem:
            _tell(entry, group, problem)
    return found


def _tell(entry: EntryPoint, group: str, problem: str) -> None:
    package = entry.dist.name if entry.dist else entry.value
    line = f"plait: package {package}: {group} entry {entry.name!r} {problem}; left out"
    sys.stderr.write("".join(c if c.isprintable() else "?" for c in " ".join(line.split())) + "\n")
