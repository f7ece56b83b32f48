"""Ground truth as KITTI makes it: the scans of eleven frames in one image, only what is visible there."""

from collections import deque
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulate.camera import Picture
from lidarsel.simulate.drive import Drive, Snapshot
from lidarsel.simulate.rig import transform

Points = NDArray[np.float32]
Indices = NDArray[np.int32]
NEIGHBOURS = 5
"""KITTI accumulates eleven scans: Uhrig et al., "Sparsity Invariant CNNs", 3DV 2017, section 4."""
TOLERANCE_M, TOLERANCE_SHARE = 0.1, 0.03
"""How far a point may lie from the exact depth at its pixel's centre and still be on the same surface: range noise,
and half a pixel of road at a flat angle (at 60 m about 1.5 m)."""


class SweepWindow:
    """The snapshots of a drive in order, with the scans of five frames before and after each at hand."""

    def __init__(self, drive: Drive, pool: Executor) -> None:
        """``pool`` makes the scan that comes into the window while the picture in its middle is made."""
        self._drive, self._pool = drive, pool
        self._period_s = drive.settings.frame_period_s
        self._origin_m = drive.trajectory.at(0.0).position_m
        self._held: deque[tuple[Snapshot, Points]] = deque(maxlen=2 * NEIGHBOURS + 1)
        self._next = 0
        self._held.extend(pool.map(self._sweep, range(-NEIGHBOURS, NEIGHBOURS)))

    def _sweep(self, frame: int) -> tuple[Snapshot, Points]:
        """A scan and its points in the world; ``frame`` may lie before the drive's first or after its last one."""
        shot = self._drive.scan_at(frame + NEIGHBOURS, frame * self._period_s)
        points, _ = self._drive.unrolled(shot)
        return shot, transform(self._world_from_lidar(shot), points).astype(np.float32)

    def _world_from_lidar(self, shot: Snapshot) -> NDArray[np.float64]:
        """float64 (4, 4); the drive's start is the origin, so that single precision keeps millimetres."""
        pose = shot.ego.world_from_imu @ np.linalg.inv(self._drive.rig.lidar_from_imu)
        pose[:3, 3] -= self._origin_m
        return pose

    def advance(self) -> tuple[Snapshot, Picture, NDArray[np.float32]]:
        """The next frame, its picture, and its semi-dense ground truth, float32 (H, W) metres, 0 = none.

        A pixel has ground truth where a point of any of the eleven scans falls in it and lies on the surface that is
        visible there; its value is that surface's exact depth. Surfaces that have moved since fail that test.
        """
        frame, self._next = self._next, self._next + 1
        coming = self._pool.submit(self._sweep, frame + NEIGHBOURS)
        picture = self._drive.picture_at(frame + NEIGHBOURS, frame * self._period_s)
        self._held.append(coming.result())
        shot = self._held[NEIGHBOURS][0]
        truth = np.zeros_like(picture.depth_m)
        for _, points in self._held:
            row, column, depth_m = self._in_image(points, shot)
            exact = picture.depth_m[row, column]
            seen = np.abs(exact - depth_m) < (TOLERANCE_M + TOLERANCE_SHARE * exact) * (exact > 0)
            truth[row[seen], column[seen]] = exact[seen]
        return shot, picture, truth

    def _in_image(self, points: Points, shot: Snapshot) -> tuple[Indices, Indices, Points]:
        """Row, column, depth of the points (N, 3) that fall in the picture; single precision is a hundredth pixel."""
        drive = self._drive
        matrix = drive.rig.calibration.image_from_lidar @ np.linalg.inv(self._world_from_lidar(shot))
        u, v, depth = transform(matrix, points).T
        near = np.flatnonzero(depth > 0.5)
        depth_m = depth[near]
        column, row = np.floor(u[near] / depth_m + 0.5), np.floor(v[near] / depth_m + 0.5)
        height, width = drive.settings.image_height, drive.settings.image_width
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return row[inside].astype(np.int32), column[inside].astype(np.int32), depth_m[inside]
