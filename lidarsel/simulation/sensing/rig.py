"""Where camera, lidar and inertial unit sit on the car: a KITTI-like rig, a little different in every drive."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import Calibration
from lidarsel.simulation.settings import SimulateSettings

Doubles = NDArray[np.float64]
PointsT = TypeVar("PointsT", NDArray[np.float32], NDArray[np.float64])
FOCAL_PX, CENTRE_PX, WIDTH_PX, HEIGHT_PX = 721.54, (609.56, 172.85), 1242, 375
BASELINE_COLUMN = (44.857, 0.216, 0.0027)
"""Fourth column of P_rect_02: the left colour camera stands beside the reference camera."""


@dataclass(frozen=True, eq=False)
class Rig:
    """rectification, camera_from_lidar_raw: KITTI's R_rect_00 and Tr_velo_to_cam, float64 (4, 4)."""

    rectification: Doubles
    camera_from_lidar_raw: Doubles
    lidar_from_imu: Doubles
    camera_matrix: Doubles

    @property
    def calibration(self) -> Calibration:
        """What the readers make of KITTI's calibration files."""
        return Calibration(self.rectification @ self.camera_from_lidar_raw, self.camera_matrix, self.lidar_from_imu)


def rotation(roll: float, pitch: float, yaw: float) -> Doubles:
    """float64 (3, 3): Rz(yaw) @ Ry(pitch) @ Rx(roll), radians: KITTI's order for oxts."""
    cr, sr, cp, sp, cy, sy = np.cos(roll), np.sin(roll), np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw)
    rx = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    ry = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    rz = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    turn: Doubles = rz @ ry @ rx
    return turn


def rigid(turn: Doubles, shift: NDArray[np.float64] | tuple[float, float, float]) -> Doubles:
    """float64 (4, 4) from a rotation (3, 3) and a translation (3,)."""
    m = np.eye(4)
    m[:3, :3], m[:3, 3] = turn, shift
    return m


def transform(matrix: Doubles, points: PointsT) -> PointsT:
    """Points (N, 3) through a (3, 3) or (3 or 4, 4) matrix, homogeneous ones without their last row.

    By column: a matrix product would wake all of BLAS's threads for a handful of multiplications, and numpy's inner
    loops would be of three steps.
    """
    x, y, z = np.ascontiguousarray(points.T)
    moved = np.empty_like(points)
    for axis, row in enumerate(matrix[:3].astype(points.dtype)):
        moved[:, axis] = row[0] * x + row[2] * z + row[1] * y
        if len(row) == 4:
            moved[:, axis] += row[3]
    return moved


def make_rig(rng: np.random.Generator, settings: SimulateSettings) -> Rig:
    """A rig of KITTI's measures with this drive's own small errors.

    A lidar mounted higher moves against the car, while camera and inertial unit stay where they are.
    """
    angle = np.radians(settings.calibration_jitter_deg)
    axes = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])  # lidar x forward, y left -> camera x right, y down
    to_camera = rotation(*rng.normal(0, angle, 3)) @ axes
    shift = np.array([-0.004, -0.076, -0.272]) + rng.normal(0, 0.01, 3)
    to_lidar = rigid(rotation(*rng.normal(0, angle, 3)), np.array([-0.81, 0.32, -0.80]) + rng.normal(0, 0.01, 3))
    zoom_x, zoom_y = settings.image_width / WIDTH_PX, settings.image_height / HEIGHT_PX
    focal = FOCAL_PX * zoom_x
    # pixel centres are whole numbers, so that the image's middle, not its corner, is what scales
    matrix = np.array(
        [
            [focal, 0, (CENTRE_PX[0] + 0.5) * zoom_x - 0.5, BASELINE_COLUMN[0] * zoom_x],
            [0, focal, (CENTRE_PX[1] + 0.5) * zoom_y - 0.5, BASELINE_COLUMN[1] * zoom_x],
            [0, 0, 1, BASELINE_COLUMN[2]],
        ]
    )
    up = settings.mount_height_m
    return Rig(
        rectification=rigid(rotation(*rng.normal(0, angle, 3)), (0, 0, 0)),
        camera_from_lidar_raw=rigid(to_camera, shift) @ rigid(np.eye(3), (0, 0, up)),
        lidar_from_imu=rigid(np.eye(3), (0, 0, -up)) @ to_lidar,
        camera_matrix=matrix,
    )
