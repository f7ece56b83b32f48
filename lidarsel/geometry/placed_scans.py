"""Scans taken from elsewhere, seen in one camera's image: what accumulating ground truth begins with."""

from collections.abc import Iterable
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


def draw_scan(xyz_m: NDArray[np.floating], calibration: Calibration, size: tuple[int, int]) -> Depth:
    """float32 (H, W) metres: the nearest point of a scan (N, 3) at each pixel, infinite where there is none."""
    p = project(xyz_m, calibration, size)
    depth = np.full(size, np.float32(np.inf))
    np.minimum.at(depth, (p.row, p.column), p.depth_m)
    return depth


def draw_placed(scans: Iterable[PlacedScan], calibration: Calibration, size: tuple[int, int]) -> Depth:
    """float32 (scans, H, W) metres: each scan in the image of ``calibration``, infinite where it has no point."""
    return np.stack([draw_scan(scan.xyz_m, _seen_from(calibration, scan), size) for scan in scans])


def _seen_from(calibration: Calibration, scan: PlacedScan) -> Calibration:
    return replace(calibration, camera_from_lidar=calibration.camera_from_lidar @ scan.own_from_other)
