"""How far a data set may reach: its own folder, no file beyond. A table of others may name any path, a link lead to any
place, and what is read there could stand in a report or a copy that is given on."""

import os
from collections.abc import Iterable
from pathlib import Path
from posixpath import normpath

from lidarsel.errors import BadInputError

FOLLOW = "--follow-links"
TRUST = "--trust-paths"


def path_named(folder: Path, text: str, trusted: bool) -> Path | None:
    """The file that a table names: below its folder or, where the user trusts the table, anywhere. None where it may
    not be, or is no path of this system."""
    plain = text.replace("\\", "/")
    if not trusted or ":" in plain.split("/")[0] or "\0" in plain:
        return path_below(folder, text)
    return folder / normpath(plain)


def path_below(folder: Path, text: str) -> Path | None:
    """The file that a table names relative to a folder; None where that is beyond it."""
    plain = normpath(text.replace("\\", "/"))
    if plain.startswith(("/", "../")) or plain == ".." or ":" in plain.split("/")[0] or "\0" in plain:
        return None
    return folder / plain


def require_links_inside(root: Path, follow: bool, tops: Iterable[str] | None = None) -> None:
    """Refuse links below a folder that lead out of it; the folder itself may be reached by one.

    Args:
        root: the folder.
        follow: whether the user said that such links may be followed; then nothing is looked at.
        tops: which entries of the folder are of the data set; None for all.

    Raises:
        BadInputError: names the link, where it points, and the option.
    """
    if follow:
        return
    inside = os.path.realpath(root)
    waiting = [root / top for top in tops] if tops is not None else [root]
    for top in [] if tops is None else waiting:
        if top.is_symlink():
            _require_inside(top, inside)
    folders = [str(place) for place in waiting if place.is_dir()]
    while folders:
        for entry in _entries(folders.pop()):
            if entry.is_symlink():
                _require_inside(Path(entry.path), inside)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    """In the order of names, so that the same link is named each time; a reader tells what cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def _require_inside(link: Path, inside: str) -> None:
    target = os.path.realpath(link)
    if target != inside and not target.startswith(inside.rstrip(os.sep) + os.sep):
        remedy = f"put the file there itself, or give {FOLLOW} if you trust the data"
        raise BadInputError(link, f"is a link that leads out of the data, to {target}", remedy)
