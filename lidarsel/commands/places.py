"""Where a command writes, looked at while its options are read: a place that cannot be is refused before the work."""

import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import typer
from typer.models import OptionInfo

from lidarsel.errors import OutputError
from lidarsel.places import is_written_into, require_file_place, require_files_beside, require_folder_place


def _seen(look: Callable[[Path], None]) -> Callable[[Path | None], Path | None]:
    def seen(place: Path | None) -> Path | None:
        if place is not None:
            look(place)
        return place

    return seen


_FILE, _FILES = _seen(require_file_place), _seen(require_files_beside)


def out_file(*names: str, **told: Any) -> Any:
    """An option for a file to write."""
    return typer.Option(*names, callback=_FILE, **told)


def out_files(*names: str, **told: Any) -> Any:
    """An option for a file to write that others are written beside, or whose journal SQLite writes beside it."""
    return typer.Option(*names, callback=_FILES, **told)


def out_folder(*names: str, **told: Any) -> Any:
    """An option for a folder to write, or to write in."""
    return typer.Option(*names, callback=_seen(require_folder_place), **told)


def require_apart(command: Callable[..., None], given: Mapping[str, object]) -> None:
    """Refuse a file to write that another option or argument names too: what stands there, or what the other writes,
    would be lost.

    given: what the command is called with, by parameter. Raises OutputError.
    """
    parameters = inspect.signature(command).parameters
    for name, place in given.items():
        look = getattr(_told(parameters[name]), "callback", None)
        if isinstance(place, Path) and look in (_FILE, _FILES) and not is_written_into(place):
            for other, value in given.items():
                if other != name and os.path.realpath(place) in _named(value):
                    as_typed = _typed(other, _told(parameters[other]))
                    raise OutputError(place, f"is given as {as_typed} too, and would be replaced", "give another name")


def _told(parameter: inspect.Parameter) -> Any:
    """What Typer is told of a parameter, or its type where that is all."""
    return (get_args(parameter.annotation) or [parameter.annotation])[-1]


def _named(value: object) -> list[str]:
    """The files that a value may name, links followed: also those of a list with commas."""
    several = value if isinstance(value, list) else [value]
    named = [one for one in several if isinstance(one, str | Path)]
    return [os.path.realpath(one) for one in [*named, *(p for one in named for p in str(one).split(",") if p)]]


def _typed(name: str, told: object) -> str:
    if not isinstance(told, OptionInfo):
        return name.upper()
    return (told.param_decls or ["--" + name.replace("_", "-")])[-1]
