"""KITTI's calibration files."""

from pathlib import Path

import numpy as np

from lidarsel.datasets.parts.files import read_bytes, read_numbers
from lidarsel.datasets.parts.matrices import MOST, padded, require_camera, require_rigid
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration
from lidarsel.geometry.motion import Matrix

_REMEDY = "take the original calibration file of that day (see datasets/README.md)"
_REMEDY_360 = "take the files of KITTI-360's calibration/ anew (see datasets/README.md)"
ODOMETRY_REMEDY = "take calib.txt from KITTI odometry's calibration files, data_odometry_calib.zip"


def read_raw_calibration(date_folder: Path, camera: str) -> tuple[Calibration, tuple[int, int]]:
    """The calibration of one day of KITTI raw for camera ``02`` or ``03``, and the image size (H, W) it is for.

    calib_imu_to_velo.txt may be missing where no oxts are read; the other two files may not. Raises BadInputError.
    """
    cameras = date_folder / "calib_cam_to_cam.txt"
    lidar = date_folder / "calib_velo_to_cam.txt"
    imu = date_folder / "calib_imu_to_velo.txt"
    rows = _read_rows(cameras)
    rectify = _motion(cameras, rows, "R_rect_00", None)
    width, height = _matrix(cameras, rows, f"S_rect_{camera}", (2,)).astype(int)
    calibration = Calibration(
        camera_from_lidar=rectify @ _motion(lidar, _read_rows(lidar), "R", "T"),
        camera_matrix=_camera_matrix(cameras, rows, f"P_rect_{camera}"),
        lidar_from_imu=_motion(imu, _read_rows(imu), "R", "T") if imu.is_file() else None,
    )
    return calibration, (int(height), int(width))


def read_perspective(folder: Path, camera: str) -> tuple[Calibration, tuple[int, int]]:
    """KITTI-360's calibration of perspective camera ``00`` or ``01``, and the image size (H, W) it is for.

    folder: calibration/. Raises BadInputError.
    """
    path = folder / "perspective.txt"
    rows = _read_rows(path)
    width, height = _matrix(path, rows, f"S_rect_{camera}", (2,)).astype(int)
    rectify = _motion(path, rows, "R_rect_00", None)
    matrix = _camera_matrix(path, rows, f"P_rect_{camera}")
    return Calibration(rectify @ _camera_0_from_lidar(folder), matrix), (int(height), int(width))


def pose_from_lidar(folder: Path) -> Matrix:
    """float64 (4, 4): lidar -> what KITTI-360's poses.txt tells the place of. Raises BadInputError."""
    path = folder / "calib_cam_to_pose.txt"
    lidar_in_pose: Matrix = _whole_motion(path, _read_rows(path), "image_00") @ _camera_0_from_lidar(folder)
    return lidar_in_pose


def _camera_0_from_lidar(folder: Path) -> Matrix:
    """float64 (4, 4), before rectification. The file holds the way back, as numbers alone."""
    path = folder / "calib_cam_to_velo.txt"
    if not path.is_file():
        raise BadInputError(path, "calibration file is missing", _REMEDY_360)
    numbers = read_numbers(path)
    if numbers.size != 12:
        raise BadInputError(path, "does not hold 12 numbers", _REMEDY_360)
    lidar_from_camera = require_rigid(path, "its matrix", padded(numbers.reshape(3, 4)), _REMEDY_360)
    return np.asarray(np.linalg.inv(lidar_from_camera), np.float64)


def read_object_calibration(path: Path, camera: int = 2) -> Calibration:
    """A calibration file of the object layout (R0_rect, Tr_velo_to_cam) or of odometry (Tr). Raises BadInputError.

    camera: 0 and 1 are KITTI's grey cameras, 2 and 3 the colour ones.
    """
    rows = _read_rows(path)
    matrix = _camera_matrix(path, rows, f"P{camera}")
    if "R0_rect" not in rows and "Tr_velo_to_cam" not in rows:
        if "Tr" not in rows:
            raise BadInputError(path, "has no line 'Tr:', which tells where the lidar is mounted", ODOMETRY_REMEDY)
        return Calibration(_whole_motion(path, rows, "Tr"), matrix)
    rectify = _motion(path, rows, "R0_rect", None)
    imu = _whole_motion(path, rows, "Tr_imu_to_velo") if "Tr_imu_to_velo" in rows else None
    return Calibration(rectify @ _whole_motion(path, rows, "Tr_velo_to_cam"), matrix, imu)


def refuse_waymo(path: Path) -> None:
    """Converters of Waymo name the mounting once for each camera. They write the points of five lidars into one file,
    in the coordinates of the vehicle and without lines: no line could be told, and none would be of one sensor.

    Raises BadInputError where a calibration file is of such an export.
    """
    if b"Tr_velo_to_cam_0:" in read_bytes(path):
        problem = "is of a Waymo export, whose scans mix five lidars in the vehicle's coordinates and tell no lines"
        remedy = (
            "export the top lidar alone in its own coordinates with the rows of its range image as ring, "
            "and name the files in a frames.csv (see datasets/README.md)"
        )
        raise BadInputError(path, problem, remedy)


def _motion(path: Path, rows: dict[str, str], turn: str, shift: str | None) -> Matrix:
    """float64 (4, 4) from a row of 9 numbers and, where named, one of 3."""
    matrix = np.eye(4)
    matrix[:3, :3] = _matrix(path, rows, turn, (3, 3))
    if shift is not None:
        matrix[:3, 3] = _matrix(path, rows, shift, (3,))
    return require_rigid(path, f"'{turn}:'", matrix, _REMEDY)


def _whole_motion(path: Path, rows: dict[str, str], name: str) -> Matrix:
    """float64 (4, 4) from a row of 12 numbers."""
    return require_rigid(path, f"'{name}:'", padded(_matrix(path, rows, name, (3, 4))), _REMEDY)


def _camera_matrix(path: Path, rows: dict[str, str], name: str) -> Matrix:
    return require_camera(path, f"'{name}:'", _matrix(path, rows, name, (3, 4)), _REMEDY)


def _read_rows(path: Path) -> dict[str, str]:
    """``name: numbers`` lines."""
    if not path.is_file():
        raise BadInputError(path, "calibration file is missing", _REMEDY)
    try:
        lines = read_bytes(path).decode().splitlines()
    except UnicodeDecodeError:
        raise BadInputError(path, "is no text file", _REMEDY) from None
    return {key.strip(): value for key, colon, value in (line.partition(":") for line in lines) if colon}


def _matrix(path: Path, rows: dict[str, str], name: str, shape: tuple[int, ...]) -> Matrix:
    if name not in rows:
        raise BadInputError(path, f"has no line '{name}:'", _REMEDY)
    try:
        values = np.array([float(word) for word in rows[name].split()])
    except ValueError:
        raise BadInputError(path, f"'{name}:' holds something that is no number", _REMEDY) from None
    if values.size != np.prod(shape) or not np.isfinite(values).all():
        raise BadInputError(path, f"'{name}:' must hold {int(np.prod(shape))} finite numbers", _REMEDY)
    if np.abs(values).max() > MOST:
        raise BadInputError(path, f"'{name}:' holds {values[np.abs(values).argmax()]:g}", _REMEDY)
    return values.reshape(shape)
