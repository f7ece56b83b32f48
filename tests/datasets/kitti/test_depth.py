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
from lidarsel.frame import UNKNOWN_LINE
from tests.support.kitti_trees import (
    CAMERA_MATRIX,
    DAY,
    DRIVE,
    SIZE,
    Street,
    numbers,
    project,
    still_scan,
    write_depth,
    write_depth_tree,
    write_image,
    write_raw_calibration,
    write_raw_tree,
)

REAL_DRIVE = "2011_09_26_drive_0001_sync"


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


def test_the_real_frame(shared_data: Path) -> None:
    data = open_dataset(shared_data / "kitti_depth")
    assert isinstance(data, DepthWithScans)
    assert (data.n_lines, data.ground_truth, len(data), data.problems) == (64, "official", 1, [])
    assert str((shared_data / "kitti_raw").resolve()) in data.notes[0]
    match = data.match(0)
    assert match.exact.mean() >= 0.80
    assert np.nanmedian(np.abs(match.difference_m)) <= 0.005
    assert (match.line == UNKNOWN_LINE).mean() < 0.001
    frame = data.frame(0)
    assert frame.size == (375, 1242)
    assert len(frame.points) == 19_154
    assert frame.ground_truth_m is not None
    assert (frame.ground_truth_m > 0).sum() == 90_839
    assert len(frame.points) / (375 * 1242) == pytest.approx(0.0411, abs=5e-5)
    sparse = frame.points.draw(*frame.size)
    shared = (sparse > 0) & (frame.ground_truth_m > 0)
    error = (sparse - frame.ground_truth_m)[shared]
    assert shared.sum() == 12_039
    assert np.abs(error).mean() == pytest.approx(0.11, abs=0.005)
    assert np.sqrt((error**2).mean()) == pytest.approx(0.85, abs=0.01)
    assert np.flatnonzero(frame.points.count_by_line(64)).tolist() == list(range(46))


def test_the_real_frame_alone(shared_data: Path, tmp_path: Path) -> None:
    shutil.copytree(shared_data / "kitti_depth", tmp_path / "x/y/kitti_depth")
    data = open_dataset(tmp_path / "x/y/kitti_depth")
    assert (data.n_lines, len(data)) == (46, 1)
    assert "KITTI's published rig" in data.notes[-1]
    frame, official = data.frame(0), open_dataset(shared_data / "kitti_depth").frame(0)
    known = official.points.line != UNKNOWN_LINE
    assert (frame.points.line == official.points.line)[known].mean() >= 0.97
    assert np.isfinite(data.elevation_deg).all()


def selection(folder: Path, source: Path, left: int, top: int, size: tuple[int, int]) -> None:
    """val_selection_cropped made of the real frame, named and cropped as KITTI does."""
    height, width = size
    name = f"{REAL_DRIVE}_{{}}_0000000005_image_02"
    depth = source / "kitti_depth/train" / REAL_DRIVE / "proj_depth"
    for kind, target in (("velodyne_raw", "velodyne_raw"), ("groundtruth", "groundtruth_depth")):
        whole = read_depth(depth / kind / "image_02/0000000005.png")
        write_depth(folder / target / f"{name.format(target)}.png", whole[top : top + height, left : left + width])
    image = io.read_image_png_u8(
        str(source / "kitti_raw/2011_09_26" / REAL_DRIVE / "image_02/data/0000000005.png"), "rgb"
    )
    (folder / "image").mkdir()
    cropped = np.ascontiguousarray(image[top : top + height, left : left + width])
    io.write_image_png_u8(str(folder / "image" / f"{name.format('image')}.png"), cropped, "rgb")
    (folder / "intrinsics").mkdir()
    intrinsics = np.array([[721.5377, 0, 609.5593 - left], [0, 721.5377, 172.854 - top], [0, 0, 1]])
    (folder / "intrinsics" / f"{name.format('image')}.txt").write_text(numbers(intrinsics) + "\n")


@pytest.mark.parametrize("with_raw", [True, False])
def test_val_selection_cropped(shared_data: Path, tmp_path: Path, with_raw: bool) -> None:
    folder = tmp_path / "x/y/depth_selection/val_selection_cropped"
    selection(folder, shared_data, left=13, top=23, size=(352, 1216))
    raw = shared_data / "kitti_raw" if with_raw else None
    place = folder if with_raw else folder.parent.parent
    data = open_dataset(place, ReadOptions(raw=raw))
    assert len(data) == 1
    frame = data.frame(0)
    assert frame.size == (352, 1216)
    assert frame.image is not None
    assert frame.frame_id == f"{REAL_DRIVE}/image_02/0000000005"
    whole = open_dataset(shared_data / "kitti_depth").frame(0).points
    inside = (whole.row >= 23) & (whole.column >= 13) & (whole.column < 13 + 1216)
    known = whole.line[inside] != UNKNOWN_LINE
    assert (frame.points.line == whole.line[inside])[known].mean() >= 0.97
    assert data.n_lines == (64 if with_raw else 46)


def test_the_camera_matrix_of_the_tests_is_no_toy() -> None:
    assert CAMERA_MATRIX[:, 3].all()
