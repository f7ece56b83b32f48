"""The spinning lidar: where its beams point, what comes back, in the order of KITTI's files."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import Scan
from lidarsel.simulation.sensing.materials import albedo
from lidarsel.simulation.sensing.raycast import Hits, RayScene
from lidarsel.simulation.sensing.rig import Rig
from lidarsel.simulation.sensing.trajectory import EgoState
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.streets.mesh import Material

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lidar:
    """elevation_deg: float64 (n_lines,), strictly descending. azimuth_shift: float64 (n_lines,), in steps."""

    elevation_deg: Doubles
    azimuth_shift: Doubles


def make_lidar(rng: np.random.Generator, settings: SimulateSettings) -> Lidar:
    """A product's lines; without one, the HDL-64E's two blocks of 32 (data sheet: +2 to -8.33 and -8.83 to -24.33
    degrees), or even spacing."""
    n = settings.n_lines
    if settings.elevation_deg:
        return Lidar(np.array(settings.elevation_deg), _first_firings(rng, n))
    if n == 64:
        ideal = np.concatenate([2 - np.arange(32) / 3, -8.83 - np.arange(32) / 2])
    else:
        ideal = np.linspace(2.0, -24.8, n)
    least = float((-np.diff(ideal)).min())
    # lasers are never mounted quite evenly, but keep their order
    elevation = ideal + np.clip(rng.normal(0, 0.12, n), -0.4, 0.4) * least
    return Lidar(elevation, _first_firings(rng, n))


def _first_firings(rng: np.random.Generator, n_lines: int) -> Doubles:
    """float64 (n_lines,), in steps: between a quarter and three quarters of one after azimuth 0, so that rounding to
    millimetres never carries a point over to the other end of its line."""
    return rng.uniform(0.25, 0.75, n_lines)


def scan(
    rng: np.random.Generator,
    scene: RayScene,
    lidar: Lidar,
    rig: Rig,
    ego: EgoState,
    settings: SimulateSettings,
    reach_deg: float = 180.0,
) -> tuple[Scan, NDArray[np.uint16]]:
    """One revolution, and SemanticKITTI's label of what each of its points lies on, uint16 (N,).

    Lines run from the top, each line's azimuth from 0 to 360 degrees, as in KITTI's files.

    KITTI's lidar turns clockwise and passes the camera's axis (azimuth 0) at the moment of the picture, so a
    point's time is -azimuth / 2 pi revolutions with the azimuth in -pi..pi. With ``rolling_sweep`` every point is in
    the coordinates that the moving sensor had at its own time, as in KITTI's raw scans.

    Args:
        rng: of noise and of returns that are lost.
        scene: what the rays meet.
        lidar: its lines.
        rig: where it stands on the vehicle.
        ego: where the vehicle is and how it moves.
        settings: steps, noise and range.
        reach_deg: only azimuths up to so far on either side of the camera's axis are fired at.
    """
    n_whole = round(360 / settings.azimuth_step_deg)
    step = 2 * np.pi / n_whole
    firing = np.arange(n_whole)
    firing = firing[np.abs((firing + 0.5) / n_whole - np.round((firing + 0.5) / n_whole)) * 360 <= reach_deg]
    n_azimuths = len(firing)
    azimuth = (firing[None] + lidar.azimuth_shift[:, None]) * step
    elevation = np.radians(lidar.elevation_deg)[:, None]
    local = np.empty((*azimuth.shape, 3))
    local[..., 0], local[..., 1] = np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth)
    local[..., 2] = np.sin(elevation)
    middle = (firing + 0.5) * step
    time_s = -np.where(middle > np.pi, middle - 2 * np.pi, middle) / (2 * np.pi) * settings.frame_period_s
    turn, place = ego.after(time_s if settings.rolling_sweep else 0 * time_s)
    imu_from_lidar = np.linalg.inv(rig.lidar_from_imu)
    origin = place + turn @ imu_from_lidar[:3, 3]
    direction = np.einsum("aij,laj->lai", turn @ imu_from_lidar[:3, :3], local)
    n_rays = azimuth.size
    origins = np.broadcast_to(origin[None], direction.shape).reshape(n_rays, 3).astype(np.float32)
    directions = direction.reshape(n_rays, 3).astype(np.float32)
    hits = scene.cast(origins, directions)
    found = np.flatnonzero(hits.distance < settings.lidar_range_m)
    returned, intensity = _returns(rng, scene, hits, directions, found, settings)
    kept = found[returned]
    range_m = hits.distance[kept] + rng.normal(0, settings.range_noise_m, len(kept))
    near = range_m > 0.5
    kept, range_m = kept[near], range_m[near]
    xyz = np.round(local.reshape(-1, 3)[kept] * range_m[:, None], 3).astype(np.float32)
    line = (kept // n_azimuths).astype(np.int16)
    return Scan(xyz, intensity[returned][near], line), scene.label[hits.triangle[kept]]


def _returns(
    rng: np.random.Generator,
    scene: RayScene,
    hits: Hits,
    directions: NDArray[np.float32],
    found: NDArray[np.int64],
    settings: SimulateSettings,
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which of the found surfaces send enough light back, and how much: dark, far, slanting and glass ones less."""
    distance = hits.distance[found]
    slant = np.abs(np.einsum("ij,ij->i", hits.normal[found], directions[found]))
    material = scene.material[hits.triangle[found]]
    colour, gloss = albedo(material, lambda i: scene.spots(hits, found[i], 0.003 * distance[i]))
    brightness = colour.mean(1) * (1 - gloss)
    signal = (0.15 + brightness) * np.sqrt(slant) / (1 + (distance / 60) ** 2)
    chance = (1 - settings.drop_out) * (1 - np.exp(-signal / 0.012))
    mirror = (material == Material.GLASS) | ((material == Material.FACADE) & (gloss > 0.2))
    chance = np.where(mirror, 0.15 * chance, chance)
    intensity = np.round(np.clip(brightness * (0.4 + 0.6 * slant), 0, 0.99), 2).astype(np.float32)
    return rng.random(len(found)) < chance, intensity
