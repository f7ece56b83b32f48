"""The ego vehicle's motion along the road."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulation.sensing.rig import rigid, rotation
from lidarsel.simulation.streets.scene import Scene

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EgoState:
    """Pose and motion at one moment, as an inertial unit has them.

    position_m (3,), world (east, north, up). roll, pitch, yaw in radians: R = Rz(yaw) Ry(pitch) Rx(roll).
    velocity_m_per_s (3,), world. turn_rad_per_s (3,), about the vehicle's own axes.
    """

    position_m: Doubles
    roll: float
    pitch: float
    yaw: float
    velocity_m_per_s: Doubles
    turn_rad_per_s: Doubles

    @property
    def world_from_imu(self) -> Doubles:
        """float64 (4, 4)."""
        return rigid(rotation(self.roll, self.pitch, self.yaw), self.position_m)

    def after(self, time_s: Doubles) -> tuple[Doubles, Doubles]:
        """Rotations (N, 3, 3) and positions (N, 3) after ``time_s`` (N,) of constant velocity and turn rate."""
        turn = self.turn_rad_per_s[None] * time_s[:, None]
        angle = np.linalg.norm(turn, axis=1)[:, None, None]
        x, y, z = turn.T
        cross = np.stack([0 * x, -z, y, z, 0 * x, -x, -y, x, 0 * x], -1).reshape(-1, 3, 3)
        # Rodrigues' formula; the series near zero keeps it finite
        a = np.where(angle > 1e-8, np.sin(angle) / np.maximum(angle, 1e-12), 1.0)
        b = np.where(angle > 1e-8, (1 - np.cos(angle)) / np.maximum(angle, 1e-12) ** 2, 0.5)
        small = np.eye(3) + a * cross + b * (cross @ cross)
        rotations = rotation(self.roll, self.pitch, self.yaw) @ small
        return rotations, self.position_m + self.velocity_m_per_s * time_s[:, None]


class Trajectory:
    """Where the vehicle is at any time: along its lane, with some weaving, pitching and rolling."""

    def __init__(
        self, rng: np.random.Generator, scene: Scene, speed_m_per_s: float, imu_height_m: float, pitch_rad: float
    ):
        self._scene, self._height_m, self._pitch = scene, imu_height_m, pitch_rad
        self._speed = speed_m_per_s
        self._weave = rng.uniform(0, 0.25), rng.uniform(0, 6.28), rng.uniform(0.3, 0.9)
        self._sway = rng.normal(0, np.radians(0.35), (3, 2))
        self._phase = rng.uniform(0, 6.28, (3, 2))
        self._tempo = rng.uniform(1.5, 8, (3, 2))

    def _pose(self, time_s: float) -> tuple[Doubles, Doubles]:
        """Position (3,) and (roll, pitch, yaw)."""
        road = self._scene.road
        size, phase, tempo = self._weave
        s = self._speed * time_s
        d = self._scene.lane_d_m + size * np.sin(tempo * time_s + phase)
        drift = size * tempo * np.cos(tempo * time_s + phase)
        slide = np.arctan2(drift, self._speed) if self._speed > 1 else 0.0
        # a wheelbase smooths what the ground does
        at = s + np.array([-1.4, 0, 1.4])
        left, right = road.point_m(at, d + 0.8), road.point_m(at, d - 0.8)
        middle = (left + right) / 2
        sway = (self._sway * np.sin(self._tempo * time_s + self._phase)).sum(1)
        sway[2] *= 0.2
        rise = np.arctan2(middle[2, 2] - middle[0, 2], 2.8)
        bank = np.arctan2((left[:, 2] - right[:, 2]).mean(), 1.6)
        angles = np.array([bank, -rise + self._pitch, float(road.heading_rad(s)) + slide]) + sway
        return middle.mean(0) + np.array([0, 0, self._height_m]), angles

    def at(self, time_s: float) -> EgoState:
        """Pose, velocity and turn rate; the latter two by central differences over 20 ms."""
        step = 0.01
        position, angles = self._pose(time_s)
        before, after = self._pose(time_s - step), self._pose(time_s + step)
        r0, r1 = rotation(*before[1]), rotation(*after[1])
        change = rotation(*angles).T @ (r1 - r0) / (2 * step)
        turn = np.array([change[2, 1] - change[1, 2], change[0, 2] - change[2, 0], change[1, 0] - change[0, 1]]) / 2
        roll, pitch, yaw = (float(a) for a in angles)
        return EgoState(position, roll, pitch, yaw, (after[0] - before[0]) / (2 * step), turn)
