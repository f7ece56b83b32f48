"""One simulated drive: a scene, a rig, a trajectory, and what its sensors see at any moment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import ImagePoints, Scan
from lidarsel.geometry.views import CameraView, image_points
from lidarsel.simulation.sensing.camera import Picture, photograph
from lidarsel.simulation.sensing.raycast import RayScene
from lidarsel.simulation.sensing.rig import Rig, make_rig, transform
from lidarsel.simulation.sensing.sensor import make_lidar, scan
from lidarsel.simulation.sensing.trajectory import EgoState, Trajectory
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.streets.scene import build_scene

IMU_HEIGHT_M = 0.93
AHEAD_DEG = 60.0
"""Azimuth on either side that holds what the camera (41 degrees) sees, from half a second before and after it."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One moment: the ego vehicle's state and the lidar's scan around it. label: uint16 (N,), SemanticKITTI's, of what
    each point of the scan lies on."""

    ego: EgoState
    scan: Scan
    label: NDArray[np.uint16]


class Drive:
    """A scene, a rig and a trajectory, all from ``settings.seed`` and the drive's number.

    The street is long enough for times from 0 to ``duration_s`` and a second more on both sides.
    """

    def __init__(self, settings: SimulateSettings, number: int, duration_s: float, rig: Rig | None = None) -> None:
        self.settings, self._number = settings, number
        rng = np.random.default_rng([settings.seed, number, 0])
        self.rig = rig or make_rig(np.random.default_rng([settings.seed, number, 1]), settings)
        # one sensor for all drives of a seed: its lines are what is being chosen
        self.lidar = make_lidar(np.random.default_rng([settings.seed, 2]), settings)
        speed = settings.speed_m_per_s * float(rng.uniform(0.6, 1.3))
        self.scene = build_scene(rng, max(speed * duration_s, 5.0), speed, settings.moving_traffic)
        self._rays = RayScene.of(self.scene.static)
        height = IMU_HEIGHT_M + float(rng.normal(0, settings.height_jitter_m))
        pitch = float(np.radians(rng.normal(0, settings.pitch_jitter_deg)))
        self.trajectory = Trajectory(rng, self.scene, speed, height, pitch)

    def scan_at(self, index: int, time_s: float) -> Snapshot:
        """The scan of moment ``time_s``; ``index`` (>= 0) gives it noise of its own, whatever was simulated before."""
        return self._scan(index, time_s, 180.0)

    def scan_ahead_at(self, index: int, time_s: float) -> Snapshot:
        """The part of a scan that the camera may see, at a third of the work; other noise than ``scan_at`` has."""
        return self._scan(index, time_s, AHEAD_DEG)

    def _scan(self, index: int, time_s: float, reach_deg: float) -> Snapshot:
        s, ego = self.settings, self.trajectory.at(time_s)
        rays = self._rays_at(time_s)
        return Snapshot(ego, *scan(self.rng(3, index), rays, self.lidar, self.rig, ego, s, reach_deg))

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

    def unrolled(self, shot: Snapshot) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
        """The points ahead of the lidar at the picture's moment, free of the sweep's motion, and their lines.

        float64 (N, 3) in lidar coordinates, int16 (N,). What lies behind the lidar is in no picture.
        """
        ahead = shot.scan.xyz_m[:, 0] > 0
        xyz = shot.scan.xyz_m[ahead].astype(np.float64)
        if self.settings.rolling_sweep:
            xyz = unroll(xyz, shot.ego, self.rig, self.settings.frame_period_s)
        return xyz, shot.scan.line[ahead]

    def image_points(self, shot: Snapshot) -> ImagePoints:
        """The scan in the image, freed of the sweep's motion by the true motion."""
        s = self.settings
        return image_points(*self.unrolled(shot), CameraView(self.rig.calibration, (s.image_height, s.image_width)))


def unroll(xyz_m: NDArray[np.float64], ego: EgoState, rig: Rig, period_s: float) -> NDArray[np.float64]:
    """Points (N, 3) of a rolling sweep in the lidar's coordinates at the picture's moment: scan() backwards.

    Rodrigues' formula on the points in the inertial unit's coordinates, whose motion is what is known.
    """
    time_s = -np.arctan2(xyz_m[:, 1], xyz_m[:, 0]) / (2 * np.pi) * period_s
    x = transform(np.asarray(np.linalg.inv(rig.lidar_from_imu), np.float64), xyz_m)
    rate = float(np.linalg.norm(ego.turn_rad_per_s))
    cross = np.cross(ego.turn_rad_per_s / max(rate, 1e-12), np.eye(3)).T  # cross @ x = axis x x
    once = transform(cross, x)
    angle = (time_s * rate)[:, None]
    moved = x + np.sin(angle) * once + (1 - np.cos(angle)) * transform(cross, once)
    moved += np.outer(time_s, ego.world_from_imu[:3, :3].T @ ego.velocity_m_per_s)
    return transform(rig.lidar_from_imu, moved)
