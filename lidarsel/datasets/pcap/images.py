"""Camera images that are named by the time they were taken at, in seconds or smaller units since 1970."""

import re
from datetime import datetime, timezone
from pathlib import Path

from lidarsel.datasets.parts.images import IMAGE_FOLDERS, IMAGE_SUFFIXES
from lidarsel.errors import BadInputError

_TIME = re.compile(r"(\d{9,19})(?:\.(\d{1,12}))?", re.ASCII)
_NS_OF_DIGITS = {9: 1_000_000_000, 12: 1_000_000, 15: 1_000, 18: 1}
"""What a unit of a whole number is in nanoseconds, by the digits that it has at least: since 1973 to after 2200."""
_LATEST_NS = 1 << 63


def stamped_images(folder: Path) -> dict[int, Path]:
    """The images in a folder's images/ or image/ by their time in ns, ascending; empty where there is none.

    Raises BadInputError for one that is not named by its time, or for two of one time.
    """
    for name in IMAGE_FOLDERS:
        there = sorted((folder / name).iterdir()) if (folder / name).is_dir() else []
        files = [file for file in there if file.suffix.lower() in IMAGE_SUFFIXES]
        if files:
            return _by_time(files)
    return {}


def shown(stamp_ns: int) -> str:
    """A time for people: 2023-11-14 22:13:20.250 UTC."""
    seconds, rest = divmod(stamp_ns, 1_000_000_000)
    day = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{day:%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03d} UTC"


def _by_time(files: list[Path]) -> dict[int, Path]:
    found: dict[int, Path] = {}
    for file in files:
        stamp_ns = _stamp_ns(file)
        if stamp_ns in found:
            problem = f"is of the same time as {found[stamp_ns].name}"
            raise BadInputError(file, problem, "keep one of the two in the folder")
        found[stamp_ns] = file
    return dict(sorted(found.items()))


def _stamp_ns(file: Path) -> int:
    match = _TIME.fullmatch(file.stem)
    stamp_ns = _LATEST_NS
    if match is not None:
        whole, fraction = match[1], match[2]
        unit_ns = next(ns for digits, ns in sorted(_NS_OF_DIGITS.items(), reverse=True) if len(whole) >= digits)
        if fraction is None:
            stamp_ns = int(whole) * unit_ns
        elif unit_ns == _NS_OF_DIGITS[9]:
            stamp_ns = int(whole) * unit_ns + int(fraction.ljust(9, "0")[:9])
    if stamp_ns >= _LATEST_NS:
        problem = "is not named by the time it was taken at, which tells the turn of the lidar that it belongs to"
        remedy = "name images by seconds (1700000000.25.png) or nanoseconds (1700000000250000000.png) since 1970"
        raise BadInputError(file, problem, remedy)
    return stamp_ns
