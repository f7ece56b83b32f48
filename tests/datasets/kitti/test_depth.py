"""The depth completion layout, with its raw tree inside, beside, named or absent; and what is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.depth_images.with_scans import DepthWithScans
from lidarsel.datasets.parts.files import read_depth
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.kitti_trees import (
    DAY,
    DRIVE,
    SIZE,
    Street,
    depth_image,
    project,
    still_scan,
    write_raw_tree,
)


def test_both_trees_in_one_folder(whole: Path) -> None:
    data = open_dataset(whole)
    assert isinstance(data, Dataset)
    assert isinstance(data, DepthWithScans)
    assert (data.layout, data.n_lines, data.ground_truth, len(data)) == ("kitti_depth", 16, "official", 7)
    assert str(whole) in data.notes[0]
    frame = data.frame(3)
    sparse = read_depth(depth_image(whole, "velodyne_raw", 3))
    np.testing.assert_array_equal(frame.points.draw(*SIZE), sparse)
    np.testing.assert_array_equal(frame.ground_truth_m, read_depth(depth_image(whole, "groundtruth", 3)))
    assert frame.image is not None
    # the line of each pixel is that of the nearest point of the scan that was drawn there
    row, column, depth, inside = project(still_scan(Street(), 3))
    line = np.full(SIZE, -1)
    order = np.argsort(-np.where(inside, depth, 0), kind="stable")
    order = order[inside[order]]
    line[row[order], column[order]] = Street().scan(3)[1][order]
    assert (frame.points.line == line[frame.points.row, frame.points.column]).mean() > 0.99
    match = data.match(3)
    assert match.exact.mean() > 0.99
    assert np.nanmedian(np.abs(match.difference_m)) < 0.005


def test_dense_ground_truth(whole: Path) -> None:
    data = open_dataset(whole, ReadOptions(ground_truth="dense"))
    assert data.ground_truth == "dense"
    np.testing.assert_array_equal(data.frame(0).ground_truth_m, read_depth(depth_image(whole, "groundtruth_dense", 0)))


@pytest.mark.parametrize("wanted", ["scan", "accumulated"])
def test_ground_truth_of_one_s_own(whole: Path, wanted: str) -> None:
    data = open_dataset(whole, ReadOptions(ground_truth=wanted))  # type: ignore[arg-type]
    frame = data.frame(3)
    truth, exact = frame.ground_truth_m, Street().depth(3)
    assert data.ground_truth == wanted
    assert truth is not None
    there = (truth > 0) & (exact > 0)
    assert (np.abs(truth - exact)[there] < 0.05 * exact[there]).mean() > 0.9
    sparse = (frame.points.draw(*SIZE) > 0).sum()
    assert there.sum() > 2 * sparse if wanted == "accumulated" else there.sum() <= sparse


def test_without_official_ground_truth_the_dense_one_is_taken(whole_copy: Path) -> None:
    shutil.rmtree(whole_copy / "train" / DRIVE / "proj_depth/groundtruth")
    assert open_dataset(whole_copy).ground_truth == "dense"
    with pytest.raises(BadInputError, match="no official ground truth"):
        open_dataset(whole_copy, ReadOptions(ground_truth="official"))
    shutil.rmtree(whole_copy / "train" / DRIVE / "proj_depth/groundtruth_dense")
    assert open_dataset(whole_copy).ground_truth == "scan"


def apart(whole: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The depth tree and the raw tree in two folders that do not see each other."""
    depth, raw = tmp_path / "a/kitti_depth", tmp_path / "b/kitti_raw"
    shutil.copytree(whole / "train", depth / "train")
    shutil.copytree(whole / DAY, raw / DAY)
    return depth, raw


def test_the_raw_tree_by_name_beside_or_above(whole: Path, tmp_path: Path) -> None:
    depth, raw = apart(whole, tmp_path)
    named = open_dataset(depth, ReadOptions(raw=raw))
    assert named.n_lines == 16
    for place in (raw / DAY, raw / DAY / DRIVE):
        assert open_dataset(depth, ReadOptions(raw=place)).fingerprint == named.fingerprint
    line = named.frame(2).points.line
    raw.rename(depth.parent / "kitti_raw")
    for inside in (depth, depth / "train", depth / "train" / DRIVE):
        beside = open_dataset(inside)
        assert isinstance(beside, DepthWithScans)
        assert "kitti_raw" in beside.notes[0]
        np.testing.assert_array_equal(beside.frame(2).points.line, line)


def test_a_raw_folder_without_the_drive_is_refused(whole: Path, tmp_path: Path) -> None:
    depth, raw = apart(whole, tmp_path)
    with pytest.raises(BadInputError, match="holds none of the raw drives"):
        open_dataset(depth, ReadOptions(raw=tmp_path))
    with pytest.raises(BadInputError, match="holds none of the raw drives"):
        open_dataset(depth, ReadOptions(raw=tmp_path / "nowhere"))
    assert raw.is_dir()


def test_scans_of_another_drive_of_the_same_name_are_not_believed(whole: Path, tmp_path: Path) -> None:
    depth, raw = apart(whole, tmp_path)
    shutil.rmtree(raw)
    write_raw_tree(depth.parent / "other", frames=7, street=Street(end_m=12.0, half_width_m=3.0))
    with pytest.raises(BadInputError, match="do not fit the depth images"):
        open_dataset(depth, ReadOptions(raw=depth.parent / "other"))


def test_frames_without_their_scan_are_left_out_by_name(whole_copy: Path) -> None:
    (whole_copy / DAY / DRIVE / "velodyne_points/data/0000000004.bin").unlink()
    data = open_dataset(whole_copy)
    assert len(data) == 6
    assert any("0000000004" in note for note in data.notes)


def test_frames_without_ground_truth_are_left_out(whole_copy: Path) -> None:
    depth_image(whole_copy, "groundtruth", 2).unlink()
    data = open_dataset(whole_copy)
    assert len(data) == 6
    assert any("1 of 7 frames have no ground truth" in note for note in data.notes)


def test_a_missing_calibration_file_is_named(whole_copy: Path) -> None:
    (whole_copy / DAY / "calib_velo_to_cam.txt").unlink()
    with pytest.raises(BadInputError, match=r"calib_velo_to_cam\.txt: calibration file is missing"):
        open_dataset(whole_copy)


def test_bare_depth_images_of_an_unknown_rig_are_refused(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole / "train", tmp_path / "x/y/train")
    with pytest.raises(BadInputError, match=r"calib_cam_to_cam\.txt: calibration file is missing.*--raw FOLDER"):
        open_dataset(tmp_path / "x/y")
