"""Drives seen by a real product: its lines, the same streets, and readers that tell every line right."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import UsageError
from lidarsel.sensors.registry import find_product
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.write import DATE
from tests.support.commands import ROOT, assert_refused, lidarsel, succeeded

DRIVE = f"{DATE}_drive_0001_sync"
SKY = [89.0, 80.0, 1.0, -0.5, -0.9, -4.0, -12.0, -25.0]
SMALL = ("--frames", "1", "--image-size", "112x368")


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same drive seen by the simulator's own lidar and by products, and from 0.5 m higher.

    The SKY's topmost lines meet nothing, the OS1-32-BH's all meet the road; the Pandar128's steps differ.
    """
    place = tmp_path_factory.mktemp("seen")
    deg = SKY
    azimuth = {"deg": [0.35, 0.7], "source": "drawing 7"}
    content = {"maker": "Own", "model": "SKY", "lines": len(deg), "azimuth": azimuth}
    own = place / "own.yaml"
    own.write_text(yaml.safe_dump({**content, "elevation": {"by": "design", "source": "drawing 7", "deg": deg}}))
    asked = {
        "own": ("--azimuth-step-deg", "0.6"),
        "high": ("--azimuth-step-deg", "0.6", "--mount-height", "0.5"),
        "SKY": ("--sensor-model", own, "--azimuth-step-deg", "0.7"),
        "OS1-32-BH": ("--sensor-model", "ouster os1 32 bh"),
        "Pandar128": ("--sensor-model", "Pandar128"),
    }
    for name, options in asked.items():
        succeeded(lidarsel("simulate", place / name, *SMALL, *options))
    return {name: place / name for name in asked}


def elevations_deg(name: str) -> list[float]:
    return SKY if name == "SKY" else find_product(name).elevation.deg


def scans(tree: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Points, float32 (N, 4), and the simulator's own word on their lines, of each frame."""
    folder = tree / DATE / DRIVE / "velodyne_points"
    return [
        (np.fromfile(file, "<f4").reshape(-1, 4), np.fromfile(folder / "line" / file.name, "<i2"))
        for file in sorted((folder / "data").iterdir())
    ]


def same_files(tree: Path, other: Path, *places: str) -> bool:
    files = [path.relative_to(tree) for place in places for path in sorted((tree / place).rglob("*.*"))]
    assert files
    return all((tree / file).read_bytes() == (other / file).read_bytes() for file in files)


@pytest.mark.parametrize("name", ["SKY", "OS1-32-BH", "Pandar128"])
def test_streets_and_motion_are_those_of_any_lidar(trees: dict[str, Path], name: str) -> None:
    seen = (f"{DATE}/{DRIVE}/image_02", f"{DATE}/{DRIVE}/oxts", f"train/{DRIVE}/proj_depth/groundtruth_dense")
    assert same_files(trees["own"], trees[name], *seen)
    assert not same_files(trees["own"], trees[name], f"{DATE}/{DRIVE}/velodyne_points/data")


@pytest.mark.parametrize("name", ["SKY", "OS1-32-BH", "Pandar128"])
def test_points_lie_on_the_cones_of_the_catalogue(trees: dict[str, Path], name: str) -> None:
    finest = {"SKY": 0.7, "OS1-32-BH": 0.176, "Pandar128": 0.1}[name]
    for points, line in scans(trees[name]):
        elevation = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
        # a file's millimetres are 0.03 degrees at the nearest points
        assert np.abs(elevation - np.array(elevations_deg(name))[line]).max() < 0.05
        turn = np.unwrap(np.arctan2(points[:, 1], points[:, 0])[line == np.bincount(line).argmax()])
        steps = np.degrees(np.diff(turn))
        assert steps.min() == pytest.approx(finest, abs=0.02)


@pytest.mark.parametrize("name", ["SKY", "OS1-32-BH", "Pandar128"])
def test_readers_tell_every_line_right(trees: dict[str, Path], name: str) -> None:
    wanted, data = elevations_deg(name), open_dataset(trees[name])
    assert (data.n_lines, data.sensor) == (len(wanted), f"simulated {name}")
    assert data.elevation_kind == "cone"
    np.testing.assert_allclose(data.elevation_deg, wanted, atol=1e-4)
    for index, (_, line) in enumerate(scans(trees[name])):
        scan = data.scan(index)
        assert scan is not None
        assert (scan.line == line).mean() > 0.999
        assert ((scan.line == line) | (scan.line == -1)).all()
    seen = {int(each) for _, line in scans(trees[name]) for each in np.unique(line)}
    assert seen == set(range(2 if name == "SKY" else 0, len(wanted)))


def test_apply_keeps_the_points_of_the_chosen_lines(trees: dict[str, Path], tmp_path: Path) -> None:
    """Also where the topmost lines meet nothing, so that a scan has fewer lines than the product."""
    succeeded(lidarsel("apply", trees["SKY"], "--lines", "3,5", "-o", tmp_path / "thinned"))
    for (points, line), (kept, line_of_kept) in zip(scans(trees["SKY"]), scans(tmp_path / "thinned"), strict=True):
        # at the nearest points, a file's millimetres may hide which of two lines a point is of
        assert np.isin(line, (3, 5)).sum() * 0.999 < len(kept) == len(line_of_kept)
        assert set(line_of_kept.tolist()) == {3, 5}
        rows = {row.tobytes() for row in points[np.isin(line, (3, 5))]}
        assert {row.tobytes() for row in kept} <= rows


def test_calibrate_finds_the_table_of_lines_that_all_return(trees: dict[str, Path], tmp_path: Path) -> None:
    succeeded(lidarsel("calibrate", trees["OS1-32-BH"], "-o", tmp_path / "sensor.yaml"))
    found = yaml.safe_load((tmp_path / "sensor.yaml").read_text())["elevation_deg"]
    np.testing.assert_allclose(found, find_product("OS1-32-BH").elevation.deg, atol=0.03)


def test_a_lidar_mounted_higher_sees_the_same_world_from_there(trees: dict[str, Path]) -> None:
    low, high = open_dataset(trees["own"]), open_dataset(trees["high"])
    assert same_files(trees["own"], trees["high"], f"{DATE}/{DRIVE}/oxts")
    for index in range(len(low)):
        ours, theirs = low.frame(index), high.frame(index)
        assert ours.image is not None
        assert theirs.image is not None
        assert ours.calibration is not None
        assert theirs.calibration is not None
        np.testing.assert_array_equal(ours.image, theirs.image)
        up = np.linalg.inv(ours.calibration.camera_from_lidar) @ theirs.calibration.camera_from_lidar
        raised = np.eye(4)
        raised[2, 3] = 0.5
        np.testing.assert_allclose(np.asarray(up, np.float64), raised, atol=1e-9)
    below = [
        -np.median(np.concatenate([points[points[:, 2] < -1.0, 2] for points, _ in scans(trees[name])]))
        for name in ("own", "high")
    ]
    assert below[1] - below[0] == pytest.approx(0.5, abs=0.1)  # of the road, which is not quite flat


def test_range_and_step_are_the_products_where_they_are_known() -> None:
    made = SimulateSettings.from_options(None, {"sensor_model": "OS1-32"})
    assert (made.lidar_range_m, made.azimuth_step_deg) == (170, 0.176)  # 2048 columns at 10 turns a second
    nothing_by_the_maker = SimulateSettings.from_options(None, {"sensor_model": "HDL-64E S3"})
    assert nothing_by_the_maker.lidar_range_m == SimulateSettings().lidar_range_m


def test_what_contradicts_a_product_is_refused_by_name(tmp_path: Path) -> None:
    for asked, parts in (
        (("--sensor-model", "OS1-32", "--lines", "32"), ("--lines 32", "--sensor-model", "OS1-32")),
        (("--sensor-model", "OS1-32", "--azimuth-step-deg", "0.2"), ("--azimuth-step-deg", "0.176 or 0.352 or 0.703")),
        (("--sensor-model", "OS1-33"), ("OS1-33", "OS1-32")),
        (("--sensor-model", "gone.yaml"), ("gone.yaml",)),
        (("--mount-height", "9"), ("mount_height_m",)),
    ):
        assert_refused(lidarsel("simulate", tmp_path / "out", *SMALL, *asked), *parts)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("elevation_deg", [(1.0, 0.0), (1.0, 2.0, 0.0)])
def test_elevations_that_cannot_be_are_refused(elevation_deg: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="elevation_deg"):
        SimulateSettings(n_lines=3, elevation_deg=elevation_deg)


@pytest.mark.parametrize("changed", [{"elevation_deg": [0.0, 1.0]}, {"elevation_deg": []}, {"elevation_deg": None}])
def test_a_note_that_cannot_be_is_refused_in_a_line(trees: dict[str, Path], changed: dict[str, object]) -> None:
    note = trees["OS1-32-BH"] / "lidarsel_simulation.json"
    whole = note.read_text()
    try:
        note.write_text(json.dumps({**json.loads(whole), **changed}))
        assert_refused(lidarsel("inspect", trees["OS1-32-BH"], cwd=ROOT), note, "elevation_deg")
    finally:
        note.write_text(whole)
