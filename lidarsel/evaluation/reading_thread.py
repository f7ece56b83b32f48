"""One thread that does calls in the order they are asked for, and can hold up neither an interrupt nor the exit.

Not ThreadPoolExecutor: an interrupt inside its ``submit``, while the thread is being started, leaves a thread that
nobody stops and that the interpreter waits for at its exit for ever.
"""

import _thread
import atexit
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock
from typing import TypeVar

T = TypeVar("T")

_LAST_CALL_S = 10.0
"""The longest wait at the exit for the call being done: code of torch that the exit cuts off can crash the process."""


class ReadingThread:
    """Calls run one after the other in a thread of their own, which starts with the first of them."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._at_work = Lock()  # held by the thread while it lives
        self._closed = False
        atexit.register(self.close)

    def submit(self, call: Callable[[], T]) -> "Future[T]":
        """Have a call done; the future holds what it gives or raises."""
        future: Future[T] = Future()

        def do() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # whatever it is, it belongs to whoever waits
                future.set_exception(error)

        self._calls.put(do)
        if not self._at_work.locked():
            # One call into C, which no interrupt splits: either there is a thread or there is none. And unlike
            # Thread.start it does not wait for a thread that had no memory to begin with. One too many ends at once.
            _thread.start_new_thread(self._work, ())
        return future

    def close(self) -> None:
        """Begin no further call, and wait some seconds for the one being done."""
        self._closed = True
        self._calls.put(None)
        if self._at_work.locked() and self._at_work.acquire(timeout=_LAST_CALL_S):
            self._at_work.release()

    def _work(self) -> None:
        if not self._at_work.acquire(blocking=False):
            return
        try:
            self._do_calls()
        finally:
            self._at_work.release()

    def _do_calls(self) -> None:
        while (call := self._calls.get()) is not None and not self._closed:
            call()
            del call  # or the call and its result would live until the next one comes
