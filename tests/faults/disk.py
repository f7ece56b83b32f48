"""A command on a disk that is too small, or that nothing can be written to: a tmpfs in a namespace of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.faults.jobs import Job

_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
_SCRIPT = """
set -e
prepared=$1 folder=$2 left=$3 options=$4; shift 4
mount -t tmpfs -o "${options#ro,}" none "$folder"
cp -r "$prepared/." "$folder"
case $options in ro,*) mount -o remount,ro "$folder" ;; esac
cd "$folder"
set +e
"$@" 2> "$left.said"
code=$?
cd /
cp -r "$folder" "$left"
exit $code
"""
_PATIENCE_S = 300


@dataclass(frozen=True)
class OnDisk:
    """code, said: the exit code and stderr. left: a copy of the disk afterwards. before: what was on it, by name."""

    code: int
    said: str
    left: Path
    before: frozenset[str]

    def new(self) -> list[str]:
        """The files that the command left, by name below the disk."""
        found = {p.relative_to(self.left).as_posix() for p in self.left.rglob("*") if p.is_file()}
        return sorted(found - self.before)


@cache
def can_mount() -> bool:
    """Whether this machine lets its users mount in a namespace (some containers do not)."""
    try:
        done = subprocess.run(
            [*_NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False, timeout=300
        )
    except FileNotFoundError:
        return False
    return done.returncode == 0


def run_on_disk(job: Job, folder: Path, room_bytes: int | None) -> OnDisk:
    """room_bytes: what is left on the disk when the command starts; None: it cannot be written to."""
    prepared = folder.with_name(f"{folder.name}-prepared")
    job.prepare(prepared)
    folder.mkdir()
    files = [path for path in prepared.rglob("*") if path.is_file()]
    page = os.sysconf("SC_PAGESIZE")
    own_bytes = sum(-(-path.stat().st_size // page) * page for path in files)
    options = "ro,size=16m" if room_bytes is None else f"size={own_bytes + room_bytes}"
    left = folder.with_name(f"{folder.name}-left")
    places = [str(path) for path in (prepared, folder, left)]
    command = [*_NAMESPACE, "sh", "-c", _SCRIPT, "sh", *places, options]
    command += [sys.executable, "-m", "lidarsel", *job.arguments]
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "1000"}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    assert left.is_dir(), done.stderr
    said = Path(f"{left}.said").read_text()
    names = frozenset(path.relative_to(prepared).as_posix() for path in files)
    return OnDisk(done.returncode, said, left, names)
