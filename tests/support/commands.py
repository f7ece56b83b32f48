"""Running the real command as a user does, and what its answers must look like."""

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lidarsel(*arguments: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run ``lidarsel`` in a process of its own."""
    command = [sys.executable, "-m", "lidarsel", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, stdin=subprocess.DEVNULL, timeout=600
    )


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

    command = [sys.executable, "-m", "lidarsel", *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    )


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
