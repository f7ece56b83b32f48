"""The elevations that an opened data set tells: the lasers' own where cones fit, else apparent ones, called so."""

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import yaml

from lidarsel.contracts import LinesFile, ValuesFile, read_contract
from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.thinned import RECORD
from lidarsel.thinning.scans import thin_scan
from tests.datasets.kitti.real_drives import link_real
from tests.support.chosen_lines import write_lines
from tests.support.commands import lidarsel, succeeded
from tests.support.kitti_trees import DAY, DRIVE, ELEVATIONS_DEG, Street, write_raw_tree, write_scan
from tests.support.nuscenes_trees import write_tree

SCAN = ReadOptions(ground_truth="scan")


def drive_0001(shared_data: Path, root: Path) -> Path:
    """Of the sensor of drive 9999, another street."""
    day = root / "2011_09_26"
    day.mkdir(parents=True)
    source = shared_data / "kitti_raw" / day.name
    for entry in ("2011_09_26_drive_0001_sync", *(path.name for path in source.glob("calib_*.txt"))):
        (day / entry).symlink_to((source / entry).resolve())
    return root


def drive_9999(shared_data: Path, root: Path, frames: range = range(5, 8)) -> Path:
    link_real(shared_data / "kitti_raw/2011_09_26", root, frames)
    return root


def warned(data: Dataset) -> bool:
    return any(one.text.startswith("Elevations are apparent") for one in data.cautions)


def test_two_logs_of_one_sensor_tell_the_same_elevations(shared_data: Path, tmp_path: Path) -> None:
    """KITTI's HDL-64E, whose own angles are 1.94 to -25.00 degrees; medians of angles seen differ by the street."""
    first, second = (
        open_dataset(folder, ReadOptions("scan", follow_links=True))
        for folder in (drive_0001(shared_data, tmp_path / "a"), drive_9999(shared_data, tmp_path / "b"))
    )
    assert (first.elevation_kind, second.elevation_kind) == ("cone", "cone")
    assert not warned(first)
    assert np.abs(first.elevation_deg - second.elevation_deg).max() < 0.02
    np.testing.assert_allclose(first.elevation_deg[[0, -1]], [1.94, -25.00], atol=0.01)
    assert (np.diff(first.elevation_deg) < 0).all()


def test_calibrate_tells_the_same_elevations(shared_data: Path, tmp_path: Path) -> None:
    data = drive_9999(shared_data, tmp_path / "log")
    succeeded(lidarsel("calibrate", data, "-o", tmp_path / "sensor.yaml", "--max-frames", "1", "--follow-links"))
    calibrated = yaml.safe_load((tmp_path / "sensor.yaml").read_text())["elevation_deg"]
    told = open_dataset(data, ReadOptions("scan", follow_links=True)).elevation_deg
    assert np.abs(told - calibrated).max() < 0.01
    assert np.median(np.abs(told - calibrated)) < 0.002


def test_simulated_drives_tell_the_angles_they_were_made_with(drives: Path) -> None:
    made = json.loads((drives / "lidarsel_simulation.json").read_text())["elevation_deg"]
    data = open_dataset(drives)
    assert data.elevation_kind == "cone"
    assert np.abs(data.elevation_deg - made).max() < 0.05


def test_a_calibration_tells_its_own(tmp_path: Path) -> None:
    write_raw_tree(tmp_path / "log", 1, Street(speed_mps=0.0))
    succeeded(lidarsel("calibrate", tmp_path / "log", "-o", tmp_path / "sensor.yaml"))
    options = ["--sensor", tmp_path / "sensor.yaml", "--ground-truth", "scan", "--json"]
    facts = json.loads(succeeded(lidarsel("inspect", tmp_path / "log", *options)))
    expected = yaml.safe_load((tmp_path / "sensor.yaml").read_text())["elevation_deg"]
    assert facts["elevation_kind"] == "cone"
    np.testing.assert_allclose(facts["elevation_deg"], expected)


def test_points_that_lie_on_no_cones_have_apparent_elevations(shared_data: Path, tmp_path: Path) -> None:
    """The real nuScenes sweep: no ring's points keep to a cone, yet medians are the manual's angles to 0.1 degrees."""
    write_tree(tmp_path, frames=1)
    (sweep,) = (shared_data / "nuscenes_sweep").glob("*.pcd.bin")
    (target,) = (tmp_path / "samples/LIDAR_TOP").iterdir()
    shutil.copyfile(sweep, target)
    data = open_dataset(tmp_path)
    assert data.elevation_kind == "apparent"
    assert warned(data)
    np.testing.assert_allclose(data.elevation_deg, 10.67 - np.arange(32) * 41.34 / 31, atol=0.1)


@pytest.fixture
def tilted(tmp_path: Path) -> Path:
    """A drive whose scans were levelled after they were measured."""
    street = Street()
    write_raw_tree(tmp_path / "tilted", 2, street)
    for frame in range(2):
        xyz, _ = street.scan(frame)
        turn = np.array([[1, 0, -0.03], [0, 1, 0], [0.03, 0, 1]])
        write_scan(tmp_path / "tilted" / DAY / DRIVE / f"velodyne_points/data/{frame:010d}.bin", xyz @ turn.T)
    return tmp_path / "tilted"


def test_inspect_calls_apparent_elevations_so(tilted: Path) -> None:
    said = succeeded(lidarsel("inspect", tilted, "--ground-truth", "scan"))
    assert "degrees, apparent" in said
    assert "Apparent" in said
    assert "no sensor is to be set by these elevations" in " ".join(said.split())
    assert json.loads(succeeded(lidarsel("inspect", tilted, "--ground-truth", "scan", "--json")))["elevation_kind"] == (
        "apparent"
    )


@pytest.mark.parametrize("kind", ["cone", "apparent"])
def test_files_say_which_kind_they_hold(kind: str, tilted: Path, tmp_path: Path) -> None:
    data = tilted
    if kind == "cone":
        data = tmp_path / "as measured"
        write_raw_tree(data, 2)
    out = tmp_path / "out"
    run = ["--ground-truth", "scan", "--network", "nearest", "--budget", "4", "--evaluations", "64", "-o", out]
    succeeded(lidarsel("run", data, *run))
    (out,) = out.iterdir()
    assert read_contract(out / "lines.yaml", LinesFile).elevation_kind == kind
    assert read_contract(out / "values.json", ValuesFile).elevation_kind == kind
    assert json.loads((out / "report.json").read_text())["elevation_kind"] == kind
    page = (out / "report.html").read_text()
    assert ("against apparent elevation" in page) == (kind == "apparent")
    assert ("Apparent elevation in degrees" in page) == (kind == "apparent")
    assert ("no sensor is to be set by these elevations" in page) == (kind == "apparent")


def test_a_thinned_log_keeps_the_kind_and_older_records_are_apparent(tmp_path: Path) -> None:
    write_raw_tree(tmp_path / "log", 2)
    lines = write_lines(tmp_path / "lines.yaml", [1, 3, 9], ELEVATIONS_DEG)
    thin = tmp_path / "thin"
    succeeded(lidarsel("apply", tmp_path / "log", "--lines", lines, "-o", thin))
    data = open_dataset(thin, SCAN)
    assert data.elevation_kind == "cone"
    np.testing.assert_allclose(data.elevation_deg, ELEVATIONS_DEG)
    record = msgspec.json.decode((thin / RECORD).read_bytes())
    del record["lines"]["elevation_kind"]
    (thin / RECORD).write_bytes(msgspec.json.encode(record))
    older = open_dataset(thin, SCAN)
    assert older.elevation_kind == "apparent"
    assert warned(older)


@pytest.mark.parametrize("kind", ["cone", "apparent"])
def test_a_cropped_scan_is_placed_among_lines_of_another_street(kind: str, shared_data: Path, tmp_path: Path) -> None:
    """Its two topmost lines miss. Medians seen on another street are off by more than the lines lie apart, so a lines
    file of the lasers' own elevations is met by these; one of medians of its own street by medians."""
    cropped = np.fromfile(shared_data / "edge_cases/kitti_object_000008_cropped_to_camera.bin", "<f4").reshape(-1, 4)
    turn = np.mod(np.arctan2(cropped[:, 1], cropped[:, 0]), 2 * np.pi)
    line = np.concatenate([[0], np.cumsum(np.diff(turn) < -0.1)])
    kept = line >= 2
    source = tmp_path / "000008.bin"
    cropped[kept].tofile(source)
    if kind == "cone":
        log = drive_9999(shared_data, tmp_path / "log", range(5, 6))
        elevation_deg = open_dataset(log, ReadOptions("scan", follow_links=True)).elevation_deg[:46]
    else:
        seen_deg = np.degrees(np.arctan2(cropped[:, 2], np.hypot(cropped[:, 0], cropped[:, 1])))
        elevation_deg = np.array([np.median(seen_deg[line == i]) for i in range(46)])
    chosen = [4, 9, 30]
    lines = read_contract(write_lines(tmp_path / "lines.yaml", chosen, elevation_deg), LinesFile)
    lines = msgspec.structs.replace(lines, elevation_kind=kind)
    _, runs = thin_scan(source, tmp_path / "thin.bin", lines)
    expected = line[kept][np.isin(line[kept], chosen)]
    np.testing.assert_array_equal(np.repeat(*np.array(runs).T), expected)
