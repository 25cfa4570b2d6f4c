"""Knots and links by the names of KnotInfo and LinkInfo, read from the package database-knotinfo (extra `knots`).

KnotInfo (knotinfo.org) and LinkInfo are by C. Livingston and A. H. Moore. The package is GPL: its
tables are read where it is installed, none of its code is imported, and plait does without it.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from plait.models.braid import Braid
from plait.models.errors import PlaitError, shown

MISSING = "names of knots and links need the package database-knotinfo: pip install 'plait[knots]'"
KNOT, LINK = "KnotInfo", "LinkInfo"
FILES = {KNOT: "knotinfo_data_complete.csv", LINK: "linkinfo_data_complete.csv"}
COLUMNS = {
    KNOT: {"pd": "pd_notation", "dt": "dt_notation", "symmetry": "symmetry_type"},
    LINK: {"pd": "pd_notation_vector", "dt": "dt_code", "symmetry": ""},
}


@dataclass(frozen=True, kw_only=True)
class TabulatedLink:
    """One row of KnotInfo or LinkInfo, as the table writes it.

    Args:
        table: KNOT or LINK.
        name: such as 4_1, 11a_1, or L6a4{0,0}, the braces telling an orientation.
        crossing_number: least number of crossings.
        braid_notation: one braid or, of a few knots, several.
        pd: planar diagram code.
        dt: Dowker-Thistlethwaite code.
        jones: Jones polynomial, in t (knots) or in x = t^{1/2} (links).
        symmetry: of knots, such as "reversible" or "fully amphicheiral"; of links "".
        orientations: of links, all names that differ by the orientation of components only.
    """

    table: str
    name: str
    crossing_number: int
    braid_notation: str
    pd: str
    dt: str
    jones: str
    symmetry: str
    orientations: tuple[str, ...] = ()

    @cached_property
    def braid(self) -> Braid:
        """The table's braid, the first if it has several; its Markov closure is the link.

        Raises:
            PlaitError: the table has none that can be read.
        """
        text = re.sub(r"\s", "", self.braid_notation)
        if self.table == KNOT and not text and self.crossing_number == 0:
            return Braid(strands=1, word=())
        integers = r"-?[0-9]{1,3}(?:,-?[0-9]{1,3})*"
        pattern = rf"\[?\[({integers})\].*" if self.table == KNOT else rf"\{{([0-9]{{1,3}}),[{{(]({integers})[)}}]\}}"
        match = re.fullmatch(pattern, text)
        if match is None:
            raise PlaitError(f"{self.table} {self.name}: its braid {shown(self.braid_notation)} is not as expected")
        word = tuple(int(letter) for letter in match[match.lastindex or 1].split(","))
        strands = int(match[1]) if self.table == LINK else 1 + max(map(abs, word))
        return Braid(strands=strands, word=word)

    @property
    def amphicheiral(self) -> bool:
        """Whether the table says that the knot equals its mirror image, up to direction."""
        return "amphicheiral" in self.symmetry

    def says(self, *, mirrored: bool = False) -> str:
        """One line: whose knot this is, whose handedness, which orientation."""
        said = f"{self.table} {database_version()}: {self.name}, closure of its braid {self.braid or '(no letters)'}"
        if self.amphicheiral or not self.crossing_number:
            said += "; equal to its mirror image"
        elif mirrored:
            said += f", MIRRORED as asked; without --mirror it is of {self.table}'s handedness"
        else:
            said += (
                f"; handedness is {self.table}'s, where letter +i is right-handed as in plait (other tables may show "
                "the mirror image: --mirror)"
            )
        if len(self.orientations) > 1:
            others = [name for name in self.orientations if name != self.name]
            said += f"; orientation {self.name[self.name.index('{') :]} of {len(self.orientations)}, others: "
            said += ", ".join(others[:4]) + (", .." if len(others) > 4 else "")
        return said


def find_knot(name: str) -> TabulatedLink:
    """The knot KnotInfo calls `name`: 4_1, 10_136, 11a_1 or K11a1, to 13 crossings.

    Raises:
        PlaitError: no such name, or database-knotinfo is not installed.
    """
    match = re.fullmatch(r"k?([0-9]{1,2})([an]?)_?([0-9]{1,5})", name.strip().lower()) if len(name) < 20 else None
    if match is None or (not match[2] and "_" not in name):
        raise PlaitError(f"knot = {shown(name)} is no name of KnotInfo; expected e.g. 4_1, 10_136 or 11a_1")
    wanted = f"{match[1]}{match[2]}_{match[3]}"
    crossings, found = [], None
    for row in rows(KNOT):
        if row.name == wanted:
            found = row
            break
        if row.name.startswith(f"{match[1]}{match[2]}_"):
            crossings.append(row.name)
    if found is None:
        near = f"it has {crossings[0]} .. {crossings[-1]}" if crossings else "it has knots of 0 and 3 to 13 crossings"
        raise PlaitError(f"knot = {shown(name)} is not in KnotInfo {database_version()}; {near}")
    return found


def find_link(name: str) -> TabulatedLink:
    """The link LinkInfo calls `name`: L6a4{0,1}, or L6a4 for the first of its orientations; to 11 crossings.

    Raises:
        PlaitError: no such name, or database-knotinfo is not installed.
    """
    bare = re.sub(r"\s", "", name)
    match = re.fullmatch(r"[lL]([0-9]{1,2}[anAN][0-9]{1,4})(\{[01](?:,[01]){0,9}\})?", bare)
    if match is None:
        raise PlaitError(f"link = {shown(name)} is no name of LinkInfo; expected e.g. L6a4, or 'L6a4{{0,1}}' in quotes")
    family = "L" + match[1].lower()
    oriented = [row for row in rows(LINK) if row.name.partition("{")[0] == family]
    if not oriented:
        raise PlaitError(
            f"link = {shown(name)} is not in LinkInfo {database_version()}, which has links to 11 crossings"
        )
    names = tuple(row.name for row in oriented)
    wanted = family + (match[2] or names[0].removeprefix(family))
    if wanted not in names:
        raise PlaitError(f"link = {shown(name)} is not in LinkInfo {database_version()}; it has {', '.join(names)}")
    row = oriented[names.index(wanted)]
    return replace(row, orientations=names)


def rows(table: str) -> Iterator[TabulatedLink]:
    """All rows of a table in its order, `orientations` left out.

    Args:
        table: KNOT or LINK.

    Raises:
        PlaitError: database-knotinfo is not installed, or its tables are not as expected.
    """
    path = _folder() / FILES[table]
    wanted = {"name": "name", "crossing_number": "crossing_number", "braid_notation": "braid_notation"}
    wanted |= {"jones": "jones_polynomial", **COLUMNS[table]}
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = csv.reader(file, delimiter="|")
            heads = {head: place for place, head in enumerate(next(lines, []))}
            if missing := [column for column in wanted.values() if column and column not in heads]:
                raise PlaitError(f"{path}: column {missing[0]} is missing; pip install -U 'plait[knots]' may help")
            places = {key: heads[column] for key, column in wanted.items() if column}
            for line in lines:
                if len(line) <= max(places.values()) or not line[places["crossing_number"]].isdigit():
                    continue  # the second line holds titles
                cells = {"symmetry": "", **{key: line[place].strip() for key, place in places.items()}}
                yield TabulatedLink(
                    table=table,
                    name=cells["name"],
                    crossing_number=int(cells["crossing_number"]),
                    braid_notation=cells["braid_notation"],
                    pd=cells["pd"],
                    dt=cells["dt"],
                    jones=cells["jones"],
                    symmetry=cells["symmetry"],
                )
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        raise PlaitError(f"{path}: {error}; pip install --force-reinstall database-knotinfo may help") from None


def database_version() -> str:
    """Version of the installed tables, which is their date; "unknown" if the package does not say."""
    try:
        return version("database-knotinfo")
    except PackageNotFoundError:
        return "(version unknown)"


def _folder() -> Path:
    """Where the tables are; found without importing the package."""
    spec = find_spec("database_knotinfo")
    if spec is None or not spec.submodule_search_locations:
        raise PlaitError(MISSING)
    return Path(next(iter(spec.submodule_search_locations))) / "csv_data"
