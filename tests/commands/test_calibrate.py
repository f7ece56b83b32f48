"""`lidarsel calibrate` and --sensor: data whose scans are shuffled is read as the same data in scan order is."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from lidarsel.contracts import read_contract
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.geometry.unordered import LaserCones
from lidarsel.sensor_file import SensorFile
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.kitti_trees import (
    CAMERA_FROM_LIDAR,
    CAMERA_MATRIX,
    ELEVATIONS_DEG,
    SIZE,
    Street,
    write_depth_tree,
    write_image,
    write_raw_tree,
)

FRAMES = 4


def scans_of(tree: Path) -> list[Path]:
    return sorted(tree.glob("*/*/velodyne_points/data/*.bin"))


def shuffle(path: Path, seed: int) -> None:
    points = np.fromfile(path, "<f4").reshape(-1, 4)
    np.random.default_rng(seed).permutation(points).tofile(path)


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ordered") / "tree"
    write_raw_tree(folder, FRAMES, Street())
    return folder


@pytest.fixture(scope="module")
def shuffled(ordered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(ordered, tmp_path_factory.mktemp("shuffled") / "tree")
    for seed, path in enumerate(scans_of(folder)):
        shuffle(path, seed)
    return folder


@pytest.fixture(scope="module")
def sensor(shuffled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sensor") / "sensor.yaml"
    said = succeeded(lidarsel("calibrate", shuffled, "-o", path))
    assert "16 lines" in said
    return path


def test_the_file_tells_the_sensor_and_what_it_was_made_of(sensor: Path, shuffled: Path) -> None:
    file = read_contract(sensor, SensorFile)
    assert np.abs(np.array(file.elevation_deg) - ELEVATIONS_DEG).max() < 0.1
    assert np.abs(file.height_m).max() < 0.05
    assert file.data == str(shuffled)
    assert file.command.startswith("lidarsel calibrate")
    assert len(file.frames) == FRAMES
    assert sum(file.points) == file.n_told > 0.999 * file.n_points
    assert file.n_points == sum(path.stat().st_size // 16 for path in scans_of(shuffled))


def test_shuffled_frames_are_those_of_scan_order(ordered: Path, shuffled: Path, sensor: Path) -> None:
    cones = read_contract(sensor, SensorFile).cones()
    told = open_dataset(shuffled, ReadOptions("scan", sensor=cones))
    known = open_dataset(ordered, ReadOptions("scan"))
    assert told.n_lines == known.n_lines == 16
    assert [note for note in told.notes if note.startswith("Lines come from the sensor's calibration")]
    for index in range(FRAMES):
        rows = [np.column_stack([s.xyz_m, s.line]) for d in (told, known) if (s := d.scan(index)) is not None]
        same = [rows_sorted(table) for table in rows]
        assert np.array_equal(same[0], same[1])


def rows_sorted(table: NDArray) -> NDArray:
    return table[np.lexsort(table.T)]


def test_the_calibration_enters_the_fingerprint(ordered: Path, sensor: Path, tmp_path: Path) -> None:
    content = yaml.safe_load(sensor.read_text())
    content["height_m"][3] += 0.001
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(content))
    kinds = [None, sensor, tmp_path / "other.yaml"]
    cones = [None if path is None else read_contract(path, SensorFile).cones() for path in kinds]
    prints = {open_dataset(ordered, ReadOptions("scan", sensor=one)).fingerprint for one in cones}
    assert len(prints) == 3


def test_without_sensor_the_refusal_names_the_command(shuffled: Path) -> None:
    said = lidarsel("shapley", shuffled, "--ground-truth", "scan")
    assert_refused(said, "no scan order", "lidarsel calibrate", "--sensor")


def test_json_and_another_run_give_the_same_file(shuffled: Path, sensor: Path, tmp_path: Path) -> None:
    answer = json.loads(succeeded(lidarsel("calibrate", shuffled, "-o", tmp_path / "again.yaml", "--json")))
    first, again = (yaml.safe_load(path.read_text()) for path in (sensor, tmp_path / "again.yaml"))
    assert answer == again
    assert {k: v for k, v in first.items() if k != "command"} == {k: v for k, v in again.items() if k != "command"}


def test_a_log_in_no_order_is_thinned(shuffled: Path, sensor: Path, tmp_path: Path) -> None:
    lines = tmp_path / "lines.yaml"
    seen = json.loads(succeeded(lidarsel("inspect", shuffled, "--ground-truth", "scan", "--sensor", sensor, "--json")))
    elevation = seen["elevation_deg"]
    chosen = {"lines": [2, 5], "line_elevation_deg": [elevation[2], elevation[5]], "budget": 2, "method": "by hand"}
    made = {"format_version": 1, "lidarsel_version": "0", "seed": 0, "network": "", "network_sha256": "", "command": ""}
    about = {"data": "", "data_fingerprint": "", "sensor": "", "n_lines": 16, "elevation_deg": elevation}
    lines.write_text(yaml.safe_dump({**made, **about, **chosen, "chosen_on_frames": []}))
    command = ["apply", shuffled, "--lines", lines, "-o", tmp_path / "thin"]
    assert_refused(lidarsel(*command), "no scan order")
    succeeded(lidarsel(*command, "--sensor", sensor))
    thin = open_dataset(tmp_path / "thin", ReadOptions("scan"))
    scan = thin.scan(0)
    assert scan is not None
    assert set(scan.line.tolist()) == {2, 5}
    assert np.abs(np.degrees(np.arctan2(scan.xyz_m[:, 2], np.hypot(*scan.xyz_m[:, :2].T)))).max() < 8


@pytest.fixture
def clouds(tmp_path: Path) -> Path:
    """A folder of one cloud without rings, of the street's scan 1."""
    import open3d as o3d

    xyz, _ = Street().scan(1)
    folder = tmp_path / "clouds"
    folder.mkdir()
    cloud = o3d.t.geometry.PointCloud(o3d.core.Tensor.from_numpy(xyz.astype(np.float32)))
    o3d.t.io.write_point_cloud(folder / "a.pcd", cloud)
    write_image(folder / "images" / "a.png")
    calibration = {
        "camera_matrix": CAMERA_MATRIX.tolist(),
        "camera_from_lidar": CAMERA_FROM_LIDAR.tolist(),
        "image_size": list(SIZE),
    }
    (folder / "calibration.yaml").write_text(yaml.safe_dump(calibration))
    return folder


def test_clouds_without_rings(sensor: Path, clouds: Path) -> None:
    with pytest.raises(BadInputError, match=r"ring.*lidarsel calibrate"):
        open_dataset(clouds)
    scan = open_dataset(clouds, ReadOptions("scan", sensor=read_contract(sensor, SensorFile).cones())).scan(0)
    assert scan is not None
    assert np.array_equal(scan.line, Street().scan(1)[1])


def test_clouds_without_rings_named_by_frames_csv(sensor: Path, clouds: Path) -> None:
    (clouds / "frames.csv").write_text("scan,image,calibration\na.pcd,images/a.png,calibration.yaml\n")
    with pytest.raises(BadInputError, match=r"a\.pcd.*ring.*lidarsel calibrate"):
        open_dataset(clouds / "frames.csv")
    cones = read_contract(sensor, SensorFile).cones()
    scan = open_dataset(clouds / "frames.csv", ReadOptions("scan", sensor=cones)).scan(0)
    assert scan is not None
    assert np.array_equal(scan.line, Street().scan(1)[1])


def test_clouds_without_rings_are_thinned(sensor: Path, clouds: Path, tmp_path: Path) -> None:
    file = read_contract(sensor, SensorFile)
    write_lines(tmp_path / "lines.yaml", (2, 5), file.elevation_deg)
    command = ["apply", clouds, "--lines", tmp_path / "lines.yaml", "-o", tmp_path / "thin"]
    assert_refused(lidarsel(*command), "a.pcd", "ring", "lidarsel calibrate")
    succeeded(lidarsel(*command, "--sensor", sensor))
    xyz, line = Street().scan(1)
    thin = open_dataset(tmp_path / "thin", ReadOptions("scan", sensor=file.cones())).scan(0)
    assert thin is not None
    np.testing.assert_allclose(thin.xyz_m, xyz[np.isin(line, (2, 5))], atol=1e-4)


def test_the_depth_benchmark_with_shuffled_scans(ordered: Path, shuffled: Path, sensor: Path, tmp_path: Path) -> None:
    """KITTI's depth completion tree beside its raw drives: the pixels get the lines that scan order gives them."""
    write_depth_tree(tmp_path, FRAMES, Street())
    cones = read_contract(sensor, SensorFile).cones()
    told = open_dataset(tmp_path, ReadOptions(raw=shuffled, sensor=cones))
    known = open_dataset(tmp_path, ReadOptions(raw=ordered))
    assert (told.layout, told.n_lines) == ("kitti_depth", known.n_lines)
    for index in range(len(known)):
        mine, other = (data.frame(index).points for data in (told, known))
        assert np.array_equal(mine.row, other.row)
        assert np.array_equal(mine.column, other.column)
        assert (mine.line == other.line).mean() > 0.999  # a pixel that two lines meet may go to either


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda c: c.update(elevation_deg=c["elevation_deg"][::-1]), "descend"),
        (lambda c: c.update(height_m=c["height_m"][1:]), "height_m"),
        (lambda c: c.update(tolerance_deg=0.0), "tolerance_deg"),
        (lambda c: c.update(extra=1), "extra"),
        (lambda c: c["elevation_deg"].__setitem__(0, float("inf")), "finite"),
    ],
)
def test_a_damaged_sensor_file_is_refused(sensor: Path, tmp_path: Path, spoil, said: str) -> None:  # type: ignore[no-untyped-def]
    content = yaml.safe_load(sensor.read_text())
    spoil(content)
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(BadInputError, match=rf"bad\.yaml.*{said}.*lidarsel calibrate"):
        read_contract(tmp_path / "bad.yaml", SensorFile)


def test_another_sensors_calibration_is_refused(shuffled: Path, sensor: Path) -> None:
    cones = read_contract(sensor, SensorFile).cones()
    other = LaserCones(cones.elevation_deg + 0.5, cones.height_m, cones.tolerance_deg)
    with pytest.raises(BadInputError, match=r"on no line.*lidarsel calibrate"):
        open_dataset(shuffled, ReadOptions("scan", sensor=other))


def test_scans_on_no_cones_are_refused_and_nothing_is_written(shuffled: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(shuffled, tmp_path / "moved")
    for path in scans_of(folder):
        points = np.fromfile(path, "<f4").reshape(-1, 4)
        points[:, 2] += 0.05 * points[:, 0]
        points.tofile(path)
    done = lidarsel("calibrate", folder, "-o", tmp_path / "sensor.yaml")
    assert_refused(done, folder, "lidar's own coordinates")
    assert not (tmp_path / "sensor.yaml").exists()
