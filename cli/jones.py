"""`plait jones`: the exact value."""

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.braid_argument import BraidTokens, read_braid
from plait.cli.options import AsJson, ClosureName, Memory, Seed, Strands, check_seconds, parse_bytes, real

if TYPE_CHECKING:
    from plait.models import JonesValue

CONVENTIONS = {
    "jones": "circuit convention: t = e^(-2 pi i/5), sqrt t = -e^(-pi i/5)",
    "standard": "tabulated convention: letter +i right-handed, t = e^(2 pi i/5), sqrt t = e^(pi i/5)",
    "normalised": "E, of modulus at most 1: no writhe factor, no power of the golden ratio",
}
MAX_COMPONENTS = 10
"""Guard on --all-orientations: 2^(components - 1) lines."""


def jones(
    braid: BraidTokens,
    *,
    strands: Strands = None,
    closure: ClosureName = "markov",
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="fib-trace, fib-amplitude, face-tn or face-tn-fib; the cheapest if not given."
        ),
    ] = None,
    memory: Memory = "8GiB",
    time_limit: Annotated[
        float, typer.Option(parser=real, metavar="S", help="Seconds it may be predicted to take; refused beyond.")
    ] = 600.0,
    all_orientations: Annotated[
        bool, typer.Option("--all-orientations", help="Also the values with components (numbered from 0) reversed.")
    ] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Evaluate the Jones polynomial of a closed braid at the fifth root of unity, exactly.

    Example:
      plait jones "1 1 1"
      plait jones "-1 2 -1 2" --json
      plait jones "2 2" --strands 4 --closure plat --all-orientations
    """
    from plait.cli.output import complex_text, print_json, print_rows, print_table, working
    from plait.models import Closure, jones_exact

    given, closed = read_braid(braid, strands), Closure.parse(closure)
    limits = {"memory": parse_bytes(memory), "time_limit": check_seconds("time-limit", time_limit)}
    with working("evaluating"):
        value = jones_exact(given, closed, method, seed=seed, **limits)
    answer: dict[str, Any] = {
        name: getattr(value, name) for name in ("jones", "standard", "normalised", "writhe", "components", "strands")
    }
    answer |= {"closure": str(closed), "method": value.method, "conventions": CONVENTIONS}
    if all_orientations:
        answer["orientations"] = _orientations(value)
    if as_json:
        print_json(answer)
        return
    rows = [(name, complex_text(answer[name]), remark) for name, remark in CONVENTIONS.items()]
    rows += [
        ("writhe", str(value.writhe), "oriented"),
        ("components", str(value.components), ""),
        ("strands", str(value.strands), ""),
        ("method", value.method, "exact, to rounding"),
    ]
    print_rows(f"Jones polynomial of the {closed} closure at the fifth root of unity", rows)
    if all_orientations:
        typer.echo()
        print_table(
            ("reversed", "writhe", "standard"),
            [
                (" ".join(map(str, row["reversed"])) or "none", row["writhe"], complex_text(row["standard"]))
                for row in answer["orientations"]
            ],
        )


def _orientations(value: "JonesValue") -> list[dict[str, Any]]:
    """Every choice of components to reverse, up to reversing all: component 0 keeps its way."""
    from plait.models import PlaitError

    if value.components > MAX_COMPONENTS:
        raise PlaitError(
            f"--all-orientations would list 2^{value.components - 1} values for {value.components} components; "
            f"the limit is {MAX_COMPONENTS} components"
        )
    others = range(1, value.components)
    chosen = [group for size in range(value.components) for group in combinations(others, size)]
    turned = [(group, value.reversing(group)) for group in chosen]
    return [
        {"reversed": list(group), "writhe": other.writhe, "jones": other.jones, "standard": other.standard}
        for group, other in turned
    ]
