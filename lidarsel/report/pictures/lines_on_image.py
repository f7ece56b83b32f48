"""The lidar's lines drawn over the camera image."""

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE, Frame

UNKNOWN_RGB = (255, 255, 255)
_DIMMED = 0.45
# From the top line to the bottom one; bright on a dimmed image, and no two far lines alike.
_STOPS_RGB = np.array(
    [(255, 84, 112), (255, 170, 40), (250, 240, 60), (70, 230, 120), (40, 220, 240), (90, 140, 255), (214, 110, 255)],
    np.float64,
)


def draw_lines_on_image(frame: Frame) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): each point in ``line_rgb`` over the dimmed image (black where there is none)."""
    height, width = frame.size
    base = np.zeros((height, width, 3), np.uint8) if frame.image is None else frame.image
    picture = (base * _DIMMED).astype(np.uint8)
    points = frame.points
    far_first = np.argsort(-points.depth_m, kind="stable")
    # -1 = unknown, the last
    colour = line_rgb(points.line, frame.n_lines)[points.line[far_first]]
    row, column = points.row[far_first].astype(np.int64), points.column[far_first].astype(np.int64)
    # A point is two pixels wide and two high in a full KITTI image: lines show, and do not touch.
    for down in (0, 1) if height >= 200 else (0,):
        for right in (0, 1) if height >= 200 else (0,):
            inside = (row + down < height) & (column + right < width)
            picture[row[inside] + down, column[inside] + right] = colour[inside]
    return picture


def line_rgb(line: NDArray[np.int16], n_lines: int) -> NDArray[np.uint8]:
    """uint8 (n_lines + 1, 3): the colour of each line, and last that of points of unknown line, white.

    Colours run from the topmost line of an image's points, int16 (N,), to the lowest; every other line is darker, so
    that neighbours stand apart.
    """
    present = np.unique(line[line != UNKNOWN_LINE])
    first, last = (present[0], present[-1]) if len(present) else (0, 0)
    place = np.clip((np.arange(n_lines) - first) / max(last - first, 1), 0, 1)
    stops = np.linspace(0, 1, len(_STOPS_RGB))
    rainbow = np.stack([np.interp(place, stops, channel) for channel in _STOPS_RGB.T], axis=1)
    rainbow[1::2] *= 0.72
    return np.vstack([rainbow, np.array([UNKNOWN_RGB], np.float64)]).astype(np.uint8)
