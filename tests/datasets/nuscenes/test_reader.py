"""nuScenes: a simulated tree beside the same frames in KITTI's layout, a real sweep, and what is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.frame import ImagePoints
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import ELEVATIONS_DEG, SIZE, Street, write_raw_tree
from tests.support.nuscenes_trees import (
    CAMERA_FROM_NUSCENES,
    KITTI_FROM_LIDAR,
    SCENE,
    START_US,
    write_tree,
)

SCAN = ReadOptions(ground_truth="scan")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("nuscenes")
    write_tree(root, frames=3)
    return root


@pytest.fixture
def copy(tree: Path, tmp_path: Path) -> Path:
    shutil.copytree(tree, tmp_path / "data")
    return tmp_path / "data"


def sorted_points(points: ImagePoints) -> tuple[np.ndarray, ...]:
    order = np.lexsort((points.depth_m, points.line, points.row, points.column))
    return points.row[order], points.column[order], points.line[order], points.depth_m[order]


def change(root: Path, table: str, row: int, **values: object) -> Path:
    path = root / "v1.0-mini" / f"{table}.json"
    rows = json.loads(path.read_text())
    rows[row] |= values
    path.write_text(json.dumps(rows))
    return path


def test_the_same_frames_as_in_kittis_layout(tree: Path, tmp_path: Path) -> None:
    write_raw_tree(tmp_path, frames=3, oxts=False)
    ours, kitti = open_dataset(tree, SCAN), open_dataset(tmp_path, SCAN)
    assert isinstance(ours, Dataset)
    assert (ours.layout, ours.n_lines, len(ours), ours.sensor) == ("nuscenes", 16, 3, "16-line lidar")
    assert ours.frame_ids[1] == f"{SCENE}/CAM_FRONT/{START_US + 100_000}"
    assert set(ours.drives) == {SCENE}
    np.testing.assert_allclose(ours.elevation_deg, kitti.elevation_deg, atol=1e-4)
    for i in range(3):
        mine, other = ours.frame(i), kitti.frame(i)
        assert mine.size == SIZE
        assert mine.image is not None
        row, column, line, depth = sorted_points(mine.points)
        row_k, column_k, line_k, depth_k = sorted_points(other.points)
        assert len(row) == len(row_k)
        same = (row == row_k) & (column == column_k) & (line == line_k)
        assert same.mean() > 0.999  # two ways to the same matrix round differently at the edge of a pixel
        np.testing.assert_allclose(depth[same], depth_k[same], rtol=1e-4)


def test_the_vehicle_moves_between_lidar_and_camera(tmp_path: Path) -> None:
    write_tree(tmp_path, frames=2, street=Street(speed_mps=12.0), camera_late_s=0.05)
    calibration = open_dataset(tmp_path, SCAN).frame(1).calibration
    assert calibration is not None
    back = np.eye(4)
    back[0, 3] = -12.0 * 0.05  # seen from where the vehicle is then
    kitti_from_nuscenes = KITTI_FROM_LIDAR
    camera_from_kitti = CAMERA_FROM_NUSCENES @ np.linalg.inv(kitti_from_nuscenes)
    np.testing.assert_allclose(calibration.camera_from_lidar, camera_from_kitti @ back @ kitti_from_nuscenes, atol=1e-6)


@pytest.mark.parametrize("with_sweeps", [True, False])
def test_accumulated_ground_truth_is_exact_depth(tmp_path: Path, with_sweeps: bool) -> None:
    """From sweeps between the key frames, and where sweeps/ was not unpacked from the key frames alone."""
    write_tree(tmp_path, frames=9, still=True, key=2)
    if not with_sweeps:
        shutil.rmtree(tmp_path / "sweeps")
    data = open_dataset(tmp_path)
    assert (data.ground_truth, len(data)) == ("accumulated", 5)
    assert "ego poses" in " ".join(data.notes)
    frame, exact = data.frame(2), Street().depth(4)
    assert frame.ground_truth_m is not None
    there = (frame.ground_truth_m > 0) & (exact > 0)
    assert there.sum() > (2.5 if with_sweeps else 1.8) * (frame.points.draw(*SIZE) > 0).sum()
    error = np.abs(frame.ground_truth_m - exact)[there] / exact[there]
    assert (error < 0.03).mean() > 0.97


def test_a_real_sweep_has_32_lines_where_the_sensor_has_them(shared_data: Path, tmp_path: Path) -> None:
    """HDL-32E: +10.67 to -30.67 degrees in steps of 1.33 (Velodyne's manual)."""
    write_tree(tmp_path, frames=1)
    (sweep,) = (shared_data / "nuscenes_sweep").glob("*.pcd.bin")
    (target,) = (tmp_path / "samples/LIDAR_TOP").iterdir()
    shutil.copyfile(sweep, target)
    data = open_dataset(tmp_path)
    scan = data.scan(0)
    assert scan is not None
    assert (data.n_lines, data.sensor, data.ground_truth) == (32, "Velodyne HDL-32E", "scan")
    rings = np.fromfile(sweep, "<f4").reshape(-1, 5)
    assert len(rings) == 34688
    away = np.abs(rings[:, :3]).max(axis=1) > 1e-3
    np.testing.assert_array_equal(scan.line, 31 - rings[away, 4])
    np.testing.assert_allclose(data.elevation_deg, np.linspace(10.67, -30.67, 32), atol=0.5)


def test_frames_without_files_are_left_out_and_told(copy: Path) -> None:
    next(iter(sorted((copy / "samples/CAM_FRONT").iterdir()))).unlink()
    data = open_dataset(copy, SCAN)
    assert len(data) == 2
    assert "1 of 3 key frames are left out" in " ".join(data.notes)


def test_the_fingerprint_sees_a_moved_vehicle(tree: Path, copy: Path) -> None:
    before = open_dataset(tree, SCAN).fingerprint
    assert open_dataset(copy, SCAN).fingerprint == before
    change(copy, "ego_pose", 0, translation=[0.0, 0.0, 0.0])
    assert open_dataset(copy, SCAN).fingerprint != before


def test_inspect_tells_what_is_there(tree: Path) -> None:
    facts = json.loads(succeeded(lidarsel("inspect", tree / "v1.0-mini", "--ground-truth", "scan", "--json")))
    assert (facts["layout"], facts["n_lines"], facts["n_frames"]) == ("nuscenes", 16, 3)
    np.testing.assert_allclose(facts["elevation_deg"], ELEVATIONS_DEG, atol=1e-3)


def test_sweeps_alone_are_refused_with_what_they_lack(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree / "samples/LIDAR_TOP", tmp_path / "LIDAR_TOP")
    assert_refused(lidarsel("inspect", tmp_path), tmp_path, "tables", "CAM_FRONT")


def test_damage_is_one_line(copy: Path) -> None:
    sweep = sorted((copy / "samples/LIDAR_TOP").iterdir())[1]
    sweep.write_bytes(sweep.read_bytes()[:-7])
    assert_refused(lidarsel("run", copy, "--budget", 4), sweep.name, "multiple of 20")
    data = open_dataset(copy, ReadOptions(ground_truth="scan", skip_bad=True))
    assert len(data) == 2
    assert [problem.path.name for problem in data.problems] == [sweep.name]


def test_a_sweep_cut_between_two_points_is_told(copy: Path) -> None:
    """Points are in the order of firing, so that every ring is still there, and a part of the turn is not."""
    sweep = sorted((copy / "samples/LIDAR_TOP").iterdir())[1]
    sweep.write_bytes(sweep.read_bytes()[: sweep.stat().st_size // 40 * 20])
    data = open_dataset(copy, ReadOptions(ground_truth="scan", skip_bad=True))
    assert [problem.path.name for problem in data.problems] == [sweep.name]
    assert "degrees of a turn, where others of its sensor cover 360" in data.problems[0].message


@pytest.mark.parametrize("table", ["sensor", "calibrated_sensor", "scene", "sample", "ego_pose"])
def test_a_missing_table_is_named(copy: Path, table: str) -> None:
    (copy / f"v1.0-mini/{table}.json").unlink()
    with pytest.raises(BadInputError, match=rf"{table}\.json: is missing"):
        open_dataset(copy)


def test_damaged_tables_are_named(copy: Path) -> None:
    path = copy / "v1.0-mini/sample_data.json"
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    with pytest.raises(BadInputError, match=r"sample_data\.json: is no such table"):
        open_dataset(copy)
    path.write_text(whole)
    change(copy, "sample", 0, scene_token="elsewhere")
    with pytest.raises(BadInputError, match=r"scene\.json: has no row elsewhere"):
        open_dataset(copy)


def test_what_is_no_rigid_motion_is_refused(copy: Path) -> None:
    change(copy, "ego_pose", 0, rotation=[0, 0, 0, 0])
    with pytest.raises(BadInputError, match="no rigid motion"):
        open_dataset(copy, SCAN).frame(0)


def test_several_versions_are_refused_by_name(copy: Path) -> None:
    shutil.copytree(copy / "v1.0-mini", copy / "v1.0-trainval")
    with pytest.raises(BadInputError, match=r"several versions .*v1.0-mini, v1.0-trainval"):
        open_dataset(copy)
    assert len(open_dataset(copy / "v1.0-trainval", SCAN)) == 3


def test_an_image_of_another_size_is_refused(copy: Path) -> None:
    change(copy, "sample_data", 1, width=1600)
    with pytest.raises(BadInputError, match="where the calibration is for 1600x90"):
        open_dataset(copy, SCAN).frame(0)
    assert len(open_dataset(copy, ReadOptions(ground_truth="scan", skip_bad=True))) == 2
