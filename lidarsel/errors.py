"""The errors a user can cause or meet. Each is one line: what is wrong, in which file, and what to do."""

import errno
import sys
from pathlib import Path


class LidarselError(Exception):
    """Anything lidarsel refuses; the command prints its one line and exits with code 2."""


class UsageError(LidarselError):
    """An option or argument that makes no sense, alone or beside the others."""


class BadInputError(LidarselError):
    """A file or folder that cannot be used.

    The message is ``<path>: <what is wrong>; <remedy>`` so that it always names the file.
    """

    def __init__(self, path: Path | str, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}; {remedy}")
        self.path = Path(path)
        self.problem = problem
        self.remedy = remedy


class OutputError(BadInputError):
    """A place that cannot be written to."""


class StorageError(LidarselError):
    """A disk, a network share or the machine failed at a file, which itself may be whole.

    No BadInputError: who passes over a damaged file must not pass over this one, or the same command, given again,
    would come to something else.
    """


_STORAGE_FAILS = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EREMOTEIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


def unreadable(path: Path | str, error: OSError, remedy: str) -> LidarselError:
    """What to raise where a file cannot be read: whether it, or what it is on, is at fault. remedy: for the file."""
    reason = (error.strerror or type(error).__name__).lower()
    if error.errno in _STORAGE_FAILS:
        remedy = "see what the disk, the network share or the machine lacks, and give the same command again"
        return StorageError(f"{path}: {reason}; {remedy}")
    return BadInputError(path, reason, remedy)


def is_lack_of_memory(error: BaseException) -> bool:
    """Whether Python, numpy, torch or the loader of libraries raised it because there was no more memory, on the host
    or on a GPU."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    told = (
        "can't allocate memory",
        "cannot allocate memory",
        "out of memory",
        "can't start new thread",
        "failed to map segment",
        "std::bad_alloc",
    )
    said = str(error).lower()
    if (
        isinstance(error, SystemError) and "without" in said and "exception" in said
    ):  # it had none left to make the MemoryError of
        return _has_limit_of_memory()
    return isinstance(error, (RuntimeError, ImportError, OSError)) and any(part in said for part in told)


def _has_limit_of_memory() -> bool:
    """Whether this process may take only so much memory (ulimit -v), so that asking for more fails."""
    if sys.platform == "win32":
        return False
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
