"""The same street as bags of every kind, and in KITTI's layout."""

from pathlib import Path

import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from tests.support.kitti_trees import write_raw_tree

SCAN = ReadOptions(ground_truth="scan")


@pytest.fixture(scope="module")
def kitti(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("kitti")
    write_raw_tree(root, frames=3, oxts=False)
    return open_dataset(root, SCAN)


@pytest.fixture(scope="module")
def bags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bag of each kind in a folder of its own."""
    from tests.datasets.rosbag.bags import KINDS, place
    from tests.support.ros_bags import write_bag

    root = tmp_path_factory.mktemp("bags")
    for kind in KINDS:
        write_bag(place(root / kind, kind), kind)
    return root
