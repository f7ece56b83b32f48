"""What of an Argoverse 2 log concerns its upper lidar and its front camera, and which sweep and image make a frame.

Formats after the data set's own description (github.com/argoverse/av2-api, src/av2/datasets/sensor/README.md and
structures/sweep.py): points stand in the vehicle's coordinates, freed of motion to the sweep's time stamp.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.argoverse.feather import read_columns
from lidarsel.datasets.argoverse.sweep import upper_half
from lidarsel.datasets.parts.matrices import require_camera
from lidarsel.datasets.parts.rigid import rigid
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration
from lidarsel.geometry.motion import Matrix

CAMERA, LIDAR = "ring_front_center", "up_lidar"
MOST_APART_NS = 50_000_000
_POSE_APART_NS = 10_000_000  # poses stand at every sensor's stamps; farther off, the vehicle was elsewhere
_POSES = "city_SE3_egovehicle.feather"
_REMEDY = "take the log of Argoverse 2 anew"
_POSE = ("qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m")
_INTRINSICS = ("fx_px", "fy_px", "cx_px", "cy_px", "height_px", "width_px")
_LOOKED_AT = 3  # sweeps, in case some are damaged


def stamped_files(folder: Path, suffix: str) -> dict[int, Path]:
    """Files named by a time stamp in nanoseconds, by that, ascending; empty where there is no such folder."""
    found = folder.iterdir() if folder.is_dir() else ()
    named = {int(p.stem): p for p in found if p.suffix.lower() == suffix and re.fullmatch(r"\d{1,19}", p.stem)}
    return dict(sorted(named.items()))


@dataclass(frozen=True, eq=False)
class ArgoverseLog:
    """One log. sweeps, images: by time stamp in nanoseconds, ascending. Raises BadInputError when asked for what its
    files do not tell."""

    folder: Path
    sweeps: dict[int, Path]
    images: dict[int, Path]

    @property
    def calibration_files(self) -> list[Path]:
        """Those that are there."""
        names = ("calibration/egovehicle_SE3_sensor.feather", "calibration/intrinsics.feather", _POSES)
        return [file for name in names if (file := self.folder / name).is_file()]

    @cached_property
    def vehicle_from_lidar(self) -> Matrix:
        """float64 (4, 4) of the upper lidar."""
        return self._mounted(LIDAR)

    @cached_property
    def first_laser(self) -> int:
        """Of the upper lidar's 32: 0 or 32."""
        for path in list(self.sweeps.values())[:_LOOKED_AT]:
            try:
                return upper_half(path, self.vehicle_from_lidar)
            except BadInputError:
                continue  # told by the data set's survey
        return 0

    @cached_property
    def camera(self) -> tuple[Matrix, Matrix, tuple[int, int]]:
        """vehicle <- camera, float64 (4, 4); the camera matrix, float64 (3, 4); the image's size (H, W)."""
        path = self.folder / "calibration/intrinsics.feather"
        columns = read_columns(path, _INTRINSICS, ("sensor_name",))
        row = _row_of(path, columns["sensor_name"], CAMERA)
        fx, fy, cx, cy, height, width = (float(columns[name][row]) for name in _INTRINSICS)
        matrix = np.array([[fx, 0, cx, 0], [0, fy, cy, 0], [0, 0, 1, 0]])
        if not np.isfinite([*matrix.ravel(), height, width]).all():
            raise BadInputError(path, f"has numbers of {CAMERA} that are not finite", _REMEDY)
        require_camera(path, f"the row {CAMERA}", matrix, _REMEDY)
        return self._mounted(CAMERA), matrix, (int(height), int(width))

    def calibration(self, sweep_ns: int, image_ns: int) -> tuple[Calibration, tuple[int, int]]:
        """lidar -> vehicle at the sweep's time -> city -> vehicle at the image's time -> camera."""
        vehicle_from_camera, matrix, size = self.camera
        moved = np.linalg.inv(self.city_from_vehicle(image_ns)) @ self.city_from_vehicle(sweep_ns)
        camera_from_lidar = np.linalg.inv(vehicle_from_camera) @ moved @ self.vehicle_from_lidar
        return Calibration(camera_from_lidar, matrix), size

    def city_from_vehicle(self, stamp_ns: int) -> Matrix:
        """float64 (4, 4): the vehicle's pose nearest in time."""
        path = self.folder / _POSES
        stamps, values = self._poses
        nearest = int(np.abs(stamps - stamp_ns).argmin()) if len(stamps) else -1
        if nearest < 0 or abs(int(stamps[nearest]) - stamp_ns) > _POSE_APART_NS:
            raise BadInputError(path, f"has no pose near the time stamp {stamp_ns}", _REMEDY)
        return _rigid(path, f"the pose at {stamps[nearest]}", values[nearest])

    def city_from_lidar(self, number: int) -> Matrix:
        """float64 (4, 4), by number of a sweep. Raises BadInputError where there is no pose."""
        return self.city_from_vehicle(self._stamps[number]) @ self.vehicle_from_lidar

    @cached_property
    def _stamps(self) -> list[int]:
        return list(self.sweeps)

    @cached_property
    def _poses(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Time stamps in nanoseconds, int64 (N,), and quaternion and translation, float64 (N, 7)."""
        path = self.folder / _POSES
        columns = read_columns(path, ("timestamp_ns", *_POSE))
        if columns["timestamp_ns"].dtype.kind not in "iu":
            raise BadInputError(path, "has time stamps that are no whole numbers", _REMEDY)
        return columns["timestamp_ns"].astype(np.int64), np.stack([columns[name] for name in _POSE], 1).astype(float)

    def _mounted(self, sensor: str) -> Matrix:
        path = self.folder / "calibration/egovehicle_SE3_sensor.feather"
        columns = read_columns(path, _POSE, ("sensor_name",))
        row = _row_of(path, columns["sensor_name"], sensor)
        return _rigid(path, f"the mounting of {sensor}", [float(columns[name][row]) for name in _POSE])


def pairs(log: ArgoverseLog) -> dict[int, int]:
    """Place of a sweep in time -> time stamp of the image nearest to it, at most 50 ms away."""
    stamps = np.array(list(log.images), np.int64)
    found: dict[int, int] = {}
    for number, sweep_ns in enumerate(log.sweeps):
        nearest = int(stamps[np.abs(stamps - sweep_ns).argmin()]) if len(stamps) else None
        if nearest is not None and abs(nearest - sweep_ns) <= MOST_APART_NS:
            found[number] = nearest
    return found


def _row_of(path: Path, names: NDArray[np.str_], sensor: str) -> int:
    rows = np.flatnonzero(names == sensor)
    if not len(rows):
        raise BadInputError(path, f"has no row {sensor}", _REMEDY)
    return int(rows[0])


def _rigid(path: Path, what: str, numbers: "NDArray[np.float64] | list[float]") -> Matrix:
    try:
        return rigid([float(x) for x in numbers[4:]], [float(x) for x in numbers[:4]])
    except ValueError:
        raise BadInputError(path, f"{what} is no rotation and translation", _REMEDY) from None
