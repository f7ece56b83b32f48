"""Motion against scipy's rotations and matrix exponential, and poses on a sphere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.spatial.transform import Rotation

from lidarsel.geometry.motion import (
    EARTH_RADIUS_M,
    Twist,
    deskew,
    oxts_pose,
    oxts_twist,
    time_in_scan_s,
    twist_between,
)

vectors = st.tuples(*[st.floats(-2, 2)] * 3).map(np.array)


def test_time_is_zero_ahead_and_runs_clockwise() -> None:
    around = np.array([[1.0, 0, 0], [0, -1, 0], [0, 1, 0], [-1, -1e-9, 0], [-1, 1e-9, 0]])
    np.testing.assert_allclose(time_in_scan_s(around), [0, 0.025, -0.025, 0.05, -0.05], atol=1e-9)


@given(vectors, vectors, st.integers(0, 100))
def test_deskew_against_scipy(velocity: np.ndarray, rotation: np.ndarray, seed: int) -> None:
    xyz = np.random.default_rng(seed).normal(0, 20, (30, 3))
    time = -np.arctan2(xyz[:, 1], xyz[:, 0]) / (2 * np.pi) * 0.1
    expected = Rotation.from_rotvec(time[:, None] * rotation).apply(xyz) + time[:, None] * velocity
    np.testing.assert_allclose(deskew(xyz, Twist(velocity, rotation)), expected, atol=1e-9)


def test_standing_still_changes_nothing() -> None:
    xyz = np.random.default_rng(0).normal(0, 20, (30, 3))
    np.testing.assert_array_equal(deskew(xyz, Twist(np.zeros(3), np.zeros(3))), xyz)


@given(vectors, vectors, st.floats(0.05, 0.5))
def test_the_twist_between_poses_is_the_logarithm(velocity: np.ndarray, rotation: np.ndarray, seconds: float) -> None:
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_rotvec(rotation * seconds).as_matrix()
    motion[:3, 3] = velocity * seconds
    twist = twist_between(motion, seconds)
    np.testing.assert_allclose(twist.rotation_radps, rotation, atol=1e-6)
    np.testing.assert_allclose(twist.velocity_mps, velocity, atol=1e-12)


def test_the_translation_is_near_the_logarithm_of_the_whole() -> None:
    # two KITTI scans: 15 m/s, turning by 0.3 rad/s; the exact screw motion by the matrix exponential
    screw = np.zeros((4, 4))
    screw[0, 1], screw[1, 0] = -0.3, 0.3
    screw[:3, 3] = 15, 0, 0
    twist = twist_between(expm(0.1 * screw), 0.1)
    np.testing.assert_allclose(twist.velocity_mps * 0.1, [1.5, 0, 0], atol=0.025)
    np.testing.assert_allclose(twist.rotation_radps, [0, 0, 0.3], atol=1e-9)


def oxts(**values: float) -> np.ndarray:
    names = ("latitude", "longitude", "altitude", "roll", "pitch", "yaw", "vn", "ve", "vf", "vl", "vu")
    record = np.zeros(30)
    for name, value in values.items():
        record[names.index(name) if name in names else 20 + ("wf", "wl", "wu").index(name)] = value
    return record


def test_poses_on_the_sphere() -> None:
    # a small step from 49 degrees north: arc lengths on a sphere of the same radius
    origin = oxts_pose(oxts(latitude=49, longitude=8, altitude=100), 49)
    moved = oxts_pose(oxts(latitude=49.0001, longitude=8.0002, altitude=103, yaw=np.pi / 2), 49)
    step = moved[:3, 3] - origin[:3, 3]
    north = np.radians(0.0001) * EARTH_RADIUS_M
    east = np.radians(0.0002) * EARTH_RADIUS_M * np.cos(np.radians(49))
    np.testing.assert_allclose(step, [east, north, 3], rtol=1e-5)
    np.testing.assert_allclose(moved[:3, :3] @ [1, 0, 0], [0, 1, 0], atol=1e-12)  # yaw from east to north


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(-3, 3))
def test_rotation_against_scipy(roll: float, pitch: float, yaw: float) -> None:
    found = oxts_pose(oxts(roll=roll, pitch=pitch, yaw=yaw), 0)[:3, :3]
    np.testing.assert_allclose(found, Rotation.from_euler("ZYX", [yaw, pitch, roll]).as_matrix(), atol=1e-12)


def test_the_lidar_is_swung_round_by_the_turning_imu() -> None:
    # the IMU turns on the spot by 1 rad/s to the left; the lidar, 2 m ahead of it, goes left at 2 m/s
    lidar_from_imu = np.eye(4)
    lidar_from_imu[0, 3] = -2
    twist = oxts_twist(oxts(wu=1.0), lidar_from_imu)
    np.testing.assert_allclose(twist.velocity_mps, [0, 2, 0], atol=1e-12)
    np.testing.assert_allclose(twist.rotation_radps, [0, 0, 1])
    straight = oxts_twist(oxts(vf=3.0, vl=-1.0, vu=0.5), lidar_from_imu)
    np.testing.assert_allclose(straight.velocity_mps, [3, -1, 0.5])


@pytest.mark.parametrize("seconds", [0.1, 0.2])
def test_no_motion_has_no_twist(seconds: float) -> None:
    twist = twist_between(np.eye(4), seconds)
    assert not twist.velocity_mps.any()
    assert not twist.rotation_radps.any()
