"""The line of each pixel of a depth image, from the scan it was made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE
from lidarsel.geometry.projection import Projection

REACH_PIXELS = 3.0
AGREE_M = 0.3
_KITTI_FOCAL_PIXELS = 700.0


def reach_pixels_of(pixels_per_rad: float) -> float:
    """How far off a point may be to tell of a pixel: 3 pixels in KITTI's image, where lines lie 4 apart.

    A smaller image has its lines closer together; the pixels beside are looked at always.
    """
    return float(np.clip(REACH_PIXELS * pixels_per_rad / _KITTI_FOCAL_PIXELS, 1.5, REACH_PIXELS))


@dataclass(frozen=True, eq=False)
class Match:
    """line: int16 (N,), -1 = unknown. exact: bool (N,), a point of the scan falls on the pixel and agrees in depth.

    difference_m: float32 (N,), depth of the point minus depth of the pixel, NaN where ``exact`` is false.
    """

    line: NDArray[np.int16]
    exact: NDArray[np.bool_]
    difference_m: NDArray[np.float32]


def match_pixels(
    row: NDArray[np.integer],
    column: NDArray[np.integer],
    depth_m: NDArray[np.float32],
    projected: Projection,
    line: NDArray[np.int16],
    reach_pixels: float = REACH_PIXELS,
) -> Match:
    """The line of each of N pixels with depth, by a projected scan of M points whose lines are known.

    Of the points that fall on the pixel within 0.3 m, the one nearest in depth; else the point nearest in the image
    and in depth, at most ``reach_pixels`` and 0.3 m away (of equal weight); else unknown. Lines lie 4 pixels apart
    at least where KITTI's image sees them, so a point 3 pixels off that agrees in depth is of the same line.

    Args:
        row, column: int (N,), of the pixels.
        depth_m: float32 (N,).
        projected: the scan.
        line: int16 (M,), of its points.
        reach_pixels: how far off a point may fall.
    """
    n = len(depth_m)
    nearest, exact = np.full(n, -1), np.zeros(n, bool)
    difference = np.full(n, np.nan, np.float32)
    if n == 0 or len(projected.depth_m) == 0:
        return Match(np.full(n, UNKNOWN_LINE, np.int16), exact, difference)
    points = np.column_stack([projected.row, projected.column, projected.depth_m])
    pixels = np.column_stack([row, column, depth_m])
    # With the image stretched beyond reach, only points on the pixel itself are left.
    stretch = np.array([reach_pixels + 1, reach_pixels + 1, 1.0])
    found = nearest_points(points * stretch, pixels * stretch, reach_pixels)
    exact = found >= 0
    nearest[exact] = found[exact]
    nearest[~exact] = nearest_points(points, pixels[~exact], reach_pixels)
    difference[exact] = projected.depth_m[nearest[exact]] - depth_m[exact]
    return Match(
        np.where(nearest >= 0, line[projected.index[nearest]], UNKNOWN_LINE).astype(np.int16), exact, difference
    )


def nearest_points(points: NDArray[np.float64], pixels: NDArray[np.float64], reach_pixels: float) -> NDArray[np.int64]:
    """Row, column and depth in metres of points (M, 3) and pixels (N, 3) -> int64 (N,): index of the point that is
    nearest to each pixel, at most ``reach_pixels`` and 0.3 m away (of equal weight), -1 where there is none."""
    from scipy.spatial import cKDTree

    scale = np.array([1.0, 1.0, reach_pixels / AGREE_M])
    distance, index = cKDTree(points * scale).query(pixels * scale, distance_upper_bound=reach_pixels)
    return np.where(np.isfinite(distance), index, -1)
