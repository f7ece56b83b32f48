"""Writing that never leaves half a file or half a folder: under a temporary name first, renamed when whole.

What is no regular file is written into, never replaced: as root, a rename onto /dev/null would ruin the machine.
"""

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO

from lidarsel.errors import WRITABLE_REMEDY, OutputError
from lidarsel.lockfile import alone

_LONGEST_NAME_BYTES = 200
"""Of the name that a temporary one begins with; file systems take 255 bytes."""


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
        raise OutputError(path, f"cannot be written ({place} is no folder)", WRITABLE_REMEDY)
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(path, f"cannot be written (no permission in {place})", WRITABLE_REMEDY)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, replacing one of that name. Raises OutputError."""
    with whole_file(path) as partial:
        partial.write_bytes(content)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name to write to; when the block ends well, it is on the disk and takes the place of ``path``.

    A link is followed. A file that is replaced hands on its mode and owner. Into a device, a FIFO or one of the
    process's own descriptors (/dev/stdout) the content is copied.

    Raises:
        OutputError: it cannot be written, or its owner could not be kept.
        BrokenPipeError: naming ``path``: who read the pipe has gone.
    """
    require_file_place(path)
    try:
        if is_written_into(path):
            with tempfile.TemporaryDirectory() as place:
                partial = Path(place) / (path.name or "file")
                yield partial
                _copy_into(path, partial)
        else:
            with _replacing(path) as partial:
                yield partial
    except BrokenPipeError as error:
        raise BrokenPipeError(error.errno, error.strerror, str(path)) from None
    except OSError as error:
        raise OutputError.of(path, error) from None


def require_file_place(path: Path) -> None:
    """Refuse a place that no file can be written to, before the work is done. Raises OutputError."""
    require_writable(path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink() and not Path(os.path.realpath(path)).parent.is_dir():
            raise OutputError(path, f"is a link to {path.readlink()}, in no folder", WRITABLE_REMEDY) from None
        return
    except OSError as error:
        raise OutputError.of(path, error) from None
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
    """Whether a file written to ``path`` goes into what is there, as into a device, instead of replacing it."""
    return _descriptor(path) is not None or (path.exists() and not path.is_file())


def _descriptor(path: Path) -> int | None:
    """The process's own file descriptor that a path such as /dev/stdout stands for, if it does."""
    for _ in range(40):  # as many links as the kernel follows
        own = re.fullmatch(rf"/proc/{os.getpid()}/fd/(\d+)", str(Path(os.path.realpath(path.parent)) / path.name))
        if own:
            return int(own[1])
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def _copy_into(path: Path, content: Path) -> None:
    """A descriptor is shared, not opened again: the file that stdout was sent to goes on where this ends."""
    own = _descriptor(path)
    with (
        content.open("rb") as source,
        os.fdopen(os.open(path, os.O_WRONLY) if own is None else os.dup(own), "wb") as out,
    ):
        shutil.copyfileobj(source, out)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path = Path(os.path.realpath(path))
    stem = os.fsdecode(os.fsencode(path.name)[:_LONGEST_NAME_BYTES])
    for left in path.parent.glob(f".{escape(stem)}.*.part"):
        _clear_file(left)
    partial, held = _new_beside(path.parent, stem)
    try:
        with held:
            yield partial
            with partial.open("rb+") as file:
                _take_after(path, file.fileno())
                os.fsync(file.fileno())
            partial.replace(path)
            _sync_folder(path.parent)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _new_beside(folder: Path, stem: str) -> tuple[Path, BinaryIO]:
    """A new file of a random name, locked for as long as it is open. Process numbers are not enough for a name: on a
    shared volume two containers have the same."""
    while True:
        partial = folder / f".{stem}.{secrets.token_hex(8)}.part"
        held = os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "wb")
        with suppress(OSError):  # a file system without locks: what a kill leaves there stays
            fcntl.flock(held, fcntl.LOCK_EX)
        if partial.exists():
            return partial, held
        held.close()  # between its making and its lock another writer took it for a killed one's, and removed it


def _clear_file(left: Path) -> None:
    """Remove what a killed run had half written: nobody holds its lock. A link or FIFO of such a name is none."""
    with suppress(OSError), os.fdopen(os.open(left, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if left.is_file():
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _take_after(old: Path, new: int) -> None:
    """Give the new file or folder the owner and mode of the one that it replaces, if there is one. new: descriptor.

    Raises OutputError where its owner is another user, who only root could make the owner of the new one.
    """
    try:
        before = old.stat()
    except FileNotFoundError:
        return
    now = os.fstat(new)
    if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
        try:
            os.fchown(new, before.st_uid, before.st_gid)
        except PermissionError:
            problem = f"belongs to user {before.st_uid}, group {before.st_gid}, who could not be kept as its owner"
            raise OutputError(old, problem, "remove it first, or give another name") from None
    os.fchmod(new, stat.S_IMODE(before.st_mode))


def _sync_folder(folder: Path) -> None:
    """See that the names in a folder are on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that has nothing to do for it
            raise
    finally:
        os.close(number)


def sync_tree(folder: Path) -> None:
    """See that a folder and all that is in it are on the disk, before it takes its name. Raises OSError."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.is_file() and os.access(path, os.R_OK):  # else a hard link, of a file that another wrote
                _sync_folder(path)
        _sync_folder(Path(place))


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
        raise OutputError.of(path, error) from None
    if not stat.S_ISDIR(mode):
        raise OutputError(path, "exists and is no folder", "give a folder, or a name that is not taken")


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside ``path`` that takes its name when the block ends well and goes when it does not; what a
    killed run left of it goes first.

    Raises OutputError where ``path`` is taken (an empty folder is not), cannot be written, or is being written.
    """
    require_folder_place(path)
    given, path = path, Path(os.path.realpath(path))
    if path.exists() and any(path.iterdir()):
        raise OutputError(given, "exists and is not empty", "choose another folder or remove this one")
    if path.is_mount():
        raise OutputError(given, "is a mount point, which cannot be replaced", "give the name of a folder within it")
    partial = path.with_name(f".{path.name}.part")
    with alone(given, path.with_name(f".{path.name}.part.lock")):
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir()
        except OSError as error:
            raise OutputError.of(given, error, "made") from None
        try:
            yield partial
            try:
                _put_in_place(partial, path)
            except OSError as error:
                raise OutputError.of(given, error) from None
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _put_in_place(partial: Path, path: Path) -> None:
    sync_tree(partial)
    if path.exists():
        number = os.open(partial, os.O_RDONLY)
        try:
            _take_after(path, number)
        finally:
            os.close(number)
        path.rmdir()
    partial.replace(path)
    _sync_folder(path.parent)


def rename_folder(old: Path, new: Path) -> None:
    """Give a folder another name once it is on the disk. Raises OSError."""
    sync_tree(old)
    old.rename(new)
    _sync_folder(new.parent)
