"""Whether lidar and camera stand upright: lower lines lie lower in the image, and most points below the lidar.

A calibration with its axes swapped, or given from the camera to the lidar, still puts some points into the image; their
lines then lie anyhow. This needs no second measurement of depth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.ranks import ranks

_UPRIGHT = 0.8
"""Rank correlation of line and image row: 0.98 and more on KITTI, on simulated streets and with 8 to 128 lines; 0.0
with the mounting of a camera ahead given the other way round."""
_ABOVE = 0.75
"""Of all points: 0.10 to 0.20 of real scans from roofs of vehicles are above the lidar."""
_ENOUGH = 100
_LEAST_LINES = 4


def upright_doubts(line: Sequence[NDArray[np.integer]], row: Sequence[NDArray[np.integer]]) -> list[str]:
    """Of some frames' points in the image, int (N,) each, -1 = unknown: what is to be said of their calibration."""
    lines, rows = np.concatenate([*line, np.empty(0, int)]), np.concatenate([*row, np.empty(0, int)])
    rows, lines = rows[lines >= 0], lines[lines >= 0]
    if len(lines) < _ENOUGH or len(np.unique(lines)) < _LEAST_LINES or np.ptp(rows) == 0:
        return []
    found = float(np.corrcoef(ranks(lines), ranks(rows))[0, 1])
    if found >= _UPRIGHT:
        return []
    return [
        f"Lower lines do not lie lower in the image (rank correlation {found:.2f}; 0.98 and more on KITTI): the "
        "calibration may have its axes swapped or lead from the camera to the lidar, or the camera lies on its side. "
        "See whether the points lie on what they hit: lidarsel inspect DATA --plot lines.png."
    ]


def above_doubts(xyz_m: Sequence[NDArray[np.floating]]) -> list[str]:
    """Of some scans, float (N, 3) each: what is to be said where most points are above the lidar.

    A cloud whose z points down, as aircraft have it, shows lines and image alike upside down.
    """
    z = np.concatenate([xyz[:, 2] for xyz in xyz_m]) if xyz_m else np.empty(0)
    above = float((z > 0).mean()) if len(z) >= _ENOUGH else 0.0
    if above <= _ABOVE:
        return []
    return [
        f"{above:.0%} of the points are above the lidar (10 to 20 % of a road vehicle's): z may point down, and then "
        "all lines are numbered the wrong way round; turn the clouds to x ahead, y left, z up."
    ]
