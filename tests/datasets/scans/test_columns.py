"""Columns of .bin scans: told by their statistics, whatever the order of points, or by the user."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.columns import KITTI_COLUMNS, find_columns
from lidarsel.errors import BadInputError
from lidarsel.frame import Scan
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.sensor_frames import Sensor, sensor, write_image, write_kitti_calibration

MADE = sensor(32)


def rows(scan: Scan, columns: str) -> NDArray[np.float32]:
    """float32 (N, columns): ring counts from the lowest, as most drivers have it."""
    random = np.random.default_rng(0)
    n = len(scan.xyz_m)
    named = {
        **dict(zip("xyz", scan.xyz_m.T, strict=True)),
        "intensity": random.random(n),
        "grey": random.integers(0, 256, n),
        "ring": MADE.n_lines - 1 - scan.line,
        "time": np.linspace(0, 0.1, n),
        "return": random.integers(1, 3, n),
    }
    return np.stack([named[name] for name in columns.split(",")], 1).astype("<f4")


def write_sequence(folder: Path, made: Sensor, columns: str, shuffled: bool = False) -> Path:
    """KITTI's odometry layout."""
    for i, moment in enumerate(made.moments):
        table = rows(moment.scan, columns)
        scan = folder / f"sequences/00/velodyne/{i:06d}.bin"
        scan.parent.mkdir(parents=True, exist_ok=True)
        (np.random.default_rng(i).permutation(table) if shuffled else table).tofile(scan)
        write_image(folder / f"sequences/00/image_2/{i:06d}.png", moment.image)
    write_kitti_calibration(folder / "sequences/00/calib.txt", made.calibration)
    return folder


@settings(max_examples=20, deadline=None)
@given(
    columns=st.sampled_from(
        [
            "x,y,z",
            "x,y,z,intensity",
            "x,y,z,grey",
            "x,y,z,intensity,ring",
            "x,y,z,ring,intensity",
            "x,y,z,ring",
            "x,y,z,grey,ring",
            "x,y,z,intensity,time",
            "x,y,z,intensity,ring,time",
            "x,y,z,grey,return,ring",
        ]
    ),
    shuffled=st.booleans(),
    no_return=st.sampled_from([0.0, 0.4]),
)
def test_columns_are_told(
    tmp_path_factory: pytest.TempPathFactory, columns: str, shuffled: bool, no_return: float
) -> None:
    table, random = rows(MADE.moments[0].scan, columns), np.random.default_rng(1)
    if shuffled:
        table = random.permutation(table)
    table[random.random(len(table)) < no_return] = 0
    path = tmp_path_factory.mktemp("bin") / "0.bin"
    table.tofile(path)
    found = find_columns([path], None)
    names = columns.split(",")
    assert len(found.names) == len(names)
    assert found.names[:3] == ("x", "y", "z")
    assert found.has_ring == ("ring" in names)
    if found.has_ring:
        assert found.names.index("ring") == names.index("ring")


def test_real_scans_are_kitti_s(shared_data: Path) -> None:
    for path in sorted([*shared_data.glob("edge_cases/*.bin"), *shared_data.glob("kitti_object/**/*.bin")]):
        assert find_columns([path], None) == KITTI_COLUMNS
    (sweep,) = (shared_data / "nuscenes_sweep").glob("*.bin")
    assert find_columns([sweep], None).names == ("x", "y", "z", "intensity", "ring")


def test_too_few_points_and_missing_files_are_kitti_s(tmp_path: Path) -> None:
    (tmp_path / "0.bin").write_bytes(bytes(1600))
    assert find_columns([tmp_path / "0.bin", tmp_path / "1.bin"], None) == KITTI_COLUMNS


@pytest.mark.parametrize("columns", ["x,y,z", "x,y,z,intensity,ring", "x,y,z,grey,time,ring"])
def test_a_sequence_has_the_same_lines_whatever_its_columns(tmp_path: Path, columns: str) -> None:
    ringed = "ring" in columns
    data = open_dataset(write_sequence(tmp_path, MADE, columns, shuffled=ringed), ReadOptions("scan"))
    assert data.n_lines == 32
    assert data.problems == []
    assert any("columns are read as x,y,z" in note for note in data.notes)
    for index, moment in enumerate(MADE.moments):
        counted = data.frame(index).points.count_by_line(32)
        np.testing.assert_array_equal(counted, MADE.points_per_line(moment))


def test_a_file_of_another_length_is_refused(tmp_path: Path) -> None:
    write_sequence(tmp_path, MADE, "x,y,z,intensity,ring")
    last = tmp_path / "sequences/00/velodyne/000002.bin"
    last.write_bytes(last.read_bytes()[:-4])
    assert_refused(lidarsel("evaluate", tmp_path, "--lines", "none.yaml"), "none.yaml")
    (problem,) = open_dataset(tmp_path, ReadOptions("scan")).problems
    assert problem.path == last
    assert "no multiple of 20" in problem.message


def test_two_columns_that_could_be_the_ring_are_to_be_named(tmp_path: Path) -> None:
    write_sequence(tmp_path, MADE, "x,y,z,ring,ring")
    assert_refused(lidarsel("inspect", tmp_path), "000000.bin", "2 could be the ring", "--scan-columns x,y,z")
    told = succeeded(lidarsel("inspect", tmp_path, "--scan-columns", "x,y,z,ring,other", "--ground-truth", "scan"))
    assert "32 lines" in told
    assert_refused(lidarsel("inspect", tmp_path, "--scan-columns", "x,y,ring"), "--scan-columns", "lacks z")
    assert_refused(lidarsel("inspect", tmp_path, "--ring-field", "ring"), "leave --ring-field out")


def test_columns_that_are_no_points_are_to_be_named(tmp_path: Path) -> None:
    write_sequence(tmp_path, MADE, "time,time,time,x,y,z,ring")
    assert_refused(lidarsel("inspect", tmp_path), "000000.bin", "7 columns", "--scan-columns")


@pytest.mark.parametrize("columns", ["x,y,z", "x,y,z,intensity", "x,y,z,intensity,ring", "x,y,z,intensity,ring,time"])
def test_float64_is_refused_as_that(tmp_path: Path, columns: str) -> None:
    """It was told as rows of 8 columns, and named ones did not help."""
    path = tmp_path / "0.bin"
    rows(MADE.moments[0].scan, columns).astype("<f8").tofile(path)
    with pytest.raises(BadInputError, match=r"0\.bin: holds float64 numbers.*write it as float32"):
        find_columns([path], None)


def test_a_log_with_rings_is_thinned_to_the_byte(tmp_path: Path) -> None:
    data, chosen = write_sequence(tmp_path / "data", MADE, "x,y,z,intensity,ring", shuffled=True), [3, 9, 20]
    lines = write_lines(tmp_path / "lines.yaml", chosen, MADE.elevation_deg.tolist())
    succeeded(lidarsel("apply", data, "--lines", lines, "-o", tmp_path / "thin"))
    name = "sequences/00/velodyne/000001.bin"
    whole = np.fromfile(data / name, "<f4").reshape(-1, 5)
    kept = whole[np.isin(31 - whole[:, 4], chosen)]
    assert (tmp_path / "thin" / name).read_bytes() == kept.tobytes()
    thin = open_dataset(tmp_path / "thin", ReadOptions("scan"))
    expected = np.where(np.isin(np.arange(32), chosen), MADE.points_per_line(MADE.moments[1]), 0)
    np.testing.assert_array_equal(thin.frame(1).points.count_by_line(32), expected)


def test_a_scan_too_small_to_tell_its_columns_has_those_of_its_folder(tmp_path: Path) -> None:
    """As when it is read: taken alone it would be four columns, and other points."""
    data = write_sequence(tmp_path / "data", MADE, "x,y,z,intensity,ring", shuffled=True)
    small = max((data / "sequences/00/velodyne").iterdir())
    few = np.fromfile(small, "<f4").reshape(-1, 5)
    few = np.concatenate([few[few[:, 4] == ring][:12] for ring in range(32)])
    few.tofile(small)
    assert find_columns([small], None) == KITTI_COLUMNS
    lines = write_lines(tmp_path / "lines.yaml", [3, 9], MADE.elevation_deg.tolist())
    succeeded(lidarsel("apply", data, "--lines", lines, "-o", tmp_path / "thin"))
    kept = np.fromfile(tmp_path / "thin/sequences/00/velodyne" / small.name, "<f4").reshape(-1, 5)
    np.testing.assert_array_equal(kept, few[np.isin(31 - few[:, 4], [3, 9])])


def test_a_scan_in_a_camera_s_axes_is_named(tmp_path: Path) -> None:
    write_sequence(tmp_path, MADE, "x,y,z,intensity")
    for path in (tmp_path / "sequences/00/velodyne").iterdir():
        x, y, z, intensity = np.fromfile(path, "<f4").reshape(-1, 4).T
        np.stack([-y, -z, x, intensity], 1).tofile(path)
    assert_refused(lidarsel("inspect", tmp_path), "000000.bin", "is in a camera's axes", "lidar's own axes")


def test_lines_that_share_no_elevation_are_refused(tmp_path: Path) -> None:
    """A rosette, as of a lidar that does not spin: neighbours are near, but what is counted are no lines."""
    write_sequence(tmp_path, MADE, "x,y,z,intensity")
    t = np.linspace(0, 400 * np.pi, 40_000)
    azimuth, elevation = 0.6 * np.sin(1.7 * t), 0.4 * np.sin(t)
    flat = 20 * np.cos(elevation)
    table = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), 20 * np.sin(elevation), t], 1).astype("<f4")
    for path in (tmp_path / "sequences/00/velodyne").iterdir():
        table.tofile(path)
    with pytest.raises(BadInputError, match=r"share no elevation|in no scan order"):
        open_dataset(tmp_path, ReadOptions("scan", skip_bad=True))
