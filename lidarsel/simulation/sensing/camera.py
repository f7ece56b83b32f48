"""The camera: one ray a pixel for the exact depth and for the picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.simulation.sensing.materials import albedo
from lidarsel.simulation.sensing.noise import noise_texture
from lidarsel.simulation.sensing.raycast import Hits, RayScene
from lidarsel.simulation.sensing.rig import Rig
from lidarsel.simulation.sensing.trajectory import EgoState
from lidarsel.simulation.sensing.vectors import dots, lengths, some
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.streets.scene import Light

Floats = NDArray[np.float32]
BAND = 1 << 16
"""Rays at a time: what is known of so many fits a processor's cache."""
ROWS = 16
"""Of the picture, developed at a time: the same."""


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
    colour, depth = np.empty((len(ray), 3), np.float32), np.empty(len(ray), np.float32)
    for start in range(0, len(ray), BAND):
        band = slice(start, start + BAND)
        seen, distance = _seen(scene, light, origin, ray[band], float(rig.camera_matrix[0, 0]))
        for channel, values in enumerate(seen):
            colour[band, channel] = values
        depth[band] = np.where(distance <= settings.max_range_m, distance, 0)
    picture = _develop(rng, colour.reshape(height, width, 3), light, settings.image_noise)
    return Picture(picture, depth.reshape(height, width))


def _seen(scene: RayScene, light: Light, origin: Floats, ray: Floats, focal_px: float) -> tuple[Floats, Floats]:
    """Linear RGB (3, N) along the rays, and how far they go (N,) in their own lengths, inf = into the sky."""
    hits = scene.cast(origin, ray)
    colour = np.empty((3, len(ray)), np.float32)
    open_sky, seen = np.flatnonzero(hits.triangle < 0), np.flatnonzero(hits.triangle >= 0)
    above = _sky(light, some(ray, open_sky))
    below = _lit(scene, light, origin, some(ray, seen), hits, seen, focal_px)
    for channel in range(3):
        colour[channel, open_sky], colour[channel, seen] = above[channel], below[channel]
    return colour, hits.distance


def pixel_rays(rig: Rig, ego: EgoState, height: int, width: int) -> tuple[Floats, Floats]:
    """Camera centre (3,) in the world, and a direction for each pixel, (H * W, 3), whose length is a depth of 1."""
    world_from_camera = ego.world_from_imu @ np.linalg.inv(rig.calibration.camera_from_lidar @ rig.lidar_from_imu)
    inverse = np.linalg.inv(rig.camera_matrix[:, :3])
    centre = -inverse @ rig.camera_matrix[:, 3]
    to_world = world_from_camera[:3, :3] @ inverse
    u, v = np.arange(width), np.arange(height)[:, None]
    ray = np.empty((3, height, width), np.float32)
    for axis, (along_u, along_v, ahead) in enumerate(to_world):
        ray[axis] = along_u * u + along_v * v + ahead
    origin = world_from_camera[:3, :3] @ centre + world_from_camera[:3, 3]
    return origin.astype(np.float32), ray.reshape(3, -1).T


def _sky(light: Light, ray: Floats) -> Floats:
    """Linear RGB (3, N) of the sky along the rays: brighter and greyer at the horizon, with clouds."""
    length = lengths(ray)
    up = np.maximum(ray[:, 2] / length, 0)
    horizon, zenith = light.horizon[:, None], light.zenith[:, None]
    colour = horizon + (zenith - horizon) * np.sqrt(up)
    flat = 1 / (up + 0.08) / length
    thin = np.full(len(up), 0.002, np.float32)
    cloud = noise_texture("fractal")(ray[:, 0] * flat, ray[:, 1] * flat, 9.0, thin)
    cover = np.clip((cloud + 2 * light.clouds - 0.8) * 0.5, 0, 1) * np.minimum(up * 8, 1)
    colour += (np.float32(0.95) - colour) * cover
    towards_sun = np.maximum(np.ascontiguousarray(ray) @ light.sun.astype(np.float32) / length, 0)
    glow = towards_sun**40 * np.float32(0.4 * light.sun_strength)
    glowing: Floats = colour + glow
    return glowing


def _lit(
    scene: RayScene, light: Light, origin: Floats, ray: Floats, hits: Hits, seen: NDArray[np.int64], focal_px: float
) -> Floats:
    """Linear RGB (3, N): Lambert's law under sun and sky, mirrored sky on glossy surfaces, haze with distance."""
    depth, normal = hits.distance.take(seen), hits.normal.take(seen, axis=0)
    facing = np.maximum(-dots(normal, ray) / lengths(ray), 0.02)
    footprint = depth / focal_px / np.sqrt(facing)
    material = scene.material.take(hits.triangle.take(seen))
    colour, gloss = albedo(material, lambda i: scene.spots(hits, seen[i], footprint[i]))
    sun = light.sun.astype(np.float32)
    towards_sun = np.maximum(normal @ sun, 0)
    bright = np.flatnonzero(towards_sun > 0)
    above = [
        (origin[axis] + ray[:, axis] * depth + normal[:, axis] * np.float32(0.02)).take(bright) for axis in range(3)
    ]
    towards_sun[bright[scene.in_shadow(above, light.sun)]] = 0
    skylight = light.ambient * (0.65 + 0.35 * normal[:, 2])
    sheen = gloss * (0.25 + 0.75 * (1 - facing) ** 3)
    mirrored = 0.55 + 0.45 * normal[:, 2]
    clear = np.exp(-depth / light.haze_m)
    warm = np.array([1.05, 1.0, 0.9], np.float32) * light.sun_strength
    for channel, horizon, zenith, sunlight in zip(colour, light.horizon, light.zenith * 0.6 + 0.4, warm, strict=True):
        shaded = channel * (skylight * zenith + towards_sun * sunlight)
        shaded += sheen * (horizon * mirrored - 0.5 * shaded)
        channel[:] = horizon * (1 - clear) + shaded * clear
    return colour


def _develop(rng: np.random.Generator, colour: Floats, light: Light, noise: float) -> NDArray[np.uint8]:
    """Exposure to the scene's own brightness, display gamma 2.2, saturation and contrast about the middle grey, noise.

    Real pictures are darker, steeper and more colourful than linear light behind a gamma (``benchmarks/streets.py``).
    """
    level = light.exposure * 0.42 / np.float32(np.sqrt(np.mean(colour**2)) + 1e-3)
    developed = np.empty(colour.shape, np.uint8)
    for start in range(0, len(colour), ROWS):
        rows = slice(start, start + ROWS)
        picture = np.clip(colour[rows] * level, 0, 1) ** np.float32(1 / 2.2)
        grey = (picture[..., 0] + picture[..., 1] + picture[..., 2]) / np.float32(3)
        middle = (grey - np.float32(0.5)) * np.float32(light.contrast) + np.float32(0.5)
        for channel in range(3):
            picture[..., channel] = (picture[..., channel] - grey) * np.float32(light.saturation) + middle
        picture *= np.float32(255)
        if noise:
            picture += rng.standard_normal(picture.shape, np.float32) * np.float32(noise)
        picture += np.float32(0.5)
        developed[rows] = np.clip(picture, 0, 255, out=picture)
    return developed
