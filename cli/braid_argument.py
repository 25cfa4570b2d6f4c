"""BRAID on the command line: a word, the name or code of a knot or link, or a JSON file."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from plait.cli.errors import one_line

if TYPE_CHECKING:
    from plait.models.braid import Braid
    from plait.models.planar_diagram import PlanarDiagram

BraidTokens = Annotated[
    list[str],
    typer.Argument(
        metavar="BRAID",
        help='A word such as "1 -2 1 -2" (-2 is the inverse of generator 2); a name, knot:4_1 (KnotInfo) or link:L6a4 '
        '(LinkInfo; both need plait[knots]); a code, "pd:[[..]]" or "dt:[..]"; or a JSON file with strands and word.',
        show_default=False,
    ),
]
MAX_FILE_BYTES = 20_000_000


Mirror = Annotated[
    bool, typer.Option("--mirror", help="Take the mirror image: every letter negated, every crossing exchanged.")
]


def read_braid(tokens: Sequence[str], strands: int | None, *, closure: str = "markov", mirror: bool = False) -> "Braid":
    """The braid users mean: see `read_given`.

    >>> read_braid(["1 -2", ], None).word, read_braid(["-1", "2"], 4, mirror=True).word
    ((1, -2), (1, -2))
    """
    return read_given(tokens, strands, closure=closure, mirror=mirror)[0]


def read_given(
    tokens: Sequence[str], strands: int | None, *, closure: str = "markov", mirror: bool = False
) -> "tuple[Braid, str | None]":
    """The braid users mean, and of a name or code what was taken, which is told on stderr too.

    Args:
        tokens: the word as one argument or as one letter each, a name or code, or the path of a JSON file.
        strands: number of strands; None takes the file's, or just enough for the word. A name or code fixes them.
        closure: that will be applied; a name or code gives a braid whose closure of this kind is the link.
        mirror: take the mirror image.

    Raises:
        PlaitError: no word, known name, code, or readable braid file.

    """
    from plait.models.braid import Braid
    from plait.models.closure import Closure
    from plait.models.errors import PlaitError
    from plait.models.plat_form import plat_form

    text = " ".join(tokens).strip()
    if named := re.match(r"(knot|link|pd|dt)\s*:", text, re.IGNORECASE):
        closed = Closure.parse(closure)
        if strands is not None:
            raise PlaitError(
                f"--strands = {strands}: {named[0]} fixes the strands, and more would add circles; leave it out"
            )
        braid, said = _NAMED[named[1].lower()](text[named.end() :].strip(), mirror)
        braid = braid.mirror() if mirror else braid
        if closed is Closure.PLAT:
            braid, said = plat_form(braid), said + "; drawn as a plat, each strand led back behind the braid"
        typer.echo(f"plait: {one_line(said)}", err=True)
        return braid, said
    if len(tokens) > 1:
        for token in tokens:
            if not re.fullmatch(r"\s*[+-]?[0-9]+,?", token):
                raise PlaitError(f"BRAID: {shortened(token)} is not one letter; put the whole word in quotes")
    if not text or (text[0] in "+-0123456789([" and not text.lower().endswith(".json")):
        given = Braid.parse(text, strands)
    elif text.lower().endswith(".json") or _exists(text):
        given = read_braid_file(Path(text), strands)
    else:
        raise PlaitError(
            f"BRAID = {shortened(text)} is neither a word such as '1 -2 1 -2' nor a file that exists, nor a name or "
            "code: knot:4_1, link:L6a4, pd:.., dt:.."
        )
    return (given.mirror() if mirror else given), None


def _from_table(kind: str) -> "Callable[[str, bool], tuple[Braid, str]]":
    def find(name: str, mirror: bool) -> "tuple[Braid, str]":
        from plait.calibrations.knots import find_knot, find_link

        row = (find_knot if kind == "knot" else find_link)(name)
        return row.braid, row.says(mirrored=mirror)

    return find


def _from_pd(code: str, mirror: bool) -> "tuple[Braid, str]":
    from plait.models.planar_diagram import PlanarDiagram

    diagram = PlanarDiagram.parse(code)
    return diagram.braid(), f"PD code, {_counts(diagram)}" + (
        ", MIRRORED as asked" if mirror else "; each crossing counterclockwise from its incoming lower arc"
    )


def _from_dt(code: str, mirror: bool) -> "tuple[Braid, str]":
    from plait.models.dowker import parse_dowker

    diagram = parse_dowker(code)
    return diagram.braid(), (
        f"DT code, {_counts(diagram)}; a DT code leaves open which mirror image is meant: taken is the one whose first "
        f"crossing is {'negative, by --mirror' if mirror else 'positive (--mirror for the other)'}"
    )


def _counts(diagram: "PlanarDiagram") -> str:
    return f"{len(diagram.code)} crossings, {diagram.components} component(s), braided by Vogel's algorithm"


_NAMED = {"knot": _from_table("knot"), "link": _from_table("link"), "pd": _from_pd, "dt": _from_dt}


def read_braid_file(path: Path, strands: int | None = None) -> "Braid":
    """Read {"strands": n, "word": [letters]}; other keys are ignored.

    The files of the pipeline of arXiv:2503.05625 are read too: {"original": {"word": [..]}, "optimized": {..}, ..}.
    Taken is the original word, whose letters mean what they mean here, on just enough strands, as in that pipeline,
    unless `strands` says more.

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
        if "word" not in found and isinstance(found.get("original"), dict):
            return _published(found["original"], strands)
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


def _published(original: dict[str, Any], strands: int | None) -> "Braid":
    """The braid of a file of the published pipeline."""
    from plait.models.braid import Braid
    from plait.models.errors import PlaitError

    word = original.get("word")
    if not isinstance(word, list) or not all(type(letter) is int for letter in word):
        raise PlaitError(f"original.word must be a list of ints, got {_kind(word)}")
    if strands is None and not word:
        raise PlaitError("original.word is empty, so the number of strands must be given (--strands N)")
    return Braid(strands=1 + max(map(abs, word)) if strands is None else strands, word=tuple(word))


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
