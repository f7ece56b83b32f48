"""Lines from scan order: the real scans' verified facts, scans made ring by ring, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.geometry.lines import (
    covers_full_turn,
    elevation_of_points_deg,
    ends_within_line,
    lines_from_scan_order,
    median_elevation_deg,
)

TRUNCATED = "edge_cases/kitti_raw_truncated_39_lines.bin"
FREED_OF_MOTION = "edge_cases/kitti_odometry_00_freed_of_motion.bin"
CROPPED = "edge_cases/kitti_object_000008_cropped_to_camera.bin"


def read(path: Path, columns: int = 4) -> NDArray[np.float32]:
    return np.fromfile(path, np.float32).reshape(-1, columns)


def medians(xyz: NDArray[np.float32], line: NDArray[np.int16]) -> NDArray[np.float64]:
    return median_elevation_deg(elevation_of_points_deg(xyz), line, int(line.max()) + 1)


def real_scans(shared_data: Path) -> list[Path]:
    return sorted(
        [*shared_data.glob("kitti_raw/*/*/velodyne_points/data/*.bin"), *shared_data.glob("kitti_object/**/*.bin")]
    )


def test_every_real_scan_has_64_lines(shared_data: Path) -> None:
    scans = real_scans(shared_data)
    assert len(scans) == 35
    for path in scans:
        xyz = read(path)[:, :3]
        line = lines_from_scan_order(xyz)
        assert line.max() == 63, path
        assert (np.diff(line) >= 0).all()
        # the medians of a pair or two are out of order where near things fill one line: sorting would be wrong
        assert (np.diff(medians(xyz, line)) >= 0).sum() <= 2, path
        assert not ends_within_line(xyz, line)
        assert covers_full_turn(xyz)


def test_medians_of_drive_0001_descend_strictly(shared_data: Path) -> None:
    xyz = read(shared_data / "kitti_raw/2011_09_26/2011_09_26_drive_0001_sync/velodyne_points/data/0000000005.bin")
    assert len(xyz) == 121_948
    assert (np.diff(medians(xyz, lines_from_scan_order(xyz))) < 0).all()


@pytest.mark.parametrize(("name", "n_points", "n_lines"), [(CROPPED, 17_238, 46), (TRUNCATED, 69_719, 39)])
def test_edge_cases(shared_data: Path, name: str, n_points: int, n_lines: int) -> None:
    xyz = read(shared_data / name)[:, :3]
    line = lines_from_scan_order(xyz)
    assert len(xyz) == n_points
    assert int(line.max()) + 1 == n_lines
    assert ends_within_line(xyz, line) == (name == TRUNCATED)
    assert covers_full_turn(xyz) == (name == TRUNCATED)


def test_a_real_scan_freed_of_motion_has_64_lines_of_falling_elevation(shared_data: Path) -> None:
    xyz = read(shared_data / FREED_OF_MOTION)[:, :3]
    line = lines_from_scan_order(xyz)
    assert line.max() == 63
    assert (np.bincount(line) > 500).all()
    assert (np.diff(medians(xyz, line)) >= 0).sum() <= 2
    assert not ends_within_line(xyz, line)


@pytest.mark.parametrize("turned", [0.0, 1.2, np.pi, -2.0])
def test_a_real_scan_freed_of_motion_and_cropped_keeps_its_lines(shared_data: Path, turned: float) -> None:
    xyz = read(shared_data / FREED_OF_MOTION)[:, :3]
    from_middle = np.angle(np.exp(1j * (np.arctan2(xyz[:, 1], xyz[:, 0]) - turned)))
    inside = np.abs(from_middle) < 0.7
    found, whole = lines_from_scan_order(xyz[inside]), lines_from_scan_order(xyz)[inside]
    np.testing.assert_array_equal(found, np.unique(whole, return_inverse=True)[1])


def test_a_real_scan_reversed_or_mirrored_has_the_same_lines(shared_data: Path) -> None:
    xyz = read(real_scans(shared_data)[0])[:, :3]
    line = lines_from_scan_order(xyz)
    mirrored = xyz * np.array([1, -1, 1], np.float32)
    np.testing.assert_array_equal(lines_from_scan_order(mirrored), line)
    # backwards, the last points of a turn that overlap the next one fall on its other side
    assert (lines_from_scan_order(xyz[::-1])[::-1] == line).mean() > 0.9999


def test_a_real_sweep_interleaved_by_firing_is_refused(shared_data: Path) -> None:
    (path,) = (shared_data / "nuscenes_sweep").glob("*.bin")
    with pytest.raises(ValueError, match="scan order"):
        lines_from_scan_order(read(path, 5)[:, :3])


def spin(
    n_lines: int, start: float, sweep: float, keep: float, clockwise: bool, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A scan made ring by ring: azimuths from ``start`` over ``sweep`` radians, a share ``keep`` of points kept."""
    random = np.random.default_rng(seed)
    azimuth = start + np.arange(0, sweep, 0.02) * (1 if clockwise else -1)
    points, lines = [], []
    for line, elevation in enumerate(np.radians(np.linspace(3, -24, n_lines))):
        kept = random.random(len(azimuth)) < keep
        kept[[0, -1]] = True
        ranges = random.uniform(2, 60, kept.sum())
        a = azimuth[kept]
        a[1:-1] += random.uniform(-0.004, 0.004, len(a) - 2)
        flat = ranges * np.cos(elevation)
        points.append(np.stack([flat * np.cos(a), flat * np.sin(a), ranges * np.sin(elevation)], 1))
        lines.append(np.full(kept.sum(), line))
    return np.concatenate(points), np.concatenate(lines)


@settings(max_examples=60, deadline=None)
@given(
    n_lines=st.integers(2, 70),
    start=st.floats(-3.1, 3.1),
    sweep=st.one_of(st.floats(0.3, 2.5), st.just(6.2)),
    keep=st.floats(0.6, 1.0),
    clockwise=st.booleans(),
    bottom_up=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_lines_of_any_spinning_scan(
    n_lines: int, start: float, sweep: float, keep: float, clockwise: bool, bottom_up: bool, seed: int
) -> None:
    xyz, line = spin(n_lines, start, sweep, keep, clockwise, seed)
    if bottom_up:
        order = np.argsort(-line, kind="stable")
        xyz, line = xyz[order], line[order]
    np.testing.assert_array_equal(lines_from_scan_order(xyz), line)


@settings(max_examples=40, deadline=None)
@given(
    n_lines=st.integers(2, 40),
    start=st.floats(-3.1, 3.1),
    sweep=st.sampled_from([1.6, 6.2]),
    clockwise=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_near_points_may_step_back_within_a_line(
    n_lines: int, start: float, sweep: float, clockwise: bool, seed: int
) -> None:
    """As in scans freed of motion: a car 2 m away, moved against the sense of rotation."""
    xyz, line = spin(n_lines, start, sweep, 1.0, clockwise, seed)
    random = np.random.default_rng(seed)
    for first in range(20, len(xyz) - 30, 20):
        near = slice(first, first + int(random.integers(1, 8)))
        turned = random.uniform(-0.12, 0.12) * np.exp(-np.arange(len(xyz[near])))
        if first < 10 or len(set(line[first - 10 : first + 20])) > 1:
            continue  # near the start of a line it may step over that, where nothing tells the lines apart
        flat = (xyz[near, 0] + 1j * xyz[near, 1]) * np.exp(1j * turned)
        xyz[near, 0], xyz[near, 1] = flat.real, flat.imag
    np.testing.assert_array_equal(lines_from_scan_order(xyz), line)


def test_the_property_test_can_fail() -> None:
    xyz, line = spin(20, 0.0, 6.2, 1.0, True, 0)
    missing = xyz[line != 7]
    assert lines_from_scan_order(missing).max() == 18


def test_shuffled_points_are_refused() -> None:
    xyz, _ = spin(32, 0.0, 6.2, 1.0, True, 0)
    with pytest.raises(ValueError, match="scan order"):
        lines_from_scan_order(np.random.default_rng(0).permutation(xyz))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_points(n: int) -> None:
    xyz = np.array([[5.0, 1, 0], [5, 1.1, 0]])[:n]
    assert lines_from_scan_order(xyz).tolist() == [0] * n


def test_medians_leave_out_unknown_lines_and_tell_empty_ones() -> None:
    found = median_elevation_deg(np.array([1.0, 2, 9, 4]), np.array([0, 0, -1, 2]), 3)
    np.testing.assert_array_equal(found, [1.5, np.nan, 4])
