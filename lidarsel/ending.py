"""How a command ends: the exit code and the one line for whatever came of it (docs/ci.md lists the codes)."""

import errno
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from lidarsel import __version__
from lidarsel.errors import LidarselError, is_lack_of_memory
from lidarsel.printable import printable
from lidarsel.streams import Streams

REFUSED, OWN_FAULT, READER_GONE = 2, 70, 141
_STOPPED = 128
"""Above this an exit code is that of a signal."""

_NO_MEMORY = (
    "there is too little memory; end other programs, or ask for less (fewer frames, a smaller window with --crop HxW)"
)
_NO_MEMORY_BYTES = f"lidarsel: {_NO_MEMORY}\n".encode()
_NO_ROOM = {
    errno.ENOSPC: "make room there, or write elsewhere",
    errno.EDQUOT: "make room there, or write elsewhere",
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "end other programs",
}
_LONGEST_REASON = 200


def run_to_exit(work: Callable[[], object]) -> NoReturn:
    """Do the work and end the process, with the code and the line of what came of it."""
    streams = Streams()
    if streams.stdout_is_closed:
        tell("stdout is closed; give it a file, or /dev/null")
        sys.exit(REFUSED)
    code = _code_of(work, streams)
    streams.flush()
    failure = streams.failure()
    if failure is not None and code != OWN_FAULT and code < _STOPPED:
        code = _code_of_failure(*failure)
    sys.exit(code)


def tell(message: str) -> None:
    """One line on stderr, if that can be written."""
    with suppress(OSError):
        sys.stderr.write("lidarsel: " + printable(" ".join(message.split())) + "\n")


def _tell_lack_of_memory(error: BaseException) -> None:
    """What the work held is let go first; where even the line cannot be put together, its bytes are there already."""
    for one in _chain(error):
        one.__traceback__ = None
    try:
        tell(_NO_MEMORY)
    except MemoryError:
        with suppress(OSError):
            os.write(2, _NO_MEMORY_BYTES)


def stop(message: str, code: int) -> NoReturn:
    """One line, and out with this code."""
    tell(message)
    sys.exit(code)


def _code_of(work: Callable[[], object], streams: Streams) -> int:
    try:
        work()
    except SystemExit as end:
        if isinstance(end.code, str):  # a library's; Python would make it exit code 1, which is a failed check
            return _fault(end)
        return end.code or 0
    except BaseException as error:
        return _told(error, streams)
    return 0


def _told(error: BaseException, streams: Streams) -> int:
    """The exit code of an error, after the line about it."""
    if streams.failure() is not None:  # whatever it was made into on its way here
        return REFUSED
    if isinstance(error, BrokenPipeError) and error.filename is not None:  # a FIFO that -o names
        return READER_GONE
    if isinstance(error, LidarselError):
        tell(str(error))
    elif any(is_lack_of_memory(one) for one in _chain(error)):
        _tell_lack_of_memory(error)
    elif isinstance(error, OSError) and error.filename is not None:
        reason = (error.strerror or str(error)).lower()
        remedy = _NO_ROOM.get(error.errno or 0, "check the path and its permissions")
        tell(f"{os.fsdecode(error.filename)}: {reason}; {remedy}")
    elif isinstance(error, OSError) and error.errno in _NO_ROOM:
        tell(f"{(error.strerror or str(error)).lower()}; {_NO_ROOM[error.errno]}")
    else:
        return _fault(error)
    return REFUSED


def _code_of_failure(name: str, error: OSError) -> int:
    """Of a stream that could not be written."""
    if isinstance(error, BrokenPipeError):
        return READER_GONE
    remedy = _NO_ROOM.get(error.errno or 0, "send it to a file, or to /dev/null")
    tell(f"{name}: {(error.strerror or str(error)).lower()}; {remedy}")
    return REFUSED


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that it was raised from or while handling."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        seen.append(one)
        one = one.__cause__ or one.__context__
    return iter(seen)


def _fault(error: BaseException) -> int:
    """Of lidarsel's own: where its traceback is kept, and what to send."""
    reason = f"{type(error).__name__}: {error}"
    reason = reason if len(reason) <= _LONGEST_REASON else reason[:_LONGEST_REASON] + "..."
    text = "".join(traceback.format_exception(error))
    text = "\n".join(printable(line) for line in text.split("\n"))
    try:
        kept = f"its traceback is in {_kept(text)}; send the maintainers that file (it holds the command and paths)"
    except OSError as no_file:
        with suppress(OSError):
            sys.stderr.write(text)
        kept = f"its traceback is above, as no file could be written ({no_file.strerror}); send the maintainers that"
    tell(f"a fault of lidarsel's own ({reason}); {kept}")
    return OWN_FAULT


def _kept(text: str) -> Path:
    number, path = tempfile.mkstemp(prefix="lidarsel-fault-", suffix=".txt")
    about = f"lidarsel {__version__}, Python {platform.python_version()}, {platform.platform()}\n{sys.argv!r}\n"
    with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(about + text)
    return Path(path)
