"""Depth images without scans: their lines are told by the images themselves."""

from pathlib import Path

import numpy as np

from lidarsel.datasets.base import Dataset
from lidarsel.datasets.registry import open_dataset
from tests.support.kitti_trees import DAY, SIZE, Street, project, still_scan, write_depth_tree, write_raw_calibration


def test_bare_depth_images_with_calibration(tmp_path: Path) -> None:
    street = Street(azimuth_step_deg=0.2, half_width_m=9.0)
    root = tmp_path / "x/y"
    write_depth_tree(root, 3, street)
    write_raw_calibration(root / DAY)
    data = open_dataset(root)
    assert isinstance(data, Dataset)
    assert data.scan(0) is None
    assert "recovered from the geometry" in data.notes[-1]
    frame = data.frame(1)
    assert frame.image is None
    row, column, depth, inside = project(still_scan(street, 1))
    line = np.full(SIZE, -1)
    order = np.argsort(-np.where(inside, depth, 0), kind="stable")
    order = order[inside[order]]
    line[row[order], column[order]] = street.scan(1)[1][order]
    true = line[frame.points.row, frame.points.column]
    assert data.n_lines == true.max() + 1
    assert (frame.points.line == true).mean() > 0.97
