"""Which ring is which line: real sweeps, sensors of the makers' manuals, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.geometry.ring_order import find_order, known_order, ring_elevations


def test_rings_of_a_real_sweep_are_numbered_from_the_top(shared_data: Path) -> None:
    (path,) = (shared_data / "nuscenes_sweep").glob("*.bin")
    sweep = np.fromfile(path, np.float32).reshape(-1, 5)
    xyz, ring = sweep[:, :3], sweep[:, 4].astype(int)
    order = find_order(ring_elevations(xyz, ring))
    np.testing.assert_array_equal(order.line_of_ring, np.arange(31, -1, -1))  # nuScenes counts from the lowest
    reversed_order = find_order(ring_elevations(xyz, 31 - ring))
    np.testing.assert_array_equal(reversed_order.line_of_ring, np.arange(32))
    laser = np.random.default_rng(0).permutation(32)  # of each ring
    by_laser = find_order(ring_elevations(xyz, laser[ring]))
    assert by_laser.by_elevation
    np.testing.assert_array_equal(by_laser.line_of_ring[laser], np.arange(31, -1, -1))


def points_of(elevation_deg: NDArray[np.float64], seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Of rings 0.. with these elevations: full turns, ranges at random, lasers up to 0.1 m apart in height."""
    random = np.random.default_rng(seed)
    ring = np.repeat(np.arange(len(elevation_deg)), 200)
    elevation, azimuth = np.radians(elevation_deg)[ring], random.uniform(-np.pi, np.pi, len(ring))
    flat = random.uniform(3, 60, len(ring))
    height = random.uniform(0.1, 0.2, len(elevation_deg))[ring]
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), flat * np.tan(elevation) + height], 1), ring


@given(st.permutations(range(16)), st.sampled_from([0, 1]), st.integers(0, 100))
def test_laser_numbers_of_any_order(laser: list[int], first: int, seed: int) -> None:
    elevation = np.linspace(15, -15, 16)  # by line
    xyz, ring = points_of(elevation[laser], seed)
    order = find_order(ring_elevations(xyz, ring + first))
    assert order.n_lines == 16
    np.testing.assert_array_equal(order.line_of_ring[first:], laser)
    again = known_order(ring_elevations(xyz, ring + first), elevation)
    np.testing.assert_array_equal(again.line_of_ring[first:], laser)


@pytest.mark.parametrize("kept", [[0], [3, 12], [1, 2, 14], list(range(16))])
@pytest.mark.parametrize("from_lowest", [True, False])
def test_rings_that_are_left_keep_their_lines(kept: list[int], from_lowest: bool) -> None:
    elevation = np.linspace(15, -15, 16)
    xyz, ring = points_of(elevation[::-1] if from_lowest else elevation)
    left = np.isin(ring, kept)
    order = known_order(ring_elevations(xyz[left], ring[left]), elevation)
    np.testing.assert_array_equal(order.line_of_ring[kept], [15 - r if from_lowest else r for r in kept])


def test_a_tilted_cloud_is_believed_where_its_rings_are_in_order() -> None:
    """As in a vehicle's coordinates, of a lidar that hangs at its side."""
    elevation = np.linspace(15, -15, 32)
    xyz, ring = points_of(elevation)
    tilt = np.radians(10)
    turned = xyz @ np.array([[np.cos(tilt), 0, -np.sin(tilt)], [0, 1, 0], [np.sin(tilt), 0, np.cos(tilt)]])
    np.testing.assert_array_equal(find_order(ring_elevations(turned, ring)).line_of_ring, np.arange(32))


@pytest.mark.parametrize("n_rings", [1, 2, 3, 64])
def test_numbers_that_do_not_tell_elevation_are_refused(n_rings: int) -> None:
    xyz, _ = points_of(np.linspace(15, -15, 32))
    ring = np.random.default_rng(0).integers(0, n_rings, len(xyz))
    with pytest.raises(ValueError, match="spread over"):
        find_order(ring_elevations(xyz, ring))


def test_rings_beyond_the_lines_are_refused() -> None:
    xyz, ring = points_of(np.linspace(15, -15, 16))
    with pytest.raises(ValueError, match="16 rings up to 15 for 8 lines"):
        known_order(ring_elevations(xyz, ring), np.linspace(15, -15, 8))


@pytest.mark.parametrize("name_of", [lambda ring: ring + 100, lambda ring: 2 * ring, lambda ring: 130 - 2 * ring])
def test_rings_that_do_not_count_are_names(name_of: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> None:
    """Most of the numbers up to the greatest never return, or every other one: these are no lines."""
    elevation = np.linspace(15, -15, 32)
    xyz, ring = points_of(elevation)
    found = ring_elevations(xyz, name_of(ring))
    for order in (find_order(found), *([known_order(found, elevation)] if found.ring[0] == 100 else [])):
        assert (order.n_lines, order.by_elevation) == (32, True)
        np.testing.assert_array_equal(order.line_of_ring[name_of(np.arange(32))], np.arange(32))
