"""What of a sequence of PandaSet concerns its spinning lidar and its front camera.

Formats after PandaSet's own devkit (github.com/scaleapi/pandaset-devkit, README.md and python/pandaset). Points stand
in coordinates of the world, each where it was at its own time: freed of the vehicle's motion.

``lidar/poses.json`` is not the lidar's: it is of a point on the vehicle 1.8 m below the cameras (its test sequence
002), and the devkit tells no way from there to the lidar (issues 60 and 67). What leads there is the front camera's
pose and the mounting measured on the standing vehicle (docs/static_extrinsic_calibration.yaml, issue 71).
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.pandaset.trajectory import LidarTrajectory
from lidarsel.datasets.parts.matrices import require_camera
from lidarsel.datasets.parts.rigid import rigid
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration
from lidarsel.geometry.motion import Matrix
from lidarsel.reading import read_json

CAMERA = "camera/front_camera"
IMAGE_SIZE = (1080, 1920)
_LIDAR = rigid(
    [0.0002585796504896516, -0.03907777167811011, -0.0440125762408362],
    [0.016213200031258722, 0.0030578899383849464, 0.7114721800418571, -0.7025205466606356],
)
"""Front camera <- Pandar64, whose x points left, y back and z up."""
_AHEAD = np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
CAMERA_FROM_LIDAR: Matrix = _LIDAR @ _AHEAD
"""float64 (4, 4), from the lidar's coordinates as they are everywhere here: x ahead, y left, z up."""
_REMEDY = "take the sequence of PandaSet anew"
_SCAN = re.compile(r"(\d+)\.pkl(?:\.gz)?", re.IGNORECASE)


class _PositionRecord(msgspec.Struct, frozen=True):
    x: float
    y: float
    z: float


class _Heading(_PositionRecord, frozen=True):
    w: float


class _PoseRecord(msgspec.Struct, frozen=True):
    position: _PositionRecord
    heading: _Heading


class _Intrinsics(msgspec.Struct, frozen=True):
    fx: float
    fy: float
    cx: float
    cy: float


def scan_files(folder: Path) -> dict[int, Path]:
    """The scans of a ``lidar`` folder by their number, ascending; of a scan that is there packed and unpacked, the
    latter."""
    named = ((_SCAN.fullmatch(path.name), path) for path in sorted(folder.iterdir(), reverse=True))
    return dict(sorted((int(match[1]), path) for match, path in named if match))


@dataclass(frozen=True, eq=False)
class PandaSetLog:
    """One sequence. scans, images: by number. Raises BadInputError when asked for what its files do not tell."""

    folder: Path
    scans: dict[int, Path]
    images: dict[int, Path]

    @property
    def calibration_files(self) -> list[Path]:
        """Those that are there."""
        files = (self._camera_file(name) for name in ("intrinsics", "poses", "timestamps"))
        return [file for file in files if file.is_file()]

    @cached_property
    def calibration(self) -> Calibration:
        """Of the front camera, the same for every frame: the poses are its own, and points stand where they were."""
        path = self._camera_file("intrinsics")
        k: _Intrinsics = read_json(path, _Intrinsics, _REMEDY)
        matrix = np.array([[k.fx, 0, k.cx, 0], [0, k.fy, k.cy, 0], [0, 0, 1, 0]])
        require_camera(path, "its content", matrix, _REMEDY)
        return Calibration(CAMERA_FROM_LIDAR, matrix)

    def camera(self) -> tuple[Calibration, tuple[int, int]]:
        """The calibration, and the size (H, W) of the images that it is for."""
        return self.calibration, IMAGE_SIZE

    def world_from_lidar(self, number: int) -> Matrix:
        """float64 (4, 4), at the time of an image, which is the middle of the scan of that number."""
        poses = self.trajectory.world_from_lidar
        if number >= len(poses):
            problem = f"has {len(poses)} poses, and none of scan and image {number:02d}"
            raise BadInputError(self._camera_file("poses"), problem, _REMEDY)
        pose: Matrix = poses[number]
        return pose

    @cached_property
    def trajectory(self) -> LidarTrajectory:
        """The lidar's, by the front camera."""
        path = self._camera_file("poses")
        read: list[_PoseRecord] = read_json(path, list[_PoseRecord], _REMEDY)
        poses = [_matrix(path, number, pose) @ CAMERA_FROM_LIDAR for number, pose in enumerate(read)]
        stamps_path = self._camera_file("timestamps")
        stamps: NDArray[np.float64] = np.array(read_json(stamps_path, list[float], _REMEDY), np.float64)
        if not poses or len(stamps) != len(poses):
            raise BadInputError(stamps_path, f"has {len(stamps)} times where there are {len(poses)} poses", _REMEDY)
        if not (np.isfinite(stamps).all() and (np.diff(stamps) > 0).all()):
            raise BadInputError(stamps_path, "has times that do not rise", _REMEDY)
        return LidarTrajectory(stamps, np.stack(poses))

    def _camera_file(self, name: str) -> Path:
        return self.folder / CAMERA / f"{name}.json"


def _matrix(path: Path, number: int, pose: _PoseRecord) -> Matrix:
    at, turn = pose.position, pose.heading
    try:
        return rigid([at.x, at.y, at.z], [turn.w, turn.x, turn.y, turn.z])
    except ValueError:
        raise BadInputError(path, f"its pose {number} is no rotation and translation", _REMEDY) from None
