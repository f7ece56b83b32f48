"""PandaSet on sequences of the closed-form street: points in the world, no ring, two lidars, poses of the camera."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import Street
from tests.support.pandas_pickles import PickledCall, write_frame
from tests.support.pandaset_trees import (
    CAMERA_FROM_LIDAR,
    CAMERA_MATRIX,
    ELEVATIONS_DEG,
    SIZE,
    STREET,
    scan_columns,
    write_sequence,
)

CAMERA = "camera/front_camera"
QUICK = ReadOptions("scan")


@pytest.fixture(scope="module")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    return write_sequence(tmp_path_factory.mktemp("pandaset"))


@pytest.fixture(scope="module")
def data(sequence: Path) -> Dataset:
    return open_dataset(sequence)


def seen(street: Street, frame: int) -> dict[int, float]:
    """Depth in metres by pixel, of the street as it is from the camera."""
    xyz, _ = street.scan(frame)
    time = -np.arctan2(xyz[:, 1], xyz[:, 0]) / (2 * np.pi) * 0.1
    xyz = xyz + np.outer(time * street.speed_mps, [1.0, 0, 0])
    camera = np.column_stack([xyz, np.ones(len(xyz))]) @ CAMERA_FROM_LIDAR.T
    ahead = camera[camera[:, 2] > 0.1]
    u, v, _ = (ahead @ CAMERA_MATRIX.T / ahead[:, 2:3]).T
    inside = (u > 0) & (u < SIZE[1] - 1) & (v > 0) & (v < SIZE[0] - 1)
    at = np.round(v[inside]).astype(int) * SIZE[1] + np.round(u[inside]).astype(int)
    return dict(zip(at.tolist(), ahead[inside, 2].tolist(), strict=True))


def test_what_is_found(data: Dataset, sequence: Path) -> None:
    assert (data.layout, data.sensor, data.n_lines, len(data)) == ("pandaset", "Hesai Pandar64", 64, 7)
    assert (data.ground_truth, data.elevation_kind) == ("accumulated", "cone")
    assert (data.problems, data.doubts) == ([], [])
    assert data.frame_ids == [f"001/{frame:02d}" for frame in range(7)]
    np.testing.assert_allclose(data.elevation_deg, ELEVATIONS_DEG, atol=0.02)
    assert any("PandarGT" in note and "left out" in note for note in data.notes)


@pytest.mark.parametrize("frame", [0, 3, 6])
def test_every_point_of_the_spinning_lidar_has_its_line(data: Dataset, frame: int) -> None:
    scan = data.scan(frame)
    assert scan is not None
    _, line = STREET.scan(frame)
    np.testing.assert_array_equal(np.bincount(scan.line, minlength=64), np.bincount(line, minlength=64))


def test_points_stand_where_the_camera_sees_them(data: Dataset) -> None:
    frame = data.frame(2)
    assert frame.image is not None
    assert frame.image.shape == (*SIZE, 3)
    assert np.abs(frame.image.astype(int) - 42).max() <= 2  # its own image
    depth = seen(STREET, 2)
    at = frame.points.row.astype(int) * SIZE[1] + frame.points.column
    own = [
        (depth[pixel], found) for pixel, found in zip(at.tolist(), frame.points.depth_m, strict=True) if pixel in depth
    ]
    assert len(own) > 0.9 * len(at)  # at pixels' borders, rounding decides
    assert np.median(np.abs(np.subtract(*np.array(own).T))) < 1e-3


def test_ground_truth_is_gathered_from_where_the_camera_was(data: Dataset) -> None:
    frame = data.frame(3)
    assert frame.ground_truth_m is not None
    assert (frame.ground_truth_m > 0).sum() > 2 * len(frame.points.row)
    row, column = np.nonzero(frame.ground_truth_m)
    rays = np.column_stack([column, row, np.ones(len(row))]) @ np.linalg.inv(CAMERA_MATRIX[:, :3]).T
    turn = CAMERA_FROM_LIDAR[:3, :3].T
    origin = -turn @ CAMERA_FROM_LIDAR[:3, 3] + np.array([3 * 0.1 * STREET.speed_mps, 0, 0])
    ahead = rays @ turn.T
    length = np.linalg.norm(ahead, axis=1)
    exact = STREET._cast_from(origin, ahead / length[:, None]) / length
    off = np.abs(frame.ground_truth_m[row, column] - exact) / exact
    assert (off < 0.03).mean() > 0.95


@pytest.mark.parametrize("form", ["1.3", "3"])
def test_newer_pandas_and_turned_off_scans(tmp_path: Path, sequence: Path, form: Any) -> None:
    again = write_sequence(tmp_path, 3, form=form, protocol=5, name="002")
    found, before = open_dataset(again, QUICK).scan(1), open_dataset(sequence, QUICK).scan(1)
    assert found is not None
    assert before is not None
    np.testing.assert_array_equal(found.xyz_m, before.xyz_m)


@pytest.mark.parametrize("given", ["", "pandaset"])
def test_a_folder_of_sequences(tmp_path: Path, given: str) -> None:
    for name in ("001", "003"):
        write_sequence(tmp_path / "pandaset", 2, name=name)
    data = open_dataset(tmp_path / given, QUICK)
    assert data.frame_ids == ["001/00", "001/01", "003/00", "003/01"]
    assert data.drives == ["001", "001", "003", "003"]


def test_the_vehicles_poses_are_not_read(tmp_path: Path) -> None:
    again = write_sequence(tmp_path, 2)
    (again / "lidar/poses.json").write_text("[]")
    (again / "lidar/timestamps.json").unlink()
    assert len(open_dataset(again, QUICK)) == 2


def test_scans_without_images_are_told(tmp_path: Path) -> None:
    again = write_sequence(tmp_path, 3)
    (again / CAMERA / "01.jpg").unlink()
    data = open_dataset(again, QUICK)
    assert data.frame_ids == ["001/00", "001/02"]
    assert any("3 scans and 2 images, of which 2 pair up" in note for note in data.notes)
    for name in ("00.jpg", "02.jpg"):
        (again / CAMERA / name).unlink()
    assert_refused(lidarsel("inspect", again), again / CAMERA, "holds no image")


@pytest.mark.parametrize("name", ["poses", "timestamps", "intrinsics"])
@pytest.mark.parametrize("content", [None, "", "[]", "{}", "[1, 2]", '[{"position": 1}]', "nonsense"])
def test_files_of_the_camera_that_cannot_be_used_are_named(tmp_path: Path, name: str, content: str | None) -> None:
    again = write_sequence(tmp_path, 2)
    path = again / CAMERA / f"{name}.json"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(BadInputError) as refused:
        open_dataset(again, QUICK)
    assert again in refused.value.path.parents
    assert "\n" not in str(refused.value)


def _changed(path: Path, change: Any) -> None:
    content = json.loads(path.read_text())
    path.write_text(json.dumps(change(content)))


def _still(poses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [pose | {"heading": dict.fromkeys("wxyz", 0.0)} for pose in poses]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("poses", _still, "pose 0 is no rotation"),
        ("poses", lambda poses: poses[:1], "2 times where there are 1 poses"),
        ("timestamps", lambda stamps: stamps[::-1], "do not rise"),
        ("timestamps", lambda stamps: [stamp + 1 for stamp in stamps], "over 0.2 s from the time of image 00"),
        ("intrinsics", lambda k: k | {"fx": 0.0}, "not the matrix of a camera"),
    ],
)
def test_values_that_cannot_be_are_refused(tmp_path: Path, name: str, change: Any, told: str) -> None:
    again = write_sequence(tmp_path, 2)
    _changed(again / CAMERA / f"{name}.json", change)
    with pytest.raises(BadInputError, match=told):
        open_dataset(again, QUICK)


def test_poses_that_are_not_the_cameras_tell_no_lines(tmp_path: Path) -> None:
    """But the vehicle's, 1.8 m below."""
    again = write_sequence(tmp_path, 2)

    def lower(poses: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [p | {"position": p["position"] | {"z": p["position"]["z"] - 1.8}} for p in poses]

    _changed(again / CAMERA / "poses.json", lower)
    assert_refused(lidarsel("inspect", again), "its lines cannot be told", "lidarsel calibrate")


def test_a_scan_whose_pose_is_off_is_refused(tmp_path: Path) -> None:
    """By 0.1 degrees: more than half the way from most lines to the next."""
    again = write_sequence(tmp_path, 6)

    def nod(poses: list[dict[str, Any]]) -> list[dict[str, Any]]:
        turn = Rotation.from_quat([poses[2]["heading"][name] for name in "xyzw"])
        turned = turn * Rotation.from_euler("x", 0.1, degrees=True)
        poses[2]["heading"] = dict(zip("xyzw", turned.as_quat().tolist(), strict=True))
        return poses

    _changed(again / CAMERA / "poses.json", nod)
    data = open_dataset(again, QUICK)
    assert [problem.path.name for problem in data.problems] == ["02.pkl.gz"]
    with pytest.raises(BadInputError, match=r"its lines cannot be told.*inexact; leave such scans out"):
        data.scan(2)
    data = open_dataset(again, ReadOptions("scan", skip_bad=True))
    assert data.frame_ids == ["001/00", "001/01", "001/03", "001/04", "001/05"]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"d": np.ones(3, np.int64)}, "no point of the spinning lidar"),
        ({"x": np.full(3, np.nan)}, "no point away from the lidar"),
        ({"x": np.full(3, 1e7)}, "off the origin"),
        ({"t": np.full(3, np.nan)}, "from the time of image 01"),
    ],
)
def test_scans_that_cannot_be_used_are_named(tmp_path: Path, columns: dict[str, Any], told: str) -> None:
    again = write_sequence(tmp_path, 2)
    path = again / "lidar/01.pkl.gz"
    good = scan_columns(np.array([[12.3, 1.0, 1], [20, 1, 1], [30, 3, 2]]), np.full(3, 1_557_539_924.6), 0)
    write_frame(path, {name: values[:3] for name, values in good.items()} | {"d": np.zeros(3, np.int64)} | columns)
    with pytest.raises(BadInputError, match=told) as refused:
        open_dataset(again, QUICK).frame(1)
    assert refused.value.path == path


def test_a_scan_that_is_a_trap_is_refused_and_springs_nowhere(tmp_path: Path) -> None:
    again, sprung = write_sequence(tmp_path, 2), tmp_path / "sprung"
    for number in range(2):
        (again / f"lidar/{number:02d}.pkl.gz").write_bytes(pickle.dumps(PickledCall(Path.touch, (sprung,))))
    assert_refused(lidarsel("inspect", again), ".pkl.gz", "no pickled DataFrame", "pathlib.Path.touch")
    assert not sprung.exists()


def test_the_sensor_may_be_calibrated(tmp_path: Path) -> None:
    sequence, out = write_sequence(tmp_path, 2), tmp_path / "sensor.yaml"
    succeeded(lidarsel("calibrate", sequence, "-o", out))
    told = json.loads(succeeded(lidarsel("inspect", sequence, "--sensor", out, "--json")))
    np.testing.assert_allclose(told["elevation_deg"], ELEVATIONS_DEG, atol=0.01)
