"""Options that several commands share, and the values users write with a unit."""

import math
import re
from typing import Annotated

import typer


def integer(text: str | int) -> int:
    """An option's int; typer's own message does not say what came."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{str(text)[:60].strip()!r} is not an integer") from None


def real(text: str | float) -> float:
    """An option's float."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{str(text)[:60].strip()!r} is not a number") from None


Strands = Annotated[
    int | None,
    typer.Option(
        parser=integer, metavar="N", help="Number of strands; without it, just enough for the word.", show_default=False
    ),
]
ClosureName = Annotated[str, typer.Option("--closure", metavar="markov|plat", help="How the braid is closed.")]
Seed = Annotated[int, typer.Option(parser=integer, metavar="INT", help="Seed of every random choice.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Memory = Annotated[str, typer.Option(metavar="SIZE", help="Memory it may take: bytes, or a size such as 8GiB.")]

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}


def parse_bytes(text: str) -> float:
    """Bytes from text such as "8GiB", "500 MB" or "1e9".

    Raises:
        PlaitError: it is no size above 0.

    >>> parse_bytes("8GiB"), parse_bytes("1e9")
    (8589934592.0, 1000000000.0)
    """
    from plait.models.errors import PlaitError

    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]*)?(?:e[0-9]+)?)\s*([KMGT]?I?)B?\s*", text, re.IGNORECASE)
    unit = _UNITS.get(match[2].upper()) if match else None
    size = float(match[1]) * unit if match and unit else math.nan
    if not 0 < size < math.inf:
        raise PlaitError(f"memory = {text.strip()!r} is not a size; expected bytes above 0, or e.g. 8GiB or 500MB")
    return size


def check_seconds(name: str, value: float) -> float:
    """`value` if it is a number of seconds above 0.

    Raises:
        PlaitError: it is not.
    """
    from plait.models.errors import PlaitError

    if not 0 < value < math.inf:
        raise PlaitError(f"{name} = {value:g} must be a number of seconds above 0")
    return value


def usable(device: str) -> str:
    """The device asked for, or, where there is no GPU, the processor and a word on stderr.

    Raises:
        PlaitError: unknown device.
    """
    from plait.models.gpu import check_gpu, gpu_missing

    if device != "gpu":
        check_gpu(device)
    elif missing := gpu_missing():
        typer.echo(f"plait: no GPU, so on the processor: {missing}", err=True)
        return "cpu"
    return device
