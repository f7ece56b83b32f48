"""Lines of points in no order: sensors whose lines are known, the real scans shuffled, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.geometry.lines import lines_from_scan_order
from lidarsel.geometry.unordered import LaserCones, find_cones
from tests.support.kitti_trees import Street

ELEVATIONS_DEG = {
    "16 lines": np.linspace(15, -15, 16),
    "32 lines": np.linspace(10.67, -30.67, 32),
    "two blocks": np.concatenate([2 - np.arange(12) / 3, -2.6 - np.arange(12) / 2]),
}


def scan_of(elevation_deg: NDArray, height_m: NDArray, seed: int = 0, blur_deg: float = 0.0) -> tuple[NDArray, NDArray]:
    """A still sensor amid a road and walls: points (N, 3) rounded to millimetres as in KITTI, and their lines."""
    rng = np.random.default_rng(seed)
    line = np.repeat(np.arange(len(elevation_deg)), 500)
    azimuth = np.tile(np.linspace(-np.pi, np.pi, 500, endpoint=False), len(elevation_deg))
    slope = np.tan(np.radians(np.asarray(elevation_deg)[line] + rng.normal(0, blur_deg, len(line))))
    wall = 2.2 + 30 * np.sin(2 * azimuth) ** 2 + rng.uniform(0, 1, len(line))  # near ones too: they tell heights
    with np.errstate(divide="ignore"):
        road = np.where(slope < 0, (1.7 + height_m[line]) / -slope, np.inf)
    r = np.minimum(wall, road)
    xyz = np.column_stack([r * np.cos(azimuth), r * np.sin(azimuth), r * slope + height_m[line]])
    order = rng.permutation(len(line))
    return np.round(xyz[order], 3).astype(np.float32), line[order]


@pytest.mark.parametrize("name", ELEVATIONS_DEG)
def test_cones_of_a_known_sensor_are_found(name: str) -> None:
    elevation = ELEVATIONS_DEG[name]
    height = np.where(np.arange(len(elevation)) < len(elevation) // 2, 0.2, 0.12)
    xyz, line = scan_of(elevation, height)
    found = find_cones(xyz)
    assert np.abs(found.cones.elevation_deg - elevation).max() < 0.05
    assert np.abs(found.cones.height_m - height).max() < 0.03
    told = found.cones.lines_of(xyz)
    assert (told == line).mean() > 0.999
    assert found.points.sum() == found.n_told == (told >= 0).sum()
    assert found.n_points == len(xyz)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_points_does_not_matter(seed: int) -> None:
    elevation = np.linspace(4, -20, 12)
    xyz, _ = scan_of(elevation, np.full(12, 0.1))
    cones = find_cones(xyz).cones
    order = np.random.default_rng(seed).permutation(len(xyz))
    again = find_cones(xyz[order]).cones
    assert np.abs(again.elevation_deg - cones.elevation_deg).max() < 1e-3
    assert np.array_equal(again.lines_of(xyz[order]), cones.lines_of(xyz)[order])


@pytest.mark.parametrize("blur_deg", [0.02, 0.06])
def test_lines_that_are_not_exact_are_not_split(blur_deg: float) -> None:
    xyz, line = scan_of(np.linspace(15, -15, 16), np.zeros(16), blur_deg=blur_deg)
    found = find_cones(xyz).cones
    assert found.n_lines == 16
    told = found.lines_of(xyz)
    assert (told == line).mean() > 0.97
    assert ((told >= 0) & (told != line)).mean() < 0.001


def test_the_street_of_the_kitti_trees() -> None:
    xyz, line = Street(speed_mps=0.0).scan(0)
    assert (find_cones(xyz).cones.lines_of(xyz) == line).all()


def test_a_calibration_serves_other_scans_of_its_sensor_and_no_other() -> None:
    height = np.full(16, 0.1)
    cones = find_cones(scan_of(np.linspace(15, -15, 16), height)[0]).cones
    xyz, line = scan_of(np.linspace(15, -15, 16), height, seed=1)
    assert (cones.lines_of(xyz) == line).mean() > 0.999
    other, _ = scan_of(np.linspace(14, -17, 16), height)
    assert (cones.lines_of(other) >= 0).mean() < 0.3


def test_points_between_lines_and_at_the_lidar_are_unknown() -> None:
    cones = LaserCones(np.array([1.0, 0.0, -2.0]), np.zeros(3), 5.0)
    tan = np.tan(np.radians([0.9, 0.5, -0.3, -1.0, -1.5, -40.0]))
    xyz = np.vstack([np.column_stack([np.full(6, 10.0), np.zeros(6), 10 * tan]), np.zeros((1, 3))])
    assert cones.lines_of(xyz).tolist() == [0, -1, 1, -1, 2, -1, -1]


def clouds_on_no_cones() -> dict[str, NDArray]:
    rng = np.random.default_rng(0)
    plane = rng.uniform(-30, 30, (5000, 3))
    plane[:, 2] = -1.7
    xyz, _ = scan_of(np.linspace(2, -20, 16), np.zeros(16))
    return {
        "in a box": rng.uniform(-30, 30, (5000, 3)),
        "a plane": plane,
        "tilted": xyz + 0.05 * xyz[:, :1] * np.array([0, 0, 1.0]),
        "moved aside": xyz + np.array([1.5, 0, 0]),
        "near": rng.uniform(-1, 1, (100, 3)),
    }


@pytest.mark.parametrize("name", clouds_on_no_cones())
def test_points_on_no_cones_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"cones|few"):
        find_cones(clouds_on_no_cones()[name])


@pytest.mark.parametrize("name", ["drive_0001", "drive_9999"])
def test_real_scans_shuffled(shared_data: Path, name: str) -> None:
    """One scan's calibration tells the lines of scans of other years: KITTI drove one lidar."""
    folder = shared_data / f"kitti_raw/2011_09_26/2011_09_26_{name}_sync/velodyne_points/data"
    xyz = np.fromfile(folder / "0000000005.bin", np.float32).reshape(-1, 4)[:, :3]
    cones = find_cones(np.random.default_rng(0).permutation(xyz)).cones
    assert cones.n_lines == 64
    for path in [folder / "0000000005.bin", *(shared_data / "kitti_object").glob("training/velodyne/*.bin")]:
        other = np.fromfile(path, np.float32).reshape(-1, 4)[:, :3]
        assert (cones.lines_of(other) == lines_from_scan_order(other)).mean() > 0.9999
