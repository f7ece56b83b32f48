"""Where the poses of a drive come from: oxts, a file of poses, or the scans themselves."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import read_numbers
from lidarsel.datasets.scans.kiss_poses import register, require_kiss_icp
from lidarsel.datasets.scans.registration_fit import LEAST_FIT, WITHIN_M
from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import Matrix, Twist, oxts_pose, oxts_twist

_OXTS_FIELDS = 30
# of latitude, longitude (deg), altitude (m), roll, pitch, yaw (rad), then velocities (m/s), accelerations, turn rates
_MOST_OXTS = np.array([90, 180, 1e5, 7, 7, 7, *[1e3] * 17])
_BLOCK = 64  # frames: long enough that the ends cost little, short enough to wait for
_WINDOWS, _WINDOW = 3, 5  # looked at to tell whether scans follow each other
_LEAST_FITTING = 0.75  # of the pairs looked at: a log may be two drives, one behind the other
_REACH = 5  # frames: how far neighbours are accumulated from


class DriveMotion(Protocol):
    """How the lidar moves along a drive. ``source``: a few words for the report."""

    @property
    def source(self) -> str: ...

    def twist(self, number: int) -> Twist | None:
        """The lidar's twist at a frame number, or None where its scans are free of motion already."""
        ...

    def pose_between(self, number: int, other: int) -> Matrix | None:
        """float64 (4, 4): coordinates of scan ``other`` -> of scan ``number``, at most 5 apart; None if not known."""
        ...


ReadXyz = Callable[[int], NDArray[np.float32]]
"""Frame number -> float32 (N, 3), the points of its scan in metres, or BadInputError."""

MakeMotion = Callable[[Collection[int], ReadXyz], DriveMotion]
"""Makes the motion of a drive, given its frame numbers and how its scans are read."""


def known(motion: DriveMotion) -> MakeMotion:
    """Of a drive whose poses stand in files, whatever its scans."""
    return lambda _numbers, _read: motion


def registered(drive: Path, deskewed: bool = False) -> MakeMotion:
    """Of a drive whose scans must tell it. deskewed: they are free of motion already."""
    return lambda numbers, read: RegisteredMotion(drive, numbers, read, deskewed)


@dataclass(frozen=True)
class KnownPoses:
    """See ``DriveMotion``; scans are free of motion. world_from_lidar: frame number -> float64 (4, 4), None where there
    is no pose; it may raise BadInputError."""

    source: str
    world_from_lidar: Callable[[int], Matrix | None]

    def twist(self, number: int) -> Twist | None:
        return None

    def pose_between(self, number: int, other: int) -> Matrix | None:
        own, its = self.world_from_lidar(number), self.world_from_lidar(other)
        if own is None or its is None:
            return None
        own_from_other: Matrix = np.linalg.inv(own) @ its
        return own_from_other


class OxtsMotion:
    """Poses and speeds of the GPS/IMU, one text file a frame. Raises BadInputError for a damaged file when read."""

    source = "oxts"

    def __init__(self, files: Mapping[int, Path], lidar_from_imu: Matrix) -> None:
        self._files = files
        self._lidar_from_imu = lidar_from_imu
        self._imu_from_lidar = np.linalg.inv(lidar_from_imu)
        self._records: dict[int, NDArray[np.float64]] = {}

    def twist(self, number: int) -> Twist | None:
        return oxts_twist(self._record(number), self._lidar_from_imu)

    def pose_between(self, number: int, other: int) -> Matrix | None:
        return np.linalg.inv(self._pose(number)) @ self._pose(other)

    def _pose(self, number: int) -> Matrix:
        return oxts_pose(self._record(number), self._latitude_of_origin_deg) @ self._imu_from_lidar

    @cached_property
    def _latitude_of_origin_deg(self) -> float:
        return float(self._record(min(self._files))[0])

    def _record(self, number: int) -> NDArray[np.float64]:
        if number not in self._records:
            path = self._files[number]
            table = read_numbers(path)
            if table.shape != (1, _OXTS_FIELDS):
                raise BadInputError(path, f"is no oxts record of {_OXTS_FIELDS} numbers", "copy the file anew")
            beyond = np.abs(table[0, : len(_MOST_OXTS)]) > _MOST_OXTS
            if beyond.any():
                at = int(beyond.argmax())
                raise BadInputError(path, f"its number {at + 1}, {table[0, at]:g}, cannot be", "copy the file anew")
            self._records[number] = table[0]
        return self._records[number]


@dataclass(frozen=True, eq=False)
class _ScanPose:
    """A scan of a run, named by its first: pose is float64 (4, 4), lidar -> that first scan."""

    run: int
    pose: Matrix
    twist: Twist


class RegisteredMotion:
    """Poses by KISS-ICP, found when first asked for, in blocks of 64 frames with 5 more on both sides.

    Blocks lie fixed in the drive, so a frame's poses do not depend on which frames were asked for before.
    Damaged scans take no part. Between scans that do not show the same place no pose is known.
    """

    source = "KISS-ICP"

    def __init__(
        self,
        drive: Path,
        numbers: Collection[int],
        read_xyz_m: ReadXyz,
        deskewed: bool = False,
    ) -> None:
        require_kiss_icp(drive)
        self._numbers = numbers
        self._read = read_xyz_m
        self._deskewed = deskewed
        self._blocks: dict[tuple[int, int], dict[int, _ScanPose]] = {}

    def twist(self, number: int) -> Twist | None:
        if self._deskewed:
            return None
        found = self._block(number).get(number)
        return None if found is None else found.twist

    def pose_between(self, number: int, other: int) -> Matrix | None:
        own, seen = (self._block(number).get(n) for n in (number, other))
        if own is None or seen is None or own.run != seen.run:
            return None
        own_from_other: Matrix = np.linalg.inv(own.pose) @ seen.pose
        return own_from_other

    @cached_property
    def why_apart(self) -> str | None:
        """Why the scans are not to be accumulated, as a clause for a note; None where they follow each other. All are
        asked where they are at most 64 in a row, as their poses are wanted anyhow; of more, three times five in a row.
        """
        longest = max(self._segments, key=len)
        if len(longest) <= _BLOCK:
            placed = self._block(longest[0])
            pairs, fitting = len(placed) - 1, len(placed) - len({scan.run for scan in placed.values()})
        else:
            pairs = fitting = 0
            for start in np.linspace(0, len(longest) - _WINDOW, _WINDOWS).astype(int):
                scans = self._readable(longest[start : start + _WINDOW])
                pairs += max(len(scans) - 1, 0)
                fitting += sum(len(run.fits) for run in register(list(scans), scans.__getitem__, deskewed=True))
        if pairs > 0 and fitting >= _LEAST_FITTING * pairs:
            return None
        return (
            f"its scans do not follow each other: {fitting} of {max(pairs, 0)} neighbouring pairs looked at show the "
            f"same place ({LEAST_FIT:.0%} of what stands upright within {WITHIN_M:g} m of each other, once registered)"
        )

    def _readable(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """float32 (N, 3) of the scans that are not damaged, by frame number."""
        scans = {}
        for n in numbers:
            try:
                scans[n] = self._read(n)
            except BadInputError:
                continue
        return scans

    @cached_property
    def _segments(self) -> list[list[int]]:
        return _segments(self._numbers)

    def _block(self, number: int) -> dict[int, _ScanPose]:
        at, segment = next((k, s) for k, s in enumerate(self._segments) if s[0] <= number <= s[-1])
        block = (number - segment[0]) // _BLOCK
        if (at, block) not in self._blocks:
            first = segment[0] + block * _BLOCK
            wanted = [n for n in segment if first - _REACH <= n < first + _BLOCK + _REACH]
            scans = self._readable(wanted)
            self._blocks[at, block] = {
                n: _ScanPose(run.numbers[0], pose, twist)
                for run in register(list(scans), scans.__getitem__, self._deskewed)
                for n, pose, twist in zip(run.numbers, run.poses, run.twists, strict=True)
            }
        return self._blocks[at, block]


def _segments(numbers: Collection[int]) -> list[list[int]]:
    """Runs of frame numbers without a gap wider than the reach of neighbours: across one, motion is anybody's guess."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if not runs or number - runs[-1][-1] > _REACH:
            runs.append([])
        runs[-1].append(number)
    return runs
