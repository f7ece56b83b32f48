"""Points seen from behind and above the lidar, drawn to a picture with numpy: it needs no display and no driver."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BACKGROUND_RGB = (16, 18, 24)


@dataclass(frozen=True)
class Eye:
    """Where the picture is taken from, in lidar coordinates (x forward, y left, z up), metres; width: field of view."""

    position_m: tuple[float, float, float] = (-17.0, 0.0, 9.5)
    target_m: tuple[float, float, float] = (9.0, 0.0, -3.0)
    width_deg: float = 62.0


def draw_points(
    xyz_m: NDArray[np.floating],
    rgb: NDArray[np.uint8],
    radius_pixels: NDArray[np.integer],
    size: tuple[int, int],
    eye: Eye | None = None,
) -> NDArray[np.uint8]:
    """Points as squares, near ones before far ones.

    Args:
        xyz_m: float (N, 3).
        rgb: uint8 (N, 3).
        radius_pixels: int (N,); a square of r has 2 r + 1 pixels a side.
        size: height and width of the picture.
        eye: where it is seen from; None for behind and above the car.

    Returns:
        uint8 (H, W, 3).
    """
    height, width = size
    eye = eye or Eye()
    in_eye = (xyz_m - np.array(eye.position_m)) @ _axes(eye).T
    front = np.flatnonzero(in_eye[:, 2] > 0.5)
    focal = width / 2 / np.tan(np.radians(eye.width_deg) / 2)
    depth = in_eye[front, 2]
    column = np.floor(width / 2 + focal * in_eye[front, 0] / depth).astype(np.int64)
    row = np.floor(height / 2 + focal * in_eye[front, 1] / depth).astype(np.int64)
    far_first = np.argsort(-depth, kind="stable")
    front, row, column = front[far_first], row[far_first], column[far_first]
    order = np.zeros(size, np.int64)  # the place in far_first of the point that a pixel shows, from 1; 0 = none
    for radius in np.unique(radius_pixels):
        place = np.flatnonzero(radius_pixels[front] == radius)
        for down in range(-radius, radius + 1):
            for right in range(-radius, radius + 1):
                at_row, at_column = row[place] + down, column[place] + right
                inside = (at_row >= 0) & (at_row < height) & (at_column >= 0) & (at_column < width)
                np.maximum.at(order, (at_row[inside], at_column[inside]), place[inside] + 1)
    colours = np.vstack([np.array([BACKGROUND_RGB], np.uint8), rgb[front]])
    return colours[order]


def _axes(eye: Eye) -> NDArray[np.float64]:
    """float64 (3, 3): right, down and forward of the eye."""
    forward = np.array(eye.target_m) - np.array(eye.position_m)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0, 1])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward])
