"""A real cloud of PandaSet's lidar, driven and written as PandaSet has it: each point gets the line of its ring."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.clouds.files import read_cloud_scan
from lidarsel.datasets.registry import open_dataset
from tests.support.kitti_trees import Array
from tests.support.pandas_pickles import write_frame
from tests.support.pandaset_trees import SCAN_S, START_S, WORLD, write_camera

FRAMES = 2
TURN_RADPS = np.radians(30)


def driven(time_s: Array, speed_mps: float) -> tuple[Rotation, Array]:
    """On a circle: turns and places of the lidar at some times."""
    angle = TURN_RADPS * time_s
    radius_m = speed_mps / TURN_RADPS
    place = radius_m * np.column_stack([np.sin(angle), 1 - np.cos(angle), 0 * angle])
    world = Rotation.from_matrix(WORLD[:3, :3])
    return world * Rotation.from_euler("z", angle[:, None]), world.apply(place) + WORLD[:3, 3]


@pytest.mark.parametrize("speed_mps", [0.1, 8.0])
def test_every_point_gets_its_line(shared_data: Path, tmp_path: Path, speed_mps: float) -> None:
    source = shared_data / "pandar64/calib.pcd"
    if not source.is_file():
        pytest.skip(f"no real data at {source}")
    cloud = read_cloud_scan(source)
    x, y, _ = cloud.xyz_m.T.astype(np.float64)
    late_s = -np.arctan2(y, x) / (2 * np.pi) * SCAN_S
    stamps, poses = [START_S + SCAN_S * number for number in range(FRAMES)], []
    for number, stamp in enumerate(stamps):
        turn, place = driven(number * SCAN_S + late_s, speed_mps)
        world = turn.apply(cloud.xyz_m) + place
        still = np.zeros(len(world))
        columns = {"x": world[:, 0], "y": world[:, 1], "z": world[:, 2], "i": still, "t": stamp + late_s, "d": still}
        write_frame(tmp_path / f"001/lidar/{number:02d}.pkl", columns)
        (own,), (at,) = driven(np.array([number * SCAN_S]), speed_mps)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = own.as_matrix(), at
        poses.append(pose)
    write_camera(tmp_path / "001", poses, stamps)
    data = open_dataset(tmp_path, ReadOptions("scan"))
    for number in range(FRAMES):
        scan = data.scan(number)
        assert scan is not None
        np.testing.assert_array_equal(scan.line, 63 - cloud.ring)  # rings count from the lowest
