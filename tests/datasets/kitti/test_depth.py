"""The depth completion layout, with its raw tree inside, beside, named or absent; and what is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io

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
    project,
    still_scan,
    write_depth,
    write_depth_tree,
    write_image,
    write_raw_calibration,
    write_raw_tree,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both trees in one folder, as ``lidarsel simulate`` writes them."""
    root = tmp_path_factory.mktemp("depth") / "both"
    write_raw_tree(root, frames=7)
    write_depth_tree(root, frames=7)
    return root


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "both")
    return tmp_path / "both"


def png(root: Path, kind: str, frame: int) -> Path:
    return root / "train" / DRIVE / "proj_depth" / kind / "image_02" / f"{frame:010d}.png"


def test_both_trees_in_one_folder(whole: Path) -> None:
    data = open_dataset(whole)
    assert isinstance(data, Dataset)
    assert isinstance(data, DepthWithScans)
    assert (data.layout, data.n_lines, data.ground_truth, len(data)) == ("kitti_depth", 16, "official", 7)
    assert str(whole) in data.notes[0]
    frame = data.frame(3)
    sparse = read_depth(png(whole, "velodyne_raw", 3))
    np.testing.assert_array_equal(frame.points.draw(*SIZE), sparse)
    np.testing.assert_array_equal(frame.ground_truth_m, read_depth(png(whole, "groundtruth", 3)))
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
    np.testing.assert_array_equal(data.frame(0).ground_truth_m, read_depth(png(whole, "groundtruth_dense", 0)))


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


def test_without_official_ground_truth_the_dense_one_is_taken(copy: Path) -> None:
    shutil.rmtree(copy / "train" / DRIVE / "proj_depth/groundtruth")
    assert open_dataset(copy).ground_truth == "dense"
    with pytest.raises(BadInputError, match="no official ground truth"):
        open_dataset(copy, ReadOptions(ground_truth="official"))
    shutil.rmtree(copy / "train" / DRIVE / "proj_depth/groundtruth_dense")
    assert open_dataset(copy).ground_truth == "scan"


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


def test_frames_without_their_scan_are_left_out_by_name(copy: Path) -> None:
    (copy / DAY / DRIVE / "velodyne_points/data/0000000004.bin").unlink()
    data = open_dataset(copy)
    assert len(data) == 6
    assert any("0000000004" in note for note in data.notes)


def test_frames_without_ground_truth_are_left_out(copy: Path) -> None:
    png(copy, "groundtruth", 2).unlink()
    data = open_dataset(copy)
    assert len(data) == 6
    assert any("1 of 7 frames have no ground truth" in note for note in data.notes)


@pytest.mark.parametrize(
    ("kind", "damage", "said"),
    [
        ("velodyne_raw", "8-bit", "is 8-bit grey PNG, no depth image"),
        ("groundtruth", "8-bit", "is 8-bit grey PNG, no depth image"),
        ("groundtruth", "colour", "is 8-bit colour PNG, no depth image"),
        ("velodyne_raw", "size", "where the calibration is for 300x90"),
        ("groundtruth", "size", "is 200x90 pixels where the sparse depth image is 300x90"),
        ("velodyne_raw", "empty", "has no pixel with depth"),
        ("velodyne_raw", "text", "is no PNG image"),
        ("groundtruth", "cut", "cannot be decoded"),
    ],
)
def test_damaged_depth_images(copy: Path, kind: str, damage: str, said: str) -> None:
    path = png(copy, kind, 3)
    if damage == "8-bit":
        io.write_image_png_u8(str(path), np.zeros((*SIZE, 1), np.uint8), "mono")
    elif damage == "colour":
        write_image(path)
    elif damage == "size":
        write_depth(path, np.ones((90, 200)))
    elif damage == "empty":
        write_depth(path, np.zeros(SIZE))
    elif damage == "text":
        path.write_text("no picture")
    else:
        path.write_bytes(path.read_bytes()[:200])
    data = open_dataset(copy)
    assert [p.path for p in data.problems] == [path]
    with pytest.raises(BadInputError, match=said) as refused:
        data.frame(3)
    assert str(refused.value).startswith(str(path))
    skipped = open_dataset(copy, ReadOptions(skip_bad=True))
    assert len(skipped) == 6
    assert [p.path for p in skipped.problems] == [path]


def test_an_image_of_another_size_than_its_depth(copy: Path) -> None:
    path = copy / DAY / DRIVE / "image_02/data/0000000001.png"
    write_image(path, 90, 280)
    with pytest.raises(BadInputError, match="is 280x90 pixels where its depth image is 300x90"):
        open_dataset(copy).frame(1)


def test_a_missing_calibration_file_is_named(copy: Path) -> None:
    (copy / DAY / "calib_velo_to_cam.txt").unlink()
    with pytest.raises(BadInputError, match=r"calib_velo_to_cam\.txt: calibration file is missing"):
        open_dataset(copy)


def test_bare_depth_images_of_an_unknown_rig_are_refused(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole / "train", tmp_path / "x/y/train")
    with pytest.raises(BadInputError, match=r"calib_cam_to_cam\.txt: calibration file is missing.*--raw FOLDER"):
        open_dataset(tmp_path / "x/y")


def test_bare_depth_images_with_calibration(tmp_path: Path) -> None:
    street = Street(azimuth_step_deg=0.2, half_width_m=9.0)
    root = tmp_path / "x/y"
    write_depth_tree(root, 3, street)
    write_raw_calibration(root / DAY)
    data = open_dataset(root)
    assert isinstance(data, Dataset)
    assert data.scan(0) is None
    assert "recovered from the geometry" in data.notes[-1]
    frame = data.frame(1)
    assert frame.image is None
    row, column, depth, inside = project(still_scan(street, 1))
    line = np.full(SIZE, -1)
    order = np.argsort(-np.where(inside, depth, 0), kind="stable")
    order = order[inside[order]]
    line[row[order], column[order]] = street.scan(1)[1][order]
    true = line[frame.points.row, frame.points.column]
    assert data.n_lines == true.max() + 1
    assert (frame.points.line == true).mean() > 0.97
