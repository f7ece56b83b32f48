"""The written trees, read with nothing but numpy, a PNG reader and KITTI's published formulas."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io
from numpy.typing import NDArray

from lidarsel.datasets.parts.simulated import NOTE_FILE
from lidarsel.errors import OutputError
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.write import DATE, write_drives

TINY = SimulateSettings(seed=5, frames=3, drives=2, image_height=94, image_width=310, azimuth_step_deg=0.6)
DRIVE = f"{DATE}_drive_0001_sync"
Doubles = NDArray[np.float64]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("simulated") / "out"
    seen: list[tuple[int, int]] = []
    write_drives(out, TINY, lambda done, total: seen.append((done, total)))
    assert seen == [(i, 6) for i in range(1, 7)]
    return out


def digest(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def depth_m(tree: Path, kind: str, frame: int) -> Doubles:
    path = tree / "train" / DRIVE / "proj_depth" / kind / "image_02" / f"{frame:010d}.png"
    return np.asarray(io.read_image_png_u16(str(path), "mono"))[..., 0] / 256


def calibration(path: Path) -> dict[str, Doubles]:
    rows = (line.split(":", 1) for line in path.read_text().splitlines())
    return {name: np.array(text.split(), float) for name, text in rows if name != "calib_time"}


def rigid(entries: dict[str, Doubles]) -> Doubles:
    return np.vstack([np.column_stack([entries["R"].reshape(3, 3), entries["T"]]), [0, 0, 0, 1]])


def velo_to_image(tree: Path) -> Doubles:
    cameras = calibration(tree / DATE / "calib_cam_to_cam.txt")
    rectify = np.eye(4)
    rectify[:3, :3] = cameras["R_rect_00"].reshape(3, 3)
    return cameras["P_rect_02"].reshape(3, 4) @ rectify @ rigid(calibration(tree / DATE / "calib_velo_to_cam.txt"))


def oxts(tree: Path, frame: int) -> Doubles:
    return np.loadtxt(tree / DATE / DRIVE / "oxts" / "data" / f"{frame:010d}.txt")


def devkit_pose(record: Doubles, first: Doubles) -> Doubles:
    """KITTI's development kit, convertOxtsToPose.m: Mercator projection, then Rz Ry Rx."""
    scale = np.cos(first[0] * np.pi / 180)
    x = scale * record[1] * np.pi * 6378137 / 180
    y = scale * 6378137 * np.log(np.tan((90 + record[0]) * np.pi / 360))
    roll, pitch, yaw = record[3:6]
    rx = np.array([[1, 0, 0], [0, np.cos(roll), -np.sin(roll)], [0, np.sin(roll), np.cos(roll)]])
    ry = np.array([[np.cos(pitch), 0, np.sin(pitch)], [0, 1, 0], [-np.sin(pitch), 0, np.cos(pitch)]])
    rz = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    return np.vstack([np.column_stack([rz @ ry @ rx, [x, y, record[2]]]), [0, 0, 0, 1]])


def scan(tree: Path, frame: int) -> Doubles:
    path = tree / DATE / DRIVE / "velodyne_points" / "data" / f"{frame:010d}.bin"
    return np.fromfile(path, "<f4").reshape(-1, 4).astype(float)


def deskewed(tree: Path, frame: int) -> Doubles:
    """The points of a scan moved by vf, vl, vu and wx, wy, wz for t = -azimuth / 2 pi * 0.1 s, to first order."""
    record, points = oxts(tree, frame), scan(tree, frame)[:, :3]
    time_s = -np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi) * 0.1
    imu_from_lidar = np.linalg.inv(rigid(calibration(tree / DATE / "calib_imu_to_velo.txt")))
    in_imu = points @ imu_from_lidar[:3, :3].T + imu_from_lidar[:3, 3]
    pose, level = devkit_pose(record, record)[:3, :3], devkit_pose(record * (np.arange(30) == 5), record)[:3, :3]
    velocity = pose.T @ level @ record[8:11]
    moved = in_imu + time_s[:, None] * (velocity + np.cross(record[17:20], in_imu))
    back = np.linalg.inv(imu_from_lidar)
    return moved @ back[:3, :3].T + back[:3, 3]


def drawn(
    matrix: Doubles, points: Doubles, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Doubles]:
    u, v, w = matrix @ np.column_stack([points, np.ones(len(points))]).T
    u, v, w = u[w > 0.3], v[w > 0.3], w[w > 0.3]
    column, row = np.floor(u / w + 0.5).astype(int), np.floor(v / w + 0.5).astype(int)
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    return row[inside], column[inside], w[inside]


def test_every_file_of_kittis_layout_is_there(tree: Path) -> None:
    names = digest(tree)
    for drive in (f"{DATE}_drive_0001_sync", f"{DATE}_drive_0002_sync"):
        for frame in range(3):
            for path in ("image_02/data/{}.png", "velodyne_points/data/{}.bin", "oxts/data/{}.txt"):
                assert f"{DATE}/{drive}/{path.format(f'{frame:010d}')}" in names
            for kind in ("velodyne_raw", "groundtruth", "groundtruth_dense"):
                assert f"train/{drive}/proj_depth/{kind}/image_02/{frame:010d}.png" in names
        for sensor in ("image_02", "velodyne_points", "oxts"):
            stamps = (tree / DATE / drive / sensor / "timestamps.txt").read_text().splitlines()
            assert [s[17:23] for s in stamps] == ["00.000", "00.100", "00.200"]
            assert all(len(s) == len("2011-09-26 13:02:25.594360375") for s in stamps)
    note = json.loads((tree / NOTE_FILE).read_text())
    assert note["settings"]["seed"] == 5
    assert len(note["elevation_deg"]) == 64


def test_the_line_sidecar_tells_the_lines_that_azimuth_wraps_give(tree: Path) -> None:
    for frame in range(3):
        points = scan(tree, frame)
        line = np.fromfile(tree / DATE / DRIVE / "velodyne_points" / "line" / f"{frame:010d}.bin", "<i2")
        azimuth = np.mod(np.arctan2(points[:, 1], points[:, 0]), 2 * np.pi)
        np.testing.assert_array_equal(np.concatenate([[0], np.cumsum(np.diff(azimuth) < -np.pi)]), line)
        assert 0 <= points[:, 3].min() <= points[:, 3].max() < 1


def test_every_point_has_a_label_of_what_it_lies_on(tree: Path) -> None:
    """Points labelled as road lie where the road is: below the lidar, and nothing else labelled is mostly there."""
    for frame in range(3):
        points = scan(tree, frame)
        label = np.fromfile(tree / DATE / DRIVE / "velodyne_points" / "labels" / f"{frame:010d}.label", "<u4")
        assert len(label) == len(points)
        road = points[label == 40]
        assert len(road) > 1000
        near = np.hypot(road[:, 0], road[:, 1]) < 10
        assert np.abs(np.median(road[near, 2]) + 1.7) < 0.4
        assert len(np.unique(label)) > 5


def test_pngs_hold_metres_times_256(tree: Path) -> None:
    picture = io.read_image_png_u8(str(tree / DATE / DRIVE / "image_02" / "data" / "0000000000.png"), "rgb")
    assert picture.shape == (94, 310, 3)
    dense, sparse, truth = (depth_m(tree, k, 1) for k in ("groundtruth_dense", "velodyne_raw", "groundtruth"))
    assert (dense > 0).mean() > 0.5
    assert 0.02 < (sparse > 0).mean() < (truth > 0).mean() < (dense > 0).mean()
    assert dense.max() <= TINY.max_range_m
    both = (truth > 0) & (dense > 0)
    assert np.median(np.abs(truth - dense)[both] / dense[both]) < 0.01
    assert (truth <= sparse)[(truth > 0) & (sparse > 0)].all()  # the nearest point of any scan, as KITTI's


def test_oxts_through_the_devkits_formula_give_the_true_poses(tree: Path) -> None:
    drive = Drive(TINY, 0, TINY.frames * TINY.frame_period_s)
    first = oxts(tree, 0)
    to_first = np.linalg.inv(devkit_pose(first, first))
    true_first = np.linalg.inv(drive.trajectory.at(0.0).world_from_imu)
    for frame in range(3):
        record = oxts(tree, frame)
        assert record.shape == (30,)
        true = true_first @ drive.trajectory.at(frame * 0.1).world_from_imu
        np.testing.assert_allclose(to_first @ devkit_pose(record, first), true, atol=1e-4)
    moved = (to_first @ devkit_pose(oxts(tree, 2), first))[:3, 3]
    assert np.linalg.norm(moved) == pytest.approx(np.linalg.norm(oxts(tree, 1)[8:11]) * 0.2, rel=0.02)


def test_deskewed_scans_meet_velodyne_raw_and_raw_ones_do_not(tree: Path) -> None:
    matrix, sparse = velo_to_image(tree), depth_m(tree, "velodyne_raw", 1)
    row, column, w = drawn(matrix, deskewed(tree, 1), sparse.shape)
    hit = sparse[row, column] > 0
    assert hit.mean() > 0.97
    assert np.median(np.abs(sparse[row, column] - w)[hit]) < 0.005
    row, column, w = drawn(matrix, scan(tree, 1)[:, :3], sparse.shape)
    assert (np.abs(sparse[row, column] - w) < 0.005).mean() < 0.7


def test_neighbouring_scans_placed_by_oxts_meet_the_dense_depth(tree: Path) -> None:
    imu_to_lidar = rigid(calibration(tree / DATE / "calib_imu_to_velo.txt"))
    first, dense = oxts(tree, 0), depth_m(tree, "groundtruth_dense", 2)
    here = imu_to_lidar @ np.linalg.inv(devkit_pose(oxts(tree, 2), first))
    there = devkit_pose(oxts(tree, 0), first) @ np.linalg.inv(imu_to_lidar)
    points = deskewed(tree, 0)
    motion = here @ there
    row, column, w = drawn(velo_to_image(tree), points @ motion[:3, :3].T + motion[:3, 3], dense.shape)
    known = dense[row, column] > 0
    error = np.abs(dense[row, column] - w)[known]
    assert np.median(error / w[known]) < 0.01
    # the rest is hidden here or drives on: on real KITTI frames 73 to 85 % agree
    assert (error < 0.1 + 0.05 * w[known]).mean() > 0.7


def test_one_seed_gives_the_same_bytes_and_another_does_not(tree: Path, tmp_path: Path) -> None:
    write_drives(tmp_path / "same", TINY)
    assert digest(tmp_path / "same") == digest(tree)
    other = SimulateSettings(seed=4, frames=1, image_height=30, image_width=100, azimuth_step_deg=4.0)
    write_drives(tmp_path / "other", other)
    scans = digest(tmp_path / "other" / DATE / DRIVE / "velodyne_points" / "data")
    assert not set(scans.values()) & set(digest(tree).values())


def test_a_still_sweep_needs_no_deskewing(tmp_path: Path) -> None:
    still = SimulateSettings(
        seed=3, frames=1, image_height=94, image_width=310, azimuth_step_deg=1.0, rolling_sweep=False
    )
    write_drives(tmp_path / "still", still)
    sparse = depth_m(tmp_path / "still", "velodyne_raw", 0)
    row, column, w = drawn(velo_to_image(tmp_path / "still"), scan(tmp_path / "still", 0)[:, :3], sparse.shape)
    assert (sparse[row, column] > 0).all()
    assert (np.abs(sparse[row, column] - w) < 0.003).mean() > 0.95


def test_a_taken_place_is_refused_and_left_alone(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="taken"):
        write_drives(taken, TINY)
    assert [p.name for p in tmp_path.rglob("*")] == ["taken", "mine.txt"]


def test_a_broken_write_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_drives(tmp_path / "out", TINY, stop)
    assert list(tmp_path.iterdir()) == []
