"""Where a command writes, looked at while its options are read: a place that cannot be is refused before the work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from lidarsel.places import require_file_place, require_files_beside, require_folder_place


def out_file(*names: str, **told: Any) -> Any:
    """An option for a file to write."""
    return typer.Option(*names, callback=_seen(require_file_place), **told)


def out_files(*names: str, **told: Any) -> Any:
    """An option for a file to write that others are written beside, or whose journal SQLite writes beside it."""
    return typer.Option(*names, callback=_seen(require_files_beside), **told)


def out_folder(*names: str, **told: Any) -> Any:
    """An option for a folder to write, or to write in."""
    return typer.Option(*names, callback=_seen(require_folder_place), **told)


def _seen(look: Callable[[Path], None]) -> Callable[[Path | None], Path | None]:
    def seen(place: Path | None) -> Path | None:
        if place is not None:
            look(place)
        return place

    return seen
