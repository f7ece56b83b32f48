"""One simulated drive: a scene, a rig, a trajectory, and what its sensors see at any moment."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import ImagePoints, Scan
from lidarsel.geometry.views import CameraView, image_points
from lidarsel.simulation.sensing.camera import Picture, photograph
from lidarsel.simulation.sensing.raycast import RayScene
from lidarsel.simulation.sensing.rig import Rig, make_rig, transform
from lidarsel.simulation.sensing.sensor import Beams, aim, make_lidar, scan
from lidarsel.simulation.sensing.trajectory import EgoState, Trajectory
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.streets.scene import build_scene

IMU_HEIGHT_M = 0.93
AHEAD_DEG = 60.0
"""Azimuth on either side that holds what the camera (41 degrees) sees, from half a second before and after it."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One moment: the ego vehicle's state and the lidar's scan around it.

    label: uint16 (N,), SemanticKITTI's, of what each point of the scan lies on. ahead_m: float64 (M, 3), the points
    ahead of the lidar at the picture's moment, in its coordinates, free of the sweep's motion. ahead_line: int16 (M,),
    their lines. What lies behind the lidar is in no picture.
    """

    ego: EgoState
    scan: Scan
    label: NDArray[np.uint16]
    ahead_m: NDArray[np.float64]
    ahead_line: NDArray[np.int16]


class Drive:
    """A scene, a rig and a trajectory, all from ``settings.seed`` and the drive's number.

    The street is long enough for times from 0 to ``duration_s`` and a second more on both sides.
    """

    def __init__(self, settings: SimulateSettings, number: int, duration_s: float, rig: Rig | None = None) -> None:
        settings = settings.of_drive(number)
        self.settings, self._number = settings, number
        rng = np.random.default_rng([settings.seed, number, 0])
        self.rig = rig or make_rig(np.random.default_rng([settings.seed, number, 1]), settings)
        # one sensor for all drives of a seed: its lines are what is being chosen
        self.lidar = make_lidar(np.random.default_rng([settings.seed, 2]), settings)
        speed = settings.speed_m_per_s * float(rng.uniform(0.6, 1.3))
        length_m = max(speed * duration_s, 5.0)
        self.scene = build_scene(rng, length_m, speed, settings.moving_traffic, settings.streets)
        self._rays = RayScene.of(self.scene.static, [mover.mesh for mover in self.scene.movers])
        height = IMU_HEIGHT_M + float(rng.normal(0, settings.height_jitter_m))
        pitch = float(np.radians(rng.normal(0, settings.pitch_jitter_deg)))
        self.trajectory = Trajectory(rng, self.scene, speed, height, pitch)

    def scan_at(self, index: int, time_s: float) -> Snapshot:
        """The scan of moment ``time_s``; ``index`` (>= 0) gives it noise of its own, whatever was simulated before."""
        return self._scan(index, time_s, self._beams)

    def scan_ahead_at(self, index: int, time_s: float) -> Snapshot:
        """The part of a scan that the camera may see, at a third of the work; other noise than ``scan_at`` has."""
        return self._scan(index, time_s, self._beams_ahead)

    @cached_property
    def _beams(self) -> Beams:
        return aim(self.lidar, self.settings)

    @cached_property
    def _beams_ahead(self) -> Beams:
        return aim(self.lidar, self.settings, AHEAD_DEG)

    def _scan(self, index: int, time_s: float, beams: Beams) -> Snapshot:
        s, ego = self.settings, self.trajectory.at(time_s)
        points, label = scan(self.rng(3, index), self._rays_at(time_s), beams, self.rig, ego, s)
        ahead = points.xyz_m[:, 0] > 0
        ahead_m = points.xyz_m[ahead].astype(np.float64)
        if s.rolling_sweep:
            ahead_m = unroll(ahead_m, ego, self.rig, s.frame_period_s)
        return Snapshot(ego, points, label, ahead_m, points.line[ahead])

    def picture_at(self, index: int, time_s: float) -> Picture:
        """The camera's view of the same moment."""
        s, ego = self.settings, self.trajectory.at(time_s)
        return photograph(self.rng(4, index), self._rays_at(time_s), self.scene.light, self.rig, ego, s)

    def rng(self, purpose: int, index: int) -> np.random.Generator:
        """Randomness of its own for each moment and purpose (3 = scan, 4 = picture, 5 = ground truth)."""
        return np.random.default_rng([self.settings.seed, self._number, purpose, index])

    def world_from_lidar(self, shot: Snapshot) -> NDArray[np.float64]:
        """float64 (4, 4): the lidar's pose at the picture's moment."""
        pose: NDArray[np.float64] = shot.ego.world_from_imu @ np.linalg.inv(self.rig.lidar_from_imu)
        return pose

    def _rays_at(self, time_s: float) -> RayScene:
        return self._rays.with_moving(self.scene.moving_at(time_s))

    def image_points(self, shot: Snapshot) -> ImagePoints:
        """The scan in the image, freed of the sweep's motion by the true motion."""
        size = self.settings.image_height, self.settings.image_width
        return image_points(shot.ahead_m, shot.ahead_line, CameraView(self.rig.calibration, size))


def unroll(xyz_m: NDArray[np.float64], ego: EgoState, rig: Rig, period_s: float) -> NDArray[np.float64]:
    """Points (N, 3) of a rolling sweep in the lidar's coordinates at the picture's moment: scan() backwards.

    Rodrigues' formula on the points in the inertial unit's coordinates, whose motion is what is known.
    """
    time_s = -np.arctan2(xyz_m[:, 1], xyz_m[:, 0]) / (2 * np.pi) * period_s
    x = transform(np.asarray(np.linalg.inv(rig.lidar_from_imu), np.float64), xyz_m)
    rate = float(np.linalg.norm(ego.turn_rad_per_s))
    cross = np.cross(ego.turn_rad_per_s / max(rate, 1e-12), np.eye(3)).T  # cross @ x = axis x x
    once = transform(cross, x)
    twice = transform(cross, once)
    angle = time_s * rate
    sine, versine = np.sin(angle), 1 - np.cos(angle)
    velocity = ego.world_from_imu[:3, :3].T @ ego.velocity_m_per_s
    for axis in range(3):
        x[:, axis] += sine * once[:, axis]
        x[:, axis] += versine * twice[:, axis]
        x[:, axis] += time_s * velocity[axis]
    return transform(rig.lidar_from_imu, x)
