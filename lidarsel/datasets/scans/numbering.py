"""Which line each point of a scan is of: told by the order of points, by a record, or by the sensor itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import read_points
from lidarsel.datasets.scans.known_lines import KnownLines
from lidarsel.datasets.scans.thinned import ThinnedTree, thinned_above
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Scan
from lidarsel.geometry.lines import (
    covers_full_turn,
    elevation_of_points_deg,
    ends_within_line,
    lines_from_scan_order,
    median_elevation_deg,
)

_NO_RANGE_M = 1e-3
_CROP_MISSES = 4
_SKIP = "copy the file anew, or leave it out with --skip-bad"


class ScanNumbering(Protocol):
    """How the lines of a drive's scans are told. thinned: the record of ``lidarsel apply`` beside them, or None."""

    @property
    def thinned(self) -> ThinnedTree | None: ...

    def scan(self, path: Path, number: int) -> Scan:
        """The scan as it is in its file, with the line of each point.

        Args:
            path: the file. number: which frame of the drive it holds, as a file may hold a whole drive.

        Raises:
            BadInputError: names the file, which is damaged or not of the sensor.
        """
        ...

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        """float64 (n_lines,): elevation of each of the sensor's lines, as far as one of its scans tells."""
        ...

    def of_sensor(self, elevation_deg: NDArray[np.float64]) -> "ScanNumbering":
        """The same once the sensor's lines are known, float64 (n_lines,): scans that have not these are refused."""
        ...


@dataclass(frozen=True, eq=False)
class ScanOrder:
    """KITTI's files: one line's points after the other's. sensor_deg: of the sensor's lines; None if not known yet.
    known: the lines of scans read before."""

    sensor_deg: NDArray[np.float64] | None = None
    thinned: ThinnedTree | None = None
    known: KnownLines = field(default_factory=KnownLines)

    def scan(self, path: Path, number: int) -> Scan:
        scan = read_scan(path, known=self.known)
        return _of_sensor(path, scan, int(scan.line.max()) + 1, self.sensor_deg)

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        return median_elevation_deg(elevation_of_points_deg(scan.xyz_m), scan.line, int(scan.line.max()) + 1)

    def of_sensor(self, elevation_deg: NDArray[np.float64]) -> "ScanOrder":
        return replace(self, sensor_deg=elevation_deg)


@dataclass(frozen=True, eq=False)
class RecordedLines:
    """KITTI's files thinned by ``lidarsel apply``, whose record tells the lines. sensor_deg: as in ``ScanOrder``."""

    thinned: ThinnedTree
    sensor_deg: NDArray[np.float64] | None = None

    def scan(self, path: Path, number: int) -> Scan:
        return _of_sensor(path, read_scan(path, self.thinned), self.thinned.lines.n_lines, self.sensor_deg)

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        return self.thinned.elevation_deg

    def of_sensor(self, elevation_deg: NDArray[np.float64]) -> "RecordedLines":
        return replace(self, sensor_deg=elevation_deg)


@dataclass(frozen=True, eq=False)
class SensorLines:
    """Scans whose lines the sensor tells, by its rings or its calibration.

    Args:
        read: (path, frame number) -> Scan, its lines 0..n-1 from the topmost; or BadInputError naming the file.
        elevation_deg: float64 (n_lines,), finite, of the sensor's lines.
        thinned: the record of ``lidarsel apply``, which numbered rings do not need.
    """

    read: Callable[[Path, int], Scan]
    elevation_deg: NDArray[np.float64]
    thinned: ThinnedTree | None = None

    def scan(self, path: Path, number: int) -> Scan:
        return self.read(path, number)

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        return self.elevation_deg

    def of_sensor(self, elevation_deg: NDArray[np.float64]) -> "SensorLines":
        return self


def kitti_numbering(paths: Mapping[int, Path]) -> ScanNumbering:
    """Of a drive's scans in KITTI's format, by frame number: by their record where they were thinned, else by order."""
    thinned = thinned_above(next(iter(paths.values())).parent) if paths else None
    return ScanOrder() if thinned is None else RecordedLines(thinned)


def read_scan(path: Path, thinned: ThinnedTree | None = None, known: KnownLines | None = None) -> Scan:
    """A scan file with the line of each point, by scan order or its record. Raises BadInputError naming the file.

    known: the lines told by scan order before, looked up and added to.
    """
    points = read_points(path)
    xyz = np.ascontiguousarray(points[:, :3])
    if thinned is not None:
        line = thinned.lines_of_scan(path, len(points))
    elif known is not None:
        line = known.get(points, lambda: _lines_by_order(path, xyz))
    else:
        line = _lines_by_order(path, xyz)
    return Scan(xyz, np.ascontiguousarray(points[:, 3]), line)


def _lines_by_order(path: Path, xyz: NDArray[np.float32]) -> NDArray[np.int16]:
    # a point at the lidar itself has no direction, hence no line; coordinate by coordinate, as rows of 3 take long
    away_m = np.abs(xyz)
    seen = np.maximum(np.maximum(away_m[:, 0], away_m[:, 1]), away_m[:, 2]) > _NO_RANGE_M
    if not seen.any():
        raise BadInputError(path, "has no point away from the lidar", _SKIP)
    line = np.full(len(xyz), UNKNOWN_LINE, np.int16)
    try:
        line[seen] = lines_from_scan_order(xyz[seen])
    except ValueError:
        problem = "has its points in no scan order, so their lines cannot be told"
        remedy = "calibrate the sensor with lidarsel calibrate and give --sensor, or store scans line after line"
        raise BadInputError(path, problem, remedy) from None
    if ends_within_line(xyz[seen], line[seen]):
        raise BadInputError(path, f"is cut short: {int(line.max()) + 1} lines, the last one not whole", _SKIP)
    return line


def numbered_for(scan: Scan, elevation_deg: NDArray[np.float64]) -> Scan | None:
    """A scan numbered by its own order -> by a sensor's lines, or None where it has not the sensor's lines.

    In a scan cropped to a camera some lines see nothing but the crop's edge: a few may be missing, and the others are
    placed by elevation.
    """
    n_lines = int(scan.line.max()) + 1
    if n_lines == len(elevation_deg):
        return scan
    if not len(elevation_deg) - _CROP_MISSES <= n_lines < len(elevation_deg) or covers_full_turn(scan.xyz_m):
        return None
    own = median_elevation_deg(elevation_of_points_deg(scan.xyz_m), scan.line, n_lines)
    shifts = range(len(elevation_deg) - n_lines + 1)
    shift = min(shifts, key=lambda s: float(np.median(np.abs(own - elevation_deg[s : s + n_lines]))))
    return replace(scan, line=np.where(scan.line == UNKNOWN_LINE, scan.line, scan.line + np.int16(shift)))


def _of_sensor(path: Path, scan: Scan, n_lines: int, sensor_deg: NDArray[np.float64] | None) -> Scan:
    """The scan by the sensor's lines, where these are known. Raises BadInputError where it has others."""
    if sensor_deg is None or n_lines == len(sensor_deg):
        return scan
    numbered = numbered_for(scan, sensor_deg)
    if numbered is None:
        problem = f"has {n_lines} lines where the data set has {len(sensor_deg)}"
        raise BadInputError(path, problem, _SKIP)
    return numbered
