"""Which line each point of a scan is of: told by the order of points, by a record, or by the sensor itself."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import require_reachable, returned
from lidarsel.datasets.scans.columns import KITTI_COLUMNS, ScanColumns, read_columns
from lidarsel.datasets.scans.known_lines import KnownLines
from lidarsel.datasets.scans.plausible import TURN_AXES, other_axes
from lidarsel.datasets.scans.thinned import ThinnedTree
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Scan
from lidarsel.geometry.cones import LineElevations, fit_cones
from lidarsel.geometry.lines import (
    MOST_LINES,
    covers_full_turn,
    elevation_of_points_deg,
    ends_within_line,
    lines_and_phase,
    median_elevation_deg,
)

_CROP_MISSES = 4
_SKIP = "copy the file anew, or leave it out with --skip-bad"


class ScanNumbering(Protocol):
    """How the lines of a drive's scans are told. thinned: the record of ``lidarsel apply`` beside them, or None.
    notes: what results must say of it."""

    @property
    def thinned(self) -> ThinnedTree | None: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def tells_lines(self) -> bool:
        """Whether every scan shows all of the sensor's lines, so that these can be judged by it."""
        ...

    def scan(self, path: Path, number: int) -> Scan:
        """The scan as it is in its file, with the line of each point.

        Args:
            path: the file. number: which frame of the drive it holds, as a file may hold a whole drive.

        Raises:
            BadInputError: names the file, which is damaged or not of the sensor.
        """
        ...

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        """float64 (n_lines,): of each of the sensor's lines the known elevation, else the apparent one in a scan."""
        ...

    @property
    def known(self) -> LineElevations | None:
        """The elevations of the sensor's lines where a record or a calibration tells them; None: scans must."""
        ...

    def of_sensor(self, elevations: LineElevations) -> "ScanNumbering":
        """The same once the sensor's lines are known: scans that have not these are refused."""
        ...


@dataclass(frozen=True, eq=False)
class ScanOrder:
    """KITTI's files: one line's points after the other's. sensor: its lines; None if not known yet.
    columns: of the files. notes: what results must say of them. known_lines: of scans read before."""

    sensor: LineElevations | None = None
    thinned: ThinnedTree | None = None
    columns: ScanColumns = KITTI_COLUMNS
    notes: tuple[str, ...] = ()
    known_lines: KnownLines = field(default_factory=KnownLines)
    tells_lines = True

    def scan(self, path: Path, number: int) -> Scan:
        scan = read_scan(path, self.columns, known=self.known_lines)
        return _of_sensor(path, scan, int(scan.line.max()) + 1, self.sensor)

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        return median_elevation_deg(elevation_of_points_deg(scan.xyz_m), scan.line, int(scan.line.max()) + 1)

    @property
    def known(self) -> None:
        return None

    def of_sensor(self, elevations: LineElevations) -> "ScanOrder":
        return replace(self, sensor=elevations)


@dataclass(frozen=True, eq=False)
class RecordedLines:
    """KITTI's files thinned by ``lidarsel apply``, whose record tells the lines. sensor, columns, notes: as
    in ``ScanOrder``."""

    thinned: ThinnedTree
    sensor: LineElevations | None = None
    columns: ScanColumns = KITTI_COLUMNS
    notes: tuple[str, ...] = ()
    tells_lines = False

    def scan(self, path: Path, number: int) -> Scan:
        scan = read_scan(path, self.columns, self.thinned)
        return _of_sensor(path, scan, self.thinned.lines.n_lines, self.sensor)

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        return self.thinned.elevations.elevation_deg

    @property
    def known(self) -> LineElevations:
        return self.thinned.elevations

    def of_sensor(self, elevations: LineElevations) -> "RecordedLines":
        return replace(self, sensor=elevations)


@dataclass(frozen=True, eq=False)
class SensorLines:
    """Scans whose lines the sensor tells, by its rings or its calibration.

    Args:
        read: (path, frame number) -> Scan, its lines 0..n-1 from the topmost; or BadInputError naming the file.
        elevation_deg: float64 (n_lines,), finite, of the sensor's lines: the known ones, else the apparent ones.
        thinned: the record of ``lidarsel apply``, which numbered rings do not need.
        notes: what results must say of the numbering.
        known: the elevations, where a record or a calibration tells them.
    """

    read: Callable[[Path, int], Scan]
    elevation_deg: NDArray[np.float64]
    thinned: ThinnedTree | None = None
    notes: tuple[str, ...] = ()
    known: LineElevations | None = None

    @property
    def tells_lines(self) -> bool:
        return self.thinned is None and len(self.elevation_deg) > 1

    def scan(self, path: Path, number: int) -> Scan:
        return self.read(path, number)

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        return self.elevation_deg

    def of_sensor(self, elevations: LineElevations) -> "SensorLines":
        return self


def read_scan(
    path: Path,
    columns: ScanColumns = KITTI_COLUMNS,
    thinned: ThinnedTree | None = None,
    known: KnownLines | None = None,
) -> Scan:
    """A scan file with the line of each point, by scan order or its record, without "no return".

    known: the lines told by scan order before, looked up and added to. Raises BadInputError naming the file.
    """
    table = read_columns(path, columns)
    away = returned(path, table.xyz_m)
    tell = partial(lines_in_file, path, table.xyz_m, away, thinned)
    line = tell() if known is None else known.get(table.xyz_m, tell)
    return Scan(table.xyz_m.compress(away, axis=0), table.intensity.compress(away), line.compress(away))


def lines_in_file(
    path: Path, xyz_m: NDArray[np.float32], away: NDArray[np.bool_], thinned: ThinnedTree | None = None
) -> NDArray[np.int16]:
    """float32 (N, 3), all points of a file in its order -> int16 (N,), by scan order or its record, -1 for "no return".

    away: bool (N,), the points that are none. Raises BadInputError naming the file.
    """
    seen = xyz_m.compress(away, axis=0)  # a quarter of the time that xyz_m[away] takes
    require_reachable(path, seen)
    if thinned is not None:
        return thinned.lines_of_scan(path, len(xyz_m))
    line = np.full(len(xyz_m), UNKNOWN_LINE, np.int16)
    try:
        line[away], phase = lines_and_phase(seen)
    except ValueError:
        raise _in_no_order(path, seen) from None
    if line.max() >= MOST_LINES:
        raise _in_no_order(path, seen)
    if ends_within_line(seen, line[away], phase):
        raise BadInputError(path, f"is cut short: {int(line.max()) + 1} lines, the last one not whole", _SKIP)
    return line


def _in_no_order(path: Path, xyz_m: NDArray[np.float32]) -> BadInputError:
    axes = other_axes(xyz_m)
    if axes is not None:
        return BadInputError(path, axes, TURN_AXES)
    problem = "has its points in no scan order, so their lines cannot be told"
    remedy = (
        "calibrate the sensor with lidarsel calibrate and give --sensor, or store scans line after line; name the "
        "file's columns with --scan-columns where they are not x,y,z,intensity"
    )
    return BadInputError(path, problem, remedy)


def numbered_for(scan: Scan, sensor: LineElevations) -> Scan | None:
    """A scan numbered by its own order -> by a sensor's lines, or None where it has not the sensor's lines.

    In a scan cropped to a camera some lines see nothing but the crop's edge: a few may be missing, and the others are
    placed by elevation, of the same kind as the sensor's.
    """
    n_lines, elevation_deg = int(scan.line.max()) + 1, sensor.elevation_deg
    if n_lines == len(elevation_deg):
        return scan
    if not len(elevation_deg) - _CROP_MISSES <= n_lines < len(elevation_deg) or covers_full_turn(scan.xyz_m):
        return None
    if sensor.kind == "cone":
        own = fit_cones(scan.xyz_m, scan.line, n_lines).elevation_deg
    else:
        own = median_elevation_deg(elevation_of_points_deg(scan.xyz_m), scan.line, n_lines)
    if np.isnan(own).all():
        return None
    shifts = range(len(elevation_deg) - n_lines + 1)
    shift = min(shifts, key=lambda s: float(np.nanmedian(np.abs(own - elevation_deg[s : s + n_lines]))))
    return replace(scan, line=np.where(scan.line == UNKNOWN_LINE, scan.line, scan.line + np.int16(shift)))


def _of_sensor(path: Path, scan: Scan, n_lines: int, sensor: LineElevations | None) -> Scan:
    """The scan by the sensor's lines, where these are known. Raises BadInputError where it has others."""
    if sensor is None or n_lines == len(sensor.elevation_deg):
        return scan
    numbered = numbered_for(scan, sensor)
    if numbered is None:
        problem = f"has {n_lines} lines where the data set has {len(sensor.elevation_deg)}"
        raise BadInputError(path, problem, _SKIP)
    return numbered
