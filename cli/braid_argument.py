"""BRAID on the command line: a word, or a JSON file such as `plait braid random --json` prints."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from plait.models.braid import Braid

BraidTokens = Annotated[
    list[str],
    typer.Argument(
        metavar="BRAID",
        help='A word such as "1 -2 1 -2" (-2 is the inverse of generator 2), or a JSON file with strands and word.',
        show_default=False,
    ),
]
MAX_FILE_BYTES = 20_000_000
LATER = ("knot:", "link:", "pd:", "dt:")


def read_braid(tokens: Sequence[str], strands: int | None) -> "Braid":
    """The braid users mean.

    Args:
        tokens: the word as one argument or as one letter each, or the path of a JSON file.
        strands: number of strands; None takes the file's, or just enough for the word.

    Raises:
        PlaitError: neither a word nor a readable braid file.

    >>> read_braid(["1 -2", ], None).word, read_braid(["-1", "2"], 4).strands
    ((1, -2), 4)
    """
    from plait.models.braid import Braid
    from plait.models.errors import PlaitError

    if len(tokens) > 1:
        for token in tokens:
            if not re.fullmatch(r"\s*[+-]?[0-9]+,?", token):
                raise PlaitError(f"BRAID: {shortened(token)} is not one letter; put the whole word in quotes")
    text = " ".join(tokens).strip()
    if text.lower().startswith(LATER):
        raise PlaitError(f"BRAID = {shortened(text)}: names and codes of knots are not in this version; give a word")
    if not text or (text[0] in "+-0123456789([" and not text.lower().endswith(".json")):
        return Braid.parse(text, strands)
    if text.lower().endswith(".json") or _exists(text):
        return read_braid_file(Path(text), strands)
    raise PlaitError(f"BRAID = {shortened(text)} is neither a word such as '1 -2 1 -2' nor a file that exists")


def read_braid_file(path: Path, strands: int | None = None) -> "Braid":
    """Read {"strands": n, "word": [letters]}; other keys are ignored.

    Args:
        path: of a JSON file of at most MAX_FILE_BYTES.
        strands: overrides the file's.

    Raises:
        PlaitError: naming the file and what is wrong with it.
    """
    import json

    from plait.cli.files import read_text
    from plait.models.braid import Braid
    from plait.models.errors import PlaitError

    text = read_text(path, MAX_FILE_BYTES)
    try:
        found = json.loads(text, parse_int=_small_int, parse_constant=_no_constant)
        if not isinstance(found, dict):
            raise PlaitError(f"expected an object with strands and word, got {_kind(found)}")
        missing = [key for key in ("strands", "word") if key not in found]
        if missing:
            raise PlaitError(f"{' and '.join(missing)} missing; expected an object with strands and word")
        if not isinstance(found["word"], list):
            raise PlaitError(f"word must be a list of ints, got {_kind(found['word'])}")
        return Braid(strands=found["strands"] if strands is None else strands, word=tuple(found["word"]))
    except json.JSONDecodeError as error:
        raise PlaitError(f"{path}: not JSON (line {error.lineno}, column {error.colno}: {error.msg})") from None
    except RecursionError:
        raise PlaitError(f"{path}: nested too deeply; expected an object with strands and word") from None
    except PlaitError as error:
        raise PlaitError(f"{path}: {shortened(str(error), quote=False)}") from None


def _small_int(digits: str) -> int:
    from plait.models.errors import PlaitError

    if len(digits) > 19:
        raise PlaitError(f"an integer of {len(digits)} digits is too large")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    from plait.models.errors import PlaitError

    raise PlaitError(f"{name} is no JSON number")


def _kind(value: Any) -> str:
    """What a JSON value is, for an error message."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def shortened(text: str, *, quote: bool = True) -> str:
    """Text for an error message, cut where it is long."""
    cut = text if len(text) <= 160 else text[:150] + "..."
    return repr(cut) if quote else cut


def _exists(text: str) -> bool:
    """Whether a file of that name exists; a name no system can have does not."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False
