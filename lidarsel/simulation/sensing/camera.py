"""The camera: one ray a pixel for the exact depth and for the picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulation.sensing.materials import albedo
from lidarsel.simulation.sensing.noise import noise_texture
from lidarsel.simulation.sensing.raycast import Hits, RayScene
from lidarsel.simulation.sensing.rig import Rig
from lidarsel.simulation.sensing.trajectory import EgoState
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.streets.scene import Light

Floats = NDArray[np.float32]
BAND = 1 << 16
"""Rays at a time: what is known of so many fits a processor's cache."""


@dataclass(frozen=True, eq=False)
class Picture:
    """image: uint8 (H, W, 3) RGB. depth_m: float32 (H, W), exact at pixel centres, 0 = nothing in range."""

    image: NDArray[np.uint8]
    depth_m: Floats


def photograph(
    rng: np.random.Generator, scene: RayScene, light: Light, rig: Rig, ego: EgoState, settings: SimulateSettings
) -> Picture:
    """The picture and the exact depth at its pixels' centres.

    Pixel (row, column) is seen along the ray through (u, v) = (column, row), which is what KITTI's
    ``floor(x + 0.5)`` rounds to. Depth is the third homogeneous coordinate of P_rect @ X, as in KITTI's depth maps.

    Args:
        rng: of the image's noise.
        scene: what is seen.
        light: what it is lit by.
        rig: where the camera stands on the vehicle, and what it sees.
        ego: where the vehicle is.
        settings: the image's size and noise, and how far depth goes.
    """
    height, width = settings.image_height, settings.image_width
    origin, ray = pixel_rays(rig, ego, height, width)
    colour, depth = np.empty_like(ray), np.empty(len(ray), np.float32)
    for start in range(0, len(ray), BAND):
        band = slice(start, start + BAND)
        colour[band], distance = _seen(scene, light, origin, ray[band], float(rig.camera_matrix[0, 0]))
        depth[band] = np.where(distance <= settings.max_range_m, distance, 0)
    picture = _develop(rng, colour.reshape(height, width, 3), light, settings.image_noise)
    return Picture(picture, depth.reshape(height, width))


def _seen(scene: RayScene, light: Light, origin: Floats, ray: Floats, focal_px: float) -> tuple[Floats, Floats]:
    """Linear RGB (N, 3) along the rays, and how far they go (N,) in their own lengths, inf = into the sky."""
    hits = scene.cast(origin, ray)
    colour = np.empty_like(ray)
    open_sky, seen = np.flatnonzero(hits.triangle < 0), np.flatnonzero(hits.triangle >= 0)
    colour[open_sky] = _sky(light, ray[open_sky])
    colour[seen] = _lit(scene, light, origin, ray[seen], hits, seen, focal_px)
    return colour, hits.distance


def pixel_rays(rig: Rig, ego: EgoState, height: int, width: int) -> tuple[Floats, Floats]:
    """Camera centre (3,) in the world, and a direction for each pixel, (H * W, 3), whose length is a depth of 1."""
    world_from_camera = ego.world_from_imu @ np.linalg.inv(rig.calibration.camera_from_lidar @ rig.lidar_from_imu)
    inverse = np.linalg.inv(rig.camera_matrix[:, :3])
    centre = -inverse @ rig.camera_matrix[:, 3]
    to_world = world_from_camera[:3, :3] @ inverse
    u, v = np.arange(width), np.arange(height)
    ray = (to_world[:, 0] * u[None, :, None] + to_world[:, 1] * v[:, None, None] + to_world[:, 2]).reshape(-1, 3)
    origin = world_from_camera[:3, :3] @ centre + world_from_camera[:3, 3]
    return origin.astype(np.float32), ray.astype(np.float32)


def _sky(light: Light, ray: Floats) -> Floats:
    """Linear RGB (N, 3) of the sky along the rays: brighter and greyer at the horizon, with clouds."""
    length = np.sqrt(np.einsum("ij,ij->i", ray, ray))
    up = np.maximum(ray[:, 2] / length, 0)
    colour = light.horizon + (light.zenith - light.horizon) * np.sqrt(up)[:, None]
    flat = 1 / (up + 0.08) / length
    thin = np.full(len(up), 0.002, np.float32)
    cloud = noise_texture("fractal")(ray[:, 0] * flat, ray[:, 1] * flat, 9.0, thin)
    cover = np.clip((cloud + 2 * light.clouds - 0.8) * 0.5, 0, 1)[:, None] * np.minimum(up * 8, 1)[:, None]
    colour += (np.float32(0.95) - colour) * cover
    glow = np.maximum(ray @ light.sun.astype(np.float32) / length, 0) ** 40 * np.float32(0.4 * light.sun_strength)
    glowing: Floats = (colour + glow[:, None]).astype(np.float32)
    return glowing


def _lit(
    scene: RayScene, light: Light, origin: Floats, ray: Floats, hits: Hits, seen: NDArray[np.int64], focal_px: float
) -> Floats:
    """Linear RGB (N, 3): Lambert's law under sun and sky, mirrored sky on glossy surfaces, haze with distance."""
    depth, normal = hits.distance[seen], hits.normal[seen]
    length = np.sqrt(np.einsum("ij,ij->i", ray, ray))
    facing = np.maximum(-np.einsum("ij,ij->i", normal, ray) / length, 0.02)
    footprint = depth / focal_px / np.sqrt(facing)
    colour, gloss = albedo(scene.material[hits.triangle[seen]], lambda i: scene.spots(hits, seen[i], footprint[i]))
    point = origin + ray * depth[:, None]
    sun = light.sun.astype(np.float32)
    towards_sun = np.maximum(normal @ sun, 0)
    bright = np.flatnonzero(towards_sun > 0)
    dark = scene.in_shadow(point[bright] + normal[bright] * np.float32(0.02), light.sun)
    towards_sun[bright[dark]] = 0
    skylight = light.ambient * (0.65 + 0.35 * normal[:, 2])
    warm = np.array([1.05, 1.0, 0.9], np.float32) * light.sun_strength
    shaded = colour * (skylight[:, None] * (light.zenith * 0.6 + 0.4) + towards_sun[:, None] * warm)
    sheen = (gloss * (0.25 + 0.75 * (1 - facing) ** 3))[:, None]
    shaded += sheen * (light.horizon * (0.55 + 0.45 * normal[:, 2:]) - 0.5 * shaded)
    clear = np.exp(-depth / light.haze_m)[:, None]
    hazed: Floats = (light.horizon * (1 - clear) + shaded * clear).astype(np.float32)
    return hazed


def _develop(rng: np.random.Generator, colour: Floats, light: Light, noise: float) -> NDArray[np.uint8]:
    """Exposure to the scene's own brightness, display gamma 2.2, saturation and contrast about the middle grey, noise.

    Real pictures are darker, steeper and more colourful than linear light behind a gamma (``benchmarks/streets.py``).
    """
    level = light.exposure * 0.42 / np.float32(np.sqrt(np.mean(colour**2)) + 1e-3)
    picture = np.clip(colour * level, 0, 1) ** np.float32(1 / 2.2)
    grey = picture.mean(axis=2, keepdims=True)
    picture -= grey
    picture *= np.float32(light.saturation)
    picture += (grey - np.float32(0.5)) * np.float32(light.contrast) + np.float32(0.5)
    picture *= np.float32(255)
    if noise:
        picture += rng.standard_normal(picture.shape, np.float32) * np.float32(noise)
    developed: NDArray[np.uint8] = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    return developed
