"""Settings as they are written on a command line: KEY=VALUE."""

import re

from plait.estimator.overrides import Setting
from plait.models.errors import PlaitError

_NUMBER = r"([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)"


def split_setting(text: str) -> tuple[str, str]:
    """Key and value of one setting.

    Raises:
        PlaitError: not of that shape.

    >>> split_setting("frontier.eta=0.1..0.5")
    ('frontier.eta', '0.1..0.5')
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not key or not value:
        raise PlaitError(f"setting {text!r} must be KEY=VALUE, e.g. frontier.eta=0.1..0.5 or metric=joules")
    return key, value


def read_setting(key: str, text: str) -> Setting:
    """A value, a range or a factor.

    Raises:
        PlaitError: neither, or not a possible one.

    >>> read_setting("eta", "x0.5..2").factor, read_setting("M", "9.2e15").value
    ((0.5, 2.0), 9200000000000000.0)
    """
    from pydantic import ValidationError

    factor = text.startswith("x")
    low, high = number_or_range(key, text[factor:])
    given = low if low == high else (low, high)
    try:
        return Setting(factor=given) if factor else Setting(value=given)
    except ValidationError as error:
        raise PlaitError(f"{key} = {text!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error


def number_or_range(key: str, text: str) -> tuple[float, float]:
    """One number, or two joined by "..".

    Raises:
        PlaitError: neither.

    >>> number_or_range("signal", "0.5"), number_or_range("signal", "0.3..0.8")
    ((0.5, 0.5), (0.3, 0.8))
    """
    match = re.fullmatch(rf"\s*{_NUMBER}(?:\s*\.\.\s*{_NUMBER})?\s*", text)
    if not match:
        raise PlaitError(f"{key} = {text!r} is not a number or a range such as 0.3..0.8")
    low = float(match[1])
    return low, float(match[2]) if match[2] else low


def one_number(key: str, text: str) -> float:
    """One number.

    Raises:
        PlaitError: it is not.
    """
    if not re.fullmatch(_NUMBER, text):
        raise PlaitError(f"{key} = {text!r} is not a number")
    return float(text)


def whole_number(key: str, text: str) -> int:
    """One whole number.

    Raises:
        PlaitError: it is not.
    """
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise PlaitError(f"{key} = {text!r} is not a whole number")
    return int(text)
