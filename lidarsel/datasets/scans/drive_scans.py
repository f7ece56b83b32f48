"""The scans of one drive in time order: read, their lines numbered, freed of motion, accumulated."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.scans.accumulation import LEAST_NEIGHBOURS, NEIGHBOURS, accumulate
from lidarsel.datasets.scans.drive_motion import DriveMotion, MakeMotion
from lidarsel.datasets.scans.numbering import ScanNumbering
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration, Scan
from lidarsel.geometry.cones import LineElevations
from lidarsel.geometry.motion import deskew
from lidarsel.geometry.placed_scans import PlacedScan

_SCANS_KEPT = 2 * NEIGHBOURS + 2

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


class DriveScans:
    """One drive. paths: scan file by frame number, ascending. motion: where its poses come from, or None."""

    def __init__(
        self,
        name: str,
        paths: Mapping[int, Path],
        cache: ScanCache,
        numbering: ScanNumbering,
        make_motion: MakeMotion | None = None,
        forgiving: bool = False,
    ) -> None:
        """
        Args:
            name: of the drive.
            paths: scan file by frame number.
            cache: of the whole data set.
            numbering: where the lines of the scans come from.
            make_motion: makes the drive's motion of its frame numbers and a reader of its scans; None without poses.
            forgiving: damaged neighbours are passed over in accumulation, not refused.
        """
        self.name = name
        self.paths = dict(sorted(paths.items()))
        self.numbering = numbering
        self.motion: DriveMotion | None = None
        if make_motion is not None:
            self.motion = make_motion(self.paths.keys(), lambda number: self.scan(number).xyz_m)
        self._make_motion = make_motion
        self._forgiving = forgiving
        self._cache = cache

    def surveyed(self, elevations: LineElevations, left_out: Collection[int]) -> "DriveScans":
        """The drive as a look at the whole data set makes it.

        Args:
            elevations: of the lines that every scan must have.
            left_out: frame numbers of damaged scans, which then take no part in anything.
        """
        paths = {number: path for number, path in self.paths.items() if number not in left_out}
        numbering = self.numbering.of_sensor(elevations)
        return DriveScans(self.name, paths, self._cache, numbering, self._make_motion, self._forgiving)

    def scan(self, number: int) -> Scan:
        """The scan as it is in the file, with the line of each point.

        Raises BadInputError where the file is damaged, its points are in no scan order, it is cut short, or its
        number of lines is not the data set's.
        """
        return self.numbering.scan(self.paths[number], number)

    def xyz_m(self, number: int) -> NDArray[np.float32]:
        """float32 (N, 3): the scan's points in file order, de-skewed where the motion is known."""

        def read() -> NDArray[np.float32]:
            xyz = self.scan(number).xyz_m
            twist = None if self.motion is None else self.motion.twist(number)
            return xyz if twist is None else deskew(xyz, twist).astype(np.float32)

        return self._cache.get((self.paths[number], number), read)

    def neighbours(self, number: int) -> list[int]:
        """Frame numbers of the scans at most 5 before or after, nearest first (of two as near, the earlier)."""
        return _neighbours(number, self.paths)

    def can_accumulate(self, number: int) -> bool:
        """Whether there are neighbours enough."""
        return can_accumulate(number, self.paths)

    def accumulated(self, number: int, calibration: Calibration, size: tuple[int, int]) -> NDArray[np.float32]:
        """float32 (H, W): ground truth from this scan and its neighbours, metres, 0 = no value."""
        assert self.motion is not None
        others = []
        for other in self.neighbours(number):
            pose = self.motion.pose_between(number, other)
            if pose is None and self._forgiving:
                continue
            try:
                xyz = self.xyz_m(other)
            except BadInputError:
                if self._forgiving:
                    continue
                raise
            if pose is not None:
                others.append(PlacedScan(xyz, pose))
        if len(others) < LEAST_NEIGHBOURS:
            problem = f"has only {len(others)} usable neighbouring scans to accumulate"
            raise BadInputError(self.paths[number], problem, "leave it out with --skip-bad or use --ground-truth scan")
        return accumulate(self.xyz_m(number), others, calibration, size)


def can_accumulate(number: int, numbers: Collection[int]) -> bool:
    """Whether a frame has neighbours enough among a drive's frame numbers."""
    return len(_neighbours(number, numbers)) >= LEAST_NEIGHBOURS


def _neighbours(number: int, numbers: Collection[int]) -> list[int]:
    near = [n for n in range(number - NEIGHBOURS, number + NEIGHBOURS + 1) if n != number and n in numbers]
    return sorted(near, key=lambda n: (abs(n - number), n))
