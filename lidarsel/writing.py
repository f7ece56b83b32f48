"""Writing that never leaves half a file or half a folder: under a temporary name first, renamed when whole."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lidarsel.errors import OutputError

_REMEDY = "give a place that can be written to"


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
        yield partial
        partial.replace(path)
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror or error})", _REMEDY) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside ``path`` that takes its name when the block ends well and goes when it does not.

    Raises OutputError where ``path`` is taken (an empty folder is not) or cannot be written.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise OutputError(path, "exists and is not empty", "choose another folder or remove this one")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.mkdir(parents=True)
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
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held = lock.open("w")
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror or error})", _REMEDY) from None
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(path, "is being written by another run", "wait for it, or give another place") from None
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
