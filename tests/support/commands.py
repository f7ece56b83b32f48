"""Running the real command as a user does, and what its answers must look like."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import AnyStr

from tests.support.loaded import LoadedProcess

MOST_SECONDS = 300.0
"""What a child process of a test may take once it is waited for: several times what the slowest takes."""

ROOT = Path(__file__).resolve().parents[2]


_MOST_OF_A_COMMAND_S = 600.0


def lidarsel(*arguments: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run ``lidarsel`` in a process of its own: a fork of one that has everything loaded, where there can be one."""
    words = [str(word) for word in arguments]
    measured = any(name.startswith("COVERAGE_PROCESS") for name in os.environ)  # in new processes alone
    if sys.platform == "linux" and not measured:
        loaded = _loaded()
        if loaded.suits(os.environ):
            return loaded.run(words, cwd, _MOST_OF_A_COMMAND_S)
    return lidarsel_anew(*words, cwd=cwd)


def lidarsel_anew(*arguments: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run ``lidarsel`` in a new interpreter, which has hashes and addresses of its own: for tests of determinism."""
    return run([sys.executable, "-m", "lidarsel", *arguments], cwd=cwd, seconds=_MOST_OF_A_COMMAND_S)


@cache
def _loaded() -> LoadedProcess:
    return LoadedProcess(os.environ)


def run(
    command: Sequence[object],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = MOST_SECONDS,
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, nothing on its stdin. AssertionError where it takes longer: see ``outcome_of``."""
    words = [str(word) for word in command]
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said, complained = outcome_of(process, seconds)
    return subprocess.CompletedProcess(words, process.returncode, said, complained)


def started(
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> "subprocess.Popen[str]":
    """``lidarsel`` in a process of its own, its stderr to be read. before: called in it before it begins.

    It hears signals as in a terminal, even where the tests are a background job, whose children ignore some.
    """

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if before is not None:
            before()

    command = [sys.executable, "-X", "faulthandler", "-m", "lidarsel", *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
        start_new_session=True,  # its children end with it: see outcome_of()
    )


def outcome_of(process: "subprocess.Popen[AnyStr]", seconds: float = MOST_SECONDS) -> tuple[AnyStr, AnyStr]:
    """What a child said on stdout and stderr, once it has ended.

    Args:
        process: a child, best one that leads a session of its own (``start_new_session``).
        seconds: how long it may take from now.

    Raises:
        AssertionError: it did not end. It is asked where it hangs (SIGABRT, which Python's faulthandler answers with
            every thread's stack), and it and the rest of its process group are killed first.
    """
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        kill_group(process)
        said = process.communicate(timeout=10)  # nobody holds its pipes any more
        command = str(process.args)
        raise AssertionError(f"did not end within {seconds:g} s, killed: {command[:300]}\n{said[1] or ''!s}") from None


def kill_group(process: "subprocess.Popen[AnyStr]") -> None:
    """Kill a child and, where it leads a process group, all that is in it."""
    with contextlib.suppress(ProcessLookupError):
        if process.poll() is not None or os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def succeeded(done: "subprocess.CompletedProcess[str]") -> str:
    """Its stdout, after seeing that it went well."""
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_refused(done: "subprocess.CompletedProcess[str]", *named: object) -> None:
    """Exit code 2, one line of complaint on stderr that names what is wrong, no traceback, nothing on stdout."""
    assert done.returncode == 2, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    complaints = [line for line in done.stderr.splitlines() if line.startswith("lidarsel: ")]
    assert len(complaints) == 1, done.stderr
    for name in named:
        assert str(name) in complaints[0]
    assert done.stdout == ""
