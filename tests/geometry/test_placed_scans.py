"""Scans in one image: each for itself, and the nearest point of all."""

import numpy as np

from lidarsel.frame import Calibration
from lidarsel.geometry.placed_scans import PlacedScan, draw_nearest, draw_placed
from lidarsel.geometry.views import CameraView

AXES = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
CAMERA = np.array([[20.0, 0, 15, 0], [0, 20.0, 10, 0], [0, 0, 1, 0]])
VIEW = CameraView(Calibration(AXES, CAMERA), (20, 30))


def scans() -> list[PlacedScan]:
    """Three, each moved on by a metre."""
    rng = np.random.default_rng(0)
    poses = np.repeat(np.eye(4)[None], 3, axis=0)
    poses[:, 0, 3] = range(3)
    return [PlacedScan(rng.uniform([2, -8, -5], [30, 8, 5], (400, 3)), pose) for pose in poses]


def by_hand(scans: list[PlacedScan]) -> np.ndarray:
    """The nearest depth at each pixel, point by point."""
    nearest = np.full(VIEW.size, np.inf, np.float32)
    for scan in scans:
        for x, y, z in scan.xyz_m + scan.own_from_other[:3, 3]:
            row, column = int(np.floor(10 - 20 * z / x + 0.5)), int(np.floor(15 - 20 * y / x + 0.5))
            if 0 <= row < 20 and 0 <= column < 30:
                nearest[row, column] = min(nearest[row, column], np.float32(x))
    return nearest


def test_the_nearest_point_of_any_scan_is_drawn() -> None:
    nearest = draw_nearest(scans(), VIEW)
    assert nearest.dtype == np.float32
    np.testing.assert_allclose(nearest, by_hand(scans()), rtol=1e-6)
    assert 0.3 < np.isfinite(nearest).mean() < 1
    assert np.isinf(draw_nearest([], VIEW)).all()


def test_each_scan_is_drawn_for_itself_and_its_places_are_told() -> None:
    drawn = draw_placed(scans(), VIEW)
    for scan, depth_m, at in zip(scans(), drawn.depth_m, drawn.at, strict=True):
        np.testing.assert_allclose(depth_m, by_hand([scan]), rtol=1e-6)
        np.testing.assert_array_equal(np.unique(at), np.flatnonzero(np.isfinite(depth_m)))
