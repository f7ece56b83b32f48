"""Options by keyword: the fields of the settings, as Python has them or as they are typed on the command line."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from lidarsel.datasets.split import PARTS, Part
from lidarsel.errors import UsageError
from lidarsel.options import Option
from lidarsel.settings import RunSettings
from lidarsel.spelling import nearest

_HINTS: dict[str, Any] = get_type_hints(RunSettings, include_extras=True)


def _option(hint: Any) -> Option | None:
    if get_origin(hint) is not Annotated:
        return None
    return next((one for one in hint.__metadata__ if isinstance(one, Option)), None)


_OPTIONS = {name: option for name, hint in _HINTS.items() if (option := _option(hint)) is not None}


def names_of(*groups: str) -> list[str]:
    """The fields of a run's settings in some groups of options; without a group, all."""
    return [name for name, option in _OPTIONS.items() if not groups or option.group in groups]


def require_names(function: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse options that a function does not take, with the nearest name. Raises UsageError."""
    names = sorted(known)
    for name in given:
        if name not in names:
            near = nearest(name, names)
            there = f"there are {', '.join(names)}" if near is None else f"did you mean {near}?"
            raise UsageError(f"{function} has no option {name!r}; {there}")


def as_fields(given: Mapping[str, object]) -> dict[str, object]:
    """What was given, as the settings have it.

    A text is read as on the command line ("32,16"), one entry stands for a list of one, paths become texts and arrays
    lists. None is not given.

    Raises:
        UsageError: a text that cannot be read.
    """
    return {name: _as_field(name, value) for name, value in given.items() if value is not None}


def _as_field(name: str, value: Any) -> object:
    parse = _OPTIONS[name].parse
    plain = plain_of(value)
    if isinstance(plain, str) and parse is not None:
        return parse(name, plain)
    if get_origin(get_args(_HINTS[name])[0]) is tuple and not isinstance(plain, tuple):
        return (plain,)
    return plain


def plain_of(value: Any) -> object:
    """Paths as texts, arrays and their numbers as Python's, and what is several as a tuple."""
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        value = value.tolist()
    return tuple(map(plain_of, value)) if isinstance(value, list | tuple | range | set | frozenset) else value


def part_named(part: str) -> Part:
    """A part of the frames. Raises UsageError."""
    for known in PARTS:
        if part == known:
            return known
    raise UsageError(f"part {part!r} is none of {', '.join(PARTS)}")


def call_text(function: str, *arguments: object, **options: object) -> str:
    """A call as it may be typed, for what files say of how they were made."""
    given = [f"{name}={plain_of(value)!r}" for name, value in options.items() if value is not None]
    return f"lidarsel.{function}({', '.join([*(repr(plain_of(each)) for each in arguments), *given])})"
