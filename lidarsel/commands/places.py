"""Where a command writes, looked at while its options are read: a place that cannot be is refused before the work."""

import inspect
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
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


_FILE, _FILES, _FOLDER = map(_seen, (require_file_place, require_files_beside, require_folder_place))
_FILES_TO_WRITE = {_FILE, _FILES}
_OWN_HEAD_BYTES = 400
"""lidarsel's own files name it in their first lines."""


@cache
def _file_ending_in(ending: str) -> Callable[[Path | None], Path | None]:
    def look(place: Path) -> None:
        if place.suffix.lower() != ending and not is_written_into(place):
            raise OutputError(place, f"is not called {ending}, which it will be", f"give a name that ends in {ending}")
        require_file_place(place)

    seen = _seen(look)
    _FILES_TO_WRITE.add(seen)
    return seen


def out_file(*names: str, ending: str = "", **told: Any) -> Any:
    """An option for a file to write. ending: ".png" and the like, where its content does not follow its name."""
    return typer.Option(*names, callback=_file_ending_in(ending) if ending else _FILE, **told)


def out_files(*names: str, **told: Any) -> Any:
    """An option for a file to write that others are written beside, or whose journal SQLite writes beside it."""
    return typer.Option(*names, callback=_FILES, **told)


def out_folder(*names: str, **told: Any) -> Any:
    """An option for a folder to write, or to write in."""
    return typer.Option(*names, callback=_FOLDER, **told)


def require_apart(command: Callable[..., None], given: Mapping[str, object]) -> None:
    """Refuse a file to write that another option or argument names too, or that is there in a folder which one of them
    names to be read, as a log's image: what stands there, or what the other writes, would be lost.

    given: what the command is called with, by parameter. Raises OutputError.
    """
    told = {name: _told(parameter) for name, parameter in inspect.signature(command).parameters.items()}
    looks = {name: getattr(one, "callback", None) for name, one in told.items()}
    for name, place in given.items():
        if isinstance(place, Path) and looks[name] in _FILES_TO_WRITE and not is_written_into(place):
            written = os.path.realpath(place)
            for other in (one for one in given if one != name):
                named, as_typed = _named(given[other]), _typed(other, told[other])
                if written in named:
                    raise OutputError(place, f"is given as {as_typed} too, and would be replaced", "give another name")
                if looks[other] is not _FOLDER and _is_in(written, named) and not _is_own(place):
                    problem = f"is a file in what is given as {as_typed}, and would be replaced"
                    raise OutputError(place, problem, "give a name that is not taken, or another folder")


def _is_in(file: str, named: list[str]) -> bool:
    return Path(file).is_file() and any(Path(one).is_dir() and Path(file).is_relative_to(one) for one in named)


def _is_own(file: Path) -> bool:
    """Whether lidarsel wrote a file, or is the one to say what becomes of it, as of a store."""
    with suppress(OSError), file.open("rb") as opened:
        head = opened.read(_OWN_HEAD_BYTES)
        return b"lidarsel" in head or head.startswith(b"SQLite format 3")
    return False


def _told(parameter: inspect.Parameter) -> Any:
    """What Typer is told of a parameter, or its type where that is all."""
    return (get_args(parameter.annotation) or [parameter.annotation])[-1]


def _named(value: object) -> list[str]:
    """The files that a value may name, links followed: also those of a list with commas."""
    several = value if isinstance(value, list) else [value]
    named = [one for one in several if isinstance(one, str | Path)]
    return [os.path.realpath(one) for one in [*named, *(p for one in named for p in str(one).split(","))] if str(one)]


def _typed(name: str, told: object) -> str:
    if not isinstance(told, OptionInfo):
        return name.upper()
    return (told.param_decls or ["--" + name.replace("_", "-")])[-1]
