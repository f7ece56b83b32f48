"""What a file's content must hold, said as it is read: a ValueError that names the key."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

from lidarsel.spelling import none_of, the_nearest

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


_NO_CHOICE = re.compile(r"Invalid enum value '(?P<value>.+?)' - at `\$\.(?P<key>\w+)")
_NO_KEY = re.compile(r"Object contains unknown field `(?P<key>.+)`")


def what_is_wrong(error: Exception, kind: type) -> str:
    """What msgspec says of content that is no ``kind``, on a line; of a value that is none of a few, with these; of a
    key that there is not, with the nearest that there is."""
    said = " ".join(str(error).split())
    unknown = _NO_KEY.fullmatch(said)
    if unknown is not None:
        return said + the_nearest(unknown["key"], get_type_hints(kind))
    found = _NO_CHOICE.match(said)
    choices = [] if found is None else choices_of(get_type_hints(kind).get(found["key"]))
    return f"{found['key']}: {none_of(found['value'], choices)}" if found and choices else said


def choices_of(hint: Any) -> list[object]:
    """All values of the Literals in a type, each once."""
    return list(dict.fromkeys(_choices(hint)))


def _choices(hint: Any) -> Iterator[object]:
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    else:
        for part in get_args(hint):
            yield from _choices(part)
