"""Projection against pencil and paper, its own inverse, and the real frame's verified facts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.datasets.kitti.calibration import read_raw_calibration
from lidarsel.frame import Calibration
from lidarsel.geometry.lines import lines_from_scan_order
from lidarsel.geometry.projection import back_project, project
from lidarsel.geometry.views import CameraView, image_points
from tests.support.kitti_trees import CAMERA_FROM_LIDAR, CAMERA_MATRIX

AXES = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
SIMPLE = Calibration(AXES, np.array([[100.0, 0, 50, 40], [0, 100, 20, 0], [0, 0, 1, 0.5]]))
SIZE = (40, 100)


def test_by_hand() -> None:
    # 10 m ahead, 1 m to the left, 0.5 m up: camera (-1, -0.5, 10), w = 10.5,
    # u = (-100 + 500 + 40) / 10.5 = 41.905 -> 42, v = (-50 + 200) / 10.5 = 14.286 -> 14
    found = project(np.array([[10.0, 1, 0.5]]), SIMPLE, SIZE)
    assert (found.column.tolist(), found.row.tolist()) == ([42], [14])
    assert found.depth_m.tolist() == [10.5]
    assert found.depth_m.dtype == np.float32


def test_behind_the_camera_and_outside_are_left_out() -> None:
    xyz = np.array([[-5.0, 0, 0], [-0.5, 0, 0], [10, 0, 0], [10, 60, 0], [10, -60, 0], [10, 0, 9], [10, 0, -9]])
    assert project(xyz, SIMPLE, SIZE).index.tolist() == [2]


@pytest.mark.parametrize(("u", "inside"), [(-0.51, False), (-0.49, True), (99.49, True), (99.51, False)])
def test_pixels_reach_half_a_pixel_around_their_centre(u: float, inside: bool) -> None:
    calibration = Calibration(AXES, np.array([[100.0, 0, 50, 0], [0, 100, 20, 0], [0, 0, 1, 0]]))
    xyz = np.array([[10.0, -(u - 50) / 10, 0]])
    assert (len(project(xyz, calibration, SIZE).index) == 1) == inside


@given(st.lists(st.tuples(st.integers(0, 89), st.integers(0, 299), st.floats(0.5, 200)), min_size=1, max_size=50))
def test_back_projection_is_the_inverse(pixels: list[tuple[int, int, float]]) -> None:
    row, column, depth = (np.array(values) for values in zip(*pixels, strict=True))
    calibration = Calibration(CAMERA_FROM_LIDAR, CAMERA_MATRIX)
    xyz = back_project(row, column, depth, calibration)
    again = project(xyz, calibration, (90, 300))
    np.testing.assert_array_equal(again.row, row)
    np.testing.assert_array_equal(again.column, column)
    np.testing.assert_allclose(again.depth_m, depth, rtol=1e-6)


@given(st.integers(0, 10_000), st.floats(0.1, 1000), st.booleans())
def test_no_point_of_the_image_is_missed(seed: int, reach_m: float, single: bool) -> None:
    """Against the equations for every point, whatever the camera and however far the points."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn * np.sign(np.linalg.det(turn)), rng.normal(size=3)
    calibration = Calibration(pose, np.array([[90.0, 0, 48, rng.normal()], [0, 90, 20, 0], [0, 0, 1, 0.1]]))
    xyz = (rng.normal(size=(3000, 3)) * reach_m).astype(np.float32 if single else np.float64)
    u, v, w = (xyz.astype(np.float64) @ calibration.image_from_lidar[:, :3].T + calibration.image_from_lidar[:, 3]).T
    column, row = np.floor(u / w + 0.5), np.floor(v / w + 0.5)
    inside = (w > 0) & (column >= 0) & (column < SIZE[1]) & (row >= 0) & (row < SIZE[0])
    found = project(xyz, calibration, SIZE)
    np.testing.assert_array_equal(found.index, np.flatnonzero(inside))
    np.testing.assert_array_equal(found.column, column[inside])
    np.testing.assert_array_equal(found.row, row[inside])


def test_no_points() -> None:
    assert len(image_points(np.empty((0, 3)), np.empty(0, np.int16), CameraView(SIMPLE, SIZE))) == 0


def test_facts_of_the_real_frame(shared_data: Path) -> None:
    day = shared_data / "kitti_raw/2011_09_26"
    scan = np.fromfile(day / "2011_09_26_drive_0001_sync/velodyne_points/data/0000000005.bin", np.float32)
    xyz = scan.reshape(-1, 4)[:, :3]
    calibration, size = read_raw_calibration(day, "02")
    assert size == (375, 1242)
    # the verified 19,109 points have their exact position between the first and the last pixel's centre
    homogeneous = np.column_stack([xyz.astype(float), np.ones(len(xyz))]) @ calibration.image_from_lidar.T
    u, v = (homogeneous[:, :2] / homogeneous[:, 2:]).T
    between = (homogeneous[:, 2] > 0) & (u >= 0) & (u <= 1241) & (v >= 0) & (v <= 374)
    assert between.sum() == 19_109
    found = image_points(xyz, lines_from_scan_order(xyz), CameraView(calibration, size))
    assert set(np.flatnonzero(between)) <= set(project(xyz, calibration, size).index)
    assert 19_109 <= len(found) <= 19_200
    counts = found.count_by_line(64)
    assert np.flatnonzero(counts).tolist() == list(range(46))
