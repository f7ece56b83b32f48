"""KITTI's three calibration files of a day, as text."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulation.sensing.rig import Rig

STEREO_BASELINE_M = 0.537
MADE = "calib_time: 01-Jan-2000 00:00:00\n"


def _row(name: str, values: NDArray[np.float64] | list[float]) -> str:
    return f"{name}: " + " ".join(f"{v:.12e}" for v in np.ravel(values)) + "\n"


def _rigid(matrix: NDArray[np.float64]) -> str:
    return MADE + _row("R", matrix[:3, :3]) + _row("T", matrix[:3, 3])


def calibration_files(rig: Rig, size: tuple[int, int]) -> dict[str, str]:
    """File name -> text, for images of ``size`` (H, W).

    The cameras are ideal: no distortion, and the unrectified image has the rectified one's intrinsics. Only camera
    02's pictures are written; the other three are there because KITTI's readers expect them.
    """
    height, width = size
    k, column = rig.camera_matrix[:, :3], rig.camera_matrix[:, 3]
    focal = k[0, 0]
    shifts = [np.zeros(3), np.array([-STEREO_BASELINE_M * focal, 0, 0]), column]
    shifts.append(column - np.array([STEREO_BASELINE_M * focal, 0, 0]))
    cameras = MADE + _row("corner_dist", [0.0995])
    for number, shift in enumerate(shifts):
        entries: dict[str, NDArray[np.float64] | list[float]] = {
            "S": [width, height],
            "K": k,
            "D": [0.0] * 5,
            "R": np.eye(3),
            "T": np.linalg.inv(k) @ shift,
            "S_rect": [width, height],
            "R_rect": rig.rectification[:3, :3],
            "P_rect": np.column_stack([k, shift]),
        }
        cameras += "".join(_row(f"{name}_{number:02d}", values) for name, values in entries.items())
    no_shift = _row("delta_f", [0.0, 0.0]) + _row("delta_c", [0.0, 0.0])
    return {
        "calib_cam_to_cam.txt": cameras,
        "calib_velo_to_cam.txt": _rigid(rig.camera_from_lidar_raw) + no_shift,
        "calib_imu_to_velo.txt": _rigid(rig.lidar_from_imu),
    }
