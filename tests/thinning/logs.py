"""What the tests of thinning share."""

from pathlib import Path

from lidarsel.datasets.base import ReadOptions
from lidarsel.thinning.apply import ThinningSummary, apply_lines


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def thin(data: Path, lines: Path, out: Path, link: bool = False, skip_bad: bool = False) -> ThinningSummary:
    return apply_lines(data, lines, out, ReadOptions(skip_bad=skip_bad), link, "test")
