"""``calibration.yaml``, lidarsel's own calibration file, for data whose layout has none.

camera_matrix: 3x4, pixels. camera_from_lidar: 4x4, lidar coordinates -> camera, metres. image_size: [height, width].
distortion, where images are not rectified: k1, k2, p1, p2[, k3] of plumb_bob, which distortion_model need not say, or
k1, k2, p1, p2, k3, k4, k5, k6 of rational_polynomial.
"""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.lens import lens_of
from lidarsel.datasets.parts.matrices import require_camera, require_rigid
from lidarsel.errors import BadInputError
from lidarsel.frame import Calibration
from lidarsel.reading import read_yaml

CALIBRATION = "calibration.yaml"
YAML_SUFFIXES = (".yaml", ".yml")
_REMEDY = "write it as datasets/README.md shows"


class _CalibrationFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    camera_matrix: list[list[float]]
    camera_from_lidar: list[list[float]]
    image_size: tuple[int, int]
    distortion: list[float] = []
    distortion_model: str | None = None


def read_yaml_calibration(path: Path) -> tuple[Calibration, tuple[int, int]]:
    """The calibration and the image size (H, W) that it is for.

    Raises BadInputError where a key is missing or unknown, a shape is wrong, or a matrix is no camera or motion.
    """
    try:
        content = msgspec.convert(read_yaml(path, _REMEDY), _CalibrationFile)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInputError(path, " ".join(str(error).split()), _REMEDY) from None
    camera = _matrix(path, "camera_matrix", content.camera_matrix, (3, 4))
    motion = _matrix(path, "camera_from_lidar", content.camera_from_lidar, (4, 4))
    require_camera(path, "camera_matrix", camera, _REMEDY)
    require_rigid(path, "camera_from_lidar", motion, _REMEDY)
    if min(content.image_size) < 1:
        raise BadInputError(path, "camera_matrix or image_size is not of a camera", _REMEDY)
    return Calibration(motion, camera, distortion=_distortion(path, content)), content.image_size


def _distortion(path: Path, content: _CalibrationFile) -> tuple[float, ...]:
    """Empty where there is none. Raises BadInputError."""
    found = content.distortion
    model = content.distortion_model or ("rational_polynomial" if len(found) == 8 else "plumb_bob")
    if not found and content.distortion_model is None:
        return ()
    if not np.isfinite(found).all():
        raise BadInputError(path, "distortion must be finite numbers", _REMEDY)
    return lens_of(path, "distortion_model", model, found)


def _matrix(path: Path, key: str, rows: list[list[float]], shape: tuple[int, int]) -> NDArray[np.float64]:
    if [len(row) for row in rows] != [shape[1]] * shape[0] or not np.isfinite([v for row in rows for v in row]).all():
        raise BadInputError(path, f"{key} must be {shape[0]} rows of {shape[1]} finite numbers", _REMEDY)
    return np.array(rows, np.float64)
