"""KITTI's oxts records: pose and motion of the inertial unit as 30 numbers."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulation.sensing.rig import rotation
from lidarsel.simulation.sensing.trajectory import Trajectory

EARTH_RADIUS_M = 6378137.0
ORIGIN_DEG = (49.0, 8.4)
"""Latitude and longitude of the first frame of every drive."""
GRAVITY_M_PER_S2 = 9.81


def oxts_record(trajectory: Trajectory, time_s: float, origin_m: NDArray[np.float64]) -> str:
    """The line of KITTI's oxts/data file for this moment; ``origin_m`` (3,) is the first frame's position.

    Latitude and longitude invert the Mercator projection of KITTI's development kit,
    x = s r pi lon / 180, y = s r log(tan(pi (90 + lat) / 360)), s = cos(pi lat0 / 180), where lat0 is the latitude of
    the drive's first frame. vf, vl, vu are level with the ground (forward, left, up), ax..az and wx..wz are about the
    unit's own axes, af..au and wf..wu about the level ones: dataformat.txt of KITTI's raw data.
    """
    ego = trajectory.at(time_s)
    scale = np.cos(np.radians(ORIGIN_DEG[0])) * EARTH_RADIUS_M
    east0 = scale * np.radians(ORIGIN_DEG[1])
    north0 = scale * np.log(np.tan(np.pi * (90 + ORIGIN_DEG[0]) / 360))
    east, north, up = ego.position_m - origin_m
    longitude = np.degrees((east0 + east) / scale)
    latitude = 360 / np.pi * np.arctan(np.exp((north0 + north) / scale)) - 90
    step = 0.02
    before, after = trajectory.at(time_s - step), trajectory.at(time_s + step)
    push = (after.velocity_m_per_s - before.velocity_m_per_s) / (2 * step) + (0, 0, GRAVITY_M_PER_S2)
    level, own = rotation(0, 0, ego.yaw), rotation(ego.roll, ego.pitch, ego.yaw)
    tilt = level.T @ own
    velocity = ego.velocity_m_per_s
    numbers = [latitude, longitude, 112.0 + up, ego.roll, ego.pitch, np.mod(ego.yaw + np.pi, 2 * np.pi) - np.pi]
    numbers += [velocity[1], velocity[0], *(level.T @ velocity)]
    numbers += [*(own.T @ push), *(level.T @ push), *ego.turn_rad_per_s, *(tilt @ ego.turn_rad_per_s)]
    numbers += [0.02, 0.01]
    return " ".join(f"{n:.14f}" for n in numbers) + " 4 9 6 6 6\n"
