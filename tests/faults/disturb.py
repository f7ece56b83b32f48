"""One disturbed run of a command, and what became of it."""

import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from tests.faults.jobs import Job
from tests.support.commands import outcome_of, started

_SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}
FAULTS = (*_SIGNALS, "memory", "two at once")
KEPT = re.compile(r"evaluations\.sqlite(-wal|-shm)?$|^\.lock$|\.resume$|\.log\.jsonl$")
_SMALLEST_DISK_BYTES = 16 << 10
_PATIENCE_S = 120
_HANGS = 1000


@dataclass(frozen=True)
class Whole:
    """What an undisturbed run made, and the seconds it took."""

    made: dict[str, object]
    seconds: float


@dataclass(frozen=True)
class Ending:
    """hit: the fault came before the end. same: what was made in the end is the undisturbed run's, and nothing
    unfinished stays beside it. said: what went wrong, if something did."""

    hit: bool
    same: bool
    said: str


def undisturbed(job: Job, folder: Path) -> Whole:
    job.prepare(folder)
    start = time.monotonic()
    code, said = _end(_started(job, folder))
    assert code == 0, said
    return Whole(job.made(folder), time.monotonic() - start)


def disturb(job: Job, fault: str, whole: Whole, folder: Path, random: Random) -> Ending:
    """Run, disturb, see that nothing half-made bears its last name, run again, and compare."""
    job.prepare(folder)
    process = _started(job, folder)
    other = _started(job, folder) if fault == "two at once" else None
    time.sleep(random.random() * whole.seconds)
    if fault == "memory":
        _give_no_more_memory(process.pid)
    else:
        process.send_signal(_SIGNALS.get(fault, signal.SIGKILL))
    code, _ = _end(process)
    if code == _HANGS:
        return Ending(True, False, "hangs after the fault")
    if other is not None:
        told, said = _end(other)
        if "Traceback" in said or "damaged" in said:
            return Ending(True, False, f"the other run: exit code {told}, {said[-500:]}")
    said = what_is_wrong_after(job, whole.made, folder, lambda: _end(_started(job, folder)))
    return Ending(code != 0, not said, said)


def what_is_wrong_after(job: Job, whole: dict[str, object], folder: Path, again: Callable[[], tuple[int, str]]) -> str:
    """Nothing, where all that bears its last name after a fault is whole and the same command, given again, makes what
    an undisturbed run makes and leaves nothing unfinished beside it. again: gives it; exit code and stderr."""
    early = job.whole_at_once(folder)
    wrong = [] if job.improves else [name for name in early if early[name] != whole.get(name)]
    if job.improves and "w.safetensors" in early:
        load_weights(folder / "made/w.safetensors")  # raises BadInputError where it is not whole
    if wrong:
        return f"after the fault, {wrong[0]} is not whole"
    unfinished = r"\.part$|^\.unfinished|\.lock$"
    if job.once and early:
        unfinished = r"\.part$|^\.unfinished"  # a lock that could not be removed goes with the next run, which is none
    else:
        code, said = again()
        if code != 0:
            return f"the same command again: exit code {code}, {said[-500:]}"
    made = job.made(folder)
    unlike = sorted(n for n in made.keys() | whole.keys() if made.get(n) != whole.get(n))
    left = sorted(path.name for path in folder.rglob("*") if re.search(unfinished, path.name))
    return "; ".join(f"{names} {what}" for names, what in ((unlike, "differ"), (left, "stay")) if names)


def full_disk(job: Job, folder: Path) -> tuple[int, str, list[str]]:
    """A run that can write no file beyond 16 KiB: exit code, stderr, and what it leaves that was not there.

    What the same command goes on with may stay: a store, a checkpoint and its log.
    """
    job.prepare(folder)
    before = set(folder.rglob("*"))
    code, said = _end(_started(job, folder, partial(_limit, resource.RLIMIT_FSIZE, _SMALLEST_DISK_BYTES)))
    left = [path.name for path in folder.rglob("*") if path not in before and path.is_file()]
    return code, said, sorted(name for name in left if not KEPT.search(name))


def _started(job: Job, folder: Path, limit: Callable[[], None] | None = None) -> "subprocess.Popen[str]":
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "1000"}
    return started(*job.arguments, cwd=folder, env=surroundings, before=limit)


def _give_no_more_memory(pid: int) -> None:
    """From this moment every request of the process for more memory than it has is refused."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
        resource.prlimit(pid, resource.RLIMIT_AS, (pages * resource.getpagesize(),) * 2)
    except (ProcessLookupError, FileNotFoundError, IndexError, ValueError):
        return  # it has ended


def _limit(what: int, limit: int) -> None:
    resource.setrlimit(what, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit code and stderr; a command that hangs is killed, and says so."""
    try:
        said = process.communicate(timeout=_PATIENCE_S)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return _HANGS, outcome_of(process)[1]
    return process.returncode, said
