"""Poses of KITTI-360, a file a drive: only of frames at which the vehicle had moved on, each with its frame number."""

from pathlib import Path

import numpy as np

from lidarsel.datasets.parts.files import read_numbers
from lidarsel.datasets.parts.matrices import is_rigid, padded
from lidarsel.datasets.scans.drive_motion import KnownPoses
from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import SCAN_PERIOD_S, Matrix, Twist, twist_at

_REMEDY = "take the file of KITTI-360's data_poses anew"
_REACH = 5  # frames: farther apart, the speed between two poses is not that of the scan


def read_poses(path: Path, moved: Matrix) -> dict[int, Matrix]:
    """Frame number -> float64 (4, 4), lidar -> world.

    Args:
        path: cam0_to_world.txt (a frame number and 16 numbers a line) or poses.txt (and 12).
        moved: float64 (4, 4), lidar -> what the file tells the place of.

    Raises:
        BadInputError: the file is damaged, or a pose is no rotation and translation.
    """
    table = read_numbers(path)
    if table.shape[1:] == (13,):
        poses = padded(table[:, 1:].reshape(-1, 3, 4))
    elif table.shape[1:] == (17,):
        poses = table[:, 1:].reshape(-1, 4, 4)
    else:
        raise BadInputError(path, "has lines of other than a frame number and 12 or 16 numbers", _REMEDY)
    rigid = is_rigid(poses)
    if not rigid.all():
        problem = f"the pose of its line {int(rigid.argmin()) + 1} is no rotation and translation"
        raise BadInputError(path, problem, _REMEDY)
    numbers = table[:, 0]
    if (numbers < 0).any() or (numbers != np.floor(numbers)).any() or len(np.unique(numbers)) < len(numbers):
        raise BadInputError(path, "has frame numbers that are no whole numbers, or one twice", _REMEDY)
    return {int(number): pose @ moved for number, pose in zip(numbers, poses, strict=True)}


class Kitti360Motion(KnownPoses):
    """Of scans that are not free of motion; frames without a pose have none."""

    def twist(self, number: int) -> Twist | None:
        """From the nearest poses before and after, or its own where there is none on that side."""
        pose = self.world_from_lidar
        own = pose(number)
        if own is None:
            return None
        earlier, later = range(number - 1, number - _REACH - 1, -1), range(number + 1, number + _REACH + 1)
        before, first = next(((n, at) for n in earlier if (at := pose(n)) is not None), (number, own))
        after, last = next(((n, at) for n in later if (at := pose(n)) is not None), (number, own))
        return None if before == after else twist_at(own, first, last, (after - before) * SCAN_PERIOD_S)
