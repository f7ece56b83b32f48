"""Which files of a log are thinned, and where they stand in the copy."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset, reader_of
from lidarsel.datasets.scans.thinned import RECORD
from lidarsel.errors import BadInputError
from lidarsel.thinning.log_files import log_files
from tests.fuzz.trees import bag, nuscenes, table
from tests.support.chosen_lines import write_lines
from tests.support.commands import assert_refused, lidarsel
from tests.support.kitti_trees import ELEVATIONS_DEG, Street, write_raw_tree
from tests.thinning.logs import files_of, thin


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_tree_a_day_and_a_drive_are_thinned_alike(raw: tuple[Path, Path], tmp_path: Path, level: int) -> None:
    drive, lines = raw
    data = [tmp_path / "raw", drive.parent, drive][level]
    thin(data, lines, tmp_path / "out")
    dataset = open_dataset(tmp_path / "out", ReadOptions("scan"))
    assert list(dataset.frame_ids) == list(open_dataset(data, ReadOptions("scan")).frame_ids)
    assert dataset.n_lines == 16
    xyz, line = Street().scan(1)
    scan = dataset.scan(1)
    assert scan is not None
    kept = np.isin(line, [2, 5, 6, 11])
    np.testing.assert_array_equal(scan.xyz_m, xyz[kept].astype(np.float32))
    np.testing.assert_array_equal(scan.line, line[kept])


def test_nothing_to_thin(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/readme.txt").write_text("nothing")
    lines = write_lines(tmp_path / "lines.yaml", [0], [1.0, 0.0])
    assert_refused(lidarsel("apply", tmp_path / "data", "--lines", lines, "-o", tmp_path / "out"), tmp_path / "data")
    assert not (tmp_path / "out").exists()


def test_a_sequence_alone_takes_its_poses_along(tmp_path: Path) -> None:
    drive = write_raw_tree(tmp_path / "raw", frames=2)
    sequence = tmp_path / "odometry/sequences/07"
    shutil.copytree(drive / "velodyne_points/data", sequence / "velodyne")
    (sequence / "calib.txt").write_text("P2: 0\n")
    (tmp_path / "odometry/poses").mkdir()
    (tmp_path / "odometry/poses/07.txt").write_text("1 0 0 0\n")
    lines = write_lines(tmp_path / "lines.yaml", [0, 8], ELEVATIONS_DEG.tolist())
    thin(sequence, lines, tmp_path / "out")
    expected = {f"sequences/07/velodyne/{n:010d}.bin" for n in (0, 1)}
    expected |= {"sequences/07/calib.txt", "poses/07.txt", RECORD}
    assert set(files_of(tmp_path / "out")) == expected


@pytest.mark.parametrize(
    ("layout", "make"),
    [("nuscenes", nuscenes), ("frames_csv", partial(table, "pcd")), ("rosbag", partial(bag, "ros1", "log.bag"))],
)
def test_logs_that_cannot_be_thinned_are_refused_by_their_layout(
    tmp_path: Path, layout: str, make: Callable[[Path], object]
) -> None:
    if layout == "rosbag":
        pytest.importorskip("rosbags", reason="needs the extra 'ros'")
    data = tmp_path / "data"
    data.mkdir()
    make(data)
    lines = write_lines(tmp_path / "lines.yaml", [1], ELEVATIONS_DEG.tolist())
    with pytest.raises(BadInputError, match=f"is of layout {layout}, whose logs lidarsel apply cannot thin"):
        thin(data, lines, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"data", "lines.yaml"}


def test_a_tree_of_several_layouts_is_thinned_whole(drives: Path) -> None:
    """The depth images' reader knows that the raw tree is of the same log; a simulated scan has its true lines and
    labels."""
    files, _ = log_files(drives)
    kinds = {kind: {f.name for f in files if f.kind == kind} for kind in ("scan", "depth image", "cloud")}
    assert kinds["scan"] == {p.relative_to(drives) for p in drives.glob("*/*/velodyne_points/data/*.bin")}
    assert kinds["depth image"] == {p.relative_to(drives) for p in drives.glob("*/*/proj_depth/velodyne_raw/*/*.png")}
    assert kinds["scan"]
    assert kinds["depth image"]
    assert not kinds["cloud"]
    for file in files:
        if file.kind == "scan":
            beside, stem = file.source.parents[1], file.source.stem
            expected = {beside / "line" / f"{stem}.bin": 2, beside / "labels" / f"{stem}.label": 4}
            assert {values.source: values.value_bytes for values in file.beside} == expected


@pytest.mark.parametrize("place", ["backup/velodyne", "backup/velodyne_points/data", "velodyne_points/old/velodyne"])
def test_scans_where_no_reader_looks_are_copied(raw: tuple[Path, Path], tmp_path: Path, place: str) -> None:
    """They may be of anything: a backup, or another lidar of other lines."""
    drive, lines = raw
    (drive / place).mkdir(parents=True)
    (drive / place / "0000000000.bin").write_bytes(bytes(16))
    (drive / "velodyne_points/data/notes.bin").write_bytes(b"no number")
    (drive / "backup/velodyne_raw/image_02").mkdir(parents=True)
    (drive / "backup/velodyne_raw/image_02/0000000000.png").write_bytes(b"no image")
    for data in (drive.parent.parent, drive):
        files, _ = log_files(data)
        scans = {file.source for file in files if file.kind == "scan"}
        assert scans == {drive / f"velodyne_points/data/{n:010d}.bin" for n in range(3)}
        assert {file.kind for file in files} == {"scan", "other"}
    assert thin(drive, lines, tmp_path / "out").scans == 3
    assert (tmp_path / "out" / drive.name / place / "0000000000.bin").read_bytes() == bytes(16)


def test_a_folder_of_no_known_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other/deep/velodyne").mkdir(parents=True)
    (tmp_path / "other/deep/velodyne/0.bin").write_bytes(bytes(16))
    with pytest.raises(BadInputError, match="holds no log of a layout that is known"):
        log_files(tmp_path / "other")


def test_scans_without_calibration_are_a_log_too(tmp_path: Path) -> None:
    """No reader takes them for a data set, but their lines can be told."""
    drive = write_raw_tree(tmp_path / "raw", frames=1)
    shutil.copytree(drive / "velodyne_points/data", tmp_path / "bare/velodyne")
    assert reader_of(tmp_path / "bare") is None
    files, _ = log_files(tmp_path / "bare")
    assert [(file.name.as_posix(), file.kind) for file in files] == [("velodyne/0000000000.bin", "scan")]
