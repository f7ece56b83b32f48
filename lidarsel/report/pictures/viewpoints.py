"""Where a 3-D picture of a scan is seen from, and what tells its size: rings of range on the ground, and a scale."""

from collections.abc import Sequence
from math import floor, log2

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import Viewpoint
from lidarsel.report.pictures.lettering import Words, width_of
from lidarsel.report.pictures.perspective import Eye, place

EYES: dict[Viewpoint, Eye] = {
    "behind": Eye((-17.0, 0.0, 9.5), (9.0, 0.0, -3.0), 62.0),
    "bird": Eye((10.0, 0.0, 140.0), (10.0, 0.0, 0.0), 48.0, up=(1.0, 0.0, 0.0)),
    "driver": Eye((-0.2, 0.0, -0.3), (20.0, 0.0, -1.8), 80.0),
    "side": Eye((9.0, -27.0, 7.5), (9.0, 0.0, -2.0), 72.0),
}
AHEAD: dict[Viewpoint, str] = {
    "behind": "the lidar, looking up the picture",
    "bird": "the lidar, looking up the picture",
    "side": "the lidar, looking to the right",
}
"""What the mark of the lidar stands for; from the driver's seat it is where the eye is, and not seen."""
SCALE_AT: dict[Viewpoint, tuple[float, str]] = {
    "behind": (0.0, "at the lidar"),
    "bird": (0.0, "on the ground"),
    "driver": (20.0, "20 m ahead"),
    "side": (0.0, "at the lidar"),
}
"""How far ahead on the ground the scale holds: what is farther from the eye is smaller."""

RING_RGB = (70, 165, 155)
NAME_RGB = (214, 218, 226)
_NAME_LETTERS = 18
_NAME_TURNS_DEG = (0, 8, -8, 20, -20, 45, -45, 90, -90, 135, -135, 180)
_LEAST_RING_M, _MOST_RINGS = 10.0, 4
_REACH = 0.99
_RING_STEP_DEG = 0.05
_MOST_BAR_PIXELS = 225
_BARS_M = (1, 2, 5, 10, 20)
_GROUND_WITHIN_M, _GROUND_BIN_M = 25.0, 0.2
_FLAT = 0.1
"""Of the points below the lidar: so many in one layer 0.2 m thick are ground."""


def ground_height_m(xyz_m: NDArray[np.floating]) -> float:
    """Height of the ground near the lidar, in its coordinates: where most points below it lie; 0 where none stand out.

    Args:
        xyz_m: float (N, 3).
    """
    near = np.hypot(xyz_m[:, 0], xyz_m[:, 1]) < _GROUND_WITHIN_M
    below = xyz_m[near & (xyz_m[:, 2] < -_GROUND_BIN_M), 2]
    if not len(below):
        return 0.0
    bins, counts = np.unique(np.floor(below / _GROUND_BIN_M), return_counts=True)
    most = int(np.argmax(counts))
    return float((bins[most] + 0.5) * _GROUND_BIN_M) if counts[most] >= _FLAT * len(below) else 0.0


def ring_radii_m(xyz_m: NDArray[np.floating]) -> list[float]:
    """Four radii, each twice the one before, 10 m among them or as scaled: the last is within a scan's reach."""
    if not len(xyz_m):
        return [_LEAST_RING_M]
    reach_m = float(np.quantile(np.hypot(xyz_m[:, 0], xyz_m[:, 1]), _REACH))
    last = floor(log2(max(reach_m, 1e-3) / _LEAST_RING_M))
    return [_LEAST_RING_M * 2.0**power for power in range(last - _MOST_RINGS + 1, last + 1)]


def ring(radius_m: float, height_m: float) -> NDArray[np.float64]:
    """float64 (7200, 3): a circle about the lidar, closed, every 0.05 degrees from straight ahead leftwards."""
    turn = np.radians(np.arange(0, 360, _RING_STEP_DEG))
    return np.column_stack([radius_m * np.cos(turn), radius_m * np.sin(turn), np.full(len(turn), height_m)])


def view_scale(viewpoint: Viewpoint, ground_m: float, width: int) -> tuple[str, int]:
    """A round length across the picture, where it holds, in words, and its pixels.

    Args:
        viewpoint: of the picture.
        ground_m: height of the ground, in lidar coordinates.
        width: of the picture, in pixels.
    """
    eye, (ahead_m, where) = EYES[viewpoint], SCALE_AT[viewpoint]
    depth_m = float((np.array((ahead_m, 0.0, ground_m)) - np.array(eye.position_m)) @ eye.axes()[2])
    pixels_per_m = eye.focal_pixels(width) / depth_m
    metres = max(metres for metres in _BARS_M if metres * pixels_per_m <= _MOST_BAR_PIXELS)
    return f"{metres:g} m ({where})", round(metres * pixels_per_m)


def ring_names(radii_m: Sequence[float], height_m: float, eye: Eye, size: tuple[int, int]) -> list[Words]:
    """The radius of each ring that is seen, on it: ahead where there is room, else where there is.

    Args:
        radii_m: of the rings.
        height_m: of all of them.
        eye: where they are seen from.
        size: height and width of the picture.
    """
    height, width = size
    words: list[Words] = []
    for radius_m in radii_m:
        said = f"{radius_m:g} m"
        wide = int(width_of(said, _NAME_LETTERS))
        circle = ring(radius_m, height_m)
        rows, columns, _ = place(circle, eye, size)
        for turn_deg in _NAME_TURNS_DEG:
            at = round(turn_deg / _RING_STEP_DEG) % len(circle)
            if not np.isfinite(rows[at]):
                continue
            row, column = int(rows[at]) - _NAME_LETTERS - 6, int(columns[at]) - wide // 2
            inside = 0 <= row < height - 3 * _NAME_LETTERS and 0 <= column < width - wide
            apart = all(abs(row - one.row) > _NAME_LETTERS or abs(column - one.column) > 2 * wide for one in words)
            if inside and apart:
                words.append(Words(said, row, column, _NAME_LETTERS, NAME_RGB))
                break
    return words
