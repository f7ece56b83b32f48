"""KITTI's calibration files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.files import read_bytes
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration

Matrix = NDArray[np.float64]

_MOST = 1e9  # pixels or metres: beyond it, products overflow into NaN
_REMEDY = "take the original calibration file of that day (see datasets/README.md)"


def read_raw_calibration(date_folder: Path, camera: str) -> tuple[Calibration, tuple[int, int]]:
    """The calibration of one day of KITTI raw for camera ``02`` or ``03``, and the image size (H, W) it is for.

    calib_imu_to_velo.txt may be missing where no oxts are read; the other two files may not. Raises BadInputError.
    """
    cameras = date_folder / "calib_cam_to_cam.txt"
    lidar = date_folder / "calib_velo_to_cam.txt"
    imu = date_folder / "calib_imu_to_velo.txt"
    rows = _read_rows(cameras)
    rectify = np.eye(4)
    rectify[:3, :3] = _matrix(cameras, rows, "R_rect_00", (3, 3))
    width, height = _matrix(cameras, rows, f"S_rect_{camera}", (2,)).astype(int)
    calibration = Calibration(
        camera_from_lidar=rectify @ _rigid(lidar),
        camera_matrix=_matrix(cameras, rows, f"P_rect_{camera}", (3, 4)),
        lidar_from_imu=_rigid(imu) if imu.is_file() else None,
    )
    return calibration, (int(height), int(width))


def read_object_calibration(path: Path, camera: int = 2) -> Calibration:
    """A calibration file of the object layout (R0_rect, Tr_velo_to_cam) or of odometry (Tr). Raises BadInputError."""
    rows = _read_rows(path)
    matrix = _matrix(path, rows, f"P{camera}", (3, 4))
    if "Tr" in rows and "R0_rect" not in rows:
        return Calibration(_padded(_matrix(path, rows, "Tr", (3, 4))), matrix)
    rectify = np.eye(4)
    rectify[:3, :3] = _matrix(path, rows, "R0_rect", (3, 3))
    imu = _padded(_matrix(path, rows, "Tr_imu_to_velo", (3, 4))) if "Tr_imu_to_velo" in rows else None
    return Calibration(rectify @ _padded(_matrix(path, rows, "Tr_velo_to_cam", (3, 4))), matrix, imu)


def _rigid(path: Path) -> Matrix:
    rows = _read_rows(path)
    matrix = np.eye(4)
    matrix[:3, :3] = _matrix(path, rows, "R", (3, 3))
    matrix[:3, 3] = _matrix(path, rows, "T", (3,))
    return matrix


def _padded(matrix: Matrix) -> Matrix:
    return np.vstack([matrix, [0.0, 0, 0, 1]])


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
    if np.abs(values).max() > _MOST:
        raise BadInputError(path, f"'{name}:' holds {values[np.abs(values).argmax()]:g}", _REMEDY)
    return values.reshape(shape)
