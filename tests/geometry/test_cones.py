"""The cone of each line: sensors whose angles and heights are known, the simulated one, and what lies on no cones."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.datasets.clouds.files import read_cloud_scan
from lidarsel.geometry.cones import elevations_told, fit_cones, some_of_each_line
from lidarsel.geometry.lines import elevation_of_points_deg, median_elevation_deg
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.settings import SimulateSettings

TWO_BLOCKS_DEG = np.concatenate([2 - np.arange(12) / 3, -2.6 - np.arange(20)])
HEIGHT_M = np.where(np.arange(32) < 12, 0.209, 0.12)


def scan_of(wall_m: tuple[float, float], height_m: NDArray, seed: int = 0) -> tuple[NDArray, NDArray]:
    """A still sensor amid a road and walls, as near and far: points (N, 3) rounded as KITTI's, and their lines."""
    rng = np.random.default_rng(seed)
    line = np.repeat(np.arange(len(TWO_BLOCKS_DEG)), 300)
    azimuth = np.tile(np.linspace(-np.pi, np.pi, 300, endpoint=False), len(TWO_BLOCKS_DEG))
    slope = np.tan(np.radians(TWO_BLOCKS_DEG[line]))
    wall = rng.uniform(*wall_m, len(line))
    with np.errstate(divide="ignore"):
        road = np.where(slope < 0, (1.7 + height_m[line]) / -slope, np.inf)
    r = np.minimum(wall, road)
    xyz = np.column_stack([r * np.cos(azimuth), r * np.sin(azimuth), r * slope + height_m[line]])
    return np.round(xyz, 3).astype(np.float32), line


def apparent_of(xyz_m: NDArray, line: NDArray) -> NDArray:
    return median_elevation_deg(elevation_of_points_deg(xyz_m), line, len(TWO_BLOCKS_DEG))


@pytest.mark.parametrize("wall_m", [(2.5, 40.0), (3.0, 12.0)])
def test_the_lasers_own_angles_whatever_the_scene(wall_m: tuple[float, float]) -> None:
    xyz, line = scan_of(wall_m, HEIGHT_M)
    cones = fit_cones(xyz, line, 32)
    assert cones.fit
    assert np.abs(cones.elevation_deg - TWO_BLOCKS_DEG).max() < 0.02
    assert np.abs(cones.height_m - HEIGHT_M).max() < 0.003
    assert np.abs(apparent_of(xyz, line) - TWO_BLOCKS_DEG).max() > 0.5


def test_mirror_images_do_not_pull() -> None:
    xyz, line = scan_of((2.5, 40.0), HEIGHT_M)
    wrong = np.random.default_rng(1).random(len(line)) < 0.08
    xyz[wrong, 2] -= 1.5
    assert np.abs(fit_cones(xyz, line, 32).elevation_deg - TWO_BLOCKS_DEG).max() < 0.03


def test_a_line_at_one_distance_stands_as_high_as_those_beside_it() -> None:
    xyz, line = scan_of((2.5, 40.0), HEIGHT_M)
    flat = line == 25
    xyz[flat] = xyz[flat][0]
    cones = fit_cones(xyz, line, 32)
    assert cones.fit
    assert abs(cones.elevation_deg[25] - TWO_BLOCKS_DEG[25]) < 0.05
    assert abs(cones.height_m[25] - 0.12) < 0.003


def test_a_block_of_lines_at_one_distance_is_not_placed_by_the_other_block() -> None:
    xyz, line = scan_of((2.5, 40.0), HEIGHT_M)
    for i in range(12, 32):
        xyz[line == i] = xyz[line == i][0]
    assert not fit_cones(xyz, line, 32).fit


def test_all_at_one_distance_tells_no_cone() -> None:
    xyz, line = scan_of((2.0, 2.0001), HEIGHT_M)
    apparent = apparent_of(xyz, line)
    told = elevations_told(fit_cones(xyz, line, 32), apparent)
    assert told.kind == "apparent"
    np.testing.assert_array_equal(told.elevation_deg, apparent)


@pytest.mark.parametrize("bent", ["tilted", "freed of motion"])
def test_points_that_were_moved_lie_on_no_cones(bent: str) -> None:
    xyz, line = scan_of((2.5, 40.0), HEIGHT_M)
    if bent == "tilted":
        xyz[:, 2] += np.float32(np.tan(np.radians(1.0))) * xyz[:, 0]
    else:
        xyz[:, 0] += np.float32(1.0 * 0.05 / np.pi) * np.arctan2(xyz[:, 1], xyz[:, 0])  # of 1 m/s
    assert not fit_cones(xyz, line, 32).fit


def test_a_line_that_hardly_returns_is_as_far_off_as_those_beside_it() -> None:
    xyz, line = scan_of((2.5, 40.0), HEIGHT_M)
    apparent = apparent_of(xyz, line)
    line = np.where((line == 20) & (np.arange(len(line)) % 300 > 3), -1, line)
    told = elevations_told(fit_cones(xyz, line, 32), apparent)
    assert told.kind == "cone"
    assert abs(told.elevation_deg[20] - TWO_BLOCKS_DEG[20]) < 0.3
    assert np.isfinite(told.elevation_deg).all()


@pytest.mark.parametrize("n_lines", [16, 64])
def test_the_angles_of_the_simulated_sensor(n_lines: int) -> None:
    drive = Drive(SimulateSettings(seed=3, n_lines=n_lines, azimuth_step_deg=0.8), 0, 1.0)
    scan = drive.scan_at(0, 0.3).scan
    cones = fit_cones(scan.xyz_m, scan.line, n_lines)
    assert cones.fit
    assert np.abs(cones.elevation_deg - drive.lidar.elevation_deg).max() < 0.05
    assert np.median(np.abs(cones.elevation_deg - drive.lidar.elevation_deg)) < 0.01


def test_some_of_each_line_are_spread_over_it() -> None:
    line = np.array([1, 1, 1, 1, 1, -1, 0, 3])
    assert sorted(some_of_each_line(line, 4, 3).tolist()) == [0, 2, 4, 6, 7]
    assert len(some_of_each_line(np.full(5, -1), 4, 3)) == 0


def test_the_real_pandar64_has_the_angles_of_its_manual(shared_data: Path) -> None:
    """Unevenly spaced; all lasers stand at the origin. Hesai's manual: channels 1 to 6, and the last."""
    (path,) = (shared_data / "pandar64").glob("*.pcd")
    cloud = read_cloud_scan(path)
    cones = fit_cones(cloud.xyz_m, 63 - cloud.ring, 64)
    assert cones.fit
    np.testing.assert_allclose(cones.elevation_deg[:6], [14.882, 11.032, 8.059, 5.057, 3.04, 2.028], atol=0.01)
    assert abs(cones.elevation_deg[63] + 24.897) < 0.01
    assert np.abs(cones.height_m).max() < 0.005
