"""KITTI's own depth images: read with their scans, alone, and cropped as its selection has them."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.depth_images.with_scans import DepthWithScans
from lidarsel.datasets.parts.files import read_depth
from lidarsel.datasets.registry import open_dataset
from lidarsel.frame import UNKNOWN_LINE
from tests.support.kitti_trees import (
    CAMERA_MATRIX,
    numbers,
    write_depth,
)

REAL_DRIVE = "2011_09_26_drive_0001_sync"


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
