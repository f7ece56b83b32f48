"""Accumulation on scenes made by hand: what agrees is kept, what disagrees is dropped and never averaged."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.datasets.scans.accumulation import accumulate
from lidarsel.frame import Calibration
from lidarsel.geometry.placed_scans import PlacedScan
from lidarsel.geometry.views import CameraView

AXES = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
CAMERA = np.array([[200.0, 0, 50, 0], [0, 200, 20, 0], [0, 0, 1, 0]])
CALIBRATION = Calibration(AXES, CAMERA)
SIZE = (40, 100)
Depth = NDArray[np.float64]


def points(depth: Depth) -> Depth:
    """The lidar points at the centres of pixels that have depth; the lidar sits in the camera."""
    row, column = np.nonzero(depth)
    d = depth[row, column]
    return np.stack([d, -(column - 50) / 200 * d, -(row - 20) / 200 * d], 1)


def wall(at_m: float, seed: int, share: float = 0.3) -> Depth:
    return np.where(np.random.default_rng(seed).random(SIZE) < share, at_m, 0.0)


def run(own: Depth, *others: Depth) -> NDArray[np.float32]:
    return accumulate(
        points(own), [PlacedScan(points(other), np.eye(4)) for other in others], CameraView(CALIBRATION, SIZE)
    )


def test_a_wall_seen_by_all_is_kept_wherever_any_saw_it() -> None:
    scans = [wall(10.0, seed) for seed in range(4)]
    found = run(*scans)
    assert ((found > 0) == (np.sum(scans, axis=0) > 0)).all()
    np.testing.assert_allclose(found[found > 0], 10, rtol=1e-6)


def test_neighbours_are_moved_by_their_pose() -> None:
    ahead = np.eye(4)
    ahead[0, 3] = 2.0  # the other scan was taken 2 m farther on
    own = wall(10.0, 0)
    found = accumulate(points(own), [PlacedScan(points(wall(8.0, 1)), ahead)] * 2, CameraView(CALIBRATION, SIZE))
    assert (found > 0).sum() > (own > 0).sum()
    np.testing.assert_allclose(found[found > 0], 10, rtol=1e-6)


def test_the_own_scan_comes_first_then_the_nearest_in_time() -> None:
    own, near, later = wall(10.0, 0, 0.6), wall(10.1, 1), wall(10.2, 2)
    found = run(own, near, later)
    np.testing.assert_allclose(found[own > 0], 10, rtol=1e-6)
    np.testing.assert_allclose(found[(own == 0) & (near > 0)], 10.1, rtol=1e-6)
    np.testing.assert_allclose(found[(own == 0) & (near == 0) & (later > 0)], 10.2, rtol=1e-6)


@pytest.mark.parametrize("ghost_m", [6.0, 9.0, 11.0, 30.0])
def test_a_pixel_where_scans_disagree_is_dropped_not_averaged(ghost_m: float) -> None:
    own, near, later = wall(10.0, 0), wall(10.0, 1), wall(10.0, 2)
    own[10, 40] = near[10, 40] = 10.0
    later[10, 40] = ghost_m
    near[30, 60], later[30, 60], own[30, 60] = 10.0, ghost_m, 0.0
    found = run(own, near, later)
    assert found[10, 40] == 0
    assert found[30, 60] == 0
    assert set(np.unique(found)) == {0, 10}


@pytest.mark.parametrize("ghost_m", [4.0, 25.0])
def test_the_trace_of_a_moving_thing_is_dropped(ghost_m: float) -> None:
    """The own scan sees the wall; a neighbour saw something before or behind it where no other scan has a point."""
    own, ghost = wall(10.0, 0), np.zeros(SIZE)
    ghost[10:30, 30:70] = np.where(own[10:30, 30:70] > 0, 0, ghost_m)
    found = run(own, ghost, wall(10.0, 2))
    assert set(np.unique(found)) == {0, 10}
    assert (found[own > 0] == 10).all()  # and the trace hides nothing


def test_what_stands_behind_an_edge_is_dropped_beside_it() -> None:
    """Through the gaps of a near thing's points the wall behind is seen by no eye at the camera."""
    own = np.zeros(SIZE)
    own[::2, ::2] = 10.0
    own[10:30, 40:60] = np.where(np.indices((20, 20)).sum(axis=0) % 2 == 0, 5.0, 0)
    behind = np.zeros(SIZE)
    behind[10:30, 40:60] = np.where(np.indices((20, 20)).sum(axis=0) % 2 == 1, 10.0, 0)
    found = run(own, behind, behind)
    inside = found[11:29, 41:59]
    assert set(np.unique(inside)) == {0, 5}


def test_a_sloping_road_is_kept() -> None:
    row = np.arange(SIZE[0])[:, None]
    road = np.where(row > 21, 1.65 * 200 / np.maximum(row - 20, 1), 0) * np.ones(SIZE)
    road[road > 80] = 0
    scans = [np.where(np.random.default_rng(seed).random(SIZE) < 0.2, road, 0) for seed in range(5)]
    found = run(*scans)
    hit = np.sum(scans, axis=0) > 0
    assert (found[hit] > 0).mean() > 0.95
    np.testing.assert_allclose(found[found > 0], road[found > 0], rtol=1e-5)


def test_where_the_own_scan_saw_nothing_two_others_must_agree() -> None:
    own, first, second = np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE)
    own[35, 5] = 10.0
    first[5, 20], second[5, 21] = 12.0, 12.0  # beside each other
    first[5, 60] = 12.0  # alone
    found = run(own, first, second)
    assert found[5, 20] == 12
    assert found[5, 60] == 0
    assert found[35, 5] == 10
