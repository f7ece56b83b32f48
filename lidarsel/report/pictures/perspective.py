"""Points in space as a pinhole eye sees them, drawn to a picture with numpy: it needs no display and no driver."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BACKGROUND_RGB = (16, 18, 24)
_NEAREST_M = 0.5
"""What is nearer to the eye is not seen."""


@dataclass(frozen=True)
class Eye:
    """Where a picture is taken from, in lidar coordinates (x forward, y left, z up), metres.

    width_deg: field of view. up: what is up in the picture; not the direction of sight.
    """

    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    width_deg: float
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)

    def focal_pixels(self, width: int) -> float:
        """Of a picture so many pixels wide."""
        return float(width / 2 / np.tan(np.radians(self.width_deg) / 2))

    def axes(self) -> NDArray[np.float64]:
        """float64 (3, 3): right, down and forward of the eye."""
        forward = np.array(self.target_m) - np.array(self.position_m)
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, self.up)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])


def place(
    xyz_m: NDArray[np.floating], eye: Eye, size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Where points fall: rows and columns in pixels, and depths in metres, float64 (N,) each.

    Rows and columns are NaN where a point is not before the eye; they may lie outside of the picture.

    Args:
        xyz_m: float (N, 3).
        eye: where it is seen from.
        size: height and width of the picture.
    """
    height, width = size
    in_eye = (xyz_m - np.array(eye.position_m)) @ eye.axes().T
    depth = in_eye[:, 2]
    before = np.where(depth > _NEAREST_M, depth, np.nan)
    focal = eye.focal_pixels(width)
    return height / 2 + focal * in_eye[:, 1] / before, width / 2 + focal * in_eye[:, 0] / before, depth


def draw_points(
    xyz_m: NDArray[np.floating],
    rgb: NDArray[np.uint8],
    radius_pixels: NDArray[np.integer],
    size: tuple[int, int],
    eye: Eye,
) -> NDArray[np.uint8]:
    """Points as squares, near ones before far ones.

    Args:
        xyz_m: float (N, 3).
        rgb: uint8 (N, 3).
        radius_pixels: int (N,); a square of r has 2 r + 1 pixels a side.
        size: height and width of the picture.
        eye: where it is seen from.

    Returns:
        uint8 (H, W, 3).
    """
    height, width = size
    rows, columns, depth = place(xyz_m, eye, size)
    front = np.flatnonzero(np.isfinite(rows))
    front = front[np.argsort(-depth[front], kind="stable")]  # far ones first
    row, column = np.floor(rows[front]).astype(np.int64), np.floor(columns[front]).astype(np.int64)
    order = np.zeros(size, np.int64)  # the place in front of the point that a pixel shows, from 1; 0 = none
    for radius in np.unique(radius_pixels):
        those = np.flatnonzero(radius_pixels[front] == radius)
        for down in range(-radius, radius + 1):
            for right in range(-radius, radius + 1):
                at_row, at_column = row[those] + down, column[those] + right
                inside = (at_row >= 0) & (at_row < height) & (at_column >= 0) & (at_column < width)
                np.maximum.at(order, (at_row[inside], at_column[inside]), those[inside] + 1)
    colours = np.vstack([np.array([BACKGROUND_RGB], np.uint8), rgb[front]])
    return colours[order]
