"""`plait jones`: the exact value."""

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plait.cli.braid_argument import BraidTokens, Mirror, read_given
from plait.cli.options import AsJson, ClosureName, Memory, Seed, Strands, check_seconds, integer, parse_bytes, real

if TYPE_CHECKING:
    from plait.models import Braid, Closure, JonesValue

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
    mirror: Mirror = False,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Exact: fib-trace, fib-amplitude, face-tn, face-tn-fib, mpo; with --eps: fib-typical, mpo-truncated, "
            "zero; published, Markov only: paper-tn-proj, paper-bracket, paper-mpo-proj, paper-sv-shor. The least "
            "predicted time if not given.",
            show_default=False,
        ),
    ] = None,
    eps: Annotated[
        float | None,
        typer.Option(parser=real, metavar="EPS", help="Allowed error of E; exact if not given.", show_default=False),
    ] = None,
    delta: Annotated[
        float, typer.Option(parser=real, metavar="DELTA", help="Allowed probability of a larger error.")
    ] = 0.05,
    minimise: Annotated[bool, typer.Option("--minimise", help="Shorten the braid first, whatever the method.")] = False,
    no_minimise: Annotated[
        bool, typer.Option("--no-minimise", help="Never; else a long braid is, where no method is named.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compute it again along other contraction trees, and compare.")
    ] = False,
    memory: Memory = "8GiB",
    time_limit: Annotated[
        float, typer.Option(parser=real, metavar="S", help="Seconds it may be predicted to take; refused beyond.")
    ] = 600.0,
    threads: Annotated[int, typer.Option(parser=integer, metavar="N", help="Threads of search and run.")] = 1,
    all_orientations: Annotated[
        bool, typer.Option("--all-orientations", help="Also the values with components (numbered from 0) reversed.")
    ] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Evaluate the Jones polynomial of a closed braid at the fifth root of unity.

    Exactly, by the method that is predicted to take the least time; or to within --eps.

    Example:
      plait jones "1 1 1"
      plait jones "-1 2 -1 2" --json
      plait jones "2 2" --strands 4 --closure plat --all-orientations
      plait jones "1 -2 1 -2" --method fib-typical --eps 0.05
      plait jones "1 -2 1 -2" --check
    """
    from plait.cli.output import complex_text, print_json, print_note, print_rows, print_table, working
    from plait.models import Closure, PlaitError
    from plait.models.braid import check_int

    if minimise and no_minimise:
        raise PlaitError("--minimise and --no-minimise exclude each other; give one")
    (given, source), closed = read_given(braid, strands, closure=closure, mirror=mirror), Closure.parse(closure)
    limits = {
        "memory": parse_bytes(memory),
        "time_limit": check_seconds("time-limit", time_limit),
        "threads": check_int("threads", threads, 1, 1024),
        "seed": check_int("seed", seed, 0, 2**31 - 2),
    }
    shorten = True if minimise else False if no_minimise else None
    with working("evaluating"):
        value, published = _value(given, closed, method, eps, delta, shorten, check, limits)
    answer: dict[str, Any] = {
        name: getattr(value, name) for name in ("jones", "standard", "normalised", "writhe", "components", "strands")
    }
    answer |= {
        "closure": str(closed),
        "source": source,
        "method": value.method,
        "why": value.why,
        "radius": value.radius,
        "delta": value.delta,
        "basis": value.basis,
        "minimised": value.minimised,
        "checked": value.checked or None,
        "conventions": CONVENTIONS,
    }
    if published:
        answer["published"] = published
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
        ("method", value.method, _accuracy(value)),
    ]
    if value.minimised:
        before, after = value.minimised
        rows.append(("minimised", f"{before} to {after}", "crossings; the value is of the braid as given"))
    rows += [(name.replace("_", " "), f"{number:.4g}", _UNITS[name]) for name, number in published.items()]
    print_rows(f"Jones polynomial of the {closed} closure at the fifth root of unity", rows)
    for why in value.why:
        print_note(f"Method: {why}.")
    if value.checked:
        print_note(f"Checked: {value.checked}.")
    if all_orientations:
        typer.echo()
        print_table(
            ("reversed", "writhe", "standard"),
            [
                (" ".join(map(str, row["reversed"])) or "none", row["writhe"], complex_text(row["standard"]))
                for row in answer["orientations"]
            ],
        )


_UNITS = {
    "trials": "of the search",
    "log2_elements": "largest intermediate",
    "bond": "of the operator, at most",
    "samples": "paths s, one evolution each",
    "published_operations": "in the publication's unit",
    "real_flop": "real operations, 8 a complex multiply-add",
    "published_bytes": "8 an element",
    "bytes": "16 an element",
}
"""Units of what a published setting counts."""


def _value(
    braid: "Braid",
    closure: "Closure",
    method: str | None,
    eps: float | None,
    delta: float,
    minimise: bool | None,
    check: bool,
    limits: dict[str, Any],
) -> "tuple[JonesValue, Mapping[str, float]]":
    """The value by one of the three kinds of methods, and what a published setting counted."""
    from plait.models import PlaitError, jones_exact
    from plait.models.approximate import APPROXIMATE, jones_within
    from plait.models.exact_methods import METHODS, Limits
    from plait.models.paper_run import PAPER_METHODS

    known = (*METHODS, *APPROXIMATE, *PAPER_METHODS)
    if method is not None and method not in known:
        raise PlaitError(f"method = {method!r} is unknown; known: {', '.join(known)}")
    if method in APPROXIMATE and eps is None:
        raise PlaitError(f"method = {method} needs the error it may have: give --eps")
    exact = eps is None or method in METHODS
    if (minimise or check) and (not exact or method in PAPER_METHODS):
        raise PlaitError("--minimise and --check are for exact values; leave them out, or --eps and --method")
    if method in PAPER_METHODS:
        from plait.models import Closure, JonesValue
        from plait.models.link import close
        from plait.models.paper_run import paper_run

        if closure is not Closure.MARKOV:
            raise PlaitError(f"method = {method} is for the markov closure, got {closure}: no other was published")
        found = paper_run(braid, method, limits=Limits(**limits), eps=eps or 0.1)
        link = close(braid, closure)
        basis = "standard error, from above" if found.radius else "exact"
        value = JonesValue.of(link, braid, closure, found.value, method=method, radius=found.radius, basis=basis)
        return value, found.counts
    if exact:
        return jones_exact(braid, closure, method, minimise=minimise, check=check, **limits), {}
    assert eps is not None
    return jones_within(braid, closure, eps, delta, method, **limits), {}


def _accuracy(value: "JonesValue") -> str:
    if not value.radius:
        return "exact, to rounding"
    chance = f" with probability {1 - value.delta:g}" if value.delta else ""
    return f"E to within {value.radius:.2g}{chance} ({value.basis})"


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
