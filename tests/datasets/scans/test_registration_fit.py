"""The bound between scans that follow each other and scans of two places, on real ones; and the measure by hand."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.datasets.scans.registration_fit import LEAST_FIT, Landmarks, fit
from tests.support.kitti_trees import Street


def moved(x_m: float) -> NDArray[np.float64]:
    pose = np.eye(4)
    pose[0, 3] = x_m
    return pose


def posts(seed: int) -> NDArray[np.float64]:
    """A hundred posts of 2 m at places of their own, on a road that is the same everywhere."""
    rng = np.random.default_rng(seed)
    foot = rng.uniform(-30, 30, (100, 1, 2))
    height = np.broadcast_to(np.linspace(-1.7, 0.3, 9)[None, :, None], (100, 9, 1))
    post = np.concatenate([np.broadcast_to(foot, (100, 9, 2)), height], axis=2).reshape(-1, 3)
    row = np.mgrid[-30:30:0.5, -30:30:0.5].reshape(2, -1).T
    return np.concatenate([post, np.column_stack([row, np.full(len(row), -1.7)])])


def test_a_scan_fits_itself_where_it_is_put_right() -> None:
    here = Landmarks(posts(0))
    assert fit(here, here, np.eye(4)) == 1
    away = Landmarks(posts(0) - [3.0, 0, 0])
    assert fit(here, away, moved(3.0)) > 0.95
    assert fit(here, away, np.eye(4)) < 0.3


def test_the_road_that_all_places_share_does_not_count() -> None:
    assert fit(Landmarks(posts(0)), Landmarks(posts(1)), np.eye(4)) < 0.3


def test_without_anything_upright_all_points_are_asked() -> None:
    flat = Street(half_width_m=500, end_m=500).scan(0)[0]
    flat = flat[flat[:, 2] < -1.6]
    assert fit(Landmarks(flat), Landmarks(flat), np.eye(4)) == 1


def test_no_points_fit_nothing() -> None:
    nothing = Landmarks(np.empty((0, 3)))
    assert fit(nothing, nothing, np.eye(4)) == 0


def test_real_scans_that_follow_each_other_and_real_ones_that_do_not(shared_data: Path) -> None:
    pytest.importorskip("kiss_icp")
    from lidarsel.datasets.scans.kiss_poses import register

    raw = shared_data / "kitti_raw/2011_09_26"
    drive = sorted((raw / "2011_09_26_drive_9999_sync/velodyne_points/data").glob("*.bin"))[:16:4]
    elsewhere = [
        raw / "2011_09_26_drive_0001_sync/velodyne_points/data/0000000005.bin",
        *sorted((shared_data / "kitti_object/training/velodyne").glob("*.bin")),
        shared_data / "edge_cases/kitti_odometry_00_freed_of_motion.bin",
    ]

    def scans(paths: list[Path]) -> list[NDArray[np.float32]]:
        return [np.fromfile(path, "<f4").reshape(-1, 4)[:, :3] for path in paths]

    (together,) = register(range(4), scans(drive).__getitem__, deskewed=True)
    assert min(together.fits) > LEAST_FIT + 0.1
    assert len(register(range(4), scans(elsewhere).__getitem__, deskewed=True)) == 4
