"""The check-up of this machine: what is there, what is missing for which command, and the line that mends it."""

import importlib.metadata
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from lidarsel import __version__
from lidarsel.machine.imports import try_imports
from lidarsel.machine.parts import PARTS, PackageSet
from lidarsel.machine.remedies import PackageState, remedy

MEMORY_NEEDED_BYTES = 2_000_000_000
"""Peak memory of full-size frames with dense ground truth was 1,668 MiB (docs/cluster.md)."""
DISK_NEEDED_BYTES = 100_000_000
"""A run's folder is some tens of MB: pictures, and 58.6 bytes an evaluation (docs/cluster.md)."""


@dataclass(frozen=True)
class PartState:
    """remedy: the command that mends it, None where all of it works. for_developers: no command wants it."""

    name: str
    wanted_by: str
    for_developers: bool
    works: bool
    packages: list[PackageState]
    remedy: str | None


@dataclass(frozen=True)
class Checkup:
    """What ``lidarsel doctor`` says. Sizes in bytes; None where the system does not tell.

    torch_cuda: CUDA version that torch was built for. gpus: those torch can use. run_folder: where runs are to be
    written; disk_free_bytes: there. works: the main job can run. problems: a sentence each, also those it runs with.
    """

    lidarsel_version: str
    python: str
    python_version: str
    system: str
    cores: int
    memory_bytes: int | None
    memory_free_bytes: int | None
    torch_cuda: str | None
    gpus: list[str]
    run_folder: str
    disk_free_bytes: int
    works: bool
    parts: list[PartState]
    problems: list[str]


def check_up(run_folder: Path) -> Checkup:
    """Look at everything, which takes some seconds: every package is imported."""
    parts, cuda, gpus = [], None, []
    for part in PARTS:
        found, (built_for, names) = try_imports(part.packages)
        parts.append(_state(part, found))
        if "torch" in part.packages:
            cuda, gpus = built_for, names
    memory, memory_free = _memory_bytes()
    place = _existing(run_folder.absolute())
    writable = os.access(place, os.W_OK | os.X_OK) and place.is_dir()
    disk_free = shutil.disk_usage(place).free
    problems = []
    if not writable:
        problems.append(f"{run_folder}: cannot be written to; give another folder with -o.")
    if disk_free < DISK_NEEDED_BYTES:
        problems.append(f"{run_folder}: {disk_free / 1e6:.0f} MB free on its disk, a run may take 100 MB.")
    if memory_free is not None and memory_free < MEMORY_NEEDED_BYTES:
        problems.append(f"{memory_free / 1e9:.1f} GB of memory free; a run of full-size frames may take 2 GB.")
    if cuda is None and Path("/proc/driver/nvidia/version").exists():
        problems.append(
            "There is an NVIDIA driver, but torch is built without CUDA: install torch from its CUDA index."
        )
    return Checkup(
        lidarsel_version=__version__,
        python=sys.executable,
        python_version=platform.python_version(),
        system=platform.platform(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=memory,
        memory_free_bytes=memory_free,
        torch_cuda=cuda,
        gpus=gpus,
        run_folder=str(run_folder),
        disk_free_bytes=disk_free,
        works=writable and all(state.works for part, state in zip(PARTS, parts, strict=True) if part.extra is None),
        parts=parts,
        problems=problems,
    )


def _state(part: PackageSet, found: dict[str, str | None]) -> PartState:
    packages = [PackageState(name, _version(name), found[name]) for name in part.packages]
    works = not any(found.values())
    return PartState(part.name, part.wanted_by, part.for_developers, works, packages, remedy(part, packages))


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _memory_bytes() -> tuple[int | None, int | None]:
    """All of it, and what programs may still take (Linux only, where unused cache counts as free)."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None, None
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}
    return sizes.get("MemTotal"), sizes.get("MemAvailable")


def _existing(path: Path) -> Path:
    """The nearest folder above that is there: the run's folder is made when it is needed."""
    return next(place for place in (path, *path.parents) if place.exists())
