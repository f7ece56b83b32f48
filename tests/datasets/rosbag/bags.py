"""What the tests of ROS bags share: where a bag stands, and when two data sets are the same."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions

pytest.importorskip("rosbags", reason="needs the extra 'ros'")
from tests.support.ros_bags import Kind

SCAN = ReadOptions(ground_truth="scan")
KINDS: tuple[Kind, ...] = ("ros1", "sqlite3", "mcap")
MS = 1_000_000


def place(root: Path, kind: Kind) -> Path:
    return root / ("log.bag" if kind == "ros1" else "log")


def storage(root: Path, kind: Kind) -> Path:
    suffix = {"ros1": "log.bag", "sqlite3": "log/log.db3", "mcap": "log/log.mcap"}
    return root / suffix[kind]


def assert_same_frames(ours: Dataset, kitti: Dataset) -> None:
    assert (ours.n_lines, len(ours)) == (kitti.n_lines, len(kitti))
    np.testing.assert_allclose(ours.elevation_deg, kitti.elevation_deg, atol=1e-4)
    for i in range(len(kitti)):
        mine, other = ours.frame(i).points, kitti.frame(i).points
        assert len(mine) == len(other)
        by = [np.lexsort((p.depth_m, p.line, p.row, p.column)) for p in (mine, other)]
        same = np.all([getattr(mine, k)[by[0]] == getattr(other, k)[by[1]] for k in ("row", "column", "line")], axis=0)
        assert same.mean() > 0.999  # two ways to the same matrix round differently at the edge of a pixel
        np.testing.assert_allclose(mine.depth_m[by[0]][same], other.depth_m[by[1]][same], rtol=1e-4)
