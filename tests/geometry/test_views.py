"""The range image of the whole turn, against angles computed one by one; and both views as each other's likes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lidarsel.frame import Calibration
from lidarsel.geometry.views import CameraView, View, WholeTurn
from tests.support.kitti_trees import CAMERA_FROM_LIDAR, CAMERA_MATRIX, SIZE

TURN = WholeTurn(720, math.radians(10), math.radians(-30))
"""Two pixels a degree."""
MOVED = np.eye(4)
MOVED[:3] = np.column_stack([Rotation.from_euler("zyx", [40, 5, -3], degrees=True).as_matrix(), [1.5, -0.5, 0.2]])
coordinates = st.floats(-50, 50)


def points(count: int) -> NDArray[np.float64]:
    return np.random.default_rng(0).uniform(-30, 30, (count, 3)) * [1, 1, 0.2]


def test_its_size_is_that_of_its_angles() -> None:
    assert TURN.size == (80, 720)
    assert TURN.pixels_per_rad == pytest.approx(2 * 180 / math.pi)


@given(coordinates, coordinates, coordinates)
def test_a_point_falls_where_its_angles_say(x: float, y: float, z: float) -> None:
    xyz = np.array([[x, y, z]])
    distance = math.sqrt(x * x + y * y + z * z)
    found = TURN.project(xyz)
    if distance < 1e-6:
        assert len(found.index) == int(distance > 0 and len(found.index) > 0)
        return
    elevation_deg = math.degrees(math.atan2(z, math.hypot(x, y)))
    row, column = (10 - elevation_deg) * 2, (180 - math.degrees(math.atan2(y, x))) * 2
    if min(abs(row), abs(row - 80)) < 1e-6:
        return  # on the very edge, where rounding decides
    assert len(found.index) == (0 < row < 80)
    if len(found.index):
        assert abs(found.row[0] + 0.5 - row) <= 0.5 + 1e-6
        off = (found.column[0] + 0.5 - column + 360) % 720 - 360
        assert abs(off) <= 0.5 + 1e-6
        assert found.depth_m[0] == pytest.approx(distance, rel=1e-6)
        assert 0 <= found.column[0] < 720


@pytest.mark.parametrize("view", [TURN, CameraView(Calibration(CAMERA_FROM_LIDAR, CAMERA_MATRIX), SIZE)])
def test_pixels_go_back_to_points(view: View) -> None:
    seen = view.project(points(4000))
    assert len(seen.index) > 100
    centres = view.back_project(seen.row, seen.column, seen.depth_m)
    again = view.project(centres)
    np.testing.assert_array_equal(again.row, seen.row)
    np.testing.assert_array_equal(again.column, seen.column)
    np.testing.assert_allclose(again.depth_m, seen.depth_m, rtol=1e-6)


@pytest.mark.parametrize("view", [TURN, CameraView(Calibration(CAMERA_FROM_LIDAR, CAMERA_MATRIX), SIZE)])
def test_points_of_another_scan_are_moved_first(view: View) -> None:
    xyz = points(3000)
    moved = xyz @ MOVED[:3, :3].T + MOVED[:3, 3]
    expected, found = view.project(moved), view.of_scan(MOVED).project(xyz)
    np.testing.assert_array_equal(found.index, expected.index)
    np.testing.assert_array_equal(found.row, expected.row)
    np.testing.assert_array_equal(found.column, expected.column)
    back = view.of_scan(MOVED).back_project(found.row, found.column, found.depth_m)
    np.testing.assert_allclose(
        back @ MOVED[:3, :3].T + MOVED[:3, 3], view.back_project(found.row, found.column, found.depth_m), atol=1e-9
    )
