"""Being the one process that writes a place, told by a lock on a file beside it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lidarsel.errors import OutputError


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
            raise OutputError.of(path, error) from None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.stat().st_ino == os.fstat(held.fileno()).st_ino:
                return held
        except FileNotFoundError:
            pass
        except OSError as error:
            held.close()
            if not isinstance(error, BlockingIOError):
                raise OutputError.of(path, error, "locked") from None
            problem = "is being written by another run (another process holds its lock)"
            raise OutputError(path, problem, "wait for it, or give another place") from None
        held.close()  # the lock of a run that has just ended, and removed it
