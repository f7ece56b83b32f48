"""Poses by KISS-ICP and by oxts against the street's own motion."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.kitti.raw_drive import open_drive
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.drive_motion import RegisteredMotion
from lidarsel.datasets.scans.drive_scans import ScanCache
from lidarsel.errors import BadInputError
from tests.support.kitti_trees import Street, write_raw_tree

SPEED = 6.0


def street() -> Street:
    return Street(speed_mps=SPEED, azimuth_step_deg=0.4, elevations_deg=np.linspace(4, -22, 40))


def test_oxts_poses_and_twists(tmp_path: Path) -> None:
    folder = write_raw_tree(tmp_path, 4, Street(speed_mps=SPEED))
    motion = open_drive(folder, ReadOptions(), ScanCache())[0].motion
    assert motion is not None
    pose = motion.pose_between(0, 3)
    assert pose is not None
    np.testing.assert_allclose(pose[:3, 3], [SPEED * 0.3, 0, 0], atol=1e-6)
    twist = motion.twist(2)
    assert twist is not None
    np.testing.assert_allclose(twist.velocity_mps, [SPEED, 0, 0])


def measured_on_the_move(xyz: NDArray[np.float64], velocity: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a lidar moving at ``velocity`` would have measured of points it sees at rest at (N, 3), by iteration."""
    seen = xyz
    for _ in range(5):
        time = -np.arctan2(seen[:, 1], seen[:, 0]) / (2 * np.pi) * 0.1
        seen = xyz - time[:, None] * velocity
    return seen


@pytest.mark.parametrize("deskewed", [True, False])
def test_registered_poses_of_a_real_scan_moved_by_hand(shared_data: Path, deskewed: bool) -> None:
    pytest.importorskip("kiss_icp")
    drive = shared_data / "kitti_raw/2011_09_26/2011_09_26_drive_9999_sync"
    world = np.fromfile(drive / "velodyne_points/data/0000000000.bin", "<f4").reshape(-1, 4)[:, :3].astype(float)
    velocity = np.array([SPEED, 0.0, 0.0])

    def read(number: int) -> NDArray[np.float32]:
        half = world[np.random.default_rng(number).random(len(world)) < 0.4]
        here = half - number * 0.1 * velocity
        return (here if deskewed else measured_on_the_move(here, velocity)).astype(np.float32)

    motion = RegisteredMotion(drive, [0, 1, 2, 4, 5], read, deskewed)
    pose = motion.pose_between(1, 5)
    assert pose is not None
    np.testing.assert_allclose(pose[:3, 3], 0.4 * velocity, atol=0.05)
    np.testing.assert_allclose(pose[:3, :3], np.eye(3), atol=0.003)
    twist = motion.twist(2)
    if deskewed:
        assert twist is None
    else:
        assert twist is not None
        np.testing.assert_allclose(twist.velocity_mps, velocity, atol=0.3)


def test_a_damaged_scan_takes_no_part(tmp_path: Path) -> None:
    pytest.importorskip("kiss_icp")
    folder = write_raw_tree(tmp_path, 5, street(), oxts=False)
    (folder / "velodyne_points/data/0000000002.bin").write_bytes(b"123")
    motion = open_drive(folder, ReadOptions(), ScanCache())[0].motion
    assert motion is not None
    assert motion.pose_between(1, 2) is None
    assert motion.pose_between(1, 3) is not None


def test_damaged_scans_that_are_skipped_take_no_part(tmp_path: Path) -> None:
    pytest.importorskip("kiss_icp")
    folder = write_raw_tree(tmp_path, 5, street(), oxts=False)
    (folder / "velodyne_points/data/0000000002.bin").write_bytes(b"123")
    data = open_dataset(tmp_path, ReadOptions(skip_bad=True))
    assert len(data) == 4
    truth = data.frame(1).ground_truth_m
    assert truth is not None
    assert (truth > 0).any()


def test_poses_do_not_depend_on_what_was_asked_before(tmp_path: Path) -> None:
    pytest.importorskip("kiss_icp")
    folder = write_raw_tree(tmp_path, 5, street(), oxts=False)
    first, second = (open_drive(folder, ReadOptions(), ScanCache())[0].motion for _ in range(2))
    assert first is not None
    assert second is not None
    second.pose_between(4, 0)
    np.testing.assert_array_equal(first.pose_between(1, 3), second.pose_between(1, 3))


def test_without_kiss_icp_the_line_to_type_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_raw_tree(tmp_path, 4, oxts=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadInputError, match=r"pip install 'lidarsel\[poses\]'"):
        open_dataset(tmp_path)
    assert len(open_dataset(tmp_path, ReadOptions(ground_truth="scan"))) == 4


def test_a_gap_in_the_drive_parts_it() -> None:
    from lidarsel.datasets.scans.drive_motion import _segments

    assert _segments([3, 1, 2, 8, 14, 15]) == [[1, 2, 3, 8], [14, 15]]
