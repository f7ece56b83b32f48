"""Where the lidar was while it measured: poses at some times, and the constant twist from each to the next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.motion import Twist, seen_from, twist_between

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LidarTrajectory:
    """stamps_s: float64 (N,), rising. world_from_lidar: float64 (N, 4, 4), at these times."""

    stamps_s: Array
    world_from_lidar: Array

    def as_measured(self, world_m: Array, time_s: Array) -> Array:
        """Points of the world, float64 (P, 3), -> each in the lidar's coordinates at its own time, float64 (P,).

        Before the first pose and after the last the motion goes on as it was beside it; a single pose stands still.
        """
        if len(self.stamps_s) == 1:
            return seen_from(self.world_from_lidar[0], world_m)
        measured = np.empty_like(world_m)
        leg = np.clip(np.searchsorted(self.stamps_s, time_s, side="right") - 1, 0, len(self.stamps_s) - 2)
        for number in np.unique(leg):
            own = leg == number
            seen = seen_from(self.world_from_lidar[number], world_m[own])
            measured[own] = _moved_back(seen, time_s[own] - self.stamps_s[number], self.twist(int(number)))
        return measured

    def twist(self, number: int) -> Twist:
        """From the pose of this number to the next, in the lidar's coordinates at its time."""
        before, after = self.world_from_lidar[number], self.world_from_lidar[number + 1]
        return twist_between(np.linalg.inv(before) @ after, float(self.stamps_s[number + 1] - self.stamps_s[number]))


def _moved_back(xyz_m: Array, late_s: Array, twist: Twist) -> Array:
    """float64 (P, 3) -> exp(-t w) (x - t v), as the lidar has it so many seconds on, by Rodrigues' formula."""
    moved = xyz_m - late_s[:, None] * twist.velocity_mps
    speed = float(np.linalg.norm(twist.rotation_radps))
    if speed == 0:
        return moved
    axis = twist.rotation_radps / speed
    angle = -speed * late_s[:, None]
    once = np.cross(axis, moved)
    turned: Array = moved + np.sin(angle) * once + (1 - np.cos(angle)) * np.cross(axis, once)
    return turned
