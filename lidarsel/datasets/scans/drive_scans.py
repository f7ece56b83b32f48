"""The scans of one drive in time order: read, their lines numbered, freed of motion, accumulated."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import read_points
from lidarsel.datasets.scans.accumulation import LEAST_NEIGHBOURS, NEIGHBOURS, Neighbour, accumulate
from lidarsel.datasets.scans.drive_motion import DriveMotion
from lidarsel.datasets.scans.thinned import Thinned, thinned_above
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Calibration, Scan
from lidarsel.geometry.lines import (
    covers_full_turn,
    elevation_of_points_deg,
    ends_within_line,
    lines_from_scan_order,
    median_elevation_deg,
)
from lidarsel.geometry.motion import deskew

_SCANS_KEPT = 2 * NEIGHBOURS + 2
_NO_RANGE_M = 1e-3
_CROP_MISSES = 4
_SKIP = "copy the file anew, or leave it out with --skip-bad"

Key = tuple[Path, int]
"""A scan: its file, and its frame number, as a file may hold a whole drive."""


class ScanCache:
    """The scans last used, de-skewed: neighbouring frames share most of theirs. One for all drives."""

    def __init__(self) -> None:
        self._ready: OrderedDict[Key, NDArray[np.float32]] = OrderedDict()

    def get(self, key: Key, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        """What ``make`` gave or now gives for the scan."""
        if key not in self._ready:
            self._ready[key] = make()
            if len(self._ready) > _SCANS_KEPT:
                self._ready.popitem(last=False)
        self._ready.move_to_end(key)
        return self._ready[key]


@dataclass(frozen=True, eq=False)
class NumberedScans:
    """Scans whose lines the sensor numbers itself. read(frame number) -> Scan, lines 0..n-1 from the topmost, or
    BadInputError naming the file. elevation_deg: float64 (n_lines,), finite, of the sensor's lines."""

    read: Callable[[int], Scan]
    elevation_deg: NDArray[np.float64]


class DriveScans:
    """One drive.

    paths: scan file by frame number, ascending. motion: where its poses come from, or None. notes: what the report
    must say of the drive. elevation_deg: float64 (n_lines,) of the lines that every scan of the data set must have;
    None while they are not known yet. forgiving: damaged neighbours are passed over in accumulation, not refused.
    thinned: the record that tells the lines of scans thinned by ``lidarsel apply``, or None.
    numbered: where the lines of scans come from, if not from the scan order of KITTI's files.
    """

    def __init__(
        self,
        name: str,
        paths: Mapping[int, Path],
        cache: ScanCache,
        forgiving: bool = False,
        numbered: NumberedScans | None = None,
    ) -> None:
        self.name = name
        self.paths = dict(sorted(paths.items()))
        self.motion: DriveMotion | None = None
        self.notes: list[str] = []
        self.elevation_deg: NDArray[np.float64] | None = None
        self.forgiving = forgiving
        in_scan_order = paths and numbered is None
        self.thinned: Thinned | None = thinned_above(next(iter(paths.values())).parent) if in_scan_order else None
        self._numbered = numbered
        self._cache = cache

    def scan(self, number: int) -> Scan:
        """The scan as it is in the file, with the line of each point.

        Raises BadInputError where the file is damaged, its points are in no scan order, it is cut short, or its
        number of lines is not the data set's.
        """
        if self._numbered is not None:
            return self._numbered.read(number)
        scan = read_scan(self.paths[number], self.thinned)
        if self.elevation_deg is None:
            return scan
        n_lines = self._count_lines(scan)
        numbered = scan if n_lines == len(self.elevation_deg) else numbered_for(scan, self.elevation_deg)
        if numbered is None:
            problem = f"has {n_lines} lines where the data set has {len(self.elevation_deg)}"
            raise BadInputError(self.paths[number], problem, _SKIP)
        return numbered

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        """float64 (n_lines,): median elevation of each line of one of the drive's scans; before thinning, if it was."""
        if self._numbered is not None:
            return self._numbered.elevation_deg
        if self.thinned is not None:
            return self.thinned.elevation_deg
        return median_elevation_deg(elevation_of_points_deg(scan.xyz_m), scan.line, self._count_lines(scan))

    def _count_lines(self, scan: Scan) -> int:
        return int(scan.line.max()) + 1 if self.thinned is None else self.thinned.lines.n_lines

    def xyz_m(self, number: int) -> NDArray[np.float32]:
        """float32 (N, 3): the scan's points in file order, de-skewed where the motion is known."""

        def read() -> NDArray[np.float32]:
            xyz = self.scan(number).xyz_m
            twist = None if self.motion is None else self.motion.twist(number)
            return xyz if twist is None else deskew(xyz, twist).astype(np.float32)

        return self._cache.get((self.paths[number], number), read)

    def neighbours(self, number: int) -> list[int]:
        """Frame numbers of the scans at most 5 before or after, nearest first (of two as near, the earlier)."""
        near = [n for n in range(number - NEIGHBOURS, number + NEIGHBOURS + 1) if n != number and n in self.paths]
        return sorted(near, key=lambda n: (abs(n - number), n))

    def can_accumulate(self, number: int) -> bool:
        """Whether there are neighbours enough."""
        return len(self.neighbours(number)) >= LEAST_NEIGHBOURS

    def accumulated(self, number: int, calibration: Calibration, size: tuple[int, int]) -> NDArray[np.float32]:
        """float32 (H, W): ground truth from this scan and its neighbours, metres, 0 = no value."""
        assert self.motion is not None
        others = []
        for other in self.neighbours(number):
            pose = self.motion.pose_between(number, other)
            if pose is None and self.forgiving:
                continue
            try:
                xyz = self.xyz_m(other)
            except BadInputError:
                if self.forgiving:
                    continue
                raise
            if pose is not None:
                others.append(Neighbour(xyz, pose))
        if len(others) < LEAST_NEIGHBOURS:
            problem = f"has only {len(others)} usable neighbouring scans to accumulate"
            raise BadInputError(self.paths[number], problem, "leave it out with --skip-bad or use --ground-truth scan")
        return accumulate(self.xyz_m(number), others, calibration, size)


def read_scan(path: Path, thinned: Thinned | None = None) -> Scan:
    """A scan file with the line of each point, by scan order or its record. Raises BadInputError naming the file."""
    points = read_points(path)
    xyz = points[:, :3]
    if thinned is not None:
        line = thinned.lines_of_scan(path, len(points))
        return Scan(np.ascontiguousarray(xyz), np.ascontiguousarray(points[:, 3]), line)
    seen = np.abs(xyz).max(axis=1) > _NO_RANGE_M  # a point at the lidar itself has no direction, hence no line
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
    return Scan(np.ascontiguousarray(xyz), np.ascontiguousarray(points[:, 3]), line)


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
