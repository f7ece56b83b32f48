"""Commands in processes that have all libraries loaded already: forked, not started, which saves seconds of CPU each.

One process of each test worker, started when first asked, loads torch and its like, and lidarsel's modules; each
command is a child of it, with a session, arguments, folder, stdout and stderr of its own, and from there on what
``python -m lidarsel`` is. What a fork cannot tell is left to new processes (``run``, ``lidarsel_anew``): what a command
loads, how long it takes to begin, and whether bytes depend on the order of hashes, which forks share.
"""

import atexit
import faulthandler
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryFile
from typing import NoReturn

import lidarsel

HEAVY = ("torch", "kornia", "scipy.optimize", "scipy.stats", "scipy.sparse", "matplotlib.figure", "msgspec", "yaml")
NOT_FORKED = ("ray", "open3d")
"""Libraries that begin threads as they are loaded, which a fork would lose; and so every module that needs one."""
PASSED_OVER = {"PYTEST_CURRENT_TEST"}
"""Variables that may differ from those that the libraries were loaded with."""
_MOST_TO_FORK_S = 60.0


class LoadedProcess:
    """A process with the libraries loaded, as it is known to those who ask it for commands, one at a time.

    Args:
        environment: its own, and so that of every command.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = _read(environment)
        self._turn = threading.Lock()
        self._socket, its = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(its.fileno())],
            env=environment,
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
        )
        its.close()
        atexit.register(self.end)

    def suits(self, environment: Mapping[str, str]) -> bool:
        """Whether a command with this environment can be had of it: libraries read theirs as they are loaded."""
        return _read(environment) == self._environment

    def run(self, arguments: Sequence[str], cwd: Path | None, seconds: float) -> "subprocess.CompletedProcess[str]":
        """``lidarsel`` to its end, nothing on its stdin.

        Raises:
            AssertionError: it did not end in so many seconds. It was asked where it hangs, and killed with its session.
        """
        words = [sys.executable, "-m", "lidarsel", *arguments]
        with self._turn, TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
            asked = json.dumps([str(cwd or Path.cwd()), arguments]).encode()
            socket.send_fds(self._socket, [len(asked).to_bytes(8, "little")], [out.fileno(), err.fileno()])
            self._socket.sendall(asked)
            pid = self._answer(_MOST_TO_FORK_S)
            try:
                status = self._answer(seconds)
            except TimeoutError:
                self._kill(pid)
                err.seek(0)
                said = f"did not end within {seconds:g} s, killed: {str(words)[:300]}\n{err.read()}"
                raise AssertionError(said) from None
            for file in (out, err):
                file.seek(0)
            return subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(status), out.read(), err.read())

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGABRT)  # Python's faulthandler answers with every thread's stack
        ended = False
        with suppress(TimeoutError):
            self._answer(5)
            ended = True
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        if not ended:
            self._answer(10)

    def _answer(self, seconds: float) -> int:
        self._socket.settimeout(seconds)
        told = self._socket.recv(8)
        assert len(told) == 8, "the process that commands are forked from is gone"
        return int.from_bytes(told, "little")

    def end(self) -> None:
        """It ends when nobody can ask it any more."""
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        self._process.kill()


def _read(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in PASSED_OVER}


def _next_command(asked: socket.socket) -> list[str]:
    """Fork whatever is asked for; returns its arguments, in the new process. Exits where nobody asks any more."""
    while True:
        head, files, _, _ = socket.recv_fds(asked, 8, 2)
        if not head:
            sys.exit()
        folder, arguments = json.loads(asked.recv(int.from_bytes(head, "little"), socket.MSG_WAITALL))
        pid = os.fork()
        if pid == 0:
            asked.close()
            os.setsid()
            for place, file in enumerate(files, 1):
                os.dup2(file, place)
                os.close(file)
            os.chdir(folder)
            sys.path[0] = folder
            return list(arguments)
        for file in files:
            os.close(file)
        asked.sendall(pid.to_bytes(8, "little"))
        asked.sendall(os.waitpid(pid, 0)[1].to_bytes(8, "little"))


def _load_own_modules() -> None:
    """All of lidarsel but what needs a library that is not forked."""
    sys.modules.update(dict.fromkeys(NOT_FORKED))  # type: ignore[arg-type]
    for module in walk_packages(lidarsel.__path__, "lidarsel."):
        if not module.name.endswith("__main__"):
            with suppress(ImportError):
                import_module(module.name)
    for name in NOT_FORKED:
        del sys.modules[name]


def main() -> None:
    """Load, and be the commands that are asked for at the socket whose number is given."""
    asked = socket.socket(fileno=int(sys.argv[1]))
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as lidarsel does before torch is loaded
    for name in HEAVY:
        import_module(name)
    _load_own_modules()
    gc.collect()
    gc.freeze()
    sys.argv[1:] = _next_command(asked)
    faulthandler.enable()
    try:
        runpy.run_module("lidarsel", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, int):  # lidarsel gives no other; all else ends as Python ends it
            _end(end.code)
        raise


def _end(code: int) -> NoReturn:
    """As an interpreter ends, but that nothing is freed: of what is shared, half a second would go by in copying it."""
    threading._shutdown()  # type: ignore[attr-defined]  # threads that are no daemons are waited for
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
