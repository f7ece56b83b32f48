"""Scans taken from elsewhere, seen in one image: what accumulating ground truth begins with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.views import View

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


def draw_placed(scans: Sequence[PlacedScan], view: View) -> DrawnScans:
    """Each scan in the image of ``view``."""
    depth = np.full((len(scans), *view.size), np.float32(np.inf))
    return DrawnScans(depth, [_draw(scan, view, own) for scan, own in zip(scans, depth, strict=True)])


def draw_nearest(scans: Sequence[PlacedScan], view: View) -> Depth:
    """float32 (H, W) metres: the nearest point of any scan at each pixel of ``view``, infinite where there is none."""
    depth = np.full(view.size, np.float32(np.inf))
    for scan in scans:
        _draw(scan, view, depth)
    return depth


def _draw(scan: PlacedScan, view: View, depth_m: Depth) -> NDArray[np.int64]:
    """Let a scan's points into an image (H, W) where they are nearer; int64 (K,), their places, row by row."""
    p = view.of_scan(scan.own_from_other).project(scan.xyz_m)
    at: NDArray[np.int64] = p.row.astype(np.int64) * depth_m.shape[1] + p.column
    np.minimum.at(depth_m.reshape(-1), at, p.depth_m)  # by one index in a fifth of the time that two take
    return at
