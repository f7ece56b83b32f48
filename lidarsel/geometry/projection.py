"""Lidar points in the image, and pixels with depth back to lidar points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import Calibration, ImagePoints

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Projection:
    """The points that fall in the image. index: int64 (M,) into the points given.

    row, column: int32 (M,). depth_m: float32 (M,), > 0, along the camera's axis.
    """

    index: NDArray[np.int64]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    depth_m: NDArray[np.float32]


def project(xyz_m: Floats, calibration: Calibration, size: tuple[int, int]) -> Projection:
    """float (N, 3) lidar points -> those in an image of ``size`` (H, W).

    x = P_rect (R_rect Tr) X with P's fourth column kept; pixel u = floor(x + 0.5); depth is the third homogeneous
    coordinate (KITTI's velodyne_raw is met this way: 83 % of its pixels exactly on a real frame). Points behind the
    camera and outside the image are left out.
    """
    matrix = calibration.image_from_lidar
    xyz = xyz_m.astype(np.float64, copy=False)
    depth = xyz @ matrix[2, :3] + matrix[2, 3]
    front = np.flatnonzero(depth > 0)
    xyz, depth = xyz[front], depth[front]
    pixel = xyz @ matrix[:2, :3].T + matrix[:2, 3]
    with np.errstate(over="ignore"):
        pixel = np.floor(pixel / depth[:, None] + 0.5)
    height, width = size
    u, v = pixel[:, 0], pixel[:, 1]
    inside = (u >= 0) & (u < width) & (v >= 0) & (v < height) & (depth.astype(np.float32) > 0)
    return Projection(
        index=front[inside],
        row=v[inside].astype(np.int32),
        column=u[inside].astype(np.int32),
        depth_m=depth[inside].astype(np.float32),
    )


def image_points(
    xyz_m: Floats, line: NDArray[np.int16], calibration: Calibration, size: tuple[int, int]
) -> ImagePoints:
    """float (N, 3), int16 (N,) -> the points in the image of ``size`` (H, W), in scan order."""
    p = project(xyz_m, calibration, size)
    return ImagePoints(p.row, p.column, p.depth_m, line[p.index])


def back_project(
    row: NDArray[np.integer], column: NDArray[np.integer], depth_m: Floats, calibration: Calibration
) -> NDArray[np.float64]:
    """Pixels (N,) at their centres with depth -> float64 (N, 3) in lidar coordinates: the inverse of ``project``."""
    depth = depth_m.astype(np.float64)
    matrix = calibration.image_from_lidar
    homogeneous = np.stack([column * depth, row * depth, depth]) - matrix[:, 3:]
    xyz_m: NDArray[np.float64] = np.linalg.solve(matrix[:, :3], homogeneous).T
    return xyz_m
