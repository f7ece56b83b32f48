"""The reader's thread: order, failures, and an end of the process whatever interrupts it and when."""

import subprocess
import sys
import threading
from functools import partial

import pytest

from lidarsel.evaluation.reading_thread import ReadingThread
from tests.support.commands import ROOT


def test_calls_are_done_in_order_by_one_other_thread() -> None:
    reader = ReadingThread()
    seen: list[tuple[int, int]] = []

    def see(number: int) -> None:
        seen.append((number, threading.get_ident()))

    futures = [reader.submit(partial(see, n)) for n in range(50)]
    for future in futures:
        future.result(timeout=60)
    assert [number for number, _ in seen] == list(range(50))
    assert len({thread for _, thread in seen} | {threading.get_ident()}) == 2


def test_what_a_call_raises_comes_to_who_asks_and_the_next_is_done() -> None:
    reader = ReadingThread()
    failed, done = reader.submit(lambda: 1 // 0), reader.submit(lambda: 7)
    with pytest.raises(ZeroDivisionError):
        failed.result(timeout=60)
    assert done.result(timeout=60) == 7


def test_after_the_end_nothing_more_is_begun() -> None:
    reader = ReadingThread()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        go_on.wait(60)
        return 1

    first, second = reader.submit(slow), reader.submit(lambda: 2)
    assert begun.wait(60)
    threading.Timer(0.05, go_on.set).start()
    reader.close()
    assert first.result(timeout=0) == 1, "what was being done is waited for"
    assert not second.done()


# Python code is interrupted between two lines, so every moment is tried: a trace function raises at the n-th line that
# runs below ``start``, in a process forked for each n, until n is more than there are. Then the process must end.
INTERRUPTED = """
import os, signal, sys, time
sys.path.insert(0, sys.argv[1])
{make}

def start(reader):
    reader.submit(lambda: time.sleep(0.01))

def interrupted(moment):
    left = moment
    def trace(frame, event, argument):
        nonlocal left
        left -= event == "line"
        if left < 0:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace
    reader = make()
    sys.settrace(trace)
    try:
        start(reader)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False

for moment in range(1000):
    process = os.fork()
    if process == 0:
        sys.exit(1 if interrupted(moment) else 0)
    deadline = time.monotonic() + 20
    while not (ended := os.waitpid(process, os.WNOHANG))[0]:
        if time.monotonic() > deadline:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            sys.exit(f"interrupted at line {{moment}} it never ended")
        time.sleep(0.002)
    if ended[1] == 0:  # it came through uninterrupted
        print(moment)
        break
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_an_interrupt_at_any_moment_of_its_start_lets_the_process_end() -> None:
    script = INTERRUPTED.format(make="from lidarsel.evaluation.reading_thread import ReadingThread as make")
    done = subprocess.run(
        [sys.executable, "-c", script, str(ROOT)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5, "it was interrupted at so many moments"
