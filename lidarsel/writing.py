"""Writing that never leaves half a file or half a folder: under a temporary name first, renamed when whole."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import IO

from lidarsel.errors import OutputError

_REMEDY = "give a place that can be written to"


def require_writable(path: Path) -> None:
    """Refuse a place that cannot be written, before any work is done for it; nothing is made. Raises OutputError."""
    place = path.absolute().parent
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise OutputError(path, f"cannot be written ({place} is no folder)", _REMEDY)
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(path, f"cannot be written (no permission in {place})", _REMEDY)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, replacing one of that name. Raises OutputError."""
    with whole_file(path) as partial, partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to, renamed to it when the block ends well. Raises OutputError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{escape(path.name)}.*.part"):
            _clear_file(left)
        with partial.open("wb") as held:
            with suppress(OSError):  # a file system without locks: what a kill leaves there stays
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield partial
            partial.replace(path)
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror or error})", _REMEDY) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _clear_file(left: Path) -> None:
    """Remove what a killed run had half written: nobody holds its lock."""
    with suppress(OSError), left.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left.unlink()


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside ``path`` that takes its name when the block ends well and goes when it does not; what a
    killed run left of it goes first.

    Raises OutputError where ``path`` is taken (an empty folder is not), cannot be written, or is being written.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise OutputError(path, "exists and is not empty", "choose another folder or remove this one")
    partial = path.with_name(f".{path.name}.part")
    with alone(path, path.with_name(f".{path.name}.part.lock")):
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir()
        except OSError as error:
            raise OutputError(path, f"cannot be made ({error.strerror or error})", _REMEDY) from None
        try:
            yield partial
            try:
                if path.exists():
                    path.rmdir()
                partial.replace(path)
            except OSError as error:
                raise OutputError(path, f"cannot be written ({error.strerror or error})", _REMEDY) from None
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def alone(path: Path, lock: Path) -> Iterator[None]:
    """Be the one run that writes ``path``, told by a lock on ``lock``, which goes at the end. Raises OutputError."""
    with locked(path, lock):
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def locked(path: Path, lock: Path) -> IO[str]:
    """The file ``lock``, open and locked; what holds it may remove it before the end. path: what is written under it.

    Raises OutputError where another run holds it, or it cannot be made.
    """
    while True:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            held = lock.open("w")
        except OSError as error:
            raise OutputError(path, f"cannot be written ({error.strerror or error})", _REMEDY) from None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.stat().st_ino == os.fstat(held.fileno()).st_ino:
                return held
        except FileNotFoundError:
            pass
        except OSError as error:
            held.close()
            if not isinstance(error, BlockingIOError):
                raise OutputError(path, f"cannot be locked ({error.strerror or error})", _REMEDY) from None
            problem = "is being written by another run (another process holds its lock)"
            raise OutputError(path, problem, "wait for it, or give another place") from None
        held.close()  # the lock of a run that has just ended, and removed it
