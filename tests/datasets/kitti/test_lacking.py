"""Camera, mounting and ground truth that KITTI's layouts come without, or with under another name."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.datasets.kitti.test_object import write_odometry
from tests.support.commands import assert_refused, lidarsel
from tests.support.kitti_trees import (
    CAMERA_FROM_LIDAR,
    CAMERA_MATRIX,
    SIZE,
    Street,
    draw,
    numbers,
    still_scan,
    write_depth,
    write_depth_tree,
    write_image,
    write_raw_tree,
    write_scan,
)


def _grey(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (*SIZE, 1), dtype=np.uint8)
    io.write_image_png_u8(str(path), pixels, "mono")


def test_odometry_with_its_grey_images_alone(tmp_path: Path) -> None:
    """The smallest download. The grey camera is a camera of its own, with a matrix of its own."""
    folder = write_odometry(tmp_path, Street())
    shutil.rmtree(folder / "image_2")
    for number in range(6):
        _grey(folder / f"image_0/{number:06d}.png", seed=number)
    moved = CAMERA_MATRIX.copy()
    moved[0, 2] += 7
    calibration = (folder / "calib.txt").read_text()
    (folder / "calib.txt").write_text(calibration.replace(numbers(CAMERA_MATRIX), numbers(moved), 1))
    data = open_dataset(tmp_path)
    assert (data.layout, data.ground_truth, len(data)) == ("kitti_odometry", "accumulated", 6)
    assert any("image_0" in note and "grey" in note for note in data.notes)
    frame = data.frame(1)
    assert frame.image is not None
    assert (frame.image == frame.image[..., :1]).all()
    assert frame.calibration is not None
    np.testing.assert_allclose(frame.calibration.camera_matrix, moved)
    still = draw(still_scan(Street(), 1).astype(np.float32))
    assert (np.abs(frame.points.draw(*SIZE)[:, 7:] - still[:, :-7]) < 1e-4).mean() > 0.999  # some lie between pixels


def test_odometry_whose_calibration_lacks_the_lidar_is_told_where_it_is(tmp_path: Path) -> None:
    path = write_odometry(tmp_path, Street()) / "calib.txt"
    path.write_text("".join(row for row in path.read_text().splitlines(keepends=True) if not row.startswith("Tr")))
    with pytest.raises(BadInputError, match=r"calib\.txt: has no line 'Tr:'.*data_odometry_calib\.zip"):
        open_dataset(tmp_path)


def test_a_test_split_of_objects_says_that_it_has_no_ground_truth(shared_data: Path, tmp_path: Path) -> None:
    shutil.copytree(shared_data / "kitti_object/training", tmp_path / "testing")
    data = open_dataset(tmp_path)
    assert data.ground_truth == "scan"
    assert any("no ground truth" in note for note in data.notes)
    with pytest.raises(BadInputError, match=r"has no depth ground truth.*use --ground-truth scan"):
        open_dataset(tmp_path, ReadOptions("official"))


def test_a_waymo_export_is_refused_for_what_it_is(tmp_path: Path) -> None:
    """As its converters write it: five cameras, six columns of points, a mounting for each camera."""
    for kind in ("image_0", "image_1", "calib", "velodyne"):
        (tmp_path / "training" / kind).mkdir(parents=True)
    np.zeros((60, 6), "<f4").tofile(tmp_path / "training/velodyne/0000000.bin")
    _grey(tmp_path / "training/image_0/0000000.png", 0)
    rows = [f"P{i}: {numbers(CAMERA_MATRIX)}" for i in range(5)] + [f"R0_rect: {numbers(np.eye(3))}"]
    rows += [f"Tr_velo_to_cam_{i}: {numbers(CAMERA_FROM_LIDAR[:3])}" for i in range(5)]
    (tmp_path / "training/calib/0000000.txt").write_text("\n".join(rows) + "\n")
    done = lidarsel("inspect", tmp_path)
    assert_refused(done, tmp_path / "training/calib/0000000.txt", "Waymo", "frames.csv")


def test_an_export_with_the_names_of_kitti_is_read(tmp_path: Path) -> None:
    """Of another sensor, and of its front camera alone."""
    write_scan(tmp_path / "training/velodyne/0000000.bin", Street().scan(0)[0])
    write_image(tmp_path / "training/image_0/0000000.png")
    rows = [f"P{i}: {numbers(CAMERA_MATRIX)}" for i in range(5)] + [f"R0_rect: {numbers(np.eye(3))}"]
    rows += [f"Tr_velo_to_cam: {numbers(CAMERA_FROM_LIDAR[:3])}"]
    (tmp_path / "training/calib").mkdir()
    (tmp_path / "training/calib/0000000.txt").write_text("\n".join(rows) + "\n")
    data = open_dataset(tmp_path)
    assert (data.layout, data.n_lines, len(data)) == ("kitti_object", 16, 1)


def test_a_depth_tree_without_ground_truth_says_so(tmp_path: Path) -> None:
    write_raw_tree(tmp_path, 3)
    write_depth_tree(tmp_path, 3)
    for folder in tmp_path.rglob("proj_depth"):
        for truth in folder.glob("groundtruth*"):
            shutil.rmtree(truth)
    data = open_dataset(tmp_path)
    assert data.ground_truth == "scan"
    assert any("There is no ground truth here" in note for note in data.notes)


@pytest.mark.parametrize("given", ["", "depth_selection", "depth_selection/test_depth_completion_anonymous"])
def test_the_test_selection_says_that_it_has_no_ground_truth(given: str, tmp_path: Path) -> None:
    place = tmp_path / "depth_selection/test_depth_completion_anonymous"
    write_depth(place / "velodyne_raw/0000000000.png", draw(still_scan(Street(), 0)))
    write_image(place / "image/0000000000.png")
    (place / "intrinsics").mkdir()
    (place / "intrinsics/0000000000.txt").write_text(numbers(CAMERA_MATRIX[:, :3]))
    assert_refused(lidarsel("inspect", tmp_path / given), place, "no ground truth", "val_selection_cropped")


def test_a_raw_drive_with_its_grey_images_alone(tmp_path: Path) -> None:
    write_raw_tree(tmp_path, 3)
    (folder,) = (path.parent for path in tmp_path.rglob("image_02"))
    shutil.rmtree(folder / "image_02")
    for number in range(3):
        _grey(folder / f"image_00/data/{number:010d}.png", seed=number)
    calibration = folder.parent / "calib_cam_to_cam.txt"
    rows = calibration.read_text()
    of_grey = "".join(row for row in rows.splitlines(keepends=True) if "_02:" in row).replace("_02:", "_00:")
    calibration.write_text(rows + of_grey)
    data = open_dataset(tmp_path, ReadOptions("scan"))
    assert data.frame_ids[0].endswith("image_00/0000000000")
    assert any("image_00 are grey" in note for note in data.notes)
    image = data.frame(0).image
    assert image is not None
    assert (image == image[..., :1]).all()
