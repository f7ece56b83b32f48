"""How often the scans of a drive are read, and how many of them are held."""

import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.scans.drive_motion import known
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.frame import Calibration, Scan
from lidarsel.geometry.cones import LineElevations
from lidarsel.geometry.motion import Matrix, Twist
from lidarsel.geometry.views import CameraView
from tests.support.kitti_trees import CAMERA_FROM_LIDAR, CAMERA_MATRIX, SIZE

N_POINTS = 2000
CALIBRATION = Calibration(CAMERA_FROM_LIDAR, CAMERA_MATRIX)


@dataclass(eq=False)
class RandomScans:
    """Scans of random points, made when asked for."""

    thinned: None = None
    notes: tuple[str, ...] = ()
    tells_lines: bool = True
    known: None = None
    reads: Counter[int] = field(default_factory=Counter)

    def scan(self, path: Path, number: int) -> Scan:
        self.reads[number] += 1
        xyz = np.random.default_rng(number).uniform(-20, 20, (N_POINTS, 3)).astype(np.float32)
        return Scan(xyz, np.zeros(N_POINTS, np.float32), np.zeros(N_POINTS, np.int16))

    def elevations_of(self, scan: Scan) -> NDArray[np.float64]:
        return np.zeros(1)

    def of_sensor(self, elevations: LineElevations) -> "RandomScans":
        return self


class Straight:
    source = "the test"

    def twist(self, number: int) -> Twist | None:
        return Twist(np.array([5.0, 0, 0]), np.array([0, 0, 0.1]))

    def pose_between(self, number: int, other: int) -> Matrix | None:
        return np.eye(4)


def drive_of(n_frames: int, numbering: RandomScans, cache: ScanCache) -> DriveScans:
    paths = {n: Path(f"{n}.bin") for n in range(n_frames)}
    return DriveScans("drive", paths, cache, numbering, known(Straight()))


def test_a_pass_reads_each_scan_once() -> None:
    numbering = RandomScans()
    drive = drive_of(30, numbering, ScanCache())
    for number in range(30):
        drive.xyz_m(number)
        drive.scan(number)
        drive.accumulated(number, CameraView(CALIBRATION, SIZE))
        drive.scan(number)
    assert numbering.reads == Counter(range(30))


def test_a_thousand_frames_take_no_more_room_than_a_few() -> None:
    cache = ScanCache()
    drive = drive_of(1000, RandomScans(), cache)

    def held_bytes(first: int, last: int) -> int:
        for number in range(first, last):
            drive.xyz_m(number)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        few = held_bytes(0, 20)
        many = held_bytes(20, 1000)
    finally:
        tracemalloc.stop()
    assert len(cache) == 12
    assert many < few + 8 * 12 * N_POINTS  # eight scans of 980, and what the test itself counts


def test_scans_are_read_anew_once_the_sensor_is_known() -> None:
    """What was numbered without knowing the sensor may be numbered otherwise with it."""
    first, second = RandomScans(), RandomScans()
    cache = ScanCache()
    drive_of(1, first, cache).scan(0)
    drive_of(1, second, cache).scan(0)
    assert (first.reads[0], second.reads[0]) == (1, 1)
