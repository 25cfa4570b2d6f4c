"""Say everything that is wrong with a file at once, each problem with its key path."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

ALTERNATIVES = ("one", "many", "range")
"""Tags of a field's alternatives: no keys of the file."""


def lines_of(error: ValidationError) -> str:
    """All problems of a pydantic validation on one line: key path, what came, what was expected."""
    return "; ".join(problems_of(error))


def problems_of(error: ValidationError) -> list[str]:
    """The same, one problem an entry."""
    return list(dict.fromkeys(_line(problem) for problem in error.errors(include_url=False)))


def _line(problem: ErrorDetails) -> str:
    path = ""
    for part in problem["loc"]:
        if part in ALTERNATIVES:
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    message = str(problem["msg"]).removeprefix("Value error, ")
    given = repr(problem.get("input"))
    shown = "" if isinstance(problem.get("input"), dict | list) or len(given) > 60 else f" = {given}"
    return f"{path or 'the file'}{shown}: {message[:1].lower()}{message[1:]}"
