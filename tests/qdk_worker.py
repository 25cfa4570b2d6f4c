"""Run inside the isolated environment of test_export.py: what qdk and bibtexparser make of plait's files.

stdin: JSON {"counts": [[counts, OpenQASM 3 text], ...], "bibtex": [text, ...]}; stdout: JSON {"counts": [[counts as
LogicalCounts has them, qdk's own counts of the program, physical qubits], ...], "bibtex": [[entries, failed], ...]}.
"""

import json
import sys
import warnings

import bibtexparser
from qdk.estimator import LogicalCounts
from qdk.openqasm import estimate

warnings.simplefilter("ignore")


def counted(counts: dict[str, int], program: str) -> list[object]:
    """plait's counts read back, qdk's of the same circuit, and an estimate made from plait's."""
    read = LogicalCounts(counts)
    own = estimate(program)["logicalCounts"]
    physical = read.estimate()["physicalCounts"]["physicalQubits"] if counts["rotationCount"] else 0
    return [dict(read), dict(own), physical]


def parsed(text: str) -> list[object]:
    """{key: fields} and the number of blocks that are no entry."""
    library = bibtexparser.parse_string(text)
    entries = {entry.key: {field.key: field.value for field in entry.fields} for entry in library.entries}
    return [entries, len(library.failed_blocks)]


given = json.load(sys.stdin)
json.dump(
    {"counts": [counted(*one) for one in given["counts"]], "bibtex": [parsed(text) for text in given["bibtex"]]},
    sys.stdout,
)
