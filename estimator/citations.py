"""What the models and machines of a study cite, found in the text of their sources, as BibTeX."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from plait.estimator.study import Study

_END = r"[^\s;,()\[\]{}<>\"'\\]"
"""Characters an address goes on with."""
_ARXIV = re.compile(r"\barXiv:\s?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)
_DOI = re.compile(rf"\b(10\.\d{{4,9}}/{_END}+)")
_REPOSITORY = re.compile(r"(?<![\w./@-])([A-Za-z0-9-]+/[A-Za-z0-9._-]+)@([0-9a-f]{7,40})\b")
_ADDRESS = re.compile(rf"\b(?:https?://)?((?:[a-z0-9-]+\.)+(?:com|org|gov|edu|net|io|ai|eu|de|uk|jp)\b(?:/{_END}*)?)")
_COMMIT = re.compile(r"\s+at commit ([0-9a-f]{7,40})\b")
_MONTH = re.compile(r"\s+(20\d\d)/(0[1-9]|1[0-2])\b")


@dataclass(frozen=True, kw_only=True)
class Citation:
    """One thing that is cited.

    Args:
        address: URL; what makes two citations the same.
        label: as people name it.
        year, month, commit, arxiv, doi: where the source says so, else "".
        used_for: models and machines, with the figures that rest on it.
    """

    address: str
    label: str
    year: str = ""
    month: str = ""
    commit: str = ""
    arxiv: str = ""
    doi: str = ""
    used_for: tuple[str, ...] = ()


def citations(study: Study) -> list[Citation]:
    """Everything cited by the models and machines of a study, each once, by address.

    Only what names an arXiv number, a DOI, a repository or a web address: sources in words alone are no citations.
    """
    found: dict[str, Citation] = {}
    users: dict[str, dict[str, list[str]]] = {}  # address -> who -> figures
    for who, figure, text in _sources(study):
        for one in cited_in(text):
            found[one.address] = Citation(**{**vars(one), **_known(found.get(one.address, one))})
            figures = users.setdefault(one.address, {}).setdefault(who, [])
            figures += [figure] if figure and figure not in figures else []
    return [
        replace(
            found[address],
            used_for=tuple(f"{who} ({', '.join(of)})" if of else who for who, of in users[address].items()),
        )
        for address in sorted(found)
    ]


def _known(one: Citation) -> dict[str, str]:
    return {name: value for name, value in vars(one).items() if value}


def _sources(study: Study) -> Iterator[tuple[str, str, str]]:
    """(who, figure or "", source) of every model, and of every figure of models and machines."""
    for contender in study.contenders:
        who = f"model {contender.model.name}"
        yield who, "", contender.model.source
        for name, own in contender.model.figures.items():
            yield who, name, own.source
        if contender.machine:
            for name, figure in {**contender.machine.figures, **contender.machine.constants}.items():
                yield f"machine {contender.machine.slug}", name, figure.source


def cited_in(text: str) -> list[Citation]:
    """What one source cites.

    >>> [one.address for one in cited_in("arXiv:2503.05625v2; top500.org 2024/06")]
    ['https://arxiv.org/abs/2503.05625', 'https://top500.org']
    """
    found = []
    for match in _ARXIV.finditer(text):
        number = match[1]
        year = f"20{number[:2]}" if number[0].isdigit() else ""
        month = number[2:4] if year else ""
        found.append(
            Citation(
                address=f"https://arxiv.org/abs/{number}",
                label=f"arXiv:{number}",
                arxiv=number,
                year=year,
                month=month,
            )
        )
    for match in _DOI.finditer(text):
        doi = match[1].rstrip(".")
        found.append(Citation(address=f"https://doi.org/{doi}", label=f"doi:{doi}", doi=doi))
    for match in _REPOSITORY.finditer(text):
        address = f"https://github.com/{match[1]}"
        found.append(Citation(address=address, label=match[1], commit=match[2]))
    for match in _ADDRESS.finditer(text):
        place = match[1].rstrip("./")
        if place.startswith(("doi.org/", "arxiv.org/")) or "/10." in place:
            continue
        rest = text[match.end() :]
        commit, month = _COMMIT.match(rest), _MONTH.match(rest)
        found.append(
            Citation(
                address=f"https://{place}",
                label=place.removeprefix("github.com/"),
                commit=commit[1] if commit else "",
                year=month[1] if month else "",
                month=month[2] if month else "",
            )
        )
    return found


def bibtex(found: list[Citation]) -> str:
    """Citations as BibTeX: @misc, with what the sources say and nothing that plait does not know."""
    keys: dict[str, Citation] = {}
    for one in found:
        stem = re.sub(r"[^a-z0-9]+", "-", one.label.lower()).strip("-") or "source"
        key = next(key for key in (stem, *(f"{stem}-{k}" for k in range(2, len(found) + 2))) if key not in keys)
        keys[key] = one
    return "\n".join(_entry(key, one) for key, one in keys.items())


def _entry(key: str, one: Citation) -> str:
    fields = {
        "title": f"{{{_escaped(one.label)}}}",
        "year": one.year,
        "month": str(int(one.month)) if one.month else "",
        "eprint": one.arxiv,
        "archiveprefix": "arXiv" if one.arxiv else "",
        "doi": _address(one.doi),
        "version": one.commit,
        "url": _address(one.address),
        "note": _escaped(f"Used for: {'; '.join(one.used_for)}"),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{key},", *lines, "}", ""])


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}
"""No brace alone: BibTeX counts them, also behind a backslash."""


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(c, c) for c in " ".join(text.split()))


def _address(text: str) -> str:
    """An address without a character that would end a BibTeX field."""
    return quote(text, safe=":/?#[]@!$&'()*+,;=-._~%")
