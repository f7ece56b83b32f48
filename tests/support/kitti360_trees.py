"""Small trees in KITTI-360's layout, of the closed-form street of ``kitti_trees``."""

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from tests.support.kitti_trees import (
    CAMERA_FROM_LIDAR,
    CAMERA_MATRIX,
    SIZE,
    Array,
    Street,
    numbers,
    write_image,
    write_scan,
)

DRIVE = "2013_05_28_drive_0007_sync"
WORLD = np.eye(4)
WORLD[:3] = np.column_stack([Rotation.from_euler("zyx", [70, 2, -1], degrees=True).as_matrix(), [1200.5, 3700.25, 116]])
RECTIFY = np.eye(4)
RECTIFY[:3, :3] = Rotation.from_euler("xyz", [0.4, -0.7, 0.3], degrees=True).as_matrix()
POSE_FROM_CAMERA = np.eye(4)
POSE_FROM_CAMERA[:3] = np.column_stack([Rotation.from_euler("y", 2, degrees=True).as_matrix(), [1.5, 0.6, 0.9]])


def row(matrix: Array) -> str:
    return numbers(matrix[:3])


def write_kitti_360(
    root: Path, frames: int = 7, street: Street | None = None, poses: str = "cam0_to_world.txt", without: tuple = ()
) -> None:
    """Numbers of frames as in the data, the scans moving as they turn; poses of all frames but ``without``."""
    street = street or Street()
    camera_0_from_lidar = np.linalg.inv(RECTIFY) @ CAMERA_FROM_LIDAR
    calibration = root / "calibration"
    calibration.mkdir(parents=True)
    (calibration / "calib_cam_to_velo.txt").write_text(row(np.linalg.inv(camera_0_from_lidar)) + "\n")
    (calibration / "calib_cam_to_pose.txt").write_text(
        "".join(f"image_0{i}: {row(POSE_FROM_CAMERA)}\n" for i in range(4))
    )
    right = CAMERA_MATRIX.copy()
    right[0, 3] -= 130
    sizes = f"S_rect_00: {SIZE[1]:e} {SIZE[0]:e}\nS_rect_01: {SIZE[1]:e} {SIZE[0]:e}\n"
    (calibration / "perspective.txt").write_text(
        f"calib_time: 28-May-2013\n{sizes}"
        f"R_rect_00: {numbers(RECTIFY[:3, :3])}\nP_rect_00: {numbers(CAMERA_MATRIX)}\n"
        f"R_rect_01: {numbers(np.eye(3))}\nP_rect_01: {numbers(right)}\n"
    )
    lines = []
    for frame in range(frames):
        write_scan(root / f"data_3d_raw/{DRIVE}/velodyne_points/data/{frame:010d}.bin", street.scan(frame)[0])
        write_image(root / f"data_2d_raw/{DRIVE}/image_00/data_rect/{frame:010d}.png", seed=frame)
        moved = np.eye(4)
        moved[0, 3] = street.speed_mps * 0.1 * frame
        world_from_lidar = WORLD @ moved
        if frame in without:
            continue
        if poses == "cam0_to_world.txt":
            lines.append(f"{frame} {numbers(world_from_lidar @ np.linalg.inv(CAMERA_FROM_LIDAR))}")
        else:
            lines.append(f"{frame} {row(world_from_lidar @ np.linalg.inv(POSE_FROM_CAMERA @ camera_0_from_lidar))}")
    folder = root / "data_poses" / DRIVE
    folder.mkdir(parents=True)
    (folder / poses).write_text("\n".join(lines) + "\n")
