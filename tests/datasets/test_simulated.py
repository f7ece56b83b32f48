"""Readers against the simulator, which knows the line of every point and the depth of every pixel."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.depth_images.with_scans import DepthWithScans
from lidarsel.datasets.parts.files import read_depth
from lidarsel.datasets.parts.semantic_kitti import read_label_classes
from lidarsel.datasets.registry import open_dataset
from lidarsel.frame import UNKNOWN_LINE


def days(tree: Path) -> list[Path]:
    return [p for p in tree.iterdir() if p.is_dir() and p.name != "train"]


def test_nothing_is_said_of_them_as_if_they_were_recorded(drives: Path) -> None:
    for tree in (drives, *days(drives), drives / "train"):
        data = open_dataset(tree)
        assert data.sensor == "simulated 64-line lidar"
        assert data.cautions[0].text.startswith("The frames are simulated by lidarsel")


def test_lines_by_scan_order_are_all_right(drives: Path) -> None:
    data = open_dataset(drives)
    (day,) = days(drives)
    assert data.n_lines == 64
    for index, (name, drive) in enumerate(zip(data.frame_ids, data.drives, strict=True)):
        scan = data.scan(index)
        oracle = np.fromfile(day / drive / "velodyne_points/line" / f"{name[-10:]}.bin", "<i2")
        assert scan is not None
        np.testing.assert_array_equal(scan.line, oracle)


def test_official_pixels_are_met_by_their_scan(drives: Path) -> None:
    data = open_dataset(drives)
    assert isinstance(data, DepthWithScans)
    for index in range(len(data)):
        match = data.match(index)
        assert match.exact.mean() > 0.8
        assert np.nanmedian(np.abs(match.difference_m)) < 0.005


@pytest.mark.parametrize("truth", ["official", "accumulated", "dense"])
def test_pixels_are_of_the_class_that_a_ray_through_them_meets(drives: Path, truth: str) -> None:
    """Labels of points of three sweeps tell what a ray cast through the pixel's middle tells, but at edges: the ground
    truth of a frame is of eleven, and a point near by stands in for those that were not written."""
    from lidarsel.simulation.drive import Drive
    from lidarsel.simulation.sensing.camera import pixel_rays
    from lidarsel.simulation.sensing.rig import make_rig
    from lidarsel.simulation.settings import SimulateSettings

    settings = SimulateSettings(seed=5, frames=3, drives=2, image_height=112, image_width=368, azimuth_step_deg=0.6)
    rig = make_rig(np.random.default_rng([5, 1]), settings)
    drive = Drive(settings, 0, settings.frames * settings.frame_period_s, rig)
    time_s = settings.frame_period_s
    origin, ray = pixel_rays(rig, drive.trajectory.at(time_s), 112, 368)
    rays = drive._rays_at(time_s)
    hits = rays.cast(origin, ray)
    label = np.where(hits.triangle >= 0, rays.label[hits.triangle], 0).reshape(112, 368)
    label_file = drives.parent / "exact.label"
    label.astype("<u4").tofile(label_file)
    exact = read_label_classes(label_file).reshape(112, 368)
    frame = open_dataset(drives, ReadOptions(ground_truth=truth)).frame(1)  # type: ignore[arg-type]
    assert frame.truth_class is not None
    assert frame.ground_truth_m is not None
    there = frame.ground_truth_m > 0
    told = there & (frame.truth_class > 0)
    assert told.sum() > (0.5 if truth == "dense" else 0.9) * there.sum()
    assert len(np.unique(frame.truth_class[told])) >= 3
    assert (frame.truth_class == exact)[told].mean() > 0.97


@pytest.fixture(scope="module")
def full_size(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from lidarsel.simulation.settings import SimulateSettings
    from lidarsel.simulation.write import write_drives

    out = tmp_path_factory.mktemp("full") / "a/b/out"
    out.parent.mkdir(parents=True)
    write_drives(out, SimulateSettings(seed=11, frames=7))
    return out


@pytest.mark.slow
def test_lines_from_bare_depth_images(full_size: Path, tmp_path: Path) -> None:
    (day,) = days(full_size)
    alone = tmp_path / "x/y/alone"
    shutil.copytree(full_size / "train", alone / "train")
    (alone / day.name).mkdir()
    for file in day.glob("calib_*.txt"):
        shutil.copy(file, alone / day.name)
    bare, whole = open_dataset(alone), open_dataset(full_size)
    for index in range(len(whole)):
        line, found = whole.frame(index).points.line, bare.frame(index).points.line
        assert (found == line)[line != UNKNOWN_LINE].mean() >= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("oxts", [True, False])
def test_accumulated_ground_truth_against_exact_depth(full_size: Path, tmp_path: Path, oxts: bool) -> None:
    if not oxts:
        pytest.importorskip("kiss_icp")
    (day,) = days(full_size)
    raw = tmp_path / day.name
    shutil.copytree(day, raw, ignore=lambda _, names: [] if oxts else [n for n in names if n == "oxts"])
    data = open_dataset(raw, ReadOptions(ground_truth="accumulated"))
    truth = data.frame(3).ground_truth_m
    exact = read_depth(full_size / "train" / data.drives[3] / "proj_depth/groundtruth_dense/image_02/0000000003.png")
    assert truth is not None
    there = (truth > 0) & (exact > 0)
    assert (truth > 0).mean() >= 0.15
    assert (np.abs(truth - exact)[there] <= 0.03 * exact[there]).mean() >= (0.96 if oxts else 0.85)
