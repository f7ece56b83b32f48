"""A limit of time and memory on what a user's network makes PyTorch do, looked at while it does."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

LOOK_EVERY_S = 0.2
_STATM = Path("/proc/self/statm")  # Linux; where it is missing, there is no limit of memory
_PAGE = 4096


class OverLimitError(BaseException):
    """What was begun takes more than it may. No Exception: a network's own ``except Exception`` must not hold it."""


@contextmanager
def limited(seconds: float, more_bytes: int) -> Iterator[None]:
    """Raise OverLimitError within the block once it takes longer, or the process grows by more.

    Python's steps are interrupted, a single call into a library is not. Only the main thread has such limits, and only
    where there is SIGALRM.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    end, most = time.monotonic() + seconds, _resident_bytes() + more_bytes

    def look(_signal: int, _frame: FrameType | None) -> None:
        if time.monotonic() > end:
            raise OverLimitError(f"takes more than {seconds:g} s")
        if _resident_bytes() > most:
            raise OverLimitError(f"takes more than {more_bytes / 2**30:g} GiB")

    handler = signal.signal(signal.SIGALRM, look)
    before = signal.setitimer(signal.ITIMER_REAL, min(LOOK_EVERY_S, seconds), LOOK_EVERY_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *before)


def _resident_bytes() -> int:
    try:
        return int(_STATM.read_text().split()[1]) * _PAGE
    except OSError:
        return 0
