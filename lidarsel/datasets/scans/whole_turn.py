"""Frames judged in the lidar's whole turn (``--view 360``): the range image that scans are drawn in, and its words."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.geometry.views import WholeTurn

_COLUMNS = 2048
"""0.18 degrees each: as wide as KITTI's lidar turns from one firing to the next."""
_MARGIN_DEG = 5.0
"""Beyond the outermost lines: lines do not start at one point (of KITTI's topmost one, 1.9 degrees, points close by are
seen at up to 6.4), and neighbouring scans were taken elsewhere."""


def whole_turn(elevation_deg: NDArray[np.float64]) -> WholeTurn:
    """The range image for a sensor of these elevations, float64 (n_lines,).

    Rows are as high as columns are wide, two or three of them to a line of KITTI's: between lines there is ground truth
    of neighbouring scans.
    """
    top, bottom = np.radians([elevation_deg.max() + _MARGIN_DEG, elevation_deg.min() - _MARGIN_DEG])
    return WholeTurn(_COLUMNS, float(top), float(bottom))


def view_notes(view: WholeTurn) -> list[str]:
    """What results must say of it."""
    height, width = view.size
    return [
        f"Judged in the lidar's whole turn (--view 360): a range image of {height}x{width} pixels, "
        f"{360 / width:.2f} degrees each, whose depth is the distance from the lidar. It is no camera's image, and its "
        "figures are not to be put beside those of one."
    ]
