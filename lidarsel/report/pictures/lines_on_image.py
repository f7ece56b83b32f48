"""The lidar's lines drawn over the camera image."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from lidarsel.frame import UNKNOWN_LINE, Frame

_DIMMED = 0.45
_UNKNOWN_RGB = (255, 255, 255)
_OTHER_RGB = (120, 120, 120)
# From the top line to the bottom one; bright on a dimmed image, and no two far lines alike.
_STOPS_RGB = np.array(
    [(255, 84, 112), (255, 170, 40), (250, 240, 60), (70, 230, 120), (40, 220, 240), (90, 140, 255), (214, 110, 255)],
    np.float64,
)


def draw_lines_on_image(frame: Frame, lines: Collection[int] | None = None) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): each point coloured by its line over the dimmed image (black where there is none).

    Colours run from the topmost line in the image to the lowest; every other line is drawn darker, so that
    neighbours stand apart. With ``lines``, the others are grey. Points of unknown line are white.
    """
    height, width = frame.size
    base = np.zeros((height, width, 3), np.uint8) if frame.image is None else frame.image
    picture = (base * _DIMMED).astype(np.uint8)
    points = frame.points
    far_first = np.argsort(-points.depth_m, kind="stable")
    colour = _colours(points.line, frame.n_lines, lines)[far_first]
    row, column = points.row[far_first].astype(np.int64), points.column[far_first].astype(np.int64)
    # A point is two pixels wide and two high in a full KITTI image: lines show, and do not touch.
    for down in (0, 1) if height >= 200 else (0,):
        for right in (0, 1) if height >= 200 else (0,):
            inside = (row + down < height) & (column + right < width)
            picture[row[inside] + down, column[inside] + right] = colour[inside]
    return picture


def _colours(line: NDArray[np.int16], n_lines: int, chosen: Collection[int] | None) -> NDArray[np.uint8]:
    """uint8 (N, 3)."""
    present = np.unique(line[line != UNKNOWN_LINE])
    table = np.tile(np.array(_OTHER_RGB, np.float64), (n_lines + 1, 1))
    if len(present):
        place = np.clip((np.arange(n_lines) - present[0]) / max(present[-1] - present[0], 1), 0, 1)
        stops = np.linspace(0, 1, len(_STOPS_RGB))
        rainbow = np.stack([np.interp(place, stops, channel) for channel in _STOPS_RGB.T], axis=1)
        rainbow[1::2] *= 0.72
        shown = np.arange(n_lines) if chosen is None else np.array(sorted(chosen), np.int64)
        table[shown] = rainbow[shown]
    table[n_lines] = _UNKNOWN_RGB
    return table.astype(np.uint8)[np.where(line == UNKNOWN_LINE, n_lines, line)]
