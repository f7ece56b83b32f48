"""Frames seen in the lidar's whole turn (--view 360): a closed-form street, a real drive, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.object_classes import ObjectClass
from tests.datasets.kitti.test_object import write_odometry
from tests.fuzz import trees
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import LIDAR_HEIGHT_M, Array, Street, still_scan, write_depth_tree, write_raw_tree
from tests.support.label_files import write_labels

TURN = ReadOptions(view="360")
STREET = Street()
DEGREE_PX = 2048 / 360


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("turn")
    write_labels(write_odometry(root, STREET) / "labels", STREET, frames=6)
    return root


@pytest.fixture(scope="module")
def data(tree: Path) -> Dataset:
    return open_dataset(tree, TURN)


def middle_rays(data: Dataset, size: tuple[int, int]) -> Array:
    """Unit directions (H * W, 3) of the pixels' middles: from azimuth 180 degrees clockwise, from 5 degrees above."""
    top = np.max(data.elevation_deg) + 5
    elevation = np.radians(top - (np.arange(size[0]) + 0.5) / DEGREE_PX)[:, None]
    azimuth = np.radians(180 - (np.arange(size[1]) + 0.5) / DEGREE_PX)[None]
    flat = np.cos(elevation)
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation) + 0 * azimuth], axis=-1).reshape(
        -1, 3
    )


def test_every_line_counts(tree: Path, data: Dataset) -> None:
    frame, in_camera = data.frame(2), open_dataset(tree).frame(2)
    assert (in_camera.points.count_by_line(16) == 0).any()
    assert (frame.points.count_by_line(16) > 500).all()
    assert (frame.image, frame.calibration, frame.size[1]) == (None, None, 2048)
    assert frame.size[0] == np.ceil((np.ptp(data.elevation_deg) + 10) * DEGREE_PX)
    assert any("whole turn (--view 360)" in note for note in data.notes)
    assert data.fingerprint != open_dataset(tree).fingerprint


def test_points_lie_where_their_angles_say(data: Dataset) -> None:
    frame, xyz = data.frame(2), still_scan(STREET, 2).astype(np.float32).astype(np.float64)
    distance = np.linalg.norm(xyz, axis=1)
    drawn = frame.points.draw(*frame.size)
    elevation = np.degrees(np.arcsin(xyz[:, 2] / distance))
    row = np.floor((np.max(data.elevation_deg) + 5 - elevation) * DEGREE_PX).astype(int)
    column = np.floor((180 - np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0]))) * DEGREE_PX).astype(int) % 2048
    assert (drawn[row, column] > 0).all()
    nearest = drawn[row, column] == distance.astype(np.float32)
    assert nearest.mean() > 0.95  # of two points in a pixel the farther one is hidden
    assert (drawn[row, column] <= distance * (1 + 1e-6)).all()


def test_neighbouring_scans_make_ground_truth_between_the_lines(data: Dataset) -> None:
    frame = data.frame(2)
    assert frame.ground_truth_m is not None
    exact = STREET.cast(STREET.speed_mps * 0.2, middle_rays(data, frame.size)).reshape(frame.size)
    there = frame.ground_truth_m > 0
    measured = frame.points.draw(*frame.size) > 0
    assert (there & ~measured).sum() > 0.5 * measured.sum()
    off = np.abs(frame.ground_truth_m - exact)[there] / exact[there]
    assert np.median(off) < 0.01
    assert (off < 0.08).mean() > 0.95  # half a pixel is much of a far road's range


def test_classes_are_told_all_round(data: Dataset) -> None:
    frame = data.frame(2)
    assert frame.ground_truth_m is not None
    assert frame.truth_class is not None
    rays = middle_rays(data, frame.size).reshape(*frame.size, 3)
    height = frame.ground_truth_m * rays[..., 2] + LIDAR_HEIGHT_M
    there = frame.ground_truth_m > 0
    behind = there & (rays[..., 0] < 0)
    for where in (there, behind):
        assert (frame.truth_class[where & (height > 0.5)] == ObjectClass.OTHER).all()
        beside = np.abs(frame.ground_truth_m * rays[..., 1]) < STREET.half_width_m - 0.5
        on_road = frame.truth_class[where & (np.abs(height) < 0.1) & beside]
        assert (on_road == ObjectClass.ROAD).mean() > 0.99


def test_lines_are_chosen_for_the_whole_turn(tree: Path, tmp_path: Path) -> None:
    few = ("--network", "nearest", "--methods", "spaced,interval", "--sets", "16", "--evaluations", "60")
    done = lidarsel("run", tree, "-k", "4", "--view", "360", *few, "--json", cwd=tmp_path)
    report = json.loads(succeeded(done))
    assert {len(row["lines"]) for row in report["rows"]} == {0, 4, 16}
    assert any("--view 360" in note for note in report["notes"])
    (folder,) = (path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    assert "view: '360'" in (folder / "settings.yaml").read_text()
    values = json.loads((folder / "values.json").read_text())
    assert min(values["points_per_line"]) > 500
    assert all(value != 0 for value in values["mean"]), "no line is without a point in the whole turn"


@pytest.mark.parametrize(
    "write", [trees.raw, trees.object_layout, trees.odometry, trees.kitti_360, trees.nuscenes, trees.cloud_folder]
)
def test_of_every_layout_that_has_scans(write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path)
    frame = open_dataset(tmp_path, replace(TURN, ground_truth="scan")).frame(1)
    assert frame.size[1] == 2048
    assert (frame.points.count_by_line(frame.n_lines) > 100).sum() == 8
    assert frame.ground_truth_m is not None
    behind = np.r_[:512, 1536:2048]
    assert (frame.ground_truth_m[:, behind] > 0).sum() > 100


def test_a_network_that_needs_the_image_is_refused(tree: Path) -> None:
    refused = lidarsel("evaluate", tree, "--lines", "0,4", "--view", "360")
    assert_refused(refused, "--view 360: network lidarsel needs the camera image", "--network classical or nearest")


def test_depth_images_are_the_cameras(tmp_path: Path) -> None:
    write_raw_tree(tmp_path, frames=3)
    write_depth_tree(tmp_path, frames=3)
    refused = lidarsel("evaluate", tmp_path, "--lines", "0,4", "--view", "360", "--network", "nearest")
    assert_refused(refused, "is of layout kitti_depth, whose depth images are the camera's own", "leave --view out")
    with pytest.raises(BadInputError, match="whose depth images are the camera's own"):
        open_dataset(tmp_path, TURN)
    assert len(open_dataset(tmp_path / "2001_02_03", TURN)) == 3
    trees.table("bin", tmp_path / "csv")
    with pytest.raises(BadInputError, match="names depth images, which are the camera's own; leave --view out"):
        open_dataset(tmp_path / "csv", TURN)


def test_scans_without_camera_images_are_enough(tree: Path, tmp_path: Path) -> None:
    """As SemanticKITTI's own download has them."""
    folder = write_odometry(tmp_path, STREET)
    for image in (folder / "image_2").iterdir():
        image.unlink()
    np.testing.assert_array_equal(
        open_dataset(tmp_path, TURN).frame(1).ground_truth_m, open_dataset(tree, TURN).frame(1).ground_truth_m
    )


def test_a_real_drive_shows_all_its_lines(shared_data: Path) -> None:
    data = open_dataset(shared_data / "kitti_raw", ReadOptions(ground_truth="scan", view="360"))
    frame = data.frame(0)
    assert frame.size == (211, 2048)
    assert (frame.points.count_by_line(64) > 500).all()
