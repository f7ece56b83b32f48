"""Rigid motions as translation and quaternion, the form that nuScenes and ROS store them in."""

import math
from collections.abc import Sequence

import numpy as np

from lidarsel.datasets.parts.matrices import MOST
from lidarsel.geometry.motion import Matrix


def rigid(translation_m: Sequence[float], quaternion_wxyz: Sequence[float]) -> Matrix:
    """float64 (4, 4): x -> R x + t. The quaternion is scaled to length 1 (files round it).

    R = I + 2 w [v]x + 2 [v]x [v]x for the unit quaternion (w, v), Rodrigues' formula in half angles.
    Raises ValueError where a number is not finite or beyond all bounds, or the quaternion is no rotation (length far
    from 1).
    """
    if not is_rigid_motion(translation_m, quaternion_wxyz):
        raise ValueError("no rigid motion")
    quaternion = np.array(quaternion_wxyz, np.float64)
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix = np.eye(4)
    matrix[:3, :3] += 2 * w * cross + 2 * cross @ cross
    matrix[:3, 3] = translation_m
    return matrix


def is_rigid_motion(translation_m: Sequence[float], quaternion_wxyz: Sequence[float]) -> bool:
    """Whether ``rigid`` makes a motion of them. In plain numbers, as tables have a million rows to check."""
    return all(abs(metres) <= MOST for metres in translation_m) and 0.9 < math.hypot(*quaternion_wxyz) < 1.1
