"""Run inside the isolated environment of test_export.py: validate QREF documents with qref, evaluate them with bartiq.

stdin: JSON list of [YAML text, {symbol: value}]; stdout: JSON list of {resource: value}.
"""

import json
import sys

import yaml
from bartiq import compile_routine, evaluate
from qref import SchemaV1


def evaluated(text: str, values: dict[str, float]) -> dict[str, float]:
    """Resources of one document at these values; raises if it is no QREF v1, or not all symbols are given."""
    document = yaml.safe_load(text)
    checked = SchemaV1.model_validate(document)
    compiled = compile_routine(checked).routine
    routine = evaluate(compiled, values).routine
    return {name: float(resource.value) for name, resource in routine.resources.items()}


json.dump([evaluated(text, values) for text, values in json.load(sys.stdin)], sys.stdout)
