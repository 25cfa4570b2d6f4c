"""Plain data as YAML that every reader takes for the same: block style, every text in double quotes."""

from collections.abc import Mapping, Sequence
from typing import Any

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def yaml_text(data: Mapping[str, Any]) -> str:
    """A YAML document of mappings, sequences, texts, numbers, truth values and None.

    >>> print(yaml_text({"version": "v1", "list": [{"name": "a: b", "value": 2}]}), end="")
    "version": "v1"
    "list":
    - "name": "a: b"
      "value": 2
    """
    return "\n".join([*_lines(data), ""])


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping) and value:
        found = []
        for key, item in value.items():
            inner = _lines(item)
            if isinstance(item, Mapping) and item:
                found += [f"{_quoted(str(key))}:", *(f"  {line}" for line in inner)]
            elif _is_list(item) and item:
                found += [f"{_quoted(str(key))}:", *inner]
            else:
                found.append(f"{_quoted(str(key))}: {inner[0]}")
        return found
    if _is_list(value) and value:
        return [line for item in value for line in _item(item)]
    return [_scalar(value)]


def _item(item: Any) -> list[str]:
    first, *rest = _lines(item)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return f"{value:.17g}" if "." in f"{value:.17g}" else f"{value:.1f}" if abs(value) < 1e15 else f"{value:.16e}"
    if isinstance(value, int):
        return str(value)
    return "{}" if isinstance(value, Mapping) else "[]"


def _quoted(text: str) -> str:
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if character.isprintable() and code < 0x10000:
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
