"""`lidarsel calibrate` says what speaks against its answer, and ends where there is none."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from lidarsel.geometry.unordered import find_cones
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import ELEVATIONS_DEG, Street, write_raw_tree


def only_scan(tree: Path) -> Path:
    (path,) = tree.glob("*/*/velodyne_points/data/*.bin")
    return path


def with_extra(tree: Path, extra: np.ndarray) -> None:
    path = only_scan(tree)
    whole = np.concatenate([np.fromfile(path, "<f4").reshape(-1, 4), extra.astype("<f4")])
    np.random.default_rng(0).permutation(whole).tofile(path)


def test_no_doubt_where_all_points_are_on_lines(tmp_path: Path) -> None:
    write_raw_tree(tmp_path / "tree", 1, Street())
    told = json.loads(succeeded(lidarsel("calibrate", tmp_path / "tree", "-o", tmp_path / "s.yaml", "--json")))
    assert (told["n_lines"], told["doubts"]) == (16, [])


def test_points_on_no_line_are_told_and_where(tmp_path: Path) -> None:
    """A cloud of points above the topmost line, as of lasers that are not found."""
    write_raw_tree(tmp_path / "tree", 1, Street())
    random = np.random.default_rng(0)
    n = len(np.fromfile(only_scan(tmp_path / "tree"), "<f4")) // 4 // 16
    elevation, azimuth = (
        np.radians(random.uniform(ELEVATIONS_DEG[0] + 4, ELEVATIONS_DEG[0] + 6, n)),
        6 * random.random(n),
    )
    r = random.uniform(5, 25, n)
    with_extra(tmp_path / "tree", np.stack([r * np.cos(azimuth), r * np.sin(azimuth), r * np.tan(elevation), r], 1))
    said = succeeded(lidarsel("calibrate", tmp_path / "tree", "-o", tmp_path / "s.yaml"))
    (doubt,) = [line for line in said.splitlines() if line.startswith("doubt:")]
    assert "% of the points are on no line; at 6.00 to 8.00 degrees more than half" in doubt
    assert "the sensor's number of lines" in doubt


def test_the_search_ends_in_time() -> None:
    xyz = np.random.default_rng(0).normal(0, 10, (30_000, 3))
    start_s = time.monotonic()
    with pytest.raises(ValueError, match="no cones"):
        find_cones(xyz, within_s=1.0)
    assert time.monotonic() - start_s < 15


def test_what_is_no_scan_is_refused_with_the_remedy(tmp_path: Path) -> None:
    write_raw_tree(tmp_path / "tree", 1, Street())
    path = only_scan(tmp_path / "tree")
    points = np.fromfile(path, "<f4").reshape(-1, 4)
    points[:, :3] = np.random.default_rng(0).normal(0, 10, (len(points), 3))
    points.tofile(path)
    done = lidarsel("calibrate", tmp_path / "tree", "-o", tmp_path / "s.yaml")
    assert_refused(done, tmp_path / "tree", "lie on no cones", "--scan-columns")
    assert not (tmp_path / "s.yaml").exists()
