"""The spinning lidar: where its beams point, what comes back, in the order of KITTI's files."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import Scan
from lidarsel.simulation.sensing.materials import albedo
from lidarsel.simulation.sensing.raycast import Hits, RayScene
from lidarsel.simulation.sensing.rig import Rig
from lidarsel.simulation.sensing.trajectory import EgoState
from lidarsel.simulation.sensing.vectors import dots, some
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


@dataclass(frozen=True, eq=False)
class Beams:
    """The directions in which a lidar fires in one revolution, line by line from the top.

    direction: float64 (3, n_lines, columns), unit vectors in the lidar's coordinates. time_s: float64 (columns,), after
    the moment of the picture.
    """

    direction: Doubles
    time_s: Doubles


def aim(lidar: Lidar, settings: SimulateSettings, reach_deg: float = 180.0) -> Beams:
    """The beams of every revolution: azimuths from 0 to 360 degrees, at ``settings.azimuth_step_deg``.

    KITTI's lidar turns clockwise and passes the camera's axis (azimuth 0) at the moment of the picture, so a
    point's time is -azimuth / 2 pi revolutions with the azimuth in -pi..pi. Without ``settings.rolling_sweep`` it
    fires all at that moment.

    Args:
        lidar: its lines.
        settings: the azimuth's step and how long a revolution takes.
        reach_deg: only azimuths up to so far on either side of the camera's axis are fired at.
    """
    n_whole = round(360 / settings.azimuth_step_deg)
    step = 2 * np.pi / n_whole
    firing = np.arange(n_whole)
    firing = firing[np.abs((firing + 0.5) / n_whole - np.round((firing + 0.5) / n_whole)) * 360 <= reach_deg]
    azimuth = (firing[None] + lidar.azimuth_shift[:, None]) * step
    elevation = np.radians(lidar.elevation_deg)[:, None]
    direction = np.empty((3, *azimuth.shape))
    direction[0], direction[1] = np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth)
    direction[2] = np.sin(elevation)
    middle = (firing + 0.5) * step
    time_s = -np.where(middle > np.pi, middle - 2 * np.pi, middle) / (2 * np.pi) * settings.frame_period_s
    return Beams(direction, time_s if settings.rolling_sweep else 0 * time_s)


def scan(
    rng: np.random.Generator, scene: RayScene, beams: Beams, rig: Rig, ego: EgoState, settings: SimulateSettings
) -> tuple[Scan, NDArray[np.uint16]]:
    """One revolution, and SemanticKITTI's label of what each of its points lies on, uint16 (N,).

    Lines run from the top, each line's azimuth from 0 to 360 degrees, as in KITTI's files. With
    ``settings.rolling_sweep`` every point is in the coordinates that the moving sensor had at its own time, as in
    KITTI's raw scans.

    Args:
        rng: of noise and of returns that are lost.
        scene: what the rays meet.
        beams: where the lidar fires.
        rig: where it stands on the vehicle.
        ego: where the vehicle is and how it moves.
        settings: noise and range.
    """
    turn, place = ego.after(beams.time_s)
    imu_from_lidar = np.linalg.inv(rig.lidar_from_imu)
    origin, turn = place + turn @ imu_from_lidar[:3, 3], turn @ imu_from_lidar[:3, :3]
    x, y, z = beams.direction
    origins, directions = np.empty((2, 3, *x.shape), np.float32)
    for axis in range(3):
        along = turn[:, axis].T
        origins[axis] = origin[:, axis]
        directions[axis] = along[0] * x + along[2] * z + along[1] * y
    origins, directions = origins.reshape(3, -1).T, directions.reshape(3, -1).T
    hits = scene.cast(origins, directions)
    found = np.flatnonzero(hits.distance < settings.lidar_range_m)
    returned, intensity = _returns(rng, scene, hits, directions, found, settings)
    kept = found[returned]
    range_m = hits.distance[kept] + rng.normal(0, settings.range_noise_m, len(kept))
    near = range_m > 0.5
    kept, range_m = kept[near], range_m[near]
    xyz = np.empty((len(kept), 3), np.float32)
    for axis in range(3):
        xyz[:, axis] = np.round(beams.direction[axis].ravel().take(kept) * range_m, 3)
    line = (kept // x.shape[1]).astype(np.int16)
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
    slant = np.abs(dots(hits.normal.take(found, axis=0), some(directions, found)))
    material = scene.material[hits.triangle[found]]
    colour, gloss = albedo(material, lambda i: scene.spots(hits, found[i], 0.003 * distance[i]))
    brightness = (colour[0] + colour[1] + colour[2]) / np.float32(3) * (1 - gloss)
    signal = (0.15 + brightness) * np.sqrt(slant) / (1 + (distance / 60) ** 2)
    chance = (1 - settings.drop_out) * (1 - np.exp(-signal / 0.012))
    mirror = (material == Material.GLASS) | ((material == Material.FACADE) & (gloss > 0.2))
    chance = np.where(mirror, 0.15 * chance, chance)
    intensity = np.round(np.clip(brightness * (0.4 + 0.6 * slant), 0, 0.99), 2).astype(np.float32)
    return rng.random(len(found)) < chance, intensity
