"""The scans round each frame of a drive, kept as far as the next frames need them."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.placed_scans import PlacedScan
from lidarsel.simulation.drive import Drive, Snapshot
from lidarsel.simulation.ground_truth import NEIGHBOURS, semi_dense
from lidarsel.simulation.sensing.camera import Picture


class SweepWindow:
    """The snapshots of a drive in order, with the scans of five frames before and after each at hand."""

    def __init__(self, drive: Drive, pool: Executor) -> None:
        """``pool`` makes the scan that comes into the window while the picture in its middle is made."""
        self._drive, self._pool = drive, pool
        self._period_s = drive.settings.frame_period_s
        self._held: deque[Snapshot] = deque(maxlen=2 * NEIGHBOURS + 1)
        self._next = 0
        self._held.extend(pool.map(self._sweep, range(-NEIGHBOURS, NEIGHBOURS)))

    def _sweep(self, frame: int) -> Snapshot:
        """``frame`` may lie before the drive's first or after its last one."""
        return self._drive.scan_at(frame + NEIGHBOURS, frame * self._period_s)

    def advance(self) -> tuple[Snapshot, Picture, NDArray[np.float32]]:
        """The next frame, its picture, and its semi-dense ground truth, float32 (H, W) metres, 0 = none."""
        frame, self._next = self._next, self._next + 1
        coming = self._pool.submit(self._sweep, frame + NEIGHBOURS)
        picture = self._drive.picture_at(frame + NEIGHBOURS, frame * self._period_s)
        self._held.append(coming.result())
        shot = self._held[NEIGHBOURS]
        return shot, picture, accumulated(self._drive, frame + NEIGHBOURS, shot, self._held, picture)


def accumulated(
    drive: Drive, index: int, shot: Snapshot, sweeps: Sequence[Snapshot], picture: Picture
) -> NDArray[np.float32]:
    """The semi-dense ground truth of a picture from the sweeps round it.

    Args:
        drive: what they are of.
        index: the frame's, which gives it randomness of its own.
        shot: the moment of the picture.
        sweeps: those round it, and its own.
        picture: whose exact depth refuses what a neighbouring sweep sees and the camera does not.

    Returns:
        float32 (H, W), 0 = no value.
    """
    own_from_world = np.linalg.inv(drive.world_from_lidar(shot))
    placed = [PlacedScan(other.ahead_m, own_from_world @ drive.world_from_lidar(other)) for other in sweeps]
    return semi_dense(drive.rng(5, index), placed, drive.rig.calibration, picture.depth_m)
