"""Points of the world as a moving lidar measured them: against SciPy's interpolation of rotations."""

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from lidarsel.datasets.pandaset.trajectory import LidarTrajectory

RANDOM = np.random.default_rng(5)
STAMPS_S = 1_557_539_924.5 + np.array([0.0, 0.1, 0.21, 0.3])
TURNS = Rotation.from_euler("zyx", [[0, 0, 0], [4, 1, -1], [9, 1.5, 0], [9, 0, 2]], degrees=True)
PLACES_M = np.array([[5.0, 2, 1], [6, 2.1, 1], [7.2, 2.4, 1.1], [8.1, 2.9, 1]])
POSES = np.tile(np.eye(4), (4, 1, 1))
POSES[:, :3, :3], POSES[:, :3, 3] = TURNS.as_matrix(), PLACES_M


def test_points_are_seen_from_where_the_lidar_was_at_their_time() -> None:
    time_s = STAMPS_S[0] + RANDOM.uniform(0, 0.3, 400)
    measured_m = RANDOM.normal(0, 20, (400, 3))
    turns = Slerp(STAMPS_S, TURNS)(time_s)
    places_m = np.stack([np.interp(time_s, STAMPS_S, PLACES_M[:, axis]) for axis in range(3)], axis=1)
    world_m = turns.apply(measured_m) + places_m
    found = LidarTrajectory(STAMPS_S, POSES).as_measured(world_m, time_s)
    np.testing.assert_allclose(found, measured_m, atol=1e-5)


def test_before_and_after_the_motion_goes_on() -> None:
    time_s = np.array([STAMPS_S[0] - 0.05, STAMPS_S[-1] + 0.045])
    ahead_m = PLACES_M[0] - (PLACES_M[1] - PLACES_M[0]) / 2
    after = Rotation.from_rotvec((TURNS[2].inv() * TURNS[3]).as_rotvec() * 0.5)
    after_m = PLACES_M[3] + (PLACES_M[3] - PLACES_M[2]) / 2
    seen_m = np.array([[3.0, -2, 1], [4.0, 5, -6]])
    turns = [Rotation.from_rotvec(-(TURNS[0].inv() * TURNS[1]).as_rotvec() / 2), TURNS[3] * after]
    places = (ahead_m, after_m)
    world_m = np.array([turn.apply(xyz) + at for turn, xyz, at in zip(turns, seen_m, places, strict=True)])
    np.testing.assert_allclose(LidarTrajectory(STAMPS_S, POSES).as_measured(world_m, time_s), seen_m, atol=1e-5)


def test_a_single_pose_stands_still() -> None:
    seen_m = RANDOM.normal(0, 20, (9, 3))
    world_m = TURNS[1].apply(seen_m) + PLACES_M[1]
    found = LidarTrajectory(STAMPS_S[1:2], POSES[1:2]).as_measured(world_m, np.full(9, STAMPS_S[3]))
    np.testing.assert_allclose(found, seen_m, atol=1e-9)
