"""What a file's content must hold, said as it is read: a ValueError that names the key."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

MOST = 1e15
"""Of a number in a file: beyond it, sums and ratios would overflow."""


def require(condition: bool, message: str) -> None:
    """Raise ValueError with the message where the condition does not hold."""
    if not condition:
        raise ValueError(message)


def require_finite(key: str, numbers: list[float]) -> None:
    """Raise ValueError where a number is none, or beyond the bound."""
    require(all(abs(number) <= MOST for number in numbers), f"{key} must be finite (at most {MOST:g})")


def require_ordered(keys: str, low: float | None, high: float | None) -> None:
    """Raises ValueError unless two keys are both there, in order, or neither is."""
    require((low is None) == (high is None), f"{keys}: both or neither")
    require(low is None or high is None or low <= high, f"{keys}: the first must not be greater")


_NO_CHOICE = re.compile(r"Invalid enum value (?P<value>.+?) - at `\$\.(?P<key>\w+)")


def what_is_wrong(error: Exception, kind: type) -> str:
    """What msgspec says of content that is no ``kind``, on a line; of a value that is none of a few, with these."""
    said = " ".join(str(error).split())
    found = _NO_CHOICE.match(said)
    if found is None:
        return said
    choices = list(dict.fromkeys(_choices(get_type_hints(kind).get(found["key"]))))
    return f"{found['key']}: {found['value']} is none of {', '.join(map(str, choices))}" if choices else said


def _choices(hint: Any) -> Iterator[object]:
    """Of every Literal in a type."""
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    else:
        for part in get_args(hint):
            yield from _choices(part)
