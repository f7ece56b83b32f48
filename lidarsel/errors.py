"""The errors a user can cause or meet. Each is one line: what is wrong, in which file, and what to do."""

import errno
from pathlib import Path

WRITABLE_REMEDY = "give a place that can be written to"


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

    @classmethod
    def of(cls, path: Path, error: OSError, done: str = "written") -> "OutputError":
        """What the system said when it was to be done."""
        return cls(path, f"cannot be {done} ({error.strerror or error})", WRITABLE_REMEDY)


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
    return isinstance(error, (RuntimeError, ImportError, OSError)) and any(part in said for part in told)
