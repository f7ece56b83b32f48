"""The scans of one drive in time order: read, their lines numbered, freed of motion, accumulated."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.scans.accumulation import LEAST_NEIGHBOURS, NEIGHBOURS, accumulate
from lidarsel.datasets.scans.drive_motion import DriveMotion, MakeMotion, RegisteredMotion
from lidarsel.datasets.scans.numbering import ScanNumbering
from lidarsel.errors import BadInputError
from lidarsel.frame import Scan
from lidarsel.geometry.cones import LineElevations
from lidarsel.geometry.motion import deskew
from lidarsel.geometry.placed_scans import PlacedScan
from lidarsel.geometry.views import View

_SCANS_KEPT = 2 * NEIGHBOURS + 2


@dataclass(eq=False)
class _CacheEntry:
    """scan: as its file has it. moved_m: float32 (N, 3), freed of motion. label: uint8 (N,), of its points. Both None
    until they are asked for."""

    scan: Scan
    moved_m: NDArray[np.float32] | None = None
    label: NDArray[np.uint8] | None = None


class ScanCache:
    """The scans last used, as read, freed of motion, and labelled: neighbouring frames share most of theirs, and one
    frame asks for its own several times. One for all drives, so that memory does not grow with their number or
    length."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, _CacheEntry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, read: Callable[[], Scan]) -> _CacheEntry:
        """What is kept of a scan, which ``read`` gives where nothing is."""
        if key not in self._kept:
            self._kept[key] = _CacheEntry(read())
            if len(self._kept) > _SCANS_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


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
        return self._kept(number).scan

    def xyz_m(self, number: int) -> NDArray[np.float32]:
        """float32 (N, 3): the scan's points in file order, de-skewed where the motion is known."""
        kept = self._kept(number)
        if kept.moved_m is None:
            xyz = kept.scan.xyz_m
            twist = None if self.motion is None else self.motion.twist(number)
            kept.moved_m = xyz if twist is None else deskew(xyz, twist).astype(np.float32)
        return kept.moved_m

    def label(self, number: int, read: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """uint8 (N,): labels of the scan's points, which ``read`` gives where none are kept with them."""
        kept = self._kept(number)
        if kept.label is None:
            kept.label = read()
        return kept.label

    def _kept(self, number: int) -> _CacheEntry:
        # A file may hold a whole drive; and the same scan is numbered otherwise once its sensor is known.
        path = self.paths[number]
        return self._cache.get((path, number, self.numbering), lambda: self.numbering.scan(path, number))

    def neighbours(self, number: int) -> list[int]:
        """Frame numbers of the scans at most 5 before or after, nearest first (of two as near, the earlier)."""
        return _neighbours(number, self.paths)

    def placed_neighbours(self, number: int) -> Iterator[tuple[int, PlacedScan]]:
        """Frame number and scan of the neighbours whose place is known, nearest first; none where no motion is known.

        Raises BadInputError where one is damaged, unless these are passed over.
        """
        if self.motion is None:
            return
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
                yield other, PlacedScan(xyz, pose)

    def can_accumulate(self, number: int) -> bool:
        """Whether there are neighbours enough."""
        return can_accumulate(number, self.paths)

    @property
    def why_apart(self) -> str | None:
        """Why its scans are not to be accumulated though they have poses, as a clause for a note; or None."""
        return self.motion.why_apart if isinstance(self.motion, RegisteredMotion) else None

    def accumulated(self, number: int, view: View) -> NDArray[np.float32]:
        """float32 (H, W): ground truth from this scan and its neighbours, metres, 0 = no value."""
        others = [scan for _, scan in self.placed_neighbours(number)]
        if len(others) < LEAST_NEIGHBOURS:
            problem = f"has only {len(others)} usable neighbouring scans to accumulate"
            raise BadInputError(self.paths[number], problem, "leave it out with --skip-bad or use --ground-truth scan")
        return accumulate(self.xyz_m(number), others, view)


def can_accumulate(number: int, numbers: Collection[int]) -> bool:
    """Whether a frame has neighbours enough among a drive's frame numbers."""
    return len(_neighbours(number, numbers)) >= LEAST_NEIGHBOURS


def _neighbours(number: int, numbers: Collection[int]) -> list[int]:
    near = [n for n in range(number - NEIGHBOURS, number + NEIGHBOURS + 1) if n != number and n in numbers]
    return sorted(near, key=lambda n: (abs(n - number), n))
