"""A lidar is called by its maker's name where its lines are there, and in no other case."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.sensor_name import HDL_64E


@pytest.mark.parametrize(
    ("ends_deg", "n_lines", "name"),
    [
        ((1.94, -25.0), 64, "Velodyne HDL-64E"),
        ((3.34, -23.7), 64, "Velodyne HDL-64E"),
        ((16.6, -16.6), 64, "64-line lidar"),
        ((25.0, -2.0), 64, "64-line lidar"),
        ((1.94, -25.0), 63, "63-line lidar"),
    ],
)
def test_what_lines_are_called(ends_deg: tuple[float, float], n_lines: int, name: str) -> None:
    assert HDL_64E(np.linspace(*ends_deg, n_lines)) == name


@pytest.mark.parametrize("layout", ["kitti_raw", "kitti_depth", "kitti_object"])
def test_kittis_own(shared_data: Path, layout: str) -> None:
    assert open_dataset(shared_data / layout).sensor == "Velodyne HDL-64E"
