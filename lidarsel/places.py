"""Where a file or a folder may be written: looked at before the work, and without making anything."""

import os
import re
import stat
from pathlib import Path

from lidarsel.errors import OutputError

REMEDY = "give a place that can be written to"


def require_writable(path: Path) -> None:
    """Refuse a place that cannot be written, before any work is done for it; nothing is made. Raises OutputError.

    What is written into and not replaced, such as /dev/stdout, needs no permission in its folder.
    """
    if is_written_into(path):
        return
    place = path.absolute().parent
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise OutputError(path, f"cannot be written ({place} is no folder)", REMEDY)
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(path, f"cannot be written (no permission in {place})", REMEDY)


def require_file_place(path: Path) -> None:
    """Refuse a place that no file can be written to, before the work is done. Raises OutputError."""
    require_writable(path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink() and not Path(os.path.realpath(path)).parent.is_dir():
            raise OutputError(path, f"is a link to {path.readlink()}, in no folder", REMEDY) from None
        return
    except OSError as error:
        raise unwritable(path, error) from None
    for refused, kind in ((stat.S_ISDIR, "a folder"), (stat.S_ISBLK, "a disk"), (stat.S_ISSOCK, "a socket")):
        if refused(mode):
            raise OutputError(path, f"cannot be written (it is {kind})", "give the name of a file")


def require_files_beside(path: Path) -> None:
    """Refuse a place of a file that others are written beside where it is none: /dev/null.npz would be a file of /dev.

    Raises OutputError.
    """
    require_file_place(path)
    if is_written_into(path):
        raise OutputError(path, "is no regular file, and other files go beside it", "give the name of a file")


def is_written_into(path: Path) -> bool:
    """Whether what stands there, such as a device or a FIFO, takes content and is never replaced."""
    return own_descriptor(path) is not None or (path.exists() and not path.is_file())


def own_descriptor(path: Path) -> int | None:
    """The process's own file descriptor that a path such as /dev/stdout stands for, if it does."""
    for _ in range(40):  # as many links as the kernel follows
        own = re.fullmatch(rf"/proc/{os.getpid()}/fd/(\d+)", str(Path(os.path.realpath(path.parent)) / path.name))
        if own:
            return int(own[1])
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def require_folder_place(path: Path) -> None:
    """Refuse a place where no folder can be, before the work is done. Raises OutputError."""
    require_writable(path)
    if path.is_symlink() and not path.exists():
        raise OutputError(path, f"is a link to {path.readlink()}, which is not there", "give a folder")
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise unwritable(path, error) from None
    if not stat.S_ISDIR(mode):
        raise OutputError(path, "exists and is no folder", "give a folder, or a name that is not taken")


def unwritable(path: Path, error: OSError) -> OutputError:
    """What the system said of a place, as ours."""
    return OutputError(path, f"cannot be written ({error.strerror or error})", REMEDY)
