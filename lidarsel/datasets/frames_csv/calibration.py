"""The calibration that a row of frames.csv names, in any of the formats that it may have."""

from pathlib import Path

from lidarsel.datasets.kitti.calibration import read_object_calibration
from lidarsel.datasets.kitti.raw_drive import CAMERAS, read_calibration
from lidarsel.datasets.parts.calibration_yaml import YAML_SUFFIXES, read_yaml_calibration
from lidarsel.frame import Calibration

CsvCamera = tuple[Calibration, tuple[int, int] | None]
"""A calibration, and the image size (H, W) that it is for where the file tells."""


def read_any_calibration(path: Path) -> CsvCamera:
    """KITTI raw's date folder (camera 02), a .yaml file, or else a file of KITTI's object or odometry layout.

    Raises BadInputError naming the file.
    """
    if path.suffix.lower() in YAML_SUFFIXES:
        return read_yaml_calibration(path)
    if path.is_dir():
        return read_calibration(path, CAMERAS[0])
    return read_object_calibration(path), None
