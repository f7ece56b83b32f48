"""Whether frames follow each other, told by their scans: the same for every layout that does not say."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel
from tests.support.kitti_trees import numbers
from tests.support.sensor_frames import (
    SIZE,
    Sensor,
    places,
    sensor,
    write_frames_csv,
    write_image,
    write_scan,
    write_yaml_calibration,
)

ACCUMULATED = ReadOptions(ground_truth="accumulated")
LAYOUTS = ["clouds", "frames_csv", "kitti_object"]


@pytest.fixture(autouse=True)
def _with_kiss_icp() -> None:
    pytest.importorskip("kiss_icp")


def write_clouds(folder: Path, made: Sensor) -> None:
    write_yaml_calibration(folder / "calibration.yaml", made.calibration)
    for i, moment in enumerate(made.moments):
        write_scan(folder / f"{i:03d}.pcd", moment.scan, made.n_lines)
        write_image(folder / f"images/{i:03d}.png", moment.image)


def write_object(folder: Path, made: Sensor) -> None:
    training, c = folder / "training", made.calibration
    (training / "calib").mkdir(parents=True)
    for i, moment in enumerate(made.moments):
        for kind in ("velodyne", "image_2", "calib"):
            (training / kind).mkdir(exist_ok=True)
        write_scan(training / f"velodyne/{i:06d}.kitti.bin", moment.scan, made.n_lines)
        (training / f"velodyne/{i:06d}.kitti.bin").rename(training / f"velodyne/{i:06d}.bin")
        write_image(training / f"image_2/{i:06d}.png", moment.image)
        (training / f"calib/{i:06d}.txt").write_text(
            f"P2: {numbers(c.camera_matrix)}\nR0_rect: {numbers(np.eye(3))}\n"
            f"Tr_velo_to_cam: {numbers(c.camera_from_lidar[:3])}\n"
        )


def written(layout: str, folder: Path, made: Sensor) -> Path:
    if layout == "clouds":
        write_clouds(folder, made)
    elif layout == "frames_csv":
        write_frames_csv(folder, made, ".sweep.bin", with_truth=False)
    else:
        write_object(folder, made)
    return folder


def share_right(data: Dataset, made: Sensor, index: int) -> tuple[float, float]:
    """Of the ground truth, within 0.3 m of the simulator's own depth; and of the frame's own points."""
    frame, exact = data.frame(index), made.moments[index].dense_m
    assert frame.ground_truth_m is not None
    shares = [
        float((np.abs(depth - exact)[(depth > 0) & (exact > 0)] < 0.3).mean())
        for depth in (frame.ground_truth_m, frame.points.draw(*SIZE))
    ]
    return shares[0], shares[1]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_scans_of_a_drive_are_accumulated(tmp_path: Path, layout: str) -> None:
    made = sensor(32, frames=6)
    data = open_dataset(written(layout, tmp_path / "log", made))
    assert (data.layout, data.ground_truth, len(data)) == (layout, "accumulated", 6)
    assert "KISS-ICP" in " ".join(data.notes)
    for index in (0, 3):
        truth, own = share_right(data, made, index)
        # At edges not even the frame's own points are where pixels' centres look; and of points 0.8 degrees apart
        # KISS-ICP makes poses that are 0.1 m and 0.3 degrees off.
        assert truth > own - 0.12
        assert truth > 0.75
        frame = data.frame(index)
        assert frame.ground_truth_m is not None
        assert (frame.ground_truth_m > 0).sum() > 2.5 * (frame.points.draw(*SIZE) > 0).sum()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_scans_of_many_places_are_not(tmp_path: Path, layout: str) -> None:
    data = open_dataset(written(layout, tmp_path / "log", places(32, 6)))
    assert (data.ground_truth, len(data)) == ("scan", 6)
    told = " ".join(data.notes)
    assert "do not follow each other: 0 of 5 neighbouring pairs" in told


def test_asked_for_of_many_places_accumulation_is_refused(tmp_path: Path) -> None:
    write_clouds(tmp_path / "log", places(32, 6))
    words = ("do not follow each other", "--ground-truth scan")
    assert_refused(lidarsel("inspect", tmp_path / "log", "--ground-truth", "accumulated"), tmp_path / "log", *words)


def test_where_one_drive_ends_and_another_begins_nothing_is_carried_over(tmp_path: Path) -> None:
    """As two of them in one folder: each frame is accumulated from its own."""
    first, second = sensor(32, frames=6), places(32, 6)
    other = Sensor(32, first.elevation_deg, first.calibration, [*first.moments, second.moments[4], *first.moments])
    write_clouds(tmp_path / "log", other)
    data = open_dataset(tmp_path / "log")
    assert data.ground_truth == "accumulated"
    for index in (3, 5, 7):
        truth, own = share_right(data, other, index)
        assert truth > own - 0.12
    with pytest.raises(BadInputError, match=r"006\.pcd: has only 0 usable neighbouring scans.*--ground-truth scan"):
        data.frame(6)


def test_without_kiss_icp_scans_stay_alone_and_why_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clouds(tmp_path / "log", sensor(32, frames=6))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    data = open_dataset(tmp_path / "log")
    assert data.ground_truth == "scan"
    assert "pip install 'lidarsel[poses]'" in " ".join(data.notes)
    with pytest.raises(BadInputError, match="KISS-ICP, which finds them, is not installed"):
        open_dataset(tmp_path / "log", ACCUMULATED)


def test_no_frame_is_left_out_unasked(tmp_path: Path) -> None:
    """One frame stands far behind the others in number."""
    write_object(tmp_path / "log", sensor(32, frames=6))
    for kind, suffix in (("velodyne", "bin"), ("image_2", "png"), ("calib", "txt")):
        folder = tmp_path / "log/training" / kind
        shutil.move(folder / f"000005.{suffix}", folder / f"000050.{suffix}")
    data = open_dataset(tmp_path / "log")
    assert (data.ground_truth, len(data)) == ("scan", 6)
    assert "1 of 6 frames have fewer than 2 neighbouring scans" in " ".join(data.notes)
    assert len(open_dataset(tmp_path / "log", ACCUMULATED)) == 5
