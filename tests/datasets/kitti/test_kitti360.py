"""KITTI-360 on trees of the closed-form street: its own way of writing calibration and poses."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti360_trees import DRIVE, write_kitti_360
from tests.support.kitti_trees import SIZE, Street, draw, still_scan

FAST = Street(speed_mps=8.0)


@pytest.mark.parametrize("poses", ["cam0_to_world.txt", "poses.txt"])
def test_frames_are_freed_of_motion_and_accumulated(tmp_path: Path, poses: str) -> None:
    write_kitti_360(tmp_path, street=FAST, poses=poses)
    data = open_dataset(tmp_path)
    assert isinstance(data, Dataset)
    assert (data.layout, data.n_lines, data.ground_truth, len(data)) == ("kitti_360", 16, "accumulated", 7)
    assert data.frame_ids[0] == f"{DRIVE}/image_00/0000000000"
    assert data.problems == []
    assert any(poses in note for note in data.notes)
    frame = data.frame(3)
    assert frame.size == SIZE
    assert frame.image is not None
    assert frame.ground_truth_m is not None
    still = draw(still_scan(FAST, 3).astype(np.float32))
    found = frame.points.draw(*SIZE)
    both = (found > 0) & (still > 0)
    assert both.sum() > 0.95 * (still > 0).sum()  # at pixels' borders, float32 decides
    assert np.median(np.abs(found - still)[both]) < 2e-3
    exact = FAST.depth(3)
    there = (frame.ground_truth_m > 0) & (exact > 0)
    assert (np.abs(frame.ground_truth_m - exact)[there] < 0.03 * exact[there]).mean() > 0.97
    assert there.sum() > 2 * len(frame.points)


def test_frames_without_a_pose_are_left_out_and_told(tmp_path: Path) -> None:
    write_kitti_360(tmp_path, without=(0, 3))
    data = open_dataset(tmp_path)
    assert [name[-1] for name in data.frame_ids] == ["1", "2", "4", "5", "6"]
    assert any("2 scans have no pose" in note for note in data.notes)
    assert all(data.frame(i).ground_truth_m is not None for i in range(5))
    assert len(open_dataset(tmp_path, ReadOptions("scan"))) == 7


def test_the_right_camera_where_there_is_no_left_one(tmp_path: Path) -> None:
    write_kitti_360(tmp_path)
    images = tmp_path / "data_2d_raw" / DRIVE
    (images / "image_00").rename(images / "image_01")
    data = open_dataset(tmp_path)
    assert data.frame_ids[0].endswith("image_01/0000000000")
    frame = data.frame(1)
    assert frame.calibration is not None
    assert frame.calibration.camera_matrix[0, 3] == pytest.approx(12.0 - 130)


def test_fisheye_images_are_not_taken_for_others(tmp_path: Path) -> None:
    write_kitti_360(tmp_path)
    images = tmp_path / "data_2d_raw" / DRIVE
    (images / "image_00").rename(images / "image_02")
    data = open_dataset(tmp_path)
    assert data.frame(0).image is None
    assert any("image_02 are fisheye" in note for note in data.notes)


def test_drives_without_poses(tmp_path: Path) -> None:
    write_kitti_360(tmp_path)
    shutil.rmtree(tmp_path / "data_poses")
    data = open_dataset(tmp_path, ReadOptions("scan"))
    assert (data.ground_truth, len(data)) == ("scan", 7)


@pytest.mark.parametrize("name", ["perspective.txt", "calib_cam_to_velo.txt"])
@pytest.mark.parametrize("content", [None, "", "1 2 3\n"])
def test_calibration_that_cannot_be_used_is_named(tmp_path: Path, name: str, content: str | None) -> None:
    write_kitti_360(tmp_path)
    path = tmp_path / "calibration" / name
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadInputError) as refused:
        open_dataset(tmp_path)
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("content", "told"),
    [("1 2 3\n", "other than a frame number"), ("0" + " 1" * 12 + "\n", "line 1 is no rotation"), ("x\n", "no table")],
)
def test_poses_that_cannot_be_used_are_named(tmp_path: Path, content: str, told: str) -> None:
    write_kitti_360(tmp_path)
    path = tmp_path / "data_poses" / DRIVE / "cam0_to_world.txt"
    path.write_text(content)
    with pytest.raises(BadInputError, match=told) as refused:
        open_dataset(tmp_path)
    assert refused.value.path == path


@pytest.mark.parametrize("part", ["data_3d_raw", f"data_3d_raw/{DRIVE}"])
def test_a_part_of_it_names_the_whole(tmp_path: Path, part: str) -> None:
    write_kitti_360(tmp_path / "whole")
    done = lidarsel("inspect", tmp_path / "whole" / part)
    assert_refused(done, tmp_path / "whole" / part, f"give {tmp_path / 'whole'}")


def test_inspect_on_the_command_line(tmp_path: Path) -> None:
    write_kitti_360(tmp_path)
    assert "kitti_360" in succeeded(lidarsel("inspect", tmp_path))
