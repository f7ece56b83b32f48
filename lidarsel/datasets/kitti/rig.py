"""KITTI's rig as published, for depth images that come without calibration files.

Camera matrices of the rectified colour cameras by day (KITTI raw, calib_cam_to_cam.txt); the mounting is that of
the set-up drawing (Geiger et al., "Vision meets Robotics", IJRR 2013): lidar 0.27 m behind and 0.08 m above the camera.
The true mounting differs by some hundredths of a radian, which ``geometry.png_lines`` fits.
"""

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import Calibration

# day: height, width, focal length, principal point (pixels)
_CAMERAS = {
    "2011_09_26": (375, 1242, 721.5377, 609.5593, 172.8540),
    "2011_09_28": (370, 1224, 707.0493, 604.0814, 180.5066),
    "2011_09_29": (374, 1238, 718.3351, 600.3891, 181.5122),
    "2011_09_30": (370, 1226, 707.0912, 601.8873, 183.1104),
    "2011_10_03": (376, 1241, 718.8560, 607.1928, 185.2157),
}
_LEFT_OF_CAMERA_0_M = {"02": 0.06, "03": -0.47}
_MOUNTING = np.array([[0.0, -1, 0, 0], [0, 0, -1, -0.08], [1, 0, 0, -0.27], [0, 0, 0, 1]])


def nominal_calibration(day: str, camera: str) -> tuple[Calibration, tuple[int, int]] | None:
    """Calibration and image size (H, W) of a day of KITTI, or None where it is no day of KITTI."""
    if day not in _CAMERAS:
        return None
    height, width, focal, u, v = _CAMERAS[day]
    return calibration_with_intrinsics(np.array([[focal, 0, u], [0, focal, v], [0, 0, 1]]), camera), (height, width)


def calibration_with_intrinsics(intrinsics: NDArray[np.float64], camera: str) -> Calibration:
    """The nominal mounting with a known pinhole matrix, float64 (3, 3)."""
    offset = np.array([[_LEFT_OF_CAMERA_0_M[camera]], [0], [0]])
    return Calibration(_MOUNTING, np.hstack([intrinsics, intrinsics @ offset]))
