"""Scans taken from elsewhere, seen in one camera's image: what accumulating ground truth begins with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import Calibration
from lidarsel.geometry.projection import project

Depth = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PlacedScan:
    """A scan and where it was taken. xyz_m: float (N, 3), de-skewed, in its own coordinates.

    own_from_other: float64 (4, 4), its coordinates -> those of the scan that belongs to the image.
    """

    xyz_m: NDArray[np.floating]
    own_from_other: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DrawnScans:
    """Scans in one image. depth_m: float32 (scans, H, W) metres, the nearest point of each scan at each pixel, infinite
    where there is none. at: of each scan, int64 (K,), the places of its points, told off row by row.
    """

    depth_m: Depth
    at: list[NDArray[np.int64]]


def draw_placed(scans: Sequence[PlacedScan], calibration: Calibration, size: tuple[int, int]) -> DrawnScans:
    """Each scan in the image of ``calibration``, of ``size`` (H, W)."""
    height, width = size
    depth = np.full((len(scans), height * width), np.float32(np.inf))
    at = []
    for scan, own in zip(scans, depth, strict=True):
        p = project(scan.xyz_m, seen_from(calibration, scan), size)
        at.append(p.row.astype(np.int64) * width + p.column)
        np.minimum.at(own, at[-1], p.depth_m)  # by one index in a fifth of the time that two take
    return DrawnScans(depth.reshape(len(scans), *size), at)


def seen_from(calibration: Calibration, scan: PlacedScan) -> Calibration:
    """The camera of the image, for points in the coordinates of ``scan``."""
    return replace(calibration, camera_from_lidar=calibration.camera_from_lidar @ scan.own_from_other)
