"""Writes the advantage map to a file: a page that opens offline, a picture, or the map for machines.

The page holds all it needs, the drawing library included, and forbids itself the network; nothing in it is evaluated
as code but that library and the few lines at the end of the template.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.estimator import cells as words
from plait.estimator.whole_file import write_whole
from plait.models.errors import PlaitError

if TYPE_CHECKING:
    import xarray as xr


def write_map(
    frontiers: "xr.Dataset | Sequence[xr.Dataset]",
    boundary: Iterable[Mapping[str, Any]],
    path: str | Path,
    *,
    verdict: Sequence[str] = (),
    command: str = "",
) -> None:
    """Write the map; the ending of the name chooses what: .html, .png, .svg, .pdf or .json.

    The file appears whole or not at all.

    Args:
        frontiers: winners and costs over (closure, contender, strands, layers), from `frontier`; one for each family.
        boundary: their boundary entries.
        path: file to write; one already there is replaced.
        verdict: sentences that say the outcome in plain language (page only).
        command: command line that makes this file again (page only).

    Raises:
        PlaitError: another ending, a frontier that lacks something, or a place that cannot be written to.

    >>> import xarray as xr
    >>> write_map(xr.Dataset(), [], "map.gif")
    Traceback (most recent call last):
    plait.models.errors.PlaitError: map.gif: a map is written as .html, .png, .svg, .pdf or .json, not '.gif'; rename it
    """
    path = Path(path)
    check_suffix(path)
    several = words.listed(frontiers)
    for frontier in several:
        words.check_frontier(frontier)
    given = list(boundary)
    shown = [entry for frontier in several for entry in words.on_map(frontier, given)]
    drawn, lines = for_the_eye(several, shown)
    makers: dict[str, Callable[[], str | bytes]] = {
        ".html": lambda: _page(drawn, lines, verdict, command),
        ".png": lambda: _picture(drawn, lines, "png"),
        ".svg": lambda: _picture(drawn, lines, "svg"),
        ".pdf": lambda: _picture(drawn, lines, "pdf"),
        ".json": lambda: _records(several, shown),
    }
    made = makers[path.suffix.lower()]()
    write_whole(path, made.encode() if isinstance(made, str) else made)


def for_the_eye(
    frontiers: "Sequence[xr.Dataset]", boundary: Sequence[Mapping[str, Any]]
) -> "tuple[list[xr.Dataset], list[Mapping[str, Any]]]":
    """What a picture draws of frontiers on one grid, thinned if it is fine, and of their boundary."""
    drawn = [words.thinned(frontier) for frontier in frontiers]
    kept = {dim: {int(x) for x in drawn[0][dim].values} for dim in ("strands", "layers")}
    return drawn, [entry for entry in boundary if entry[_fixed(entry)] in kept[_fixed(entry)]]


def _fixed(entry: Mapping[str, Any]) -> str:
    """The axis that a boundary entry holds fixed."""
    return "strands" if entry["axis"] == "layers" else "layers"


def check_suffix(path: Path) -> None:
    """Refuse a name that no map can be written to, before work is spent on it.

    Raises:
        PlaitError: its ending is not one of the four.
    """
    if path.suffix.lower() not in (".html", ".png", ".svg", ".pdf", ".json"):
        raise PlaitError(
            f"{path}: a map is written as .html, .png, .svg, .pdf or .json, not {path.suffix!r}; rename it"
        )


def _records(frontiers: "Sequence[xr.Dataset]", boundary: Sequence[Mapping[str, Any]]) -> str:
    """The map for machines: question, origin, boundary and every cell of every family; null for what is not finite."""
    attrs = {name: _plain(value) for name, value in frontiers[0].attrs.items()}
    kept = ("title", "question", "metric", "calibration", "basis", "eps", "delta", "overrides", "version")
    instances = []
    for frontier in frontiers:
        family = words.family_of(frontier)
        status, why = words.INSTANCES[family]
        instances.append({"family": family, "status": status, "why": why, "question": frontier.attrs["question"]})
    document = {
        **{name: attrs.get(name) for name in kept},
        "instances": instances,
        "boundary": [{name: _plain(value) for name, value in entry.items()} for entry in boundary],
        "cells": [
            {"family": words.family_of(frontier), **cell}
            for frontier in frontiers
            for cell in words.cell_records(frontier)
        ],
    }
    return json.dumps(document, allow_nan=False, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: numpy scalars unwrapped, text kept, nan and inf as None."""
    value = value.item() if hasattr(value, "item") else value
    return words.finite(value) if isinstance(value, float) else value


def _picture(frontiers: "Sequence[xr.Dataset]", boundary: Sequence[Mapping[str, Any]], kind: str) -> str | bytes:
    import vl_convert

    from plait.estimator.chart import advantage_map

    spec = json.dumps(advantage_map(frontiers, boundary).to_dict())
    if kind == "svg":
        return vl_convert.vegalite_to_svg(spec, vl_version=vega_lite_version())
    if kind == "pdf":
        return vl_convert.vegalite_to_pdf(spec, vl_version=vega_lite_version())
    return vl_convert.vegalite_to_png(spec, vl_version=vega_lite_version(), scale=2)


def vega_lite_version() -> str:
    """The grammar that altair writes, as vl-convert names it; its newest if it does not know that one."""
    import altair
    import vl_convert

    known: list[str] = vl_convert.get_vegalite_versions()
    wanted = ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return wanted if wanted in known else known[-1]


def _page(
    frontiers: "Sequence[xr.Dataset]", boundary: Sequence[Mapping[str, Any]], verdict: Sequence[str], command: str
) -> str:
    import jinja2

    from plait.estimator import legend
    from plait.estimator.page_template import TEMPLATE

    contenders = words.names(frontiers[0], "contender")
    instances, specs = drawn_maps(frontiers, boundary)
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE).render(
        attrs=frontiers[0].attrs,
        verdict=verdict,
        command=command,
        contenders=contenders,
        instances=instances,
        specs=specs,
        tables=boundary_tables(contenders, boundary),
        words=words,
        legend=legend,
        library=drawing_library(),
    )


def drawn_maps(
    frontiers: "Sequence[xr.Dataset]", boundary: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What a page shows of every family (heading, question, legend, number of each closure's map), and the charts."""
    from plait.estimator import chart, legend

    contenders = words.names(frontiers[0], "contender")
    specs: list[dict[str, Any]] = []
    instances = []
    for frontier in frontiers:
        family = words.family_of(frontier)
        heading, meaning = words.INSTANCES[family]
        maps = []
        for closure in words.names(frontier, "closure"):
            drawn, datasets = chart.panel(frontier, words.on_map(frontier, boundary), closure, contenders)
            drawn = drawn.properties(datasets=datasets, config=chart.configuration(), background="transparent")
            maps.append({"closure": closure, "number": len(specs)})
            specs.append(drawn.to_dict())
        instances.append(
            {
                "family": family,
                "heading": heading,
                "meaning": meaning,
                "question": frontier.attrs["question"],
                "origin": words.origin(frontier),
                "maps": maps,
                "groups": list(zip(legend.TITLES, legend.legend([frontier], boundary), strict=True)),
            }
        )
    return instances, specs


def drawing_library() -> str:
    """The drawing library as the text of a script element: the only text of a page that is not escaped."""
    import vl_convert

    library: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=vega_lite_version())
    return library.replace("</script", "<\\/script")  # a closing tag in it would end the script early


def boundary_tables(contenders: Sequence[str], boundary: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The boundary in words, a table for each contender."""
    found = [entry for entry in boundary if words.has_place(entry)]
    return [
        {
            "contender": contender,
            "rows": [_row(entry) for entry in found if entry["contender"] == contender],
            "floor": _floor(entry for entry in boundary if entry["contender"] == contender),
        }
        for contender in contenders
    ]


def _floor(entries: Iterable[Mapping[str, Any]]) -> str:
    """Fewest crossings at which quantum starts to win, at the 5 % end of the interval; "" for none."""
    floors = [floor for entry in entries if (floor := words.finite(entry.get("crossings_not_below"))) is not None]
    return f"{min(floors):,.0f}" if floors else ""


def _row(entry: Mapping[str, Any]) -> dict[str, str]:
    axis, fixed = entry["axis"], _fixed(entry)
    return {
        "family": str(entry.get("family", "brickwall")),
        "closure": str(entry["closure"]),
        "along": f"{fixed} = {entry[fixed]:g}, more {axis}",
        "event": {"enter": "starts to win", "leave": "stops winning"}[entry["kind"]],
        "eps": f"{entry['eps']:g}",
        "place": _spread(entry, axis),
        "crossings": _spread(entry, "crossings"),
    }


def _spread(entry: Mapping[str, Any], quantity: str) -> str:
    """Median and 5-95 % interval; a side beyond the grid is said to be open."""
    low, middle, high = (words.finite(entry.get(f"{quantity}_{q}")) for q in words.QUANTILES)
    if middle is None:
        return ""
    left = "below the grid" if low is None else f"{low:,.0f}"
    right = "above the grid" if high is None else f"{high:,.0f}"
    return f"{middle:,.0f} ({left} to {right})"
