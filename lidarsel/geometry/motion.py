"""The lidar's own motion: poses from oxts, the twist between poses, and scans freed of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating]
Matrix = NDArray[np.float64]

SCAN_PERIOD_S = 0.1
EARTH_RADIUS_M = 6378137.0
_BLOCK = 8192  # points, of which all that is worked out on the way stays in the processor's cache


@dataclass(frozen=True, eq=False)
class Twist:
    """How the lidar moves, in its own coordinates. velocity_mps, rotation_radps: float64 (3,)."""

    velocity_mps: NDArray[np.float64]
    rotation_radps: NDArray[np.float64]


def seen_from(world_from_own: Matrix, world_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 (N, 3), points of the world -> (N, 3), in the coordinates of what stands there, by float64 (4, 4)."""
    own_m: NDArray[np.float64] = (world_m - world_from_own[:3, 3]) @ world_from_own[:3, :3]
    return own_m


def time_in_scan_s(xyz_m: Reals) -> NDArray[np.float64]:
    """float (N, 3) -> float64 (N,): when each point was measured, 0 s straight ahead, where the camera is triggered.

    t = -azimuth / 2 pi * 0.1 s: KITTI's HDL-64E turns clockwise seen from above, ten times a second.
    """
    azimuth = np.arctan2(xyz_m[:, 1].astype(np.float64), xyz_m[:, 0].astype(np.float64))
    return -azimuth / (2 * np.pi) * SCAN_PERIOD_S


def deskew(xyz_m: Reals, twist: Twist) -> NDArray[np.float64]:
    """float (N, 3) as measured -> float64 (N, 3) as if all were measured at once, when the lidar looked ahead.

    x' = exp(t w) x + t v, with v and w constant over the scan (the rotation by Rodrigues' formula).
    """
    moved = np.empty((len(xyz_m), 3))
    for start in range(0, len(xyz_m), _BLOCK):  # a scan at once takes two or three times as long
        block = slice(start, start + _BLOCK)
        moved[block] = _deskewed(xyz_m[block], twist).T
    return moved


def _deskewed(xyz_m: Reals, twist: Twist) -> NDArray[np.float64]:
    """float (N, 3) -> float64 (3, N)."""
    # A coordinate in one piece: rows of three make everything below three times as slow.
    xyz = np.array(xyz_m.T, np.float64, order="C")
    time = time_in_scan_s(xyz.T)
    moved = xyz + time * twist.velocity_mps[:, None]
    speed = float(np.linalg.norm(twist.rotation_radps))
    if speed > 0:
        axis = twist.rotation_radps / speed
        angle = time * speed
        once = _cross(axis, xyz)
        moved += np.sin(angle) * once + (1 - np.cos(angle)) * _cross(axis, once)
    return moved


def _cross(axis: NDArray[np.float64], xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 (3,) and (3, N) -> (3, N): axis x xyz."""
    product = np.empty_like(xyz)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        product[i] = axis[j] * xyz[k] - axis[k] * xyz[j]
    return product


def oxts_pose(oxts: Reals, latitude_of_origin_deg: float) -> Matrix:
    """One oxts record, float (30,) -> float64 (4, 4): IMU coordinates -> world, metres (x east, y north, z up).

    Mercator projection scaled by the origin's latitude, rotation Rz(yaw) Ry(pitch) Rx(roll): KITTI's raw data
    development kit (Geiger et al., "Vision meets Robotics", IJRR 2013).
    """
    latitude, longitude, altitude, roll, pitch, yaw = (float(value) for value in oxts[:6])
    scale = np.cos(np.radians(latitude_of_origin_deg))
    east = scale * EARTH_RADIUS_M * np.radians(longitude)
    north = scale * EARTH_RADIUS_M * np.log(np.tan(np.radians(90 + latitude) / 2))
    pose = np.eye(4)
    pose[:3, :3] = _about(2, yaw) @ _about(1, pitch) @ _about(0, roll)
    pose[:3, 3] = east, north, altitude
    return pose


def oxts_twist(oxts: Reals, lidar_from_imu: Matrix) -> Twist:
    """One oxts record, float (30,) -> the lidar's twist: (vf, vl, vu) and (wf, wl, wu), moved from the IMU."""
    turn = lidar_from_imu[:3, :3]
    rotation = turn @ oxts[20:23]
    # The lidar sits beside the IMU: where the IMU turns, the lidar is swung round.
    lidar_in_imu = -turn.T @ lidar_from_imu[:3, 3]
    velocity = turn @ (oxts[8:11] + np.cross(oxts[20:23], lidar_in_imu))
    return Twist(velocity, rotation)


def twist_between(motion: Matrix, seconds: float) -> Twist:
    """float64 (4, 4), a later pose of the lidar in an earlier one's coordinates -> the constant twist between them.

    Logarithm of a rotation by less than half a turn; the translation is divided by time as it is (the difference
    to the logarithm of the whole is below a millimetre between two scans).
    """
    turn = motion[:3, :3]
    angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))
    skew = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    factor = 0.5 if angle < 1e-9 else angle / (2 * np.sin(angle))
    return Twist(motion[:3, 3] / seconds, factor * skew / seconds)


def twist_at(own: Matrix, before: Matrix, after: Matrix, seconds: float) -> Twist:
    """The twist at a pose of the lidar, in that pose's coordinates.

    It is the constant one that leads from the pose before to the pose after.

    Args:
        own, before, after: float64 (4, 4), lidar -> world.
        seconds: from ``before`` to ``after``.
    """
    twist = twist_between(np.linalg.inv(before) @ after, seconds)
    turn = own[:3, :3].T @ before[:3, :3]
    return Twist(turn @ twist.velocity_mps, turn @ twist.rotation_radps)


def _about(axis: int, angle: float) -> Matrix:
    """float64 (3, 3): rotation about a coordinate axis."""
    matrix = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    return matrix
