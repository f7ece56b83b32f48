"""A check-up in words."""

from collections.abc import Iterator

from lidarsel.machine.checkup import Checkup, PartState
from lidarsel.machine.parts import PARTS


def summary_lines(found: Checkup) -> Iterator[str]:
    """The machine, each part, what mends what is missing, and whether the main job can run."""
    gpus = ", ".join(found.gpus) or "none that torch can use"
    cuda = "without CUDA" if found.torch_cuda is None else f"for CUDA {found.torch_cuda}"
    yield f"lidarsel   {found.lidarsel_version}"
    yield f"Python     {found.python_version}  {found.python}"
    yield f"system     {found.system}"
    yield f"cores      {found.cores}"
    yield f"memory     {_size(found.memory_bytes)}, {_size(found.memory_free_bytes)} free"
    yield f"disk       {_size(found.disk_free_bytes)} free for {found.run_folder}"
    yield f"GPU        {gpus} (torch is built {cuda})"
    for problem in found.problems:
        yield f"caution    {problem}"
    yield ""
    yield "To use lidarsel:"
    for part in found.parts:
        if not part.for_developers:
            yield from _part_lines(part)
    yield ""
    yield "To work on lidarsel itself (no command needs these):"
    for part in found.parts:
        if part.for_developers:
            yield from _part_lines(part)
    yield ""
    yield "The main job can run." if found.works else "The main job cannot run."


def _part_lines(part: PartState) -> Iterator[str]:
    broken = [package for package in part.packages if package.problem is not None]
    if not broken:
        versions = ", ".join(f"{package.name} {package.version or ''}".rstrip() for package in part.packages)
        yield f"{part.name:<10} ok: {versions}"
        return
    if part.name != PARTS[0].name and all(package.version is None for package in broken):
        yield f"{part.name:<10} not installed: for {part.wanted_by}"
        yield f"           add it: {part.remedy}"
        return
    yield f"{part.name:<10} MISSING, wanted by {part.wanted_by}"
    for package in broken:
        yield f"           {package.name}: {package.problem}"
    yield f"           mend it: {part.remedy}"


def _size(size_bytes: int | None) -> str:
    return "unknown" if size_bytes is None else f"{size_bytes / 1e9:.1f} GB"
