"""The object and odometry layouts on real and made frames."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.kitti_trees import (
    CAMERA_FROM_LIDAR,
    CAMERA_MATRIX,
    SIZE,
    Street,
    draw,
    numbers,
    still_scan,
    write_image,
    write_scan,
)


def test_real_object_frames(shared_data: Path) -> None:
    data = open_dataset(shared_data / "kitti_object")
    assert isinstance(data, Dataset)
    assert (data.layout, data.n_lines, data.ground_truth) == ("kitti_object", 64, "scan")
    assert list(data.frame_ids) == ["training/000000", "training/000002"]
    assert [data.frame(i).size for i in range(2)] == [(370, 1224), (375, 1242)]
    frame = data.frame(1)
    assert frame.image is not None
    np.testing.assert_array_equal(frame.ground_truth_m, frame.points.draw(*frame.size))
    assert open_dataset(shared_data / "kitti_object/training").fingerprint


def test_object_frames_have_no_neighbours(shared_data: Path) -> None:
    with pytest.raises(BadInputError, match="no frame has two neighbouring scans"):
        open_dataset(shared_data / "kitti_object", ReadOptions(ground_truth="accumulated"))


def test_a_data_set_cropped_to_the_camera(shared_data: Path, tmp_path: Path) -> None:
    real = shared_data / "kitti_object/training"
    training = tmp_path / "training"
    for kind in ("velodyne", "image_2", "calib"):
        (training / kind).mkdir(parents=True)
    shutil.copy(shared_data / "edge_cases/kitti_object_000008_cropped_to_camera.bin", training / "velodyne/000008.bin")
    shutil.copy(real / "image_2/000002.png", training / "image_2/000008.png")
    shutil.copy(real / "calib/000002.txt", training / "calib/000008.txt")
    data = open_dataset(tmp_path)
    assert (data.n_lines, data.sensor, data.problems) == (46, "46-line lidar", [])
    assert (data.frame(0).points.count_by_line(46) > 0).all()


def test_a_cropped_scan_may_miss_lines(shared_data: Path, tmp_path: Path) -> None:
    """Its lines are numbered by elevation; a crop that misses many is damaged."""
    real = shared_data / "kitti_object/training"
    cropped = np.fromfile(shared_data / "edge_cases/kitti_object_000008_cropped_to_camera.bin", "<f4").reshape(-1, 4)
    turn = np.mod(np.arctan2(cropped[:, 1], cropped[:, 0]), 2 * np.pi)
    line = np.concatenate([[0], np.cumsum(np.diff(turn) < -0.1)])
    assert line.max() == 45
    cuts = {1: line >= 0, 2: line >= 2, 3: line < 43, 4: line < 30}
    for kind in ("velodyne", "image_2", "calib"):
        (tmp_path / "training" / kind).mkdir(parents=True)
    for number, kept in cuts.items():
        name = f"{number:06d}"
        cropped[kept].tofile(tmp_path / "training/velodyne" / f"{name}.bin")
        shutil.copy(real / "image_2/000002.png", tmp_path / "training/image_2" / f"{name}.png")
        shutil.copy(real / "calib/000002.txt", tmp_path / "training/calib" / f"{name}.txt")
    data = open_dataset(tmp_path)
    assert data.n_lines == 46
    for index, kept in enumerate(list(cuts.values())[:3]):
        scan = data.scan(index)
        assert scan is not None
        np.testing.assert_array_equal(scan.line, line[kept])
    assert [(p.path.stem, p.message) for p in data.problems] == [("000004", "has 30 lines where the data set has 46")]


def test_a_missing_object_calibration_is_named(shared_data: Path, tmp_path: Path) -> None:
    shutil.copytree(shared_data / "kitti_object", tmp_path / "object")
    (tmp_path / "object/training/calib/000002.txt").unlink()
    with pytest.raises(BadInputError, match=r"calib/000002\.txt: calibration file is missing"):
        open_dataset(tmp_path / "object")


def write_odometry(root: Path, street: Street, frames: int = 6, poses: str | None = "beside") -> Path:
    """Sequence 07: scans freed of motion, as KITTI's odometry has them, and camera poses."""
    folder = root / "sequences/07"
    for frame in range(frames):
        write_scan(folder / "velodyne" / f"{frame:06d}.bin", still_scan(street, frame))
        write_image(folder / "image_2" / f"{frame:06d}.png", seed=frame)
    rows = [f"P{i}: {numbers(CAMERA_MATRIX)}" for i in range(4)] + [f"Tr: {numbers(CAMERA_FROM_LIDAR[:3])}"]
    (folder / "calib.txt").write_text("\n".join(rows) + "\n")
    lidar_from_camera = np.linalg.inv(CAMERA_FROM_LIDAR)
    lines = []
    for frame in range(frames):
        moved = np.eye(4)
        moved[0, 3] = street.speed_mps * 0.1 * frame
        lines.append(numbers((CAMERA_FROM_LIDAR @ moved @ lidar_from_camera)[:3]))
    if poses is not None:
        path = folder / "poses.txt" if poses == "inside" else root / "poses/07.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("poses", ["inside", "beside"])
def test_odometry_accumulates_with_its_poses(tmp_path: Path, poses: str) -> None:
    street = Street(speed_mps=8.0)
    write_odometry(tmp_path, street, poses=poses)
    data = open_dataset(tmp_path)
    assert (data.layout, data.n_lines, data.ground_truth, len(data)) == ("kitti_odometry", 16, "accumulated", 6)
    assert any("poses.txt" in note for note in data.notes)
    frame = data.frame(2)
    np.testing.assert_allclose(frame.points.draw(*SIZE), draw(still_scan(street, 2).astype(np.float32)), atol=1e-4)
    assert frame.ground_truth_m is not None
    exact = street.depth(2)
    there = (frame.ground_truth_m > 0) & (exact > 0)
    assert (np.abs(frame.ground_truth_m - exact)[there] < 0.03 * exact[there]).mean() > 0.97
    assert there.sum() > 2 * len(frame.points)


def test_one_sequence_alone(tmp_path: Path) -> None:
    folder = write_odometry(tmp_path, Street())
    assert list(open_dataset(folder).frame_ids) == [f"07/{n:06d}" for n in range(6)]


def test_too_few_poses_are_refused(tmp_path: Path) -> None:
    write_odometry(tmp_path, Street())
    path = tmp_path / "poses/07.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:3]))
    with pytest.raises(BadInputError, match="has 3 poses where the scans are numbered up to 5"):
        open_dataset(tmp_path)


def test_a_missing_odometry_calibration_is_named(tmp_path: Path) -> None:
    (write_odometry(tmp_path, Street()) / "calib.txt").unlink()
    with pytest.raises(BadInputError, match=r"calib\.txt: calibration file is missing"):
        open_dataset(tmp_path)
