"""The n-th call fails: a library that is loaded before the C library (``every_call.c``), and runs forked under it."""

import ctypes
import errno
import faulthandler
import importlib
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("every_call.c")
PRELOADED = "LIDARSEL_EVERY_CALL"
"""The variable that names the library in a process that has it loaded."""
_PATIENCE_S = 120
HANGS, NOT_OURS = 1000, 199


@dataclass(frozen=True)
class Fault:
    """kind: of calls, by its number in ``every_call.c``. errno: what the n-th of them fails with."""

    kind: int
    errno: int


FAULTS = {
    "read EIO": Fault(1, errno.EIO),
    "look EIO": Fault(2, errno.EIO),
    "write ENOSPC": Fault(3, errno.ENOSPC),
    "write EIO": Fault(3, errno.EIO),
    "memory": Fault(4, errno.ENOMEM),
}


@dataclass(frozen=True)
class Ran:
    """code: the exit code, minus the signal where one ended it. calls: counted. call, path: of the one that failed."""

    code: int
    said: str
    calls: int
    hit: bool
    call: str
    path: str


class _Told(ctypes.Structure):
    _fields_ = (
        ("calls", ctypes.c_long),
        ("hit", ctypes.c_long),
        ("call", ctypes.c_char * 32),
        ("path", ctypes.c_char * 480),
    )


def compiler() -> str | None:
    """A C compiler, where this is a machine that the library can be built for."""
    return shutil.which("cc") if sys.platform == "linux" and platform.libc_ver()[0] == "glibc" else None


def build(folder: Path) -> Path:
    """Compile the library."""
    library = folder / "every_call.so"
    command = [str(compiler()), "-shared", "-fPIC", "-O1", "-Wall", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, timeout=120)
    return library


class Injector:
    """Runs of lidarsel, each in a fork of this process, into which it is imported once.

    Args:
        base: faults come on files below it.
    """

    def __init__(self, base: Path) -> None:
        self._library = ctypes.CDLL(os.environ[PRELOADED])
        self._library.every_call_share.restype = ctypes.POINTER(_Told)
        self._told = self._library.every_call_share(f"{base.resolve()}/".encode()).contents
        self._said = base.with_name(f"{base.name}.said")

    def warm(self, arguments: Sequence[str], folder: Path) -> Ran:
        """An undisturbed run, after which all that it imported is imported here too."""
        names = self._said.with_suffix(".modules")
        ran = self.run(arguments, folder, modules=names)
        for name in names.read_text().split():
            with suppress(Exception):  # names that modules put there themselves
                importlib.import_module(name)
        return ran

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        fault: Fault | None = None,
        at: int = 0,
        modules: Path | None = None,
    ) -> Ran:
        """Run in ``folder``; the call of this number fails, from 1, or none does. modules: where to name what was
        imported."""
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            try:
                self._redirect(folder)
                code = self._command(arguments, fault, at)
                if modules is not None:
                    modules.write_text("\n".join(sys.modules))
            except BaseException:
                code = NOT_OURS
            os._exit(code)
        code = _wait(child)
        said = self._said.read_text(errors="replace")
        told = self._told
        return Ran(code, said, told.calls, bool(told.hit), told.call.decode(), os.fsdecode(told.path))

    def _redirect(self, folder: Path) -> None:
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for number, path, flags in (
            (0, os.devnull, os.O_RDONLY),
            (1, os.devnull, os.O_WRONLY),
            (2, str(self._said), os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        ):
            opened = os.open(path, flags, 0o666)
            os.dup2(opened, number)
            os.close(opened)
        faulthandler.enable(file=2)  # where a library falls over its lack of memory

    def _command(self, arguments: Sequence[str], fault: Fault | None, at: int) -> int:
        from lidarsel.cli import main

        sys.argv = ["lidarsel", *arguments]
        fault = fault or Fault(0, 0)
        self._library.every_call_arm(fault.kind, ctypes.c_long(at), fault.errno)
        try:
            main()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else NOT_OURS
        finally:
            self._library.every_call_disarm()


def _wait(child: int) -> int:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HANGS
