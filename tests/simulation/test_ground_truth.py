"""Ground truth from eleven scans and stereo: on scenes made by hand, and its figures beside KITTI's own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.frame import Calibration
from lidarsel.geometry.placed_scans import PlacedScan
from lidarsel.simulation.frames import simulate_with_exact_depth
from lidarsel.simulation.ground_truth import semi_dense
from lidarsel.simulation.sensing import stereo
from lidarsel.simulation.settings import SimulateSettings

AXES = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
CAMERA = np.array([[721.54, 0, 200, 0], [0, 721.54, 60, 0], [0, 0, 1, 0]])
CALIBRATION = Calibration(AXES, CAMERA)
SIZE = (120, 400)
Doubles = NDArray[np.float64]


def scan_of(depth_m: Doubles, ahead_m: float = 0.0) -> PlacedScan:
    """A scan that met, at every pixel, the depth that is seen from ``ahead_m`` behind where it was taken."""
    row, column = np.nonzero(depth_m)
    depth = depth_m[row, column]
    xyz = np.stack([depth - ahead_m, (200 - column) * depth / 721.54, (60 - row) * depth / 721.54], axis=1)
    pose = np.eye(4)
    pose[0, 3] = ahead_m
    return PlacedScan(xyz, pose)


def truth_of(scans: list[PlacedScan], exact_m: Doubles) -> NDArray[np.float32]:
    return semi_dense(np.random.default_rng(0), scans, CALIBRATION, exact_m.astype(np.float32))


@pytest.fixture(autouse=True)
def all_matched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No blotches, but in the test of the figures."""
    if "full_size" not in request.node.name:
        monkeypatch.setattr(stereo, "UNMATCHED_SHARE", 0.0)


def test_scans_from_elsewhere_fill_the_image_with_the_nearest_point() -> None:
    exact = np.full(SIZE, 20.0)
    left, right = exact.copy(), exact * 1.01
    left[:, 250:] = 0
    right[:, :150] = 0
    truth = truth_of([scan_of(left), scan_of(right, ahead_m=3.0)], exact)
    np.testing.assert_allclose(truth[20:100, 60:250], 20.0, rtol=1e-6)
    np.testing.assert_allclose(truth[20:100, 251:], 20.2, rtol=1e-6)


def test_where_no_scan_reached_there_is_no_truth() -> None:
    exact = np.full(SIZE, 20.0)
    scanned = exact.copy()
    scanned[::2] = 0
    truth = truth_of([scan_of(scanned)], exact)
    assert not truth[::2].any()
    assert truth[1::2, 60:].all()


def test_what_has_moved_on_is_dropped_and_what_is_behind_it_too() -> None:
    exact = np.full(SIZE, 30.0)
    passing = exact.copy()
    passing[30:90, 150:250] = 12.0  # a car that another scan met there
    truth = truth_of([scan_of(exact), scan_of(passing)], exact)
    assert not truth[35:85, 155:245].any()
    assert truth[35:85, 300:380].all()


def test_points_past_an_edge_that_the_camera_does_not_see_are_dropped() -> None:
    exact = np.full(SIZE, 30.0)
    exact[:, 200:260] = 10.0
    past = np.full(SIZE, 30.0)  # seen from a lidar that sits higher
    truth = truth_of([scan_of(past)], exact)
    assert not truth[:, 205:255].any()


@pytest.mark.slow
def test_full_size_figures_are_those_of_kittis_official_frame() -> None:
    """Official frame: 19.5 % dense, 63 % of measurements have truth, 0.85 m RMSE, 0.11 m MAE; never farther."""
    settings = SimulateSettings(seed=1000, frames=8, frames_per_scene=1)
    density, share, rmse = [], [], []
    for frame, exact_m in simulate_with_exact_depth(settings):
        truth, measured = frame.ground_truth_m, frame.points.draw(*frame.size)
        assert truth is not None
        both = (truth > 0) & (measured > 0)
        assert (truth[both] <= measured[both]).all()
        density.append((truth > 0).mean())
        share.append(both.sum() / (measured > 0).sum())
        rmse.append(np.sqrt(np.square(truth - measured)[both].mean()))
        seen = (truth > 0) & (exact_m > 0)
        assert np.median(np.abs(truth - exact_m)[seen] / exact_m[seen]) < 0.01
    assert 0.15 < np.mean(density) < 0.25
    assert 0.55 < np.mean(share) < 0.75
    assert np.mean(rmse) < 1.2
