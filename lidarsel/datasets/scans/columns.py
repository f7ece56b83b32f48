"""What the columns of a ``.bin`` scan are: float32 rows that say nothing of themselves.

How long a row is follows from the columns' statistics. Read in rows of the wrong length, every column is the same
mixture of all; in rows of the right one, columns differ, whatever the order of the points. Which column is the ring
follows from its points: they share an elevation.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import MOST_RANGE_M, read_bytes, read_points
from lidarsel.errors import BadInputError
from lidarsel.geometry.lines import MOST_LINES
from lidarsel.geometry.ranks import ranks
from lidarsel.geometry.ring_order import require_shared, ring_elevations

_TRIED = 3
_LENGTHS = (4, 3, 5, 6, 7, 8)
_LOOKED_AT = 840 * 60  # numbers: a multiple of every length
_LEAST_ROWS = 500  # fewer tell nothing
_DIFFER = 0.02  # of the variance is between columns, at least; chance makes a hundredth of it
_BETTER = 1.3  # a multiple of the true length explains as much, and no more
_LEAST_RINGS = 4
_MEDIAN_RANGE_M = (0.5, 500.0)
_AS_FLOAT32 = "write it as float32, in numpy by points.astype('float32').tofile(path)"


@dataclass(frozen=True)
class ScanColumns:
    """The names of a row's columns; those that are none of x, y, z, intensity and ring are passed over."""

    names: tuple[str, ...]

    @property
    def has_ring(self) -> bool:
        return "ring" in self.names

    def __str__(self) -> str:
        return ",".join(self.names)


KITTI_COLUMNS = ScanColumns(("x", "y", "z", "intensity"))


@dataclass(frozen=True, eq=False)
class ColumnTable:
    """All rows of a file. xyz_m: float32 (N, 3), "no return" among them. intensity: float32 (N,), 0 where the file has
    none. ring: float32 (N,), or None."""

    xyz_m: NDArray[np.float32]
    intensity: NDArray[np.float32]
    ring: NDArray[np.float32] | None


def read_columns(path: Path, columns: ScanColumns) -> ColumnTable:
    """Raises BadInputError naming the file."""
    points = read_points(path, len(columns.names))
    at = {name: number for number, name in enumerate(columns.names)}
    xyz = points[:, [at["x"], at["y"], at["z"]]]
    intensity = points[:, at["intensity"]] if "intensity" in at else np.zeros(len(points), np.float32)
    return ColumnTable(xyz, intensity, points[:, at["ring"]] if "ring" in at else None)


def find_columns(paths: Sequence[Path], wanted: tuple[str, ...] | None) -> ScanColumns:
    """Of scan files of one sensor: what the user says, else what the first that tells anything tells, else KITTI's.
    Three are looked at, as the first may be damaged.

    Raises BadInputError where a file's rows are not of 4 columns, and what the others mean cannot be told, or where its
    numbers are float64.
    """
    if wanted is not None:
        return ScanColumns(wanted)
    for path in paths[:_TRIED]:
        with suppress(OSError):  # told when the file is read
            status = path.stat()
            found = _told_by(path, (status.st_mtime_ns, status.st_size))
            if found is not None:
                return found
    return KITTI_COLUMNS


@lru_cache(maxsize=4096)  # scans and their labels both ask, of every drive
def _told_by(path: Path, _written: tuple[int, int]) -> ScanColumns | None:
    """Of one file, as it was written at a time and of a size; None where it tells nothing or cannot be read."""
    try:
        content = read_bytes(path)
    except BadInputError:
        return None
    if _is_double(content):
        raise BadInputError(path, "holds float64 numbers, where scans are float32", _AS_FLOAT32)
    length = _length(content)
    return None if length is None else _meanings(path, content, length)


def _is_double(content: bytes) -> bool:
    """Whether points of a lidar stand there as float64. A quarter of these, read as float32, lie beyond all reach."""
    if len(content) % 8 or len(content) < 8 * _LEAST_ROWS * max(_LENGTHS):
        return False
    singles = np.frombuffer(content, "<f4")[: 2 * _LOOKED_AT]
    if (np.abs(singles) < MOST_RANGE_M).all():
        return False
    doubles = np.frombuffer(content, "<f8")[:_LOOKED_AT]
    return any(_is_cloud(_returned(doubles[: len(doubles) // n * n].reshape(-1, n))[:, :3]) for n in _LENGTHS)


def _length(content: bytes) -> int | None:
    """Of a row; None where the numbers do not tell."""
    n_numbers = len(content) // 4
    numbers = np.frombuffer(content, "<f4", n_numbers)[:_LOOKED_AT]
    if n_numbers < _LEAST_ROWS * 4:
        return None
    with np.errstate(invalid="ignore"):
        features = [ranks(numbers), ranks(np.abs(numbers))]
    best, best_share = None, _DIFFER
    for length in sorted(_LENGTHS):
        share = sum(_between(feature, length) for feature in features)
        if share > best_share * (_BETTER if best is not None else 1):
            best, best_share = length, share
    return best


def _between(feature: NDArray[np.float64], length: int) -> float:
    """The share of a feature's variance that is between columns, in rows of this length."""
    rows = feature[: len(feature) // length * length].reshape(-1, length)
    whole = np.nanvar(rows)
    return float(np.var(np.nanmean(rows, axis=0)) / whole) if whole > 0 else 0.0


def _meanings(path: Path, content: bytes, length: int) -> ScanColumns:
    """Of the columns of rows of this length; four without a ring are KITTI's. Raises BadInputError where they cannot be
    told."""
    rows = np.frombuffer(content, "<f4", len(content) // 4 // length * length).reshape(-1, length)
    rows = _returned(rows)
    is_cloud = _is_cloud(rows[:, :3])
    if length == len(KITTI_COLUMNS.names) and not (is_cloud and _is_ring(rows[:, :3], rows[:, 3])):
        return KITTI_COLUMNS
    if not is_cloud:
        raise _ambiguous(path, length, "whose first three are no points of a lidar")
    rings = [number for number in range(3, length) if _is_ring(rows[:, :3], rows[:, number])]
    if len(rings) > 1:
        raise _ambiguous(path, length, f"of which {len(rings)} could be the ring")
    others = [number for number in range(3, length) if number not in rings]
    names = ["x", "y", "z", *(f"column{number}" for number in range(3, length))]
    if rings:
        names[rings[0]] = "ring"
    if others:
        names[others[0]] = "intensity"
    return ScanColumns(tuple(names))


def _returned(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Those that are finite and away from the lidar."""
    finite = np.isfinite(rows).all(axis=1)
    found: NDArray[np.floating] = rows[finite & (np.where(finite[:, None], rows, 0)[:, :3] != 0).any(axis=1)]
    return found


def _is_cloud(xyz_m: NDArray[np.floating]) -> bool:
    if len(xyz_m) < _LEAST_ROWS:
        return False
    least, most = _MEDIAN_RANGE_M
    range_m = np.hypot(np.hypot(xyz_m[:, 0], xyz_m[:, 1]), xyz_m[:, 2])
    return bool(least < np.median(range_m) < most and range_m.max() < MOST_RANGE_M)


def _is_ring(xyz_m: NDArray[np.floating], column: NDArray[np.floating]) -> bool:
    if not ((column >= 0) & (column <= MOST_LINES) & (column == np.floor(column))).all():
        return False
    ring = column.astype(np.int64)
    if len(np.unique(ring)) < _LEAST_RINGS:
        return False
    try:
        require_shared(ring_elevations(xyz_m, ring))
    except ValueError:
        return False
    return True


def _ambiguous(path: Path, length: int, why: str) -> BadInputError:
    problem = f"has rows of {length} columns, {why}"
    return BadInputError(path, problem, "name them, like --scan-columns x,y,z,intensity,ring")
