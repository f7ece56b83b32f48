"""Argoverse 2 on logs of the closed-form street: two lidars in one file, poses and calibration in Feather files."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import SIZE, Street, draw, still_scan

pytest.importorskip("pyarrow", reason="needs the extra 'argoverse'")

from tests.support.argoverse_trees import LOG, START_NS, STREET, SWEEP_NS, write_log, write_table


@pytest.mark.parametrize("given", ["", "train", f"train/{LOG}"])
@pytest.mark.parametrize("upper_first", [True, False])
def test_the_upper_lidar_is_read(tmp_path: Path, given: str, upper_first: bool) -> None:
    write_log(tmp_path / "train", image_late_ns=0, upper_first=upper_first)
    data = open_dataset(tmp_path / given)
    assert isinstance(data, Dataset)
    assert (data.layout, data.sensor, data.n_lines, len(data)) == ("argoverse", "Velodyne VLP-32C", 32, 7)
    assert data.ground_truth == "accumulated"
    assert data.problems == []
    assert data.frame_ids[0] == f"{LOG}/ring_front_center/{START_NS}"
    np.testing.assert_allclose(data.elevation_deg, STREET.elevations_deg, atol=0.05)
    scan = data.scan(2)
    assert scan is not None
    _, line = STREET.scan(2)
    np.testing.assert_array_equal(np.bincount(scan.line, minlength=32), np.bincount(line, minlength=32))
    frame = data.frame(2)
    assert frame.image is not None
    found, still = frame.points.draw(*SIZE), draw(still_scan(STREET, 2).astype(np.float32))
    both = (found > 0) & (still > 0)
    assert both.sum() > 0.95 * (still > 0).sum()  # at pixels' borders, rounding decides
    assert np.median(np.abs(found - still)[both]) < 1e-3
    assert any("32 of the upper lidar" in note for note in data.notes)


def test_points_and_ground_truth_stand_where_the_camera_was_at_its_own_time(tmp_path: Path) -> None:
    fast = Street(speed_mps=20.0, elevations_deg=STREET.elevations_deg, azimuth_step_deg=1.0)
    write_log(tmp_path, street=fast, image_late_ns=40_000_000)
    frame = open_dataset(tmp_path).frame(3)
    ahead = Street(speed_mps=20 * 0.34 / 0.3, elevations_deg=STREET.elevations_deg)
    exact = ahead.depth(3)  # as far on as the other street is 0.34 s after its start
    for depth_m in (frame.points.draw(*SIZE), frame.ground_truth_m):
        assert depth_m is not None
        there = (depth_m > 0) & (exact > 0)
        assert (np.abs(depth_m - exact)[there] < 0.03 * exact[there]).mean() > 0.95


def test_sweeps_without_an_image_are_told(tmp_path: Path) -> None:
    log = write_log(tmp_path, image_late_ns=0)
    (log / f"sensors/cameras/ring_front_center/{START_NS + 2 * SWEEP_NS}.jpg").unlink()
    data = open_dataset(tmp_path)
    assert len(data) == 6
    assert any("1 of 7 sweeps have no image" in note for note in data.notes)


def test_the_lidar_data_set_has_no_images(tmp_path: Path) -> None:
    log = write_log(tmp_path)
    for image in (log / "sensors/cameras/ring_front_center").iterdir():
        image.unlink()
    assert_refused(lidarsel("inspect", tmp_path), "ring_front_center", "holds no image", "sensor data set")


@pytest.mark.parametrize(
    "name",
    ["city_SE3_egovehicle.feather", "calibration/egovehicle_SE3_sensor.feather", "calibration/intrinsics.feather"],
)
@pytest.mark.parametrize("content", [None, b"", b"ARROW1", "column"])
def test_tables_that_cannot_be_used_are_named(tmp_path: Path, name: str, content: bytes | str | None) -> None:
    path = write_log(tmp_path) / name
    path.unlink()
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        write_table(path, {"sensor_name": ["up_lidar"], "qw": [1.0]})
    with pytest.raises(BadInputError) as refused:
        open_dataset(tmp_path)
    assert refused.value.path == path


@pytest.mark.parametrize("damage", ["cut", "empty", "laser", "column"])
def test_a_damaged_sweep_is_a_problem_of_its_frame(tmp_path: Path, damage: str) -> None:
    log = write_log(tmp_path, frames=4)
    path = log / f"sensors/lidar/{START_NS + SWEEP_NS}.feather"
    good = {axis: np.ones(3, np.float32) for axis in "xyz"} | {"intensity": np.ones(3, np.uint8)}
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "laser":
        write_table(path, good | {"laser_number": np.array([0, 1, 64], np.uint8)})
    else:
        write_table(path, good)
    data = open_dataset(tmp_path, ReadOptions("scan", skip_bad=True))
    assert [problem.path for problem in data.problems] == [path.resolve()]
    assert len(data) == 3


def test_inspect_on_the_command_line(tmp_path: Path) -> None:
    write_log(tmp_path, frames=4)
    assert "argoverse" in succeeded(lidarsel("inspect", tmp_path))
