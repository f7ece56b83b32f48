"""frames.csv: any layout by naming its files, for sensors of any number of lines."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.parts.calibration_yaml import read_yaml_calibration
from lidarsel.datasets.registry import open_dataset
from tests.support.commands import lidarsel, succeeded
from tests.support.quick import slow_but
from tests.support.sensor_frames import (
    SIZE,
    Sensor,
    sensor,
    write_frames_csv,
    write_kitti_calibration,
    write_yaml_calibration,
)

SENSORS = [(16, ".kitti.bin"), (32, ".sweep.bin"), (64, ".pcd"), (128, ".ply")]


def assert_lines_are_true(data: Dataset, made: Sensor) -> None:
    assert data.n_lines == made.n_lines
    np.testing.assert_allclose(data.elevation_deg, made.elevation_deg, atol=0.05)
    for index, moment in enumerate(made.moments):
        frame = data.frame(index)
        np.testing.assert_array_equal(frame.points.count_by_line(made.n_lines), made.points_per_line(moment))
        np.testing.assert_allclose(frame.points.draw(*SIZE), made.sparse(moment), atol=1e-3)
        np.testing.assert_array_equal(frame.image, moment.image)


@pytest.mark.parametrize(("n_lines", "suffix"), SENSORS)
def test_every_scan_format(tmp_path: Path, n_lines: int, suffix: str) -> None:
    made = sensor(n_lines)
    data = open_dataset(write_frames_csv(tmp_path, made, suffix).parent)
    assert isinstance(data, Dataset)
    assert (data.layout, data.sensor, data.ground_truth) == ("frames_csv", f"{n_lines}-line lidar", "official")
    assert list(data.frame_ids) == ["street/000010", "street/000011", "street/000012"]
    assert data.problems == []
    assert_lines_are_true(data, made)
    truth = data.frame(1).ground_truth_m
    assert truth is not None
    np.testing.assert_allclose(truth, np.where(made.moments[1].dense_m < 250, made.moments[1].dense_m, 0), atol=1 / 256)


@pytest.mark.parametrize(("n_lines", "suffix"), [SENSORS[0], SENSORS[3]])
def test_inspect_tells_what_is_in_it(tmp_path: Path, n_lines: int, suffix: str) -> None:
    made = sensor(n_lines)
    path = write_frames_csv(tmp_path / "log", made, suffix)
    told = json.loads(succeeded(lidarsel("inspect", path, "--json")))
    assert (told["layout"], told["n_lines"], told["n_frames"]) == ("frames_csv", n_lines, 3)
    assert told["lines_per_frame"] == [n_lines, n_lines]
    expected = np.mean([made.points_per_line(moment) for moment in made.moments], axis=0)
    np.testing.assert_allclose(told["points_per_line"], expected)
    assert told["lines_in_image"] == np.flatnonzero(expected).tolist()
    assert (told["ground_truth"], told["problems"]) == ("official", [])


@pytest.mark.parametrize("n_lines", slow_but([128], [128, 16]))
def test_a_run_assumes_no_number_of_lines(tmp_path: Path, n_lines: int) -> None:
    write_frames_csv(tmp_path / "log", sensor(n_lines), ".sweep.bin")
    budget = n_lines // 4
    small = [
        "--network",
        "nearest",
        "--evaluations",
        str(3 * n_lines + 40),
        "--methods",
        "spaced",
        "--method",
        "shapley",
    ]
    done = lidarsel("run", "log", "-k", budget, *small, "--json", cwd=tmp_path)
    report = json.loads(succeeded(done))
    assert (report["n_lines"], len(report["elevation_deg"])) == (n_lines, n_lines)
    rows = {row["method"]: row["lines"] for row in report["rows"]}
    assert rows["all"] == list(range(n_lines))
    for method in ("spaced", "shapley"):
        assert len(rows[method]) == budget
        assert set(rows[method]) <= set(range(n_lines))
    (page,) = tmp_path.glob("runs/*/report.html")
    assert f"{n_lines}-line lidar" in page.read_text()


def test_depth_images_with_scans(tmp_path: Path) -> None:
    """Pixels come from the depth image, their lines from the scan that it was made of."""
    made = sensor(32)
    data = open_dataset(write_frames_csv(tmp_path, made, ".pcd", with_depth=True))
    assert (data.layout, data.n_lines, data.ground_truth) == ("frames_csv", 32, "official")
    row, column, depth, line = made.pixels(made.moments[0])
    nearest = np.full((*SIZE,), -1)
    for i in np.argsort(-depth):
        nearest[row[i], column[i]] = line[i]
    points = data.frame(0).points
    assert len(points) == (nearest >= 0).sum()
    assert (points.line == nearest[points.row, points.column]).mean() > 0.99


def test_depth_images_alone(tmp_path: Path) -> None:
    """Without scans only lines in the image can be told, from the geometry of the depth images."""
    made = sensor(16)
    path = write_frames_csv(tmp_path, made, ".kitti.bin", with_depth=True)
    names = [line.split(",") for line in path.read_text().splitlines()]
    keep = [names[0].index(name) for name in ("depth", "ground_truth", "calibration")]
    path.write_text("\n".join(",".join(cells[i] for i in keep) for cells in names) + "\n")
    data = open_dataset(path)
    seen = np.flatnonzero(sum(made.points_per_line(moment) for moment in made.moments))
    assert abs(data.n_lines - len(seen)) <= 1
    assert data.scan(0) is None
    assert data.ground_truth == "official"
    assert data.frame(0).ground_truth_m is not None


def test_poses_accumulate_neighbours(tmp_path: Path) -> None:
    made = sensor(32, frames=4)
    data = open_dataset(write_frames_csv(tmp_path, made, ".ply", with_truth=False, with_pose=True))
    assert (data.ground_truth, len(data)) == ("accumulated", 4)
    frame, exact = data.frame(1), made.moments[1].dense_m
    assert frame.ground_truth_m is not None
    there = (frame.ground_truth_m > 0) & (exact > 0)
    assert there.sum() > 1.5 * (frame.points.draw(*SIZE) > 0).sum()
    assert np.median(np.abs(frame.ground_truth_m - exact)[there]) < 0.1
    assert open_dataset(tmp_path, ReadOptions(ground_truth="scan")).ground_truth == "scan"


def test_frames_are_in_time_order_and_drives_apart(tmp_path: Path) -> None:
    path = write_frames_csv(tmp_path, sensor(16), ".kitti.bin", with_truth=False)
    header, *rows = path.read_text().splitlines()
    other = [row.replace("street", "square") for row in rows]
    path.write_text("\ufeff" + "\n".join([header, rows[2], other[1], rows[0], "", rows[1], other[0]]) + "\n", "utf-8")
    data = open_dataset(path)
    assert list(data.frame_ids) == [f"street/{n:06d}" for n in (10, 11, 12)] + [f"square/{n:06d}" for n in (10, 11)]
    assert list(data.drives) == ["street"] * 3 + ["square"] * 2
    assert data.ground_truth == "scan"


def test_calibration_of_kitti(tmp_path: Path) -> None:
    made = sensor(16)
    path = write_frames_csv(tmp_path, made, ".kitti.bin")
    write_kitti_calibration(tmp_path / "calib.txt", made.calibration)
    path.write_text(path.read_text().replace("rig.yaml", "calib.txt"))
    assert_lines_are_true(open_dataset(path), made)


def test_a_calibration_that_has_changed_is_read_anew(table: Path) -> None:
    before = open_dataset(table).frame(0)
    moved = replace(sensor(16).calibration, camera_matrix=sensor(16).calibration.camera_matrix * [[2.0], [1], [1]])
    write_yaml_calibration(table.parent / "rig.yaml", moved)
    assert len(open_dataset(table).frame(0).points) < len(before.points)


def test_the_fingerprint_follows_table_and_files(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_dataset(table).fingerprint
    assert open_dataset(table.parent).fingerprint == before
    monkeypatch.chdir(table.parent)
    assert open_dataset(Path()).fingerprint == before
    table.write_text(table.read_text().replace(",street,", ",road,"))
    renamed = open_dataset(table).fingerprint
    (table.parent / "truth/1.png").write_bytes((table.parent / "truth/0.png").read_bytes())
    assert len({before, renamed, open_dataset(table).fingerprint}) == 3


def test_the_example_in_the_readme_is_a_calibration(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "datasets/README.md").read_text()
    example = page.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "calibration.yaml").write_text(example)
    calibration, size = read_yaml_calibration(tmp_path / "calibration.yaml")
    assert size == (375, 1242)
    ahead = calibration.image_from_lidar @ [10.27, 0, 0.08, 1]
    np.testing.assert_allclose(ahead, [6096, 1729 - 721.5 * 0.16, 10], atol=1e-6)


def test_a_real_nuscenes_sweep(shared_data: Path, tmp_path: Path) -> None:
    """34,688 points of rings 0..31, numbered from the lowest; the camera here is made up."""
    sweeps = list((shared_data / "nuscenes_sweep").glob("*.bin"))
    if not sweeps:
        pytest.skip("no nuScenes sweep in ../shared/data")
    made = sensor(16)
    # nuScenes has x to the right, y forward
    turn = np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    calibration = type(made.calibration)(made.calibration.camera_from_lidar @ turn, made.calibration.camera_matrix)
    write_yaml_calibration(tmp_path / "rig.yaml", calibration)
    (tmp_path / "sweep.bin").write_bytes(sweeps[0].read_bytes())
    (tmp_path / "frames.csv").write_text("scan,scan_format,calibration\nsweep.bin,nuscenes,rig.yaml\n")
    told = json.loads(succeeded(lidarsel("inspect", tmp_path, "--json")))
    assert (told["n_lines"], told["ground_truth"], told["has_images"]) == (32, "scan", False)
    table = np.fromfile(sweeps[0], "<f4").reshape(-1, 5)
    elevation = np.degrees(np.arctan2(table[:, 2], np.hypot(table[:, 0], table[:, 1])))
    expected = [np.median(elevation[(table[:, 4] == 31 - line)]) for line in range(32)]
    np.testing.assert_allclose(told["elevation_deg"], expected, atol=0.1)
    assert len(told["lines_in_image"]) > 10
